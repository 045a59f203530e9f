# SPDX-License-Identifier: MIT
"""export: an mbox comes out as it went in, to the octet; and what every format
holds, read again by mailcart and by others, is what the archive holds."""
import collections
import glob
import gzip
import mailbox
import os
import random
import re
import shutil
import signal
import sqlite3
import subprocess
import sys
import time
import unicodedata
import unittest

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import mailcart  # noqa: E402
import mbox_oracle  # noqa: E402
import samples_of  # noqa: E402
import seal  # noqa: E402
from dovecot import Dovecot  # noqa: E402
from mailcart import CANTCREAT, CORPORA, LONG, NOINPUT, SOME, USAGE  # noqa
from mailcart import Case  # noqa: E402

SEEN, ANSWERED, FLAGGED, DRAFT, DELETED, FORWARDED, EXPUNGED = (
    1 << bit for bit in range(7))
PEAK_MAX = 64 << 20


def read(path):
    with open(path, "rb") as source:
        return source.read()


def corpora_mboxes():
    """Every file of the corpora that begins as an mbox does."""
    for base, _, names in sorted(os.walk(CORPORA)):
        for name in sorted(names):
            path = os.path.join(base, name)
            with open(path, "rb") as source:
                head = source.read(4096)
            if head[mbox_oracle.start(head):].startswith(b"From "):
                yield path


def change(cart, sql, *values):
    """A change of the archive that mailcart would not make."""
    db = sqlite3.connect(cart.archive)
    with db:
        db.execute(sql, values)
    db.close()
    seal.seal(cart.archive)


def files(root):
    """{path below root: octets}"""
    found = {}
    for base, _, names in os.walk(root):
        for name in names:
            path = os.path.join(base, name)
            found[os.path.relpath(path, root)] = read(path)
    return found


def contents(cart):
    """What the archive holds: {key of the logical message: (variants, digests
    of bodies, folders, flags and keywords of all copies, best date)}."""
    rows = cart.query(
        "SELECT hex(logical.key), hex(variant.digest), hex(body.sha256), "
        "folder.path, sighting.id, sighting.flags, sighting.time, "
        "sighting.rank FROM sighting LEFT JOIN membership ON "
        "membership.sighting = sighting.id JOIN folder ON folder.id = "
        "ifnull(membership.folder, sighting.folder) "
        "JOIN body ON body.id = sighting.body "
        "JOIN variant ON variant.id = body.variant "
        "JOIN logical ON logical.id = variant.logical")
    words = collections.defaultdict(set)
    for sighting, word in cart.query(
            "SELECT sighting, text FROM sighting_word JOIN word ON "
            "word.id = word WHERE kind = 0"):
        words[sighting].add(word)
    found = {}
    for key, variant, body, path, sighting, flags, when, rank in rows:
        one = found.setdefault(key, {
            "variants": set(), "bodies": set(), "folders": set(),
            "flags": 0, "words": set(), "dates": []})
        one["variants"].add(variant)
        one["bodies"].add(body)
        one["folders"].add(path)
        one["flags"] |= flags
        one["words"] |= words[sighting]
        if when is not None:
            one["dates"].append((rank, when))
    for one in found.values():
        one["date"] = min(one.pop("dates"), default=(0, None))[1]
    return found


class Export(Case):
    def pulled(self, *words, status=0):
        cart = self.cart()
        self.ends(cart.run("pull", *words), status)
        return cart

    def export(self, cart, *options, status=0, out="out"):
        """The directory written, and the summary."""
        where = cart.path(out)
        result = self.ends(cart.run("export", where, *options), status)
        row = result.summary()
        self.assertEqual(row["listed"],
                         row["written"] + row["skipped"] + row["failed"], row)
        return where, row, [one["text"] for one in result.of("event")
                            if one["kind"] in ("note", "failure")]

    def tree(self, files_of, name="src"):
        """A directory of those files, not yet in any archive."""
        root = self.cart().path(name)
        for path, octets in files_of.items():
            path = os.path.join(root, path)
            os.makedirs(os.path.dirname(path), exist_ok=True)
            with open(path, "wb") as out:
                out.write(octets)
        return root

    def same_files(self, found, wanted):
        self.assertEqual(sorted(found), sorted(wanted))
        for name, octets in wanted.items():
            if found[name] != octets:
                at = len(os.path.commonprefix([found[name], octets]))
                self.fail(f"{name} differs at octet {at}: "
                          f"{found[name][at:at + 60]!r} is not "
                          f"{octets[at:at + 60]!r}")

    def same_contents(self, one, two, *ignored):
        one, two = contents(one), contents(two)
        self.assertEqual(sorted(one), sorted(two))
        for key, held in one.items():
            for part in held:
                if part not in ignored:
                    self.assertEqual(held[part], two[key][part], (key, part))


