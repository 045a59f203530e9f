#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""What a server refused is listed under its words: the first ones where nobody
asked, all of them by `status --refused`; and why others wait is said."""
import json
import re
import unittest

import tool
from imap_server import ImapServer


class Refused(unittest.TestCase):
    def setUp(self):
        self.place = tool.Place()
        self.place.__enter__()
        self.addCleanup(self.place.__exit__)
        (self.place.path / "box.mbox").write_bytes(tool.mbox(40))
        (self.place.path / "pw").write_text("secret\n")
        self.assertEqual(self.place.run("pull", "box.mbox").returncode, 0)

    def push(self, status, **behave):
        with ImapServer(**behave) as server:
            ended = self.place.run(
                "push", "--target-password-file", "pw",
                f"imap://anna@127.0.0.1:{server.port}")
        self.assertEqual(ended.returncode, status, ended.stderr)
        return ended.stdout.decode()

    def status(self, *options):
        ended = self.place.run("status", *options)
        self.assertEqual((ended.returncode, ended.stderr), (0, b""))
        return ended.stdout.decode()

    def listed(self, text):
        return re.findall(r"^ +(\d+)  box  number \d+$", text, re.M)

    def test_refused(self):
        told = self.push(1, refuse=b"number 3",
                         refuse_words="not in\tthis house")
        for text in (told, self.status()):
            self.assertEqual(text.count("not in"), 1)
            self.assertEqual(len(self.listed(text)), 10)
            self.assertIn("and 1 more; all of them: mailcart status "
                          "--refused\n", text)
        every = self.status("--refused")
        self.assertTrue(every.startswith("11 messages were refused.\n"))
        self.assertEqual(len(self.listed(every)), 11)
        self.assertNotIn(" more", every)
        rows = [json.loads(line)
                for line in self.status("--json").splitlines()]
        self.assertEqual([row["type"] for row in rows],
                         ["refusal"] * 11 + ["status"])

    def test_verify(self):
        """What was refused is not in place, whatever is."""
        with ImapServer(refuse=b"number 3") as server:
            words = ("--target-password-file", "pw",
                     f"imap://anna@127.0.0.1:{server.port}")
            self.assertEqual(self.place.run("push", *words).returncode, 1)
            ended = self.place.run("verify", *words)
        self.assertEqual(ended.returncode, 1, ended.stderr)
        self.assertIn(b"; 11 were refused or wait.",
                      ended.stdout.replace(b"\n", b" "))

    def test_not_looked_at(self):
        """What came since the last push is no part of "all that is to be
        sent", and that is told."""
        self.assertNotIn("Read since", self.status())
        self.push(0)
        self.assertNotIn("Read since", self.status())
        (self.place.path / "late.mbox").write_bytes(tool.mbox(7))
        self.assertEqual(self.place.run("pull", "late.mbox").returncode, 0)
        text = self.status()
        self.assertIn("40 of 40 to be sent are where they belong.\n"
                      "Read since, and for the next push or migrate to look "
                      "at: 7.\n", text)
        self.assertEqual(json.loads(self.status("--json"))["unplaced"], 7)
        self.push(0)
        self.assertNotIn("Read since", self.status())

    def test_waiting(self):
        told = self.push(75, quota_after=5)
        for text in (told, self.status()):
            self.assertIn("\n\nWhy messages wait:\n  full\n", text)
            self.assertEqual(text.count("full"), 1)
        self.assertEqual(self.status("--refused").splitlines()[0],
                         "No message was refused.")
        rows = [json.loads(line)
                for line in self.status("--json").splitlines()]
        self.assertEqual([row["type"] for row in rows], ["status"])


if __name__ == "__main__":
    unittest.main()
