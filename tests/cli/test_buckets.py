"""read over buckets of time, and lists: ranges, figures as of a day, the top and a key's rank."""

import collections
import datetime
import random
import time

from support import CONFIG, OK, USAGE, CliTest

DAYS_FROM_UTC = datetime.timedelta(hours=9)  # of the shops


class ShopTest(CliTest):
    """Sales in UTC, summed up by shop and by day in Tokyo."""

    def setUp(self):
        super().setUp()
        sold = "DATETIME NOT NULL" if self.backend == "mariadb" else "TEXT NOT NULL"
        self.db.run(self.sql(
            "CREATE TABLE sales (id {int} NOT NULL PRIMARY KEY, shop {int} NOT NULL, sold_at "
            + sold + ", cents {int} NOT NULL, paid {int} NOT NULL) {strict}"))
        self.random = random.Random(5)
        self.rows = {}
        self.today = self.day_in_tokyo()
        self.sell(300)
        self.write_spec(self.summaries())

    @staticmethod
    def day_in_tokyo():
        """Today, and for as long as a test takes: near midnight, tomorrow once it is."""
        def now():
            return datetime.datetime.now(datetime.timezone.utc).replace(tzinfo=None) + DAYS_FROM_UTC
        while now().date() != (now() + datetime.timedelta(seconds=40)).date():
            time.sleep(1)
        return now().date()

    def summaries(self, **changes):
        summary = {"from": "sales s",
                   "group_by": {"shop": "s.shop", "day": "bucket('1 day', s.sold_at, '+09:00')"},
                   "aggregates": {"turnover": "sum(s.cents)", "sales": "count(*)",
                                  "mean": "avg(s.cents)", "largest": "max(s.cents)",
                                  "smallest": "min(s.cents)", "paid": "any(s.paid = 1)",
                                  "refunded": "latch(s.cents < 0)"},
                   "indexes": [["turnover"], ["shop", "turnover"]]}
        summary.update(changes)
        return {"shop_daily": summary}

    def sell(self, count):
        """Some sales of the last 60 days, each at some second of the day in UTC."""
        first = max(self.rows, default=0) + 1
        for i in range(first, first + count):
            at = (datetime.datetime.combine(self.today, datetime.time()) - DAYS_FROM_UTC
                  - datetime.timedelta(days=self.random.randrange(60))
                  + datetime.timedelta(seconds=self.random.randrange(86400)))
            self.rows[i] = (self.random.randrange(1, 6), at, self.random.randrange(-200, 1000),
                            int(self.random.random() < 0.1))
        self.db.run("INSERT INTO sales VALUES " + ", ".join(
            f"({i}, {shop}, '{at}', {cents}, {paid})" for i, (shop, at, cents, paid)
            in self.rows.items() if i >= first))

    def figures(self, keep):
        """Of the rows that are kept: (shop, day, cents, paid)."""
        rows = [(shop, (at + DAYS_FROM_UTC).date(), cents, paid)
                for shop, at, cents, paid in self.rows.values()]
        rows = [row for row in rows if keep(row[0], row[1])]
        cents = [row[2] for row in rows]
        return {"turnover": sum(cents), "sales": len(rows),
                "mean": sum(cents) / len(cents) if cents else None,
                "largest": max(cents, default=None), "smallest": min(cents, default=None),
                "paid": any(row[3] for row in rows), "refunded": any(c < 0 for c in cents)}

    def assert_figures(self, values, expected):
        found = {name: float(v) if isinstance(v, str) else v for name, v in values.items()}
        if expected["mean"] is not None:
            self.assertAlmostEqual(found.pop("mean"), expected.pop("mean"), places=3)
        self.assertEqual(found, expected)

    def read(self, *arguments, **options):
        return self.json("read", "shop_daily", *arguments, **options)

    def each_origin(self):
        """First from the source, then from the summary."""
        yield "source"
        self.keepsum("apply", "--yes", code=OK)
        yield "summary"


