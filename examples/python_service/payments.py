#!/usr/bin/env python3
"""A payment service in Python that keeps card_activity true by keepsum's statement pack.

    payments.py URL PACK [--threads N] [--rounds N] [--random-only]

URL is sqlite:FILE or mysql://user@host:port/database (the password, if any, in KEEPSUM_PASSWORD).
First each kind of change once, then N threads at once that all use the same few cards. After
each, the summary must equal what a query by hand gives; exits 1 if it does not. With --random-only
just the threads, and no query: so that several of these programs may run at once.
"""

import argparse
import os
import random
import sqlite3
import sys
import threading
import time
import urllib.parse

import statement_pack

CARDS = range(1, 6)
BY_HAND = """
    SELECT p.card_id, SUM(t.amount), COUNT(*), MAX(t.amount),
           MAX(CASE WHEN t.amount < 0 THEN 1 ELSE 0 END)
    FROM payments p JOIN balance_transactions t ON t.payment_id = p.id
    WHERE p.voided = 0 GROUP BY p.card_id ORDER BY p.card_id"""
# Emptied groups keep a row until `keepsum reconcile` prunes it.
BY_SUMMARY = """
    SELECT card_id, total_spent, transactions, largest, has_refund
    FROM card_activity WHERE transactions <> 0 ORDER BY card_id"""


class Sqlite:
    mark = "?"
    integrity_error = sqlite3.IntegrityError

    def __init__(self, url):
        self.connection = sqlite3.connect(url.removeprefix("sqlite:"), isolation_level=None,
                                          timeout=20)
        self.connection.execute("PRAGMA foreign_keys = ON")

    def begin(self):
        self.connection.execute("BEGIN IMMEDIATE")

    @staticmethod
    def is_conflict(error):
        return (isinstance(error, sqlite3.OperationalError)
                and error.sqlite_errorcode & 0xFF == sqlite3.SQLITE_BUSY)


class Mariadb:
    mark = "%s"
    conflicts = (1213, 1205, 1020)  # deadlock, lock wait timeout, stale snapshot

    def __init__(self, url):
        import pymysql  # only who uses MariaDB needs it
        parts = urllib.parse.urlsplit(url)
        self.error = pymysql.err.OperationalError
        self.integrity_error = pymysql.err.IntegrityError
        self.connection = pymysql.connect(
            host=parts.hostname, port=parts.port or 3306, user=parts.username,
            password=os.environ.get("KEEPSUM_PASSWORD", ""), database=parts.path.lstrip("/"),
            charset="utf8mb4")

    def begin(self):
        self.connection.begin()

    def is_conflict(self, error):
        return isinstance(error, self.error) and error.args[0] in self.conflicts


class Payments:
    """The service: each method is part of the transaction that transaction() runs."""

    def __init__(self, url, pack):
        self.database = Sqlite(url) if url.startswith("sqlite:") else Mariadb(url)
        self.connection = self.database.connection
        self.hooks = statement_pack.Hooks(pack, self.connection)
        self.hooks.check()
        self.retries = 0

    def close(self):
        self.connection.close()

    def run(self, sql, *parameters):
        cursor = self.connection.cursor()
        cursor.execute(sql.replace("?", self.database.mark), parameters)
        return cursor

    def transaction(self, work):
        """Commits work(); after a deadlock or the like all of it runs again."""
        for attempt in range(100):
            try:
                self.database.begin()
                result = work()
                self.connection.commit()
                return result
            except Exception as error:
                self.connection.rollback()
                if not self.database.is_conflict(error):
                    raise
                self.retries += 1
                time.sleep(random.uniform(0, 0.002 * min(attempt + 1, 20)))
        raise RuntimeError("100 attempts ended in conflicts")

    def pay(self, card, amount):
        payment = self.run("INSERT INTO payments (card_id) VALUES (?)", card).lastrowid
        self.hooks.inserted("payments", {"id": payment})
        self.book(payment, amount)
        return payment

    def book(self, payment, amount):
        transaction = self.run(
            "INSERT INTO balance_transactions (payment_id, amount) VALUES (?, ?)",
            payment, amount).lastrowid
        self.hooks.inserted("balance_transactions", {"id": transaction})

    def move(self, payment, card):
        with self.hooks.updating("payments", {"id": payment}, changed=["card_id"]):
            self.run("UPDATE payments SET card_id = ? WHERE id = ?", card, payment)

    def remove(self, payment):
        """One row at a time, children first."""
        rows = self.run("SELECT id FROM balance_transactions WHERE payment_id = ? ORDER BY id",
                        payment).fetchall()
        for (transaction,) in rows:
            with self.hooks.deleting("balance_transactions", {"id": transaction}):
                self.run("DELETE FROM balance_transactions WHERE id = ?", transaction)
        with self.hooks.deleting("payments", {"id": payment}):
            self.run("DELETE FROM payments WHERE id = ?", payment)

    def pay_and_think_better_of_it(self, card):
        """The statements of the pack are part of the savepoint like any others."""
        self.run("SAVEPOINT before_payment")
        self.pay(card, 999)
        self.run("ROLLBACK TO SAVEPOINT before_payment")

    def assert_true(self, when):
        by_hand, by_summary = (
            [tuple(map(int, row)) for row in self.run(query).fetchall()]
            for query in (BY_HAND, BY_SUMMARY))
        self.connection.commit()
        if by_hand != by_summary:
            sys.exit(f"{when}: the summary is {by_summary}, by hand it is {by_hand}")
        print(f"{when}: {len(by_hand)} cards, {sum(row[1] for row in by_hand)} cents in "
              f"{sum(row[2] for row in by_hand)} transactions; equal to the query by hand")


