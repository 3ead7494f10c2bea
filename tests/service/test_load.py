"""Many clients at once: limits hold, and what was acknowledged is there, once, whatever happens."""

import signal

from service import Service, ServiceTest, beside
from support import poll

ACCEPTED, REFUSED = (200, 201), (402, 409)


class Load(ServiceTest):
    ATTEMPTS = 6000
    OPTIONS = ("--patience-ms=20000",)  # however slow the machine is
    CARDS = {card: 800_000 for card in range(1, 9)}  # about half of what is asked for

    def assert_acknowledged(self, name, first=True):
        """The journal against the tables. Returns the accepted payments: key → payment id.

        A refund that is repeated in another run may be for another payment, and is refused then.
        """
        bookings, accepted = self.bookings(), {}
        answers = self.journal(name)
        for key, given in answers.items():
            statuses = {status for *_, status, _ in given}
            yes = {(kind, amount, payment) for kind, _, amount, status, payment in given
                   if status in ACCEPTED}
            if yes:
                self.assertEqual(len(yes), 1, f"{key}: {given}")
                [(kind, amount, payment)] = yes
                sign = -1 if kind == "refund" else 1
                self.assertEqual(bookings.get(key, ())[:3], (payment, kind, sign * amount), key)
                if kind == "authorization":
                    self.assertEqual(bookings[key][3], given[0][1], key)
                    accepted[key] = payment
            elif statuses <= set(REFUSED) and (first or given[0][0] == "authorization"):
                self.assertFalse(key in bookings, key)
        self.assertEqual([key for key in bookings if key not in answers], [])  # nobody else wrote
        return accepted

    def repeat_all(self, accepted, service):
        """The clients come back with all they had asked for, under the same keys."""
        self.finish_load(self.start_load("again", f"--attempts={self.ATTEMPTS}", service=service))
        again = self.journal("again")
        for key, payment in accepted.items():
            self.assertEqual({(status, paid) for *_, status, paid in again[key]}, {(200, payment)})
        self.assert_acknowledged("again", first=False)
        self.assert_rules()

    def some_booked(self):
        poll(lambda: int(self.db.rows("SELECT count(*) FROM balance_transactions")[0][0]) > 300,
             "payments are booked")

    def test_all_answered(self):
        out = self.finish_load(self.start_load("journal", f"--attempts={self.ATTEMPTS}"))
        for outcome in ("payment: accepted", "payment: refused, limit exceeded",
                        "payment: repeated, answered as the first time", "refund: accepted",
                        "capture: answered", "card page: answered"):
            self.assertIn(outcome, out)
        self.assertNotIn("busy", out)
        accepted = self.assert_acknowledged("journal")
        self.assertGreater(len(accepted), self.ATTEMPTS // 4)
        self.assert_rules()
        self.repeat_all(accepted, self.service)

    def test_stopped_under_load(self):
        load = self.start_load("journal", f"--attempts={self.ATTEMPTS}")
        self.some_booked()
        code, err = self.service.stop()
        self.assertEqual(code, 0, err)
        out = self.finish_load(load, code=3)
        self.assertIn("not sent", out)
        accepted = self.assert_acknowledged("journal")
        # What was under way was finished, and answered.
        unanswered = {key for key, given in self.journal("journal").items()
                      if {status for *_, status, _ in given} == {0}}
        self.assertEqual(unanswered & set(self.bookings()), set())
        self.assert_rules()
        self.repeat_all(accepted, Service(self, *self.OPTIONS))

    def test_killed_under_load(self):
        load = self.start_load("journal", f"--attempts={self.ATTEMPTS}")
        self.some_booked()
        self.service.stop(signal.SIGKILL)
        self.finish_load(load, code=3)
        accepted = self.assert_acknowledged("journal")
        self.assert_rules()
        self.repeat_all(accepted, Service(self, *self.OPTIONS))


class LostConnections(Load):
    """The server ends the service's connections again and again; no client hears of it."""

    databases = ("mariadb",)

    def kill_connections(self):
        ids = self.db.rows("SELECT id FROM information_schema.processlist"
                           " WHERE db = DATABASE() AND id <> CONNECTION_ID()")
        kills = "".join(f"KILL {connection};\n" for connection, in ids)
        self.db.feed(kills, options=["--force"])  # some have ended by themselves
        return len(ids)

    def test_all_answered(self):
        load = self.start_load("journal", f"--attempts={self.ATTEMPTS}")
        waited = beside(lambda: self.finish_load(load))
        killed = 0
        while load.poll() is None:
            killed += self.kill_connections()
        out = waited()
        self.assertGreater(killed, 16)
        self.assertNotIn("no answer", out)
        status, health, _ = self.service.ask("GET", "/health")
        self.assertEqual(status, 200)
        self.assertGreater(health["reconnects"], 0)
        accepted = self.assert_acknowledged("journal")
        self.assert_rules()
        self.repeat_all(accepted, self.service)

    test_stopped_under_load = test_killed_under_load = None
