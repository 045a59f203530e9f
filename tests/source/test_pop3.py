#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""The POP3 source against a scripted server: test_pop3.py READ_SOURCE."""
import hashlib
import json
import os
import subprocess
import sys
import tempfile
import unittest

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path[:0] = [os.path.join(HERE, "..", "fake"),
                os.path.join(HERE, "..", "real")]
from certs import Authority  # noqa: E402
from mailcart import SLOWER  # noqa: E402
from pop3_server import DEFAULT, Pop3Server  # noqa: E402

READ_SOURCE = None
HEAD = b"From: a@example.org\r\nSubject: %d\r\n\r\n"
LARGE = 10000  # messages
SERIAL = [word for word in DEFAULT if word != "PIPELINING"]


def mail(number, body=b"hello\r\n"):
    return HEAD % number + body


def mails(count):
    return [mail(n + 1, b"body %d\r\n" % n * (n % 7)) for n in range(count)]


def sha(octets):
    return hashlib.sha256(octets).hexdigest()


class Result:
    """What read_source printed, by kind."""

    def __init__(self, rows):
        self.rows = rows
        self.result = rows[-1]
        self.messages = [r for r in rows if r["what"] == "message"]
        self.notes = [r["text"] for r in rows if r["what"] == "note"]
        self.trace = [r["text"] for r in rows if r["what"] == "trace"]
        self.facts = {}
        for row in rows:
            if row["what"] == "fact":
                self.facts.setdefault(row["name"], []).append(row["text"])
        self.rc = self.result["rc"]
        self.text = self.result["text"]
        self.whole = [r for r in self.messages if "rc" not in r]
        self.broken = [r for r in self.messages if "rc" in r]
        self.digests = [r["sha256"] for r in self.whole]


