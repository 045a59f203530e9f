# SPDX-License-Identifier: MIT
"""The nth call fails, for n = 1, 2, ... until a run passes in which none did:
disks that are full or broken, memory that is not there, connections that end,
writes that write less.  After each the program has ended as documented, said so
in a clear line, and claimed nothing that is not so; and the same command again,
with nothing failing, puts everything in place, once.

Without MAILCART_LONG one n of some sequences is tried, others every day:
MAILCART_SEED says which.  With it all are, or MAILCART_FAULTS_MAX of each
sequence, those of MAILCART_FAULTS="scene/kind,scene,kind" if that is set;
MAILCART_FAULTS_ABREAST runs at a time, which wait for servers and disks.  With
MAILCART_FAULTS_SANITIZED=8 and MAILCART_RELEASE_BIN it is the release build that
fails, and the one with sanitizers every 8th time only."""
import errno
import glob
import itertools
import json
import mailbox
import os
import random
import shutil
import sqlite3
import struct
import sys
import tempfile
import time

HERE = os.path.dirname(os.path.abspath(__file__))
for house in ("fake", "real"):
    sys.path.insert(0, os.path.join(os.path.dirname(HERE), house))
import mailcart  # noqa: E402
import samples_of  # noqa: E402
from imap_server import ImapServer  # noqa: E402
from mailcart import LONG, Case, sha256  # noqa: E402
from pop3_server import Pop3Server  # noqa: E402

FAULT = os.environ.get("MAILCART_FAULT", "")
FAULT_MEMORY = os.environ.get("MAILCART_FAULT_MEMORY", "")
# With a release build at hand it does what is only to look and to complete.
RELEASE = os.environ.get("MAILCART_RELEASE_BIN", "")
FAULTY = mailcart.BIN
if LONG and RELEASE:
    mailcart.BIN = RELEASE
SANITIZED = int(os.environ.get("MAILCART_FAULTS_SANITIZED") or 1)
ABREAST = int(os.environ.get("MAILCART_FAULTS_ABREAST") or 4)
FAULTS_TOLD = 3  # of a sequence, before it is given up
STATUSES = {0, 1, 65, 66, 69, 70, 73, 74, 75, 76, 77, 130}
SOME = 8  # sequences of a day
BUG = 99  # what a sanitizer ends with
TOLD = struct.Struct("4q")
FROM = b"From a@b Thu Feb  6 11:51:37 1992\n"
if LONG and os.access("/dev/shm", os.W_OK):
    tempfile.tempdir = "/dev/shm"

# name: (FAULT_KIND, what else is set)
KINDS = {
    "full": ("disk", {"FAULT_ON": "1"}),
    "full once": ("disk", {}),
    "broken disk": ("disk", {"FAULT_ERRNO": str(errno.EIO)}),
    "unreadable": ("read", {}),
    "reset": ("net", {}),
    "memory": ("memory", {}),
    "no memory any more": ("memory", {"FAULT_ON": "1"}),
}
# All calls are so, all the time, and nothing may be seen of it.
HABITS = {
    "short writes": ("disk", {"FAULT_ERRNO": "0"}),
    "short reads": ("read", {"FAULT_ERRNO": "0"}),
    "short packets": ("net", {"FAULT_ERRNO": "0"}),
}


def content(octets):
    """Told by its digest, whatever line ends and last ones a format has."""
    return sha256(octets.replace(b"\r\n", b"\n").rstrip(b"\n"))


def mails():
    yield from samples_of.small(4)
    yield samples_of.eml(5, os.urandom(210000).hex().encode() + b"\r\n")


