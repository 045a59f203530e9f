#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""What a server has twice is named by verify, whoever brought it there: a
server that stores what it was sent when it has long been sent again, or the
user.  Other mail of the user's is not."""
import os
import re
import sys
import unittest

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from imap_server import ImapServer, Mailbox  # noqa: E402
from zoo_case import Whole, mail, main, mailcart, mbox, words  # noqa: E402
import samples_of  # noqa: E402

BOX = "Kept"
TAGS = tuple(f"m{n}" for n in range(6))
MAILS = {tag: mail(tag) for tag in TAGS}
MAILS["eight"] = mail("eight", Subject="na\u00efve")
MAILS["eight-noid"] = mail("eight-noid", Subject="na\u00efve",
                           Message_ID=None)
MAILS["noid"] = mail("noid", Message_ID=None)
MAILS["blanks"] = mail("blanks", "ends in blanks  \r\n",
                       Content_Type="text/plain; charset=utf-8")
NAMED = re.compile(r"failed: Kept: message (\d+) \((.*?)\) is there twice, "
                   r"(.*?): as UID (\d+), which mailcart (sent|found there), "
                   r"and as UID (\d+), of which it does not know")
SERVERS = (dict(no_uidplus=True, munge8=True), dict(rerender=True),
           dict(uidvalidity_moves=True), dict(no_uidplus=True),
           dict(munge8=True), dict(id_domain="mail.example"),
           dict(no_uidplus=True, rerender=True),
           dict(uidvalidity_moves=True, munge8=True), dict(size_more=9),
           dict(swapped_appenduid=True), dict(no_uidplus=True, size_more=9))
GLANCE, EXACT = "by header and size", "octet for octet"
OTHER = "with other octets the second time"


