# SPDX-License-Identifier: MIT
"""Runs the real mailcart and reads what it says, for the tests.

The program is MAILCART_BIN, as ctest sets it.  Its environment is bare but for
what a test gives it: no home, so no ~/.netrc, and no locale.
"""
import dataclasses
import hashlib
import json
import os
import resource
import shutil
import sqlite3
import subprocess
import sys
import tempfile
import threading
import unittest

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.dirname(os.path.dirname(HERE))
BIN = os.environ.get("MAILCART_BIN", "")
CORPORA = os.path.realpath(os.environ.get("MAILCART_CORPORA") or os.path.join(
    os.path.dirname(ROOT), "shared", "corpora"))
LONG = os.environ.get("MAILCART_LONG", "") not in ("", "0")
SKIP = 77
# How much slower the program may be, under a tool: tests/under.py says it.
SLOWER = float(os.environ.get("MAILCART_SLOWER") or 1)

# sysexits(3), as the manual lists them.
OK, SOME, USAGE, DATAERR, NOINPUT, UNAVAILABLE = 0, 1, 64, 65, 66, 69
CANTCREAT, IOERR, TEMPFAIL, PROTOCOL, NOPERM = 73, 74, 75, 76, 77


@dataclasses.dataclass
class Result:
    status: int
    out: bytes
    err: str
    peak: int  # octets of resident memory at most, if measured
    user: float  # seconds of processor, user's
    command: tuple

    @property
    def rows(self):
        return [json.loads(line) for line in self.out.splitlines()]

    def of(self, kind):
        return [row for row in self.rows if row["type"] == kind]

    def summary(self, command=None):
        found = [row for row in self.of("summary")
                 if command in (None, row["command"])]
        return found[-1]

    def __str__(self):
        out = self.out[-3000:].decode(errors="replace")
        return (f"$ {' '.join(self.command)}\nexit {self.status}\n"
                f"--- stdout\n{out}\n--- stderr\n{self.err[-3000:]}")


class Cart:
    """One archive in one temporary directory, and the passwords to it."""

    def __init__(self, ca=None, password="secret", target_password=None):
        self.dir = tempfile.mkdtemp(prefix="mc-test-")
        self.archive = os.path.join(self.dir, "mail.db")
        self.ca = ca
        self.secret = self.write("password", password + "\n")
        self.target_secret = self.write(
            "target-password", (target_password or password) + "\n")

    def close(self):
        shutil.rmtree(self.dir, ignore_errors=True)

    def path(self, *parts):
        return os.path.join(self.dir, *parts)

    def write(self, name, data):
        path = self.path(name)
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with open(path, "wb") as out:
            out.write(data.encode() if isinstance(data, str) else data)
        os.chmod(path, 0o600)
        return path

    def options(self, verb, args):
        """What this command needs to get in, with those args."""
        options = ["-a", self.archive]
        if verb in ("pull", "migrate", "plan", "probe"):
            options += ["--password-file", self.secret]
        if verb in ("push", "migrate", "plan", "verify"):
            options += ["--target-password-file", self.target_secret]
        if self.ca and any("://" in arg for arg in args):
            options += ["--tls-ca", self.ca]
        return options

    def command(self, verb, *args, json_lines=True):
        words = [BIN, verb] + self.options(verb, args)
        if json_lines and verb != "show":
            words.append("--json")
        return words + list(args)

    def run(self, verb, *args, json_lines=True, timeout=600, env=None):
        return run(self.command(verb, *args, json_lines=json_lines),
                   cwd=self.dir, timeout=timeout, env=env)

    def start(self, verb, *args):
        """A run that the test ends itself; its words go to a file."""
        with open(self.path("told"), "wb") as told:
            return subprocess.Popen(
                self.command(verb, *args), cwd=self.dir, env=environment(),
                stdin=subprocess.DEVNULL, stdout=told, stderr=told)

    def told(self):
        with open(self.path("told"), errors="replace") as told:
            return told.read()[-3000:]

    def messages(self):
        result = self.run("list")
        assert result.status == 0, str(result)
        return result.of("message")

    def raw(self, row):
        result = self.run("show", str(row["id"]), "--raw", "--sighting",
                          str(row["sighting"]))
        assert result.status == 0, str(result)
        return result.out

    def query(self, sql):
        """A look into the archive file itself; for a test's own counting."""
        with sqlite3.connect(f"file:{self.archive}?mode=ro",
                             uri=True) as db:
            return db.execute(sql).fetchall()


