"""Each public header stands alone, and brings nothing along but the standard library and Boost.

KEEPSUM_TEST_HEADERS_CXX names the compiler.
"""

import os
import tempfile

from support import PackageTest, run

CXX = os.environ.get("KEEPSUM_TEST_HEADERS_CXX", "")
FLAGS = ["-std=c++20", "-Wall", "-Wextra", "-Wpedantic", "-Wconversion", "-Wsign-conversion",
         "-Wshadow", "-Wold-style-cast", "-Werror", "-fvisibility=hidden"]


class Headers(PackageTest):
    def setUp(self):
        folder = tempfile.TemporaryDirectory(prefix="keepsum-headers-")
        self.addCleanup(folder.cleanup)
        self.folder = folder.name

    def compile(self, *headers):
        """Compiles a file that includes these, each twice; returns every file that was read."""
        source = os.path.join(self.folder, "unit.cpp")
        with open(source, "w", encoding="utf-8") as file:
            file.writelines(f"#include <{header}>\n" for header in headers * 2)
        # Only the drivers' own headers may warn.
        drivers = run("pkg-config", "--cflags", "libmariadb").replace("-I", "-isystem").split()
        run(CXX, *FLAGS, "-I" + self.include, *drivers, "-fsyntax-only",
            "-MD", "-MF", source + ".d", "-MT", "x", source, cwd=self.folder)
        with open(source + ".d", encoding="utf-8") as file:
            read = file.read().replace("\\\n", " ").split()[1:]
        return {os.path.realpath(path) for path in read} - {os.path.realpath(source)}

    def test_each_alone(self):
        allowed = self.compile("bits/stdc++.h", "boost/system/result.hpp")
        allowed |= {os.path.realpath(os.path.join(self.include, name)) for name in self.headers()}
        self.assertTrue(self.headers())
        for header in self.headers():
            with self.subTest(header):
                self.assertEqual(self.compile(header) - allowed, set())

    def test_together_with_the_drivers(self):
        """A service includes both: the handles must be the same types, in either order."""
        drivers = ["mysql.h", "sqlite3.h"]
        self.compile(*drivers, *self.headers())
        self.compile(*self.headers(), *drivers)
