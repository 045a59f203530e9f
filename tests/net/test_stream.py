#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Streams in clear text: connecting, lines, blocks, waits, ^C, the trace."""

import hashlib
import os
import socket
import time
import unittest

import netlab
from netlab import (AGAIN, ECANCEL, ELIMIT, ENET, ETLS, NEVER, RUN, SESSION,
                    SLOWER, Server, run)

LINE_MAX = 64 * 1024


def say(octets):
    """A server that says this, and closes when the client has closed."""
    def play(conn):
        conn.sendall(octets)
        conn.shutdown(socket.SHUT_WR)
        return b"".join(iter(lambda: conn.recv(65536), b""))
    return play


def url(server, host="127.0.0.1"):
    return f"pop3://u@{host}:{server.port}"


class Connect(unittest.TestCase):
    def test_refused(self):
        with socket.create_server(("127.0.0.1", 0)) as s:
            port = s.getsockname()[1]
        outcome = run(f"pop3://u@127.0.0.1:{port}")
        self.assertEqual(outcome.error, (ENET, SESSION, AGAIN))
        self.assertEqual(outcome.text, "cannot connect to '127.0.0.1' port "
                         f"{port}: connection refused")

    def test_name_with_addresses_of_which_one_answers(self):
        # localhost may be ::1 and 127.0.0.1; the server is at one of them.
        with Server(say(b"+OK\r\n")) as server:
            outcome = run(url(server, "localhost"), "line")
        self.assertEqual(outcome.values("line"), ["3 +OK"])

    @unittest.skipUnless(socket.has_ipv6, "no IPv6 here")
    def test_ipv6_address(self):
        try:
            server = Server(say(b"+OK\r\n"), host="::1")
        except OSError as error:
            self.skipTest(f"no ::1 here: {error}")
        with server:
            outcome = run(url(server, "[::1]"), "line", "login")
        self.assertIsNone(outcome.error, outcome.lines)
        self.assertEqual(outcome.values("line"), ["3 +OK"])

    def test_unknown_host(self):
        # "invalid" never exists (RFC 6761); without a name server the
        # answer is "try again" instead.
        outcome = run("timeout=5000", "pop3://u@mail.invalid:1")
        self.assertEqual(outcome.error[:2], (ENET, SESSION))
        self.assertIn("cannot find the host 'mail.invalid': ", outcome.text)
        known = "not known" in outcome.text
        self.assertEqual(outcome.error[2], NEVER if known else AGAIN)

    def black_hole(self):
        """A socket whose queue is full: the kernel drops what knocks."""
        s = socket.socket()
        self.addCleanup(s.close)
        s.bind(("127.0.0.1", 0))
        s.listen(0)
        for _ in range(4):
            c = socket.socket()
            self.addCleanup(c.close)
            c.setblocking(False)
            c.connect_ex(s.getsockname())
        time.sleep(0.1)
        return s.getsockname()[1]

    def test_deadline_of_connect(self):
        port = self.black_hole()
        start = time.monotonic()
        outcome = run("timeout=400", f"pop3://u@127.0.0.1:{port}")
        self.assertEqual(outcome.error, (ENET, SESSION, AGAIN))
        self.assertIn("no answer within 0.4 seconds", outcome.text)
        self.assertLess(time.monotonic() - start, 3 * SLOWER)

    def test_cancel_of_connect(self):
        port = self.black_hole()
        start = time.monotonic()
        outcome = run("cancel=200", f"pop3://u@127.0.0.1:{port}")
        self.assertEqual(outcome.error, (ECANCEL, RUN, NEVER))
        self.assertLess(time.monotonic() - start, 3 * SLOWER)

    def test_descriptor_above_1023(self):
        with Server(say(b"+OK\r\n")) as server:
            outcome = run("descriptors=1100", url(server), "line")
        if outcome.status == 77:
            self.skipTest("so many descriptors are not allowed here")
        self.assertEqual(outcome.values("line"), ["3 +OK"])


