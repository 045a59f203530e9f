#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""clang-tidy over all of core/ and cmd/.

Usage: check_tidy.py BUILD_DIRECTORY functions|all

`functions` asks for lengths, parameters and depths alone, which is quick;
`all` for everything in .clang-tidy, which takes minutes and so is done only
when MAILCART_LONG is set.
"""
import concurrent.futures
import json
import os
import pathlib
import re
import shutil
import subprocess
import sys

import tree

SKIP = 77


def sources(build):
    """Files of ours that the build compiles."""
    commands = json.loads((build / "compile_commands.json").read_text())
    ours = (tree.ROOT / "core", tree.ROOT / "cmd")
    found = {pathlib.Path(entry["file"]) for entry in commands}
    return sorted(path for path in found
                  if any(base in path.parents for base in ours))


def check(path, build, checks):
    """One file a process: clang 14 sees uninitialized lists of arguments
    where it looks at many."""
    done = subprocess.run(
        ["clang-tidy", "--quiet", "-p", str(build), *checks, str(path)],
        capture_output=True, text=True, check=False)
    lines = re.findall(r"^\S+:\d+:\d+: (?:error|warning): .*$", done.stdout,
                       re.M)
    if done.returncode and not lines:
        lines = [f"{path}: clang-tidy failed: {done.stderr[-500:]}"]
    return lines


def main():
    build, what = pathlib.Path(sys.argv[1]), sys.argv[2]
    if not shutil.which("clang-tidy"):
        print("clang-tidy is not installed: skipped")
        return SKIP
    if what == "all" and not os.environ.get("MAILCART_LONG"):
        print("takes minutes: set MAILCART_LONG=1")
        return SKIP
    checks = [] if what == "all" else \
        ["--checks=-*,readability-function-size"]
    paths = sources(build)
    if not paths:
        return tree.report(["no source file was found"])
    with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
        found = pool.map(lambda path: check(path, build, checks), paths)
    return tree.report(sorted({line for lines in found for line in lines}))


if __name__ == "__main__":
    sys.exit(main())
