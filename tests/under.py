#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""All tests under a tool that slows them down much.

    tests/under.py tsan BUILD [-- words for ctest]
    tests/under.py valgrind BUILD [-- words for ctest]

BUILD is a directory for a build of its own.  tsan: ThreadSanitizer, by clang.
valgrind: every program of ours runs in memcheck, those too that tests start.
What is found is written to BUILD/found/run.* and told at the end, which is 1 if
there is anything; tests that fail for their time alone do not count, so that
ctest's own words are to be read as well."""
import glob
import os
import re
import shutil
import stat
import subprocess
import sys

TREE = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
OPTIONS = {"tsan": ["-DCMAKE_C_COMPILER=clang", "-DMC_TSAN=ON",
                    "-DCMAKE_BUILD_TYPE=RelWithDebInfo"],
           "valgrind": ["-DCMAKE_BUILD_TYPE=Debug",
                        "-DCMAKE_C_FLAGS_DEBUG=-g -O1"]}
SLOWER = 20
# What is left alone: what reads our sources, and what measures; README.md says
# why valgrind cannot have these.
ALL = {"tsan": ["-LE", "lint|long"],
       "valgrind": ["-LE", "lint|long", "-E",
                    "^(cmd_confined|test_child|crash_faults|crash_scarce)$"]}

# Shows what is wrong in libetpan, by running into it.
SHOWN = "test_libetpan_defects"


def build(tool, where):
    unwrap(where)
    subprocess.run(["cmake", "-S", TREE, "-B", where, "-G", "Ninja"]
                   + OPTIONS[tool], check=True)
    subprocess.run(["ninja", "-C", where], check=True)
    # Tests that are run as another user write there, too.
    shutil.rmtree(finds(where), ignore_errors=True)
    os.mkdir(finds(where))
    os.chmod(finds(where), 0o1777)


def finds(where):
    return os.path.join(where, "found")


def stretch(where):
    """Limits of time, in what ctest reads."""
    for path in glob.glob(os.path.join(where, "**", "CTestTestfile.cmake"),
                          recursive=True):
        with open(path) as file:
            text = file.read()
        text = re.sub(r'TIMEOUT "(\d+)"',
                      lambda m: f'TIMEOUT "{int(m[1]) * SLOWER}"', text)
        with open(path, "w") as file:
            file.write(text)


def programs(where):
    for base, names, files in os.walk(where):
        if "CMakeFiles" in names:
            names.remove("CMakeFiles")
        for name in files:
            path = os.path.join(base, name)
            if os.stat(path).st_mode & stat.S_IXUSR and "." not in name \
                    and name != SHOWN:
                with open(path, "rb") as file:
                    if file.read(4) == b"\x7fELF":
                        yield path


def wrap(where):
    stand_in = os.path.join(where, "valgrind.stand-in")
    words = {"VALGRIND": shutil.which("valgrind"),
             "SUPPRESSIONS": os.path.join(TREE, "tests/valgrind.supp"),
             "FOUND": os.path.join(finds(where), "run")}
    subprocess.run(["cc", "-static", "-O1", "-o", stand_in]
                   + [f'-D{name}="{word}"' for name, word in words.items()]
                   + [os.path.join(TREE, "tests/valgrind.c")], check=True)
    for path in list(programs(where)):
        os.rename(path, path + ".bin")
        shutil.copy(stand_in, path)


def unwrap(where):
    for path in glob.glob(os.path.join(where, "**", "*.bin"), recursive=True):
        os.replace(path, path[:-len(".bin")])


def found(where):
    """Not what valgrind says of itself: that it does not know seccomp()."""
    return [path for path in glob.glob(os.path.join(finds(where), "run.*"))
            if holds(path, "==")]


def holds(path, text):
    with open(path, errors="replace") as file:
        return text in file.read()


def main(words):
    tool, where = words[0], os.path.abspath(words[1])
    ctest = words[words.index("--") + 1:] if "--" in words else ALL[tool]
    build(tool, where)
    stretch(where)
    if tool == "valgrind":
        wrap(where)
    try:
        subprocess.run(["ctest", "--test-dir", where, "--output-on-failure"]
                       + ctest, check=False,
                       env={**os.environ, "MAILCART_SLOWER": str(SLOWER)})
    finally:
        unwrap(where)
    for path in found(where):
        with open(path, errors="replace") as file:
            print(file.read())
    print(f"{tool}: something was found in {len(found(where))} runs")
    return 1 if found(where) else 0


if __name__ == "__main__":
    if len(sys.argv) < 3 or sys.argv[1] not in OPTIONS:
        sys.exit(__doc__)
    sys.exit(main(sys.argv[1:]))
