#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""No file tells where it was made; none is left unfinished; each says its
licence.

Looked for: the absolute path of this checkout and of the directory it is in,
home directories, marks of unfinished work, and the SPDX line.
"""
import re
import sys

import tree

TEXT = {".c", ".h", ".py", ".sh", ".cmake", ".sql", ".txt", ".md", ".json",
        ".1", ""}
CODE = {".c", ".h", ".py", ".sh", ".cmake"}
LICENCE = "SPDX-License-Identifier: MIT"
# Split, so that this file does not find itself.
UNFINISHED = re.compile(r"\b(TO" r"DO|FIX" r"ME|HA" r"CK)\b")
HOMES = re.compile(r"/(?:home|Users)/(?!USER\b)\w+|/ro" r"ot/")


def places():
    """The directories that must not be named, unless nearly every path on
    any machine begins so."""
    for path in (tree.ROOT, tree.ROOT.parent):
        if len(path.parts) > 1 and str(path) not in ("/tmp", "/usr", "/home",
                                                     "/opt", "/srv", "/var"):
            yield re.compile(rf"(?<![\w.]){re.escape(str(path))}(?=/|\b)")


def check(path, here):
    name = path.relative_to(tree.ROOT)
    if path.suffix not in TEXT or name.parts[:2] == ("samples", "mail"):
        return
    try:
        text = path.read_text(encoding="utf-8")
    except UnicodeDecodeError:
        return
    if path.suffix in CODE and LICENCE not in "".join(
            text.splitlines(True)[:2]):
        yield f"{name}: {LICENCE} is missing in its first two lines"
    for number, line in enumerate(text.splitlines(), 1):
        for pattern in (*here, HOMES, UNFINISHED):
            found = pattern.search(line)
            if found:
                yield f"{name}:{number}: {found[0]}"


def main():
    here = list(places())
    return tree.report([problem for path in tree.files()
                        for problem in check(path, here)])


if __name__ == "__main__":
    sys.exit(main())
