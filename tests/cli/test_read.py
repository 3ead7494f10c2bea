"""read: the same figures whether the summary or the source gives them."""

from decimal import Decimal

from support import OK, USAGE, CardTest, CliTest


class ReadCard(CardTest):
    def expected(self, card):
        conditions = ("has_refund", "approved_once")
        values = self.oracle().get(card, self.EMPTY)
        return tuple(bool(v) if c in conditions else v for c, v in zip(self.COLUMNS, values))

    def test_source_before_apply_summary_after(self):
        cards = [*sorted(self.oracle())[:3], 123_456]
        for origin in ("source", "summary"):
            for card in cards:
                self.assertEqual(self.values(card), (origin, self.expected(card)))
            self.apply()
        text = self.keepsum("read", "card_activity", f"card_id={cards[0]}", code=OK)
        self.assertIn("total", text.out)
        self.assertEqual(text.err, "")

    def test_shape_of_a_missing_key_is_that_of_any_other(self):
        def types():
            return [[type(v) for c, v in self.json("read", "card_activity", f"card_id={card}")
                    ["values"].items() if c not in ("largest", "smallest")]
                    for card in (present, 123_456)]
        present = min(self.oracle())
        source = types()
        self.assertEqual(source[0], source[1])
        self.apply()
        self.assertEqual(types(), source)

    def test_source_while_building(self):
        self.apply()
        card = min(self.oracle())
        self.db.run("UPDATE keepsum_summaries SET state = 'building'",
                    "UPDATE card_activity SET total = 0")  # half filled, say
        self.assertEqual(self.values(card), ("source", self.expected(card)))
        text = self.keepsum("read", "card_activity", f"card_id={card}", code=OK)
        self.assertIn("computed from the source", text.err)
        self.apply()
        self.assertEqual(self.values(card), ("summary", self.expected(card)))

    def test_emptied_key(self):
        self.apply()
        card = min(self.oracle())
        self.db.run(f"UPDATE payments SET voided = 1 WHERE card_id = {card}")
        _, values = self.values(card)
        # Only the latch remembers.
        self.assertEqual(values[:4] + values[5:], (0, 0, 0, False, None, None))

    def test_wrong_arguments(self):
        for arguments, says in (
                (["card_id"], "column=value"), (["card=1"], "no group key"),
                (["card_id=1", "card_id=2"], "stands twice"), (["card_id=seven"], "no integer"),
                (["card_id=18446744073709551616"], "too large"),
                (["card_id=1", "extra=2"], "no group key"), ([], "`card_id` is missing")):
            refused = self.keepsum("read", "card_activity", *arguments, code=USAGE)
            self.assertIn(says, refused.err)
            self.assertEqual(refused.out, "")
        self.assertIn("did you mean", self.keepsum("read", "card_activiti", "card_id=1",
                                                   code=USAGE).err)


