"""A run says what it did: status lines, one JSON line, a metrics file, a drift command, a ping."""

import contextlib
import http.server
import json
import os
import re
import signal
import ssl
import stat
import subprocess
import threading
import time

import prometheus
from support import (CHANGED, CONFIG, DRIFT_LEFT, FAILED, LEASE_HELD, OK, TIME_SPENT, USAGE, CardTest, poll)

OF_CARDS = ("summary", "card_activity")


class TellingTest(CardTest):
    def setUp(self):
        super().setUp()
        self.apply()

    def spoil(self, card=1):
        self.db.run(f"UPDATE card_activity SET total = total + 1 WHERE card_id = {card}")

    def configure(self, **settings):
        with open(f"{self.folder}/keepsum.json", encoding="utf-8") as file:
            spec = json.load(file)
        spec["reconcile"] = settings
        with open(f"{self.folder}/keepsum.json", "w", encoding="utf-8") as file:
            json.dump(spec, file)

    def path(self, name):
        return os.path.join(self.folder, name)

    def text_of(self, name):
        with open(self.path(name), encoding="utf-8") as file:
            return file.read()


class Json(TellingTest):
    def test_one_line_whatever_happens(self):
        self.spoil()
        for arguments, code in (((), CHANGED), (("--verify-only",), OK),
                                (("no_such",), USAGE), (("--config", "no.json"), CONFIG)):
            out = self.keepsum("reconcile", *arguments, "--json", code=code).out
            self.assertEqual((out.count("\n"), out[-1]), (1, "\n"), out)
            json.loads(out)

    def test_exit_code_and_time_are_in_it(self):
        self.spoil()
        run = self.json("reconcile", code=CHANGED)
        self.assertEqual(run["exit_code"], CHANGED)
        self.assertGreater(run["seconds"], 0)


class StatusLines(TellingTest):
    def setUp(self):
        super().setUp()
        self.configure(query="SELECT 9", query_max=5, throttle_wait="1s")

    def lines(self, *arguments):
        err = self.keepsum("reconcile", *arguments, code=TIME_SPENT).err.splitlines()
        return [line for line in err if line.startswith("card_activity: begins, pausing: ")
                or re.match(r"card_activity: verify.* pausing: ", line)]

    def test_every_so_often(self):
        found = self.lines("--status-every", "200ms")
        self.assertGreaterEqual(len(found), 3)
        self.assertTrue(found[0].endswith("pausing: query is 9, more than 5"), found[0])

    def test_none_is_none_and_thirty_seconds_is_the_default(self):
        self.assertEqual(self.lines("--status-every", "0"), [])
        self.assertEqual(self.lines(), [])
        self.configure(query="SELECT 9", query_max=5, throttle_wait="1s", status_every="200ms")
        self.assertGreaterEqual(len(self.lines()), 3)
        self.assertEqual(self.lines("--status-every", "0"), [])

    def test_a_terminal_gets_a_bar_instead(self):
        text = self.on_terminal("reconcile", "--status-every", "100ms").out
        self.assertIn("\r\x1b[K", text)
        self.assertIn("pausing: query is 9", text)
        self.assertNotIn("begins, pausing", text)

    def test_no_time(self):
        for text in ("soon", "0s", "-1s"):
            self.keepsum("reconcile", "--status-every=" + text, code=USAGE)
        self.configure(status_every="0s")
        self.assertIn("/reconcile/status_every", self.keepsum("reconcile", code=CONFIG).err)


