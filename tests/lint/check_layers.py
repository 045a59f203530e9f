#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Every #include goes along the arrows, and foreign headers stay in their
rooms:

    cmd -> job -> {source, plan, target} -> {archive (job only), net, msg}
        -> base

And core never prints, exits, or reads the environment.

Usage: check_layers.py [ROOT]
"""
import pathlib
import re
import sys

import tree

ARROWS = {
    "base": set(),
    "msg": {"base"},
    "net": {"base"},
    "archive": {"base"},
    "source": {"base", "msg", "net"},
    "target": {"base", "msg", "net"},
    "plan": {"base", "msg"},
    "job": {"base", "msg", "net", "archive", "source", "plan", "target"},
    "cmd": {"base", "job"},
}
# What other rooms see of job.
JOB_DOOR = "job/job.h"

# By what a header's name begins with.  A compressor has no state that two
# rooms could share: archive packs bodies, source opens files that are packed.
FOREIGN = {
    "libetpan/": {"net"}, "gnutls/": {"net"}, "gsasl": {"net"},
    "sqlite3": {"archive"}, "zstd": {"archive", "source"},
    "zlib": {"source", "net"}, "bzlib": {"source"}, "lzma": {"source"},
    "nettle/": {"base"}, "seccomp.h": {"cmd"},
    # What the processor can beyond C: for digests alone.
    "cpuid.h": {"base"}, "immintrin.h": {"base"},
}
# Threads are made by job; cmd has the one that waits for signals; the archive
# makes none, but lets those that write to it take turns.
ROOMS_WITH_THREADS = {"job", "cmd"}
ROOMS_WITH_LOCKS = ROOMS_WITH_THREADS | {"archive"}
THREADS = {"pthread.h", "threads.h", "semaphore.h"}

# C17, POSIX, and what glibc adds: nobody's library.
SYSTEM = set("""
assert.h ctype.h errno.h inttypes.h limits.h locale.h math.h search.h setjmp.h
signal.h stdarg.h stdatomic.h stdbool.h stddef.h stdint.h stdio.h stdlib.h
string.h strings.h time.h wchar.h wctype.h dirent.h endian.h fcntl.h fnmatch.h ftw.h
glob.h iconv.h langinfo.h malloc.h netdb.h poll.h pwd.h regex.h spawn.h sysexits.h
termios.h unistd.h byteswap.h endian.h arpa/inet.h net/if.h netinet/in.h netinet/tcp.h
linux/tcp.h
sys/eventfd.h sys/file.h sys/ioctl.h sys/mman.h sys/prctl.h sys/random.h sys/resource.h
sys/socket.h sys/stat.h sys/statvfs.h sys/time.h sys/types.h sys/uio.h
sys/un.h sys/wait.h
""".split()) | THREADS

# Made at build time: (room, header).
GENERATED = {("archive", "archive/statements.h")}

# (file, word): ends a child between fork and exec, not the program.
EXCUSED = {("core/source/child.c", "_exit")}

STARTS = re.compile(r"(?<!\w)(pthread_create|thrd_create)\s*\(")
SILENT = re.compile(
    r"(?<![\w.>])(printf|vprintf|puts|putchar|perror|exit|_exit|abort|system"
    r"|getenv|secure_getenv|setenv|putenv|unsetenv|setlocale|signal)\s*\("
    r"|(?<![\w.>])(stdout|stderr|stdin|environ)\b")
COMMENT_OR_STRING = re.compile(
    r'/\*.*?\*/|//[^\n]*|"(?:\\.|[^"\\\n])*"|\'(?:\\.|[^\'\\\n])*\'', re.S)
INCLUDE = re.compile(r"^[ \t]*#[ \t]*include\b[ \t]*(.*)$", re.M)


def room_of(path, root):
    parts = path.relative_to(root).parts
    if parts[0] == "core" and len(parts) > 2:
        return parts[1]
    return "cmd" if parts[0] == "cmd" else None


def blank_comments(text):
    """Comments become blanks; lines stay where they are."""
    def blank(match):
        found = match.group()
        if found.startswith("/"):
            return re.sub(r"[^\n]", " ", found)
        return found
    return COMMENT_OR_STRING.sub(blank, text)


def check_own(room, name, root):
    """An #include "name"."""
    parts = name.split("/")
    if ".." in parts or len(parts) < 2:
        return "write it from core/ on, as \"base/buf.h\""
    to = parts[0]
    if to not in ARROWS:
        return f"'{to}' is no room"
    if to != room and to not in ARROWS[room]:
        return f"{room} must not know {to}"
    if room == "cmd" and to == "job" and name != JOB_DOOR:
        return f"cmd knows job by {JOB_DOOR} alone"
    place = root / name if to == "cmd" else root / "core" / name
    if not place.is_file() and (room, name) not in GENERATED:
        return "there is no such file"
    return None


def check_system(room, name):
    """An #include <name>."""
    for prefix, owners in FOREIGN.items():
        if name.startswith(prefix):
            return None if room in owners else \
                f"only {' and '.join(sorted(owners))} may know {prefix}"
    if name in THREADS and room not in ROOMS_WITH_LOCKS:
        return "only job has threads"
    if name not in SYSTEM:
        return "an unknown header: a foreign library needs a room of its own"
    return None


def check_include(room, what, root):
    if what.startswith('"') and what.count('"') >= 2:
        return check_own(room, what.split('"')[1], root)
    if what.startswith("<") and ">" in what:
        return check_system(room, what[1:what.index(">")])
    return "name a header"


def check_file(path, root):
    room = room_of(path, root)
    where = path.relative_to(root)
    if room not in ARROWS:
        return [f"{where}: '{room}' is no room"]
    text = blank_comments(path.read_text(encoding="utf-8"))
    problems = []

    def add(at, message):
        problems.append(f"{where}:{text.count(chr(10), 0, at) + 1}: {message}")

    for match in INCLUDE.finditer(text):
        wrong = check_include(room, match[1].strip(), root)
        if wrong:
            add(match.start(), f"{match[0].strip()}: {wrong}")
    if room not in ROOMS_WITH_THREADS:
        for match in STARTS.finditer(text):
            add(match.start(), f"{match[1]}: only job has threads")
    if room != "cmd":
        bare = COMMENT_OR_STRING.sub(
            lambda found: re.sub(r"[^\n]", " ", found.group()), text)
        for match in SILENT.finditer(bare):
            word = match[1] or match[2]
            if (where.as_posix(), word) in EXCUSED:
                continue
            if f"pragma GCC poison" not in bare[
                    bare.rfind("\n", 0, match.start()) + 1:match.start()]:
                add(match.start(), f"{word}: core neither prints nor exits "
                                   "nor reads the environment")
    return problems


def check(root):
    paths = [path for path in tree.files(".c", ".h", root=root)
             if path.relative_to(root).parts[0] in ("core", "cmd")]
    if not paths:
        return ["no source file was found"]
    return [problem for path in paths for problem in check_file(path, root)]


if __name__ == "__main__":
    sys.exit(tree.report(check(
        pathlib.Path(sys.argv[1]).resolve() if len(sys.argv) > 1
        else tree.ROOT)))
