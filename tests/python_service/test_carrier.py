"""examples/python_service/statement_pack.py: what it refuses."""

import json
import os

import payments
import statement_pack
from example import ExampleTest
from support import OK


class Carrier(ExampleTest):
    def service(self):
        service = payments.Payments(self.db.url, statement_pack.load(self.pack))
        self.addCleanup(service.close)
        return service

    def test_outside_a_transaction(self):
        service = self.service()
        service.connection.commit()  # of what the check has read
        with self.assertRaisesRegex(RuntimeError, "outside a transaction"):
            service.hooks.inserted("payments", {"id": 1})

    def test_row_that_is_not_there(self):
        service = self.service()
        service.database.begin()
        ran = []
        if self.backend == "mariadb":
            with self.assertRaises(statement_pack.RowNotFound):
                with service.hooks.updating("payments", {"id": 1}):
                    ran.append("the row's statement")
            self.assertEqual(ran, [])
        else:  # one writer at a time: nobody can insert it meanwhile
            with service.hooks.updating("payments", {"id": 1}):
                ran.append("the row's statement")
            self.assertEqual(len(ran), 1)
        service.connection.rollback()

    def test_update_of_other_columns_sends_nothing(self):
        service = self.service()
        hook, = service.hooks.hooks["payments", "before_update"]
        self.assertTrue(hook.matters(["card_id"]))
        self.assertFalse(hook.matters(["merchant"]))
        self.assertTrue(hook.matters(None))

    def test_primary_key_changes(self):
        service = self.service()

        def work():
            payment = service.pay(1, 500)
            [(transaction,)] = service.run("SELECT id FROM balance_transactions"
                                           " WHERE payment_id = ?", payment).fetchall()
            with service.hooks.updating("balance_transactions", {"id": transaction},
                                        new_key={"id": 900}):
                service.run("UPDATE balance_transactions SET id = 900, amount = 510"
                            " WHERE id = ?", transaction)

        service.transaction(work)
        self.verify()
        self.assertEqual(self.db.rows("SELECT total_spent FROM card_activity"), [("510",)])

    def test_insert_of_several_rows(self):
        """Their hooks may follow one after another: no joined row has two of them."""
        service = self.service()

        def work():
            payment = service.pay(1, 500)
            service.run("INSERT INTO balance_transactions (id, payment_id, amount)"
                        " VALUES (901, ?, 7), (902, ?, -9)", payment, payment)
            for transaction in (901, 902):
                service.hooks.inserted("balance_transactions", {"id": transaction})

        service.transaction(work)
        self.verify()
        self.assertEqual(self.db.rows("SELECT total_spent FROM card_activity"), [("498",)])

    def test_pack_of_another_spec(self):
        path = os.path.join(self.folder, "keepsum.json")
        with open(path, encoding="utf-8") as file:
            text = file.read()
        self.service().connection.commit()
        with open(path, "w", encoding="utf-8") as file:
            file.write(text.replace("sum(t.amount)", "sum(t.amount * 2)"))
        # Hooks go on counting by the spec they were loaded with: in place it is refused.
        self.keepsum("drop", "card_activity", "--yes", code=OK)
        self.keepsum("apply", "--yes", code=OK)
        with self.assertRaisesRegex(statement_pack.NotApplied, "card_activity"):
            self.service()

    def test_pack_of_another_version(self):
        with open(self.pack, encoding="utf-8") as file:
            pack = json.load(file)
        pack["version"] = 2
        with open(self.pack, "w", encoding="utf-8") as file:
            json.dump(pack, file)
        with self.assertRaisesRegex(ValueError, "version 2"):
            statement_pack.load(self.pack)
