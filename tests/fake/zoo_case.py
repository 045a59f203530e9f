# SPDX-License-Identifier: MIT
"""Servers' misbehaviour: the program against a server that plays it, and what
must be so afterwards.  Each test looks at all four ends of it, or fails: the
messages where they are to be, the sums, the exit status, the words.

Most are rows of a table.  A row's runs go side by side with those of others,
for most of their time is waiting; each row is a test of its own all the same.
"""
import concurrent.futures
import dataclasses
import email.utils
import functools
import os
import re
import resource
import ssl
import sys
import tempfile
import unittest

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(os.path.dirname(HERE), "real"))
import mailcart  # noqa: E402
import said  # noqa: E402
import samples_of  # noqa: E402
from certs import Authority  # noqa: E402
from trap import own_address  # noqa: E402

SIDE_BY_SIDE = 12
BEYOND = own_address()  # None: no row can be played beyond loopback
ENDS = {"state", "sums", "status", "words"}
DATE = "01-Jan-2004 10:00:00 +0000"  # of what comes from an mbox()


def mail(tag, body="", **head):
    """A message that `tag` tells from all others."""
    number = sum(map(ord, tag)) * 31 + len(tag)
    head.setdefault("Message_ID", f"<{tag}@zoo.example>")
    head.setdefault("Subject", f"about {tag}")
    return samples_of.eml(number, f"tag={tag};\r\n{body}", **head)


def tag_of(octets):
    found = re.search(rb"tag=([\w-]+);", octets)
    return found[1].decode() if found else None


def mbox(mails):
    """A file of them, in an order that is kept."""
    return samples_of.mbox([("a@b.org Thu Jan  1 10:00:00 2004",
                             octets.replace(b"\r\n", b"\n"))
                            for octets in mails])


def dated(octets):
    """The date that its header tells."""
    found = re.search(rb"^Date: (.*)\r$", octets, re.M)[1].decode()
    return email.utils.parsedate_to_datetime(found).strftime(
        "%d-%b-%Y %H:%M:%S %z")


def numbers(result):
    """{row of the table at the end: number}; what is `listed` is so by pull."""
    found = said.table(result.out.decode())
    return {name: value for part in ("delete", "pull", "push", "verify",
                                     "archive")
            for name, value in found.get(part, {}).items()}


def words(result):
    """All that a person is told, in one line."""
    text = result.err + "\n" + result.out.decode()
    return re.sub(r"\s+", " ", text)


def whole(test):
    """It looks at all four ends, and has said what stands in its book."""
    @functools.wraps(test)
    def looked(self):
        self.looked = set()
        test(self)
        self.assertEqual(ENDS - self.looked, set(), "not looked at")
        self.check_book()
    looked.whole = True
    return looked


def aside(test):
    """A test that is not of a server's behaviour as a whole."""
    test.whole = False
    return test


