# SPDX-License-Identifier: MIT
"""Mail programs through the real program: their own trees, made here as they
lay them out, are recognised, every folder is found under the name that the
program shows, and what they had deleted stays out of what is pushed."""
import base64
import collections
import os
import re
import shutil
import struct
import sys
import unittest

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(os.path.dirname(HERE), "real"))
import mailcart  # noqa: E402
from pst_file import Pst  # noqa: E402
from dovecot import Dovecot, find_dovecot  # noqa: E402
from mailcart import CORPORA, Case  # noqa: E402

real = unittest.skipUnless(os.path.isdir(CORPORA), f"no corpora at {CORPORA}")


def mail(subject, body="text\n", **fields):
    head = {"From": "a@example.org", "To": "b@example.org",
            "Subject": subject, "Date": "Mon, 3 Jan 2005 10:00:00 +0000",
            "Message-ID": f"<{subject}@example.org>", **fields}
    lines = "".join(f"{name.replace('_', '-')}: {value}\n"
                    for name, value in head.items() if value)
    return f"{lines}\n{body}"


def mbox(*mails, line="From - Mon Jan  3 10:00:00 2005"):
    return "".join(f"{line}\n{one}\n" for one in mails).encode()


def told(result):
    """What people would read, a line each: notes and failures."""
    return "\n".join(row["text"] for row in result.of("event")
                     if row["kind"] in ("note", "failure"))


class Program(Case):
    """A program's tree below self.root, and an archive to pull it into."""

    def setUp(self):
        self.cart = self.cart()
        self.root = self.cart.path("store")
        os.mkdir(self.root)

    def put(self, name, octets=b""):
        path = os.path.join(self.root, name)
        os.makedirs(os.path.dirname(path), exist_ok=True)
        if isinstance(octets, str):
            octets = octets.encode()
        with open(path, "wb") as out:
            out.write(octets)
        return path

    def box(self, name, **mails):
        """A Maildir with those mails, by the names of their files."""
        for sub in ("cur", "new", "tmp"):
            os.makedirs(os.path.join(self.root, name, sub), exist_ok=True)
        for file, text in mails.items():
            self.put(f"{name}/cur/{file}", text)

    def pull(self, where=None, status=0):
        result = self.ends(self.cart.run("pull", where or self.root), status)
        row = result.summary()
        self.adds_up_pull(row)
        return row, result

    def unchanged(self, where=None):
        """A second pull reads nothing and changes nothing."""
        row, _ = self.pull(where)
        self.assertEqual((row["stored"], row["octets"]), (0, 0), row)

    def by_name(self, prefix, row):
        """Called by its name it is the same, and all of it is known."""
        same, _ = self.pull(f"{prefix}:{self.root}")
        self.assertEqual((same["listed"], same["known"], same["octets"]),
                         (row["listed"], row["listed"], 0), same)
        self.assertEqual(self.probe(f"{prefix}:{self.root}"), self.probe())

    def subjects(self):
        """{folder: subjects in it}"""
        found = {}
        for row in self.cart.messages():
            found.setdefault(row["folder"], []).append(row["subject"])
        return {folder: sorted(rows) for folder, rows in found.items()}

    def flags(self):
        return {row["subject"]: set(row["flags"])
                for row in self.cart.messages()}

    def probe(self, where=None):
        """{name: text} of what probe says; nothing may be changed by it."""
        before = self.tree()
        result = self.ends(self.cart.run("probe", where or self.root))
        self.assertEqual(self.tree(), before)
        return {row["name"]: row["text"] for row in result.of("fact")}

    def tree(self):
        return sorted((path, os.stat(path).st_mtime_ns)
                      for top, _, names in os.walk(self.root)
                      for path in [os.path.join(top, name) for name in names])

    def push(self):
        """{mailbox: subjects} on a server that had nothing."""
        if not find_dovecot():
            self.skipTest("dovecot is not installed")
        with Dovecot(users=("anna",)) as server:
            self.cart.ca = server.ca
            result = self.ends(self.cart.run("push", server.url("imaps")))
            self.adds_up_push(result.summary())
            return {decoded(box): sorted(subject_of(row) for row in rows)
                    for box, rows in server.read_all("anna").items() if rows
                    }, result.summary()


def decoded(name):
    """A mailbox's name out of modified UTF-7, RFC 3501 5.1.3."""
    return re.sub(r"&([^-]*)-", lambda part: base64.b64decode(
        part[1].replace(",", "/") + "===").decode("utf-16-be")
        if part[1] else "&", name)


def subject_of(row):
    for line in row.octets.split(b"\r\n"):
        if line.lower().startswith(b"subject: "):
            return line[9:].decode()
    return None


PREFS = r"""
// Mozilla User Preferences
user_pref("mail.account.account1.identities", "id1");
user_pref("mail.account.account1.server", "server1");
user_pref("mail.account.account2.server", "server2");
user_pref("mail.account.account3.server", "server3");
user_pref("mail.accountmanager.accounts", "account1,account2,account3");
user_pref("mail.accountmanager.defaultaccount", "account1");
user_pref("mail.server.server1.directory", "/srv/anna/gone/Mail/pop.example.org");
user_pref("mail.server.server1.directory-rel", "[ProfD]Mail/pop.example.org");
user_pref("mail.server.server1.hostname", "pop.example.org");
user_pref("mail.server.server1.name", "anna@example.org");
user_pref("mail.server.server1.type", "pop3");
user_pref("mail.server.server1.userName", "anna");
user_pref("mail.server.server2.directory-rel", "[ProfD]Mail/pop.other.example");
user_pref("mail.server.server2.hostname", "pop.other.example");
user_pref("mail.server.server2.storeContractID", "@mozilla.org/msgstore/maildirstore;1");
user_pref("mail.server.server2.type", "pop3");
user_pref("mail.server.server2.userName", "b\u00e4r");
user_pref("mail.server.server3.directory-rel", "[ProfD]Mail/Local Folders");
user_pref("mail.server.server3.hostname", "Local Folders");
user_pref("mail.server.server3.name", "Local Folders");
user_pref("mail.server.server3.type", "none");
user_pref("mail.server.server4.directory-rel", "[ProfD]Mail/smart mailboxes");
user_pref("mail.server.server4.hostname", "smart mailboxes");
user_pref("mail.server.server4.type", "none");
user_pref("browser.startup.page", 3);
"""


