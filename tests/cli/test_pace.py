"""How a run goes: in what order, at what pace, and when it waits."""

import contextlib
import re
import signal
import socket
import subprocess
import threading
import time

from support import CHANGED, CONFIG, OK, PATIENCE, TIME_SPENT, USAGE, poll
from test_tour import RANGES, TourTest


class Order(TourTest):
    def test_what_fits_goes_in_one_pass(self):
        run = self.run_of(code=OK)
        self.assertEqual((run["order"], run["ranges"]), ("one_pass", 1))
        self.assertGreater(run["longest_snapshot_seconds"], 0)
        self.assertLess(run["longest_snapshot_seconds"], 60)

    def test_what_does_not_goes_by_ranges(self):
        self.db.run("UPDATE keepsum_tours SET one_pass_seconds_per_row = 1")
        run = self.run_of(code=OK)
        self.assertEqual(run["order"], "key_ranges")
        self.assertIn("a snapshot may last 60 s", run["order_reason"])
        self.db.run("UPDATE keepsum_tours SET one_pass_seconds_per_row = 0.001")
        run = self.json("reconcile", "--time-budget", "5s")["summaries"][0]
        self.assertIn("left of the time budget", run["order_reason"])

    def test_one_pass_that_meets_its_bound_goes_over_to_ranges(self):
        self.spoil("card_id = 7")
        # MariaDB ends no statement of less than two seconds: it is the pass that was too long.
        bound = f"{60 * PATIENCE}ms" if self.db.kind == "sqlite" else "2ms"
        run = self.run_of("--order", "one-pass", "--snapshot-max", bound, "--chunk-time", "1ms",
                          code=CHANGED)
        self.assertEqual((run["order"], run["repaired"]), ("key_ranges", 1))
        self.assertIn("went over to ranges", run["order_reason"])
        self.assertTrue(run["tour"]["complete"])
        self.assertLess(run["longest_snapshot_seconds"], 1)
        self.assert_true()
        # And the next choice knows.
        run = self.run_of("--snapshot-max", bound, "--chunk-time", "1ms", code=OK)
        self.assertIn("at the pace of the last", run["order_reason"])

    def test_workers_find_the_same(self):
        self.spoil("card_id % 1000 = 3")
        run = self.run_of(*RANGES, "--workers", "3", code=CHANGED)
        self.assertEqual((run["keys_checked"], run["repaired"]), (len(self.oracle()), 10))
        self.assertGreater(run["ranges"], 10)
        self.assert_true()
        self.assertEqual(self.run_of(*RANGES, "--workers", "3", code=OK)["drifted"], 0)


class Rests(TourTest):
    def test_it_works_a_share_of_the_time(self):
        self.spoil("card_id % 1000 = 3")
        run = self.run_of("--work-percent", "25", "--chunk-time", "5ms", code=CHANGED)
        self.assertEqual((run["order"], run["repaired"]), ("key_ranges", 10))
        self.assertIn("works 25 % of the time", run["order_reason"])
        self.assertGreater(run["rested_seconds"], 2 * (run["seconds"] - run["rested_seconds"]))
        self.assert_true()
        run = self.run_of(code=OK)
        self.assertEqual((run["order"], run["rested_seconds"]), ("one_pass", 0))

    def test_a_budget_and_a_signal_end_a_rest(self):
        self.configure(work_percent=1, chunk_time="200ms")
        began = time.monotonic()
        self.run_of("--time-budget", "700ms", code=TIME_SPENT)
        self.assertLess(time.monotonic() - began, 5)
        run = self.start("reconcile", "--json")
        poll(lambda: self.db.rows("SELECT 1 FROM keepsum_runs WHERE outcome = 'running'"),
             "the run has begun")
        time.sleep(0.5)
        run.send_signal(signal.SIGTERM)
        began = time.monotonic()
        self.assertEqual(self.finish(run).code, TIME_SPENT)
        self.assertLess(time.monotonic() - began, 5)


