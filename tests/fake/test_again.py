#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""A session that breaks is taken up again, as the server asks; a login that is
refused is not tried again by itself, and least of all in the middle."""
import os
import signal
import sys
import time

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from imap_server import ImapServer  # noqa: E402
from pop3_server import Pop3Server  # noqa: E402
from zoo_case import (Whole, aside, dated, mail, main,  # noqa: E402
                      mailcart, mbox, words)

TAGS = tuple(f"m{n}" for n in range(6))
MAILS = [mail(tag) for tag in TAGS]
WRONG = "Invalid password, please try again"
# What is said of connections that go, whichever they are.
AGAIN = ("note: the last session ended with messages on their way: waiting "
         "until the server has done with it",
         r"note: Box \d: .* on the way .* sent again.*'mailcart verify' names "
         "what is there twice.*")
HOURS = ("login refused: try again in 3 hours; wait 180 minutes, then run the "
         "same command again")
LOST = AGAIN + (
    r"note: mailbox 'Box \d': the server closed the connection; trying again "
    r"in N s( \[and \d more\])?",
    "note: no further connection to the server, it goes on with those that "
    f"are there: {HOURS}", f"imap://anna@HOST: {HOURS}",
    "Next: run the same command again; it goes on where this one stopped.")


class Again(Whole):
    def filled(self, *folders):
        """A cart with six messages in each mbox."""
        cart = self.cart()
        for folder in folders or ("Kept",):
            cart.write("mail/" + folder, mbox(MAILS))
        return cart

    def migrate(self, cart, server, status=0, **sums):
        return self.ended(cart.run(
            "migrate", "mbox:" + cart.path("mail"), server.url(),
            json_lines=False), status, **sums)

    def pull(self, cart, server, status=0, **sums):
        return self.ended(cart.run(
            "pull", f"pop3://anna@127.0.0.1:{server.port}", json_lines=False),
            status, **sums)

    def there(self, server, *folders):
        """All of them, each once, in each of the folders."""
        self.holds(server, dict.fromkeys(folders or ("Kept",), MAILS))

    # -- a login that is refused -------------------------------------------

    def refused(self, result, **sums):
        """A line says so, and what to look at."""
        self.ended(result, mailcart.NOPERM, **sums)
        self.assertRegex(words(result), "(refused|closed the connection).*; "
                         "check user name and password", "\n" + str(result))
        return result

    def test_login_refused(self):
        """Whatever the server says of trying again: asked once."""
        for behave in (dict(login_no="[AUTHENTICATIONFAILED] no"),
                       dict(login_no=WRONG),
                       dict(login_no="Locked: try again in 15 minutes"),
                       dict(login_bye="Authentication failed, try later")):
            with self.subTest(behave), ImapServer(**behave) as server:
                cart = self.filled()
                self.refused(cart.run(
                    "migrate", "mbox:" + cart.path("mail"), server.url(),
                    json_lines=False))
                self.assertEqual(server.logins, 1)
                self.holds(server, {})

    def test_pop3_login_refused(self):
        for behave in (dict(login_error="[AUTH] no"),
                       dict(login_error=WRONG),
                       dict(login_error=WRONG, sasl=["PLAIN"]),
                       dict(login_error=WRONG, sasl=["CRAM-MD5"]),
                       dict(login_error=WRONG, apop=True),
                       dict(login_error="[AUTH] locked, try again later")):
            with self.subTest(behave), Pop3Server(MAILS, **behave) as server:
                cart = self.cart()
                self.refused(cart.run(
                    "pull", f"pop3://anna@127.0.0.1:{server.port}",
                    json_lines=False))
                self.assertEqual(server.logins, 1)
                self.assertNotIn("DELE", server.verbs())
                self.archived(cart, [])

    @aside
    def test_unknown_mechanism(self):
        """A name that mailcart does not know is a mistake of usage; one that
        the server does not offer is a refused login.  No password leaves."""
        for name, status in (("FOO", mailcart.USAGE),
                             ("SCRAM-SHA-256", mailcart.NOPERM)):
            with self.subTest(name), ImapServer() as server:
                result = self.cart().run("pull", "--auth", name, server.url(),
                                         json_lines=False)
                self.one_line(result, status, name)
                self.assertEqual(server.logins, 0)

    def test_refused_midway(self):
        """The password was right, the link goes, and it is no more."""
        ways = [dict(login_no=WRONG), dict(login_bye="Too many failed logins")]
        if mailcart.LONG:
            ways += [dict(), dict(login_bye="[AUTHENTICATIONFAILED] locked")]
        for behave in ways:
            with self.subTest(behave), ImapServer(
                    logins_ok=1, drop_before_append=1, **behave) as server:
                cart = self.filled()
                self.refused(cart.run(
                    "migrate", "mbox:" + cart.path("mail"), server.url(),
                    json_lines=False), listed=6, stored=6, sent=0, waiting=6)
                self.assertEqual(server.logins, 2)
                self.holds(server, {})
                server.behave = {}
                self.migrate(cart, server, sent=6)
                self.there(server)

    def test_any_connection_lost(self):
        """Whichever of three goes, and is not given anew, what it had in hand
        is the others'; the last one's loss is the end, until the next run."""
        for lost in ({1}, {2}, {1, 3}, {1, 2, 3}):
            with self.subTest(lost), ImapServer(
                    logins_ok=3, login_no="[LIMIT] try again in 3 hours",
                    drop_logins=lost) as server:
                folders = [f"Box {n}" for n in range(9)]
                cart = self.filled(*folders)
                self.ends(cart.run("pull", "mbox:" + cart.path("mail")))

                def push(status, lines, **sums):
                    result = self.ended(
                        cart.run("push", "-j", "3", server.url(),
                                 json_lines=False), status, lines=lines,
                        placements=54, **sums)
                    return result
                end = len(lost) == 3
                result = push(mailcart.TEMPFAIL if end else 0, LOST,
                              **{} if end else {"sent": 54})
                self.assertEqual(server.logins, 3 + len(lost), str(result))
                self.assertIn("no further connection", result.err)
                server.behave = {}
                push(0, AGAIN, sent=54)
                self.there(server, *folders)

    def test_refused_midway_beside_a_pull(self):
        """While a POP3 account is read, another thread pushes: neither tries
        the refused login again, and the pull goes on."""
        cart = self.cart()
        with Pop3Server(MAILS, slow=0.3, capabilities=["UIDL"]) as source, (
                ImapServer(logins_ok=1, drop_before_append=1)) as target:
            def run():
                return cart.run(
                    "migrate", f"pop3://anna@127.0.0.1:{source.port}",
                    target.url(), json_lines=False)
            self.refused(run(), listed=6, stored=6)
            self.assertEqual(target.logins, 2)
            target.behave = {}
            self.ended(run(), known=6, sent=6)
            self.holds(target, {"INBOX": MAILS}, date=dated)

    def test_pop3_refused_midway(self):
        for sasl in (None, ["CRAM-MD5"]) + (["PLAIN"],) * mailcart.LONG:
            with self.subTest(sasl), Pop3Server(
                    MAILS, cut={4: 60}, logins_ok=1, sasl=sasl) as server:
                cart = self.cart()
                self.refused(cart.run(
                    "pull", f"pop3://anna@127.0.0.1:{server.port}",
                    json_lines=False), listed=3, stored=3)
                self.assertEqual(server.logins, 2)
                self.archived(cart, MAILS[:3])
                server.behaviours = {"sasl": sasl}
                self.pull(cart, server, listed=6, known=3, stored=3)
                self.archived(cart, MAILS)
                self.assertNotIn("DELE", server.verbs())

    def test_imap_source_refused_midway(self):
        with ImapServer(logins_ok=1, fetch_drop=b"tag=m3;") as server:
            for octets in MAILS:
                server.boxes["INBOX"].add(octets)
            cart = self.cart()

            def run():
                return cart.run("pull", server.url(), json_lines=False)
            self.refused(run(), listed=3, stored=3)
            self.assertEqual(server.logins, 2)
            server.behave = {}
            self.ended(run(), listed=6, failed=0)
            self.archived(cart, MAILS)
            self.holds(server, {"INBOX": MAILS}, date=None)

    # -- verify ------------------------------------------------------------

    def moved(self, server):
        """A cart of which all is on the server."""
        cart = self.filled()
        self.migrate(cart, server, sent=6)
        server.logins = server.dropped = 0
        return cart

    def deep(self, cart, server):
        return cart.run("verify", "--deep", server.url(), json_lines=False)

    def test_verify_goes_on(self):
        """verify --deep takes up a broken session where it was."""
        with ImapServer() as server:
            cart = self.moved(server)
            server.behave = dict(fetch_drop=b"tag=m3;", drops=2)
            result = self.ended(self.deep(cart, server), checked=6,
                                identical=6, missing=0)
            self.assertIn("trying again in", words(result))
            self.there(server)

    def test_verify_refused_midway(self):
        with ImapServer() as server:
            cart = self.moved(server)
            server.behave = dict(fetch_drop=b"tag=m3;", logins_ok=1)
            self.refused(self.deep(cart, server), missing=0)
            self.assertEqual(server.logins, 2)
            self.there(server)

    def test_verify_numbered_anew(self):
        """Other UIDs in the next session: not taken for the old ones."""
        with ImapServer() as server:
            cart = self.moved(server)
            server.behave = dict(fetch_drop=b"tag=m3;",
                                 uidvalidity_moves=True)
            result = self.ended(self.deep(cart, server), mailcart.TEMPFAIL,
                                missing=0)
            self.assertIn("numbered its messages anew", words(result))
            self.there(server)

    # -- as the server asks --------------------------------------------------

    def test_busy(self):
        """BYE and -ERR of a server that is busy, at each kind of run."""
        with ImapServer(busy=1) as server:
            cart = self.filled()
            result = self.migrate(cart, server, sent=6)
            self.assertIn("overloaded", words(result))
            self.there(server)
            other = self.cart()
            for one, words_of, sums in (
                    (cart, ("push",), dict(sent=6, sent_now=0)),
                    (cart, ("verify", "--deep"), dict(identical=6)),
                    (other, ("pull",), dict(listed=6, stored=6))):
                server.sessions = 0
                self.ended(one.run(*words_of, server.url(),
                                   json_lines=False), **sums)
            self.archived(other, MAILS)
            self.there(server)
        with Pop3Server(MAILS, busy=1) as server:
            cart = self.cart()
            result = self.pull(cart, server, listed=6, stored=6)
            self.assertIn("overloaded", words(result))
            self.archived(cart, MAILS)

    def test_time_that_is_asked(self):
        """Not before it is over, and soon then."""
        for asked, least in (("try again in 2 seconds", 2),
                             ("Suggested Backoff Time: 1500 milliseconds",
                              1.5)):
            with self.subTest(asked), ImapServer(
                    busy=1, busy_words=asked) as server:
                since = time.monotonic()
                self.migrate(self.filled(), server, sent=6)
                self.assertGreaterEqual(time.monotonic() - since, least)
                self.there(server)

    def test_hours_are_told(self):
        """Nobody sits before it for so long."""
        with ImapServer(login_no="[LIMIT] try again in 3 hours") as server:
            result = self.migrate(self.filled(), server, mailcart.TEMPFAIL)
            self.assertIn("wait 180 minutes, then run the same", words(result))
            self.assertEqual(server.logins, 1)
            self.holds(server, {})
        with Pop3Server(MAILS, login_error="[LOGIN-DELAY] please wait 7200 "
                        "seconds") as server:
            cart = self.cart()
            result = self.pull(cart, server, mailcart.TEMPFAIL)
            self.assertIn("wait 120 minutes, then run the same", words(result))
            self.assertEqual(server.logins, 1)
            self.archived(cart, [])

    @aside
    def test_interrupted_wait(self):
        """Ctrl-C ends it at once."""
        with ImapServer(busy=9, busy_words="try again in 20 minutes") as (
                server):
            cart = self.filled()
            child = cart.start("migrate", "mbox:" + cart.path("mail"),
                               server.url())
            deadline = time.monotonic() + 30 * mailcart.SLOWER
            while "trying again" not in cart.told():
                self.assertLess(time.monotonic(), deadline, cart.told())
                time.sleep(0.05)
            child.send_signal(signal.SIGINT)
            self.assertEqual(child.wait(30 * mailcart.SLOWER), 130, cart.told())


if __name__ == "__main__":
    main()