class Whole(mailcart.Case):
    """Below it: tests, each of which looks at all four ends, but for those
    that are aside."""

    def __init_subclass__(cls):
        for name, test in list(vars(cls).items()):
            if name.startswith("test_") and getattr(test, "whole", True):
                setattr(cls, name, whole(test))

    @classmethod
    def setUpClass(cls):
        file = os.path.basename(sys.modules[cls.__module__].__file__)
        cls.book = said.Book(file.removeprefix("test_").removesuffix(".py"))
        if said.WRITE:
            cls.addClassCleanup(cls.book.write)

    # -- status, sums, words -------------------------------------------------

    def ended(self, result, status=0, /, *, lines=None, **sums):
        """A run for people: its exit status; its sums, which add up, and are
        these; and its words, which stand in the book and say what to do.
        lines: patterns of what it may say, where that is for chance to say."""
        self.ends(result, status)
        self.adds_up(result)
        have = numbers(result)
        want = {name.replace("_", " "): n for name, n in sums.items()}
        self.assertEqual({name: have.get(name, 0) for name in want}, want,
                         "\n" + str(result))
        self.check_tone(result)
        if lines is None:
            self.book.hear(self.title(), said.told(result))
        else:
            self.assertEqual([line for line in said.told(result)[1:]
                              if not re.fullmatch("|".join(lines), line)], [])
        self.looked |= {"status", "words"}
        if want or not result.out:
            self.looked.add("sums")
        return result

    def adds_up(self, result):
        """As the table itself says which rows are whose sum; and where all is
        said to be well, nothing in it is amiss."""
        found = said.table(result.out.decode())
        for (part, name), rows in found["adds"].items():
            of = found[part]
            self.assertEqual(of[name], of.get("not reached", 0) + sum(
                of[row] for row in rows), "\n" + str(result))
        if found["whys"]:
            self.assertEqual(found["delete"]["kept"],
                             sum(found["whys"].values()), "\n" + str(result))
        have = numbers(result)
        self.assertNotIn("NOT ACCOUNTED FOR", have)
        if result.status == mailcart.OK:
            self.assertEqual([name for name in (
                "failed", "refused", "waiting", "missing", "damaged",
                "unknown", "twice", "not reached") if have.get(name)], [],
                "\n" + str(result))
        elif not result.out:
            self.assertNotEqual(result.status, mailcart.SOME)

    def title(self):
        return self._testMethodName.removeprefix("test_")

    def check_book(self):
        """What it said stands in the book, and what stands there was said; a
        tool that makes all slower makes words of its own."""
        fresh, stale = self.book.differs(self.title())
        if not said.WRITE and mailcart.SLOWER == 1:
            self.assertEqual(("\n".join(map("\n    ".join, fresh)),
                              "\n".join(map("\n    ".join, stale))), ("", ""),
                             f"{self.book.path}: {self.title()}")

    def check_tone(self, result):
        """Nothing is said twice, what has failed is named once, and whoever
        reads it knows what to do."""
        lines = [line for line in result.err.splitlines()
                 if line.startswith("mailcart: ")]
        self.assertEqual(len(lines), len(set(lines)), "\n" + str(result))
        for line in lines:
            named = re.match("mailcart: failed: (.+?): ", line)
            if named:
                self.assertEqual(line.count(named[1]), 1, line)
        if result.status == 0:
            self.assertNotIn("mailcart: failed: ", result.err)
        elif result.status != mailcart.TEMPFAIL and (
                "\nNext" not in result.out.decode()):
            self.assertRegex(lines[-1], "; .*(ask|check|look|tell|try|run)",
                             "\n" + str(result))

    # -- state ---------------------------------------------------------------

    def holds(self, server, boxes, flags=(), date=DATE):
        """boxes: {mailbox: octets}, each once and no others there; with these
        flags and that date (of all, or of octets; None: any)."""
        self.assertEqual(
            {name: sorted(one.octets for one in box.messages)
             for name, box in server.boxes.items() if box.messages},
            {name: sorted(octets) for name, octets in boxes.items()})
        for box in server.boxes.values():
            for one in box.messages:
                for is_so, want in ((set(one.flags), flags), (one.date, date)):
                    if callable(want):
                        want = want(one.octets)
                    if want is not None:
                        self.assertEqual(is_so, type(is_so)(want), one.octets)
        self.looked.add("state")

    def archived(self, cart, mails):
        """They are in the archive, to the octet, and no others."""
        self.assertEqual({row["raw_sha256"] for row in cart.messages()},
                         set(map(mailcart.sha256, mails)))
        self.ends(cart.run("verify"))
        self.looked.add("state")


class Pushes(Whole):
    """Tests that push an archive of an mbox file, or of several."""

    BOX = "Kept"

    def boxes_of(self, **boxes):
        cart = self.cart()
        for name, mails in boxes.items():
            cart.write("mail/" + name, mbox(mails))
        self.ends(cart.run("pull", "mbox:" + cart.path("mail")))
        return cart

    def filled(self, *mails, folders=(BOX,)):
        return self.boxes_of(**dict.fromkeys(folders, mails))

    def push(self, cart, server, *options, **want):
        """want: status, and what ended() takes."""
        return self.ended(cart.run("push", *options, server.url(),
                                   json_lines=False),
                          want.pop("status", 0), **want)

    def verify(self, cart, server, *options, **want):
        return self.ended(cart.run("verify", *(options or ("--deep",)),
                                   server.url(), json_lines=False),
                          want.pop("status", 0), **want)


