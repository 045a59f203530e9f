# SPDX-License-Identifier: MIT
"""Flags that a server loses when they come with a message (Exchange: \\Flagged)
are added behind it, wherever the program is killed."""
import concurrent.futures
import os
import subprocess
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, HERE)
from imap_server import ImapServer  # noqa: E402
from zoo_case import Whole, dated, mail, main, mailcart, tag_of  # noqa: E402

STOP_AT = os.environ.get("MAILCART_STOP_AT", "")
DIED = 99
STEPS_MAX = 8  # tried of all, but in the long form
SIDE_BY_SIDE = 6
EXCHANGE = "* OK The Microsoft Exchange IMAP4 service is ready. [QQ==]"
STARRED = {f"star{n}" for n in range(5)}
OTHERS = {f"other{n}" for n in range(3)}
BOXES = {"INBOX": "mail", "Kept": "mail/.Kept"}


class Flags(Whole):
    def filled(self):
        """Two folders, each with starred mail and other."""
        cart = self.cart()
        for base in BOXES.values():
            for sub in ("cur", "new", "tmp"):
                os.makedirs(cart.path(base, sub))
            for n, tag in enumerate(sorted(STARRED | OTHERS)):
                flags = "FS" if tag in STARRED else "S"
                cart.write(f"{base}/cur/107295120{n}.{n}.h:2,{flags}",
                           self.octets(base, tag))
        self.ends(cart.run("pull", "maildir:" + cart.path("mail")))
        return cart

    def test_deleted_there(self):
        """What the next EXPUNGE takes answers for nothing: it is sent."""
        cart = self.filled()
        with ImapServer() as server:
            tags = sorted(STARRED | OTHERS)
            box = server.boxes["INBOX"]
            for n, tag in enumerate(tags):
                box.add(self.octets("mail", tag), ("\\Deleted",) * (n % 2))
            self.ended(cart.run("push", server.url(), json_lines=False),
                       placements=16, present=4, sent=12)
            box.messages = [one for one in box.messages
                            if "\\Deleted" not in one.flags]
            self.holds(server, {name: [self.octets(base, tag) for tag in tags]
                                for name, base in BOXES.items()},
                       flags=None, date=None)

    def stop_at(self, n, cart, server):
        done = subprocess.run(
            [STOP_AT, str(n), "push", cart.archive, server.url(), "secret",
             "-"], capture_output=True, text=True, timeout=300,
            env=mailcart.environment())
        self.assertIn(done.returncode, (0, DIED), done.stderr)
        return done

    @staticmethod
    def octets(base, tag):
        return mail(f"{tag}-{len(base)}")

    def all_there(self, server):
        self.holds(server, {
            name: [self.octets(base, tag) for tag in STARRED | OTHERS]
            for name, base in BOXES.items()}, date=dated, flags=lambda octets: (
                "\\Seen", "\\Flagged")[:1 + (
                    tag_of(octets).split("-")[0] in STARRED)])

    def killed(self, n, behave):
        cart = self.filled()
        with ImapServer(**behave) as server:
            self.assertEqual(self.stop_at(n, cart, server).returncode, DIED)

            def run(verb, *options, **sums):
                self.ended(cart.run(verb, *options, server.url(),
                                    json_lines=False), **sums)
                self.all_there(server)
            run("push", placements=16, refused=0)
            said = len(server.said("STORE"))
            run("push", placements=16, sent_now=0)
            self.assertEqual(len(server.said("STORE")), said)
            run("verify", "--deep", checked=16, identical=16)

    def test_killed(self):
        """At every step, then to the end; what is paid is not paid again."""
        for more in ({}, {"no_uidplus": True}):
            behave = dict(greeting=EXCHANGE, drop_flag="\\Flagged", **more)
            with ImapServer(**behave) as server:
                total = int(self.stop_at(0, self.filled(), server).stdout)
                self.all_there(server)
            steps = range(1, total + 1)
            if not mailcart.LONG:
                steps = sorted({1 + n * (total - 1) // STEPS_MAX
                                for n in range(STEPS_MAX + 1)})
            # Most of their time is waiting.
            with concurrent.futures.ThreadPoolExecutor(SIDE_BY_SIDE) as pool:
                for n, done in [(n, pool.submit(self.killed, n, behave))
                                for n in steps]:
                    with self.subTest(step=n, of=total, **more):
                        done.result()
            print(f"{total} steps, stopped at {len(steps)}", flush=True)


if __name__ == "__main__":
    main()
