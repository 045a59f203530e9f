# SPDX-License-Identifier: MIT
"""SIGKILL from outside at 50 random moments of a migration, again and again on
the same archive and target, then a run to the end: every message is there
once, and one more run changes nothing."""
import os
import random
import subprocess
import sys
import time

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from scene import Scene, mailcart  # noqa: E402

KILLS = 50
A_ROUND = 5  # kills on one archive and one target, then the end


class Kill(Scene):
    COUNT = 250
    TARGETS = KILLS // A_ROUND + 2

    def places(self, cart, user):
        return (self.server.url("pop3s", "anna"),
                "mbox:" + self.mbox(cart), self.server.url("imaps", user))

    def undisturbed(self):
        cart, user = self.cart(ca=self.server.ca), next(self.free)
        began = time.monotonic()
        self.ends(cart.run("migrate", *self.places(cart, user)))
        took = time.monotonic() - began
        return self.summary_of(cart), self.on_target(user), took

    def strike(self, cart, places, after):
        """True if it was still running when it was killed."""
        child = cart.start("migrate", *places)
        try:
            self.assertIn(child.wait(after), (0,), "failed by itself")
            return False
        except subprocess.TimeoutExpired:
            child.kill()
            child.wait()
            return True

    def test_kill(self):
        seed = int(os.environ.get("MAILCART_SEED") or time.time())
        print(f"MAILCART_SEED={seed}", flush=True)
        dice = random.Random(seed)
        archive, target, took = self.undisturbed()
        self.no_twins({"Kept": target["Kept"]})
        struck = 0
        for turn in range(KILLS // A_ROUND):
            with self.subTest(seed=seed, turn=turn):
                cart, user = self.cart(ca=self.server.ca), next(self.free)
                places = self.places(cart, user)
                for _ in range(A_ROUND):
                    # Also right at the start, and near the end.
                    after = dice.uniform(0.01, took * 1.05)
                    struck += self.strike(cart, places, after)
                self.ends(cart.run("migrate", *places))
                self.assertEqual(self.summary_of(cart), archive)
                self.same_target(self.on_target(user), target)
                self.ends(cart.run("migrate", *places))
                self.same_target(self.on_target(user), target)
                self.ends(cart.run("verify"))
        print(f"{struck} of {KILLS} runs were killed while they ran")
        self.assertGreater(struck, KILLS // 4)


if __name__ == "__main__":
    mailcart.main()