class Rows(Whole):
    """Below it: ROWS {name: row}, and play(row), which runs in a thread and
    answers what check(row, outcome) looks at."""

    ROWS = {}

    @classmethod
    def add(cls, row):
        if row.long and not mailcart.LONG:
            return
        name = "test_" + row.name
        assert not hasattr(cls, name), name

        def test(self):
            if row.beyond and not BEYOND:
                self.skipTest("this machine has no address but loopback")
            self.check(row, self.outcomes[row.name].result(1500))
        test.__doc__ = row.why
        setattr(cls, name, whole(test))
        cls.ROWS[row.name] = row

    @classmethod
    def certify(cls):
        """What servers that speak TLS prove themselves by."""
        space = tempfile.TemporaryDirectory(prefix="mc-zoo-")
        cls.addClassCleanup(space.cleanup)
        authority = Authority(os.path.join(space.name, "ca"))
        cls.ca = authority.ca
        cls.leaf = authority.leaf("zoo", alt=("IP:127.0.0.1",
                                              f"IP:{BEYOND or '127.0.0.2'}"))

    @classmethod
    def context(cls):
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(*cls.leaf)
        return context

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.certify()
        wanted = os.environ.get("MAILCART_ROWS", "").split() or cls.ROWS
        pool = concurrent.futures.ThreadPoolExecutor(SIDE_BY_SIDE)
        cls.addClassCleanup(pool.shutdown)
        # What waits longest begins first.
        rows = sorted(cls.ROWS.values(), key=lambda row: -row.seconds)
        cls.outcomes = {row.name: pool.submit(cls.play, row) for row in rows
                        if row.name in wanted and (BEYOND or not row.beyond)}

    def check_words(self, result, patterns):
        text = words(result)
        for pattern in patterns:
            self.assertRegex(text, pattern, "\n" + str(result))


@dataclasses.dataclass
class PullRow:
    """What a row of a source expects where that is not the usual: all messages
    in the archive, each once and to the octet, every sum right, exit 0."""
    name: str
    why: str
    behave: dict
    mails: dict = None  # {tag: octets}, instead of the usual ones
    options: tuple = ()
    missing: tuple = ()  # after the first run
    unlisted: tuple = ()  # of these: what is in a mailbox that cannot be read
    listed: int = None  # where it is not one row a message
    failed: int = None  # where it is not as many as are missing
    status: int = 0
    words: tuple = ()
    mend: dict = None  # the server as it is from the second run on
    missing_later: tuple = ()
    status_later: int = 0
    fetches: bool = False  # the third run reads again: nothing tells it not to
    hidden: bool = False  # the server shows no longer what was read
    tls: bool = False  # it lets TLS begin
    beyond: bool = False  # no address of loopback
    secret: str = "secret"
    said: tuple = ()  # of the client, in the first run
    unsaid: tuple = ()
    seconds: float = 1
    long: bool = False  # only with the long tests

    def held(self, tag):
        """The octets of it in the archive."""
        return self.given()[tag]


