#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""The POP3 source against a real Dovecot: test_pop3_dovecot.py READ_SOURCE.

Octets are held against a reader of its own, written here in a few lines.
Exit 77: there is no Dovecot.
"""
import glob
import hashlib
import json
import os
import socket
import subprocess
import sys
import time
import unittest

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path[:0] = [os.path.join(HERE, "..", "fake"),
                os.path.join(HERE, "..", "real")]
from delay_proxy import DelayProxy  # noqa: E402
from dovecot import MECHANISMS, Dovecot, find_dovecot  # noqa: E402
from mailcart import SLOWER  # noqa: E402

READ_SOURCE = None
CORPORA = os.environ.get("MAILCART_CORPORA", os.path.join(
    HERE, "..", "..", "..", "shared", "corpora"))
HEAD = b"From: a@example.org\r\nSubject: %d\r\nMessage-ID: <%d@test>\r\n\r\n"


def sha(octets):
    return hashlib.sha256(octets).hexdigest()


def odd_mails():
    """With CRLF and LF, NUL, 8-bit, dots, long lines, bare CR, cut ends."""
    bodies = [b"plain\r\n", b".\r\n..\r\n.x\r\n", b"a\0b\r\n\0\r\n",
              b"\xe4\xf6\xfc \xff\xfe\r\n", b"x" * 300000 + b"\r\n",
              b"bare\rCR\r\r\n", b"no end", b"", b"\r\n" * 50]
    rows = [HEAD % (n, n) + body for n, body in enumerate(bodies)]
    rows += [row.replace(b"\r\n", b"\n") for row in rows[:5]]
    return rows + [b"no header at all\n", b"\n"]


def corpus_mails():
    names = glob.glob(os.path.join(CORPORA, "cpython-test_email", "data",
                                   "*.txt"))
    mails = []
    for name in sorted(names):
        with open(name, "rb") as source:
            mails.append(source.read())
    return mails


def plain_reader(server, user):
    """{uidl: octets} the simple way: one RETR after another."""
    raw = socket.create_connection(("127.0.0.1", server.pop3s), 30)
    sock = server.context().wrap_socket(raw, server_hostname="localhost")
    file = sock.makefile("rb")

    def say(line):
        sock.sendall(line.encode() + b"\r\n")
        answer = file.readline()
        assert answer.startswith(b"+OK"), answer

    def lines():
        while (line := file.readline()) != b".\r\n":
            assert line
            yield line

    file.readline()
    say(f"USER {user}")
    say(f"PASS {server.password}")
    say("UIDL")
    mails = {}
    for row in list(lines()):
        number, uidl = row.split()
        say(f"RETR {int(number)}")
        mails[uidl.decode()] = b"".join(
            line[1:] if line.startswith(b".") else line for line in lines())
    sock.close()
    return mails


class DovecotCase(unittest.TestCase):
    def read(self, server, *options, port=None, scheme="pop3s", user="anna"):
        port = port or getattr(server, scheme)
        password = os.path.join(server.dir, "password.test")
        if not os.path.exists(password):
            with open(password, "w") as out:
                out.write(server.password)
        done = subprocess.run(
            [READ_SOURCE, f"{scheme}://{user}@localhost:{port}", "--ca",
             server.ca, "--password-file", password, *options],
            capture_output=True, timeout=110 * SLOWER)
        self.assertEqual((done.returncode, done.stderr), (0, b""))
        rows = [json.loads(line.decode("utf-8", "replace"))
                for line in done.stdout.splitlines()]
        self.assertEqual(rows[-1]["rc"], 0, rows[-1]["text"])
        return rows

    @staticmethod
    def messages(rows):
        return {r["key"]: r["sha256"] for r in rows if r["what"] == "message"}


class Octets(DovecotCase):
    def check(self, mails, **options):
        with Dovecot(storage="maildir", **options) as server:
            for octets in mails:
                server.drop("anna", octets)
            wanted = {uidl: sha(octets) for uidl, octets in
                      plain_reader(server, "anna").items()}
            self.assertEqual(len(wanted), len(mails))
            for scheme in ("pop3s", "pop3"):
                rows = self.read(server, scheme=scheme)
                self.assertEqual(self.messages(rows), wanted)
                self.assertFalse([r for r in rows if r["what"] == "message"
                                  and "rc" in r])

    def test_odd_mails(self):
        self.check(odd_mails())

    @unittest.skipUnless(corpus_mails(), "no corpora here")
    def test_corpus(self):
        self.check(corpus_mails())

    def test_repeated_uidls(self):
        """All of one UIDL: keys are empty, octets come all the same."""
        with Dovecot(storage="maildir", uidl="%v") as server:
            for octets in odd_mails()[:5]:
                server.drop("anna", octets)
            rows = self.read(server)
            got = [r for r in rows if r["what"] == "message"]
            self.assertEqual([r["key"] for r in got], [""] * 5)
            self.assertEqual(len({r["sha256"] for r in got}), 5)


class Logins(DovecotCase):
    def test_every_way_in(self):
        with Dovecot(oauth=True) as server:
            server.append("anna", "INBOX", odd_mails()[0])
            token = os.path.join(server.dir, "token.test")
            with open(token, "w") as out:
                out.write(server.token("anna"))
            ways = {m.upper() for m in MECHANISMS} - {"LOGIN"} | {"USER"}
            for way in sorted(ways):
                rows = self.read(server, "--auth", way)
                self.assertEqual(rows[-1]["ended"], 1, way)
            for way in ("XOAUTH2", "OAUTHBEARER"):
                rows = self.read(server, "--auth", way, "--password-file",
                                 token)
                self.assertEqual(rows[-1]["ended"], 1, way)
            rows = self.read(server, "--trace")
            self.assertTrue([r for r in rows if r["what"] == "trace" and
                             r["text"].startswith("C: AUTH SCRAM-SHA-256")])
            rows = self.read(server, "--probe", scheme="pop3")
            facts = {r["name"]: r["text"] for r in rows
                     if r["what"] == "fact"}
            self.assertEqual((facts["TLS"], facts["messages"]), ("yes", "1"))


class Far(DovecotCase):
    def test_thousand_messages_far_away(self):
        """50 ms each round trip: tens of them, not thousands."""
        with Dovecot() as server:
            server.append_all("anna", "INBOX", [
                (HEAD % (n, n) + b"hello\r\n" * (n % 20), (), None)
                for n in range(1000)])
            with DelayProxy(server.pop3s, rtt_ms=50) as proxy:
                start = time.monotonic()
                rows = self.read(server, port=proxy.port)
                seconds = time.monotonic() - start
                self.assertEqual(len(self.messages(rows)), 1000)
                self.assertLess(proxy.trips, 40)
                self.assertLess(seconds, 20)
            known = os.path.join(server.dir, "known.test")
            with open(known, "w") as out:
                out.write("\n".join(self.messages(rows)) + "\n")
            with DelayProxy(server.pop3s, rtt_ms=50) as proxy:
                rows = self.read(server, "--known", known, port=proxy.port)
                self.assertEqual(rows[-1]["listed"], 1000)
                self.assertEqual(self.messages(rows), {})
                self.assertLess(proxy.trips, 20)


if __name__ == "__main__":
    READ_SOURCE = sys.argv.pop(1)
    if not find_dovecot():
        print("no dovecot here: nothing tested")
        sys.exit(77)
    unittest.main()
