"""drift: what runs have found, why as far as it can be shown, and how it is listed."""

import json

from support import CHANGED, DRIFT_LEFT, OK, USAGE, CardTest


class DriftTest(CardTest):
    def setUp(self):
        super().setUp()
        self.apply()

    TRIGGER = "ks_card_activity$t_ins"

    def reconcile(self, *arguments, code=CHANGED):
        return self.json("reconcile", *arguments, code=code)["summaries"][0]

    @staticmethod
    def codes(causes, card=None):
        """Of the run, or of one card."""
        return [cause["code"] for cause in causes
                if (cause["key"] or {}).get("card_id") == card]

    def payment_of(self, card):
        return self.db.rows("SELECT MIN(id) FROM payments WHERE voided = 0"
                            f" AND card_id = {card}")[0][0]

    def insert_past_the_trigger(self, card, amounts, base=90_000):
        payment = self.payment_of(card)
        self.db.drop_trigger(self.TRIGGER)
        for i, amount in enumerate(amounts):
            self.db.run(f"INSERT INTO charges VALUES ({base + i}, {payment}, {amount}, 0)")

    def put_trigger_back(self, name=TRIGGER):
        for trigger in self.json("sql")["summaries"][0]["triggers"]:
            if trigger["name"] == name:
                self.make_trigger(trigger["create_sql"])

    def make_trigger(self, create_sql):
        if self.backend == "mariadb":
            self.db.feed(f"DELIMITER //\n{create_sql}//\n")
        else:
            self.db.run(create_sql)

    def empty_charges(self):
        """As TRUNCATE does, and a DELETE while triggers are off."""
        if self.backend == "mariadb":
            self.db.run("TRUNCATE TABLE charges")
            return
        names = [name for name in self.db.triggers() if "$t_" in name]
        for name in names:
            self.db.drop_trigger(name)
        self.db.run("DELETE FROM charges")
        for name in names:
            self.put_trigger_back(name)


