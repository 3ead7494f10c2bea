"""reconcile: what it finds, what it mends, what it leaves alone, and what it tells a script."""

import json
import signal

from support import (CHANGED, DRIFT_LEFT, FAILED, LEASE_HELD, OK, USAGE, CardTest, poll)


class Reconcile(CardTest):
    def setUp(self):
        super().setUp()
        self.apply()

    def run_of(self, *arguments, code):
        return self.json("reconcile", *arguments, code=code)["summaries"][0]

    def evidence(self):
        """(key, column) → (stored, expected, repaired), of all runs."""
        return {(json.loads(key)["card_id"], column): (stored, expected, repaired)
                for key, column, stored, expected, repaired in self.db.rows(
                    "SELECT group_key, column_name, stored, expected, repaired FROM keepsum_drift")}

    def test_nothing_to_find(self):
        run = self.run_of(code=OK)
        self.assertEqual(run["name"], "card_activity")
        self.assertEqual(run["keys_checked"], len(self.oracle()))
        self.assertEqual((run["drifted"], run["repaired"], run["unrepaired"]), (0, 0, 0))
        self.assertEqual(self.evidence(), {})

    def corrupt(self):
        """Every class of column, a missing row, a row too many. Returns the keys it touched."""
        cards = sorted(self.oracle())[:7]
        self.db.run(
            f"UPDATE card_activity SET total = total + 5 WHERE card_id = {cards[0]}",
            f"UPDATE card_activity SET charges = charges - 1, refunds = 99 WHERE card_id = {cards[1]}",
            f"UPDATE card_activity SET largest = NULL WHERE card_id = {cards[2]}",
            f"UPDATE card_activity SET smallest = -99999 WHERE card_id = {cards[3]}",
            f"UPDATE card_activity SET ks_has_refund_count = 77 WHERE card_id = {cards[4]}",
            f"DELETE FROM card_activity WHERE card_id = {cards[5]}",
            f"UPDATE card_activity SET card_id = 4444 WHERE card_id = {cards[6]}")
        return {*cards, 4444}

    def test_every_kind_of_corruption_is_found_and_mended(self):
        before = self.oracle()
        touched = self.corrupt()
        run = self.run_of(code=CHANGED)
        self.assertEqual((run["drifted"], run["repaired"], run["unrepaired"]),
                         (len(touched), len(touched), 0))
        self.assertEqual({d["key"]["card_id"] for d in run["drift"]}, touched)
        self.assertTrue(all(d["repaired"] for d in run["drift"]))
        # The row of a key that the source does not have keeps its latch, and only that.
        self.assert_true()
        self.assertEqual(self.oracle(), before)
        self.assertEqual(self.run_of(code=OK)["drifted"], 0)

    def test_evidence_says_from_what_to_what(self):
        card = min(self.oracle())
        total = self.oracle()[card][0]
        self.db.run(f"UPDATE card_activity SET total = total + 5 WHERE card_id = {card}")
        run = self.run_of(code=CHANGED)
        self.assertEqual(self.evidence(), {(card, "total"): (str(total + 5), str(total), "1")})
        self.assertEqual(run["drift"], [{"key": {"card_id": card}, "column": "total",
                                         "stored": str(total + 5), "expected": str(total),
                                         "repaired": True}])
        text = self.json("status")["summaries"][0]["last_run"]
        self.assertEqual((text["kind"], text["outcome"], text["drifted"], text["repaired"]),
                         ("reconcile", "repaired", 1, 1))

    def test_verify_only_writes_nothing(self):
        touched = self.corrupt()
        with self.writes_nothing():
            run = self.run_of("--verify-only", code=DRIFT_LEFT)
        self.assertEqual((run["drifted"], run["repaired"], run["unrepaired"]),
                         (len(touched), 0, len(touched)))
        self.assertFalse(any(d["repaired"] for d in run["drift"]))
        self.keepsum("reconcile", code=CHANGED)
        with self.writes_nothing():
            self.assertEqual(self.run_of("--verify-only", code=OK)["drifted"], 0)

    def test_text_for_people(self):
        card = min(self.oracle())
        self.db.run(f"UPDATE card_activity SET total = total + 5 WHERE card_id = {card}")
        found = self.keepsum("reconcile", code=CHANGED)
        self.assertIn(f"1 of {len(self.oracle())} keys had drifted; 1 repaired", found.out)
        self.assertEqual(found.err, "")
        whole = self.keepsum("reconcile", code=OK)
        self.assertIn(f"{len(self.oracle())} keys equal their source", whole.out)
        part = self.keepsum("reconcile", "--keys", f"card_id={card}", code=OK)
        self.assertIn("1 key equals its source", part.out)

    def test_broken_declared_keys_are_told(self):
        self.write_spec(self.summaries(declared_keys=["t.payment_id -> p.id"]))
        self.apply()
        self.assertEqual(self.run_of(code=OK)["declared_keys_checked"],
                         {"share": 1, "complete": True, "stopped_by": ""})
        self.db.run("INSERT INTO charges VALUES (990001, 880001, 5, 1)")
        run = self.run_of(code=OK)
        self.assertEqual(run["broken_declared_keys"], [{"key": "t.(payment_id) -> p.(id)", "rows": 1}])
        told = self.keepsum("reconcile", code=OK).out
        self.assertIn("declared key t.(payment_id) -> p.(id) is broken by 1 row\n", told)
        self.assertNotIn("looked through", told)

    def test_latch_only_a_missing_true_is_drift(self):
        card, other = sorted(self.oracle())[:2]
        self.db.run("UPDATE charges SET approved = 0 WHERE payment_id IN"
                    f" (SELECT id FROM payments WHERE card_id = {card})")
        self.assertEqual(self.run_of(code=OK)["drifted"], 0)
        self.db.run(f"UPDATE card_activity SET approved_once = 0 WHERE card_id = {other}")
        run = self.run_of(code=CHANGED)
        self.assertEqual([d["column"] for d in run["drift"]], ["approved_once"])
        self.assert_true()

    def test_emptied_rows_are_pruned_here_and_not_in_the_write_path(self):
        self.write_spec(self.summaries(aggregates={"total": "sum(t.amount)", "n": "count(*)",
                                                   "largest": "max(t.amount)"}))
        self.apply()
        card = min(self.oracle())
        self.db.run(f"UPDATE payments SET voided = 1 WHERE card_id = {card}")
        row = f"SELECT total, n, largest FROM card_activity WHERE card_id = {card}"
        self.assertEqual(self.db.rows(row), [("0", "0", None)])
        with self.writes_nothing():
            self.run_of("--verify-only", code=OK)
        run = self.run_of(code=OK)
        self.assertEqual((run["drifted"], run["pruned"]), (0, 1))
        self.assertEqual(self.db.rows(row), [])
        self.assertEqual(self.run_of(code=OK)["pruned"], 0)

    def test_guard(self):
        # More than 10 keys and more than a hundredth of them: a wrong spec, not drift.
        self.db.run(f"INSERT INTO payments SELECT i + 1000, i + 1000, 0 FROM {self.db.numbers(300)}",
                    "INSERT INTO charges SELECT id, id, 1, 0 FROM payments WHERE id > 1000",
                    "UPDATE card_activity SET total = 7 WHERE card_id > 1000 AND card_id <= 1150")
        before = self.stored()
        run = self.run_of(code=DRIFT_LEFT)
        self.assertEqual((run["outcome"], run["drifted"], run["repaired"], run["unrepaired"]),
                         ("guard_stopped", 150, 0, 150))
        self.assertEqual(self.stored(), before)
        self.assertEqual({repaired for _, _, repaired in self.evidence().values()}, {"0"})
        self.assertIn("too many to be drift", self.keepsum("reconcile", code=DRIFT_LEFT).out)
        # Ten keys never trip it, whatever their share.
        self.db.run("UPDATE card_activity SET total = 1 WHERE card_id > 1010")
        self.assertEqual(self.run_of("--guard", "0", code=CHANGED)["repaired"], 10)
        self.db.run("UPDATE card_activity SET total = 7 WHERE card_id > 1000")
        self.assertEqual(self.run_of("--guard", "100", code=CHANGED)["repaired"], 300)
        self.assert_true()

    def test_one_name_of_several(self):
        payments = {"from": "payments p", "group_by": {"card_id": "p.card_id"},
                    "aggregates": {"payments": "count(*)"}}
        self.write_spec({**self.summaries(), "card_payments": payments})
        self.apply()
        self.db.run("UPDATE card_payments SET payments = payments + 1 WHERE card_id = 1",
                    "UPDATE card_activity SET total = total + 1 WHERE card_id = 1")
        runs = self.json("reconcile", "card_payments", code=CHANGED)["summaries"]
        self.assertEqual([run["name"] for run in runs], ["card_payments"])
        runs = self.json("reconcile", code=CHANGED)["summaries"]
        self.assertEqual([(run["name"], run["drifted"]) for run in runs],
                         [("card_activity", 1), ("card_payments", 0)])

    def test_unknown_name(self):
        with self.writes_nothing():
            refused = self.keepsum("reconcile", "card_activty", code=USAGE)
        self.assertIn("did you mean `card_activity`", refused.err)

    def test_one_summary_that_is_not_live_keeps_nobody_else_from_being_mended(self):
        payments = {"from": "payments p", "group_by": {"card_id": "p.card_id"},
                    "aggregates": {"payments": "count(*)"}}
        self.write_spec({"card_payments": payments, **self.summaries()})
        self.db.run("UPDATE card_activity SET total = total + 1 WHERE card_id = 1")
        runs = self.json("reconcile", code=FAILED)["summaries"]
        self.assertEqual([run["outcome"] for run in runs], ["error", "repaired"])
        self.assert_true()


