# SPDX-License-Identifier: MIT
"""Runs the program under test: away from the user's home, with a deadline."""
import os
import pathlib
import subprocess
import sys
import tempfile

for _name in ("real", "fake"):
    sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / _name))
from mailcart import SLOWER, is_in_valgrind  # noqa: E402

BINARY = os.path.abspath(sys.argv.pop(1)) if len(sys.argv) > 1 else ""
IN_VALGRIND = bool(BINARY) and is_in_valgrind(BINARY)
VERBS = ["migrate", "pull", "push", "verify", "plan", "status", "list", "show",
         "export", "probe", "salvage"]


class Place:
    """A temporary directory that is also the home."""

    def __enter__(self):
        self.directory = tempfile.TemporaryDirectory(prefix="mailcart-cmd-")
        self.path = pathlib.Path(self.directory.name)
        return self

    def __exit__(self, *exc):
        self.directory.cleanup()
        return False

    def environment(self, **more):
        env = {name: value for name, value in os.environ.items()
               if not name.startswith("MAILCART_")}
        env.update(HOME=str(self.path), TERM="xterm", LC_ALL="C", **more)
        return env

    def run(self, *args, env=None, **options):
        """Without a terminal, so that nothing can be asked."""
        options.setdefault("stdout", subprocess.PIPE)
        options.setdefault("stderr", subprocess.PIPE)
        return subprocess.run(
            [BINARY, *map(str, args)], cwd=self.path, timeout=60 * SLOWER,
            env=self.environment(**(env or {})), stdin=subprocess.DEVNULL,
            start_new_session=True, check=False, **options)


def mbox(count, octets=20):
    """An mbox file of so many messages."""
    return b"".join(
        b"From a@b Thu Feb  6 11:51:37 1992\nMessage-ID: <%d@x>\n"
        b"From: a@b\nDate: Thu, 6 Feb 1992 11:51:37 +0000\n"
        b"Subject: number %d\n\n%s\n\n" % (n, n, b"x" * octets)
        for n in range(count))
