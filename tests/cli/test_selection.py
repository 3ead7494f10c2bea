"""reconcile over a part of the keys: named ones, lately changed ones, a sample."""

import json
import os
import subprocess

from support import (BINARY, CHANGED, CONFIG, DRIFT_LEFT, FAILED, OK, TIME_SPENT, USAGE, CardTest)


class SelectionTest(CardTest):
    def make_base_tables(self, database):
        super().make_base_tables(database)
        database.run(
            "ALTER TABLE payments ADD COLUMN changed_at "
            + {"sqlite": "TEXT", "mariadb": "DATETIME"}[self.backend],
            "CREATE INDEX payments_changed ON payments (changed_at)")

    def fill(self, payments=400, cards=40, analyze=True):
        self.db.run(
            f"INSERT INTO payments SELECT i, i * 7919 % {cards}, 0, '2026-01-01 00:00:00'"
            f" FROM {self.db.numbers(payments)}",
            f"INSERT INTO charges SELECT i, i * 31 % {payments} + 1, i * 7907 % 1000 - 200,"
            f" CASE WHEN i % 7 = 0 THEN 1 ELSE 0 END FROM {self.db.numbers(payments * 3 // 2)}")
        if analyze:
            self.db.analyze("payments", "charges")

    def oracle(self, **conditions):
        self.db.run("ALTER TABLE payments RENAME TO payments_all",
                    "CREATE VIEW payments AS SELECT id, card_id, voided FROM payments_all")
        try:
            return super().oracle(**conditions)
        finally:
            self.db.run("DROP VIEW payments", "ALTER TABLE payments_all RENAME TO payments")

    def setUp(self):
        super().setUp()
        self.write_spec(self.summaries(changed_at="p.changed_at"))
        self.apply()

    def spoil(self, *cards):
        for card in cards:
            self.db.run(f"UPDATE card_activity SET total = total + 1 WHERE card_id = {card}")

    def lose(self, card):
        self.db.run(f"DELETE FROM card_activity WHERE card_id = {card}")

    def run_of(self, *arguments, code=OK):
        (run,) = self.json("reconcile", *arguments, code=code)["summaries"]
        return run

    def keys_of(self, run):
        return sorted({row["key"]["card_id"] for row in run["drift"]})

    def tours(self):
        return self.db.rows("SELECT * FROM keepsum_tours")