def nasty_mboxes():
    """Files that are hard to write again: {name: octets}."""
    head = b"From a@b Thu Jan  1 10:00:00 2004\n"
    mail = b"Subject: a\nTo: b\n\n"
    one = head + mail + b"text\n\n"
    yield "no-last-newline", one + head + mail + b"end"
    yield "no-blank-lines", (head + mail + b"x\n") * 3
    yield "only-a-from-line", b"From "
    yield "from-lines-alone", head + head + head
    yield "blank-lines-first", b"\n\r\n\n" + one
    yield "a-long-gap-first", b"\n" * 500000 + one
    yield "mixed-line-ends", one.replace(b"\n", b"\r\n") + one
    yield "mac", (one * 3).replace(b"\n", b"\r")
    yield "quoting", head + mail + (
        b">From a\n>>From b\nFrom c\n> From d\n>From\n>>>>From e\n") + b"\n"
    yield "thousand-marks", head + mail + b">" * 1000 + b"From a\n\n" + one
    yield "pine", (
        b"From MAILER-DAEMON Fri Jul 12 08:16:48 2002\n"
        b"From: Mail System Internal Data <MAILER-DAEMON@host>\n"
        b"Subject: DON'T DELETE THIS MESSAGE -- FOLDER INTERNAL DATA\n"
        b"X-IMAP: 1026454608 0000000002\nStatus: RO\n\nnot a mail\n\n") + one
    yield "eudora", (b"From ???@??? Thu Jan 01 00:00:00 1998\r\n"
                     b"Subject: a\r\nTo: b\r\n\r\nc\r\n\r\n") * 3
    yield "doubles", one * 4
    yield "mmdf", (b"\1\1\1\1\nSubject: a\nTo: b\n\nFrom here\n>From x\n"
                   b"\1\1\1\1\n") * 3
    yield "status", head + (
        b"Status: RO\nX-Status: AF\nSubject: a\nX-Keywords: b c   \n"
        b"X-Mozilla-Keys: d\nTo: b\nContent-Length: 3\n\nab\n\n")
    yield "nul-octets", head + mail + b"a\0b\n\0\n\n" + one
    yield "endless", head + mail + b"x" * 300000 + b"\n>From x\n\n" + one
    dice = random.Random(7)
    lines = [head, b"From here on\n", b">From x\n", b">>From y\n", b"\n",
             b"\r\n", mail, b"Subject: x\n", b"text\r\n", b"a\rb\n",
             b"Content-Length: 6\n", b"caf\xe9 \0\n", b">\n", b"From\n",
             b"Status: RO\n X: folded\n", b"X-Keywords: a\r\n"]
    for n in range(250):
        yield f"random-{n}", b"".join(
            [head] + dice.choices(lines, k=dice.randrange(30)))


