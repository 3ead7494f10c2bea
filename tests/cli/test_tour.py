"""reconcile as a cron job: it ends on time, and goes on where it ended."""

import json
import signal
import time

from support import CHANGED, DRIFT_LEFT, OK, TIME_SPENT, USAGE, poll, sigkill
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

    def json(self, *arguments, code=OK, env=None):
        """With code None the run may find drift, and may end before its time is spent."""
        if code is not None:
            return super().json(*arguments, code=code, env=env)
        outcome = self.keepsum(*arguments, "--json")
        self.assertIn(outcome.code, (OK, CHANGED, TIME_SPENT), str(outcome))
        return outcome.json

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


class Rounds(TourTest):
    PAYMENTS, CARDS = 8_000, 2_000

    def test_runs_go_round_and_find_what_is_behind_the_first_budget(self):
        last = max(self.oracle())
        self.spoil(f"card_id = {last}")
        reached, keys, repaired = None, 0, 0
        for _ in range(100):
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


class Budget(TourTest):
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
