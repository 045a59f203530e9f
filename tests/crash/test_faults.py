# SPDX-License-Identifier: MIT
"""The nth call fails, for n = 1, 2, ... until a run passes in which none did:
disks that are full or broken, memory that is not there, connections that end,
writes that write less.  After each the program has ended as documented, said so
in a clear line, and claimed nothing that is not so; and the same command again,
with nothing failing, puts everything in place, once.  Or the program is gone
at that call, as by a kill: so commands are stopped at every step that have no
events for it (test_stop.py has those that do).

Without MAILCART_LONG one n of some sequences is tried, others every day:
MAILCART_SEED says which.  With it all are, or MAILCART_FAULTS_MAX of each
sequence, those of MAILCART_FAULTS="scene/kind,scene,kind" if that is set;
MAILCART_FAULTS_ABREAST runs at a time, which wait for servers and disks.  With
MAILCART_FAULTS_SANITIZED=8 and MAILCART_RELEASE_BIN it is the release build that
fails, and the one with sanitizers every 8th time only.  Of the calls for memory
that come from one place by one way, as the stack tells, only the first one
fails, or each with MAILCART_FAULTS_WAYS=0."""
import errno
import itertools
import json
import os
import random
import struct
import sys
import tempfile
import time

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from fault_scenes import ABREAST, SCENES, mailcart  # noqa: E402
from mailcart import LONG, Case  # noqa: E402

FAULT = os.environ.get("MAILCART_FAULT", "")
FAULT_MEMORY = os.environ.get("MAILCART_FAULT_MEMORY", "")
WAYS = LONG and os.environ.get("MAILCART_FAULTS_WAYS") != "0"
FAULTS_TOLD = 3  # of a sequence, before it is given up
DIED = 98  # as fault.c ends it
STATUSES = {0, 1, 65, 66, 69, 70, 73, 74, 75, 76, 77, 130}
SOME = 8  # sequences of a day
BUG = 99  # what a sanitizer ends with
TOLD = struct.Struct("4q")
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
KILLS = {
    "killed writing": ("disk", {"FAULT_DIES": "1"}),
    "killed reading": ("read", {"FAULT_DIES": "1"}),
    "killed on the line": ("net", {"FAULT_DIES": "1"}),
}
KILLED_BETWEEN = 2  # the first call and the last, where it is not the long run
# These are tried every day.
ALWAYS = [("Create", "killed writing"), ("Lift", "killed writing"),
          ("Verify", "killed reading"), ("VerifyDeep", "killed on the line"),
          ("ExportMaildir", "killed writing"), ("ExportMbox", "killed writing"),
          ("ExportMboxo", "killed writing"), ("ExportEml", "killed writing"),
          ("ExportOriginal", "killed writing"),
          ("Salvage", "killed writing"), ("Salvage", "unreadable")]
# All calls are so, all the time, and nothing may be seen of it.
HABITS = {
    "short writes": ("disk", {"FAULT_ERRNO": "0"}),
    "short reads": ("read", {"FAULT_ERRNO": "0"}),
    "short packets": ("net", {"FAULT_ERRNO": "0"}),
}
ALL = {**KINDS, **KILLS, **HABITS}


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
        died = failed > 0 and "FAULT_DIES" in extra
        never = scene.not_for_memory if kind == "memory" else ()
        self.assertNotIn(result.status, scene.never + never, words)
        self.assertIn(result.status, {DIED} if died else STATUSES, words)
        for mark in ("Sanitizer", "runtime error", "Assertion"):
            self.assertNotIn(mark, result.err, words)
        try:
            did = scene.did(result)
            if did:
                scene.check(result)
            elif died:
                scene.check_killed()
            else:
                # What waits is told with the reason in the report.
                self.assertRegex(result.err + result.out.decode(),
                                 "(?m)^mailcart: .{10}|^Why messages wait",
                                 words)
                self.assertNotEqual(failed, 0, words)
                scene.check_partly()
            # What follows on nothing is what the calm run was.
            if not did and scene.state() == before:
                return calls, failed, live, result.status
            again = scene.run()
            self.ends(again, scene.status)
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
        kind, extra = ALL[what]
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
                    self.assertEqual(status, scene.status)
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
        kind, _ = ALL[what]
        scene = self.scene_of(name, kind)
        scene.begin()
        calls, _, base, status = self.one(scene, kind, 0, {})
        scene.end()
        self.assertEqual(status, scene.status)
        firsts = self.firsts(scene) if WAYS and kind == "memory" else None
        numbers = self.chosen(calls, what, firsts)
        all_ends, faults = {}, []
        began = time.monotonic()
        children = [self.try_apart(name, what, (calls, base), numbers)
                    for numbers in numbers]
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
        ways = f"{len(firsts)} ways, " if firsts else ""
        print(f"{name}, {what}: {calls} calls, {ways}"
              f"{sum(all_ends.values())} runs, "
              f"ended with {dict(sorted(all_ends.items()))}; "
              f"{len(faults)} faults, {time.monotonic() - began:.0f} s",
              flush=True)
        self.assertEqual(len(faults), 0)

    def firsts(self, scene):
        """The numbers of the calls for memory that each are the first by their
        way."""
        ways = scene.cart.path("ways")
        scene.begin()
        try:
            env = self.environment("memory", 0, {"FAULT_WAYS": ways})
            # What loads a library to look at stacks loses some of its own.
            env["ASAN_OPTIONS"] += ":detect_leaks=0"
            self.ends(scene.run(env), scene.status)
        finally:
            scene.end()
        with open(ways, "rb") as file:
            return [n for n, in struct.iter_unpack("q", file.read())]

    def chosen(self, calls, what, firsts):
        """Which calls fail, for each of those who try them abreast."""
        if what in HABITS:
            return [[1]]
        if calls == 0:
            return []
        if not LONG and what in KILLS:
            return [sorted({1, calls} | {self.dice.randint(1, calls)
                                         for _ in range(KILLED_BETWEEN)})]
        if not LONG:
            return [[self.dice.randint(1, calls)]]
        # Threads: a run may have more than the calm one had.
        most = int(os.environ.get("MAILCART_FAULTS_MAX") or 10**9)
        if firsts is None and calls <= most:
            return [itertools.count(n, ABREAST)
                    for n in range(1, ABREAST + 1)]
        some = firsts or range(1, calls + 1)
        if len(some) > most:
            some = sorted(self.dice.sample(some, most))
        return [some[n::ABREAST] for n in range(min(ABREAST, most))]

    def wanted(self):
        asked = os.environ.get("MAILCART_FAULTS", "").split(",")
        for name, scene in SCENES.items():
            for what, (kind, extra) in ALL.items():
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
            wanted = self.dice.sample(
                [one for one in wanted if one not in ALWAYS], SOME) + ALWAYS
        for name, what in wanted:
            with self.subTest(scene=name, kind=what):
                self.sequence(name, what)


if __name__ == "__main__":
    if not os.access(FAULT, os.R_OK):
        sys.exit("MAILCART_FAULT does not name the library")
    mailcart.main()
