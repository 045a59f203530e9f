# SPDX-License-Identifier: MIT
"""No password before TLS holds: each way in which a server may fail to prove
itself is refused in one line, and what went over the wire is looked at."""
import os
import re
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import mailcart  # noqa: E402
from certs import Authority  # noqa: E402
from dovecot import Dovecot  # noqa: E402
from mailcart import Case, PROTOCOL, UNAVAILABLE  # noqa: E402
from trap import Trap, own_address  # noqa: E402

SECRET = "hunter-two-and-three"


class Tls(Case):
    def setUp(self):
        self.cart = self.cart(password=SECRET)
        self.authority = Authority(self.cart.path("tls"))
        self.cart.ca = self.authority.ca

    def refused(self, trap, words, wrapped=False, host="localhost",
                statuses=(UNAVAILABLE,), verb=None):
        """Both verbs that log in: probe, and the one that does the work."""
        place = trap.url(wrapped, host)
        work = "pull" if trap.protocol == "pop3" else "push"
        self.cart.write("mbox/a", b"")
        if work == "push":
            self.ends(self.cart.run("pull", "mbox:" + self.cart.path("mbox")))
        for one in ("probe", work):
            with self.subTest(verb=one, place=place):
                result = self.cart.run(one, place)
                self.assertIn(result.status, statuses, str(result))
                line = self.one_line(result, result.status)
                for word in words:
                    self.assertIn(word, line.lower())
                self.assertNotIn(SECRET, result.err + result.out.decode())
                self.assertFalse(trap.told(SECRET), bytes(trap.inside))
                self.assertEqual(trap.logins(), [])

    def test_wrong_host(self):
        leaf = self.authority.leaf("other", alt=("DNS:other.test",))
        for protocol in ("pop3", "imap"):
            with Trap(protocol, "wrapped", leaf) as trap:
                self.refused(trap, ("name",), wrapped=True)
            with Trap(protocol, "upgrade", leaf) as trap:
                self.refused(trap, ("name",))

    def test_unknown_authority(self):
        stranger = Authority(self.cart.path("stranger"), "stranger")
        leaf = stranger.leaf("localhost")
        for protocol in ("pop3", "imap"):
            with Trap(protocol, "wrapped", leaf) as trap:
                self.refused(trap, ("issuer",), wrapped=True)
            with Trap(protocol, "upgrade", leaf) as trap:
                self.refused(trap, ("issuer",))

    def test_expired(self):
        leaf = self.authority.expired()
        for protocol in ("pop3", "imap"):
            with Trap(protocol, "wrapped", leaf) as trap:
                self.refused(trap, ("expired",), wrapped=True)
            with Trap(protocol, "upgrade", leaf) as trap:
                self.refused(trap, ("expired",))

    def test_other_fingerprint(self):
        leaf = self.authority.leaf("localhost")
        with Trap("pop3", "wrapped", leaf) as trap:
            result = self.cart.run("probe", "--tls-fingerprint", "ab" * 32,
                                   trap.url(wrapped=True))
            line = self.one_line(result, UNAVAILABLE)
            self.assertIn("fingerprint", line)
            self.assertEqual(trap.logins(), [])

    def test_no_tls_offered(self):
        address = own_address()
        if not address:
            self.skipTest("this machine has no address but loopback")
        for protocol in ("pop3", "imap"):
            for kind in ("none", "refuse"):
                with Trap(protocol, kind, address=address) as trap:
                    self.refused(trap, ("tls",), host=address,
                                 statuses=(UNAVAILABLE, PROTOCOL))

    def test_injected(self):
        leaf = self.authority.leaf("localhost")
        for protocol in ("pop3", "imap"):
            with Trap(protocol, "inject", leaf) as trap:
                self.refused(trap, ("tls",),
                             statuses=(UNAVAILABLE, PROTOCOL))

    def test_good_ones(self):
        """The same ways, and a server that proves itself."""
        with Dovecot(users=("anna",), password=SECRET) as server:
            self.cart.ca = server.ca
            for scheme in ("pop3", "pop3s", "imap", "imaps"):
                self.ends(self.cart.run("probe", server.url(scheme)))
                place = server.url(scheme, host="127.0.0.1")
                self.ends(self.cart.run("probe", place))
            pin = server.authority.fingerprint(server.cert)
            self.cart.ca = None
            self.ends(self.cart.run("probe", "--tls-fingerprint", pin,
                                    server.url("imaps")))


class Logins(Case):
    """Every mechanism that Dovecot offers, by name, and tokens."""

    def test_mechanisms(self):
        with Dovecot(users=("anna",), password=SECRET, oauth=True) as server:
            cart = self.cart(ca=server.ca, password=SECRET)
            token = cart.write("token", server.token())
            for scheme in ("pop3s", "imaps"):
                for name in ("PLAIN", "CRAM-MD5", "SCRAM-SHA-1",
                             "SCRAM-SHA-256"):
                    self.comes_in(cart, server, scheme, name)
                cart.secret = token
                for name in ("XOAUTH2", "OAUTHBEARER"):
                    self.comes_in(cart, server, scheme, name)
                cart.secret = cart.path("password")
            self.comes_in(cart, server, "pop3s", "APOP")

    def comes_in(self, cart, server, scheme, name):
        """By that mechanism and no other, says the server's own log; the
        trace holds neither side's part of it."""
        login = f"{scheme[:4]}-login: Info: Login: user=<anna>, method={name},"
        before = server.log().count(login)
        with self.subTest(scheme=scheme, name=name):
            done = cart.run("probe", "-vv", "--auth", name,
                            server.url(scheme), json_lines=False)
            self.ends(done)
            self.assertEqual(server.log().count(login), before + 1)
            words = re.findall(r"^[SC]: (?:\+ )?(\S{24,})$", done.err, re.M)
            self.assertEqual(words, [])
            self.assertIn("\nC: ", done.err)
            self.assertNotRegex(done.err,
                                r"C: .*(AUTH|APOP)\S* \S+ [^*\s]")


if __name__ == "__main__":
    mailcart.main()
