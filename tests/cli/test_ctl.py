"""A word with a run that is under way: a socket, a pause file."""

import json
import os
import signal
import socket
import stat
import time

from support import CHANGED, FAILED, OK, TIME_SPENT, USAGE, CardTest, poll, sigkill


class CtlTest(CardTest):
    """Runs that a pause file keeps from ending until the test lets them."""

    def setUp(self):
        super().setUp()
        self.apply()
        self.socket = os.path.join(self.folder, "run.sock")
        self.pause_file = os.path.join(self.folder, "pause")

    def hold(self):
        with open(self.pause_file, "w", encoding="utf-8"):
            pass

    def held_run(self, *arguments, control=True):
        """A run that pauses, and said so."""
        self.hold()
        run = self.start("reconcile", "--json", "--pause-file", self.pause_file,
                         *(("--control", self.socket) if control else ()), *arguments)
        self.assertEqual(run.stderr.readline(),
                         f"card_activity: pausing: asked to by the file {self.pause_file}\n")
        return run

    def ctl(self, *arguments, code=OK):
        return self.keepsum("ctl", *arguments, "--control", self.socket, code=code)

    def status(self, *arguments):
        answer = self.json("ctl", *(arguments or ("status",)), "--control", self.socket)
        self.assertIs(answer["ok"], True)
        return answer["status"]


class PauseFile(CtlTest):
    def test_the_run_waits_while_it_is_there(self):
        run = self.held_run()
        time.sleep(0.5)
        self.assertIsNone(run.poll())
        os.unlink(self.pause_file)
        done = self.finish(run)
        self.assertEqual(done.code, OK, str(done))
        (pause,) = done.json["summaries"][0]["pauses"]
        self.assertEqual((pause["signal"], pause["count"], pause["value"]), ("pause", 1, None))
        self.assertEqual(pause["asked_by"], "the file " + self.pause_file)
        self.assertGreater(pause["seconds"], 0.4)

    def test_the_throttles_deadline_is_not_its_own_and_the_budget_is(self):
        run = self.held_run("--throttle-wait", "200ms", "--time-budget", "1500ms")
        time.sleep(0.8)
        self.assertIsNone(run.poll())
        done = self.finish(run)
        self.assertEqual(done.code, TIME_SPENT, str(done))
        self.assertIn("asked to by the file", done.json["summaries"][0]["stop_reason"])

    def test_sigterm_ends_the_wait(self):
        run = self.held_run()
        run.send_signal(signal.SIGTERM)
        done = self.finish(run)
        self.assertEqual((done.code, done.json["summaries"][0]["stop"]), (TIME_SPENT, "asked"))


