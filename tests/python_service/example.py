"""The example on a database of the test: its tables, its spec, its pack."""

import json
import os
import shutil
import subprocess
import sys

from support import OK, TIMEOUT_S, CliTest

EXAMPLE = os.path.join(os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__)))),
                       "examples", "python_service")
sys.path.insert(0, EXAMPLE)


class ExampleTest(CliTest):
    def setUp(self):
        super().setUp()
        shutil.copy(os.path.join(EXAMPLE, "keepsum.json"), self.folder)
        with open(os.path.join(EXAMPLE, f"schema_{self.backend}.sql"), encoding="utf-8") as file:
            self.db.script(file.read())
        self.keepsum("apply", "--yes", code=OK)
        self.pack = os.path.join(self.folder, "pack.json")
        with open(self.pack, "w", encoding="utf-8") as file:
            json.dump(self.json("sql", "--hooks"), file)

    def start_payments(self, *options):
        process = subprocess.Popen(
            [sys.executable, "-B", os.path.join(EXAMPLE, "payments.py"), self.db.url, self.pack,
             *options],
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        self.addCleanup(self.end, process)
        return process

    def assert_ends_well(self, process):
        out, err = process.communicate(timeout=TIMEOUT_S)
        self.assertEqual((process.returncode, err), (0, ""), out)
        return out

    def verify(self):
        self.keepsum("reconcile", "--verify-only", code=OK)