class Keys(SelectionTest):
    def test_these_and_no_others(self):
        self.spoil(3, 5, 7)
        self.lose(9)
        before = self.tours()
        run = self.run_of("--keys", "card_id=9", "--keys", "card_id=3", "--keys", "card_id=4",
                          code=CHANGED)
        self.assertEqual(self.keys_of(run), [3, 9])
        self.assertEqual((run["outcome"], run["repaired"], run["unrepaired"]), ("repaired", 2, 0))
        self.assertEqual((run["keys_checked"], run["ranges"]), (3, 3))
        self.assertEqual((run["coverage"]["kind"], run["coverage"]["whole"]), ("keys", False))
        self.assertEqual(self.tours(), before)
        self.assertIs(run["tour"]["complete"], False)
        # The rest was not looked at, and is as it was.
        self.assertEqual(self.keys_of(self.run_of("--verify-only", code=DRIFT_LEFT)), [5, 7])

    def test_evidence_and_the_run_are_written_down(self):
        self.spoil(3)
        self.run_of("--keys", "card_id=3", code=CHANGED)
        ((kind, outcome),) = self.db.rows(
            "SELECT kind, outcome FROM keepsum_runs ORDER BY id DESC LIMIT 1")
        self.assertEqual((kind, outcome), ("reconcile_part", "repaired"))
        self.assertEqual(self.db.rows("SELECT column_name FROM keepsum_drift"), [("total",)])

    def test_verify_only_writes_nothing(self):
        self.spoil(3)
        with self.writes_nothing():
            run = self.run_of("--verify-only", "--keys", "card_id=3", code=DRIFT_LEFT)
        self.assertEqual(self.keys_of(run), [3])

    def test_keys_that_are_nowhere_and_rows_without_a_source(self):
        self.db.run("INSERT INTO card_activity (card_id, total) VALUES (777, 5)")
        run = self.run_of("--keys", "card_id=888", "--keys", "card_id=777", code=CHANGED)
        self.assertEqual((run["keys_checked"], self.keys_of(run)), (1, [777]))
        self.assertEqual(self.db.rows("SELECT 1 FROM card_activity WHERE card_id = 777"), [])

    def test_from_a_file_and_from_stdin(self):
        self.spoil(3, 4, 5)
        with open(os.path.join(self.folder, "keys"), "w", encoding="utf-8") as file:
            file.write('card_id=3\n\n{"card_id": 4}\r\n')
        self.assertEqual(self.keys_of(self.run_of("--keys-file", "keys", code=CHANGED)), [3, 4])
        done = subprocess.run([BINARY, "reconcile", "--json", "--keys-file", "-"], input="card_id=5",
                              cwd=self.folder, env=self.environment(), capture_output=True,
                              text=True, check=False)
        self.assertEqual(done.returncode, CHANGED, done.stderr)
        self.assertEqual(self.keys_of(json.loads(done.stdout)["summaries"][0]), [5])

    def test_what_is_no_key_is_refused_before_anything_is_done(self):
        self.spoil(3)
        with open(os.path.join(self.folder, "keys"), "w", encoding="utf-8") as file:
            file.write("card_id=3\nnonsense\n")
        with self.writes_nothing():
            refused = self.keepsum("reconcile", "--keys-file", "keys", code=USAGE)
            self.assertIn("keys, line 2", refused.err)
            for key in ("card_id=x", "card=3", "3", '{"card_id":[1]}', "{nonsense"):
                self.keepsum("reconcile", "--keys", "card_id=3", "--keys", key, code=USAGE)
            self.keepsum("reconcile", "--keys-file", "nowhere", code=FAILED)
            for both in (("--since", "1h"), ("--sample", "1%")):
                self.keepsum("reconcile", "--keys", "card_id=3", *both, code=USAGE)

    def test_the_guard(self):
        cards = sorted(self.oracle())[:20]
        self.spoil(*cards)
        arguments = [part for card in cards for part in ("--keys", f"card_id={card}")]
        run = self.run_of(*arguments, code=DRIFT_LEFT)
        self.assertEqual((run["outcome"], run["repaired"]), ("guard_stopped", 0))
        self.assertEqual(self.run_of(*arguments, "--guard", "100", code=CHANGED)["repaired"], 20)
        self.assert_true()

    def test_a_spent_budget(self):
        arguments = [part for card in range(40) for part in ("--keys", f"card_id={card}")]
        run = self.run_of(*arguments, "--time-budget", "1ms", code=TIME_SPENT)
        self.assertEqual((run["outcome"], run["stop"]), ("unfinished", "time_budget"))
        self.assertLess(run["ranges"], 40)

    def test_keys_of_several_columns(self):
        self.write_spec(self.summaries(group_by={"card_id": "p.card_id", "approved": "t.approved"},
                                       aggregates={"total": "sum(t.amount)"}))
        self.apply()
        self.db.run("UPDATE card_activity SET total = total + 1 WHERE card_id IN (3, 4)")
        run = self.run_of("--keys", "card_id=3,approved=0", "--keys", '{"approved":0,"card_id":4}',
                          code=CHANGED)
        self.assertEqual([row["key"] for row in run["drift"]],
                         [{"card_id": 3, "approved": 0}, {"card_id": 4, "approved": 0}])

    def test_people_are_told_that_it_is_not_the_whole(self):
        out = self.keepsum("reconcile", "--keys", "card_id=3", code=OK).out
        self.assertIn("looked at: 1 of 1 named keys; the rest was not", out)

    def test_it_is_no_success_of_the_whole(self):
        self.keepsum("reconcile", "--keys", "card_id=3", "--metrics-file", "k.prom", code=OK)
        with open(os.path.join(self.folder, "k.prom"), encoding="utf-8") as file:
            self.assertNotIn("last_success", file.read())


