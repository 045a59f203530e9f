# SPDX-License-Identifier: MIT
"""What the fake IMAP server does with messages, names and sessions when it
plays a maker's product.  Each habit is a behaviour of ImapServer by its name
here; README.md says which row of the field's lore it stands for.

  What it refuses of a message
  wants_flags              a literal of 64 KiB or more behind no flag list
  wants_final_crlf         what does not end with CRLF
  refuse_bare_lf           an LF without CR
  refuse_bare_cr           a CR without LF
  refuse_header8           8-bit octets in the header
  refuse_lines=N           a line of more than N octets
  refuse_flag=FLAG         that flag
  refuse_nameless          a header line that has no name
  keyword_max=N            a keyword of more than N characters
  line_max=N               BAD to an APPEND's line of more than N octets
  batch_max=N              NO [LIMIT] to a batch of more than N, told nowhere
  message_limit=N          the same, told as MESSAGELIMIT=N

  What it makes of one
  munge8                   8-bit octets of the header become X
  eat_bare_cr              a CR without LF is left out
  nul_to_80                NUL becomes 0x80
  drop_keywords            keywords are not kept
  drop_flag=FLAG           that one is not kept if it comes with APPEND
  store_no                 NO to STORE
  deleted_is_lost          what comes with \\Deleted is not stored
  drop_nameless            header lines without a name are left out
  rerender                 a header line is added, and lines are folded anew
  id_domain=TEXT           the Message-ID's domain becomes TEXT
  size_more=N              RFC822.SIZE tells N more
  merge                    what bears the Message-ID of another in the mailbox
                           gets a UID, but is not stored
  false_ok=N               OK to the Nth message, which is not stored

  Mailboxes
  separator=CHARACTER      instead of "/"
  no_inbox_children        NO to CREATE below INBOX
  reserved=NAME            NO to CREATE of it, in any case
  refuse_names=PATTERN     NO [CANNOT] to CREATE of what matches, on the wire
  name_words=TEXT          in place of the words of that
  names_bad=PATTERN        BAD to CREATE of what matches
  name_max=N               NO to CREATE of a name of more than N octets
  caseless                 names are the same in any case
  vanish=N                 the mailbox is gone before the Nth APPEND
  uidvalidity_moves        each session has another one, and other UIDs
  examine_guesses          EXAMINE tells a UIDVALIDITY of its own
  quota=OCTETS             told by GETQUOTAROOT; OVERQUOTA beyond it
  quota_not_of=NAME        mailboxes that begin so have another quota, of a GB

  Sessions
  logins_max=N             NO [LIMIT] to a login while N sessions are
  needs_id                 NO to SELECT before ID
  throttle=N, backoff=MS   after N APPENDs NO, "Request is throttled. Suggested
                           Backoff Time: MS milliseconds"; who comes earlier is
                           counted in `impatient`, and the time starts anew
  errors_max=N             the Nth NO or BAD of a session ends it
  bye_after=N              BYE behind the Nth APPEND of a session
  slow=SECONDS             before each tagged reply
  hang="VERB"              that command gets no answer, the link stays
  flood="VERB"             untagged replies without end to that command
"""
import re
import time

IN_FLIGHT = 0.15  # seconds


def objection(can, octets, flags, listed):
    """Words of refusal, or None.  listed: a flag list was given."""
    keywords = [flag for flag in flags if not flag.startswith("\\")]
    most = can("keyword_max")
    for name, holds, words in (
            ("wants_flags", len(octets) >= 1 << 16 and not listed,
             "cannot append"),
            ("wants_final_crlf", not octets.endswith(b"\r\n"),
             "message does not end with CRLF"),
            ("refuse_bare_lf", re.search(rb"(?<!\r)\n", octets),
             "Message contains bare newlines"),
            ("refuse_bare_cr", re.search(rb"\r(?!\n)", octets),
             "Message contains bare carriage returns"),
            ("refuse_header8", re.search(rb"[\x80-\xff]", head_of(octets)[0]),
             "Header contains 8bit characters"),
            ("refuse_lines", max(map(len, octets.split(b"\r\n"))) > (
                can("refuse_lines") or 0), "Line too long"),
            ("refuse_flag", can("refuse_flag") in flags,
             "Invalid flag for this mailbox"),
            ("refuse_nameless", nameless(octets),
             "Message contains invalid header"),
            ("keyword_max", most and any(
                len(word) > most for word in keywords),
             "[CANNOT] Invalid keyword: too long")):
        if can(name) and holds:
            return "NO " + words
    return None