class Original(Export):
    def comes_back(self, made, *options):
        root = self.tree({name + ".mbox": made[name] for name in made})
        cart = self.pulled("mbox:" + root, *options)
        out, row, notes = self.export(cart, "--original")
        self.same_files(files(out), files(root))
        self.assertEqual((row["incomplete"], row["skipped"], notes),
                         (0, 0, []))

    def test_nasty(self):
        made = dict(nasty_mboxes())
        self.assertGreater(len(made), 250)
        for quote in ("rd", "o", "none"):
            with self.subTest(quote=quote):
                self.comes_back(made, "--mbox-quote", quote)

    @unittest.skipUnless(os.path.isdir(CORPORA), f"no corpora at {CORPORA}")
    def test_corpora(self):
        """All of them in one tree, each under a number."""
        paths = list(corpora_mboxes())
        names = {os.path.relpath(path, CORPORA) for path in paths}
        self.assertTrue({
            "jwz-mbox/jwz.mbox", "perl-email-folder/mboxes/testmbox.mac",
            "perl-email-folder/mboxes/mboxcl2", "mailutils/spool/teaparty.mbox",
            "perl-email-folder/mboxes/mboxcl2.lies"} <= names, names)
        self.assertGreaterEqual(
            sum("thunderbird" in name for name in names), 20)
        for quote in ("rd", "o", "none"):
            with self.subTest(quote=quote):
                self.comes_back({str(n): read(path)
                                 for n, path in enumerate(paths)},
                                "--mbox-quote", quote)
        print(f"{len(paths)} mboxes came back as they were", flush=True)

    def test_packed(self):
        """As it was when it was unpacked."""
        made = dict(nasty_mboxes())["quoting"]
        cart = self.pulled("mbox:" + self.tree(
            {"box.mbox.gz": gzip.compress(made)}))
        out, _, _ = self.export(cart, "--original")
        self.same_files(files(out), {"box.mbox": made})

    def test_standard_input(self):
        """Nothing can be noted of it; what came last is what there is."""
        cart = self.cart()
        mails = [samples_of.mbox([("a@b Thu Jan  1 10:00:00 2004", octets)])
                 for octets in samples_of.small(8)]
        for n, now in enumerate((mails, mails[:5], mails[4:])):
            subprocess.run(cart.command("pull", "mbox:-"), check=True,
                           input=b"".join(now), stdout=subprocess.DEVNULL,
                           env=mailcart.environment(), cwd=cart.dir)
            out, row, _ = self.export(cart, "--original", out=f"out{n}")
            written = {name: octets for name, octets in files(out).items()
                       if "(earlier)" not in name}
            self.assertEqual(list(written.values()), [b"".join(now)])
            self.assertEqual(row["incomplete"], 0)

    def test_empty(self):
        root = self.tree({"nothing.mbox": b""})
        cart = self.pulled("mbox:" + os.path.join(root, "nothing.mbox"))
        out, _, _ = self.export(cart, "--original")
        self.same_files(files(out), {"nothing.mbox": b""})

    def test_a_file_that_changed(self):
        """The file as it was last read; what it held before is beside it."""
        mails = [samples_of.mbox([("a@b Thu Jan  1 10:00:00 2004",
                                   samples_of.eml(n, f"mail {n}\r\n"))])
                 for n in range(9)]
        root = self.tree({"box.mbox": b"\n" + b"".join(mails)})
        path = os.path.join(root, "box.mbox")
        cart = self.pulled("mbox:" + root)
        earlier = []
        for change in (lambda: mails.pop(0), lambda: mails.pop(3),
                       lambda: mails.reverse(), lambda: mails.pop()):
            gone = change()
            earlier += [gone] if gone else []
            with open(path, "wb") as out:
                out.write(b"".join(mails))
            self.ends(cart.run("pull", "mbox:" + root))
        with open(path, "wb") as out:
            out.write(b"\n" + b"".join(mails))
        self.ends(cart.run("pull", "mbox:" + root))
        out, row, notes = self.export(cart, "--original")
        found = files(out)
        self.assertEqual(sorted(found), ["box (earlier).mbox", "box.mbox"])
        self.assertEqual(found["box.mbox"], read(path))
        was = found["box (earlier).mbox"]
        self.assertEqual(len(was), sum(map(len, earlier)))
        for one in earlier:
            self.assertIn(one, was)
        self.assertEqual((row["written"], row["incomplete"]), (9, 0))
        self.assertEqual(len(notes), 1)

    def test_the_end_of_a_file_changed(self):
        """What stood there is not taken for what stands there."""
        mails = [samples_of.mbox([(f"a@b Thu Jan {n + 1:2} 10:00:00 2004",
                                   samples_of.eml(n, f"mail {n}\r\n"))])
                 for n in range(9)]
        root = self.tree({"box.mbox": b"".join(mails[:6])})
        path = os.path.join(root, "box.mbox")
        cart = self.pulled("mbox:" + root)
        for n, (now, gone) in enumerate((
                (mails[:5], mails[5:6]), (mails[:7], []),
                (mails[:6] + mails[7:], mails[6:7]),
                (mails[:3] + mails[8:], mails[3:8]),
                (mails[:3], mails[3:]), (mails, []),
                (mails[8:], mails[:8]))):
            with self.subTest(step=n):
                with open(path, "wb") as out:
                    out.write(b"".join(now))
                self.ends(cart.run("pull", "mbox:" + root))
                out, row, _ = self.export(cart, "--original", out=f"out{n}")
                found = files(out)
                self.assertEqual(found["box.mbox"], b"".join(now))
                self.assertEqual(row["incomplete"], 0)
                was = found.get("box (earlier).mbox", b"")
                for one in gone:
                    self.assertIn(one, was)
                shutil.rmtree(out)

    def test_a_file_that_was_not_read_to_its_end(self):
        """A run that was stopped: what it had is there, and it is said that
        this is not all; the next run puts it right."""
        mails = [samples_of.mbox([("a@b Thu Jan  1 10:00:00 2004", octets)])
                 for octets in samples_of.small(6000)]
        root = self.tree({"box.mbox": b"".join(mails)})
        whole = read(os.path.join(root, "box.mbox"))
        for wait in (0.2, 0.4, 0.8, 1.6, 3.2):
            cart = self.cart()
            child = cart.start("pull", "mbox:" + root)
            time.sleep(wait)
            child.send_signal(signal.SIGINT)
            child.wait(60)
            if os.path.exists(cart.archive) and 0 < cart.query(
                    "SELECT count(*) FROM sighting")[0][0] < 6000:
                break
        else:
            self.skipTest("no run was stopped half way")
        out, row, notes = self.export(cart, "--original", status=SOME)
        part = read(os.path.join(out, "box.mbox"))
        self.assertTrue(part and whole.startswith(part))
        self.assertEqual(row["incomplete"], 1)
        self.assertTrue(any("not read to its end" in one for one in notes))
        self.ends(cart.run("pull", "mbox:" + root))
        out, row, notes = self.export(cart, "--original", out="again")
        self.assertEqual(files(out), {"box.mbox": whole})
        self.assertEqual(notes, [])

    def test_what_was_never_archived_is_told(self):
        mails = [samples_of.mbox([(f"a@b Thu Jan  {n} 10:00:00 2004",
                                   samples_of.eml(n, "x\r\n"))])
                 for n in range(1, 6)]
        root = self.tree({"box.mbox": b"".join(mails)})
        cart = self.pulled("mbox:" + root)
        change(cart, "DELETE FROM dress WHERE sighting = 3")
        change(cart, "DELETE FROM sighting WHERE id = 3")
        out, row, notes = self.export(cart, "--original", status=SOME)
        self.assertEqual(read(os.path.join(out, "box.mbox")),
                         b"".join(mails[:2] + mails[3:]))
        self.assertEqual((row["incomplete"], row["written"]), (1, 4))
        self.assertIn(f"{len(mails[2])} octets", notes[0])

    def test_other_sources(self):
        """One file a message: its octets as they were."""
        made = {f"In/{n:03}.eml": octets for n, (_, octets) in enumerate(
            samples_of.nasty())}
        cart = self.pulled("eml:" + self.tree(made))
        for kind in ("eml", "maildir"):
            out, row, _ = self.export(cart, "--original", "--format", kind,
                                      out=kind)
            found = [octets for name, octets in files(out).items()
                     if name != ".In/maildirfolder"]
            self.assertEqual(sorted(found), sorted(made.values()))
            self.assertEqual(row["written"], len(made))

    def test_two_sources_one_path(self):
        one = dict(nasty_mboxes())["quoting"]
        two = dict(nasty_mboxes())["status"]
        a, b = self.tree({"box.mbox": one}), self.tree({"box.mbox": two})
        cart = self.pulled("mbox:" + a, "mbox:" + b)
        out, _, notes = self.export(cart, "--original")
        self.same_files(files(out), {"box.mbox": one, "box (2).mbox": two})
        self.assertEqual(len(notes), 1)
        out, row, _ = self.export(cart, out="merged")
        self.assertEqual(list(files(out)), ["box.mbox"])
        self.assertEqual(row["written"], 2)


