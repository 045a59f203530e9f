# SPDX-License-Identifier: MIT
"""The source and the target are one account, under two names: nothing that
either server says tells it, and --delete-source would delete on the target what
was found safe there."""
import collections
import os
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import mailcart  # noqa: E402
import samples_of  # noqa: E402
from dovecot import Dovecot  # noqa: E402

COUNT = 8


class OneAccount(mailcart.Case):
    @classmethod
    def setUpClass(cls):
        cls.server = Dovecot(users=("anna", "bert", "carl")).start()
        cls.addClassCleanup(cls.server.stop)

    def fill(self, user):
        self.server.append_all(
            user, "INBOX", [(octets, (), None)
                            for octets in samples_of.small(COUNT)])

    def held(self, user):
        """Flags and the date of arrival POP3 does not tell."""
        return collections.Counter(
            one.octets for one in self.server.read_all(user)["INBOX"])

    def delete(self, cart, user, status):
        return self.ends(cart.run(
            "migrate", "--delete-source", self.server.url("pop3s", user),
            self.server.url("imaps", user)), status)

    def nothing_lost(self, cart, user):
        before = self.held(user)
        self.assertEqual(before.total(), COUNT)
        for again in range(2):
            result = self.delete(cart, user, mailcart.USAGE)
            told = result.summary()
            self.assertIn("this very account", told["error"], result)
            self.assertEqual(told["delete"]["deleted"], 1)
            self.assertEqual(self.held(user), before, f"run {again}")
        self.ends(cart.run("verify", "--deep",
                           self.server.url("imaps", user)))

    def test_present(self):
        """All was there before."""
        self.fill("anna")
        self.nothing_lost(self.cart(ca=self.server.ca), "anna")

    def test_sent(self):
        """mailcart sent all of it there itself."""
        cart = self.cart(ca=self.server.ca)
        for n, octets in enumerate(samples_of.small(COUNT)):
            cart.write(f"INBOX/{n}.eml", octets)
        self.ends(cart.run("migrate", "eml:" + cart.path("INBOX"),
                           self.server.url("imaps", "bert")))
        self.nothing_lost(cart, "bert")

    def test_elsewhere(self):
        """Into another mailbox of that account: what goes from its INBOX is
        there, and so it is no loss."""
        self.fill("carl")
        cart = self.cart(ca=self.server.ca)
        self.ends(cart.run(
            "migrate", "--delete-source", "--into", "Old",
            self.server.url("pop3s", "carl"),
            self.server.url("imaps", "carl")))
        boxes = {name: len(box) for name, box in
                 self.server.read_all("carl").items() if box}
        self.assertEqual(boxes, {"Old/INBOX": COUNT})


if __name__ == "__main__":
    mailcart.main()
