# SPDX-License-Identifier: MIT
"""SIGKILL from outside at 24 random moments of a migration, again and again on
the same archive and target, then a run to the end: every message is there
once, and one more run changes nothing.

With MAILCART_LONG: 1,000 times, and moves of 5,000 messages that are killed as
often as it takes them to be done.  MAILCART_KILLS says another number."""
import collections
import os
import random
import sys
import time

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from scene import Scene, mailcart  # noqa: E402

MESSAGES = 3300 if mailcart.LONG else 250  # half as many again are in an mbox
KILLS = int(os.environ.get("MAILCART_KILLS") or (
    1000 if mailcart.LONG else 24))
# Kills at most on one archive and one target, then the end.
A_ROUND = KILLS if mailcart.LONG else 6
ROUNDS_MAX = 200 if mailcart.LONG else 40
# How far into a run, in parts of an undisturbed one.
REACHES = (0.01, 0.02, 0.03, 0.05, 0.3) if mailcart.LONG else (1,)
# What a push waits where messages were on their way: by how many there were.
RESUME_WAITS = (0, 3.0, 6.0, 12.0, 23.0) if mailcart.LONG else (0, 3.0)


class Kill(Scene):
    COUNT = MESSAGES
    TARGETS = ROUNDS_MAX + 2

    def places(self, cart, user, pop3_last=False):
        """What comes by POP3 at the end is pushed while it is pulled."""
        sources = (self.server.url("pop3s", "anna"),
                   "mbox:" + self.mbox(cart))
        return (*(reversed(sources) if pop3_last else sources),
                self.server.url("imaps", user))

    def undisturbed(self):
        cart, user = self.cart(ca=self.server.ca), next(self.free)
        began = time.monotonic()
        self.ends(cart.run("migrate", *self.places(cart, user)))
        took = time.monotonic() - began
        return self.summary_of(cart), self.on_target(user), took

    def strike(self, cart, places, after, fresh):
        """True if it was still running when it was killed."""
        if self.killed(cart.start("migrate", *places), after, cart, fresh):
            self.reaches[self.reached(cart)] += 1
            return True
        return False

    def moment(self, struck):
        """Seconds: anywhere in a run; one that resumes may first wait for
        the server, and is struck behind that, too."""
        wait = self.dice.choice(RESUME_WAITS) if struck else 0
        reach = self.dice.choice(REACHES)
        return wait + self.dice.uniform(0.01, self.took * reach)

    def round(self, most):
        """Strikes until a run reaches its end, but `most` times at most;
        then all must be well.  How often it struck."""
        cart, user = self.cart(ca=self.server.ca), next(self.free)
        places = self.places(cart, user, self.dice.random() < 0.5)
        struck = 0
        while struck < most and self.strike(
                cart, places, self.moment(struck), struck == 0):
            struck += 1
        self.ends(cart.run("migrate", *places))
        self.same_target(self.on_target(user), self.target)
        self.assertEqual(self.summary_of(cart), self.archive)
        self.ends(cart.run("migrate", *places))
        self.same_target(self.on_target(user), self.target)
        self.ends(cart.run("verify"))
        return struck

    def on_the_target(self):
        return sum(map(len, self.target.values()))

    def test_kill(self):
        seed = int(os.environ.get("MAILCART_SEED") or time.time())
        print(f"MAILCART_SEED={seed}", flush=True)
        self.dice = random.Random(seed)
        # The first one warms the server up: its time says little.
        self.undisturbed()
        self.archive, self.target, self.took = self.undisturbed()
        self.no_twins({"Kept": self.target["Kept"]})
        self.reaches = collections.Counter()
        struck = rounds = 0
        while struck < KILLS and rounds < ROUNDS_MAX:
            with self.subTest(seed=seed, round=rounds, struck=struck):
                rounds += 1
                struck += self.round(min(A_ROUND, KILLS - struck))
                print(f"killed {struck} times in {rounds} moves", flush=True)
        print(f"{struck} runs were killed while they ran, in {rounds} moves "
              f"of {len(self.archive[0])} messages, {self.on_the_target()} on "
              f"the target; while they did {dict(self.reaches)}; each message "
              "is there once, and the archive is whole")
        self.assertEqual(struck, KILLS)


if __name__ == "__main__":
    mailcart.main()
