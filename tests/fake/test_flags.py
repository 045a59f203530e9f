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
from zoo_case import mail, main, mailcart, numbers, tag_of  # noqa: E402

STOP_AT = os.environ.get("MAILCART_STOP_AT", "")
DIED = 99
STEPS_MAX = 8  # tried of all, but in the long form
SIDE_BY_SIDE = 6
EXCHANGE = "* OK The Microsoft Exchange IMAP4 service is ready. [QQ==]"
STARRED = {f"star{n}" for n in range(5)}
OTHERS = {f"other{n}" for n in range(3)}


class Flags(mailcart.Case):
    def filled(self):
        """Two folders, each with starred mail and other."""
        cart = self.cart()
        for base in ("mail", "mail/.Kept"):
            for sub in ("cur", "new", "tmp"):
                os.makedirs(cart.path(base, sub))
            for n, tag in enumerate(sorted(STARRED | OTHERS)):
                flags = "FS" if tag in STARRED else "S"
                cart.write(f"{base}/cur/107295120{n}.{n}.h:2,{flags}",
                           mail(f"{tag}-{len(base)}"))
        self.ends(cart.run("pull", "maildir:" + cart.path("mail")))
        return cart

    def test_deleted_there(self):
        """What the next EXPUNGE takes answers for nothing: it is sent."""
        cart = self.filled()
        with ImapServer() as server:
            for n, tag in enumerate(sorted(STARRED | OTHERS)):
                server.boxes["INBOX"].add(
                    mail(f"{tag}-4"), ("\\Deleted",) if n % 2 else ())
            result = self.ends(cart.run("push", server.url()))
            row = result.summary()
            there = len(STARRED | OTHERS)
            self.assertEqual((row["present"], row["sent"]),
                             ((there + 1) // 2, there // 2 + there),
                             str(result))
            left = sorted(tag_of(one.octets)
                          for one in server.boxes["INBOX"].messages
                          if "\\Deleted" not in one.flags)
            self.assertEqual(left, sorted(f"{tag}-4"
                                          for tag in STARRED | OTHERS))

    def stop_at(self, n, cart, server):
        done = subprocess.run(
            [STOP_AT, str(n), "push", cart.archive, server.url(), "secret",
             "-"], capture_output=True, text=True, timeout=300,
            env=mailcart.environment())
        self.assertIn(done.returncode, (0, DIED), done.stderr)
        return done

    def holds(self, server):
        for name in ("INBOX", "Kept"):
            found = {tag_of(one.octets).split("-")[0]: "\\Flagged" in one.flags
                     for one in server.boxes[name].messages}
            self.assertEqual(len(server.boxes[name].messages), len(found))
            self.assertEqual(found, {
                tag: tag in STARRED for tag in STARRED | OTHERS}, name)

    def killed(self, n, behave):
        cart = self.filled()
        with ImapServer(**behave) as server:
            self.assertEqual(self.stop_at(n, cart, server).returncode, DIED)
            result = self.ends(cart.run("push", server.url(),
                                        json_lines=False))
            self.adds_up_push(numbers(result))
            self.holds(server)
            said = len(server.said("STORE"))
            self.ends(cart.run("push", server.url()))
            self.assertEqual(len(server.said("STORE")), said)
            self.holds(server)
            self.ends(cart.run("verify", "--deep", server.url()))

    def test_killed(self):
        """At every step, then to the end; what is paid is not paid again."""
        for more in ({}, {"no_uidplus": True}):
            behave = dict(greeting=EXCHANGE, drop_flag="\\Flagged", **more)
            with ImapServer(**behave) as server:
                total = int(self.stop_at(0, self.filled(), server).stdout)
                self.holds(server)
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