class Pop3Case(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.dir = tempfile.TemporaryDirectory(prefix="mailcart-pop3-")
        cls.authority = Authority(os.path.join(cls.dir.name, "ca"))
        cls.certificate = cls.authority.leaf("good")
        cls.password_file = cls.write("password", b"secret")

    @classmethod
    def tearDownClass(cls):
        cls.dir.cleanup()

    @classmethod
    def write(cls, name, octets):
        path = os.path.join(cls.dir.name, name)
        with open(path, "wb") as out:
            out.write(octets)
        return path

    def read(self, server, *options, scheme="pop3", user="anna",
             host="localhost", password=True, environ=None):
        command = [READ_SOURCE, f"{scheme}://{user}@{host}:{server.port}",
                   "--ca", self.authority.ca, *options]
        if password:
            command += ["--password-file", self.password_file]
        done = subprocess.run(command, capture_output=True,
                              timeout=90 * SLOWER,
                              env={**os.environ, **(environ or {})})
        self.assertEqual((done.returncode, done.stderr), (0, b""))
        rows = [json.loads(line.decode("utf-8", "replace"))
                for line in done.stdout.splitlines()]
        return Result(rows)

    def assertCame(self, result, wanted, why=None):
        self.assertEqual(result.rc, 0, result.text)
        self.assertEqual(result.digests, [sha(m) for m in wanted], why)
        self.assertEqual(result.broken, [])


class Reading(Pop3Case):
    def test_plain_run(self):
        """Order of the dialogue, and what is asked in one go; flush before
        QUIT; never DELE or RSET."""
        wanted = mails(5)
        with Pop3Server(wanted) as server:
            got = self.read(server, "--trace")
            self.assertEqual(server.transcript, [
                "CAPA", "USER anna", "PASS secret", "CAPA", "STAT", "LIST",
                "UIDL"] + [f"RETR {n + 1}" for n in range(5)] + ["QUIT"])
        self.assertCame(got, wanted)
        self.assertEqual([m["key"] for m in got.messages],
                         [f"uidl-{n + 1}" for n in range(5)])
        self.assertEqual([m["octets"] for m in got.messages],
                         [len(m) for m in wanted])
        order = [r["what"] if r["what"] != "trace" else r["text"]
                 for r in got.rows]
        self.assertLess(order.index("folder_end"), order.index("flush"))
        self.assertLess(order.index("flush"), order.index("C: QUIT"))
        stat = got.trace.index("C: STAT")
        self.assertEqual(got.trace[stat - 1:stat + 3],
                         ["C: CAPA", "C: STAT", "C: LIST", "C: UIDL"])
        self.assertIn("C: PASS ***", got.trace)
        self.assertNotIn("secret", "".join(got.trace))

    def test_empty_drop(self):
        with Pop3Server([]) as server:
            got = self.read(server)
            self.assertCame(got, [])
            self.assertEqual(server.verbs()[-1], "QUIT")

    def test_known_are_not_fetched(self):
        wanted = mails(4)
        known = self.write("known", b"uidl-1\nuidl-3\n")
        with Pop3Server(wanted) as server:
            got = self.read(server, "--known", known)
            self.assertCame(got, [wanted[1], wanted[3]])
            self.assertEqual(got.result["listed"], 4)
            self.assertEqual([l for l in server.transcript if "RETR" in l],
                             ["RETR 2", "RETR 4"])

    def test_few_flushes(self):
        """1,000 small messages: tens of round trips, not thousands."""
        wanted = mails(1000)
        with Pop3Server(wanted) as server:
            self.assertCame(self.read(server), wanted)
            self.assertLess(server.reads, 30)

    def test_serial_without_pipelining(self):
        wanted = mails(20)
        with Pop3Server(wanted, capabilities=SERIAL) as server:
            self.assertCame(self.read(server), wanted)
            self.assertGreaterEqual(server.reads, 20 + 8)

    def test_window_is_capped_by_octets(self):
        """RETRs in flight stop near 16 MiB announced; all come still."""
        wanted = [mail(n, b"x" * 998 + b"\r\n") * 3000 for n in range(20)]
        with Pop3Server(wanted) as server:
            self.assertCame(self.read(server), wanted)
            self.assertGreater(server.reads, 6 + 2)

    def test_octets_stay(self):
        """What a reader of lines and C strings would change or lose."""
        wanted = [
            mail(1, b"a\0b\r\n.\0\r\n\0\0\r\n"),
            mail(2, b"bare LF\nand\n.\nand\n..\r\n"),
            mail(3, b"bare CR\rand\r\r\n\r.\r\n"),
            mail(4, b".\r\n..\r\n...\r\n.x\r\n\r\n.\r\n\r\n"),
            mail(5, b"x" * 3000000 + b"\r\n"),
            mail(6, bytes(range(256)) * 50 + b"\r\n"),
            mail(7, b"\r\n" * 10),
            b".\r\n", b"\r\n", b".\r\r\n", b".\r.\r\n", b"..\r\n.",
        ]
        with Pop3Server(wanted) as server:
            got = self.read(server)
        self.assertCame(got, wanted[:-1] + [wanted[-1] + b"\r\n"])
        self.assertLess(got.result["piece"], 1 << 20)

    def test_empty_message(self):
        with Pop3Server([b"", mail(2)]) as server:
            self.assertCame(self.read(server), [b"", mail(2)])

    def test_bare_lf_server(self):
        wanted = [b"Subject: 1\n\n.\n..\nx\n", b"Subject: 2\n\n"]
        with Pop3Server(wanted, bare_lf=True) as server:
            self.assertCame(self.read(server), wanted)

    def test_capabilities_only_after_login(self):
        wanted = mails(100)
        with Pop3Server(wanted, capabilities=["USER"],
                        late_capabilities=["UIDL", "PIPELINING"]) as server:
            self.assertCame(self.read(server), wanted)
            self.assertLess(server.reads, 15)

    def test_no_capa(self):
        wanted = mails(3)
        with Pop3Server(wanted, no_capa=True) as server:
            self.assertCame(self.read(server), wanted)

    def test_capa_hangs(self):
        """The connection is made anew, and CAPA never asked again."""
        wanted = mails(3)
        with Pop3Server(wanted, capa_hangs=True) as server:
            self.assertCame(self.read(server, "--timeout", "1000"), wanted)
            self.assertEqual(server.verbs()[:3], ["CAPA", "USER", "PASS"])
            self.assertEqual(len(server.sessions), 2)

    def test_capa_drops_the_connection(self):
        wanted = mails(3)
        with Pop3Server(wanted, capa_drops=True) as server:
            self.assertCame(self.read(server), wanted)


class Names(Pop3Case):
    def keys(self, **behaviours):
        wanted = mails(4)
        with Pop3Server(wanted, **behaviours) as server:
            got = self.read(server)
        self.assertCame(got, wanted)
        return [m["key"] for m in got.messages], got.notes

    def test_no_uidl(self):
        keys, notes = self.keys(no_uidl=True)
        self.assertEqual(keys, [""] * 4)
        self.assertIn("4 of 4 messages have no usable UIDL", notes[0])

    def test_repeated(self):
        keys, notes = self.keys(uidls=["a", "b", "a", "c"])
        self.assertEqual(keys, ["", "b", "", "c"])
        self.assertIn("2 of 4", notes[0])

    def test_ill_formed(self):
        for bad in ("x" * 71, "a b", "a\x01b", "a\x7fb", "\u00e9", ""):
            keys, _ = self.keys(uidls=["a", bad, "b", "x" * 70])
            self.assertEqual(keys, ["a", "", "b", "x" * 70], repr(bad))

    def test_impossible_numbers(self):
        extra = ["0 zero", "2000000000 far", "99999999999999999999 x",
                 "5 beyond", "-1 minus", "", "nonsense"]
        keys, _ = self.keys(uidl_extra=extra)
        self.assertEqual(keys, [f"uidl-{n}" for n in (1, 2, 3, 4)])
        keys, _ = self.keys(list_extra=[
            "0 100", "2000000000 100", "200 100", "99999999999999999999 1",
            "-1 1", "", "x"])
        self.assertEqual(keys, [f"uidl-{n}" for n in (1, 2, 3, 4)])

    def test_two_for_one(self):
        keys, _ = self.keys(uidl_extra=["2 other"])
        self.assertEqual(keys, ["uidl-1", "", "uidl-3", "uidl-4"])

    def test_stat_is_no_help(self):
        for stat in ("", "nonsense", "0 0", "2 10"):
            keys, _ = self.keys(stat=stat) if stat else self.keys(stat=" ")
            self.assertEqual(len(keys), 4, stat)

    def test_no_list(self):
        wanted = mails(4)
        with Pop3Server(wanted, no_list=True) as server:
            got = self.read(server)
        self.assertCame(got, wanted)
        self.assertEqual([m["octets"] for m in got.messages], [-1] * 4)

    def test_too_many(self):
        with Pop3Server([], stat="4000000000 1") as server:
            got = self.read(server)
        self.assertEqual((got.rc, got.result["scope"]), (-11, "session"))

    def test_endless(self):
        for reply in ("CAPA", "LIST"):
            with Pop3Server(mails(1), endless=reply) as server:
                got = self.read(server)
            self.assertIn(got.rc, (-9,), reply)
            self.assertIn("no end", got.text)


class Broken(Pop3Case):
    def test_sizes_are_a_hint(self):
        wanted = mails(30)
        for name, sizes in (
                ("LF counted as one", lambda m: len(m) - m.count(b"\n")),
                ("storage size", lambda m: len(m) + 700),
                ("nothing", lambda m: 0),
                ("more than 2^32", lambda m: 5000000000)):
            for words in (DEFAULT, SERIAL):
                with Pop3Server(wanted, sizes=sizes,
                                capabilities=words) as server:
                    self.assertCame(self.read(server), wanted, name)

    def test_storage_sizes_cost_no_round_trips(self):
        """Each message looks short, and the next reply settles it."""
        with Pop3Server(mails(100), sizes=lambda m: len(m) + 9) as server:
            self.assertCame(self.read(server), mails(100))
            self.assertEqual(server.verbs().count("NOOP"), 1)
            self.assertLess(server.reads, 15)
        with Pop3Server(mails(100), sizes=lambda m: len(m) + 9,
                        capabilities=SERIAL) as server:
            self.assertCame(self.read(server), mails(100))
            self.assertEqual(server.verbs().count("NOOP"), 1)

    def test_no_dot_stuffing(self):
        """The message with the dot is marked; all others come whole."""
        dotted = mail(3, b"before\r\n.\r\nafter\r\nmore\r\n")
        for words in (DEFAULT, SERIAL):
            for at in (0, 2, 5):
                wanted = mails(6)
                wanted[at] = dotted
                with Pop3Server(wanted, no_dot_stuffing=True,
                                capabilities=words) as server:
                    got = self.read(server)
                    self.assertEqual(len(server.sessions), 2)
                    self.assertEqual(server.verbs().count("QUIT"), 1)
                self.assertEqual(got.rc, 0, got.text)
                self.assertEqual(got.result["listed"], 6)
                self.assertEqual(
                    got.digests,
                    [sha(m) for n, m in enumerate(wanted) if n != at])
                (broken,) = got.broken
                self.assertEqual(broken["key"], f"uidl-{at + 1}")
                self.assertEqual(broken["scope"], "message")
                self.assertIn("dot", broken["text"])

    def test_no_dot_stuffing_nor_uidl(self):
        wanted = mails(4)
        wanted[1] = mail(2, b".\r\nafter\r\n")
        with Pop3Server(wanted, no_dot_stuffing=True, no_uidl=True) as server:
            got = self.read(server)
        self.assertEqual(got.result["listed"], 4)
        self.assertEqual(got.digests, [sha(wanted[n]) for n in (0, 2, 3)])
        self.assertEqual(len(got.broken), 1)

    def test_no_dot_stuffing_and_new_uidls_each_session(self):
        wanted = mails(4)
        wanted[1] = mail(2, b".\r\nafter\r\n")
        with Pop3Server(wanted, no_dot_stuffing=True,
                        uidl_per_session=True) as server:
            got = self.read(server)
            self.assertEqual(len(server.sessions), 2)
        self.assertEqual(got.result["listed"], 4)
        self.assertEqual(got.digests, [sha(wanted[n]) for n in (0, 2, 3)])

    def test_every_message_cut(self):
        """Each costs a connection; there is an end to that."""
        for count, rc in ((20, 0), (130, -9)):
            wanted = [mail(n, b".\r\nx\r\n") for n in range(count)]
            with Pop3Server(wanted, no_dot_stuffing=True) as server:
                got = self.read(server)
            self.assertEqual(got.rc, rc, got.text)
            self.assertEqual(len(got.broken), min(count, 101))
            self.assertEqual(got.whole, [])

    def test_many_connections_of_a_large_maildrop(self):
        """Each lists it anew: memory does not grow with their number."""
        peaks = []
        # What was freed must not count, and the sanitizer would keep it.
        quiet = ":".join(filter(None, (os.environ.get("ASAN_OPTIONS"),
                                       "quarantine_size_mb=1")))
        for cut in (1, 30):
            wanted = [mail(n, b".\r\nx\r\n") for n in range(cut)]
            wanted += [b"A: b\r\n\r\n"] * LARGE
            with Pop3Server(wanted, no_dot_stuffing=True, uidls=[
                    f"{n:070}x"[-70:] for n in range(len(wanted))]) as server:
                got = self.read(server, environ={"ASAN_OPTIONS": quiet})
                self.assertEqual(len(server.sessions), cut + 1)
            self.assertEqual((got.rc, len(got.broken), len(got.whole)),
                             (0, cut, LARGE), got.text)
            peaks.append(got.result["rss_kib"])
        # One list is 1 MB and more.
        self.assertLess(peaks[1] - peaks[0], 8 * 1024)

    def test_refused_message(self):
        wanted = mails(4)
        with Pop3Server(wanted, err_on_retr={
                2: "[SYS/TEMP] try later", 4: "it is gone"}) as server:
            got = self.read(server)
        self.assertEqual(got.rc, 0)
        self.assertEqual(got.digests, [sha(wanted[0]), sha(wanted[2])])
        first, second = got.broken
        self.assertEqual((first["key"], first["code"], first["hope"]),
                         ("uidl-2", "SYS/TEMP", "later"))
        self.assertEqual((second["key"], second["rc"], second["scope"]),
                         ("uidl-4", -10, "message"))
        self.assertIn("it is gone", second["text"])

    def test_cut_connection(self):
        """The message in hand is marked and the read fails: try again."""
        wanted = mails(10)
        for octets in (0, 1, 40):
            with Pop3Server(wanted, cut={4: octets}) as server:
                got = self.read(server)
            self.assertEqual(got.digests, [sha(m) for m in wanted[:3]])
            self.assertEqual((got.rc, got.result["scope"],
                              got.result["hope"]), (-6, "session", "again"))
            (broken,) = got.broken
            self.assertEqual((broken["key"], broken["rc"]), ("uidl-4", -6))
            self.assertEqual(got.result["flushes"], 0)

    def test_end_not_marked(self):
        """All announced octets, then silence: kept, and a new session."""
        wanted = mails(4)
        for tail in (b"\r\n", b"\r\n.", b"\r\n.\r"):
            with Pop3Server(wanted, stall={2: tail}) as server:
                got = self.read(server, "--timeout", "1000")
                self.assertEqual(len(server.sessions), 2)
            self.assertCame(got, wanted)
            self.assertIn("did not mark its end", got.notes[0])

    def test_dot_not_on_a_line_of_its_own(self):
        wanted = [mail(1)[:-2], mail(2)]
        with Pop3Server([mail(1), mail(2)], stall={1: b".\r\n"},
                        sizes=lambda m: len(m) - 2) as server:
            got = self.read(server, "--timeout", "1000")
        self.assertCame(got, [wanted[0] + b".\r\n", wanted[1]])

    def test_stall_short_of_the_size(self):
        with Pop3Server(mails(3), stall={2: b""},
                        sizes=lambda m: len(m) + 5) as server:
            got = self.read(server, "--timeout", "1000")
        self.assertEqual((got.rc, got.result["hope"]), (-6, "again"))
        self.assertEqual(len(got.broken), 1)

    def test_quit_refused(self):
        with Pop3Server(mails(2), quit_error=True) as server:
            got = self.read(server)
        self.assertCame(got, mails(2))
        self.assertIn("not removed", got.notes[0])

    def test_receiver_fails(self):
        with Pop3Server(mails(9)) as server:
            got = self.read(server, "--stop-after", "150")
            self.assertNotIn("QUIT", server.verbs())
        self.assertEqual((got.rc, got.text), (-12, "the archive is full"))

    def test_no_pop3_server(self):
        with Pop3Server([], greeting="220 mail ESMTP") as server:
            got = self.read(server)
            self.assertEqual(server.transcript, [])
        self.assertEqual(got.rc, -9)
        self.assertIn("no POP3 server", got.text)
        with Pop3Server([], greeting="-ERR too many connections") as server:
            got = self.read(server)
        self.assertEqual((got.rc, got.result["hope"]), (-10, "later"))


class Sessions(Pop3Case):
    def test_gmail(self):
        """Sessions are repeated until one brings nothing new."""
        wanted = mails(25)
        with Pop3Server(wanted, hide_read=10,
                        greeting="+OK Gpop ready") as server:
            got = self.read(server)
            self.assertEqual(len(server.sessions), 4)
            self.assertEqual(server.verbs().count("QUIT"), 4)
        self.assertCame(got, wanted)
        self.assertEqual(got.result["listed"], 25)
        self.assertEqual(got.result["flushes"], 4)
        self.assertEqual([r["what"] for r in got.rows].count("folder"), 1)

    def test_what_comes_back_is_not_asked_again(self):
        """Listed, then not, then again: neither what came nor what is refused
        each time is fetched twice, and each is counted once."""
        wanted = mails(6)
        with Pop3Server(wanted, greeting="+OK Gpop ready", shows=[
                [0, 1, 2], [3, 4], [5], [2, 3, 1]],
                err_on_retr={2: "it is gone"}) as server:
            got = self.read(server)
            self.assertEqual(len(server.sessions), 4)
            self.assertEqual(server.verbs().count("RETR"), 6)
        self.assertEqual((got.rc, got.result["listed"]), (0, 6), got.text)
        self.assertEqual(got.digests,
                         [sha(wanted[n]) for n in (0, 2, 3, 5)])
        self.assertEqual([one["key"] for one in got.broken],
                         ["uidl-2", "uidl-5"])

    def test_gmail_that_hides_nothing(self):
        with Pop3Server(mails(5), greeting="+OK Gpop ready") as server:
            got = self.read(server)
            self.assertEqual(len(server.sessions), 2)
        self.assertCame(got, mails(5))
        self.assertEqual(got.result["listed"], 5)

    def test_others_are_asked_once(self):
        with Pop3Server(mails(25), hide_read=10) as server:
            self.assertCame(self.read(server), mails(10))

    def test_cancel(self):
        """The message in hand is finished, the rest is not waited for."""
        for words in (DEFAULT, SERIAL):
            with Pop3Server(mails(50), capabilities=words) as server:
                got = self.read(server, "--cancel-after", "3")
            self.assertEqual((got.rc, got.result["scope"]), (-13, "run"))
            self.assertEqual(got.result["flushes"], 1)
            self.assertEqual(got.digests, [sha(m) for m in mails(50)[:3]])

    def test_read_twice(self):
        with Pop3Server(mails(3)) as server:
            self.assertCame(self.read(server, "--again"), mails(3) * 2)

    def test_probe(self):
        with Pop3Server(mails(3), no_uidl=True, capabilities=[
                "TOP", "EXPIRE 0", "LOGIN-DELAY 900"],
                late_capabilities=["PIPELINING"]) as server:
            got = self.read(server, "--probe")
            self.assertNotIn("RETR", server.verbs())
        self.assertEqual(got.rc, 0)
        self.assertEqual(got.facts["messages"], ["3"])
        self.assertEqual(got.facts["EXPIRE"], ["0"])
        self.assertEqual(got.facts["LOGIN-DELAY"], ["900"])
        self.assertEqual(got.facts["PIPELINING"], ["yes"])
        self.assertEqual(got.facts["capabilities before login"],
                         ["TOP EXPIRE LOGIN-DELAY"])
        self.assertEqual(len(got.facts["risk"]), 3)


class Login(Pop3Case):
    def came_in(self, *options, lines=None, scheme="pop3", **server_options):
        with Pop3Server(mails(1), **server_options) as server:
            got = self.read(server, *options, scheme=scheme)
            said = server.transcript
        self.assertCame(got, mails(1))
        if lines:
            self.assertEqual([l for l in said if l.split(" ")[0] in (
                "USER", "PASS", "APOP", "AUTH", "STLS")], lines)
        return said

    def refused(self, *options, scheme="pop3", host="localhost",
                **server_options):
        with Pop3Server(mails(1), **server_options) as server:
            got = self.read(server, *options, scheme=scheme, host=host)
            said = "\n".join(server.transcript)
        self.assertLess(got.rc, 0)
        self.assertNotIn("secret", got.text)
        return got, said

    def test_apop_in_clear_text(self):
        said = self.came_in(apop=True)
        self.assertIn("APOP", [l.split(" ")[0] for l in said])
        self.assertNotIn("secret", "".join(said))

    def test_user_under_tls(self):
        self.came_in(apop=True, certificate=self.certificate, wrapped=True,
                     scheme="pop3s", lines=["USER anna", "PASS secret"])

    def test_apop_if_named(self):
        said = self.came_in("--auth", "apop", apop=True, wrapped=True,
                            certificate=self.certificate, scheme="pop3s")
        self.assertIn("APOP", [l.split(" ")[0] for l in said])
        got, _ = self.refused("--auth", "APOP")
        self.assertEqual(got.rc, -8)

    def test_stls_is_used_where_offered(self):
        said = self.came_in(certificate=self.certificate,
                            lines=["STLS", "USER anna", "PASS secret"])
        self.assertEqual(said[:4], ["CAPA", "STLS", "CAPA", "USER anna"])

    def test_nothing_from_before_tls(self):
        """The timestamp came in clear text: no APOP on it."""
        self.came_in(apop=True, certificate=self.certificate,
                     lines=["STLS", "USER anna", "PASS secret"])
        got, said = self.refused("--auth", "APOP", apop=True,
                                 certificate=self.certificate)
        self.assertEqual(got.rc, -8)
        self.assertNotIn("APOP", said)

    def test_injected_behind_stls(self):
        got, said = self.refused(certificate=self.certificate,
                                 inject_after_stls=True)
        self.assertEqual(got.rc, -9)
        self.assertNotIn("PASS", said)

    def test_wrong_certificate(self):
        for leaf in (self.authority.expired(),
                     self.authority.leaf("other", alt=("DNS:other.test",))):
            got, said = self.refused(certificate=leaf)
            self.assertEqual(got.rc, -7)
            self.assertNotIn("PASS", said)

    def test_sasl(self):
        both = {"sasl": ["PLAIN", "CRAM-MD5", "XOAUTH2"]}
        said = self.came_in(**both)
        self.assertIn("AUTH CRAM-MD5", said)
        self.assertNotIn("secret", "".join(said))
        said = self.came_in("--auth", "plain", **both)
        self.assertIn("AUTH PLAIN AGFubmEAc2VjcmV0", said)
        self.came_in("--auth", "XOAUTH2", **both)
        self.came_in("--auth", "USER", lines=["USER anna", "PASS secret"],
                     **both)

    def test_sasl_trace_is_masked(self):
        with Pop3Server(mails(1), sasl=["PLAIN"]) as server:
            got = self.read(server, "--trace")
        self.assertIn("C: AUTH PLAIN ***", got.trace)
        self.assertNotIn("AGFubmEAc2VjcmV0", "".join(got.trace))

    def test_long_token_goes_on_a_line_of_its_own(self):
        token = "t" * 3000
        path = self.write("token", token.encode())
        with Pop3Server(mails(1), password=token,
                        sasl=["XOAUTH2"]) as server:
            got = self.read(server, "--password-file", path,
                            password=False)
            self.assertIn("AUTH XOAUTH2", server.transcript)
            self.assertLessEqual(max(
                len(l) for l in server.transcript
                if l.split(" ")[0] in ("AUTH", "USER")), 253)
        self.assertCame(got, mails(1))

    def test_wrong_password(self):
        path = self.write("wrong", b"another-one")
        for options in ({}, {"sasl": ["PLAIN"]}, {"sasl": ["CRAM-MD5"]},
                        {"sasl": ["XOAUTH2"]}, {"apop": True}):
            with Pop3Server(mails(1), **options) as server:
                got = self.read(server, "--password-file", path,
                                password=False)
            self.assertEqual(
                (got.rc, got.result["hope"], got.result["code"]),
                (-8, "never", "AUTH"), options)
            self.assertIn("wrong password", got.text)

    def test_refusals_by_code(self):
        for text, rc, hope in (
                ("[IN-USE] locked", -10, "later"),
                ("[LOGIN-DELAY] too soon", -10, "later"),
                ("[SYS/TEMP] disk", -10, "later"),
                ("[sys/temp] disk", -10, "later"),
                ("[SYS/PERM] no such mailbox", -10, "never"),
                ("[AUTH] no", -8, "never"),
                ("maildrop already locked", -10, "later"),
                ("no", -8, "never"),
                ("[UNKNOWN] no", -8, "never"),
                ("[" + "x" * 100 + "] no", -8, "never")):
            got, _ = self.refused(login_error=text)
            self.assertEqual((got.rc, got.result["hope"]), (rc, hope), text)
            self.assertIn(text[:60], got.text)

    def test_words_of_the_server_are_harmless(self):
        got, _ = self.refused(login_error="\x1b[31mred\x07")
        self.assertIn("\\x1b[31mred\\x07", got.text)

    def test_line_breaks_in_the_password(self):
        for octets in (b"sec\r\nDELE 1", b"sec\nret", b"a\0b"):
            path = self.write("evil", octets)
            with Pop3Server(mails(1)) as server:
                got = self.read(server, "--password-file", path,
                                password=False)
                self.assertEqual(server.verbs(), ["CAPA"])
            self.assertEqual((got.rc, got.result["scope"]), (-1, "run"))

    def test_impostor(self):
        """SCRAM proves the server, too: an OK without that is no login."""
        for way in ("early", "forged"):
            got, said = self.refused(sasl=["SCRAM-SHA-256"], impostor=way)
            self.assertEqual(got.rc, -8)
            self.assertNotIn("UIDL", said)

    def test_no_such_mechanism(self):
        got, said = self.refused("--auth", "SCRAM-SHA-1", sasl=["PLAIN"])
        self.assertEqual(got.rc, -8)
        self.assertIn("PLAIN", got.text)
        self.assertNotIn("AUTH", said)

    def test_no_password(self):
        with Pop3Server(mails(1)) as server:
            got = self.read(server, password=False)
        self.assertEqual(got.rc, -1)


if __name__ == "__main__":
    READ_SOURCE = sys.argv.pop(1)
    unittest.main()