def flagged_mbox(word="gr\u00fcn"):
    """Mails with every set of flags that an mbox can say, and keywords."""
    out = bytearray()
    for n in range(64):
        letters = "".join(letter for bit, letter in enumerate("RAFTD")
                          if n >> bit & 1)
        lines = [b"Status: " + (b"RO" if n & 1 else b"O")]
        if letters.replace("R", ""):
            lines.append(b"X-Status: " + letters.encode())
        if n & 32:
            lines.append(b"X-Mozilla-Status: 1000")
        if n % 3 == 0:
            lines.append(f"X-Keywords: k{n % 5} {word}".encode())
        octets = samples_of.eml(n, f"mail {n}\r\n").replace(b"\r\n", b"\n")
        head, body = octets.split(b"\n\n", 1)
        day = 1 + n % 28
        out += f"From n@b Thu Jan {day:2} 1{n % 10}:00:07 2004\n".encode()
        out += head + b"\n" + b"\n".join(lines) + b"\n\n" + body + b"\n"
    return bytes(out)


class RoundTrip(Export):
    """Archive, export, import: the same archive."""

    FOLDERS = ("INBOX", "A", "A/B", "A/B/\u00dcber uns", "Sent Items",
               "\u65e5\u672c\u8a9e/\u53f0\u5317", "R&D", "x/INBOX",
               "it's [a] #1")

    def archive(self):
        """Folders with mails, one of which is in several."""
        made = {}
        mails = list(samples_of.small(40))
        for n, folder in enumerate(self.FOLDERS):
            rows = [(f"z@b Thu Jan {1 + n:2} 10:00:00 2004", octets)
                    for octets in mails[n * 4:n * 4 + 5]]
            made[folder + ".mbox"] = samples_of.mbox(rows)
        made["flags.mbox"] = flagged_mbox()
        return self.pulled("mbox:" + self.tree(made))

    def again(self, cart, kind, *options, scheme=None):
        """Exports and imports anew."""
        out, row, notes = self.export(cart, "--format", kind, *options,
                                      out=kind)
        self.assertEqual((row["skipped"], row["failed"]), (0, 0))
        return self.pulled(f"{scheme or kind}:{out}"), notes

    def test_mboxrd(self):
        cart = self.archive()
        other, notes = self.again(cart, "mboxrd", scheme="mbox")
        self.same_contents(cart, other)
        self.assertEqual(notes, [])

    def test_mboxo(self):
        cart = self.archive()
        out, _, notes = self.export(cart, "--format", "mboxo")
        other = self.pulled("mbox:" + out, "--mbox-quote", "o")
        self.same_contents(cart, other)
        self.assertEqual(notes, [])

    def test_maildir(self):
        cart = self.archive()
        other, notes = self.again(cart, "maildir")
        self.same_contents(cart, other)
        self.assertEqual(notes, [])

    def test_maildir_again(self):
        """Maildir in, Maildir out, Maildir in."""
        first, _ = self.again(self.archive(), "maildir")
        second, notes = self.again(first, "maildir")
        self.same_contents(first, second)
        self.assertEqual(notes, [])
        third, _ = self.again(second, "maildir", "--original")
        self.same_contents(second, third)

    LABELS = {"Inbox,Unread": ["INBOX"], "Work/2019,Opened": ["Work/2019"],
              "Inbox,Starred,Work/2019": ["INBOX", "Work/2019"],
              "Sent,Opened": ["Sent"], "Archived": ["Archive"]}

    def test_labels(self):
        """Gmail's: a message is written into each folder that a label is, and
        the heap that all of them lay in is none."""
        heap = b"".join(samples_of.mbox([
            ("1@xxx Thu Jan  1 10:00:00 2004", f"X-Gmail-Labels: {labels}\r\n"
             .encode() + samples_of.eml(n, f"mail {n}\r\n"))])
            for n, labels in enumerate(self.LABELS))
        root = self.tree({"All mail.mbox": heap})
        cart = self.pulled("mbox:" + root)
        wanted = collections.Counter(
            folder for folders in self.LABELS.values() for folder in folders)
        for kind, scheme in (("mboxrd", "mbox"), ("maildir", "maildir"),
                             ("eml", "eml")):
            with self.subTest(kind=kind):
                ignored = {"flags", "date"} if kind == "eml" else set()
                other, _ = self.again(cart, kind, scheme=scheme)
                self.same_contents(cart, other, *ignored)
                self.assertEqual(wanted, collections.Counter(
                    row["folder"] for row in other.messages()))
        self.assertEqual(
            [flags for flags, in other.query(
                "SELECT count(*) FROM folder WHERE path LIKE '%ll mail%'")],
            [0])
        out, _, _ = self.export(cart, "--original")
        self.same_files(files(out), files(root))

    def test_empty_folders(self):
        """They are written and read again; but an empty directory is no
        folder of .eml files."""
        root = self.cart().path("src")
        for folder in ("", ".Empty", ".A.Empty"):
            for sub in ("cur", "new", "tmp"):
                os.makedirs(os.path.join(root, folder, sub))
        with open(os.path.join(root, "cur", "1:2,S"), "wb") as out:
            out.write(samples_of.eml(1, "x\r\n"))
        cart = self.pulled("maildir:" + root)
        for kind, scheme in (("mboxrd", "mbox"), ("maildir", "maildir")):
            other, _ = self.again(cart, kind, scheme=scheme)
            self.assertEqual(
                sorted(other.query("SELECT path FROM folder")),
                [("A/Empty",), ("Empty",), ("INBOX",)])

    def test_eml(self):
        cart = self.archive()
        other, notes = self.again(cart, "eml")
        self.same_contents(cart, other, "flags", "words", "date")
        self.assertEqual(len(notes), 1)
        self.assertIn("flags", notes[0])

    def test_nasty(self):
        """Octets, by format: all of them where it can hold all; else the same
        logical messages and variants, and it says what it added."""
        made = {f"In/{n:03}.eml": octets for n, (_, octets) in enumerate(
            samples_of.nasty())}
        made["In/900.eml"] = samples_of.eml(9100, b"a\r\r\nb\r\r\r\nc\r")
        made["In/901.eml"] = samples_of.eml(
            9101, b"own\r\n", Status="RO", X_Keywords="mine",
            Content_Length="5")
        made["In/902.eml"] = samples_of.eml(
            9102, b">From a\r\n>>From b\r\nFrom c\r\n")
        cart = self.pulled("eml:" + self.tree(made))
        other, notes = self.again(cart, "eml")
        self.same_contents(cart, other)
        self.assertEqual(notes, [])
        other, notes = self.again(cart, "maildir")
        self.same_contents(cart, other)
        self.assertEqual(notes, [])
        other, notes = self.again(cart, "mboxrd", scheme="mbox")
        self.same_contents(cart, other, "bodies", "date")
        self.assertEqual(len([note for note in notes if "line end" in note
                              or "Content-Length" in note]), len(notes))
        self.assertEqual(len(notes), 2)
        before = {body for one in contents(cart).values()
                  for body in one["bodies"]}
        after = {body for one in contents(other).values()
                 for body in one["bodies"]}
        # no newline, no header end, no last line end twice, own Status
        self.assertLessEqual(len(before - after), 6)
        _, _, notes = self.export(cart, "--format", "mboxo", out="o")
        self.assertTrue(any("mboxo" in note for note in notes), notes)

    @unittest.skipUnless(os.path.isdir(CORPORA), f"no corpora at {CORPORA}")
    def test_corpora(self):
        paths = list(corpora_mboxes())
        cart = self.pulled("mbox:" + self.tree(
            {f"{n}.mbox": read(path) for n, path in enumerate(paths)}))
        wide = ("--all-variants", "--keep-deleted")
        for kind, scheme, ignored in (
                ("mboxrd", "mbox", {"bodies"}), ("maildir", "maildir", set()),
                ("eml", "eml", {"flags", "words", "date"})):
            with self.subTest(kind=kind):
                out, row, _ = self.export(cart, "--format", kind, *wide,
                                          out=kind)
                self.assertEqual((row["skipped"], row["failed"]), (0, 0))
                other = self.pulled(f"{scheme}:{out}")
                self.corpus_agrees(cart, other, ignored, kind)

    def corpus_agrees(self, cart, other, ignored, kind):
        one, two = contents(cart), contents(other)
        self.assertEqual(sorted(one), sorted(two))
        for key, held in one.items():
            got = two[key]
            for part in set(held) - ignored:
                if part == "date" and not held[part]:
                    continue  # 1970 is none; that is told
                if part == "bodies":
                    self.assertLessEqual(got[part], held[part])
                    continue  # one of those that are interchangeable
                wanted = held[part]
                if part == "flags" and kind == "maildir":
                    # T is all that Maildir has for both.
                    if wanted & EXPUNGED:
                        wanted = wanted & ~EXPUNGED | DELETED
                if part == "folders" and kind == "maildir":
                    # A dot splits levels there; that is told.
                    wanted = {path.replace(".", "_") for path in wanted}
                self.assertEqual(got[part], wanted, (kind, key, part))

    def test_deleted(self):
        """Removed and not yet compacted: left out, and counted; marked as
        deleted: written with the mark."""
        rows = []
        for n, line in enumerate((b"X-Mozilla-Status: 0009", b"X-Status: D",
                                  b"Status: RO")):
            octets = samples_of.eml(n, "x\r\n")
            rows.append(("a@b Thu Jan  1 10:00:00 2004",
                         line + b"\r\n" + octets))
        cart = self.pulled("mbox:" + self.tree(
            {"box.mbox": samples_of.mbox(rows)}))
        out, row, _ = self.export(cart, "--format", "maildir")
        self.assertEqual((row["written"], row["skipped"], row["deleted"]),
                         (2, 1, 1))
        flags = sorted(name.rsplit(":2,")[1]
                       for name in os.listdir(out + "/.box/cur"))
        self.assertEqual(flags, ["S", "T"])
        out, row, _ = self.export(cart, "--keep-deleted", out="all")
        self.assertEqual(row["written"], 3)
        self.same_contents(cart, self.pulled("mbox:" + out))


