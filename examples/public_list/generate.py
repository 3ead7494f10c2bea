#!/usr/bin/env python3
"""Memos of 40 authors over 20 days, as SQL on stdout; the same for the same arguments.

    generate.py [--memos 3000] [--seed 1]
"""

import argparse
import datetime
import random

AUTHORS = 40
START = datetime.datetime(2026, 3, 1)
SECONDS = 20 * 86400


def memos(count, seed):
    """(id, author, moment, private, withdrawn, title), in the order of their ids: some arrive
    late, and some are of one second."""
    chance = random.Random(seed)
    for number in range(1, count + 1):
        second = max(0, number * SECONDS // count - 600 * (chance.randrange(8) == 0))
        yield (number, chance.randrange(1, AUTHORS + 1), START + datetime.timedelta(seconds=second),
               int(chance.randrange(3) == 0), int(chance.randrange(12) == 0), f"Memo {number}")


def statements(rows):
    batch = []
    for number, author, at, private, withdrawn, title in rows:
        batch.append(f"({number}, {author}, '{at}', {private}, {withdrawn}, '{title}')")
        if len(batch) == 500:
            yield f"INSERT INTO memos VALUES {', '.join(batch)};"
            batch = []
    if batch:
        yield f"INSERT INTO memos VALUES {', '.join(batch)};"


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0])
    parser.add_argument("--memos", type=int, default=3000)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    for statement in statements(memos(options.memos, options.seed)):
        print(statement)


if __name__ == "__main__":
    main()
