"""What the end-to-end tests stand on: the binary, a fresh database for each test, an oracle.

Only Python's standard library and the `mariadb` client. Nothing here shares code with keepsum, so
the figures a test expects come from the base rows by another way.
"""

import contextlib
import json
import os
import pty
import re
import shutil
import signal
import sqlite3
import subprocess
import tempfile
import time
import unittest
import urllib.parse

BINARY = os.environ["KEEPSUM_BINARY"]
# Where sanitizers run, all takes some ten times as long.
PATIENCE = int(os.environ.get("KEEPSUM_TEST_PATIENCE", "1"))
# Until a command is taken for hung.
TIMEOUT_S = 60 * PATIENCE

OK, FAILED, CHANGED, LEASE_HELD, TIME_SPENT, DRIFT_LEFT, USAGE, CONFIG = 0, 1, 2, 3, 4, 5, 64, 78


def as_text(value):
    return None if value is None else str(value)


class SqliteDatabase:
    """A file of its own, in WAL mode, so that the test may look while keepsum writes."""

    kind = "sqlite"
    words = {"int": "INTEGER", "key": "TEXT", "money": "INTEGER", "strict": "STRICT"}

    def __init__(self, folder, name="test"):
        self.path = os.path.join(folder, name + ".db")
        self.url = "sqlite:" + self.path
        self.connection = sqlite3.connect(self.path, isolation_level=None, timeout=20)
        self.connection.execute("PRAGMA journal_mode = WAL")
        self.connection.execute("PRAGMA synchronous = OFF")

    def run(self, *statements):
        for statement in statements:
            self.connection.execute(statement)

    def rows(self, query):
        """Every value as text or None, the same on both databases."""
        return [tuple(map(as_text, row)) for row in self.connection.execute(query)]

    def script(self, text):
        """As a person would feed it to the database's own shell."""
        self.connection.executescript(text)

    def dump(self):
        """Schema and data."""
        return "\n".join(self.connection.iterdump())

    def numbers(self, count):
        """A query that gives 1 to `count` as the column i of n."""
        return (f"(WITH RECURSIVE c(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM c"
                f" WHERE i < {count}) SELECT i FROM c) AS n")

    def now_plus(self, seconds):
        return f"strftime('%Y-%m-%d %H:%M:%f000', 'now', '{seconds:+d} seconds')"

    def analyze(self, *tables):
        """Statistics for the optimizer, which a table that was just filled does not have yet."""
        self.run("ANALYZE")

    def drop_trigger(self, name):
        self.run(f'DROP TRIGGER "{name}"')

    def triggers(self):
        return [name for (name,) in
                self.rows("SELECT name FROM sqlite_schema WHERE type = 'trigger' ORDER BY name")]

    def close(self):
        self.connection.close()


