# SPDX-License-Identifier: MIT
"""--delete-source against servers that misbehave.  Whatever a server does, what
is gone from it is in the archive to the octet, and the archive is whole; what
it was not asked to delete is there still; and what was kept is told, by
reason."""
import email.utils
import os
import signal
import sqlite3
import sys
import time

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from imap_server import ImapServer  # noqa: E402
from pop3_server import DEFAULT, Pop3Server  # noqa: E402
from zoo_case import (Whole, aside, dated, mail, main,  # noqa: E402
                      mailcart, numbers, words)
import said  # noqa: E402
import samples_of  # noqa: E402

COUNT = 12
OLD = "Mon, 05 Jan 2004 10:00:00 +0000"

# Reasons to keep a message, as persons are told.
WHY = {"unnamed": "no UIDL and size of their own",
       "new": "not archived under their UIDL, or new",
       "rule": "left out by a rule",
       "undated": "tell no date for --delete-after",
       "young": "younger than --delete-after",
       "clock": "old only by a clock that may be ahead",
       "damaged": "DAMAGED in the archive",
       "changed": "the server gives other octets than before",
       "refused": "the server did not delete them",
       "unproved": "not on the target octet for octet"}


def mails(count=COUNT, **head):
    return [mail(f"m{n}", "body\r\n" * n, **head) for n in range(count)]


class Mirror(set):
    """The indexes of what is gone from an account, of which a mailbox of
    another server shows the same messages."""

    def __init__(self, server, box, and_then=None):
        super().__init__()
        self.server, self.box, self.and_then = server, box, and_then

    def __ior__(self, gone):
        lost = [self.server.mails[at] for at in gone]
        self.box.messages[:] = [one for one in self.box.messages
                                if one.octets not in lost]
        self.box.modseq += 1
        self.update(gone)
        if gone and self.and_then:
            self.and_then()
        return self


