# SPDX-License-Identifier: MIT
"""The mbox source on files of our own making: places, oddities, limits, cost.

argv[1] is the tool read_mbox."""
import hashlib
import os
import random
import socket
import subprocess
import sys
import tempfile
import time
import unittest

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, HERE)
import mbox_tool  # noqa: E402

# Root may read everything: somebody else, then.
UNPRIVILEGED = 65534 if os.geteuid() == 0 else None

DATED = b"From a@b Sat Jan  3 01:05:34 1996\n"
ONE = DATED + b"From: a@b\nSubject: one\n\nbody\n\n"
TWO = DATED + b"From: a@b\nSubject: two\n\nbody\n"


class Place(unittest.TestCase):
    def setUp(self):
        self.dir = tempfile.TemporaryDirectory()
        self.addCleanup(self.dir.cleanup)

    def path(self, *names):
        return os.path.join(self.dir.name, *names)

    def put(self, name, octets):
        path = os.path.join(os.fsencode(self.dir.name), os.fsencode(name))
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with open(path, "wb") as out:
            out.write(octets)
        return path

    def read(self, octets, *options):
        """The messages of an mbox of these octets, which all are accounted
        for and rebuilt from what was told."""
        path = self.put("x", octets)
        told = mbox_tool.tell(path, *options)
        mbox_tool.check_rebuilds(self, path, *options)
        return told