class MariadbDatabase:
    """A database of its own on the server that with_mariadb started."""

    kind = "mariadb"
    words = {"int": "BIGINT", "key": "VARCHAR(40) COLLATE utf8mb4_bin", "money": "DECIMAL(20,4)",
             "strict": "ENGINE=InnoDB"}
    made = 0

    def __init__(self, folder, name="test"):
        server = urllib.parse.urlsplit(os.environ["KEEPSUM_TEST_MYSQL_URL"])
        self.host, self.port = server.hostname, server.port
        MariadbDatabase.made += 1
        self.name = f"cli_{os.getpid()}_{MariadbDatabase.made}_{name}"
        self.client = ["mariadb", "--no-defaults", f"--host={self.host}", f"--port={self.port}",
                       "--protocol=tcp", "--user=root", "--default-character-set=utf8mb4"]
        self.url = self.url_of("root")
        self.feed(f"CREATE DATABASE {self.name} CHARACTER SET utf8mb4", database=None)

    def url_of(self, user, password=""):
        secret = ":" + urllib.parse.quote(password, safe="") if password else ""
        return f"mysql://{user}{secret}@{self.host}:{self.port}/{self.name}"

    def feed(self, text, database="", options=()):
        database = self.name if database == "" else database
        command = [*self.client, *options, *([database] if database else [])]
        done = subprocess.run(command, input=text, capture_output=True, text=True,
                              timeout=TIMEOUT_S, check=False)
        if done.returncode != 0:
            raise AssertionError(f"{done.stderr}\n{text}")
        return done.stdout

    def run(self, *statements):
        self.feed("".join(statement + ";\n" for statement in statements))

    def rows(self, query):
        answer = self.feed(query, options=["--batch", "--skip-column-names"])
        return [tuple(map(self.unescaped, line.split("\t")))
                for line in answer.split("\n")[:-1]]

    @staticmethod
    def unescaped(field):
        """Of the client's batch output, where the text NULL looks like the value."""
        if field == "NULL":
            return None
        if "\\" not in field:
            return field
        return re.sub(r"\\(.)", lambda m: {"n": "\n", "t": "\t", "0": "\0"}.get(m[1], m[1]), field)

    def script(self, text):
        self.feed(text)

    def dump(self):
        command = ["mariadb-dump", *self.client[1:], "--skip-comments", "--triggers", "--routines",
                   "--events", "--order-by-primary", self.name]
        return subprocess.run(command, capture_output=True, text=True, timeout=TIMEOUT_S,
                              check=True).stdout

    def numbers(self, count):
        return f"(SELECT CAST(seq AS SIGNED) AS i FROM seq_1_to_{count}) AS n"

    def now_plus(self, seconds):
        return f"UTC_TIMESTAMP(6) + INTERVAL {seconds} SECOND"

    def analyze(self, *tables):
        self.run(f"ANALYZE TABLE {', '.join(tables)}")

    def drop_trigger(self, name):
        self.run(f"DROP TRIGGER `{name}`")

    def triggers(self):
        return [name for (name,) in
                self.rows("SELECT trigger_name FROM information_schema.triggers"
                          " WHERE trigger_schema = DATABASE() ORDER BY trigger_name")]

    def close(self):
        self.feed(f"DROP DATABASE {self.name}", database=None)


DATABASES = {"sqlite": SqliteDatabase, "mariadb": MariadbDatabase}


class Outcome:
    """A finished run: exit code, stdout, stderr."""

    def __init__(self, command, code, out, err):
        self.command, self.code, self.out, self.err = command, code, out, err

    @property
    def json(self):
        return json.loads(self.out)

    def __str__(self):
        return f"{' '.join(self.command)}\nexit {self.code}\n--- stdout\n{self.out}--- stderr\n{self.err}"


def poll(condition, what, seconds=TIMEOUT_S):
    """Waits until condition() is true, and returns what it gave."""
    deadline = time.monotonic() + seconds
    while True:
        value = condition()
        if value:
            return value
        if time.monotonic() > deadline:
            raise AssertionError(f"after {seconds} s still not: {what}")
        time.sleep(0.002)


