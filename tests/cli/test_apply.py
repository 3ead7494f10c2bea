"""check, plan, apply: from nothing to a live summary, and nothing that was not agreed to."""

import time

from support import CHANGED, CONFIG, FAILED, OK, USAGE, CardTest, CliTest


class FirstApply(CardTest):
    def test_check_plan_apply_plan(self):
        self.keepsum("check", code=OK)
        planned = self.keepsum("plan", code=CHANGED)
        self.assertIn("+ table card_activity", planned.out)
        self.assertIn("+ trigger ks_card_activity$t_ins on charges", planned.out)
        self.assertEqual(self.state_before_control_tables(), [])
        self.apply()
        self.assertEqual(self.state(), "live")
        self.assert_true()
        self.assertIn("nothing to do", self.keepsum("plan", code=OK).out)

    def state_before_control_tables(self):
        return [line for line in self.db.dump().splitlines() if "keepsum_" in line]

    def test_live_summary_follows_every_kind_of_write(self):
        self.apply()
        self.write_all_kinds(10_000)
        self.assert_true()
        self.keepsum("reconcile", "--verify-only", code=OK)

    def test_second_apply_has_nothing_to_do(self):
        self.apply()
        with self.writes_nothing():
            again = self.json("apply", "--yes")
        self.assertEqual(again["summaries"][0]["changed"], False)
        # There is nothing to ask about either.
        self.keepsum("apply", code=OK)

    def test_apply_without_yes_and_without_a_terminal_writes_nothing(self):
        with self.writes_nothing():
            refused = self.keepsum("apply", code=USAGE)
        self.assertIn("--yes", refused.err)
        self.assertEqual(refused.out, "")

    def test_apply_asks_on_a_terminal(self):
        with self.writes_nothing():
            declined = self.on_terminal("apply", answer="n\n")
        self.assertEqual(declined.code, USAGE, str(declined))
        self.assertIn("[y/N]", declined.out)
        agreed = self.on_terminal("apply", answer="y\n")
        self.assertEqual(agreed.code, OK, str(agreed))
        self.assertEqual(self.state(), "live")

    def test_json_of_plan_and_apply(self):
        plan = self.json("plan", code=CHANGED)
        self.assertTrue(plan["changes"])
        objects = plan["summaries"][0]["objects"]
        self.assertEqual({o["action"] for o in objects}, {"+"})
        self.assertEqual([o["name"] for o in objects if o["kind"] == "table"], ["card_activity"])
        applied = self.json("apply", "--yes")["summaries"][0]
        self.assertEqual((applied["name"], applied["state"], applied["changed"]),
                         ("card_activity", "live", True))
        self.assertEqual(applied["keys_verified"], len(self.oracle()))
        plan = self.json("plan")
        self.assertFalse(plan["changes"])
        self.assertEqual({o["action"] for o in plan["summaries"][0]["objects"]}, {"="})

    def test_empty_base_tables(self):
        self.db.run("DELETE FROM charges", "DELETE FROM payments")
        self.apply()
        self.assertEqual(self.stored(), {})
        self.write_all_kinds(10_000)
        self.assert_true()

    def test_a_foreign_table_of_the_same_name_is_not_touched(self):
        self.db.run("CREATE TABLE card_activity (theirs INTEGER)")
        with self.writes_nothing():
            refused = self.keepsum("apply", "--yes", code=CONFIG)
        self.assertIn("keepsum did not make it", refused.err)

    def test_a_name_that_does_not_exist_in_the_database(self):
        self.write_spec(self.summaries(joins=["charge t ON t.payment_id = p.id"]))
        with self.writes_nothing():
            for command in ("check", "plan", "apply"):
                self.assertIn("charge", self.keepsum(command, code=CONFIG).err)


