"""The demo, with fewer attempts than a person would look at."""

import os
import subprocess

from service import EXAMPLE
from support import CliTest


class Demo(CliTest):
    def test_it_ends_well(self):
        build = os.path.dirname(os.environ["KEEPSUM_BINARY"])
        environment = self.environment(KEEPSUM_BUILD=build, TMPDIR=self.folder)
        if self.backend == "sqlite":
            del environment["DATABASE_URL"]
        done = subprocess.run(
            [os.path.join(EXAMPLE, "demo"), "--attempts", "3000", "--cards", "5", "--rate", "0"],
            env=environment, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT, text=True, timeout=120, check=False)
        self.assertEqual(done.returncode, 0, done.stdout)
        self.assertIn("All figures and exit codes were as they should be", done.stdout)
        self.assertNotIn("unexpected", done.stdout)
