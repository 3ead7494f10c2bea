#!/usr/bin/env python3
"""Runs the parts of the proof for a set time, and prints what they saw as a table.

    tests/prove/run.py [--minutes 10] [--seed 20000] [--build build]

Each part is one of the test programs, for longer than in `make test`. Random histories take the time
that the other parts leave. A part that fails shows the end of what it printed, which names the
seed; `--seed` then plays the same histories again. Exit 0 if all hold, 1 otherwise.
"""

import argparse
import collections
import concurrent.futures
import json
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile
import time

# What is run, by which program; the settings are for ten minutes, and grow with the time.
Part = collections.namedtuple("Part", "what program filter settings counts")
FIXED = [
    Part("histories of 8 sessions, 3 isolation levels", "concurrency_test", "*ConcurrencyExact*",
         {"KEEPSUM_TEST_TRANSACTIONS": 4000}, ["transactions", "deadlocks"]),
    Part("the process and the server killed under load", "fault_run", "*",
         {"KEEPSUM_TEST_KILLS": 20, "KEEPSUM_TEST_SERVER_KILLS": 4}, ["kills", "transactions"]),
    Part("orders of the steps of a few sessions", "interleaving_test", "*",
         {"KEEPSUM_TEST_ORDERS": 6}, ["orders", "waits"]),
    Part("random histories of several sessions", "simulation_test", "*",
         {"KEEPSUM_TEST_SECONDS": 15}, ["rounds", "transactions", "waits", "retries"]),
    Part("one call lost, before or after it", "engine_test", "*EveryCall*:*SpecChangeKilled*",
         {"KEEPSUM_TEST_CALLS": 8}, ["faults"]),
    Part("mistakes planted in the delta rules", "engine_test", "*Mutants*", {},
         ["planted", "caught"]),
    Part("hostile input", "fuzz_test", "Fuzz.*:*FuzzDatabase*", {"KEEPSUM_TEST_SECONDS": 15},
         ["inputs", "taken"]),
    Part("the ways others went wrong", "regression_test", "*", {}, []),
]
HISTORIES = [
    Part("random specs and histories, SQLite", "engine_test", "*RandomLaw*/sqlite",
         {}, ["rounds", "transactions", "changes"]),
    Part("random specs and histories, MariaDB", "engine_test", "*RandomLaw*/mariadb",
         {}, ["rounds", "transactions", "changes"]),
]


class Proof:
    def __init__(self, arguments):
        self.build = pathlib.Path(arguments.build).resolve()
        self.seed = arguments.seed
        self.scale = arguments.minutes / 10
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="keepsum-prove-"))
        self.failed = False

    def settings(self, part, more):
        scaled = {name: max(1, round(value * self.scale)) for name, value in part.settings.items()}
        return {**os.environ, "KEEPSUM_TEST_SEED": str(self.seed),
                **{name: str(value) for name, value in {**scaled, **more}.items()}}

    def run(self, part, **more):
        stem = self.folder / f"{part.program}-{(FIXED + HISTORIES).index(part)}"
        began = time.monotonic()
        with open(f"{stem}.log", "w") as log:
            code = subprocess.run(
                [self.build / "tests" / part.program, f"--gtest_filter={part.filter}",
                 f"--gtest_output=json:{stem}.json"],
                stdout=log, stderr=subprocess.STDOUT, env=self.settings(part, more)).returncode
        took = time.monotonic() - began
        tests = self.tests(f"{stem}.json")
        held = code == 0 and bool(tests)
        self.failed |= not held
        sums = collections.Counter()
        for test in tests:
            for name in part.counts:
                sums[name] += int(test.get(name, 0))
        counts = [f"{sums[name]:,} {name}" for name in part.counts] or [f"{len(tests)} tests"]
        seeds = sorted({int(test["seed"]) for test in tests if "seed" in test})
        rounds = sums.get("rounds", 0)
        print(f"{part.what:<46} {', '.join(counts):<52} {span(seeds, rounds):<16}"
              f" {'held' if held else 'BROKEN':<7} {took:5.0f} s", flush=True)
        if not held:
            print("".join(open(f"{stem}.log").readlines()[-60:]), file=sys.stderr, flush=True)

    @staticmethod
    def tests(file):
        try:
            suites = json.load(open(file))["testsuites"]
        except (OSError, ValueError, KeyError):
            return []
        return [test for suite in suites for test in suite["testsuite"]
                if test.get("result") == "COMPLETED"]


def span(seeds, rounds):
    if not seeds:
        return "fixed"
    return f"{seeds[0]}…{seeds[0] + rounds - 1}" if rounds else "…".join(map(str, seeds))


def main():
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--minutes", type=float, default=10)
    parser.add_argument("--seed", type=int, default=20_000)
    parser.add_argument("--build", default="build")
    arguments = parser.parse_args()
    deadline = time.monotonic() + 60 * arguments.minutes
    proof = Proof(arguments)
    print(f"{'what':<46} {'how much':<52} {'seeds':<16} {'':<7} {'time':>7}")
    lanes = os.cpu_count() or 1
    with concurrent.futures.ThreadPoolExecutor(max_workers=min(lanes, 2)) as pool:
        list(pool.map(proof.run, FIXED))
        left = max(20, round(deadline - time.monotonic()))
        list(pool.map(lambda part: proof.run(part, KEEPSUM_TEST_SECONDS=left), HISTORIES))
    if proof.failed:
        print(f"BROKEN: see above; all that was printed is in {proof.folder}")
        return 1
    shutil.rmtree(proof.folder)
    print("everything held")
    return 0


if __name__ == "__main__":
    sys.exit(main())
