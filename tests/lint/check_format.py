#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""clang-format has nothing to change.  Versions differ in their taste, so
that of Debian 12 decides and others skip."""
import shutil
import subprocess
import sys

import tree

VERSION = "14"
SKIP = 77


def tool():
    for name in (f"clang-format-{VERSION}", "clang-format"):
        path = shutil.which(name)
        if path and f"version {VERSION}." in subprocess.run(
                [path, "--version"], capture_output=True, text=True,
                check=False).stdout:
            return path
    return None


def main():
    path = tool()
    if not path:
        print(f"clang-format {VERSION} is not installed: skipped")
        return SKIP
    done = subprocess.run(
        [path, "--dry-run", "-Werror", "--ferror-limit=1",
         *map(str, tree.files(".c", ".h"))],
        cwd=tree.ROOT, capture_output=True, text=True, check=False)
    lines = [line for line in done.stderr.splitlines() if "error:" in line]
    if done.returncode and not lines:
        lines = [done.stderr]
    return tree.report(lines)


if __name__ == "__main__":
    sys.exit(main())
