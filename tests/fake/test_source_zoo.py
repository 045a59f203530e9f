# SPDX-License-Identifier: MIT
"""Every way in which an IMAP server misbehaves as a source, each a row, as
zoo_case.PullRow has it.  What the account holds is as it was afterwards, flags
and all, and the server was told nothing that could change it."""
import dataclasses
import os
import re
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from imap_server import ImapServer, Mailbox  # noqa: E402
from zoo_case import PullRow, PullRows, mail, main  # noqa: E402

TAGS = tuple(f"m{n}" for n in range(1, 9))
DATE = "03-Feb-2003 10:20:30 -0130"
UTC = "03-Feb-2003 11:50:30 +0000"
CHANGES = (r"\b(STORE|EXPUNGE|CLOSE|APPEND|CREATE|DELETE|RENAME|COPY|MOVE|"
           r"SUBSCRIBE|UNSUBSCRIBE)\b|BODY\[| RFC822(?!\.SIZE)")


@dataclasses.dataclass
class Row(PullRow):
    boxes: dict = None  # {name: tags}, besides INBOX, which has the rest
    attributes: dict = dataclasses.field(default_factory=dict)

    def given(self):
        return self.mails or {tag: mail(tag, "body\r\n" * n)
                              for n, tag in enumerate(TAGS)}

    def fill(self, server):
        """With UIDs that have gaps."""
        elsewhere = self.boxes or {}
        taken = {tag for tags in elsewhere.values() for tag in tags}
        boxes = {"INBOX": [tag for tag in self.given() if tag not in taken],
                 **elsewhere}
        for name, tags in boxes.items():
            box = server.boxes.setdefault(name, Mailbox(
                2000 + len(server.boxes), self.attributes.get(name, ())))
            for n, tag in enumerate(tags):
                box.uidnext += n % 3
                box.add(self.given()[tag], ("\\Seen", "k1") if n % 2 else (),
                        DATE)


def state(server):
    return {name: [(one.octets, one.flags, one.date, one.labels)
                   for one in box.messages]
            for name, box in server.boxes.items()}


class SourceZoo(PullRows):
    ROWS = {}

    @classmethod
    def serve(cls, row):
        server = ImapServer(**row.behave)
        row.fill(server)
        server.before = state(server)
        return server

    @staticmethod
    def mend(server, behave):
        server.behave = behave

    @staticmethod
    def fetched(server):
        return len(server.said(r"BODY\.PEEK\[\]"))

    @staticmethod
    def key(row, tag):
        """UIDVALIDITY and UID, and where."""
        place = list(row.given()).index(tag)
        uid = 1 + sum(1 + n % 3 for n in range(1, place + 1))
        return f"1001:{uid} in 'INBOX'"

    def check_said(self, row, said):
        text = "\n".join(said)
        for word in row.said:
            self.assertRegex(text, word)
        for word in row.unsaid:
            self.assertNotRegex(text, word)

    def check_server(self, row, server):
        self.assertEqual([line for line in server.transcript
                          if re.search(CHANGES, line)], [])
        self.assertEqual(state(server), server.before)

    def pull(self, cart, server, **sums):
        """One more, which leaves the account as it is."""
        before = state(server)
        self.ended(cart.run("pull", server.url(), json_lines=False), **sums)
        self.assertEqual(state(server), before)
        self.assertEqual(server.said(CHANGES), [])

    def test_anew_and_gone(self):
        """Another UIDVALIDITY, and two messages less: what is gone stays in
        the archive, and the others are known."""
        mails = [mail(tag) for tag in TAGS]
        cart = self.cart()
        with ImapServer(condstore=True) as server:
            box = server.boxes["INBOX"]
            for octets in mails:
                box.add(octets, ("\\Seen",), DATE)
            self.pull(cart, server, listed=8, stored=8)
            box.uidvalidity += 900
            del box.messages[1:3]
            self.pull(cart, server, listed=6, known=6)
            self.pull(cart, server, listed=6, known=6, octets=0)
        self.archived(cart, mails)

    def test_labels_change(self):
        """Each message is fetched once, whatever its labels, which are its
        folders on the target; one that comes later brings it there, too."""
        mails = [mail(tag) for tag in TAGS[:3]]
        labels = ["\\Inbox", "Work"], ["Work"], []
        cart = self.cart()
        with ImapServer(gmail=True, condstore=True, list_status=True) as (
                server), ImapServer() as target:
            every = server.boxes["[Gmail]/All Mail"] = Mailbox(
                3001, ("\\All",))
            server.boxes["Work"] = Mailbox(3002)
            for octets, names in zip(mails, labels):
                every.add(octets, (), DATE, tuple(names))
            where = {"INBOX": mails[:1], "Work": mails[:2],
                     "Archive": mails[2:]}
            for more in (), mails[2:]:
                where["Work"] = where["Work"] + list(more)
                if more:
                    every.messages[2].labels = ("Work",)
                    every.modseq += 1
                self.pull(cart, server, listed=3, stored=0 if more else 3)
                self.ended(cart.run("push", target.url(), json_lines=False),
                           refused=0, waiting=0)
                self.holds(target, where, date=UTC)
            self.assertEqual(len(server.said(r"BODY\.PEEK")), 2)
        self.archived(cart, mails)


