"""What somebody did by hand, and what a changed spec wants: plan shows it, apply mends it."""

from support import CHANGED, DRIFT_LEFT, FAILED, OK, CardTest


class ChangedByHand(CardTest):
    TRIGGER = "ks_card_activity$t_ins"

    def setUp(self):
        super().setUp()
        self.apply()

    def object_of(self, name):
        plan = self.json("plan", code=CHANGED)
        found = {o["name"]: o["action"] for o in plan["summaries"][0]["objects"]}
        return found[name]

    def assert_mended(self):
        self.keepsum("apply", "--yes", code=OK)
        self.assertEqual(self.state(), "live")
        self.assert_true()
        self.keepsum("plan", code=OK)
        self.write_all_kinds(20_000)
        self.assert_true()

    def test_dropped_trigger(self):
        self.db.drop_trigger(self.TRIGGER)
        self.db.run("INSERT INTO charges VALUES (9000, 1, 777, 0)")  # past the triggers
        self.assertEqual(self.object_of(self.TRIGGER), "+")
        self.assertIn(f"trigger {self.TRIGGER} on charges is missing",
                      self.keepsum("status", code=OK).out)
        self.assertEqual(self.keepsum("reconcile", "--verify-only").code, DRIFT_LEFT)
        self.assert_mended()

    def test_altered_trigger(self):
        self.db.drop_trigger(self.TRIGGER)
        self.db.run({
            "sqlite": f'CREATE TRIGGER "{self.TRIGGER}" AFTER INSERT ON charges BEGIN'
                      " UPDATE card_activity SET total = total + 1; END",
            "mariadb": f"CREATE TRIGGER `{self.TRIGGER}` AFTER INSERT ON charges FOR EACH ROW"
                       " UPDATE card_activity SET total = total + 1"}[self.backend])
        self.db.run("INSERT INTO charges VALUES (9000, 1, 777, 0)")
        self.assertEqual(self.object_of(self.TRIGGER), "~")
        status = self.json("status")["summaries"][0]
        self.assertEqual(status["trigger_faults"],
                         [f"trigger {self.TRIGGER} on charges was altered"])
        self.assert_mended()

    def test_foreign_trigger_under_our_prefix(self):
        name = "ks_card_activity$zz_ins"
        self.db.run({
            "sqlite": f'CREATE TRIGGER "{name}" AFTER INSERT ON charges BEGIN'
                      " UPDATE card_activity SET total = total + 1; END",
            "mariadb": f"CREATE TRIGGER `{name}` AFTER INSERT ON charges FOR EACH ROW"
                       " UPDATE card_activity SET total = total + 1"}[self.backend])
        self.assertEqual(self.object_of(name), "-")
        self.assert_mended()
        self.assertNotIn(name, self.db.triggers())

    def test_reconcile_repairs_and_says_that_a_trigger_is_missing(self):
        self.db.drop_trigger(self.TRIGGER)
        self.db.run("INSERT INTO charges VALUES (9000, 1, 777, 0)")
        run = self.keepsum("reconcile", code=CHANGED)
        self.assertIn(f"{self.TRIGGER} on charges is missing", run.err)
        self.assert_true()

    def test_dropped_table(self):
        for trigger in self.db.triggers():
            self.db.drop_trigger(trigger)
        self.db.run("DROP TABLE card_activity")
        self.assertEqual(self.object_of("card_activity"), "+")
        self.assertIn("table card_activity is missing", self.keepsum("status", code=OK).out)
        self.write_all_kinds(10_000)
        self.assert_mended()

    def test_altered_table(self):
        self.db.run("ALTER TABLE card_activity ADD COLUMN theirs INTEGER")
        self.assertEqual(self.object_of("card_activity"), "~")
        self.assertIn("table card_activity was altered", self.keepsum("status", code=OK).out)
        self.assert_mended()
        self.assertNotIn("theirs", self.db.dump())

    def test_emptied_table(self):
        # Nothing about the objects differs: this is drift, and the guard asks for a look.
        self.db.run("DELETE FROM card_activity", "UPDATE charges SET amount = 1 WHERE id = 1")
        self.keepsum("plan", code=OK)
        self.keepsum("reconcile", "--guard", "100", code=CHANGED)
        self.assert_true()