class Login(unittest.TestCase):
    def test_clear_text_to_loopback_is_fine(self):
        with Server(say(b"")) as server:
            outcome = run(url(server), "secure", "login")
        self.assertIsNone(outcome.error, outcome.lines)
        self.assertEqual(outcome.values("secure"), ["0"])

    def outside_address(self):
        """An address of this machine that is not loopback."""
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as s:
            try:
                s.connect(("192.0.2.1", 9))  # sends nothing
            except OSError as error:
                self.skipTest(f"this machine has loopback only: {error}")
            return s.getsockname()[0]

    def test_clear_text_beyond_loopback(self):
        host = self.outside_address()
        for options, refused in (([], True), (["insecure=1"], False)):
            with self.subTest(options=options), \
                    Server(say(b""), host=host) as server:
                outcome = run(*options, url(server, host), "login",
                              "send:PASS secret\\r\\n")
            if not refused:
                self.assertIsNone(outcome.error, outcome.lines)
                self.assertEqual(server.result, b"PASS secret\r\n")
                continue
            self.assertEqual(outcome.error, (ETLS, SESSION, NEVER))
            self.assertIn("--insecure-plaintext", outcome.text)
            self.assertEqual(server.result, b"")


class Read(unittest.TestCase):
    def read(self, octets, *steps):
        with Server(say(octets)) as server:
            return run(url(server), *steps)

    def test_lines(self):
        outcome = self.read(b"a\r\n\r\n\nb\0c\r\r\nd\re\n\xff\r\n",
                            *["line"] * 6)
        self.assertEqual(outcome.values("line"), [
            "1 a", "0 ", "0 ", "4 b\\x00c\\x0d", "3 d\\x0de", "1 \\xff"])

    def test_lines_that_come_octet_by_octet(self):
        def play(conn):
            conn.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            for octet in b"+OK one\r\n+OK two\r\n":
                conn.sendall(bytes([octet]))
                time.sleep(0.005)
            conn.recv(1)

        with Server(play) as server:
            outcome = run(url(server), "line", "line")
        self.assertEqual(outcome.values("line"), ["7 +OK one", "7 +OK two"])

    def test_lines_across_every_end_of_the_buffer(self):
        # 40,000 lines of 13 octets: the 64 KiB buffer ends everywhere.
        lines = [b"line %06d" % i for i in range(40000)]
        outcome = self.read(b"".join(s + b"\r\n" for s in lines),
                            *["line"] * 40000)
        self.assertEqual(outcome.values("line"),
                         ["11 " + s.decode() for s in lines])

    def test_longest_line(self):
        for octets in (b"x" * LINE_MAX + b"\r\n", b"x" * LINE_MAX + b"\n"):
            outcome = self.read(b"+OK\r\n" + octets, "line", "line")
            self.assertIsNone(outcome.error, outcome.lines)
            self.assertIn(f"{LINE_MAX} ", outcome.values("line")[1])

    def test_line_over_the_limit(self):
        for octets in (b"x" * (LINE_MAX + 1) + b"\r\n",
                       b"x" * (LINE_MAX + 2) + b"\n",
                       b"x" * (LINE_MAX * 20)):
            outcome = self.read(b"+OK\r\n" + octets, "line", "line", "line")
            self.assertEqual(outcome.error, (ELIMIT, SESSION, NEVER))
            self.assertEqual(outcome.values("line"), ["3 +OK"])

    def test_end_of_file(self):
        for octets, steps in ((b"+OK\r\n", 2), (b"+OK\r\n+OK half", 2)):
            outcome = self.read(octets, *["line"] * steps)
            self.assertEqual(outcome.values("line"), ["3 +OK"])
            self.assertEqual(outcome.error, (ENET, SESSION, AGAIN))
            self.assertEqual(outcome.text,
                             "the server closed the connection")

    def test_blocks_and_lines_share_one_buffer(self):
        outcome = self.read(b"+OK 5\r\nhello)\r\nA1 OK\r\n", "line",
                            "some:5", "line", "some:100", "unread:3", "line")
        self.assertEqual(outcome.values("line"), ["5 +OK 5", "1 )", "1 K"])
        self.assertEqual(outcome.values("some"),
                         ["5 hello", "7 A1 OK\\x0d\\x0a"])

    def test_all_octets_in_blocks(self):
        octets = os.urandom(3_000_001)
        outcome = self.read(octets, "all", "octets")
        digest = hashlib.sha256(octets).hexdigest()
        self.assertEqual(outcome.values("all"), [
            f"{len(octets)} {digest} the server closed the connection"])
        self.assertEqual(outcome.values("octets"), [f"{len(octets)} 0"])

    def test_readable(self):
        def play(conn):
            conn.recv(1)
            conn.sendall(b"+OK\r\n")
            conn.recv(1)
            conn.shutdown(socket.SHUT_WR)
            conn.recv(1)

        with Server(play) as server:
            outcome = run(url(server), "readable", "send:1", "nap:200",
                          "readable", "line", "readable", "send:2", "nap:200",
                          "readable", "line")
        # At the end of file a read fails at once: it does not block.
        self.assertEqual(outcome.values("readable"), ["0", "1", "0", "1"])
        self.assertEqual(outcome.error, (ENET, SESSION, AGAIN))

    def test_reset(self):
        def play(conn):
            conn.recv(1)
            conn.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER,
                            b"\1\0\0\0\0\0\0\0")

        with Server(play) as server:
            outcome = run(url(server), "send:x", "line")
        self.assertEqual(outcome.error, (ENET, SESSION, AGAIN))
        self.assertEqual(outcome.text,
                         "connection lost: connection reset by peer")


