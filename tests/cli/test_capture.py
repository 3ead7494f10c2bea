"""Moving a live summary from triggers to hooks and back: what plan says, and what apply does."""

from support import CHANGED, CONFIG, DRIFT_LEFT, FAILED, OK, CardTest

TRIGGER = "ks_card_activity$t_ins"


class CaptureTest(CardTest):
    def setUp(self):
        super().setUp()
        self.apply()

    def spec_says(self, capture, **changes):
        self.write_spec(self.summaries(capture=capture, **changes))

    def plan(self):
        return self.json("plan", code=CHANGED)["summaries"][0]

    def status(self):
        return self.json("status")["summaries"][0]

    def record(self):
        return self.db.rows("SELECT state, live_at, verified_at FROM keepsum_summaries")

    def hooks_in_force(self):
        return self.db.rows("SELECT hooks FROM keepsum_captures") == [("1",)]

    def hook(self, sign, row):
        """What a service sends, in the words of this database; of the additive columns."""
        assign = {"sqlite": "ON CONFLICT (card_id) DO UPDATE SET total = total + excluded.total,"
                            " charges = charges + excluded.charges",
                  "mariadb": "LOCK IN SHARE MODE ON DUPLICATE KEY UPDATE total ="
                             " card_activity.total + VALUES(total), charges ="
                             " card_activity.charges + VALUES(charges)"}[self.backend]
        return (f"INSERT INTO card_activity (card_id, total, charges) SELECT p.card_id,"
                f" {sign}t.amount, {sign}1 FROM payments p JOIN charges t ON t.payment_id = p.id"
                f" JOIN keepsum_captures k ON k.summary = 'card_activity' AND k.hooks = 1"
                f" WHERE p.voided = 0 AND {row} {assign}")

    def aggregates(self):
        return {"total": "sum(t.amount)", "charges": "count(*)"}

    def write(self, i):
        """A service that calls its hooks, whoever is in force."""
        self.db.run("BEGIN", f"INSERT INTO charges VALUES ({i}, 2, 100, 0)",
                    self.hook("+", f"t.id = {i}"), self.hook("-", "t.id = 5"),
                    "UPDATE charges SET amount = amount + 7 WHERE id = 5",
                    self.hook("+", "t.id = 5"), "COMMIT")


