"""Latches that are filled by whoever reads them: no backfill, and right from the first moment."""

from support import CHANGED, OK, USAGE, CardTest


class Lazy(CardTest):
    LATCHES = {"approved_once": "latch(t.approved = 1)", "refunded_once": "latch(t.amount < 0)"}

    def setUp(self):
        super().setUp()
        self.write_spec(self.summaries(aggregates=self.LATCHES, fill="lazy"))

    def expected(self, card):
        rows = self.oracle().get(card)
        return (rows[4], rows[3]) if rows else (0, 0)

    def read(self, card):
        answer = self.json("read", "card_activity", f"card_id={card}")
        values = answer["values"]
        return answer["from"], tuple(int(values[name]) for name in self.LATCHES)

    def stored(self):
        return {int(card): (int(a), int(b)) for card, a, b in self.db.rows(
            "SELECT card_id, approved_once, refunded_once FROM card_activity")}

    def test_plan_and_apply_say_so_and_read_no_row(self):
        planned = self.keepsum("plan", code=CHANGED)
        self.assertIn("no backfill", planned.out)
        self.assertEqual(self.json("plan", code=CHANGED)["summaries"][0]["fill"], "lazy")
        self.assertIn("set as they are read", self.apply().out)
        self.assertEqual(self.stored(), {})
        self.assertEqual(self.state(), "lazy")
        self.keepsum("plan", code=OK)
        with self.writes_nothing():
            self.assertIn("no backfill", self.apply().out)
        self.assertIn("asked of the source", self.keepsum("status", code=OK).out)

    def test_a_read_asks_the_source_once_and_notes_what_is_true(self):
        self.apply()
        cards = sorted(self.oracle())
        for card in cards + [4711]:
            self.assertEqual(self.read(card), ("source", self.expected(card)))
        stored = self.stored()
        both = [card for card in cards if self.expected(card) == (1, 1)]
        self.assertTrue(both)
        for card in cards:
            self.assertEqual(stored.get(card, (0, 0)), self.expected(card))
        # Of the summary alone from now on: this would not be found in the source.
        self.db.run(f"DELETE FROM charges WHERE payment_id IN (SELECT id FROM payments WHERE"
                    f" card_id = {both[0]})")
        self.assertEqual(self.read(both[0]), ("summary", (1, 1)))

    def test_no_list_of_them_is_whole(self):
        self.apply()
        for arguments in (("--top", "5", "--by", "approved_once"),
                          ("--rank-of", "card_id=3", "--by", "approved_once")):
            refused = self.keepsum("read", "card_activity", *arguments, code=USAGE)
            self.assertIn("no list of its keys is whole", refused.err)

    def test_writers_set_them_and_nothing_unsets_them(self):
        self.apply()
        self.db.run("INSERT INTO payments VALUES (900001, 8001, 0)",
                    "INSERT INTO charges VALUES (900001, 900001, -5, 1)")
        self.assertEqual(self.stored()[8001], (1, 1))
        self.db.run("DELETE FROM charges WHERE id = 900001")
        self.assertEqual(self.read(8001), ("summary", (1, 1)))

    def test_the_cron_job_has_nothing_to_verify_but_looks_at_the_triggers(self):
        self.apply()
        out = self.keepsum("reconcile", code=OK).out
        self.assertIn("its triggers alone", out)
        self.keepsum("reconcile", "--verify-only", code=OK)
        trigger = next(name for name in self.db.triggers() if "$t_ins" in name)
        self.db.drop_trigger(trigger)
        self.assertIn("missing", self.keepsum("reconcile").err)
        self.apply()
        self.keepsum("reconcile", code=OK)

    def test_from_lazy_to_filled_and_back_nothing_is_built_anew(self):
        self.apply()
        self.read(sorted(self.oracle())[0])
        kept = self.stored()
        self.write_spec(self.summaries(aggregates=self.LATCHES))
        self.keepsum("plan", code=CHANGED)
        self.apply()
        self.assertEqual(self.state(), "live")
        self.keepsum("reconcile", "--verify-only", code=OK)
        for card, latches in kept.items():
            self.assertEqual(self.stored()[card], latches)
        # What is filled is filled.
        self.write_spec(self.summaries(aggregates=self.LATCHES, fill="lazy"))
        self.keepsum("plan", code=OK)
        self.assertEqual(self.state(), "live")
        self.keepsum("drop", "card_activity", "--yes", code=OK)

    def test_a_table_that_is_gone_is_said_so_and_the_source_answers(self):
        self.apply()
        self.db.run("DROP TABLE card_activity")
        card = sorted(self.oracle())[0]
        self.assertEqual(self.read(card), ("source", self.expected(card)))
        self.assertIn("NOT as planned", self.keepsum("status", code=OK).out)
        self.assertIn("is gone", self.keepsum("reconcile", code=1).err)
        self.apply()
        self.keepsum("reconcile", code=OK)
        self.assertEqual(self.read(card), ("source", self.expected(card)))

    def test_another_spec_begins_anew(self):
        self.apply()
        self.read(sorted(self.oracle())[0])
        self.write_spec(self.summaries(aggregates={"approved_once": "latch(t.approved = 1)"},
                                       fill="lazy"))
        self.apply()
        self.assertEqual(self.state(), "lazy")
        self.assertEqual(self.db.rows("SELECT COUNT(*) FROM card_activity"), [("0",)])
