# SPDX-License-Identifier: MIT
"""Mail programs through the real program: their own trees, made here as they
lay them out, are recognised, every folder is found under the name that the
program shows, and what they had deleted stays out of what is pushed."""
import base64
import os
import re
import sys
import unittest

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(os.path.dirname(HERE), "real"))
import mailcart  # noqa: E402
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
        self.assertEqual({name: n for name, n in counts.items() if n},
                         {name: len(rows)
                          for name, rows in self.WANTED.items()})

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


def run():
    """Runs the tests; without the program there is nothing to test."""
    if not mailcart.BIN or not os.access(mailcart.BIN, os.X_OK):
        print("MAILCART_BIN does not name the program", file=sys.stderr)
        sys.exit(1)
    unittest.main(module="__main__", verbosity=2)


if __name__ == "__main__":
    run()
