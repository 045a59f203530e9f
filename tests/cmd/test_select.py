#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""--since, --before, --max-size: what is left out is counted under its rule,
and can be had by a later run."""
import json
import unittest

import tool

# (folder, From_ date, Date, octets of the body)
MAILS = [
    ("Inbox", "Mon Dec 31 23:59:59 2018", "Mon, 31 Dec 2018 23:59:59 +0000",
     10),
    ("Inbox", "Tue Jan  1 00:00:00 2019", "Tue, 1 Jan 2019 00:00:00 +0000",
     10),
    ("Inbox", "Wed Jan  1 00:00:00 2020", "Wed, 1 Jan 2020 00:00:00 +0000",
     10),
    # Only its own Date tells, and it is the evening before in UTC.
    ("Inbox", "an unreadable date", "Tue, 1 Jan 2019 00:30:00 +0100", 10),
    ("Inbox", "an unreadable date", "of no use", 10),
    ("Inbox", "Tue Jan  1 00:00:01 2019", "Tue, 1 Jan 2019 00:00:01 +0000",
     5000),
    ("Junk", "Tue Jan  1 00:00:02 2019", "Tue, 1 Jan 2019 00:00:02 +0000",
     10),
]

# (options, stored of a first run, left out by folder, since, before, size)
RULES = [
    ("", 7, 0, 0, 0, 0),
    ("--since 2019-01-01", 5, 0, 2, 0, 0),
    ("--since 2019-01-01T01:00:00+01:00", 5, 0, 2, 0, 0),
    ("--since 2018-12-31T23:59:59Z", 6, 0, 1, 0, 0),
    ("--before 2019-01-01", 3, 0, 0, 4, 0),
    ("--before 2019-01-01T00:00:01Z", 4, 0, 0, 3, 0),
    ("--since 2019-01-01 --before 2020-01-01", 4, 0, 2, 1, 0),
    ("--max-size 4K", 6, 0, 0, 0, 1),
    ("--max-size 1G", 7, 0, 0, 0, 0),
    ("--exclude Junk --max-size 4000 --since 2019-01-02", 2, 1, 4, 0, 0),
]


class Select(unittest.TestCase):
    def setUp(self):
        self.place = tool.Place()
        self.place.__enter__()
        self.addCleanup(self.place.__exit__)
        (self.place.path / "mail").mkdir()
        for n, (folder, stamp, date, octets) in enumerate(MAILS):
            with open(self.place.path / "mail" / folder, "a",
                      encoding="ascii") as out:
                out.write(f"From a@b {stamp}\nMessage-ID: <{n}@x>\n"
                          f"Date: {date}\nSubject: {n}\n\n{'x' * octets}\n\n")

    def pull(self, archive, *options):
        ended = self.place.run("pull", "--json", "-a", archive, *options,
                               "mail")
        self.assertEqual(ended.returncode, 0, ended.stderr)
        return json.loads(ended.stdout.splitlines()[-1])

    def test_each_under_its_rule(self):
        for n, (options, stored, *by) in enumerate(RULES):
            with self.subTest(options=options):
                row = self.pull(f"{n}.db", *options.split())
                self.assertEqual(row["listed"], len(MAILS))
                self.assertEqual(row["stored"], stored)
                self.assertEqual(row["skipped"], sum(by))
                self.assertEqual(list(row["skipped_by"].items()), list(
                    zip(("folder", "since", "before", "max_size"), by)))
                # The same again finds nothing new and counts the same.
                again = self.pull(f"{n}.db", *options.split())
                self.assertEqual((again["stored"], again["known"],
                                  again["skipped_by"]),
                                 (0, stored, row["skipped_by"]))
                # What was left out is not forgotten.
                rest = self.pull(f"{n}.db")
                self.assertEqual((rest["stored"], rest["known"],
                                  rest["skipped"]),
                                 (len(MAILS) - stored, stored, 0))

    def test_what_it_says(self):
        ended = self.place.run("pull", "--since=2019-01-01", "mail")
        text = ended.stdout.decode()
        self.assertRegex(text, r"\A5 of 7 messages are in mailcart\.db; 2 "
                               r"were left out by --since 2019-01-01\.\n")
        self.assertRegex(text, r"skipped +2  left out by --since 2019-01-01")
        ended = self.place.run("pull", "-a", "b.db", "--max-size=4k",
                               "--before=2019-12-31T12:00:00Z", "mail")
        text = ended.stdout.decode()
        self.assertRegex(text, r"; 2 were left out by rules\.\n")
        self.assertRegex(text, r"of these +1  left out by --before "
                               r"2019-12-31T12:00:00Z\n")
        self.assertRegex(text, r"of these +1  left out by --max-size 4K\n")

    def test_rules_that_fit_nothing(self):
        """Told in one line each; --include is a failure, --exclude is not.
        A rule that fits beside them changes nothing."""
        for options, status, names in (
                ("--include Inbx", 1, ["Inbx"]),
                ("--include Inbox --include Jnk --include a/b", 1,
                 ["Jnk", "a/b"]),
                ("--exclude Jnk", 0, ["Jnk"]),
                ("--exclude junk --exclude J*", 0, []),
                ("--include Inbox --exclude Inbox", 0, []),
                ("--include J --exclude I", 1, ["J", "I"])):
            for dry in ((), ("-n",)):
                with self.subTest(options=options, dry=dry):
                    ended = self.place.run("pull", *dry, "-a", "idle.db",
                                           *options.split(), "mail")
                    self.assertEqual(ended.returncode, status, ended.stderr)
                    lines = [line for line in
                             ended.stderr.decode().splitlines()
                             if "fits no folder" in line]
                    self.assertEqual(len(lines), len(names), lines)
                    for name, line in zip(names, lines):
                        self.assertIn(f"'{name}'", line)

    def test_dry_run(self):
        """What only the octets tell passes, as the manual says."""
        row = self.pull("none.db", "-n", "--since=2019-01-01",
                        "--max-size=10")
        self.assertEqual((row["listed"], row["stored"], row["skipped"]),
                         (7, 6, 1))
        self.assertFalse((self.place.path / "none.db").exists())

    def test_folder_in_any_case(self):
        """The one of that very name; if there is none, those that differ in
        case alone."""
        (self.place.path / "mail" / "JUNK").write_text(
            "From a@b Tue Jan  1 00:00:03 2019\nSubject: other\n\nx\n\n",
            encoding="ascii")
        self.pull("all.db")
        for folder, messages in (("inbox", 6), ("INBOX", 6), ("Inbox", 6),
                                 ("Junk", 1), ("JUNK", 1), ("junk", 2)):
            with self.subTest(folder):
                ended = self.place.run("list", "-a", "all.db", folder)
                self.assertEqual(ended.returncode, 0, ended.stderr)
                self.assertEqual(len(ended.stdout.splitlines()), 1 + messages)
                ended = self.place.run("export", "-a", "all.db", "--json",
                                       "--folder", folder, "out-" + folder)
                self.assertEqual(ended.returncode, 0, ended.stderr)
                self.assertEqual(json.loads(ended.stdout.splitlines()[-1])
                                 ["written"], messages)


if __name__ == "__main__":
    unittest.main()