class Keys(CliTest):
    """Composite keys, text as it comes, expressions as keys, money."""

    NAMES = ("plain", "O'Brien", 'say "hi"', "back\\slash", "a=b", "spaces  and ünïcode ☂", "%_")

    def setUp(self):
        super().setUp()
        self.db.run(self.sql(
            "CREATE TABLE sales (id {int} NOT NULL PRIMARY KEY, shop {int} NOT NULL,"
            " clerk {key} NOT NULL, amount {money} NOT NULL) {strict}"))
        rows = []
        for i in range(60):
            name = self.NAMES[i % len(self.NAMES)].replace("'", "''")
            if self.backend == "mariadb":
                name = name.replace("\\", "\\\\")
            rows.append(f"({i}, {i % 3}, '{name}', {self.amount(i)})")
        self.db.run("INSERT INTO sales VALUES " + ", ".join(rows))
        self.write_spec({"by_clerk": {
            "from": "sales s", "group_by": {"shop": "s.shop", "clerk": "s.clerk"},
            "aggregates": {"total": "sum(s.amount)", "sales": "count(*)", "mean": "avg(s.amount)",
                           "largest": "max(s.amount)"}}})

    def amount(self, i):
        return i * 37 - 200 if self.backend == "sqlite" else Decimal(i * 370_001 - 2_000_000) / 10**4

    def expected(self, shop, name):
        amounts = [self.amount(i) for i in range(60)
                   if i % 3 == shop and self.NAMES[i % len(self.NAMES)] == name]
        return sum(amounts), len(amounts), max(amounts, default=None)

    def read(self, shop, name):
        answer = self.json("read", "by_clerk", f"clerk={name}", f"shop={shop}")
        self.assertEqual(answer["key"], {"shop": shop, "clerk": name})
        return answer["from"], answer["values"]

    def test_every_key(self):
        for origin in ("source", "summary"):
            for name in self.NAMES:
                found, values = self.read(1, name)
                self.assertEqual(found, origin)
                total, sales, largest = self.expected(1, name)
                self.assertEqual((Decimal(values["total"]), values["sales"],
                                  Decimal(values["largest"])), (total, sales, largest))
                self.assertAlmostEqual(float(values["mean"]), float(total / sales), places=3)
            self.keepsum("apply", "--yes", code=OK)
        self.keepsum("reconcile", "--verify-only", code=OK)
        explained = self.json("explain", "by_clerk", "shop=1", "clerk=O'Brien")
        self.assertEqual(explained["source_rows"], self.expected(1, "O'Brien")[1])

    def test_a_missing_key_reads_alike_before_and_after(self):
        before = self.read(1, "nobody")[1]
        self.keepsum("apply", "--yes", code=OK)
        self.assertEqual(self.read(1, "nobody"), ("summary", before))

    def test_decimals_are_strings(self):
        kind = str if self.backend == "mariadb" else int
        for _ in range(2):
            for name in ("plain", "nobody"):
                _, values = self.read(1, name)
                self.assertIs(type(values["total"]), kind)
                self.assertIs(type(values["sales"]), int)
            self.keepsum("apply", "--yes", code=OK)

    def test_half_a_key(self):
        refused = self.keepsum("read", "by_clerk", "shop=1", code=USAGE)
        self.assertIn("`clerk` is missing", refused.err)
        self.assertIn("shop=… clerk=…", refused.err)

    def test_key_of_a_key_that_was_drifted(self):
        self.keepsum("apply", "--yes", code=OK)
        self.db.run("UPDATE by_clerk SET sales = sales + 1")
        run = self.json("reconcile", "--guard", "100", code=2)["summaries"][0]
        self.assertEqual({d["key"]["clerk"] for d in run["drift"]}, set(self.NAMES))
        self.keepsum("reconcile", "--verify-only", code=OK)

    def test_expression_as_key(self):
        self.write_spec({"by_initial": {
            "from": "sales s", "group_by": {"initial": "upper(substr(s.clerk, 1, 1))"},
            "aggregates": {"sales": "count(*)"}}})
        for origin in ("source", "summary"):
            answer = self.json("read", "by_initial", "initial=P")
            self.assertEqual((answer["from"], answer["values"]["sales"]),
                             (origin, sum(self.NAMES[i % 7][0] == "p" for i in range(60))))
            self.keepsum("apply", "--yes", code=OK)
        self.db.run("UPDATE sales SET clerk = 'Paul' WHERE id = 1")
        answer = self.json("read", "by_initial", "initial=P")
        self.assertEqual(answer["values"]["sales"],
                         1 + sum(self.NAMES[i % 7][0] == "p" for i in range(60)))