def status(flags, keys="", flags2=0):
    """The lines that Thunderbird puts before a message's own."""
    return (f"X-Mozilla-Status: {flags:04x}\nX-Mozilla-Status2: {flags2:08x}\n"
            f"X-Mozilla-Keys: {keys:<80}\n")


# A summary, of which only the folder's true name is looked for.
MSF = r"""// <!-- <mdb:mork:z v="1.4"/> -->
< <(a=c)> // (f=iso-8859-1)
  (B8=columns)(B2=folderName)(B3=version) >
<(80=Bills: 2019 \(paid\) for B$C3$BCcher)>
{1:^9E {(k^A1:c)(s=9)} [1(^B3=1)(^B2^80)] }
"""


class Thunderbird(Program):
    def profile(self):
        pop = "Mail/pop.example.org/"
        self.put("prefs.js", PREFS)
        self.put(pop + "Inbox", mbox(
            status(0x0001, "$label1 work") + mail("read"),
            status(0x0000) + mail("unread"),
            status(0x0009) + mail("deleted"),
            status(0x0007) + mail("answered-and-starred"),
            status(0x1001) + mail("forwarded")))
        self.put(pop + "Inbox.msf", "// <!-- <mdb:mork:z v=\"1.4\"/> -->\n")
        self.put(pop + "Inbox.sbd/Projects", mbox(
            status(1) + mail("in-projects")))
        self.put(pop + "Inbox.sbd/Projects.sbd/Böse: Dinge", mbox(
            status(1) + mail("deep")))
        self.put(pop + "Sent", mbox(status(1) + mail("sent")))
        self.put(pop + "Trash")
        self.put(pop + "Bills8f3a01c2", mbox(status(1) + mail("bill")))
        self.put(pop + "Bills8f3a01c2.msf", MSF)
        self.put(pop + "popstate.dat", "# POP3 State File\n")
        self.put(pop + "msgFilterRules.dat", "version=\"9\"\n")
        other = "Mail/pop.other.example/"
        self.box(other + "Inbox", **{
            "1104746400.eml": status(0x0001) + mail("maildir-read"),
            "1104746401.eml": status(0x0008) + mail("maildir-deleted")})
        self.put(other + "Inbox.msf")
        self.box(other + "Inbox.sbd/Below", **{
            "1104746402.eml": status(0) + mail("maildir-below")})
        local = "Mail/Local Folders/"
        self.put(local + "Trash", mbox(status(1) + mail("thrown-away")))
        self.put(local + "Unsent Messages")
        self.put(local + "Archives.sbd/2004", mbox(
            status(1) + mail("of-2004")))
        self.put("Mail/smart mailboxes/Inbox", mbox(mail("a-search")))

    WANTED = {
        "anna@example.org/Inbox": ["answered-and-starred", "deleted",
                                   "forwarded", "read", "unread"],
        "anna@example.org/Inbox/Projects": ["in-projects"],
        "anna@example.org/Inbox/Projects/Böse: Dinge": ["deep"],
        "anna@example.org/Sent": ["sent"],
        "anna@example.org/Bills: 2019 (paid) for Bücher": ["bill"],
        "bär@pop.other.example/Inbox": ["maildir-deleted", "maildir-read"],
        "bär@pop.other.example/Inbox/Below": ["maildir-below"],
        "Local Folders/Trash": ["thrown-away"],
        "Local Folders/Archives/2004": ["of-2004"],
    }

    def test_two_accounts(self):
        self.profile()
        row, result = self.pull()
        self.by_name("thunderbird", row)
        self.assertEqual((row["listed"], row["failed"]), (14, 0))
        self.assertEqual(told(result), "")
        self.assertEqual(self.subjects(), self.WANTED)
        flags = self.flags()
        self.assertEqual(flags["read"], {"\\Seen", "$label1", "work"})
        self.assertEqual(flags["unread"], set())
        self.assertEqual(flags["answered-and-starred"],
                         {"\\Seen", "\\Answered", "\\Flagged"})
        self.assertEqual(flags["forwarded"], {"\\Seen", "$Forwarded"})
        self.ends(self.cart.run("verify"))
        self.unchanged()

    def test_deleted_stays_out(self):
        self.profile()
        self.pull()
        boxes, row = self.push()
        wanted = {folder: [one for one in rows if "deleted" not in one]
                  for folder, rows in self.WANTED.items()}
        self.assertEqual(boxes, wanted)
        self.assertEqual((row["sent"], row["skipped"]), (12, 2))

    def test_probe(self):
        self.profile()
        facts = self.probe()
        self.assertEqual(facts.pop("kind"), "Thunderbird profile")
        counts = {name: int(text.split()[0]) for name, text in facts.items()}
        wanted = {name: len(rows) for name, rows in self.WANTED.items()}
        self.assertEqual(counts.pop("in all"), sum(wanted.values()))
        self.assertEqual({name: n for name, n in counts.items() if n}, wanted)

    def test_one_account_stands_at_the_top(self):
        self.put("prefs.js", PREFS)
        self.put("Mail/pop.example.org/Inbox", mbox(status(1) + mail("a")))
        self.put("Mail/pop.example.org/Entw&APw-rfe", mbox(mail("b")))
        self.put("Mail/Local Folders/Trash", mbox(status(1) + mail("c")))
        self.pull(f"thunderbird:{self.root}")
        self.assertEqual(self.subjects(), {
            "Inbox": ["a"], "Entw&APw-rfe": ["b"],
            "Local Folders/Trash": ["c"]})

    def test_profiles_ini(self):
        self.put("profiles.ini", "[Install4F96D1932A9F858E]\r\n"
                 "Default=Profiles/a.default\r\nLocked=1\r\n\r\n"
                 "[Profile1]\r\nName=default\r\nIsRelative=1\r\n"
                 "Path=Profiles/a.default\r\nDefault=1\r\n\r\n"
                 "[Profile0]\r\nName=gone\r\nIsRelative=1\r\n"
                 "Path=Profiles/b.gone\r\n")
        at = "Profiles/a.default/"
        self.put(at + "prefs.js", PREFS)
        self.put(at + "Mail/pop.example.org/Inbox", mbox(mail("a")))
        self.pull()
        self.assertEqual(self.subjects(), {"Inbox": ["a"]})

    def test_imap_copies_and_forgotten_accounts(self):
        self.put("prefs.js", PREFS + """
user_pref("mail.server.server9.directory-rel", "[ProfD]ImapMail/imap.example.org");
user_pref("mail.server.server9.name", "imap account");
user_pref("mail.server.server9.type", "imap");
""")
        self.put("ImapMail/imap.example.org/INBOX", mbox(mail("a")))
        self.put("ImapMail/imap.example.org/Entw&APw-rfe", mbox(mail("b")))
        self.put("ImapMail/imap.example.org.msf", "")
        self.put("Mail/pop.old.example/Inbox", mbox(mail("old")))
        _, result = self.pull()
        self.assertEqual(self.subjects(), {
            "INBOX": ["a"], "Entwürfe": ["b"],
            "pop.old.example/Inbox": ["old"]})
        self.assertIn("downloaded", told(result))
        self.assertIn("belongs to no account any more", told(result))

    def test_what_is_wrong_is_said(self):
        result = self.cart.run("pull", f"thunderbird:{self.root}",
                               json_lines=False)
        self.one_line(result, mailcart.DATAERR, "prefs.js is not there")
        self.put("prefs.js", "")
        result = self.cart.run("pull", self.root, json_lines=False)
        self.one_line(result, mailcart.DATAERR, "no mail is in it")
        # A folder that is none, one that loops, one that nobody may read.
        self.put("prefs.js", PREFS)
        self.put("Mail/pop.example.org/Inbox", mbox(mail("a")))
        self.put("Mail/pop.example.org/notes.txt", "just text\n")
        os.symlink("..", os.path.join(
            self.root, "Mail/pop.example.org/Up.sbd"))
        os.mkfifo(os.path.join(self.root, "Mail/pop.example.org/Pipe"))
        row, result = self.pull(status=1)
        self.assertEqual(row["stored"], 1)
        self.assertIn("notes.txt' is passed over", told(result))
        self.assertIn("Pipe", told(result))

    def test_prefs_that_lie(self):
        """Nothing in prefs.js makes it fail, or read without end."""
        for junk in ('user_pref("mail.server.server1.type", "pop3',
                     'user_pref("mail.server..type", "x");',
                     'user_pref("mail.server.a.type", "\\u12");',
                     'user_pref("mail.server.' + "a" * 9999 + '.type", "");',
                     'user_pref("mail.server.s.type", "none");\n'
                     'user_pref("mail.server.s.directory-rel", "[ProfD]");',
                     'user_pref("mail.server.s.directory-rel", "\\\\");\n'
                     'user_pref("mail.server.s.type", "none");'):
            with self.subTest(junk[:40]):
                self.put("prefs.js", junk)
                self.assertIn(self.cart.run("pull", self.root).status,
                              (0, mailcart.DATAERR))


