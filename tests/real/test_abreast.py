# SPDX-License-Identifier: MIT
"""Several things at a time: connections side by side, a server that gives few
of them, packed ones, and a push that goes on while the pull does."""
import os
import sys
import time

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, HERE)
sys.path.insert(0, os.path.join(os.path.dirname(HERE), "fake"))
import mailcart  # noqa: E402
import samples_of  # noqa: E402
from delay_proxy import DelayProxy  # noqa: E402
from dovecot import Dovecot  # noqa: E402
from imap_server import ImapServer, Mailbox  # noqa: E402
from mailcart import Case  # noqa: E402
from pop3_server import Pop3Server  # noqa: E402

FOLDERS = 7
EACH = 60
PACKED = ("mail_plugins = zlib\nprotocol imap {\n"
          "  mail_plugins = $mail_plugins imap_zlib\n}\n")


def plain(octets):
    return octets.replace(b"\r\n", b"\n")


class Abreast(Case):
    def boxes(self, cart):
        """FOLDERS mbox files of EACH mails; {name: their octets}."""
        told = {}
        for n in range(FOLDERS):
            mails = list(samples_of.small(EACH, n * EACH))
            told[f"Box{n}"] = sorted(map(plain, mails))
            cart.write(f"boxes/Box{n}", samples_of.mbox(
                [("a@b.org Thu Jan  1 10:00:00 2004", m) for m in mails]))
        return "mbox:" + cart.path("boxes"), told

    def same(self, server, user, told):
        there = server.read_all(user)
        for name, mails in told.items():
            self.assertEqual(sorted(plain(m.octets) for m in there[name]),
                             mails, name)

    def push(self, server, *options):
        cart = self.cart(ca=server.ca)
        source, told = self.boxes(cart)
        self.ends(cart.run("pull", source))
        result = self.ends(cart.run("push", *options,
                                    server.url("imaps", "anna")))
        row = result.summary()
        self.adds_up_push(row)
        self.assertEqual(row["sent_now"], FOLDERS * EACH)
        self.connections = row["connections"]
        self.same(server, "anna", told)
        row = self.ends(cart.run("push", *options,
                                 server.url("imaps", "anna"))).summary()
        self.assertEqual(row["sent_now"], 0)
        self.same(server, "anna", told)
        return result.out.decode()

    def test_connections(self):
        """Each with mailboxes of its own."""
        with Dovecot() as server:
            self.push(server, "-j", "4")
            logins = server.log().count("imap-login: Info: Login")
            self.assertGreaterEqual(logins, 4)
            self.assertEqual(self.connections, 4)
        with Dovecot() as server:
            said = self.push(server)
            self.assertEqual(self.connections, 4 if
                             "up to 4 connections at a time" in said else 1)

    def test_few_connections(self):
        """What the server gives is enough.  Dovecot counts a little late, so
        that sometimes it lets all in that come at once."""
        for _ in range(8):
            with Dovecot(extra="mail_max_userip_connections = 2\n") as server:
                said = self.push(server, "-j", "6")
            if "no further connection" in said:
                return
        self.fail("the server never refused a connection")

    def test_too_many(self):
        cart = self.cart()
        self.one_line(cart.run("push", "-j", "16", "imaps://a@localhost:1"),
                      mailcart.USAGE, "15 at most")

    def wire(self, server, *options):
        """Octets that a push of text puts on the wire."""
        cart = self.cart(ca=server.ca)
        text = b"All work and no play makes Jack a dull boy.\r\n" * 400
        rows = [("a@b.org Thu Jan  1 10:00:00 2004",
                 samples_of.eml(n, text.decode())) for n in range(120)]
        box = cart.write("Kept", samples_of.mbox(rows))
        self.ends(cart.run("pull", "mbox:" + box))
        with DelayProxy(server.imaps, 0) as proxy:
            result = self.ends(cart.run(
                "push", *options, f"imaps://bert@localhost:{proxy.port}"))
        self.assertEqual(result.summary()["sent"], len(rows))
        there = server.read_all("bert")["Kept"]
        self.assertEqual(sorted(plain(m.octets) for m in there),
                         sorted(plain(octets) for _, octets in rows))
        return proxy.sent

    def test_packed(self):
        """COMPRESS=DEFLATE, where it is wanted: all arrives, in a tenth of
        the octets; a server on loopback gets it by the word only."""
        for options, most in ((("--compress", "yes"), 300_000),
                              (("--compress", "no"), None), ((), None)):
            with self.subTest(options=options), \
                    Dovecot(users=("bert",), extra=PACKED) as server:
                sent = self.wire(server, *options)
                if most:
                    self.assertLess(sent, most)
                else:
                    self.assertGreater(sent, 2_000_000)

    def test_packed_source(self):
        """What an IMAP source sends, by the word only."""
        text = "All work and no play makes Jack a dull boy.\r\n" * 400
        mails = [samples_of.eml(n, text) for n in range(120)]
        for word, low, high in (("yes", 0, 300_000),
                                ("auto", 2_000_000, 3_000_000)):
            with self.subTest(word=word), \
                    Dovecot(users=("bert",), storage="maildir",
                            extra=PACKED) as server:
                for octets in mails:
                    server.drop("bert", octets)
                cart = self.cart(ca=server.ca)
                with DelayProxy(server.imaps, 0) as proxy:
                    self.ends(cart.run(
                        "pull", "--compress", word,
                        f"imaps://bert@localhost:{proxy.port}"))
                self.assertTrue(low < proxy.received < high, proxy.received)
                self.assertEqual(
                    sorted(plain(cart.raw(row)) for row in cart.messages()),
                    sorted(map(plain, mails)))

    def test_not_offered(self):
        with Dovecot(users=("bert",)) as server:
            self.assertGreater(self.wire(server, "--compress", "yes"),
                               2_000_000)

    def test_overlap(self):
        """Mail is at the new server before the old one has given all."""
        mails = list(samples_of.small(80))
        with Dovecot(users=("bert",)) as server, \
                Pop3Server(mails, slow=0.1) as old:
            cart = self.cart(ca=server.ca)
            places = (f"pop3://anna@127.0.0.1:{old.port}",
                      server.url("imaps", "bert"))
            child = cart.start("migrate", *places)
            early = 0
            while child.poll() is None and early == 0:
                early = server.counts("bert").get("INBOX", 0)
                time.sleep(0.1)
            self.assertIsNone(child.poll(), cart.told())
            self.assertGreater(early, 0)
            self.assertLess(early, len(mails))
            self.assertEqual(child.wait(120), 0, cart.told())
            self.assertEqual(
                sorted(plain(m.octets)
                       for m in server.read_all("bert")["INBOX"]),
                sorted(map(plain, mails)))
            row = self.ends(cart.run("migrate", *places)).summary()
            self.assertEqual((row["stored"], row["sent_now"]), (0, 0))
            # What is there was verified by the run that brought it.
            self.assertEqual((row["sent"], row["identical"]), (80, 0))
            row = self.ends(cart.run("verify", places[1])).summary()
            self.assertEqual((row["bodies"], row["identical"]), (80, 80))

    def witnessed(self, *options, most=15):
        """migrate of much at once, read from a file, so that pushing lags
        behind: how often it logged in.  All is there, looked at once, by whom
        ever."""
        text = "All work and no play makes Jack a dull boy.\r\n" * 1400
        mails = [samples_of.eml(n, text) for n in range(700)]
        with Dovecot(users=("bert",), extra="mail_max_userip_connections = "
                     f"{most}\n") as server:
            cart = self.cart(ca=server.ca)
            result = self.ends(cart.run(
                "migrate", *options, "mbox:" + cart.write(
                    "INBOX", samples_of.mbox(
                        [("a@b.org Thu Jan  1 10:00:00 2004", plain(octets))
                         for octets in mails])),
                server.url("imaps", "bert")))
            logins = server.log().count("imap-login: Info: Login")
            row = result.summary()
            self.assertEqual((row["sent"], row["identical"], row["bodies"],
                              row["missing"], row["changed"]),
                             (700, 700, 700, 0, 0))
            self.assertEqual(
                sorted(plain(m.octets)
                       for m in server.read_all("bert")["INBOX"]),
                sorted(map(plain, mails)))
            # Nothing is left to be looked at.
            row = self.ends(cart.run("verify",
                                     server.url("imaps", "bert"))).summary()
            self.assertEqual((row["damaged"], row["identical"]), (0, 700))
            return logins

    def test_witness(self):
        """What was sent is looked at by another connection meanwhile, unless
        pushing keeps up with pulling by chance."""
        for _ in range(8):
            if self.witnessed() == 2:
                return
        self.fail("nobody else ever looked")

    def test_no_witness(self):
        """Where one connection is asked for, or given, it does both."""
        self.assertEqual(self.witnessed("-j", "1"), 1)
        self.assertEqual(self.witnessed(most=1), 1)

    def test_overlap_flags(self):
        """A copy that is read last brings flags that what was sent lacks."""
        mails = list(samples_of.small(90))
        with Dovecot(users=("bert",)) as server, \
                ImapServer(slow=0.2, list_status=True) as old:
            del old.boxes["Sent"]
            for n, name in enumerate("ABCDEFGHIJKLMNOPQR"):
                old.boxes[name] = Mailbox(2000 + n)
                for octets in mails[n * 4:n * 4 + 4]:
                    old.boxes[name].add(octets)
            old.boxes["Z"] = Mailbox(3000)
            for octets in mails[72:]:
                old.boxes["Z"].add(octets)
            for octets in mails[:4]:
                old.boxes["Z"].add(octets, ("\\Flagged", "blue"))
            cart = self.cart(ca=server.ca)
            child = cart.start("migrate", old.url(),
                               server.url("imaps", "bert"))
            while child.poll() is None and not server.counts("bert").get("A"):
                time.sleep(0.1)
            self.assertNotIn("Z", server.counts("bert"), "all at once")
            self.assertEqual(child.wait(120), 0, cart.told())
            there = server.read_all("bert")
            for name in "AZ":
                flagged = {plain(m.octets) for m in there[name]
                           if {"\\Flagged", "blue"} <= set(m.flags)}
                self.assertEqual(flagged, set(map(plain, mails[:4])), name)
            self.assertEqual(len(there["Z"]), 22)

    def test_overlap_of_two(self):
        """Local mail first, an account behind it: flags of a copy in the
        file are there though the account's goes on being pulled."""
        mails = list(samples_of.small(40))
        with Dovecot(users=("bert",)) as server, \
                Pop3Server(mails, slow=0.05) as old:
            cart = self.cart(ca=server.ca)
            rows = [("a@b.org Thu Jan  1 10:00:00 2004",
                     m.replace(b"\r\n\r\n", b"\r\nStatus: RO\r\n\r\n", 1))
                    for m in mails[:20]]
            box = cart.write("Kept", samples_of.mbox(rows))
            result = self.ends(cart.run(
                "migrate", "mbox:" + box,
                f"pop3://anna@127.0.0.1:{old.port}",
                server.url("imaps", "bert")))
            row = result.summary()
            self.adds_up_push(row["push"])
            there = server.read_all("bert")
            self.assertEqual(len(there["Kept"]), 20)
            self.assertEqual(len(there["INBOX"]), 40)
            seen = sum("\\Seen" in m.flags for m in there["INBOX"])
            self.assertEqual(seen, 20)
            self.assertEqual(row["placements"], 60)


if __name__ == "__main__":
    mailcart.main()
