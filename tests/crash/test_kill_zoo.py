# SPDX-License-Identifier: MIT
"""SIGKILL at random moments of a migration to a server other than Dovecot:
cyrus, courier, or the fake one without UIDPLUS, which never tells where a
message went.  In the end each message is there once, flags and dates too,
whoever sent it; the source is untouched, and one more run changes nothing.

    test_kill_zoo.py cyrus|courier|fake

A few kills, or 200 with MAILCART_LONG; MAILCART_KILLS says another number."""
import itertools
import os
import random
import resource
import sys
import threading
import time
import unittest
import zlib

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, HERE)
from scene import Scene, mailcart  # noqa: E402
sys.path.insert(0, os.path.join(os.path.dirname(HERE), "fake"))
import samples_of  # noqa: E402
from courier import Courier  # noqa: E402
from cyrus import Cyrus  # noqa: E402
from delay_proxy import DelayProxy  # noqa: E402
from imap_server import ImapServer  # noqa: E402

KILLS = int(os.environ.get("MAILCART_KILLS") or (
    200 if mailcart.LONG else 4))
COUNT = 500 if mailcart.LONG else 120
# Kills at most on one archive and one target, then the end.
A_ROUND = 6 if mailcart.LONG else 2
# What a push waits where messages were on their way: by how many there were.
RESUME_WAITS = (0, 3.0, 6.0, 12.0) if mailcart.LONG else (0, 3.0)
FAKE = dict(no_uidplus=True)
# What it refuses of some; it takes them changed, which they must be known by.
ASKS = dict(FAKE, refuse_header8=True, refuse_nul=True, no_binary=True,
            refuse_bare_cr=True, refuse_lines=998)
# Ways to upload, and a server that rewrites what it is given.
WAYS = (dict(FAKE), dict(FAKE, munge8=True, no_multiappend=True),
        dict(FAKE, no_multiappend=True, no_literal_plus=True),
        dict(FAKE, munge8=True), ASKS, dict(ASKS, no_multiappend=True),
        dict(FAKE))
LATE_AT, LATE = 90, 5.0  # of a batch of 100 letters; seconds
SENT = 0.5  # seconds after which all of a batch has left
FAR_MS = 40  # the last way: so far that several connections are made


class Place:
    def __init__(self):
        self.proxies = []

    def far(self, port):
        """The port of a server that is far away: octets that were sent come
        to it when the sender is dead."""
        self.proxies.append(DelayProxy(port, FAR_MS))
        return self.proxies[-1].__enter__().port

    def stop(self):
        for proxy in self.proxies:
            proxy.__exit__(None, None, None)


class Real(Place):
    """A new account for every move; every second time far away."""

    ways = 2

    def __init__(self, server, accounts):
        super().__init__()
        self.server = server(users=[f"t{n}" for n in range(accounts)])
        self.free = iter(self.server.users)
        self.server.start()
        self.ca = self.server.ca

    def stop(self):
        super().stop()
        self.server.stop()

    def fresh(self, way):
        user = next(self.free)
        port = self.server.imaps if way == 0 else self.far(self.server.imaps)
        return (f"imaps://{user}@localhost:{port}",
                lambda: self.server.read_all(user), None)


class Fake(Place):
    """A new server for every move; it tells when octets come and go, which
    are the moments to strike at."""

    ca = None
    ways = len(WAYS)

    def __init__(self, *_):
        super().__init__()
        self.running = []

    def fresh(self, way):
        server = ImapServer(**WAYS[way])
        self.running.append(server)
        server.__enter__()
        port = self.far(server.port) if way == len(WAYS) - 1 else server.port
        return (f"imap://anna@127.0.0.1:{port}", lambda: self.read(server),
                server)

    @staticmethod
    def read(server):
        return {name: [Row(one) for one in box.messages]
                for name, box in server.boxes.items()}

    def stop(self):
        super().stop()
        for server in self.running:
            server.__exit__(None, None, None)


class Row:
    def __init__(self, message):
        self.octets, self.flags = message.octets, message.flags
        self.internaldate = message.date


