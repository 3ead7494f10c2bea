"""drift undo: the repairs of a run taken back, exactly, once, and beside writers."""

import threading

from support import CHANGED, FAILED, LEASE_HELD, OK, USAGE, CardTest, poll, sigkill


class UndoTest(CardTest):
    def setUp(self):
        super().setUp()
        self.apply()

    def corrupt(self):
        self.db.run(
            "UPDATE card_activity SET total = total + 5, charges = charges - 2 WHERE card_id = 3",
            "UPDATE card_activity SET largest = 99999 WHERE card_id = 4",
            "UPDATE card_activity SET smallest = NULL WHERE card_id = 5",
            "UPDATE card_activity SET approved_once = 0 WHERE card_id = 6",
            "UPDATE card_activity SET ks_has_refund_count = ks_has_refund_count + 7"
            " WHERE card_id = 7",
            "DELETE FROM card_activity WHERE card_id = 8")
        # A row that the source does not have, and that holds nothing but sums and extremes.
        columns = "card_id, total, charges, refunds, approved_once, largest, smallest"
        self.db.run(f"INSERT INTO card_activity ({columns}) VALUES (4444, 17, 1, 0, 0, 17, 17)")

    def rows(self):
        """Without rows of empty values, which mean the same as none."""
        return self.stored()

    def reconcile(self, code=CHANGED):
        run = self.json("reconcile", code=code)["summaries"][0]
        return run, self.json("drift", "--runs", "--limit", "1")["runs"][0]["id"]

    def undo(self, run, *arguments, code=OK):
        return self.json("drift", "undo", str(run), *arguments, code=code)


class Undo(UndoTest):
    def test_everything_is_as_before_the_repair(self):
        self.corrupt()
        before = self.rows()
        found, run = self.reconcile()
        self.assert_true()
        answer = self.undo(run)
        self.assertEqual(self.rows(), before)
        self.assertEqual((answer["keys"], answer["left"], answer["undone_run"]),
                         (found["drifted"], 0, run))
        # And the next reconcile finds the same again.
        again, _ = self.reconcile()
        self.assertEqual({(d["key"]["card_id"], d["column"], d["expected"]) for d in again["drift"]},
                         {(d["key"]["card_id"], d["column"], d["expected"]) for d in found["drift"]})
        self.assert_true()

    def test_it_is_recorded_and_says_what_comes_next(self):
        self.db.run("UPDATE card_activity SET total = total + 5 WHERE card_id = 3")
        total = self.oracle()[3][0]
        _, run = self.reconcile()
        text = self.keepsum("drift", "undo", str(run), code=OK).out
        self.assertIn("1 repair taken back", text)
        self.assertIn("the next `keepsum reconcile` will repair it anew", text)
        last, repaired = self.json("drift", "--runs", "--limit", "2")["runs"]
        self.assertEqual((last["kind"], last["outcome"]), ("undo", "undone"))
        self.assertEqual((repaired["undone_by"], repaired["undo_finished"]), (last["id"], True))
        self.assertIn(f"undone by run {last['id']}", self.keepsum("drift", "--runs", code=OK).out)
        evidence = self.json("drift", "--run", str(last["id"]))["drift"]
        self.assertEqual([(e["column"], int(float(e["stored"])), int(float(e["expected"])),
                           e["repaired"]) for e in evidence], [("total", total, total + 5, False)])
        # Nobody may take it for drift that was found and left.
        self.assertEqual([e["undo"] for e in evidence], [True])
        self.assertEqual({e["undo"] for e in self.json("drift", "--run", str(run))["drift"]},
                         {False})
        listed = self.keepsum("drift", "--run", str(last["id"]), code=OK).out
        self.assertIn("an undo", listed)
        self.assertIn("taken back", listed)
        self.assertNotIn("not repaired", listed)
        self.assertIn("a repair taken back",
                      self.keepsum("explain", "card_activity", "card_id=3", code=OK).out)

    def test_sums_that_writers_went_on_with(self):
        self.db.run("UPDATE card_activity SET total = total + 5 WHERE card_id = 3")
        _, run = self.reconcile()
        payment = self.db.rows("SELECT MIN(id) FROM payments WHERE voided = 0 AND card_id = 3")[0][0]
        self.db.run(f"INSERT INTO charges VALUES (90000, {payment}, 4711, 0)")
        self.undo(run)
        self.assertEqual(self.rows()[3][0], self.oracle()[3][0] + 5)
        self.assertEqual(self.rows()[3][1:], self.oracle()[3][1:])

    def test_an_extreme_that_has_changed_is_named_and_left(self):
        self.db.run("UPDATE card_activity SET largest = 99999 WHERE card_id IN (3, 4)")
        _, run = self.reconcile()
        payment = self.db.rows("SELECT MIN(id) FROM payments WHERE voided = 0 AND card_id = 3")[0][0]
        self.db.run(f"INSERT INTO charges VALUES (90000, {payment}, 4711, 0)")
        with self.writes_nothing():
            foreseen = self.undo(run, "--dry-run")
        answer = self.undo(run)
        for report in (foreseen, answer):
            self.assertEqual((report["columns"], report["left"]), (1, 1))
            self.assertEqual([c["key"]["card_id"] for c in report["changes"] if c["left"]], [3])
        self.assertEqual(foreseen["changes"], answer["changes"])
        self.assertEqual((self.rows()[3][5], self.rows()[4][5]), (4711, 99999))

    def test_dry_run_writes_nothing_and_says_what_undo_does(self):
        self.corrupt()
        _, run = self.reconcile()
        with self.writes_nothing():
            foreseen = self.undo(run, "--dry-run")
            self.assertIn("would be taken back",
                          self.keepsum("drift", "undo", str(run), "--dry-run", code=OK).out)
        answer = self.undo(run)
        numbers = lambda report: [(c["key"], c["column"], c["after"] and float(c["after"]))
                                  for c in report["changes"]]
        self.assertEqual(numbers(foreseen), numbers(answer))
        self.assertIsNone(foreseen["run"])

    EVIDENCE = "SELECT id, run_id FROM keepsum_drift ORDER BY id"

    def test_refusals(self):
        self.db.run("UPDATE card_activity SET total = total + 5 WHERE card_id = 3")
        _, run = self.reconcile()
        answer = self.undo(run)
        stored, evidence = self.stored(), self.db.rows(self.EVIDENCE)
        self.assertIn("undone already, by run", self.undo(run, code=USAGE)["error"]["message"])
        self.assertIn("is an undo itself",
                      self.undo(answer["run"], code=USAGE)["error"]["message"])
        self.assertIn("no run 4711", self.undo(4711, code=USAGE)["error"]["message"])
        backfill = self.json("drift", "--runs")["runs"][-1]
        self.assertIn("repaired nothing",
                      self.undo(backfill["id"], "--dry-run", code=USAGE)["error"]["message"])
        self.assertEqual((self.stored(), self.db.rows(self.EVIDENCE)), (stored, evidence))

    def test_what_was_built_anew_is_not_undone(self):
        self.db.run("UPDATE card_activity SET total = total + 5 WHERE card_id = 3")
        _, run = self.reconcile()
        self.db.drop_trigger("ks_card_activity$t_ins")
        self.apply()
        self.assertIn("built anew after run", self.undo(run, code=USAGE)["error"]["message"])
        self.assert_true()

    def test_another_spec(self):
        self.db.run("UPDATE card_activity SET total = total + 5 WHERE card_id = 3")
        _, run = self.reconcile()
        self.write_spec(self.summaries(where="p.voided = 1"))
        self.assertEqual(self.undo(run, code=FAILED)["error"]["code"], "plan_moved")

    def test_lease(self):
        self.db.run("UPDATE card_activity SET total = total + 5 WHERE card_id = 3")
        _, run = self.reconcile()
        self.db.run("UPDATE keepsum_leases SET fence = fence + 1, holder = 'another/1/1@0',"
                    f" expires_at = {self.db.now_plus(3600)}")
        self.undo(run, code=LEASE_HELD)
        self.undo(run, "--dry-run")
        self.assert_true()


