"""What is installed: all of it, nothing else, and no trace of the machine that built it."""

import glob
import json
import os
import re
import subprocess
import tempfile

from support import BUILD, CXX, SONAME, SOURCE, VERSION, PackageTest, run

# What comes before a name in the output of nm: tables of the compiler.
TABLES = re.compile(r"^(vtable|typeinfo|typeinfo name) for ")
# Of the functions of keepsum.h: it stays, whatever version keepsum has.
C_VERSION = "KEEPSUM_C_1"
# Whatever lies here is internal.
INTERNAL = re.compile(r"^keepsum::((cli|connectors|embed|lifecycle|maintain|plan|reconcile|schema"
                      r"|sql)|\w+::State)::")


class Contents(PackageTest):
    def test_headers_are_the_public_ones(self):
        public = {"keepsum/" + os.path.basename(path)
                  for folder in ("engine", "connectors/*")
                  for suffix in ("h", "hpp")
                  for path in glob.glob(f"{SOURCE}/{folder}/include/keepsum/*.{suffix}")}
        self.assertEqual(self.headers(), sorted(public | {"keepsum/version.hpp"}))

    def test_files(self):
        with open(os.path.join(self.prefix, "share/keepsum/keepsum.schema.json"),
                  encoding="utf-8") as file:
            json.load(file)
        for name in ("README.md", "LICENSE", "docs/embedding.md",
                     "examples/embedding/keepsum.json",
                     "examples/python_service/statement_pack.py"):
            self.assertTrue(os.path.isfile(os.path.join(self.docs, name)), name)
        self.assertIn(VERSION, run(self.program, "--version"))

    def test_names_of_the_library(self):
        shared = os.path.join(self.lib, "libkeepsum.so")
        self.assertEqual(os.readlink(shared), SONAME)
        self.assertEqual(os.readlink(os.path.join(self.lib, SONAME)), "libkeepsum.so." + VERSION)
        self.assertIn(f"soname: [{SONAME}]", run("readelf", "-d", shared))
        self.assertTrue(os.path.isfile(os.path.join(self.lib, "libkeepsum.a")))

    def exports(self):
        """(name, version) of what the shared library defines, demangled."""
        listing = run("nm", "-D", "--defined-only", "--demangle", self.lib + "/libkeepsum.so")
        # "address type name@@version"; a version defines itself as an absolute symbol.
        rows = [line.split(maxsplit=2)[1:] for line in listing.splitlines()]
        return [name.rpartition("@@")[::2] for kind, name in rows if kind != "A"]

    def test_exports_are_public(self):
        version = "KEEPSUM_" + ".".join(VERSION.split(".")[:2])
        exports = [(name, of) for name, of in self.exports() if of != C_VERSION]
        for name, of in exports:
            bare = TABLES.sub("", name)
            self.assertTrue(bare.startswith("keepsum::"), name)
            self.assertIsNone(INTERNAL.match(bare), name)
            self.assertEqual(of, version, name)
        for needed in ("keepsum::sqlite::borrow", "keepsum::sqlite::load", "keepsum::mysql::borrow",
                       "keepsum::mysql::load", "keepsum::describe",
                       "typeinfo for keepsum::db::Session"):
            self.assertTrue(any(name.startswith(needed) for name, _ in exports), needed)

    def test_exports_in_c_are_those_of_the_header(self):
        """In a version of their own, and each of them: a program in C loads none of the others."""
        with open(os.path.join(self.include, "keepsum/keepsum.h"), encoding="utf-8") as file:
            text = re.sub(r"/\*.*?\*/", "", file.read(), flags=re.S)
        declared = re.findall(r"^KEEPSUM_C_API [\w *]*?\b(keepsum_\w+)\(", text, re.M)
        self.assertEqual(len(declared), text.count("KEEPSUM_C_API ") - 1)  # and its definition
        exported = [name for name, of in self.exports() if of == C_VERSION]
        self.assertEqual(sorted(exported), sorted(declared))

    def test_exports_are_all_that_is_public(self):
        """A function that a public header declares must not be hidden by a forgotten mark."""
        hidden = self.symbols("libkeepsum.a") - self.symbols("libkeepsum.so", "-D")
        names = set(run("c++filt", "-p", input="\n".join(hidden)).splitlines())
        self.assertEqual(self.declared(names), [])
        # What it would look like if there were one: a function, a member.
        controls = ["keepsum::UnitOfWork::apply", "keepsum::describe[abi:cxx11]"]
        self.assertEqual(self.declared(names | set(controls)), controls)

    def symbols(self, library, *options):
        """The mangled names of keepsum's functions and data in the library, but for inline ones."""
        listing = run("nm", "--defined-only", *options, os.path.join(self.lib, library))
        return set(re.findall(r" [TDBR] (_ZNK?7keepsum\w+)", listing))

    def declared(self, names):
        """Those of the qualified names that the public headers declare; the compiler is asked."""
        text = "".join(f"#include <{header}>\n" for header in self.headers())
        probes = {}
        for name in sorted(names):
            scope, _, member = re.sub(r"\[abi:\w+\]", "", name).rpartition("::")
            # Of a class that is defined there every member; of a namespace what a using finds.
            for probe in (f"constexpr auto size = sizeof(::{scope});",
                          f"using ::{scope}::{member};"):
                text += f"namespace probe{len(probes)} {{ {probe} }}\n"
                probes[text.count("\n")] = name
        with tempfile.TemporaryDirectory(prefix="keepsum-probe-") as folder:
            with open(os.path.join(folder, "probe.cpp"), "w", encoding="utf-8") as file:
                file.write(text)
            done = subprocess.run(
                [CXX, "-std=c++20", "-fsyntax-only", "-fmax-errors=0", "-I" + self.include,
                 "probe.cpp"], cwd=folder, capture_output=True, text=True, check=False)
        refused = set(map(int, re.findall(r"^probe\.cpp:(\d+):.*error:", done.stderr, re.M)))
        self.assertTrue(refused <= set(probes), done.stderr[:2000])
        return sorted({name for line, name in probes.items() if line not in refused})

    def test_no_path_of_the_build(self):
        folders = {SOURCE, os.path.realpath(SOURCE), BUILD, os.path.realpath(BUILD),
                   os.path.dirname(self.prefix)}
        for folder, _, names in os.walk(self.prefix):
            for name in names:
                path = os.path.join(folder, name)
                with open(path, "rb") as file:
                    content = file.read()
                for trace in folders:
                    # Not assertNotIn: it would print the library.
                    self.assertFalse(trace.encode() in content, f"{trace} in {path}")
        for path in (self.program, self.lib + "/libkeepsum.so"):
            self.assertNotRegex(run("readelf", "-d", path), r"\(R(UN)?PATH\)", path)