def environment(extra=None):
    env = {"PATH": os.environ.get("PATH", "/usr/bin:/bin"),
           "HOME": "/nonexistent"}
    for name in ("ASAN_OPTIONS", "UBSAN_OPTIONS", "LSAN_OPTIONS"):
        if name in os.environ:
            env[name] = os.environ[name]
    env.update(extra or {})
    return env


# A process inherits the peak of the one that it was forked from, so what is
# measured is started by a small one: this, and not the test.
LAUNCH = """
import os, sys
pid = os.posix_spawn(sys.argv[2], sys.argv[2:], os.environ)
_, status, usage = os.wait4(pid, 0)
with open(sys.argv[1], "w") as out:
    out.write(str(usage.ru_maxrss * 1024))
sys.exit(os.waitstatus_to_exitcode(status) & 255)
"""


def run_measured(words, **kwargs):
    """As run(), with the peak of the program alone."""
    with tempfile.NamedTemporaryFile("r") as peak:
        result = run([sys.executable, "-I", "-S", "-c", LAUNCH, peak.name]
                     + words, **kwargs)
        return dataclasses.replace(result, peak=int(peak.read()),
                                   command=tuple(words))


def run(words, cwd=None, timeout=600, env=None):
    """Runs to the end."""
    with tempfile.TemporaryFile() as out, tempfile.TemporaryFile() as err:
        child = subprocess.Popen(
            words, cwd=cwd, stdin=subprocess.DEVNULL, stdout=out, stderr=err,
            env=environment(env), start_new_session=True)
        limit = threading.Timer(timeout * SLOWER, child.kill)
        limit.start()
        _, status, usage = os.wait4(child.pid, 0)
        limit.cancel()
        child.returncode = os.waitstatus_to_exitcode(status)
        out.seek(0)
        err.seek(0)
        return Result(child.returncode, out.read(),
                      err.read().decode(errors="replace"), 0,
                      usage.ru_utime, tuple(words))


def sanitized():
    """Whether the program carries a sanitizer, or runs under valgrind: their own
    memory and time make measuring the program's pointless."""
    return is_sanitized(BIN)


def is_sanitized(path):
    return is_in_valgrind(path) or carries(path, b"__asan_init") or carries(
        path, b"__tsan_init")


def is_in_valgrind(path):
    """Its command line and some of its open files are valgrind's then."""
    return carries(path, b"exec valgrind")


def carries(path, word):
    with open(path, "rb") as program:
        return word in program.read()


def sha256(octets):
    return hashlib.sha256(octets).hexdigest()


class Case(unittest.TestCase):
    """A test with carts that go away after it."""

    maxDiff = None

    def cart(self, *args, **kwargs):
        cart = Cart(*args, **kwargs)
        self.addCleanup(cart.close)
        return cart

    def ends(self, result, status=0):
        self.assertEqual(result.status, status, "\n" + str(result))
        return result

    def one_line(self, result, status, *words):
        """Failed as documented: the status, and one clear line that holds
        the words."""
        self.ends(result, status)
        lines = [line for line in result.err.splitlines()
                 if line.startswith("mailcart: ")]
        self.assertEqual(len(lines), 1, "\n" + str(result))
        for word in words:
            self.assertIn(word, lines[0], "\n" + str(result))
        return lines[0]

    def adds_up_pull(self, row):
        self.assertEqual(row["listed"], row["stored"] + row["known"]
                         + row["skipped"] + row["failed"], row)

    def adds_up_push(self, row):
        self.assertEqual(
            row["placements"], row["sent"] + row["present"]
            + row["refused"] + row["skipped"] + row["waiting"], row)


def main():
    """Runs the tests of the calling module; without the program there is
    nothing to test, and saying so is not passing."""
    if not BIN or not os.access(BIN, os.X_OK):
        print("MAILCART_BIN does not name the program", file=sys.stderr)
        sys.exit(1)
    sys.path.insert(0, HERE)
    from dovecot import find_dovecot
    if not find_dovecot():
        print("dovecot is not installed: nothing tested", file=sys.stderr)
        sys.exit(SKIP)
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    unittest.main(module="__main__", verbosity=2)
