"""snapshot: the past recorded day by day, once, whole days at a time."""

import datetime
import json

from support import OK, TIME_SPENT, USAGE
from test_buckets import ShopTest


class Snapshots(ShopTest):
    COLUMNS = "turnover, sales, mean, largest, smallest, paid, refunded"

    def setUp(self):
        super().setUp()
        self.keepsum("apply", "--yes", code=OK)
        self.first = self.today - datetime.timedelta(days=50)

    def snapshot(self, *arguments, **options):
        return self.json("snapshot", "shop_daily", "--from", str(self.first), *arguments, **options)

    def recorded(self, table="shop_daily_history"):
        return self.db.rows(f"SELECT as_of, shop, {self.COLUMNS} FROM {table} ORDER BY as_of, shop")

    def assert_day(self, day, table="shop_daily_history"):
        rows = [row for row in self.recorded(table) if row[0] == str(day)]
        shops = sorted({shop for shop, at, *_ in self.rows.values()
                        if (at + datetime.timedelta(hours=9)).date() <= day})
        self.assertEqual([int(row[1]) for row in rows], shops)
        for row in rows:
            expected = self.figures(lambda shop, of, k=int(row[1]): shop == k and of <= day)
            for name, text in zip(self.COLUMNS.split(", "), row[2:]):
                value = expected[name]
                self.assertAlmostEqual(float(text), float(value), places=3, msg=f"{day} {row}")

    def test_every_day_is_as_it_was_at_its_end(self):
        answer = self.snapshot()
        self.assertEqual((answer["days"], answer["recorded"], answer["there_before"]), (50, 50, 0))
        self.assertEqual(answer["left_out"], [])
        for days in (50, 31, 2, 1):
            self.assert_day(self.today - datetime.timedelta(days=days))
        self.assertFalse([row for row in self.recorded() if row[0] == str(self.today)])

    def test_what_is_recorded_stays(self):
        self.snapshot("--to", str(self.first + datetime.timedelta(days=9)))
        before = self.recorded()
        self.db.run("UPDATE sales SET cents = cents - 100000")
        answer = self.snapshot("--to", str(self.first + datetime.timedelta(days=19)))
        self.assertEqual((answer["days"], answer["recorded"], answer["there_before"]), (20, 10, 10))
        self.assertEqual(self.recorded()[:len(before)], before)
        answer = self.snapshot("--to", str(self.first + datetime.timedelta(days=19)), "--again",
                               "--workers", "3")
        self.assertEqual((answer["recorded"], answer["there_before"]), (20, 0))
        self.rows = {i: (row[0], row[1], row[2] - 100000, row[3]) for i, row in self.rows.items()}
        self.assert_day(self.first)
        self.assert_day(self.first + datetime.timedelta(days=19))

    def test_a_budget_ends_it_between_days(self):
        answer = self.snapshot("--time-budget", "1ms", code=TIME_SPENT)
        self.assertLess(answer["recorded"], 50)
        answer = self.snapshot()
        self.assertEqual(answer["recorded"] + answer["there_before"], 50)
        self.assert_day(self.today - datetime.timedelta(days=1))

    def test_runs_side_by_side(self):
        runs = [self.start("snapshot", "shop_daily", "--from", str(self.first), "--json")
                for _ in range(3)]
        ended = [self.finish(run) for run in runs]
        self.assertEqual([run.code for run in ended], [OK] * 3, ended)
        answers = [json.loads(run.out) for run in ended]
        self.assertEqual(sum(answer["recorded"] for answer in answers), 50)
        for days in (50, 20, 1):
            self.assert_day(self.today - datetime.timedelta(days=days))

    def test_less_often_and_into_another_table(self):
        answer = self.snapshot("--every", "2w", "--into", "fortnights")
        self.assertEqual(answer["table"], "fortnights")
        self.assertEqual([row[0] for row in self.recorded("fortnights") if row[1] == "3"],
                         [str(self.first + datetime.timedelta(days=d)) for d in (0, 14, 28, 42)])
        self.assert_day(self.first + datetime.timedelta(days=28), "fortnights")

    def test_what_is_refused(self):
        for arguments, words in (
                (["--to", str(self.today)], "is not over yet"),
                (["--to", "2020-01-01"], "ends before it begins"),
                (["--every", "5h"], "no number of days"),
                (["--into", "ks_days"], "keepsum's own"),
                (["--into", "sales"], "with other columns")):
            error = self.snapshot(*arguments, code=USAGE)["error"]["message"]
            self.assertIn(words, error)
        error = self.json("snapshot", "shop_daily", "--from", "today", code=USAGE)
        self.assertIn("is no day", error["error"]["message"])
        self.db.run("UPDATE keepsum_summaries SET state = 'building'")
        self.assertIn("does not answer", self.snapshot(code=USAGE)["error"]["message"])
