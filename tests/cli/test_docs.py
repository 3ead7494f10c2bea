"""What the README shows is what the project has."""

import os
import re
import subprocess
import unittest

from support import BINARY

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))


def text_of(*path):
    with open(os.path.join(ROOT, *path), encoding="utf-8") as file:
        return file.read()


def headings_of(page):
    """As links name them: in lower case, without punctuation, spaces as hyphens."""
    return [re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-")
            for heading in re.findall(r"^#+ (.*)$", text_of(page), re.M)]


class Readme(unittest.TestCase):
    databases = ("sqlite",)  # once is enough

    def test_its_service_is_the_example(self):
        blocks = re.findall(r"^```cpp\n(.*?)^```", text_of("README.md"), re.S | re.M)
        self.assertTrue(blocks)
        example = text_of("examples", "card_activity", "pay.cpp")
        for block in blocks:
            self.assertIn(block, example)

    def test_its_links_lead_somewhere(self):
        for page in ["README.md"] + ["docs/" + name for name in os.listdir(ROOT + "/docs")
                                     if name.endswith(".md")]:
            folder = os.path.dirname(os.path.join(ROOT, page))
            for link, heading in re.findall(r"\]\(([^)#:]*)(?:#([^)]*))?\)", text_of(page)):
                with self.subTest(page=page, link=link, heading=heading):
                    target = os.path.join(folder, link) if link else os.path.join(ROOT, page)
                    self.assertTrue(os.path.exists(target))
                    if heading:
                        self.assertIn(heading, headings_of(target))

    def test_its_commands_exist(self):
        shown = set(re.findall(r"^    keepsum ([a-z]+)\b", text_of("README.md"), re.M))
        self.assertIn("reconcile", shown)
        for command in sorted(shown):
            with self.subTest(command=command):
                done = subprocess.run([BINARY, command, "--help"], capture_output=True)
                self.assertEqual(done.returncode, 0)
