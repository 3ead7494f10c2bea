#!/usr/bin/env python3
"""Sales of 20 shops in Tokyo over 400 days up to today there, as SQL on stdout.

    generate.py [--sales 20000] [--seed 1] [--today 2026-11-25]
"""

import argparse
import datetime
import random

SHOPS = 20
DAYS = 400
TOKYO = datetime.timedelta(hours=9)


def today_in_tokyo():
    return (datetime.datetime.now(datetime.timezone.utc).replace(tzinfo=None) + TOKYO).date()


def sales(count, seed, today):
    """(id, shop, moment in UTC, cents), in the order of their ids; the same for the same arguments."""
    chance = random.Random(seed)
    for number in range(1, count + 1):
        local = (datetime.datetime.combine(today, datetime.time())
                 - datetime.timedelta(days=chance.randrange(DAYS))
                 + datetime.timedelta(seconds=chance.randrange(86400)))
        shop = min(chance.randrange(1, SHOPS + 1), chance.randrange(1, SHOPS + 1))
        cents = chance.randrange(100, 20000)
        yield number, shop, local - TOKYO, -cents if chance.random() < 0.03 else cents


def statements(rows):
    yield "INSERT INTO shops VALUES " + ", ".join(
        f"({shop}, 'Shop {shop}')" for shop in range(1, SHOPS + 1)) + ";"
    batch = []
    for number, shop, at, cents in rows:
        batch.append(f"({number}, {shop}, '{at}', {cents})")
        if len(batch) == 500:
            yield f"INSERT INTO sales VALUES {', '.join(batch)};"
            batch = []
    if batch:
        yield f"INSERT INTO sales VALUES {', '.join(batch)};"


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0])
    parser.add_argument("--sales", type=int, default=20000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--today", type=datetime.date.fromisoformat, default=today_in_tokyo())
    options = parser.parse_args()
    for statement in statements(sales(options.sales, options.seed, options.today)):
        print(statement)


if __name__ == "__main__":
    main()
