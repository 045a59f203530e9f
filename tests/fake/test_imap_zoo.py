# SPDX-License-Identifier: MIT
"""Every way in which an IMAP server misbehaves as a target, each a row: a
migration to it, then one to the same server once it behaves (where the first
could not end well), then one more, which changes nothing, and a look at every
octet (the last two where they say something new, and with MAILCART_LONG).

A row says what it expects where that is not the usual: all messages at the
server, each once, as they were given, every sum right, exit 0."""
import collections
import dataclasses
import os
import re
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import imap_habits  # noqa: E402
from delay_proxy import DelayProxy  # noqa: E402
from imap_server import ImapServer, Mailbox  # noqa: E402
from zoo_case import (BEYOND, Rows, mail, main, mailcart,  # noqa: E402
                      numbers, tag_of, words)
import samples_of  # noqa: E402

BOX = "Kept"
ALL_THERE = r"All [\d,]+ messages are on [\d.]+"
LOST = (ALL_THERE, "(closed the connection|connection lost).* trying again in",
        "the last session ended with messages on their way")
PLAIN = tuple(f"plain{n}" for n in range(8))
DATE = "01-Jan-2004 10:00:00 +0000"
BLANKS = r"  |(^|/) | (/|$)"


def mails():
    """{tag: octets as any server is given them}."""
    found = {tag: mail(tag) for tag in PLAIN}
    found["eight"] = mail("eight", Subject="na\u00efve")
    found["eight-noid"] = mail("eight-noid", Subject="na\u00efve",
                               Message_ID=None)
    found["nul"] = mail("nul", "a\0b\r\n")
    found["nameless"] = mail("nameless").replace(
        b"Subject:", b"this line has no name\r\nSubject:", 1)
    found["typed"] = mail("typed", Content_Type="text/plain; charset=utf-8")
    found["blanks"] = mail("blanks", "ends in blanks  \r\n")
    found["big"] = mail("big", ("0123456789" * 7 + "\r\n") * 1500)
    found["cr"] = mail("cr", "one\rtwo\r\n")
    return found


MAILS = mails()
MORE = {"reused-a": mail("reused-a", Message_ID="<order@shop.example>"),
        "reused-b": mail("reused-b", Message_ID="<order@shop.example>"),
        "late": mail("late"),
        "gone": mail("gone"),
        "long": mail("long", "l" * 1500 + "\r\nend\r\n",
                     References=" ".join(f"<{n:050}@a.example>"
                                         for n in range(20)))}
MORE["nul-key"] = mail("nul-key", "a\0b\r\n")
EIGHT = ("eight", "eight-noid")
MANY = tuple(f"many{n}-" for n in range(23))
KIND = tuple(f"kind{n}" for n in range(9))
MORE.update({tag: mail(tag) for tag in MANY + KIND})
FLAGS = {"plain0": "Status: RO\n", "plain1": "Status: O\nX-Status: F\n"
         "X-Keywords: Work\n", "plain2": "X-Keywords: " + "k" * 60 + "\n",
         "plain3": "Status: O\nX-Status: F\n",
         "plain4": "Status: O\nX-Status: F\n",
         "nul-key": "X-Keywords: Work\n",
         "gone": "Status: RO\nX-Status: D\n"}
STARRED = {"plain0": ["\\Seen"], "plain1": ["\\Flagged", "Work"],
           "plain2": ["k" * 60], "plain3": ["\\Flagged"],
           "plain4": ["\\Flagged"]}


def shorter(octets):
    """Its body's line is broken; its References are folded at blanks."""
    head, blank, body = octets.partition(b"\r\n\r\n")
    lines = []
    for line in head.split(b"\r\n"):
        while len(line) > 998:
            at = line.rindex(b" ", 0, 998)
            lines.append(line[:at])
            line = line[at:]
        lines.append(line)
    body = body.replace(b"l" * 1500, b"l" * 998 + b"\r\n" + b"l" * 502)
    return b"\r\n".join(lines) + blank + body


def most(*tags):
    """All messages but those."""
    return tuple(tag for tag in MAILS if tag not in tags)


@dataclasses.dataclass
class Row:
    name: str
    why: str  # the row of the field's lore that it plays
    behave: dict
    mails: tuple = tuple(MAILS)
    options: tuple = ()
    folder: str = BOX
    box: str = BOX
    # After the first run: which are not there, and how it ended.
    absent: tuple = ()
    status: int = 0
    waits: bool = False  # what is absent waits, though it ended with 1
    words: tuple = ()
    never: tuple = ()  # words of the client that must not have been said
    # Those that verify calls changed, at a glance and reading every octet.
    seen: tuple = ()
    changed: tuple = ()
    sent: dict = None  # {tag: octets} where they were changed to be accepted
    altered: tuple = ()  # changed to be accepted, as verify knows
    lied: tuple = ()  # not there, though the server said so: told by verify
    late: tuple = ()  # mails that come to the source before the second run
    # The server as it is from the second run on; None: as before.
    mend: dict = None
    absent_later: tuple = ()
    status_later: int = 0
    flags: dict = None  # {tag: flags at the server}
    stores: int = 0  # commands STORE: one for all that lack the same
    date: str = DATE
    before: object = None  # prepare(server), before anything
    also: object = None  # check(case, server, first result), at the end
    outside: bool = False  # it gets no further than the list of mailboxes
    tls: bool = False  # it knows STARTTLS
    beyond: bool = False  # no address of loopback
    said: tuple = ()  # words of the client, in the first run
    unsaid: tuple = ()
    seconds: float = 1  # that it takes
    long: bool = False  # only with the long tests

    def given(self, tag):
        return MAILS.get(tag) or MORE[tag]


