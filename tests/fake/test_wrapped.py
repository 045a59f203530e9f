#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""What a server refuses, and is put there as an attachment if that is asked for;
once, whatever happens."""
import email
import email.policy
import os
import signal
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from imap_server import ImapServer  # noqa: E402
from zoo_case import DATE, Pushes, mail, main, mailcart, words  # noqa: E402

PLAIN = {f"plain{n}": mail(f"plain{n}") for n in range(4)}
NAMELESS = mail("nameless").replace(
    b"Subject:", b"this line has no name\r\nSubject:", 1)
AS_IT_IS = ("message/rfc822", NAMELESS)
SOME = mailcart.SOME


class Wrapped(Pushes):
    # -- wrapped ------------------------------------------------------------

    def wrapped(self, server, box="Refused"):
        """(type, octets) of what the attachments there hold."""
        found = []
        for octets in server.stored(box):
            whole = email.message_from_bytes(octets,
                                             policy=email.policy.SMTP)
            text, part = whole.iter_parts()
            self.assertIn("refused this message", text.get_content())
            self.assertRegex(octets, rb"^From: mailcart ")
            self.assertLessEqual(max(map(len, octets.split(b"\r\n"))), 998)
            if part.get_content_type() == "message/rfc822":
                inner = octets.split(b'"message.eml"\r\n\r\n')[1]
                inner = inner.rsplit(b"\r\n--=_", 1)[0]
            else:
                inner = part.get_payload(decode=True)
            found.append((part.get_content_type(), inner))
        return sorted(found)

    def there(self, server, boxes, wrapped, box="Refused"):
        """Those messages, and the attachments in their mailbox."""
        self.assertEqual(self.wrapped(server, box), wrapped)
        self.holds(server, {**boxes, box: server.stored(box)},
                   date=lambda octets: DATE if octets in [
                       one for mails in boxes.values() for one in mails]
                   else None)

    def test_wrapped_only_if_asked(self):
        cart = self.filled(*PLAIN.values(), NAMELESS)
        with ImapServer(refuse_nameless=True) as server:
            result = self.push(cart, server, status=SOME, sent=4, refused=1)
            self.assertIn("--wrap-refused", words(result))
            self.assertNotIn("Refused", server.boxes)
            for now in (1, 0):
                result = self.push(cart, server, "--wrap-refused",
                                   status=SOME, sent_now=now, sent=5,
                                   refused=1)
                self.assertIn("1 of them is there as an attachment",
                              words(result))
                self.there(server, {"Kept": PLAIN.values()}, [AS_IT_IS])
            self.assertTrue(server.boxes["Refused"].subscribed)
            self.verify(cart, server, status=SOME, identical=4, altered=1,
                        changed=0, missing=0)
            self.assertEqual(len(cart.run("status").of("refusal")), 1)

    def test_octets_that_cannot_travel(self):
        """NUL, 8-bit, a lone CR: to the octet, in base64."""
        odd = mail("odd", "a\0b\rc\xff" * 30 + "no end").replace(
            b"Subject:", b"this line has no name\r\nSubject:", 1)
        cart = self.filled(*PLAIN.values(), odd)
        with ImapServer(refuse_nameless=True, no_binary=True) as server:
            self.push(cart, server, "--wrap-refused", status=SOME, sent=5,
                      refused=1)
            self.there(server, {"Kept": PLAIN.values()},
                       [("application/octet-stream", odd + b"\r\n")])
            self.verify(cart, server, status=SOME, altered=1, changed=0, missing=0)

    def test_second_wrapping(self):
        """A server that looks into attachments: base64 then."""
        cart = self.filled(*PLAIN.values())
        rest = [PLAIN[tag] for tag in PLAIN if tag != "plain2"]
        with ImapServer(refuse=b"tag=plain2;") as server:
            self.push(cart, server, "--wrap-refused", status=SOME, sent=4,
                      refused=1)
            self.there(server, {"Kept": rest}, [
                ("application/octet-stream", PLAIN["plain2"])])
            self.verify(cart, server, status=SOME, identical=3, altered=1, missing=0)

    def test_wrapped_once(self):
        """Of two folders one attachment; replies that are lost double none."""
        boxes = {"One": PLAIN.values(), "Two": PLAIN.values()}
        for more in (dict(), dict(no_uidplus=True, no_multiappend=True)):
            cart = self.filled(*PLAIN.values(), NAMELESS,
                               folders=("One", "Two"))
            with self.subTest(more), ImapServer(
                    refuse_nameless=True, **more) as server:
                self.push(cart, server, status=SOME, sent=8, refused=2)
                server.behave["drop_after_append"] = server.appends + 1
                for _ in range(2):
                    self.push(cart, server, "--wrap-refused", status=SOME,
                              sent=9, refused=2)
                    self.there(server, boxes, [AS_IT_IS])
                self.verify(cart, server, status=SOME, altered=1, changed=0, missing=0)

    def test_wrapped_and_killed(self):
        """SIGKILL while the attachment goes: there is one in the end."""
        for point in ("literal", "stored", "answered"):
            cart = self.filled(*PLAIN.values(), NAMELESS)
            with self.subTest(point), ImapServer(
                    refuse_nameless=True, no_uidplus=True) as server:
                self.push(cart, server, status=SOME, sent=4, refused=1)
                child = cart.start("push", "--wrap-refused", server.url())

                def strike(at):
                    if at == point:
                        child.kill()
                        child.wait()
                server.watch = strike
                self.assertEqual(child.wait(60), -signal.SIGKILL)
                server.watch = None
                for _ in range(2):
                    self.push(cart, server, "--wrap-refused", status=SOME,
                              sent=5, refused=1)
                    self.there(server, {"Kept": PLAIN.values()}, [AS_IT_IS])
                self.verify(cart, server, status=SOME, altered=1, changed=0, missing=0)

    def test_wrapped_then_accepted(self):
        """The server mends its ways: the message goes to its place."""
        cart = self.filled(*PLAIN.values(), NAMELESS)
        with ImapServer(refuse_nameless=True) as server:
            self.push(cart, server, "--wrap-refused", status=SOME, sent=5,
                      refused=1)
            server.behave = {}
            self.push(cart, server, "--retry-refused", sent=6, refused=0)
            self.there(server, {"Kept": [*PLAIN.values(), NAMELESS]},
                       [AS_IT_IS])
            self.verify(cart, server, identical=5, altered=1, changed=0,
                        missing=0)

    def test_folder_of_that_name(self):
        """Mail that has the name for itself keeps it."""
        cart = self.filled(*PLAIN.values(), NAMELESS, folders=("Refused",))
        with ImapServer(refuse_nameless=True) as server:
            self.push(cart, server, "--wrap-refused", status=SOME, sent=5,
                      refused=1)
            self.there(server, {"Refused": PLAIN.values()}, [AS_IT_IS],
                       "Refused (wrapped)")

    def test_below_inbox(self):
        cart = self.filled(*PLAIN.values(), NAMELESS)
        with ImapServer(refuse_nameless=True,
                        namespace_inbox_dot=True) as server:
            self.push(cart, server, "--wrap-refused", status=SOME, sent=5,
                      refused=1)
            self.there(server, {"INBOX.Kept": PLAIN.values()}, [AS_IT_IS],
                       "INBOX.Refused")

    def test_lost_wrapping_is_missed(self):
        cart = self.filled(*PLAIN.values(), NAMELESS)
        with ImapServer(refuse_nameless=True) as server:
            self.push(cart, server, "--wrap-refused", status=SOME, sent=5,
                      refused=1)
            server.boxes["Refused"].messages.clear()
            self.verify(cart, server, status=SOME, identical=4, altered=0,
                        missing=1)
            self.holds(server, {"Kept": PLAIN.values()})


if __name__ == "__main__":
    main()
