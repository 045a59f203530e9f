# SPDX-License-Identifier: MIT
"""Memory stays flat: one large message, and many small ones, go through pull,
push and verify --deep within 64 MiB.

The program without sanitizers is measured: MAILCART_RELEASE_BIN, or
MAILCART_BIN if that has none.  The sizes of the issue, 300 MB and 50,000, with
MAILCART_LONG; a tenth of them else.  Under a tool (tests/under.py) nothing is
measured, and a hundredth goes the same way."""
import os
import random
import sys
import time
import unittest

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import mailcart  # noqa: E402
import samples_of  # noqa: E402
from dovecot import Dovecot  # noqa: E402
from mailcart import LONG, SLOWER, Case  # noqa: E402

PEAK_MAX = 64 << 20
TOOL = SLOWER > 1
LARGE = 3_000_000 if TOOL else 300_000_000 if LONG else 40_000_000
MANY = 500 if TOOL else 50_000 if LONG else 5_000
IN_ONE = 120_000
SEED = 4  # the same mail each time


def large_mail(path, octets):
    """Written in pieces; noise in lines, so that nothing shrinks it away."""
    dice = random.Random(SEED)
    with open(path, "wb") as out:
        out.write(samples_of.eml(1, b"", Subject="a very large mail"))
        while out.tell() < octets:
            piece = dice.randbytes(57 * 4096).hex().encode()
            for at in range(0, len(piece), 76):
                out.write(piece[at:at + 76] + b"\r\n")


class Large(Case):
    def peak(self, cart, verb, *words):
        began = time.monotonic()
        result = self.ends(mailcart.run_measured(
            cart.command(verb, *words), cwd=cart.dir, timeout=1500))
        took = time.monotonic() - began
        print(f"{verb}: {took:.1f} s, {result.user:.1f} s of processor, "
              f"peak {result.peak / (1 << 20):.1f} MiB", flush=True)
        if not TOOL:
            self.assertLess(result.peak, PEAK_MAX)
        return result.summary()

    def whole_way(self, server, cart, source, count):
        place = server.url("imaps", "bert")
        self.assertEqual(self.peak(cart, "pull", source)["stored"], count)
        self.assertEqual(self.peak(cart, "push", place)["sent"], count)
        row = self.peak(cart, "verify", "--deep", place)
        self.assertEqual((row["identical"], row["missing"], row["damaged"]),
                         (count, 0, 0), row)
        self.assertEqual(self.peak(cart, "pull", source)["stored"], 0)
        self.peak(cart, "push", place)
        self.assertEqual(server.counts("bert")["INBOX"], count)

    def test_large_pop3(self):
        with Dovecot(users=("anna", "bert"), storage="maildir",
                     extra="mail_max_userip_connections = 10\n") as server:
            path = server.drop("anna", b"")
            large_mail(path, LARGE)
            self.whole_way(server, self.cart(ca=server.ca),
                           server.url("pop3s", "anna"), 1)
            octets = server.read_all("bert")["INBOX"][0].octets
            name, = os.listdir(os.path.dirname(path))  # the server renames
            with open(os.path.join(os.path.dirname(path), name),
                      "rb") as source:
                self.assertTrue(source.read() == octets)

    def test_large_mbox(self):
        with Dovecot(users=("bert",)) as server:
            cart = self.cart(ca=server.ca)
            large_mail(cart.path("large"), LARGE)
            mbox = cart.write("mail/INBOX", b"")
            with open(mbox, "wb") as out, open(cart.path("large"),
                                               "rb") as source:
                out.write(b"From a@b.org Thu Jan  1 10:00:00 2004\n")
                for line in source:
                    out.write(line[:-2] + b"\n")
                out.write(b"\n")
            self.whole_way(server, cart, "mbox:" + cart.path("mail"), 1)

    def test_many(self):
        with Dovecot(users=("anna", "bert")) as server:
            cart = self.cart(ca=server.ca)
            mbox = cart.write("mail/INBOX", b"")
            with open(mbox, "wb") as out:
                for octets in samples_of.small(MANY):
                    out.write(samples_of.mbox(
                        [("a@b.org Thu Jan  1 10:00:00 2004", octets)]))
            self.whole_way(server, cart, "mbox:" + cart.path("mail"), MANY)

    @unittest.skipUnless(LONG and not TOOL,
                         "120,000 messages: with MAILCART_LONG")
    def test_many_in_one(self):
        """More than are looked for at a time.  Each that is missing is, even
        if another variant of it is there, and where the UIDs mean nothing any
        more, all are found by what they are."""
        with Dovecot(users=("bert",), storage="mdbox") as server:
            cart = self.cart(ca=server.ca)
            mbox = cart.write("mail/Big", b"")
            mails = list(samples_of.small(IN_ONE))
            mails[6] = samples_of.eml(6, "one variant\r\n")
            mails[-8] = samples_of.eml(6, "the other 1\r\n")
            with open(mbox, "wb") as out:
                for octets in mails:
                    out.write(samples_of.mbox(
                        [("a@b.org Thu Jan  1 10:00:00 2004", octets)]))
            place = server.url("imaps", "bert")
            self.peak(cart, "pull", "mbox:" + cart.path("mail"))
            self.assertEqual(self.peak(cart, "push", "--all-variants",
                                       place)["sent"], IN_ONE)
            self.assertEqual(self.found(cart, place), (IN_ONE, 0))
            with server.client("bert") as imap:
                imap.rename("Big", "Old")
                imap.create("Big")
                imap.select("Old")
                imap.copy("1:*", "Big")
            # Without UIDs one of the variants passes for a changed one.
            self.assertEqual(self.found(cart, place), (IN_ONE - 1, 0))
            with server.client("bert") as imap:
                imap.delete("Big")
                imap.rename("Old", "Big")
                imap.select("Big")
                imap.uid("STORE", f"7,{IN_ONE - 9}", "+FLAGS", "\\Deleted")
                imap.expunge()
            self.assertEqual(self.found(cart, place, 1), (IN_ONE - 2, 2))

    def found(self, cart, place, status=0):
        result = self.ends(mailcart.run_measured(
            cart.command("verify", place), cwd=cart.dir, timeout=1500),
            status)
        print(f"verify: {result.user:.1f} s of processor, "
              f"peak {result.peak / (1 << 20):.1f} MiB", flush=True)
        self.assertLess(result.peak, PEAK_MAX)
        row = result.summary()
        return row["identical"], row["missing"]

    def test_many_pop3(self):
        with Dovecot(users=("anna", "bert"), storage="maildir") as server:
            for octets in samples_of.small(MANY // 5):
                server.drop("anna", octets)
            self.whole_way(server, self.cart(ca=server.ca),
                           server.url("pop3s", "anna"), MANY // 5)


if __name__ == "__main__":
    release = os.environ.get("MAILCART_RELEASE_BIN", "")
    if release and not TOOL:
        mailcart.BIN = release
    elif mailcart.BIN and mailcart.sanitized() and not TOOL:
        print("MAILCART_RELEASE_BIN names no program without sanitizers: "
              "nothing measured", file=sys.stderr)
        sys.exit(mailcart.SKIP)
    mailcart.main()
