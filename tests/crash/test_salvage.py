# SPDX-License-Identifier: MIT
"""A page of an archive with 1,000 messages is lost as a whole: verify finds it
and names the messages hit; salvage makes a new archive of the rest; every other
message can be exported and pushed from that; and a pull from where they came
brings back what was lost.

A page of each kind that SURE names, another (each day a different one), or all of
them with MAILCART_LONG; MAILCART_PAGES="from-to" says which ones of all, so
that several can try them at a time."""
import collections
import contextlib
import fcntl
import os
import random
import re
import shutil
import sqlite3
import sys
import tempfile
import time

HERE = os.path.dirname(os.path.abspath(__file__))
for house in ("fake", "real"):
    sys.path.insert(0, os.path.join(os.path.dirname(HERE), house))
import mailcart  # noqa: E402
import seal  # noqa: E402
from imap_server import ImapServer  # noqa: E402
from mailcart import (CANTCREAT, DATAERR, IOERR, LONG, OK,  # noqa: E402
                      SOME, TEMPFAIL)
from pages import COUNT, Pages, mail  # noqa: E402

# The release build where there is one: thousands of runs.
RELEASE = os.environ.get("MAILCART_RELEASE_BIN", "")
if RELEASE and LONG:
    mailcart.BIN = RELEASE
if os.access("/dev/shm", os.W_OK):
    tempfile.tempdir = "/dev/shm"
NAMED = re.compile(r"page \d+: message (\d+) in '")
PUSH_EVERY = 10 if LONG else 1  # pages
# What is lost with them comes back in ways of its own.
SURE = ("piece leaf", "body leaf", "sighting leaf", "sighting internal",
        "logical leaf", "sqlite_schema leaf")
KINDS = ("piece overflow", "piece internal", "variant leaf", "body_piece leaf",
         "body_piece internal", "dress leaf",
         "sqlite_autoindex_sighting_1 leaf", "folder leaf", "source leaf",
         "run leaf", "placement leaf", "sqlite_schema internal")


def mails():
    """Small ones, and some of several pieces."""
    dice = random.Random(6)
    for n in range(COUNT):
        size = (200, 500, 900, 3000)[n % 4] + 600000 * (n % 250 == 7)
        more = {"X_Keywords": f"word{n % 50}"} if n % 3 == 0 else {}
        yield mail(n, size, dice, **more)


