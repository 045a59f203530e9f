# SPDX-License-Identifier: MIT
"""One bit of an archive with 1,000 messages flips, in any page: verify finds
it, and says which page and which messages; every message can still be exported
and pushed, as it was.  And a page that is lost as a whole: what stood in it is
named, and nothing that is wrong is passed for right.

Pages of every kind, or all of them with MAILCART_LONG; MAILCART_PAGES says how
many of all."""
import collections
import os
import random
import re
import shutil
import sqlite3
import sys
import tempfile

HERE = os.path.dirname(os.path.abspath(__file__))
for house in ("fake", "real"):
    sys.path.insert(0, os.path.join(os.path.dirname(HERE), house))
import mailcart  # noqa: E402
import seal  # noqa: E402
from imap_server import ImapServer  # noqa: E402
from mailcart import DATAERR, IOERR, LONG, SOME  # noqa: E402
from pages import COUNT, Pages, mail  # noqa: E402

# The release build where there is one: hundreds of runs.
RELEASE = os.environ.get("MAILCART_RELEASE_BIN", "")
if RELEASE:
    mailcart.BIN = RELEASE
if os.access("/dev/shm", os.W_OK):
    tempfile.tempdir = "/dev/shm"  # thousands of files are written again
NAMED = re.compile(r"page (\d+): message (\d+) in '([^']*)'")
EXPORT_EVERY, PUSH_EVERY = (10, 100) if LONG else (3, 7)  # pages


def mails():
    """Small and large, so that there are pages of every kind."""
    dice = random.Random(5)
    for n in range(COUNT):
        size = (200, 900, 3000, 9000, 40000)[n % 5] * (n % 100 != 7) + (
            300000 * (n % 250 == 7))
        yield mail(n, size, dice, X_Keywords=f"word{n % 50}")


