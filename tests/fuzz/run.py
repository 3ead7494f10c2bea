#!/usr/bin/env python3
"""Runs the fuzz targets for a set time, and prints what each did as a table.

    tests/fuzz/run.py [--minutes 5] [--build build-fuzz] [--seed N] [TARGET…]

Each target begins with its corpus and with what earlier runs found to reach further, which is kept
in BUILD/corpus/TARGET. The targets share the time; those that need a database run on SQLite and on
a MariaDB of their own. What breaks a target is in BUILD/findings, and named: run the program with
that file as its argument to see it again. Exit 0 if nothing broke, 1 otherwise.
"""

import argparse
import collections
import os
import pathlib
import re
import subprocess
import sys
import time

Target = collections.namedtuple("Target", "name on length")
TARGETS = [
    Target("spec", None, 4096),
    Target("url", None, 256),
    Target("expression", "sqlite", 256),
    Target("expression", "mariadb", 256),
    Target("quoting", "sqlite", 400),
    Target("quoting", "mariadb", 400),
]
SOURCE = pathlib.Path(__file__).resolve().parent


class Run:
    def __init__(self, target, build, seconds, seed):
        self.target, self.build, self.seconds, self.seed = target, build, seconds, seed
        self.findings = build / "findings"
        self.corpus = build / "corpus" / target.name
        self.log = build / f"fuzz_{target.name}{'_' + target.on if target.on else ''}.log"

    def command(self):
        program = self.build / "tests/fuzz" / f"fuzz_{self.target.name}"
        seeds = self.build / "seeds" / self.target.name
        self.corpus.mkdir(parents=True, exist_ok=True)
        self.findings.mkdir(exist_ok=True)
        subprocess.run([self.build / "tests/fuzz/fuzz_seeds", self.target.name, seeds], check=True)
        command = [program, self.corpus, seeds, f"-dict={SOURCE / self.target.name}.dict",
                   f"-max_total_time={self.seconds}", f"-max_len={self.target.length}",
                   f"-seed={self.seed}", "-timeout=20", "-rss_limit_mb=2048", "-verbosity=1",
                   "-print_final_stats=1", f"-artifact_prefix={self.findings}/{self.target.name}-"]
        return ([self.build / "tests/with_mariadb"] if self.target.on == "mariadb" else []) + command

    def play(self):
        env = {name: value for name, value in os.environ.items() if name != "KEEPSUM_TEST_MYSQL_URL"}
        began = time.monotonic()
        with open(self.log, "w") as log:
            code = subprocess.run(self.command(), stdout=log, stderr=subprocess.STDOUT,
                                  env=env).returncode
        self.show(code, time.monotonic() - began)
        return code

    def show(self, code, took):
        text = self.log.read_text(errors="replace")
        runs = re.findall(r"^stat::number_of_executed_units: (\d+)", text, re.M)
        runs = runs or re.findall(r"^#(\d+)", text, re.M) or [0]
        edges = re.findall(r" cov: (\d+)", text) or [0]
        found = re.findall(r"Test unit written to (\S+)", text)
        name = self.target.name + (f" ({self.target.on})" if self.target.on else "")
        print(f"{name:<24} {int(runs[-1]):>10,} {int(edges[-1]):>8,} {took:>8.0f} "
              f" {', '.join(found) or ('none' if code == 0 else 'BROKEN')}", flush=True)
        if code != 0:
            print(text[-3000:], file=sys.stderr, flush=True)


def main():
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--minutes", type=float, default=5)
    parser.add_argument("--build", default="build-fuzz")
    parser.add_argument("--seed", type=int, default=0, help="0: another each time")
    parser.add_argument("targets", nargs="*")
    arguments = parser.parse_args()
    chosen = [target for target in TARGETS
              if not arguments.targets or target.name in arguments.targets]
    seconds = max(1, round(60 * arguments.minutes / len(chosen)))
    print(f"{'target':<24} {'runs':>10} {'edges':>8} {'seconds':>8}  findings")
    build = pathlib.Path(arguments.build).resolve()
    codes = [Run(target, build, seconds, arguments.seed).play() for target in chosen]
    return 1 if any(codes) else 0


if __name__ == "__main__":
    sys.exit(main())
