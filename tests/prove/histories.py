#!/usr/bin/env python3
"""Random specs and long random histories over them, in as many processes as there are cores.

    tests/prove/histories.py [--sqlite 1000] [--mariadb 200] [--transactions 1000] [--compare 50]
                             [--seed 100000] [--build build]

So many specs on SQLite and on MariaDB, the latter by turns at each isolation level; on each so many
transactions; the summary compared with a recompute, both ways, after each so many of them. A spec
that MariaDB is refused for its foreign keys' actions does not count, and another takes its place. A
history that fails shows its seed. Exit 0 if all hold, 1 otherwise.
"""

import argparse
import concurrent.futures
import json
import os
import pathlib
import subprocess
import sys
import tempfile
import time

CHUNK = 20  # specs of a process


class Histories:
    def __init__(self, options):
        self.options = options
        self.program = pathlib.Path(options.build).resolve() / "tests" / "engine_test"
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="keepsum-histories-"))

    def chunk(self, server, seed, specs):
        """The counts of one process; None if a history failed."""
        stem = self.folder / f"{server}-{seed}"
        settings = {"KEEPSUM_TEST_SEED": seed, "KEEPSUM_TEST_ROUNDS": specs,
                    "KEEPSUM_TEST_TRANSACTIONS": self.options.transactions,
                    "KEEPSUM_TEST_COMPARE": self.options.compare}
        with open(f"{stem}.log", "w", encoding="utf-8") as log:
            code = subprocess.run(
                [self.program, f"--gtest_filter=*RandomLaw*/{server}",
                 f"--gtest_output=json:{stem}.json"], stdout=log, stderr=subprocess.STDOUT,
                env={**os.environ, **{name: str(value) for name, value in settings.items()}},
                check=False).returncode
        if code != 0:
            print("".join(open(f"{stem}.log", encoding="utf-8").readlines()[-60:]))
            return None
        with open(f"{stem}.json", encoding="utf-8") as report:
            test = json.load(report)["testsuites"][0]["testsuite"][0]
        return {name: int(test[name]) for name in ("rounds", "refused", "transactions", "changes")}

    def run(self, server, specs, seed):
        """Until so many specs have held; then a line that says so."""
        began, sums, next_seed, failed = time.monotonic(), {}, seed, False
        with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
            waiting = set()
            while True:
                held = sums.get("rounds", 0) - sums.get("refused", 0)
                wanted = specs - held - CHUNK * len(waiting)
                while wanted > 0 and not failed and len(waiting) < os.cpu_count():
                    size = min(CHUNK, wanted)
                    waiting.add(pool.submit(self.chunk, server, next_seed, size))
                    next_seed += size
                    wanted -= size
                if not waiting:
                    break
                done, waiting = concurrent.futures.wait(
                    waiting, return_when=concurrent.futures.FIRST_COMPLETED)
                for counts in (future.result() for future in done):
                    failed |= counts is None
                    for name, count in (counts or {}).items():
                        sums[name] = sums.get(name, 0) + count
        held = sums.get("rounds", 0) - sums.get("refused", 0)
        print(f"{server:<8} {held:,} specs, {sums.get('transactions', 0):,} transactions, "
              f"{sums.get('changes', 0):,} rows changed, seeds {seed}…{next_seed - 1}, "
              f"{time.monotonic() - began:.0f} s: {'FAILED' if failed else 'no difference'}",
              flush=True)
        return not failed


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0])
    parser.add_argument("--sqlite", type=int, default=1000)
    parser.add_argument("--mariadb", type=int, default=200)
    parser.add_argument("--transactions", type=int, default=1000)
    parser.add_argument("--compare", type=int, default=50)
    parser.add_argument("--seed", type=int, default=100_000)
    parser.add_argument("--build", default="build")
    histories = Histories(parser.parse_args())
    options = histories.options
    held = [histories.run("sqlite", options.sqlite, options.seed),
            histories.run("mariadb", options.mariadb, options.seed + 100_000)]
    sys.exit(0 if all(held) else 1)


if __name__ == "__main__":
    main()
