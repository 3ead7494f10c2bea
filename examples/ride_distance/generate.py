#!/usr/bin/env python3
"""Positions of 60 vehicles that drive through a grid of streets for a day, as SQL on stdout; the
same for the same arguments.

    generate.py [--positions 12000] [--seed 1]
"""

import argparse
import datetime
import random

VEHICLES = 60
START = datetime.datetime(2026, 3, 1, 6)
SECONDS = 12 * 3600


class Vehicle:
    def __init__(self, chance):
        self.x, self.y = chance.randrange(100_000), chance.randrange(100_000)

    def drive(self, chance, seconds):
        """Along one street, or it waits."""
        if chance.randrange(4) == 0:
            return 0
        speed = chance.randrange(20, 140)
        way = chance.choice((-1, 1)) * speed * min(seconds, 60)
        if chance.randrange(2):
            self.x += way
        else:
            self.y += way
        return speed


def positions(count, seed):
    """(id, vehicle, moment, x, y, speed, valid), in the order of their ids: some arrive late."""
    chance = random.Random(seed)
    vehicles = [Vehicle(chance) for _ in range(VEHICLES)]
    seen = []
    for number in range(count):
        vehicle = number % VEHICLES
        second = number * SECONDS // count
        speed = vehicles[vehicle].drive(chance, SECONDS * VEHICLES // count)
        valid = int(chance.randrange(50) != 0)
        # Where there is no network a vehicle keeps its positions for up to ten minutes.
        arrives = second + (chance.randrange(600) if chance.randrange(10) == 0 else 0)
        x, y = vehicles[vehicle].x, vehicles[vehicle].y
        if not valid:
            x, y = 0, 0
        moment = START + datetime.timedelta(seconds=second)
        seen.append((arrives, number, vehicle + 1, moment, x, y, speed, valid))
    for number, (_, _, *row) in enumerate(sorted(seen), 1):
        yield number, *row


def statements(rows):
    batch = []
    for number, vehicle, at, x, y, speed, valid in rows:
        batch.append(f"({number}, {vehicle}, '{at}', {x}, {y}, {speed}, {valid})")
        if len(batch) == 500:
            yield f"INSERT INTO positions VALUES {', '.join(batch)};"
            batch = []
    if batch:
        yield f"INSERT INTO positions VALUES {', '.join(batch)};"


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0])
    parser.add_argument("--positions", type=int, default=12000)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    for statement in statements(positions(options.positions, options.seed)):
        print(statement)


if __name__ == "__main__":
    main()
