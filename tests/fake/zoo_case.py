# SPDX-License-Identifier: MIT
"""Rows of servers' misbehaviour, each a test: the program against a server
that plays it, and what must be so afterwards: the messages at the server, the
sums, the exit status, the words.

A row's runs go side by side with those of others, for most of their time is
waiting; each row is a test of its own all the same.
"""
import concurrent.futures
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


def main():
    if not os.access(mailcart.BIN, os.X_OK):
        sys.exit("MAILCART_BIN does not name the program")
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    unittest.main(module="__main__", verbosity=2)
