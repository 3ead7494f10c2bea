"""run.py install|remove|NAME…: the tests of what `cmake --install` installs.

`install` installs into a new folder and then moves it, so that a path to where it was installed
leads nowhere; `remove` takes it away. A name is a module, a class or a test.
"""

import os
import shutil
import sys
import tempfile
import unittest

import support


def remove():
    if os.path.exists(support.PREFIX_FILE):
        with open(support.PREFIX_FILE, encoding="utf-8") as file:
            shutil.rmtree(os.path.dirname(file.read()), ignore_errors=True)
        os.remove(support.PREFIX_FILE)


def install():
    remove()
    folder = tempfile.mkdtemp(prefix="keepsum-package-")
    first, prefix = os.path.join(folder, "first"), os.path.join(folder, "moved")
    with open(support.PREFIX_FILE, "w", encoding="utf-8") as file:
        file.write(prefix)
    print(support.run(support.CMAKE, "--install", support.BUILD, "--prefix", first,
                      env={"DESTDIR": ""}))
    os.rename(first, prefix)


def main():
    names = sys.argv[1:]
    if names in (["install"], ["remove"]):
        install() if names == ["install"] else remove()
        return 0
    suite = unittest.defaultTestLoader.loadTestsFromNames(names)
    result = unittest.TextTestRunner(verbosity=2).run(suite)
    return 0 if result.wasSuccessful() and result.testsRun else 1


if __name__ == "__main__":
    sys.dont_write_bytecode = True
    sys.exit(main())
