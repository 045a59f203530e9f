# SPDX-License-Identifier: MIT
"""What people are told by the program, whole: said/NAME.txt holds, of each test
of test_NAME.py, how its runs ended and every line of theirs but the table, as
far as it is more than that all went well.  A test that tells anything else
fails.

MAILCART_SAY=1 writes what is said now in place of what stands there; read the
difference as whoever it is told to.  With MAILCART_LONG what only the long tests
hear is written to a page of its own; a test that has none is not held to it.
"""
import os
import re

HERE = os.path.dirname(os.path.abspath(__file__))
WRITE = os.environ.get("MAILCART_SAY", "") not in ("", "0")
LONG = os.environ.get("MAILCART_LONG", "") not in ("", "0")
LATER = " (long)"
ROW = re.compile(r"  (\w*) +(\w[\w ]*?)  +([\d,]+)  (\S.*)?")
COMMAND = re.compile(r" +mailcart -a ")
# What another machine, day or moment makes another one of.
VARIES = (
    (r"/\S*?/mc-\w+-\w+\b", "DIR"),
    (r"(?<=\w@)[\w.]+:\d+", "HOST"),
    (r"\b127(\.\d+){3}\b|(?<=')\d+(\.\d+){3}(?=')", "HOST"),
    (r"(?<=on port )\d+", "N"),
    (r"\b(\w{3} )?20[2-9]\d-\d\d-\d\d( \d\d:\d\d)?\b", "DATE"),
    (r"\b[0-9a-f]{64}\b", "SHA-256"),
    (r"(?<=trying again in )\d+", "N"),
    (r"\b\d+(?= were tried)", "N"),
    (r"(?<=of the last )\d+", "N"),
    ("connection lost: connection reset by peer",
     "the server closed the connection"),
    (r"\b\d+ messages? on the way did not arrive, and (is|are) sent",
     "N messages on the way did not arrive, and are sent"),
    # The same run once more says that, and all else again.
    (r"; nothing was (new|left to do)(?=[;.])", ""),
)
# Whether it is said depends on how fast the machine is at that moment.
AGAIN = re.compile("trying again in N s$|are sent again; ")
TIMELY = re.compile(r"note: up to \d+ connections at a time")
# All went well, in all the words that it takes.
WELL = re.compile(
    r"((All [\d,]+ messages are|The only message is) (in|on) \S+?"
    r"|[\d,]+ stored messages are intact in \S+)"
    r"(; all [\d,]+ messages are on \S+?(, octet for octet)?)?"
    r"(; nothing was new|; nothing was left to do|; [\d,]+ were there (before|already))?\.")


def table(text):
    """{part: {row: number}}; `adds`: {row: rows of that part whose sum it is};
    `whys`: the reasons of what was kept, with their numbers."""
    found, part = {"adds": {}, "whys": {}}, ""
    for line in text.splitlines():
        row = ROW.fullmatch(line)
        if not row:
            continue
        part = row[1] or part
        number, what = int(row[3].replace(",", "")), row[4] or ""
        if row[2] == "of these":
            found["whys"][what] = number
            continue
        found.setdefault(part, {})[row[2]] = number
        if what.startswith("= "):
            found["adds"][part, row[2]] = what[2:].split("+")
    return found


def told(result, also=()):
    """The block of that run: its lines, the first of which says how it ended;
    none where all went well, and nothing is told but that."""
    lines = [line.removeprefix("mailcart: ")
             for line in result.err.splitlines()
             if line.startswith("mailcart: ")]
    lines = [line for line in lines if not TIMELY.match(line)]
    said = list(spoken(result.out.decode(), result.status == 0))
    if not lines and result.status == 0 and not said[1:] and (
            not said or WELL.fullmatch(said[0])):
        return ()
    ended = f"exit {result.status}: {' '.join(said[:1])}".strip()
    return alike([plain(line, also) for line in [ended, *lines, *said[1:]]])


def spoken(text, well):
    """Paragraphs without the folds of their lines, without the table and the
    commands; what is listed is one a line.  What could be done next where
    all went well is left out."""
    for paragraph in text.replace(" \\\n", " ").split("\n\n"):
        if well and paragraph.startswith("Next"):
            continue
        prose = []
        for line in paragraph.splitlines():
            listed = line[:1] == " "
            if listed and prose:
                yield " ".join(prose)
                prose = []
            if not listed:
                prose.append(line)
            elif not ROW.fullmatch(line) and not COMMAND.match(line):
                yield re.sub(r"\s+", " ", line.strip())
        if prose:
            yield " ".join(prose)


def plain(line, also):
    for pattern, word in (*VARIES, *also):
        line = re.sub(pattern, word, line)
    return line


def alike(lines):
    """Those that differ in numbers alone are one, and how many more; of how
    often something was tried again chance is to say."""
    kinds = {}
    for line in lines:
        kinds.setdefault(re.sub(r"\d+", "0", line), []).append(line)
    return tuple(
        kind[0] + (f" [and {len(kind) - 1} more]" if kind[1:] and
                   not AGAIN.search(kind[0]) else "")
        for kind in kinds.values())


class Book:
    """Of one file of tests: a page a test, a block a run; a run that says what
    another one of the test has said is no other block."""

    def __init__(self, name):
        self.path = os.path.join(HERE, "said", name + ".txt")
        self.pages, self.heard = {}, {}
        if os.path.exists(self.path):
            with open(self.path, encoding="utf-8") as file:
                self.pages = self.read(file.read())

    @staticmethod
    def read(text):
        pages = {}
        for page in re.split(r"^## ", text, flags=re.M)[1:]:
            title, _, rest = page.partition("\n")
            pages[title] = {tuple(block.strip().split("\n    "))
                            for block in re.split(r"\n(?=exit )", rest)
                            if block.strip()}
        return pages

    def hear(self, title, block):
        heard = self.heard.setdefault(title, [])
        if block and block not in heard:
            heard.append(block)

    def differs(self, title):
        """(What was said and does not stand there, what stands there and was
        not said), of that test."""
        heard = {sort(block): block for block in self.heard.get(title, ())}
        stands = {sort(block): block for block in self.pages.get(title, ())}
        later = {sort(block): block
                 for block in self.pages.get(title + LATER, ())} if LONG else {}
        stands.update(later)
        if LONG and not later:
            return [], []
        return ([heard[key] for key in heard if key not in stands],
                [stands[key] for key in stands if key not in heard])

    def write(self):
        for title, heard in self.heard.items():
            page = title
            if LONG:
                known = set(map(sort, self.pages.get(title, ())))
                heard = [one for one in heard if sort(one) not in known]
                page += LATER
            self.pages[page] = heard
        os.makedirs(os.path.dirname(self.path), exist_ok=True)
        with open(self.path, "w", encoding="utf-8") as file:
            file.write("\n".join(
                f"## {title}\n" + "\n".join(
                    "\n    ".join(block) + "\n" for block in sorted(page))
                for title, page in sorted(self.pages.items()) if page))


def sort(block):
    """The same lines in another order say the same: connections take turns."""
    return (block[0], *sorted(block[1:]))