class Salvage(Pages):
    @classmethod
    def setUpClass(cls):
        every = list(mails())
        cls.fill(every)
        cls.want = collections.Counter(map(cls.content, every))
        cls.new = cls.cart.path("new.db")
        cls.keep()
        cls.kinds = cls.find_kinds()

    @classmethod
    def find_kinds(cls):
        """{page: "tree kind"}, as SQLite tells."""
        db = sqlite3.connect(f"file:{cls.good}?immutable=1", uri=True)
        kinds = {page: f"{name} {kind}" for name, kind, page in db.execute(
            "SELECT name, pagetype, pageno FROM dbstat")}
        db.close()
        return kinds

    def lose(self, *pages):
        for path in (self.cart.archive, self.new):
            for tail in ("", "-wal", "-shm"):
                if os.path.exists(path + tail):
                    os.remove(path + tail)
        shutil.copy(self.good, self.cart.archive)
        with open(self.cart.archive, "r+b") as file:
            for page in pages:
                file.seek((page - 1) * self.size)
                octets = bytearray(file.read(self.size))
                if page % 2:
                    octets = bytes(self.size)
                else:  # two bits are more than can be put right
                    octets[self.size // 3] ^= 1
                    octets[self.size // 2] ^= 4
                file.seek((page - 1) * self.size)
                file.write(octets)

    def verify_names(self, page):
        """How many messages it names."""
        result = self.cart.run("verify", json_lines=False)
        self.assertIn(result.status, (SOME, IOERR), str(result))
        self.assertRegex(result.err, rf"page {page}\b|damaged: a page")
        return len(set(NAMED.findall(result.err))), result.status

    def of_new(self, verb, *args):
        self.cart.archive, damaged = self.new, self.cart.archive
        try:
            return self.cart.run(verb, *args)
        finally:
            self.cart.archive = damaged

    def exported(self):
        out = self.cart.path("out")
        shutil.rmtree(out, ignore_errors=True)
        self.ends(self.of_new("export", "--format", "eml", out))
        found = collections.Counter()
        for base, _, names in os.walk(out):
            for name in names:
                if name.endswith(".eml"):
                    with open(os.path.join(base, name), "rb") as file:
                        found[self.content(file.read())] += 1
        return found

    def pushed(self):
        with ImapServer() as server:
            self.ends(self.of_new("push", server.url()))
            return collections.Counter(
                self.content(message.octets) for box in server.boxes.values()
                for message in box.messages)

    def salvaged(self, *pages):
        """(lost, bare)"""
        result = self.cart.run("salvage", self.new)
        row = result.summary()
        lost = row["lost"] + max(row["unknown"], 0)
        self.assertEqual(row["messages"] + lost, COUNT, str(result))
        self.assertEqual(result.status, SOME if lost or row["bare"]
                         or row["parts"] or row["unknown"] else 0,
                         str(result))
        self.ends(self.of_new("verify"))
        there = self.exported()
        self.assertEqual(there - self.want, collections.Counter())
        self.assertEqual(there.total(), row["messages"])
        if pages[0] % PUSH_EVERY == 0:
            self.assertEqual(self.pushed(), there)
        return lost, row["bare"]

    def chosen(self):
        if not LONG:
            by_kind = collections.defaultdict(list)
            for page, kind in sorted(self.kinds.items()):
                by_kind[kind].append(page)
            some = [kind for kind in KINDS if kind in by_kind]
            return [self.dice.choice(by_kind[kind])
                    for kind in (*SURE, *self.dice.sample(some, 1))] + [1]
        asked = os.environ.get("MAILCART_PAGES") or f"1-{self.pages}"
        first, last = map(int, asked.split("-"))
        return range(first, min(last, self.pages) + 1)

    def test_a_page(self):
        told = collections.defaultdict(list)
        for page in self.chosen():
            kind = self.kinds.get(page, "free")
            with self.subTest(page=page, kind=kind):
                self.lose(page)
                named, status = self.verify_names(page)
                lost, bare = self.salvaged(page)
                if status == SOME:
                    self.assertLessEqual(lost, named)
                told[kind].append((named, lost, bare))
                if kind == "logical leaf":  # bodies tell what stood in it
                    self.assertEqual((lost, self.logicals(self.new)),
                                     (0, self.logicals(self.good)))
                if lost and (page % PUSH_EVERY == 1 or not LONG):
                    self.ends(self.of_new("pull", self.source))
                    self.assertEqual(self.exported(), self.want)
        for kind, found in sorted(told.items()):
            named, lost, bare = (max(row[n] for row in found)
                                 for n in range(3))
            print(f"{len(found)} of {kind}: at most {named} named, "
                  f"{lost} lost, {bare} bare", flush=True)
        print(f"{sum(map(len, told.values()))} of {self.pages} pages",
              flush=True)

    def test_a_page_and_an_index(self):
        """Pages of an index that nothing leads to any more may look like rows
        of what is lost of tables: what is read is right.  Nothing stands below a
        leaf of an index: with it no more is lost."""
        def of(kind):
            return self.dice.choice([page for page, has in self.kinds.items()
                                     if has == kind])
        for table, index in (
                ("body_piece leaf", "sqlite_autoindex_sighting_1 internal"),
                ("body_piece internal", "sqlite_autoindex_sighting_1 leaf"),
                ("sighting leaf", "sqlite_autoindex_sighting_1 internal")):
            with self.subTest(table=table, index=index):
                pages = of(table), of(index)
                self.lose(pages[0])
                alone, _ = self.salvaged(pages[0])
                self.lose(*pages)
                lost, _ = self.salvaged(*pages)
                print(f"{table}, {index}: pages {pages}, {lost} lost, {alone} "
                      "without the index", flush=True)
                if index.endswith("leaf"):
                    self.assertEqual(lost, alone)
                self.ends(self.of_new("pull", self.source))
                self.assertEqual(self.exported(), self.want)

    def test_no_archive(self):
        """What is another program's, or a newer mailcart's, is not guessed
        at."""
        for change, told in (
                ("PRAGMA user_version = 9999", "written by a newer mailcart"),
                ("PRAGMA application_id = 7", "is no mailcart archive")):
            with self.subTest(change):
                self.lose()
                with contextlib.closing(
                        sqlite3.connect(self.cart.archive)) as db:
                    db.execute(change)
                seal.seal(self.cart.archive)
                self.salvage(DATAERR, told)
                self.assertEqual(self.beside(), [])
        with self.subTest("no seals"):
            self.lose()
            os.remove(self.cart.archive)
            with contextlib.closing(
                    sqlite3.connect(self.cart.archive)) as db:
                db.execute("CREATE TABLE mine (x)")
            self.salvage(DATAERR, "has no seals")
            self.assertEqual(self.beside(), [])

    def test_rows_against_the_rules(self):
        """What the tables do not let in is no row of theirs: its message is
        lost, and no other."""
        for change in ("UPDATE sighting SET raw_octets = -5 WHERE id = 7",
                       "UPDATE body SET octets = -1 WHERE id = 9"):
            with self.subTest(change):
                self.lose()
                with contextlib.closing(
                        sqlite3.connect(self.cart.archive)) as db:
                    db.execute("PRAGMA ignore_check_constraints = ON")
                    db.execute(change)
                    db.commit()
                seal.seal(self.cart.archive)
                lost, _ = self.salvaged(1)
                self.assertEqual(lost, 1)
                self.ends(self.of_new("pull", self.source))
                self.assertEqual(self.exported(), self.want)

    @staticmethod
    def logicals(path):
        with contextlib.closing(sqlite3.connect(
                f"file:{path}?immutable=1", uri=True)) as db:
            return db.execute("SELECT id, hex(key), message_id, date, sender, "
                              "subject FROM logical ORDER BY id").fetchall()

    def salvage(self, status, *told):
        result = self.cart.run("salvage", self.new)
        self.ends(result, status)
        error = result.summary()["error"] or ""
        for word in told:
            self.assertIn(word, error)

    def beside(self):
        """What stands there by the new name."""
        return sorted(name for name in os.listdir(self.cart.dir)
                      if name.startswith("new.db"))

    def test_what_stands_there(self):
        """What has the name is left as it is; what a run that was killed has
        left is removed; and what cannot be written leaves nothing behind."""
        self.lose()
        old = self.cart.write("new.db", b"mine")
        self.salvage(CANTCREAT, "exists; name a file that does not")
        with open(old, "rb") as file:
            self.assertEqual(file.read(), b"mine")
        os.remove(old)
        os.mkdir(old + ".part")
        self.salvage(CANTCREAT, "cannot remove")
        self.assertEqual(self.beside(), ["new.db.part"])
        os.rmdir(old + ".part")
        for tail in ("", "-wal", "-shm"):
            self.cart.write("new.db.part" + tail, b"of another run" * 4096)
        self.salvage(OK)
        self.assertEqual(self.beside(), ["new.db"])
        new, type(self).new = self.new, self.cart.path("none", "new.db")
        self.addCleanup(setattr, type(self), "new", new)
        self.salvage(CANTCREAT, "no such file or directory")

    def test_two_at_once(self):
        """The second makes nothing and takes nothing away: it is told who is
        there, or that the name is taken."""
        self.lose()
        with open(self.new + "-lock", "wb") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            part = self.cart.write("new.db.part", b"of the first" * 4096)
            self.salvage(TEMPFAIL, "in use by another mailcart", "wait until")
            with open(part, "rb") as file:
                self.assertEqual(file.read(), b"of the first" * 4096)
        self.assertEqual(self.beside(), ["new.db-lock", "new.db.part"])
        for n in range(3):
            runs = [self.cart.start("salvage", self.new) for _ in range(3)]
            ends = collections.Counter(run.wait() for run in runs)
            self.assertEqual(ends.pop(OK, 0), 1, ends)
            self.assertLessEqual(set(ends), {TEMPFAIL, CANTCREAT})
            self.assertEqual(self.beside(), ["new.db"])
            self.ends(self.of_new("verify"))
            os.remove(self.new)

    def test_killed(self):
        """At any moment: nothing has the name that is not whole, and the
        damaged archive is as it was."""
        killed = 0
        for n in range(6):
            self.lose()
            before = mailcart.sha256(self.octets(self.cart.archive))
            child = self.cart.start("salvage", self.new)
            while not os.path.exists(self.new + ".part") and (
                    child.poll() is None):
                time.sleep(0.001)
            time.sleep(n * 0.02)
            child.kill()
            killed += child.wait() < 0
            if os.path.exists(self.new):
                self.ends(self.of_new("verify"))
                os.remove(self.new)
            self.assertEqual(
                mailcart.sha256(self.octets(self.cart.archive)), before)
            self.salvage(OK)
            self.assertEqual(self.beside(), ["new.db"])
            self.assertEqual(self.exported(), self.want)
        self.assertGreater(killed, 0)

    @staticmethod
    def octets(path):
        with open(path, "rb") as file:
            return file.read()


if __name__ == "__main__":
    mailcart.main()