class Causes(DriftTest):
    def test_a_row_written_while_a_trigger_was_missing(self):
        self.insert_past_the_trigger(3, [4711])
        run = self.reconcile()
        self.assert_true()
        self.assertEqual(self.codes(run["causes"]), ["trigger_missing"])
        self.assertEqual(self.codes(run["causes"], 3), ["row_not_counted"])
        missing, row = (cause["sentence"] for cause in run["causes"])
        self.assertRegex(missing, r"trigger ks_card_activity\$t_ins on charges is missing at "
                                  r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d UTC; it was last seen in place at "
                                  r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d UTC")
        self.assertIn("t.id=90000", row)
        # The same from the evidence, for each row of the key.
        listed = self.json("drift")["drift"]
        self.assertTrue(listed)
        for entry in listed:
            self.assertEqual([c["code"] for c in entry["causes"]],
                             ["trigger_missing", "row_not_counted"])
        text = self.keepsum("drift", code=OK).out
        self.assertIn("t.id=90000", text)
        self.assertIn("trigger ks_card_activity$t_ins on charges is missing", text)

    def test_last_seen_is_the_last_run_that_saw_it(self):
        self.db.run("UPDATE keepsum_seen SET seen_at = '2001-02-03 04:05:06.000000'")
        self.insert_past_the_trigger(3, [4711])
        self.assertIn("last seen in place at 2001-02-03 04:05:06 UTC",
                      self.reconcile()["causes"][0]["sentence"])
        self.put_trigger_back()
        self.reconcile(code=OK)
        self.assertNotIn("2001-02-03", str(self.db.rows("SELECT seen_at FROM keepsum_seen")))

    def test_several_rows(self):
        self.insert_past_the_trigger(3, [100, 30, -7])
        run = self.reconcile()
        self.assertEqual(self.codes(run["causes"], 3), ["rows_not_counted"])
        sentence = run["causes"][-1]["sentence"]
        self.assertIn("the last 3 of the", sentence)
        self.assertIn("t.id=90000", sentence)

    def test_a_key_that_was_never_counted(self):
        self.db.drop_trigger("ks_card_activity$t_ins")
        self.db.run("INSERT INTO payments VALUES (8000, 777, 0)",
                    "INSERT INTO charges VALUES (90000, 8000, 5, 0), (90001, 8000, 6, 0)")
        run = self.reconcile()
        self.assertEqual(self.codes(run["causes"], 777), ["rows_not_counted"])
        self.assertIn("none of the 2 source rows", run["causes"][-1]["sentence"])

    def test_a_row_counted_twice(self):
        payment = self.payment_of(3)
        self.db.run(f"INSERT INTO charges VALUES (90000, {payment}, 4711, 0)",
                    "UPDATE card_activity SET total = total + 4711, charges = charges + 1"
                    " WHERE card_id = 3")
        self.assertEqual(self.codes(self.reconcile()["causes"], 3), ["row_counted_twice"])

    def test_several_rows_that_would_explain_it_are_not_passed_off_as_one(self):
        payment = self.payment_of(3)
        self.db.run(f"INSERT INTO charges VALUES (90000, {payment}, 4711, 0),"
                    f" (90001, {payment}, 4711, 0)")
        self.db.run("UPDATE card_activity SET total = total - 4711, charges = charges - 1"
                    " WHERE card_id = 3")
        run = self.reconcile()
        self.assertIn("1 other rows of this key would explain it", run["causes"][-1]["sentence"])

    def test_what_no_fact_explains_has_no_cause(self):
        self.db.run("UPDATE card_activity SET total = total + 123457 WHERE card_id = 3",
                    "UPDATE card_activity SET largest = 123457 WHERE card_id = 4")
        self.assertEqual(self.reconcile()["causes"], [])
        self.assertEqual(self.json("drift")["drift"][0]["causes"], [])

    def test_an_altered_trigger(self):
        self.db.drop_trigger(self.TRIGGER)
        self.db.script({
            "sqlite": f'CREATE TRIGGER "{self.TRIGGER}" AFTER INSERT ON charges BEGIN SELECT 1; END',
            "mariadb": f"CREATE TRIGGER `{self.TRIGGER}` AFTER INSERT ON charges FOR EACH ROW DO 0",
        }[self.backend])
        self.db.run(f"INSERT INTO charges VALUES (90000, {self.payment_of(3)}, 4711, 0)")
        run = self.reconcile()
        self.assertEqual(self.codes(run["causes"]), ["trigger_altered"])

    def test_a_trigger_that_is_not_in_the_plan(self):
        # It counts what the planned one counts already.
        trigger = next(t for t in self.json("sql")["summaries"][0]["triggers"]
                       if t["name"] == self.TRIGGER)
        self.make_trigger(trigger["create_sql"].replace(self.TRIGGER, self.TRIGGER + "_by_hand"))
        self.db.run(f"INSERT INTO charges VALUES (90000, {self.payment_of(3)}, 4711, 0)")
        run = self.reconcile()
        self.assertEqual(self.codes(run["causes"]), ["trigger_unknown"])
        self.assertEqual(self.codes(run["causes"], 3), ["row_counted_twice"])

    def test_a_trigger_beside_hooks(self):
        create_sql = next(t["create_sql"] for t in self.json("sql")["summaries"][0]["triggers"]
                          if t["name"] == self.TRIGGER)
        self.write_spec(self.summaries(capture="hooks"))
        self.apply()
        self.reconcile(code=OK)
        self.make_trigger(create_sql)
        # What the service's hook does, and the trigger once more.
        self.db.run(f"INSERT INTO charges VALUES (90000, {self.payment_of(3)}, 4711, 0)",
                    "UPDATE card_activity SET total = total + 4711, charges = charges + 1"
                    " WHERE card_id = 3")
        run = self.reconcile()
        self.assertEqual(self.codes(run["causes"]), ["trigger_beside_hooks"])
        self.assertEqual(self.codes(run["causes"], 3), ["row_counted_twice"])

    def test_a_table_that_was_emptied(self):
        self.empty_charges()
        run = self.reconcile("--guard", "100")
        self.assertIn("table_empty", self.codes(run["causes"]))
        self.assertIn("table charges has no row", self.keepsum("drift", code=OK).out)
        self.assert_true()

    def test_verify_only_says_why_and_writes_nothing(self):
        self.insert_past_the_trigger(3, [4711])
        with self.writes_nothing():
            run = self.reconcile("--verify-only", code=DRIFT_LEFT)
        self.assertEqual(self.codes(run["causes"], 3), ["row_not_counted"])

    def test_every_key_is_looked_into_and_people_are_shown_the_first(self):
        cards = sorted(self.oracle())[:30]
        payments = {card: self.payment_of(card) for card in cards}
        self.db.drop_trigger(self.TRIGGER)
        self.db.run(*(f"INSERT INTO charges VALUES ({90000 + card}, {payment}, 4711, 0)"
                      for card, payment in payments.items()))
        text = self.keepsum("reconcile", "--verify-only", "--guard", "100", code=DRIFT_LEFT).out
        # One is of the run: the trigger is missing.
        self.assertIn("… and 11 more, by `keepsum drift`", text)
        run = self.reconcile("--guard", "100")
        self.assertEqual([cause["key"]["card_id"] for cause in run["causes"] if cause["key"]],
                         cards)
        self.assertEqual({cause["code"] for cause in run["causes"]},
                         {"trigger_missing", "row_not_counted"})

    def test_what_a_report_leaves_out_is_counted(self):
        keys = 600
        self.db.run(f"INSERT INTO payments SELECT 5000 + i, 5000 + i, 0 FROM {self.db.numbers(keys)}",
                    f"INSERT INTO charges SELECT 5000 + i, 5000 + i, 7, 0 FROM"
                    f" {self.db.numbers(keys)}",
                    "UPDATE card_activity SET total = total + 1, charges = charges + 1"
                    " WHERE card_id > 5000")
        for flags, code in (("--verify-only",), DRIFT_LEFT), ((), CHANGED):
            if not flags:
                text = self.keepsum("reconcile", "--verify-only", "--guard", "100",
                                    code=DRIFT_LEFT).out
                self.assertIn("… and 1,180 more", text)
            run = self.json("reconcile", "--guard", "100", *flags, code=code)["summaries"][0]
            self.assertEqual((len(run["drift"]), run["drift_not_shown"]), (1000, 200))
        # The evidence has them all.
        listed = self.json("drift", "--limit", "5000")
        self.assertEqual((len(listed["drift"]), listed["more"]), (1200, False))

    def test_evidence_of_a_database_that_was_made_by_an_older_version(self):
        for table in ("causes", "seen", "undos"):
            self.db.run(f"DROP TABLE keepsum_{table}")
        self.db.run("DELETE FROM keepsum_migrations WHERE number = 4",
                    "UPDATE card_activity SET total = total + 1 WHERE card_id = 3")
        run = self.reconcile()
        self.assertEqual(run["repaired"], 1)
        # The run has brought the control tables up to date.
        self.assertEqual(len(self.json("drift")["drift"]), 1)
        self.insert_past_the_trigger(3, [4711])
        self.assertEqual(self.codes(self.reconcile()["causes"], 3), ["row_not_counted"])


class CausesOnTheServer(DriftTest):
    databases = ("mariadb",)

    def test_a_trigger_that_was_gone_for_a_while(self):
        self.insert_past_the_trigger(3, [4711])
        self.put_trigger_back()
        run = self.reconcile()
        self.assertEqual(self.codes(run["causes"]), ["trigger_replaced"])
        self.assertRegex(run["causes"][0]["sentence"], r"was made anew at .* UTC; it was last seen")
        # Once told, it is not told again of drift that comes later.
        self.db.run("UPDATE card_activity SET total = total + 123457 WHERE card_id = 3")
        self.assertEqual(self.reconcile()["causes"], [])

    def test_truncate(self):
        self.db.run("TRUNCATE TABLE charges")
        run = self.reconcile("--guard", "100")
        self.assertEqual(self.codes(run["causes"]), ["table_empty"])
        self.assertIn("table charges has no row", run["causes"][0]["sentence"])
        self.assertIn("table charges has no row", self.keepsum("drift", code=OK).out)

    def test_guard_stopped_run_says_why(self):
        self.db.run(f"INSERT INTO payments SELECT i + 1000, i + 1000, 0 FROM {self.db.numbers(300)}",
                    "INSERT INTO charges SELECT id + 50000, id, 1, 0 FROM payments WHERE id > 1000",
                    "TRUNCATE TABLE charges")
        run = self.reconcile(code=DRIFT_LEFT)
        self.assertEqual(run["outcome"], "guard_stopped")
        self.assertEqual(self.codes(run["causes"]), ["table_empty"])

    def test_cascade(self):
        self.db.run("CREATE TABLE cards (id BIGINT NOT NULL PRIMARY KEY) ENGINE=InnoDB",
                    f"INSERT INTO cards SELECT i - 1 FROM {self.db.numbers(41)}",
                    "DELETE FROM charges WHERE payment_id NOT IN (SELECT id FROM payments)",
                    "ALTER TABLE charges ADD FOREIGN KEY (payment_id) REFERENCES payments (id)"
                    " ON DELETE CASCADE",
                    "ALTER TABLE payments ADD FOREIGN KEY (card_id) REFERENCES cards (id)"
                    " ON DELETE CASCADE")
        # By hooks: a statement that goes past the service is seen by nobody.
        self.write_spec(self.summaries(capture="hooks"))
        self.apply()
        self.reconcile(code=OK)
        self.db.run("DELETE FROM cards WHERE id = 3")
        run = self.reconcile()
        self.assertEqual(self.codes(run["causes"], 3), ["cascade"])
        self.assertIn("row id=3 of cards is gone", run["causes"][-1]["sentence"])
        # With the triggers of the plan the same is no drift at all.
        self.write_spec(self.summaries())
        self.apply()
        self.db.run("DELETE FROM cards WHERE id = 4")
        self.assertEqual(self.reconcile(code=OK)["causes"], [])

    def test_evidence_of_a_batch_is_one_statement(self):
        self.fill_more_cards()
        self.db.run("UPDATE card_activity SET total = total + 3, charges = charges + 1"
                    " WHERE card_id >= 10000 AND card_id < 10100")
        inserts = lambda: int(self.db.rows("SHOW GLOBAL STATUS LIKE 'Com_insert'")[0][1])
        before = inserts()
        self.reconcile("--guard", "100")
        self.assertEqual(self.db.rows("SELECT COUNT(*) FROM keepsum_drift"), [("200",)])
        self.assertLess(inserts() - before, 60)  # a column each would be 200

    def fill_more_cards(self):
        self.db.run(f"INSERT INTO payments SELECT i + 9999, i + 9999, 0 FROM {self.db.numbers(500)}",
                    "INSERT INTO charges SELECT id, id, 5, 0 FROM payments WHERE id >= 10000")


class Listing(DriftTest):
    def setUp(self):
        super().setUp()
        self.db.run("UPDATE card_activity SET total = total + 1 WHERE card_id = 3")
        self.first = self.reconcile()
        self.db.run("UPDATE card_activity SET total = total + 2, charges = charges + 1"
                    " WHERE card_id IN (4, 5)")
        self.reconcile()

    def drift(self, *arguments):
        return self.json("drift", *arguments)["drift"]

    def cards(self, *arguments):
        return [entry["key"]["card_id"] for entry in self.drift(*arguments)]

    def test_newest_first(self):
        entries = self.drift()
        self.assertEqual([e["key"]["card_id"] for e in entries], [5, 5, 4, 4, 3])
        ids = [e["id"] for e in entries]
        self.assertEqual(ids, sorted(ids, reverse=True))
        last = entries[-1]
        total = self.oracle()[3][0]
        self.assertEqual((last["summary"], last["column"], last["repaired"]),
                         ("card_activity", "total", True))
        self.assertEqual(int(float(last["stored"])) - int(float(last["expected"])), 1)
        self.assertEqual(int(float(last["expected"])), total)
        self.assertRegex(last["found_at"], r"^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d")

    def test_filters(self):
        run = self.drift()[-1]["run"]
        self.assertEqual(self.cards("--run", str(run)), [3])
        self.assertEqual(self.cards("card_activity", "--key", "card_id=4"), [4, 4])
        self.assertEqual(self.cards("card_activity", "--key", "card_id=6"), [])
        self.assertEqual(self.cards("--since", "1h"), [5, 5, 4, 4, 3])
        self.assertEqual(self.cards("--since", "2020-01-01"), [5, 5, 4, 4, 3])
        self.assertEqual(self.cards("--since", "2999-01-01 00:00"), [])
        self.db.run("UPDATE keepsum_drift SET found_at = '2001-02-03 04:05:06.000000'"
                    f" WHERE run_id = {run}")
        self.assertEqual(self.cards("--since", "2d"), [5, 5, 4, 4])
        self.assertEqual(self.cards("--since", "2001-02-03T04:05Z"), [5, 5, 4, 4, 3])
        answer = self.json("drift", "--limit", "2")
        self.assertEqual((len(answer["drift"]), answer["more"]), (2, True))
        self.assertFalse(self.json("drift", "--limit", "5")["more"])
        self.assertIn("and more", self.keepsum("drift", "--limit", "2", code=OK).out)

    def test_runs(self):
        runs = self.json("drift", "--runs")["runs"]
        self.assertEqual([run["kind"] for run in runs], ["reconcile", "reconcile", "backfill"])
        self.assertEqual([run["repaired"] for run in runs[:2]], [2, 1])
        self.assertTrue(all(run["finished_at"] for run in runs))
        self.assertIn("backfill", self.keepsum("drift", "--runs", code=OK).out)
        self.assertEqual(len(self.json("drift", "--runs", "--limit", "1")["runs"]), 1)

    def test_nothing_to_list(self):
        self.assertIn("no drift", self.keepsum("drift", "--since", "2999-01-01", code=OK).out)
        self.assertEqual(self.drift("--run", "4711"), [])

    def test_wrong_arguments(self):
        for arguments in (["card_activty"], ["--key", "card_id=3"], ["--since", "yesterday"],
                          ["--since", "2026-01-01'; DROP TABLE x"], ["--limit", "0"],
                          ["--run", "x"], ["card_activity", "--key", "card=3"],
                          ["card_activity", "--runs", "--key", "card_id=3"], ["undo"],
                          ["undo", "0"]):
            self.keepsum("drift", *arguments, code=USAGE)
        self.assertIn("did you mean `card_activity`",
                      self.keepsum("drift", "card_activty", code=USAGE).err)

    def test_explain_mentions_it(self):
        text = self.keepsum("explain", "card_activity", "card_id=4", code=OK).out
        self.assertIn("this key has drifted before", text)
        self.assertIn("keepsum drift card_activity --key card_id=4", text)
        recorded = self.json("explain", "card_activity", "card_id=4")["recorded_drift"]
        self.assertEqual([r["column"] for r in recorded], ["charges", "total"])
        self.assertNotIn("drifted before",
                         self.keepsum("explain", "card_activity", "card_id=6", code=OK).out)

    def test_reads_only(self):
        with self.writes_nothing():
            self.drift()
            self.keepsum("drift", "--runs", code=OK)

    def test_evidence_of_a_summary_that_left_the_spec(self):
        payments = {"from": "payments p", "group_by": {"card_id": "p.card_id"},
                    "aggregates": {"payments": "count(*)"}}
        self.write_spec({"card_payments": payments})
        self.assertEqual(self.cards("card_activity"), [5, 5, 4, 4, 3])

    def test_before_apply(self):
        other = self.new_database("empty")
        self.make_base_tables(other)
        env = self.environment(DATABASE_URL=other.url)
        self.assertEqual(json.loads(self.keepsum("drift", "--json", code=OK, env=env).out)["drift"],
                         [])
        self.keepsum("drift", "--runs", code=OK, env=env)