class ChangedSpec(CardTest):
    """From the moment the spec differs until it is applied and verified, the source answers."""

    def setUp(self):
        super().setUp()
        self.apply()

    def actions(self):
        plan = self.json("plan", code=CHANGED)["summaries"][0]
        return {o["name"]: o["action"] for o in plan["objects"]}

    def test_where_changed(self):
        self.write_spec(self.summaries(where="p.voided = 1"))
        self.assertIn("~", self.actions().values())
        expected = self.oracle(where=lambda voided: voided == 1)
        card = min(expected)
        self.assertEqual(self.values(card)[0], "source")
        self.assertEqual(self.values(card)[1], tuple(
            bool(v) if c in ("has_refund", "approved_once") else v
            for c, v in zip(self.COLUMNS, expected[card])))
        self.apply()
        self.assertEqual(self.values(card)[0], "summary")
        # The latch of the old meaning is forgotten too.
        self.assertEqual(self.stored(), expected)
        self.write_all_kinds(10_000)
        self.assert_true(where=lambda voided: voided == 1)

    def test_where_changed_without_a_latch(self):
        aggregates = {"total": "sum(t.amount)", "largest": "max(t.amount)"}
        self.write_spec(self.summaries(aggregates=aggregates))
        self.apply()
        self.write_spec(self.summaries(aggregates=aggregates, where="p.voided = 1"))
        self.assertEqual(self.actions()["card_activity"], "~")
        self.apply()
        stored = {int(k): (int(total), largest and int(largest)) for k, total, largest in
                  self.db.rows("SELECT card_id, total, largest FROM card_activity")}
        expected = {k: (v[0], v[5]) for k, v in self.oracle(where=lambda v: v == 1).items()}
        self.assertEqual({k: v for k, v in stored.items() if v != (0, None)},
                         {k: v for k, v in expected.items() if v != (0, None)})

    def test_aggregate_added(self):
        self.write_spec(self.summaries(aggregates={**self.aggregates(), "paid": "count(t.amount)"}))
        self.assertEqual(self.actions()["card_activity"], "~")
        self.assertEqual(self.json("read", "card_activity", "card_id=1")["from"], "source")
        self.write_all_kinds(10_000)  # the old triggers go on meanwhile
        self.apply()
        self.assert_true()
        paid = sum(int(n) for (n,) in self.db.rows("SELECT paid FROM card_activity"))
        self.assertEqual(paid, int(self.db.rows(
            "SELECT count(t.amount) FROM charges t JOIN payments p ON p.id = t.payment_id"
            " WHERE p.voided = 0")[0][0]))
        self.keepsum("plan", code=OK)

    def test_aggregate_removed(self):
        aggregates = self.aggregates()
        del aggregates["smallest"]
        self.write_spec(self.summaries(aggregates=aggregates))
        self.assertEqual(self.actions()["card_activity"], "~")
        self.apply()
        self.assertNotIn("smallest", self.db.dump().split("CREATE TABLE")[-1] + str(
            [t for t in self.db.triggers()]))
        self.assertEqual(self.json("read", "card_activity", "card_id=1")["from"], "summary")
        self.keepsum("reconcile", "--verify-only", code=OK)

    def test_group_key_changed(self):
        self.write_spec(self.summaries(group_by={"card_id": "p.card_id", "voided": "p.voided"}))
        self.apply()
        self.keepsum("reconcile", "--verify-only", code=OK)
        self.write_all_kinds(10_000)
        self.keepsum("reconcile", "--verify-only", code=OK)

    def test_status_and_reconcile_know_that_the_spec_moved(self):
        self.write_spec(self.summaries(where="p.voided = 1"))
        self.assertIn("the spec has changed", self.keepsum("status", code=OK).out)
        self.assertFalse(self.json("status")["summaries"][0]["plan_applied"])
        # By the new spec every figure differs: repairing would write another meaning.
        with self.writes_nothing():
            refused = self.keepsum("reconcile", code=FAILED)
            self.keepsum("reconcile", "--verify-only", code=FAILED)
        self.assertIn("keepsum apply", refused.err)

    def test_back_to_the_spec_that_is_applied(self):
        self.write_spec(self.summaries(where="p.voided = 1"))
        self.keepsum("plan", code=CHANGED)
        self.write_spec(self.summaries())
        self.keepsum("plan", code=OK)

    def test_summary_removed_from_the_spec(self):
        other = {"card_payments": {"from": "payments p", "group_by": {"card_id": "p.card_id"},
                                   "aggregates": {"payments": "count(*)"}}}
        self.write_spec({**self.summaries(), **other})
        self.apply()
        self.write_spec(other)
        plan = self.keepsum("plan", code=OK)
        self.assertIn("card_activity is in the database and not in the spec", plan.out)
        self.assertEqual(self.json("plan")["not_in_spec"], ["card_activity"])
        self.assertIn("not in the spec", self.keepsum("status", code=OK).out)
        # Nobody asked for its removal: it is kept true.
        self.write_all_kinds(10_000)
        self.assert_true()
        self.keepsum("drop", "card_activity", "--yes", code=OK)
        self.assertEqual(self.json("plan")["not_in_spec"], [])
        self.assertEqual(self.json("read", "card_payments", "card_id=3")["from"], "summary")
        self.keepsum("reconcile", "--verify-only", code=OK)


class CaptureByHooks(CardTest):
    def test_hooks_instead_of_triggers(self):
        self.apply()
        self.assertNotEqual(self.db.triggers(), [])
        self.write_spec(self.summaries(capture="hooks"))
        plan = self.json("plan", code=CHANGED)["summaries"][0]
        self.assertEqual({o["action"] for o in plan["objects"] if o["kind"] == "trigger"}, {"-"})
        self.apply()
        self.assertEqual(self.db.triggers(), [])
        # A write that tells nobody is drift, which is what reconcile is for.
        self.db.run("INSERT INTO charges VALUES (9000, 1, 777, 0)")
        self.keepsum("reconcile", code=CHANGED)
        self.assert_true()
