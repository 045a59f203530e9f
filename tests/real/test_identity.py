# SPDX-License-Identifier: MIT
"""Deduplicate by Message-ID and never lose a different message: the program's
promise of identity, from sources to a server."""
import os
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import mailcart  # noqa: E402
import samples_of  # noqa: E402
from dovecot import Dovecot  # noqa: E402
from mailcart import Case  # noqa: E402

NOTMUCH = os.path.join(mailcart.CORPORA, "notmuch", "duplicate")


class Identity(Case):
    @classmethod
    def setUpClass(cls):
        users = [f"user{n}" for n in range(10)]
        cls.server = Dovecot(users=users, storage="maildir")
        cls.server.start()
        cls.addClassCleanup(cls.server.stop)
        cls.free = iter(users)

    def setUp(self):
        self.cart = self.cart(ca=self.server.ca)
        self.account, self.target = next(self.free), next(self.free)

    def place(self):
        return self.server.url("imaps", self.target)

    def migrate(self, *mails, mbox=()):
        """mails by POP3, mbox rows beside; returns the archive's rows."""
        for octets in mails:
            self.server.drop(self.account, octets)
        words = []
        if mails:
            words.append(self.server.url("pop3s", self.account))
        if mbox:
            self.cart.write("mail/INBOX", samples_of.mbox(
                [("a@b.org Thu Jan  1 10:00:00 2004", one)
                 for one in mbox]))
            words.append("mbox:" + self.cart.path("mail"))
        words.append(self.place())
        self.ends(self.cart.run("migrate", *words))
        self.ends(self.cart.run("migrate", *words))
        return self.cart.messages()

    def inbox(self):
        return self.server.read_all(self.target)["INBOX"]

    def test_five_under_one_id(self):
        mails = [samples_of.eml(n, f"order {n}\r\n",
                                Message_ID="<order@shop.example.com>")
                 for n in range(5)]
        rows = self.migrate(*mails)
        self.assertEqual(len({row["id"] for row in rows}), 5)
        self.assertEqual(sorted(one.octets for one in self.inbox()),
                         sorted(mails))
        status = self.ends(self.cart.run("status")).of("status")[0]
        self.assertEqual(status["logical"], 5)
        self.assertGreater(status["reused_ids"], 0)

    def test_five_bug_mails(self):
        """The same on real mail: one id on different mails of a tracker."""
        if not os.path.isdir(NOTMUCH):
            self.skipTest("no corpora: MAILCART_CORPORA")
        mails = []
        for name in sorted(os.listdir(NOTMUCH)):
            if name.startswith("msg-3-"):
                with open(os.path.join(NOTMUCH, name), "rb") as source:
                    mails.append(source.read())
        self.assertEqual(len(mails), 5)
        rows = self.migrate(*mails)
        self.assertEqual(len(rows), 5)
        self.assertEqual({row["message_id"] for row in rows} - {None},
                         {rows[0]["message_id"]})
        self.assertEqual(len({row["id"] for row in rows}), 5)
        self.assertEqual(len(self.inbox()), 5)

    def test_copies_are_one(self):
        """By POP3, from an mbox, and over a list: one mail, three times
        seen."""
        mail = samples_of.eml(1, "See you on Friday.\r\n",
                              Subject="the meeting")
        by_pop = b"Received: from a by b; Thu, 1 Jan 2004 10:00:00 +0000" \
            b"\r\nReturn-Path: <nora1@example.org>\r\n" + mail
        by_list = samples_of.eml(1, "See you on Friday.\r\n",
                                 Subject="[club] the meeting",
                                 List_Id="<club.example.org>",
                                 Precedence="list")
        for subject in ("the meeting", "[club] the meeting"):
            self.assertIn(subject.encode(), by_pop + by_list)
        rows = self.migrate(by_pop, by_list, mbox=(mail,))
        self.assertEqual(len(rows), 3)
        self.assertEqual(len({row["id"] for row in rows}), 1, rows)
        self.assertEqual(len({row["raw_sha256"] for row in rows}), 3)
        self.assertEqual(len(self.inbox()), 1)
        self.assertEqual({self.cart.raw(row).replace(b"\r\n", b"\n")
                          for row in rows},
                         {one.replace(b"\r\n", b"\n")
                          for one in (by_pop, by_list, mail)})

    def test_without_id(self):
        """Neither skipped nor doubled."""
        mails = [samples_of.eml(n, f"no id {n}\r\n", Message_ID=None)
                 for n in range(4)]
        rows = self.migrate(*mails, mbox=(mails[0],))
        self.assertEqual(len(rows), 5)
        self.assertEqual(len({row["id"] for row in rows}), 4)
        self.assertEqual({row["message_id"] for row in rows}, {None})
        self.assertEqual(sorted(one.octets for one in self.inbox()),
                         sorted(mails))
        status = self.ends(self.cart.run("status")).of("status")[0]
        self.assertEqual(status["without_id"], 4)

    def test_normalised(self):
        """One id, written in several ways, is one mail."""
        written = ("<one@example.org>", "\r\n <one@example.org>",
                   "one@example.org", "<one@example.org> (a comment)",
                   "  <one@example.org>  ")
        mails = [samples_of.eml(7, "the same\r\n", Message_ID=text,
                                X_Copy=str(n))
                 for n, text in enumerate(written)]
        rows = self.migrate(*mails)
        self.assertEqual(len(rows), len(written))
        self.assertEqual(len({row["id"] for row in rows}), 1, rows)
        self.assertEqual(len(self.inbox()), 1)


if __name__ == "__main__":
    mailcart.main()
