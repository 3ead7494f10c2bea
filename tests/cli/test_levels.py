"""Summaries of summaries and counts of distinct values, by the binary: examples/daily_monthly."""

import os
import shutil

from support import CHANGED, CONFIG, DRIFT_LEFT, FAILED, OK, USAGE, CliTest, poll, sigkill

EXAMPLE = os.path.join(os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__)))),
                       "examples", "daily_monthly")
SIDE = "ks_shop_daily$customers"


class LevelsTest(CliTest):
    SALES = 3000

    def setUp(self):
        super().setUp()
        shutil.copy(os.path.join(EXAMPLE, "keepsum.json"), self.folder)
        with open(os.path.join(EXAMPLE, f"schema_{self.backend}.sql"), encoding="utf-8") as f:
            self.db.script(f.read())
        self.db.run(
            f"INSERT INTO sales SELECT i, i % 7, 20260101 + i % 5 + 100 * (i % 3), i % 11,"
            f" i * 7919 % 1000 - 300 FROM {self.db.numbers(self.SALES)}")
        self.db.analyze("sales")

    def daily(self):
        return self.db.rows(
            "SELECT shop_id, day, SUM(cents), COUNT(*), MAX(cents), COUNT(DISTINCT customer_id)"
            " FROM sales GROUP BY shop_id, day ORDER BY 1, 2")

    def monthly(self):
        month = {"sqlite": "day / 100", "mariadb": "day DIV 100"}[self.backend]
        return self.db.rows(
            f"SELECT shop_id, {month}, SUM(total), SUM(sales), COUNT(*), MAX(total), MAX(customers)"
            " FROM (SELECT shop_id, day, SUM(cents) AS total, COUNT(*) AS sales,"
            " COUNT(DISTINCT customer_id) AS customers FROM sales GROUP BY shop_id, day) AS d"
            f" GROUP BY shop_id, {month} ORDER BY 1, 2")

    def check(self):
        self.assertEqual(
            self.db.rows("SELECT shop_id, day, total, sales, largest, customers FROM shop_daily"
                         " WHERE sales > 0 ORDER BY 1, 2"), self.daily())
        self.assertEqual(
            self.db.rows("SELECT shop_id, month, total, sales, days, best_day, busiest_day"
                         " FROM shop_monthly WHERE days > 0 ORDER BY 1, 2"), self.monthly())


