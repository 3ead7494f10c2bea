"""explain, sql and drop."""

from support import CHANGED, CONFIG, FAILED, OK, USAGE, CardTest


class Explain(CardTest):
    def explain(self, card, *options):
        return self.json("explain", "card_activity", f"card_id={card}", *options)

    def columns(self, explained):
        return {c["name"]: (int(c["stored"]), int(c["source"]), int(c["difference"]), c["differs"])
                for c in explained["columns"] if c["name"] in ("total", "charges", "refunds")}

    def test_rows_and_figures(self):
        self.apply()
        card = min(self.oracle())
        total, charges, refunds = self.oracle()[card][:3]
        explained = self.explain(card)
        self.assertEqual(explained["source_rows"], charges)
        self.assertEqual(len(explained["rows"]), charges)
        self.assertEqual(sum(int(row["total"] or 0) for row in explained["rows"]), total)
        self.assertEqual({row["t.id"] for row in explained["rows"]},
                         {int(i) for (i,) in self.db.rows(
                             "SELECT t.id FROM charges t JOIN payments p ON p.id = t.payment_id"
                             f" WHERE p.voided = 0 AND p.card_id = {card}")})
        self.assertEqual(self.columns(explained), {"total": (total, total, 0, False),
                                                   "charges": (charges, charges, 0, False),
                                                   "refunds": (refunds, refunds, 0, False)})
        self.assertEqual(explained["suspects"], [])
        text = self.keepsum("explain", "card_activity", f"card_id={card}", code=OK)
        self.assertIn(f"{charges} source rows", text.out)

    def test_limit(self):
        self.apply()
        card = min(self.oracle())
        charges = self.oracle()[card][1]
        explained = self.explain(card, "--limit", "2")
        self.assertEqual((explained["source_rows"], len(explained["rows"])), (charges, 2))
        self.assertEqual(self.explain(card, "--limit", "0")["rows"], [])
        self.keepsum("explain", "card_activity", "card_id=1", "--limit", "-1", code=USAGE)

    def test_the_row_that_was_not_counted_is_named(self):
        self.apply()
        self.db.drop_trigger("ks_card_activity$t_ins")
        payments = self.db.rows("SELECT card_id, id FROM payments WHERE voided = 0 ORDER BY id")
        for i, amount in enumerate(("98765", "-98765", "NULL")):
            card, payment = payments[i]
            self.db.run(f"INSERT INTO charges VALUES ({9000 + i}, {payment}, {amount}, 0)")
            total, charges = self.oracle()[int(card)][:2]
            explained = self.explain(card)
            missing = 0 if amount == "NULL" else int(amount)
            self.assertEqual(self.columns(explained)["total"],
                             (total - missing, total, missing, missing != 0))
            self.assertEqual(self.columns(explained)["charges"], (charges - 1, charges, 1, True))
            self.assertEqual(explained["suspects"],
                             [f"p.id={payment} t.id={9000 + i} was not counted"])
            text = self.keepsum("explain", "card_activity", f"card_id={card}", code=OK)
            self.assertIn(f"t.id={9000 + i} was not counted", text.out)

    def test_the_row_that_was_counted_twice_is_named(self):
        self.apply()
        card, payment, charge, amount = self.db.rows(
            "SELECT p.card_id, p.id, t.id, t.amount FROM payments p JOIN charges t"
            " ON t.payment_id = p.id WHERE p.voided = 0 AND t.amount > 0"
            " ORDER BY t.amount DESC, t.id")[0]
        self.db.run(f"UPDATE card_activity SET total = total + {amount}, charges = charges + 1"
                    f" WHERE card_id = {card}")
        self.assertEqual(self.explain(card)["suspects"],
                         [f"p.id={payment} t.id={charge} was counted twice"])

    def test_a_difference_that_no_single_row_makes_names_none(self):
        self.apply()
        card = min(self.oracle())
        self.db.run(f"UPDATE card_activity SET charges = charges + 1 WHERE card_id = {card}")
        self.assertEqual(self.columns(self.explain(card))["charges"][2:], (-1, True))
        self.assertEqual(self.explain(card)["suspects"], [])

    def test_a_key_that_is_nowhere(self):
        self.apply()
        explained = self.explain(123_456)
        self.assertEqual((explained["source_rows"], explained["rows"]), (0, []))
        self.assertFalse(any(c["differs"] for c in explained["columns"]))
        self.assertIs(explained["stored"], False)
        self.assertIn("neither the summary nor its source has a row of this key",
                      self.keepsum("explain", "card_activity", "card_id=123456", code=OK).out)
        self.assertIs(self.explain(min(self.oracle()))["stored"], True)

    def test_before_apply(self):
        refused = self.keepsum("explain", "card_activity", "card_id=1", code=FAILED)
        self.assertIn("keepsum apply", refused.err)

    def test_wrong_arguments(self):
        self.apply()
        for arguments in (["card=1"], ["card_id=x"], []):
            self.keepsum("explain", "card_activity", *arguments, code=USAGE)
        self.keepsum("explain", "nothing", "card_id=1", code=USAGE)


