"""What a machine does to a run: a server that takes no writes, a disk that is full, a lock that
somebody holds, a clock that jumps. It says so, nothing is wrong meanwhile, and the next run goes on.
"""

import os
import resource
import signal
import subprocess

from support import BINARY, CHANGED, DRIFT_LEFT, FAILED, LEASE_HELD, OK, CardTest


class FaultTest(CardTest):
    def corrupt(self):
        self.db.run("UPDATE card_activity SET total = total + 1 WHERE card_id IN (3, 5)")

    def redefined(self):
        return self.summaries(aggregates={**self.aggregates(), "total": "sum(t.amount * 2)"})

    def converges(self):
        """The next run of everything does what the one before could not."""
        self.apply()
        self.keepsum("reconcile")
        self.keepsum("reconcile", "--verify-only", code=OK)
        self.write_all_kinds(50_000)
        self.keepsum("reconcile", "--verify-only", code=OK)


class ReadOnlyServer(FaultTest):
    databases = ("mariadb",)

    def setUp(self):
        super().setUp()
        user = f"ro_{self.db.name}"[:32]
        self.db.run(f"CREATE USER {user}@'%'", f"GRANT ALL ON {self.db.name}.* TO {user}@'%'")
        self.addCleanup(self.db.run, f"DROP USER {user}@'%'")
        self.addCleanup(self.db.run, "SET GLOBAL read_only = 0")
        self.db.url = self.db.url_of(user)

    def read_only(self, on):
        self.db.run(f"SET GLOBAL read_only = {int(on)}")

    def refused(self, *arguments):
        run = self.keepsum(*arguments, code=FAILED)
        self.assertIn("read-only", run.err)
        self.assertIn("1290", run.err)

    def test_a_first_apply(self):
        self.read_only(True)
        self.refused("apply", "--yes")
        self.assertEqual(self.db.triggers(), [])
        self.read_only(False)
        self.converges()

    def test_a_live_summary(self):
        self.apply()
        self.corrupt()
        before = self.db.dump()
        self.read_only(True)
        self.refused("reconcile")
        self.write_spec(self.redefined())
        self.keepsum("plan", code=CHANGED)
        self.refused("apply", "--yes")
        self.refused("drop", "card_activity", "--yes")
        self.write_spec(self.summaries())
        self.assertEqual(self.values(4), ("summary", self.oracle()[4]))
        self.keepsum("status")
        self.assertEqual(self.db.dump(), before)
        self.read_only(False)
        self.keepsum("reconcile", code=CHANGED)
        self.assert_true()
        self.write_spec(self.redefined())
        self.converges()


class FullDisk(FaultTest):
    """The file may grow no further: at each of several sizes, from what it has now."""
    databases = ("sqlite",)

    def within(self, size, *arguments):
        def limit():
            signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
            resource.setrlimit(resource.RLIMIT_FSIZE, (size, size))
        done = subprocess.run([BINARY, *arguments], cwd=self.folder, env=self.environment(),
                              stdin=subprocess.DEVNULL, capture_output=True, text=True,
                              timeout=120, check=False, preexec_fn=limit)
        self.assertIn(done.returncode, (OK, FAILED, CHANGED), done.stderr)
        if done.returncode == FAILED:
            self.assertRegex(done.stderr, "full|disk I/O error")
        return done.returncode

    def size(self):
        path = self.db.rows("PRAGMA database_list")[0][2]
        return os.path.getsize(path)

    def expect_right(self):
        """Whatever was reached: figures are the source's, and a writer is not in the way of them."""
        expected = self.oracle()
        for card in (3, 4, 5):
            self.assertEqual(self.values(card)[1], expected[card])

    def steps(self, what, *arguments):
        failed = 0
        for more in (0, 4, 16, 32, 64, 96, 128, 256, 4096):
            code = self.within(self.size() + more * 1024, *arguments)
            failed += code == FAILED
            what()
            if code != FAILED:
                return failed
        return self.fail("it never went through")

    def test_a_first_apply(self):
        self.assertGreater(self.steps(self.expect_right, "apply", "--yes"), 1)
        self.converges()

    def test_a_change_of_spec(self):
        self.apply()
        self.write_spec(self.redefined())

        def right_by_both():
            expected = {card: (2 * values[0], *values[1:])
                        for card, values in self.oracle().items()}
            self.assertEqual(self.values(4)[1], expected[4])
            self.write_spec(self.summaries())
            self.expect_right()
            self.write_spec(self.redefined())

        self.assertGreater(self.steps(right_by_both, "apply", "--yes"), 0)
        self.converges()

    def test_a_repair_leaves_evidence_or_nothing(self):
        self.apply()
        self.db.run("UPDATE card_activity SET total = total + 1")
        keys = self.db.rows("SELECT COUNT(*) FROM card_activity")[0][0]

        def booked():
            wrong = self.db.rows("SELECT COUNT(*) FROM keepsum_drift WHERE repaired = 1")[0][0]
            right = sum(values == self.stored().get(card)
                        for card, values in self.oracle().items())
            self.assertEqual(int(wrong), right)

        self.steps(booked, "reconcile", "--guard", "100")
        self.assertEqual(self.db.rows("SELECT COUNT(*) FROM keepsum_drift")[0][0], keys)
        self.assert_true()
        self.converges()


