#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Help is complete, the same by every way to it, and needs nothing."""
import re
import unittest

import tool


class Help(unittest.TestCase):
    def setUp(self):
        self.place = tool.Place()
        self.place.__enter__()
        self.addCleanup(self.place.__exit__)

    def text(self, *args):
        ended = self.place.run(*args)
        self.assertEqual((ended.returncode, ended.stderr), (0, b""), args)
        return ended.stdout.decode()

    def test_top(self):
        text = self.text("help")
        for args in (["-h"], ["--help"], ["help", "help"], ["help", "-h"],
                     ["-v", "-h"], ["-h", "--nonsense"]):
            self.assertEqual(self.text(*args), text, args)
        listed = re.findall(r"^  ([a-z]+) ", text, re.M)
        self.assertEqual(listed, tool.VERBS)

    def test_each_command(self):
        for verb in tool.VERBS:
            with self.subTest(verb=verb):
                text = self.text(verb, "-h")
                self.assertTrue(
                    text.startswith(f"Usage: mailcart {verb} [OPTION]..."))
                self.assertEqual(self.text("help", verb), text)
                self.assertEqual(self.text(verb, "--help"), text)
                self.assertEqual(self.text("-a", "x.db", verb, "-h"), text)
                self.assertEqual(self.text(verb, "-h", "--wrong"), text)
                self.assertLess(max(map(len, text.splitlines())), 80)
                for operand in ("SOURCE", "TARGET", "ENDPOINT"):
                    if operand in text.splitlines()[0]:
                        self.assertRegex(text, operand + r" is [a-z3]+s://")
                for common in ("-a, --archive FILE", "-n, --dry-run",
                               "-v, --verbose", "-q, --quiet", "--json",
                               "--no-progress", "-h, --help",
                               "-V, --version"):
                    self.assertIn(common, text)

    def test_version(self):
        text = self.text("-V")
        self.assertRegex(text, r"\Amailcart \d+\.\d+\.\d+\n\Z")
        self.assertEqual(self.text("pull", "--version"), text)

    def test_options_anywhere(self):
        (self.place.path / "a.mbox").write_bytes(tool.mbox(2))
        for args in (["-qa", "1.db", "pull", "a.mbox"],
                     ["pull", "-qa2.db", "a.mbox"],
                     ["pull", "a.mbox", "--quiet", "--archive=3.db"],
                     ["--quiet", "pull", "--archive", "4.db", "--",
                      "a.mbox"]):
            self.assertEqual(self.text(*args), "")
        made = sorted(path.name for path in self.place.path.glob("*.db"))
        self.assertEqual(made, ["1.db", "2.db", "3.db", "4.db"])


if __name__ == "__main__":
    unittest.main()