class Shapes(CliTest):
    """What stands before, beside and in the place of a figure."""

    def setUp(self):
        super().setUp()
        at = "DATETIME NOT NULL" if self.backend == "mariadb" else "TEXT NOT NULL"
        self.db.run(self.sql(
            "CREATE TABLE visits (id {int} NOT NULL PRIMARY KEY, shop {int} NOT NULL, visitor {int},"
            f" seen_at {at}, price {{money}} NOT NULL) {{strict}}"),
            "INSERT INTO visits VALUES (1, 1, 7, '2026-03-01 10:00:00', 2),"
            " (2, 1, 7, '2026-03-01 11:30:00', 2), (3, 1, 8, '2026-03-02 09:00:00', 0),"
            " (4, 2, NULL, '2026-03-02 09:00:00', 2)")

    def test_a_summary_whose_column_has_a_side_table(self):
        self.write_spec({
            "by_shop": {"from": "visits v", "group_by": {"shop": "v.shop"},
                        "aggregates": {"visitors": "count(DISTINCT v.visitor)", "n": "count(*)"}},
            "by_day": {"from": "visits v", "group_by": {"shop": "v.shop",
                                                        "day": "bucket('1 day', v.seen_at)"},
                       "aggregates": {"visitors": "count(DISTINCT v.visitor)", "n": "count(*)"}}})
        for origin in ("source", "summary"):
            answer = self.json("read", "by_shop", "shop=1")
            self.assertEqual((answer["from"], answer["values"]), (origin, {"visitors": 2, "n": 3}))
            top = self.json("read", "by_shop", "--top", "1", "--by", "visitors")
            self.assertEqual(top["rows"][0]["key"], {"shop": 1})
            merged = self.json("read", "by_day", "shop=1", "--from", "2026-03-01")
            self.assertEqual(merged["rows"][0]["values"], {"n": 3})
            self.assertEqual(merged["left_out"], ["visitors"])
            self.keepsum("apply", "--yes", code=OK)
        answer = self.json("snapshot", "by_day", "--from", "2026-03-01", "--to", "2026-03-02")
        self.assertEqual((answer["table"], answer["recorded"]), ("by_day_history", 2))
        self.assertEqual([tuple(map(str, row)) for row in self.db.rows(
            "SELECT as_of, shop, n FROM by_day_history ORDER BY as_of, shop")],
            [("2026-03-01", "1", "2"), ("2026-03-02", "1", "3"), ("2026-03-02", "2", "1")])

    def test_a_condition_of_no_value_is_null(self):
        self.write_spec({"s": {"from": "visits v", "group_by": {"shop": "v.shop"}, "aggregates": {
            "known": "every(v.visitor > 7)", "any_known": "any(v.visitor > 7)"}}})
        for _ in range(2):
            self.assertEqual(self.json("read", "s", "shop=2")["values"],
                             {"known": None, "any_known": False})
            self.assertEqual(self.json("read", "s", "shop=9")["values"]["known"], None)
            self.assertIn("NULL", self.keepsum("read", "s", "shop=2", code=OK).out)
            self.keepsum("apply", "--yes", code=OK)

    def test_a_count_is_a_number_wherever_it_is_from(self):
        self.write_spec({"s": {"from": "visits v", "group_by": {"shop": "v.shop"}, "aggregates": {
            "n": "count(*)", "newest": "latest(v.visitor ORDER BY v.seen_at)"}}})
        for _ in range(2):
            self.assertEqual(self.json("read", "s", "shop=1")["values"], {"n": 3, "newest": 8})
            self.keepsum("apply", "--yes", code=OK)

    def test_keys_of_time_in_any_notation_and_no_other_text(self):
        self.write_spec({"s": {"from": "visits v", "aggregates": {"n": "count(*)"}, "group_by": {
            "day": "bucket('1 day', v.seen_at)", "hour": "bucket('1 hour', v.seen_at)"}}})
        for _ in range(2):
            for hour in ("2026-03-01 11:00:00", "2026-03-01 11:00", "2026-03-01T11:00:00"):
                answer = self.json("read", "s", "day=2026-03-01", f"hour={hour}")
                self.assertEqual(answer["values"], {"n": 1})
                self.assertEqual(answer["key"]["hour"], "2026-03-01 11:00:00")
            for wrong in ("2026-03-01x", "garbage", "2026-02-30", "", "2026-03-01 10:00"):
                refused = self.keepsum("read", "s", f"day={wrong}", "hour=2026-03-01 11:00",
                                       code=USAGE)
                self.assertIn("is no day", refused.err)
            self.keepsum("apply", "--yes", code=OK)

    def test_a_bound_that_is_not_given_is_not_left_out(self):
        self.write_spec({"s": {"from": "visits v", "aggregates": {"n": "count(*)"}, "group_by": {
            "day": "bucket('1 day', v.seen_at)"}}})
        for option in ("--from", "--to", "--last", "--as-of"):
            refused = self.keepsum("read", "s", option, "", code=USAGE)
            self.assertIn("nothing is given", refused.err)

    def test_keys_of_decimals_and_bytes(self):
        if self.backend == "sqlite":
            self.skipTest("SQLite has no DECIMAL")
        self.db.run("CREATE TABLE bytes (id INT PRIMARY KEY, b VARBINARY(9) NOT NULL)",
                    "INSERT INTO bytes VALUES (1, X'00ff'), (2, 'ab')")
        self.write_spec({
            "s": {"from": "visits v", "group_by": {"price": "v.price"},
                  "aggregates": {"n": "count(*)"}},
            "b": {"from": "bytes t", "group_by": {"b": "t.b"}, "aggregates": {"n": "count(*)"}}})
        for same in ("2", "2.0", "02.0000", "2.00"):
            answer = self.json("read", "s", f"price={same}")
            self.assertEqual((answer["values"], Decimal(answer["key"]["price"])), ({"n": 3}, 2))
        for wrong in ("abc", "", "1.99999999", "2e0", "2,0"):
            self.assertIn("is no number", self.keepsum("read", "s", f"price={wrong}",
                                                       code=USAGE).err)
        for key in ("X'00ff'", "ab"):
            self.assertEqual(self.json("read", "b", f"b={key}")["values"], {"n": 1})