class Files(Place):
    def messages(self, octets, *options):
        path = self.put("x", octets)
        mbox_tool.check_rebuilds(self, path, *options)
        return mbox_tool.messages(path, *options)

    def test_lone_names(self):
        for name, folder in (("inbox", "INBOX"), ("Inbox.mbox", "INBOX"),
                             ("Work.MBX", "Work"), ("a.b", "a.b"),
                             (b"caf\xe9 100%.mbox", "caf%E9 100%25"),
                             ("Entw\u00fcrfe 50%", "Entw\u00fcrfe 50%")):
            told = mbox_tool.tell(self.put(name, ONE))
            self.assertEqual(told["folder"][0]["path"], folder)

    def test_no_mbox(self):
        for octets, word in ((b"Subject: a\n\nb\n", "no From_ line"),
                             (b"\n\n\n", "nothing but blank lines"),
                             (b"\0\1\2", "no From_ line"),
                             (b"\nFrom", "no From_ line"),
                             (b"x\n" + ONE, "no From_ line")):
            error = mbox_tool.tell(self.put("x", octets))["error"][0]
            self.assertEqual(error["rc"], -2)
            self.assertIn("is no mbox: ", error["text"])
            self.assertIn(word, error["text"])

    def test_no_such_file(self):
        error = mbox_tool.tell(self.path("none"))["error"][0]
        self.assertEqual(error["rc"], -3)
        self.assertIn("no such file", error["text"])

    def test_empty_is_an_mbox_of_none(self):
        told = mbox_tool.tell(self.put("x", b""))
        self.assertNotIn("item", told)
        self.assertNotIn("why", told["folder_end"][0])

    def test_leading_blank_lines_are_a_gap(self):
        told = self.read(b"\n\r\n\n" + ONE)
        self.assertEqual(
            [(gap["offset"], gap["octets"], gap["name"])
             for gap in told["gap"]],
            [(0, 4, "before the first From_ line")])
        self.assertEqual(told["item"][0]["key"], "4")

    def test_a_long_gap_comes_in_pieces(self):
        blank = b"\n" * 500000
        told = self.read(blank + ONE)
        piece = 256 * 1024
        self.assertEqual(
            [(gap["offset"], gap["octets"], gap["sha256"])
             for gap in told["gap"]],
            [(at, len(blank[at:at + piece]),
              hashlib.sha256(blank[at:at + piece]).hexdigest())
             for at in range(0, len(blank), piece)])
        self.assertEqual(told["item"][0]["key"], "500000")

    def test_internal_message_is_a_gap(self):
        pine = (b"From MAILER-DAEMON Fri Jul 12 08:16:48 2002\n"
                b"Date: 12 Jul 2002 08:16:48 +0200\n"
                b"From: Mail System Internal Data <MAILER-DAEMON@host>\n"
                b"Subject: DON'T DELETE THIS MESSAGE -- FOLDER INTERNAL DATA\n"
                b"X-IMAP: 1026454608 0000000002\nStatus: RO\n\n"
                b"This text is part of the internal format of your mail "
                b"folder, and is not\na real message.\n\n")
        told = self.read(pine + ONE + TWO)
        gap = told["gap"][0]
        self.assertEqual((gap["name"], gap["octets"]),
                         ("FOLDER INTERNAL DATA", len(pine)))
        self.assertEqual(gap["sha256"], hashlib.sha256(pine).hexdigest())
        self.assertEqual(len(told["item"]), 2)

    def test_eudora(self):
        line = b"From ???@??? Thu Jan 01 00:00:00 1998\r\n"
        mail = b"Subject: a\r\nTo: b\r\n\r\nc\r\n"
        self.assertEqual(self.messages((line + mail + b"\r\n") * 3),
                         [mail] * 3)

    def test_quoting(self):
        body = (b"A: b\n\n>From a\n>>From b\n>>>From c\nFrom d\n> From e\n"
                b">From")
        file = DATED + body
        for quote, expected in (
                ("rd", b"A: b\n\nFrom a\n>From b\n>>From c\nFrom d\n"
                       b"> From e\n>From"),
                ("o", b"A: b\n\nFrom a\n>>From b\n>>>From c\nFrom d\n"
                      b"> From e\n>From"),
                ("none", body)):
            self.assertEqual(self.messages(file, "-q", quote), [expected])

    def test_measured_body_is_not_searched(self):
        body = b"text\n\n" + ONE + b">From quoted?\n"
        head = b"A: b\nContent-Length: %d\n\n" % len(body)
        file = DATED + head + body + b"\n" + TWO
        # A bare separator inside: nothing was quoted.
        self.assertEqual(self.messages(file)[0], head + body)
        self.assertEqual(len(self.messages(file)), 2)
        # Quoted all through: mboxcl.
        body = b"text\n\n>" + ONE + b">From quoted?\n"
        head = b"A: b\nContent-Length: %d\n\n" % len(body)
        file = DATED + head + body + b"\n" + TWO
        self.assertEqual(self.messages(file)[0],
                         head + body.replace(b">From", b"From"))
        # A quoted line first, the bare one behind it.
        body = b"text\n>From quoted?\n\n" + ONE
        head = b"A: b\nContent-Length: %d\n\n" % len(body)
        self.assertEqual(self.messages(DATED + head + body),
                         [head + body[:-1]])

    def test_lying_lengths(self):
        for length in (0, 1, 4, 6, 7, 50, 10 ** 6, 10 ** 17):
            head = b"A: b\nContent-Length: %d\n\n" % length
            got = self.messages(DATED + head + b"text\n\n" + ONE + TWO)
            self.assertEqual(len(got), 3, length)
            self.assertEqual(got[0], head + b"text\n", length)

    def test_a_length_that_skips_messages_must_hit_exactly(self):
        rest = ONE + ONE
        for off in (-2, 1):
            head = b"A: b\nContent-Length: %d\n\n" % (len(rest) + off)
            self.assertEqual(
                len(self.messages(DATED + head + rest + TWO)), 4)

    def test_endings(self):
        head = b"A: b\nC: d\n"
        for tail, raw in ((b"", b""), (b"\n", b"\n"), (b"\n\n", b"\n"),
                          (b"\n\n\n", b"\n\n"), (b"\nx", b"\nx"),
                          (b"\nx\n", b"\nx\n"), (b"\nx\n\n", b"\nx\n"),
                          (b"\nx\n\n\n", b"\nx\n\n")):
            self.assertEqual(self.messages(DATED + head + tail),
                             [head + raw])
            if tail and not tail.endswith(b"x"):
                self.assertEqual(self.messages((DATED + head + tail) * 2),
                                 [head + raw] * 2)

    def test_doubts_are_told_and_capped(self):
        head = DATED + b"A: b\n\n"
        told = self.read(head + b"\nFrom nowhere on\ntext\n" * 50)
        notes = [note["text"] for note in told["note"]]
        self.assertEqual(len(notes), 6)
        self.assertIn(f"octet {len(head) + 1}:", notes[0])
        self.assertIn("45 more", notes[-1])
        told = self.read(ONE.rstrip(b"\n") + b"\n" + TWO)
        self.assertEqual(len(told["item"]), 2)
        self.assertIn(f"octet {len(ONE) - 1}:", told["note"][0]["text"])

    def test_long_lines(self):
        """Lines and runs around the window's and the limits' sizes."""
        for n in (65530, 65536, 131072, 524280, 524288, 600000, 1200000):
            for line in (b"x" * n, b">" * n, b">" * n + b"From a", b"\r" * n):
                raw = b"A: b\n\n" + line + b"\n\n" + line + b"\n"
                got = self.messages(DATED + raw + b"\n" + ONE, "-q", "none")
                self.assertEqual(got[0] == raw, True, (n, line[:1]))
                self.assertEqual(len(got), 2)
        self.messages(DATED + b"A: b\n\n" + b">" * 60000 + b"From a\n")

    def test_endless_from_line(self):
        told = mbox_tool.tell(self.put("x", b"From " + b"x" * 700000))
        self.assertIn("far too long", told["folder_end"][0]["why"])

    def test_many_unquoted_lines(self):
        """More than what is kept of them: the message comes all the same."""
        raw = b"A: b\n\n>From q\n" + b"From x\n" * 50000
        told = mbox_tool.tell(self.put("x", DATED + raw))
        self.assertEqual(len(told["item"]), 1)
        self.assertIn("is not kept", told["note"][-1]["text"])

    def test_random_files(self):
        """Whatever octets: each is in a message or a gap, and the file can
        be written again from what was told."""
        pieces = [b"From ", b">From ", b">>", b"\n", b"\n\n", b"\r\n", b"\r",
                  b"\n" + DATED, DATED, b"A: b\n", b"C: d\r\n", b" folded\n",
                  b"text", b"\0", b"x" * 4000, b"Content-Length: 10\n",
                  b"Content-Length: 0\n\n", b"x" * 200000]
        seed = random.randrange(1 << 30)
        rng = random.Random(seed)
        for _ in range(60):
            octets = b"From x\n" + b"".join(
                rng.choices(pieces, weights=[8] * 17 + [1], k=200))
            with self.subTest(seed=seed):
                self.read(octets, "-q", rng.choice(["rd", "o", "none"]))

    def test_before_the_first(self):
        """UTF-8's mark and lines of blanks are a gap; else it is no mbox."""
        for before in (b"\xef\xbb\xbf", b"  \n\t\n\n", b" \r\n",
                       b"\xef\xbb\xbf \n"):
            with self.subTest(before):
                told = mbox_tool.tell(self.put("x", before + ONE + TWO))
                self.assertEqual([int(item["key"]) for item in told["item"]],
                                 [len(before), len(before) + len(ONE)])
                self.assertEqual([gap["octets"] for gap in told["gap"]],
                                 [len(before)])
                mbox_tool.check_rebuilds(self, self.path("x"))
        for before in (b" ", b"\n\t", b"\xef\xbb", b"x\n",
                       b"\n\xef\xbb\xbf"):
            with self.subTest(before):
                self.put("dir/ok", ONE)
                self.put("dir/no", before + ONE)
                note, = mbox_tool.tell(self.path("dir"))["note"]
                self.assertIn("no From_ line", note["text"])

    def test_nothing_is_touched(self):
        path = self.put("x", ONE)
        os.utime(path, ns=(10 ** 18, 10 ** 18))
        before = os.stat(path)
        names = os.listdir(self.dir.name)
        mbox_tool.tell(path)
        after = os.stat(path)
        for field in ("st_atime_ns", "st_mtime_ns", "st_ctime_ns", "st_size",
                      "st_mode"):
            self.assertEqual(getattr(before, field), getattr(after, field))
        self.assertEqual(os.listdir(self.dir.name), names)