class Status(CardTest):
    def test_of_each_state(self):
        absent = self.json("status")["summaries"][0]
        self.assertEqual((absent["state"], absent["in_spec"], absent["plan_applied"]),
                         ("absent", True, False))
        self.assertIn("not applied", self.keepsum("status", code=OK).out)
        self.apply()
        live = self.json("status")["summaries"][0]
        self.assertEqual((live["state"], live["plan_applied"], live["table_fault"],
                          live["trigger_faults"], live["keys_verified"]),
                         ("live", True, None, [], len(self.oracle())))
        self.db.run("UPDATE keepsum_summaries SET state = 'building'")
        self.assertEqual(self.json("status")["summaries"][0]["state"], "building")


class Sql(CardTest):
    """The printed statements, run by hand on another database, do what apply's do."""

    def fill_other(self):
        other = self.new_database("other")
        self.make_base_tables(other)
        return other

    def assert_works_alike(self, other):
        self.apply()
        mine = self.db
        self.assertEqual(other.triggers(), mine.triggers())
        for self.db in (mine, other):
            self.db.run("DELETE FROM charges", "DELETE FROM payments")
        for self.db in (mine, other):
            self.fill()
            self.write_all_kinds(10_000)
            self.assert_true()
        self.db = mine

    def test_json_pack(self):
        pack = self.json("sql")
        self.assertEqual(pack["database"], {"sqlite": "sqlite", "mariadb": "mysql"}[self.backend])
        summary = pack["summaries"][0]
        other = self.fill_other()
        for statement in summary["tables"]:
            other.run(statement)
        for trigger in summary["triggers"]:
            if self.backend == "mariadb":
                other.feed(f"DELIMITER //\n{trigger['create_sql']}//\n")
            else:
                other.run(trigger["create_sql"])
        self.assert_works_alike(other)
        for trigger in summary["triggers"]:
            other.run(trigger["drop_sql"])
        self.assertEqual(other.triggers(), [])

    def test_text_for_the_shell_of_the_database(self):
        text = self.keepsum("sql", "--tables", "--triggers", code=OK).out
        other = self.fill_other()
        other.script(text)
        self.assert_works_alike(other)

    def test_selection(self):
        tables = self.keepsum("sql", "card_activity", "--tables", code=OK).out
        self.assertIn("CREATE TABLE", tables)
        self.assertNotIn("TRIGGER", tables)
        triggers = self.keepsum("sql", "--triggers", code=OK).out
        self.assertNotIn("CREATE TABLE", triggers)
        self.assertEqual(triggers.count("CREATE TRIGGER"), 6)
        hooks = self.keepsum("sql", "--hooks", code=OK).out
        self.assertNotIn("CREATE", hooks)
        self.assertIn("?", hooks)
        everything = self.keepsum("sql", code=OK).out
        for part in (tables, triggers, hooks):
            self.assertIn(part.strip(), everything)
        self.keepsum("sql", "nothing", code=USAGE)

    def test_selection_as_json(self):
        for options, parts in (([], {"tables", "triggers", "hooks", "check"}),
                               (["--hooks"], {"hooks", "check"}), (["--tables"], {"tables"}),
                               (["--tables", "--triggers"], {"tables", "triggers"})):
            [summary] = self.json("sql", *options)["summaries"]
            self.assertEqual(set(summary), {"name", "capture"} | parts)

    def test_pieces_of_the_pack(self):
        """Cut where the parameters are, whatever stands in literals and names."""
        aggregates = {"total": "sum(t.amount) FILTER (WHERE 'it''s?' <> CONCAT('?', '`\"'))",
                      "largest": "max(t.amount)"}
        self.write_spec(self.summaries(capture="hooks", aggregates=aggregates))
        statements = [statement for hook in self.json("sql", "--hooks")["summaries"][0]["hooks"]
                      for statement in hook["statements"]]
        self.assertGreater(len(statements), 4)
        for statement in statements:
            self.assertEqual(len(statement["pieces"]), len(statement["parameters"]) + 1)
            self.assertEqual("?".join(statement["pieces"]), statement["sql"])
        self.assertTrue(any(piece.count("it''s?") for statement in statements
                            for piece in statement["pieces"]))

    def test_columns_of_the_pack(self):
        """What an UPDATE must set to need its hook; none where the database sets one itself."""
        computed = "GENERATED ALWAYS AS (amount * 2) STORED"
        self.db.run(self.sql("CREATE TABLE tips (id {int} NOT NULL PRIMARY KEY, card_id {int} NOT"
                             f" NULL, amount {{int}}, twice {{int}} {computed}) {{strict}}"))
        tips = {"from": "tips", "group_by": {"card_id": "tips.card_id"},
                "aggregates": {"twice": "sum(tips.twice)"}}
        self.write_spec({**self.summaries(capture="hooks"), "card_tips": tips})
        columns = {hook["table"]: hook["columns"]
                   for summary in self.json("sql", "--hooks")["summaries"]
                   for hook in summary["hooks"] if hook["when"] == "before_update"}
        self.assertEqual({table: names and set(names) for table, names in columns.items()},
                         {"payments": {"id", "card_id", "voided"},
                          "charges": {"payment_id", "amount", "approved"}, "tips": None})

    def test_check_of_the_pack(self):
        self.write_spec(self.summaries(capture="hooks"))
        self.apply()
        check = self.json("sql", "--hooks")["summaries"][0]["check"]
        self.assertEqual(self.db.rows(check["sql"]), [(check["expect"],)])
        self.write_spec(self.summaries(capture="hooks", where="p.voided = 1"))
        other = self.json("sql", "--hooks")["summaries"][0]["check"]
        self.assertEqual(other["sql"], check["sql"])
        self.assertNotEqual(other["expect"], check["expect"])

    def test_hooks_of_the_pack_by_hand(self):
        """A service in another language: the statements around its own writes, its keys bound."""
        if self.backend == "sqlite":
            bind = lambda sql, key: (sql, [key] * sql.count("?"))
            run = lambda sql, key: self.db.connection.execute(*bind(sql, key))
        else:
            run = lambda sql, key: self.db.run(sql.replace("?", str(key)))
        self.write_spec(self.summaries(capture="hooks"))
        self.apply()
        hooks = {(h["table"], h["when"]): h["statements"]
                 for h in self.json("sql")["summaries"][0]["hooks"]}

        def change(table, key, statement, before=None, after=None):
            for when, is_before in ((before, True), (None, None), (after, False)):
                if is_before is None:
                    self.db.run(statement)
                    continue
                for hook in hooks.get((table, when), []):
                    self.assertEqual(set(hook["parameters"]), {"id"})
                    self.assertEqual(len(hook["parameters"]), hook["sql"].count("?"))
                    run(hook["sql"], key)

        change("payments", 9000, "INSERT INTO payments VALUES (9000, 3, 0)", after="after_insert")
        change("charges", 9000, "INSERT INTO charges VALUES (9000, 9000, 77, 1)",
               after="after_insert")
        change("charges", 9000, "UPDATE charges SET amount = -5 WHERE id = 9000",
               before="before_update", after="after_update")
        change("payments", 9000, "UPDATE payments SET card_id = 4 WHERE id = 9000",
               before="before_update", after="after_update")
        self.assert_true()
        change("charges", 9000, "DELETE FROM charges WHERE id = 9000", before="before_delete")
        self.assert_true()
        self.keepsum("reconcile", "--verify-only", code=OK)


