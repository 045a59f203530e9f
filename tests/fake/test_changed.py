#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""What a server refuses until it is changed: as little as may be, told and
recorded; there once, whatever happens."""
import contextlib
import os
import re
import signal
import sqlite3
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from imap_server import ImapServer  # noqa: E402
from zoo_case import Pushes, aside, mail, main, mailcart, words  # noqa: E402

PLAIN = {f"plain{n}": mail(f"plain{n}") for n in range(4)}
EIGHT = mail("eight", Subject="na\u00efve", Content_Type="text/plain")
WORD = "na\u00efve".encode()
ENCODED = b"=?utf-8?Q?na=C3=AFve?="
# What is changed to be accepted, how the server asks for that, what is told,
# and what is sent.  Without a Message-ID nothing but their content tells what
# they are.
CHANGED = (
    ("eight", mail("eight-noid", Subject="na\u00efve", Message_ID=None),
     dict(refuse_header8=True), "8-bit header encoded", (WORD, ENCODED)),
    ("nul", mail("nul-noid", "a\0b\r\n", Message_ID=None),
     dict(refuse_nul=True, no_binary=True), "NUL removed", (b"\0", b"")),
    ("long", mail("long-noid", "l" * 1500 + "\r\n", Message_ID=None),
     dict(refuse_lines=998), "long lines broken",
     (b"l" * 1500, b"l" * 998 + b"\r\n" + b"l" * 502)),
    ("cr", mail("cr-noid", "one\rtwo\r\n", Message_ID=None),
     dict(refuse_bare_cr=True), "lone CR removed", (b"one\r", b"one")),
    ("with an id", EIGHT, dict(refuse_header8=True), "8-bit header encoded",
     (WORD, ENCODED)),
)
# The same, with a CR alone: one that goes as it is, one in what is encoded.
CHANGED_WITH_CR = (
    ("nul", mail("nul-cr", "a\0b\rc\r\n", Message_ID=None),
     dict(refuse_nul=True, no_binary=True), "NUL removed", (b"\0", b"")),
    ("eight", mail("eight-cr", "d\re\r\n", Message_ID=None,
                   Subject="x\ry na\r\u00efve z"),
     dict(refuse_header8=True), "8-bit header encoded",
     ("\u00efve".encode(), b"=?utf-8?Q?=C3=AFve?=")),
)
BAD_NUL = "the server did not understand us: 'nul'"
SENT = EIGHT.replace(WORD, ENCODED)
SOME = mailcart.SOME
COUNT = len(PLAIN) + 1


class Changed(Pushes):
    def there(self, server, *changed):
        self.holds(server, {"Kept": [*PLAIN.values(), *changed]})

    def status(self, cart, *options):
        return words(cart.run("status", *options, json_lines=False))

    # -- told ------------------------------------------------------------------

    def test_changes_are_told(self):
        """In the sentence, the table, the list; to programs with digests."""
        cart = self.filled(*PLAIN.values(), EIGHT)
        with ImapServer(refuse_header8=True) as server:
            result = self.push(cart, server, sent=COUNT, mended=1)
            self.assertIn("1 was changed to be accepted", words(result))
            self.there(server, SENT)
            for told in (words(result), self.status(cart),
                         self.status(cart, "--refused")):
                self.assertIn("8-bit header encoded", told)
                self.assertIn("the archive has them as they were", told)
            row, = cart.run("status").of("change")
            self.assertEqual((row["sha256"], row["sent_sha256"]),
                             (mailcart.sha256(EIGHT),
                              mailcart.sha256(SENT)))
            self.assertEqual(cart.run("status").of("status")[0]["mended"],
                             1)
            self.assertIn(mailcart.sha256(EIGHT),
                          {row["sha256"] for row in cart.messages()})
            self.verify(cart, server, identical=len(PLAIN), altered=1,
                        changed=0, missing=0)
            self.push(cart, server, sent_now=0, mended=1)
            self.there(server, SENT)

    def test_steps_are_told(self):
        """Each that was tried, with what was sent and the words: of what was
        accepted in the end, and of what was not."""
        odd = mail("odd", "a\0b\rc\r\n", Subject="na\u00efve")
        less = odd.replace(b"\0", b"")
        more = less.replace(b"\rc", b"c")
        for asks, state, steps in (
                (dict(refuse_nul=True, refuse_bare_cr=True), "change", (
                    (None, odd, "NUL in it"),
                    ("NUL removed", less,
                     "Message contains bare carriage returns"))),
                (dict(refuse=b"tag=odd", refuse_words="bare newline"),
                 "refusal", (
                    (None, odd, "bare newline"),
                    ("lone CR removed", odd.replace(b"\rc", b"c"),
                     "bare newline"),
                    ("NUL removed, lone CR removed", more,
                     "bare newline"))),
                (dict(refuse_nul=True, refuse=b"tag=odd",
                      refuse_words="nul", no_is_bad=True,
                      no_multiappend=True), "refusal", (
                    (None, odd, BAD_NUL), ("NUL removed", less, BAD_NUL)))):
            cart = self.filled(odd, *PLAIN.values())
            with self.subTest(asks), ImapServer(no_binary=True,
                                                **asks) as server:
                changed = state == "change"
                for options in ((), ("--retry-refused",)):
                    self.push(cart, server, *options, refused=not changed,
                              sent=len(PLAIN) + changed,
                              status=mailcart.OK if changed else SOME)
                    self.there(server, *[more] * changed)
                    self.check_steps(cart, state, odd, more, steps)
                listed = self.status(cart, "--refused", "-v")
                for change, octets, text in steps:
                    self.assertIn(f"{change or 'as it is'}, SHA-256 "
                                  f"{mailcart.sha256(octets)}: {text}", listed)
                self.assertNotIn("as it is", self.status(cart, "--refused"))

    def check_steps(self, cart, state, odd, more, steps):
        told = cart.run("status")
        last, = told.of(state)
        rows = told.of("tried")
        self.assertEqual(
            [(row["change"], row["sent_sha256"], row["text"]) for row in rows],
            [(change, mailcart.sha256(octets), text)
             for change, octets, text in steps])
        for row in rows:
            self.assertEqual((row["id"], row["mailbox"], row["sha256"]),
                             (last["id"], "Kept", mailcart.sha256(odd)))
        if state == "change":
            self.assertEqual((last["text"], last["sent_sha256"]),
                             ("NUL removed, lone CR removed",
                              mailcart.sha256(more)))

    def test_changed_again_by_the_server(self):
        """What is neither the one nor the other is told as changed."""
        cart = self.filled(*PLAIN.values(), EIGHT)
        with ImapServer(refuse_header8=True) as server:
            self.push(cart, server, sent=COUNT)
            other = SENT.replace(b"tag=", b"TAG=")
            for one in server.boxes["Kept"].messages:
                if one.octets == SENT:
                    one.octets = other
            self.verify(cart, server, identical=len(PLAIN), altered=0,
                        changed=1, missing=0)
            self.there(server, other)

    # -- there once ------------------------------------------------------------

    def check_changed(self, cart, server, octets, told, change):
        """It is there once, changed, as every run tells; nothing is missing,
        and nothing is sent again."""
        sent = octets.replace(*change)
        for options in ((), ("--again-missing",)):
            self.push(cart, server, *options, sent_now=0, mended=1,
                      placements=COUNT)
            self.there(server, sent)
            self.verify(cart, server, identical=len(PLAIN), altered=1,
                        changed=0, missing=0)
        self.verify(cart, server, "-v", missing=0)
        self.assertIn(told, self.status(cart, "--refused"))
        row, = cart.run("status").of("change")
        self.assertEqual((row["text"], row["sent_sha256"]),
                         (told, mailcart.sha256(sent)))

    def test_changed_and_lost(self):
        """The reply to it is lost, or another's, and no UIDs are told."""
        for name, octets, asks, *change in CHANGED:
            for more in (dict(), dict(no_uidplus=True)):
                if name not in ("eight", "with an id") and more == {}:
                    continue
                cart = self.filled(octets, *PLAIN.values())
                last = len(PLAIN) + 2
                with self.subTest(name, **more), ImapServer(
                        no_multiappend=True, drop_after_append=last, **asks,
                        **more) as server:
                    self.push(cart, server, sent=COUNT, mended=1)
                    self.assertEqual(server.appends, last)
                    self.check_changed(cart, server, octets, *change)
                    self.assertEqual(server.appends, last)

    def test_changed_and_killed(self):
        """SIGKILL behind the moment in which it is stored."""
        for name, octets, asks, *change in CHANGED:
            cart = self.filled(octets, *PLAIN.values())
            with self.subTest(name), ImapServer(
                    no_multiappend=True, no_uidplus=name == "nul",
                    **asks) as server:
                child = cart.start("push", server.url())

                def strike(at):
                    box = server.boxes.get("Kept")
                    if at == "stored" and box and len(
                            box.messages) > len(PLAIN):
                        child.kill()
                        child.wait()
                server.watch = strike
                self.assertEqual(child.wait(60), -signal.SIGKILL)
                server.watch = None
                self.check_changed(cart, server, octets, *change)

    def test_changed_without_uids(self):
        """A server that tells no UIDs: found by what was sent, also when the
        mailbox is another one with the same mail."""
        for name, octets, asks, *change in CHANGED:
            cart = self.filled(octets, *PLAIN.values())
            with self.subTest(name), ImapServer(
                    no_uidplus=True, **asks) as server:
                self.push(cart, server, sent=COUNT, mended=1)
                self.check_changed(cart, server, octets, *change)
                server.boxes["Kept"].uidvalidity += 1
                self.verify(cart, server, "-v", missing=0)
                self.check_changed(cart, server, octets, *change)

    # -- and changed by the server, too ------------------------------------------

    def test_cr_dropped_and_lost(self):
        """A server drops a CR alone (Courier) of mail that nothing but its
        content identifies, and the reply is lost."""
        one = mail("cr-noid", "one\rtwo\r\n", Message_ID=None)
        for more in (dict(), dict(no_uidplus=True)):
            cart = self.filled(one, *PLAIN.values())
            with self.subTest(**more), ImapServer(
                    no_multiappend=True, eat_bare_cr=True,
                    drop_after_append=1, **more) as server:
                self.push(cart, server, sent=COUNT, mended=0)
                for moved in (0, 1):
                    server.boxes["Kept"].uidvalidity += moved
                    self.verify(cart, server, identical=len(PLAIN), altered=0,
                                changed=1, missing=0)
                    self.push(cart, server, "--again-missing", mended=0,
                              sent_now=0)
                    self.there(server, one.replace(b"one\r", b"one"))

    def test_changed_and_cr_dropped(self):
        """The same of what is changed to be accepted: such a server makes
        another thing of that, too."""
        for name, octets, asks, told, change in CHANGED_WITH_CR:
            for lost in (0, len(PLAIN) + 2):
                for more in (dict(), dict(no_uidplus=True)):
                    cart = self.filled(octets, *PLAIN.values())
                    with self.subTest(name, lost=lost, **more), ImapServer(
                            no_multiappend=True, eat_bare_cr=True,
                            drop_after_append=lost, **asks, **more) as server:
                        self.push(cart, server, sent=COUNT, mended=1)
                        self.check_cr_dropped(
                            cart, server, told, re.sub(
                                rb"\r(?!\n)", b"", octets).replace(*change))

    def check_cr_dropped(self, cart, server, told, kept):
        """It is there once, as neither mailcart nor the archive has it."""
        for moved in (0, 1):
            server.boxes["Kept"].uidvalidity += moved
            for options in ((), ("--again-missing",)):
                self.push(cart, server, *options, sent_now=0)
                self.there(server, kept)
            self.verify(cart, server, identical=len(PLAIN), altered=0,
                        changed=1, missing=0)
        self.assertIn(told, self.status(cart, "--refused"))

    def test_changed_and_then_not(self):
        """What was changed for a server, and lost on its way, goes as it is when
        that server takes it: it makes another thing of it, and the reply is lost,
        too."""
        for name, octets, asks, _, _ in CHANGED_WITH_CR:
            cart = self.filled(octets, *PLAIN.values())
            lost = len(PLAIN) + 2
            with self.subTest(name), ImapServer(
                    no_multiappend=True, drop_before_append=lost, logins_ok=1,
                    login_no="no", **asks) as server:
                self.push(cart, server, status=mailcart.NOPERM,
                          sent=len(PLAIN))
                self.assertEqual(server.appends, lost)
                self.there(server)
                server.behave = dict(drop_after_append=lost + 1,
                                     eat_bare_cr=True)
                for options in ((), ("--again-missing",)):
                    self.push(cart, server, *options, mended=0, sent=COUNT)
                    self.there(server, re.sub(rb"\r(?!\n)", b"", octets))
                self.assertEqual(server.appends, lost + 1)
                self.verify(cart, server, identical=len(PLAIN), altered=0,
                            changed=1, missing=0)

    @aside
    def test_changed_and_salvaged(self):
        """What was sent in its place, and what is likely to be made of it, are
        known to an archive that was salvaged."""
        _, octets, asks, *_ = CHANGED_WITH_CR[0]
        cart = self.filled(octets, *PLAIN.values())
        with ImapServer(**asks) as server:
            self.ends(cart.run("push", server.url()))
        new = cart.path("new.db")
        self.ends(cart.run("salvage", new))
        rows = self.placements(cart.archive)
        self.assertEqual(len(rows), COUNT)
        self.assertEqual([row["kept_octets"] for row in rows
                          if row["kept_key"]], [len(octets) - 2])
        self.assertEqual(self.placements(new), rows)

    @staticmethod
    def placements(path):
        with contextlib.closing(sqlite3.connect(
                f"file:{path}?immutable=1", uri=True)) as db:
            db.row_factory = sqlite3.Row
            return [dict(row) for row in db.execute(
                "SELECT * FROM placement ORDER BY id")]


if __name__ == "__main__":
    main()