class Ranges(ShopTest):
    def test_the_last_days(self):
        for origin in self.each_origin():
            for days in (1, 30, 60):
                first = self.today - datetime.timedelta(days=days - 1)
                answer = self.read("shop=3", "--last", f"{days}d")
                self.assertEqual(answer["from"], origin)
                self.assertEqual(answer["buckets"], {"first": str(first), "last": str(self.today)})
                (row,) = answer["rows"]
                self.assertEqual(row["key"], {"shop": 3})
                self.assert_figures(row["values"],
                                    self.figures(lambda shop, day, f=first: shop == 3 and day >= f))
                self.assertEqual(answer["left_out"], [])

    def test_every_shop_and_every_day(self):
        for _ in self.each_origin():
            first = self.today - datetime.timedelta(days=6)
            answer = self.read("--last", "7d")
            shops = sorted({shop for shop, at, *_ in self.rows.values()
                            if (at + DAYS_FROM_UTC).date() >= first})
            self.assertEqual([row["key"] for row in answer["rows"]], [{"shop": s} for s in shops])
            for row in answer["rows"]:
                of = row["key"]["shop"]
                self.assert_figures(row["values"],
                                    self.figures(lambda shop, day: shop == of and day >= first))
            days = self.read("shop=3", "--last", "7d", "--each")
            expected = sorted({(at + DAYS_FROM_UTC).date() for shop, at, *_ in self.rows.values()
                               if shop == 3 and (at + DAYS_FROM_UTC).date() >= first})
            self.assertEqual([row["key"] for row in days["rows"]],
                             [{"shop": 3, "day": str(day)} for day in expected])

    def test_from_one_day_to_another(self):
        first, last = (self.today - datetime.timedelta(days=d) for d in (40, 20))
        for _ in self.each_origin():
            (row,) = self.read("shop=2", "--from", str(first), "--to", str(last))["rows"]
            self.assert_figures(row["values"], self.figures(
                lambda shop, day: shop == 2 and first <= day <= last))

    def test_as_of_a_day(self):
        for _ in self.each_origin():
            for days in (0, 10, 45):
                as_of = self.today - datetime.timedelta(days=days)
                answer = self.read("shop=4", "--as-of", str(as_of))
                self.assertEqual(answer["buckets"], {"first": None, "last": str(as_of)})
                self.assert_figures(answer["rows"][0]["values"], self.figures(
                    lambda shop, day, a=as_of: shop == 4 and day <= a))

    def test_a_range_without_rows_is_one_row_of_nothing(self):
        for _ in self.each_origin():
            (row,) = self.read("shop=77", "--last", "30d")["rows"]
            self.assert_figures(row["values"], self.figures(lambda shop, day: shop == 77))
            self.assertEqual(self.read("shop=77", "--last", "30d", "--each")["rows"], [])

    def test_figures_follow_the_writers(self):
        self.keepsum("apply", "--yes", code=OK)
        self.sell(50)
        (row,) = self.read("shop=3", "--last", "30d")["rows"]
        first = self.today - datetime.timedelta(days=29)
        self.assert_figures(row["values"],
                            self.figures(lambda shop, day: shop == 3 and day >= first))

    def test_text_says_which_buckets(self):
        text = self.keepsum("read", "shop_daily", "shop=3", "--last", "7d", code=OK)
        self.assertIn("turnover", text.out)
        self.assertIn(f"to {self.today}, merged", text.err)
        self.assertIn("computed from the source", text.err)
        text = self.keepsum("read", "shop_daily", "--last", "7d", "--each", code=OK)
        self.assertIn("day", text.out.splitlines()[0])

    def test_wrong_ranges(self):
        for arguments, says in (
                (["--last", "soon"], "30d, 24h, 6mo"), (["--last", "24h"], "do not make up"),
                (["--last", "6m"], "months are mo"), (["--as-of", "2026-13-01"], "no day"),
                (["--from", "2026-02-02", "--to", "2026-02-01"], "ends before"),
                (["--last", "1d", "--as-of", "2026-01-01"], "excludes"),
                (["--last", "1d", "--top", "3", "--by", "sales"], "excludes"),
                (["day=2026-01-01", "--last", "1d"], "is the bucket"),
                (["shoop=1", "--last", "1d"], "no group key"), ([], "`shop` is missing")):
            refused = self.keepsum("read", "shop_daily", *arguments, code=USAGE)
            self.assertIn(says, refused.err)

    def test_without_buckets(self):
        self.write_spec(self.summaries(group_by={"shop": "s.shop"}, indexes=[]))
        refused = self.keepsum("read", "shop_daily", "shop=1", "--last", "30d", code=USAGE)
        self.assertIn("no key of shop_daily is a bucket", refused.err)
        self.assertIn("bucket('1 day'", refused.err)

    def test_a_zone_that_the_database_does_not_know(self):
        day = {"day": "bucket('1 day', s.sold_at, 'Keepsum/Nowhere')"}
        self.write_spec(self.summaries(group_by=day, indexes=[]))
        refused = self.keepsum("plan", code=CONFIG)
        self.assertIn("Keepsum/Nowhere", refused.err)
        self.assertIn("fixed offset", refused.err)


