"""What the service says to one client: status codes, JSON, and what it does when it must wait."""

import os
import signal
import socket
import subprocess

from service import PROGRAMS, Service, ServiceTest, beside
from support import poll


class Answers(ServiceTest):
    CARDS = {1: 10_000, 2: 500}
    OPTIONS = ("--patience-ms=20000",)  # however slow the machine is

    def refused(self, expected, answer):
        """An error in JSON that says what, why, and what next."""
        status, body, _ = answer
        self.assertEqual(status, expected, body)
        self.assertEqual(set(body), {"error"})
        self.assertEqual(set(body["error"]), {"what", "why", "next"})
        self.assertTrue(all(body["error"].values()), body)
        return body["error"]

    def test_a_payments_life(self):
        status, payment, _ = self.service.pay(1, 7000, "a", "Café ☕")
        self.assertEqual(status, 201)
        number = payment["payment_id"]
        self.assertEqual(payment, {
            "payment_id": number, "card_id": 1, "merchant": "Café ☕", "amount": 7000,
            "refunded": 0, "captured": False, "first_payment": True, "replayed": False})
        self.assertEqual(self.service.pay(1, 7000, "a", "Café ☕")[:2],
                         (200, {**payment, "replayed": True}))
        self.assertFalse(self.service.pay(1, 3000, "b")[1]["first_payment"])
        path = f"/payments/{number}"
        for replayed in (False, True):
            self.assertEqual(self.service.ask("POST", path + "/capture")[:2],
                             (200, {**payment, "captured": True, "replayed": replayed}))
        refund = {"amount": 2000, "idempotency_key": "r"}
        for status, replayed in ((201, False), (200, True)):
            self.assertEqual(
                self.service.ask("POST", path + "/refund", refund)[:2],
                (status, {**payment, "captured": True, "refunded": 2000, "replayed": replayed}))
        status, card, _ = self.service.ask("GET", "/cards/1")
        self.assertLess(card.pop("answered_in_us"), 1_000_000)
        self.assertEqual((status, card), (200, {
            "card_id": 1, "limit": 10_000, "total_spent": 8000, "available": 2000,
            "pending": 3000, "payments": 2, "refunds": 1, "has_made_transactions": True}))
        # Without an amount: all that is left.
        status, rest, _ = self.service.ask("POST", path + "/refund", {"idempotency_key": "s"})
        self.assertEqual((status, rest["refunded"]), (201, 7000))
        self.assertEqual(self.service.ask("GET", "/cards/1")[1]["total_spent"], 3000)
        self.assert_rules()

    def test_refusals(self):
        ask, pay = self.service.ask, self.service.pay
        number = pay(1, 10_000, "a")[1]["payment_id"]  # to the cent
        self.assertIn("nothing is left", self.refused(402, pay(1, 1, "b"))["next"])
        self.assertIn("at most 500", self.refused(402, pay(2, 501, "b"))["next"])
        self.refused(404, pay(3, 1, "b"))
        self.refused(409, pay(1, 9_999, "a"))
        self.refused(409, pay(2, 100, "a"))
        self.refused(409, pay(1, 10_000, "a", "another shop"))
        path = f"/payments/{number}"
        refunds = path + "/refund"
        self.refused(409, ask("POST", refunds, {"idempotency_key": "a"}))
        self.refused(409, ask("POST", refunds, {"amount": 10_001, "idempotency_key": "r"}))
        self.assertEqual(ask("POST", refunds, {"idempotency_key": "r"})[0], 201)
        self.refused(409, ask("POST", refunds, {"idempotency_key": "s"}))
        self.refused(409, ask("POST", refunds, {"amount": 1, "idempotency_key": "r"}))
        self.refused(409, ask("POST", path + "/capture"))
        self.refused(404, ask("POST", "/payments/999/capture"))
        self.refused(404, ask("POST", "/payments/999/refund", {"idempotency_key": "t"}))
        for path in ("/", "/cards", "/cards/x", "/cards/1/2", "/payments/1", "/payments/0/refund"):
            self.refused(404, ask("GET", path))
        self.refused(404, ask("GET", "/cards/3"))
        answer = ask("GET", "/payments")
        self.refused(405, answer)
        self.assertEqual(answer[2]["Allow"], "POST")
        self.assertEqual(len(self.bookings()), 2)
        self.assert_rules()

    def test_bad_requests(self):
        good = {"card_id": 1, "amount": 1, "merchant": "x", "idempotency_key": "a"}
        wrong = [("card_id", 0), ("card_id", "1"), ("card_id", None), ("amount", -5),
                 ("amount", 0), ("amount", 1.5), ("amount", 2.0), ("amount", 10**13),
                 ("amount", 10**30), ("merchant", ""), ("merchant", "x" * 101), ("merchant", 5),
                 ("idempotency_key", ""), ("idempotency_key", "a b"),
                 ("idempotency_key", "ä"), ("idempotency_key", "k" * 101)]
        for field, value in wrong:
            error = self.refused(400, self.service.ask("POST", "/payments", {**good, field: value}))
            self.assertIn(f"`{field}`", error["why"])
        for field in good:
            less = {name: value for name, value in good.items() if name != field}
            self.assertIn(f"`{field}`", self.refused(
                400, self.service.ask("POST", "/payments", less))["why"])
        self.assertIn("`amuont`", self.refused(
            400, self.service.ask("POST", "/payments", {**good, "amuont": 1}))["why"])
        for text in ("", "{", "[1]", "{} {}", b"\xff", "[" * 5000):
            self.refused(400, self.service.ask("POST", "/payments", text))
        self.refused(413, self.service.ask("POST", "/payments", "x" * 20_000))
        with socket.create_connection(("127.0.0.1", self.service.port)) as raw:
            raw.sendall(b"nonsense\r\n\r\n")
            answer = b"".join(iter(lambda: raw.recv(4096), b""))  # until it hangs up
        self.assertTrue(answer.startswith(b"HTTP/1.1 400 "), answer)
        self.assertEqual(self.bookings(), {})

    def test_a_repeat_waits_for_the_first(self):
        with self.card_locked(1):
            both = [beside(lambda: self.service.pay(1, 6000, "a")) for _ in range(2)]
            poll(lambda: self.service_is_waiting(), "both are under way")
        answers = sorted((join()[:2] for join in both), key=lambda answer: answer[0])
        self.assertEqual([status for status, _ in answers], [200, 201])
        self.assertEqual(answers[0][1]["payment_id"], answers[1][1]["payment_id"])

    def service_is_waiting(self):
        """Neither request has been answered, and each has a session."""
        health = self.service.ask("GET", "/health")[1]
        return health["sessions"] - health["idle_sessions"] >= 2

    def test_a_signal_lets_requests_finish(self):
        idle = self.service.connect()
        self.assertEqual(self.service.ask("GET", "/health")[0], 200)
        idle.request("GET", "/health")
        idle.getresponse().read()
        with self.card_locked(1):
            under_way = beside(lambda: self.service.pay(1, 6000, "a"))
            poll(lambda: self.service.ask("GET", "/health")[1]["idle_sessions"] <
                 self.service.ask("GET", "/health")[1]["sessions"], "it is under way")
            self.service.process.send_signal(signal.SIGTERM)
            self.assertEqual(idle.sock.recv(1), b"")  # told at once
            idle.close()
            poll(self.refuses_connections, "it takes no more connections")
        status, payment, headers = under_way()
        self.assertEqual(status, 201)
        self.assertEqual(headers["Connection"], "close")
        self.assertEqual(self.service.process.wait(20), 0)
        self.assertEqual(self.bookings(), {"a": (payment["payment_id"], "authorization", 6000, 1)})

    def refuses_connections(self):
        try:
            with socket.create_connection(("127.0.0.1", self.service.port)):
                return False
        except ConnectionRefusedError:
            return True