class CliTest(unittest.TestCase):
    """One fresh database and one folder with a keepsum.json for each test."""

    databases = ("sqlite", "mariadb")  # where the law of the class holds
    backend = None                     # set by run.py
    maxDiff = None

    def setUp(self):
        self.folder = tempfile.mkdtemp(prefix="keepsum-cli-")
        self.addCleanup(shutil.rmtree, self.folder)
        self.db = self.new_database("main")

    def new_database(self, name):
        database = DATABASES[self.backend](self.folder, name)
        self.addCleanup(database.close)
        return database

    # --- the binary

    def environment(self, **changes):
        environment = {name: value for name, value in os.environ.items()
                       if not name.startswith("KEEPSUM") and name not in ("NO_COLOR", "TERM")}
        environment["DATABASE_URL"] = self.db.url
        environment["XDG_RUNTIME_DIR"] = self.folder  # the sockets of its runs
        environment.update(changes)
        return environment

    def start(self, *arguments, env=None):
        """A run that goes on beside the test."""
        process = subprocess.Popen(
            [BINARY, *arguments], cwd=self.folder, env=env or self.environment(),
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        self.addCleanup(self.end, process)
        return process

    @staticmethod
    def end(process):
        if process.poll() is None:
            process.kill()
        process.communicate()

    def finish(self, process):
        out, err = process.communicate(timeout=TIMEOUT_S)
        return Outcome(process.args, process.returncode, out, err)

    def keepsum(self, *arguments, code=None, env=None):
        """Runs it to its end. Without a terminal there is never an escape byte."""
        done = subprocess.run([BINARY, *arguments], cwd=self.folder,
                              env=env or self.environment(), stdin=subprocess.DEVNULL,
                              capture_output=True, text=True, timeout=TIMEOUT_S, check=False)
        outcome = Outcome(done.args, done.returncode, done.stdout, done.stderr)
        self.assertNotIn("\x1b", outcome.out + outcome.err, str(outcome))
        if code is not None:
            self.assertEqual(outcome.code, code, str(outcome))
        return outcome

    def json(self, *arguments, code=OK, env=None):
        """The one object that --json prints."""
        outcome = self.keepsum(*arguments, "--json", code=code, env=env)
        value = outcome.json
        self.assertIsInstance(value, dict)
        self.assertEqual(value["version"], 1)
        return value

    def on_terminal(self, *arguments, answer="", env=None):
        """Runs it on a terminal and types `answer`; what it wrote comes in one piece."""
        primary, secondary = pty.openpty()
        process = subprocess.Popen([BINARY, *arguments], cwd=self.folder,
                                   env=env or self.environment(), stdin=secondary,
                                   stdout=secondary, stderr=secondary)
        self.addCleanup(self.kill_quietly, process)
        os.close(secondary)
        os.write(primary, answer.encode())
        text = b""
        # Linux answers EIO once the last writer of a terminal has closed it.
        with contextlib.suppress(OSError):
            while chunk := os.read(primary, 65536):
                text += chunk
        os.close(primary)
        return Outcome(process.args, process.wait(TIMEOUT_S), text.decode(), "")

    @staticmethod
    def kill_quietly(process):
        if process.poll() is None:
            process.kill()
            process.wait()

    @contextlib.contextmanager
    def writes_nothing(self, database=None):
        database = database or self.db
        before = database.dump()
        yield
        self.assertEqual(database.dump(), before)

    # --- spec and rows

    def write_spec(self, summaries, database="${DATABASE_URL}", file="keepsum.json", **more):
        spec = {"keepsum": 1, "summaries": summaries, **more}
        if database is not None:
            spec["database"] = database
        with open(os.path.join(self.folder, file), "w", encoding="utf-8") as f:
            json.dump(spec, f)

    def sql(self, text):
        """`text` with the words of this database for {int}, {key}, {money} and {strict}."""
        return re.sub(r"\{(\w+)\}", lambda m: self.db.words[m[1]], text)


class CardTest(CliTest):
    """Payments and their charges, summed up by card."""

    def setUp(self):
        super().setUp()
        self.make_base_tables(self.db)
        self.fill()
        self.write_spec(self.summaries())

    def make_base_tables(self, database):
        database.run(
            self.sql("CREATE TABLE payments (id {int} NOT NULL PRIMARY KEY, card_id {int} NOT NULL,"
                     " voided {int} NOT NULL) {strict}"),
            self.sql("CREATE TABLE charges (id {int} NOT NULL PRIMARY KEY,"
                     " payment_id {int} NOT NULL, amount {int}, approved {int} NOT NULL) {strict}"),
            "CREATE INDEX payments_card ON payments (card_id)",
            "CREATE INDEX charges_payment ON charges (payment_id)")

    def fill(self, payments=400, cards=40, analyze=True):
        self.db.run(
            f"INSERT INTO payments SELECT i, i * 7919 % {cards}, CASE WHEN i % 17 = 0 THEN 1 ELSE 0"
            f" END FROM {self.db.numbers(payments)}",
            f"INSERT INTO charges SELECT i, i * 31 % {payments} + 1, CASE WHEN i % 29 = 0 THEN NULL"
            f" ELSE i * 7907 % 1000 - 200 END, CASE WHEN i % 7 = 0 THEN 1 ELSE 0 END"
            f" FROM {self.db.numbers(payments * 3 // 2)}")
        if analyze:
            self.db.analyze("payments", "charges")

    def aggregates(self):
        return {"total": "sum(t.amount)", "charges": "count(*)",
                "refunds": "count(*) FILTER (WHERE t.amount < 0)",
                "has_refund": "any(t.amount < 0)", "approved_once": "latch(t.approved = 1)",
                "largest": "max(t.amount)", "smallest": "min(t.amount)"}

    def summaries(self, **changes):
        summary = {"from": "payments p", "joins": ["charges t ON t.payment_id = p.id"],
                   "where": "p.voided = 0", "group_by": {"card_id": "p.card_id"},
                   "aggregates": self.aggregates()}
        summary.update(changes)
        return {"card_activity": summary}

    COLUMNS = ("total", "charges", "refunds", "has_refund", "approved_once", "largest", "smallest")
    EMPTY = (0, 0, 0, 0, 0, None, None)

    def oracle(self, where=lambda voided: voided == 0):
        """card → values in the order of COLUMNS, from the base rows alone."""
        cards = {int(i): int(card) for i, card, voided in self.db.rows("SELECT * FROM payments")
                 if where(int(voided))}
        rows = {}
        for _, payment, amount, approved in self.db.rows("SELECT * FROM charges"):
            if int(payment) in cards:
                amount = None if amount is None else int(amount)
                rows.setdefault(cards[int(payment)], []).append((amount, int(approved)))
        expected = {}
        for card, charges in rows.items():
            amounts = [amount for amount, _ in charges if amount is not None]
            refunds = sum(amount < 0 for amount in amounts)
            expected[card] = (sum(amounts), len(charges), refunds, int(refunds > 0),
                              int(any(approved for _, approved in charges)),
                              max(amounts, default=None), min(amounts, default=None))
        return expected

    def stored(self):
        """card → values; a row of empty values means the same as no row."""
        rows = self.db.rows(f"SELECT card_id, {', '.join(self.COLUMNS)} FROM card_activity")
        values = {int(card): tuple(None if v is None else int(v) for v in row)
                  for card, *row in rows}
        return {card: row for card, row in values.items() if row != self.EMPTY}

    def assert_true(self, **oracle):
        """Stored equals source; a latch may also remember what the source no longer shows."""
        expected = self.oracle(**oracle)
        latch = self.COLUMNS.index("approved_once")
        found = {}
        for card, values in self.stored().items():
            shown = expected.get(card, self.EMPTY)
            if values[latch] > shown[latch]:
                values = (*values[:latch], shown[latch], *values[latch + 1:])
            if values != self.EMPTY:
                found[card] = values
        self.assertEqual(found, expected)

    def state(self):
        rows = self.db.rows("SELECT state FROM keepsum_summaries WHERE name = 'card_activity'")
        return rows[0][0] if rows else None

    def apply(self, code=OK):
        return self.keepsum("apply", "--yes", code=code)

    def values(self, card):
        """Where `read` takes the figures from, and the figures. Decimals come as strings."""
        answer = self.json("read", "card_activity", f"card_id={card}")
        values = (answer["values"][column] for column in self.COLUMNS)
        return answer["from"], tuple(int(v) if isinstance(v, str) else v for v in values)

    def write_all_kinds(self, base):
        """Inserts, updates and deletes on both tables; `base` keeps the ids of two calls apart."""
        self.db.run(
            f"INSERT INTO payments VALUES ({base}, 3, 0), ({base + 1}, 4, 0), ({base + 2}, 900, 0)",
            f"INSERT INTO charges VALUES ({base}, {base}, 5000, 0), ({base + 1}, {base}, -7000, 1),"
            f" ({base + 2}, {base + 1}, NULL, 0), ({base + 3}, {base + 2}, 12, 0)",
            f"UPDATE payments SET card_id = 5 WHERE id = {base + 1}",
            "UPDATE payments SET voided = 1 - voided WHERE card_id = 7",
            "UPDATE charges SET amount = amount + 1 WHERE payment_id BETWEEN 10 AND 30",
            "DELETE FROM charges WHERE payment_id BETWEEN 40 AND 60",
            f"DELETE FROM payments WHERE id BETWEEN 70 AND 75 OR id = {base + 2}")


def sigkill(process):
    process.send_signal(signal.SIGKILL)
    process.wait()