def plist(flags, received=1104746400):
    return f"""<?xml version="1.0" encoding="UTF-8"?>
<!DOCTYPE plist PUBLIC "-//Apple//DTD PLIST 1.0//EN" "http://www.apple.com/DTDs/PropertyList-1.0.dtd">
<plist version="1.0">
<dict>
\t<key>date-received</key>
\t<integer>{received}</integer>
\t<key>flags</key>
\t<integer>{flags}</integer>
\t<key>subject</key>
\t<string>&lt;key&gt;flags</string>
</dict>
</plist>
"""


def emlx(text, flags=1, **kwargs):
    return f"{len(text.encode()):<10}\n{text}{plist(flags, **kwargs)}"


PARTIAL = """\
From: a@example.org
Subject: {subject}
Message-ID: <{subject}@example.org>
Content-Type: multipart/mixed; boundary="=_b"

--=_b
Content-Type: text/plain

text
--=_b
Content-Transfer-Encoding: base64
Content-Disposition: attachment;
\tfilename=a.bin
Content-Type: application/octet-stream;
\tname=a.bin;
\tx-unix-mode=0644
X-Apple-Content-Length: 4


--=_b--
"""


class AppleMail(Program):
    def library(self):
        account = "V10/12345678-ABCD-4000-8000-0123456789AB/"
        data = "INBOX.mbox/9A000000-0000-4000-8000-000000000001/Data/"
        self.put("V10/MailData/Envelope Index", b"SQLite format 3\0")
        self.put(account + data + "Messages/7.emlx", emlx(mail("read"), 1))
        self.put(account + data + "3/2/Messages/23456.emlx",
                 emlx(mail("flagged"), 1 << 4))
        self.put(account + data + "Messages/8.emlx",
                 emlx(mail("deleted"), 1 | 1 << 1))
        self.put(account + data + "Messages/9.emlx",
                 emlx(mail("answered"), 1 | 1 << 2 | 1 << 8 | 1 << 25))
        self.put(account + data + "Messages/10.partial.emlx",
                 emlx(PARTIAL.format(subject="partial"), 0))
        self.put(account + data + "Attachments/10/2/a.bin", b"\0\1\2")
        self.put(account + data + "Attachments/10/2/.DS_Store", b"x")
        self.put(account + data + "Messages/11.partial.emlx",
                 emlx(PARTIAL.format(subject="without"), 0))
        self.put(account + "Work.mbox/Info.plist", plist(0))
        self.put(account + "Work.mbox/2019.mbox/9B000000-0000-4000-8000-"
                 "000000000002/Data/Messages/12.emlx", emlx(mail("nested")))
        other = "V10/POP-bert@pop.example.org/"
        self.put(other + "INBOX.mbox/Messages/13.emlx", emlx(mail("pop")))
        self.put(other + "Sent Messages.mbox/Messages/14.emlx",
                 emlx(mail("sent"), 1 | 1 << 6))
        self.put("V10/Mailboxes/Old.mbox/mbox", mbox(mail("as-mbox")))
        self.put("V10/Mailboxes/Old/Older.mbox/Messages/15.emlx",
                 emlx(mail("beside")))
        self.put("V9/POP-x@y/INBOX.mbox/Messages/1.emlx", emlx(mail("v9")))

    UUID = "12345678-ABCD-4000-8000-0123456789AB"
    WANTED = {
        UUID + "/INBOX": ["answered", "deleted", "flagged", "partial", "read",
                          "without"],
        UUID + "/Work/2019": ["nested"],
        "bert@pop.example.org/INBOX": ["pop"],
        "bert@pop.example.org/Sent Messages": ["sent"],
        "On My Mac/Old": ["as-mbox"],
        "On My Mac/Old/Older": ["beside"],
    }

    def test_library(self):
        self.library()
        row, result = self.pull()
        self.by_name("applemail", row)
        self.assertEqual((row["listed"], row["failed"]), (11, 0))
        self.assertEqual(self.subjects(), self.WANTED)
        flags = self.flags()
        self.assertEqual(flags["read"], {"\\Seen"})
        self.assertEqual(flags["flagged"], {"\\Flagged"})
        self.assertEqual(flags["answered"], {"\\Seen", "\\Answered",
                                             "$Forwarded", "$NotJunk"})
        self.assertEqual(flags["sent"], {"\\Seen", "\\Draft"})
        self.assertIn("Mail has a newer directory", told(result))
        self.assertIn("11.partial.emlx': 1 attachments were never downloaded",
                      told(result))
        found = {row["subject"]: row for row in self.cart.messages()}
        self.assertEqual(found["read"]["internaldate"],
                         "2005-01-03T10:00:00Z")
        self.assertIn(b"\r\nContent-Disposition: attachment;\r\n"
                      b"\tfilename=a.bin\r\n"
                      b"Content-Type: application/octet-stream;\r\n"
                      b"\tx-unix-mode=0644;\r\n\tname=\"a.bin\"\r\n"
                      b"Content-Transfer-Encoding: base64\r\n\r\nAAEC\r\n"
                      b"--=_b--\r\n", self.cart.raw(found["partial"]))
        self.assertIn(b"\r\nX-Apple-Content-Length: 4\r\n",
                      self.cart.raw(found["without"]))
        self.ends(self.cart.run("verify"))
        self.unchanged()

    def test_deleted_stays_out(self):
        self.library()
        self.pull()
        boxes, _ = self.push()
        self.assertEqual(boxes, {
            folder: [one for one in rows if one != "deleted"]
            for folder, rows in self.WANTED.items()})

    def test_new_flags_are_seen_without_reading(self):
        path = self.put("INBOX.mbox/Messages/1.emlx", emlx(mail("a"), 0))
        self.pull()
        before = os.stat(path)
        self.put("INBOX.mbox/Messages/1.emlx", emlx(mail("a"), 1))
        os.utime(path, (before.st_atime, before.st_mtime + 1))
        row, _ = self.pull()
        self.assertEqual((row["known"], row["octets"]), (1, 0))
        self.assertEqual(self.flags(), {"a": {"\\Seen"}})

    def test_attachments_stay_compressed(self):
        """A file of gzip's was attached as such."""
        self.put("INBOX.mbox/Messages/10.partial.emlx",
                 emlx(PARTIAL.format(subject="partial"), 0))
        self.put("INBOX.mbox/Attachments/10/2/a.bin", b"\x1f\x8b\x08")
        self.pull()
        self.assertIn(b"base64\r\n\r\nH4sI\r\n--=_b--\r\n",
                      self.cart.raw(self.cart.messages()[0]))

    def test_attachments_that_come_later(self):
        """What is completed is read again, and is the same message."""
        self.put("INBOX.mbox/Messages/10.partial.emlx",
                 emlx(PARTIAL.format(subject="partial"), 0))
        self.pull()
        self.put("INBOX.mbox/Attachments/10/2/a.bin", b"\0\1\2")
        # Mail writes the message's file anew when it has got more of it.
        os.utime(os.path.join(self.root,
                              "INBOX.mbox/Messages/10.partial.emlx"), (1, 1))
        row, _ = self.pull()
        self.assertEqual(row["stored"], 1, row)
        status = self.ends(self.cart.run("status")).of("status")[0]
        self.assertEqual((status["logical"], status["bodies"]), (1, 2))

    @real
    def test_partial_corpus(self):
        """The true messages are told for two: they come out to the octet."""
        where = os.path.join(CORPORA, "emlx-partial")
        row, result = self.pull(os.path.join(where, "input"))
        self.assertEqual((row["listed"], row["failed"]), (10, 0))
        told_true = {}
        for name in os.listdir(os.path.join(where, "expected_results")):
            with open(os.path.join(where, "expected_results", name),
                      "rb") as file:
                told_true[name.split(".")[0]] = file.read()
        found = {row["key"]: self.cart.raw(row)
                 for row in self.cart.messages()}
        self.assertEqual(len(told_true), 2)
        for key, octets in told_true.items():
            self.assertEqual(found[key], octets, key)
        for key in ("114893", "114895"):
            self.assertIn(f"{key}.partial.emlx': 4 attachments were never",
                          told(result))
        # Named by Mail in the user's language: the only file there is it.
        self.assertIn(b"iVBORw0KGgo", found["114894"])
        self.assertIn(b"iVBORw0KGgo", found["229417"])
        self.assertIn("counts", told(result))

    @real
    def test_other_corpora(self):
        for parts, count in ((("emlx",), 2), (("postsack", "applemail"), 4)):
            row, _ = self.pull(os.path.join(CORPORA, *parts))
            self.assertEqual(row["listed"], count)
        result = self.cart.run(
            "probe", os.path.join(CORPORA, "postsack"), json_lines=False)
        self.one_line(result, mailcart.DATAERR, "several kinds")

    def test_what_is_broken_is_said(self):
        self.put("INBOX.mbox/Messages/1.emlx", "no count\n" + mail("a"))
        self.put("INBOX.mbox/Messages/2.emlx", f"9999\n{mail('cut')}")
        self.put("INBOX.mbox/Messages/3.emlx", "9" * 40 + "\n")
        self.put("INBOX.mbox/Messages/4.emlx", "")
        self.put("INBOX.mbox/Messages/5.emlx",
                 f"1\n{mail('counts-wrongly')}{plist(1)}")
        os.mkfifo(os.path.join(self.root, "INBOX.mbox/Messages/6.emlx"))
        row, result = self.pull(status=1)
        self.assertEqual((row["stored"], row["failed"]), (1, 5))
        self.assertEqual(self.subjects(), {"INBOX": ["counts-wrongly"]})
        self.assertEqual(self.flags()["counts-wrongly"], {"\\Seen"})
        for words in ("its first line is no number", "it is cut",
                      "its first line counts 1 octets"):
            self.assertIn(words, told(result))