class Scene:
    """A command, and what must be so when it says that it did it."""

    words = ()
    network = False
    empty = None  # the archive that it begins with

    def __init__(self, case):
        self.case, self.cart = case, case.cart()
        self.mails = list(mails())
        self.prepare()

    def prepare(self):
        pass

    def begin(self):
        """Everything is as it was before the first run."""
        for path in glob.glob(glob.escape(self.cart.archive) + "*"):
            os.remove(path)
        if self.empty:
            shutil.copy(self.empty, self.cart.archive)

    def make_empty(self):
        """To make an archive takes ten times the memory's calls that anything
        else does, always the same: Create tries them."""
        self.case.ends(self.cart.run(
            "pull", "mbox:" + self.cart.write("empty.mbox", b"")))
        self.empty = self.cart.path("empty.db")
        os.rename(self.cart.archive, self.empty)

    def end(self):
        pass

    def state(self):
        """All that the next run finds."""
        found = {}
        for path in glob.glob(glob.escape(self.cart.archive) + "*"):
            with open(path, "rb") as file:
                found[os.path.basename(path)] = sha256(file.read())
        return found, self.there()

    def there(self):
        """And on servers."""
        return []

    def check(self, result):
        raise NotImplementedError

    def check_partly(self):
        """What is there after a run that failed is right."""

    def run(self, env=None):
        command = self.cart.command(*self.words, json_lines=False)
        if env and int(env["FAULT_AT"]) // ABREAST % SANITIZED == 0:
            command[0] = FAULTY
        return mailcart.run(command, cwd=self.cart.dir, timeout=120, env=env)

    def archived(self):
        """Digests of what the archive holds, as SQLite alone reads it."""
        db = sqlite3.connect(f"file:{self.cart.archive}?mode=ro", uri=True)
        try:
            return sorted(row[0].hex() for row in db.execute(
                "SELECT coalesce(sighting.raw_sha256, body.sha256) "
                "FROM sighting JOIN body ON body.id = sighting.body"))
        finally:
            db.close()


class Pull(Scene):
    def check(self, result):
        self.case.assertEqual(self.archived(), self.raw)
        self.case.ends(self.cart.run("verify"))


class Create(Pull):
    def prepare(self):
        self.words = ("pull", "mbox:" + self.cart.write("empty.mbox", b""))
        self.raw = []

    def make_empty(self):
        pass


class PullMbox(Pull):
    def prepare(self):
        lf = [octets.replace(b"\r\n", b"\n") for octets in self.mails]
        self.words = ("pull", "mbox:" + self.cart.write(
            "in.mbox", b"".join(FROM + octets + b"\n" for octets in lf)))
        self.raw = sorted(map(sha256, lf))


class PullMaildir(Pull):
    def prepare(self):
        for part in ("cur", "new", "tmp"):
            os.makedirs(self.cart.path("md", part))
        for n, octets in enumerate(self.mails):
            self.cart.write(f"md/cur/{n}.x:2,S", octets)
        self.words = ("pull", "maildir:" + self.cart.path("md"))
        self.raw = sorted(map(sha256, self.mails))


class PullPop3(Pull):
    network = True

    def begin(self):
        super().begin()
        self.server = Pop3Server(self.mails)
        self.words = ("pull", f"pop3://anna@127.0.0.1:{self.server.port}")
        self.raw = sorted(map(sha256, self.mails))

    def end(self):
        self.server.stop()


class Empty(PullPop3):
    """pull --delete-source: what is gone there is here."""

    def begin(self):
        super().begin()
        self.words += ("--delete-source",)

    def check(self, result):
        super().check(result)
        self.case.assertEqual(self.gone(), self.raw)

    def there(self):
        return self.gone()

    def gone(self):
        return sorted(sha256(self.server.mails[n])
                      for n in self.server.hidden)

    def check_partly(self):
        if self.gone():
            self.case.assertLessEqual(set(self.gone()), set(self.archived()))


class PullImap(Pull):
    network = True

    def begin(self):
        super().begin()
        self.server = ImapServer()
        self.server.__enter__()
        for octets in self.mails:
            self.server.boxes["INBOX"].add(octets)
        self.words = ("pull", self.server.url())
        self.raw = sorted(map(sha256, self.mails))

    def end(self):
        self.server.__exit__(None, None, None)


