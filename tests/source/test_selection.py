# SPDX-License-Identifier: MIT
"""--include, --exclude, --since, --before and --max-size on every kind of
source: what each leaves out is counted under it, the same again counts the
same, and a run without rules brings what was left out."""
import contextlib
import email.utils
import gzip
import os
import sys
import time

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(os.path.dirname(HERE), "real"))
sys.path.insert(0, os.path.join(os.path.dirname(HERE), "fake"))
import mailcart  # noqa: E402
import store  # noqa: E402
from imap_server import ImapServer, Mailbox  # noqa: E402
from pop3_server import Pop3Server  # noqa: E402
from store import Store  # noqa: E402

THEN, NOW = 1072951200, 1264154400  # 1 January 2004, 22 January 2010
# subject: (of which folder, when, octets of its body)
MAILS = {"old": ("A", THEN, 10), "new": ("A", NOW, 10),
         "big": ("A", NOW, 6000), "other": ("B", NOW + 60, 10)}

# (options, skipped by folder, since, before, max_size, what is stored); A and
# B are the folders, of a source that has them.
RULES = [
    ("--since 2008-01-01 --max-size 3K", 0, 1, 0, 1, {"new", "other"}),
    ("--include A --before 2008-01-01", 1, 0, 2, 0, {"old"}),
    ("--exclude A --since 2008-01-01", 3, 0, 0, 0, {"other"}),
]
# The same of a source with one folder, F.
ONE_FOLDER = [
    RULES[0],
    ("--include F --before 2008-01-01", 0, 0, 3, 0, {"old"}),
    ("--exclude F --since 2008-01-01", 4, 0, 0, 0, set()),
]


# And of one whose labels only the octets tell: another rule is met first.
LABELS_INSIDE = [
    RULES[0],
    ("--include A --before 2008-01-01", 0, 0, 3, 0, {"old"}),
    ("--exclude A --since 2008-01-01", 2, 1, 0, 0, {"other"}),
]
if not mailcart.LONG:
    for table in (RULES, ONE_FOLDER, LABELS_INSIDE):
        del table[2]


