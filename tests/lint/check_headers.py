#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Each header compiles alone, with the strictest of warnings.

Usage: check_headers.py BUILD_DIRECTORY COMPILER
"""
import concurrent.futures
import os
import pathlib
import subprocess
import sys

import tree

# Poisons names that no header may use, and is included first of all.
LEFT_OUT = {"core/base/banned.h"}


def check(path, build, compiler):
    name = path.relative_to(tree.ROOT)
    own = name.parts[0] == "core"
    include = str(name.relative_to("core") if own else name)
    # A declaration behind it: ISO C wants one in a translation unit.
    text = f'#include "{include}"\nextern int mc_header_stands_alone;\n'
    done = subprocess.run(
        [compiler, "-std=c17", "-D_GNU_SOURCE", "-Wall", "-Wextra",
         "-pedantic", "-Werror", "-fsyntax-only", f"-I{tree.ROOT}/core",
         *([] if own else [f"-I{tree.ROOT}"]),
         f"-I{build}/core/archive", "-x", "c", "-"],
        input=text, capture_output=True, text=True, check=False)
    return f"{name}:\n{done.stderr}" if done.returncode else None


def main():
    build, compiler = pathlib.Path(sys.argv[1]), sys.argv[2]
    headers = [path for path in tree.files(".h")
               if path.relative_to(tree.ROOT).parts[0] in ("core", "cmd")
               and str(path.relative_to(tree.ROOT)) not in LEFT_OUT]
    if not headers:
        return tree.report(["no header was found"])
    with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
        found = list(pool.map(lambda path: check(path, build, compiler),
                              headers))
    return tree.report([problem for problem in found if problem])


if __name__ == "__main__":
    sys.exit(main())
