"""examples/python_service/payments.py: what it asserts, and keepsum's own verification."""

import re

from example import ExampleTest


class Payments(ExampleTest):
    def test_each_kind_of_change(self):
        out = self.assert_ends_well(self.start_payments("--threads", "0"))
        self.verify()
        self.assertEqual(
            self.db.rows("SELECT card_id, total_spent, transactions, largest FROM card_activity"
                         " WHERE transactions <> 0 ORDER BY card_id"),
            [("2", "740", "2", "700"), ("3", "3000", "2", "5000")])
        self.assertEqual(out.count("equal to the query by hand"), 6)

    def test_two_programs_of_many_threads(self):
        """Each thread changes what it has paid, and all of them the same five cards."""
        self.assert_ends_well(self.start_payments("--threads", "0"))
        # Only the last one may compare: the queries by hand are two, and others write meanwhile.
        programs = [self.start_payments("--threads", "6", "--rounds", "60", "--random-only")
                    for _ in range(2)]
        for program in programs:
            self.assert_ends_well(program)
        self.verify()
        [(count,)] = self.db.rows("SELECT COUNT(*) FROM balance_transactions")
        self.assertGreater(int(count), 100)


class Isolation(ExampleTest):
    databases = ("mariadb",)

    def setUp(self):
        super().setUp()
        self.addCleanup(self.set_isolation, "REPEATABLE READ")

    def set_isolation(self, level):
        self.db.run(f"SET GLOBAL TRANSACTION ISOLATION LEVEL {level}")

    def test_no_drift_at_any_level(self):
        again = 0
        for level in ("READ COMMITTED", "REPEATABLE READ", "SERIALIZABLE"):
            with self.subTest(level):
                self.set_isolation(level)
                out = self.assert_ends_well(
                    self.start_payments("--threads", "8", "--rounds", "60"))
                again += int(re.search(r"(\d+) transactions run again", out)[1])
                self.verify()
        # Otherwise the programs never met, and nothing was shown.
        self.assertGreater(again, 0)
