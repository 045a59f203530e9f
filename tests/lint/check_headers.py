#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Each header compiles alone, with the strictest of warnings; and the name of a
struct or an enum means one thing in the whole house.

Usage: check_headers.py BUILD_DIRECTORY COMPILER
"""
import concurrent.futures
import os
import pathlib
import re
import subprocess
import sys

import tree

# Poisons names that no header may use, and is included first of all.
LEFT_OUT = {"core/base/banned.h"}

# Behind source.h each driver has its own.
EXCUSED = {"mc_source"}

DEFINED = re.compile(r"^(?:struct|enum) (mc_\w+) \{", re.M)


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


def check_names(paths):
    first = {}
    for path in paths:
        for name in DEFINED.findall(path.read_text(encoding="utf-8")):
            other = first.setdefault(name, path)
            if other != path and name not in EXCUSED:
                yield (f"{path.relative_to(tree.ROOT)}: {name} is something "
                       f"else in {other.relative_to(tree.ROOT)}")


def main():
    build, compiler = pathlib.Path(sys.argv[1]), sys.argv[2]
    sources = [path for path in tree.files(".c", ".h")
               if path.relative_to(tree.ROOT).parts[0] in ("core", "cmd")]
    headers = [path for path in sources if path.suffix == ".h"
               and str(path.relative_to(tree.ROOT)) not in LEFT_OUT]
    if not headers:
        return tree.report(["no header was found"])
    with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
        found = list(pool.map(lambda path: check(path, build, compiler),
                              headers))
    return tree.report([problem for problem in found if problem]
                       + list(check_names(sources)))


if __name__ == "__main__":
    sys.exit(main())