class Changing(Place):
    """A file that does not stand still.  The tool is stopped in the middle by
    a pipe that nobody empties."""

    def change(self, change):
        path = self.put("x", ONE * 40000)
        with subprocess.Popen([mbox_tool.TOOL, path], bufsize=0,
                              stdout=subprocess.PIPE) as run:
            first = run.stdout.read(1)
            time.sleep(0.3)
            change(path)
            rest, _ = run.communicate(timeout=60)
        return mbox_tool.parse(first + rest), run.returncode

    def test_grows(self):
        def grow(path):
            with open(path, "ab") as out:
                out.write(TWO)
        told, code = self.change(grow)
        self.assertEqual(code, 0)
        self.assertEqual(len(told["item"]), 40000)
        self.assertNotEqual(told["folder"][0]["fingerprint"],
                            told["folder_end"][0]["fingerprint"])
        # Of the last one perhaps only the beginning was there.
        self.assertEqual(
            [n for n, one in enumerate(told["item"]) if one.get("why")],
            [39999])
        self.assertIn("changed while", told["item"][-1]["why"])

    def test_shrinks(self):
        told, code = self.change(lambda path: os.truncate(path, 1000000))
        self.assertEqual(code, 0)
        self.assertLess(len(told["item"]), 40000)
        self.assertIn("shorter", told["item"][-1]["why"])
        self.assertIn("shorter", told["folder_end"][0]["why"])

    def test_is_emptied(self):
        told, code = self.change(lambda path: os.truncate(path, 0))
        self.assertEqual(code, 0)
        self.assertIn("shorter", told["folder_end"][0]["why"])


