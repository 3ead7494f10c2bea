"""run.py sqlite|mariadb [NAME…]: tests of examples/python_service as a program.

As tests/cli/run.py, whose support they stand on. Runs in Debian's Python, which has Debian's driver.
"""

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
    here = os.path.dirname(os.path.abspath(__file__))
    sys.path[:0] = [here, os.path.join(os.path.dirname(here), "cli")]
    sys.dont_write_bytecode = True
    import support

    support.CliTest.backend = backend
    found = unittest.defaultTestLoader.loadTestsFromNames(
        names or ["test_payments", "test_carrier"])
    chosen = unittest.TestSuite(case for case in cases(found)
                                if backend in getattr(case, "databases", (backend,)))
    result = unittest.TextTestRunner(verbosity=1).run(chosen)
    return 0 if result.wasSuccessful() and result.testsRun > 0 else 1


if __name__ == "__main__":
    sys.exit(main())