class ImapZoo(Rows):
    ROWS = {}

    @staticmethod
    def play(row):
        cart = mailcart.Cart(ca=row.tls and ImapZoo.ca)
        try:
            ImapZoo.write(row, cart, row.mails)
            with ImapServer(tls=row.tls and ImapZoo.context(),
                            address=BEYOND if row.beyond else "127.0.0.1",
                            **row.behave) as server:
                return ImapZoo.runs(row, cart, server)
        finally:
            cart.close()

    @staticmethod
    def write(row, cart, tags):
        rows = []
        for tag in tags:
            extra = FLAGS.get(tag, "").encode()
            head, blank, body = row.given(tag).replace(
                b"\r\n", b"\n").partition(b"\n\n")
            rows.append(("a@b.org Thu Jan  1 10:00:00 2004",
                         head + b"\n" + extra + blank[1:] + body))
        cart.write("mail/" + row.folder, samples_of.mbox(rows))

    @staticmethod
    def runs(row, cart, server):
        if row.before:
            row.before(server)

        def run(*words):
            # Twice: the first is read before anything is sent, so that it
            # is not for the clock to say what is sent together.
            mail = "mbox:" + cart.path("mail")
            return cart.run("migrate", mail, mail,
                            server.url(), *row.options, *words,
                            json_lines=False,
                            timeout=max(600, 2 * row.seconds))
        first = run()
        at_first, said = ImapZoo.state(server), list(server.transcript)
        if row.mend is not None:
            server.behave = row.mend
            server.throttle = imap_habits.Throttle(server.can)
        if row.late:
            ImapZoo.write(row, cart, row.mails + row.late)
        second = run()
        at_second = ImapZoo.state(server)
        third = run() if row.absent or row.late or mailcart.LONG else None
        deep = None
        if row.changed or row.seen or row.altered or mailcart.LONG:
            deep = cart.run("verify", "--deep", server.url(),
                            json_lines=False)
        return (server, said, first, at_first, second, at_second, third, deep,
                ImapZoo.state(server))

    @staticmethod
    def state(server):
        return {name: [(tag_of(one.octets), one.octets, one.flags, one.date)
                       for one in box.messages]
                for name, box in server.boxes.items() if box.messages}

    # -- what must be so -------------------------------------------------------

    def check(self, row, outcome):
        (server, said, first, at_first, second, at_second, third, deep,
         at_third) = outcome
        all_of = row.mails + row.late
        self.ended(first, row.status)
        said = "\n".join(said)
        for word in row.said:
            self.assertRegex(said, word)
        for word in row.unsaid:
            self.assertNotRegex(said, word)
        if row.outside:
            self.assertEqual(first.out, b"")
        else:
            self.check_sums(row, first, row.mails, row.absent)
        self.check_there(row, at_first, row.mails, row.absent)
        self.check_words(first, row.words or (
            () if row.status else (ALL_THERE,)))
        if not row.outside:
            self.check_named(row, first, row.absent, row.mails)
        self.ended(second, row.status_later)
        self.check_sums(row, second, all_of, row.absent_later, first=False)
        self.check_there(row, at_second, all_of, row.absent_later)
        # What is wrong still is told again.
        self.check_words(second, row.words if row.status_later
                         else (ALL_THERE,))
        self.check_named(row, second, row.absent_later)
        late = len(set(row.absent) - set(row.absent_later)) + len(row.late)
        self.assertEqual(numbers(second)["sent now"], late, str(second))
        if third:
            self.ended(third, row.status_later)
            self.assertEqual(numbers(third)["sent now"], 0, str(third))
        self.assertEqual(at_third, at_second)
        if deep:
            self.check_deep(row, deep)
        for word in row.never:
            self.assertEqual(server.said(word), [])
        self.assertEqual(server.said(r"\bSEARCH\b|EXPUNGE|DELETE"), [])
        self.assertEqual(len(server.said(r"\bSTORE\b")), row.stores)
        if row.also:
            row.also(self, server, first)

    def check_named(self, row, result, absent, fresh=()):
        """What is not there, or not as it was, is told: each refused message
        by its subject, each lost one by its number; and how many wait."""
        text = words(result)
        if result.status == mailcart.TEMPFAIL or row.waits and absent:
            self.assertRegex(text, fr"; {len(absent)} (is|are) waiting\.")
        elif result.status == mailcart.SOME:
            for tag in absent:
                subject = "na\u00efve" if tag in EIGHT else f"about {tag}"
                self.assertEqual(
                    len(re.findall(fr"\d {row.box} {subject}\b", text)), 1,
                    "\n" + str(result))
            self.assertEqual(text.count(" is not on the server"),
                             len(row.lied), "\n" + str(result))
        if fresh:
            self.check_told(result, row.seen, "with the size or the header")
            for n, more in ((row.seen, "differs? there from what the archive"),
                            (row.altered, "changed to be accepted")):
                if n:
                    self.assertRegex(text, more, "\n" + str(result))

    def check_told(self, result, tags, how):
        """In one line: ten by their numbers, and how many more."""
        lines = re.findall(fr"note: {BOX}: (.*) there, but not {how}",
                           result.err)
        self.assertEqual(len(lines), bool(tags), "\n" + str(result))
        if len(tags) == 1:
            self.assertRegex(lines[0], r"\Amessage \d+ is\Z")
        elif tags:
            many = re.fullmatch(fr"{len(tags)} messages \((.*?)(?: and (\d+) "
                                r"more)?\) are", lines[0])
            self.assertTrue(many, lines)
            self.assertEqual(len(set(many[1].split(", "))),
                             min(len(tags), 10), lines)
            self.assertEqual(int(many[2] or 0), max(len(tags) - 10, 0))

    def check_sums(self, row, result, tags, absent, first=True):
        sums = numbers(result)
        self.looked.add("sums")
        self.assertEqual(sums["placements"], len(tags), str(result))
        self.assertEqual(sums["sent"] + sums["present"],
                         len(tags) - len(absent), str(result))
        refused = len(absent) if result.status in (
            mailcart.OK, mailcart.SOME) and not row.waits else 0
        self.assertEqual((sums["refused"], sums["waiting"]),
                         (refused, len(absent) - refused), str(result))
        if "checked" in sums:
            self.assertEqual(sums["missing"], len(row.lied), str(result))
            # What the first run has found there is not verified again.
            same = self.assertEqual if first else self.assertLessEqual
            same(sums.get("altered", 0), len(row.altered), str(result))
            same(sums["changed"], len(row.seen), str(result))

    def check_deep(self, row, result):
        sums = numbers(result)
        if row.status_later not in (mailcart.OK, mailcart.SOME):
            return
        self.ended(result, mailcart.SOME if row.lied or row.absent_later
                   else mailcart.OK)
        self.check_told(result, row.changed, "octet for octet")
        self.assertEqual((sums["missing"], sums["changed"], sums["damaged"],
                          sums.get("altered", 0)),
                         (len(row.lied), len(row.changed), 0,
                          len(row.altered)), str(result))
        self.assertEqual(sums["checked"], len(row.mails) + len(row.late)
                         - len(row.absent_later), str(result))

    def check_there(self, row, state, tags, absent):
        """Each once, as the server keeps it, with its flags and date."""
        self.looked.add("state")
        self.assertLessEqual(set(state), {row.box})
        rows = state.get(row.box, [])
        have = collections.Counter(tag for tag, *_ in rows)
        want = collections.Counter(set(tags) - set(absent) - set(row.lied))
        self.assertEqual(have, want)
        for tag, octets, flags, date in rows:
            self.assertEqual(octets, self.kept(row, tag), tag)
            if row.date:
                self.assertEqual(date, row.date, tag)
            want = {**STARRED, **(row.flags or {})}.get(tag, ())
            self.assertEqual(set(flags), set(want), tag)

    def kept(self, row, tag):
        octets = (row.sent or {}).get(tag) or row.given(tag)
        if tag == "nul" and row.behave.get("refuse_nul"):
            octets = octets.replace(b"\0", b"")
        return imap_habits.kept(row.behave.get, octets)


    def test_flags_tried(self):
        """Whether flags are kept is seen of one message a run, with its date;
        what is owing is paid in each mailbox."""
        for stars, lost, fetched, stores in (
                ((1, 1, 1), False, 1, 0), ((0, 1, 1), False, 2, 0),
                ((0, 0, 0), False, 1, 0), ((1, 0, 1), True, 2, 2)):
            cart = self.cart()
            for n, star in enumerate(stars):
                self.write(Row("", "", {}, folder=f"Box {n}"), cart,
                           ("plain3", "plain5") if star else PLAIN[5:])
            self.ends(cart.run("pull", "mbox:" + cart.path("mail")))
            with self.subTest(stars, lost=lost), ImapServer(
                    drop_flag=lost and "\\Flagged") as server:
                for sent in (9 - sum(stars), 0):
                    self.ended(cart.run(
                        "push", "-j", "1", server.url(), json_lines=False),
                        sent_now=sent, placements=9 - sum(stars))
                self.assertEqual(len(server.said("UID FETCH")), fetched)
                self.assertEqual(len(server.said("UID STORE")), stores)
                self.holds(server, {
                    f"Box {n}": [MAILS[tag] for tag in (
                        ("plain3", "plain5") if star else PLAIN[5:])]
                    for n, star in enumerate(stars)},
                    flags=lambda octets: STARRED.get(tag_of(octets), ()))

    def test_logins_max(self):
        """More connections are asked for than the server gives (Gmail: 15):
        what it gives is used, and nothing is doubled."""
        for most in (1, 2):
            cart = self.cart()
            for n in range(5):
                self.write(Row("", "", {}, folder=f"Box {n}"), cart, PLAIN)
            with self.subTest(most), ImapServer(
                    logins_max=most) as server, DelayProxy(
                    server.port, rtt_ms=60) as far:
                for sent in (5 * len(PLAIN), 0):
                    self.ended(cart.run(
                        "migrate", "mbox:" + cart.path("mail"),
                        f"imap://anna@127.0.0.1:{far.port}",
                        json_lines=False), listed=40, placements=40,
                        sent_now=sent)
                self.assertEqual(server.most_logged_in, most)
            self.holds(server, {f"Box {n}": [MAILS[tag] for tag in PLAIN]
                                for n in range(5)},
                       flags=lambda octets: STARRED.get(tag_of(octets), ()))

    def test_case_clash(self):
        """Two folders whose names differ in case alone stay two."""
        cart = self.cart()
        for name, tags in (("Kept", PLAIN[:4]), ("KEPT", PLAIN[2:])):
            self.write(Row("", "", {}, folder=name), cart, tags)
        with ImapServer(caseless=True) as server:
            for sent in (8 + 2, 0):
                result = self.ended(cart.run(
                    "migrate", "mbox:" + cart.path("mail"), server.url(),
                    json_lines=False), listed=10, placements=10,
                    sent_now=sent)
                self.assertEqual(len(re.findall(
                    "note: folder '(?:Kept|KEPT)' goes to mailbox '.* [(]2[)]'"
                    ": .* is another folder's", result.err)), sent > 0)
            # Whichever was there first has its name.
            kept, other = sorted((box.messages[0].octets != MAILS["plain0"],
                                  name) for name, box in server.boxes.items()
                                 if box.messages)
            self.holds(server, {
                kept[1]: [MAILS[tag] for tag in PLAIN[:4]],
                other[1]: [MAILS[tag] for tag in PLAIN[2:]]},
                flags=lambda octets: STARRED.get(tag_of(octets), ()))
            self.assertNotEqual(kept[1].lower(), other[1].lower())

    def test_lost_from_then_on(self):
        """What was sent stays; some that cost connections one behind the
        other are refused; the others wait, and go when it is over."""
        if not mailcart.LONG:
            self.skipTest("waits for two minutes")
        cart, tags = self.cart(), PLAIN + MANY
        self.write(Row("", "", {}), cart, tags)
        with ImapServer(drop_from=9, no_multiappend=True) as server:
            def run(status, *words, **sums):
                return self.ended(cart.run(
                    *words, server.url(), json_lines=False), status,
                    placements=len(tags), **sums)
            first = run(69, "migrate", "mbox:" + cart.path("mail"), sent=8,
                        refused=10, waiting=len(tags) - 18)
            self.assertRegex(words(first), "whatever message it is sent: 10 "
                             "were tried")
            server.behave = {}
            run(1, "push", sent=len(tags) - 10, refused=10)
            run(0, "push", "--retry-refused", sent=len(tags), refused=0)
            self.holds(server, {BOX: [mail(tag) for tag in tags]},
                       flags=lambda octets: STARRED.get(tag_of(octets), ()))


