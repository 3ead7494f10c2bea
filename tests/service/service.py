"""The payment service, its clients, and its tables, as the tests use them."""

import contextlib
import http.client
import json
import os
import shutil
import signal
import subprocess
import threading

from support import OK, CliTest

PROGRAMS = os.environ["PAYMENT_SERVICE_FOLDER"]
EXAMPLE = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..", "examples",
                       "payment_service")
TIMEOUT_S = 60


class Service:
    """A running payment_service."""

    def __init__(self, test, *options):
        self.process = subprocess.Popen(
            [os.path.join(PROGRAMS, "payment_service"), "--port=0", "--no-sync", *options],
            cwd=test.folder, env=test.environment(), stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        test.addCleanup(test.end, self.process)
        line = self.process.stdout.readline()
        if not line.startswith("listening on http://127.0.0.1:"):
            raise AssertionError(line + self.process.stderr.read())
        self.port = int(line.rsplit(":", 1)[1])

    def connect(self):
        return http.client.HTTPConnection("127.0.0.1", self.port, timeout=TIMEOUT_S)

    def ask(self, method, path, body=None, connection=None):
        """Status, JSON and headers of one request."""
        with contextlib.closing(connection or self.connect()) as used:
            text = body if body is None or isinstance(body, (str, bytes)) else json.dumps(body)
            used.request(method, path, text)
            answer = used.getresponse()
            return answer.status, json.loads(answer.read()), answer.headers

    def pay(self, card, amount, key, merchant="a shop"):
        return self.ask("POST", "/payments", {"card_id": card, "amount": amount,
                                              "merchant": merchant, "idempotency_key": key})

    def stop(self, number=signal.SIGTERM):
        """Exit code and standard error."""
        self.process.send_signal(number)
        _, err = self.process.communicate(timeout=TIMEOUT_S)
        return self.process.returncode, err


class ServiceTest(CliTest):
    """The example's tables, some cards, the summary applied, the service started."""

    CARDS = {card: 100_000 for card in range(1, 9)}  # id → limit
    OPTIONS = ()

    def setUp(self):
        super().setUp()
        shutil.copy(os.path.join(EXAMPLE, "keepsum.json"), self.folder)
        with open(os.path.join(EXAMPLE, f"schema_{self.backend}.sql"), encoding="utf-8") as file:
            self.db.script(file.read())
        cards = ", ".join(f"({card}, {limit})" for card, limit in self.CARDS.items())
        self.db.run(f"INSERT INTO cards (id, spending_limit) VALUES {cards}")
        self.keepsum("apply", "--yes", code=OK)
        self.service = Service(self, *self.OPTIONS)

    def bookings(self):
        """key → (payment id, kind, amount, card)"""
        rows = self.db.rows("SELECT t.idempotency_key, t.payment_id, t.kind, t.amount, p.card_id"
                            " FROM balance_transactions t JOIN payments p ON p.id = t.payment_id")
        found = {key: (int(payment), kind, int(amount), int(card))
                 for key, payment, kind, amount, card in rows}
        self.assertEqual(len(found), len(rows))
        return found

    def assert_rules(self):
        """The rows by the rules of the business, and the summary by keepsum."""
        with open(os.path.join(EXAMPLE, "rules.sql"), encoding="utf-8") as file:
            broken = {rule: int(count) for rule, count in self.db.rows(file.read())}
        self.assertEqual(len(broken), 5)
        self.assertEqual({rule: 0 for rule in broken}, broken)
        self.keepsum("reconcile", "--verify-only", code=OK)

    def start_load(self, journal, *options, service=None):
        service = service or self.service
        process = subprocess.Popen(
            [os.path.join(PROGRAMS, "load"), f"--port={service.port}", "--clients=32",
             f"--cards={len(self.CARDS)}", f"--journal={journal}", *options],
            cwd=self.folder, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT, text=True)
        self.addCleanup(self.end, process)
        return process

    def finish_load(self, process, code=0):
        out, _ = process.communicate(timeout=TIMEOUT_S)
        self.assertEqual(process.returncode, code, out)
        return out

    def journal(self, name):
        """key → [(kind, card, amount, status, payment id)], by what was answered, in order."""
        answers = {}
        with open(os.path.join(self.folder, name), encoding="utf-8") as file:
            for line in file:
                kind, key, card, amount, status, payment = line.rstrip("\n").split("\t")
                answers.setdefault(key, []).append(
                    (kind, int(card), int(amount), int(status), int(payment)))
        return answers

    @contextlib.contextmanager
    def card_locked(self, card):
        """Somebody else's transaction holds the card's row; on SQLite, the whole database."""
        if self.backend == "sqlite":
            self.db.run("BEGIN IMMEDIATE")
            try:
                yield
            finally:
                self.db.run("ROLLBACK")
            return
        holder = subprocess.Popen([*self.db.client, "--unbuffered", "--skip-column-names",
                                   self.db.name], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                                  text=True)
        try:
            holder.stdin.write(f"BEGIN; SELECT 1 FROM card_activity WHERE card_id = {card}"
                               f" FOR UPDATE; SELECT 'locked';\n")
            holder.stdin.flush()
            while holder.stdout.readline().strip() != "locked":
                pass
            yield
        finally:
            holder.communicate("ROLLBACK;\n")


def beside(function):
    """Runs it on a thread; join() gives its result."""
    results = []
    thread = threading.Thread(target=lambda: results.append(function()))
    thread.start()

    def join():
        thread.join(TIMEOUT_S)
        return results[0]

    return join

