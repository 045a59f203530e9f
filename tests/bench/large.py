# SPDX-License-Identifier: MIT
"""Whether the time for a message grows, and memory: 1,000 to 1,000,000 small
messages, and one of 1 GiB."""
import os
import random
import shutil
import time

from cases import Setting, say
from clients import archive_count, last
from corpus import SEED, Dice, Maker
from local import pull
from scene import Server

COUNTS = (1000, 10_000, 50_000, 1_000_000)
PER_FOLDER = 5000
# All in one, where a folder is what a step goes through.
ALONE = (10_000, 1_000_000)
ONE = 1 << 30
FIRST = 1104537600  # 2005-01-01
TWENTY_YEARS = 20 * 365 * 86400
# What growth is told from is run as long as the largest, so that the machine is
# as warm.
SHORT, ROUNDS = 10_000, 20


def small_mbox(where, count, per_folder):
    """Messages of about 700 octets, so many a file; the octets of all.  Each
    file is a folder of twenty years, in order of time, as people have them."""
    os.makedirs(where)
    dice = Dice(SEED)
    maker = Maker(count)
    total = 0
    for start in range(0, count, per_folder):
        path = os.path.join(where, f"folder{start // per_folder:04}")
        with open(path, "wb") as out:
            for n in range(start, min(start + per_folder, count)):
                when = FIRST + (n - start) * TWENTY_YEARS // per_folder
                out.write(small(n, when + start // per_folder, dice, maker))
            total += out.tell()
    return total


def small(n, when, dice, maker):
    sender = dice.pick(maker.writer.people)[1]
    text = "\n".join(dice.pick(maker.writer.sentences) for _ in range(4))
    clock = time.gmtime(when)
    date = time.strftime("%a, %d %b %Y %H:%M:%S +0000", clock)
    return (f"From {sender} {time.asctime(clock)}\n"
            f"Received: from mx.example.net by in.example.org id {n};\n"
            f"\t{date}\n"
            f"From: {sender}\nTo: anna@example.org\n"
            f"Date: {date}\n"
            f"Message-ID: <{dice.below(1 << 50):x}.{n}@example.net>\n"
            f"Subject: {dice.pick(maker.writer.sentences)[:60]}\n\n"
            f"{text}\n\n").encode()


def growth(bench):
    """Every step of a move at all sizes.  mdbox: a million files would be
    the server's own trouble."""
    place = bench.places["tmpfs"]
    with Server(place, False, bench.tools.nice, "mdbox") as server:
        for count in COUNTS:
            grow(bench, server, count, PER_FOLDER, "")
        for count in ALONE:
            grow(bench, server, count, count, ", one folder")


def grow(bench, server, count, per_folder, shape):
    say(f"small messages: {count:,}{shape}")
    mail = os.path.join(server.place.dir, f"small{count}")
    octets = small_mbox(mail, count, per_folder)
    rounds = (1 if count > 100_000 else ROUNDS if count == SHORT
              else max(3, bench.options.runs))
    for _ in range(rounds):
        Steps(bench, server, mail, count, octets, shape).run()
    shutil.rmtree(mail)


class Steps:
    def __init__(self, bench, server, mail, count, octets, shape):
        self.bench = bench
        self.place = bench.places["tmpfs"]
        self.server = server
        self.mail = mail
        self.count = count
        self.octets = octets
        self.shape = shape
        self.archive = None

    def record(self, name, took, arrived):
        self.bench.record("large", Setting(self.count),
                          "mailcart " + name + self.shape, took, arrived,
                          self.count, self.octets)

    def step(self, name, field, verb, *words):
        """One command on the archive; `field` of its summary is what it
        saw."""
        took = self.bench.measure([
            self.bench.tools.mailcart, verb, "-a", self.archive, "--json",
            "--no-progress", *words])
        self.record(name, took, last(took.out, field))

    def run(self):
        took, self.archive = pull(self.bench, self.place,
                                  ["mbox:" + self.mail])
        self.record("pull mbox", took, archive_count(self.archive))
        user = self.server.fresh_user()
        target = self.bench.target(self.archive, self.server, user)
        self.step("pull again", "known", "pull", "mbox:" + self.mail)
        self.step("push", "sent", "push", *target)
        self.step("push again", "sent", "push", *target)
        self.step("status", "sightings", "status")
        self.step("verify", "sightings", "verify")
        self.step("export", "written", "export",
                  os.path.join(os.path.dirname(self.archive), "out"))
        shutil.rmtree(os.path.dirname(self.archive))
        self.server.forget(user)


def giant(bench):
    """One message of 1 GiB, as a file: memory does not hold it."""
    place = bench.places["tmpfs"]
    setting = Setting(1)
    say("a message of 1 GiB")
    where = place.fresh()
    path = os.path.join(where, "INBOX")
    noise = random.Random(SEED)
    with open(path, "wb") as out:
        out.write(b"From a@example.org Thu Jan  1 10:00:00 2009\n"
                  b"From: a@example.org\nDate: Thu, 1 Jan 2009 10:00:00 +0000\n"
                  b"Message-ID: <giant@example.org>\nSubject: a giant\n\n")
        while out.tell() < ONE:
            piece = noise.randbytes(38 * 8192).hex().encode()
            out.write(b"".join(piece[at:at + 76] + b"\n"
                               for at in range(0, len(piece), 76)))
        out.write(b"\n")
    place.give(where)
    took, archive = pull(bench, place, ["mbox:" + where])
    bench.record("giant", setting, "mailcart pull mbox", took,
                 archive_count(archive), 1, ONE)
    with Server(place, False, bench.tools.nice) as server:
        giant_push(bench, setting, server, archive)
    took = bench.measure([bench.tools.mailcart, "verify", "-a", archive,
                          "--json", "--no-progress"])
    bench.record("giant", setting, "mailcart verify", took,
                 last(took.out, "sightings"), 1, ONE)
    shutil.rmtree(where)
    shutil.rmtree(os.path.dirname(archive))


def giant_push(bench, setting, server, archive):
    user = server.fresh_user()
    took = bench.measure([
        bench.tools.mailcart, "push", "-a", archive, "--json",
        "--no-progress", *bench.target(archive, server, user)])
    bench.record("giant", setting, "mailcart push", took,
                 server.stored(user), 1, ONE)
    server.forget(user)
