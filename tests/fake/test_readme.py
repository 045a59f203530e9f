# SPDX-License-Identifier: MIT
"""README.md's table is whole: it names every behaviour and every row, and no
test that does not exist, does not play what it is said to, or looks at less than
the four ends of it.  What stands in said/ is said by a test."""
import glob
import importlib
import os
import re
import sys
import unittest

os.environ["MAILCART_LONG"] = "1"  # rows of the long tests, too
HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, HERE)
import imap_server  # noqa: E402
import pop3_server  # noqa: E402
import said  # noqa: E402
import test_imap_zoo  # noqa: E402
import test_pop3_zoo  # noqa: E402
import test_source_zoo  # noqa: E402
from zoo_case import Whole  # noqa: E402

# Of the servers' descriptions, and no behaviours though their source has them.
WORDS = {"after", "answered", "before", "early", "forged", "literal", "milliseconds", "name",
         "stored"}
ZOOS = {"pop3_zoo": test_pop3_zoo.Pop3Zoo, "imap_zoo": test_imap_zoo.ImapZoo,
        "source_zoo": test_source_zoo.SourceZoo}


def read(*path):
    with open(os.path.join(HERE, *path), encoding="utf-8") as file:
        return file.read()


class Readme(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.rows = [[cell.strip() for cell in re.split(r"(?<!\\)\|", line)]
                    for line in read("README.md").splitlines()
                    if line.startswith("| ")]
        cls.rows = [row for row in cls.rows if row[1] != "what servers do"]
        cls.named = set(re.findall(r"`(\w+)`", " ".join(
            row[2] for row in cls.rows)))

    def test_behaviours(self):
        """Those that the servers' source asks for; what none asks for would
        be an empty promise."""
        source = "".join(read(name) for name in (
            "imap_server.py", "imap_habits.py", "pop3_server.py"))
        known = imap_server.BEHAVIOURS | pop3_server.BEHAVIOURS
        asked = {name for name in known if f'"{name}"' in source} - WORDS
        self.assertEqual(asked - self.named, set())
        self.assertEqual(self.named - asked, set())

    def test_rows(self):
        for name, zoo in ZOOS.items():
            told = [row[3].split()[1] for row in self.rows
                    if row[3].startswith(name + " ")]
            self.assertEqual(set(told), set(zoo.ROWS))

    def test_behaviours_of_rows(self):
        for row in self.rows:
            zoo = ZOOS.get(row[3].split()[0])
            if zoo and "`" in row[2]:
                self.assertEqual(
                    re.findall(r"`(\w+)`", row[2]),
                    list(zoo.ROWS[row[3].split()[1]].behave), row)

    def test_long_ones_are_marked(self):
        for row in self.rows:
            zoo = ZOOS.get(row[3].split()[0])
            if zoo:
                self.assertEqual(zoo.ROWS[row[3].split()[1]].long,
                                 row[3].endswith("(long)"), row)

    @staticmethod
    def looking(where):
        """{name: test} of the classes there whose tests look at all."""
        found = importlib.import_module(where)
        return {name: test for zoo in vars(found).values()
                if isinstance(zoo, type) and issubclass(zoo, Whole)
                for name, test in vars(zoo).items()
                if name.startswith("test_")}

    def test_tests_are_whole(self):
        """Rows are, whatever they are: the test that plays them is made so."""
        for row in self.rows:
            where, test = row[3].split()[:2]
            if where not in ZOOS:
                room, _, where = where.partition("/")
                self.assertEqual(room, "fake", row)
                self.assertTrue(getattr(self.looking(where).get(test), "whole",
                                        False), row)
        for zoo in ZOOS.values():
            for name in zoo.ROWS:
                self.assertTrue(vars(zoo)["test_" + name].whole, name)

    def test_tests_play_it(self):
        """Each behaviour of a row is ordered by the test that it names."""
        for row in self.rows:
            where = row[3].split()[0]
            if where in ZOOS:
                continue
            source = read("..", where + ".py")
            for name in re.findall(r"`(\w+)`", row[2]):
                self.assertRegex(source, fr'\b{name}=|"{name}"', row)

    def test_pages_are_of_tests(self):
        paths = glob.glob(os.path.join(HERE, "said", "*.txt"))
        self.assertGreater(len(paths), 10)
        for path in paths:
            name = os.path.basename(path).removesuffix(".txt")
            whole = {test for test, it in self.looking("test_" + name).items()
                     if getattr(it, "whole", False)}
            for title in said.Book(name).pages:
                self.assertIn("test_" + title.removesuffix(said.LATER), whole)


if __name__ == "__main__":
    unittest.main()