class Metrics(TellingTest):
    def setUp(self):
        super().setUp()
        self.flags = ("--metrics-file", "keepsum.prom")

    def metrics(self):
        return prometheus.parse(self.text_of("keepsum.prom"))

    def of(self, name, *labels):
        return self.metrics()[("keepsum_reconcile_" + name, OF_CARDS, *labels)]

    def test_a_good_run(self):
        before = time.time()
        self.keepsum("reconcile", *self.flags, code=OK)
        keys = len(self.oracle())
        self.assertEqual(self.of("checked_keys"), keys)
        self.assertEqual((self.of("drifted_keys"), self.of("unrepaired_keys")), (0, 0))
        self.assertEqual(self.of("trigger_faults"), 0)
        self.assertEqual(self.of("outcome", ("outcome", "consistent")), 1)
        self.assertEqual(self.of("outcome", ("outcome", "failed")), 0)
        self.assertEqual(self.of("tour_ratio"), 1)
        for name in ("last_success_timestamp_seconds", "timestamp_seconds"):
            self.assertTrue(before - 1 < self.of(name) < time.time() + 1, name)
        self.assertTrue(before - 5 < self.of("oldest_verification_timestamp_seconds") < time.time() + 5)
        self.assertEqual(self.metrics()[("keepsum_reconcile_run_exit_code",)], OK)
        self.assertEqual({key[1][1] for key in self.metrics() if len(key) > 1}, {"card_activity"})

    def test_labels_are_those_that_are_promised_and_no_key_is_among_them(self):
        self.spoil()
        self.keepsum("reconcile", *self.flags, code=CHANGED)
        labels = {label for _, *pairs in self.metrics() for label, _ in pairs}
        self.assertEqual(labels, {"summary", "signal", "outcome"})
        self.assertNotIn("card_id", self.text_of("keepsum.prom"))

    def test_a_trigger_that_is_missing_is_told_before_anything_has_drifted(self):
        self.db.drop_trigger("ks_card_activity$t_ins")
        run = self.keepsum("reconcile", *self.flags, code=OK)
        self.assertIn("is missing", run.err)
        self.assertEqual((self.of("trigger_faults"), self.of("drifted_keys")), (1, 0))
        self.apply()
        self.keepsum("reconcile", *self.flags, code=OK)
        self.assertEqual(self.of("trigger_faults"), 0)

    def test_counters_go_on_and_gauges_do_not(self):
        for found in (1, 2):
            self.spoil()
            self.keepsum("reconcile", *self.flags, code=CHANGED)
            self.assertEqual((self.of("drifted_keys"), self.of("repaired_keys")), (1, 1))
            self.assertEqual((self.of("drifted_keys_total"), self.of("repaired_keys_total")),
                             (found, found))
        self.keepsum("reconcile", *self.flags, code=OK)
        self.assertEqual((self.of("drifted_keys"), self.of("drifted_keys_total")), (0, 2))

    def test_a_failing_run_keeps_the_last_success_and_the_last_figures(self):
        self.keepsum("reconcile", *self.flags, code=OK)
        success, keys = self.of("last_success_timestamp_seconds"), self.of("checked_keys")
        self.spoil()
        self.keepsum("reconcile", "--verify-only", *self.flags, code=DRIFT_LEFT)
        self.assertEqual(self.of("last_success_timestamp_seconds"), success)
        self.assertEqual(self.of("unrepaired_keys"), 1)
        # The spec is another than the one that was applied: no report.
        self.write_spec(self.summaries(where="p.voided = 1"))
        self.keepsum("reconcile", *self.flags, code=FAILED)
        self.assertEqual(self.of("outcome", ("outcome", "failed")), 1)
        self.assertEqual(self.of("last_success_timestamp_seconds"), success)
        self.assertEqual((self.of("checked_keys"), self.of("unrepaired_keys")), (keys, 1))
        self.assertGreaterEqual(self.of("timestamp_seconds"), success)

    def test_written_where_there_is_no_spec_and_no_database(self):
        self.keepsum("reconcile", *self.flags, "--config", "no.json", code=CONFIG)
        self.assertEqual(self.metrics()[("keepsum_reconcile_run_exit_code",)], CONFIG)
        self.keepsum("reconcile", *self.flags, code=OK)
        success = self.of("last_success_timestamp_seconds")
        self.keepsum("reconcile", *self.flags, "--database", "sqlite:/nowhere/x.db", code=FAILED)
        self.assertEqual(self.metrics()[("keepsum_reconcile_run_exit_code",)], FAILED)
        self.assertEqual(self.of("last_success_timestamp_seconds"), success)

    def test_pauses_by_signal(self):
        self.configure(query="SELECT 9", query_max=5, throttle_wait="500ms",
                       metrics_file="keepsum.prom")
        self.keepsum("reconcile", code=TIME_SPENT)
        self.assertGreater(self.of("pause_seconds", ("signal", "query")), 0.4)
        self.assertEqual(self.of("pause_seconds", ("signal", "threads_running")), 0)
        # It gave up waiting: that is no success, or it could do so for ever.
        self.assertNotIn(("keepsum_reconcile_last_success_timestamp_seconds", OF_CARDS),
                         self.metrics())

    def test_summaries_the_spec_does_not_have_any_more(self):
        with open(self.path("keepsum.prom"), "w", encoding="utf-8") as file:
            file.write('keepsum_reconcile_checked_keys{summary="old"} 7\nnonsense\n')
        self.keepsum("reconcile", *self.flags, code=OK)
        self.assertEqual({key[1] for key in self.metrics() if len(key) > 1}, {OF_CARDS})

    def test_the_file_is_whole_readable_and_alone(self):
        with open(self.path("keepsum.prom"), "w", encoding="utf-8") as file:
            file.write("old\n")
        with open(self.path("keepsum.prom"), encoding="utf-8") as old:
            run = subprocess.run(["sh", "-c", 'umask 077; exec "$0" "$@"', os.environ["KEEPSUM_BINARY"],
                                  "reconcile", *self.flags], cwd=self.folder, check=False,
                                 env=self.environment(), capture_output=True)
            self.assertEqual(run.returncode, OK, run.stderr)
            # Renamed over it, not written into it: who reads the old one reads it to its end.
            self.assertEqual(old.read(), "old\n")
        mode = stat.S_IMODE(os.stat(self.path("keepsum.prom")).st_mode)
        self.assertEqual(mode, 0o644)
        self.assertEqual([name for name in os.listdir(self.folder) if name.endswith(".tmp")], [])

    def test_what_cannot_be_written_is_said_and_changes_nothing(self):
        run = self.keepsum("reconcile", "--metrics-file", "nowhere/keepsum.prom", code=OK)
        self.assertIn("the metrics file was not written", run.err)
        for name in ("keepsum.json", "/", ".prom/"):
            refused = self.keepsum("reconcile", "--metrics-file", name, code=USAGE)
            self.assertIn(".prom", refused.err)
        self.configure(metrics_file="keepsum.txt")
        self.assertIn("reconcile.metrics_file", self.keepsum("reconcile", code=CONFIG).err)


