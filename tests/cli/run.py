"""run.py sqlite|mariadb [MODULE…]: the end-to-end tests of the binary on one database.

KEEPSUM_BINARY names the binary; for mariadb, KEEPSUM_TEST_MYSQL_URL a server whose root has no
password, as `with_mariadb` provides it. Without modules all of test_*.py run.
"""

import glob
import importlib
import os
import sys
import unittest


def cases(suite):
    for item in suite:
        if isinstance(item, unittest.TestSuite):
            yield from cases(item)
        else:
            yield item


def main():
    backend, modules = sys.argv[1], sys.argv[2:]
    folder = os.path.dirname(os.path.abspath(__file__))
    sys.path.insert(0, folder)
    sys.dont_write_bytecode = True
    import support

    support.CliTest.backend = backend
    if not modules:
        modules = sorted(os.path.basename(file)[:-3] for file in glob.glob(folder + "/test_*.py"))
    suite = unittest.TestSuite()
    for module in modules:
        found = unittest.defaultTestLoader.loadTestsFromModule(importlib.import_module(module))
        suite.addTests(case for case in cases(found)
                       if backend in getattr(case, "databases", (backend,)))
    if suite.countTestCases() == 0:
        print("no tests found", file=sys.stderr)
        return 1
    result = unittest.TextTestRunner(verbosity=1).run(suite)
    return 0 if result.wasSuccessful() else 1


if __name__ == "__main__":
    sys.exit(main())