class Flip(Pages):
    @classmethod
    def setUpClass(cls):
        cls.mails = list(mails())
        cls.fill(cls.mails)
        cls.make_free_pages()
        cls.want = sorted(map(cls.content, cls.mails))
        cls.keep()
        cls.kinds = cls.find_kinds()

    @classmethod
    def make_free_pages(cls):
        db = sqlite3.connect(cls.cart.archive)
        db.execute("CREATE TABLE gone (x)")
        db.execute("INSERT INTO gone VALUES (zeroblob(40000))")
        db.commit()
        db.execute("DROP TABLE gone")
        db.commit()
        db.close()
        seal.seal(cls.cart.archive)

    @classmethod
    def find_kinds(cls):
        """{(tree, kind of page): [pages]}, as SQLite tells."""
        kinds = collections.defaultdict(list)
        db = sqlite3.connect(f"file:{cls.good}?immutable=1", uri=True)
        seen = set()
        for name, kind, page in db.execute(
                "SELECT name, pagetype, pageno FROM dbstat"):
            kinds[name, kind].append(page)
            seen.add(page)
        db.close()
        kinds["", "free"] = sorted(set(range(1, cls.pages + 1)) - seen)
        assert kinds["", "free"] and ("piece", "overflow") in kinds
        return kinds

    def change(self, page, change):
        """One page of a good archive."""
        shutil.copy(self.good, self.cart.archive)
        for tail in ("-wal", "-shm"):
            if os.path.exists(self.cart.archive + tail):
                os.remove(self.cart.archive + tail)
        self.change_more(page, change)

    def change_more(self, page, change):
        with open(self.cart.archive, "r+b") as file:
            file.seek((page - 1) * self.size)
            octets = bytearray(file.read(self.size))
            change(octets)
            file.seek((page - 1) * self.size)
            file.write(octets)

    def flip(self, octets):
        bit = self.dice.randrange(len(octets) * 8)
        octets[bit // 8] ^= 1 << bit % 8

    def found(self, page):
        """verify tells of this page, and of nothing else; which messages."""
        result = self.ends(self.cart.run("verify", json_lines=False), SOME)
        pages = set(map(int, re.findall(r"page (\d+)", result.err)))
        self.assertIn(page, pages, str(result))
        return result, {int(row[1]) for row in NAMED.findall(result.err)}

    def exported(self):
        out = self.cart.path("out")
        shutil.rmtree(out, ignore_errors=True)
        result = self.cart.run("export", "--format", "eml", out)
        found = []
        for base, _, names in os.walk(out):
            for name in names:
                if name.endswith(".eml"):
                    with open(os.path.join(base, name), "rb") as file:
                        found.append(self.content(file.read()))
        return result, sorted(found)

    def pushed(self):
        with ImapServer() as server:
            result = self.cart.run("push", server.url())
            return result, sorted(
                self.content(message.octets)
                for box in server.boxes.values() for message in box.messages)

    def chosen(self):
        """(kind, page)"""
        for kind, pages in sorted(self.kinds.items()):
            if LONG:
                yield from ((kind, page) for page in pages)
            elif kind[1] != "internal" or kind[0] in ("piece", "sighting"):
                yield kind, self.dice.choice(pages)

    def test_a_bit(self):
        some = list(self.chosen())
        if LONG and os.environ.get("MAILCART_PAGES"):
            some = self.dice.sample(some, int(os.environ["MAILCART_PAGES"]))
        if not LONG:
            some = self.dice.sample(some, 4) + [
                (("sqlite_schema", ""), 1)] + [
                (kind, self.dice.choice(self.kinds[kind]))
                for kind in (("piece", "overflow"), ("sighting", "leaf"))]
        hit = 0
        for n, (kind, page) in enumerate(some):
            with self.subTest(kind=kind, page=page):
                self.change(page, self.flip)
                result, named = self.found(page)
                # The messages in it are no further places.
                self.assertIn("1 place is DAMAGED", result.out.decode())
                hit += bool(named)
                if kind == ("piece", "overflow"):
                    self.assertEqual(len(named), 1, str(result))
                if n % EXPORT_EVERY == 0:
                    result, there = self.exported()
                    self.ends(result)
                    self.assertEqual(there, self.want)
                if n % PUSH_EVERY == 1:
                    result, there = self.pushed()
                    self.ends(result)
                    self.assertEqual(there, self.want)
        print(f"a bit in {len(some)} of {self.pages} pages: each found, "
              f"{hit} with messages in it; all messages could be had")

    def test_a_page(self):
        """Lost as a whole.  What stood in it is told; what else there is can
        be had where it is found by what is left, and a lack is never passed
        over."""
        some = [(kind, self.dice.choice(pages))
                for kind, pages in sorted(self.kinds.items())
                if kind[1] in ("leaf", "overflow")]
        if not LONG:
            some = self.dice.sample(some, 3) + [
                (kind, self.dice.choice(self.kinds[kind]))
                for kind in (("piece", "leaf"), ("piece", "overflow"),
                             ("logical", "leaf"), ("totals", "leaf"))]
        for kind, page in some:
            with self.subTest(kind=kind, page=page):
                self.change(page, lambda octets: octets.__setitem__(
                    slice(None), bytes(len(octets))))
                result = self.cart.run("verify", json_lines=False)
                self.assertIn(result.status, (SOME, IOERR, DATAERR),
                              str(result))
                if result.status != DATAERR:
                    self.assertRegex(result.err, rf"page {page}\b")
                named = {row[1] for row in NAMED.findall(result.err)}
                result, there = self.exported()
                lack = collections.Counter(self.want)
                lack.subtract(there)
                self.assertGreaterEqual(min(lack.values()), 0, "not ours")
                lost = sum(lack.values())
                self.assertEqual(result.status == 0, lost == 0, str(result))
                if kind[0] in ("piece", "logical"):
                    self.ends(result, SOME)
                    self.assertTrue(0 < lost <= len(named), (lost, named))
                if kind == ("piece", "overflow"):
                    self.waits(lost)
                print(f"page {page}, {kind[0]} {kind[1]}: {len(named)} named, "
                      f"{lost} not exported, {result.status}", flush=True)

    def test_below_a_page(self):
        """Nothing leads to what stood below a page that is lost: a bit there is
        told all the same.  Behind the last page there may be room that was never
        written to."""
        root, = self.kinds["piece", "internal"][:1]
        leaf, lost = self.dice.sample(self.kinds["piece", "leaf"], 2)
        self.change(root, lambda octets: octets.__setitem__(
            slice(None), bytes(len(octets))))
        self.change_more(leaf, self.flip)
        self.change_more(lost, lambda octets: octets.__setitem__(
            slice(100, 200), b"x" * 100))
        result = self.cart.run("verify", json_lines=False)
        self.assertIn(result.status, (SOME, IOERR), str(result))
        self.assertIn(f"page {leaf}: not as it was written; it is read as it "
                      "was", result.err)
        self.assertIn(f"page {lost}: not as it was written, and cannot be "
                      "read", result.err)

    def test_room(self):
        self.change(1, lambda octets: None)
        with open(self.cart.archive, "ab") as file:
            file.write(bytes(2 * self.size))
        self.ends(self.cart.run("verify"))

    def waits(self, lost):
        """Nobody has refused what cannot be read; it is not told so."""
        result, there = self.pushed()
        self.assertLessEqual(set(there), set(self.want))
        row = result.summary()
        self.assertEqual(row["refused"], 0)
        self.ends(result, mailcart.TEMPFAIL)
        self.assertEqual(len(there), COUNT - lost)
        self.assertEqual(row["waiting"], lost)


if __name__ == "__main__":
    mailcart.main()