class Trees(Place):
    def folders(self, told):
        return [folder["path"] for folder in told.get("folder", [])]

    def notes(self, told):
        return " | ".join(note["text"] for note in told.get("note", []))

    def test_names(self):
        for name in ("Inbox", "Inbox.sbd/Kunden", "Inbox.sbd/Kunden.sbd/Alt",
                     "Sent.mbox", "lists/c.mbx", "lists/perl",
                     "Archive.mbox/mbox"):
            self.put(name, ONE)
        self.put(b"gr\xfcn", ONE)
        self.put(".hidden", ONE)
        self.put(".hidden.d/x", ONE)
        self.put(".index", b"no mail")
        told = mbox_tool.tell(self.dir.name)
        self.assertEqual(self.folders(told), [
            "Archive/mbox", "Inbox", "Inbox/Kunden", "Inbox/Kunden/Alt",
            "Sent", "gr%FCn", "lists/c", "lists/perl"])
        self.assertEqual(len(told["item"]), 8)
        self.assertEqual(len(told["note"]), 2)
        for words in ("/.hidden' is passed over: a hidden file, though",
                      "/.hidden.d' is passed over: a hidden directory"):
            self.assertIn(words, self.notes(told))

    def test_no_two_folders_under_one_name(self):
        for name in ("a", "a.mbox", "a.mbx", "a.mbox.mbox", "d.sbd/x",
                     "d/x", "d.mbox/x"):
            self.put(name, ONE)
        folders = self.folders(mbox_tool.tell(self.dir.name))
        self.assertEqual(len(folders), 7)
        self.assertEqual(len(set(folders)), 7, folders)

    def test_what_is_no_mbox_is_passed_over(self):
        self.put("Inbox", ONE)
        self.put("Inbox.msf", b"// <!-- <mdb:mork -->\n")
        self.put("empty", b"")
        self.put("binary", bytes(range(256)))
        os.mkfifo(self.path("fifo"))
        with socket.socket(socket.AF_UNIX) as sock:
            sock.bind(self.path("socket"))
            os.symlink("/dev/zero", self.path("zero"))
            os.symlink(self.dir.name, self.path("loop"))
            os.symlink("nowhere", self.path("dangling"))
            self.put("letter.txt", ONE[ONE.index(b"\n") + 1:])
            told = mbox_tool.tell(self.dir.name)
        notes = self.notes(told)
        for name, word in (("Inbox.msf", "no From_ line"),
                           ("empty", "empty"), ("binary", "no From_ line"),
                           ("letter.txt", "looks like a message; eml:")):
            self.assertRegex(notes, f"{name}' is passed over: [^|]*{word}")
        whys = {folder["path"]: end.get("why", "") for folder, end
                in zip(told["folder"], told["folder_end"])}
        self.assertEqual(whys.pop("Inbox"), "")
        for name, word in (("fifo", "FIFO"), ("socket", "socket"),
                           ("zero", "device"), ("loop", "loops"),
                           ("dangling", "no such file")):
            self.assertIn(word, whys.pop(name))
        self.assertEqual(whys, {})

    def test_notes_are_capped(self):
        self.put("Inbox", ONE)
        for i in range(40):
            self.put(f"x{i}.msf", b"x")
        told = mbox_tool.tell(self.dir.name)
        self.assertEqual(len(told["note"]), 11)
        self.assertIn("30 more", told["note"][-1]["text"])

    def test_unreadable(self):
        self.put("a", ONE)
        self.put("b", ONE)
        self.put("c/d", ONE)
        os.chmod(self.path("a"), 0)
        os.chmod(self.path("c"), 0)
        self.addCleanup(os.chmod, self.path("c"), 0o700)
        os.chmod(self.dir.name, 0o755)
        try:
            told = mbox_tool.tell(self.dir.name, user=UNPRIVILEGED)
        except PermissionError:
            self.skipTest("the tool lies where only root may run it")
        self.assertEqual(self.folders(told), ["a", "b", "c"])
        for end in (0, 2):
            self.assertIn("permission denied",
                          told["folder_end"][end]["why"])
        self.assertEqual(len(told["item"]), 1)

    def test_symlink_farm_ends(self):
        """Every level links twice to the next: 2^40 ways to the bottom."""
        for level in range(40):
            os.makedirs(self.path(f"l{level}"))
            for link in "ab":
                os.symlink(self.path(f"l{level + 1}"),
                           self.path(f"l{level}", link))
        os.makedirs(self.path("l40"))
        self.put("l40/mbox", ONE)
        self.assertEqual(
            len(self.folders(mbox_tool.tell(self.dir.name))), 1)

    def test_depth(self):
        deep = "d/" * 70
        self.put(deep + "mbox", ONE)
        told = mbox_tool.tell(self.dir.name)
        self.assertIn("levels deep", told["folder_end"][0]["why"])

    def test_probe(self):
        self.put("a.mbox", ONE + TWO)
        self.put("b.mbox", b"\n" + ONE)
        facts = {fact["name"]: fact["text"]
                 for fact in mbox_tool.tell(self.dir.name, "-p")["fact"]}
        self.assertEqual(facts["a"],
                         f"2 messages, {len(ONE + TWO)} octets")
        self.assertEqual(facts["b"],
                         f"1 message, {len(ONE) + 1} octets")


