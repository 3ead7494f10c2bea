#!/usr/bin/env python3
"""Games of 400 players over 30 days, as SQL on stdout; the same for the same arguments.

    generate.py [--games 12000] [--seed 1]
"""

import argparse
import datetime
import random

PLAYERS = 400
START = datetime.datetime(2026, 3, 1)
SECONDS = 30 * 86400


def games(count, seed):
    """(id, player, moment, score), in the order of their ids: not quite that of the moments."""
    chance = random.Random(seed)
    skill = [chance.randrange(20, 80) for _ in range(PLAYERS)]
    for number in range(1, count + 1):
        player = chance.randrange(1, PLAYERS + 1)
        # Results arrive up to an hour late.
        second = max(0, number * SECONDS // count - chance.randrange(3600))
        score = 10 * (skill[player - 1] + chance.randrange(-20, 21))  # tens: many players tie
        yield number, player, START + datetime.timedelta(seconds=second), score


def statements(rows):
    yield "INSERT INTO players VALUES " + ", ".join(
        f"({player}, 'Player {player}')" for player in range(1, PLAYERS + 1)) + ";"
    batch = []
    for number, player, at, score in rows:
        batch.append(f"({number}, {player}, '{at}', {score})")
        if len(batch) == 500:
            yield f"INSERT INTO games VALUES {', '.join(batch)};"
            batch = []
    if batch:
        yield f"INSERT INTO games VALUES {', '.join(batch)};"


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0])
    parser.add_argument("--games", type=int, default=12000)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    for statement in statements(games(options.games, options.seed)):
        print(statement)


if __name__ == "__main__":
    main()
