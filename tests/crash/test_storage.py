# SPDX-License-Identifier: MIT
"""Where the archive lies goes wrong: no room, no right to write, another
program in the way, another file in its place, a WAL that is not its own, a
clock that jumps.  One clear line, nothing lost, and the rest when it is mended.
"""
import glob
import os
import re
import shutil
import sqlite3
import subprocess
import sys
import time

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(os.path.dirname(HERE), "real"))
import mailcart  # noqa: E402
import samples_of  # noqa: E402
from mailcart import DATAERR, IOERR, LONG, SOME, Case, sha256  # noqa: E402

FAULT = os.environ.get("MAILCART_FAULT", "")
FROM = b"From a@b Thu Feb  6 11:51:37 1992\n"
MIB = 1 << 20


class Storage(Case):
    def setUp(self):
        self.cart = self.cart()
        self.first = self.mbox("first", range(20))

    def mbox(self, name, numbers, size=0):
        self.sums = getattr(self, "sums", set())
        out = []
        for n in numbers:
            octets = samples_of.eml(n, os.urandom(size // 2).hex().encode()
                                    + b"\r\n").replace(b"\r\n", b"\n")
            self.sums.add(sha256(octets))
            out.append(FROM + octets + b"\n")
        return "mbox:" + self.cart.write(name + ".mbox", b"".join(out))

    def archived(self):
        db = sqlite3.connect(f"file:{self.cart.archive}?mode=ro", uri=True)
        try:
            return {row[0].hex() for row in db.execute(
                "SELECT coalesce(sighting.raw_sha256, body.sha256) "
                "FROM sighting JOIN body ON body.id = sighting.body")}
        finally:
            db.close()

    def whole(self):
        self.ends(self.cart.run("verify"))
        self.assertEqual(self.archived(), self.sums)

    def small_disk(self, octets):
        """A file system of so many octets; where none can be mounted, the test
        cannot be."""
        where = self.cart.path("disk")
        os.mkdir(where)
        done = subprocess.run(["mount", "-t", "tmpfs", "-o",
                               f"size={octets},mode=700", "none", where],
                              capture_output=True)
        if done.returncode:
            self.skipTest("no file system can be mounted here")
        self.addCleanup(subprocess.run, ["umount", "-l", where])
        return where

    def test_disk_full(self):
        """While the WAL grows, when it is moved into the file, while an export
        is written: told, kept, and continued when there is room."""
        where = self.small_disk(4 * MIB)
        self.cart.archive = os.path.join(where, "mail.db")
        ballast = os.path.join(where, "ballast")
        large = self.mbox("large", range(100, 220), 60000)
        for room in (50000, 400000, 1200000, 2000000, 3500000):
            with open(ballast, "wb") as out:
                out.write(bytes(4 * MIB - room - 200000))
            result = self.cart.run("pull", self.first, large,
                                   json_lines=False)
            self.assertIn(result.status, (IOERR, mailcart.CANTCREAT),
                          str(result))
            self.assertRegex(result.err, "(?i)no space left")
            os.remove(ballast)
            if os.path.getsize(self.cart.archive):
                result = self.cart.run("verify")
                # It had no room for its first tables, or for any.
                if result.status != DATAERR or not re.search(
                        "older|is empty", result.err):
                    self.ends(result)
        subprocess.run(["mount", "-o", "remount,size=32m", where], check=True)
        self.ends(self.cart.run("pull", self.first, large))
        self.whole()
        subprocess.run(["mount", "-o", f"remount,size={9 * MIB}", where],
                       check=True)
        out = os.path.join(where, "out")
        result = self.cart.run("export", out, json_lines=False)
        self.ends(result, IOERR)
        self.assertRegex(result.err, "(?i)no space left")
        shutil.rmtree(out)
        subprocess.run(["mount", "-o", "remount,size=64m", where], check=True)
        self.ends(self.cart.run("export", out))

    def limited(self, kib, before, *args):
        """A run that may make no file larger than so many KiB."""
        return mailcart.run(
            ["bash", "-c", f'{before} ulimit -f {kib}; exec "$@"', "x",
             *self.cart.command(*args, json_lines=False)], cwd=self.cart.dir)

    def test_file_may_be_no_larger(self):
        """ulimit -f: one line and the status of a disk that cannot be written,
        wherever it strikes, also where the signal was switched off by whoever
        started the run; and never a good end that is none."""
        large = self.mbox("large", range(100, 160), 60000)
        for before in ("", 'trap "" XFSZ;'):
            ends = set()
            for kib in (4, 100, 600, 1500, 2000, 2500, 3000, 8000):
                result = self.limited(kib, before, "pull", self.first, large)
                ends.add(result.status)
                if result.status != mailcart.OK:
                    self.one_line(result, IOERR, "ulimit -f", "run")
                    self.assertNotIn("All 8", result.out.decode())
                    continue
                self.assertEqual(glob.glob(self.cart.archive + "-wal"), [])
                self.assertEqual(self.archived(), self.sums)
            self.assertEqual(ends, {IOERR, mailcart.OK})
            self.ends(self.cart.run("pull", self.first, large))
            self.whole()
            for left in glob.glob(self.cart.archive + "*"):
                os.remove(left)

    def test_locked_by_another(self):
        self.ends(self.cart.run("pull", self.first))
        db = sqlite3.connect(self.cart.archive, isolation_level=None)
        db.execute("PRAGMA locking_mode = EXCLUSIVE")
        db.execute("BEGIN EXCLUSIVE")
        began = time.monotonic()
        self.one_line(self.cart.run("status"), IOERR,
                      "in use by another program")
        self.assertLess(time.monotonic() - began, 40)
        if LONG:
            self.one_line(self.cart.run("pull", self.first), IOERR,
                          "in use by another program")
        db.close()
        self.whole()

    def test_replaced_between(self):
        """Another archive in its place is another archive."""
        self.ends(self.cart.run("pull", self.first))
        other = mailcart.Cart()
        self.addCleanup(other.close)
        self.ends(other.run("pull", self.mbox("other", range(50, 55))))
        shutil.copy(other.archive, self.cart.archive)
        self.ends(self.cart.run("pull", self.first,
                                "mbox:" + self.cart.path("other.mbox")))
        self.whole()

    def test_replaced_during(self):
        """The name goes to another file while a run writes: that run keeps
        what it has in the file that it opened, or says that it cannot; what
        stands under the name afterwards is whole, and a run completes it."""
        self.ends(self.cart.run("pull", self.first))
        good = self.cart.path("good")
        shutil.copy(self.cart.archive, good)
        large = self.mbox("large", range(100, 160), 200000)
        for wait in (0.05, 0.15, 0.3):
            child = self.cart.start("pull", large)
            time.sleep(wait)
            shutil.copy(good, good + "2")
            os.rename(good + "2", self.cart.archive)
            child.wait()
            self.assertGreaterEqual(child.returncode, 0, self.cart.told())
            for path in glob.glob(self.cart.archive + "-*"):
                os.remove(path)
            shutil.copy(good, self.cart.archive)
        self.ends(self.cart.run("pull", large))
        self.whole()

    def test_wal(self):
        """Empty or nonsense: not taken for ours.  One of another archive
        cannot be told from ours, by SQLite's format; what comes of it is an
        archive, or is said to be none."""
        good = self.cart.path("good")
        self.ends(self.cart.run("pull", self.first))
        other = mailcart.Cart()
        self.addCleanup(other.close)
        child = other.start("pull", self.mbox("o", range(60, 90), 200000))
        foreign = b""
        while child.poll() is None and len(foreign) < 200000:
            try:
                with open(other.archive + "-wal", "rb") as file:
                    foreign = file.read()
            except FileNotFoundError:
                pass
        child.kill()
        child.wait()
        self.sums = self.archived()
        shutil.copy(self.cart.archive, good)
        for wal in (b"", b"nonsense" * 5000, foreign, foreign[:5000]):
            with open(self.cart.archive + "-wal", "wb") as file:
                file.write(wal)
            result = self.cart.run("verify")
            self.assertIn(result.status, (0, SOME, IOERR, DATAERR),
                          str(result))
            if wal != foreign and wal != foreign[:5000]:
                self.ends(result)
            shutil.copy(good, self.cart.archive)
            for path in glob.glob(self.cart.archive + "-*"):
                os.remove(path)
        self.whole()

    def test_cut(self):
        """Anywhere: it is said, and never taken for less mail."""
        self.ends(self.cart.run("pull", self.first))
        good = self.cart.path("good")
        shutil.copy(self.cart.archive, good)
        size = os.path.getsize(good)
        for part in range(1, 40 if LONG else 8):
            shutil.copy(good, self.cart.archive)
            at = size * part // (40 if LONG else 8) + part % 3
            os.truncate(self.cart.archive, at)
            for words in (("verify",), ("export", self.cart.path("out")),
                          ("list",), ("pull", self.first)):
                result = self.cart.run(*words)
                self.assertIn(result.status, (SOME, IOERR, DATAERR),
                              f"{at}: {result}")
                shutil.rmtree(self.cart.path("out"), ignore_errors=True)
        shutil.copy(good, self.cart.archive)
        self.whole()

    def test_clock(self):
        """Before 1970, in 2040, and back between two runs."""
        now = int(time.time())
        for wrong in (-now + 5, -now - 1000, 2**31 - now + 10,
                      20 * 31557600, -20 * 31557600):
            env = {"LD_PRELOAD": FAULT, "FAULT_CLOCK": str(wrong),
                   "ASAN_OPTIONS": "verify_asan_link_order=0"}
            for words in (("pull", self.first), ("status",), ("verify",),
                          ("export", self.cart.path(f"out{wrong}"))):
                self.ends(self.cart.run(*words, env=env))
            self.ends(self.cart.run("pull", self.first))
            self.whole()


if __name__ == "__main__":
    mailcart.main()
