# SPDX-License-Identifier: MIT
"""Maildir, MH and .eml trees through the real program: what is read, under
which folder, with which flags and dates; and what a second pull does."""
import bz2
import gzip
import io
import lzma
import os
import random
import shutil
import signal
import subprocess
import sys
import tarfile
import time
import unittest
import zlib

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(os.path.dirname(HERE), "real"))
import mailcart  # noqa: E402
from dovecot import Dovecot, find_dovecot  # noqa: E402
from mailcart import CORPORA, Case  # noqa: E402
import store  # noqa: E402
from store import FROM, Store, mail, mbox, told  # noqa: E402

NOTHING = os.path.isdir(CORPORA)
real = unittest.skipUnless(NOTHING, f"no corpora at {CORPORA}")


class Corpora(Case):
    def teaparty(self, cart, kind, *parts):
        path = os.path.join(CORPORA, "mailutils", *parts)
        row = self.ends(cart.run("pull", f"{kind}:{path}")).summary()
        self.assertEqual(row["listed"], 95, row)
        return row

    @real
    def test_teaparty_is_the_same_three_times(self):
        cart = self.cart()
        self.teaparty(cart, "mbox", "spool", "teaparty.mbox")
        self.teaparty(cart, "mh", "mh", "teaparty")
        self.teaparty(cart, "maildir", "maildir", "teaparty")
        status = self.ends(cart.run("status")).of("status")[0]
        self.assertEqual((status["logical"], status["sightings"]), (95, 285))
        kinds = {}
        bodies = {}
        for row in cart.messages():
            kind = row["source"].split(":")[0]
            kinds.setdefault(kind, set()).add(row["message_id"])
            bodies.setdefault(row["id"], set()).add(
                cart.raw(row).split(b"\n\n", 1)[1].rstrip(b"\n"))
        self.assertEqual(kinds["mbox"], kinds["mh"])
        self.assertEqual(kinds["mbox"], kinds["maildir"])
        self.assertEqual({len(found) for found in bodies.values()}, {1})
        self.ends(cart.run("verify"))

    def files(self, *parts):
        """{path below: octets} of all files but those of tmp."""
        top = os.path.join(CORPORA, *parts)
        found = {}
        for where, _, names in os.walk(top):
            for name in names:
                path = os.path.join(where, name)
                if os.path.basename(where) != "tmp":
                    with open(path, "rb") as one:
                        found[os.path.relpath(path, top)] = one.read()
        return found

    def every_file(self, kind, parts, no_mail):
        """All files are messages to the octet, but for those named."""
        cart = self.cart()
        path = os.path.join(CORPORA, *parts)
        result = self.ends(cart.run("pull", f"{kind}:{path}"))
        files = self.files(*parts)
        wanted = sorted(mailcart.sha256(octets)
                        for name, octets in files.items()
                        if os.path.basename(name) not in no_mail
                        and not os.path.basename(name).startswith("."))
        rows = cart.messages()
        self.assertEqual(sorted(row["raw_sha256"] for row in rows), wanted)
        self.assertEqual(result.summary()["listed"], len(wanted))
        for name in no_mail:
            self.assertIn(name, "\n".join(told(result)))
        self.ends(cart.run("verify"))
        return rows

    @real
    def test_notmuch(self):
        rows = self.every_file(
            "maildir", ["notmuch"], ["README", "SOURCE.txt", "UPSTREAM-COPYING",
                                     "UPSTREAM-COPYING-GPL-3"])
        five = {row["id"] for row in rows if row["folder"] == "duplicate"
                and row["key"].startswith("msg-3-")}
        self.assertEqual(len(five), 5)

    @real
    def test_mu(self):
        rows = self.every_file(
            "maildir", ["mu"], ["SOURCE.txt", "UPSTREAM-COPYING"])
        odd = [row for row in rows if row["key"] == "special"
               and row["folder"] == "testdir"]
        self.assertEqual([sorted(row["flags"]) for row in odd],
                         [["\\Seen", "maildir-a", "maildir-b", "maildir-c"]])

    @real
    def test_postsack(self):
        rows = self.every_file(
            "maildir", ["postsack", "maildir"],
            ["this_file_is_a_distraction", "sometimes_there_are_other_files",
             "not_empty.txt"])
        self.assertEqual(
            {row["folder"] for row in rows},
            {"INBOX/toto", "INBOX/toto/titi", "INBOX/toto/titi/tutu",
             "INBOX/toto/coincoin", "INBOX/toto/coincoin/coucou",
             "many_messages"})

    @real
    def test_bare_paths(self):
        for parts, kind in ((["mailutils", "mh"], "MH folder"),
                            (["mailutils", "maildir"], "Maildir"),
                            (["mailutils", "spool", "mbox1"], "mbox"),
                            (["perl-email-folder", "testmh"], "MH folder"),
                            (["mu", "cjk"], "Maildir"),
                            (["gyb-samples", "gyb-format"],
                             "tree of .eml files")):
            path = os.path.join(CORPORA, *parts)
            result = self.ends(self.cart().run("probe", path))
            self.assertIn(kind, result.out.decode(), path)

    @real
    def test_mixed_kinds_are_asked_about(self):
        path = os.path.join(CORPORA, "notmuch")
        self.one_line(self.cart().run("pull", path), mailcart.DATAERR,
                      "several kinds", f"maildir:{path}", f"eml:{path}")


