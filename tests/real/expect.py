# SPDX-License-Identifier: MIT
"""What a message must look like where it arrives, computed a second time and
in another way than mailcart does it."""
import calendar
import email.parser
import email.policy
import email.utils
import re

# Header lines that a local store adds; behaviour: "Canonical".
MBOX_LINES = re.compile(
    rb"^(?:Status|X-Status|X-Keywords|X-UID|X-IMAP|X-IMAPbase|"
    rb"X-Mozilla-Status|X-Mozilla-Status2|X-Mozilla-Keys|X-Gmail-Labels|"
    rb"X-GM-THRID|X-Evolution|Content-Length)[ \t]*:", re.I)
FROM_DATE = re.compile(
    rb"([A-Z][a-z]{2}) +([A-Z][a-z]{2}) +(\d\d?) (\d\d):(\d\d):(\d\d)"
    rb"(?: ([-+]\d{4}))? (\d{4})")
MONTHS = [b"Jan", b"Feb", b"Mar", b"Apr", b"May", b"Jun", b"Jul", b"Aug",
          b"Sep", b"Oct", b"Nov", b"Dec"]


def crlf(octets):
    """LF becomes CRLF; a CR alone stays what it is."""
    return re.sub(rb"\r?\n", b"\r\n", octets)


def without_store_lines(octets):
    """Canonical octets of an mbox message given with CRLF."""
    kept, drop, header = [], False, True
    for line in re.findall(rb"[^\n]*\n|[^\n]+$", octets):
        if header and not line.strip(b"\r\n"):
            header = False
        if header:
            if line[:1] not in b" \t":
                drop = bool(MBOX_LINES.match(line))
            if drop:
                continue
        kept.append(line)
    return b"".join(kept)


def canonical(octets, store):
    octets = crlf(octets)
    return without_store_lines(octets) if store == "mbox" else octets


def on_server(octets):
    """How Dovecot gives back canonical octets: what every server needs was
    added; Dovecot itself shows NUL as 0x80 and loses a CR before CRLF."""
    if not octets.endswith(b"\r\n"):
        octets += b"\r\n"
    if b"\r\n\r\n" not in octets and not octets.startswith(b"\r\n"):
        octets += b"\r\n"
    octets = crlf(octets).replace(b"\r\r\n", b"\r\n")
    return octets.replace(b"\0", b"\x80")


def from_date(line):
    """{the instant that a From_ line tells, in UTC}, or nothing."""
    found = FROM_DATE.search(line)
    if not found:
        return set()
    _, month, day, hour, minute, second, zone, year = found.groups()
    when = calendar.timegm((int(year), MONTHS.index(month) + 1, int(day),
                            int(hour), int(minute), int(second)))
    return {when - zone_seconds(zone)}


def zone_seconds(zone):
    if not zone:
        return 0
    seconds = (int(zone[1:3]) * 60 + int(zone[3:5])) * 60
    return -seconds if zone[:1] == b"-" else seconds


def field_dates(octets):
    """{the instant of the newest Received, else of Date}; nothing where this
    simple reader has no idea, so no claim is made."""
    head = email.parser.BytesHeaderParser(
        policy=email.policy.compat32).parsebytes(octets)
    for name, part in (("Received", -1), ("Date", 0)):
        value = head.get(name)
        if value is None:
            continue
        text = str(value).split(";")[part] if part else str(value)
        try:
            when = email.utils.parsedate_to_datetime(text.strip())
            return {int(when.timestamp())}
        except (TypeError, ValueError, IndexError, OverflowError):
            return set()
    return set()


def message_id(octets):
    """The id where it is beyond doubt: one line, one plain <...>; or None."""
    head = re.split(rb"\r?\n\r?\n", octets, maxsplit=1)[0]
    head = re.sub(rb"\r?\n([ \t])", rb"\1", head)
    found = re.findall(rb"^message-id[ \t]*:(.*)$", head, re.I | re.M)
    if len(found) != 1:
        return None
    plain = re.fullmatch(rb"\s*<([A-Za-z0-9.$_=+/%-]+@[A-Za-z0-9.-]+)>\s*",
                         found[0])
    return plain and plain.group(1).decode()


def parts(octets):
    """The decoded leaves of a message, blanks at their ends apart.  Dovecot
    turns a part that is declared binary into base64 when it comes by BINARY
    (RFC 3516), the only way in which a NUL survives."""
    message = email.parser.BytesParser(
        policy=email.policy.compat32).parsebytes(octets)
    return [leaf.get_payload(decode=True).rstrip()
            for leaf in message.walk() if not leaf.is_multipart()]