class OtherReaders(Export):
    """Programs that are not ours read the same."""

    def test_python_mbox(self):
        cart = self.pulled("mbox:" + self.tree({"box.mbox": flagged_mbox()}))
        out, _, _ = self.export(cart)
        box = mailbox.mbox(os.path.join(out, "box.mbox"), create=False)
        self.addCleanup(box.close)
        self.assertEqual(len(box), 64)
        for n, mail in enumerate(box):
            flags = "".join(letter for bit, letter in enumerate("RAFTD")
                            if n >> bit & 1)
            self.assertEqual(set(mail.get_flags()) - {"O"}, set(flags))
            self.assertEqual(mail["Subject"], f"number {n}")
            self.assertEqual(
                mail.get_from(), f"nora{n}@example.org "
                + time.strftime("%a %b ", time.gmtime(1072915207 + 86400
                                                      * (n % 28)))
                + f"{1 + n % 28:2} 1{n % 10}:00:07 2004")

    def test_python_maildir(self):
        cart = self.pulled("mbox:" + self.tree({
            "INBOX.mbox": flagged_mbox(), "A/B.mbox": flagged_mbox()}))
        out, _, _ = self.export(cart, "--format", "maildir")
        box = mailbox.Maildir(out, create=False)
        self.assertEqual(box.list_folders(), ["A.B"])
        for one in (box, box.get_folder("A.B")):
            found = {}
            for mail in one:
                n = int(mail["Subject"].split()[1])
                found[n] = set(mail.get_flags())
                self.assertEqual(mail.get_date() % 60, 7)
            for n in range(64):
                wanted = {letter for bit, letter in enumerate("SRFDTP")
                          if n >> bit & 1}
                self.assertEqual(found[n] & set("SRFDTP"), wanted, n)

    def test_dovecot_maildir(self):
        """Flags, keywords, dates, folders and octets by IMAP."""
        folders = {"INBOX": "INBOX", "A/B": "A/B",
                   "\u00dcber uns": "&ANw-ber uns", "R&D": "R&-D"}
        mails = list(samples_of.small(8, first=100))
        made = {path + ".mbox": samples_of.mbox(
            [(f"a@b Sat Jan {n + 3:2} 10:00:09 2004", octets)])
            for n, (path, octets) in enumerate(zip(folders, mails))}
        made["flags.mbox"] = flagged_mbox("green")
        cart = self.pulled("mbox:" + self.tree(made))
        with Dovecot(users=("anna",), storage="maildir") as server:
            home = os.path.join(server.home("anna"), "mail")
            shutil.rmtree(home, ignore_errors=True)
            self.ends(cart.run("export", home, "--format", "maildir"))
            for base, dirs, names in os.walk(server.home("anna")):
                for name in dirs + names:
                    os.chown(os.path.join(base, name), server.uid, server.gid)
            boxes = server.read_all("anna")
        self.assertEqual({name for name, mails in boxes.items() if mails},
                         {*folders.values(), "flags"})
        for n, (path, name) in enumerate(folders.items()):
            (mail,) = boxes[name]
            self.assertEqual(mail.octets, mails[n])
            self.assertEqual(mail.internaldate % 60, 9)
        words = {"\\Seen": SEEN, "\\Answered": ANSWERED, "\\Flagged": FLAGGED,
                 "\\Draft": DRAFT, "\\Deleted": DELETED}
        self.assertEqual(len(boxes["flags"]), 64)
        for mail in boxes["flags"]:
            n = int(re.search(rb"Subject: number (\d+)", mail.octets)[1])
            bits = sum(words.get(flag, 0) for flag in mail.flags)
            self.assertEqual(bits, n & 31)
            self.assertEqual(f"k{n % 5}" in mail.flags, n % 3 == 0)