class Move(CaptureTest):
    def test_to_hooks_and_back_it_stays_live_and_nothing_is_built(self):
        before = self.record()
        triggers = self.db.triggers()
        for i, capture in enumerate(["hooks", "triggers", "hooks", "triggers"]):
            self.spec_says(capture)
            moved = self.json("apply", "--yes")["summaries"][0]
            self.assertEqual((moved["changed"], moved["moved"], moved["capture"]),
                             (True, True, capture))
            self.assertEqual(self.hooks_in_force(), capture == "hooks")
            self.assertEqual(self.db.triggers(), [] if capture == "hooks" else triggers)
            self.assertEqual(self.json("read", "card_activity", "card_id=1")["from"], "summary")
            self.write(9000 + i)
            self.keepsum("reconcile", "--verify-only", code=OK)
            self.keepsum("plan", code=OK)
        self.assertEqual(self.record(), before)

    def test_plan_says_what_to_deploy_and_how_it_is_done(self):
        self.spec_says("hooks")
        text = self.keepsum("plan", code=CHANGED).out
        self.assertIn("from triggers to hooks; live all the while", text)
        self.assertLess(text.index("1. deploy the service"), text.index("2. when the last instance"))
        self.assertIn("INSERT INTO keepsum_captures", text)
        self.assertNotIn("INSERT INTO keepsum_captures",
                         self.keepsum("plan", "--no-sql", code=CHANGED).out)
        plan = self.plan()
        self.assertEqual((plan["capture"]["in_force"], plan["capture"]["planned"]),
                         ("triggers", "hooks"))
        self.assertTrue(plan["capture"]["move"]["seamless"])
        self.assertEqual([s["alone"] for s in plan["capture"]["move"]["steps"]].count(True), 1)
        self.assertEqual(len(plan["deployment"]), 2)
        self.apply()
        self.spec_says("triggers")
        text = self.keepsum("plan", code=CHANGED).out
        self.assertLess(text.index("1. `keepsum apply`"), text.index("2. deploy the service"))

    def test_the_plan_hash_is_that_of_the_move(self):
        self.spec_says("hooks")
        stale = self.json("plan", code=CHANGED)["hash"]
        self.apply()
        self.spec_says("triggers")
        self.assertNotEqual(self.json("plan", code=CHANGED)["hash"], stale)
        self.assertIn(stale, self.keepsum("apply", "--plan-hash", stale).err)

    def test_apply_says_so(self):
        self.spec_says("hooks")
        self.assertIn("card_activity is live, and hooks write it", self.apply().out)

    def test_another_meaning_at_the_same_time_is_refused_with_the_way(self):
        self.spec_says("hooks", where="p.voided = 1")
        for command in (["plan"], ["apply", "--yes"]):
            refused = self.keepsum(*command, code=CONFIG)
            self.assertIn('apply it with "capture": "triggers" first', refused.err)
        self.assertFalse(self.hooks_in_force())
        self.spec_says("triggers", where="p.voided = 1")
        self.apply()
        self.spec_says("hooks", where="p.voided = 1")
        self.assertTrue(self.json("apply", "--yes")["summaries"][0]["moved"])
        self.assertTrue(self.hooks_in_force())
        self.keepsum("reconcile", "--verify-only", code=OK)

    def test_where_hooks_write_another_meaning_is_refused_with_the_way(self):
        self.spec_says("hooks")
        self.apply()
        self.spec_says("hooks", where="p.voided = 1")
        refused = self.keepsum("apply", "--yes", code=CONFIG)
        self.assertIn("they would go on counting by the old one", refused.err)
        self.assertIn('1. `keepsum apply` with the spec as it was and "capture": "triggers"',
                      refused.err)
        self.keepsum("reconcile", "--verify-only", code=FAILED)  # by the new spec
        self.spec_says("hooks")
        self.keepsum("plan", code=OK)
        self.keepsum("reconcile", "--verify-only", code=OK)

    def test_a_missing_trigger_is_no_basis_for_a_move(self):
        self.db.drop_trigger(TRIGGER)
        self.db.run("INSERT INTO charges VALUES (9000, 2, 777, 0)")
        self.spec_says("hooks")
        self.assertIsNone(self.plan()["capture"]["move"])
        self.assertFalse(self.json("apply", "--yes")["summaries"][0]["moved"])
        self.keepsum("reconcile", "--verify-only", code=OK)

    def test_without_the_hooks_a_write_is_drift_from_then_on(self):
        self.spec_says("hooks")
        self.apply()
        self.db.run("INSERT INTO charges VALUES (9000, 2, 777, 0)")
        self.keepsum("reconcile", "--verify-only", code=DRIFT_LEFT)
        self.keepsum("reconcile", code=CHANGED)


class FirstApplyWithHooks(CardTest):
    def test_plan_warns_of_what_runs_already(self):
        self.write_spec(self.summaries(capture="hooks"))
        self.assertIn("begin with \"capture\": \"triggers\"",
                      self.keepsum("plan", code=CHANGED).out)
        plan = self.json("plan", code=CHANGED)["summaries"][0]
        self.assertIsNone(plan["capture"]["in_force"])
        self.assertEqual(len(plan["deployment"]), 1)
        self.apply()
        self.assertEqual(self.db.triggers(), [])
        self.assertEqual(self.db.rows("SELECT summary, hooks FROM keepsum_captures"),
                         [("card_activity", "1")])

    def test_with_triggers_there_is_nothing_to_say(self):
        plan = self.json("plan", code=CHANGED)["summaries"][0]
        self.assertEqual(plan["deployment"], [])
        self.apply()
        self.assertEqual(self.db.rows("SELECT summary, hooks FROM keepsum_captures"),
                         [("card_activity", "0")])