def renamed(wanted, given):
    """What is told of a name that the server refuses."""
    return f"refuses '{re.escape(wanted)}' as the name of a mailbox .* is '{given}' there"


def mended(folder, mailbox):
    """What is told of a name that no server is asked for."""
    return (f"folder '{folder}' goes to mailbox '{mailbox}': the name is "
            "changed")


def is_subscribed(name, *attributes):
    """For `also`: so, and marked as that, it was made."""
    def check(case, server, _):
        box = server.boxes[name]
        case.assertEqual((box.subscribed, box.attributes), (True, attributes))
    return check


def row(name, why, behave, **more):
    ImapZoo.add(Row(name, why, behave, **more))


# -- nothing is wrong, and what a server may lack -----------------------------

row("plain", "a server that behaves", {}, flags={**STARRED, "plain5": []})
row("no_uidplus", "no UIDPLUS", dict(no_uidplus=True))
row("no_appenduid", "APPENDUID absent (hMailServer 5)",
    dict(no_appenduid=True))
row("appenduid_nil", "APPENDUID that is no number", dict(appenduid="NIL NIL"))
row("swapped_appenduid", "its two numbers swapped (DavMail)",
    dict(swapped_appenduid=True, no_multiappend=True))
row("appenduid_wrong", "APPENDUID of no message, the same each time", dict(
    appenduid="1003 77", no_multiappend=True))