class Evolution(Program):
    def test_maildirs(self):
        at = "mail/local/"
        self.put(at + "..maildir++", "maildir++ 1")
        self.put(at + "folders.db", b"SQLite format 3\0")
        self.put(at + ".Sent.cmeta", "x")
        self.box(at, **{"1104746400.1_0.host:2,S": mail("in")})
        self.box(at + ".Sent", **{"1104746400.2_0.host:2,S": mail("out")})
        self.box(at + ".Work.a_5Fb_2Ec", **{
            "1104746400.3_0.host:2,": mail("escaped")})
        self.box(at + "..Below", **{"1104746400.4_0.host:2,": mail("below")})
        self.box(at + ".Entwürfe _1", **{
            "1104746400.5_0.host:2,TS": mail("deleted")})
        row, _ = self.pull()
        self.by_name("evolution", row)
        self.assertEqual(row["listed"], 5)
        self.assertEqual(self.subjects(), {
            "Inbox": ["in"], "Sent": ["out"], "Work/a_b.c": ["escaped"],
            "Inbox/Below": ["below"], "Entwürfe _1": ["deleted"]})
        self.assertEqual(self.flags()["deleted"], {"\\Seen", "\\Deleted"})
        self.unchanged()
        boxes, _ = self.push()
        self.assertEqual(boxes, {
            "INBOX": ["in"], "Sent": ["out"], "Work/a_b.c": ["escaped"],
            "INBOX/Below": ["below"]})
        self.assertEqual(self.probe()["kind"], "Evolution")

    def test_mbox_trees(self):
        old = mail("old", X_Evolution="0000001a-0010")
        gone = mail("gone", X_Evolution="0000001b-0012")
        self.put("Inbox", mbox(old, gone, line="From a@b Mon Jan  3 10:00:00"
                                               " 2005"))
        for name in ("Inbox.cmeta", "Inbox.ev-summary", "Inbox.ibex.index",
                     "Inbox.ibex.index.data"):
            self.put(name, b"\1\2\3")
        self.put("Inbox.sbd/a_2Eb", mbox(mail("below")))
        row, result = self.pull(f"evolution:{self.root}")
        self.assertEqual(self.subjects(), {
            "Inbox": ["gone", "old"], "Inbox/a.b": ["below"]})
        self.assertEqual(self.flags()["old"], {"\\Seen"})
        self.assertEqual(self.flags()["gone"], {"\\Seen", "\\Deleted"})
        self.assertEqual(told(result), "")
        self.ends(self.cart.run("verify"))


