"""What the demos of the examples share: a database, `keepsum` beside it, and what they print.

A demo is started as `demo sqlite`, or as `demo mariadb` on an empty database of DATABASE_URL,
mysql://user@host:port/name. KEEPSUM_BUILD is the build to use; ../build from here unless set.
"""

import json
import os
import shutil
import subprocess
import sys
import tempfile
import urllib.parse

BUILD = os.environ.get("KEEPSUM_BUILD",
                       os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "build"))
KEEPSUM = os.path.join(os.path.abspath(BUILD), "keepsum")


def fail(text):
    sys.exit(f"\ndemo: FAILED: {text}")


def chapter(title):
    print(f"\n== {title} ==")


def client(kind):
    """The command that takes SQL on its stdin, and writes rows with tabs between."""
    if kind == "sqlite":
        return ["sqlite3", "-batch", "-bail", "-init", "/dev/null", "-separator", "\t", "demo.db"]
    url = urllib.parse.urlsplit(os.environ["DATABASE_URL"])
    command = ["mariadb", f"--host={url.hostname}", f"--port={url.port or 3306}", "--protocol=tcp",
               f"--user={url.username}", "--default-character-set=utf8mb4", "--batch",
               "--skip-column-names"]
    if url.password:
        os.environ["MYSQL_PWD"] = urllib.parse.unquote(url.password)
    return [*command, url.path.lstrip("/")]


class Stage:
    """`here` is the example's folder, `kind` the database, `folder` where the spec lies."""

    def __init__(self, here, kind, folder):
        self.here, self.kind, self.folder = here, kind, folder

    def sql(self, text, show=True):
        if show:
            print("\nsql> " + text.replace("\n", "\n     "))
        done = subprocess.run(client(self.kind), input=text + "\n", text=True, cwd=self.folder,
                              stdout=subprocess.PIPE, check=False)
        if done.returncode != 0:
            fail("the database refused this")
        return [line.split("\t") for line in done.stdout.splitlines()]

    def sql_of(self, name):
        """The rows that a file of the example's gives."""
        with open(os.path.join(self.here, name), encoding="utf-8") as file:
            return self.sql(file.read(), show=False)

    def fill(self, statements):
        self.sql_of(f"schema_{self.kind}.sql")
        self.sql("\n".join(["BEGIN;", *statements, "COMMIT;"]), show=False)

    def keepsum(self, *arguments, code=0):
        """Runs it for the reader to see."""
        print(f"\n$ keepsum {' '.join(arguments)}", flush=True)
        done = subprocess.run([KEEPSUM, *arguments], cwd=self.folder, stdin=subprocess.DEVNULL,
                              check=False)
        if done.returncode != code:
            fail(f"exit {done.returncode} instead of {code}")

    def read(self, *arguments, show=True):
        """Shows the answer of `keepsum read`, and gives it."""
        if show:
            self.keepsum("read", *arguments)
        done = subprocess.run([KEEPSUM, "read", *arguments, "--json"], cwd=self.folder,
                              capture_output=True, text=True, check=True)
        return json.loads(done.stdout)


def play(doc, here, story, spec="keepsum.json"):
    """Calls story(stage) for the database that the command line names."""
    if len(sys.argv) != 2 or sys.argv[1] not in ("sqlite", "mariadb"):
        sys.exit(doc)
    kind = sys.argv[1]
    for program in (KEEPSUM, "sqlite3" if kind == "sqlite" else "mariadb"):
        if shutil.which(program) is None:
            fail(f"{program} is missing: run `make`")
    if kind == "mariadb" and "DATABASE_URL" not in os.environ:
        fail("DATABASE_URL is not set")
    with tempfile.TemporaryDirectory(prefix="keepsum-demo-") as folder:
        shutil.copy(os.path.join(here, spec), os.path.join(folder, "keepsum.json"))
        if kind == "sqlite":
            os.environ["DATABASE_URL"] = "sqlite:demo.db"
        story(Stage(here, kind, folder))
    print("\nAll figures and exit codes were as they should be.")