class Names(Export):
    ODD = ("CON", "nul.txt", "com1.mbox", "a:b", "q?*<>|\"", "dot.", "blank ",
           "back\\slash", "x" * 200, "\u00fc" * 120, "same", "Same", "SAME",
           "\u00c4", "\u00e4", "Caf\u00e9", "Cafe\u0301", "in.mbox/x", "in.sbd/y", "~home", "-rf",
           "a.b", "a_b", "tab\there", "esc\x1b[2J", "aux/aux/aux",
           "(earlier)", "lpt\u00b9")
    FORBIDDEN = re.compile(r'[<>:"/\\|?*\x00-\x1f\x7f]')
    DEVICES = re.compile(r"(con|prn|aux|nul|com[0-9\u00b9\u00b2\u00b3]|"
                         r"lpt[0-9\u00b9\u00b2\u00b3]) *(\..*)?", re.I)

    def archive(self):
        """Names that no file system would take come from IMAP, or from an
        archive made by hand; here they are put into one."""
        mails = list(samples_of.small(len(self.ODD)))
        cart = self.pulled("mbox:" + self.tree(
            {f"{n:03}.mbox": samples_of.mbox(
                [("a@b Thu Jan  1 10:00:00 2004", octets)])
             for n, octets in enumerate(mails)}))
        for n, name in enumerate(self.ODD):
            change(cart, "UPDATE folder SET path = ? WHERE path = ?",
                             name, f"{n:03}")
        for n, path in enumerate(("..", "../../escape", "a//b", "/etc/passwd",
                                  "./x", "")):
            change(cart, 
                "INSERT INTO folder (source, path) SELECT id, ? FROM source",
                path)
        return cart

    def check(self, root, maildir=False):
        for base, dirs, names in os.walk(root):
            folded = [unicodedata.normalize("NFC", name).casefold()
                      for name in dirs + names]
            self.assertEqual(len(folded), len(set(folded)), folded)
            for name in dirs + names:
                plain = name
                if maildir and os.path.basename(base) == "cur":
                    plain = name.replace(":2,", "")
                self.assertIsNone(self.FORBIDDEN.search(plain), name)
                self.assertIsNone(self.DEVICES.fullmatch(plain), name)
                self.assertNotIn(name[-1], ". ", name)
                self.assertLess(len(name.encode()), 256)
                self.assertTrue(maildir or name[0] != ".", name)

    def test_names(self):
        cart = self.archive()
        os.mkdir(cart.path("deep"))
        for kind in ("mboxrd", "maildir", "eml"):
            with self.subTest(kind=kind):
                out, row, notes = self.export(cart, "--format", kind,
                                              out="deep/" + kind)
                self.assertEqual(row["written"], len(self.ODD))
                self.assertEqual(row["folders"], len(self.ODD) + 6)
                self.check(out, kind == "maildir")
                self.assertTrue(notes)
                self.assertFalse(any("\x1b" in note for note in notes))
                found = [octets for name, octets in files(out).items()
                         if re.search(rb"Subject: number", octets)]
                self.assertEqual(len(found), len(self.ODD))
        self.assertEqual(sorted(os.listdir(cart.path("deep"))),
                         ["eml", "maildir", "mboxrd"])

    def test_plain_names_stay(self):
        names = ["A", "A/B", "\u00dcber uns", "x y", "a.b.c", "Sent"]
        mails = list(samples_of.small(len(names)))
        root = self.tree({f"{name}.mbox": samples_of.mbox(
            [("a@b Thu Jan  1 10:00:00 2004", octets)])
            for name, octets in zip(names, mails)})
        cart = self.pulled("mbox:" + root)
        out, _, notes = self.export(cart)
        self.assertEqual(sorted(files(out)), sorted(files(root)))
        self.assertEqual(notes, [])