class Levels(LevelsTest):
    def test_the_example(self):
        planned = self.json("plan", code=CHANGED)
        self.assertEqual([s["name"] for s in planned["summaries"]],
                         [SIDE, "shop_daily", "shop_monthly"])
        self.assertIn(SIDE, self.keepsum("plan", code=CHANGED).out)
        read = self.json("read", "shop_monthly", "shop_id=3", "month=202602")
        self.assertEqual(read["from"], "source")
        expected = {(row[0], row[1]): row[2:] for row in self.monthly()}
        self.assertEqual(str(read["values"]["total"]), expected["3", "202602"][0])
        self.assertEqual(str(read["values"]["days"]), expected["3", "202602"][2])
        self.keepsum("apply", "--yes", code=OK)
        self.check()
        again = self.json("read", "shop_monthly", "shop_id=3", "month=202602")
        self.assertEqual((again["from"], again["values"]), ("summary", read["values"]))
        self.db.run("DELETE FROM sales WHERE shop_id = 3 AND day < 20260200",
                    "UPDATE sales SET day = day + 100, customer_id = 1 WHERE id % 10 = 0",
                    "INSERT INTO sales VALUES (90001, 3, 20260101, 5, 70)")
        self.check()
        self.assertEqual(self.json("plan")["changes"], False)
        self.keepsum("reconcile", code=OK)
        self.check()

    def test_drift_is_named_where_it_is(self):
        self.keepsum("apply", "--yes", code=OK)
        self.db.run("UPDATE shop_daily SET customers = 99 WHERE shop_id = 2 AND day = 20260101")
        run = self.json("reconcile", code=CHANGED)
        drifted = {s["name"]: s["drifted"] for s in run["summaries"]}
        self.assertEqual(drifted, {SIDE: 0, "shop_daily": 1, "shop_monthly": 0})
        self.check()
        self.db.run("UPDATE shop_monthly SET best_day = best_day + 1 WHERE shop_id = 2")
        self.assertEqual(self.json("reconcile", "shop_daily")["summaries"][1]["drifted"], 0)
        run = self.json("reconcile", "shop_monthly", code=CHANGED)
        self.assertEqual([s["name"] for s in run["summaries"]], ["shop_monthly"])
        self.check()

    def test_keys_of_a_run_reach_the_side_table(self):
        self.keepsum("apply", "--yes", code=OK)
        run = self.json("reconcile", "shop_daily", "--keys", "shop_id=2,day=20260101")
        self.assertEqual([s["name"] for s in run["summaries"]], [SIDE, "shop_daily"])
        self.assertGreater(run["summaries"][0]["keys_checked"], 1)
        self.assertEqual(run["summaries"][1]["keys_checked"], 1)

    def test_dropped_from_the_top(self):
        self.keepsum("apply", "--yes", code=OK)
        refused = self.keepsum("drop", "shop_daily", "--yes", code=USAGE)
        self.assertIn("`shop_monthly` is made from `shop_daily`", refused.err)
        self.assertIn("keepsum drop shop_monthly", refused.err)
        refused = self.keepsum("drop", SIDE, "--yes", code=USAGE)
        self.assertIn("side table of `shop_daily`", refused.err)
        self.check()
        with self.subTest("nothing is left"):
            for name in ("shop_monthly", "shop_daily"):
                self.keepsum("drop", name, "--yes", code=OK)
            self.assertEqual(self.db.triggers(), [])
            self.keepsum("apply", "--yes", code=OK)
            self.check()

    def test_status_shows_side_tables(self):
        self.keepsum("apply", "--yes", code=OK)
        shown = {s["name"]: s for s in self.json("status")["summaries"]}
        self.assertEqual({name: s["state"] for name, s in shown.items()},
                         {SIDE: "live", "shop_daily": "live", "shop_monthly": "live"})
        self.assertTrue(all(s["in_spec"] for s in shown.values()))
        self.db.drop_trigger("ks_shop_daily$customers$upd")
        faults = {s["name"]: s["trigger_faults"] for s in self.json("status")["summaries"]}
        self.assertEqual(faults["shop_daily"],
                         [f"trigger ks_shop_daily$customers$upd on {SIDE} is missing"])
        self.db.run("DELETE FROM sales WHERE customer_id = 4")
        self.keepsum("apply", "--yes", code=OK)
        self.check()


class KilledLevels(LevelsTest):
    SALES = 60_000

    def test_apply_goes_on_at_whatever_level_it_was(self):
        for round in range(6):
            run = self.start("apply", "--yes", "--order", "key-ranges", "--chunk-time", "2ms")
            if round == 0:
                poll(self.began, "apply has begun")
            try:
                run.wait(0.15 * round)
                break
            except Exception:  # it is still at work
                sigkill(run)
            self.db.run(f"UPDATE sales SET cents = cents + 1, customer_id = {round}"
                        f" WHERE id % 50 = {round}")
            # Whatever is believed is true.
            for name, rows in (("shop_daily", self.daily()), ("shop_monthly", self.monthly())):
                state = self.db.rows(f"SELECT state FROM keepsum_summaries WHERE name = '{name}'")
                if state != [("live",)]:
                    continue
                keys = {"shop_daily": "shop_id, day", "shop_monthly": "shop_id, month"}[name]
                self.assertEqual(
                    self.db.rows(f"SELECT {keys}, total FROM {name} WHERE sales > 0 ORDER BY 1, 2"),
                    [row[:3] for row in rows])
        self.keepsum("apply", "--yes", code=OK)
        self.check()
        self.keepsum("reconcile", "--verify-only", code=OK)

    def began(self):
        return self.db.rows({
            "sqlite": "SELECT 1 FROM sqlite_schema WHERE name = 'keepsum_summaries'",
            "mariadb": "SHOW TABLES LIKE 'keepsum_summaries'"}[self.backend])
