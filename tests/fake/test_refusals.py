#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""What a server refuses: told with its words, changed as little as may be and
recorded, tried again when somebody asks, and put there as an attachment if that
is asked for; each once, whatever happens."""
import contextlib
import email
import email.policy
import os
import signal
import sqlite3
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from imap_server import ImapServer  # noqa: E402
from zoo_case import mail, main, mailcart, numbers, words  # noqa: E402
import samples_of  # noqa: E402

PLAIN = {f"plain{n}": mail(f"plain{n}") for n in range(4)}
NAMELESS = mail("nameless").replace(
    b"Subject:", b"this line has no name\r\nSubject:", 1)
EIGHT = mail("eight", Subject="na\u00efve", Content_Type="text/plain")
# What is changed to be accepted, how the server asks for that, what is told.
# Without a Message-ID nothing but their content tells what they are.
CHANGED = (
    ("eight", mail("eight-noid", Subject="na\u00efve", Message_ID=None),
     dict(refuse_header8=True), "8-bit header encoded"),
    ("nul", mail("nul-noid", "a\0b\r\n", Message_ID=None),
     dict(refuse_nul=True, no_binary=True), "NUL removed"),
    ("long", mail("long-noid", "l" * 1500 + "\r\n", Message_ID=None),
     dict(refuse_lines=998), "long lines broken"),
    ("cr", mail("cr-noid", "one\rtwo\r\n", Message_ID=None),
     dict(refuse_bare_cr=True), "lone CR removed"),
    ("with an id", EIGHT, dict(refuse_header8=True), "8-bit header encoded"),
)
# The same, with a CR alone: one that goes as it is, one in what is encoded.
CHANGED_WITH_CR = (
    ("nul", mail("nul-cr", "a\0b\rc\r\n", Message_ID=None),
     dict(refuse_nul=True, no_binary=True), "NUL removed"),
    ("eight", mail("eight-cr", "d\re\r\n", Message_ID=None,
                   Subject="x\ry na\r\u00efve z"),
     dict(refuse_header8=True), "8-bit header encoded"),
)
# Changed for one server, and as it is for another, which keeps it as it likes.
CHANGED_THEN_NOT = tuple(
    (f"{name}, cr", octets, asks, dict(eat_bare_cr=True))
    for name, octets, asks, _ in CHANGED_WITH_CR)
BAD_NUL = "the server did not understand us: 'nul'"
ENCODED = EIGHT.replace("na\u00efve".encode(), b"=?utf-8?Q?na=C3=AFve?=")


class Refusals(mailcart.Case):
    def boxes_of(self, **boxes):
        cart = self.cart()
        for name, mails in boxes.items():
            cart.write("mail/" + name, samples_of.mbox(
                [("a@b.org Thu Jan  1 10:00:00 2004",
                  one.replace(b"\r\n", b"\n")) for one in mails]))
        self.ends(cart.run("pull", "mbox:" + cart.path("mail")))
        return cart

    def filled(self, *octets, folders=("Kept",)):
        return self.boxes_of(**dict.fromkeys(folders, octets))

    def push(self, cart, server, *options):
        result = cart.run("push", *options, server.url(), json_lines=False)
        self.adds_up_push(numbers(result))
        return result

    def verify(self, cart, server, **want):
        result = cart.run("verify", "--deep", server.url(), json_lines=False)
        sums = numbers(result)
        self.assertEqual({name: sums.get(name, 0) for name in want}, want,
                         str(result))
        return result

    # -- tried again ---------------------------------------------------------

    def test_retry(self):
        """Not by itself; all of it, when that is asked for."""
        cart = self.filled(*PLAIN.values())
        with ImapServer(refuse=b"tag=plain2;") as server:
            self.ends(self.push(cart, server), mailcart.SOME)
            server.behave = {}
            offered = server.offered
            result = self.ends(self.push(cart, server), mailcart.SOME)
            self.assertEqual(server.offered, offered)
            self.assertIn("--retry-refused", words(result))
            result = self.ends(self.push(cart, server, "--retry-refused"))
            self.assertEqual(server.offered, offered + 1)
            self.assertIn("tried again: 1", words(result))
            self.assertEqual(sorted(server.stored("Kept")),
                             sorted(PLAIN.values()))
            self.ends(self.push(cart, server, "--retry-refused"))
            self.assertEqual(server.offered, offered + 1)

    def test_retry_and_refused_again(self):
        cart = self.filled(*PLAIN.values())
        with ImapServer(refuse=b"tag=plain2;") as server:
            self.ends(self.push(cart, server), mailcart.SOME)
            offered = server.offered
            self.ends(self.push(cart, server, "--retry-refused"),
                      mailcart.SOME)
            self.assertEqual(server.offered, offered + 1)
            self.assertEqual(len(server.stored("Kept")), len(PLAIN) - 1)

    def test_refused_and_waiting(self):
        """The exit status says the one, the last words both: what to do with
        what was refused, and that the rest is sent by another run."""
        cart = self.boxes_of(Large=list(PLAIN.values()), Small=[EIGHT])
        with ImapServer(refuse=b"tag=eight", quota_after=2,
                        no_multiappend=True) as server:
            result = self.ends(self.push(cart, server), mailcart.SOME)
            text = words(result)
            self.assertIn("1 was refused; 2 are waiting.", text)
            after = text.partition("Next: ")[2]
            self.assertIn("run the same command again later; it sends what is "
                          "waiting.", after)
            self.assertIn("--retry-refused", after)
            server.behave = {}
            self.ends(self.push(cart, server), mailcart.SOME)
            self.assertEqual(sorted(server.stored("Large")),
                             sorted(PLAIN.values()))

    # -- alike -----------------------------------------------------------------

    def kind_before_others(self, n, **behaviours):
        """A push of n mails of a kind, which stand before others: these come to
        their turn in the same run, and those of the kind alone are refused."""
        kind = [mail(f"kind{i:02}") for i in range(n)]
        cart = self.filled(*kind, *PLAIN.values(), EIGHT)
        with ImapServer(no_multiappend=True, no_literal_plus=True,
                        **behaviours) as server:
            result = self.ends(self.push(cart, server), mailcart.SOME)
            self.assertEqual(sorted(server.stored("Kept")),
                             sorted([*PLAIN.values(), EIGHT]))
            sums = numbers(result)
            self.assertEqual((sums["sent"], sums["refused"]), (5, n),
                             str(result))
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
            self.ends(self.push(cart, server), mailcart.SOME)
            self.assertEqual(
                [row["text"] for row in
                 self.ends(cart.run("status")).of("refusal")],
                ["I do not like it"] * 3 + ["not this one"])
            self.ends(self.push(cart, server), mailcart.SOME)
            self.assertEqual(server.offered, 4)

    def test_bad_to_a_mailbox(self):
        """The largest mailbox understands nothing: it is told once, its mail
        waits, the others get theirs; and so in the next run, until it does."""
        kind = [mail(f"kind{n}") for n in range(9)]
        cart = self.boxes_of(Large=kind, Small=list(PLAIN.values()))
        with ImapServer(bad=b"tag=kind", no_multiappend=True) as server:
            for turn in range(2):
                result = self.ends(self.push(cart, server), mailcart.SOME)
                sums = numbers(result)
                self.assertEqual((sums["sent"], sums["waiting"],
                                  sums["refused"]), (4, 9, 0), str(result))
                told = [line for line in result.err.splitlines()
                        if "failed: " in line]
                self.assertEqual(len(told), 1, str(result))
                self.assertRegex(told[0], "failed: Large: .*'what\\?', whatever "
                                 "message it is sent: 8 were tried; ask ")
                self.assertIn("run the same command again", words(result))
                self.assertEqual(sorted(server.stored("Small")),
                                 sorted(PLAIN.values()), turn)
            server.behave = {}
            self.ends(self.push(cart, server))
            self.assertEqual(sorted(server.stored("Large")), sorted(kind))

    def test_bad_to_all_mailboxes(self):
        """Then it is the server, also where a mailbox has too few messages to
        tell: none is refused."""
        boxes = {name: [mail(f"{name}{i}") for i in range(n)]
                 for name, n in (("a", 9), ("b", 6), ("c", 2),
                                 *((f"d{i}", 1) for i in range(9)))}
        cart = self.boxes_of(**boxes)
        with ImapServer(bad=b"\n", no_multiappend=True,
                        no_literal_plus=True) as server:
            result = self.ends(self.push(cart, server), mailcart.PROTOCOL)
            sums = numbers(result)
            self.assertEqual((sums["sent"], sums["waiting"],
                              sums["refused"]), (0, 26, 0), str(result))
            # It is asked for long enough.
            self.assertEqual(len({line.split()[2] for line in
                                  server.said("^[^ ]+ APPEND ")}), 10)
            self.assertNotIn("failed: ", result.err)
            self.assertIn("whatever message it is sent: 8 were tried, nor "
                          "does another mailbox take any",
                          result.err.splitlines()[-1])
            server.behave = {}
            self.ends(self.push(cart, server))
            for name, mails in boxes.items():
                self.assertEqual(sorted(server.stored(name)), sorted(mails))

    def test_bad_behind_what_was_found(self):
        """A message whose reply was lost is there: the mailbox takes some."""
        kind = [mail(f"kind{n}") for n in range(9)]
        cart = self.filled(PLAIN["plain0"], *kind)
        with ImapServer(bad=b"tag=kind", drop_after_append=1,
                        no_multiappend=True, no_literal_plus=True) as server:
            result = self.ends(self.push(cart, server), mailcart.SOME)
            sums = numbers(result)
            self.assertEqual((sums["waiting"], sums["refused"]), (0, 9),
                             str(result))
            self.assertEqual(server.stored("Kept"), [PLAIN["plain0"]])

    def test_alike_and_tried_again(self):
        """What was refused before is refused again: it says nothing of the
        mailbox, nor does what goes as an attachment."""
        kind = [mail(f"kind{n:02}") for n in range(12)]
        cart = self.filled(*kind, *PLAIN.values())
        with ImapServer(refuse=b"tag=kind") as server:
            self.ends(self.push(cart, server), mailcart.SOME)
            for options in (("--retry-refused",), (), ("--retry-refused-in",
                                                       "Kept")):
                result = self.ends(self.push(cart, server, *options),
                                   mailcart.SOME)
                self.assertEqual((numbers(result)["refused"],
                                  numbers(result)["waiting"]), (12, 0),
                                 str(result))
            self.ends(self.push(cart, server, "--wrap-refused"),
                      mailcart.SOME)
            self.assertEqual(len(self.wrapped(server)), 12)
            server.behave = {}
            self.ends(self.push(cart, server, "--retry-refused"))
            self.assertEqual(sorted(server.stored("Kept")),
                             sorted([*kind, *PLAIN.values()]))

    def test_alike_and_lost(self):
        """Every other message costs the connection: those before it are
        not forgotten."""
        cart = self.filled(*(mail(f"kind{n:02}") for n in range(9)))
        with ImapServer(no_words="internal policy", errors_max=2,
                        no_multiappend=True, no_literal_plus=True) as server:
            result = self.ends(self.push(cart, server), mailcart.SOME)
            self.assertIn("internal policy, whatever message it is sent",
                          words(result))
            self.assertEqual(numbers(result)["waiting"], 9)
            self.assertIn("Why messages wait: internal policy", words(
                cart.run("status", json_lines=False)))
            server.behave = {}
            self.ends(self.push(cart, server))
            self.assertEqual(len(server.stored("Kept")), 9)

    # -- missing -------------------------------------------------------------

    def test_again_missing(self):
        """What somebody removed stays away, until it is asked for; what has
        another UID, or is in a mailbox made anew, is found."""
        cart = self.filled(*PLAIN.values(), folders=("Kept", "Gone"))
        with ImapServer() as server:
            self.ends(self.push(cart, server))
            box = server.boxes["Kept"]
            taken = box.messages[:2]
            del box.messages[:2]
            box.add(taken[0].octets, taken[0].flags, taken[0].date)
            # A mailbox of that name, but another one: all is there.
            other = server.boxes["Gone"]
            other.uidvalidity += 1
            result = cart.run("verify", server.url(), json_lines=False)
            self.ends(result, mailcart.SOME)
            self.assertIn("push --again-missing", words(result))
            result = self.ends(self.push(cart, server))
            self.assertEqual(numbers(result)["sent now"], 0)
            result = self.ends(self.push(cart, server, "--again-missing"))
            self.assertEqual(numbers(result)["sent now"], 1, str(result))
            for name in ("Kept", "Gone"):
                self.assertEqual(sorted(server.stored(name)),
                                 sorted(PLAIN.values()), name)
            self.verify(cart, server, checked=8, identical=8, missing=0)
            offered = server.offered
            self.ends(self.push(cart, server, "--again-missing"))
            self.assertEqual(server.offered, offered)

    def test_again_missing_mailbox(self):
        """The whole mailbox was removed, and with it all mail."""
        cart = self.filled(*PLAIN.values())
        with ImapServer() as server:
            self.ends(self.push(cart, server))
            del server.boxes["Kept"]
            result = self.ends(self.push(cart, server, "--again-missing"))
            self.assertEqual(numbers(result)["sent now"], 4, str(result))
            self.assertEqual(sorted(server.stored("Kept")),
                             sorted(PLAIN.values()))
            self.verify(cart, server, checked=4, identical=4, missing=0)

    def test_retry_in_one_mailbox(self):
        cart = self.filled(*PLAIN.values(), folders=("One", "Two"))
        with ImapServer(refuse=b"tag=plain2;") as server:
            self.ends(self.push(cart, server), mailcart.SOME)
            server.behave = {}
            result = self.push(cart, server, "--retry-refused-in", "Two",
                               "--retry-refused-in", "Three")
            self.ends(result, mailcart.SOME)
            self.assertIn("nothing was refused in 'Three'", words(result))
            self.assertEqual(len(server.stored("One")), len(PLAIN) - 1)
            self.assertEqual(sorted(server.stored("Two")),
                             sorted(PLAIN.values()))

    # -- changed --------------------------------------------------------------

    def test_changes_are_told(self):
        """In the sentence, the table, the list; to programs with digests."""
        cart = self.filled(*PLAIN.values(), EIGHT)
        with ImapServer(refuse_header8=True) as server:
            result = self.ends(self.push(cart, server))
            self.assertIn("1 was changed to be accepted", words(result))
            self.assertEqual(numbers(result)["mended"], 1)
            self.assertIn(ENCODED, server.stored("Kept"))
            for told in (result, cart.run("status", json_lines=False),
                         cart.run("status", "--refused", json_lines=False)):
                self.assertIn("8-bit header encoded", words(told))
                self.assertIn("the archive has them as they were",
                              words(told))
            row, = cart.run("status").of("change")
            self.assertEqual((row["sha256"], row["sent_sha256"]),
                             (mailcart.sha256(EIGHT),
                              mailcart.sha256(ENCODED)))
            self.assertEqual(cart.run("status").of("status")[0]["mended"],
                             1)
            self.assertIn(mailcart.sha256(EIGHT),
                          {row["sha256"] for row in cart.messages()})
            self.verify(cart, server, identical=len(PLAIN), altered=1,
                        changed=0, missing=0)
            result = self.ends(self.push(cart, server))
            self.assertEqual(numbers(result)["sent now"], 0)

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
                for options in ((), ("--retry-refused",)):
                    self.push(cart, server, *options)
                    told = cart.run("status")
                    last, = told.of(state)
                    rows = told.of("tried")
                    self.assertEqual(
                        [(row["change"], row["sent_sha256"], row["text"])
                         for row in rows],
                        [(change, mailcart.sha256(octets), text)
                         for change, octets, text in steps])
                    for row in rows:
                        self.assertEqual(
                            (row["id"], row["mailbox"], row["sha256"]),
                            (last["id"], "Kept", mailcart.sha256(odd)))
                    if state == "change":
                        self.assertEqual(
                            (last["text"], last["sent_sha256"]),
                            ("NUL removed, lone CR removed",
                             mailcart.sha256(more)))
                listed = words(cart.run("status", "--refused", "-v",
                                        json_lines=False))
                for change, octets, text in steps:
                    self.assertIn(f"{change or 'as it is'}, SHA-256 "
                                  f"{mailcart.sha256(octets)}: {text}", listed)
                self.assertNotIn("as it is", words(cart.run(
                    "status", "--refused", json_lines=False)))

    def test_changed_again_by_the_server(self):
        """What is neither the one nor the other is told as changed."""
        cart = self.filled(*PLAIN.values(), EIGHT)
        with ImapServer(refuse_header8=True) as server:
            self.ends(self.push(cart, server))
            for one in server.boxes["Kept"].messages:
                if one.octets == ENCODED:
                    one.octets = ENCODED.replace(b"tag=", b"TAG=")
            self.verify(cart, server, identical=len(PLAIN), altered=0,
                        changed=1, missing=0)

    def check_changed(self, cart, server, octets, told):
        """It is there once, changed, as every run tells; nothing is missing,
        and nothing is sent again."""
        tag = octets[octets.index(b"tag="):].split(b";")[0] + b";"
        for options in ((), ("--again-missing",)):
            result = self.ends(self.push(cart, server, *options))
            self.assertEqual(numbers(result)["sent now"], 0, str(result))
            self.assertEqual(numbers(result)["mended"], 1, str(result))
            self.assertIn("1 was changed to be accepted", words(result))
            self.assertEqual(sum(tag in one for one in server.stored("Kept")),
                             1)
            self.assertEqual(len(server.stored("Kept")), len(PLAIN) + 1)
            self.ends(self.verify(cart, server, identical=len(PLAIN),
                                  altered=1, changed=0, missing=0))
        result = self.ends(cart.run("verify", server.url(), json_lines=False))
        self.assertEqual(numbers(result)["missing"], 0, str(result))
        self.assertIn(told, words(cart.run("status", "--refused",
                                           json_lines=False)))
        sent, = [one for one in server.stored("Kept") if tag in one]
        row, = cart.run("status").of("change")
        self.assertEqual((row["text"], row["sent_sha256"]),
                         (told, mailcart.sha256(sent)))

    def test_changed_and_lost(self):
        """The reply to it is lost, or another's, and no UIDs are told."""
        for name, octets, asks, told in CHANGED:
            for more in (dict(), dict(no_uidplus=True)):
                if name not in ("eight", "with an id") and more == {}:
                    continue
                cart = self.filled(octets, *PLAIN.values())
                last = len(PLAIN) + 2
                with self.subTest(name, **more), ImapServer(
                        no_multiappend=True, drop_after_append=last, **asks,
                        **more) as server:
                    result = self.ends(self.push(cart, server))
                    self.assertIn("1 was changed to be accepted",
                                  words(result))
                    self.assertEqual(server.appends, last)
                    self.check_changed(cart, server, octets, told)
                    self.assertEqual(server.appends, last)

    def test_changed_and_killed(self):
        """SIGKILL behind the moment in which it is stored."""
        for name, octets, asks, told in CHANGED:
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
                self.check_changed(cart, server, octets, told)

    def test_changed_without_uids(self):
        """A server that tells no UIDs: found by what was sent, also when the
        mailbox is another one with the same mail."""
        for name, octets, asks, told in CHANGED:
            cart = self.filled(octets, *PLAIN.values())
            with self.subTest(name), ImapServer(
                    no_uidplus=True, **asks) as server:
                self.ends(self.push(cart, server))
                self.check_changed(cart, server, octets, told)
                server.boxes["Kept"].uidvalidity += 1
                result = self.ends(cart.run("verify", server.url(),
                                            json_lines=False))
                self.assertEqual(numbers(result)["missing"], 0, str(result))
                self.check_changed(cart, server, octets, told)

    def test_cr_dropped_and_lost(self):
        """A server drops a CR alone (Courier) of mail that nothing but its
        content identifies, and the reply is lost."""
        one = mail("cr-noid", "one\rtwo\r\n", Message_ID=None)
        for more in (dict(), dict(no_uidplus=True)):
            cart = self.filled(one, *PLAIN.values())
            with self.subTest(**more), ImapServer(
                    no_multiappend=True, eat_bare_cr=True,
                    drop_after_append=1, **more) as server:
                self.ends(self.push(cart, server))
                for moved in (0, 1):
                    server.boxes["Kept"].uidvalidity += moved
                    self.ends(self.verify(
                        cart, server, identical=len(PLAIN), altered=0,
                        changed=1, missing=0))
                    result = self.ends(self.push(cart, server,
                                                 "--again-missing"))
                    self.assertEqual(numbers(result).get("mended", 0), 0)
                    self.assertEqual(numbers(result)["sent now"], 0)
                    self.assertEqual(len(server.stored("Kept")),
                                     len(PLAIN) + 1)

    def test_changed_and_cr_dropped(self):
        """The same of what is changed to be accepted: such a server makes
        another thing of that, too."""
        for name, octets, asks, told in CHANGED_WITH_CR:
            for lost in (0, len(PLAIN) + 2):
                for more in (dict(), dict(no_uidplus=True)):
                    cart = self.filled(octets, *PLAIN.values())
                    with self.subTest(name, lost=lost, **more), ImapServer(
                            no_multiappend=True, eat_bare_cr=True,
                            drop_after_append=lost, **asks, **more) as server:
                        self.ends(self.push(cart, server))
                        self.check_cr_dropped(cart, server, told)

    def test_changed_and_then_not(self):
        """What was changed for a server, and lost on its way, goes as it is when
        that server takes it: it makes another thing of it, and the reply is lost,
        too."""
        for name, octets, asks, makes in CHANGED_THEN_NOT:
            cart = self.filled(octets, *PLAIN.values())
            lost = len(PLAIN) + 2
            with self.subTest(name), ImapServer(
                    no_multiappend=True, drop_before_append=lost, logins_ok=1,
                    login_no="no", **asks) as server:
                self.ends(self.push(cart, server), mailcart.NOPERM)
                self.assertEqual((server.appends, len(server.stored("Kept"))),
                                 (lost, len(PLAIN)))
                server.behave = dict(drop_after_append=lost + 1, **makes)
                for options in ((), ("--again-missing",)):
                    result = self.ends(self.push(cart, server, *options))
                    self.assertEqual(numbers(result).get("mended", 0), 0)
                    self.assertEqual(len(server.stored("Kept")),
                                     len(PLAIN) + 1, str(result))
                self.assertEqual(server.appends, lost + 1)
                self.ends(self.verify(cart, server, identical=len(PLAIN),
                                      altered=0, changed=1, missing=0))

    def test_changed_and_salvaged(self):
        """What was sent in its place, and what is likely to be made of it, are
        known to an archive that was salvaged."""
        _, octets, asks, _ = CHANGED_WITH_CR[0]
        cart = self.filled(octets, *PLAIN.values())
        with ImapServer(**asks) as server:
            self.ends(self.push(cart, server))
        new = cart.path("new.db")
        self.ends(cart.run("salvage", new))
        rows = self.placements(cart.archive)
        self.assertEqual(len(rows), len(PLAIN) + 1)
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

    def check_cr_dropped(self, cart, server, told):
        """It is there once, as neither mailcart nor the archive has it."""
        for moved in (0, 1):
            server.boxes["Kept"].uidvalidity += moved
            for options in ((), ("--again-missing",)):
                result = self.ends(self.push(cart, server, *options))
                self.assertEqual(numbers(result)["sent now"], 0, str(result))
                self.assertEqual(len(server.stored("Kept")), len(PLAIN) + 1)
            self.ends(self.verify(cart, server, identical=len(PLAIN),
                                  altered=0, changed=1, missing=0))
        self.assertIn(told, words(cart.run("status", "--refused",
                                           json_lines=False)))

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

    def test_wrapped_only_if_asked(self):
        cart = self.filled(*PLAIN.values(), NAMELESS)
        with ImapServer(refuse_nameless=True) as server:
            result = self.ends(self.push(cart, server), mailcart.SOME)
            self.assertIn("--wrap-refused", words(result))
            self.assertNotIn("Refused", server.boxes)
            for _ in range(2):
                result = self.ends(self.push(cart, server, "--wrap-refused"),
                                   mailcart.SOME)
                self.assertIn("1 of them is there as an attachment",
                              words(result))
                self.assertEqual(self.wrapped(server),
                                 [("message/rfc822", NAMELESS)])
            self.assertTrue(server.boxes["Refused"].subscribed)
            self.verify(cart, server, identical=len(PLAIN), altered=1,
                        changed=0, missing=0)
            self.assertEqual(len(cart.run("status").of("refusal")), 1)

    def test_octets_that_cannot_travel(self):
        """NUL, 8-bit, a lone CR: to the octet, in base64."""
        odd = mail("odd", "a\0b\rc\xff" * 30 + "no end").replace(
            b"Subject:", b"this line has no name\r\nSubject:", 1)
        cart = self.filled(*PLAIN.values(), odd)
        with ImapServer(refuse_nameless=True, no_binary=True) as server:
            self.ends(self.push(cart, server, "--wrap-refused"),
                      mailcart.SOME)
            held, = {row["sha256"] for row in cart.messages()} - {
                mailcart.sha256(one) for one in PLAIN.values()}
            (kind, octets), = self.wrapped(server)
            self.assertEqual(kind, "application/octet-stream")
            self.assertEqual(mailcart.sha256(octets), held)
            self.assertIn(b"\0b\rc", octets)
            self.verify(cart, server, altered=1, changed=0, missing=0)

    def test_second_wrapping(self):
        """A server that looks into attachments: base64 then."""
        cart = self.filled(*PLAIN.values())
        with ImapServer(refuse=b"tag=plain2;") as server:
            self.ends(self.push(cart, server, "--wrap-refused"),
                      mailcart.SOME)
            self.assertEqual(self.wrapped(server), [
                ("application/octet-stream", PLAIN["plain2"])])
            self.verify(cart, server, identical=3, altered=1, missing=0)

    def test_wrapped_once(self):
        """Of two folders one attachment; replies that are lost double none."""
        for more in (dict(), dict(no_uidplus=True, no_multiappend=True)):
            cart = self.filled(*PLAIN.values(), NAMELESS,
                               folders=("One", "Two"))
            with self.subTest(more), ImapServer(
                    refuse_nameless=True, **more) as server:
                self.ends(self.push(cart, server), mailcart.SOME)
                server.behave["drop_after_append"] = server.appends + 1
                self.ends(self.push(cart, server, "--wrap-refused"),
                          mailcart.SOME)
                self.assertEqual(self.wrapped(server),
                                 [("message/rfc822", NAMELESS)])
                self.ends(self.push(cart, server, "--wrap-refused"),
                          mailcart.SOME)
                self.assertEqual(len(server.stored("Refused")), 1)
                self.verify(cart, server, altered=1, changed=0, missing=0)

    def test_wrapped_and_killed(self):
        """SIGKILL while the attachment goes: there is one in the end."""
        for point in ("literal", "stored", "answered"):
            cart = self.filled(*PLAIN.values(), NAMELESS)
            with self.subTest(point), ImapServer(
                    refuse_nameless=True, no_uidplus=True) as server:
                self.ends(self.push(cart, server), mailcart.SOME)
                child = cart.start("push", "--wrap-refused", server.url())

                def strike(at):
                    if at == point:
                        child.kill()
                        child.wait()
                server.watch = strike
                self.assertEqual(child.wait(60), -signal.SIGKILL)
                server.watch = None
                for _ in range(2):
                    self.ends(self.push(cart, server, "--wrap-refused"),
                              mailcart.SOME)
                    self.assertEqual(self.wrapped(server),
                                     [("message/rfc822", NAMELESS)])
                self.verify(cart, server, altered=1, changed=0, missing=0)

    def test_wrapped_then_accepted(self):
        """The server mends its ways: the message goes to its place."""
        cart = self.filled(*PLAIN.values(), NAMELESS)
        with ImapServer(refuse_nameless=True) as server:
            self.ends(self.push(cart, server, "--wrap-refused"),
                      mailcart.SOME)
            server.behave = {}
            self.ends(self.push(cart, server, "--retry-refused"))
            self.assertIn(NAMELESS, server.stored("Kept"))
            self.assertEqual(len(server.stored("Refused")), 1)
            self.ends(self.verify(cart, server, identical=5, altered=1,
                                  changed=0, missing=0))

    def test_folder_of_that_name(self):
        """Mail that has the name for itself keeps it."""
        cart = self.filled(*PLAIN.values(), NAMELESS, folders=("Refused",))
        with ImapServer(refuse_nameless=True) as server:
            self.ends(self.push(cart, server, "--wrap-refused"),
                      mailcart.SOME)
            self.assertEqual(sorted(server.stored("Refused")),
                             sorted(PLAIN.values()))
            self.assertEqual(self.wrapped(server, "Refused (wrapped)"),
                             [("message/rfc822", NAMELESS)])

    def test_below_inbox(self):
        cart = self.filled(*PLAIN.values(), NAMELESS)
        with ImapServer(refuse_nameless=True,
                        namespace_inbox_dot=True) as server:
            self.ends(self.push(cart, server, "--wrap-refused"),
                      mailcart.SOME)
            self.assertEqual(self.wrapped(server, "INBOX.Refused"),
                             [("message/rfc822", NAMELESS)])

    def test_lost_wrapping_is_missed(self):
        cart = self.filled(*PLAIN.values(), NAMELESS)
        with ImapServer(refuse_nameless=True) as server:
            self.ends(self.push(cart, server, "--wrap-refused"),
                      mailcart.SOME)
            server.boxes["Refused"].messages.clear()
            self.ends(self.verify(cart, server, identical=4, altered=0,
                                  missing=1), mailcart.SOME)


if __name__ == "__main__":
    main()