class Wait(unittest.TestCase):
    @staticmethod
    def silent(conn):
        return conn.recv(1000)

    def test_timeout(self):
        start = time.monotonic()
        with Server(self.silent) as server:
            outcome = run("timeout=500", url(server), "line")
        self.assertEqual(outcome.error, (ENET, SESSION, AGAIN))
        self.assertIn("within 0.5 seconds", outcome.text)
        self.assertLess(time.monotonic() - start, 3 * SLOWER)

    def test_cancel_wakes_a_read(self):
        start = time.monotonic()
        with Server(self.silent) as server:
            outcome = run("cancel=300", url(server), "line")
        self.assertEqual(outcome.error, (ECANCEL, RUN, NEVER))
        self.assertEqual(outcome.text, "interrupted")
        self.assertLess(time.monotonic() - start, 1.3 * SLOWER)

    def test_cancel_ends_reading_from_a_fast_server(self):
        def play(conn):
            try:
                while True:
                    conn.sendall(b"x" * 65536)
            except OSError:
                pass

        with Server(play) as server:
            outcome = run("cancel=300", url(server), "all")
        self.assertIn("interrupted", outcome.values("all")[0])

    def test_cancel_wakes_a_write(self):
        release = []

        def play(conn):
            while not release:
                time.sleep(0.05)

        with Server(play) as server:
            start = time.monotonic()
            outcome = run("cancel=300", url(server), "fill:50000000")
            took = time.monotonic() - start
            release.append(True)
        self.assertEqual(outcome.error, (ECANCEL, RUN, NEVER))
        self.assertLess(took, 20 * SLOWER)  # not when the time is over

    def test_write_times_out(self):
        release = []

        def play(conn):
            while not release:
                time.sleep(0.05)

        with Server(play) as server:
            outcome = run("timeout=400", url(server), "fill:50000000")
            release.append(True)
        self.assertEqual(outcome.error, (ENET, SESSION, AGAIN))


