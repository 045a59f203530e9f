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
from zoo_case import mail, main, mailcart, numbers, words  # noqa: E402
import samples_of  # noqa: E402

TAGS = tuple(f"m{n}" for n in range(6))
MAILS = [mail(tag) for tag in TAGS]
WRONG = "Invalid password, please try again"


class Again(mailcart.Case):
    def filled(self):
        """A cart with six messages in an mbox."""
        cart = self.cart()
        cart.write("mail/Kept", samples_of.mbox(
            [("a@b.org Thu Jan  1 10:00:00 2004",
              octets.replace(b"\r\n", b"\n")) for octets in MAILS]))
        return cart

    def migrate(self, cart, server):
        return cart.run("migrate", "mbox:" + cart.path("mail"), server.url(),
                        json_lines=False)

    def pull(self, cart, server):
        return cart.run("pull", f"pop3://anna@127.0.0.1:{server.port}",
                        json_lines=False)

    def each_once(self, server, box="Kept"):
        self.assertEqual(sorted(server.stored(box)), sorted(MAILS))

    # -- a login that is refused -------------------------------------------

    def refused(self, result):
        """A line says so, and what to look at."""
        self.ends(result, mailcart.NOPERM)
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
                self.refused(self.migrate(self.filled(), server))
                self.assertEqual(server.logins, 1)

    def test_pop3_login_refused(self):
        for behave in (dict(login_error="[AUTH] no"),
                       dict(login_error=WRONG),
                       dict(login_error=WRONG, sasl=["PLAIN"]),
                       dict(login_error=WRONG, sasl=["CRAM-MD5"]),
                       dict(login_error=WRONG, apop=True),
                       dict(login_error="[AUTH] locked, try again later")):
            with self.subTest(behave), Pop3Server(MAILS, **behave) as server:
                self.refused(self.pull(self.cart(), server))
                self.assertEqual(server.logins, 1)

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
                result = self.refused(self.migrate(cart, server))
                self.assertEqual(server.logins, 2, str(result))
                server.behave = {}
                self.ends(self.migrate(cart, server))
                self.each_once(server)

    def test_any_connection_lost(self):
        """Whichever of three goes, and is not given anew, what it had in hand
        is the others'; the last one's loss is the end, until the next run."""
        for lost in ({1}, {2}, {1, 3}, {1, 2, 3}):
            with self.subTest(lost), ImapServer(
                    logins_ok=3, login_no="[LIMIT] try again in 3 hours",
                    drop_logins=lost) as server:
                cart = self.cart()
                for n in range(9):
                    cart.write(f"mail/Box {n}", samples_of.mbox(
                        [("a@b.org Thu Jan  1 10:00:00 2004",
                          octets.replace(b"\r\n", b"\n"))
                         for octets in MAILS]))
                self.ends(cart.run("pull", "mbox:" + cart.path("mail")))
                result = cart.run("push", "-j", "3", server.url(),
                                  json_lines=False)
                self.assertEqual(server.logins, 3 + len(lost), str(result))
                self.assertIn("no further connection", result.err)
                if len(lost) == 3:
                    self.ends(result, mailcart.TEMPFAIL)
                    server.behave = {}
                    result = cart.run("push", server.url())
                self.ends(result)
                for n in range(9):
                    self.each_once(server, f"Box {n}")

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
            result = self.refused(run())
            self.assertEqual(target.logins, 2, str(result))
            self.assertEqual(numbers(result)["stored"], len(MAILS))
            target.behave = {}
            self.ends(run())
            self.each_once(target, "INBOX")

    def test_pop3_refused_midway(self):
        for sasl in (None, ["CRAM-MD5"]) + (["PLAIN"],) * mailcart.LONG:
            with self.subTest(sasl), Pop3Server(
                    MAILS, cut={4: 60}, logins_ok=1, sasl=sasl) as server:
                cart = self.cart()
                result = self.refused(self.pull(cart, server))
                self.assertEqual(server.logins, 2)
                self.assertEqual(numbers(result)["stored"], 3, str(result))
                server.behaviours = {"sasl": sasl}
                self.ends(self.pull(cart, server))
                self.assertEqual(len(cart.messages()), len(MAILS))

    def test_imap_source_refused_midway(self):
        with ImapServer(logins_ok=1, fetch_drop=b"tag=m3;") as server:
            for octets in MAILS:
                server.boxes["INBOX"].add(octets)
            cart = self.cart()

            def run():
                return cart.run("pull", server.url(), json_lines=False)
            self.refused(run())
            self.assertEqual(server.logins, 2)
            server.behave = {}
            self.ends(run())
            self.assertEqual(len(cart.messages()), len(MAILS))

    # -- verify ------------------------------------------------------------

    def test_verify_goes_on(self):
        """verify --deep takes up a broken session where it was."""
        with ImapServer() as server:
            cart = self.filled()
            self.ends(self.migrate(cart, server))
            server.behave = dict(fetch_drop=b"tag=m3;", drops=2)
            result = self.ends(cart.run("verify", "--deep", server.url(),
                                        json_lines=False))
            sums = numbers(result)
            self.assertEqual((sums["identical"], sums["missing"]),
                             (len(MAILS), 0), str(result))
            self.assertIn("trying again in", words(result))

    def test_verify_refused_midway(self):
        with ImapServer() as server:
            cart = self.filled()
            self.ends(self.migrate(cart, server))
            server.logins = 0
            server.dropped = 0
            server.behave = dict(fetch_drop=b"tag=m3;", logins_ok=1)
            self.refused(cart.run("verify", "--deep", server.url(),
                                  json_lines=False))
            self.assertEqual(server.logins, 2)

    def test_verify_numbered_anew(self):
        """Other UIDs in the next session: not taken for the old ones."""
        with ImapServer() as server:
            cart = self.filled()
            self.ends(self.migrate(cart, server))
            server.behave = dict(fetch_drop=b"tag=m3;",
                                 uidvalidity_moves=True)
            result = cart.run("verify", "--deep", server.url(),
                              json_lines=False)
            self.ends(result, mailcart.TEMPFAIL)
            self.assertIn("numbered its messages anew", words(result))

    # -- as the server asks --------------------------------------------------

    def test_busy(self):
        """BYE and -ERR of a server that is busy, at each kind of run."""
        with ImapServer(busy=1) as server:
            cart = self.filled()
            result = self.ends(self.migrate(cart, server))
            self.assertIn("overloaded", words(result))
            self.each_once(server)
            server.sessions = 0
            self.ends(cart.run("push", server.url()))
            server.sessions = 0
            self.ends(cart.run("verify", "--deep", server.url()))
            server.sessions = 0
            self.ends(self.cart().run("pull", server.url()))
        with Pop3Server(MAILS, busy=1) as server:
            result = self.ends(self.pull(self.cart(), server))
            self.assertIn("overloaded", words(result))

    def test_time_that_is_asked(self):
        """Not before it is over, and soon then."""
        for asked, least in (("try again in 2 seconds", 2),
                             ("Suggested Backoff Time: 1500 milliseconds",
                              1.5)):
            with self.subTest(asked), ImapServer(
                    busy=1, busy_words=asked) as server:
                since = time.monotonic()
                self.ends(self.migrate(self.filled(), server))
                self.assertGreaterEqual(time.monotonic() - since, least)

    def test_hours_are_told(self):
        """Nobody sits before it for so long."""
        with ImapServer(login_no="[LIMIT] try again in 3 hours") as server:
            result = self.ends(self.migrate(self.filled(), server),
                               mailcart.TEMPFAIL)
            self.assertIn("it wants us to wait 180 minutes", words(result))
            self.assertEqual(server.logins, 1)
        with Pop3Server(MAILS, login_error="[LOGIN-DELAY] please wait 7200 "
                        "seconds") as server:
            result = self.ends(self.pull(self.cart(), server),
                               mailcart.TEMPFAIL)
            self.assertIn("it wants us to wait 120 minutes", words(result))
            self.assertEqual(server.logins, 1)

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