class Drop(CardTest):
    def test_leaves_nothing_behind(self):
        before = self.db.dump()
        self.apply()
        self.keepsum("reconcile", code=OK)
        self.db.run("UPDATE card_activity SET total = 0")
        self.keepsum("reconcile", "--guard", "100", code=CHANGED)
        dropped = self.keepsum("drop", "card_activity", "--yes", code=OK)
        self.assertIn("dropped card_activity", dropped.out)
        self.assertEqual(self.db.dump(), before)
        # And from here everything can begin again.
        self.apply()
        self.assert_true()

    def test_the_last_one_takes_the_control_tables_along(self):
        payments = {"from": "payments p", "group_by": {"card_id": "p.card_id"},
                    "aggregates": {"payments": "count(*)"}}
        before = self.db.dump()
        self.write_spec({**self.summaries(), "card_payments": payments})
        self.apply()
        self.keepsum("drop", "card_payments", "--yes", code=OK)
        self.assertEqual(self.db.rows("SELECT name FROM keepsum_summaries"), [("card_activity",)])
        self.write_all_kinds(10_000)
        self.assert_true()
        self.write_spec(self.summaries())
        self.keepsum("plan", code=OK)
        self.keepsum("drop", "card_activity", "--yes", code=OK)
        self.assertEqual([line for line in self.db.dump().splitlines() if "keepsum_" in line], [])
        self.assertNotEqual(before, self.db.dump())  # the rows written meanwhile

    def test_needs_agreement(self):
        self.apply()
        with self.writes_nothing():
            self.assertIn("--yes", self.keepsum("drop", "card_activity", code=USAGE).err)
            declined = self.on_terminal("drop", "card_activity", answer="\n")
        self.assertEqual(declined.code, USAGE, str(declined))
        self.assertEqual(self.on_terminal("drop", "card_activity", answer="yes\n").code, OK)
        self.assertEqual(self.db.triggers(), [])

    def test_unknown(self):
        with self.writes_nothing():
            self.keepsum("drop", "card_activity", "--yes", code=USAGE)
        self.apply()
        with self.writes_nothing():
            self.keepsum("drop", "payments", "--yes", code=USAGE)
            self.keepsum("drop", "keepsum_summaries", "--yes", code=USAGE)
            self.keepsum("drop", "--yes", code=USAGE)

    def test_json(self):
        self.apply()
        self.assertEqual(self.json("drop", "card_activity", "--yes")["dropped"], "card_activity")
        error = self.json("drop", "card_activity", "--yes", code=USAGE)["error"]
        self.assertEqual(error["code"], "invalid_argument")

    def test_a_broken_spec_file_is_a_reason_to_stop(self):
        self.apply()
        with open(self.folder + "/keepsum.json", "w", encoding="utf-8") as f:
            f.write("{")
        with self.writes_nothing():
            self.keepsum("drop", "card_activity", "--yes", code=CONFIG)