class Delete(Whole):
    def serve(self, octets=None, **behaviours):
        server = Pop3Server(mails() if octets is None else octets,
                            **behaviours)
        self.addCleanup(server.stop)
        return server

    @staticmethod
    def url(server):
        return f"pop3://anna@127.0.0.1:{server.port}"

    def pull(self, cart, server, *options, status=0, delete=True, **sums):
        words = ("--delete-source",) if delete else ()
        return self.ended(cart.run("pull", self.url(server), *words, *options,
                                   json_lines=False), status, **sums)

    def told(self, result):
        """What is said of deleting, whose sums are right."""
        found = said.table(result.out.decode())
        self.looked.add("sums")
        whys = {words: why for why, words in WHY.items()}
        return {**found["delete"], "kept_by": {
            whys[words]: n for words, n in found["whys"].items()}}

    def silent(self, result):
        """All is deleted, and there is nothing else to tell of it."""
        self.assertEqual(self.told(result)["deleted"], COUNT)
        self.assertEqual(len(said.told(result)), 2, str(result))

    def reasons(self, result):
        return self.told(result)["kept_by"]

    def safe(self, cart, server, gone=None):
        """What is gone is archived, to the octet."""
        self.looked.add("state")
        self.ends(cart.run("verify"))
        held = {row["raw_sha256"] for row in cart.messages()}
        for at in server.hidden:
            self.assertIn(mailcart.sha256(server.mails[at]), held)
        if gone is not None:
            self.assertEqual(server.hidden, set(gone))

    def waits(self, how_long):
        if not mailcart.LONG:
            self.skipTest(f"waits for {how_long}")

    def said(self, server, verb):
        return [line for line in server.transcript
                if line.upper().startswith(verb)]

    # -- as it should be ----------------------------------------------------

    def test_all(self):
        """Each is fetched for the archive, and again before it goes; the
        next run has nothing to do and writes nothing."""
        cart, server = self.cart(), self.serve()
        first = self.pull(cart, server)
        self.assertEqual(self.told(first)["deleted"], COUNT)
        self.assertRegex(words(first), "in '.*mail.db' alone: keep a copy")
        self.safe(cart, server, range(COUNT))
        self.assertEqual(len(self.said(server, "RETR")), 2 * COUNT)
        self.assertEqual(len(self.said(server, "DELE")), COUNT)
        state = cart.run("status").of("status")[0]
        self.assertEqual((state["deleted"], state["deleting"]), (COUNT, 0))
        with open(cart.archive, "rb") as file:
            before = file.read()
        again = self.pull(cart, server)
        self.assertEqual(self.told(again)["listed"], 0)
        with open(cart.archive, "rb") as file:
            self.assertEqual(file.read(), before)

    def test_serial(self):
        """No PIPELINING: the same, one after the other."""
        cart = self.cart()
        server = self.serve(capabilities=[w for w in DEFAULT
                                          if w != "PIPELINING"])
        self.pull(cart, server, deleted=COUNT)
        self.safe(cart, server, range(COUNT))

    def test_not_asked(self):
        """Without the option nothing goes; with it what was pulled by a run
        before goes, too."""
        cart, server = self.cart(), self.serve()
        result = self.pull(cart, server, delete=False)
        self.assertNotIn("delete", said.table(result.out.decode()))
        self.safe(cart, server, ())
        self.assertFalse(self.said(server, "DELE"))
        self.assertEqual(self.told(self.pull(cart, server))["deleted"], COUNT)
        self.safe(cart, server, range(COUNT))

    def test_dry_run(self):
        """It tells what it would do, and asks for nothing."""
        cart, server = self.cart(), self.serve()
        row = self.told(self.pull(cart, server, "-n"))
        self.assertEqual(row["listed"], 0)  # there is no archive
        self.pull(cart, server, delete=False)
        server.mails.append(mail("late"))
        with open(cart.archive, "rb") as file:
            before = file.read()
        result = self.pull(cart, server, "-n")
        self.assertEqual(self.told(result)["deleted"], COUNT)
        self.assertEqual(self.reasons(result), {"new": 1})
        self.safe(cart, server, ())
        self.assertFalse(self.said(server, "DELE"))
        self.assertEqual(len(self.said(server, "RETR")), COUNT)
        with open(cart.archive, "rb") as file:
            self.assertEqual(file.read(), before)
        self.assertRegex(words(result), "12 messages would be deleted at the "
                         "source; 1 kept there")

    def test_sessions(self):
        """More than one session removes: what is left goes by the next."""
        cart = self.cart()
        server = self.serve([mail(f"m{n}") for n in range(1100)])
        result = self.pull(cart, server)
        self.assertEqual(self.told(result)["deleted"], 1100)
        self.safe(cart, server, range(1100))
        quits = [session for session in server.sessions
                 if any(line.startswith("DELE") for line in session.lines)]
        self.assertEqual(len(quits), 2)

    # -- which ones -----------------------------------------------------------

    def test_after_days(self):
        """By the newest Received, else by Date; without one it stays; what
        is not that old stays."""
        now = time.time()
        new, old = (email.utils.formatdate(now - days * 86400)
                    for days in (3, 40))

        def one(tag, date, received=None):
            octets = mail(tag, Date=date)
            return (f"Received: from a by b; {received}\r\n".encode()
                    if received else b"") + octets
        given = [one("m-old", old), one("m-new", new),
                 one("m-fresh", old, received=new),
                 one("m-arrived", new, received=old), one("m-none", None)]
        cart, server = self.cart(), self.serve(given)
        result = self.pull(cart, server, "--delete-after", "30")
        self.assertEqual(self.reasons(result), {"young": 2, "undated": 1})
        self.safe(cart, server, {0, 3})
        result = self.pull(cart, server, "--delete-after", "2")
        self.assertEqual(self.reasons(result), {"undated": 1})
        self.safe(cart, server, {0, 1, 2, 3})

    def test_clock(self):
        """All mail is years old, or the clock is years ahead, which looks the
        same: nothing goes by its age, once and for all in one line, but by a
        date that is said."""
        cart, server = self.cart(), self.serve(mails(Date=OLD))

        def run(*options, status=0):
            return self.pull(cart, server, *options, status=status)
        for days in ("1", "30", "3000"):
            result = run("--delete-after", days, status=1)
            said = [line for line in result.err.splitlines()
                    if "by its age" in line]
            self.assertEqual(len(said), 1, str(result))
            self.assertRegex(said[0], "clock says 20.*newest mail is of "
                             "2004-01-05; look at the clock, and if it is")
            self.assertRegex(words(result), "Nothing was deleted at the source;"
                             f" {COUNT} kept there.* of these {COUNT} old only "
                             "by a clock that may be ahead")
            self.safe(cart, server, ())
        before = said[0].split("--before ")[1].split()[0]
        self.assertEqual(self.told(self.pull(cart, server, "-n", "--before",
                                             before))["deleted"], COUNT)
        # A younger one, from wherever, and the clock is believed.
        cart.write("mail/new", samples_of.mbox([(
            "a@b.org " + time.strftime("%c", time.gmtime(time.time() - 9000)),
            mail("young", Date=None))]))
        self.ends(cart.run("pull", "mbox:" + cart.path("mail")))
        result = run("--delete-after", "3000")
        self.assertRegex(words(result), f"{COUNT} messages were deleted")
        self.safe(cart, server, range(COUNT))

    def test_rules(self):
        """What a rule leaves out stays, archived or not."""
        cart, server = self.cart(), self.serve()
        self.pull(cart, server, delete=False)
        result = self.pull(cart, server, "--exclude", "INBOX")
        self.assertEqual(self.reasons(result), {"rule": COUNT})
        size = len(server.mails[5])
        result = self.pull(cart, server, "--max-size", str(size))
        self.assertEqual(self.reasons(result), {"rule": COUNT - 6})
        self.safe(cart, server, range(6))

    @aside
    def test_refused_by_option(self):
        """Local stores and IMAP accounts are only ever read, and half an
        option is none: exit 64, and nobody was asked."""
        cart, server = self.cart(), self.serve()
        box = cart.write("box", b"From a@b.org Thu Jan  1 10:00:00 2004\n"
                         b"Subject: x\n\nx\n")
        for places in ((box,), ("mbox:" + box,), (self.url(server), box),
                       ("imap://anna@127.0.0.1:9",)):
            for verb, target in (("pull", ()),
                                 ("migrate", ("imap://b@127.0.0.1:9",))):
                self.one_line(
                    cart.run(verb, *places, *target, "--delete-source",
                             json_lines=False),
                    mailcart.USAGE, "--delete-source", "POP3 accounts alone")
        self.one_line(cart.run("pull", self.url(server), "--delete-after",
                               "3", json_lines=False),
                      mailcart.USAGE, "--delete-source")
        self.assertEqual(server.transcript, [])
        self.assertFalse(os.path.exists(cart.archive))
        with open(box, "rb") as file:
            self.assertIn(b"Subject: x", file.read())

    # -- who is who -----------------------------------------------------------

    def kept(self, why, count=COUNT, status=0, then=None, **behaviours):
        """then: why another run keeps them, where it is not the same."""
        cart, server = self.cart(), self.serve(**behaviours)
        result = self.pull(cart, server, status=status)
        self.assertEqual(self.reasons(result), {why: count})
        self.safe(cart, server, ())
        self.said_in_words(cart, server, then or why, count, status)
        return server, result

    def said_in_words(self, cart, server, why, count, status):
        """What a person reads of it, who runs it once more."""
        again = self.pull(cart, server, status=status)
        self.assertRegex(words(again), "Nothing was deleted at the source; "
                         f"{count} kept there.* of these {count} {WHY[why]}")
        self.safe(cart, server, ())

    def test_no_uidl(self):
        server, _ = self.kept("unnamed", status=1, no_uidl=True)
        self.assertFalse(self.said(server, "DELE"))

    def test_no_list(self):
        self.kept("unnamed", status=1, no_list=True)

    def test_uidls_repeated(self):
        """Two share one: they stay, the others go."""
        names = [f"u{n}" for n in range(COUNT)]
        names[7] = names[3]
        cart, server = self.cart(), self.serve(uidls=names)
        result = self.pull(cart, server, status=1)
        self.assertEqual(self.reasons(result), {"unnamed": 2})
        self.safe(cart, server, set(range(COUNT)) - {3, 7})

    def test_uidls_change(self):
        """Others in each session."""
        server, _ = self.kept("new", uidl_per_session=True)
        self.assertFalse(self.said(server, "DELE"))

    def test_uidl_turns(self):
        """UIDL n tells another one than UIDL, right before DELE."""
        server, _ = self.kept("changed", status=1, uidl_turns=True)
        self.assertFalse(self.said(server, "DELE"))

    def test_size_turns(self):
        self.kept("changed", status=1, size_turns=True)

    def test_sizes_lie(self):
        """As long as it tells the same each time, it names a message."""
        cart = self.cart()
        server = self.serve(sizes=lambda octets: len(octets) // 2)
        self.pull(cart, server, deleted=COUNT)
        self.safe(cart, server, range(COUNT))

    def test_uidl_moved_on(self):
        """UIDLs that are numbers: a new mail before the others has the name
        and the size of one that was archived.  Its octets tell."""
        given = [mail(f"m{n}") for n in range(4)]
        names = [str(n + 7) for n in range(5)]
        cart, server = self.cart(), self.serve(given, uidls=names)
        self.pull(cart, server, delete=False)
        server.mails.insert(0, mail("m9"))
        result = self.pull(cart, server, status=1)
        self.assertEqual(self.told(result)["deleted"], 1)
        self.assertEqual(self.reasons(result), {"changed": 4})
        self.safe(cart, server, {4})  # it came by its new name, in this run
        held = {row["raw_sha256"] for row in cart.messages()}
        self.assertNotIn(mailcart.sha256(server.mails[0]), held)
        # What it is now is fetched, and of two meanings none is believed.
        result = self.pull(cart, server, status=1)
        self.assertEqual(self.reasons(result), {"unnamed": 4})
        self.safe(cart, server, {4})
        held = {row["raw_sha256"] for row in cart.messages()}
        self.assertIn(mailcart.sha256(server.mails[0]), held)

    def test_new_mail_first(self):
        """Numbers are others in each session, and UIDLs are not."""
        cart = self.cart()
        server = self.serve(shuffled=True)
        self.pull(cart, server, delete=False)
        server.mails.append(mail("late"))
        self.pull(cart, server, deleted=COUNT + 1)
        self.safe(cart, server, range(COUNT + 1))

    def test_other_octets(self):
        """What it gives now is not what it gave for the archive."""
        # Its UIDL then names two messages.
        server, result = self.kept("changed", status=1, then="unnamed",
                                   retr_later=b"X-Read: yes\r\n")
        self.assertRegex(words(result), "gives other octets")
        self.assertFalse(self.said(server, "DELE"))

    def test_retr_refused(self):
        """Not given any more in the session that deletes."""
        cart, server = self.cart(), self.serve()
        self.pull(cart, server, delete=False)
        server.behaviours["err_on_retr"] = {4: "no"}
        result = self.pull(cart, server, status=1)
        self.assertEqual(self.reasons(result), {"refused": 1})
        self.safe(cart, server, set(range(COUNT)) - {3})

    def test_cut_on_retr(self):
        """The connection goes while it fetches: nothing of that session is
        removed, and another one does it."""
        cart, server = self.cart(), self.serve()
        self.pull(cart, server, delete=False)
        server.behaviours["cut"] = {4: 60}
        self.pull(cart, server, deleted=COUNT)
        self.safe(cart, server, range(COUNT))

    def test_end_not_marked(self):
        """It stalls at the end of one: that one stays."""
        self.waits("ten seconds")
        cart, server = self.cart(), self.serve()
        self.pull(cart, server, delete=False)
        server.behaviours["stall"] = {4: b"\r\n"}
        result = self.pull(cart, server, status=1)
        self.assertEqual(self.reasons(result), {"refused": 1})
        self.safe(cart, server, set(range(COUNT)) - {3})

    # -- deleting -------------------------------------------------------------

    def test_no_dele(self):
        self.kept("refused", status=1, no_dele=True)

    def test_dele_refused(self):
        """One is refused, in the server's words; the others go."""
        cart = self.cart()
        server = self.serve(err_on_dele={5: "[SYS/TEMP] not now\x1b[2J"})
        result = self.pull(cart, server, status=1)
        self.assertEqual(self.reasons(result), {"refused": 1})
        self.assertRegex(words(result), r"not now\\+x1b\[2J")
        self.safe(cart, server, set(range(COUNT)) - {4})
        state = cart.run("status").of("status")[0]
        self.assertEqual((state["deleted"], state["deleting"]),
                         (COUNT - 1, 0))

    def test_dele_renumbers(self):
        """What is behind a deleted message moves up: they go from the last
        one to the first, so that nothing moves."""
        cart, server = self.cart(), self.serve(dele_renumbers=True)
        self.silent(self.pull(cart, server))
        self.safe(cart, server, range(COUNT))

    def test_dele_wrong(self):
        """It marks another one: seen before QUIT, and all taken back."""
        given = mails(Date=OLD) + [mail("undated", Date=None),
                                   mail("young", Date=email.utils.formatdate())]
        cart = self.cart()
        server = self.serve(given, dele_wrong=True)
        result = self.pull(cart, server, "--delete-after", "30",
                           status=mailcart.PROTOCOL, deleted=0)
        self.assertRegex(words(result), "not asked to remove")
        self.safe(cart, server, ())
        self.assertEqual(server.transcript[-2:], ["RSET", "QUIT"])
        state = cart.run("status").of("status")[0]
        self.assertEqual((state["deleted"], state["deleting"]), (0, 0))

    def test_no_rset(self):
        """And it cannot be taken back: left without QUIT."""
        given = mails(Date=OLD) + [mail("undated", Date=None),
                                   mail("young", Date=email.utils.formatdate())]
        cart = self.cart()
        server = self.serve(given, dele_wrong=True, no_rset=True)
        result = self.pull(cart, server, "--delete-after", "30",
                           status=mailcart.PROTOCOL, deleted=0)
        self.assertRegex(words(result), "not asked to remove; the session was "
                         "ended so that nothing is removed")
        self.safe(cart, server, ())
        self.assertEqual(server.transcript[-1], "RSET")

    def test_lists_deleted(self):
        """It lists what is marked; that alone is no harm."""
        cart, server = self.cart(), self.serve(lists_deleted=True)
        self.silent(self.pull(cart, server))
        self.safe(cart, server, range(COUNT))

    def test_dele_at_once(self):
        """It does not wait for QUIT."""
        cart, server = self.cart(), self.serve(dele_at_once=True)
        self.silent(self.pull(cart, server))
        self.safe(cart, server, range(COUNT))

    def test_cut_on_dele(self):
        """Nothing was removed, and another session does it."""
        for behaviours in ({}, {"dele_at_once": True}):
            with self.subTest(**behaviours):
                cart = self.cart()
                server = self.serve(cut_on_dele=6, **behaviours)
                result = self.pull(cart, server, deleted=COUNT)
                self.assertEqual(self.told(result)["listed"], COUNT)
                self.assertIn("the server closed the connection; trying again "
                              "in", words(result))
                self.safe(cart, server, range(COUNT))

    def test_interrupted(self):
        """Ctrl-C while it deletes: nothing of that session goes."""
        cart, server = self.cart(), self.serve()
        self.pull(cart, server, delete=False)
        server.behaviours["slow"] = 0.3
        child = cart.start("pull", self.url(server), "--delete-source")
        deadline = time.monotonic() + 60 * mailcart.SLOWER
        while len(self.said(server, "RETR")) < COUNT + 1:
            self.assertLess(time.monotonic(), deadline, cart.told())
            time.sleep(0.05)
        child.send_signal(signal.SIGINT)
        self.assertEqual(child.wait(60 * mailcart.SLOWER), 130, cart.told())
        self.safe(cart, server, ())
        state = cart.run("status").of("status")[0]
        self.assertEqual((state["deleted"], state["deleting"]), (0, 0))
        del server.behaviours["slow"]
        self.pull(cart, server, deleted=COUNT)
        self.safe(cart, server, range(COUNT))

    # -- QUIT -----------------------------------------------------------------

    def test_quit_error(self):
        """Some or none were removed: it looks, and tells."""
        cart, server = self.cart(), self.serve(quit_error=True)
        result = self.pull(cart, server, status=1)
        self.assertEqual(self.reasons(result), {"refused": COUNT})
        self.safe(cart, server, ())
        del server.behaviours["quit_error"]
        self.assertEqual(self.told(self.pull(cart, server))["deleted"], COUNT)
        self.safe(cart, server, range(COUNT))

    def test_quit_keeps(self):
        """It says yes, and does not: seen by the next run."""
        cart, server = self.cart(), self.serve(quit_keeps=True)
        self.pull(cart, server)
        self.safe(cart, server, ())
        self.assertEqual(cart.run("status").of("status")[0]["deleted"],
                         COUNT)
        del server.behaviours["quit_keeps"]
        result = self.pull(cart, server)
        self.assertEqual(self.told(result)["deleted"], COUNT)
        self.safe(cart, server, range(COUNT))

    def test_quit_keeps_many(self):
        """Or by the next session of the same run, which does not ask
        again."""
        cart = self.cart()
        server = self.serve([mail(f"m{n}") for n in range(1010)],
                            quit_keeps=True)
        result = self.pull(cart, server, status=1)
        row = self.told(result)
        self.assertEqual((row["listed"], row["deleted"]), (1010, 0))
        self.assertEqual(row["kept_by"]["refused"], 1010)
        self.assertEqual(len(self.said(server, "DELE")), 1000)
        self.safe(cart, server, ())

    def lost_quit(self, removed, **behaviours):
        """No answer: it looks in the same run."""
        cart, server = self.cart(), self.serve(**behaviours)
        result = self.pull(cart, server, status=0 if removed else 1)
        row = self.told(result)
        self.assertEqual(row["deleted"], COUNT if removed else 0)
        self.assertEqual(row["unknown"], 0)
        self.assertIn("trying again in", words(result))
        self.safe(cart, server, range(COUNT) if removed else ())
        return cart, server

    def test_quit_cut_before(self):
        cart, server = self.lost_quit(False, quit_cut="before")
        self.assertEqual(self.told(self.pull(cart, server))["deleted"], COUNT)
        self.safe(cart, server, range(COUNT))

    def test_quit_cut_after(self):
        self.lost_quit(True, quit_cut="after")

    def test_quit_lost_and_gone(self):
        """And the server is not there any more: told as unknown, and the
        next run sees it."""
        for when in ("before", "after"):
            with self.subTest(when=when):
                cart, server = self.cart(), self.serve(quit_cut=when)
                self.pull(cart, server, delete=False)
                result = self.until_quit_is_lost(cart, server)
                row = self.told(result)
                self.assertEqual(row["unknown"], COUNT)
                state = cart.run("status").of("status")[0]
                self.assertEqual((state["deleted"], state["deleting"]),
                                 (0, COUNT))
                server.behaviours.pop("login_error")
                again = self.pull(cart, server)
                row = self.told(again)
                gone = COUNT if when == "after" else 0
                self.assertEqual((row.get("deleted before", 0), row["deleted"]),
                                 (gone, COUNT - gone))
                self.safe(cart, server, range(COUNT))

    def until_quit_is_lost(self, cart, server):
        """A run that may not log in any more then."""
        lose = server.behaviours["quit_cut"]

        class Turning(dict):
            def get(self, name, default=None):
                if name == "login_error" and server.quits_lost:
                    return dict.get(self, name, "[SYS/PERM] closed")
                return dict.get(self, name, default)
        server.behaviours = Turning(quit_cut=lose)
        result = cart.run("pull", self.url(server), "--delete-source",
                          json_lines=False)
        self.ended(result, mailcart.NOPERM)
        server.behaviours = dict(login_error=True)
        return result

    def test_quit_hang(self):
        """It says nothing for a minute."""
        self.waits("a minute")
        self.lost_quit(True, quit_hang="after")

    def test_expires(self):
        """A server that removes by itself what was read is told of."""
        cart = self.cart()
        server = self.serve(deletes_read=True,
                            capabilities=DEFAULT + ["EXPIRE 0"])
        result = self.pull(cart, server, delete=False, stored=COUNT)
        self.assertRegex(words(result), r"EXPIRE 0.*safe in the archive")
        self.safe(cart, server, range(COUNT))

    def test_two_at_once(self):
        """Two programs empty one account, each into an archive of its own: what
        is gone is in one of them, or in both."""
        for behaviours in ({}, {"dele_at_once": True}):
            with self.subTest(**behaviours):
                server = self.serve(slow=0.02, **behaviours)
                carts = [self.cart(), self.cart()]
                runs = [cart.start("pull", self.url(server),
                                   "--delete-source") for cart in carts]
                for run in runs:
                    self.assertIn(run.wait(), (0, 1))
                held = {row["raw_sha256"] for cart in carts
                        for row in cart.messages()}
                for at in server.hidden:
                    self.assertIn(mailcart.sha256(server.mails[at]), held)
                for cart in carts:
                    self.pull(cart, server, failed=0)
                self.assertEqual(set(server.hidden), set(range(COUNT)))
                self.looked.add("state")

    def test_login_delay(self):
        """CAPA tells how long it is to wait between two sessions."""
        cart = self.cart()
        server = self.serve(login_delay=3,
                            capabilities=DEFAULT + ["LOGIN-DELAY 3"])
        result = self.pull(cart, server, deleted=COUNT)
        self.assertRegex(words(result), r"too soon; trying again in [34] s")
        self.safe(cart, server, range(COUNT))

    def test_pace(self):
        """What is fetched once more counts."""
        cart, server = self.cart(), self.serve()
        self.pull(cart, server, delete=False)
        began = time.monotonic()
        self.pull(cart, server, "--max-messages-rate", "4/s",
                  deleted=COUNT)
        # What a second allows goes at once; the others, at four a second.
        self.assertGreater(time.monotonic() - began, (COUNT - 4) / 4 - 0.1)
        self.safe(cart, server, range(COUNT))

    def test_locked(self):
        """Another session has the mailbox for a while."""
        self.waits("five seconds")
        cart, server = self.cart(), self.serve()
        self.pull(cart, server, delete=False)
        server.logins_refused = 0
        server.behaviours["in_use"] = 1
        self.pull(cart, server, deleted=COUNT)
        self.safe(cart, server, range(COUNT))

    # -- the archive ------------------------------------------------------------

    def flipped(self, told, *bits):
        """A body of which bits are not as they were written: it stays at the
        source, is told, and the exit status is 1."""
        cart, server = self.cart(), self.serve()
        self.pull(cart, server, delete=False)
        wanted = mailcart.sha256(server.mails[6])
        data, = cart.query(
            "SELECT piece.data FROM body "
            "JOIN body_piece ON body_piece.body = body.id "
            "JOIN piece ON piece.id = body_piece.piece "
            f"WHERE hex(body.sha256) = '{wanted.upper()}'")[0]
        with open(cart.archive, "r+b") as file:
            at = file.read().index(data) + len(data) // 2
            for n, bit in enumerate(bits):
                file.seek(at + n)
                octet = file.read(1)[0]
                file.seek(at + n)
                file.write(bytes([octet ^ bit]))
        result = self.pull(cart, server, "-n", status=1)
        self.assertEqual(self.told(result)["kept_by"]["damaged"],
                         self.told(result)["kept"])
        result = self.pull(cart, server, status=1)
        self.assertRegex(words(result), told)
        self.assertEqual(set(self.reasons(result)), {"damaged"})
        self.assertNotIn(6, server.hidden)
        self.looked.add("state")
        self.assertEqual(self.told(result)["deleted"], len(server.hidden))

    def test_flipped(self):
        """One, which can be put right, this time: nothing goes any more."""
        self.flipped("uidl-.*a bit of the archive's file has flipped", 16)

    def test_damaged(self):
        """More: what cannot be read again."""
        self.flipped("uidl-7.*damaged", 16, 255, 7)

    # -- with a target ------------------------------------------------------------

    def migrate(self, cart, server, target, *options, status=0, **sums):
        return self.ended(cart.run(
            "migrate", self.url(server), *options,
            f"imap://anna@127.0.0.1:{target.port}", "--delete-source",
            json_lines=False), status, **sums)

    @staticmethod
    def fetched(target):
        return sum("BODY.PEEK[]" in line for line in target.transcript)

    def on_target(self, target):
        self.looked.add("state")
        return [one.octets for box in target.boxes.values()
                for one in box.messages]

    def test_migrate(self):
        cart, server = self.cart(), self.serve()
        with ImapServer() as target:
            text = self.migrate(cart, server, target, "-n", deleted=0)
            self.assertRegex(words(text), "0 messages would be deleted")
            self.assertFalse(self.said(server, "DELE"))
            result = self.migrate(cart, server, target)
            self.assertEqual(self.told(result)["deleted"], COUNT)
            self.assertEqual(sorted(self.on_target(target)),
                             sorted(server.mails))
            self.safe(cart, server, range(COUNT))
            fetched = self.fetched(target)
            self.assertGreater(fetched, 0)
            again = self.migrate(cart, server, target)
            self.assertEqual(numbers(again)["sent now"], 0)
            self.assertEqual(len(self.on_target(target)), COUNT)
            # What is gone needs no proof any more; what comes does.
            self.assertEqual(self.fetched(target), fetched)
            server.mails.append(mail("late"))
            self.migrate(cart, server, target, deleted=1, checked=1)
            self.safe(cart, server, range(COUNT + 1))

    def test_migrate_refused(self):
        """What the target refuses stays at the source."""
        cart, server = self.cart(), self.serve()
        with ImapServer(refuse=b"tag=m4;") as target:
            result = self.migrate(cart, server, target, status=1)
            self.assertEqual(self.reasons(result), {"unproved": 1})
            self.safe(cart, server, set(range(COUNT)) - {4})

    def test_migrate_changed(self):
        """What the target gives back otherwise stays at the source."""
        given = mails() + [mail("odd", "caf\u00e9", Subject="caf\u00e9")]
        cart, server = self.cart(), self.serve(given)
        with ImapServer(munge8=True) as target:
            result = self.migrate(cart, server, target)
            self.assertEqual(self.reasons(result), {"unproved": 1})
            self.safe(cart, server, range(COUNT))

    def test_migrate_gone(self):
        """What somebody removed on the target stays at the source."""
        cart, server = self.cart(), self.serve()
        with ImapServer() as target:
            place = f"imap://anna@127.0.0.1:{target.port}"
            self.ends(cart.run("migrate", self.url(server), place))
            box = target.boxes["INBOX"]
            box.messages[:] = [one for one in box.messages
                               if b"tag=m4;" not in one.octets]
            box.modseq += 1
            for one in box.messages:
                if b"tag=m5;" in one.octets:
                    one.flags = list(one.flags) + ["\\Deleted"]
            result = self.migrate(cart, server, target, status=1)
            self.assertEqual(self.reasons(result), {"unproved": 2})
            self.safe(cart, server, set(range(COUNT)) - {4, 5})

    def test_migrate_false_ok(self):
        """OK to what is not stored: that stays, and is told."""
        cart, server = self.cart(), self.serve()
        with ImapServer(false_ok=5, no_multiappend=True) as target:
            result = self.migrate(cart, server, target, status=1)
            self.assertEqual(numbers(result).get("missing", 0), 1)
            self.assertEqual(self.reasons(result), {"unproved": 1})
            self.safe(cart, server, set(range(COUNT)) - {4})

    def test_migrate_other_octets(self):
        """Size and header are right, and one octet of the body is not."""
        cart, server = self.cart(), self.serve()
        with ImapServer(fetch_other=b"tag=m4;") as target:
            result = self.migrate(cart, server, target)
            self.assertEqual(numbers(result).get("changed", 0), 1)
            self.assertEqual(self.reasons(result), {"unproved": 1})
            self.safe(cart, server, set(range(COUNT)) - {4})

    def test_migrate_loses(self):
        """The target loses all that it has, when it is looked at: before the
        first message goes, none goes; right behind that one, or before the
        next session, no other; and behind all of them it is told."""
        gone = []
        for when in range(2, 8):
            cart, server = self.cart(), self.serve()
            with self.subTest(when=when), ImapServer(loses=when) as target:
                result = cart.run("migrate", self.url(server),
                                  f"imap://anna@127.0.0.1:{target.port}",
                                  "--delete-source", json_lines=False)
                self.safe(cart, server)
                if target.boxes["INBOX"].entered < when:
                    continue  # it never did
                gone.append(len(server.hidden))
                self.assertNotEqual(result.status, 0)
                self.ended(result, result.status)
                self.assertTrue(numbers(result).get("missing") or
                                "has lost messages" in words(result))
                self.assertEqual(self.told(result)["deleted"], gone[-1])
        self.assertEqual(gone, [0, 0, 1, 1, COUNT])

    def test_migrate_anew(self):
        """The target's mailbox is another one than that which was compared,
        with as many messages: nothing goes on what was proved of the old one,
        or no more; another run looks anew."""
        for behave in ("anew",) * mailcart.LONG + ("swapped",):
            for when, gone in ((3, 0), (4, 1), (5, 1)):
                with self.subTest(behave, when=when), ImapServer(
                        **{behave: when}) as target:
                    self.numbered_anew(target, gone)

    def numbered_anew(self, target, gone):
        cart, server = self.cart(), self.serve()
        place = f"imap://anna@127.0.0.1:{target.port}"
        result = self.migrate(cart, server, target, status=mailcart.TEMPFAIL)
        self.assertIn("numbered anew since it was compared, and nothing "
                      + "more " * gone + "is deleted",
                      words(result))
        self.assertEqual(len(server.hidden), gone)
        self.assertEqual(self.told(result)["deleted"], gone)
        self.safe(cart, server)
        swapped, target.behave = target.can("swapped"), {}
        if swapped:
            result = self.migrate(cart, server, target, status=1)
            self.assertEqual(self.reasons(result), {"unproved": COUNT - gone})
            self.ended(cart.run("push", "--again-missing", place,
                                json_lines=False), placements=COUNT)
        result = self.migrate(cart, server, target)
        self.assertEqual(self.told(result)["deleted"], COUNT - gone)
        self.assertEqual(set(server.mails) - set(self.on_target(target)),
                         set())
        self.safe(cart, server, range(COUNT))

    def test_two_accounts_of_one_mailbox(self):
        """What goes from one account is gone from the other as well; the
        target is another place."""
        cart, server = self.cart(), self.serve()
        other = self.serve()
        other.hidden = server.hidden
        with ImapServer() as target:
            result = self.migrate(cart, server, target, self.url(other))
            self.assertEqual(self.told(result)["deleted"], COUNT)
            self.safe(cart, server, range(COUNT))
            self.assertEqual(sorted(self.on_target(target)),
                             sorted(server.mails))
            again = self.migrate(cart, other, target)
            self.assertEqual(self.told(again)["listed"], 0)

    def one_account(self, before, **behaviours):
        """The account is the target's INBOX: what is deleted in one is gone
        from both.  One message is tried, and sent again."""
        how = {name: behaviours.pop(name) for name in ("quit_cut",)
               if name in behaviours}
        cart, server = self.cart(), self.serve(**how)
        with ImapServer(**behaviours) as target:
            place = f"imap://anna@127.0.0.1:{target.port}"
            server.hidden = Mirror(server, target.boxes["INBOX"])
            before(cart, server, target, place)
            result = self.migrate(cart, server, target,
                                  status=mailcart.USAGE,
                                  deleted=not how, unknown=len(how))
            self.assertIn("this very account", words(result))
            self.assertEqual(len(server.hidden), 1)
            self.assertEqual(sorted(self.on_target(target)),
                             sorted(server.mails))

    def test_one_account(self):
        def fill(_cart, server, target, _place):
            for octets in server.mails:
                target.boxes["INBOX"].add(octets)

        self.one_account(fill)
        # The answer is lost: it is looked at all the same.
        self.one_account(fill, quit_cut="after")

    def test_one_account_without_uidplus(self):
        """No UID is known of what was sent: any that goes tells it."""
        def send(cart, server, _target, place):
            for n, octets in enumerate(server.mails):
                cart.write(f"INBOX/{n}.eml", octets)
            self.ends(cart.run("migrate", "eml:" + cart.path("INBOX"),
                               place))

        self.one_account(send, no_uidplus=True)

    def test_target_not_seen(self):
        """Whether it is the same cannot be seen: nothing more goes."""
        cart, server = self.cart(), self.serve()
        with ImapServer() as target:
            server.hidden = Mirror(server, target.boxes["INBOX"],
                                   and_then=lambda: target.behave.update(
                                       select_no="INBOX"))
            result = self.migrate(cart, server, target,
                                  status=mailcart.TEMPFAIL, deleted=1)
            self.assertIn("cannot be seen, and nothing more is deleted",
                          words(result))
            self.assertEqual(len(server.hidden), 1)
            self.safe(cart, server)

    def given_back(self, told, status=mailcart.TEMPFAIL, **behaviours):
        """The account is the target's, and that does not take back what was
        deleted: it is said so, and how it comes there again.  (cart, target's
        place, target, server)"""
        cart, server = self.cart(), self.serve()
        target = self.enterContext(ImapServer())
        place = f"imap://anna@127.0.0.1:{target.port}"
        for octets in server.mails:
            target.boxes["INBOX"].add(octets)
        server.hidden = Mirror(
            server, target.boxes["INBOX"],
            and_then=lambda: target.behave.update(behaviours))
        result = self.migrate(cart, server, target, status=status)
        self.assertRegex(words(result),
                         "one message is gone from both.*" + told)
        self.assertEqual(len(server.hidden), 1)
        self.assertEqual(len(self.on_target(target)), COUNT - 1)
        self.ends(cart.run("verify"))
        for name in behaviours:
            target.behave.pop(name)
        return cart, place, target, server

    def test_one_account_refuses(self):
        """Refused there: what was deleted is not said to be back."""
        cart, place, target, server = self.given_back(
            "until 'mailcart push --retry-refused' sends it again.*refused",
            no_words="[CANNOT] not this one")
        self.ended(cart.run("push", place, "--retry-refused",
                            json_lines=False), refused=0)
        self.assertEqual(sorted(self.on_target(target)), sorted(server.mails))

    def test_one_account_is_full(self):
        """It waits: a run that deletes nothing brings it back."""
        cart, place, target, server = self.given_back(
            "without --delete-source sends it again: the target does not",
            no_words="[OVERQUOTA] full")
        server.hidden = set(server.hidden)
        self.ended(cart.run("migrate", self.url(server), place,
                            json_lines=False), waiting=0)
        self.assertEqual(sorted(self.on_target(target)), sorted(server.mails))

    def test_one_account_closes(self):
        """It lets nobody in any more: no other message is tried."""
        self.waits("three minutes")
        cart, place, target, server = self.given_back(
            "without --delete-source sends it again", mailcart.UNAVAILABLE,
            bye=b"tag=", logins_ok=1, login_bye="[UNAVAILABLE] not now")
        server.hidden = set(server.hidden)
        self.ended(cart.run("migrate", self.url(server), place,
                            json_lines=False), waiting=0)
        self.assertEqual(sorted(self.on_target(target)), sorted(server.mails))

    def test_target_not_reached(self):
        """It lets nobody in when the first is to go: none goes."""
        for how in ("login_no", "login_bye"):
            with self.subTest(how=how):
                cart, server = self.cart(), self.serve()
                with ImapServer() as target:
                    place = f"imap://anna@127.0.0.1:{target.port}"
                    self.ends(cart.run("migrate", self.url(server), place))
                    # One login to see that all is there, and then no more.
                    target.behave.update({"logins_ok": target.logins + 1,
                                          how: "[AUTHENTICATIONFAILED] no"})
                    result = self.migrate(cart, server, target,
                                          status=mailcart.NOPERM)
                    self.assertRegex(words(result),
                                     "'INBOX' of the target .* cannot be "
                                     "seen, and nothing is deleted.*no")
                    self.assertEqual(self.told(result)["deleted"], 0)
                    self.safe(cart, server, ())
                    self.assertFalse(self.said(server, "DELE"))

    def test_migrate_damaged(self):
        """An archive that is damaged anywhere: nothing goes."""
        cart, server = self.cart(), self.serve()
        with ImapServer() as target:
            place = f"imap://anna@127.0.0.1:{target.port}"
            self.ends(cart.run("migrate", self.url(server), place))
            with sqlite3.connect(cart.archive) as db:
                db.execute("UPDATE piece SET data = zeroblob(length(data)) "
                           "WHERE id = 3")
            result = self.migrate(cart, server, target, status=1, deleted=0)
            self.assertRegex(words(result), "Nothing was deleted at the "
                             "source, for the archive is damaged")
            self.assertEqual(server.hidden, set())
            self.holds(target, {"INBOX": server.mails}, date=dated)
            self.assertFalse(self.said(server, "DELE"))


if __name__ == "__main__":
    main()