class Pace(TourTest):
    def slow_pass(self, seconds=0.6):
        """So that the run expects one pass to be felt."""
        (rows,), = self.db.rows("SELECT COUNT(*) FROM payments")
        self.db.run(f"UPDATE keepsum_tours SET one_pass_seconds_per_row = {seconds / int(rows)}")

    def seconds_per_row(self):
        ((seconds,),) = self.db.rows("SELECT one_pass_seconds_per_row FROM keepsum_tours")
        return float(seconds)

    def test_gently_by_ranges(self):
        self.spoil("card_id % 1000 = 3")
        run = self.run_of("--pace", "gentle", *RANGES, code=CHANGED)
        self.assertEqual((run["order"], run["repaired"]), ("key_ranges", 10))
        self.assertGreater(run["ranges"], 10)
        self.assertGreater(run["rested_seconds"], 0.8 * (run["seconds"] - run["rested_seconds"]))
        self.assert_true()

    def test_gently(self):
        self.spoil("card_id % 1000 = 3")
        self.slow_pass(0.2)
        run = self.run_of("--pace", "gentle", code=CHANGED)
        self.assertEqual(run["repaired"], 10)
        self.assertIn("it was asked to go gently", run["order_reason"])
        if self.db.kind == "sqlite":  # no statement can sleep there
            self.assertEqual(run["order"], "key_ranges")
        else:
            self.assertEqual((run["order"], run["ranges"]), ("one_pass", 1))
            self.assertIn("so it rests 96 % of the time", run["order_reason"])
            self.assertGreater(run["longest_snapshot_seconds"], 1)
        self.assertGreater(run["rested_seconds"], 0.8 * (run["seconds"] - run["rested_seconds"]))
        self.assert_true()
        # What it took says nothing of what a pass takes at full speed; a tour by ranges makes that
        # look a little quicker.
        self.slow_pass(0.2)
        before = self.seconds_per_row()
        self.run_of("--pace", "gentle", code=OK)
        self.assertAlmostEqual(self.seconds_per_row() / before,
                               0.9 if self.db.kind == "sqlite" else 1, places=3)
        # Of a wished share, and of the spec.
        self.configure(pace="gentle", work_percent=10)
        run = self.run_of(code=OK)
        self.assertIn("it works 10 % of the time", run["order_reason"])
        self.assertGreater(run["rested_seconds"], 4 * (run["seconds"] - run["rested_seconds"]))
        self.assertEqual(self.run_of("--pace", "full", "--work-percent", "100", code=OK)["order"],
                         "one_pass")

    def test_by_default_gently_while_others_write(self):
        self.slow_pass()
        alone = self.run_of(code=OK)
        self.assertEqual((alone["order"], alone["rested_seconds"]), ("one_pass", 0))
        self.slow_pass()
        with self.writing():
            run = self.run_of(code=OK)
            self.slow_pass()
            full = self.run_of("--pace", "full", code=OK)
        self.assertEqual((full["order"], full["rested_seconds"]), ("one_pass", 0))
        if self.db.kind == "sqlite":  # nobody counts the statements of others there
            self.assertEqual((run["order"], run["rested_seconds"]), ("one_pass", 0))
            return
        self.assertEqual(run["order"], "one_pass")
        self.assertIn("others write (", run["order_reason"])
        self.assertGreater(run["rested_seconds"], 5)
        self.assert_true()

    def test_a_budget_is_kept_beside_writers(self):
        """There is less time to rest in, or none; and what does not fit goes by ranges."""
        if self.db.kind == "sqlite":
            return
        self.slow_pass(0.6)
        run = self.json("reconcile", "--pace", "gentle", "--time-budget", "5s",
                        code=None)["summaries"][0]
        (rests,) = re.findall(r"so it rests (\d+) % of the time", run["order_reason"])
        self.assertGreater(int(rests), 50)  # of a whole minute it would be 96
        self.assertLess(int(rests), 89)
        self.assertLess(run["seconds"], 5 + 2 * PATIENCE)
        self.db.run("DELETE FROM keepsum_tours")
        self.run_of("--pace", "full", code=OK)
        self.slow_pass(5)
        run = self.json("reconcile", "--pace", "gentle", "--time-budget", "5s",
                        code=None)["summaries"][0]
        self.assertEqual(run["order"], "key_ranges")
        self.assertIn("left of the time budget", run["order_reason"])

    def test_who_is_cut_short_in_a_long_pass_gets_on_by_ranges(self):
        if self.db.kind == "sqlite":
            return
        self.spoil("card_id = 7")
        for end in (signal.SIGTERM, signal.SIGKILL):
            self.slow_pass(5)
            run = self.start("reconcile", "--json", "--pace", "gentle")
            self.wait_for_pass()
            run.send_signal(end)
            run.communicate(timeout=30 * PATIENCE)
            # The server does not know of a client that is dead before the statement has ended.
            for (number,) in self.passes():
                self.db.run(f"KILL {number}")
            run = self.run_of("--pace", "gentle", "--chunk-time", "50ms",
                              code=CHANGED if end == signal.SIGTERM else OK)
            self.assertEqual(run["order"], "key_ranges")
            self.assertIn("the run before it was cut short in its pass", run["order_reason"])
        self.assert_true()
        self.slow_pass(0.2)
        self.assertEqual(self.run_of("--pace", "gentle", code=OK)["order"], "one_pass")
        # Nor does it begin anew what ranges have come through.
        self.run_of(*RANGES, "--time-budget", "1ms", code=TIME_SPENT)
        run = self.run_of("--pace", "gentle", "--chunk-time", "50ms", code=OK)
        self.assertEqual(run["order"], "key_ranges")
        self.assertIsNotNone(run["tour"]["from"])

    def passes(self):
        return self.db.rows("SELECT id FROM information_schema.processlist WHERE "
                            "info LIKE 'SELECT%SLEEP(%' AND info NOT LIKE '%processlist%'")

    def wait_for_pass(self):
        poll(self.passes, "the pass is under way")

    def test_a_long_pass_gives_way_to_who_wants_a_table_for_himself(self):
        if self.db.kind == "sqlite":
            return
        self.spoil("card_id = 7")
        self.slow_pass(5)
        run = self.start("reconcile", "--json", "--pace", "gentle")
        self.wait_for_pass()
        began = time.monotonic()
        self.db.run("ALTER TABLE payments COMMENT 'waits for whoever reads the table'")
        self.assertLess(time.monotonic() - began, 5 * PATIENCE)
        outcome = self.finish(run)
        self.assertEqual(outcome.code, CHANGED, str(outcome))
        (report,) = outcome.json["summaries"]
        self.assertIn("somebody wants a table for himself", report["order_reason"])
        self.assertIn("so the run went over to ranges", report["order_reason"])
        self.assert_true()

    @contextlib.contextmanager
    def writing(self):
        """Statements that write nothing: what counts is that they are there."""
        done = threading.Event()

        def work():
            while not done.is_set():
                self.db.run(*["UPDATE payments SET voided = voided WHERE id = -1"] * 100)

        if self.db.kind == "sqlite":
            yield
            return
        thread = threading.Thread(target=work)
        thread.start()
        try:
            time.sleep(0.5)
            yield
        finally:
            done.set()
            thread.join()

    def test_what_is_no_pace(self):
        self.assertIn("--pace", self.keepsum("reconcile", "--pace", "slow", code=USAGE).err)


