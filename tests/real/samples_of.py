# SPDX-License-Identifier: MIT
"""Mail to test with: the project's own samples, mails made here to be nasty,
and sets of real mail where MAILCART_CORPORA has them."""
import os

from mailcart import CORPORA, ROOT

SAMPLES = os.path.join(ROOT, "samples")
SETS = ("stalwart-mail-parser/eml", "cpython-test_email/data", "mu",
        "notmuch/duplicate", "notmuch/broken", "notmuch/protected-headers",
        "mailutils/maildir", "perl-email-folder/testmaildir/cur",
        "gyb-samples/gyb-format")
NOT_MAIL = (".json", ".png", ".gif", ".jpg", ".bmp", ".exr", ".pbm", ".pgm",
            ".ppm", ".ras", ".sgi", ".tiff", ".webp", ".sqlite", ".au",
            "SOURCE.txt", "COPYING", "ignore")


def eml(number, body, **extra):
    """A plain mail of our own, CRLF, with a date that tells it apart."""
    head = {"From": f"Nora <nora{number}@example.org>",
            "To": "anna@example.net",
            "Subject": f"number {number}",
            "Date": date(number),
            "Message-ID": f"<made-{number}@example.org>"}
    for name, value in extra.items():
        head[name.replace("_", "-")] = value
    lines = [f"{name}: {value}" for name, value in head.items()
             if value is not None]
    text = "\r\n".join(lines).encode() + b"\r\n\r\n"
    return text + (body if isinstance(body, bytes) else body.encode())


def date(number):
    day, hour = 1 + number // 24 % 28, number % 24
    month = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep",
             "Oct", "Nov", "Dec")[number // 672 % 12]
    return f"{day:02} {month} {2001 + number // 8064} {hour:02}:00:00 +0000"


def small(count, first=0):
    """Many small mails, all different."""
    for n in range(first, first + count):
        yield eml(n, f"This is mail {n}.\r\n" + "It is short.\r\n" * (n % 7))


def nasty():
    """What mail programs and servers stumble over, one each: (name, octets).
    """
    long_line = b"x" * 70000
    yield "eight bit", eml(9001, b"na\xefve \xff\xfe\r\n")
    yield "eight-bit header", eml(9002, "a\r\n", Subject="caf\u00e9")
    yield "endless line", eml(9003, long_line + b"\r\nend\r\n")
    yield "bare LF", eml(9004, b"one\ntwo\nthree\n").replace(b"\r\n", b"\n")
    yield "bare CR", eml(9005, b"one\rtwo\r\r\nthree\r\n")
    yield "NUL", eml(9006, b"before\0after\r\n.\0\r\nlast\r\n")
    yield "dots", eml(9007, b".\r\n..\r\n...\r\n.end\r\n")
    yield "no last newline", eml(9008, b"no newline")
    yield "no body", eml(9009, b"")
    yield "no blank line", eml(9010, b"")[:-2]
    yield "From_ in body", eml(9011, b"\r\nFrom here on\r\n>From\r\n")
    yield "no id", eml(9012, "no id\r\n", Message_ID=None)
    yield "no id, twice", eml(9012, "no id\r\n", Message_ID=None)
    yield "no id, other", eml(9013, "another\r\n", Message_ID=None)
    yield "empty id", eml(9014, "empty id\r\n", Message_ID="<>")
    yield "no date", eml(9015, "no date\r\n", Date=None)
    yield "no header", b"\r\njust a body, no header at all\r\n"
    yield "folded id", eml(9016, "x\r\n", Message_ID="\r\n <made-9016@x.org>")
    for n in range(5):
        yield f"reused id {n}", eml(9020 + n, f"order {n}\r\n",
                                    Message_ID="<order@shop.example.com>")


def own_pop3():
    """The samples for a POP3 account: (name, octets)."""
    where = os.path.join(SAMPLES, "pop3")
    for name in sorted(os.listdir(where)):
        with open(os.path.join(where, name), "rb") as source:
            yield name, source.read()


def corpora(limit=None):
    """Single mails of several sets: (path, octets); nothing without them."""
    found = []
    for part in SETS:
        for base, _, names in os.walk(os.path.join(CORPORA, part)):
            found += [os.path.join(base, name) for name in names
                      if not name.endswith(NOT_MAIL)]
    for path in sorted(found)[:limit]:
        with open(path, "rb") as source:
            octets = source.read()
        if octets:
            yield os.path.relpath(path, CORPORA), octets


def mbox(rows):
    """An mboxrd file: rows of (From_ line's rest, octets with LF or CRLF)."""
    import re
    out = bytearray()
    for rest, octets in rows:
        octets = octets.replace(b"\r\n", b"\n")
        out += b"From " + rest.encode() + b"\n"
        out += re.sub(rb"^(>*From )", rb">\1", octets, flags=re.M)
        out += b"\n" if octets.endswith(b"\n") else b"\n\n"
    return bytes(out)