row("appenduid_first", "APPENDUID of another message", dict(
    appenduid="1003 1", no_multiappend=True))
row("uid_not_sticky", "UIDNOTSTICKY", dict(
    uid_not_sticky=True, no_appenduid=True))
row("bare", "IMAP4rev1 and nothing else", dict(
    caps_only=["IMAP4rev1"], no_uidplus=True))
row("literal_minus", "LITERAL-: 4096 octets at most", dict(
    literal_minus=True))
row("one_by_one", "no MULTIAPPEND", dict(no_multiappend=True))
row("untagged_before_plus", "untagged data before +", dict(
    no_literal_plus=True, untagged_before_plus=True))
# Of the noise is, that it keeps no flags: none is sent.
row("noise", "untagged data at any time", dict(noise=True),
    flags=dict.fromkeys(STARRED, ()))
row("dribble", "one octet at a time", dict(dribble=True, noise=True),
    mails=PLAIN, flags=dict.fromkeys(STARRED, ()))
row("slow", "each reply is late", dict(slow=0.05, no_multiappend=True),
    mails=PLAIN, seconds=5)
row("utf8_accept", "UTF8=ACCEPT is told: plain literals all the same", dict(
    capabilities=["UTF8=ACCEPT", "ENABLE"]), never=(r"UTF8 \(",))

row("no_namespace", "no NAMESPACE", dict(no_namespace=True))
row("no_list_extended", "no LIST-EXTENDED: LSUB tells of subscriptions", dict(
    no_list_extended=True), said=(" LSUB ",), also=is_subscribed(BOX))
row("no_special_use", "no SPECIAL-USE: the name tells of what a mailbox is",
    dict(no_special_use=True, no_create_special=True), folder="Gesendet",
    box="Sent")
row("create_special", "CREATE-SPECIAL-USE", {}, folder="Papierkorb",
    box="Papierkorb", said=("USE",), also=is_subscribed("Papierkorb", "\\Trash"))
row("no_create_special", "no CREATE-SPECIAL-USE", dict(
    no_create_special=True), folder="Papierkorb", box="Papierkorb",
    unsaid=("USE ",), also=is_subscribed("Papierkorb"))
row("use_no", "CREATE with USE is refused: without it, then", dict(
    use_no=True), folder="Papierkorb", box="Papierkorb", said=("USE ",),
    also=is_subscribed("Papierkorb"))
row("odd_list", "odd lines in LIST", dict(extra_list=[
    '* LIST (\\Noselect) "/" a', '* LIST () "/" {3}\r\na"b',
    '* LIST (\\NonExistent \\X) "/" "n" ("CHILDINFO" ("SUBSCRIBED"))',
    '* LIST () "/" "bad&!-"', '* LIST () NIL nil-sep', '* LIST () "/" inbox',
    '* LIST () "/" ""', '* LIST', '* LIST x y', '* LIST ()',
    '* LIST (\\Noinferiors) "/" NIL', '* LIST () "/" "raw\xfc"',
    '* LIST () "/" "raw\xc3\xbc"', '* LIST () "/" "a\0b"']))
row("endless_list", "LIST does not end", dict(endless_list=True),
    absent=tuple(MAILS), status=75, outside=True, mend={}, words=(
        "has more than 100,000 mailboxes; if it stays so, tell those who run",),
    seconds=20)

# -- the greeting and the login -----------------------------------------------

OUTSIDE = dict(absent=tuple(MAILS), mend={}, outside=True)
row("starttls", "STARTTLS is used where it is offered", {}, tls=True,
    said=(r"\A\S+ STARTTLS\n",))
row("no_starttls", "no STARTTLS, beyond loopback: no password leaves", dict(
    no_starttls=True), tls=True, beyond=True, status=69,
    unsaid=("LOGIN|AUTHENTICATE",),
    words=("offers no TLS on port .* try imaps://, where TLS comes first, "
           "or allow clear text by --insecure-plaintext",), **OUTSIDE)
row("starttls_refused", "STARTTLS is refused", dict(starttls_refused=True),
    tls=True, status=69, unsaid=("LOGIN|AUTHENTICATE",),
    words=("STARTTLS refused: not today; try imaps://",), **OUTSIDE)
row("inject_after_starttls", "replies in clear text behind the OK to STARTTLS",
    dict(inject_after_starttls=True), tls=True, status=76,
    unsaid=("LOGIN|AUTHENTICATE",),
    words=("sent octets before TLS began: someone may be tampering",), **OUTSIDE)
for way in ("early", "forged"):
    row("impostor_" + way, "SCRAM goes well, and is not proved", dict(
        impostor=way), status=77, unsaid=("LIST|SELECT|APPEND",),
        words=("prov(e|ing).*; it may not be the server",), **OUTSIDE)
row("oauth", "it takes OAuth tokens (Microsoft 365, Gmail)", dict(oauth=True),
    said=("AUTHENTICATE XOAUTH2",))
row("preauth", "PREAUTH, from a program on this machine", dict(preauth=True),
    unsaid=("LOGIN|AUTHENTICATE",))
row("preauth_beyond", "PREAUTH from beyond loopback: no mail leaves", dict(
    preauth=True), tls=True, beyond=True, status=69,
    unsaid=("LOGIN|LIST|SELECT|APPEND",),
    words=("logs us in before TLS can begin.*; try imaps://, where TLS comes "
           "first, or allow clear text by --insecure-plaintext",), **OUTSIDE)
row("preauth_allowed", "and where clear text is allowed", dict(preauth=True),
    beyond=True, options=("--insecure-plaintext",),
    unsaid=("LOGIN|AUTHENTICATE",))
row("no_imap", "a greeting that is none", dict(
    greeting="220 mail ESMTP"), status=76, unsaid=(".",),
    words=("what is no IMAP: '220 mail ESMTP'; look at its name and port",),
    **OUTSIDE)
row("login_disabled", "no LOGIN, no AUTH", dict(login_disabled=True),
    status=77, unsaid=("LOGIN|AUTHENTICATE",),
    words=("the server takes no password, and of other ways to log in "
                      "offers none; ask those",), **OUTSIDE)

# -- literals -----------------------------------------------------------------

row("bye_to_literal", "a refused literal costs the connection (Dovecot)",
    dict(bye_mid_literal=50000), absent=("big",), status=1,
    words=(r"BYE|TOOBIG", "too much"), absent_later=("big",), status_later=1,
    seconds=20)
row("appendlimit", "APPENDLIMIT is known before octets are spent", dict(
    appendlimit=50000), absent=("big",), status=1,
    words=("takes no more than 50,000",), absent_later=("big",),
    status_later=1, also=lambda case, server, _: case.assertEqual(
        server.offered, len(MAILS) - 1))