class Large(Place):
    """400 MB: memory does not grow with it.  The rate is printed, not
    judged."""

    def test_large(self):
        piece = b"".join(
            DATED + b"From: a@b\nSubject: %d\n\n" % i +
            b"A line of text as mail has them, by and large.\n" * 40 + b"\n"
            for i in range(500))
        n = 400 * 1024 * 1024 // len(piece)
        path = self.path("large")
        with open(path, "wb") as out:
            for _ in range(n):
                out.write(piece)
            out.write(DATED + b"A: one\n\n")
            for _ in range(64):
                out.write(b"x" * 1048576)
        for options in ((), ("-w",)):
            begun = time.monotonic()
            told = mbox_tool.tell(path, *options)
            seconds = time.monotonic() - begun
            count = len(told["listed" if options else "item"])
            self.assertEqual(count, 500 * n + 1)
            rss = told["cost"][0]["rss_kib"]
            size = os.path.getsize(path) / 1e6
            print(f"{'unwanted' if options else 'wanted'}: {size:.0f} MB, "
                  f"{size / seconds:.0f} MB/s with the telling, peak {rss} "
                  f"KiB", file=sys.stderr)
            if not mbox_tool.is_sanitized():
                self.assertLess(rss, 16 * 1024)
            else:
                self.assertLess(rss, 96 * 1024)

    def test_beyond_4_gib(self):
        path = self.path("huge")
        at = 5 * 1024 ** 3
        with open(path, "wb") as out:
            out.write(DATED + b"A: one\n\n")
            out.seek(at - 2)  # a hole: NULs
            out.write(b"\n\n" + ONE + TWO)
        told = mbox_tool.tell(path, "-w")
        self.assertEqual([int(item["key"]) for item in told["listed"]],
                         [0, at, at + len(ONE)])


if __name__ == "__main__":
    mbox_tool.TOOL = sys.argv.pop(1)
    unittest.main()
