"""SIGKILL anywhere: the next run goes on, and ends with the figures of the source."""

import json
import random

from support import CHANGED, OK, CardTest, poll, sigkill
from test_capture import CaptureTest

SEED = 20240311


class BigCardTest(CardTest):
    """Enough rows that a run can be met in its middle."""

    PAYMENTS, CARDS = 40_000, 20_000

    def fill(self, payments=None, cards=None):
        super().fill(payments or self.PAYMENTS, cards or self.CARDS)

    def aggregates(self):
        # Without the extremes, whose repair asks the source for each key.
        return {name: text for name, text in super().aggregates().items()
                if name not in ("largest", "smallest")}

    COLUMNS = CardTest.COLUMNS[:5]
    EMPTY = CardTest.EMPTY[:5]

    def oracle(self, **conditions):
        return {card: values[:5] for card, values in super().oracle(**conditions).items()
                if values[:5] != self.EMPTY}


class KilledBackfill(BigCardTest):
    PAYMENTS, CARDS = 100_000, 30_000

    def checkpoint(self):
        if not self.db.rows({
                "sqlite": "SELECT 1 FROM sqlite_schema WHERE name = 'keepsum_summaries'",
                "mariadb": "SHOW TABLES LIKE 'keepsum_summaries'"}[self.backend]):
            return None
        rows = self.db.rows("SELECT state, checkpoint FROM keepsum_summaries")
        return rows[0] if rows and rows[0][1] else None

    def killed_in_the_middle(self, beyond=None):
        """Starts apply and kills it once its checkpoint has moved past `beyond`."""
        run = self.start("apply", "--yes", "--order", "key-ranges", "--chunk-time", "5ms")

        def moved():
            found = self.checkpoint()
            return found if found and found[1] != beyond else None

        poll(moved, "apply remembers how far it has come")
        sigkill(run)
        state, checkpoint = self.checkpoint() or ("live", None)
        self.assertEqual(state, "building")
        return checkpoint

    def test_apply_goes_on_each_time(self):
        first = self.killed_in_the_middle()
        self.assertEqual(self.values(7)[0], "source")
        self.write_all_kinds(500_000)
        second = self.killed_in_the_middle(beyond=first)
        self.assertGreater(int(json.loads(second)["value"]), int(json.loads(first)["value"]))
        self.write_all_kinds(600_000)
        # At once: the lease of a process that is gone is no obstacle.
        last = self.apply()
        self.assertIn("going on; what it filled is not filled again", last.err)
        self.assertNotIn("waiting", last.err)
        self.assertEqual(self.state(), "live")
        self.assert_true()
        self.keepsum("reconcile", "--verify-only", code=OK)
        self.keepsum("plan", code=OK)

    def test_chunks_done_before_the_kill_are_not_done_again(self):
        checkpoint = int(json.loads(self.killed_in_the_middle())["value"])
        # A figure in the finished part, spoilt: the backfill passes it by, the verification, which
        # comes before anything is called live, does not.
        card = min(c for c in self.stored() if c < checkpoint)
        self.db.run(f"UPDATE card_activity SET total = total + 1 WHERE card_id = {card}")
        self.apply()
        self.assert_true()


class KilledRepair(BigCardTest):
    def evidence(self):
        return self.db.rows("SELECT group_key, column_name FROM keepsum_drift")

    def test_reconcile_goes_on_and_repairs_nothing_twice(self):
        self.apply()
        self.db.run("UPDATE card_activity SET total = total + 1000 WHERE card_id % 2 = 0",
                    "UPDATE card_activity SET charges = charges + 1 WHERE card_id % 5 = 0")
        corrupted = {(card, "total") for card in self.stored() if card % 2 == 0}
        corrupted |= {(card, "charges") for card in self.stored() if card % 5 == 0}
        run = self.start("reconcile", "--guard", "100")
        poll(self.evidence, "the first repair")
        sigkill(run)
        mended = len(self.evidence())
        self.assertLess(mended, len(corrupted))
        self.db.run("UPDATE charges SET amount = amount + 3 WHERE id % 11 = 0")
        report = self.json("reconcile", "--guard", "100", code=CHANGED)["summaries"][0]
        self.assertEqual(report["repaired"], report["drifted"])
        self.assert_true()
        # Each corruption was booked once, by one of the two runs.
        evidence = [(json.loads(key)["card_id"], column) for key, column in self.evidence()]
        self.assertEqual(len(evidence), len(set(evidence)))
        self.assertEqual(set(evidence), corrupted)
        self.keepsum("reconcile", "--verify-only", code=OK)