class Filled(Scene):
    """There is an archive, and a copy of it for each begin()."""

    def prepare(self):
        lf = [octets.replace(b"\r\n", b"\n") for octets in self.mails]
        self.source = "mbox:" + self.cart.write(
            "in.mbox", b"".join(FROM + octets + b"\n" for octets in lf))
        self.case.ends(self.cart.run("pull", self.source))
        self.good = self.cart.path("good")
        shutil.copy(self.cart.archive, self.good)
        self.calm = None

    def begin(self):
        super().begin()
        shutil.copy(self.good, self.cart.archive)


class Push(Filled):
    network = True
    verb = "push"

    def begin(self):
        super().begin()
        self.server = ImapServer()
        self.server.__enter__()
        self.words = (self.verb, self.server.url())

    def end(self):
        self.server.__exit__(None, None, None)

    def state(self):
        return super().state(), sorted(self.server.boxes)

    def check(self, result):
        self.check_partly()
        self.case.assertEqual(self.there(), sorted(map(content, self.mails)))
        row = self.case.ends(self.cart.run("status")).of("status")[0]
        self.case.assertEqual((row["placements"], row["waiting"]), (5, 0))

    def there(self):
        return sorted(content(message.octets)
                      for box in self.server.boxes.values()
                      for message in box.messages)

    def check_partly(self):
        there = self.there()
        self.case.assertEqual(len(there), len(set(there)), "twice there")
        self.case.assertLessEqual(set(there), set(map(content, self.mails)))


class Migrate(Push):
    def begin(self):
        super().begin()
        os.remove(self.cart.archive)
        self.words = ("migrate", self.source, self.server.url())


class MigrateEmpty(Empty):
    """migrate --delete-source: what is gone there is here and on the server."""

    def begin(self):
        super().begin()
        self.target = ImapServer()
        self.target.__enter__()
        self.words = ("migrate", self.words[1], self.target.url(),
                      "--delete-source")

    def end(self):
        self.target.__exit__(None, None, None)
        super().end()

    def there(self):
        return sorted(sha256(message.octets)
                      for box in self.target.boxes.values()
                      for message in box.messages)

    def state(self):
        return super().state(), self.gone(), sorted(self.target.boxes)

    def check(self, result):
        super().check(result)
        self.case.assertEqual(self.there(), self.raw)

    def check_partly(self):
        super().check_partly()
        there = self.there()
        self.case.assertEqual(len(there), len(set(there)), "twice there")
        self.case.assertLessEqual(set(self.gone()), set(there))


class Same(Filled):
    """Changes nothing, and says the same every time."""

    def check(self, result):
        if self.calm is None:
            self.calm = self.told(self.run())
        self.case.assertEqual(self.told(result), self.calm)

    @staticmethod
    def told(result):
        # What was fetched once more was read once more.
        return [line for line in result.out.splitlines()
                if b"  read again" not in line]


class Verify(Same):
    words = ("verify",)


class VerifyDeep(Same):
    network = True

    def prepare(self):
        super().prepare()
        self.server = ImapServer()
        self.server.__enter__()
        self.case.addCleanup(self.server.__exit__, None, None, None)
        self.case.ends(self.cart.run("push", self.server.url()))
        shutil.copy(self.cart.archive, self.good)
        self.words = ("verify", "--deep", self.server.url())


class Status(Same):
    words = ("status",)


class List(Same):
    words = ("list", "in")


class Show(Same):
    words = ("show", "5")


