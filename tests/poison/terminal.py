# SPDX-License-Identifier: MIT
"""Runs the program on a terminal of its own, and says what a terminal would
obey in what it was sent."""
import os
import pty
import re
import subprocess

import mailcart

# C0 but TAB, LF and CR; DEL; C1 in UTF-8, which terminals obey as well.
COMMANDS = re.compile(rb"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]|\xc2[\x80-\x9f]")


def run(words, cwd):
    """(status, all that it wrote); both streams are the terminal."""
    ours, theirs = pty.openpty()
    env = mailcart.environment({"TERM": "xterm", "LC_ALL": "C.UTF-8"})
    child = subprocess.Popen(words, cwd=cwd, stdin=subprocess.DEVNULL,
                             stdout=theirs, stderr=theirs, env=env,
                             start_new_session=True)
    os.close(theirs)
    said = b""
    while True:
        try:
            some = os.read(ours, 65536)
        except OSError:  # nobody has it open any more
            break
        if not some:
            break
        said += some
    os.close(ours)
    return child.wait(), said


def obeyed(said):
    """What in it is no text."""
    found = COMMANDS.search(said)
    if found:
        at = found.start()
        return repr(said[max(0, at - 60):at + 60])
    try:
        said.decode()
    except UnicodeDecodeError as err:
        return f"no UTF-8: {said[max(0, err.start - 60):err.start + 20]!r}"
    return ""
