"""Where the installed package is, and how to run a command against it.

The environment says it, set by CMakeLists.txt: nothing here looks into the build, as a user of the
package could not.
"""

import os
import subprocess
import unittest

SOURCE = os.environ["KEEPSUM_TEST_SOURCE"]
BUILD = os.environ["KEEPSUM_TEST_BUILD"]
VERSION = os.environ["KEEPSUM_TEST_VERSION"]
SANITIZE = os.environ.get("KEEPSUM_TEST_SANITIZE", "")
CMAKE = os.environ["KEEPSUM_TEST_CMAKE"]
CC = os.environ["KEEPSUM_TEST_CC"]
CXX = os.environ["KEEPSUM_TEST_CXX"]

# Names the folder the package was installed into: another for each run.
PREFIX_FILE = os.path.join(BUILD, "tests", "package", "prefix")
SONAME = "libkeepsum.so." + VERSION.split(".", maxsplit=1)[0]


def run(*command, expect=0, **options):
    """The command's output, errors included; fails unless it exits as expected."""
    environment = dict(os.environ, LC_ALL="C", **options.pop("env", {}))
    done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
                          timeout=300, check=False, env=environment, **options)
    if done.returncode != expect:
        raise AssertionError(f"{' '.join(command)}\nexit {done.returncode}, not {expect}\n"
                             + done.stdout)
    return done.stdout


class PackageTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        with open(PREFIX_FILE, encoding="utf-8") as file:
            cls.prefix = file.read()
        cls.lib = os.path.join(cls.prefix, os.environ["KEEPSUM_TEST_LIBDIR"])
        cls.include = os.path.join(cls.prefix, os.environ["KEEPSUM_TEST_INCLUDEDIR"])
        cls.docs = os.path.join(cls.prefix, os.environ["KEEPSUM_TEST_DOCDIR"])
        cls.program = os.path.join(cls.prefix, os.environ["KEEPSUM_TEST_BINDIR"], "keepsum")

    def headers(self):
        """The installed headers, as a program names them."""
        return sorted(os.path.relpath(os.path.join(folder, name), self.include)
                      for folder, _, names in os.walk(self.include) for name in names)
