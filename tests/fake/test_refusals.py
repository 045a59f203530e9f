#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""What a server refuses: told with its words, and tried again when somebody asks;
and what somebody removed, likewise."""
import os
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from imap_server import ImapServer  # noqa: E402
from zoo_case import Pushes, mail, main, mailcart, words  # noqa: E402

PLAIN = {f"plain{n}": mail(f"plain{n}") for n in range(4)}
EIGHT = mail("eight", Subject="na\u00efve", Content_Type="text/plain")


SOME = mailcart.SOME


def but(*tags):
    return [octets for tag, octets in PLAIN.items() if tag not in tags]


class Refusals(Pushes):
    # -- tried again ---------------------------------------------------------

    def test_retry(self):
        """Not by itself; all of it, when that is asked for."""
        cart = self.filled(*PLAIN.values())
        with ImapServer(refuse=b"tag=plain2;") as server:
            self.push(cart, server, status=SOME, sent=3, refused=1)
            self.holds(server, {"Kept": but("plain2")})
            server.behave = {}
            offered = server.offered
            result = self.push(cart, server, status=SOME, sent_now=0,
                               refused=1)
            self.assertEqual(server.offered, offered)
            self.assertIn("--retry-refused", words(result))
            self.push(cart, server, "--retry-refused", sent_now=1, sent=4)
            self.assertEqual(server.offered, offered + 1)
            self.holds(server, {"Kept": but()})
            self.push(cart, server, "--retry-refused", sent_now=0, sent=4)
            self.assertEqual(server.offered, offered + 1)
            self.holds(server, {"Kept": but()})

    def test_retry_and_refused_again(self):
        cart = self.filled(*PLAIN.values())
        with ImapServer(refuse=b"tag=plain2;") as server:
            for options in ((), ("--retry-refused",)):
                offered = server.offered
                self.push(cart, server, *options, status=SOME, sent=3,
                          refused=1)
                self.holds(server, {"Kept": but("plain2")})
            self.assertEqual(server.offered, offered + 1)

    def test_refused_and_waiting(self):
        """The exit status says the one, the last words both: what to do with
        what was refused, and that the rest is sent by another run."""
        cart = self.boxes_of(Large=PLAIN.values(), Small=[EIGHT])
        with ImapServer(refuse=b"tag=eight", quota_after=2,
                        no_multiappend=True) as server:
            result = self.push(cart, server, status=SOME, sent=2, refused=1,
                               waiting=2)
            self.holds(server, {"Large": but("plain2", "plain3")})
            after = words(result).partition("Next: ")[2]
            self.assertIn("run the same command again later; it sends what is "
                          "waiting.", after)
            self.assertIn("--retry-refused", after)
            server.behave = {}
            self.push(cart, server, status=SOME, sent=4, refused=1)
            self.holds(server, {"Large": but()})

    # -- alike -----------------------------------------------------------------

    def kind_before_others(self, n, **behaviours):
        """A push of n mails of a kind, which stand before others: these come to
        their turn in the same run, and those of the kind alone are refused."""
        kind = [mail(f"kind{i:02}") for i in range(n)]
        cart = self.filled(*kind, *PLAIN.values(), EIGHT)
        with ImapServer(no_multiappend=True, no_literal_plus=True,
                        **behaviours) as server:
            result = self.push(cart, server, status=SOME, sent=5, refused=n)
            self.holds(server, {"Kept": [*PLAIN.values(), EIGHT]})
        return result

    def test_alike_before_others(self):
        """Refused one by one, in the same words: they are tried some at a
        time."""
        self.kind_before_others(40, refuse=b"tag=kind")

    def test_bad_before_others(self):
        """Not understood, each of which costs a connection."""
        result = self.kind_before_others(6, bad=b"tag=kind")
        self.assertNotIn("whatever message it is sent", words(result))

    def test_alike_no_more(self):
        """Other words end what was said alike: each is refused with its own."""
        kind = [mail(f"kind{n:02}") for n in range(3)]
        cart = self.filled(*kind, PLAIN["plain0"])
        with ImapServer(refuse=b"tag=kind", refuse_nth=4, no_multiappend=True,
                        no_literal_plus=True) as server:
            self.push(cart, server, status=SOME, refused=4, sent=0)
            self.assertEqual(
                [row["text"] for row in
                 self.ends(cart.run("status")).of("refusal")],
                ["I do not like it"] * 3 + ["not this one"])
            self.push(cart, server, status=SOME, refused=4, sent=0)
            self.assertEqual(server.offered, 4)
            self.holds(server, {})

    def test_bad_to_a_mailbox(self):
        """The largest mailbox understands nothing: it is told once, its mail
        waits, the others get theirs; and so in the next run, until it does."""
        kind = [mail(f"kind{n}") for n in range(9)]
        cart = self.boxes_of(Large=kind, Small=PLAIN.values())
        with ImapServer(bad=b"tag=kind", no_multiappend=True) as server:
            for _ in range(2):
                result = self.push(cart, server, status=SOME, sent=4,
                                   waiting=9, refused=0)
                told, = [line for line in result.err.splitlines()
                         if "failed: " in line]
                self.assertRegex(told, "failed: Large: .*'what\\?', whatever "
                                 "message it is sent: 8 were tried; ask ")
                self.assertIn("run the same command again", words(result))
                self.holds(server, {"Small": but()})
            server.behave = {}
            self.push(cart, server, sent=13)
            self.holds(server, {"Large": kind, "Small": but()})

    def test_bad_to_all_mailboxes(self):
        """Then it is the server, also where a mailbox has too few messages to
        tell: none is refused."""
        boxes = {name: [mail(f"{name}{i}") for i in range(n)]
                 for name, n in (("a", 9), ("b", 6), ("c", 2),
                                 *((f"d{i}", 1) for i in range(9)))}
        cart = self.boxes_of(**boxes)
        with ImapServer(bad=b"\n", no_multiappend=True,
                        no_literal_plus=True) as server:
            result = self.push(cart, server, status=mailcart.PROTOCOL, sent=0,
                               waiting=26, refused=0)
            # It is asked for long enough.
            self.assertEqual(len({line.split()[2] for line in
                                  server.said("^[^ ]+ APPEND ")}), 10)
            self.assertNotIn("failed: ", result.err)
            self.assertIn("whatever message it is sent: 8 were tried, nor "
                          "does another mailbox take any",
                          result.err.splitlines()[-1])
            self.holds(server, {})
            server.behave = {}
            self.push(cart, server, sent=26)
            self.holds(server, boxes)

    def test_bad_behind_what_was_found(self):
        """A message whose reply was lost is there: the mailbox takes some."""
        kind = [mail(f"kind{n}") for n in range(9)]
        cart = self.filled(PLAIN["plain0"], *kind)
        with ImapServer(bad=b"tag=kind", drop_after_append=1,
                        no_multiappend=True, no_literal_plus=True) as server:
            self.push(cart, server, status=SOME, waiting=0, refused=9)
            self.holds(server, {"Kept": [PLAIN["plain0"]]})

    def test_alike_and_tried_again(self):
        """What was refused before is refused again: it says nothing of the
        mailbox, nor does what goes as an attachment."""
        kind = [mail(f"kind{n:02}") for n in range(12)]
        cart = self.filled(*kind, *PLAIN.values())
        with ImapServer(refuse=b"tag=kind") as server:
            for options in ((), ("--retry-refused",), (),
                            ("--retry-refused-in", "Kept")):
                self.push(cart, server, *options, status=SOME, refused=12,
                          waiting=0)
                self.holds(server, {"Kept": but()})
            self.push(cart, server, "--wrap-refused", status=SOME, refused=12)
            self.assertEqual(sum(b"refused this message" in one for one
                                 in server.stored("Refused")), 12)
            server.behave = {}
            self.push(cart, server, "--retry-refused", refused=0)
            server.boxes["Refused"].messages.clear()
            self.holds(server, {"Kept": [*kind, *but()]})

    def test_alike_and_lost(self):
        """Every other message costs the connection: those before it are
        not forgotten."""
        mails = [mail(f"kind{n:02}") for n in range(9)]
        cart = self.filled(*mails)
        with ImapServer(no_words="internal policy", errors_max=2,
                        no_multiappend=True, no_literal_plus=True) as server:
            result = self.push(cart, server, status=SOME, sent=0, waiting=9)
            self.holds(server, {})
            self.assertIn("internal policy, whatever message it is sent",
                          words(result))
            self.assertIn("Why messages wait: internal policy", words(
                cart.run("status", json_lines=False)))
            server.behave = {}
            self.push(cart, server, sent=9)
            self.holds(server, {"Kept": mails})

    # -- missing -------------------------------------------------------------

    def test_again_missing(self):
        """What somebody removed stays away, until it is asked for; what has
        another UID, or is in a mailbox made anew, is found."""
        cart = self.filled(*PLAIN.values(), folders=("Kept", "Gone"))
        with ImapServer() as server:
            self.push(cart, server, sent=8)
            box = server.boxes["Kept"]
            taken = box.messages[:2]
            del box.messages[:2]
            box.add(taken[0].octets, taken[0].flags, taken[0].date)
            # A mailbox of that name, but another one: all is there.
            other = server.boxes["Gone"]
            other.uidvalidity += 1
            result = self.verify(cart, server, "-v", status=SOME, missing=1)
            self.assertIn("push --again-missing", words(result))
            self.push(cart, server, sent_now=0)
            self.push(cart, server, "--again-missing", sent_now=1)
            self.holds(server, {"Kept": but(), "Gone": but()})
            self.verify(cart, server, checked=8, identical=8, missing=0)
            offered = server.offered
            self.push(cart, server, "--again-missing", sent_now=0)
            self.assertEqual(server.offered, offered)

    def test_again_missing_mailbox(self):
        """The whole mailbox was removed, and with it all mail."""
        cart = self.filled(*PLAIN.values())
        with ImapServer() as server:
            self.push(cart, server, sent=4)
            del server.boxes["Kept"]
            self.push(cart, server, "--again-missing", sent_now=4)
            self.holds(server, {"Kept": but()})
            self.verify(cart, server, checked=4, identical=4, missing=0)

    def test_retry_in_one_mailbox(self):
        cart = self.filled(*PLAIN.values(), folders=("One", "Two"))
        with ImapServer(refuse=b"tag=plain2;") as server:
            self.push(cart, server, status=SOME, sent=6, refused=2)
            server.behave = {}
            result = self.push(cart, server, "--retry-refused-in", "Two",
                               "--retry-refused-in", "Three", status=SOME,
                               sent=7, refused=1)
            self.assertIn("nothing was refused in 'Three'", words(result))
            self.holds(server, {"One": but("plain2"), "Two": but()})


if __name__ == "__main__":
    main()
