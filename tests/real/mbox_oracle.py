# SPDX-License-Identifier: MIT
"""A second opinion on where the messages of an mbox begin and end.

Written from the rules alone and from nothing of mailcart's: it holds the whole
file in memory and looks at its lines, as simply as can be.

A line is a separator if it begins with "From " and
  - it is the first line of the file, or
  - the two lines behind it look like header fields, or
  - a blank line stands before it and a date in it.
A Content-Length counts only if a separator or the end of the file stands
exactly where it points; inside of what it covers there is no separator.
"""
import dataclasses
import re

# How many messages real files hold, told by those who published them.
COUNTS = {
    "jwz-mbox/jwz.mbox": 152,
    "mimekit/TestData/mbox/content-length.mbox.txt": 29,
    "mimekit/TestData/mbox/issue1189.mbox.txt": 4,
    "perl-email-folder/mboxes/testmbox": 10,
    "perl-email-folder/mboxes/testmbox.dos": 10,
    "perl-email-folder/mboxes/testmbox.mac": 10,
    "perl-email-folder/mboxes/testmbox.empty": 0,
    "perl-email-folder/mboxes/mboxcl2": 3,
    "perl-email-folder/mboxes/mboxcl2.lies": 3,
    "perl-email-folder/mboxes/mboxcl3": 2,
    "mailutils/spool/teaparty.mbox": 95,
    "gyb-samples/google-takeout/takeout.mbox": 39,
    "gyb-samples/vault-export-mbox/ubuntu_me@u.jaylee.us_0.mbox": 53,
}

FIELD = re.compile(rb"[!-9;-~]+[ \t]*:")
FOLDED = re.compile(rb"[ \t]+[^ \t\r\n]")
DATE = re.compile(rb"\d?\d:\d\d")
LENGTH = re.compile(rb"^content-length[ \t]*:[ \t]*(\d+)[ \t]*\r?$",
                    re.I | re.M)


START = re.compile(rb"\A(?:\xef\xbb\xbf)?(?:[ \t]*[\r\n])*")


def start(data):
    """Octets before the first line: UTF-8's mark, and lines of blanks."""
    return START.match(data).end()


@dataclasses.dataclass
class Slice:
    at: int  # of the From_ line
    begin: int  # of the message, behind the From_ line
    end: int  # behind the message's last octet
    next: int  # where the next separator stands, or the end of the file
    octets: bytes


class Mbox:
    def __init__(self, data):
        self.data = data
        self.lines = self._lines(data)
        self.starts = [at for at, _ in self.lines]

    @staticmethod
    def _lines(data):
        end = rb"[^\r]*\r" if b"\n" not in data else rb"[^\n]*\n"
        found = [(m.start(), m.group())
                 for m in re.finditer(end, data)]
        last = found[-1][0] + len(found[-1][1]) if found else 0
        if last < len(data):
            found.append((last, data[last:]))
        return found

    def _line(self, n):
        return self.lines[n][1] if 0 <= n < len(self.lines) else None

    def separator(self, n):
        line = self._line(n)
        if not line.startswith(b"From "):
            return False
        if n == 0:
            return True
        one, two = self._line(n + 1), self._line(n + 2)
        if one and FIELD.match(one) and two and (
                FIELD.match(two) or FOLDED.match(two)):
            return True
        return not self._line(n - 1).strip(b"\r\n") and bool(
            DATE.search(line))

    def split(self):
        marks, n = [], 0
        while n < len(self.lines):
            if self.separator(n):
                marks.append(n)
                n = self._covered(n)
            else:
                n += 1
        ends = marks[1:] + [len(self.lines)]
        return [self._slice(mark, end) for mark, end in zip(marks, ends)]

    def _covered(self, mark):
        """The line where to look for the next separator."""
        n = mark + 1
        while n < len(self.lines) and self.lines[n][1].strip(b"\r\n"):
            n += 1
        if n + 1 >= len(self.lines):
            return mark + 1
        head = self.data[self.lines[mark + 1][0]:self.lines[n][0]]
        length = LENGTH.search(head)
        if not length:
            return mark + 1
        body = self.lines[n + 1][0]
        return self._points_at(body + int(length.group(1))) or mark + 1

    def _points_at(self, at):
        """The line at this offset if a separator or the end is there, blank
        lines passed over."""
        import bisect
        n = bisect.bisect_left(self.starts, at)
        if at > len(self.data) or (
                n < len(self.starts) and self.starts[n] != at):
            return None
        while n < len(self.lines) and not self.lines[n][1].strip(b"\r\n"):
            n += 1
        if n == len(self.lines) or self.separator(n):
            return n
        return None

    def _slice(self, mark, end):
        at = self.lines[mark][0]
        begin = at + len(self.lines[mark][1])
        stop = self.lines[end][0] if end < len(self.lines) else len(self.data)
        last = end - 1
        cut = stop
        # The blank line before a separator is the separator's, unless it is
        # the one that ends the header.
        if last > mark + 1 and not self.lines[last][1].strip(b"\r\n") and (
                any(not self.lines[n][1].strip(b"\r\n")
                    for n in range(mark + 1, last))):
            cut = self.lines[last][0]
        return Slice(at, begin, cut, stop, self.data[begin:cut])


def split(data):
    return Mbox(data).split()


def unquote_rd(octets):
    return re.sub(rb"^>(>*From )", rb"\1", octets, flags=re.M)


def unquote_o(octets):
    return re.sub(rb"^>(From )", rb"\1", octets, flags=re.M)


def candidates(octets):
    """What the message may have been before it was quoted, by dialect."""
    return {unquote_rd(octets), unquote_o(octets), octets}