def row(name, why, behave, **more):
    SourceZoo.add(Row(name, why, behave, **more))


row("plain", "a server that behaves", {})
row("dribble", "untagged data at any time, one octet at a time", dict(
    dribble=True, noise=True))
row("fetch_nil", "BODY[] is NIL of one message (iCloud: of RFC822)", dict(
    fetch_nil=b"tag=m3;"), missing=("m3",), status=1,
    words=("did not send it",), mend={})
row("quoted", "bodies as quoted strings", dict(quoted=True))
row("literal8", "bodies as literal8", dict(literal8=True))
row("unordered", "items of FETCH in any order", dict(unordered=True))
row("interleave", "two FETCH answered at once", dict(interleave=True))
row("spread", "flags of others between the answers", dict(spread=True))
row("lies", "answers to what was not asked", dict(lies=True))
row("fetch_no", "NO to one message in the middle of an answer", dict(
    fetch_no=b"tag=m3;"), missing=("m3",), status=1,
    words=("cannot read it",), missing_later=("m3",), status_later=1)
row("size_no", "no size of one message", dict(size_no=b"tag=m3;"))
row("gone", "a message goes while it is read", dict(gone=b"tag=m3;"),
    missing=("m3",), status=1, words=("perhaps it was removed meanwhile",), mend={})
row("fetch_drop", "the connection goes within a body, once", dict(
    fetch_drop=b"tag=m3;"), words=("trying again in",), seconds=10)
row("drops", "and each time", dict(fetch_drop=b"tag=m3;", drops=99),
    missing=("m3",), status=1, words=("lost whenever this message",),
    missing_later=("m3",), status_later=1, seconds=60)
row("select_no", "a mailbox that cannot be opened", dict(
    select_no="Work", no_select="[NOPERM] not yours"),
    boxes={"Work": ("m7", "m8")}, missing=("m7", "m8"),
    unlisted=("m7", "m8"), status=1, words=("failed: Work: not yours",),
    mend={})
row("status_no", "one without STATUS", dict(
    status_no="Work", condstore=True), boxes={"Work": ("m7", "m8")})
row("late_uidnext", "more messages than STATUS told", dict(
    condstore=True, late_uidnext=3))
row("anew", "a mailbox is made anew meanwhile", dict(
    fetch_no=b"tag=m3;", anew=2, condstore=True, list_status=True),
    boxes={"Work": ("m7", "m8")}, missing=TAGS[2:6], unlisted=TAGS[2:6],
    status=1, mend={},
    words=("failed: INBOX: it was made anew while it was read; run the same",))
row("extensions", "CONDSTORE, LIST-STATUS", dict(
    condstore=True, list_status=True), boxes={"Work": ("m7", "m8")})
row("gmail", "labels, and all mail in one mailbox (Gmail)", dict(
    gmail=True, condstore=True, list_status=True),
    boxes={"[Gmail]/All Mail": TAGS},
    attributes={"[Gmail]/All Mail": ("\\All",)}, unsaid=('EXAMINE "INBOX"',))
row("uidvalidity_moves", "UIDVALIDITY changes between sessions", dict(
    uidvalidity_moves=True, condstore=True), fetches=True)
row("no_uidvalidity", "no UIDVALIDITY", dict(no_uidvalidity=True),
    fetches=True)
row("uid_not_sticky", "UIDNOTSTICKY", dict(uid_not_sticky=True), fetches=True)
row("courier", "all below INBOX., EXAMINE that does not fix UIDVALIDITY "
    "(Courier)", dict(namespace_inbox_dot=True, examine_guesses=True,
                      caps_only=["IMAP4rev1", "NAMESPACE"], greeting="* OK "
                      "[CAPABILITY IMAP4rev1 NAMESPACE] Courier-IMAP ready."),
    boxes={"INBOX.Work": ("m7", "m8")}, said=("SELECT",), unsaid=("EXAMINE",))


if __name__ == "__main__":
    main()
