# SPDX-License-Identifier: MIT
"""Where the programs of Debian's cyrus-* and courier-* packages lie, unpacked
and not installed: they exclude Dovecot, and each other, from an installed
system, and would bring users and services.  tests/packages.sh unpacks them.
"""
import os

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(
    os.path.abspath(__file__))))
LIBRARIES = ("usr/lib", "usr/lib/x86_64-linux-gnu",
             "usr/lib/aarch64-linux-gnu", "lib/x86_64-linux-gnu",
             "lib/aarch64-linux-gnu")


def where():
    return os.environ.get("MAILCART_SERVERS") or os.path.join(
        ROOT, "build", "servers")


def find(program):
    """The path of an unpacked program, or None where it is missing or where
    the user that runs it (nobody, if we are root) cannot come to it."""
    path = os.path.join(where(), program)
    if not os.access(path, os.X_OK):
        return None
    at = path
    while at != "/":
        if not os.stat(at).st_mode & 0o001 and os.geteuid() == 0:
            return None
        at = os.path.dirname(at)
    return path


def library_path():
    return ":".join(os.path.join(where(), part) for part in LIBRARIES)