class KMail(Program):
    def test_akonadi(self):
        at = "local-mail/"
        self.box(at)
        self.box(at + "inbox", **{"1104746400.R1.host:2,S": mail("in")})
        self.box(at + "sent-mail", **{"1104746400.R2.host:2,S": mail("out")})
        self.box(at + "trash", **{"1104746400.R3.host:2,ST": mail("gone")})
        self.box(at + ".inbox.directory/Work", **{
            "1104746400.R4.host:2,RS": mail("work")})
        self.box(at + ".inbox.directory/.Work.directory/Ödes", **{
            "1104746400.R5.host:2,F": mail("deep")})
        row, _ = self.pull()
        self.by_name("kmail", row)
        self.assertEqual(row["listed"], 5)
        self.assertEqual(self.subjects(), {
            "inbox": ["in"], "sent-mail": ["out"], "trash": ["gone"],
            "inbox/Work": ["work"], "inbox/Work/Ödes": ["deep"]})
        self.assertEqual(self.flags()["work"], {"\\Seen", "\\Answered"})
        self.unchanged()
        boxes, _ = self.push()
        self.assertEqual(boxes, {
            "INBOX": ["in"], "Sent": ["out"], "INBOX/Work": ["work"],
            "INBOX/Work/Ödes": ["deep"]})

    def test_mbox_folders(self):
        self.put("inbox", mbox(mail("in", Status="RO")))
        self.put(".inbox.index", b"# KMail-Index V1506\n")
        self.put(".inbox.index.ids", b"\0")
        self.put(".inbox.directory/Work", mbox(mail("work")))
        self.put(".inbox.directory/.Work.index", b"# KMail-Index V1506\n")
        _, result = self.pull()
        self.assertEqual(self.subjects(), {
            "inbox": ["in"], "inbox/Work": ["work"]})
        self.assertEqual(self.flags()["in"], {"\\Seen"})
        self.assertEqual(told(result), "")
        self.assertEqual(self.probe()["kind"], "KMail")