class KilledAtRandom(CardTest):
    """Small tables, so that the kill falls between the statements that make and drop objects."""

    ROUNDS = 12

    def setUp(self):
        super().setUp()
        self.random = random.Random(SEED)

    def kill_soon(self, *arguments):
        run = self.start(*arguments)
        deadline = self.random.uniform(0.002, 0.06 if self.backend == "sqlite" else 0.2)
        try:
            run.wait(deadline)
        except Exception:  # the one that is meant: it still runs
            sigkill(run)

    def test_apply(self):
        other = {**self.aggregates(), "paid": "count(t.amount)"}
        for round_ in range(self.ROUNDS):
            changes = {"aggregates": other} if round_ % 2 else {}
            if round_ % 3 == 2:
                changes["where"] = "p.voided = 1"
            self.write_spec(self.summaries(**changes))
            self.kill_soon("apply", "--yes")
            # Whatever is there by now, no writer meets a trigger that fails.
            self.write_all_kinds(10_000 + 10 * round_)
        self.write_spec(self.summaries(aggregates=other))
        self.apply()
        self.assert_true()
        self.keepsum("plan", code=OK)
        self.keepsum("reconcile", "--verify-only", code=OK)

    def test_drop(self):
        before = self.db.dump()
        for _ in range(self.ROUNDS):
            self.apply()
            self.kill_soon("drop", "card_activity", "--yes")
        self.apply()
        self.assert_true()
        self.keepsum("drop", "card_activity", "--yes", code=OK)
        self.assertEqual(self.db.dump(), before)


class KilledMove(CaptureTest):
    """From triggers to hooks and back, beside a service that calls its hooks all the while."""

    ROUNDS = 30

    def test_it_stays_live_and_exact(self):
        dice = random.Random(SEED)
        for round_ in range(self.ROUNDS):
            self.spec_says("hooks" if round_ % 2 else "triggers")
            run = self.start("apply", "--yes")
            try:
                run.wait(dice.uniform(0.002, 0.03 if self.backend == "sqlite" else 0.15))
            except Exception:  # the one that is meant: it still runs
                sigkill(run)
            self.assertEqual(self.state(), "live")
            self.assertEqual(self.status()["trigger_faults"], [])
            self.write(9000 + round_)
            self.keepsum("reconcile", "--verify-only", code=OK)
        self.spec_says("hooks")
        self.apply()
        self.assertEqual(self.db.triggers(), [])
        self.keepsum("plan", code=OK)
        self.write(9000 + self.ROUNDS)
        self.keepsum("reconcile", "--verify-only", code=OK)


class KilledBetweenMarkAndWork(CardTest):
    """The new spec is written down as being built, and then nothing was done any more."""

    def crash_image(self, changed):
        other = self.new_database("other")
        self.make_base_tables(other)
        here, self.db = self.db, other
        self.write_spec(changed)
        self.apply()
        (definition, digest), = other.rows("SELECT definition, plan_hash FROM keepsum_summaries")
        self.db = here
        quoted = definition.replace("\\", "\\\\") if self.backend == "mariadb" else definition
        quoted = quoted.replace("'", "''")
        here.run(f"UPDATE keepsum_summaries SET state = 'building', layout = '', plan_hash ="
                 f" '{digest}', definition = '{quoted}', checkpoint = NULL, live_at = NULL")

    def test_the_old_table_is_not_taken_for_the_new_one(self):
        self.apply()
        self.crash_image(self.summaries(
            aggregates={**self.aggregates(), "paid": "count(t.amount)"}))
        self.keepsum("plan", code=CHANGED)
        self.apply()
        self.assert_true()
        self.keepsum("plan", code=OK)

    def test_nor_is_what_a_latch_remembers(self):
        self.apply()
        changed = self.summaries(where="p.voided = 1")
        self.crash_image(changed)
        self.apply()
        self.assertEqual(self.stored(), self.oracle(where=lambda voided: voided == 1))

    def test_a_table_altered_later_is_still_noticed(self):
        self.crash_image_of_first_apply()
        self.apply()
        self.db.run("ALTER TABLE card_activity ADD COLUMN theirs INTEGER")
        self.keepsum("plan", code=CHANGED)

    def crash_image_of_first_apply(self):
        """All objects are there, their layout is not yet noted."""
        self.apply()
        self.db.run("UPDATE keepsum_summaries SET state = 'building', layout = '',"
                    " live_at = NULL")