def head_of(octets):
    head, blank, body = octets.partition(b"\r\n\r\n")
    return head, blank + body


def nameless(octets):
    head, _ = head_of(octets)
    return [line for line in head.split(b"\r\n")
            if line and not re.match(rb"[ \t]|[!-9;-~]+[ \t]*:", line)]


def kept(can, octets):
    """What of a message is stored."""
    head, rest = head_of(octets)
    if can("munge8"):
        head = re.sub(rb"[\x80-\xff]", b"X", head)
    if can("drop_nameless"):
        bad = nameless(octets)
        head = b"\r\n".join(line for line in head.split(b"\r\n")
                            if line not in bad)
    if can("id_domain"):
        head = re.sub(rb"(?mi)^(message-id: *<[^@>]*@)[^>]*",
                      rb"\1" + can("id_domain").encode(), head)
    if can("rerender"):
        head = b"X-Rendered: yes\r\n" + head.replace(
            b"; ", b";\r\n\t").replace(b"charset=", b"CharSet=")
        rest = re.sub(rb"[ \t]+(?=\r\n)", b"", rest)
    octets = head + rest
    if can("eat_bare_cr"):
        octets = re.sub(rb"\r(?!\n)", b"", octets)
    if can("nul_to_80"):
        octets = octets.replace(b"\0", b"\x80")
    return octets


def message_id(octets):
    found = re.search(rb"(?mi)^message-id: *(<[^>]*>)", head_of(octets)[0])
    return found[1] if found else None


def kept_flags(can, flags):
    if can("drop_keywords"):
        flags = [flag for flag in flags if flag.startswith("\\")]
    return [flag for flag in flags if flag != can("drop_flag")]


def name_refused(can, name):
    """Words of refusal to a CREATE, or None."""
    if can("reserved") and name.lower() == can("reserved").lower():
        return "NO Folder name is reserved."
    if can("refuse_names") and re.search(can("refuse_names"), name):
        return "NO " + (can("name_words") or "[CANNOT] Invalid mailbox name")
    if can("names_bad") and re.search(can("names_bad"), name):
        return "BAD Error in IMAP command CREATE"
    if can("name_max") and len(name) > can("name_max"):
        return "NO [CANNOT] Mailbox name too long"
    if can("no_inbox_children") and re.match(r"(?i)inbox[/.\\]", name):
        return "NO [CANNOT] no mailboxes below INBOX"
    return None


class Throttle:
    """Lets N APPENDs pass, then makes wait.  What was on its way when it said
    so is not impatience."""

    def __init__(self, can):
        self.every, self.ms = can("throttle"), can("backoff") or 1000
        self.passed, self.until, self.since = 0, 0, 0
        self.told = self.impatient = 0

    def objection(self):
        if not self.every:
            return None
        now = time.monotonic()
        if self.until and now >= self.until:
            self.until = self.passed = 0
        if self.passed < self.every:
            self.passed += 1
            return None
        if not self.until:
            self.told += 1
            self.since = now
            self.until = now + self.ms / 1000
        elif now > self.since + IN_FLIGHT:
            self.impatient += 1
            self.until = now + self.ms / 1000
        return (f"NO Request is throttled. Suggested Backoff Time: {self.ms} "
                "milliseconds")