class Status(CaptureTest):
    def test_which_capture_is_in_force(self):
        self.assertIn("triggers   as planned", self.keepsum("status").out)
        self.spec_says("hooks")
        self.assertIn('the spec says "hooks"', self.keepsum("status").out)
        self.assertEqual(self.status()["capture"],
                         {"in_force": "triggers", "planned": "hooks", "moving": False})
        # What is installed is right for what is in force: nothing to warn of.
        self.assertEqual(self.status()["trigger_faults"], [])
        self.assertNotIn("puts it right", self.keepsum("reconcile", code=OK).err)
        self.apply()
        status = self.keepsum("status").out
        self.assertIn("hooks      the service calls keepsum", status)
        self.assertNotIn("triggers", status)

    def test_a_trigger_that_writes_beside_the_hooks(self):
        triggers = self.json("sql")["summaries"][0]["triggers"]
        self.spec_says("hooks")
        self.apply()
        self.db.script({"sqlite": "{};", "mariadb": "DELIMITER //\n{}//\n"}[self.backend].format(
            next(t["create_sql"] for t in triggers if t["name"] == TRIGGER)))
        fault = f"trigger {TRIGGER} on charges writes beside the hooks"
        self.assertEqual(self.status()["trigger_faults"], [fault])
        self.assertIn(fault, self.keepsum("reconcile", code=OK).err)
        self.write(9000)
        self.apply()
        self.assertEqual(self.db.triggers(), [])
        self.keepsum("reconcile", "--verify-only", code=OK)

    def test_a_row_that_disagrees_with_the_triggers(self):
        self.db.run("UPDATE keepsum_captures SET hooks = 1")
        self.assertIn(f"trigger {TRIGGER} on charges writes beside the hooks",
                      self.status()["trigger_faults"])
        self.write(9000)
        self.keepsum("plan", code=CHANGED)
        self.apply()
        self.assertFalse(self.hooks_in_force())
        self.keepsum("reconcile", "--verify-only", code=OK)


class InterruptedMove(CaptureTest):
    """Only where triggers give way one by one is there anything to be met in its middle."""

    databases = ("mariadb",)

    def leave_in_the_middle(self):
        """As if keepsum had died once the first trigger asked who writes."""
        self.spec_says("hooks")
        statement = self.plan()["capture"]["move"]["steps"][0]["sql"][0]
        self.db.script(f"SET NAMES utf8mb4; SET sql_mode ="
                       f" 'STRICT_TRANS_TABLES,NO_ENGINE_SUBSTITUTION';\nDELIMITER //\n"
                       f"{statement}//\n")

    def test_it_is_exact_and_said_so(self):
        self.leave_in_the_middle()
        self.assertTrue(self.status()["capture"]["moving"])
        self.assertEqual(self.status()["trigger_faults"], [])
        self.assertIn("a move of capture was interrupted", self.keepsum("status").out)
        self.write(9000)
        self.keepsum("reconcile", "--verify-only", code=OK)

    def test_apply_goes_on(self):
        self.leave_in_the_middle()
        self.assertTrue(self.json("apply", "--yes")["summaries"][0]["moved"])
        self.assertFalse(self.status()["capture"]["moving"])

    def test_or_takes_it_back(self):
        self.leave_in_the_middle()
        self.spec_says("triggers")
        self.assertIn("triggers write, as now; live all the while",
                      self.keepsum("plan", code=CHANGED).out)
        self.assertTrue(self.json("apply", "--yes")["summaries"][0]["moved"])
        self.keepsum("plan", code=OK)
        self.write(9000)
        self.keepsum("reconcile", "--verify-only", code=OK)


class ControlTablesOfAnOlderVersion(CaptureTest):
    """keepsum_captures came later than the rest."""

    def setUp(self):
        super().setUp()
        self.db.run("DROP TABLE keepsum_captures", "DELETE FROM keepsum_migrations WHERE number = 2")

    def test_nothing_fails_without_it(self):
        for arguments in (["status"], ["read", "card_activity", "card_id=1"], ["reconcile"],
                          ["explain", "card_activity", "card_id=1"]):
            self.keepsum(*arguments, code=OK)
        self.keepsum("drop", "card_activity", "--yes", code=OK)
        self.assertNotIn("keepsum", self.db.dump())

    def test_apply_writes_it_down(self):
        before = self.record()
        self.keepsum("plan", code=CHANGED)
        self.apply()
        self.assertEqual(self.db.rows("SELECT hooks FROM keepsum_captures"), [("0",)])
        self.assertEqual(self.record(), before)
        self.keepsum("plan", code=OK)