class NotApplied(CardTest):
    def test_reconcile_before_apply(self):
        with self.writes_nothing():
            self.assertIn("keepsum apply", self.keepsum("reconcile", code=FAILED).err)
            self.keepsum("reconcile", "--verify-only", code=FAILED)


class Lease(CardTest):
    ELSEWHERE = "another-host/1/1@00000000"

    def setUp(self):
        super().setUp()
        self.apply()
        self.db.run("UPDATE card_activity SET total = total + 1 WHERE card_id = 1")

    def hold(self, seconds):
        self.db.run(f"UPDATE keepsum_leases SET fence = fence + 1, holder = '{self.ELSEWHERE}',"
                    f" expires_at = {self.db.now_plus(seconds)}")

    def test_held_by_another_host(self):
        self.hold(3600)
        with self.writes_nothing():
            refused = self.keepsum("reconcile", code=LEASE_HELD)
        self.assertIn(self.ELSEWHERE, refused.err)
        answer = self.json("reconcile", code=LEASE_HELD)["summaries"][0]
        self.assertEqual(answer["error"]["code"], "lease_held")
        # Looking needs no lease.
        self.keepsum("reconcile", "--verify-only", code=DRIFT_LEFT)

    def test_expired(self):
        self.hold(-1)
        self.keepsum("reconcile", code=CHANGED)
        self.assert_true()

    def test_given_back_at_the_end(self):
        for _ in range(2):
            self.keepsum("reconcile")
            self.assertEqual(self.db.rows("SELECT holder FROM keepsum_leases"), [("",)])

    def test_apply_waits_for_the_holder(self):
        self.hold(3600)
        self.db.drop_trigger("ks_card_activity$t_ins")
        waiting = self.start("apply", "--yes")
        line = waiting.stderr.readline()
        self.assertIn(f"waiting for {self.ELSEWHERE}", line)
        self.db.run("UPDATE keepsum_leases SET holder = ''")
        outcome = self.finish(waiting)
        self.assertEqual(outcome.code, OK, str(outcome))
        self.assert_true()


class TwoAtOnce(CardTest):
    def test_second_reconcile_exits_3(self):
        self.fill_many()
        self.apply()
        first = self.start("reconcile")
        poll(lambda: self.db.rows("SELECT 1 FROM keepsum_runs WHERE outcome = 'running'"),
             "the first run has begun")
        # In the middle of its verification, which writes nothing and holds nobody up.
        first.send_signal(signal.SIGSTOP)
        try:
            self.assertIsNone(first.poll())
            self.keepsum("reconcile", code=LEASE_HELD)
        finally:
            first.send_signal(signal.SIGCONT)
        self.assertEqual(self.finish(first).code, OK)
        self.keepsum("reconcile", code=OK)

    def fill_many(self):
        self.db.run("DELETE FROM charges", "DELETE FROM payments")
        self.fill(payments=60_000, cards=5_000)

    def test_two_applies_at_once_on_an_empty_database(self):
        runs = [self.start("apply", "--yes") for _ in range(3)]
        for run in map(self.finish, runs):
            self.assertEqual(run.code, OK, str(run))
        self.assert_true()
        self.keepsum("reconcile", "--verify-only", code=OK)