class ClawsAndPine(Program):
    """What these keep is MH and mbox, and read as such."""

    def test_claws(self):
        self.put("inbox/1", mail("one"))
        self.put("inbox/2", mail("two"))
        # Version 2, then a number and its flags each: 2 is new and unread.
        self.put("inbox/.claws_mark", struct.pack(
            "=5I", 2, 1, 0, 2, 3))
        self.put("sent/1", mail("sent"))
        self.put("inbox/lists/1", mail("below"))
        self.pull()
        self.assertEqual(self.subjects(), {
            "inbox": ["one", "two"], "sent": ["sent"],
            "inbox/lists": ["below"]})
        flags = self.flags()
        self.assertEqual((flags["one"], flags["two"]), ({"\\Seen"}, set()))

    def test_pine(self):
        internal = mail("DON'T DELETE THIS MESSAGE -- FOLDER INTERNAL DATA",
                        "This text is part of the internal format of your "
                        "mail folder, and is not\na real message.\n",
                        From="Mail System Internal Data <MAILER-DAEMON@x>",
                        X_IMAP="1104746400 0000000002", Status="RO")
        line = "From MAILER-DAEMON Mon Jan  3 10:00:00 2005"
        self.put("mail/saved-messages", mbox(
            internal, mail("kept", Status="RO", X_Status="A"), line=line))
        self.put("mail/sent-mail", mbox(mail("sent"), line=line))
        row, _ = self.pull()
        self.assertEqual(row["listed"], 2)
        self.assertEqual(self.subjects(), {
            "mail/saved-messages": ["kept"], "mail/sent-mail": ["sent"]})
        self.assertEqual(self.flags()["kept"], {"\\Seen", "\\Answered"})


EUDORA = "From ???@??? Mon Jan 03 10:00:00 2005"


class Eudora(Program):
    def test_mailboxes(self):
        body = ("text\n\nFrom me Sat Jan  3 01:05:34 1996\nthis is text\n\n"
                "Attachment Converted: \"C:\\Eudora\\Attach\\a.doc\"\n")
        self.put("descmap.pce",
                 "In,In.mbx,S,N\r\nOut,Out.mbx,S,N\r\n"
                 "Trash,Trash.mbx,S,N\r\n"
                 "Bücher, alte,Buecher.mbx,M,N\r\nWork,Work.fol,F,N\r\n"
                 .encode("cp1252"))
        crlf = [(name, mbox(*mails, line=EUDORA).replace(b"\n", b"\r\n"))
                for name, mails in {
                    "In.mbx": (mail("in"), mail("quoting", body)),
                    "Out.mbx": (mail("out"),), "Trash.mbx": (),
                    "Buecher.mbx": (mail("book"),),
                    "Work.fol/2004.mbx": (mail("old"),),
                    "Work.fol/Unlisted.mbx": (mail("unlisted"),)}.items()]
        for name, octets in crlf:
            self.put(name, octets)
            self.put(name[:-4] + ".toc", b"\x30\0" + name.encode())
        self.put("Work.fol/descmap.pce", "The year 2004,2004.mbx,M,N\r\n")
        self.put("eudora.ini", "[Settings]\r\n")
        row, result = self.pull()
        self.by_name("eudora", row)
        self.assertEqual(row["listed"], 6)
        self.assertEqual(self.subjects(), {
            "INBOX": ["in", "quoting"], "Out": ["out"],
            "Bücher, alte": ["book"], "Work/The year 2004": ["old"],
            "Work/Unlisted": ["unlisted"]})
        self.assertEqual(told(result), "")
        found = {row["subject"]: row for row in self.cart.messages()}
        self.assertIn(body.encode().replace(b"\n", b"\r\n"),
                      self.cart.raw(found["quoting"]))
        self.unchanged()
        boxes, _ = self.push()
        self.assertEqual(boxes, {
            "INBOX": ["in", "quoting"], "Sent": ["out"],
            "Bücher, alte": ["book"], "Work/The year 2004": ["old"],
            "Work/Unlisted": ["unlisted"]})
        self.assertEqual(self.probe()["kind"], "Eudora")


def takeout(*mails):
    """Of (labels as one writes them in the header, message)."""
    return "".join(
        f"From 163{at:013}@xxx Mon Jan 03 10:00:00 +0000 2005\r\n"
        f"X-GM-THRID: 163{at:013}\r\nX-Gmail-Labels: {labels}\r\n"
        + text.replace("\n", "\r\n") + "\r\n"
        for at, (labels, text) in enumerate(mails)).encode()