class Maildir(Store):
    def test_names_of_folders(self):
        self.box("")
        for name, folder in ((".Sent", "Sent"),
                             (".Work.2019.Offers", "Work/2019/Offers"),
                             (".Entw&APw-rfe", "Entw\u00fcrfe"),
                             (".Q&-A", "Q&A"), (".a b", "a b"),
                             (".&U,BTFw-", "\u53f0\u5317"),
                             ("plain", "plain"), ("plain/deep", "plain/deep"),
                             (b".caf\xe9", "caf%E9"), (".R&D", "R&D")):
            name = os.fsencode(name)
            self.put(name + b"/cur/1:2,", mail(folder.encode().hex()))
        self.put("cur/1:2,", mail("top"))
        row, _ = self.pull("maildir", mailcart.SOME)
        self.assertEqual(row["listed"], 11)
        self.assertEqual(
            {(one["folder"], one["subject"])
             for one in self.cart.messages() if one["folder"] != "INBOX"},
            {(name, name.encode().hex()) for name in (
                "Sent", "Work/2019/Offers", "Entw\u00fcrfe", "Q&A", "a b",
                "\u53f0\u5317", "plain", "plain/deep", "caf%E9", "R&D")})

    def test_folders_alike_stay_apart(self):
        self.put(".A.B/cur/1", mail("one"))
        self.put("A/B/cur/1", mail("two"))
        self.pull("maildir")
        self.assertEqual(self.folders(), {"A/B", "A/B (2)"})

    def test_flags(self):
        rows = {"a:2,": [], "b:2,S": ["\\Seen"],
                "c!2,FRS": ["\\Seen", "\\Flagged", "\\Answered"],
                "d;2,D": ["\\Draft"], "e-2,T": ["\\Deleted"],
                "f_2,P": ["$Forwarded"], "g:2,Sx": ["\\Seen", "maildir-x"],
                "h:2,Sab": ["\\Seen", "Work", "$Junk"],
                "i": [], "j,S=12,W=13:2,S": ["\\Seen"],
                "host-2,S=9:2,F": ["\\Flagged"], "k:2,Z": ["maildir-Z"]}
        self.put("dovecot-keywords", b"0 Work\n1 $Junk\n")
        for name in rows:
            self.put("cur/" + name, mail(name.replace(":", "")))
        self.put("new/n", mail("new"))
        row, _ = self.pull("maildir")
        self.assertEqual(row["listed"], len(rows) + 1)
        keys = {"j,S=12,W=13": "j,S=12,W=13:2,S",
                "host-2,S=9": "host-2,S=9:2,F"}
        found = self.flags()
        self.assertEqual(found.pop("n"), set())
        for key, flags in found.items():
            name = keys.get(key) or next(
                one for one in rows if one[0] == key and len(key) == 1)
            self.assertEqual(flags, set(rows[name]), key)

    def test_dates(self):
        """A file's time is INTERNALDATE, unless it was copied since."""
        name = "1100000000.M1P2.host"
        for sub, when, wanted in (
                ("old", 1000000000, "2001-09-09T01:46:40Z"),
                ("same", 1100000000, "2004-11-09T11:33:20Z"),
                ("copied", 1700000000, "2005-01-03T10:00:00Z")):
            self.put(f"{sub}/cur/{name}:2,S", mail(sub), when)
            self.rows_date = wanted
        self.put("nameless/cur/mail1", mail("x"), 1700000000)
        self.pull("maildir")
        self.assertEqual(
            {row["folder"]: row["internaldate"]
             for row in self.cart.messages()},
            {"old": "2001-09-09T01:46:40Z", "same": "2004-11-09T11:33:20Z",
             "copied": "2005-01-03T10:00:00Z",
             "nameless": "2005-01-03T10:00:00Z"})

    def test_files_that_are_no_mail(self):
        self.box("")
        self.put("cur/1", mail("one"))
        self.put("loose", mail("loose"))
        self.put("notes.txt", b"To do:\n\nnothing\n")
        self.put("dovecot.index.log", b"\0\1")
        self.put("maildirfolder", b"")
        self.put("tmp/2", mail("half")[:20])
        self.put("cur/.hidden", b"x")
        row, result = self.pull("maildir")
        self.assertEqual(row["listed"], 2)
        self.assertEqual({row["key"] for row in self.cart.messages()},
                         {"1", "loose"})
        for words in ("notes.txt", "1 files in tmp",
                      "are read all the same: 1"):
            self.assertIn(words, "\n".join(told(result)))
        self.assertNotIn("dovecot", "\n".join(told(result)))

    def test_the_same_key_twice_is_two(self):
        self.put("cur/1:2,S", mail("same", "AA\n"))
        self.put("new/1", mail("same", "BB\n"))
        row, _ = self.pull("maildir")
        self.assertEqual((row["listed"], row["stored"]), (2, 2))

    def fill(self, count=6):
        self.box("")
        for n in range(count):
            self.put(f"cur/110000000{n}.M{n}.host:2,", mail(f"m{n}"))
            self.put(f".Sub/cur/110000000{n}.M{n}.host:2,S", mail(f"s{n}"))
        return 2 * count

    def test_second_pull_reads_nothing(self):
        total = self.fill()
        row, _ = self.pull("maildir")
        self.assertEqual(row["stored"], total)
        with open(self.cart.archive, "rb") as archive:
            before = archive.read()
        self.stop_reading()
        row, _ = self.pull("maildir")
        self.assertEqual((row["known"], row["octets"]), (total, 0))
        with open(self.cart.archive, "rb") as archive:
            self.assertEqual(archive.read(), before)

    def test_news_are_noticed(self):
        total = self.fill()
        self.pull("maildir")
        self.stop_reading()
        self.put("new/1200000000.M1.host", mail("fresh"))
        row, _ = self.pull("maildir")
        self.assertEqual((row["listed"], row["stored"]), (total + 1, 1))
        self.assertEqual(row["octets"], len(mail("fresh")))

    def test_flags_are_noticed_without_reading(self):
        total = self.fill()
        self.pull("maildir")
        self.stop_reading()
        where = os.path.join(self.root, "cur", "1100000002.M2.host:2,")
        os.rename(where, where + "FS")
        row, _ = self.pull("maildir")
        self.assertEqual((row["known"], row["octets"]), (total, 0))
        flags = self.flags()
        self.assertEqual(flags.pop("1100000002.M2.host"),
                         {"\\Seen", "\\Flagged"})
        self.assertEqual(set(map(frozenset, flags.values())), {frozenset()})

    def test_keywords_are_noticed_without_reading(self):
        self.put("cur/1:2,a", mail("one"))
        self.put("dovecot-keywords", b"0 Old\n")
        self.pull("maildir")
        self.stop_reading()
        self.put("dovecot-keywords", b"0 New\n")
        row, _ = self.pull("maildir")
        self.assertEqual((row["known"], row["octets"]), (1, 0))
        self.assertEqual(self.flags(), {"1": {"New"}})

    def test_a_dry_run_changes_no_flags(self):
        self.put("cur/1:2,", mail("one"))
        self.pull("maildir")
        where = os.path.join(self.root, "cur", "1:2,")
        os.rename(where, where + "S")
        self.pull("maildir", 0, "-n")
        self.assertEqual(self.flags(), {"1": set()})

    def test_flags_in_headers_are_read_again(self):
        """Thunderbird keeps them in the file, which flags of a name must not
        hide."""
        line = "0001"
        self.put("cur/1:2,", mail("one", X_Mozilla_Status=line))
        self.pull("maildir")
        self.assertEqual(self.flags(), {"1": {"\\Seen"}})
        self.put("cur/2:2,", mail("two"))
        self.put("cur/1:2,", mail("one", X_Mozilla_Status="0005"))
        row, _ = self.pull("maildir")
        self.assertEqual((row["listed"], row["known"], row["stored"]),
                         (2, 1, 1))
        self.assertEqual(self.flags()["1"], {"\\Seen", "\\Flagged"})

    def test_deleted_mail_is_noticed_and_kept(self):
        total = self.fill()
        self.pull("maildir")
        os.unlink(os.path.join(self.root, "cur", "1100000002.M2.host:2,"))
        row, result = self.pull("maildir")
        self.assertEqual((row["listed"], row["known"]),
                         (total - 1, total - 1))
        self.assertIn("no longer there", "\n".join(told(result)))
        self.assertEqual(len(self.cart.messages()), total)

    def test_a_message_moved_on_while_listed(self):
        """What was new when listed may be in cur when read; a reader that
        holds the folder open does so all the time."""
        self.fill(3)
        self.pull("maildir")
        before = self.rows()
        for n in range(3):
            name = f"110000000{n}.M{n}.host"
            os.rename(os.path.join(self.root, "cur", name + ":2,"),
                      os.path.join(self.root, "new", name))
        row, _ = self.pull("maildir")
        self.assertEqual((row["known"], row["octets"]), (6, 0))
        self.assertEqual(self.rows().keys(), before.keys())