class OnDrift(TellingTest):
    def test_it_gets_the_summary_and_the_figures(self):
        self.spoil()
        run = self.keepsum(
            "reconcile", "--json", "--on-drift",
            'cat >in.json; echo "$KEEPSUM_EXIT_CODE $KEEPSUM_SUMMARIES $KEEPSUM_DRIFTED'
            ' $KEEPSUM_REPAIRED $KEEPSUM_UNREPAIRED" >env; echo said', code=CHANGED)
        self.assertEqual(self.text_of("env"), "2 card_activity 1 1 0\n")
        self.assertEqual(self.text_of("in.json"), run.out)  # one line, the same
        self.assertIn("said", run.err)

    def test_once_and_only_if_there_was_drift(self):
        self.configure(on_drift="echo once >>ran")
        self.keepsum("reconcile", code=OK)
        self.assertFalse(os.path.exists(self.path("ran")))
        self.spoil(1)
        self.spoil(2)
        self.keepsum("reconcile", "--verify-only", code=DRIFT_LEFT)
        self.assertEqual(self.text_of("ran"), "once\n")

    def test_its_failure_is_told_and_changes_nothing(self):
        for command, why in (("exit 7", "exit code 7"), ("kill -9 $$", "signal 9")):
            self.spoil()
            run = self.keepsum("reconcile", "--on-drift", command, code=CHANGED)
            self.assertIn(why, run.err)

    def test_it_may_not_take_for_ever(self):
        self.spoil()
        start = time.monotonic()
        run = self.keepsum("reconcile", "--on-drift", 'trap "" TERM; sleep 100 & wait; sleep 100',
                           "--on-drift-time", "300ms", code=CHANGED)
        self.assertLess(time.monotonic() - start, 30)
        self.assertIn("it was ended after", run.err)

    def test_it_need_not_read_and_has_no_descriptor_of_ours(self):
        self.spoil()
        self.keepsum("reconcile", "--on-drift", "exec >fds; ls /proc/self/fd", code=CHANGED)
        # 3 is ls's own, for the folder.
        self.assertEqual(self.text_of("fds").split(), ["0", "1", "2", "3"])

    def test_signals_reach_it(self):
        self.spoil()
        run = self.keepsum("reconcile", "--on-drift", "grep SigBlk /proc/self/status", code=CHANGED)
        self.assertRegex(run.err, r"SigBlk:\s0{16}\n")


class Monitor:
    """A healthcheck service: remembers the paths it was asked for."""

    def __init__(self, test, status=200, context=None):
        self.paths = []
        monitor = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_GET(self):
                monitor.paths.append(self.path)
                self.send_response(status)
                self.end_headers()

            def log_message(self, *arguments):
                pass

        class Server(http.server.ThreadingHTTPServer):
            def handle_error(self, request, client_address):
                pass  # a handshake that the client breaks off

        self.server = Server(("127.0.0.1", 0), Handler)
        if context:
            self.server.socket = context.wrap_socket(self.server.socket, server_side=True)
        self.port = self.server.server_address[1]
        threading.Thread(target=self.server.serve_forever, daemon=True).start()
        test.addCleanup(self.server.server_close)
        test.addCleanup(self.server.shutdown)


