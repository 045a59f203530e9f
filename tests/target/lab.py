# SPDX-License-Identifier: MIT
"""Drives target_try: mail is handed to a target, what it says is read back."""
import hashlib
import os
import subprocess
import sys
import tempfile

TESTS = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
sys.path.insert(0, os.path.join(TESTS, "real"))
sys.path.insert(0, os.path.join(TESTS, "fake"))
from mailcart import SLOWER  # noqa: E402

SEEN, ANSWERED, FLAGGED, DRAFT, DELETED, FORWARDED = 1, 2, 4, 8, 16, 32
NO_FINAL_CRLF, NO_HEADER_END, NUL = 1, 2, 4
SENT, TRASH, ALL = 2, 5, 7


def message(n, size=0, extra=""):
    text = (f"Message-ID: <m{n}@example.net>\r\nFrom: a@example.net\r\n"
            f"Date: Sat, 21 Nov 2026 10:00:{n % 60:02d} +0000\r\n"
            f"Subject: number {n}\r\n{extra}\r\nbody {n}\r\n")
    line = "0123456789abcdef" * 4 + "\r\n"
    text += line * (max(0, size - len(text)) // len(line))
    return text.encode()


def digest(octets):
    return hashlib.sha256(octets).hexdigest()


class Letters:
    """Lines of `letter`, and the files they name."""

    def __init__(self, where):
        self.where = where
        self.lines = []

    def add(self, octets, flags=0, date="", shape=0, claim=None, keywords="",
            path=None):
        number = len(self.lines) + 1
        if path is None:
            path = os.path.join(self.where, f"{id(self)}-{number}")
            with open(path, "wb") as out:
                out.write(octets)
        claim = len(octets) if claim is None else claim
        self.lines.append("\t".join(("letter", str(number), str(flags),
                                     str(date), str(shape), str(claim),
                                     keywords, path)))
        return number


class Said:
    """What target_try said, by kind of line."""

    def __init__(self, text, status, stderr):
        self.text = text
        self.stderr = stderr
        self.status = status
        self.lines = [line.split("\t") for line in text.splitlines()]
        self.fates = {}
        for line in self.of("fate"):
            assert line[1] not in self.fates, f"two fates of {line[1]}"
            self.fates[line[1]] = line[2:]
        self.fates = {int(key): value for key, value in self.fates.items()}

    def of(self, kind):
        return [line for line in self.lines if line[0] == kind]

    @property
    def sent(self):
        return sorted(n for n, fate in self.fates.items()
                      if fate[0] == "sent")

    @property
    def refused(self):
        """{id: [rc, scope, hope, code, sys, text]}"""
        return {n: fate[1:] for n, fate in self.fates.items()
                if fate[0] == "no"}

    @property
    def error(self):
        """The first failure: [rc, scope, hope, code, sys, text], or None."""
        found = self.of("error")
        return found[0][1:] if found else None


def talk(program, url, commands, password="secret", options=(), timeout=100):
    done = subprocess.run(
        [program, *options, url, password],
        input="".join(line + "\n" for line in commands).encode(),
        capture_output=True, timeout=timeout * SLOWER)
    said = Said(done.stdout.decode("utf-8", "replace"), done.returncode,
                done.stderr.decode("utf-8", "replace"))
    assert done.returncode == 0, (done.returncode, said.stderr, said.text)
    return said


def workspace():
    return tempfile.TemporaryDirectory(prefix="mc-target-")
