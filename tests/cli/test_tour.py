"""reconcile as a cron job: it ends on time, goes on where it ended, and gives way."""

import contextlib
import json
import signal
import threading
import time

from support import (CHANGED, CONFIG, DRIFT_LEFT, OK, TIME_SPENT, USAGE, CardTest, poll, sigkill)
from test_kill import BigCardTest

RANGES = ("--order", "key-ranges", "--chunk-time", "5ms")
# Less than a run takes to begin: such a run compares one range.
ONE_RANGE = ("--time-budget", "1ms")


class TourTest(BigCardTest):
    PAYMENTS, CARDS = 40_000, 10_000

    def setUp(self):
        super().setUp()
        self.apply()

    def run_of(self, *arguments, code):
        return self.json("reconcile", *arguments, code=code)["summaries"][0]

    def position(self):
        rows = self.db.rows("SELECT position FROM keepsum_tours")
        return int(json.loads(rows[0][0])["value"]) if rows and rows[0][0] else None

    def spoil(self, condition):
        self.db.run(f"UPDATE card_activity SET total = total + 1 WHERE {condition}")

    def configure(self, **settings):
        """The spec with a "reconcile" object."""
        with open(f"{self.folder}/keepsum.json", encoding="utf-8") as file:
            spec = json.load(file)
        spec["reconcile"] = settings
        with open(f"{self.folder}/keepsum.json", "w", encoding="utf-8") as file:
            json.dump(spec, file)


class Budget(TourTest):
    def test_runs_go_round_and_find_what_is_behind_the_first_budget(self):
        last = max(self.oracle())
        self.spoil(f"card_id = {last}")
        reached, keys, repaired = None, 0, 0
        for _ in range(400):
            run = self.json("reconcile", *RANGES, *ONE_RANGE,
                            code=None)["summaries"][0]
            self.assertEqual(run["tour"]["from"], reached)
            keys += run["keys_checked"]
            repaired += run["repaired"]
            if run["tour"]["complete"]:
                break
            self.assertEqual((run["outcome"], run["stop"]), ("unfinished", "time_budget"))
            reached = run["tour"]["to"]
        self.assertTrue(run["tour"]["complete"])
        self.assertGreater(keys, 0)
        self.assertEqual(run["tour"]["keys_checked"], len(self.oracle()))
        self.assertEqual((keys, repaired), (len(self.oracle()), 1))
        self.assertIsNone(self.position())
        self.assert_true()

    def json(self, *arguments, code=OK, env=None):
        if code is not None:
            return super().json(*arguments, code=code, env=env)
        outcome = self.keepsum(*arguments, "--json")
        self.assertIn(outcome.code, (OK, CHANGED, TIME_SPENT), str(outcome))
        return outcome.json

    def test_exit_codes_and_words(self):
        stopped = self.keepsum("reconcile", *RANGES, *ONE_RANGE, code=TIME_SPENT)
        self.assertIn("the time budget is spent", stopped.out)
        self.assertIn("the next run goes on", stopped.out)
        done = self.run_of("--order", "key-ranges", code=OK)
        self.assertIsNotNone(done["tour"]["from"])
        self.assertEqual(done["outcome"], "consistent")

    def test_killed_in_the_middle_it_goes_on(self):
        # The tables are small and the position is written once a second, so a budget makes one.
        self.keepsum("reconcile", *RANGES, *ONE_RANGE, code=TIME_SPENT)
        before = self.position()
        run = self.start("reconcile", *RANGES)
        poll(lambda: self.db.rows("SELECT 1 FROM keepsum_runs WHERE outcome = 'running'"),
             "the run has begun")
        sigkill(run)
        again = self.run_of("--order", "key-ranges", code=OK)
        if not again["tour"]["complete"] or again["tour"]["from"] is None:
            self.fail(f"the position {before} was lost: {again['tour']}")
        self.assertGreaterEqual(int(again["tour"]["from"]), before)
        self.assert_true()

    def test_a_run_that_is_killed_before_its_end_has_repaired_what_it_passed(self):
        # It rests most of the time, so its end is many seconds away.
        self.configure(work_percent=10, chunk_time="5ms")
        first = min(self.oracle())
        self.spoil(f"card_id = {first}")
        run = self.start("reconcile", *RANGES)
        # A run that has ended has no position.
        reached = poll(self.position, "the position has moved")
        self.assertEqual(self.db.rows("SELECT repaired FROM keepsum_drift"), [("1",)])
        self.assertGreater(reached, first)
        self.assertEqual(self.json("status")["summaries"][0]["last_run"]["outcome"], "running")
        self.assertIn("at work", self.keepsum("status", code=OK).out)
        sigkill(run)
        self.check_that_it_is_called_lost()
        self.assert_true()

    def check_that_it_is_called_lost(self):
        def said():
            return (self.json("status")["summaries"][0]["last_run"],
                    self.json("drift", "--runs")["runs"][0])

        # Nobody has noticed yet but who looks, and who looks writes nothing.
        with self.writes_nothing():
            self.assertEqual([run["outcome"] for run in said()], ["lost", "lost"])
            self.assertIn("lost without a word", self.keepsum("status", code=OK).out)
        self.assertEqual([run["finished_at"] for run in said()], [None, None])
        self.configure()
        self.run_of("--order", "key-ranges", code=OK)
        lost = self.json("drift", "--runs")["runs"][1]
        self.assertEqual((lost["outcome"], lost["drifted"], lost["repaired"]), ("lost", 1, 1))
        self.assertRegex(lost["finished_at"], r"^\d{4}-\d\d-\d\d ")

    def test_another_spec_starts_afresh_and_says_so(self):
        self.keepsum("reconcile", *RANGES, *ONE_RANGE, code=TIME_SPENT)
        self.assertIsNotNone(self.position())
        self.db.run("UPDATE keepsum_tours SET layout = 'of another spec'")
        run = self.run_of("--order", "key-ranges", code=OK)
        self.assertIsNone(run["tour"]["from"])
        self.assertIn("spec", run["tour"]["restarted"])
        self.assertEqual(run["keys_checked"], len(self.oracle()))
        # A new spec is built and verified anew, which is a tour.
        self.keepsum("reconcile", *RANGES, *ONE_RANGE, code=TIME_SPENT)
        self.write_spec(self.summaries(where="p.voided = 1"))
        self.apply()
        self.assertIsNone(self.position())

    def test_another_version_of_the_position(self):
        self.keepsum("reconcile", *RANGES, *ONE_RANGE, code=TIME_SPENT)
        self.db.run("UPDATE keepsum_tours SET version = 99")
        self.assertIn("another version",
                      self.run_of("--order", "key-ranges", code=OK)["tour"]["restarted"])

    def test_control_tables_of_an_older_version(self):
        self.db.run("DROP TABLE keepsum_tours", "DROP TABLE keepsum_probes",
                    "DELETE FROM keepsum_migrations WHERE number >= 3")
        self.keepsum("reconcile", "--verify-only", code=OK)
        self.keepsum("reconcile", *RANGES, *ONE_RANGE, code=TIME_SPENT)
        self.assertIsNotNone(self.position())

    def test_status_knows_the_pace_and_what_it_does_not_know(self):
        tour = self.json("status")["summaries"][0]["tour"]
        self.assertIsNone(tour["seconds_per_round"])
        self.assertIsNotNone(tour["oldest_verification_at"])
        self.assertIn("not known until two runs", self.keepsum("status").out)
        for _ in range(2):
            self.keepsum("reconcile", *RANGES, *ONE_RANGE, code=TIME_SPENT)
        tour = self.json("status")["summaries"][0]["tour"]
        self.assertGreater(tour["share"], 0)
        self.assertGreater(tour["seconds_per_round"], 0)
        self.assertIn("every key verified within", self.keepsum("status").out)

    def test_durations(self):
        for text in ("10", "1.5s", "0s", "-1s", "s", "10 s"):
            refused = self.keepsum("reconcile", "--time-budget=" + text, code=USAGE)
            self.assertIn("500ms", refused.err)


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
        bound = "20ms" if self.db.kind == "sqlite" else "2ms"
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
    def slow_pass(self):
        """So that the run expects one pass to be felt."""
        self.db.run("UPDATE keepsum_tours SET one_pass_seconds_per_row = 0.0005")

    def test_gently(self):
        self.spoil("card_id % 1000 = 3")
        run = self.run_of("--pace", "gentle", code=CHANGED)
        self.assertEqual((run["order"], run["repaired"]), ("key_ranges", 10))
        self.assertIn("it was asked to go gently", run["order_reason"])
        self.assertGreater(run["ranges"], 10)
        self.assertGreater(run["rested_seconds"], 0.8 * (run["seconds"] - run["rested_seconds"]))
        self.assert_true()
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
        self.assertEqual(run["order"], "key_ranges")
        self.assertIn("others write (", run["order_reason"])
        self.assertGreater(run["rested_seconds"], 0)
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


