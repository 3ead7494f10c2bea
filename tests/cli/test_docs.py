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
        for page in ["README.md"] + [folder + name for folder in ("docs/", "docs/aggregates/")
                                     for name in os.listdir(os.path.join(ROOT, folder))
                                     if name.endswith(".md")]:
            folder = os.path.dirname(os.path.join(ROOT, page))
            for link, heading in re.findall(r"\]\(([^)#:]*)(?:#([^)]*))?\)", text_of(page)):
                with self.subTest(page=page, link=link, heading=heading):
                    target = os.path.join(folder, link) if link else os.path.join(ROOT, page)
                    self.assertTrue(os.path.exists(target))
                    if heading:
                        self.assertIn(heading, headings_of(target))

    def test_the_sql_of_each_aggregate_is_what_is_generated(self):
        """Each line of a page's SQL stands in the golden file that the page names."""
        registry = text_of("engine", "aggregates", "registry.cpp")
        names = re.findall(r"&(\w+)_aggregate\(\)", registry)
        self.assertIn("latest", names)
        overview = text_of("docs", "aggregates", "README.md")
        for name in names:
            page = text_of("docs", "aggregates", name + ".md")
            self.assertIn(f"({name}.md)", overview)
            blocks = re.findall(r"<!-- golden: (\S+) -->\n```sql\n(.*?)^```", page, re.S | re.M)
            self.assertTrue(blocks, name)
            for golden, block in blocks:
                generated = " ".join(text_of("tests", "golden", golden).split())
                for line in block.splitlines():
                    with self.subTest(page=name, golden=golden, line=line):
                        self.assertIn(" ".join(line.split()), generated)

    def test_its_commands_exist(self):
        shown = set(re.findall(r"^    keepsum ([a-z]+)\b", text_of("README.md"), re.M))
        self.assertIn("reconcile", shown)
        for command in sorted(shown):
            with self.subTest(command=command):
                done = subprocess.run([BINARY, command, "--help"], capture_output=True)
                self.assertEqual(done.returncode, 0)