class KillZoo(Scene):
    place = None  # its name

    @classmethod
    def setUpClass(cls):
        kinds = {"cyrus": (Real, Cyrus), "courier": (Real, Courier),
                 "fake": (Fake, None)}
        kind, server = kinds[cls.place]
        cls.zoo = kind(server, 3 * KILLS + 4)
        cls.addClassCleanup(cls.zoo.stop)

    def mbox(self, cart):
        mails = list(samples_of.small(COUNT))
        for n, (_, octets) in enumerate(samples_of.nasty()):
            mails.insert(n * 7 % len(mails), octets)
        mails.append(samples_of.eml(9100, b"8-bit, no id\r\n",
                                    Subject="caf\u00e9", Message_ID=None))
        for name, some in (("Kept", mails), ("Work/Old", mails[::2])):
            cart.write("mbox/" + name, samples_of.mbox(map(self.dated, some)))
        return cart.path("mbox")

    @staticmethod
    def dated(octets):
        """Copies of a message have one date: it is sent with the best one of
        those that were read by then, and cannot be changed."""
        day = zlib.crc32(octets) % 28 + 1
        return f"a@b.org Thu Jan {day:2} 10:00:00 2004", octets

    def begin(self, way):
        cart = self.cart(ca=self.zoo.ca)
        url, read, server = self.zoo.fresh(way)
        return cart, ("mbox:" + self.mbox(cart), url), read, server

    @staticmethod
    def state(read):
        return {box: sorted(((one.octets, tuple(sorted(one.flags)),
                              one.internaldate) for one in rows), key=repr)
                for box, rows in read().items() if rows}

    @staticmethod
    def files(cart):
        found = {}
        for base, _, names in os.walk(cart.path("mbox")):
            for name in names:
                path = os.path.join(base, name)
                with open(path, "rb") as file:
                    found[path] = (os.stat(path).st_mtime_ns, file.read())
        return found

    def strike(self, cart, places, server, struck):
        """True if it was still running when it was killed."""
        if server and self.dice.random() < 0.7:
            return self.strike_at_point(cart, places, server)
        wait = self.dice.choice(RESUME_WAITS) if struck else 0
        return self.killed(cart.start("migrate", *places),
                           wait + self.dice.uniform(0.01, self.took), cart,
                           struck == 0)

    def strike_at_point(self, cart, places, server):
        """At the n-th time that the server says where it is with an APPEND:
        within the literal, before it is stored, behind it, and answered."""
        left = [self.dice.randint(1, 60)]
        started, lock = threading.Event(), threading.Lock()
        child = None

        def watch(_):
            started.wait()
            with lock:
                left[0] -= 1
                if left[0] == 0:
                    child.kill()
                    child.wait()

        server.watch = watch
        child = cart.start("migrate", *places)
        started.set()
        child.wait()
        server.watch = None
        self.assertIn(child.returncode, (0, -9), cart.told())
        return child.returncode == -9

    def undisturbed(self, way):
        """What must be at the server, and in the archive."""
        if way not in self.wanted:
            cart, places, read, _ = self.begin(way)
            began = time.monotonic()
            self.ends(cart.run("migrate", *places))
            self.took = time.monotonic() - began
            self.wanted[way] = self.state(read), self.summary_of(cart)
        return self.wanted[way]

    def round(self, way, most):
        target, archive = self.undisturbed(way)
        cart, places, read, server = self.begin(way)
        files = self.files(cart)
        struck = 0
        while struck < most and self.strike(cart, places, server, struck):
            struck += 1
        row = self.ends(cart.run("migrate", *places)).summary()
        self.adds_up_push(row["push"])
        self.assertEqual(row["placements"], row["sent"] + row["present"])
        self.same_target(self.state(read), target)
        self.assertEqual(self.summary_of(cart), archive)
        before = self.state(read)
        row = self.ends(cart.run("migrate", *places)).summary()
        self.assertEqual((row["sent_now"], row["stored"]), (0, 0))
        self.assertEqual(self.state(read), before)
        self.ends(cart.run("verify"))
        self.assertEqual(self.files(cart), files)
        return struck

    def late(self, wait):
        """A migration that is killed with a batch on its way, which the
        server stores behind wait(); then one that runs to its end."""
        if self.place != "fake":
            self.skipTest("a real server is as busy as it is")
        self.wanted = {}
        self.undisturbed(0)
        cart, places, read, server = self.begin(0)
        letters = itertools.count(1)

        def watch(point):
            if next(letters) == LATE_AT:
                late.append(threading.current_thread())
                time.sleep(SENT)
                child.kill()
                child.wait()
                killed.set()
                wait()
            elif point == "stored" and late == [threading.current_thread()]:
                stored.set()

        late, killed, stored = [], threading.Event(), threading.Event()
        server.watch = watch
        child = cart.start("migrate", *places)
        self.assertTrue(killed.wait(60 * mailcart.SLOWER))
        return (self.ends(cart.run("migrate", *places)).summary(), cart,
                places, read, stored)

    def test_late(self):
        """A busy server: what the killed run had sent is stored when the next
        run has long been asking for it."""
        _, cart, places, read, stored = self.late(lambda: time.sleep(LATE))
        target, archive = self.wanted[0]
        self.assertTrue(stored.wait(60))
        row = self.ends(cart.run("migrate", *places)).summary()
        self.assertEqual(row["sent_now"], 0)
        self.same_target(self.state(read), target)
        self.assertEqual(self.summary_of(cart), archive)

    def test_too_late(self):
        """It is stored when it was waited for and has been sent again: the
        run that did so tells how many, and verify names each that is there
        twice then."""
        over = threading.Event()
        row, cart, places, read, stored = self.late(lambda: over.wait(600))
        target, archive = self.wanted[0]
        self.same_target(self.state(read), target)
        over.set()
        self.assertTrue(stored.wait(60))
        count = sum(map(len, target.values()))
        again = sum(map(len, self.state(read).values())) - count
        self.assertGreaterEqual(again, LATE_AT)
        # Of some not an octet had left.
        self.assertGreaterEqual(row["push"]["doubted"], again)
        row = self.ends(cart.run("migrate", *places)).summary()
        self.assertEqual((row["sent_now"], row["push"]["doubted"]), (0, 0))
        self.assertEqual(self.summary_of(cart), archive)
        for how in ((), ("--deep",)):
            result = self.ends(cart.run("verify", *how, places[-1]), 1)
            row = result.summary()
            self.assertEqual((row["twice"], row["missing"], row["checked"]),
                             (again, 0, count))
            named = [one for one in result.of("event")
                     if " is there twice, " in str(one["text"])]
            self.assertEqual(len({one["text"] for one in named}), again)

    def test_kill(self):
        seed = int(os.environ.get("MAILCART_SEED") or time.time())
        print(f"MAILCART_SEED={seed}", flush=True)
        self.dice = random.Random(seed)
        self.wanted, self.took = {}, 1
        struck = rounds = 0
        while struck < KILLS and rounds < 3 * KILLS:
            with self.subTest(seed=seed, round=rounds, struck=struck):
                rounds += 1
                struck += self.round(self.dice.randrange(self.zoo.ways),
                                     min(A_ROUND, KILLS - struck))
        count = sum(map(len, next(iter(self.wanted.values()))[0].values()))
        print(f"{self.place}: {struck} runs were killed while they ran, in "
              f"{rounds} moves of {count} messages; each message is there "
              "once")
        self.assertEqual(struck, KILLS)


def main():
    if not os.access(mailcart.BIN, os.X_OK):
        sys.exit("MAILCART_BIN does not name the program")
    KillZoo.place = sys.argv.pop(1)
    server = {"cyrus": Cyrus, "courier": Courier}.get(KillZoo.place)
    if lacks := server and server.lacks():
        print(lacks, file=sys.stderr)
        sys.exit(mailcart.SKIP)
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    unittest.main(module="__main__", verbosity=2)


if __name__ == "__main__":
    main()
