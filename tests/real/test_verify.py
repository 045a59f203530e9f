# SPDX-License-Identifier: MIT
"""verify finds what happened to mail on a server after it was sent: gone,
changed in one octet, in a mailbox that was made anew."""
import os
import re
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import mailcart  # noqa: E402
import samples_of  # noqa: E402
from dovecot import Dovecot  # noqa: E402
from mailcart import Case, OK, SOME  # noqa: E402

COUNT = 30
BODY = b"The octet that changes: A.\r\n"
OTHER = b"The octet that changes: B.\r\n"


class Verify(Case):
    def pushed(self, server):
        """All of it sent, and found as it was sent."""
        mails = [one + BODY for one in samples_of.small(COUNT)]
        cart = self.cart(ca=server.ca)
        cart.write("mail/Old", samples_of.mbox(
            [("a@b.org Sat Jan  1 00:00:00 2005", one) for one in mails]))
        self.ends(cart.run("migrate", "mbox:" + cart.path("mail"),
                           server.url("imaps")))
        self.finds(cart, server, OK, identical=COUNT)
        return cart

    def finds(self, cart, server, status, *options, **counts):
        result = cart.run("verify", *options, server.url("imaps"))
        self.ends(result, status)
        row = result.summary()
        for name in ("identical", "changed", "missing"):
            self.assertEqual(row[name], counts.get(name, 0), result)
        self.assertEqual(row["checked"], COUNT)
        told = [(e["kind"], e["text"]) for e in result.of("event")]
        self.assertEqual(sum(kind == "failure" for kind, _ in told),
                         row["missing"], result)
        changed = re.findall(r"(?:message|(\d+) messages) .* there, but not ",
                             "\n".join(text for kind, text in told
                                       if kind == "note"))
        self.assertEqual(sum(int(n or 1) for n in changed), row["changed"],
                         result)

    def test_gone(self):
        with Dovecot(users=("bert",)) as server:
            cart = self.pushed(server)
            with server.client("bert") as imap:
                imap.select("Old")
                imap.store("7", "+FLAGS.SILENT", r"(\Deleted)")
                imap.expunge()
            self.finds(cart, server, SOME, identical=COUNT - 1, missing=1)
            self.finds(cart, server, SOME, "--deep", identical=COUNT - 1,
                       missing=1)

    def test_one_octet(self):
        """Under the same UID, of the same size: only --deep can tell."""
        with Dovecot(users=("bert",), storage="maildir") as server:
            cart = self.pushed(server)
            self.finds(cart, server, OK, "--deep", identical=COUNT)
            path = next(
                os.path.join(base, name) for base, _, names in os.walk(
                    server.home("bert")) for name in sorted(names)
                if os.path.basename(base) == "cur")
            with open(path, "r+b") as held:
                octets = held.read()
                held.seek(octets.index(b"changes: A") + len(b"changes: "))
                held.write(b"B")
            self.finds(cart, server, OK, "--deep", identical=COUNT - 1,
                       changed=1)

    def test_mailbox_anew(self):
        """Other UIDs: found by what they are, and compared all the same."""
        with Dovecot(users=("bert",)) as server:
            cart = self.pushed(server)
            held = server.read_all("bert")["Old"]
            with server.client("bert") as imap:
                imap.create("Other")
                imap.delete("Old")
            rows = [[one.octets, (), one.internaldate] for one in held]
            self.assertIn(BODY, rows[3][0])
            rows[3][0] = rows[3][0].replace(BODY, OTHER)
            server.append_all("bert", "Old", rows[:-1])
            self.finds(cart, server, SOME, identical=COUNT - 1, missing=1)
            self.finds(cart, server, SOME, "--deep", identical=COUNT - 2,
                       changed=1, missing=1)


if __name__ == "__main__":
    mailcart.main()
