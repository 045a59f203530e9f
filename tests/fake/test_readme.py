# SPDX-License-Identifier: MIT
"""README.md's table is whole: it names every behaviour and every row, and no
test that does not exist, or does not play what it is said to."""
import os
import re
import sys
import unittest

os.environ["MAILCART_LONG"] = "1"  # rows of the long tests, too
HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, HERE)
import imap_server  # noqa: E402
import pop3_server  # noqa: E402
import test_imap_zoo  # noqa: E402
import test_pop3_zoo  # noqa: E402
import test_source_zoo  # noqa: E402

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

    def test_tests_exist(self):
        for row in self.rows:
            where, test = row[3].split()[:2]
            if where not in ZOOS:
                self.assertIn(f"def {test}(", read("..", where + ".py"), row)

    def test_tests_play_it(self):
        """Each behaviour of a row is ordered by the test that it names, of the
        program: a room alone has neither an exit status nor words."""
        for row in self.rows:
            where = row[3].split()[0]
            if where in ZOOS:
                continue
            source = read("..", where + ".py")
            self.assertRegex(source, "(import|from) (mailcart|zoo_case)", row)
            for name in re.findall(r"`(\w+)`", row[2]):
                self.assertRegex(source, fr'\b{name}=|"{name}"', row)


if __name__ == "__main__":
    unittest.main()
