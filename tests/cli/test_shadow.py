"""A shadow is maintained, verified and repaired, and nobody reads it until it is taken out."""

from support import CHANGED, DRIFT_LEFT, OK, CardTest


class Shadow(CardTest):
    def setUp(self):
        super().setUp()
        self.write_spec(self.summaries(shadow=True))
        self.apply()

    def status(self):
        return self.json("status")["summaries"][0]["shadow"]

    def test_the_source_answers_and_read_says_so(self):
        self.assertEqual(self.state(), "live")
        # Only a reader of the summary could see this.
        self.db.run("UPDATE card_activity SET total = total + 1")
        expected = self.oracle()[3]
        answer = self.json("read", "card_activity", "card_id=3")
        self.assertEqual((answer["from"], answer["shadow"]), ("source", True))
        self.assertEqual(int(answer["values"]["total"]), expected[0])
        self.assertIn("card_activity is a shadow: computed from the source",
                      self.keepsum("read", "card_activity", "card_id=3", code=OK).err)

    def test_it_is_maintained_and_reconciled(self):
        self.write_all_kinds(10_000)
        self.assert_true()
        self.keepsum("reconcile", "--verify-only", code=OK)
        self.db.run("UPDATE card_activity SET total = total + 1 WHERE card_id = 3")
        self.keepsum("reconcile", code=CHANGED)
        self.assert_true()

    def test_taking_it_out_changes_nothing_but_who_answers(self):
        self.keepsum("plan", code=OK)
        self.write_spec(self.summaries())
        self.keepsum("plan", code=OK)
        with self.writes_nothing():
            self.keepsum("apply", "--yes", code=OK)
        self.assertEqual(self.values(3)[0], "summary")
        self.assertIsNone(self.status())
        self.assertNotIn("shadow", self.keepsum("status").out)

    def test_plan_mentions_it(self):
        self.assertIn('take "shadow" out of the spec', self.keepsum("plan", code=OK).out)
        self.assertTrue(self.json("plan")["summaries"][0]["shadow"])
        self.keepsum("drop", "card_activity", "--yes", code=OK)
        self.assertIn('take "shadow" out of the spec', self.keepsum("plan", code=CHANGED).out)

    def test_status_tells_for_how_long_it_has_been_equal(self):
        (live_at,), = self.db.rows("SELECT live_at FROM keepsum_summaries")
        keys = len(self.oracle())
        self.assertEqual(self.status()["since"], live_at)
        self.assertEqual((self.status()["verifications"], self.status()["keys_verified"]),
                         (1, keys))
        for _ in range(2):
            self.keepsum("reconcile", code=OK)
        shadow = self.status()
        self.assertEqual((shadow["equal"], shadow["since"]), (True, live_at))
        self.assertEqual((shadow["verifications"], shadow["keys_verified"]), (3, 3 * keys))
        (last,), = self.db.rows("SELECT MAX(finished_at) FROM keepsum_runs")
        self.assertEqual(shadow["last_verified_at"], last)
        self.assertIn(f"equal since {live_at[:19]} UTC: verified 3 times since, {3 * keys} keys"
                      " in all, the last", self.keepsum("status").out)

    def test_drift_begins_the_time_anew(self):
        self.keepsum("reconcile", code=OK)
        self.db.run("UPDATE card_activity SET total = total + 1 WHERE card_id = 3")
        self.keepsum("reconcile", code=CHANGED)
        (found,), = self.db.rows("SELECT MAX(found_at) FROM keepsum_drift")
        shadow = self.status()
        self.assertEqual((shadow["equal"], shadow["since"], shadow["verifications"]),
                         (True, found, 0))
        self.assertIsNone(shadow["last_verified_at"])
        self.keepsum("reconcile", code=OK)
        self.assertEqual(self.status()["verifications"], 1)

    def test_drift_that_is_left_is_not_equal(self):
        self.fill_more()
        self.db.run("UPDATE card_activity SET total = total + 1")
        self.keepsum("reconcile", code=DRIFT_LEFT)
        self.assertFalse(self.status()["equal"])
        self.assertIn("NOT equal: drift was found", self.keepsum("status").out)
        self.keepsum("reconcile", "--guard", "100", code=CHANGED)
        self.assertTrue(self.status()["equal"])

    def fill_more(self):
        """More keys than the guard lets pass."""
        self.db.run(f"INSERT INTO payments SELECT 5000 + i, 1000 + i, 0 FROM"
                    f" {self.db.numbers(200)}",
                    f"INSERT INTO charges SELECT 5000 + i, 5000 + i, 5, 0 FROM"
                    f" {self.db.numbers(200)}")

    def test_building_it_reads_like_any_other_that_is_not_live(self):
        self.db.run("UPDATE keepsum_summaries SET state = 'building'")
        self.assertIsNone(self.status())
        self.assertIn("is not live yet",
                      self.keepsum("read", "card_activity", "card_id=3", code=OK).err)