class Trouble(Store):
    """Each one clear line, the rest goes on, exit 1."""

    def failing(self, *words, listed=1, kind="maildir"):
        row, result = self.pull(kind, 1)
        self.assertEqual(row["stored"], listed)
        lines = [line for line in told(result)
                 if all(word in line for word in words)]
        self.assertEqual(len(lines), 1, "\n" + str(result))

    def test_fifo_among_messages(self):
        self.put("cur/1", mail("one"))
        os.mkfifo(os.path.join(self.root, "cur", "2"))
        self.failing("cur/2", "no regular file")

    def test_probe_tells(self):
        """What cannot be read, and why; nothing is read for it."""
        self.put("cur/1", mail("one"))
        self.put(".a/cur/1", mail("two"))
        self.put(".a/cur/2", mail("three"))
        os.mkfifo(os.path.join(self.root, "cur", "2"))
        facts = {row["name"]: row["text"] for row in self.ends(
            self.cart.run("probe", self.root)).of("fact")}
        size = len(mail("one"))
        self.assertEqual(facts.pop("kind"), "Maildir")
        self.assertIn("no regular file", facts.pop("2"))
        self.assertEqual(facts["INBOX"], f"1 message, {size} octets; "
                         "cannot be read: 1")
        self.assertTrue(facts["a"].startswith("2 messages, "), facts)
        self.assertTrue(facts["in all"].startswith("3 messages, "), facts)
        self.assertFalse(os.path.exists(self.cart.archive))

    def test_fifo_beside(self):
        self.put("cur/1", mail("one"))
        os.mkfifo(os.path.join(self.root, "pipe"))
        self.failing("pipe", "FIFO")

    def test_link_to_itself(self):
        self.put("cur/1", mail("one"))
        os.symlink("loop", os.path.join(self.root, "loop"))
        self.failing("loop", "too many levels")

    def test_link_upwards(self):
        self.put("a/cur/1", mail("one"))
        os.symlink("..", os.path.join(self.root, "a", "up"))
        self.failing("up", "loops")

    def test_link_aside_is_told_and_fine(self):
        self.put("a/cur/1", mail("one"))
        os.symlink("a", os.path.join(self.root, "b"))
        row, result = self.pull("maildir")
        self.assertEqual(row["stored"], 1)
        self.assertIn("under another name", "\n".join(told(result)))

    def test_link_to_a_message_is_followed(self):
        self.put("real", mail("one"))
        os.makedirs(os.path.join(self.root, "box", "cur"))
        os.symlink("../../real", os.path.join(self.root, "box", "cur", "1"))
        row, _ = self.pull("maildir")
        self.assertEqual(row["listed"], 2)

    def test_link_to_nowhere(self):
        self.put("cur/1", mail("one"))
        os.symlink("nowhere", os.path.join(self.root, "cur", "2"))
        self.failing("cur/2", "no such file")

    @unittest.skipIf(os.geteuid() == 0 and not shutil.which("setpriv"),
                     "root may read everything")
    def test_unreadable_directory_and_file(self):
        os.chmod(self.cart.dir, 0o777)
        self.put("a/cur/1", mail("one"))
        os.chmod(self.put("a/cur/2", mail("two")), 0)
        self.put("b/cur/1", mail("two"))
        os.chmod(os.path.join(self.root, "b", "cur"), 0)
        words = self.cart.command("pull", "maildir:" + self.root)
        if os.geteuid() == 0:
            for where, dirs, names in os.walk(self.cart.dir):
                for name in dirs + names:
                    os.chown(os.path.join(where, name), 65534, 65534)
            words = ["setpriv", "--reuid=65534", "--regid=65534",
                     "--clear-groups"] + words
        result = self.ends(mailcart.run(words, cwd=self.cart.dir), 1)
        self.assertEqual(result.summary()["stored"], 1)
        text = "\n".join(told(result))
        self.assertIn("a/cur/2", text)
        self.assertIn("b/cur", text)
        self.assertEqual(text.count("permission denied"), 2, text)

    def test_no_store_at_all(self):
        self.put("x.txt", b"nothing\n")
        for kind, word in (("maildir", "no Maildir"), ("mh", "no MH folder"),
                           ("eml", "no tree of .eml files")):
            self.one_line(self.cart.run("pull", f"{kind}:{self.root}"),
                          mailcart.DATAERR, word)
        self.one_line(self.cart.run("pull", self.root), mailcart.DATAERR,
                      "no mail is found", "no mbox, no Maildir")

    def test_what_is_read_nowhere(self):
        """Files that people name, and what they may do with them."""
        packed = io.BytesIO()
        with tarfile.open(fileobj=packed, mode="w:gz") as tar:
            tar.addfile(tarfile.TarInfo("Takeout/Mail/All mail.mbox"))
        rows = [
            ("takeout.zip", b"PK\3\4" + bytes(99), ".zip archive; unpack"),
            ("takeout.tgz", packed.getvalue(), ".tar archive; unpack"),
            ("x.7z", b"7z\xbc\xaf\x27\x1c\0\4", ".7z archive; unpack"),
            ("x.rar", b"Rar!\x1a\7\0", ".rar archive; unpack"),
            ("Inbox.dbx", b"\xcf\xad\x12\xfe", "Outlook Express"),
            ("a.msg", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "(.msg)"),
            ("Inbox.msf", b"// <!-- <mdb:mork:z v=\"1.4\"/> -->\n",
             "without .msf"),
            ("mail.db", b"SQLite format 3\0" + bytes(84), "-a names"),
            ("note.txt", b"hello\n", "looks like no message"),
            ("nothing", b"PK", "looks like no message"),
        ]
        for name, octets, words in rows:
            with self.subTest(name):
                self.anew()
                path = self.put(name, octets).decode()
                for verb in ("pull", "probe"):
                    self.one_line(self.cart.run(verb, path), mailcart.DATAERR,
                                  words)
                in_it = "may hold some" if name.rpartition(".")[2] in (
                    "zip", "tgz", "7z", "rar", "dbx", "msg") else "no mbox"
                self.one_line(self.cart.run("pull", self.root),
                              mailcart.DATAERR,
                              "no mail is found", in_it)

    def test_no_such_directory(self):
        for kind in ("maildir", "mh", "eml"):
            self.one_line(
                self.cart.run("pull", f"{kind}:{self.root}/none"),
                mailcart.NOINPUT, "no such file")

    def test_a_file_is_no_maildir(self):
        self.put("x", mail("one"))
        self.one_line(self.cart.run("pull", f"maildir:{self.root}/x"),
                      mailcart.DATAERR, "it is a file")


    def test_each_trouble_is_one_line(self):
        """And one that a dry run tells, too; the rest goes on."""
        self.put("fine", mbox(mail("one"), mail("two")))
        noise = random.Random(3).randbytes(300000).hex() + "\n"
        cut = gzip.compress(mbox(mail("three"), mail("four", noise)))
        self.put("cut.gz", cut[:len(cut) // 2])
        os.mkfifo(os.path.join(self.root, "fifo"))
        os.mkdir(os.path.join(self.root, "sub"))
        os.symlink("..", os.path.join(self.root, "sub", "up"))
        os.symlink("self", os.path.join(self.root, "self"))
        os.symlink("nowhere", os.path.join(self.root, "dangling"))
        self.put(b"\xff", mbox(mail("five")))
        for options, stored in ((("-n",), 5), ((), 4)):
            row, result = self.pull("mbox", 1, *options)
            self.assertEqual(row["stored"], stored)
            lines = told(result)
            self.assertEqual(len(lines), 6, lines)
            for name in ("cut.gz", "fifo", "up", "self", "dangling",
                         "\\xff"):
                self.assertEqual(len([line for line in lines
                                      if f"/{name}'" in line]), 1, lines)


class Mh(Store):
    def test_sequences(self):
        for n in range(1, 13):
            self.put(f"inbox/{n}", mail(f"m{n}"))
        self.put("inbox/.mh_sequences",
                 b"unseen: 2-4 10\nflagged: 3 12\nreplied: 1,\nreplied: 5\n"
                 b"cur: 7\nproject: 9-10\n 12\nbroken\nunseen: x 99 4-2\n")
        self.put("inbox/,8", mail("gone"))
        self.put("inbox/#9", mail("gone"))
        self.put("inbox/notes", b"x")
        row, result = self.pull("mh")
        self.assertEqual(row["listed"], 12)
        self.assertIn("its name is no number", "\n".join(told(result)))
        found = self.flags("inbox")
        wanted = {str(n): {"\\Seen"} for n in range(1, 13)}
        for n in (2, 3, 4, 10):
            wanted[str(n)] = set()
        for n in (3, 12):
            wanted[str(n)].add("\\Flagged")
        wanted["5"].add("\\Answered")
        for n in (9, 10, 12):
            wanted[str(n)].add("project")
        self.assertEqual(found, wanted)

    def test_marks_of_claws_and_sylpheed(self):
        import struct
        flags = {1: 0, 2: 3, 3: 4, 4: 16, 5: 32, 6: 8}
        for order, name in (("<", ".claws_mark"), (">", ".sylpheed_mark")):
            data = struct.pack(order + "I", 2) + b"".join(
                struct.pack(order + "II", *pair) for pair in flags.items())
            for n in range(1, 8):
                self.put(f"{name[1:]}/{n}", mail(f"m{n}"))
            self.put(f"{name[1:]}/{name}", data + b"\1\2")
        self.pull("mh")
        for folder in ("claws_mark", "sylpheed_mark"):
            self.assertEqual(self.flags(folder), {
                "1": {"\\Seen"}, "2": set(), "3": {"\\Seen", "\\Flagged"},
                "4": {"\\Seen", "\\Answered"}, "5": {"\\Seen", "$Forwarded"},
                "6": {"\\Seen", "\\Deleted"}, "7": set()})

    def test_nested_and_numeric_folders(self):
        self.put("1", mail("top"))
        self.put("a/1", mail("one"))
        self.put("a/2019/1", mail("two"))
        self.put("a/2019/b/7", mail("three"))
        self.pull("mh")
        self.assertEqual(self.folders(),
                         {"store", "a", "a/2019", "a/2019/b"})

    def test_packed_folder(self):
        """Numbers are handed on to other messages of the same size."""
        for n in (3, 5, 9):
            self.put(f"a/{n}", mail(f"m{n}"), 1000000000 + n)
        self.pull("mh")
        for old, new in ((3, 1), (5, 2), (9, 3)):
            os.rename(os.path.join(self.root, "a", str(old)),
                      os.path.join(self.root, "a", str(new)))
        row, _ = self.pull("mh")
        self.assertEqual((row["known"], row["stored"]), (3, 0))
        self.assertEqual({row["key"]: row["subject"]
                          for row in self.cart.messages()},
                         {"1": "m3", "2": "m5", "3": "m9"})

    def test_second_pull_and_sequences_since(self):
        for n in range(1, 4):
            self.put(f"a/{n}", mail(f"m{n}"))
        self.put("a/.mh_sequences", b"unseen: 1-3\n")
        self.pull("mh")
        row, _ = self.pull("mh")
        self.assertEqual((row["known"], row["octets"]), (3, 0))
        self.put("a/.mh_sequences", b"unseen: 3\n")
        self.pull("mh")
        self.assertEqual(self.flags("a"), {"1": {"\\Seen"}, "2": {"\\Seen"},
                                           "3": set()})


class Eml(Store):
    def test_tree(self):
        self.put("a.eml", mail("a"), 1000000000)
        self.put("sub/B.EML", mail("b"))
        self.put("sub/deep/c.eml", mail("c", Date=None), 1000000000)
        self.put("sub/d.msg", b"\xd0\xcf\x11\xe0")
        self.put("sub/._B.EML", b"\0\5\x16\7")
        row, result = self.pull("eml")
        self.assertEqual(row["listed"], 3)
        self.assertIn("d.msg", "\n".join(told(result)))
        rows = self.rows()
        self.assertEqual(set(rows), {("store", "a.eml"), ("sub", "B.EML"),
                                     ("sub/deep", "c.eml")})
        # A file's time counts only where the message has none.
        self.assertEqual(rows["store", "a.eml"]["internaldate"],
                         "2005-01-03T10:00:00Z")
        self.assertEqual(rows["sub/deep", "c.eml"]["internaldate"],
                         "2001-09-09T01:46:40Z")
        self.assertEqual(self.cart.raw(rows["sub", "B.EML"]), mail("b"))

    def test_one_file(self):
        for name in ("x/one.eml", "x/two.txt"):
            path = os.fsdecode(self.put(name, mail(name)))
            row = self.ends(self.cart.run("pull", "eml:" + path)).summary()
            self.assertEqual((row["listed"], row["stored"]), (1, 1))
        self.assertEqual(self.folders(), {"x"})

    def test_one_file_that_changes(self):
        """Its time or its size tells; what it was stays in the archive."""
        path = os.fsdecode(self.put("one.eml", mail("one"), 1000000000))
        for octets, when, stored, read in (
                (mail("one"), 1000000000, 1, True),
                (mail("one"), 1000000000, 0, False),
                (mail("two"), 1000000060, 1, True),     # the same size
                (mail("two", "more than that\n"), 1000000060, 1, True),
                (mail("two", "more than that\n"), 1000000090, 0, True),
                (mail("two", "more than that\n"), 1000000090, 0, False)):
            self.put("one.eml", octets, when)
            row = self.ends(self.cart.run("pull", "eml:" + path)).summary()
            self.adds_up_pull(row)
            self.assertEqual((row["listed"], row["stored"],
                              row["octets"] > 0), (1, stored, read), octets)
        raws = {self.cart.raw(row) for row in self.cart.messages()}
        self.assertEqual(raws, {mail("one"), mail("two"),
                                mail("two", "more than that\n")})
        self.ends(self.cart.run("verify"))

    def test_bare_file(self):
        path = os.fsdecode(self.put("one.eml", mail("one")))
        self.assertEqual(self.ends(
            self.cart.run("pull", path)).summary()["stored"], 1)
        path = os.fsdecode(self.put("one.txt", mail("one")))
        self.one_line(self.cart.run("pull", path), mailcart.DATAERR,
                      "looks like a message", "eml:")

    def test_changed_since(self):
        self.put("a.eml", mail("a"))
        self.put("b.eml", mail("b"))
        self.pull("eml")
        row, _ = self.pull("eml")
        self.assertEqual((row["known"], row["octets"]), (2, 0))
        self.put("b.eml", mail("b", "longer than it was\n"))
        row, _ = self.pull("eml")
        self.assertEqual((row["known"], row["stored"]), (1, 1))


# bzip2 works in blocks, all or nothing: in small ones, here.
PACKERS = {".gz": gzip.compress, ".bz2": lambda octets: bz2.compress(octets, 1),
           ".xz": lzma.compress}
if shutil.which("zstd"):
    PACKERS[".zst"] = lambda octets: subprocess.run(
        ["zstd", "-q", "-c"], input=octets, stdout=subprocess.PIPE,
        check=True).stdout
class Packed(Store):
    """Compressed files are read as what is in them."""

    def mails(self, count=40):
        rng = random.Random(7)
        return [mail(f"m{n}", rng.randbytes(3000).hex() + "\n>From x\n")
                for n in range(count)]

    def raws(self):
        return sorted(self.cart.raw(row) for row in self.cart.messages())

    def test_mbox(self):
        mails = self.mails()
        for suffix, pack in PACKERS.items():
            self.put(f"plain{suffix}/Inbox.mbox{suffix}", pack(mbox(*mails)))
        row, _ = self.pull("mbox")
        self.assertEqual(row["listed"], len(mails) * len(PACKERS))
        self.assertEqual(self.folders(),
                         {f"plain{suffix}/Inbox" for suffix in PACKERS})
        wanted = [one.replace(b"\n>From", b"\nFrom") for one in mails]
        self.assertEqual(self.raws(), sorted(wanted * len(PACKERS)))
        row, _ = self.pull("mbox")
        self.assertEqual((row["known"], row["octets"]),
                         (len(mails) * len(PACKERS), 0))
        self.ends(self.cart.run("verify"))

    # Bodies as mboxcl2 has them, nothing quoted, and as mboxcl, all of it; a
    # length that is none; what ends far from its beginning, or farther than is
    # held in memory, or far behind the end of the file.
    MEASURED = (
        ("bare", "one\n\n" + FROM.decode() + "two\n\n>From three\n", 0),
        ("quoted", "one\n\n>" + FROM.decode() + "two\n>>From three\n", 0),
        ("wrong", "one\n\n" + FROM.decode() + "two\n\n>From three\n", 3),
        ("far", ("y" * 70 + "\n") * 5000 + "\n" + FROM.decode()
         + "\n>From three\n", 0),
        ("farther", ("y" * 70 + "\n") * 9000 + ">From three\n", 0),
        ("farthest", ("y" * 70 + "\n") * 9000 + "\n" + FROM.decode()
         + "z: z\n\n" + ("z" * 70 + "\n") * 20000 + ">From three\n", 0),
        ("lie", "text\n" + ("z" * 70 + "\n") * 9000, 1 << 40),
        ("less", ("z" * 70 + "\n") * 9000, -71 * 1000),
        ("much", "text\n>" + FROM.decode() + ">>From three\n", 1 << 30),
        ("last", "text\n", 0),
    )

    def test_content_length(self):
        """A file that cannot be looked into ahead comes out as a plain one."""
        octets = mbox(*(
            mail(name, body, Content_Length=len(body) + wrong)
            for name, body, wrong in self.MEASURED))
        wanted = None
        for suffix, pack in {"": bytes, **PACKERS}.items():
            self.anew()
            self.put(f"box{suffix}", pack(octets))
            self.pull("mbox")
            raws = self.raws()
            wanted = wanted or raws
            # "wrong" is split where its line says From.
            self.assertEqual(len(raws), len(self.MEASURED) + 1, suffix)
            self.assertEqual(raws, wanted, suffix)
        text = b"".join(wanted)
        # In bare, quoted, far, farthest, much; and in wrong and farther.
        self.assertEqual(text.count(b"\n>From three"), 5)
        self.assertEqual(text.count(b"\nFrom three"), 2)

    def test_content_length_of_what_is_cut(self):
        """What is read ahead is as good as what was read; the end is told."""
        mails = []
        for n in range(4):
            body = ("y" * 70 + "\n") * 9000 + "\n" + FROM.decode() \
                + f"z: z\n\n{n}\n" + os.urandom(9000).hex() + "\n"
            mails.append(mail(f"m{n}", body, Content_Length=len(body)))
        for suffix, pack in PACKERS.items():
            self.anew()
            self.put(f"box{suffix}", pack(mbox(*mails))[:-2000])
            _, result = self.pull("mbox", 1)
            self.assertTrue([line for line in told(result) if "cut" in line])
            # bzip2 loses a block of 900 kB at once.
            self.assertTrue(set(mails[:2]) <= set(self.raws()), suffix)

    def test_eml(self):
        for n, (suffix, pack) in enumerate(PACKERS.items()):
            self.put(f"{n}.eml{suffix}", pack(mail(f"m{n}")))
        row, _ = self.pull("")
        self.assertEqual(row["stored"], len(PACKERS))
        self.assertEqual(self.raws(),
                         sorted(mail(f"m{n}") for n in range(len(PACKERS))))

    def test_several_streams_and_padding(self):
        one, two = mbox(mail("one")), mbox(mail("two"))
        for suffix, pack in PACKERS.items():
            cut = len(one) - 20
            self.put(f"a{suffix}", pack(one[:cut]) + pack(one[cut:] + two)
                     + b"\0" * 512)
        row, _ = self.pull("mbox")
        self.assertEqual((row["listed"], row["failed"]),
                         (2 * len(PACKERS), 0))

    def test_cut_and_damaged(self):
        """What came before is kept; one clear line; exit 1."""
        mails = self.mails()
        for suffix, pack in PACKERS.items():
            for word in ("cut", "damaged"):
                octets = bytearray(pack(mbox(*mails)))
                if word == "cut":
                    del octets[len(octets) * 3 // 4:]
                else:
                    octets[-1000:-900] = os.urandom(100)
                path = os.fsdecode(self.put(f"{word}{suffix}", octets))
                cart = mailcart.Cart()
                self.addCleanup(cart.close)
                result = self.ends(cart.run("pull", "mbox:" + path), 1)
                row = result.summary()
                self.adds_up_pull(row)
                self.assertEqual(row["folders_failed"], 1)
                lines = [line for line in told(result)
                         if path in line and "data is" in line]
                self.assertIn(word, lines[0])
                for one in cart.messages():
                    raw = cart.raw(one).replace(b"\nFrom x", b"\n>From x")
                    # The damage is in the last; its checksum comes behind it.
                    self.assertTrue(raw in mails or word == "damaged" and
                                    raw.startswith(mails[-1][:150]))
                self.assertGreater(row["stored"], 10, (suffix, word))

    def test_cut_eml(self):
        self.put("a.eml.gz", gzip.compress(mail("a", "x" * 9000))[:-20])
        self.put("b.eml", mail("b"))
        row, result = self.pull("eml", 1)
        self.assertEqual((row["stored"], row["failed"]), (1, 1))
        self.assertTrue([line for line in told(result)
                         if "a.eml.gz" in line and "cut" in line])

    def test_what_follows_is_none(self):
        self.put("a.gz", gzip.compress(mbox(mail("a"))) + b"junk")
        row, result = self.pull("mbox", 1)
        self.assertTrue([line for line in told(result) if "damaged" in line])

    @unittest.skipIf(mailcart.BIN and mailcart.sanitized(),
                     "the sanitizer's own memory is in the way")
    def test_bomb_takes_time_and_no_memory(self):
        body = b"x" * (1 << 20) + b"\n"
        packer = zlib.compressobj(9, zlib.DEFLATED, 31)
        packed = packer.compress(FROM + mail("bomb"))
        packed += b"".join(packer.compress(body) for _ in range(300))
        self.put("bomb.gz", packed + packer.flush())
        row, result = self.pull("mbox")
        self.assertGreater(row["octets"], 300 << 20)
        self.assertLess(result.peak, 64 << 20)

    def test_memory_that_xz_may_ask_for(self):
        filters = [{"id": lzma.FILTER_LZMA2, "dict_size": 1 << 30}]
        self.put("a.xz", lzma.compress(mbox(mail("a")), filters=filters))
        row, result = self.pull("mbox", 1)
        self.assertTrue([line for line in told(result) if "memory" in line])


class Stdin(Store):
    def feed(self, octets, status=0):
        words = self.cart.command("pull", "mbox:-")
        done = subprocess.run(words, input=octets, capture_output=True,
                              env=mailcart.environment(), cwd=self.cart.dir)
        self.assertEqual(done.returncode, status, done)
        return mailcart.Result(done.returncode, done.stdout,
                               done.stderr.decode(), 0, 0, tuple(words))

    def test_plain_and_packed(self):
        mails = [mail(f"m{n}", "text\n" * 5000) for n in range(50)]
        row = self.feed(mbox(*mails)).summary()
        self.assertEqual((row["listed"], row["stored"]), (50, 50))
        self.assertEqual(self.folders(), {"stdin"})
        row = self.feed(gzip.compress(mbox(*mails))).summary()
        self.assertEqual((row["known"], row["stored"]), (50, 0))
        self.assertEqual(sorted(self.cart.raw(row)
                                for row in self.cart.messages()),
                         sorted(mails))

    def test_content_length(self):
        """Looked at in memory, and where that does not reach."""
        head = "From b@example.org Mon Jan  3 10:00:00 2005\nTo: b\nX: y\n\n"
        for lines in (0, 800 * 1000):
            self.anew()
            body = head + "y\n" * lines
            one = mail("one", body, Content_Length=len(body))
            two = mail("two", "x\n")
            self.assertEqual(self.feed(mbox(one, two)).summary()["listed"], 2)
            self.assertEqual(sorted(self.cart.raw(row)
                                    for row in self.cart.messages()),
                             sorted([one, two]))

    def test_the_corpora_are_the_same(self):
        for parts, count in ((("jwz-mbox", "jwz.mbox"), 152),
                             (("perl-email-folder", "mboxes", "mboxcl2"), 3),
                             (("perl-email-folder", "mboxes",
                               "testmbox.mac"), 10)):
            path = os.path.join(CORPORA, *parts)
            if not os.path.exists(path):
                continue
            with open(path, "rb") as source:
                self.feed(source.read())
            cart = mailcart.Cart()
            self.addCleanup(cart.close)
            self.ends(cart.run("pull", "mbox:" + path))
            wanted = [(row["raw_sha256"], row["flags"])
                      for row in cart.messages()]
            found = [(row["raw_sha256"], row["flags"])
                     for row in self.cart.messages()][-count:]
            self.assertEqual(len(wanted), count)
            self.assertEqual(found, wanted)

    def test_interrupted_while_waiting(self):
        """Two signals end a wait for octets that never come; what came
        whole is kept."""
        mails = [mail(f"m{n}", "x\n" * 9000) for n in range(100)]
        child = subprocess.Popen(
            self.cart.command("pull", "mbox:-"), cwd=self.cart.dir,
            stdin=subprocess.PIPE, stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL, env=mailcart.environment())
        self.addCleanup(child.kill)
        child.stdin.write(mbox(*mails))
        child.stdin.flush()
        for _ in range(2):
            time.sleep(1)
            child.send_signal(signal.SIGINT)
        self.assertEqual(child.wait(timeout=60), 130)
        child.stdin.close()
        rows = self.cart.messages()
        self.assertGreater(len(rows), 10)
        for row in rows:
            self.assertIn(self.cart.raw(row), mails)

    def test_no_mbox(self):
        self.assertTrue([line for line in told(self.feed(b"x\n", 1))
                         if "no mbox" in line])
        self.assertEqual(self.feed(b"").summary()["listed"], 0)


class Mmdf(Store):
    MARK = b"\1\1\1\1\n"

    def test_messages(self):
        mails = [mail("one"), FROM + mail("two", ">From kept\n\nFrom x\n"),
                 mail("three", "a\n\n\n")]
        octets = b"".join(self.MARK + one + self.MARK for one in mails)
        self.put("box", octets)
        row, _ = self.pull("")
        self.assertEqual((row["listed"], row["gaps"]), (3, 0))
        rows = sorted(self.cart.messages(), key=lambda row: int(row["key"]))
        self.assertEqual([self.cart.raw(row) for row in rows], mails)
        self.assertEqual([row["key"] for row in rows], [
            "0", str(len(mails[0]) + 10),
            str(len(mails[0]) + len(mails[1]) + 20)])
        self.assertEqual(rows[1]["internaldate"], "2005-01-03T10:00:00Z")

    def test_octets_between_and_no_last_mark(self):
        self.put("box", self.MARK + mail("one") + self.MARK + b"\njunk\n"
                 + self.MARK + mail("two") + self.MARK.strip())
        row, _ = self.pull("mbox")
        self.assertEqual((row["listed"], row["gap_octets"]), (2, 6))
        self.put("box", self.MARK + mail("one") + self.MARK
                 + self.MARK + mail("three"))
        row, result = self.pull("mbox")
        self.assertEqual((row["listed"], row["stored"]), (2, 1))
        self.assertTrue([line for line in told(result) if "no mark" in line])

    def test_empty_messages(self):
        self.put("box", self.MARK * 4)
        row, _ = self.pull("mbox")
        self.assertEqual(row["listed"], 2)


@unittest.skipUnless(find_dovecot(), "dovecot is not installed")
class FromDovecot(Case):
    """A Maildir++ as the most common server of its kind writes it."""

    BOXES = ("INBOX", "Sent", "Projekte.2019.M\u00fcller & S\u00f6hne",
             "\u53f0\u5317", "a&b", "with space.and \"quotes\"", "UPPER.lower",
             "Entw\u00fcrfe")

    def wire(self, name):
        out, run = "", ""
        import base64
        for c in name + "\0":
            if " " <= c <= "~" or c == "\0":
                if run:
                    text = base64.b64encode(run.encode("utf-16-be")).decode()
                    out += "&" + text.rstrip("=").replace("/", ",") + "-"
                    run = ""
                out += "&-" if c == "&" else c
            else:
                run += c
        return out[:-1]

    def test_account(self):
        flags = (("\\Seen",), (), ("\\Seen", "\\Answered", "\\Flagged"),
                 ("\\Draft", "Work", "$Forwarded"), ("\\Deleted", "$Label1"))
        with Dovecot(storage="maildir", separator=".", special=()) as server:
            wanted = {}
            for box in self.BOXES:
                rows = [(mail(f"{box.encode().hex()}-{n}").replace(
                    b"\n", b"\r\n"), flags[n], 1000000000 + 86400 * n)
                    for n in range(5)]
                server.append_all("anna", self.wire(box), rows)
                for octets, names, when in rows:
                    wanted[box.replace(".", "/"), octets] = (
                        set(names), when)
            self.pull_and_compare(server, wanted)

    def pull_and_compare(self, server, wanted):
        cart = self.cart()
        root = os.path.join(server.home("anna"), "mail")
        self.ends(cart.run("pull", root))
        found = {}
        for row in cart.messages():
            octets = cart.raw(row).replace(b"\r\n", b"\n").replace(
                b"\n", b"\r\n")
            found[row["folder"], octets] = (
                set(row["flags"]), parse(row["internaldate"]))
        self.assertEqual(found, wanted)
        row = self.ends(cart.run("pull", root)).summary()
        self.assertEqual((row["known"], row["octets"]), (len(wanted), 0))
        imap = server.client("anna")
        imap.select("INBOX")
        imap.store("2", "+FLAGS", "(\\Seen Later)")
        imap.store("5", "+FLAGS", "(\\Deleted)")
        imap.expunge()
        imap.append("INBOX", None, None, mail("late"))
        imap.logout()
        row = self.ends(cart.run("pull", root)).summary()
        self.assertEqual((row["stored"], row["listed"]), (1, len(wanted)))
        self.assertEqual(row["octets"], len(mail("late")) + mail(
            "late").count(b"\n") * row_is_crlf(cart))
        second = [row for row in cart.messages() if row["folder"] == "INBOX"
                  and row["subject"].endswith("-1")]
        self.assertEqual(set(second[0]["flags"]), {"\\Seen", "Later"})


def row_is_crlf(cart):
    """Whether Dovecot kept CRLF on disk."""
    late = [row for row in cart.messages() if row["subject"] == "late"]
    return b"\r\n" in cart.raw(late[0])


def parse(text):
    import calendar
    import time
    return calendar.timegm(time.strptime(text, "%Y-%m-%dT%H:%M:%SZ"))


if __name__ == "__main__":
    store.main()