class Gmail(Program):
    """Labels are folders, whatever language they are in."""

    NAME = "Takeout/Mail/All mail Including Spam and Trash.mbox"

    def folders(self):
        return {row["subject"]: set(row["folders"])
                for row in self.cart.messages()}

    def test_takeout(self):
        self.put("Takeout/Mail/User Settings/Filters.json", "{}")
        self.put(self.NAME, takeout(
            ("Inbox,Unread,Work/2019", mail("two-folders")),
            ("Inbox,Opened,Starred,Important", mail("starred")),
            ("Archived,Opened,Category Updates", mail("archived")),
            ("Sent", mail("sent")),
            ("Drafts,Opened", mail("draft")),
            ("Spam,Unread", mail("spam")),
            ("=?UTF-8?Q?Posteingang,Ge=C3=B6ffnet,B=C3=BCcher?=",
             mail("german")),
            ("=?UTF-8?Q?Messages_archiv=C3=A9s,Non_lus?=", mail("french"))))
        row, _ = self.pull()
        self.assertEqual((row["listed"], row["stored"]), (8, 8))
        self.assertEqual(self.folders(), {
            "two-folders": {"INBOX", "Work/2019"}, "starred": {"INBOX"},
            "archived": {"Archive"}, "sent": {"Sent"}, "draft": {"Drafts"},
            "spam": {"Spam"}, "german": {"INBOX", "Bücher"},
            "french": {"Archive"}})
        self.assertEqual(self.flags(), {
            "two-folders": set(),
            "starred": {"\\Seen", "\\Flagged", "$Important"},
            "archived": {"\\Seen"}, "sent": {"\\Seen"},
            "draft": {"\\Seen", "\\Draft"}, "spam": set(),
            "german": {"\\Seen"}, "french": set()})
        self.unchanged()
        boxes, row = self.push()
        self.assertEqual(boxes, {
            "INBOX": ["german", "starred", "two-folders"],
            "Work/2019": ["two-folders"], "Archive": ["archived", "french"],
            "Sent": ["sent"], "Drafts": ["draft"], "Junk": ["spam"],
            "Bücher": ["german"]})
        self.assertEqual(row["placements"], 10)
        self.assertIn("labels are the folders", self.probe()[
            self.NAME[:-5]])

    def test_rules_go_by_labels(self):
        self.put(self.NAME, takeout(
            ("Inbox,Unread,Work", mail("a")), ("Sent", mail("b")),
            ("Work", mail("c"))))
        result = self.ends(self.cart.run(
            "pull", "--exclude", "Work", self.root))
        row = result.summary()
        self.adds_up_pull(row)
        self.assertEqual((row["listed"], row["stored"], row["skipped"]),
                         (3, 2, 1))
        self.assertEqual(self.folders(), {"a": {"INBOX"}, "b": {"Sent"}})

    def test_labels_that_change(self):
        """Another Takeout: the same mail, filed otherwise meanwhile."""
        self.put(self.NAME, takeout(
            ("Inbox,Unread", mail("a")), ("Sent", mail("b"))))
        self.pull()
        self.put(self.NAME, takeout(
            ("Opened,Work", mail("a")), ("Sent", mail("b")),
            ("Inbox", mail("new"))))
        row, _ = self.pull()
        self.assertEqual((row["stored"], row["known"]), (1, 2))
        self.assertEqual(self.folders(), {
            "a": {"Work"}, "b": {"Sent"}, "new": {"INBOX"}})
        boxes, _ = self.push()
        self.assertEqual(boxes, {
            "INBOX": ["new"], "Sent": ["b"], "Work": ["a"]})

    def test_labels_elsewhere_are_only_noted(self):
        """Mail that was brought from a Takeout into another program is where
        that has it."""
        self.put("Work", mbox(mail("a", X_Gmail_Labels="Inbox,Unread")))
        self.pull()
        self.assertEqual(self.folders(), {"a": set()})
        self.assertEqual(self.subjects(), {"Work": ["a"]})

    @real
    def test_takeout_corpus(self):
        where = os.path.join(CORPORA, "gyb-samples", "google-takeout",
                             "takeout.mbox")
        row, _ = self.pull(where)
        self.assertEqual((row["listed"], row["stored"]), (39, 39))
        rows = self.cart.messages()
        counts = collections.Counter(
            folder for row in rows for folder in row["folders"])
        self.assertEqual(counts, {
            "INBOX": 27, "takeout": 37, "☯": 8, "'single-quote": 8,
            "1.Organizační": 2, "3. Culture, Hledání ztraceného času": 1,
            "X/@s-itsolution.cz (2011-2015)/Procesy/"
            "Resource Man. (PLAKA,CLARA2)": 1})
        self.assertEqual(sum("\\Seen" not in row["flags"] for row in rows),
                         sum("Unread" in row["labels"] for row in rows))
        boxes, row = self.push()
        self.assertEqual(sum(map(len, boxes.values())),
                         sum(counts.values()))
        self.assertEqual(len(boxes["INBOX"]), 27)

    def vault(self, **labels):
        name = "163092663115685197{}-0-0-0-0.mbox"
        documents = "".join(
            f"<Document DocID='{at}'><Tags><Tag TagName='Labels' "
            f"TagDataType='Text' TagValue='{value}'/></Tags><Files><File>"
            f"<ExternalFile FileName='{name.format(at)}' FileSize='1'/>"
            f"</File></Files></Document>\n"
            for at, value in enumerate(labels.values()))
        self.put("export-metadata.xml",
                 "<?xml version='1.0' encoding='UTF-8'?>\n<Root><Batch>"
                 f"<Documents>{documents}</Documents></Batch></Root>")
        self.put("me@example.org_0.mbox", "".join(
            f"From {name.format(at)}@xxx Mon Jan 03 10:00:00 2005\r\n"
            + mail(subject).replace("\n", "\r\n") + "\r\n"
            for at, subject in enumerate(labels)))

    def test_vault(self):
        self.vault(a="^INBOX,^UNREAD", b="^SENT,Q&amp;A", c="^TRASH,^STARRED")
        row, _ = self.pull()
        self.by_name("vault", row)
        self.assertEqual((row["listed"], row["stored"]), (3, 3))
        self.assertEqual(self.folders(), {
            "a": {"INBOX"}, "b": {"Sent", "Q&A"}, "c": {"Trash"}})
        self.assertEqual(self.flags(), {
            "a": set(), "b": {"\\Seen"}, "c": {"\\Seen", "\\Flagged"}})
        self.unchanged()
        boxes, _ = self.push()
        self.assertEqual(boxes, {
            "INBOX": ["a"], "Sent": ["b"], "Q&A": ["b"], "Trash": ["c"]})

    @real
    def test_vault_corpus(self):
        where = os.path.join(CORPORA, "gyb-samples", "vault-export-mbox")
        row, _ = self.pull(where)
        self.assertEqual((row["listed"], row["stored"]), (53, 53))
        counts = collections.Counter(
            folder for row in self.cart.messages()
            for folder in row["folders"])
        self.assertEqual(counts, {"INBOX": 53, "ubuntu": 18})
        self.assertNotIn({"\\Seen"}, self.flags().values())
        self.unchanged(where)


READPST = """\
#!/bin/sh
# What readpst does with "-r -D -q -j 0 -o DIR -- FILE".
[ "$#,$1,$2,$6,$8" = "9,-r,-D,-o,--" ] || { echo "called with $*"; exit 9; }
set -e
cd "$7"
"""


