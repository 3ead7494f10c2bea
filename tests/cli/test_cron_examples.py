"""examples/cron does what it says: every flag exists, every metric is written, every file is read."""

import glob
import json
import os
import re
import shutil
import signal
import subprocess

import prometheus
from support import (BINARY, CHANGED, DRIFT_LEFT, OK, TIME_SPENT, CardTest)

EXAMPLES = os.path.join(os.path.dirname(__file__), "..", "..", "examples", "cron")
# Debian's Python has Debian's python3-yaml, whatever Python runs this.
FROM_YAML = "import json, sys, yaml; json.dump(list(yaml.safe_load_all(sys.stdin)), sys.stdout)"


def text_of(name):
    with open(os.path.join(EXAMPLES, name), encoding="utf-8") as file:
        return file.read()


def yaml_of(name):
    done = subprocess.run(["/usr/bin/python3", "-c", FROM_YAML], input=text_of(name), text=True,
                          capture_output=True, check=True)
    (document,) = json.loads(done.stdout)
    return document


class CronExamples(CardTest):
    databases = ("sqlite",)  # nothing here differs between databases

    def setUp(self):
        super().setUp()
        self.apply()
        os.mkdir(os.path.join(self.folder, "bin"))
        os.symlink(BINARY, os.path.join(self.folder, "bin", "keepsum"))

    def spoil(self):
        self.db.run("UPDATE card_activity SET total = total + 1 WHERE card_id = 1")

    def moved_here(self, text):
        """A command with its paths in the test's folder."""
        # In one go: the test's folder may be in /tmp/ itself.
        paths = ("/etc/keepsum/", "/var/log/keepsum/", "/var/lib/prometheus/node-exporter/",
                 "/run/keepsum/", "/tmp/")
        return re.sub("|".join(paths), lambda _: self.folder + "/", text)

    def environment(self, **changes):
        path = os.path.join(self.folder, "bin") + ":" + os.environ["PATH"]
        return super().environment(PATH=path, CHECK_URL="http://127.0.0.1:9/nobody", **changes)

    def test_every_flag_exists(self):
        known = set()
        for command in ("reconcile", "ctl"):
            known |= set(re.findall(r"--[a-z][a-z-]+", self.keepsum(command, "--help", code=OK).out))
        # Of useradd, systemctl and systemd-tmpfiles, in the README.
        strange = {"--system", "--now", "--create"}
        for path in glob.glob(os.path.join(EXAMPLES, "*")):
            name = os.path.basename(path)
            used = set(re.findall(r"(?<![\w-])--[a-z][a-z-]+", text_of(name)))
            self.assertLessEqual(used - strange, known, name)

    def test_the_crontabs_line_runs(self):
        (line,) = [line for line in text_of("crontab").splitlines() if line.startswith("*/")]
        self.assertNotIn("%", line)  # cron would end the line there
        schedule, user, command = line.split("  ", 2)
        self.assertEqual(user.split(), ["keepsum"])
        with open(os.path.join(self.folder, "reconcile.env"), "w", encoding="utf-8") as file:
            file.write(f"DATABASE_URL={self.db.url}\nCHECK_URL=http://127.0.0.1:9/nobody\n")
        done = subprocess.run(["/bin/sh", "-c", self.moved_here(command)], cwd="/", text=True,
                              env=self.environment(), capture_output=True, check=False, timeout=60)
        self.assertEqual(done.returncode, OK, done.stderr)
        self.assertIn("the ping was not taken", done.stderr)
        self.assertNotIn("nobody", done.stderr)
        with open(os.path.join(self.folder, "reconcile.jsonl"), encoding="utf-8") as file:
            self.assertEqual(json.loads(file.read())["exit_code"], OK)
        self.assertTrue(os.path.exists(os.path.join(self.folder, "keepsum.prom")))

    def test_the_units_are_units(self):
        if not shutil.which("systemd-analyze"):
            self.skipTest("systemd-analyze is not installed")
        for name in ("keepsum-reconcile.service", "keepsum-reconcile.timer"):
            text = text_of(name).replace("/usr/local/bin/keepsum", BINARY)
            # The user is made by whoever installs the unit.
            text = re.sub("(User|Group)=keepsum", r"\1=daemon", text)
            with open(os.path.join(self.folder, name), "w", encoding="utf-8") as file:
                file.write(text)
        done = subprocess.run(["systemd-analyze", "verify", "--man=no",
                               os.path.join(self.folder, "keepsum-reconcile.service"),
                               os.path.join(self.folder, "keepsum-reconcile.timer")],
                              text=True, capture_output=True, check=False, timeout=60)
        ours = [line for line in done.stderr.splitlines() if "keepsum-reconcile" in line]
        self.assertEqual((done.returncode, ours), (0, []), done.stderr)

    def test_the_service_takes_for_success_what_is_one(self):
        service = text_of("keepsum-reconcile.service")
        self.assertIn("\nSuccessExitStatus=2 3 4\n", service)
        # systemd would put a variable's value into the list of processes.
        self.assertNotRegex(service, r"(?<!\$)\$\{")

    def job(self):
        job = yaml_of("cronjob.yaml")
        self.assertEqual((job["kind"], job["spec"]["concurrencyPolicy"]), ("CronJob", "Forbid"))
        return job["spec"]["jobTemplate"]["spec"]["template"]["spec"]

    def test_the_pods_script_and_its_exit_codes(self):
        pod = self.job()
        self.assertEqual(pod["restartPolicy"], "Never")
        (container,) = pod["containers"]
        script = self.moved_here(container["args"][0])

        def run(*more, code, script=script):
            script = script.replace("--json", " ".join(("--json", *more)))
            done = subprocess.run([*container["command"], script], env=self.environment(),
                                  cwd=self.folder, capture_output=True, text=True, check=False)
            self.assertEqual(done.returncode, code, done.stderr)
            return json.loads(done.stdout)

        self.assertEqual(run(code=0)["exit_code"], OK)
        self.spoil()
        self.assertEqual(run("--verify-only", code=DRIFT_LEFT)["exit_code"], DRIFT_LEFT)
        self.assertEqual(run(code=0)["exit_code"], CHANGED)
        run("--database", "sqlite:/nowhere", code=1)
        run("--config", "no.json", code=64)  # --config stands twice

    def test_sigterm_reaches_the_run_through_the_pods_shell(self):
        (container,) = self.job()["containers"]
        with open(os.path.join(self.folder, "pause"), "w", encoding="utf-8"):
            pass
        run = subprocess.Popen([*container["command"], self.moved_here(container["args"][0])],
                               cwd=self.folder, env=self.environment(), text=True,
                               stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        self.addCleanup(self.end, run)
        self.assertIn("pausing", run.stderr.readline())
        run.send_signal(signal.SIGTERM)
        done = self.finish(run)
        self.assertEqual(done.code, 0, str(done))
        self.assertEqual(done.json["exit_code"], TIME_SPENT)
        self.assertEqual(done.json["summaries"][0]["stop"], "asked")

    def test_alerts_name_only_what_is_written(self):
        self.keepsum("reconcile", "--metrics-file", "keepsum.prom", code=OK)
        with open(os.path.join(self.folder, "keepsum.prom"), encoding="utf-8") as file:
            written = prometheus.parse(file.read())
        names = {key[0] for key in written}
        labels = {pair for key in written for pair in key[1:]}
        rules = [rule for group in yaml_of("alerts.yml")["groups"] for rule in group["rules"]]
        self.assertEqual(len(rules), len({rule["alert"] for rule in rules}))
        for rule in rules:
            used = set(re.findall(r"keepsum_\w+", rule["expr"]))
            self.assertTrue(used)
            self.assertLessEqual(used, names, rule["alert"])
            for label in re.findall(r'(\w+)="(\w+)"', rule["expr"]):
                self.assertIn(label, labels, rule["alert"])
            self.assertLessEqual({"severity"}, set(rule["labels"]))
            self.assertIn("summary", rule["annotations"])
