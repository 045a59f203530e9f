#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""An mbox is read on from where a run was stopped, and from where the file
had grown; whatever happened to it in between, the archive ends up as one that
read it undisturbed."""
import os
import random
import resource
import sqlite3
import sys
import time
import unittest

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(os.path.dirname(HERE), "real"))
sys.path.insert(0, os.path.join(os.path.dirname(HERE), "fake"))
import mailcart  # noqa: E402
from imap_server import ImapServer  # noqa: E402
from mailcart import LONG  # noqa: E402

FROM = b"From a@b Thu Feb  6 11:51:37 1992\n"
STATUS = b"X-Mozilla-Status: 0001\n"


def mail(number, octets=60, header=b""):
    text = (b"%08d " % number * (octets // 9 + 1))[:octets]
    return (FROM + b"Message-ID: <%d@x>\nSubject: number %d\n%s\n%s\n\n" % (
        number, number, header, text))


def mails(*numbers, **how):
    return b"".join(mail(n, **how) for n in numbers)


def octets_of(path):
    with open(path, "rb") as file:
        return file.read()


class Resume(mailcart.Case):
    """Rows of what is done to a file between two reads."""

    def state(self, cart):
        """What must be the same in any archive that has read the file."""
        return sorted((row["key"], row["raw_sha256"], tuple(row["flags"]))
                      for row in cart.messages())

    def pull(self, cart, *options):
        row = self.ends(cart.run("pull", *options, "mbox:" + cart.path(
            "box"))).summary()
        self.adds_up_pull(row)
        self.assertEqual(sum(row["skipped_by"].values()), row["skipped"])
        return row

    # (what was done, file before, file after, counts of the second read,
    #  whether it reads only what is new)
    BEFORE = mails(*range(20))
    MARKED = mails(*range(20), header=STATUS)
    ROWS = [
        ("nothing", BEFORE, BEFORE, (20, 0, 20), 0),
        ("mail was added", BEFORE, BEFORE + mails(20, 21), (22, 2, 20), 2),
        ("mail was added that it has", BEFORE, BEFORE + mail(3),
         (21, 0, 21), 1),
        ("mail was added behind a blank line", BEFORE,
         BEFORE + b"\n" + mail(20), (21, 1, 20), None),
        ("the last mail became longer", BEFORE, BEFORE + b"more\n",
         (20, 1, 19), None),
        ("mail was added to a file whose last line had no end",
         BEFORE[:-2], BEFORE[:-2] + mail(20), (20, 1, 19), None),
        ("mail was added to a file without a last blank line",
         BEFORE[:-1], BEFORE[:-1] + mail(20), (21, 1, 20), 1),
        ("the first mail was removed", BEFORE, BEFORE[len(mail(0)):],
         (19, 0, 19), None),
        ("the first mail was removed and some added", BEFORE,
         BEFORE[len(mail(0)):] + mails(20, 21, 22), (22, 3, 19), None),
        ("another file of that name", BEFORE, mails(*range(40, 70)),
         (30, 30, 0), None),
        ("all was removed", BEFORE, b"", (0, 0, 0), None),
        ("flags were changed in place", MARKED,
         MARKED.replace(STATUS, b"X-Mozilla-Status: 0004\n", 1),
         (20, 0, 20), None),
        ("flags were changed in place and mail added", MARKED,
         MARKED.replace(STATUS, b"X-Mozilla-Status: 0004\n", 1) + mail(20),
         (21, 1, 20), None),
        ("lines end in CRLF", BEFORE.replace(b"\n", b"\r\n"),
         (BEFORE + mail(20)).replace(b"\n", b"\r\n"), (21, 1, 20), 1),
    ]

    def test_changed_between(self):
        for what, before, after, counts, new in self.ROWS:
            with self.subTest(what=what):
                cart = self.cart()
                cart.write("box", before)
                self.pull(cart)
                if after != before:
                    cart.write("box", after)
                row = self.pull(cart)
                self.assertEqual(
                    (row["listed"], row["stored"], row["known"]), counts)
                if new is not None:
                    self.assertLess(row["octets"], (new + 1) * len(mail(0)))
                    self.assertEqual(row["octets"] > 0, new > 0)
                fresh = self.cart()
                fresh.write("box", after)
                self.pull(fresh)
                # What the file held earlier stays, and nothing else is more.
                have, want = self.state(cart), self.state(fresh)
                self.assertEqual(set(want) - set(have), set())
                gone = [one for one in have if one not in want]
                self.assertEqual(
                    len(have), len(want) + len(gone), "something twice")
                # A read with nothing to do changes nothing.
                runs = cart.query("SELECT count(*) FROM run")
                again = self.pull(cart)
                self.assertEqual((again["octets"], again["stored"],
                                  again["listed"]), (0, 0, counts[0]))
                self.assertEqual(runs, cart.query("SELECT count(*) FROM run"))
                self.ends(cart.run("verify"))

    def test_grows_in_steps(self):
        """A delivery a day: each is read once, by whichever run."""
        cart = self.cart()
        dice = random.Random(7)
        box = b""
        for day in range(12):
            fresh = mails(*(dice.randrange(40)
                            for _ in range(dice.randrange(4))))
            box += fresh
            cart.write("box", box)
            row = self.pull(cart)
            self.assertEqual(row["listed"], box.count(FROM))
            self.assertLessEqual(row["octets"], len(fresh), day)
        whole = self.cart()
        whole.write("box", box)
        self.pull(whole)
        self.assertEqual(self.state(cart), self.state(whole))

    def test_the_last_was_cut(self):
        """What was still being written is in the archive, and once it is
        there whole that goes to wherever mail goes."""
        whole = mail(2, 4000)
        cart = self.cart()
        cart.write("box", mails(0, 1) + whole[:1000])
        self.assertEqual(self.pull(cart)["stored"], 3)
        cart.write("box", mails(0, 1) + whole)
        self.assertEqual(self.pull(cart)["stored"], 1)
        text = whole.split(b"\n\n", 1)[1][:-1]
        for form in ("mboxrd", "maildir", "eml"):
            out = cart.path(form)
            self.ends(cart.run("export", "--format", form, out))
            written = b"".join(octets_of(os.path.join(where, name))
                               for where, _, names in os.walk(out)
                               for name in names)
            self.assertTrue(text in written.replace(b"\r\n", b"\n"), form)
        with ImapServer() as server:
            self.ends(cart.run("push", server.url()))
            sent = [one.octets for one in server.boxes["box"].messages]
        self.assertEqual(len(sent), 3)
        self.assertTrue(any(text == one.split(b"\r\n\r\n", 1)[1].replace(
            b"\r\n", b"\n") for one in sent))

    def test_one_place_one_name(self):
        """A store is the same one however it is written, and two of one
        name are two."""
        cart = self.cart()
        for place in ("ann", "bob"):
            cart.write(f"{place}/Mail/box", mails(*range(3)))
        os.symlink("ann", cart.path("link"))
        for where, name, reads in (
                ("ann", "mbox:Mail", True), ("ann", "Mail", False),
                ("", "ann/./Mail/", False), ("", "mbox:link/Mail", False),
                ("bob", "Mail", True)):
            row = self.ends(mailcart.run(
                cart.command("pull", name), cwd=cart.path(where))).summary()
            self.assertEqual(row["octets"] > 0, reads, name)
        sources = {row["source"] for row in cart.messages()}
        self.assertEqual(sources, {
            "mbox:" + os.path.realpath(cart.path(place, "Mail"))
            for place in ("ann", "bob")})
        self.assertEqual(len(cart.messages()), 6)

    def test_rules_are_remembered(self):
        """What a rule left out is counted again under the same rule, and had
        by a run without it."""
        cart = self.cart()
        box = mails(1, 2, 3) + mails(4, 5, octets=3000)
        cart.write("box", box)
        size = ("--max-size", "1K")
        for octets in (True, False):  # the second run reads nothing
            row = self.pull(cart, *size)
            self.assertEqual((row["known"] + row["stored"],
                              row["skipped_by"]["max_size"]), (3, 2))
            self.assertEqual(row["octets"] > 0, octets)
        cart.write("box", box + mail(6))
        row = self.pull(cart, *size)
        self.assertEqual((row["stored"], row["known"], row["skipped"]),
                         (1, 3, 2))
        self.assertLess(row["octets"], 200)
        row = self.pull(cart, "--max-size", "2K")
        self.assertEqual((row["stored"], row["known"], row["skipped"]),
                         (0, 4, 2))
        row = self.pull(cart)
        self.assertEqual((row["stored"], row["known"], row["skipped"]),
                         (2, 4, 0))

    def test_what_failed_is_read_again(self):
        """Nothing behind a message that could not be kept is passed over."""
        cart = self.cart()
        # More lines of a store than are kept of any message.
        bad = mail(9, header=STATUS * 400_000)
        cart.write("box", mails(0, 1) + bad + mails(2, 3))
        for stored, known in ((4, 0), (0, 4), (0, 4)):
            row = self.ends(cart.run("pull", "mbox:" + cart.path("box")),
                            mailcart.SOME).summary()
            self.assertEqual((row["listed"], row["stored"], row["known"],
                              row["failed"]), (5, stored, known, 1))


class Stopped(mailcart.Case):
    """One large file; ended in the middle of it, more than once, as a kill would
    end it."""

    OCTETS = (5 << 30) if LONG else 400_000_000
    PEAK_MAX = 64 << 20

    def write(self, path):
        dice = random.Random(5)
        number = 0
        with open(path, "wb") as out:
            while out.tell() < self.OCTETS:
                size = dice.choice((900, 4000, 20_000, 90_000, 2_000_000))
                # Half of it cannot be compressed, some is there twice.
                noise = dice.randbytes(size // 4).hex().encode()
                text = b"\n".join(noise[at:at + 76]
                                  for at in range(0, len(noise), 76))
                one = FROM + b"Message-ID: <%d@x>\nSubject: %d\n\n%s\n%s\n\n" % (
                    number, number, text, b"word " * (size // 10))
                out.write(one)
                if number % 7 == 0 and size < 10_000:
                    out.write(one)
                number += 1

    def pull(self, cart, box):
        began = time.monotonic()
        result = self.ends(mailcart.run_measured(
            cart.command("pull", "mbox:" + box), cwd=cart.dir, timeout=3000))
        row = result.summary()
        print(f"{row['octets']:,} octets in {time.monotonic() - began:.1f} s,"
              f" peak {result.peak / (1 << 20):.1f} MiB", flush=True)
        self.adds_up_pull(row)
        if not mailcart.sanitized():
            self.assertLess(result.peak, self.PEAK_MAX)
        return row

    def held(self, cart):
        """Octets of the messages in the archive as of its last commit."""
        try:
            return cart.query("SELECT octets_raw FROM totals")[0][0]
        except sqlite3.OperationalError:  # not there, or not whole yet
            return 0

    def test_too_large_a_file(self):
        cart, whole = self.cart(), self.cart()
        box = cart.path("box")
        self.write(box)
        undisturbed = self.pull(whole, box)
        size = os.path.getsize(whole.archive)
        before = 0
        for share in (0.3, 0.6):
            # Where the archive's file becomes larger than it may be: so it is
            # the same moment on a quiet machine and a busy one.
            child = cart.start("pull", "mbox:" + box)
            most = int(share * size)
            resource.prlimit(child.pid, resource.RLIMIT_FSIZE, (most, most))
            self.assertEqual(child.wait(), mailcart.IOERR, cart.told())
            self.assertIn("ulimit -f", cart.told())
            held = self.held(cart)
            self.assertGreater(held, before)
            self.assertLess(held, undisturbed["octets"])
            before = held
        row = self.pull(cart, box)
        # What was held is not read again, but for what was not noted yet.
        self.assertLess(abs(row["octets"] + held - undisturbed["octets"]),
                        4_000_000)  # a message more, or less
        self.assertEqual(row["listed"], undisturbed["listed"])
        self.assertEqual(row["stored"] + row["known"], row["listed"])
        self.assertEqual(self.state(cart), self.state(whole))
        self.ends(cart.run("verify"))
        again = self.pull(cart, box)
        self.assertEqual((again["octets"], again["known"]),
                         (0, undisturbed["listed"]))

    def state(self, cart):
        rows = [(int(row["key"]), row["octets"], row["raw_sha256"])
                for row in cart.messages()]
        return sorted(rows)


if __name__ == "__main__":
    if not mailcart.BIN or not os.access(mailcart.BIN, os.X_OK):
        sys.exit("MAILCART_BIN does not name the program")
    release = os.environ.get("MAILCART_RELEASE_BIN", "")
    if "Stopped" in sys.argv and release:
        mailcart.BIN = release
    if mailcart.sanitized():  # ten times slower
        Stopped.OCTETS = 100_000_000
    unittest.main(verbosity=2)
