# SPDX-License-Identifier: MIT
"""What the crash tests share: a POP3 account and an mbox, a target that can be
had anew, and what must be true at the end."""
import collections
import os
import re
import signal
import subprocess
import sys
import time

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(os.path.dirname(HERE), "real"))
import mailcart  # noqa: E402,F401
import samples_of  # noqa: E402
from dovecot import Dovecot  # noqa: E402


class Scene(mailcart.Case):
    """One Dovecot: anna's POP3 account, and as many targets as wanted."""

    COUNT = 40
    TARGETS = 80

    @classmethod
    def setUpClass(cls):
        cls.began = int(time.time())
        users = [f"t{n}" for n in range(cls.TARGETS)]
        cls.server = Dovecot(users=["anna"] + users, storage="maildir",
                             special=("Sent", "Trash"))
        cls.server.start()
        cls.addClassCleanup(cls.server.stop)
        for octets in cls.mails():
            cls.server.drop("anna", octets)
        cls.free = iter(users)

    @classmethod
    def mails(cls):
        yield from samples_of.small(cls.COUNT)
        for name, octets in samples_of.nasty():
            # Dovecot as a target: no message may be refused here.
            if name not in ("NUL",):
                yield octets

    def mbox(self, cart):
        """A folder of the same mail, some of it also in the account."""
        rows = [(f"a@b.org Thu Jan {n % 28 + 1:2} 10:00:00 2004", octets)
                for n, octets in enumerate(
                    samples_of.small(self.COUNT, self.COUNT // 2))]
        return os.path.dirname(
            cart.write("mbox/Kept", samples_of.mbox(rows)))

    def killed(self, child, after, cart, fresh):
        """Kills it after so many seconds.  False if it came to its end before,
        and be it while it was about to be killed; a fresh one then tells how
        long a run takes, which changes with what the machine does beside."""
        began = time.monotonic()
        try:
            child.wait(after)
        except subprocess.TimeoutExpired:
            child.kill()
            child.wait()
        self.assertIn(child.returncode, (0, -signal.SIGKILL), cart.told())
        if fresh and child.returncode == 0:
            self.took = time.monotonic() - began
        return child.returncode != 0

    @staticmethod
    def reached(cart):
        """What it told to be doing last."""
        return (re.findall('"phase":"([a-z]+)"', cart.told())
                or ["begin"])[-1]

    def summary_of(self, cart):
        """An archive as a set: everything that must be equal after any way
        of getting there.  Numbers of rows are nobody's business."""
        rows = cart.messages()
        logical = collections.defaultdict(set)
        for row in rows:
            logical[row["id"]].add((row["folder"], row["key"]))
        found = sorted((row["folder"], row["key"], row["raw_sha256"],
                        row["sha256"], row["internaldate"],
                        tuple(sorted(row["flags"])))
                       for row in rows)
        groups = sorted(tuple(sorted(group)) for group in logical.values())
        return found, groups

    def on_target(self, user):
        """{mailbox: sorted octets, flags, dates}: no UIDs.  A mail that
        tells no date has the server's clock, which is None here."""
        def date(one):
            when = one.internaldate
            return None if when >= self.began else when
        return {box: sorted(((one.octets, tuple(sorted(one.flags)), date(one))
                             for one in messages), key=repr)
                for box, messages in self.server.read_all(user).items()}

    def same_target(self, state, want):
        """Told briefly: what is missing, and what is too much."""
        self.assertEqual(set(state), set(want))
        for box in want:
            have = collections.Counter(state[box])
            must = collections.Counter(want[box])
            missing, extra = must - have, have - must
            if missing or extra:
                def shown(rows):
                    return [(re.findall(rb"Subject: .*", row[0])[:1],
                             row[1:]) for row in list(rows)[:3]]
                self.fail(f"{box}: {sum(missing.values())} missing "
                          f"{shown(missing)}, {sum(extra.values())} too many "
                          f"{shown(extra)}")

    def no_twins(self, state):
        for box, messages in state.items():
            octets = [one[0] for one in messages]
            twice = [one for one, n in collections.Counter(octets).items()
                     if n > 1]
            self.assertEqual(twice, [], box)

    def status_of(self, cart):
        result = self.ends(cart.run("status"))
        return {key: value for key, value in result.of("status")[0].items()
                if not key.startswith("octets_")}