class Since(SelectionTest):
    def test_keys_of_rows_that_were_changed(self):
        self.spoil(3, 5)
        self.db.run("UPDATE payments SET changed_at = '2026-03-01 04:00:00' WHERE card_id = 3 AND id <= 300")
        before = self.tours()
        run = self.run_of("--since", "2026-03-01 04:00", code=CHANGED)
        self.assertEqual((self.keys_of(run), run["keys_checked"]), ([3], 1))
        self.assertIn("2026-03-01 04:00:00 UTC", run["coverage"]["text"])
        self.assertEqual(self.tours(), before)
        self.assertEqual(self.run_of("--since", "2026-03-01T04:00:01")["keys_checked"], 0)
        whole = self.run_of("--since", "2026-01-01", "--verify-only", code=DRIFT_LEFT)
        self.assertEqual((self.keys_of(whole), whole["keys_checked"]), ([5], len(self.oracle())))

    def test_a_row_that_left_the_summary(self):
        self.db.run("UPDATE payments SET voided = 1, changed_at = '2026-03-01 04:00:00' WHERE id ="
                    " (SELECT id FROM (SELECT MIN(id) AS id FROM payments WHERE card_id = 3) AS first)")
        self.spoil(3)
        run = self.run_of("--since", "2026-03-01 04:00", code=CHANGED)
        self.assertEqual((self.keys_of(run), run["keys_checked"]), ([3], 1))

    def test_a_time_ago_by_the_servers_clock(self):
        self.spoil(3)
        now = {"sqlite": "datetime('now', '-30 minutes')",
               "mariadb": "UTC_TIMESTAMP() - INTERVAL 30 MINUTE"}[self.backend]
        self.db.run(f"UPDATE payments SET changed_at = {now} WHERE card_id = 3")
        self.assertEqual(self.run_of("--since", "20m")["keys_checked"], 0)
        self.assertEqual(self.keys_of(self.run_of("--since", "1h", code=CHANGED)), [3])

    def test_a_time_that_is_none(self):
        for text in ("yesterday", "2026-02-31", "2026-03-01 25:00", "2026-03-01 04:00:00x", "0s"):
            self.keepsum("reconcile", "--since", text, code=USAGE)

    def test_without_the_declaration_and_without_the_index_it_is_refused(self):
        self.db.run({"sqlite": "DROP INDEX payments_changed",
                     "mariadb": "DROP INDEX payments_changed ON payments"}[self.backend])
        plan = self.keepsum("plan", code=OK)
        self.assertIn("changed-at-no-index", plan.err)
        refused = self.keepsum("reconcile", "--since", "1h", code=USAGE)
        quote = {"sqlite": '"', "mariadb": "`"}[self.backend]
        self.assertIn("CREATE INDEX ?payments_changed_at? ON ?payments? (?changed_at?)".replace(
            "?", quote), refused.err)
        self.write_spec(self.summaries())
        refused = self.keepsum("reconcile", "--since", "1h", code=USAGE)
        self.assertIn('"changed_at"', refused.err)

    def test_the_declaration_changes_nothing_that_is_applied(self):
        self.write_spec(self.summaries())
        self.keepsum("plan", code=OK)

    def test_columns_that_do_not_do(self):
        for column, code in (("p.nothing", "unknown-column"), ("p.card_id + 1", "changed-at-no-column")):
            self.write_spec(self.summaries(changed_at=column))
            self.assertIn(code, self.keepsum("plan", code=CONFIG).err)


class Sample(SelectionTest):
    def test_all_of_it_finds_what_the_whole_finds(self):
        cards = sorted(self.oracle())
        self.spoil(cards[2])
        for card in (cards[0], cards[5], cards[6], cards[-1]):
            self.lose(card)
        before = self.tours()
        run = self.run_of("--sample", "100%", code=CHANGED)
        self.assertEqual(self.keys_of(run),
                         sorted([cards[0], cards[2], cards[5], cards[6], cards[-1]]))
        self.assertEqual(run["keys_checked"], len(cards))
        self.assertEqual(self.tours(), before)
        self.assert_true()

    def test_a_part_is_a_part(self):
        keys = [self.run_of("--sample", "50%")["keys_checked"] for _ in range(10)]
        # 400 tosses: six standard deviations.
        self.assertTrue(140 < sum(keys) < 260, keys)
        self.assertGreater(len(set(keys)), 1)

    def test_an_empty_summary_is_one_range(self):
        self.db.run("DELETE FROM card_activity")
        run = self.run_of("--sample", "100%", "--verify-only", code=DRIFT_LEFT)
        self.assertEqual((run["ranges"], run["drifted"]), (1, len(self.oracle())))

    def test_shares(self):
        for text in ("1", "0%", "101%", "-1%", "nan%", "1e1%", "%", "half"):
            self.keepsum("reconcile", "--sample=" + text, code=USAGE)

    def test_without_an_index_on_the_key(self):
        self.write_spec({"by_sign": {"from": "charges t", "group_by": {"approved": "t.approved"},
                                     "aggregates": {"total": "sum(t.amount)"}}})
        self.apply()
        refused = self.keepsum("reconcile", "--sample", "1%", code=USAGE)
        self.assertIn("no index serves the key", refused.err)
        self.assertEqual(self.run_of("--keys", "approved=1")["keys_checked"], 1)


class SeveralSummaries(SelectionTest):
    def test_keys_need_a_name(self):
        self.write_spec({**self.summaries(), "other": self.summaries()["card_activity"]})
        self.apply()
        refused = self.keepsum("reconcile", "--keys", "card_id=1", code=USAGE)
        self.assertIn("keys are of one summary", refused.err)
        self.run_of("other", "--keys", "card_id=1")