class Twice(Whole):
    def filled(self, *mails, folders=(BOX,)):
        cart = self.cart()
        for folder in folders:
            cart.write("mail/" + folder, mbox(mails or MAILS.values()))
        return cart

    def migrate(self, cart, server, status=0, **sums):
        mail = "mbox:" + cart.path("mail")
        return self.ended(cart.run("migrate", mail, mail, server.url(),
                                   json_lines=False), status, **sums)

    def verify(self, cart, server, twice, *options):
        """Named, as (text, UID of ours, whose it is, the other UID)."""
        before = self.state(server)
        self.result = result = self.ended(cart.run("verify", *options, server.url(),
                                     json_lines=False), 1 if twice else 0,
                            missing=0, twice=twice)
        # It looks, and changes nothing.
        self.assertEqual(self.state(server), before)
        self.looked.add("state")
        if twice:
            told = words(result)
            self.assertIn(f"; {twice:,} {'is' if twice == 1 else 'are'} there "
                          "TWICE", told[-3000:])
            self.assertIn("Next: of what is there twice, delete one",
                          told[-1000:])
        found = [(how, int(ours), whose, int(twin)) for _, _, how, ours, whose,
                 twin in NAMED.findall(result.err)]
        self.assertEqual(len(found), min(twice, 1000))
        return found

    @staticmethod
    def state(server):
        return {name: [(one.octets, one.flags, one.date)
                       for one in box.messages]
                for name, box in server.boxes.items()}

    @staticmethod
    def double(server, *tags, box=BOX):
        """The UIDs of {tag: (first, second)}."""
        held = server.boxes[box]
        found = {}
        for tag in tags:
            one, = [one for one in held.messages
                    if f"tag={tag};".encode() in one.octets]
            found[tag] = one.uid, held.add(one.octets, one.flags, one.date)
        return found

    # -- brought there by a server that takes its time -----------------------

    def test_late(self):
        """The run that sends them again says so; a later one changes
        nothing, and each of them is named."""
        with ImapServer(late_append=1) as server:
            cart = self.filled()
            result = self.migrate(cart, server, placements=len(MAILS),
                                  sent=len(MAILS), doubted=len(MAILS))
            self.holds(server, {BOX: MAILS.values()})
            self.assertRegex(words(result), "note: Kept: 10 messages on the "
                             "way did not arrive, and are sent again; .*"
                             "'mailcart verify'")
            self.assertEqual(self.verify(cart, server, 0), [])
            self.assertEqual(server.store_late(), len(MAILS))
            self.migrate(cart, server, placements=len(MAILS), sent_now=0)
            self.holds(server, {BOX: 2 * [*MAILS.values()]})
            found = self.verify(cart, server, len(MAILS))
            first = [one.uid for one in server.boxes[BOX].messages]
            n = len(MAILS)
            # What has no id is told apart by its octets.
            self.assertCountEqual(found, [
                (EXACT if "noid" in tag else GLANCE, ours, "sent", twin)
                for tag, ours, twin in zip(MAILS, first[:n], first[n:])])
            found = self.verify(cart, server, len(MAILS), "--deep")
            self.assertEqual({how for how, *_ in found}, {EXACT})
            # Either of the two may go.
            held = server.boxes[BOX].messages
            server.boxes[BOX].messages = held[:n // 2] + held[n + n // 2:]
            self.verify(cart, server, n - n // 2 - n // 2)
            server.boxes[BOX].messages = held[:n // 2] + held[n + n // 2:]
            self.verify(cart, server, 0, "--deep")

    def test_servers(self):
        for behave in SERVERS if mailcart.LONG else SERVERS[:3]:
            with self.subTest(behave), ImapServer(**behave) as server:
                cart = self.filled()
                self.migrate(cart, server)
                self.verify(cart, server, 0)
                self.double(server, *MAILS)
                server.behave = dict(behave)
                found = self.verify(cart, server, len(MAILS))
                self.assertEqual(len({ours for _, ours, *_ in found}),
                                 len(MAILS))
                self.assertEqual({whose for *_, whose, _ in found}, {"sent"})
                found = self.verify(cart, server, len(MAILS), "--deep")
                self.assertEqual({how for how, *_ in found}, {EXACT})

    def test_wrapped(self):
        """A refused message's wrapping, too."""
        with ImapServer(refuse=b"tag=m3;") as server:
            cart = self.filled()
            self.migrate(cart, server, 1)
            self.ended(cart.run("push", "--wrap-refused", server.url(),
                                json_lines=False), 1, refused=1, sent=10)
            box = server.boxes["Refused"]
            box.add(box.messages[0].octets)
            before = self.state(server)
            self.ended(cart.run("verify", server.url(), json_lines=False), 1,
                       twice=1, missing=0)
            self.assertEqual(self.state(server), before)
            self.looked.add("state")

    # -- brought there by the user ------------------------------------------

    def test_own_copies(self):
        """Two copies that were there before: one was found, the other is
        named all the same, and not as what mailcart sent."""
        with ImapServer() as server:
            box = server.boxes[BOX] = Mailbox(1005)
            box.add(MAILS["m1"])
            box.add(MAILS["m1"])
            box.add(MAILS["m2"])
            cart = self.filled()
            self.migrate(cart, server)
            self.assertEqual(self.verify(cart, server, 1),
                             [(GLANCE, 1, "found there", 2)])

    def test_foreign(self):
        """Mail of the user's own that is like ours in this or that."""
        with ImapServer() as server:
            cart = self.filled()
            self.migrate(cart, server)
            box = server.boxes[BOX]
            for octets in (
                    mail("other"), mail("m1", "longer\r\n"),  # same id
                    mail("m1", Subject="another"), mail("m2", Date="?"),
                    MAILS["m2"].replace(b"nora", b"norb"),
                    MAILS["noid"].replace(b"tag=noid", b"tag=nojd"),
                    MAILS["eight-noid"].replace(b"tag=", b"gat="),
                    b"\r\n", b"Subject: x\r\n\r\n", mail("answer")):
                box.add(octets)
            box.add(MAILS["m3"], ("\\Deleted",))
            self.double(server, "m4")
            box.messages[4].flags = ("\\Deleted",)
            for how in ((), ("--deep",)):
                self.assertEqual(self.verify(cart, server, 0, *how), [])
            # Only headers of what is not ours, and bodies that may be.
            del server.transcript[:]
            self.verify(cart, server, 0)
            self.assertEqual(len(server.said(r"BODY\.PEEK\[\]")), 1)

    def test_same_header(self):
        """Other octets under the same header and size."""
        with ImapServer() as server:
            cart = self.filled()
            self.migrate(cart, server)
            server.boxes[BOX].add(MAILS["m1"].replace(b"tag=", b"gat="))
            twin = len(MAILS) + 1
            self.assertEqual(self.verify(cart, server, 1),
                             [(GLANCE, 2, "sent", twin)])
            self.assertEqual(self.verify(cart, server, 1, "--deep"),
                             [(OTHER, 2, "sent", twin)])

    def test_alike(self):
        """Machines' mail without ids: its header and size are the same many
        times, and each is compared."""
        same = [mail("cron", f"{n:04}\r\n", Message_ID=None)
                for n in range(7)]
        with ImapServer() as server:
            cart = self.filled(*same)
            self.migrate(cart, server)
            box = server.boxes[BOX]
            box.add(same[5])
            box.add(same[0].replace(b"0000", b"0009"))
            self.assertEqual(self.verify(cart, server, 1),
                             [(EXACT, 6, "sent", len(same) + 1)])

    def test_many_mailboxes(self):
        """The same messages in several mailboxes, as labels are (Gmail)."""
        with ImapServer() as server:
            cart = self.filled(folders=(BOX, "Work", "Old"))
            self.migrate(cart, server)
            self.verify(cart, server, 0)
            self.double(server, "m1", box="Work")
            result = self.ended(cart.run("verify", server.url(),
                                         json_lines=False), 1, twice=1)

    @unittest.skipUnless(mailcart.LONG, "with MAILCART_LONG")
    def test_more_than_are_named(self):
        """A thousand lines, and one for the rest."""
        many = list(samples_of.small(1100))
        with ImapServer() as server:
            cart = self.filled(*many)
            self.migrate(cart, server)
            for octets in many:
                server.boxes[BOX].add(octets)
            self.verify(cart, server, 1100)
            self.assertIn("failed: Kept: 100 more are there twice, by header "
                          "and size", self.result.err[-200:])

    # -- looked at ----------------------------------------------------------

    def test_broken_link(self):
        """The look goes on over another connection."""
        with ImapServer() as server:
            cart = self.filled()
            self.migrate(cart, server)
            self.double(server, "m1", "m2")
            server.behave = dict(fetch_drop=b"tag=m2;", drops=2)
            found = self.verify(cart, server, 2, "--deep")
            self.assertEqual({how for how, *_ in found}, {EXACT})

    def test_refused_look(self):
        """What cannot be looked at is told, and is nobody's fault."""
        with ImapServer() as server:
            cart = self.filled()
            self.migrate(cart, server)
            server.boxes[BOX].add(mail("unreadable"))
            server.behave = dict(size_no=b"tag=unreadable;")
            self.verify(cart, server, 0)
            self.assertIn("note: Kept: whether anything is there twice cannot "
                          "be seen: ", words(self.result))

    def test_shy(self):
        """A message that is passed over at the first look, and is there under
        its UID at the second, is not missing."""
        for behave in ({}, dict(munge8=True)):
            with self.subTest(behave), ImapServer(**behave) as server:
                cart = self.filled()
                self.migrate(cart, server)
                for tag in ("m3", "eight", "noid", "eight-noid"):
                    server.shied = 0
                    server.behave = dict(behave, shy=f"tag={tag};".encode())
                    self.verify(cart, server, 0)
                    self.assertGreater(server.shied, 1)


if __name__ == "__main__":
    main()
