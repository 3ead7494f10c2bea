"""The public header for C stands alone in every C since C99, and brings two headers of C along.

KEEPSUM_TEST_HEADERS_CC names the compiler.
"""

import os
import tempfile

from support import PackageTest, run

CC = os.environ.get("KEEPSUM_TEST_HEADERS_CC", "")
FLAGS = ["-Wall", "-Wextra", "-pedantic-errors", "-Wconversion", "-Wsign-conversion", "-Wshadow",
         "-Wstrict-prototypes", "-Wmissing-prototypes", "-Werror"]


class HeadersInC(PackageTest):
    def setUp(self):
        folder = tempfile.TemporaryDirectory(prefix="keepsum-headers-")
        self.addCleanup(folder.cleanup)
        self.source = os.path.join(folder.name, "unit.c")

    def compile(self, standard, *headers):
        """Compiles a file that includes these; returns every file that was read."""
        with open(self.source, "w", encoding="utf-8") as file:
            file.writelines(f"#include <{header}>\n" for header in headers)
            file.write("typedef int something;\n")
        drivers = run("pkg-config", "--cflags", "libmariadb").replace("-I", "-isystem").split()
        run(CC, "-std=" + standard, *FLAGS, "-I" + self.include, *drivers, "-fsyntax-only",
            "-MD", "-MF", self.source + ".d", "-MT", "x", self.source)
        with open(self.source + ".d", encoding="utf-8") as file:
            read = file.read().replace("\\\n", " ").split()[1:]
        return {os.path.realpath(path) for path in read} - {self.source}

    def test_alone(self):
        for standard in ("c99", "c11", "c17"):
            with self.subTest(standard):
                allowed = self.compile(standard, "stddef.h", "stdint.h")
                read = self.compile(standard, "keepsum/keepsum.h", "keepsum/keepsum.h")
                self.assertEqual(
                    read - allowed,
                    {os.path.realpath(os.path.join(self.include, "keepsum/keepsum.h"))})

    def test_together_with_the_drivers(self):
        """The handles must be the same types, in either order."""
        self.compile("c99", "mysql.h", "sqlite3.h", "keepsum/keepsum.h")
        self.compile("c99", "keepsum/keepsum.h", "mysql.h", "sqlite3.h")
