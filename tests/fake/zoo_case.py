# SPDX-License-Identifier: MIT
"""Rows of servers' misbehaviour, each a test: the program against a server
that plays it, and what must be so afterwards: the messages at the server, the
sums, the exit status, the words.

A row's runs go side by side with those of others, for most of their time is
waiting; each row is a test of its own all the same.
"""
import concurrent.futures
import dataclasses
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
import samples_of  # noqa: E402
from certs import Authority  # noqa: E402
from trap import own_address  # noqa: E402

SIDE_BY_SIDE = 12
BEYOND = own_address()  # None: no row can be played beyond loopback
TABLE = re.compile(r"^  (?:pull|push|verify|archive)? +(\w[\w ]*?)  +([\d,]+)  ",
                   re.M)


def mail(tag, body="", **head):
    """A message that `tag` tells from all others."""
    number = sum(map(ord, tag)) * 31 + len(tag)
    head.setdefault("Message_ID", f"<{tag}@zoo.example>")
    head.setdefault("Subject", f"about {tag}")
    return samples_of.eml(number, f"tag={tag};\r\n{body}", **head)


def tag_of(octets):
    found = re.search(rb"tag=([\w-]+);", octets)
    return found[1].decode() if found else None


def numbers(result):
    """{row of the table at the end: number}."""
    return {name: int(value.replace(",", "")) for name, value in
            TABLE.findall(result.out.decode())}


def words(result):
    """All that a person is told, in one line."""
    text = result.err + "\n" + result.out.decode()
    return re.sub(r"\s+", " ", text)


class Rows(mailcart.Case):
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
        setattr(cls, name, test)
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
        cls.certify()
        wanted = os.environ.get("MAILCART_ROWS", "").split() or cls.ROWS
        pool = concurrent.futures.ThreadPoolExecutor(SIDE_BY_SIDE)
        cls.addClassCleanup(pool.shutdown)
        # What waits longest begins first.
        rows = sorted(cls.ROWS.values(), key=lambda row: -row.seconds)
        cls.outcomes = {row.name: pool.submit(cls.play, row) for row in rows
                        if row.name in wanted and (BEYOND or not row.beyond)}

    def check_words(self, row, result, patterns):
        text = words(result)
        for pattern in patterns:
            self.assertRegex(text, pattern, "\n" + str(result))
        self.check_tone(result)

    def check_tone(self, result):
        """Nothing is said twice, what has failed is named once, and whoever
        reads it knows what to do."""
        said = [line for line in result.err.splitlines()
                if line.startswith("mailcart: ")]
        self.assertEqual(len(said), len(set(said)), "\n" + str(result))
        for line in said:
            named = re.match("mailcart: failed: (.+?): ", line)
            if named:
                self.assertEqual(line.count(named[1]), 1, line)
        if result.status == 0:
            self.assertNotIn("mailcart: failed: ", result.err)
        elif result.status != mailcart.TEMPFAIL and (
                "\nNext" not in result.out.decode()):
            self.assertRegex(said[-1], "; .*(ask|check|look|tell|try|run)",
                             "\n" + str(result))


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
        self.ends(first, row.status)
        self.check_said(row, said)
        self.check_words(row, first, row.words)
        self.check_named(row, first, row.missing, row.unlisted)
        if row.status != mailcart.NOPERM:
            self.check_sums(row, first)
        self.check_held(row, held, row.missing)
        self.ends(second, row.status_later)
        self.check_words(row, second, row.words if row.status_later else ())
        self.check_named(row, second, row.missing_later)
        self.check_second(row, numbers(second))
        self.check_held(row, at_second, row.missing_later)
        self.assertEqual(at_third, at_second)
        last = third or second
        self.ends(last, row.status_later)
        self.assertEqual(numbers(last)["stored"], 0, str(last))
        if not row.fetches and not row.missing_later:
            self.assertEqual(numbers(last)["octets"], 0, str(last))
            self.assertEqual(fetched, 0, str(third))
        self.ends(verify)
        self.check_server(row, server)

    def check_sums(self, row, result):
        sums = numbers(result)
        if "listed" not in sums:
            # It did not come so far.
            self.assertNotIn(row.status, (mailcart.OK, mailcart.SOME))
            return
        self.adds_up_pull(sums)
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
        self.adds_up_pull(sums)
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
        want = {mailcart.sha256(row.held(tag)): tag for tag in row.given()}
        self.assertEqual({want.get(digest, digest) for digest in held},
                         set(want.values()) - set(missing))


def main():
    if not os.access(mailcart.BIN, os.X_OK):
        sys.exit("MAILCART_BIN does not name the program")
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    unittest.main(module="__main__", verbosity=2)
