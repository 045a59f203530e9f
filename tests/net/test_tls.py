#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""TLS as users meet it: real certificates, a real TLS server on loopback.

Every refusal must come before an octet of ours is sent under TLS."""

import socket
import ssl
import time
import unittest
import warnings

import netlab
from netlab import (AGAIN, EINPUT, ENET, ENOENT, EPROTO, ETLS, EUSAGE, NEVER,
                    RUN, SESSION, SLOWER, Server, run)


def greet(conn):
    """Greets, and tells what the client said to that."""
    conn.sendall(b"+OK hello\r\n")
    return conn.recv(1000)


class Lab(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        certs = cls.certs = netlab.Certificates()
        cls.addClassCleanup(certs.close)
        certs.authority("other-ca")
        certs.leaf("good", "DNS:localhost,IP:127.0.0.1")
        certs.leaf("named", "DNS:localhost")
        certs.leaf("wrong", "DNS:mail.example.net,IP:192.0.2.1")
        certs.leaf("expired", "DNS:localhost", end="20240201000000Z")
        certs.leaf("future", "DNS:localhost", start="20900101000000Z")
        certs.leaf("mailer", "DNS:localhost", usage="emailProtection")
        certs.leaf("foreign", "DNS:localhost", ca="other-ca")
        certs.self_signed("self", "DNS:localhost,IP:127.0.0.1")
        cls.ca = "ca=" + certs.file("ca.pem")

    def connect(self, leaf, *options, host="localhost", context=None,
                steps=("line", "send:QUIT\\r\\n")):
        context = context or self.certs.context(leaf)
        with Server(greet, context=context) as server:
            outcome = run(*options, f"pop3s://u@{host}:{server.port}", *steps)
        return outcome, server


class Chain(Lab):
    def assert_accepted(self, outcome, server):
        self.assertIsNone(outcome.error, outcome.lines)
        self.assertEqual(outcome.values("line"), ["9 +OK hello"])
        self.assertEqual(server.result, b"QUIT\r\n")

    def assert_refused(self, outcome, server, leaf, why):
        self.assertEqual(outcome.error, (ETLS, SESSION, NEVER), outcome.lines)
        self.assertEqual(len(outcome.lines), 1)
        self.assertIn(why, outcome.text)
        fingerprint = self.certs.fingerprint(leaf).replace(":", "").lower()
        self.assertIn(fingerprint, outcome.text)
        self.assertIn("--tls-fingerprint", outcome.text)
        self.assertIn("--tls-ca", outcome.text)
        self.assertNotIn("...", outcome.text)
        # The server saw its handshake fail, and not one octet of ours.
        self.assertIsInstance(server.error, (ssl.SSLError, OSError))
        self.assertIsNone(server.result)
        self.assertEqual(outcome.stderr, "")

    def test_good_name(self):
        self.assert_accepted(*self.connect("good", self.ca))

    def test_good_address(self):
        self.assert_accepted(*self.connect("good", self.ca, host="127.0.0.1"))

    def test_host_in_capitals(self):
        self.assert_accepted(*self.connect("good", self.ca, host="LocalHost"))

    def test_refusals(self):
        for leaf, options, host, why in [
            ("wrong", [self.ca], "localhost", "name does not match"),
            ("named", [self.ca], "127.0.0.1", "name does not match"),
            ("wrong", [self.ca], "127.0.0.1", "name does not match"),
            ("good", [], "localhost", "issuer is unknown"),
            ("foreign", [self.ca], "localhost", "issuer is unknown"),
            ("expired", [self.ca], "localhost", "has expired"),
            ("future", [self.ca], "localhost", "not valid yet"),
            ("mailer", [self.ca], "localhost", "not meant for a server"),
            ("self", [], "localhost", "self-signed"),
            ("self", [self.ca], "localhost", "self-signed"),
        ]:
            for version in (ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3):
                with self.subTest(leaf=leaf, host=host, version=version):
                    context = self.certs.context(leaf)
                    context.maximum_version = version
                    outcome, server = self.connect(leaf, *options, host=host,
                                                   context=context)
                    self.assert_refused(outcome, server, leaf, why)

    def test_self_signed_is_trusted_as_its_own_ca(self):
        ca = "ca=" + self.certs.file("self.pem")
        self.assert_accepted(*self.connect("self", ca))

    def test_pin(self):
        pin = self.certs.fingerprint("self")
        for form in (pin, pin.lower(), pin.replace(":", ""),
                     pin.replace(":", "").lower()):
            with self.subTest(form=form):
                self.assert_accepted(
                    *self.connect("self", f"fingerprint={form}"))

    def test_pin_is_enough_for_any_defect(self):
        for leaf in ("wrong", "expired", "foreign"):
            with self.subTest(leaf=leaf):
                pin = self.certs.fingerprint(leaf)
                self.assert_accepted(
                    *self.connect(leaf, f"fingerprint={pin}"))

    def test_wrong_pin_is_refused_even_with_a_good_chain(self):
        pin = self.certs.fingerprint("self")
        for leaf in ("good", "wrong"):
            with self.subTest(leaf=leaf):
                outcome, server = self.connect(leaf, self.ca,
                                               f"fingerprint={pin}")
                self.assert_refused(outcome, server, leaf,
                                    "not the one pinned")

    def test_pin_that_is_none(self):
        pin = self.certs.fingerprint("self")
        for bad in ("", "abc", pin[:-1], pin + ":00", pin[:-1] + "g"):
            with self.subTest(bad=bad):
                outcome = run(f"fingerprint={bad}", "pop3s://u@localhost:1")
                self.assertEqual(outcome.error, (EUSAGE, RUN, NEVER))
                self.assertIn("64 hex digits", outcome.text)

    def test_ca_file_that_is_none(self):
        outcome, _ = self.connect("good", "ca=/nonexistent/ca.pem")
        self.assertEqual(outcome.error, (ENOENT, RUN, NEVER))
        self.assertIn("'/nonexistent/ca.pem': no such file", outcome.text)
        outcome, _ = self.connect("good", "ca=/dev/null")
        self.assertEqual(outcome.error, (EINPUT, RUN, NEVER))
        outcome, _ = self.connect("good", "ca=" + self.certs.file("good.csr"))
        self.assertEqual(outcome.error, (EINPUT, RUN, NEVER))


class Protocol(Lab):
    def server_name(self, host):
        """The SNI that the server got."""
        seen = []
        context = self.certs.context("good")
        context.sni_callback = lambda _s, name, _c: seen.append(name)
        outcome, _ = self.connect("good", self.ca, host=host, context=context)
        self.assertIsNone(outcome.error, outcome.lines)
        return seen

    def test_sni_for_names_only(self):
        self.assertEqual(self.server_name("localhost"), ["localhost"])
        self.assertEqual(self.server_name("127.0.0.1"), [None])

    def context_of(self, version):
        warnings.simplefilter("ignore", DeprecationWarning)
        context = self.certs.context("good")
        context.set_ciphers("ALL:@SECLEVEL=0")
        context.minimum_version = version
        context.maximum_version = version
        return context

    def test_tls_1_2_and_1_3(self):
        for version in (ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3):
            with self.subTest(version=version):
                outcome, server = self.connect(
                    "good", self.ca, context=self.context_of(version),
                    steps=("secure", "line", "send:QUIT\\r\\n"))
                self.assertIsNone(outcome.error, outcome.lines)
                self.assertEqual(outcome.values("secure"), ["1"])
                self.assertEqual(server.result, b"QUIT\r\n")

    @unittest.skipUnless(ssl.HAS_TLSv1_1, "this Python has no TLS 1.1")
    def test_tls_1_1_is_refused(self):
        context = self.context_of(ssl.TLSVersion.TLSv1_1)
        # The server itself can do it, or this test would show nothing.
        with Server(greet, context=context) as server:
            client = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
            client.load_verify_locations(self.certs.file("ca.pem"))
            client.set_ciphers("ALL:@SECLEVEL=0")
            client.minimum_version = ssl.TLSVersion.TLSv1
            with socket.create_connection(("127.0.0.1", server.port)) as s:
                with client.wrap_socket(s, server_hostname="localhost") as t:
                    self.assertEqual(t.version(), "TLSv1.1")
        outcome, server = self.connect("good", self.ca, context=context)
        self.assertEqual(outcome.error, (ETLS, SESSION, NEVER))
        self.assertIsNone(server.result)

    def test_server_that_speaks_no_tls(self):
        with Server(greet) as server:
            outcome = run(self.ca, f"pop3s://u@localhost:{server.port}")
        self.assertEqual(outcome.error, (ETLS, SESSION, NEVER))
        self.assertIn("does not speak TLS", outcome.text)

    def test_server_that_closes_in_the_handshake(self):
        with Server(lambda conn: conn.recv(1)) as server:
            outcome = run(self.ca, f"pop3s://u@localhost:{server.port}")
        self.assertEqual(outcome.error, (ENET, SESSION, AGAIN), outcome.lines)

    def test_server_silent_in_the_handshake(self):
        with Server(lambda conn: conn.recv(1000) and conn.recv(1000)) as server:
            outcome = run(self.ca, f"timeout={300 * SLOWER:.0f}",
                          f"pop3s://u@localhost:{server.port}")
        self.assertEqual(outcome.error, (ENET, SESSION, AGAIN))
        self.assertRegex(outcome.text, r"within [\d.]+ seconds")

    def test_end_of_file_without_the_end_of_tls(self):
        context = self.certs.context("good")
        with Server(lambda conn: (conn.sendall(b"+OK one\r\n+OK tw"),
                                  conn.shutdown(socket.SHUT_WR)),
                    context=context) as server:
            outcome = run(self.ca, f"pop3s://u@localhost:{server.port}",
                          "line", "line")
        self.assertEqual(outcome.values("line"), ["7 +OK one"])
        self.assertEqual(outcome.error, (ENET, SESSION, AGAIN))
        self.assertIn("without ending TLS", outcome.text)

    def test_reset(self):
        def play(conn):
            conn.sendall(b"+OK one\r\n")
            conn.recv(1)
            conn.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER,
                            b"\1\0\0\0\0\0\0\0")

        with Server(play, context=self.certs.context("good")) as server:
            outcome = run(self.ca, f"pop3s://u@localhost:{server.port}",
                          "line", "send:x", "line")
        self.assertEqual(outcome.error, (ENET, SESSION, AGAIN))
        self.assertEqual(outcome.text,
                         "connection lost: connection reset by peer")

    def test_last_words_of_a_server_that_hangs_up(self):
        def play(conn):
            conn.recv(1)
            conn.sendall(b"* BYE [TOOBIG] no\r\n")
            time.sleep(0.1 * SLOWER)  # then a reset: octets were not read

        with Server(play, context=self.certs.context("good")) as server:
            outcome = run(self.ca, f"pop3s://u@localhost:{server.port}",
                          "fail-fill:50000000", "line", "line")
        self.assertTrue(outcome.values("failed")[0].startswith("-6 "))
        self.assertEqual(outcome.values("line"), ["17 * BYE [TOOBIG] no"])
        self.assertEqual(outcome.error, (ENET, SESSION, AGAIN))

    def test_readable_is_not_fooled_by_session_tickets(self):
        def tickets_only(conn):
            conn.recv(1)  # the tickets went out with the handshake
            conn.sendall(b"+OK\r\n")
            return conn.recv(10)

        with Server(tickets_only,
                    context=self.certs.context("good")) as server:
            outcome = run(self.ca, f"pop3s://u@localhost:{server.port}",
                          "nap:200", "readable", "send:x", "nap:200",
                          "readable", "line")
        self.assertEqual(outcome.values("readable"), ["0", "1"])
        self.assertEqual(outcome.values("line"), ["3 +OK"])

    def test_large_blocks_both_ways(self):
        size = 3_000_000

        def echo(conn):
            got = b""
            while len(got) < size:
                got += conn.recv(65536)
            conn.sendall(got)
            conn.unwrap()

        with Server(echo, context=self.certs.context("good")) as server:
            outcome = run(self.ca, f"pop3s://u@localhost:{server.port}",
                          f"fill:{size}", "all", "octets")
        sent = outcome.values("fill")[0]
        count, digest, text = outcome.values("all")[0].split(" ", 2)
        self.assertEqual((int(count), digest), (size, sent))
        self.assertEqual(text, "the server closed the connection")
        self.assertEqual(outcome.values("octets"), [f"{size} {size}"])


class Upgrade(Lab):
    """STLS and STARTTLS: the same socket, clear text first."""

    def upgrade(self, play, *steps, leaf="good"):
        context = self.certs.context(leaf)
        with Server(lambda conn: play(conn, context)) as server:
            outcome = run(self.ca, f"pop3://u@localhost:{server.port}",
                          *steps)
        return outcome, server

    def test_upgrade(self):
        def play(conn, context):
            conn.sendall(b"+OK hello\r\n")
            self.assertEqual(conn.recv(100), b"STLS\r\n")
            conn.sendall(b"+OK begin\r\n")
            with context.wrap_socket(conn, server_side=True) as tls:
                got = tls.recv(100)
                tls.sendall(b"+OK under TLS\r\n")
                tls.recv(1)
                return got

        outcome, server = self.upgrade(
            play, "line", "secure", "send:STLS\\r\\n", "line", "starttls",
            "secure", "login", "send:CAPA\\r\\n", "line")
        self.assertIsNone(outcome.error, outcome.lines)
        self.assertEqual(outcome.values("secure"), ["0", "1"])
        self.assertEqual(outcome.values("line")[-1], "13 +OK under TLS")
        self.assertEqual(server.result, b"CAPA\r\n")

    def test_octets_behind_the_ok_are_refused(self):
        def play(conn, _):
            conn.recv(100)
            conn.sendall(b"+OK begin\r\n+OK injected\r\n")
            return conn.recv(100)

        outcome, server = self.upgrade(play, "send:STLS\\r\\n", "line",
                                       "starttls", "line")
        self.assertEqual(outcome.error, (EPROTO, SESSION, NEVER))
        self.assertIn("before TLS", outcome.text)
        self.assertEqual(server.result, b"")

    def test_octets_that_come_a_little_later_are_refused(self):
        def play(conn, _):
            conn.recv(100)
            conn.sendall(b"+OK begin\r\n")
            conn.recv(100)
            conn.sendall(b"+OK injected\r\n")
            return conn.recv(100)

        outcome, server = self.upgrade(
            play, "send:STLS\\r\\n", "line", "send:go\\r\\n", "nap:300",
            "starttls", "line")
        self.assertEqual(outcome.error, (EPROTO, SESSION, NEVER))
        self.assertIn("before TLS", outcome.text)
        # Closing on octets not read is a reset, which the server may see.
        self.assertIn(server.result, (None, b""))

    def test_clear_text_instead_of_tls_is_refused(self):
        def play(conn, _):
            conn.recv(100)
            conn.sendall(b"+OK begin\r\n")
            conn.recv(1000)
            conn.sendall(b"+OK injected\r\n")

        outcome, _ = self.upgrade(play, "send:STLS\\r\\n", "line",
                                  "starttls", "line")
        self.assertEqual(outcome.error, (ETLS, SESSION, NEVER))

    def test_bad_certificate_in_the_upgrade(self):
        def play(conn, context):
            conn.recv(100)
            conn.sendall(b"+OK begin\r\n")
            with context.wrap_socket(conn, server_side=True) as tls:
                return tls.recv(100)

        outcome, server = self.upgrade(play, "send:STLS\\r\\n", "line",
                                       "starttls", "send:PASS x\\r\\n",
                                       leaf="wrong")
        self.assertEqual(outcome.error, (ETLS, SESSION, NEVER))
        self.assertIn("name does not match", outcome.text)
        self.assertIsNone(server.result)


if __name__ == "__main__":
    netlab.main()