class Outlook(Program):
    """Where readpst is not installed, what it does is a script's."""

    def setUp(self):
        super().setUp()
        self.file = self.put("mail.pst", b"!BDN" + b"\0" * 600)

    def run_with(self, script, verb="pull", env=None, **kwargs):
        where = self.cart.path("bin")
        os.makedirs(where, exist_ok=True)
        path = self.cart.write("bin/readpst", READPST + script)
        os.chmod(path, 0o755)
        before = self.scratch()
        result = self.cart.run(verb, self.file, env={
            "PATH": where + ":/usr/bin:/bin", **(env or {})}, **kwargs)
        self.assertEqual(self.scratch(), before)
        return result

    def scratch(self):
        return [name for name in os.listdir("/var/tmp")
                if name.startswith("mailcart-")]

    def script(self):
        self.put("in", mbox(mail("in", Status="RO"), mail("new"),
                            line='From "a@example.org" Mon Jan  3 10:00:00 '
                                 '2005'))
        self.put("deep", mbox(mail("deep")))
        return f"""\
mkdir -p "Outlook Data File/Inbox/Be low" "Outlook Data File/Contacts"
cp {self.root}/in "Outlook Data File/Inbox/mbox"
cp {self.root}/deep "Outlook Data File/Inbox/Be low/mbox"
echo BEGIN:VCARD >"Outlook Data File/Contacts/contacts"
"""

    def test_folders(self):
        script = self.script()
        result = self.ends(self.run_with(script))
        row = result.summary()
        self.adds_up_pull(row)
        self.assertEqual((row["listed"], row["stored"]), (3, 3))
        self.assertEqual(self.subjects(), {
            "Inbox": ["in", "new"], "Inbox/Be low": ["deep"]})
        self.assertEqual(self.flags()["in"], {"\\Seen"})
        self.assertIn("are no mail", told(result))
        row = self.ends(self.run_with(script)).summary()
        self.assertEqual((row["stored"], row["octets"]), (0, 0))
        facts = {row["name"]: row["text"] for row in self.ends(
            self.run_with(script, "probe")).of("fact")}
        self.assertEqual(facts["kind"], "Outlook file")
        self.assertEqual(facts["Inbox"].split(",")[0], "2 messages")

    def test_what_it_is_told(self):
        """Where the file is and where to write, and nothing else: no password,
        and no file of ours, though the archive is open."""
        names = ["cmdline", "environ", "status"]
        script = "".join(f"cat /proc/$$/{name} >{self.root}/{name}\n"
                         for name in names)
        script += f"readlink /proc/$$/fd/* >{self.root}/fd || true\n"
        self.ends(self.run_with(script + self.script(), env={
            "MAILCART_PASSWORD": "is:geheim",
            "MAILCART_TARGET_PASSWORD": "was:geheim"}))
        told = {}
        for name in names + ["fd"]:
            with open(os.path.join(self.root, name), "rb") as file:
                told[name] = file.read()
        self.assertNotIn(b"heim", told["cmdline"] + told["environ"])
        self.assertEqual({line.split(b"=")[0] for line in
                          told["environ"].split(b"\0")} - {b"PWD", b""},
                         {b"PATH", b"LC_ALL"})
        self.assertRegex(b" ".join(sorted(set(told["fd"].split()) - {
            os.fsencode(path) for path in (
                os.path.join(self.root, "fd"),
                self.cart.path("bin/readpst"))})),  # the shell's own
            rb"\A/dev/null pipe:\[\d+\]\Z")
        self.assertIn(b"NoNewPrivs:\t1", told["status"])

    def test_what_goes_wrong_is_said(self):
        for script, words in (
                ("echo 'it is broken' >&2; exit 3", "it is broken"),
                ("kill -11 $$", "ended by signal 11"),
                ("true", "no mail is in it")):
            with self.subTest(script):
                result = self.run_with(script, json_lines=False)
                self.assertNotEqual(result.status, 0)
                self.one_line(result, result.status, words)

    def test_not_installed(self):
        result = self.cart.run("pull", self.file, json_lines=False,
                               env={"PATH": "/nonexistent"})
        self.one_line(result, mailcart.DATAERR,
                      "install the package pst-utils")

    def test_not_one(self):
        self.put("no.pst", "just text\n")
        result = self.cart.run("pull", f"outlook:{self.root}/no.pst",
                               json_lines=False)
        self.one_line(result, mailcart.DATAERR, "does not begin with !BDN")

    @unittest.skipUnless(shutil.which("readpst"), "readpst is not installed")
    def test_the_true_readpst(self):
        """A file made after its specification; and one that is none."""
        result = self.cart.run("pull", self.file, json_lines=False)
        self.one_line(result, mailcart.DATAERR, "readpst failed: ")
        pst = Pst()
        inbox = pst.folder("Inbox")
        pst.message(inbox, mail("read", "text\nFrom here on\n"), True)
        pst.message(inbox, mail("unread"), False)
        pst.message(pst.folder("Be/low", inbox), mail("deep"), True)
        pst.message(pst.folder("Deleted Items"), mail("thrown-away"), True)
        self.file = self.put("true.pst", pst.octets())
        row, _ = self.pull(self.file)
        self.assertEqual((row["listed"], row["stored"]), (4, 4))
        self.assertEqual(self.subjects(), {
            "Inbox": ["read", "unread"], "Inbox/Be_low": ["deep"],
            "Deleted Items": ["thrown-away"]})
        flags = self.flags()
        self.assertEqual((flags["read"], flags["unread"]),
                         ({"\\Seen"}, set()))
        found = {row["subject"]: row for row in self.cart.messages()}
        self.assertIn(b"\nFrom here on\n", self.cart.raw(found["read"]))
        self.assertIn(b"LibPST-iamunique-1_-_-\n",
                      self.cart.raw(found["read"]))
        # Grown: what is known is known again, though readpst writes it with
        # other boundaries each time.
        pst.message(inbox, mail("new"), False)
        self.put("true.pst", pst.octets())
        row, _ = self.pull(self.file)
        self.assertEqual((row["listed"], row["stored"]), (5, 1))
        status = self.ends(self.cart.run("status")).of("status")[0]
        self.assertEqual((status["logical"], status["bodies"]), (5, 5))
        boxes, _ = self.push()
        self.assertEqual(boxes, {
            "INBOX": ["new", "read", "unread"], "INBOX/Be_low": ["deep"],
            "Trash": ["thrown-away"]})


def run():
    """Runs the tests; without the program there is nothing to test."""
    if not mailcart.BIN or not os.access(mailcart.BIN, os.X_OK):
        print("MAILCART_BIN does not name the program", file=sys.stderr)
        sys.exit(1)
    unittest.main(module="__main__", verbosity=2)


if __name__ == "__main__":
    run()
