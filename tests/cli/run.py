"""run.py sqlite|mariadb [NAME…]: the end-to-end tests of the binary on one database.

KEEPSUM_BINARY names the binary; for mariadb, KEEPSUM_TEST_MYSQL_URL a server whose root has no
password, as `with_mariadb` provides it. A name is a module, a class or a test: test_kill.KilledRepair.
Without names all of test_*.py run.
"""

import glob
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
    backend, names = sys.argv[1], sys.argv[2:]
    folder = os.path.dirname(os.path.abspath(__file__))
    sys.path.insert(0, folder)
    sys.dont_write_bytecode = True
    import support

    support.CliTest.backend = backend
    names = names or sorted(os.path.basename(file)[:-3] for file in glob.glob(folder + "/test_*.py"))
    found = unittest.defaultTestLoader.loadTestsFromNames(names)
    suite = unittest.TestSuite(case for case in cases(found)
                               if backend in getattr(case, "databases", (backend,)))
    if suite.countTestCases() == 0:
        print("no tests found", file=sys.stderr)
        return 1
    result = unittest.TextTestRunner(verbosity=1).run(suite)
    return 0 if result.wasSuccessful() else 1


if __name__ == "__main__":
    sys.exit(main())