def text(subject):
    _, when, octets = MAILS[subject]
    return (f"From: a@example.org\nTo: b@example.org\nSubject: {subject}\n"
            f"Date: {email.utils.formatdate(when)}\n"
            f"Message-ID: <{subject}@example.org>\n\n"
            + ("x" * 59 + "\n") * (octets // 60) + "end\n").encode()


def crlf(octets):
    return octets.replace(b"\n", b"\r\n")


def internaldate(when):
    return time.strftime("%d-%b-%Y %H:%M:%S +0000", time.gmtime(when))


def of(folder):
    return [subject for subject, mail in MAILS.items() if mail[0] == folder]


def mbox(subjects, sender):
    """An mbox."""
    return b"".join(
        f"From {sender} {time.asctime(time.gmtime(MAILS[s][1]))}\n".encode()
        + text(s) + b"\n" for s in subjects)


class Selection(Store):
    def fill_mbox(self, a, b, sender="a@example.org", end=b"\n", pack=None):
        for name, folder in ((a, "A"), (b, "B")):
            octets = mbox(of(folder), sender).replace(b"\n", end)
            self.put(name, pack(octets) if pack else octets)

    def fill_files(self, pattern_a, pattern_b, wrap=lambda octets, s: octets):
        for n, subject in enumerate(MAILS, 1):
            folder, when, _ = MAILS[subject]
            name = (pattern_a if folder == "A" else pattern_b).format(n)
            self.put(name, wrap(text(subject), subject), when)

    # -- a source of each kind: (what to pull, A, B), or (what to pull, F) ----

    def mbox_tree(self):
        self.fill_mbox("Aa", "sub/Bb")
        return "mbox:" + self.root, "Aa", "sub/Bb"

    def mbox_packed(self):
        self.fill_mbox("Aa.mbox.gz", "Bb.gz", pack=gzip.compress)
        return self.root, "Aa", "Bb"

    def mbox_file(self):
        self.put("Aa.mbox", mbox(MAILS, "a@example.org"))
        return self.root + "/Aa.mbox", "Aa"

    def mbox_stdin(self):
        self.put("all", mbox(MAILS, "a@example.org"))
        return "mbox:-", "stdin"

    def mmdf(self):
        mark = b"\1\1\1\1\n"
        for name, folder in (("Aa", "A"), ("Bb", "B")):
            self.put(name, b"".join(mark + mbox([s], "a@b")[:-1] + mark
                                    for s in of(folder)))
        return "mbox:" + self.root, "Aa", "Bb"

    def maildir(self):
        self.fill_files("cur/{}:2,S", ".Sub.Bb/cur/{}:2,S")
        return self.root, "INBOX", "Sub/Bb"

    def mh(self):
        self.fill_files("inbox/{}", "inbox/Bb/{}")
        return self.root, "inbox", "inbox/Bb"

    def eml(self):
        self.fill_files("Aa/{}.eml", "Bb/{}.eml")
        return self.root, "Aa", "Bb"

    def thunderbird(self):
        self.put("prefs.js", b'user_pref("mail.accountmanager.accounts", '
                 b'"account1");\nuser_pref("mail.account.account1.server", '
                 b'"server1");\nuser_pref("mail.server.server1.type", "pop3");'
                 b'\nuser_pref("mail.server.server1.hostname", "pop.x");\n'
                 b'user_pref("mail.server.server1.directory-rel", '
                 b'"[ProfD]Mail/pop.x");\n')
        self.fill_mbox("Mail/pop.x/Inbox", "Mail/pop.x/Inbox.sbd/Bb",
                       sender="-")
        return self.root, "Inbox", "Inbox/Bb"

    def apple(self):
        def emlx(octets, subject):
            return (f"{len(octets):<10}\n".encode() + octets
                    + b'<?xml version="1.0" encoding="UTF-8"?>\n<!DOCTYPE '
                    b'plist PUBLIC "" "">\n<plist version="1.0">\n<dict>\n'
                    b'<key>date-received</key>\n<integer>%d</integer>\n<key>'
                    b'flags</key>\n<integer>1</integer>\n</dict>\n</plist>\n'
                    % MAILS[subject][1])
        self.fill_files("V5/POP-a@b/INBOX.mbox/Messages/{}.emlx",
                        "V5/POP-a@b/Bb.mbox/Messages/{}.emlx", emlx)
        return "applemail:" + self.root, "INBOX", "Bb"

    def evolution(self):
        self.put("..maildir++", b"")
        self.fill_files("cur/{}:2,S", ".Bb/cur/{}:2,S")
        return self.root, "Inbox", "Bb"

    def kmail(self):
        self.fill_files("inbox/cur/{}:2,S", ".inbox.directory/Bb/cur/{}:2,S")
        return self.root, "inbox", "inbox/Bb"

    def eudora(self):
        self.put("descmap.pce", b"In,In.mbx,S,N\r\nBb,Bb.mbx,M,N\r\n")
        self.fill_mbox("In.mbx", "Bb.mbx", sender="???@???", end=b"\r\n")
        return self.root, "INBOX", "Bb"

    def takeout(self):
        labels = {"A": b"Inbox,Opened", "B": b"Bb,Opened"}
        octets = b""
        for n, subject in enumerate(MAILS):
            head, rest = mbox([subject], f"163{n:013}@xxx").split(
                b"\n", 1)
            octets += (head + b"\nX-GM-THRID: 163%d\nX-Gmail-Labels: " % n
                       + labels[MAILS[subject][0]] + b"\n" + rest)
        self.put("All mail.mbox", crlf(octets))
        return self.root + "/All mail.mbox", "INBOX", "Bb", LABELS_INSIDE

    def vault(self):
        labels = {"A": "^INBOX", "B": "Bb"}
        names = {subject: f"163092663115685197{n}-0-0-0-0.mbox"
                 for n, subject in enumerate(MAILS)}
        documents = "".join(
            f"<Document DocID='{name}'><Tags><Tag TagName='Labels' TagDataType"
            f"='Text' TagValue='{labels[MAILS[subject][0]]}'/></Tags><Files>"
            f"<File><ExternalFile FileName='{name}' FileSize='1'/></File>"
            f"</Files></Document>\n" for subject, name in names.items())
        self.put("e-metadata.xml", (
            "<?xml version='1.0' encoding='UTF-8'?>\n<Root><Batch><Documents>"
            f"{documents}</Documents></Batch></Root>").encode())
        self.put("me_0.mbox", crlf(b"".join(
            mbox([subject], name + "@xxx")
            for subject, name in names.items())))
        return self.root, "INBOX", "Bb"

    def outlook(self):
        self.fill_mbox("in", "bb", sender='"a@example.org"')
        self.put("mail.pst", b"!BDN" + b"\0" * 600)
        os.chmod(self.put("../bin/readpst", (
            "#!/bin/sh\nset -e\ncd \"$7\"\nmkdir -p Top/Inbox Top/Bb\n"
            f"cp {self.root}/in Top/Inbox/mbox\n"
            f"cp {self.root}/bb Top/Bb/mbox\n").encode()), 0o755)
        return self.root + "/mail.pst", "Inbox", "Bb"

    @contextlib.contextmanager
    def pop3(self):
        with Pop3Server([crlf(text(subject)) for subject in MAILS]) as server:
            yield f"pop3://anna@127.0.0.1:{server.port}", "INBOX"

    @contextlib.contextmanager
    def imap(self, **behave):
        with ImapServer(condstore=True, **behave) as server:
            server.boxes["Bb"] = Mailbox(1003)
            for subject, (folder, when, _) in MAILS.items():
                server.boxes["INBOX" if folder == "A" else "Bb"].add(
                    crlf(text(subject)), (), internaldate(when))
            yield server.url(), "INBOX", "Bb"

    @contextlib.contextmanager
    def gmail(self):
        with ImapServer(condstore=True, gmail=True) as server:
            server.boxes["[Gmail]/All Mail"] = Mailbox(1003, ("\\All",))
            for subject, (folder, when, _) in MAILS.items():
                server.boxes["[Gmail]/All Mail"].add(
                    crlf(text(subject)), (), internaldate(when),
                    labels=("\\Inbox" if folder == "A" else "Bb",))
            yield server.url(), "INBOX", "Bb"

    # -- the tests ----------------------------------------------------------

    def read(self, where, *options):
        words = self.cart.command("pull", *options, where)
        if where == "mbox:-":
            words = ["/bin/sh", "-c", 'exec "$@" <' + self.root + "/all",
                     "sh"] + words
        result = self.ends(mailcart.run(words, env={
            "PATH": self.cart.path("bin") + ":/usr/bin:/bin"}))
        row = result.summary()
        self.adds_up_pull(row)
        self.assertEqual((row["listed"], row["failed"]), (len(MAILS), 0))
        return row

    def check(self, where, a, b=None, rules=None):
        rules = rules or (RULES if b else ONE_FOLDER)
        for options, *by, stored in rules:
            options = options.split()
            names = {"A": a, "B": b, "F": a}
            options = [names.get(word, word) for word in options]
            with self.subTest(options=options):
                self.cart.archive = self.cart.path(
                    "-".join(options).replace("/", "_") + ".db")
                self.apply(where, options, by, stored)

    def apply(self, where, options, by, stored):
        row = self.read(where, *options)
        self.assertEqual(list(row["skipped_by"].values()), by)
        self.assertEqual(row["skipped"], sum(by))
        self.assertEqual(self.subjects(), stored)
        again = self.read(where, *options)
        self.assertEqual((again["stored"], again["known"]),
                         (0, len(stored)))
        self.assertEqual(again["skipped_by"], row["skipped_by"])
        rest = self.read(where)
        self.assertEqual((rest["stored"], rest["known"], rest["skipped"]),
                         (len(MAILS) - len(stored), len(stored), 0))

    def labels(self, where):
        """Folders that only labels are."""
        said = []
        for options, status, skipped in (
                (["--include", "Nope"], 1, 4), (["--exclude", "Nope"], 0, 0),
                (["--exclude", "Bb", "--exclude", "INBOX"], 0, 4),
                (["--include", "bb"], 0, 3), ([], 0, 0),
                # All is held by now, and what rules leave out is still so.
                (["--include", "bb"], 0, 3), (["--include", "Nope"], 1, 4)):
            result = self.ends(self.cart.run("pull", *options, where), status)
            self.adds_up_pull(result.summary())
            self.assertEqual(result.summary()["skipped_by"]["folder"],
                             skipped, result)
            said += [line for line in store.told(result)
                     if "fits no folder" in line]
        self.assertEqual(len(said), 3, said)

    def test_labels_of_a_takeout(self):
        where = self.takeout()[0]
        self.labels(where)
        # Labels are not read then, so that nothing is known of them.
        self.ends(self.cart.run("pull", "-n", "--include", "Nope", where))

    def test_labels_of_gmail(self):
        with self.gmail() as where:
            self.labels(where[0])

    def test_rules_of_a_target(self):
        """push, plan and migrate tell of rules that fit nothing as well, and
        once."""
        self.ends(self.cart.run("pull", self.mbox_tree()[0]))
        where = "mbox:" + self.root
        with ImapServer() as server:
            for words, status, lines in (
                    (("plan", "--include", "Nope"), 1, 1),
                    (("push", "--include", "Nope"), 1, 1),
                    (("push", "--exclude", "Nope", "--exclude", "aa"), 0, 1),
                    (("push", "--include", "sub/**"), 0, 0),
                    (("migrate", "--include", "Nope", where), 1, 1),
                    (("migrate", "--exclude", "Nope", where), 0, 1)):
                result = self.ends(self.cart.run(*words, server.url()),
                                   status)
                said = [line for line in store.told(result)
                        if "'Nope' fits no folder" in line]
                self.assertEqual(len(said), lines, result)

    def subjects(self):
        return {row["subject"] for row in self.cart.messages()}


def add_tests():
    """One for each kind, so that each is named where it fails."""
    for kind in ("mbox_tree", "mbox_packed", "mbox_file", "mbox_stdin", "mmdf",
                 "maildir", "mh", "eml", "thunderbird", "apple", "evolution",
                 "kmail", "eudora", "takeout", "vault", "outlook"):
        setattr(Selection, "test_" + kind,
                lambda self, kind=kind: self.check(*getattr(self, kind)()))
    for kind in ("pop3", "imap", "gmail"):
        def test(self, kind=kind):
            with getattr(self, kind)() as where:
                self.check(*where)
        setattr(Selection, "test_" + kind, test)


add_tests()

if __name__ == "__main__":
    store.main()
