"""The command line's contract: exit codes, what goes to which stream, and what never shows."""

import os
import re
import time

from support import CHANGED, CONFIG, FAILED, OK, USAGE, CardTest, CliTest

# Every command with arguments that work on a CardTest that is applied.
EVERY_COMMAND = (
    ("check",), ("plan",), ("apply", "--yes"), ("status",), ("reconcile",),
    ("reconcile", "--verify-only"), ("read", "card_activity", "card_id=1"),
    ("explain", "card_activity", "card_id=1"), ("sql",),
    ("drift",), ("drift", "--runs"), ("grants",), ("drop", "card_activity", "--yes"))


class Usage(CliTest):
    def setUp(self):
        super().setUp()
        self.db.run(self.sql("CREATE TABLE t (id {int} NOT NULL PRIMARY KEY, k {int} NOT NULL)"
                             " {strict}"))
        self.write_spec({"s": {"from": "t", "group_by": {"k": "k"},
                               "aggregates": {"n": "count(*)"}}})

    def test_wrong_arguments(self):
        for arguments in ([], ["frobnicate"], ["plan", "--frobnicate"], ["--frobnicate", "plan"],
                          ["plan", "extra"], ["apply", "--yes", "extra"], ["status", "extra"],
                          ["apply", "--plan-hash"], ["read"], ["explain", "s"], ["drop"],
                          ["reconcile", "--guard", "101"], ["reconcile", "--guard", "many"],
                          ["plan", "--config"]):
            refused = self.keepsum(*arguments, code=USAGE)
            self.assertEqual(refused.out, "")
            self.assertNotEqual(refused.err, "")

    def test_wrong_arguments_and_json(self):
        for arguments in (["frobnicate"], ["plan", "--frobnicate"], ["read", "s"], ["drop"]):
            error = self.json(*arguments, code=USAGE)["error"]
            self.assertEqual(error["code"], "invalid_argument")

    def test_help_and_version(self):
        for arguments in (["--help"], ["plan", "--help"], ["reconcile", "-h"]):
            shown = self.keepsum(*arguments, code=OK)
            self.assertIn("--config", shown.out)
            self.assertEqual(shown.err, "")
        self.assertRegex(self.keepsum("--version", code=OK).out, r"^\d+\.\d+\.\d+\n$")
        commands = self.keepsum("--help", code=OK).out
        for command in {name for name, *_ in EVERY_COMMAND}:
            self.assertIn(command, commands)

    def test_global_options_before_and_after_the_command(self):
        os.rename(self.folder + "/keepsum.json", self.folder + "/other.json")
        for arguments in (["--config", "other.json", "plan"], ["plan", "--config", "other.json"],
                          ["-c", "other.json", "plan", "--no-sql"]):
            self.keepsum(*arguments, code=CHANGED)

    def test_database_option_wins(self):
        self.write_spec({"s": {"from": "t", "group_by": {"k": "k"},
                               "aggregates": {"n": "count(*)"}}}, database="sqlite:/nowhere/x.db")
        self.keepsum("plan", "--database", self.db.url, code=CHANGED)
        self.keepsum("plan", code=FAILED)


