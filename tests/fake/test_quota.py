#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""A server whose quota is full: told before, told with figures, and what shares
the quota is not tried mailbox by mailbox; the rest goes."""
import os
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from imap_server import ImapServer  # noqa: E402
from zoo_case import Whole, mail, main, mailcart, mbox, words  # noqa: E402

# The largest is delivered first: it fills the quota.
FOLDERS = {"Large": 12, "Other": 8, "Small": 4, "Public": 3}
MAIL = 10000


class Quota(Whole):
    def filled(self):
        cart = self.cart()
        for folder, count in FOLDERS.items():
            cart.write("mail/" + folder, mbox(self.octets(folder, n)
                                              for n in range(count)))
        self.ends(cart.run("pull", "mbox:" + cart.path("mail")))
        return cart

    @staticmethod
    def octets(folder, n):
        line = "0123456789" * 7 + "\r\n"
        return mail(f"{folder}-{n}", line * (MAIL // len(line)))

    def push(self, cart, server, status=0, **sums):
        # By one connection, so that one mailbox meets it first.
        return self.ended(cart.run("push", "-j", "1", server.url(),
                                   json_lines=False), status,
                          placements=27, **sums)

    def there(self, server, **counts):
        """So many of each folder, the first ones; the others all."""
        self.holds(server, {
            folder: [self.octets(folder, n) for n in range(
                counts.get(folder, count))]
            for folder, count in FOLDERS.items() if counts.get(folder, count)})

    def test_shared(self):
        cart = self.filled()
        with ImapServer(quota=100000, quota_not_of="Public",
                        no_multiappend=True) as server:
            result = self.push(cart, server, mailcart.TEMPFAIL,
                               sent=9 + 3, waiting=3 + 8 + 4)
            told = words(result)
            self.assertRegex(told, "may not have room for all: 0 B of 99.3 kB "
                             "used in the quota 'root', and up to 2[67]\\d kB "
                             "in 27 messages are to go; what does not fit "
                             "waits")
            self.assertRegex(told, r"Large: Quota exceeded; \d\d\.\d kB of "
                             r"99\.\d kB used in the quota 'root'; make room")
            for name in ("Other", "Small"):
                self.assertIn(f"{name}: not tried: the quota 'root' is full",
                              told)
                self.assertEqual(server.said(f'APPEND "{name}"'), [])
            self.there(server, Large=9, Other=0, Small=0)
            server.behave["quota"] = 10**9
            result = self.push(cart, server, sent=27)
            self.assertNotIn("quota", words(result))
            self.there(server)

    def test_not_told(self):
        """Without QUOTA each mailbox is tried, once."""
        cart = self.filled()
        with ImapServer(quota_after=0) as server:
            result = self.push(cart, server, mailcart.TEMPFAIL, sent=0,
                               waiting=27)
            self.assertEqual(len(server.said("APPEND")), len(FOLDERS))
            self.assertEqual(server.said("QUOTA"), [])
            self.assertIn("make room on the server", words(result))
            server.behave = {}
            self.push(cart, server, sent=27)
            self.there(server)

    def test_room(self):
        """Where all has room, nothing is told, and it is asked once."""
        cart = self.filled()
        with ImapServer(quota=10**9) as server:
            result = self.push(cart, server, sent=27)
            self.assertNotIn("quota", words(result))
            self.assertEqual(len(server.said("GETQUOTAROOT")), 1)
            self.push(cart, server, sent=27)
            self.assertEqual(len(server.said("GETQUOTAROOT")), 1)
            self.there(server)
            fact = {row["name"]: row["text"] for row in
                    cart.run("probe", server.url()).of("fact")}
            self.assertIn("of 1.0 GB used in the quota 'root'", fact["quota"])

    def test_something_else_is_full(self):
        """OVERQUOTA though the quota has room (a day's, say): the other
        mailboxes are tried."""
        cart = self.filled()
        with ImapServer(quota=10**9, quota_after=0) as server:
            self.push(cart, server, mailcart.TEMPFAIL, sent=0, waiting=27)
            for name in FOLDERS:
                self.assertEqual(len(server.said(f'APPEND "{name}"')), 1)
            self.holds(server, {})
            server.behave = {}
            self.push(cart, server, sent=27)
            self.there(server)


if __name__ == "__main__":
    main()
