# SPDX-License-Identifier: MIT
"""A server 50 ms away: 1,000 small messages are pulled and pushed in tens of
round trips, not thousands, over TLS as in life."""
import os
import sys
import time

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, HERE)
sys.path.insert(0, os.path.join(os.path.dirname(HERE), "fake"))
import mailcart  # noqa: E402
import samples_of  # noqa: E402
from delay_proxy import DelayProxy  # noqa: E402
from dovecot import Dovecot  # noqa: E402
from mailcart import Case  # noqa: E402

COUNT = 1000
RTT_MS = 50
TRIPS_MAX = 90  # "tens"


class RoundTrips(Case):
    def far(self, port, verb, cart, scheme, user):
        with DelayProxy(port, RTT_MS) as proxy:
            began = time.monotonic()
            result = self.ends(cart.run(
                verb, f"{scheme}://{user}@localhost:{proxy.port}"))
            took = time.monotonic() - began
        print(f"{verb} of {COUNT}: {proxy.trips} round trips waited for, "
              f"{proxy.turns} turns, {took:.1f} s, "
              f"{proxy.connections} connections", flush=True)
        self.assertLess(proxy.trips, TRIPS_MAX)
        # Wall time is a second witness: one trip a message were 50 s.
        self.assertLess(took, COUNT * RTT_MS / 1000 / 2)
        return result.summary()

    def test_far_away(self):
        with Dovecot(users=("anna", "bert"), storage="maildir") as server:
            for octets in samples_of.small(COUNT):
                server.drop("anna", octets)
            cart = self.cart(ca=server.ca)
            row = self.far(server.pop3s, "pull", cart, "pop3s", "anna")
            self.assertEqual(row["stored"], COUNT)
            row = self.far(server.pop3s, "pull", cart, "pop3s", "anna")
            self.assertEqual(row["stored"], 0)
            row = self.far(server.imaps, "push", cart, "imaps", "bert")
            self.assertEqual(row["sent"], COUNT)
            self.assertEqual(server.counts("bert")["INBOX"], COUNT)
            row = self.far(server.imaps, "push", cart, "imaps", "bert")
            self.assertEqual(row["sent_now"], 0)
            self.assertEqual(server.counts("bert")["INBOX"], COUNT)


if __name__ == "__main__":
    mailcart.main()
