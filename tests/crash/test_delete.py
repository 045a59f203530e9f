# SPDX-License-Identifier: MIT
"""Runs that delete at the source are killed, at every step and at random
moments, again and again.  After each kill: what is gone from the account is in
the archive to the octet and, with a target, on it.  After a run to the end the
account is empty, every message is there once, the archive is whole, and one
more run changes nothing.

Without MAILCART_LONG some steps and some kills; MAILCART_KILLS says how many,
MAILCART_MESSAGES of how many messages."""
import collections
import os
import random
import resource
import subprocess
import sys
import time

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from scene import Scene, mailcart, samples_of  # noqa: E402

STOP_AT = os.environ.get("MAILCART_STOP_AT", "")
DIED = 99
KILLS = int(os.environ.get("MAILCART_KILLS") or (
    200 if mailcart.LONG else 4))
COUNT = int(os.environ.get("MAILCART_MESSAGES") or 60)
A_ROUND = 6
EVERY = 1 if mailcart.LONG else 4


class Delete(Scene):
    COUNT = COUNT
    TARGETS = max(400, 6 * KILLS + 4)

    @classmethod
    def mails(cls):
        """None for anna: each move has an account of its own."""
        return ()

    def begin(self):
        """An account with mail, and a new one to go to."""
        cart = self.cart(ca=self.server.ca)
        source, target = next(self.free), next(self.free)
        mails = list(samples_of.small(self.COUNT))
        for octets in mails:
            self.server.drop(source, octets)
        self.given = collections.Counter(self.fold(one) for one in mails)
        return cart, source, target

    @staticmethod
    def fold(octets):
        """As it travels: Dovecot gives CRLF, whatever it keeps."""
        return octets.replace(b"\r\n", b"\n").replace(b"\n", b"\r\n")

    def in_box(self, user):
        boxes = self.server.read_all(user)
        return collections.Counter(self.fold(one.octets)
                                   for one in boxes.get("INBOX", ()))

    def safe(self, cart, source, target):
        """What is gone; each of them is where it has to be."""
        gone = self.given - self.in_box(source)
        if not gone:
            return gone
        held = {row["sha256"] for row in cart.messages()}
        for octets in gone:
            self.assertIn(mailcart.sha256(octets), held)
        if target:
            self.assertEqual(gone - self.in_box(target),
                             collections.Counter())
        return gone

    def ends_well(self, cart, places, source, target):
        self.ends(cart.run(*places, "--delete-source"))
        self.assertEqual(self.in_box(source), collections.Counter())
        if target:
            self.assertEqual(self.in_box(target), self.given)
        self.assertEqual(self.safe(cart, source, target), self.given)
        self.ends(cart.run("verify"))
        row = self.ends(cart.run("status")).of("status")[0]
        self.assertEqual((row["deleted"], row["deleting"]),
                         (self.COUNT, 0))
        row = self.ends(cart.run(*places, "--delete-source")).summary()
        self.assertEqual((row["delete"]["listed"], row["stored"]), (0, 0))

    def places(self, source, target):
        words = [self.server.url("pop3s", source)]
        if not target:
            return ["pull"] + words
        return ["migrate"] + words + [self.server.url("imaps", target)]

    # -- every step -----------------------------------------------------------

    def stop_at(self, n, verb, cart, source, target):
        places = self.places(source, target)[1:]
        words = [STOP_AT, str(n), verb, cart.archive, places[0], "secret",
                 self.server.ca] + places[1:]
        done = subprocess.run(words, capture_output=True, text=True,
                              timeout=300, env=mailcart.environment())
        self.assertIn(done.returncode, (0, DIED),
                      f"{verb} {n}: {done.returncode} {done.stderr}")
        return done

    def moved(self, with_target):
        """All is done but deleting, of which the steps are always the
        same."""
        cart, source, target = self.begin()
        target = target if with_target else None
        self.ends(cart.run(*self.places(source, target)))
        return cart, source, target

    def every_step(self, verb, with_target):
        cart, source, target = self.moved(with_target)
        done = self.stop_at(0, verb, cart, source, target)
        total = int(done.stdout)
        self.ends_well(cart, self.places(source, target), source, target)
        # From the last one on, which is behind the server's answer.
        steps = range(total, 0, -EVERY)
        print(f"{verb}: {total} steps, stopped at {len(steps)}", flush=True)
        for n in steps:
            with self.subTest(step=n, of=total):
                cart, source, target = self.moved(with_target)
                done = self.stop_at(n, verb, cart, source, target)
                self.assertEqual(done.returncode, DIED)
                self.safe(cart, source, target)
                self.ends_well(cart, self.places(source, target), source,
                               target)

    def test_stop_pull(self):
        self.every_step("empty", False)

    def test_stop_migrate(self):
        self.every_step("move", True)

    # -- any moment -----------------------------------------------------------

    def strike(self, cart, places, fresh):
        """True if it was still running when it was killed."""
        if self.killed(cart.start(*places, "--delete-source"), self.moment(),
                       cart, fresh):
            self.reaches[self.reached(cart)] += 1
            return True
        return False

    def moment(self):
        """Anywhere in a run, or near its end, where mail goes."""
        first = self.dice.choice((0.01, 0.6 * self.took))
        return self.dice.uniform(first, 1.1 * self.took)

    def round(self, most, with_target):
        cart, source, target = self.begin()
        target = target if with_target else None
        places = self.places(source, target)
        struck = between = 0
        while struck < most and self.strike(cart, places, struck == 0):
            struck += 1
            gone = self.safe(cart, source, target)
            between += 0 < sum(gone.values())
        self.ends_well(cart, places, source, target)
        return struck, between

    def test_kill(self):
        seed = int(os.environ.get("MAILCART_SEED") or time.time())
        print(f"MAILCART_SEED={seed}", flush=True)
        self.dice = random.Random(seed)
        self.reaches = collections.Counter()
        # The first one warms the server up: its time says little.
        for _ in range(2):
            cart, source, target = self.begin()
            began = time.monotonic()
            self.ends(cart.run(*self.places(source, target),
                               "--delete-source"))
            self.took = time.monotonic() - began
        struck = rounds = between = 0
        while struck < KILLS and rounds < 3 * KILLS:
            with self.subTest(seed=seed, round=rounds, struck=struck):
                rounds += 1
                now, some = self.round(min(A_ROUND, KILLS - struck),
                                       self.dice.random() < 0.7)
                struck += now
                between += some
        print(f"{struck} runs that delete were killed while they ran, in "
              f"{rounds} moves of {self.COUNT} messages, {between} of them "
              f"when mail was gone already, {dict(self.reaches)}; nothing was gone that was not "
              "safe, and each message is there once")
        self.assertEqual(struck, KILLS)


if __name__ == "__main__":
    if not os.access(STOP_AT, os.X_OK):
        sys.exit("MAILCART_STOP_AT does not name stop_at")
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    mailcart.main()