class Configuration(CliTest):
    databases = ("sqlite",)

    SUMMARY = {"s": {"from": "t", "group_by": {"k": "k"}, "aggregates": {"n": "count(*)"}}}

    def write_text(self, text):
        with open(self.folder + "/keepsum.json", "w", encoding="utf-8") as f:
            f.write(text)

    def test_no_spec(self):
        refused = self.keepsum("plan", code=CONFIG)
        self.assertIn("keepsum.json", refused.err)
        self.assertIn("--config", refused.err)
        self.assertIn("missing.json", self.keepsum("plan", "-c", "missing.json", code=CONFIG).err)

    def test_wrong_spec_says_where(self):
        self.write_text('{\n  "keepsum": 1,\n  "summaries": {\n    "s": {\n'
                        '      "from": "t",\n      "group_by": {"k": "k"},\n'
                        '      "aggregates": {"n": "cuont(*)"}\n    }\n  }\n}\n')
        for command in ("check", "plan", "apply", "status", "sql"):
            refused = self.keepsum(command, code=CONFIG)
            self.assertIn("keepsum.json:7:", refused.err)
            self.assertIn("did you mean", refused.err)
            self.assertEqual(refused.out, "")
        error = self.json("plan", code=CONFIG)["error"]
        self.assertEqual(error["code"], "invalid_spec")
        self.assertIn("keepsum.json:7:", error["message"])

    def test_what_the_catalog_contradicts_says_where(self):
        self.db.run("CREATE TABLE t (id INTEGER PRIMARY KEY, k INTEGER NOT NULL) STRICT")
        self.write_text('{"keepsum": 1, "database": "${DATABASE_URL}",\n "summaries": {"s": {\n'
                        '  "from": "t", "group_by": {"k": "kk"},\n'
                        '  "aggregates": {"n": "count(*)"}}}}\n')
        self.assertIn("keepsum.json:3:", self.keepsum("plan", code=CONFIG).err)

    def test_missing_variable(self):
        self.write_spec(self.SUMMARY, database="${PAYMENTS_URL}")
        refused = self.keepsum("plan", code=CONFIG)
        self.assertIn("PAYMENTS_URL", refused.err)
        self.assertIn("PAYMENTS_URL", self.json("plan", code=CONFIG)["error"]["message"])

    def test_no_database(self):
        self.write_spec(self.SUMMARY, database=None)
        self.assertIn("DATABASE_URL", self.keepsum("plan", code=CONFIG).err)
        # The text alone can be checked.
        self.assertIn("not checked", self.keepsum("check", code=OK).out)

    def test_wrong_url(self):
        for url in ("postgres://x/y", "nonsense", "mysql://u@h:99999/d", "sqlite:", ""):
            self.write_spec(self.SUMMARY)
            self.keepsum("plan", code=CONFIG, env=self.environment(DATABASE_URL=url))

    def test_missing_database_file(self):
        self.write_spec(self.SUMMARY, database="sqlite:nowhere.db")
        self.assertIn("mode=rwc", self.keepsum("plan", code=FAILED).err)
        self.assertFalse(os.path.exists(self.folder + "/nowhere.db"))

    def test_a_file_that_is_no_database(self):
        with open(self.folder + "/no.db", "w", encoding="utf-8") as f:
            f.write("this is text, and long enough to be read as a header of a database\n" * 20)
        self.write_spec(self.SUMMARY, database="sqlite:no.db")
        self.assertIn("no SQLite database", self.keepsum("plan", code=FAILED).err)


class Streams(CardTest):
    def test_json_is_one_object_of_every_command(self):
        for arguments in EVERY_COMMAND[:3]:
            self.json(*arguments, code=CHANGED if arguments == ("plan",) else OK)
        for arguments in EVERY_COMMAND:
            self.json(*arguments)

    def test_json_is_one_object_of_every_error(self):
        for arguments in EVERY_COMMAND:
            outcome = self.keepsum(*arguments, "--json",
                                   env=self.environment(DATABASE_URL="sqlite:/nowhere/x.db"))
            self.assertEqual(outcome.code, FAILED, str(outcome))
            self.assertEqual(set(outcome.json), {"version", "error"})
            self.assertEqual(outcome.json["error"]["code"], "io_failed")

    def test_progress_and_steps_are_no_data(self):
        applied = self.keepsum("apply", "--yes", code=OK)
        self.assertIn("+ table card_activity", applied.err)
        self.assertEqual(len(applied.out.splitlines()), 1)
        self.assertEqual(self.keepsum("plan", code=OK).err, "")
        self.assertEqual(self.keepsum("reconcile", code=OK).err, "")

    def test_colour_only_on_a_terminal_that_wants_it(self):
        self.apply()
        escape = re.compile(r"\x1b\[[0-9;]*m")
        for environment, coloured in (({"TERM": "xterm"}, True),
                                      ({"TERM": "xterm", "NO_COLOR": "1"}, False),
                                      ({"TERM": "xterm", "NO_COLOR": ""}, True),
                                      ({"TERM": "dumb"}, False)):
            shown = self.on_terminal("status", env=self.environment(**environment))
            self.assertEqual(bool(escape.search(shown.out)), coloured, str(shown))
        # Not a byte of it in a pipe: keepsum() asserts that of every run in these tests.
        self.keepsum("status", env=self.environment(TERM="xterm"), code=OK)


