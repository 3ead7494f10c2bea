"""Another spec for a live summary: what plan says, what apply does, and what is left of it."""

import json
import os
import random

from support import CHANGED, OK, TIME_SPENT, CardTest, sigkill

SEED = 20240311


class SpecChangeTest(CardTest):
    def setUp(self):
        super().setUp()
        self.apply()

    def more(self, **aggregates):
        return {**self.aggregates(), **aggregates}

    def less(self, *names):
        return {name: text for name, text in self.aggregates().items() if name not in names}

    def change(self, **spec):
        self.write_spec(self.summaries(**spec))
        return self.json("plan", code=CHANGED)["summaries"][0]["change"]

    def statements(self, change):
        return [statement for step in change["steps"] for statement in step["sql"]]

    def status(self):
        return self.json("status")["summaries"][0]

    def leftovers(self):
        names = {"sqlite": "SELECT name FROM sqlite_schema WHERE name LIKE '%ks$%'"
                           " AND type = 'table'",
                 "mariadb": "SHOW TABLES LIKE 'ks$%'"}[self.backend]
        return ([name for (name,) in self.db.rows(names)]
                + [name for name in self.db.triggers() if name.startswith("ks_ks$")]
                + self.db.rows("SELECT summary FROM keepsum_changes")
                + self.db.rows("SELECT name FROM keepsum_summaries WHERE name LIKE 'ks$%'"))


class Plan(SpecChangeTest):
    def test_an_aggregate_more(self):
        change = self.change(aggregates=self.more(paid="count(t.amount)"))
        self.assertEqual((change["way"], change["added"], change["removed"]),
                         ("in_place", ["paid"], []))
        self.assertEqual(change["reason"], "paid is added: the other columns stay as they are")
        self.assertIn("for paid alone", change["cost"])
        first = self.statements(change)[0]
        self.assertRegex(first, r"ALTER TABLE .card_activity. ADD COLUMN .paid. (BIGINT|INTEGER)")
        text = self.keepsum("plan", code=CHANGED).out
        self.assertIn("the spec changes in place; live all the while", text)
        self.assertIn("paid is filled and verified; the other columns are read", text)

    def test_an_aggregate_less(self):
        change = self.change(aggregates=self.less("refunds"))
        self.assertEqual((change["way"], change["removed"]), ("in_place", ["refunds"]))
        verified = "" if self.db.kind == "sqlite" else "; then all of it, to verify the whole"
        self.assertEqual(change["cost"], "no row of the source is read" + verified)
        # The triggers first.
        statements = self.statements(change)
        self.assertRegex(statements[-1], "ALTER TABLE .card_activity. DROP COLUMN .refunds.")
        self.assertTrue(all("TRIGGER" in statement for statement in statements[:-1]))

    def test_what_takes_another_table(self):
        for reason, spec in {
                "total is redefined": {"aggregates": self.more(total="sum(t.amount * 2)")},
                "the key, the joined rows or their condition": {"where": "p.voided = 1"},
                "paid is added and refunds removed": {
                    "aggregates": {**self.less("refunds"), "paid": "count(t.amount)"}}}.items():
            change = self.change(**spec)
            self.assertEqual(change["way"], "beside")
            self.assertIn(reason, change["reason"])
            self.assertIn("ks$next$card_activity", change["steps"][0]["title"])
        text = self.keepsum("plan", code=CHANGED).out
        self.assertIn("by another table beside it; live all the while", text)
        self.assertIn({"mariadb": "RENAME TABLE `card_activity` TO",
                       "sqlite": "RENAME TO"}[self.backend], text)

    def test_the_hash_is_that_of_the_way(self):
        self.write_spec(self.summaries(aggregates=self.more(paid="count(t.amount)")))
        agreed = self.json("plan", code=CHANGED)["hash"]
        with self.writes_nothing():
            self.keepsum("plan", code=CHANGED)
        # By no shape of the old spec, it is another plan.
        shapes = self.db.rows("SELECT summary, plan_hash, shape FROM keepsum_shapes")
        self.assertEqual(len(shapes), 1)
        self.db.run("UPDATE keepsum_shapes SET plan_hash = 'x'")
        self.assertNotEqual(self.json("plan", code=CHANGED)["hash"], agreed)
        self.keepsum("apply", "--plan-hash", agreed, code=1)
        self.db.run(f"UPDATE keepsum_shapes SET plan_hash = '{shapes[0][1]}'")
        self.keepsum("apply", "--plan-hash", agreed, code=OK)