class PullRows(Rows):
    """Sources: a pull from the misbehaving server, one from it as it is then, and
    one more, which fetches nothing where its keys can be trusted.  Below it:
    serve(row), a server; mend(server, behaviours); fetched(server), how often
    messages were asked for; key(row, tag), by which a failure names it; check_said(
    row, lines) and check_server(row, server)."""

    @classmethod
    def play(cls, row):
        cart = mailcart.Cart(ca=row.tls and cls.ca, password=row.secret)
        try:
            with cls.serve(row) as server:
                return cls.runs(row, cart, server)
        finally:
            cart.close()

    @classmethod
    def runs(cls, row, cart, server):
        def run():
            return cart.run("pull", server.url(), *row.options,
                            json_lines=False, timeout=200)
        first = run()
        said = list(server.transcript)
        held = cls.held(cart)
        if row.mend is not None:
            cls.mend(server, row.mend)
        second = run()
        at_second = cls.held(cart)
        third, fetched = None, cls.fetched(server)
        mended = row.missing and not row.missing_later
        if mended or row.mend is not None or mailcart.LONG:
            third = run()
        fetched = cls.fetched(server) - fetched
        return (server, said, first, held, second, at_second, third, fetched,
                cls.held(cart), cart.run("verify"))

    @staticmethod
    def held(cart):
        """Digests of what the archive holds; that each gives its octets
        back is what `verify` sees to."""
        if not os.path.exists(cart.archive):
            return set()
        return {row["raw_sha256"] for row in cart.messages()}

    def check(self, row, outcome):
        (server, said, first, held, second, at_second, third, fetched, at_third,
         verify) = outcome
        self.ended(first, row.status)
        self.check_said(row, said)
        self.check_words(first, row.words)
        self.check_named(row, first, row.missing, row.unlisted)
        self.check_sums(row, first)
        self.check_held(row, held, row.missing)
        self.ended(second, row.status_later)
        self.check_words(second, row.words if row.status_later else ())
        self.check_named(row, second, row.missing_later)
        self.check_second(row, numbers(second))
        self.check_held(row, at_second, row.missing_later)
        self.assertEqual(at_third, at_second)
        last = third or second
        self.ended(last, row.status_later)
        self.assertEqual(numbers(last)["stored"], 0, str(last))
        if not row.fetches and not row.missing_later:
            self.assertEqual(numbers(last)["octets"], 0, str(last))
            self.assertEqual(fetched, 0, str(third))
        self.ends(verify)
        self.check_server(row, server)

    def check_sums(self, row, result):
        self.looked.add("sums")
        sums = numbers(result)
        if "listed" not in sums:
            # It did not come so far.
            self.assertNotIn(row.status, (mailcart.OK, mailcart.SOME))
            return
        listed = row.listed
        if listed is None:
            listed = len(row.given()) - len(row.unlisted)
        failed = row.failed
        if failed is None:
            failed = len(row.missing) - len(row.unlisted)
        self.assertEqual((sums["listed"], sums["failed"], sums["stored"]),
                         (listed, failed,
                          len(row.given()) - len(row.missing)), str(result))

    def check_second(self, row, sums):
        """Only what was missing is new; what is missing still has failed."""
        self.assertEqual((sums["stored"], sums["failed"]),
                         (len(row.missing) - len(row.missing_later),
                          len(row.missing_later)), sums)
        if not row.hidden:
            self.assertEqual(sums["listed"], len(row.given()), sums)

    def check_named(self, row, result, missing, unlisted=()):
        """How many are in the archive; and each that is not, once."""
        of = len(row.given()) - len(unlisted)
        missing = [tag for tag in missing if tag not in unlisted]
        text = words(result)
        if result.status == mailcart.OK:
            self.assertRegex(text, f"All {of} messages are in " if not
                             row.hidden else f"All {of} messages are in |"
                             "No message was found to copy", str(result))
        if result.status == mailcart.SOME:
            self.assertRegex(
                text, f"{of - len(missing)} of {of} messages are in .*; "
                fr"{len(missing)} could not be read\." if missing else
                f"All {of} messages are in .*; 1 folder was not read to its "
                "end", str(result))
            for tag in missing:
                self.assertEqual(text.count(
                    f"failed: {self.key(row, tag)}: "), 1, str(result))

    def check_held(self, row, held, missing):
        self.looked.add("state")
        want = {mailcart.sha256(row.held(tag)): tag for tag in row.given()}
        self.assertEqual({want.get(digest, digest) for digest in held},
                         set(want.values()) - set(missing))


def main():
    if not os.access(mailcart.BIN, os.X_OK):
        sys.exit("MAILCART_BIN does not name the program")
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    unittest.main(module="__main__", verbosity=2)