class Throttle(TourTest):
    def setUp(self):
        super().setUp()
        self.db.run(self.sql("CREATE TABLE load_now (n {int} NOT NULL)"), "INSERT INTO load_now VALUES (9)")

    def test_a_query_of_ones_own(self):
        self.configure(query="SELECT n FROM load_now", query_max=5)
        run = self.start("reconcile", "--json")
        line = run.stderr.readline()
        self.assertEqual(line, "card_activity: pausing: query is 9, more than 5\n")
        self.db.run("UPDATE load_now SET n = 5")
        outcome = self.finish(run)
        self.assertEqual(outcome.code, OK, str(outcome))
        (pause,) = outcome.json["summaries"][0]["pauses"]
        self.assertEqual((pause["signal"], pause["value"], pause["threshold"], pause["count"]),
                         ("query", 9, 5, 1))
        self.assertGreater(pause["seconds"], 0)

    def test_waiting_has_a_deadline(self):
        self.configure(query="SELECT n FROM load_now", query_max=5, throttle_wait="500ms")
        run = self.run_of(code=TIME_SPENT)
        self.assertEqual((run["outcome"], run["stop"]), ("unfinished", "throttled"))
        self.assertIn("query is 9, more than 5", run["stop_reason"])
        self.assertEqual(run["keys_checked"], 0)
        run = self.run_of("--throttle-wait", "1h", "--time-budget", "3s", code=TIME_SPENT)
        self.assertEqual(run["keys_checked"], 0)

    def test_a_signal_that_cannot_be_read_is_too_high(self):
        for query in ("SELECT nothing FROM nowhere", "SELECT NULL", "SELECT 'much'"):
            self.configure(query=query, query_max=5, throttle_wait="300ms")
            run = self.run_of(code=TIME_SPENT)
            self.assertIsNone(run["pauses"][0]["value"])
            self.assertTrue(run["pauses"][0]["why_unknown"])
        self.configure(query="SELECT nothing FROM load_now", query_max=5, throttle_wait="300ms")
        self.assertIn("nothing", self.run_of(code=TIME_SPENT)["pauses"][0]["why_unknown"])

    def test_commit_latency(self):
        self.configure(commit_latency_max="30s")
        self.assertEqual(self.run_of(code=OK)["pauses"], [])
        self.assertEqual(len(self.db.rows("SELECT summary FROM keepsum_probes")), 1)
        with self.writes_nothing():
            self.keepsum("reconcile", "--verify-only", code=OK)

    def test_settings_are_checked(self):
        self.configure(chunk_time="soon")
        refused = self.keepsum("reconcile", code=CONFIG)
        self.assertIn("/reconcile/chunk_time", refused.err)