class Apply(SpecChangeTest):
    def test_there_and_back_it_is_live_and_exact(self):
        ways = []
        for spec in ({"aggregates": self.more(paid="count(t.amount)")}, {},
                     {"indexes": [["total"]]}, {},
                     {"aggregates": self.more(total="sum(t.amount * 2)")}, {},
                     {"where": "p.voided = 1"}, {}):
            self.write_spec(self.summaries(**spec))
            applied = self.json("apply", "--yes")["summaries"][0]
            ways.append(applied["way"])
            self.keepsum("plan", code=OK)
            self.keepsum("reconcile", "--verify-only", code=OK)
            self.assertEqual(self.leftovers(), [])
            self.write_all_kinds(10_000 + 10 * len(ways))
            self.keepsum("reconcile", "--verify-only", code=OK)
        self.assertEqual(ways, ["in_place"] * 4 + ["beside"] * 4)
        self.assert_true()
        self.assertEqual(self.values(3)[0], "summary")

    def test_the_longest_name_leaves_nothing_either(self):
        name = "n" * 48
        for where in ("p.voided = 0", "p.voided = 1", "p.voided = 0"):
            self.write_spec({name: self.summaries(where=where)["card_activity"]})
            self.apply()
            self.assertEqual(self.leftovers(), [])
            self.keepsum("plan", code=OK)
        self.write_all_kinds(10_000)
        self.keepsum("reconcile", "--verify-only", code=OK)

    def test_it_says_how(self):
        self.write_spec(self.summaries(aggregates=self.more(paid="count(t.amount)")))
        self.assertIn("card_activity is live by the new spec, changed in place", self.apply().out)
        self.write_spec(self.summaries(where="p.voided = 1"))
        self.assertIn("by another table that took its place", self.apply().out)

    def test_the_run_and_the_tour_of_the_new_table_are_the_summarys(self):
        self.write_spec(self.summaries(where="p.voided = 1"))
        self.apply()
        status = self.status()
        # On MariaDB the whole is verified after the turn.
        last = {"sqlite": "backfill", "mariadb": "reconcile"}[self.backend]
        self.assertEqual(status["last_run"]["kind"], last)
        self.assertIsNotNone(status["tour"]["last_ended_at"])
        self.keepsum("reconcile", code=OK)
        self.assertNotIn("began anew", self.keepsum("reconcile", code=OK).out)

    def test_a_view_of_ones_own_goes_on(self):
        self.db.run("CREATE VIEW mine AS SELECT card_id, total FROM card_activity")
        self.write_spec(self.summaries(aggregates=self.more(total="sum(t.amount * 2)")))
        self.apply()
        doubled = self.oracle()[3][0] * 2
        self.assertEqual(int(float(self.db.rows("SELECT total FROM mine WHERE card_id = 3")[0][0])),
                         doubled)


class Interrupted(SpecChangeTest):
    """By a signal that never gives way: the fill stops, and all is as far as it had come."""

    def stop(self, **spec):
        self.write_spec(self.summaries(**spec))
        path = os.path.join(self.folder, "keepsum.json")
        with open(path, encoding="utf-8") as f:
            whole = json.load(f)
        whole["reconcile"] = {"query": "SELECT 100", "query_max": 1, "throttle_wait": "1s"}
        with open(path, "w", encoding="utf-8") as f:
            json.dump(whole, f)
        self.keepsum("apply", "--yes", code=TIME_SPENT)

    def test_status_says_so_and_everybody_reads_right(self):
        for way, spec in (("in_place", {"aggregates": self.more(paid="count(t.amount)")}),
                          ("beside", {"where": "p.voided = 1"})):
            self.stop(**spec)
            status = self.status()
            self.assertEqual((status["state"], status["change"]["way"], status["change"]["applied"],
                              status["trigger_faults"], status["table_fault"]),
                             ("live", way, False, [], None))
            self.assertIn("change     of the spec since", self.keepsum("status").out)
            self.assertEqual(self.values(3)[0], "source")  # by the new spec
            self.write_all_kinds(20_000 if way == "beside" else 30_000)
            self.assert_true()
            self.write_spec(self.summaries())
            self.assertEqual(self.values(3), ("summary", self.oracle()[3]))
            # Back.
            change = self.json("plan", code=CHANGED)["summaries"][0]["change"]
            self.assertTrue(change["back"])
            self.apply()
            self.assertEqual(self.leftovers(), [])
            self.assertIsNone(self.status()["change"])
            self.keepsum("plan", code=OK)
            self.assert_true()

    def test_dropped_nothing_is_left(self):
        self.keepsum("drop", "card_activity", "--yes", code=OK)
        before = self.db.dump()
        for spec in ({"aggregates": self.more(paid="count(t.amount)")}, {"where": "p.voided = 1"}):
            self.write_spec(self.summaries())
            self.apply()
            self.stop(**spec)
            self.keepsum("drop", "card_activity", "--yes", code=OK)
            self.assertEqual(self.db.dump(), before)


class KilledChange(SpecChangeTest):
    """SIGKILL at any moment, to any of four specs, and writers meanwhile."""

    ROUNDS = 24

    def test_it_stays_exact(self):
        dice = random.Random(SEED)
        total, charges, refunds = (self.COLUMNS.index(c) for c in ("total", "charges", "refunds"))
        # Of each, what `total` and `charges` are by the rows.
        voided = {"where": lambda voided: voided == 1}
        specs = [({}, {}, charges), ({"aggregates": self.more(paid="count(t.amount)")}, {}, charges),
                 ({"aggregates": self.more(charges="count(*) FILTER (WHERE t.amount < 0)")}, {},
                  refunds),
                 ({"where": "p.voided = 1"}, voided, charges)]
        for round_ in range(self.ROUNDS):
            self.write_spec(self.summaries(**dice.choice(specs)[0]))
            run = self.start("apply", "--yes")
            try:
                run.wait(dice.uniform(0.002, 0.06 if self.backend == "sqlite" else 0.5))
            except Exception:  # the one that is meant: it still runs
                sigkill(run)
            self.write_all_kinds(10_000 + 10 * round_)
            for spec, oracle, counted in specs:
                self.write_spec(self.summaries(**spec))
                _, values = self.values(3)
                right = self.oracle(**oracle).get(3, self.EMPTY)
                self.assertEqual((values[total], values[charges]), (right[total], right[counted]),
                                 spec)
        self.write_spec(self.summaries())
        self.apply()
        self.assertEqual(self.leftovers(), [])
        self.keepsum("plan", code=OK)
        self.keepsum("reconcile", "--verify-only", code=OK)
        self.assert_true()
