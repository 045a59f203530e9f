#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""How many lines of core/ the tests run through, by file.

    tests/coverage.py BUILD [-- words for ctest]

BUILD is a directory for a build of its own (cmake, gcc, --coverage); without
words for ctest all tests are run but those that run no program of ours or only
measure.  `tests/coverage.py BUILD --report` counts what was run before; with
`--lines FILE` what is not reached is printed.  Ends with 1 if less than 90 of
100 lines are reached."""
import collections
import gzip
import json
import os
import subprocess
import sys
import tempfile

TREE = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
CORE = os.path.join(TREE, "core")
LEAST = 90.0


def build(where):
    subprocess.run(["cmake", "-S", TREE, "-B", where, "-G", "Ninja",
                    "-DCMAKE_BUILD_TYPE=Debug", "-DCMAKE_C_COMPILER=gcc",
                    "-DMC_COVERAGE=ON"], check=True)
    subprocess.run(["ninja", "-C", where], check=True)


def notes(where):
    for base, _, names in os.walk(where):
        for name in names:
            if name.endswith(".gcda") or name.endswith(".gcno"):
                yield os.path.join(base, name)


def forget(where):
    for path in notes(where):
        if path.endswith(".gcda"):
            os.remove(path)


def count(where):
    """{file: {line: times}} of core/; a file that no test links has none."""
    lines = collections.defaultdict(collections.Counter)
    found = sorted(path for path in notes(where)
                   if path.endswith(".gcno") and "/core/" in path)
    with tempfile.TemporaryDirectory() as scratch:
        for path in found:
            subprocess.run(["gcov", "--json-format", path], cwd=scratch,
                           check=True, stdout=subprocess.DEVNULL,
                           stderr=subprocess.DEVNULL)
            for name in os.listdir(scratch):
                with gzip.open(os.path.join(scratch, name)) as told:
                    take(json.load(told), lines)
                os.remove(os.path.join(scratch, name))
    return lines


def take(told, lines):
    for file in told["files"]:
        path = os.path.normpath(os.path.join(
            told["current_working_directory"], file["file"]))
        if not path.startswith(CORE + os.sep):
            continue
        for line in file["lines"]:
            lines[path[len(TREE) + 1:]][line["line_number"]] += line["count"]


def runs(missed):
    """Line numbers as people write them: 3, 7-9."""
    out = []
    for line in missed:
        if out and line == out[-1][1] + 1:
            out[-1][1] = line
        else:
            out.append([line, line])
    return ", ".join(f"{a}" if a == b else f"{a}-{b}" for a, b in out)


def report(lines, wanted):
    total = reached = 0
    for path, counts in sorted(lines.items()):
        hit = sum(1 for times in counts.values() if times)
        total, reached = total + len(counts), reached + hit
        print(f"{100 * hit / len(counts):6.1f} %  {hit:5} of {len(counts):5}"
              f"  {path}")
        if path in wanted or "all" in wanted:
            print("          not reached:", runs(sorted(
                line for line, times in counts.items() if not times)))
    share = 100 * reached / total
    print(f"{share:6.1f} %  {reached:5} of {total:5}  core/")
    return share


def main(words):
    ctest = words[words.index("--") + 1:] if "--" in words else ["-LE", "lint"]
    words = words[:words.index("--")] if "--" in words else words
    where = os.path.abspath(words[0])
    if "--report" not in words:
        build(where)
        forget(where)
        subprocess.run(["ctest", "--test-dir", where] + ctest, check=False)
    wanted = words[words.index("--lines") + 1:] if "--lines" in words else []
    return 0 if report(count(where), wanted) >= LEAST else 1


if __name__ == "__main__":
    if len(sys.argv) < 2:
        sys.exit(__doc__)
    sys.exit(main(sys.argv[1:]))