row("appendlimit_by_status", "APPENDLIMIT of one mailbox, by STATUS", dict(
    appendlimit_status=50000), absent=("big",), status=1,
    words=("takes no more than 50,000",), absent_later=("big",),
    status_later=1)
row("no_before_plus", "NO in place of +", dict(
    no_before_plus=50000, no_literal_plus=True), absent=("big",), status=1,
    words=("not that much",), absent_later=("big",), status_later=1)
row("wants_flags", "literals over 64 kB without a flag list (gromox)", dict(
    wants_flags=True))
row("wants_final_crlf", "what does not end in CRLF (Yahoo)", dict(
    wants_final_crlf=True))
row("bye_to_octets", "BYE Invalid character in literal (Gmail)", dict(
    bye=b"tag=eight;"), absent=("eight",), status=1,
    words=("Invalid character in literal",), absent_later=("eight",),
    status_later=1, seconds=20)
row("bad_to_octets", "BAD to one message", dict(bad=b"tag=plain3;"),
    absent=("plain3",), status=1, words=("what\\?",),
    absent_later=("plain3",), status_later=1, seconds=10)
row("bad_nul", "BAD to NUL: removed, and told", dict(
    refuse_nul=True, no_binary=True, no_is_bad=True), altered=("nul",),
    seconds=10)
row("bad_lines", "BAD to lines over 998 octets: broken, and told", dict(
    refuse_lines=998, no_is_bad=True), mails=("long",) + PLAIN,
    altered=("long",), sent={"long": shorter(MORE["long"])}, seconds=10)
row("bad_two", "BAD to two things, one behind the other, of the first message",
    dict(refuse_header8=True, refuse_keyword=True, no_is_bad=True,
         no_multiappend=True), mails=("eight",) + PLAIN, altered=("eight",),
    flags={"plain1": ["\\Flagged"], "plain2": []}, seconds=20,
    sent={"eight": MAILS["eight"].replace("na\u00efve".encode(),
                                          b"=?utf-8?Q?na=C3=AFve?=")})
row("bad_to_all", "BAD to every message: it is the server, and none is refused",
    dict(bad=b"\n"), absent=tuple(MAILS), status=76,
    words=("whatever message it is sent: 8 were tried", "waiting 16"),
    mend={}, seconds=30)
row("bad_to_few", "BAD to all of the few there are", dict(bad=b"\n"),
    mails=PLAIN[:2], absent=PLAIN[:2], status=1, words=("what\\?",),
    absent_later=PLAIN[:2], status_later=1, seconds=20)
ONE_BY_ONE = dict(no_multiappend=True, no_literal_plus=True)
ALIKE = ("misconfigured, whatever message it is sent: \\d+ were tried; ask "
         "whoever runs the server", "waiting", "refused 0 ")
row("no_to_all", "NO in the same words to every message: it is the mailbox, and "
    "none is refused", dict(no_words="Server misconfigured"),
    absent=tuple(MAILS), status=1, waits=True, mend={}, words=ALIKE)
row("no_to_all_numbered", "the same words but for a number in them", dict(
    no_words="misconfigured, process #", **ONE_BY_ONE), absent=tuple(MAILS),
    status=1, waits=True, mend={}, words=("misconfigured, process \\d+, whatever "
    "message it is sent: [89] were tried", "refused 0 "))
row("no_to_few", "NO to all of the few there are", dict(
    no_words="Server misconfigured"), mails=PLAIN[:4], absent=PLAIN[:4],
    status=1, words=("misconfigured",), absent_later=PLAIN[:4],
    status_later=1)
row("no_from_then_on", "a server that is misconfigured in the middle", dict(
    no_words="Server misconfigured", no_from=5, **ONE_BY_ONE),
    mails=PLAIN + MANY, absent=PLAIN[4:] + MANY, status=1, waits=True,
    mend={}, words=("misconfigured, of the last 2[34] messages that it was "
    "sent; ask whoever runs the server", "waiting", "refused 0 "))
row("no_to_a_kind", "NO in the same words to many, which stand before others: "
    "it is those", dict(refuse=b"tag=kind", **ONE_BY_ONE),
    mails=KIND + PLAIN,
    absent=KIND, status=1, words=("I do not like it",), absent_later=KIND,
    status_later=1)
row("no_to_a_kind_at_once", "the same, of messages that are sent together", dict(
    refuse=b"tag=kind"), mails=KIND + PLAIN, absent=KIND, status=1,
    words=("I do not like it",), absent_later=KIND, status_later=1)
row("bad_to_a_kind", "BAD to many, which stand before others: it is those", dict(
    bad=b"tag=kind"), mails=KIND + PLAIN, absent=KIND, status=1,
    words=("what\\?", "refused 9 "), absent_later=KIND, status_later=1,
    seconds=60)
row("bad_to_six", "BAD to all: the last ones, of those that were not tried yet",
    dict(bad=b"\n"), mails=PLAIN[:6], absent=PLAIN[:6], status=76,
    words=("whatever message it is sent: 6 were tried", "waiting 6"), mend={},
    seconds=30)
row("no_to_content", "NO to every message, which names what is wrong with it",
    dict(no_words="Virus found"), mails=PLAIN, absent=PLAIN, status=1,
    words=("Virus found",), absent_later=PLAIN, status_later=1)
row("early_ok", "OK before the literal came", dict(
    early_ok=True, no_literal_plus=True), absent=tuple(MAILS), status=76,
    words=("mailbox 'Kept': the server said OK to a message of which it had "
           "half",), mend={})
row("line_max", "command lines are limited", dict(line_max=120),
    absent=(), seconds=10)

# -- MULTIAPPEND --------------------------------------------------------------

row("refuse_one", "one bad message rejects the batch", dict(
    refuse=b"tag=plain5;"), absent=("plain5",), status=1,
    words=("I do not like it",), absent_later=("plain5",), status_later=1)
row("refuse_nth", "the nth is refused, once", dict(refuse_nth=4))
row("message_limit", "MESSAGELIMIT caps a batch (RFC 9738)", dict(
    message_limit=3))
row("batch_max", "a cap on a batch that is told nowhere", dict(batch_max=3))

# -- what is lost on the way --------------------------------------------------

row("lost_reply", "the reply is lost, the message is there", dict(
    drop_after_append=1), seconds=8, words=LOST)
row("lost_reply_no_uidplus", "the same without UIDPLUS", dict(
    drop_after_append=2, no_uidplus=True, no_multiappend=True), seconds=8, words=LOST)
