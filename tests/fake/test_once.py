#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Messages that hardly anything tells apart, at servers that change what they
store: each is there once, whatever is lost on the way and under whatever UIDs it
is looked for."""
import os
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from imap_server import ImapServer  # noqa: E402
import imap_habits  # noqa: E402
from zoo_case import Whole, dated, mail, main, mailcart  # noqa: E402

BOX = "Kept"
EIGHT = "na\u00efve"


def alike(tag, body="", **head):
    """Mails of which only the tag, and what is given, differs."""
    return mail("alike", body, From="nora@example.org", **head).replace(
        b"tag=alike;", f"tag={tag};".encode())


# Of one Message-ID; of none and one size; of none, alike but for a lone CR.
REUSED = [mail(tag, Message_ID="<order@shop.example>", Subject=f"{tag} {EIGHT}")
          for tag in ("one", "two", "three")]
NAMELESS = [alike(tag, Message_ID=None, Subject=EIGHT)
            for tag in ("a", "b", "c")]
CUT = [octets[:-2] for octets in NAMELESS]
TWINS = [alike("twin", body, Message_ID=None)
         for body in ("z\ry\r\n", "zy\r\n", "z\r\ry\r\n")]
KINDS = {"reused": REUSED, "nameless": NAMELESS, "cut": CUT, "twins": TWINS}
CHANGES = (dict(), dict(munge8=True), dict(id_domain="domino.example"),
           dict(eat_bare_cr=True), dict(eat_bare_cr=True, size_more=7))


# Where the one makes a difference to the other; with MAILCART_LONG, all.
PLAYED = [(kind, mails, change) for kind, mails in KINDS.items()
          for change in CHANGES if mailcart.LONG or (kind, *change) in (
              ("reused", "munge8"), ("reused", "id_domain"),
              ("nameless", "munge8"), ("cut", "munge8"), ("twins",),
              ("twins", "eat_bare_cr"), ("twins", "eat_bare_cr", "size_more"))]


class Once(Whole):
    def filled(self, mails):
        cart = self.cart()
        for n, octets in enumerate(mails):
            cart.write(f"mail/{BOX}/{n}.eml", octets)
        self.ends(cart.run("pull", "eml:" + cart.path("mail")))
        return cart

    def push(self, cart, server, *options, **sums):
        return self.ended(cart.run("push", *options, server.url(),
                                   json_lines=False), refused=0, **sums)

    def check(self, cart, server, mails):
        """All are there once, verify knows each, and nothing is sent again,
        though UIDs are others."""
        n = len(mails)
        there = [imap_habits.kept(server.behave.get, octets if octets.endswith(
            b"\r\n") else octets + b"\r\n") for octets in mails]
        for moved in (False, True):
            if moved:
                server.move_uids()
            self.push(cart, server, "--again-missing", placements=n)
            self.holds(server, {BOX: there}, date=dated)
            self.ended(cart.run("verify", server.url(), json_lines=False),
                       checked=n, missing=0, twice=0)

    def test_under_other_uids(self):
        for kind, mails, change in PLAYED:
            for more in (dict(no_uidplus=True), dict())[:1 + mailcart.LONG]:
                cart = self.filled(mails)
                with self.subTest(kind, **change, **more), ImapServer(
                        **change, **more) as server:
                    self.push(cart, server)
                    self.check(cart, server, mails)

    def test_lost_replies(self):
        for kind, mails, change in PLAYED:
            if change or mailcart.LONG:
                cart = self.filled(mails)
                with self.subTest(kind, **change), ImapServer(
                        drop_after_append=1, **change) as server:
                    self.push(cart, server)
                    self.assertEqual(server.appends, 1)
                    self.check(cart, server, mails)

    def test_one_lost_behind_another(self):
        """Without UIDs one that was taken does not answer for one that was
        lost, though both look the same there."""
        for kind in ("reused", "nameless"):
            mails = KINDS[kind]
            for change in (dict(munge8=True), dict(munge8=True, no_uidnext=True)):
                cart = self.filled(mails)
                with self.subTest(kind, **change), ImapServer(
                        no_uidplus=True, no_multiappend=True,
                        no_literal_plus=True, drop_before_append=2,
                        **change) as server:
                    self.push(cart, server)
                    self.check(cart, server, mails)


if __name__ == "__main__":
    main()