class Write(unittest.TestCase):
    def test_large_write(self):
        size = 10_000_000

        def play(conn):
            got = hashlib.sha256()
            while octets := conn.recv(65536):
                got.update(octets)
            return got.hexdigest()

        with Server(play) as server:
            outcome = run(url(server), f"fill:{size}", "octets")
        self.assertEqual(outcome.values("octets"), [f"0 {size}"])
        self.assertEqual(server.result, outcome.values("fill")[0])

    def test_writing_to_a_closed_connection_is_no_signal(self):
        with Server(lambda conn: None) as server:
            outcome = run(url(server), "nap:200", "fill:1000000",
                          "fill:1000000")
        self.assertEqual(outcome.error, (ENET, SESSION, AGAIN))
        self.assertEqual(outcome.status, 1)

    def test_last_words_of_a_server_that_hangs_up(self):
        def play(conn):
            conn.recv(1)
            conn.sendall(b"* BYE [TOOBIG] no\r\n")
            time.sleep(0.1 * SLOWER)  # then a reset: octets were not read

        with Server(play) as server:
            outcome = run(url(server), "fail-fill:50000000",
                          "fail-fill:10", "line", "line")
        self.assertTrue(outcome.values("failed")[0].startswith("-6 "))
        self.assertEqual(len(set(outcome.values("failed"))), 1)
        self.assertEqual(outcome.values("line"), ["17 * BYE [TOOBIG] no"])
        self.assertEqual(outcome.error, (ENET, SESSION, AGAIN))

    def test_many_small_writes_leave_in_order(self):
        def play(conn):
            got = b""
            while octets := conn.recv(65536):
                got += octets
            return got

        writes = [f"write:NOOP {i:05}\\r\\n" for i in range(20000)]
        with Server(play) as server:
            outcome = run(url(server), *writes, "send:QUIT\\r\\n")
        self.assertIsNone(outcome.error, outcome.lines)
        self.assertEqual(server.result, b"".join(
            b"NOOP %05d\r\n" % i for i in range(20000)) + b"QUIT\r\n")


class Trace(unittest.TestCase):
    def trace(self, octets, *steps, on=1):
        with Server(say(octets)) as server:
            outcome = run(f"trace={on}", url(server), *steps)
        self.assertIsNone(outcome.error, outcome.lines)
        return outcome.values("trace"), server.result

    def test_both_sides(self):
        trace, _ = self.trace(b"+OK \x1b[31m\r\n", "line",
                              "write:USER me\\r\\nSTAT\\r\\n", "send:QU",
                              "send:IT\\r\\n")
        self.assertEqual(trace, ["S: +OK \\x1b[31m", "C: USER me", "C: STAT",
                                 "C: QU", "C: IT"])

    def test_secrets_are_masked(self):
        trace, sent = self.trace(b"", "write:PASS ", "secret:hun",
                                 "secret:ter2", "send:\\r\\n",
                                 "secret:c2VjcmV0\\r\\n", "send:QUIT\\r\\n")
        self.assertEqual(trace, ["C: PASS ***", "C: ***", "C: QUIT"])
        self.assertEqual(sent, b"PASS hunter2\r\nc2VjcmV0\r\nQUIT\r\n")

    def test_bodies_are_kept_out(self):
        trace, sent = self.trace(b"", "write:A APPEND {4+}\\r\\n",
                                 "quiet:body", "send:\\r\\n")
        self.assertEqual(trace, ["C: A APPEND {4+}"])
        self.assertEqual(sent, b"A APPEND {4+}\r\nbody\r\n")

    def test_long_lines_are_cut(self):
        trace, _ = self.trace(b"s" * 5000 + b"\r\n", "line",
                              "send:" + "c" * 5000 + "\\r\\n")
        self.assertTrue(all(len(s) < 600 for s in trace))
        self.assertEqual([s[:4] for s in trace], ["S: s", "C: c"])

    def test_off(self):
        trace, _ = self.trace(b"+OK\r\n", "line", "send:QUIT\\r\\n", on=0)
        self.assertEqual(trace, [])


if __name__ == "__main__":
    netlab.main()