row("lost_reply_munged", "and the server changes what it stores", dict(
    drop_after_append=1, no_uidplus=True, munge8=True), seen=("eight",),
    changed=EIGHT, seconds=8, words=LOST)
row("lost_before", "the connection goes before it is stored", dict(
    drop_before_append=1), seconds=8, words=LOST)
row("lost_always", "each APPEND costs the connection: none is refused", dict(
    drop_from=1), absent=tuple(MAILS), status=69, mend={}, seconds=80,
    words=("whatever message it is sent: 8 were tried", "waiting 16"))
row("bye_busy", "BYE of a server that is busy blames no message", dict(
    bye=b"tag=plain3;", bye_times=5, bye_words="[UNAVAILABLE] busy"),
    words=(ALL_THERE, "'busy'; trying again in"), seconds=100)
row("bye_after", "BYE behind every third APPEND", dict(
    bye_after=3, no_multiappend=True), mails=PLAIN, seconds=60, words=LOST)
row("errors_max", "ten errors close the connection (Exchange)", dict(
    errors_max=3, refuse=b"tag=plain"), absent=PLAIN, status=1,
    words=("I do not like it",), absent_later=PLAIN, status_later=1,
    seconds=30)
row("false_ok", "OK to a message that is not stored", dict(
    false_ok=5, no_multiappend=True), lied=("plain4",), status=1,
    words=("is not on the server", "1 is MISSING"), status_later=1)
row("false_ok_no_uidplus", "the same without UIDPLUS", dict(
    false_ok=5, no_multiappend=True, no_uidplus=True), lied=("plain4",),
    status=1, words=("is not on the server", "1 is MISSING"),
    status_later=1)
row("merge", "duplicates are merged, a UID given (Gmail)", dict(merge=True),
    mails=PLAIN + ("reused-a", "reused-b"), lied=("reused-b",), status=1,
    words=("is not on the server", "1 is MISSING"), status_later=1)
row("vanish", "the mailbox goes meanwhile: TRYCREATE", dict(vanish=1),
    seconds=5,
    words=(ALL_THERE, "trying again in"))
row("vanish_midway", "and the next one of its name has its UIDVALIDITY", dict(
    vanish=5, no_multiappend=True), mails=PLAIN, seconds=5,
    words=(ALL_THERE, "trying again in"))

# -- moments ------------------------------------------------------------------

row("throttle", "Suggested Backoff Time is obeyed (Exchange)", dict(
    throttle=5, backoff=300, no_multiappend=True), mails=PLAIN, seconds=60,
    words=(ALL_THERE, "trying again in"),
    also=lambda case, server, _: case.assertEqual(
        server.throttle.impatient, 0))
row("try_again_in", "a time to wait, in plain words", dict(
    no_words="Please try again in 1 second", stop_after=2), seconds=10,
    words=(ALL_THERE, "trying again in"))
row("backoff_bare", "Server busy, backoff N", dict(
    no_words="Server busy, backoff 400", stop_after=2, no_multiappend=True),
    seconds=10, words=(ALL_THERE, "trying again in"))
row("throttled_code", "[THROTTLED] for a while (Gmail)", dict(
    no_words="[THROTTLED] slow down", stop_after=2), seconds=30,
    words=(ALL_THERE, "trying again in"))
row("in_use", "[INUSE] for a while", dict(
    no_words="[INUSE] locked", stop_after=1), seconds=10,
    words=(ALL_THERE, "trying again in"))
row("unavailable", "[UNAVAILABLE] for a while", dict(
    no_words="[UNAVAILABLE] backend", stop_after=1), seconds=10,
    words=(ALL_THERE, "trying again in"))
row("limit_code", "[LIMIT]", dict(
    no_words="[LIMIT] too much", stop_after=1, no_multiappend=True),
    absent=("plain0",), status=75, words=("1 is waiting", "too much"))
row("cannot", "[CANNOT] to a message: told", dict(
    refuse=b"tag=typed;", refuse_words="[CANNOT] this one never"),
    absent=("typed",), status=1, words=("this one never",),
    absent_later=("typed",), status_later=1)
row("serverbug", "[SERVERBUG]", dict(
    no_words="[SERVERBUG] oops", stop_after=1, no_multiappend=True), absent=("plain0",),
    status=75, words=("1 is waiting", "oops"))
row("over_quota", "[OVERQUOTA] stops that mailbox", dict(
    quota_after=5, no_multiappend=True), mails=PLAIN, absent=PLAIN[5:],
    status=75, words=("full; make room on the server", "3 are waiting"), mend={})
row("over_quota_words", "a full mailbox without a code (Courier)", dict(
    quota_after=5, quota_words="You exceeded your mail quota.",
    no_multiappend=True), mails=PLAIN, absent=PLAIN[5:], status=75,
    words=("quota; make room on the server", "3 are waiting"), mend={})
row("quota_told", "QUOTA tells how much room there is", dict(
    quota=4 * len(MAILS["plain0"]), no_multiappend=True), mails=PLAIN,
    absent=PLAIN[4:], status=75, words=("Quota exceeded", "4 are waiting"),
    mend={})
row("over_quota_batch", "[OVERQUOTA] to a batch: none of it is there", dict(
    quota_after=5), mails=PLAIN, absent=PLAIN, status=75,
    words=("full; make room on the server", "8 are waiting"), mend={})
row("no_space", "a disk that is full, in words: no message is to blame",
    dict(no_words="System I/O error: No space left on device"),
    absent=tuple(MAILS), status=1, waits=True,
    words=("failed: Kept: System I/O error", "16 are waiting"), mend={})
row("noperm", "[NOPERM]", dict(no_words="[NOPERM] read only"),
    absent=tuple(MAILS), status=1, waits=True,
    words=("failed: Kept: read only; with --map",), mend={})
row("too_big_words", "Maximum size ... exceeded (Exchange)", dict(
    refuse=b"tag=big;", refuse_words="Maximum size of appendable message has "
    "been exceeded"), absent=("big",), status=1,
    words=("Maximum size of appendable",), absent_later=("big",),
    status_later=1)
row("argument_error", "Command Argument Error. 11 (Exchange)", dict(
    bad=b"tag=big;"), absent=("big",), status=1, words=("what\\?",),
    absent_later=("big",), status_later=1, seconds=10)

# -- what is kept of a message ------------------------------------------------

row("refuse_nul", "NUL is refused (Cyrus): removed, and told", dict(
    refuse_nul=True, no_binary=True), altered=("nul",))
row("refuse_header8", "8-bit octets of a header are refused", dict(
    refuse_header8=True), mails=PLAIN + EIGHT + ("cr",), altered=EIGHT,
    sent={tag: MAILS[tag].replace("na\u00efve".encode(),
                                  b"=?utf-8?Q?na=C3=AFve?=")
          for tag in EIGHT})