class Lists(ShopTest):
    def listed(self, column):
        """(shop, day) → value, of every group that has rows."""
        groups = collections.defaultdict(list)
        for shop, at, cents, _ in self.rows.values():
            groups[shop, str((at + DAYS_FROM_UTC).date())].append(cents)
        return {key: {"turnover": sum, "sales": len, "largest": max}[column](cents)
                for key, cents in groups.items()}

    def test_top_and_bottom(self):
        for origin in self.each_origin():
            for column in ("turnover", "sales", "largest"):
                values = self.listed(column)
                for ascending in (False, True):
                    answer = self.read("--top", "20", "--by", column,
                                       *(["--ascending"] if ascending else []))
                    self.assertEqual((answer["from"], answer["by"], answer["ascending"]),
                                     (origin, column, ascending))
                    found = [int(row["values"][column]) for row in answer["rows"]]
                    self.assertEqual(found, sorted(values.values(), reverse=not ascending)[:20])
                    for row in answer["rows"]:
                        key = row["key"]["shop"], row["key"]["day"]
                        self.assertEqual(int(row["values"][column]), values[key])
                        better = sum(v < values[key] if ascending else v > values[key]
                                     for v in values.values())
                        self.assertEqual(row["rank"], better + 1)

    def test_within_a_shop(self):
        for _ in self.each_origin():
            values = {day: v for (shop, day), v in self.listed("turnover").items() if shop == 3}
            answer = self.read("shop=3", "--top", "5", "--by", "turnover")
            self.assertEqual([int(row["values"]["turnover"]) for row in answer["rows"]],
                             sorted(values.values(), reverse=True)[:5])
            self.assertEqual({row["key"]["shop"] for row in answer["rows"]}, {3})

    def test_rank(self):
        for _ in self.each_origin():
            values = self.listed("sales")
            for (shop, day), value in sorted(values.items())[::17]:
                answer = self.read("--rank-of", f"shop={shop}", f"day={day}", "--by", "sales")
                self.assertEqual(answer["rank"], 1 + sum(v > value for v in values.values()))
                self.assertEqual(answer["value"], value)
                within = self.read(f"shop={shop}", "--rank-of", f"day={day}", "--by", "sales")
                self.assertEqual(within["rank"], 1 + sum(
                    v > value for (of, _), v in values.items() if of == shop))
            nobody = self.read("--rank-of", "shop=77", f"day={self.today}", "--by", "sales")
            self.assertEqual((nobody["rank"], nobody["value"]), (None, None))

    def test_nulls_come_last_and_emptied_groups_not_at_all(self):
        largest = {"largest": "max(s.cents) FILTER (WHERE s.paid = 1)", "sales": "count(*)"}
        self.write_spec(self.summaries(group_by={"shop": "s.shop"}, aggregates=largest, indexes=[]))
        self.db.run("DELETE FROM sales", "INSERT INTO sales VALUES (1, 1, '2026-01-01', 5, 1),"
                    " (2, 2, '2026-01-01', 9, 0), (3, 3, '2026-01-01', 7, 1),"
                    " (4, 4, '2026-01-01', 7, 1), (5, 5, '2026-01-01', 1, 1)")
        for origin in self.each_origin():
            if origin == "summary":
                # The trigger leaves an empty row; the source has none.
                self.db.run("INSERT INTO sales VALUES (6, 6, '2026-01-01', 100, 1)",
                            "DELETE FROM sales WHERE id = 6")
                self.assertEqual(len(self.db.rows("SELECT * FROM shop_daily")), 6)
            down = self.read("--top", "10", "--by", "largest")["rows"]
            self.assertEqual([(row["rank"], row["key"]["shop"]) for row in down],
                             [(1, 4), (1, 3), (3, 1), (4, 5), (5, 2)])
            up = self.read("--top", "10", "--by", "largest", "--ascending")["rows"]
            self.assertEqual([(row["rank"], row["key"]["shop"]) for row in up],
                             [(1, 5), (2, 1), (3, 3), (3, 4), (5, 2)])
            for shop, rank in ((4, 1), (1, 3), (2, 5)):
                answer = self.read("--rank-of", f"shop={shop}", "--by", "largest")
                self.assertEqual(answer["rank"], rank)
            self.assertEqual(len(self.read("--top", "2", "--by", "largest")["rows"]), 2)

    def test_an_index_that_is_missing_is_named(self):
        self.keepsum("apply", "--yes", code=OK)
        served = (["--top", "3", "--by", "turnover"], ["shop=3", "--top", "3", "--by", "turnover"])
        for arguments in served:
            self.assertEqual(self.keepsum("read", "shop_daily", *arguments, code=OK).err, "")
        text = self.keepsum("read", "shop_daily", "shop=3", "--top", "3", "--by", "sales", code=OK)
        self.assertIn('"indexes": [["shop", "sales"]]', text.err)

    def test_wrong_lists(self):
        for arguments, says in (
                (["--top", "3"], "--by"), (["--top", "0", "--by", "sales"], "--top"),
                (["--by", "sales"], "--top 100"),
                (["--top", "3", "--by", "sale"], "did you mean `sales`"),
                (["--rank-of", "shop=1", "--by", "sales"], "`day` is missing"),
                (["--ascending"], "--by")):
            refused = self.keepsum("read", "shop_daily", *arguments, code=USAGE)
            self.assertIn(says, refused.err)