class Ctl(CtlTest):
    def test_status(self):
        run = self.held_run()
        status = self.status()
        self.assertEqual((status["pid"], status["summary"]), (run.pid, "card_activity"))
        self.assertIn("the file", status["pause_asked_by"])
        self.assertIn("pausing: asked to by the file", self.ctl("status").out)

    def test_pause_and_resume(self):
        run = self.held_run()
        self.assertIn("the file", self.status("pause")["pause_asked_by"])
        os.unlink(self.pause_file)
        # Now it is ctl that holds it.
        poll(lambda: self.status()["pausing_for"] == "asked to by keepsum ctl"
             or self.status()["pause_asked_by"] == "keepsum ctl", "ctl's pause holds")
        time.sleep(0.5)
        self.assertIsNone(run.poll())
        self.assertEqual(self.status("resume")["pause_asked_by"], "")
        self.assertEqual(self.finish(run).code, OK)

    def test_stop(self):
        run = self.held_run()
        self.ctl("stop")
        done = self.finish(run)
        self.assertEqual((done.code, done.json["summaries"][0]["stop"]), (TIME_SPENT, "asked"))

    def test_set(self):
        run = self.held_run()
        self.assertIsNone(self.status()["chunk_ms"])
        self.assertNotIn("ranges of", self.ctl("status").out)
        self.assertIn("ranges of 9 ms, as was asked", self.ctl("set", "chunk-ms=9").out)
        self.assertEqual(self.status("set", "chunk-ms=7")["chunk_ms"], 7)
        for wrong in (("set",), ("set", "chunk-ms=0"), ("set", "chunk-ms=x"), ("set", "colour=1"),
                      ("pause", "chunk-ms=1"), ("dance",), ()):
            self.ctl(*wrong, code=USAGE)
        self.assertEqual(self.status()["chunk_ms"], 7)
        self.assertIsNone(run.poll())

    def test_nobody_listens(self):
        refused = self.ctl("status", code=FAILED)
        self.assertIn("no run listens there", refused.err)

    def test_the_protocol(self):
        self.held_run()
        for line, why in ((b"nonsense\n", "no JSON object"), (b"[]\n", "no JSON object"),
                          (b'{"command":"stop"}\n', "version 1"),
                          (b'{"version":2,"command":"stop"}\n', "version 1"),
                          (b'{"version":1,"command":"dance"}\n', "the commands are"),
                          (b'{"version":1,"command":7}\n', "the commands are"),
                          (b'{"version":1,"command":"set","chunk_ms":1.5}\n', "an integer"),
                          (b'{"version":1,"command":"set"}\n', "set what")):
            answer = json.loads(self.say(line))
            self.assertIs(answer["ok"], False)
            self.assertIn(why, answer["error"])
        # One who says too much, or nothing, is hung up on, and keeps nobody else out.
        self.assertEqual(self.say(b"x" * 10_000), b"")
        self.assertEqual(self.say(b""), b"")
        self.assertEqual(self.status()["summary"], "card_activity")

    def say(self, line):
        with socket.socket(socket.AF_UNIX) as client:
            client.settimeout(10)
            client.connect(self.socket)
            answer = b""
            try:
                client.sendall(line)
                while piece := client.recv(4096):
                    answer += piece
            except (BrokenPipeError, ConnectionResetError):
                pass
            return answer


class Socket(CtlTest):
    def test_nobody_else_may_use_it_and_it_goes_with_the_run(self):
        run = self.held_run()
        self.assertEqual(stat.S_IMODE(os.stat(self.socket).st_mode), 0o600)
        os.unlink(self.pause_file)
        self.assertEqual(self.finish(run).code, OK)
        self.assertFalse(os.path.exists(self.socket))

    def test_a_killed_runs_socket_is_replaced(self):
        sigkill(self.held_run())
        self.assertTrue(os.path.exists(self.socket))
        run = self.held_run()
        self.assertEqual(self.status()["pid"], run.pid)

    def test_a_socket_somebody_listens_at_is_not(self):
        run = self.held_run()
        second = self.keepsum("reconcile", "--verify-only", "--control", self.socket, code=OK)
        self.assertIn("another run listens there", second.err)
        self.assertEqual(self.status()["pid"], run.pid)

    def test_what_is_no_socket_stays(self):
        with open(self.socket, "w", encoding="utf-8") as file:
            file.write("mine")
        run = self.keepsum("reconcile", "--control", self.socket, code=OK)
        self.assertIn("something else than a socket", run.err)
        with open(self.socket, encoding="utf-8") as file:
            self.assertEqual(file.read(), "mine")
        run = self.keepsum("reconcile", "--control", "/tmp/" + "x" * 200, code=OK)
        self.assertIn("at most 107 bytes", run.err)

    def test_without_a_name_the_spec_is_the_name(self):
        run = self.held_run(control=False)
        (name,) = [name for name in os.listdir(self.folder) if name.endswith(".sock")]
        self.assertRegex(name, r"^keepsum-[0-9a-f]{16}\.sock$")
        self.assertEqual(self.json("ctl", "status")["status"]["pid"], run.pid)
        elsewhere = self.json("ctl", "status", "--config", os.path.join(self.folder, "keepsum.json"))
        self.assertEqual(elsewhere["status"]["pid"], run.pid)
        self.keepsum("ctl", "status", "--config", "other.json", code=FAILED)
