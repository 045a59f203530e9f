#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""The released program is built so that a defect in it is hard to use: at an
address that nobody knows, with tables that cannot be written, with guards on
the stack and around copies, and no memory both written and run."""
import os
import re
import subprocess
import sys

BINARY = os.environ.get("MAILCART_RELEASE_BIN")


def readelf(*args):
    return subprocess.run(["readelf", "--wide", *args, BINARY], check=True,
                          capture_output=True, text=True).stdout


def main():
    if not BINARY:
        print("no MAILCART_RELEASE_BIN: skipped")
        return 77
    dynamic = readelf("--dynamic")
    segments = readelf("--segments")
    symbols = readelf("--dyn-syms")
    walls = {
        "PIE": "PIE" in dynamic,
        "RELRO": "GNU_RELRO" in segments,
        "bound at start": re.search(r"BIND_NOW|\bNOW\b", dynamic),
        "stack that is not run": re.search(r"GNU_STACK.* RW +0x", segments),
        "nothing written and run": not re.search(r"LOAD.* RWE ", segments),
        "stack protector": "__stack_chk_fail" in symbols,
        "FORTIFY": re.search(r"__\w+_chk\b", symbols.replace(
            "__stack_chk_fail", "")),
    }
    for name, stands in walls.items():
        print(f"{'yes' if stands else 'NO':4}{name}")
    return 0 if all(walls.values()) else 1


if __name__ == "__main__":
    sys.exit(main())