class Stopped(TourTest):
    PAYMENTS, CARDS = 150_000, 20_000

    def test_sigterm_stops_and_the_next_run_goes_on(self):
        for order in (RANGES, ("--order", "one-pass")):
            run = self.start("reconcile", *order, "--json")
            poll(lambda: self.db.rows("SELECT 1 FROM keepsum_runs WHERE outcome = 'running'"),
                 "the run has begun")
            run.send_signal(signal.SIGTERM)
            began = time.monotonic()
            outcome = self.finish(run)
            self.assertLess(time.monotonic() - began, 10)
            self.assertEqual(outcome.code, TIME_SPENT, str(outcome))
            summary = outcome.json["summaries"][0]
            self.assertEqual((summary["stop"], summary["outcome"]), ("asked", "unfinished"))
            self.assertEqual(self.db.rows("SELECT holder FROM keepsum_leases"), [("",)])
        self.run_of(code=OK)


class GuardOverRuns(TourTest):
    def test_a_wrong_spec_does_not_bleed_a_little_each_run(self):
        # A hundredth of the keys may be repaired in a tour, in however many runs.
        allowed = len(self.oracle()) // 100
        self.spoil("card_id >= 0")
        repaired, runs = 0, 0
        while runs < 200:
            outcome = self.keepsum("reconcile", *RANGES, *ONE_RANGE, "--json")
            repaired += outcome.json["summaries"][0]["repaired"]
            runs += 1
            if outcome.code == DRIFT_LEFT:
                break
        self.assertEqual(outcome.code, DRIFT_LEFT, str(outcome))
        self.assertEqual(outcome.json["summaries"][0]["outcome"], "guard_stopped")
        self.assertEqual(outcome.json["summaries"][0]["repaired"], 0)
        self.assertLessEqual(repaired, allowed)
        # It stays stopped, and leaves evidence of what it did not mend.
        self.keepsum("reconcile", *RANGES, code=DRIFT_LEFT)
        self.assertTrue(self.db.rows("SELECT 1 FROM keepsum_drift WHERE repaired = 0 LIMIT 1"))
        self.keepsum("reconcile", "--guard", "100", code=CHANGED)
        self.assert_true()


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

    def test_threads_running(self):
        import subprocess
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