class HeldLocks(FaultTest):
    databases = ("mariadb",)

    def holding(self, *statements):
        """A client that has run these and stays."""
        client = subprocess.Popen([*self.db.client, "--unbuffered", "--skip-column-names",
                                   self.db.name], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                                  text=True)
        self.addCleanup(self.kill_quietly, client)
        client.stdin.write("".join(s + ";\n" for s in (*statements, "SELECT 'held'")))
        client.stdin.flush()
        while client.stdout.readline().strip() != "held":
            pass
        return client

    def let_go(self, client):
        client.communicate(timeout=30)

    def test_rows_of_the_summary(self):
        self.apply()
        self.corrupt()
        client = self.holding("BEGIN", "SELECT * FROM card_activity WHERE card_id = 3 FOR UPDATE")
        run = self.keepsum("reconcile", code=DRIFT_LEFT)
        self.assertIn("another transaction holds its row", run.out)
        self.assertEqual(self.db.rows("SELECT group_key, repaired FROM keepsum_drift ORDER BY "
                                      "repaired, group_key"),
                         [('{"card_id":3}', '0'), ('{"card_id":5}', '1')])
        self.let_go(client)
        self.keepsum("reconcile", code=CHANGED)
        self.assert_true()
        self.converges()

    def test_rows_of_a_summary_that_is_being_made(self):
        """It waits for them: nothing is called live before it is whole."""
        self.apply()
        self.write_spec(self.redefined())
        client = self.holding("BEGIN", "SELECT * FROM card_activity WHERE card_id = 3 FOR UPDATE")
        run = self.start("apply", "--yes")
        with self.assertRaises(subprocess.TimeoutExpired):
            run.wait(timeout=2)
        self.let_go(client)
        self.finish(run)
        self.converges()

    def test_a_table(self):
        for live in (False, True):
            client = self.holding("LOCK TABLES payments WRITE")
            run = self.keepsum("reconcile" if live else "apply", *([] if live else ["--yes"]),
                               code=FAILED)
            self.assertIn("a lock was not granted in time", run.err)
            self.assertIn("another transaction holds it", run.err)
            self.let_go(client)
            self.apply()
        self.converges()


class Clock(FaultTest):
    """What was written by a clock that was ahead, or behind, as the next run finds it."""
    COLUMNS_OF_TIME = {"sqlite": "SELECT m.name, c.name FROM sqlite_schema m, pragma_table_info(m.name)"
                                 " c WHERE m.type = 'table' AND m.name LIKE 'keepsum_%'"
                                 " AND c.name LIKE '%\\_at' ESCAPE '\\'",
                       "mariadb": "SELECT TABLE_NAME, COLUMN_NAME FROM information_schema.COLUMNS"
                                  " WHERE TABLE_SCHEMA = DATABASE() AND TABLE_NAME LIKE 'keepsum\\_%'"
                                  " AND COLUMN_NAME LIKE '%\\_at'"}
    IS_THERE = {"sqlite": "<> ''", "mariadb": "IS NOT NULL"}
    MOVED = {"sqlite": "strftime('%Y-%m-%d %H:%M:%f000', {0}, '{1} days')",
             "mariadb": "{0} + INTERVAL {1} DAY"}

    def shift(self, days):
        columns = self.db.rows(self.COLUMNS_OF_TIME[self.backend])
        self.assertGreater(len(columns), 5)
        self.db.run(*(f"UPDATE {table} SET {column} = "
                      + self.MOVED[self.backend].format(column, f"{days:+d}")
                      + f" WHERE {column} {self.IS_THERE[self.backend]}"
                      for table, column in columns))

    def test_it_jumped_between_runs(self):
        self.apply()
        for days in (1, -3, 400, -4000):
            self.shift(days)
            self.corrupt()
            self.keepsum("status")
            self.json("status")
            run = self.keepsum("reconcile", code=CHANGED)
            self.assertIn("2 of", run.out)
            self.assert_true()
            self.keepsum("drift", code=OK)
            self.keepsum("status")
        self.converges()

    def test_a_lease_from_the_future_does_not_last_until_then(self):
        self.apply()
        self.db.run("UPDATE keepsum_leases SET holder = 'elsewhere/7/1@x'")
        self.corrupt()
        for seconds, code in ((20, LEASE_HELD), (200_000, CHANGED)):
            self.db.run(f"UPDATE keepsum_leases SET expires_at = {self.db.now_plus(seconds)}")
            self.keepsum("reconcile", code=code)
        self.assert_true()
