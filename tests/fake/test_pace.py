#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""--max-rate and --max-messages-rate: each way is held to it, whatever the way;
what a day allows is kept over runs, and the end is told; Ctrl-C ends a wait."""
import os
import signal
import sqlite3
import sys
import time

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from imap_server import ImapServer  # noqa: E402
from pop3_server import Pop3Server  # noqa: E402
from zoo_case import (Whole, aside, mail, main, mailcart,  # noqa: E402
                      mbox, words)
import seal  # noqa: E402

MAILS = [mail(f"m{n}", "0123456789abcde\r\n" * 1200) for n in range(8)]
OCTETS = sum(map(len, MAILS))  # about 160 KB
LINES = [mail(f"l{n}") for n in range(8)]


class Pace(Whole):
    def filled(self, mails=None):
        cart = self.cart()
        cart.write("mail/Kept", mbox(mails or MAILS))
        # What is on this machine comes as it can.
        since = time.monotonic()
        self.ends(cart.run("pull", "--max-messages-rate", "1/h",
                           "mbox:" + cart.path("mail")))
        self.assertLess(time.monotonic() - since, 20 * mailcart.SLOWER)
        return cart

    def timed(self, least, cart, *args):
        since = time.monotonic()
        result = self.ends(cart.run(*args, json_lines=False))
        took = time.monotonic() - since
        self.assertGreaterEqual(took, least, str(result))
        # Loaded machines are slow, but a limit that is a second's share in
        # another unit would take minutes.
        self.assertLess(took, 60 * mailcart.SLOWER, str(result))
        return result

    def pop3(self, cart, server, *options):
        return ("pull", *options, f"pop3://anna@127.0.0.1:{server.port}")

    # -- spread evenly -------------------------------------------------------

    @aside
    def test_octets(self):
        """Each way: from POP3, from IMAP, to IMAP, back by verify --deep."""
        rate, least = "64k", OCTETS / 65536 - 1.1
        cart = self.cart()
        with Pop3Server(MAILS) as server:
            self.timed(least, cart, *self.pop3(cart, server, "--max-rate",
                                               rate))
        self.assertEqual(len(cart.messages()), len(MAILS))
        with ImapServer() as server:
            self.timed(least, cart, "push", "--max-rate", rate + "/s",
                       server.url())
            self.assertEqual(sorted(server.stored()), sorted(MAILS))
            self.timed(least, cart, "verify", "--deep", "--max-rate", rate,
                       server.url())
            self.timed(least, self.cart(), "pull", "--max-rate", "3840k/min",
                       server.url())

    @aside
    def test_connections_share(self):
        """Four connections are no faster than one."""
        cart = self.cart()
        for n in range(4):
            cart.write(f"mail/Box{n}", mbox(MAILS[2 * n:2 * n + 2]))
        self.ends(cart.run("pull", "mbox:" + cart.path("mail")))
        with ImapServer() as server:
            self.timed(OCTETS / 65536 - 1.1, cart, "push", "-j", "4",
                       "--max-rate", "64k", server.url())
            self.assertEqual(sum(len(box.messages) for box
                                 in server.boxes.values()), len(MAILS))

    @aside
    def test_messages(self):
        cart = self.cart()
        with Pop3Server(LINES) as server:
            self.timed(1.9, cart, *self.pop3(
                cart, server, "--max-messages-rate", "2/s"))
        with ImapServer() as server:
            self.timed(1.9, cart, "push", "--max-messages-rate", "2",
                       server.url())
            self.assertEqual(sorted(server.stored()), sorted(LINES))

    @aside
    def test_interrupted(self):
        """The message in hand is finished, and what came stays."""
        cart = self.cart()
        with Pop3Server(LINES) as server:
            child = cart.start(*self.pop3(cart, server,
                                          "--max-messages-rate", "3/min"))
            while server.verbs().count("RETR") < 2:
                time.sleep(0.05)
            time.sleep(1)
            since = time.monotonic()
            child.send_signal(signal.SIGINT)
            self.assertEqual(child.wait(30 * mailcart.SLOWER), 130, cart.told())
            self.assertLess(time.monotonic() - since, 15 * mailcart.SLOWER)
        self.assertGreaterEqual(len(cart.messages()), 1)

    # -- within an hour or a day ---------------------------------------------

    def stopped(self, cart, *args):
        """A run that waits: what it says, once it does; ended by Ctrl-C."""
        child = cart.start(*args)
        deadline = time.monotonic() + 60 * mailcart.SLOWER
        while "waiting until" not in cart.told():
            self.assertLess(time.monotonic(), deadline, cart.told())
            self.assertIsNone(child.poll(), cart.told())
            time.sleep(0.05)
        child.send_signal(signal.SIGINT)
        self.assertEqual(child.wait(30 * mailcart.SLOWER), 130, cart.told())
        return " ".join(cart.told().split())

    def a_day_later(self, cart, minutes=-1441):
        with sqlite3.connect(cart.archive) as db:
            db.execute("UPDATE traffic SET minute = minute + ?", (minutes,))
        db.close()
        seal.seal(cart.archive)

    @aside
    def test_day_of_a_source(self):
        cart = self.cart()
        with Pop3Server(LINES) as server:
            args = self.pop3(cart, server, "--max-messages-rate", "5/day")
            told = self.stopped(cart, *args)
            self.assertRegex(told, "what is allowed in a day is used up: "
                             r"waiting until \w{3} \d{4}-\d\d-\d\d \d\d:\d\d "
                             r"UTC; at this pace all is done on \w{3} \d{4}")
            self.assertEqual(len(cart.messages()), 5)
            # Another run has no day of its own.
            retrs = server.verbs().count("RETR")
            self.stopped(cart, *args)
            self.assertEqual(server.verbs().count("RETR"), retrs)
            self.a_day_later(cart)
            self.ends(cart.run(*args))
            self.assertEqual(len(cart.messages()), len(LINES))
            # Nothing to do costs nothing of it.
            self.ends(cart.run(*args))

    @aside
    def test_clock_that_was_ahead(self):
        """By years: what it noted keeps nobody waiting for years."""
        cart = self.cart()
        with Pop3Server(LINES) as server:
            args = self.pop3(cart, server, "--max-messages-rate", "5/day")
            self.stopped(cart, *args)
            self.a_day_later(cart, 10 ** 7)
            self.ends(cart.run(*args))
            self.assertEqual(len(cart.messages()), len(LINES))

    def test_day_of_a_target(self):
        """What is on its way goes, the rest waits."""
        cart = self.filled()
        with ImapServer(no_multiappend=True) as server:
            args = ("push", "--max-rate", "60k/day", server.url())
            told = self.stopped(cart, *args)
            self.assertIn("at this pace all is done on", told)
            there = server.stored("Kept")
            self.assertGreaterEqual(len(there), 3)
            self.assertLess(len(there), len(MAILS))
            self.stopped(cart, *args)
            self.holds(server, {"Kept": there})
            self.a_day_later(cart)
            self.stopped(cart, *args)
            self.assertGreater(len(server.stored("Kept")), len(there))
            self.ended(cart.run("push", server.url(), json_lines=False),
                       sent=len(MAILS), placements=len(MAILS))
            self.holds(server, {"Kept": MAILS})

    @aside
    def test_hour(self):
        cart = self.filled(LINES)
        with ImapServer() as server:
            told = self.stopped(cart, "push", "--max-messages-rate", "3/h",
                                server.url())
            self.assertIn("what is allowed in an hour is used up", told)
            self.assertEqual(len(server.stored("Kept")), 3)

    @aside
    def test_no_rates(self):
        for option, value in (("--max-rate", "fast"), ("--max-rate", "0"),
                              ("--max-rate", "10/week"), ("--max-rate", "-1"),
                              ("--max-rate", "1kk"), ("--max-rate", "99G"),
                              ("--max-rate", "1k/"),
                              ("--max-messages-rate", "5k"),
                              ("--max-messages-rate", "5/d")):
            with self.subTest((option, value)):
                result = self.cart().run("pull", option, value, "mbox:x",
                                         json_lines=False)
                self.ends(result, mailcart.USAGE)
                self.assertIn("is no rate for " + option, words(result))

    @aside
    def test_unit_forgotten(self):
        """Who types 5 means no five octets."""
        for value in ("5", "1000/day", "1023/min"):
            result = self.cart().run("pull", "--max-rate", value, "mbox:x",
                                     json_lines=False)
            self.ends(result, mailcart.USAGE)
            self.assertIn(f"octets, and '{value}' are too few: write k, M or "
                          "G behind the number", words(result))


if __name__ == "__main__":
    main()