class ExportMaildir(Filled):
    format = "maildir"

    def begin(self):
        super().begin()
        shutil.rmtree(self.cart.path("out"), ignore_errors=True)
        self.words = ("export", "--format", self.format,
                      self.cart.path("out"))

    def run(self, env=None):
        # Nothing that is there is written over: who runs it again makes room.
        if env is None:
            shutil.rmtree(self.cart.path("out"), ignore_errors=True)
        return super().run(env)

    def files(self):
        paths = [path for folder in ("cur", "new") for path in glob.glob(
            self.cart.path("out", "**", folder, "*"), recursive=True)
            + glob.glob(self.cart.path("out", ".*", folder, "*"))]
        found = []
        for path in set(paths):
            with open(path, "rb") as file:
                found.append(content(file.read()))
        return found

    def check(self, result):
        self.case.assertEqual(sorted(self.files()),
                              sorted(map(content, self.mails)))

    def check_partly(self):
        """What has its name is whole."""
        self.case.assertLessEqual(set(self.files()),
                                  set(map(content, self.mails)))


class ExportMbox(ExportMaildir):
    format = "mboxrd"

    def files(self):
        found = []
        for path in glob.glob(self.cart.path("out", "**", "*"),
                              recursive=True):
            if os.path.isfile(path) and ".part" not in path:
                box = mailbox.mbox(path, create=False)
                for key in box.keys():
                    octets = box.get_bytes(key)
                    head, _, body = octets.partition(b"\n\n")
                    head = b"".join(
                        line + b"\n" for line in head.split(b"\n")
                        if not line.startswith((b"Status:", b"X-Status:")))
                    found.append(content(head + b"\n" + body))
                box.close()
        return found


SCENES = {scene.__name__: scene for scene in (
    Create, PullMbox, PullMaildir, PullPop3, PullImap, Empty, Push, Migrate,
    MigrateEmpty, Verify, VerifyDeep, Status, List, Show, ExportMaildir, ExportMbox)}