class Busy(ServiceTest):
    """Two sessions, and clients who do not wait for long."""

    CARDS = {1: 1000, 2: 1000}
    OPTIONS = ("--sessions=2", "--patience-ms=200")

    def test_503_and_nothing_is_done(self):
        with self.card_locked(1):
            waiting = [beside(lambda key=key: self.service.pay(1, 10, key)) for key in "abcdef"]
            answers = [join() for join in waiting]
        for status, body, headers in answers:
            self.assertEqual(status, 503, body)
            self.assertEqual(headers["Retry-After"], "1")
            self.assertIn("nothing was done", body["error"]["next"])
        self.assertIn("no database session came free in time",
                      {body["error"]["why"] for _, body, _ in answers})
        self.assertEqual(self.bookings(), {})
        for key in "abcdef":
            self.assertEqual(self.service.pay(1, 10, key)[0], 201)
        self.assert_rules()


class StartUp(ServiceTest):
    CARDS = {1: 1000}

    def fails(self, **environment):
        done = subprocess.run([os.path.join(PROGRAMS, "payment_service"), "--port=0"],
                              cwd=self.folder, env=self.environment(**environment),
                              stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=20,
                              check=False)
        self.assertEqual(done.returncode, 1, done.stdout + done.stderr)
        self.assertEqual(done.stdout, "")
        return done.stderr

    def test_says_what_is_wrong(self):
        self.keepsum("drop", "card_activity", "--yes", code=0)
        self.assertIn("keepsum apply", self.fails())
        for url in ("mysql://root:sec%ret@host/db", "root:secret@host", "mysql://a:secret@/db",
                    "mysql://a:secret@host/", "mysql://a:secret@host:x/db", "sqlite:"):
            err = self.fails(DATABASE_URL=url)
            self.assertIn("the database's URL", err)
            self.assertNotIn("sec", err.replace("mysql://user:password@host:port/database", ""))