class Server(CardTest):
    """What a server may answer at the door."""

    databases = ("mariadb",)

    def test_nobody_listens(self):
        began = time.monotonic()
        env = self.environment(DATABASE_URL="mysql://root@127.0.0.1:1/db")
        refused = self.keepsum("plan", code=FAILED, env=env)
        self.assertLess(time.monotonic() - began, 5)
        self.assertIn("hint:", refused.err)
        self.assertIn("127.0.0.1:1", refused.err)
        self.assertEqual(self.json("plan", code=FAILED, env=env)["error"]["code"],
                         "connection_lost")

    def test_a_host_that_does_not_exist(self):
        env = self.environment(DATABASE_URL="mysql://root@no-such-host.invalid/db")
        self.assertIn("hint:", self.keepsum("plan", code=FAILED, env=env).err)

    def test_a_database_that_does_not_exist(self):
        url = self.db.url.rsplit("/", 1)[0] + "/no_such_database"
        refused = self.keepsum("plan", code=CONFIG, env=self.environment(DATABASE_URL=url))
        self.assertIn("no such database", refused.err)


class Secrets(CardTest):
    databases = ("mariadb",)

    PASSWORD = "s3cret/with@odd:chars"

    def setUp(self):
        super().setUp()
        self.user = self.db.name + "_p"
        self.db.run(f"CREATE USER {self.user}@'%' IDENTIFIED BY '{self.PASSWORD}'",
                    f"GRANT ALL ON {self.db.name}.* TO {self.user}@'%'")
        self.addCleanup(self.db.feed, f"DROP USER {self.user}@'%'", None)

    def assert_secret(self, outcome, *secrets):
        for secret in secrets:
            self.assertNotIn(secret, outcome.out + outcome.err)

    def test_right_password_shows_nowhere(self):
        url = self.db.url_of(self.user, self.PASSWORD)
        encoded = url.split(":")[2].split("@")[0]
        environments = (self.environment(DATABASE_URL=url),
                        self.environment(DATABASE_URL=self.db.url_of(self.user),
                                         KEEPSUM_PASSWORD=self.PASSWORD))
        for env in environments:
            for arguments in EVERY_COMMAND:
                for options in ((), ("--json",)):
                    again = options and arguments[0] == "drop"
                    outcome = self.keepsum(*arguments, *options, env=env)
                    self.assertIn(outcome.code, (USAGE,) if again else (OK, CHANGED, FAILED),
                                  str(outcome))
                    self.assert_secret(outcome, self.PASSWORD, encoded, "s3cret")
                if arguments[0] == "apply":
                    self.assertNotIn("s3cret", self.db.dump())
                    self.db.run("UPDATE card_activity SET total = total + 1 WHERE card_id = 1")

    def test_wrong_password_shows_nowhere(self):
        for url in (self.db.url_of(self.user, "wr0ng-secret"),
                    self.db.url_of(self.user, "wr0ng-secret") + "?no-such-option=wr0ng-secret",
                    "mysql://user:wr0ng-secret@host:port/db", "mysql:wr0ng-secret@h",
                    "postgres://user:wr0ng-secret@host/db"):
            for arguments in EVERY_COMMAND:
                for options in ((), ("--json",)):
                    outcome = self.keepsum(*arguments, *options,
                                           env=self.environment(DATABASE_URL=url))
                    self.assertIn(outcome.code, (FAILED, CONFIG), str(outcome))
                    self.assert_secret(outcome, "wr0ng-secret", "wr0ng")

    def test_wrong_password_says_what_to_do(self):
        env = self.environment(DATABASE_URL=self.db.url_of(self.user, "wr0ng-secret"))
        refused = self.keepsum("plan", code=FAILED, env=env)
        self.assertIn("user or the password is wrong", refused.err)
        self.assertIn("KEEPSUM_PASSWORD", refused.err)