row("refuse_lines", "lines over 998 octets are refused", dict(
    refuse_lines=998), mails=PLAIN + EIGHT + ("long",), altered=("long",),
    sent={"long": shorter(MORE["long"])})
row("refuse_bare_cr", "a CR alone is refused (Cyrus)", dict(
    refuse_bare_cr=True), mails=PLAIN + EIGHT + ("cr",), altered=("cr",),
    sent={"cr": MAILS["cr"].replace(b"one\rtwo", b"onetwo")})
row("refuse_flag", "a flag is refused", dict(refuse_flag="\\Flagged"),
    mails=PLAIN, flags={"plain1": [], "plain3": [], "plain4": []})
row("refuse_date", "a date is refused", dict(refuse_date=True), mails=PLAIN,
    date=None)
row("refuse_two", "two things are refused, one behind the other", dict(
    refuse_header8=True, refuse_keyword=True), mails=PLAIN + EIGHT,
    altered=EIGHT, flags={"plain1": ["\\Flagged"], "plain2": []},
    sent={tag: MAILS[tag].replace("na\u00efve".encode(),
                                  b"=?utf-8?Q?na=C3=AFve?=")
          for tag in EIGHT})
row("refuse_nul_keyword", "NUL and keywords are refused, of one message",
    dict(refuse_nul_keyword=True, no_binary=True), mails=PLAIN + ("nul-key",),
    altered=("nul-key",), flags={"nul-key": [], "plain1": ["\\Flagged"],
                                "plain2": []},
    sent={"nul-key": MORE["nul-key"].replace(b"\0", b"")}, words=(
        ALL_THERE, "keywords dropped, NUL removed"))
row("nul_to_80", "NUL comes back 0x80 (Dovecot)", dict(
    nul_to_80=True, no_binary=True), changed=("nul",))
row("refuse_nameless", "header lines without a name are refused (Cyrus)",
    dict(refuse_nameless=True), absent=("nameless",), status=1,
    words=("invalid header",), absent_later=("nameless",), status_later=1)
row("drop_nameless", "header lines without a name are dropped (Zimbra)",
    dict(drop_nameless=True), seen=("nameless",), changed=("nameless",))
row("refuse_bare_lf", "a bare LF is refused (Cyrus): none is sent", dict(
    refuse_bare_lf=True))
row("munge8", "8-bit octets of a header become X (Cyrus)", dict(
    munge8=True), seen=("eight",), changed=EIGHT)
row("eat_bare_cr", "a CR alone is dropped (Courier)", dict(
    eat_bare_cr=True), seen=("cr",), changed=("cr",))
row("rerender", "messages are written anew (Exchange, WildDuck)", dict(
    rerender=True), seen=tuple(MAILS), changed=tuple(MAILS))
row("rerender_many", "so many that not all are named", dict(rerender=True),
    mails=MANY, seen=MANY, changed=MANY)
row("id_domain", "the Message-ID's domain is changed (Domino)", dict(
    id_domain="domino.example"), seen=most("eight-noid"),
    changed=most("eight-noid"))
row("id_domain_lost", "and a reply is lost", dict(
    id_domain="domino.example", drop_after_append=1, no_uidplus=True),
    seen=most("eight-noid"), changed=most("eight-noid"), seconds=8, words=LOST)
row("size_more", "SIZE is wrong (hMailServer)", dict(size_more=37),
    seen=tuple(MAILS))
row("ignore_internaldate", "the server's clock counts", dict(
    ignore_internaldate=True), date=None,
    words=(ALL_THERE, "does not keep the date"))
row("refuse_keyword", "unknown flags fail APPEND (Zimbra)", dict(
    refuse_keyword=True), flags={"plain1": ["\\Flagged"], "plain2": []})
row("drop_keywords", "keywords are dropped without a word", dict(
    drop_keywords=True), flags={"plain1": ["\\Flagged"], "plain2": []})
row("drop_flag", "\\Flagged is lost on its way (Exchange)", dict(
    drop_flag="\\Flagged"), stores=2, flags=STARRED)
row("drop_flag_one_by_one", "the same without MULTIAPPEND", dict(
    drop_flag="\\Flagged", no_multiappend=True), stores=2, flags=STARRED)
row("drop_flag_no_uidplus", "Exchange says so, and tells no UIDs", dict(
    drop_flag="\\Flagged", no_uidplus=True,
    greeting="* OK The Microsoft Exchange IMAP4 service is ready. [QQ==]"),
    stores=2, flags=STARRED)
row("drop_flag_lost_reply", "and a reply is lost", dict(
    drop_flag="\\Flagged", drop_after_append=3, no_multiappend=True,
    greeting="* OK The Microsoft Exchange IMAP4 service is ready. [QQ==]"),
    stores=2, flags=STARRED, seconds=8, words=LOST)
row("drop_flag_no_keyword", "and keywords are refused: not told again", dict(
    drop_flag="\\Flagged", refuse_keyword=True, greeting="* OK The Microsoft "
    "Exchange IMAP4 service is ready. [QQ==]"), stores=1,
    flags={**STARRED, "plain1": ["\\Flagged"], "plain2": []})
row("drop_flag_store_no", "and STORE is refused: told, and no more", dict(
    drop_flag="\\Flagged", store_no=True), stores=2,
    flags={**STARRED, "plain1": ["Work"], "plain3": [], "plain4": []},
    words=(ALL_THERE, "Kept: the mail is there, but the server did not take "
           "all of its flags: not now"))
row("deleted_is_lost", "\\Deleted loses the mail at once: never sent (Gmail)",
    dict(deleted_is_lost=True), mails=PLAIN + ("gone",),
    options=("--keep-deleted",), flags={**STARRED, "gone": ["\\Seen"]})
row("few_keywords", "PERMANENTFLAGS without a star (Courier)", dict(
    permanent="\\Seen \\Flagged Work"), flags={
        "plain1": ["\\Flagged", "Work"], "plain2": []})
row("keyword_max", "keywords of 50 characters at most (Dovecot)", dict(
    keyword_max=50), flags={"plain1": ["\\Flagged", "Work"], "plain2": []})

# -- mailboxes ----------------------------------------------------------------

row("inbox_dot", "everything below INBOX. (Cyrus, Courier)", dict(
    namespace_inbox_dot=True), box="INBOX.Kept")
row("flat", "no hierarchy", dict(flat=True), folder="Projects/2019",
    box="Projects_2019")
row("backslash", "separator \\ (Domino)", dict(separator="\\"),
    folder="Projects/2019", box="Projects\\2019")