class Manners(Export):
    def archive(self, count=12):
        return self.pulled("mbox:" + self.tree({
            "one.mbox": samples_of.mbox(
                [(f"a@b Thu Jan {1 + n % 28:2} 10:00:00 2004", octets)
                 for n, octets in enumerate(samples_of.small(count))]),
            "two.mbox": flagged_mbox()}))

    def test_mistakes(self):
        cart = self.archive()
        for words in (["--format", "pst", "x"], [], ["x", "y"],
                      ["--since", "yesterday", "x"],
                      ["--before", "2004-02-30", "x"],
                      ["--since", "2005-01-01", "--before", "2004-01-01", "x"],
                      ["--original", "--all-variants", "x"],
                      ["--folder", "", "x"]):
            with self.subTest(words=words):
                self.one_line(cart.run("export", *words, json_lines=False),
                              USAGE)
        self.one_line(cart.run("export", "--folder", "none", cart.path("x"),
                               json_lines=False), NOINPUT, "'none'")
        self.assertFalse(os.path.exists(cart.path("x")))
        nothing = self.cart()
        self.one_line(nothing.run("export", nothing.path("x"),
                                  json_lines=False), NOINPUT)
        self.assertFalse(os.path.exists(nothing.path("x")))

    def test_never_over_anything(self):
        cart = self.archive()
        cart.write("full/keep", "mine")
        cart.write("file", "mine")
        os.symlink("nowhere", cart.path("link"))
        for name in ("full", "file", "link", "no/such/parent"):
            for extra in ([], ["-n"]):
                if extra and name not in ("full", "file"):
                    continue
                with self.subTest(name=name, extra=extra):
                    self.one_line(
                        cart.run("export", *extra, cart.path(name),
                                 json_lines=False), CANTCREAT, name)
        self.assertEqual(files(cart.path("full")), {"keep": b"mine"})
        self.assertEqual(read(cart.path("file")), b"mine")
        out, _, _ = self.export(cart)
        before = files(out)
        self.one_line(cart.run("export", out, json_lines=False), CANTCREAT)
        self.assertEqual(files(out), before)
        os.mkdir(cart.path("empty"))
        self.export(cart, out="empty")

    def test_dry_run(self):
        cart = self.archive()
        _, row, _ = self.export(cart, "-n")
        self.assertEqual((row["written"], row["folders"]), (76, 2))
        self.assertFalse(os.path.exists(cart.path("out")))

    def test_what_people_read(self):
        cart = self.archive()
        for options, words in ((["-n"], b"76 of 76 messages would be in"),
                               ([], b"All 76 messages are in")):
            result = self.ends(cart.run("export", cart.path("out"), *options,
                                        json_lines=False))
            self.assertIn(words, result.out)
            self.assertIn(b"= written+skipped+failed", result.out)
        result = self.ends(cart.run("export", cart.path("out"), "-q",
                                    json_lines=False), CANTCREAT)
        self.assertEqual(result.out, b"")

    def test_selection(self):
        cart = self.archive()
        out, row, _ = self.export(cart, "--folder", "one", "--since",
                                  "2004-01-03", "--before", "2004-01-05")
        self.assertEqual((row["written"], row["skipped"]), (2, 10))
        self.assertEqual(list(files(out)), ["one.mbox"])
        self.assertEqual(
            re.findall(rb"^From .*$", files(out)["one.mbox"], re.M),
            [b"From nora2@example.org Sat Jan  3 10:00:00 2004",
             b"From nora3@example.org Sun Jan  4 10:00:00 2004"])
        out, row, _ = self.export(cart, "--folder", "one", "--folder", "two",
                                  "--original", out="both")
        self.assertEqual(row["written"], 76)
        out, row, _ = self.export(cart, "--original", "--before",
                                  "2004-01-02", "--folder", "one", out="some")
        self.assertEqual((row["written"], row["incomplete"]), (1, 0))

    def test_nothing_is_changed(self):
        cart = self.archive()
        before = read(cart.archive)
        for n, kind in enumerate(("mboxrd", "mboxo", "maildir", "eml")):
            self.export(cart, "--format", kind, out=f"out{n}")
        self.assertEqual(read(cart.archive), before)

    def test_private(self):
        out, _, _ = self.export(self.archive(), "--format", "maildir")
        for base, dirs, names in os.walk(out):
            for name in dirs + names:
                mode = os.stat(os.path.join(base, name)).st_mode
                self.assertEqual(mode & 0o077, 0, name)

    def test_damaged(self):
        """One message cannot be read: the rest is written."""
        cart = self.archive()
        change(cart, "UPDATE piece SET data = X'00' WHERE id = 5")
        for n, options in enumerate((
                [], ["--format", "maildir"], ["--format", "eml"],
                ["--original"])):
            with self.subTest(options=options):
                out, row, notes = self.export(cart, *options, status=SOME,
                                              out=f"out{n}")
                self.assertEqual((row["failed"], row["written"]), (1, 75))
                self.assertTrue(any("damaged" in note for note in notes))
                self.assertEqual(
                    sum(octets.count(b"Subject: number")
                        for octets in files(out).values()), 75)
                self.assertFalse([name for name in files(out)
                                  if "mailcart-export" in name
                                  or "/tmp/" in name])

    def test_no_room(self):
        """A full disk is one line, and no file is there by half."""
        cart = self.archive(3000)
        words = cart.command("export", cart.path("out"), json_lines=False)
        result = mailcart.run(
            ["bash", "-c", 'ulimit -f 200; exec "$@"', "x",
             *words], cwd=cart.dir)
        self.one_line(result, mailcart.IOERR, "one.mbox", "cannot write")
        self.assertEqual(files(cart.path("out")), {})

    def test_interrupted(self):
        """Whatever has its name is whole."""
        cart = self.pulled("mbox:" + self.tree({
            f"{n:02}.mbox": samples_of.mbox(
                [("a@b Thu Jan  1 10:00:00 2004", octets)
                 for octets in samples_of.small(400, first=400 * n)])
            for n in range(12)}))
        stopped = 0
        for kind in ("mboxrd", "maildir", "eml"):
            whole, _, _ = self.export(cart, "--format", kind,
                                      out="whole-" + kind)
            wanted = files(whole)
            for n, wait in enumerate((0.05, 0.1, 0.2, 0.4, 0.8, 1.6)):
                out = cart.path(f"part-{kind}-{n}")
                child = cart.start("export", out, "--format", kind)
                time.sleep(wait)
                child.send_signal(signal.SIGINT)
                status = child.wait(60)
                found = files(out) if os.path.isdir(out) else {}
                if status == 0:
                    break
                self.assertIn(status, (130, -signal.SIGINT))
                stopped += bool(found) and len(found) < len(wanted)
                for name, octets in found.items():
                    self.assertEqual(octets, wanted[name], name)
        self.assertGreater(stopped, 0, "no run was stopped half way")

    def test_killed(self):
        """Even then: only hidden and temporary files may be by half."""
        cart = self.pulled("mbox:" + self.tree({
            f"{n:02}.mbox": samples_of.mbox(
                [("a@b Thu Jan  1 10:00:00 2004", octets)
                 for octets in samples_of.small(400, first=400 * n)])
            for n in range(12)}))
        for kind in ("mboxrd", "maildir", "eml"):
            whole, _, _ = self.export(cart, "--format", kind,
                                      out="whole-" + kind)
            wanted = files(whole)
            for n, wait in enumerate((0.1, 0.3, 0.7)):
                out = cart.path(f"part-{kind}-{n}")
                child = cart.start("export", out, "--format", kind)
                time.sleep(wait)
                child.kill()
                child.wait()
                for name, octets in (files(out) if os.path.isdir(out)
                                     else {}).items():
                    if not re.search(r"(^|/)\.mailcart-export|(^|/)tmp/",
                                     name):
                        self.assertEqual(octets, wanted[name], name)


