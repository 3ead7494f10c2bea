"""Sealed history from outside: what plan, reconcile and status say of it, and that runs which are
killed over it lose nothing."""

import random
import time

from support import CHANGED, DRIFT_LEFT, OK, CardTest, sigkill


class SealedTest(CardTest):
    def setUp(self):
        super().setUp()
        self.write_spec(self.summaries(sealed={"by": "p.id", "after": "0"}))
        self.apply()

    def run_of(self, *arguments, code=OK):
        (run,) = self.json("reconcile", *arguments, code=code)["summaries"]
        return run

    def status(self):
        (summary,) = self.json("status")["summaries"]
        return summary["seal"]

    def add(self, first, rows, card=3):
        self.db.run(
            f"INSERT INTO payments SELECT {first} + i, {card}, 0 FROM {self.db.numbers(rows)}",
            f"INSERT INTO charges SELECT {first} + i, {first} + i, 7, 1 FROM {self.db.numbers(rows)}")

    def totals(self):
        quote = "`" if self.backend == "mariadb" else '"'
        return f"{quote}ks_card_activity$sealed{quote}"


class Saying(SealedTest):
    def test_a_run_says_what_it_did_not_read(self):
        first = self.run_of()
        self.assertEqual((first["seal"]["used"], first["seal"]["why_not"]),
                         (False, "nothing is sealed yet"))
        self.assertEqual((first["seal"]["up_to"], first["coverage"]["kind"]), ("400", "all"))
        self.add(5000, 3)
        said = self.keepsum("reconcile", code=OK).out
        self.assertIn("keys equal their sealed totals and the rows since", said)
        self.assertIn("3 rows of p.id above the seal were read, and 0 keys whole", said)
        self.assertIn("history audited", said)
        self.assertIn("sealed up to p.id 5003", said)
        run = self.run_of("--verify-only")
        self.assertEqual((run["seal"]["used"], run["coverage"]["kind"], run["coverage"]["whole"]),
                         (True, "sealed", False))
        deep = self.run_of("--deep")
        self.assertEqual((deep["seal"]["used"], deep["seal"]["why_not"]), (False, "asked for"))
        self.assertEqual((deep["seal"]["contradicted"], deep["coverage"]["whole"]), (0, True))

    def test_status(self):
        self.assertEqual((self.status()["by"], self.status()["up_to"]), ("p.id", None))
        self.assertIn("nothing yet by p.id", self.keepsum("status", code=OK).out)
        self.run_of()
        seal = self.status()
        self.assertEqual((seal["up_to"], seal["moving_to"], seal["audit_seconds"]),
                         ("400", None, 604800))
        self.assertRegex(self.keepsum("status", code=OK).out,
                         r"sealed +\d+ rows up to p.id 400, .* once in 168 h")

    def test_plan_shows_the_table_and_the_price(self):
        self.assertEqual(self.keepsum("plan", code=OK).out.count("no changes"), 1)
        self.write_spec(self.summaries(sealed={"by": "t.id"}))
        plan = self.keepsum("plan", code=CHANGED).out
        for words in ("ks_card_activity$sealed", "ks$touched", "opens the seal of its keys",
                      "found by the audit, once in 168 h", "the least t.id it touched"):
            self.assertIn(words, plan)

    def test_verify_only_writes_nothing(self):
        self.run_of()
        self.add(5000, 3)
        self.db.run("UPDATE charges SET amount = 1 WHERE id = 7",
                    f"UPDATE {self.totals()} SET total = total + 1 WHERE card_id = 5",
                    "UPDATE card_activity SET total = total + 1 WHERE card_id = 9")
        with self.writes_nothing():
            run = self.run_of("--verify-only", code=DRIFT_LEFT)
        self.assertEqual((run["drifted"], run["seal"]["contradicted"]), (1, 1))
        self.assertEqual([row["key"] for row in run["drift"]], [{"card_id": 9}])
        self.assertEqual([cause["code"] for cause in run["causes"]
                          if cause["code"] == "total_altered"], ["total_altered"])
        self.assertEqual(self.run_of(code=CHANGED)["repaired"], 1)
        self.assert_true()

    def test_causes_are_written_down(self):
        self.run_of()
        self.db.run(f"UPDATE {self.totals()} SET total = total + 1 WHERE card_id = 5")
        self.run_of()
        self.assertIn(("total_altered",), self.db.rows("SELECT code FROM keepsum_causes"))

    def test_taking_it_out_leaves_nothing_of_it(self):
        self.run_of()
        self.write_spec(self.summaries())
        self.keepsum("apply", "--yes", code=OK)
        self.assertNotIn("$sealed", self.db.dump())
        self.assertNotIn("ks$touched", self.db.dump())
        self.assertEqual(self.db.rows("SELECT * FROM keepsum_seals"), [])
        self.assertIsNone(self.run_of()["seal"])
        self.assert_true()

    def test_what_was_not_audited_for_long_is_due(self):
        self.run_of()
        long_ago = self.db.now_plus(-86400 * 30)
        self.db.run(f"UPDATE keepsum_tours SET last_ended_at = {long_ago}")
        run = self.run_of()
        self.assertGreater(run["seal"]["audited"], 0)
        self.assertEqual(run["outcome"], "consistent")


class Killed(SealedTest):
    """A run that is killed anywhere, again and again, while rows come, some of them late."""

    def test_nothing_is_lost_or_done_twice(self):
        random.seed(7)
        first, late = 10_000, -1
        for _ in range(12):
            self.add(first, 40, card=random.randrange(40))
            process = self.start("reconcile")
            time.sleep(random.random() * 0.12)
            sigkill(process)
            # Below what the killed run may have been sealing.
            self.db.run(f"INSERT INTO payments VALUES ({late}, {random.randrange(40)}, 0)",
                        f"INSERT INTO charges VALUES ({-late + 900_000}, {late}, 11, 1)",
                        f"UPDATE charges SET amount = amount + 1 WHERE id = {first + 5}")
            first, late = first + 1000, late - 1
        run = self.run_of()
        self.assertEqual((run["drifted"], run["seal"]["contradicted"]), (0, 0))
        deep = self.run_of("--deep")
        self.assertEqual((deep["drifted"], deep["seal"]["contradicted"]), (0, 0))
        self.assert_true()