class PlanHash(CardTest):
    def plan_hash(self):
        return self.json("plan", code=CHANGED)["hash"]

    def test_the_right_hash_is_agreement(self):
        shown = self.keepsum("plan", code=CHANGED).out.splitlines()[-1]
        self.assertEqual(shown, "plan " + self.plan_hash())
        self.keepsum("apply", "--plan-hash", self.plan_hash(), code=OK)
        self.assertEqual(self.state(), "live")

    def test_the_hash_is_that_of_the_plan(self):
        self.assertEqual(self.plan_hash(), self.plan_hash())

    def assert_refused(self, stale):
        with self.writes_nothing():
            refused = self.keepsum("apply", "--plan-hash", stale, code=FAILED)
        self.assertIn(stale, refused.err)

    def test_stale_after_the_spec_changed(self):
        stale = self.plan_hash()
        self.write_spec(self.summaries(where="p.voided = 1"))
        self.assert_refused(stale)

    def test_stale_after_the_schema_changed(self):
        stale = self.plan_hash()
        # A total of something else now: its type is another.
        self.db.run("ALTER TABLE charges RENAME COLUMN amount TO cents",
                    self.sql("ALTER TABLE charges ADD COLUMN amount "
                             + ("INTEGER" if self.backend == "sqlite" else "DECIMAL(12,2)")))
        if self.backend == "sqlite":
            self.db.run("ALTER TABLE charges DROP COLUMN amount",
                        "ALTER TABLE charges ADD COLUMN amount TEXT")
            self.write_spec(self.summaries(aggregates={"charges": "count(t.amount)"}))
        self.assert_refused(stale)

    def test_stale_after_another_apply(self):
        stale = self.plan_hash()
        self.apply()
        self.assert_refused(stale)

    def test_yes_does_not_overrule_the_hash(self):
        with self.writes_nothing():
            self.keepsum("apply", "--yes", "--plan-hash", "0" * 36, code=FAILED)


class PlanWritesNothing(CardTest):
    def test_before_and_after_apply(self):
        with self.writes_nothing():
            for arguments in (["plan"], ["plan", "--no-sql"], ["check"], ["sql"], ["status"],
                              ["read", "card_activity", "card_id=1"]):
                self.keepsum(*arguments)
        self.apply()
        self.write_all_kinds(10_000)
        with self.writes_nothing():
            for arguments in (["plan"], ["check"], ["sql"], ["status"],
                              ["read", "card_activity", "card_id=1"],
                              ["explain", "card_activity", "card_id=1"],
                              ["reconcile", "--verify-only"]):
                self.keepsum(*arguments, code=OK)


class ReadOnlyUser(CardTest):
    """What looks and changes nothing needs no right to change anything."""

    databases = ("mariadb",)

    def setUp(self):
        super().setUp()
        self.user = self.db.name + "_r"
        self.db.run(f"CREATE USER {self.user}@'%'",
                    f"GRANT SELECT, SHOW VIEW, TRIGGER ON {self.db.name}.* TO {self.user}@'%'")
        self.addCleanup(self.db.feed, f"DROP USER {self.user}@'%'", None)
        self.env = self.environment(DATABASE_URL=self.db.url_of(self.user))

    def test_plan_and_the_other_commands_that_only_look(self):
        self.keepsum("check", code=OK, env=self.env)
        by_reader = self.json("plan", code=CHANGED, env=self.env)
        self.assertEqual(by_reader, self.json("plan", code=CHANGED))
        self.json("read", "card_activity", "card_id=1", env=self.env)
        self.apply()
        self.keepsum("plan", code=OK, env=self.env)
        self.keepsum("status", code=OK, env=self.env)
        self.keepsum("reconcile", "--verify-only", code=OK, env=self.env)
        self.keepsum("explain", "card_activity", "card_id=1", code=OK, env=self.env)

    def test_apply_fails_and_leaves_nothing(self):
        with self.writes_nothing():
            refused = self.keepsum("apply", "--yes", code=FAILED, env=self.env)
        self.assertIn("privilege", refused.err)


class FreshlyLoaded(CardTest):
    """A server without statistics of the base tables must not read all of them for each key."""

    def fill(self):
        super().fill(payments=60_000, cards=5_000, analyze=False)

    def test_apply_ends_in_time(self):
        began = time.monotonic()
        self.apply()
        self.assertLess(time.monotonic() - began, 30)
        self.keepsum("reconcile", "--verify-only", code=OK)


class ReadOnlyFile(CliTest):
    databases = ("sqlite",)

    def test_plan_of_a_database_opened_read_only(self):
        self.db.run("CREATE TABLE t (id INTEGER PRIMARY KEY, k INTEGER NOT NULL) STRICT")
        self.write_spec({"s": {"from": "t", "group_by": {"k": "k"}, "aggregates": {"n": "count(*)"}}},
                        database=self.db.url + "?mode=ro")
        self.keepsum("plan", code=CHANGED)
        refused = self.keepsum("apply", "--yes", code=FAILED)
        self.assertIn("read-only", refused.err)