class ManyKeys(UndoTest):
    """Enough keys that an undo can be met in its middle."""

    def fill(self):
        super().fill(payments=20_000, cards=10_000)

    def aggregates(self):
        return {name: text for name, text in super().aggregates().items()
                if name not in ("largest", "smallest")}

    COLUMNS = CardTest.COLUMNS[:5]
    EMPTY = CardTest.EMPTY[:5]

    def oracle(self, **conditions):
        return {card: values[:5] for card, values in super().oracle(**conditions).items()
                if values[:5] != self.EMPTY}

    def repaired(self):
        self.db.run("UPDATE card_activity SET total = total + 5, charges = charges + card_id")
        self.keepsum("reconcile", "--guard", "100", code=CHANGED)
        return self.json("drift", "--runs", "--limit", "1")["runs"][0]["id"]

    def assert_differs_by_what_was_corrupted(self, stored):
        expected = self.oracle()
        self.assertEqual(
            {card: stored[card][:2] for card in expected},
            {card: (total + 5, charges + card)
             for card, (total, charges, *_) in expected.items()})

    def test_killed_in_the_middle(self):
        run = self.repaired()
        done = "SELECT drift_id FROM keepsum_undos"
        for _ in range(2):
            before = self.db.rows(done)
            undo = self.start("drift", "undo", str(run))
            poll(lambda: self.db.rows(done) not in ([], before), "the undo has begun")
            sigkill(undo)
            self.assertEqual(self.db.rows("SELECT 1 FROM keepsum_undos WHERE finished_at IS NULL"),
                             [("1",)])
        answer = self.undo(run)
        self.assertTrue(answer["resumed"])
        self.assert_differs_by_what_was_corrupted(self.stored())
        self.undo(run, code=USAGE)

    def test_exact_beside_writers(self):
        run = self.repaired()
        payments = [int(i) for (i,) in self.db.rows(
            "SELECT id FROM payments WHERE voided = 0 ORDER BY id LIMIT 300")]
        stop, failures, written = threading.Event(), [], []

        def write():
            mine = self.connection()
            try:
                base = 1_000_000
                while not stop.is_set() or len(written) < 50:
                    payment = payments[len(written) % len(payments)]
                    mine(f"INSERT INTO charges VALUES ({base + len(written)}, {payment},"
                         f" {len(written) % 97 + 1}, 0)")
                    written.append(payment)
            except Exception as error:  # the test fails by it, below
                failures.append(error)

        writer = threading.Thread(target=write)
        writer.start()
        try:
            self.undo(run)
        finally:
            stop.set()
            writer.join()
        self.assertEqual(failures, [])
        self.assertGreaterEqual(len(written), 50)
        self.assert_differs_by_what_was_corrupted(self.stored())
        # Nothing but what was taken back differs.
        found = self.json("reconcile", "--guard", "100", code=CHANGED)["summaries"][0]
        self.assertEqual({d["column"] for d in found["drift"]}, {"total", "charges"})
        self.assert_true()

    def connection(self):
        """Runs statements in a thread of its own, one transaction each."""
        if self.backend == "mariadb":
            return lambda statement: self.db.run(statement)
        import sqlite3
        connection = sqlite3.connect(self.db.path, isolation_level=None, timeout=30,
                                     check_same_thread=False)
        self.addCleanup(connection.close)
        return connection.execute
