# SPDX-License-Identifier: MIT
"""Stop at every step of a pull and of a push, run again to the end: the end is
that of a run which nobody disturbed, and one more run changes nothing.

Without MAILCART_LONG the steps are spread where there are many."""
import os
import subprocess
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from scene import Scene, mailcart  # noqa: E402

STOP_AT = os.environ.get("MAILCART_STOP_AT", "")
DIED = 99
STEPS_MAX = 24  # a job, where it is not the long run


class Stop(Scene):
    TARGETS = 1200 if mailcart.LONG else 40

    def stop_at(self, n, verb, cart, place):
        done = subprocess.run(
            [STOP_AT, str(n), verb, cart.archive, place, "secret",
             self.server.ca], stdout=subprocess.PIPE, stderr=subprocess.PIPE,
            text=True, timeout=300, env=mailcart.environment())
        self.assertIn(done.returncode, (0, DIED),
                      f"{verb} {n}: {done.returncode} {done.stderr}")
        return done

    def steps(self, verb, cart, place):
        """How many steps an undisturbed run has; it runs to its end."""
        done = self.stop_at(0, verb, cart, place)
        total = int(done.stdout)
        self.assertGreater(total, 1, f"{verb} tells of no steps")
        print(f"{verb} of {place.split(':')[0]}: {total} steps, stopped at "
              f"{len(self.chosen(total))}", flush=True)
        return total

    def chosen(self, total):
        """Every step, or as many as there is time for, the ends among
        them."""
        if mailcart.LONG or total <= STEPS_MAX:
            return range(1, total + 1)
        half = STEPS_MAX // 2
        spread = {1 + n * (total - 1) // half for n in range(half + 1)}
        return sorted(spread | set(range(1, STEPS_MAX - half)))

    def pull_from(self, place_of):
        calm = self.cart(ca=self.server.ca)
        total = self.steps("pull", calm, place_of(calm))
        want, status = self.summary_of(calm), self.status_of(calm)
        died = 0
        for n in self.chosen(total):
            with self.subTest(step=n, of=total):
                cart = self.cart(ca=self.server.ca)
                place = place_of(cart)
                died += self.stop_at(n, "pull", cart,
                                     place).returncode == DIED
                self.ends(cart.run("pull", place))
                self.assertEqual(self.summary_of(cart), want)
                row = self.ends(cart.run("pull", place)).summary()
                self.assertEqual((row["stored"], row["failed"]), (0, 0))
                self.assertEqual(self.summary_of(cart), want)
                self.assertEqual(self.status_of(cart), status)
                self.ends(cart.run("verify"))
        self.assertEqual(died, len(self.chosen(total)))

    def test_pull_pop3(self):
        self.pull_from(lambda cart: self.server.url("pop3s", "anna"))

    def test_pull_mbox(self):
        self.pull_from(lambda cart: "mbox:" + self.mbox(cart))

    def filled(self):
        cart = self.cart(ca=self.server.ca)
        self.ends(cart.run("pull", self.server.url("pop3s", "anna"),
                           "mbox:" + self.mbox(cart)))
        return cart

    def test_push(self):
        calm = self.filled()
        user = next(self.free)
        total = self.steps("push", calm, self.server.url("imaps", user))
        want, status = self.on_target(user), self.status_of(calm)
        self.no_twins({"Kept": want["Kept"]})
        died = 0
        for n in self.chosen(total):
            with self.subTest(step=n, of=total):
                cart, user = self.filled(), next(self.free)
                place = self.server.url("imaps", user)
                died += self.stop_at(n, "push", cart,
                                     place).returncode == DIED
                self.ends(cart.run("push", place))
                self.same_target(self.on_target(user), want)
                self.ends(cart.run("push", place))
                self.same_target(self.on_target(user), want)
                mine = self.status_of(cart)
                # A message that a killed run sent may be told as found.
                for row in (mine, status):
                    row["there"] = row.get("there", 0) or (
                        row.pop("sent") + row.pop("present"))
                self.assertEqual(mine, status)
        self.assertEqual(died, len(self.chosen(total)))


if __name__ == "__main__":
    if not os.access(STOP_AT, os.X_OK):
        sys.exit("MAILCART_STOP_AT does not name stop_at")
    mailcart.main()