class ThrottleByTheServer(TourTest):
    databases = ("mariadb",)

    def assert_unknown_soon(self, why):
        """And SIGTERM ends the wait for an answer."""
        begun = time.monotonic()
        run = self.run_of(code=TIME_SPENT)
        self.assertEqual(run["stop"], "throttled")
        self.assertIn(why, run["stop_reason"])
        self.assertLess(time.monotonic() - begun, 20 * PATIENCE)
        self.configure(**{**self.hanging, "throttle_wait": "1h"})
        run = self.start("reconcile", "--json")
        time.sleep(1)
        begun = time.monotonic()
        run.send_signal(signal.SIGTERM)
        self.assertEqual(self.finish(run).code, TIME_SPENT)
        self.assertLess(time.monotonic() - begun, 20 * PATIENCE)

    def test_a_query_that_does_not_answer(self):
        self.hanging = {"query": "SELECT SLEEP(300)", "query_max": 5}
        self.configure(**self.hanging, throttle_wait="300ms")
        self.assert_unknown_soon("query is unknown (")

    def test_a_replica_that_does_not_answer(self):
        with socket.create_server(("127.0.0.1", 0)) as silent:
            port = silent.getsockname()[1]
            self.hanging = {"replicas": [f"mysql://somebody@127.0.0.1:{port}/shop"]}
            self.configure(**self.hanging, throttle_wait="300ms")
            self.assert_unknown_soon("replica_lag ")

    def test_threads_running(self):
        sleeper = subprocess.Popen([*self.db.client, self.db.name, "-e", "SELECT SLEEP(2)"],
                                   stdout=subprocess.DEVNULL)
        self.addCleanup(sleeper.wait)
        time.sleep(0.3)
        run = self.start("reconcile", "--max-threads-running", "1", "--throttle-wait", "30s",
                         "--json")
        self.assertIn("threads_running is", run.stderr.readline())
        sleeper.wait()
        outcome = self.finish(run)
        self.assertIn(outcome.code, (OK, TIME_SPENT), str(outcome))
        self.assertEqual(outcome.json["summaries"][0]["pauses"][0]["signal"], "threads_running")

    def test_a_replica_that_does_not_answer_or_is_none(self):
        secret = self.db.url.replace("root@", "root:hush@").replace(str(self.db.port), "1")
        for url, why in ((secret, "cannot be reached"), ("${DATABASE_URL}", "it is no replica")):
            self.configure(replicas=[url], throttle_wait="300ms")
            outcome = self.keepsum("reconcile", "--json", code=TIME_SPENT)
            (pause,) = outcome.json["summaries"][0]["pauses"]
            self.assertTrue(pause["signal"].startswith("replica_lag mysql://"))
            self.assertIn(why, pause["why_unknown"])
            self.assertNotIn("hush", outcome.out + outcome.err)