class Faults(Case):
    def environment(self, kind, at, extra):
        with open(self.told, "wb") as out:
            out.write(bytes(TOLD.size))
        memory = kind == "memory"
        env = {"LD_PRELOAD": FAULT_MEMORY if memory else FAULT,
               "FAULT_KIND": kind, "FAULT_AT": str(at), "FAULT_TOLD": self.told,
               "ASAN_OPTIONS": f"verify_asan_link_order=0:exitcode={BUG}",
               "UBSAN_OPTIONS": f"exitcode={BUG}"}
        env.update(extra)
        return env

    def what_was_told(self):
        with open(self.told, "rb") as told:
            return TOLD.unpack(told.read())

    def one(self, scene, kind, at, extra):
        """A run in which call `at` fails.  (calls, failed, live, status)"""
        before = scene.state() if at else None
        result = scene.run(self.environment(kind, at, extra))
        calls, failed, live, _ = self.what_was_told()
        words = f"{at}. call of {calls}, {failed} failed\n{result}"
        self.assertIn(result.status, STATUSES, words)
        for mark in ("Sanitizer", "runtime error", "Assertion"):
            self.assertNotIn(mark, result.err, words)
        try:
            if result.status == 0:
                scene.check(result)
            else:
                # What waits is told with the reason in the report.
                self.assertRegex(result.err + result.out.decode(),
                                 "(?m)^mailcart: .{10}|^Why messages wait",
                                 words)
                self.assertNotEqual(failed, 0, words)
                scene.check_partly()
            # What follows on nothing is what the calm run was.
            if result.status != 0 and scene.state() == before:
                return calls, failed, live, result.status
            again = scene.run()
            self.ends(again)
            scene.check(again)
        except AssertionError as fault:
            raise AssertionError(f"after: {words}\n{fault}") from fault
        return calls, failed, live, result.status

    def scene_of(self, name, kind):
        scene = SCENES[name](self)
        self.told = scene.cart.path("told")
        if kind == "memory":
            scene.make_empty()
        return scene

    def try_numbers(self, name, what, calm, numbers):
        """{status: how often}, and what went wrong."""
        kind, extra = KINDS.get(what) or HABITS[what]
        calls, base = calm
        scene = self.scene_of(name, kind)
        ends, faults = {}, []
        for at in numbers:
            scene.begin()
            try:
                _, failed, live, status = self.one(scene, kind, at, extra)
                ends[status] = ends.get(status, 0) + 1
                # Where no sanitizer looks.  Libraries keep some; a leak of
                # ours comes with the fault.
                if kind == "memory":
                    self.assertLess(live - base, 60, f"call {at}: leak")
                if what in HABITS:
                    self.assertEqual(status, 0)
            except AssertionError as fault:
                faults.append(str(fault))
                failed = 1
            finally:
                scene.end()
            if len(faults) == FAULTS_TOLD or failed == 0 and at >= calls:
                break
        return ends, faults

    def try_apart(self, *args):
        """try_numbers() in a process of its own, and where to read it."""
        read, write = os.pipe()
        pid = os.fork()
        if pid:
            os.close(write)
            return pid, read
        status = 1
        self._cleanups.clear()  # those are the parent's
        try:
            with os.fdopen(write, "w") as out:
                json.dump(self.try_numbers(*args), out)
            self.doCleanups()
            status = 0
        finally:
            os._exit(status)

    def sequence(self, name, what):
        kind, _ = KINDS.get(what) or HABITS[what]
        scene = self.scene_of(name, kind)
        scene.begin()
        calls, _, base, status = self.one(scene, kind, 0, {})
        scene.end()
        self.assertEqual(status, 0)
        all_ends, faults = {}, []
        began = time.monotonic()
        children = [self.try_apart(name, what, (calls, base), numbers)
                    for numbers in self.chosen(calls, what)]
        for pid, read in children:
            with os.fdopen(read) as file:
                told = file.read()
            os.waitpid(pid, 0)
            ends, more = json.loads(told) if told else ({}, ["no word"])
            faults += more
            for fault in more:
                print(fault, flush=True)
            for status, n in ends.items():
                all_ends[int(status)] = all_ends.get(int(status), 0) + n
        print(f"{name}, {what}: {calls} calls, {sum(all_ends.values())} runs, "
              f"ended with {dict(sorted(all_ends.items()))}; "
              f"{len(faults)} faults, {time.monotonic() - began:.0f} s",
              flush=True)
        self.assertEqual(len(faults), 0)

    def chosen(self, calls, what):
        """Which calls fail, for each of those who try them abreast."""
        if what in HABITS:
            return [[1]]
        if calls == 0:
            return []
        if not LONG:
            return [[self.dice.randint(1, calls)]]
        # Threads: a run may have more than the calm one had.
        most = int(os.environ.get("MAILCART_FAULTS_MAX") or 10**9)
        if calls <= most:
            return [itertools.count(n, ABREAST)
                    for n in range(1, ABREAST + 1)]
        some = self.dice.sample(range(1, calls + 1), most)
        return [some[n::ABREAST] for n in range(min(ABREAST, most))]

    def wanted(self):
        asked = os.environ.get("MAILCART_FAULTS", "").split(",")
        for name, scene in SCENES.items():
            for what, (kind, extra) in {**KINDS, **HABITS}.items():
                if kind == "net" and not scene.network:
                    continue
                if asked != [""] and f"{name}/{what}" not in asked \
                        and name not in asked and what not in asked:
                    continue
                if what in HABITS:
                    extra["FAULT_ON"] = "1"
                yield name, what

    def test_faults(self):
        seed = int(os.environ.get("MAILCART_SEED") or time.time() // 86400)
        print(f"MAILCART_SEED={seed}", flush=True)
        self.dice = random.Random(seed)
        wanted = list(self.wanted())
        if not LONG and "MAILCART_FAULTS" not in os.environ:
            wanted = self.dice.sample(wanted, SOME)
        for name, what in wanted:
            with self.subTest(scene=name, kind=what):
                self.sequence(name, what)


if __name__ == "__main__":
    if not os.access(FAULT, os.R_OK):
        sys.exit("MAILCART_FAULT does not name the library")
    mailcart.main()