class Ping(TellingTest):
    SECRET = "5ecre7-0f-the-check"

    def run_of(self, url, *arguments, code, **env):
        run = self.keepsum("reconcile", "--json", "--ping", "${CHECK_URL}", *arguments, code=code,
                           env=self.environment(CHECK_URL=url, **env))
        self.assertNotIn(self.SECRET, run.out + run.err)
        return run

    def test_success_failure_and_start(self):
        monitor = Monitor(self)
        url = f"http://127.0.0.1:{monitor.port}/{self.SECRET}"
        self.assertEqual(self.run_of(url, code=OK).err, "")
        self.spoil()
        self.run_of(url, "--ping-start", code=CHANGED)  # all of it repaired: that is a good run
        self.spoil()
        self.run_of(url, "--verify-only", code=DRIFT_LEFT)
        self.run_of(url + "/?q=1", "--config", "no.json", code=CONFIG)
        path = "/" + self.SECRET
        self.assertEqual(monitor.paths,
                         [path, path + "/start", path, path + "/fail", path + "/fail?q=1"])

    def test_a_run_left_to_another_is_that_ones_to_tell(self):
        monitor = Monitor(self)
        self.db.run("DELETE FROM keepsum_leases",
                    "INSERT INTO keepsum_leases (name, fence, holder, expires_at) VALUES"
                    f" ('card_activity', 7, 'elsewhere/1/1', {self.db.now_plus(600)})")
        self.run_of(f"http://127.0.0.1:{monitor.port}/{self.SECRET}", code=LEASE_HELD)
        self.assertEqual(monitor.paths, [])

    def test_what_goes_wrong_is_a_warning(self):
        refusing = Monitor(self, status=404)
        run = self.run_of(f"http://127.0.0.1:{refusing.port}/{self.SECRET}", code=OK)
        self.assertIn("answered 404", run.err)
        refusing.server.shutdown()
        refusing.server.server_close()
        run = self.run_of(f"http://127.0.0.1:{refusing.port}/{self.SECRET}", code=OK)
        self.assertIn("the ping was not taken", run.err)

    def test_a_monitor_that_does_not_answer(self):
        import socket
        with socket.create_server(("127.0.0.1", 0)) as silent:
            start = time.monotonic()
            run = self.run_of(f"http://127.0.0.1:{silent.getsockname()[1]}/{self.SECRET}", code=OK)
            self.assertLess(time.monotonic() - start, 20)
            self.assertIn("no answer within 5 s", run.err)

    def test_urls_that_are_none(self):
        for url in ("ftp://h/" + self.SECRET, "http://", f"http://u:{self.SECRET}@h/",
                    f"http://h:99999/{self.SECRET}", f"http://h/ {self.SECRET}", self.SECRET):
            error = self.run_of(url, code=USAGE).json["error"]
            self.assertEqual(error["where"], "--ping")
        self.configure(ping="${NOT_SET_ANYWHERE}")
        self.assertIn("NOT_SET_ANYWHERE", self.keepsum("reconcile", code=CONFIG).err)

    def certificate(self, name):
        files = {kind: self.path(f"{name}.{kind}") for kind in ("key", "pem")}
        subprocess.run(["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2",
                        "-subj", f"/CN={name}", "-addext", f"subjectAltName=DNS:{name}",
                        "-keyout", files["key"], "-out", files["pem"]],
                       check=True, capture_output=True)
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(files["pem"], files["key"])
        return context, files["pem"]

    def test_https_and_its_certificate(self):
        context, authority = self.certificate("localhost")
        monitor = Monitor(self, context=context)
        url = f"https://localhost:{monitor.port}/{self.SECRET}"
        self.assertEqual(self.run_of(url, code=OK, SSL_CERT_FILE=authority).err, "")
        self.assertEqual(monitor.paths, ["/" + self.SECRET])
        # Of an authority that nobody knows; of another host.
        self.assertIn("certificate verify failed", self.run_of(url, code=OK).err)
        context, authority = self.certificate("elsewhere.example")
        other = Monitor(self, context=context)
        run = self.run_of(f"https://localhost:{other.port}/{self.SECRET}", code=OK,
                          SSL_CERT_FILE=authority)
        self.assertIn("certificate verify failed", run.err)
        self.assertEqual(other.paths, [])
