# SPDX-License-Identifier: MIT
"""What must hold on any real server, as a target and as a source.  Below
Account: SERVER, a class of private.py, and how that server keeps octets."""
import calendar
import collections
import os
import poplib
import re
import resource
import sys
import unittest

import expect
import mailcart
import samples_of
from mailcart import Case, sha256

poplib._MAXLINE = 1 << 24
DAY = calendar.timegm((2004, 1, 1, 10, 0, 0))
FLAGGED = b"Status: RO\r\nX-Status: AF\r\n"


def at_day(n):
    return DAY + n * 86400


def from_line(n):
    return f"a@b.org Thu Jan {n + 1:2} 10:00:00 2004"


def dated(octets, first=0):
    """Rows of an mbox, each a day later than the one before."""
    return [(from_line(first + n), one) for n, one in enumerate(octets)]


def wire(octets):
    """Octets as any server must be given them."""
    octets = expect.crlf(octets)
    if not octets.endswith(b"\r\n"):
        octets += b"\r\n"
    if b"\r\n\r\n" not in octets and not octets.startswith(b"\r\n"):
        octets += b"\r\n"
    return octets


class Account(Case):
    """anna's mail comes, bert's mailboxes are filled."""

    SERVER = None

    @classmethod
    def setUpClass(cls):
        cls.server = cls.SERVER(users=("anna", "bert", "cora", "dora"))
        cls.server.start()
        cls.addClassCleanup(cls.server.stop)

    def setUp(self):
        self.cart = self.cart(ca=self.server.ca)

    def stored(self, octets):
        """What the server gives back of octets that it was given."""
        return octets

    def changed(self, octets):
        return self.stored(wire(octets)) != wire(octets)

    # -- as a target ---------------------------------------------------------

    def tree(self):
        """{mailbox on the server: [(octets, date, flags)]}, and the files."""
        small = list(samples_of.small(24))
        flagged = [one.replace(b"\r\n\r\n", b"\r\n" + FLAGGED + b"\r\n", 1)
                   for one in small[:3]]
        nasty = [one for _, one in samples_of.nasty()]
        # Two without an id, alike to the octet, are one.
        nasty = list(dict.fromkeys(map(wire, nasty)))
        files = {"INBOX": dated(small[:5]), "Kept": dated(flagged + small[3:]),
                 "Projects/2019": dated(small[4:9]),
                 "Entw\u00fcrfe alt": dated(small[9:11]),
                 "a.b": dated(small[11:12]), "Sent": dated(small[12:14]),
                 "Trash": dated(small[14:15]), "Nasty": dated(nasty)}
        for name, rows in files.items():
            self.cart.write("mail/" + name, samples_of.mbox(rows))
            # As the file has it: a line ends with LF there.
            files[name] = [(line, octets.replace(b"\r\n", b"\n"))
                           for line, octets in rows]
        return {self.mailbox(name): [
            self.row(n, octets) for n, (_, octets) in enumerate(rows)]
            for name, rows in files.items()}

    @staticmethod
    def mailbox(name):
        name = name.replace(".", "_").replace("/", ".")
        name = name.replace("\u00fc", "&APw-")
        return name if name == "INBOX" else "INBOX." + name

    @staticmethod
    def row(n, octets):
        status = FLAGGED.replace(b"\r\n", b"\n")
        return octets.replace(status, b""), n, status in octets

    def united(self, want):
        """Flags and the best date of a message are those of all its copies.
        """
        flagged, days = set(), {}
        for rows in want.values():
            for octets, day, flags in rows:
                days[octets] = min(day, days.get(octets, day))
                if flags:
                    flagged.add(octets)
        return flagged, days

    def check_target(self, found, want):
        filled = {box: rows for box, rows in found.items() if rows}
        self.assertEqual({box: len(rows) for box, rows in filled.items()},
                         {box: len(rows) for box, rows in want.items()})
        flagged, days = self.united(want)
        for box, rows in want.items():
            held = {one.octets: one for one in filled[box]}
            self.assertEqual(len(held), len(rows), box)
            for octets, day, _ in rows:
                one = held.get(self.stored(wire(octets)))
                self.assertIsNotNone(one, (box, octets))
                self.check_facts(box, one, octets in flagged, day)

    def check_facts(self, box, one, flagged, day):
        system = {flag for flag in one.flags if flag.startswith("\\")}
        self.assertEqual(system, {"\\Seen", "\\Answered", "\\Flagged"}
                         if flagged else set(), (box, one))
        # Of copies with dates of the same worth any may be chosen.
        self.assertEqual((one.internaldate - DAY) % 86400, 0, (box, one))
        if box == "INBOX.Nasty":
            self.assertEqual(one.internaldate, at_day(day), (box, one))

    def places(self, scheme="imaps"):
        return ("mbox:" + self.cart.path("mail"),
                self.server.url(scheme, "bert"))

    def test_target(self):
        want = self.tree()
        result = self.ends(self.cart.run("migrate", *self.places()))
        count = sum(map(len, want.values()))
        pull, push = (result.summary()[part] for part in ("pull", "push"))
        self.adds_up_pull(pull)
        self.adds_up_push(push)
        self.assertEqual((push["placements"], push["sent"]), (count, count))
        found = self.server.read_all("bert")
        self.check_target(found, want)
        self.assertLessEqual(set(want), self.server.subscribed("bert")
                             | {"INBOX"})
        self.again(found, count)
        self.deep(want)
        self.anew(found, want)

    def again(self, found, count):
        row = self.ends(self.cart.run("migrate", *self.places())).summary()
        self.assertEqual(row["pull"]["stored"], 0, row)
        self.assertEqual(row["push"]["sent_now"], 0, row)
        row = self.ends(self.cart.run("push", self.places()[1])).summary()
        self.assertEqual((row["sent_now"], row["placements"]), (0, count))
        self.assertEqual(self.server.read_all("bert"), found)

    def deep(self, want):
        row = self.ends(self.cart.run("verify", "--deep", self.places()[
            1])).summary("verify")
        octets = [one[0] for rows in want.values() for one in rows]
        self.assertEqual((row["checked"], row["missing"], row["damaged"]),
                         (len(octets), 0, 0), row)
        self.assertEqual(row["changed"], sum(map(self.changed, octets)), row)

    def anew(self, found, want):
        """Another archive of the same mail finds it there: nothing is sent
        but what the server changed in its header, which is another mail."""
        other = mailcart.Cart(ca=self.server.ca)
        self.addCleanup(other.close)
        result = self.ends(other.run("migrate", *self.places("imap")))
        row = result.summary()["push"]
        self.adds_up_push(row)
        heads = sum(self.head(octets) for rows in want.values()
                    for octets, _, _ in rows)
        self.assertEqual((row["sent"], row["refused"], row["waiting"]),
                         (heads, 0, 0), row)

    def head(self, octets):
        before, after = wire(octets), self.stored(wire(octets))
        return before.split(b"\r\n\r\n")[0] != after.split(b"\r\n\r\n")[0]

    # -- as a source -----------------------------------------------------------

    def fill(self, user):
        """Given by a client that sends octets as they are."""
        mails = list(samples_of.small(30))
        mails += [one for name, one in samples_of.nasty() if name in (
            "eight bit", "endless line", "dots", "From_ in body", "no id",
            "folded id", "no body")]
        flags = (("\\Seen",), ("\\Seen", "\\Answered", "$Work"), ())
        rows = [(one, flags[n % 3], at_day(n))
                for n, one in enumerate(mails)]
        self.server.append_all(user, "INBOX", rows)
        self.server.append_all(user, "INBOX.Work.&ANw-bung", rows[:7])
        return self.server.read_all(user)

    def test_imap_source(self):
        truth = self.fill("anna")
        place = self.server.url("imaps", "anna")
        row = self.ends(self.cart.run("pull", place)).summary()
        self.adds_up_pull(row)
        want = collections.Counter(
            (self.folder(box), sha256(one.octets), one.internaldate,
             tuple(sorted(one.flags))) for box in truth for one in truth[box])
        self.assertEqual(row["listed"], sum(want.values()))
        self.assertEqual(self.held(), want)
        for scheme in ("imaps", "imap"):
            place = self.server.url(scheme, "anna")
            row = self.ends(self.cart.run("pull", place)).summary()
            self.assertEqual((row["stored"], row["failed"]), (0, 0), row)
        self.assertEqual(self.server.read_all("anna"), truth)

    @staticmethod
    def folder(box):
        """A box of the server as a person calls it."""
        return box.replace("INBOX.", "").replace(".", "/").replace(
            "&ANw-", "\u00dc")

    def held(self):
        rows = [row for row in self.cart.messages()]
        return collections.Counter(
            (row["folder"], row["raw_sha256"], self.seconds(row),
             tuple(sorted(row["flags"] + row["labels"]))) for row in rows)

    @staticmethod
    def seconds(row):
        found = re.match(r"(\d+)-(\d+)-(\d+)T(\d+):(\d+):(\d+)Z",
                         row["internaldate"])
        return calendar.timegm(tuple(map(int, found.groups())))

    def over_pop3(self, user):
        client = poplib.POP3_SSL("localhost", self.server.pop3s, timeout=60,
                                 context=self.server.context())
        client.user(user)
        client.pass_(self.server.password)
        found = {}
        for line in client.uidl()[1]:
            number, uidl = line.decode().split()
            lines = client.retr(int(number))[1]
            found[uidl] = b"".join(one + b"\r\n" for one in lines)
        client.quit()
        return found

    def test_pop3_source(self):
        self.fill("cora")
        truth = self.over_pop3("cora")
        self.assertGreater(len(truth), 30)
        for scheme, octets in (("pop3s", True), ("pop3s", False),
                               ("pop3", True)):
            place = self.server.url(scheme, "cora")
            row = self.ends(self.cart.run("pull", place)).summary()
            self.adds_up_pull(row)
            self.assertEqual((row["listed"], row["failed"]), (len(truth), 0))
            self.assertEqual(row["octets"] > 0, octets, row)
        self.assertEqual(row["stored"], 0, row)
        held = [(one["key"], self.cart.raw(one))
                for one in self.cart.messages()]
        self.assertEqual(sorted(held), sorted([*truth.items()] * 2))
        self.assertEqual(self.over_pop3("cora"), truth)

    def test_wrong_password(self):
        self.cart.write("password", "wrong\n")
        for scheme in ("imaps", "pop3s"):
            self.one_line(self.cart.run(
                "pull", self.server.url(scheme, "dora")), mailcart.NOPERM,
                "dora")


def main(server):
    """Runs the tests of the calling module, or says why it cannot."""
    if not os.access(mailcart.BIN, os.X_OK):
        sys.exit("MAILCART_BIN does not name the program")
    if lacks := server.lacks():
        print(lacks, file=sys.stderr)
        sys.exit(mailcart.SKIP)
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    unittest.main(module="__main__", verbosity=2)