def each_kind_once(service):
    first = service.transaction(lambda: service.pay(1, 5000))
    second = service.transaction(lambda: service.pay(1, 700))
    third = service.transaction(lambda: service.pay(2, 1300))
    service.assert_true("payments")
    service.transaction(lambda: service.book(first, -2000))
    service.assert_true("a refund")
    service.transaction(lambda: service.move(first, 3))
    service.assert_true("a payment moved to another card")
    service.transaction(lambda: service.remove(third))
    service.assert_true("a payment removed")

    def partly():
        service.pay(2, 40)
        service.pay_and_think_better_of_it(2)
        service.move(second, 2)

    service.transaction(partly)
    service.assert_true("a savepoint rolled back")


class Client:
    """Changes at random what any of the clients has paid."""

    def __init__(self, service, paid):
        self.service = service
        self.paid = paid  # shared: payments that were there at some time

    def change(self):
        kind = random.choice(("pay", "pay", "refund", "move", "move", "remove", "savepoint"))
        if kind == "pay" or not self.paid:
            self.paid.append(self.service.transaction(self.pay))
            return
        try:
            self.service.transaction(getattr(self, kind))
        except (statement_pack.RowNotFound, self.service.database.integrity_error):
            pass  # another client has removed the payment, or booked on one that was to be removed

    def pay(self):
        return self.service.pay(random.choice(CARDS), random.randint(1, 10_000))

    def refund(self):
        self.service.book(random.choice(self.paid), -random.randint(1, 500))

    def move(self):
        self.service.move(random.choice(self.paid[-10:]), random.choice(CARDS))

    def remove(self):
        self.service.remove(random.choice(self.paid[-10:]))

    def savepoint(self):
        self.service.pay_and_think_better_of_it(random.choice(CARDS))
        self.refund()


def run_client(url, pack, rounds, paid, retries, failures):
    try:
        service = Payments(url, pack)
        client = Client(service, paid)
        for _ in range(rounds):
            client.change()
        retries.append(service.retries)
        service.close()
    except BaseException as error:
        failures.append(repr(error))
        raise


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("url")
    parser.add_argument("pack")
    parser.add_argument("--threads", type=int, default=8)
    parser.add_argument("--rounds", type=int, default=50)
    parser.add_argument("--random-only", action="store_true")
    arguments = parser.parse_args()
    pack = statement_pack.load(arguments.pack)
    service = Payments(arguments.url, pack)
    if not arguments.random_only:
        each_kind_once(service)

    paid, retries, failures = [], [], []
    work = (arguments.url, pack, arguments.rounds, paid, retries, failures)
    threads = [threading.Thread(target=run_client, args=work) for _ in range(arguments.threads)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if failures:
        sys.exit(f"{len(failures)} threads failed: {failures[0]}")
    if not arguments.random_only:
        service.assert_true(f"{arguments.threads} threads, {sum(retries)} transactions run again")
    service.close()


if __name__ == "__main__":
    main()