class Large(Export):
    """Memory does not grow with the mail; measured without sanitizers."""

    def test_large(self):
        release = os.environ.get("MAILCART_RELEASE_BIN", "") or mailcart.BIN
        if mailcart.is_sanitized(release):
            self.skipTest("no program without sanitizers: "
                          "MAILCART_RELEASE_BIN")
        self.addCleanup(setattr, mailcart, "BIN", mailcart.BIN)
        mailcart.BIN = release
        octets = 300_000_000 if LONG else 60_000_000
        cart = self.cart()
        os.mkdir(cart.path("src"))
        path = cart.path("src", "big.mbox")
        dice = random.Random(4)
        with open(path, "wb") as out:
            out.write(b"From a@b Thu Jan  1 10:00:00 2004\nSubject: big\n"
                      b"Message-ID: <big@x>\nFrom: a@b\n\n")
            while out.tell() < octets:
                piece = dice.randbytes(57 * 4096).hex().encode()
                for at in range(0, len(piece), 76):
                    out.write(piece[at:at + 76] + b"\n")
            out.write(b"\n")
        self.ends(cart.run("pull", "mbox:" + cart.path("src")))
        for n, options in enumerate((
                ["--original"], [], ["--format", "maildir"],
                ["--format", "eml"])):
            began = time.monotonic()
            result = self.ends(mailcart.run_measured(
                cart.command("export", cart.path(f"out{n}"), *options),
                cwd=cart.dir))
            self.assertGreater(result.peak, 1 << 20)
            print(f"{options or 'mboxrd'}: {time.monotonic() - began:.1f} s, "
                  f"peak {result.peak / (1 << 20):.1f} MiB", flush=True)
            self.assertLess(result.peak, PEAK_MAX)
        self.assertEqual(subprocess.run(
            ["cmp", path, cart.path("out0", "big.mbox")],
            check=False).returncode, 0)
        self.assertEqual(len(glob.glob(cart.path("out3", "big", "*.eml"))), 1)


if __name__ == "__main__":
    mailcart.main()