class WritersOfManyZones(CliTest):
    databases = ("mariadb",)

    def test_one_bucket_whatever_the_session(self):
        self.db.run("CREATE TABLE events (id BIGINT PRIMARY KEY, at TIMESTAMP NOT NULL)")
        self.write_spec({"daily": {
            "from": "events e", "group_by": {"day": "bucket('1 day', e.at, '+09:00')"},
            "aggregates": {"n": "count(*)"}}})
        self.keepsum("apply", "--yes", code=OK)
        # One instant, 2026-03-01 in Tokyo and the day before in UTC, by the clocks of four writers.
        for i, (zone, clock) in enumerate((("+00:00", "2026-02-28 15:30:00"),
                                           ("+09:00", "2026-03-01 00:30:00"),
                                           ("-08:00", "2026-02-28 07:30:00"),
                                           ("+13:00", "2026-03-01 04:30:00"))):
            self.db.run(f"SET time_zone = '{zone}'", f"INSERT INTO events VALUES ({i}, '{clock}')")
        self.assertEqual(self.db.rows("SELECT day, n FROM daily"), [("2026-03-01", "4")])
        for zone in ("Asia/Tokyo", "America/New_York", "UTC"):
            answer = self.json("read", "daily", "--as-of", "2026-03-01",
                               env=self.environment(TZ=zone))
            self.assertEqual(answer["rows"], [{"key": {}, "values": {"n": 4}}])
