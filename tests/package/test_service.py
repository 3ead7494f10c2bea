"""A service that uses the installed package: built outside the tree, run against a database."""

import os
import re
import shutil
import sqlite3
import tempfile

from support import CC, CMAKE, CXX, SANITIZE, SONAME, VERSION, PackageTest, run

NUMBERS = [int(number) for number in VERSION.split(".")]
PREVIOUS_MINOR, MINOR, NEXT_MINOR = (f"{NUMBERS[0]}.{NUMBERS[1] + step}" for step in (-1, 0, 1))
SANITIZER = ["-fsanitize=" + SANITIZE] if SANITIZE else []

# As on a machine without their development files.
WITHOUT_LIBRARIES = ["-DCMAKE_DISABLE_FIND_PACKAGE_" + name + "=TRUE"
                     for name in ("fmt", "boost_json")]


class ServiceTest(PackageTest):
    def setUp(self):
        folder = tempfile.TemporaryDirectory(prefix="keepsum-service-")
        self.addCleanup(folder.cleanup)
        self.project = os.path.join(folder.name, "project")
        self.built = os.path.join(folder.name, "built")
        shutil.copytree(os.path.join(self.docs, "examples", "embedding"), self.project)

    def configure(self, *options, expect=0):
        return run(CMAKE, "-S", self.project, "-B", self.built, "-G", "Ninja",
                   "-DCMAKE_CXX_COMPILER=" + CXX, "-DCMAKE_CXX_FLAGS=" + " ".join(SANITIZER),
                   "-DCMAKE_PREFIX_PATH=" + self.prefix, *options, expect=expect)

    def edit(self, old, new):
        path = os.path.join(self.project, "CMakeLists.txt")
        with open(path, encoding="utf-8") as file:
            text = file.read()
        self.assertIn(old, text)
        with open(path, "w", encoding="utf-8") as file:
            file.write(text.replace(old, new))

    def check(self, binary, shared, env=None):
        """Runs the service on a new database; the base rows say what the summary must hold."""
        self.assertEqual(f"[{SONAME}]" in run("readelf", "-d", binary), shared)
        database = os.path.join(self.project, "payments.db")
        connection = sqlite3.connect(database, isolation_level=None)
        self.addCleanup(connection.close)
        with open(os.path.join(self.project, "schema.sql"), encoding="utf-8") as file:
            connection.executescript(file.read())
        run(self.program, "apply", "--yes", cwd=self.project)
        for _ in range(2):
            run(binary, "payments.db", "keepsum.json", cwd=self.project, env=env or {})
        expected = connection.execute(
            "SELECT card_id, SUM(cents), COUNT(*) FROM payments GROUP BY card_id").fetchall()
        self.assertEqual(expected, [(7, 2198, 4)])
        self.assertEqual(
            connection.execute("SELECT card_id, spent, payments FROM card_totals").fetchall(),
            expected)
        run(self.program, "reconcile", "--verify-only", cwd=self.project)


class FindPackage(ServiceTest):
    def build(self, *options, name="embedding"):
        self.configure(*options)
        run(CMAKE, "--build", self.built)
        return os.path.join(self.built, name)

    def test_default_is_shared(self):
        self.check(self.build(), shared=True)

    def test_shared_needs_nothing_of_the_static_one(self):
        self.check(self.build(*WITHOUT_LIBRARIES), shared=True)

    def test_static_says_what_it_needs(self):
        self.edit(f"{MINOR} REQUIRED)", f"{MINOR} REQUIRED COMPONENTS static)")
        self.assertIn("not found: Boost::json fmt::fmt",
                      " ".join(self.configure(*WITHOUT_LIBRARIES, expect=1).split()))

    def test_library_of_another_minor_version_does_not_load(self):
        service = self.build()
        # A library of the same SONAME whose symbols have the next minor version.
        other = os.path.join(self.project, "other")
        os.mkdir(other)
        with open(os.path.join(other, "map"), "w", encoding="utf-8") as file:
            file.write("KEEPSUM_" + NEXT_MINOR + " { global: *; };\n")
        run(CXX, "-shared", "-x", "c++", os.devnull, "-Wl,--version-script=map",
            "-Wl,-soname=" + SONAME, "-o", SONAME, cwd=other)
        self.assertIn(f"version `KEEPSUM_{MINOR}' not found",
                      run(service, expect=1, env={"LD_LIBRARY_PATH": other}))

    def test_static(self):
        self.edit("keepsum::keepsum", "keepsum::static")
        self.edit(f"{MINOR} REQUIRED)", f"{MINOR} REQUIRED COMPONENTS static shared)")
        self.check(self.build(), shared=False)

    def test_c(self):
        self.check(self.build(name="embedding_c"), shared=True)

    def test_c_static(self):
        self.edit("keepsum::keepsum", "keepsum::static")
        self.edit(f"{MINOR} REQUIRED)", f"{MINOR} REQUIRED COMPONENTS static shared)")
        self.check(self.build(name="embedding_c"), shared=False)

    def test_another_minor_version_is_refused(self):
        for other in (PREVIOUS_MINOR, NEXT_MINOR):
            with self.subTest(other):
                self.setUp()
                self.edit(f"{MINOR} REQUIRED)", f"{other} REQUIRED)")
                self.assertIn("not accepted", self.configure(expect=1))


class PkgConfig(ServiceTest):
    def flags(self, *options):
        return run("pkg-config", *options, "--cflags", "--libs", "keepsum", "sqlite3",
                   env={"PKG_CONFIG_PATH": os.path.join(self.lib, "pkgconfig")}).split()

    def compile(self, flags, compiler=(CXX, "-std=c++20"), source="embedding.cpp"):
        binary = os.path.join(self.project, "service")
        run(*compiler, "-Wall", "-Wextra", "-Wconversion", "-Werror", *SANITIZER, source, "-o",
            binary, *flags, cwd=self.project)
        return binary

    def static_flags(self):
        flags = self.flags("--static")
        self.assertIn("-lkeepsum", flags)
        # The linker takes the shared one where both are installed.
        flags[flags.index("-lkeepsum")] = "-l:libkeepsum.a"
        return flags

    def compile_c(self, flags):
        """By the C compiler alone: nothing of it may be C++."""
        return self.compile(flags, compiler=(CC, "-std=c99", "-pedantic-errors"),
                            source="embedding.c")

    def test_shared(self):
        self.check(self.compile(self.flags()), shared=True, env={"LD_LIBRARY_PATH": self.lib})

    def test_static(self):
        self.check(self.compile(self.static_flags()), shared=False)

    def test_c_shared(self):
        binary = self.compile_c(self.flags())
        # A program in C needs no other version of symbols: it outlives a minor version.
        needed = run("readelf", "--version-info", "--wide", binary)
        self.assertEqual(set(re.findall(r"KEEPSUM_\w[\w.]*", needed)), {"KEEPSUM_C_1"})
        self.check(binary, shared=True, env={"LD_LIBRARY_PATH": self.lib})

    def test_c_static(self):
        self.check(self.compile_c(self.static_flags()), shared=False)

    def test_version(self):
        self.assertEqual(run("pkg-config", "--modversion", "keepsum",
                             env={"PKG_CONFIG_PATH": os.path.join(self.lib, "pkgconfig")}).strip(),
                         VERSION)
