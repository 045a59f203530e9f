#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""The help of each command and mailcart(1) tell the same commands, options
and values, and the page is good mdoc.

Usage: check_man.py BINARY
"""
import re
import shutil
import subprocess
import sys

import tree

PAGE = tree.ROOT / "cmd" / "mailcart.1"


def run(*args):
    return subprocess.run(args, capture_output=True, text=True, check=True,
                          stdin=subprocess.DEVNULL).stdout


def help_options(text):
    """{long name: (letter, value)} of what -h prints."""
    found = re.findall(
        r"^  (?:-(\w), |    )--([a-z-]+)(?: (\S+))?(?:  |$)", text, re.M)
    return {name: (letter, value.lower()) for letter, name, value in found}


def page_options(page):
    """The same of the page's lists."""
    options = {}
    for line in re.findall(r"^\.It Fl (.*)$", page, re.M):
        flags, *values = re.split(r" (?:Ar|Cm) ", line, maxsplit=1)
        *letter, name = flags.split(" , ")
        value = re.sub(r"\b(Ar|Cm|Ns)\b| ", "", "".join(values))
        options[name.removeprefix("-")] = ("".join(letter), value)
    return options


def compare(what, left, right):
    for name in sorted(set(left) | set(right)):
        if left.get(name) != right.get(name):
            yield (f"{what} {name}: help says {left.get(name)}, mailcart(1) "
                   f"says {right.get(name)}")


def lint(page):
    """Words of mandoc that are about this machine's index are not about the
    page."""
    if not shutil.which("mandoc"):
        return
    done = subprocess.run(["mandoc", "-Tlint", "-W", "style", page],
                          capture_output=True, text=True, check=False)
    for line in (done.stdout + done.stderr).splitlines():
        if re.search(r": (STYLE|WARNING|ERROR|UNSUPP)", line) and \
                "referenced manual not found" not in line:
            yield line


def main():
    binary = sys.argv[1]
    page = PAGE.read_text(encoding="utf-8")
    top = run(binary, "help")
    verbs = dict(re.findall(r"^  ([a-z]+) +((?:\S+ )*\S+)?  ", top, re.M))
    problems = []
    options = help_options(top)
    for verb in verbs:
        text = run(binary, verb, "-h")
        for name, told in help_options(text).items():
            if options.setdefault(name, told) != told:
                problems.append(f"--{name} is not the same everywhere")
    if len(verbs) < 9 or len(options) < 20:
        problems.append("help could not be read")
    problems += compare("option", options, page_options(page))
    synopsis = page[page.index(".Sh SYNOPSIS"):page.index(".Sh DESCRIPTION")]
    told = set(re.findall(r"^\.Cm (\w+)$", synopsis, re.M)) - {"help"}
    explained = set(re.findall(r"^\.It Cm (\w+)$", page, re.M)) - {"help"}
    for name, words in (("SYNOPSIS", told), ("DESCRIPTION", explained)):
        problems += [f"{name}: {verb} differs from help"
                     for verb in words ^ set(verbs)]
    return tree.report(problems + list(lint(PAGE)))


if __name__ == "__main__":
    sys.exit(main())