row("no_inbox_children", "no mailboxes below INBOX (Domino)", dict(
    no_inbox_children=True), folder="INBOX/Old", box="INBOX_Old",
    words=(ALL_THERE, renamed("INBOX/Old", "INBOX_Old")))
row("noinferiors", "INBOX that may hold no mailboxes, and says so", {},
    folder="INBOX/Old", box="INBOX_Old", before=lambda server: setattr(
        server.boxes["INBOX"], "attributes", ("\\Noinferiors",)))
row("caseless", "names in any case are one (Exchange)", dict(caseless=True),
    before=lambda server: server.boxes.update(KEPT=Mailbox(1009)),
    box="KEPT")
row("reserved", "a reserved name (Exchange: Files)", dict(reserved="Files"),
    folder="Files", box="Files_",
    words=(ALL_THERE, "reserved", renamed("Files", "Files_")))
row("refuse_names", "a name that is refused (Gmail: ^)", dict(
    refuse_names=r"\^|  "), folder="a^b", box="a_b",
    words=(ALL_THERE, "Invalid mailbox name", renamed("a^b", "a_b")))
row("refuse_blanks", "two blanks in a row are refused (Gmail)", dict(
    refuse_names=BLANKS), folder="Old  mail", box="Old mail",
    words=(ALL_THERE, mended("Old mail", "Old mail")))
row("refuse_first_blank", "a blank at the beginning", dict(
    refuse_names=BLANKS), folder=" Old", box="Old",
    words=(ALL_THERE, mended(" Old", "Old")))
row("refuse_last_blank", "a blank at the end", dict(refuse_names=BLANKS),
    folder="Old ", box="Old", words=(ALL_THERE, mended("Old ", "Old")))
row("refuse_dots", "a dot within a name is refused (Dovecot, Maildir++)",
    dict(refuse_names=r"\."), folder="v1.2", box="v1_2",
    words=(ALL_THERE, renamed("v1.2", "v1_2")))
row("refuse_backslash", "a backslash is refused, below INBOX.", dict(
    namespace_inbox_dot=True, refuse_names=r"\\"), folder="a/b",
    options=("--map", "a/b=TCP\\IP"), box="INBOX.TCP_IP",
    words=(ALL_THERE, renamed("INBOX.TCP\\IP", "INBOX.TCP_IP")))
row("refuse_non_ascii", "letters beyond ASCII are refused", dict(
    refuse_names="&", name_words="bad mailbox"), folder="\u00dcbersicht",
    box="Ubersicht", words=(ALL_THERE, renamed("\u00dcbersicht", "Ubersicht")))
row("name_bad", "BAD to a name, and the connection stays", dict(
    names_bad=r"[^\w/]"), folder="a+b", box="a_b",
    words=(ALL_THERE, renamed("a+b", "a_b")))
row("name_max", "names of 64 octets at most", dict(name_max=64),
    folder="n" * 100, box="n" * 60, words=(ALL_THERE, "too long"))
row("name_max_long", "names of 255 octets at most", dict(name_max=255),
    folder="\u00fc" * 100, box="&" + "APwA,AD8" * 31 + "-",
    words=(ALL_THERE, "too long"))
row("already_exists", "CREATE: ALREADYEXISTS is success", dict(
    create_no="[ALREADYEXISTS] it is there"))
row("no_create", "CREATE is refused", dict(create_no="[NOPERM] not you"),
    absent=tuple(MAILS), status=1, waits=True,
    words=("failed: Kept: cannot be created: not you; with --map",), mend={})
row("select_no", "SELECT is refused, of a mailbox named Quota: it is not full",
    dict(select_no="Quota"), folder="Quota", box="Quota",
    absent=tuple(MAILS), status=1, waits=True,
    words=("failed: Quota: cannot be opened: not that one; if it stays so, "
           "ask",), mend={})
row("no_subscribe", "SUBSCRIBE is refused: told, and no more", dict(
    subscribe_no=True), words=(ALL_THERE, "could not be subscribed: .*; if a mail program"))
row("localised", "special mailboxes have names of their own (Gmail)", {},
    folder="Sent", box="[Gmail]/Gesendet",
    before=lambda server: (server.boxes.pop("Sent"), server.boxes.update({
        "[Gmail]/Gesendet": Mailbox(1009, ("\\Sent",)),
        "[Gmail]/Alle": Mailbox(1010, ("\\All",)),
        "[Gmail]/Markiert": Mailbox(1011, ("\\Flagged",))})))
row("view", "never into \\All: another name is found", {}, folder="Alle",
    box="Alle (2)", before=lambda server: server.boxes.update(
        Alle=Mailbox(1010, ("\\All",))))
row("uidvalidity_moves", "UIDVALIDITY changes between sessions", dict(
    uidvalidity_moves=True), late=("late",))
row("uidvalidity_moves_munged", "and the server changes what it stores", dict(
    uidvalidity_moves=True, munge8=True), seen=("eight",), changed=EIGHT,
    late=("late",))
row("examine_guesses", "EXAMINE does not fix UIDVALIDITY (Courier)", dict(
    examine_guesses=True))
row("no_uidvalidity", "no UIDVALIDITY", dict(no_uidvalidity=True))
row("no_uidnext", "no UIDNEXT", dict(no_uidnext=True))

# -- sessions -----------------------------------------------------------------

row("needs_id", "ID before SELECT (NetEase)", dict(needs_id=True))
row("flood", "untagged replies without end", dict(flood="SELECT"),
    absent=tuple(MAILS), status=76, words=("does not end",), mend={},
    seconds=60, long=True)
row("wrong_tag", "a reply to what was not asked", dict(wrong_tag=True),
    absent=tuple(MAILS), status=76, words=("what is no IMAP: 'X9 OK",),
    mend={})
row("silent", "SELECT gets no answer, the link is closed", dict(
    silent="SELECT"), absent=tuple(MAILS), status=69,
    words=("closed the connection",), mend={}, seconds=60, long=True)
row("hangs", "SELECT gets no answer, and the link stays", dict(
    hang="SELECT"), absent=tuple(MAILS), status=69, words=("no answer from the server within",),
    mend={}, seconds=700, long=True)
row("login_refused", "AUTHENTICATIONFAILED: asked once", dict(
    login_no="[AUTHENTICATIONFAILED] no"), status=77,
    words=("login refused: no; check user name and password",), **OUTSIDE)
row("expired", "EXPIRED: stop", dict(login_no="[EXPIRED] old password"),
    status=77, words=("login refused: old password; check user name",),
    **OUTSIDE)


if __name__ == "__main__":
    main()
