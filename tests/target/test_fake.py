#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""The target against servers that misbehave on order: every letter meets one
fate, nothing is doubled, nothing lost without a word, nothing believed."""
import os
import resource
import ssl
import sys
import unittest

import lab
from certs import Authority
from imap_server import ImapServer

PROGRAM = sys.argv[1]
GO = ("send", "settle")
MANY = 50000  # mailboxes


class Fake(unittest.TestCase):
    def setUp(self):
        self.space = lab.workspace()
        self.letters = lab.Letters(self.space.name)

    def tearDown(self):
        self.space.cleanup()

    def mails(self, n, **more):
        mails = [lab.message(i) for i in range(n)]
        for mail in mails:
            self.letters.add(mail, **more)
        return mails

    def push(self, server, *after, before=(), mailbox="INBOX", **more):
        return lab.talk(PROGRAM, server.url(), [
            *before, f"select\t{mailbox}", *self.letters.lines, *GO, *after],
            **more)

    def assert_all_sent(self, said, server, mails, mailbox="INBOX"):
        self.assertIsNone(said.error, said.text[-3000:])
        self.assertEqual(len(said.fates), len(mails))
        self.assertEqual(said.refused, {})
        self.assertEqual(server.stored(mailbox), mails)


class Ways(Fake):
    """Every way to upload stores the same."""

    def run_way(self, count=30, **behave):
        mails = self.mails(count)
        with ImapServer(**behave) as server:
            said = self.push(server)
        self.assert_all_sent(said, server, mails)
        return said, server

    def test_multiappend(self):
        said, server = self.run_way(count=230)
        self.assertEqual(server.appends, 3)
        self.assertEqual(said.fates[230][2], "230")

    def test_literal_plus(self):
        _, server = self.run_way(count=200, no_multiappend=True)
        self.assertEqual(server.appends, 200)

    def test_synchronising(self):
        _, server = self.run_way(no_multiappend=True, no_literal_plus=True)
        self.assertEqual(server.said(r"\{\d+\+\}"), [])

    def test_multiappend_synchronising(self):
        _, server = self.run_way(no_literal_plus=True)
        self.assertEqual(server.appends, 1)

    def test_literal_minus(self):
        """Up to 4,096 octets go unasked, no octet more."""
        sizes = []
        for size in (4096, 4097):
            mail = b"Subject: x\r\n\r\n"
            mail += b"y" * (size - len(mail) - 2) + b"\r\n"
            sizes.append(mail)
            self.letters.add(mail)
        with ImapServer(literal_minus=True, no_multiappend=True) as server:
            said = self.push(server)
        self.assert_all_sent(said, server, sizes)
        self.assertEqual(len(server.said(r"\{4096\+\}$")), 1)
        self.assertEqual(len(server.said(r"\{4097\}$")), 1)

    def test_data_before_plus(self):
        self.run_way(no_literal_plus=True, untagged_before_plus=True)

    def test_noise(self):
        self.run_way(noise=True)

    def test_noise_one_octet_at_a_time(self):
        self.run_way(count=5, noise=True, dribble=True)

    def test_messagelimit(self):
        _, server = self.run_way(capabilities=["MESSAGELIMIT=10"])
        self.assertEqual(server.appends, 3)

    def test_large_goes_alone_and_asks(self):
        """Over 1 MiB and no limit told: not sent unasked."""
        mails = [lab.message(1), lab.message(2, size=2000000),
                 lab.message(3)]
        for mail in mails:
            self.letters.add(mail)
        with ImapServer() as server:
            said = self.push(server)
        self.assert_all_sent(said, server, mails)
        self.assertEqual(server.appends, 3)
        self.assertEqual(len(server.said(r"\{\d{7}\}$")), 1)

    def test_appenduids(self):
        for behave, told in (({}, True), ({"no_uidplus": True}, False),
                             ({"no_appenduid": True}, False),
                             ({"swapped_appenduid": True,
                               "no_multiappend": True}, True),
                             ({"appenduid": "1001 0"}, False),
                             ({"appenduid": "0 1"}, False),
                             ({"appenduid": "1001 1:4294967295"}, False),
                             ({"appenduid": "1001 3:1"}, False),
                             ({"appenduid": "7 1:3"}, False),
                             ({"appenduid": "NIL NIL"}, False),
                             ({"appenduid": "1001 1:2,9,11"}, False),
                             ({"appenduid": "1001 1:2,x"}, False)):
            with self.subTest(behave), ImapServer(**behave) as server:
                self.letters = lab.Letters(self.space.name)
                mails = self.mails(3)
                said = self.push(server)
                self.assert_all_sent(said, server, mails)
                uids = [fate[1:3] for fate in said.fates.values()]
                self.assertEqual(uids, [
                    ["1001", str(n)] if told else ["0", "0"]
                    for n in (1, 2, 3)])

    def test_uid_below_uidnext(self):
        """An APPENDUID of a message that was there before is a lie."""
        self.mails(1)
        with ImapServer(appenduid="1001 1") as server:
            server.boxes["INBOX"].add(b"old")
            said = self.push(server)
        self.assertEqual(said.fates[1][:3], ["sent", "0", "0"])


class Letters(Fake):
    def test_flags(self):
        """A list always; what the mailbox keeps; never \\Deleted, \\Recent
        or what is no atom."""
        add = self.letters.add
        add(lab.message(1))
        add(lab.message(2), flags=63, keywords="Work \\Recent a(b x]y \xfc $Label1")
        with ImapServer() as server:
            self.push(server)
        flags = [m.flags for m in server.boxes["INBOX"].messages]
        self.assertEqual(flags[0], ())
        self.assertEqual(flags[1], ("\\Seen", "\\Answered", "\\Flagged",
                                    "\\Draft", "$Forwarded", "Work",
                                    "$Label1"))
        self.assertTrue(server.said(r'APPEND "INBOX" \(\) \{'))

    def test_permanentflags(self):
        self.letters.add(lab.message(1), flags=63, keywords="Work work2")
        with ImapServer(permanent="\\Seen WORK") as server:
            said = self.push(server)
        self.assertEqual(server.boxes["INBOX"].messages[0].flags,
                         ("\\Seen", "Work"))
        self.assertEqual(said.fates[1][3], "")
        with ImapServer(permanent=None) as server:
            said = self.push(server)
        self.assertEqual(len(server.boxes["INBOX"].messages[0].flags), 7)
        with ImapServer(permanent="") as server:
            self.push(server)
        self.assertEqual(server.boxes["INBOX"].messages[0].flags, ())

    def test_dates(self):
        dates = {0: "01-Jan-1970 00:00:00 +0000",
                 1234567890: "13-Feb-2009 23:31:30 +0000",
                 -5: "01-Jan-1970 00:00:00 +0000",
                 2**63 - 1: "07-Feb-2106 06:28:15 +0000", "": None}
        for date in dates:
            self.letters.add(lab.message(1), date=date)
        with ImapServer() as server:
            self.push(server)
        self.assertEqual([m.date for m in server.boxes["INBOX"].messages],
                         list(dates.values()))

    def test_binary(self):
        mail = b"Subject: x\r\n\r\na\0b\r\n"
        self.letters.add(mail, shape=lab.NUL)
        with ImapServer() as server:
            said = self.push(server)
        self.assertEqual(server.stored(), [mail])
        self.assertTrue(server.said(r"~\{19\+\}$"))
        with ImapServer(no_binary=True) as server:
            said = self.push(server)
        self.assertEqual(server.stored(), [mail])
        self.assertTrue(server.said(r" \{19\+\}$"))
        self.assertEqual(said.fates[1][3], "")

    def test_nul_removed(self):
        mails = self.mails(4)
        self.letters.add(b"Subject: x\r\n\r\n\0a\0\0b\0", keywords="k",
                         shape=lab.NUL | lab.NO_FINAL_CRLF)
        sent = b"Subject: x\r\n\r\nab\r\n"
        for behave in ({}, {"no_binary": True}, {"no_multiappend": True},
                       {"no_literal_plus": True}):
            with self.subTest(behave), ImapServer(
                    refuse_nul=True, **behave) as server:
                said = self.push(server)
                self.assert_all_sent(said, server, mails + [sent])
                self.assertEqual(said.fates[5][3:],
                                 ["NUL removed", lab.digest(sent)])
                self.assertEqual(server.boxes["INBOX"].messages[4].flags,
                                 ("k",))
                self.assertEqual(said.fates[1][3], "")

    def test_keywords_dropped(self):
        mail = lab.message(1)
        self.letters.add(mail, flags=lab.SEEN | lab.FORWARDED, keywords="k")
        with ImapServer(refuse_keyword=True) as server:
            said = self.push(server)
        self.assert_all_sent(said, server, [mail])
        self.assertEqual(said.fates[1][3:],
                         ["keywords dropped", lab.digest(mail)])
        self.assertEqual(server.boxes["INBOX"].messages[0].flags,
                         ("\\Seen",))

    def test_both_dropped(self):
        self.letters.add(b"Subject: x\r\n\r\n\0a\r\n", keywords="k",
                         shape=lab.NUL)
        with ImapServer(refuse_nul_keyword=True) as server:
            said = self.push(server)
        self.assertEqual(server.stored(), [b"Subject: x\r\n\r\na\r\n"])
        self.assertEqual(said.fates[1][3], "keywords dropped, NUL removed")

    def test_many_keywords(self):
        """So many that the command would be too long: left out, told."""
        self.letters.add(lab.message(1),
                         keywords=" ".join(f"word{n}" for n in range(1500)))
        with ImapServer() as server:
            said = self.push(server)
        self.assertEqual(said.fates[1][3], "keywords dropped")
        self.assertEqual(server.boxes["INBOX"].messages[0].flags, ())


class Refusals(Fake):
    def test_one_in_a_batch(self):
        """Only it is refused, after its batch was; once, and with words."""
        mails = self.mails(20)
        for behave in ({}, {"no_multiappend": True},
                       {"no_literal_plus": True}):
            with self.subTest(behave), ImapServer(
                    refuse=b"body 7\r\n", refuse_words="[X-Y] bad \x01 mail",
                    **behave) as server:
                said = self.push(server)
                self.assertEqual(said.refused, {8: [
                    "EREFUSED", "MESSAGE", "NEVER", "X-Y", "0",
                    "bad \\x01 mail"]})
                self.assertEqual(len(said.sent), 19)
                self.assertEqual(sorted(server.stored()),
                                 sorted(mails[:7] + mails[8:]))

    def test_passing_refusal(self):
        """NO to a batch that was of the moment: all are stored once."""
        mails = self.mails(20)
        with ImapServer(refuse_nth=5) as server:
            said = self.push(server)
        self.assertEqual(len(said.sent), 20)
        self.assertEqual(sorted(server.stored()), sorted(mails))

    def test_quota(self):
        """Batches of 100: one is stored, then the mailbox is full; what is
        still to come is not even sent."""
        self.mails(1500)
        with ImapServer(quota_after=150) as server:
            said = self.push(server)
        self.assertEqual(len(said.sent), 100)
        self.assertEqual(len(server.stored()), 100)
        self.assertEqual(len(said.refused), 1400)
        for why in said.refused.values():
            self.assertEqual(why[:4],
                             ["EREFUSED", "FOLDER", "LATER", "OVERQUOTA"])
        self.assertLessEqual(server.appends, 9)

    def test_quota_one_by_one(self):
        self.mails(100)
        with ImapServer(quota_after=30, no_multiappend=True) as server:
            said = self.push(server)
        self.assertEqual(len(said.sent), 30)
        self.assertEqual(len(said.refused), 70)

    def test_again_after_quota(self):
        """The next send tries anew."""
        self.mails(3)
        with ImapServer(no_words="[OVERQUOTA] full", stop_after=2) as server:
            said = lab.talk(PROGRAM, server.url(), [
                "select\tINBOX", *self.letters.lines[:2], *GO,
                self.letters.lines[2], *GO, "letter\t9" +
                self.letters.lines[2][8:], *GO])
        self.assertEqual(list(said.refused), [1, 2, 3], said.text)
        self.assertEqual(said.sent, [9])

    def test_throttled(self):
        self.mails(5)
        with ImapServer(no_words="Request is throttled. Suggested Backoff "
                        "Time: 92415 milliseconds") as server:
            said = self.push(server)
        for why in said.refused.values():
            self.assertEqual((why[1], why[2], why[4]),
                             ("FOLDER", "LATER", "92415"))
        self.assertEqual(server.appends, 1)

    def test_codes(self):
        """Which refusals are of the mailbox, and which may pass."""
        for words, scope, hope in (
                ("[TRYCREATE] gone", "FOLDER", "NEVER"),
                ("[NOPERM] no", "FOLDER", "NEVER"),
                ("[UNAVAILABLE] busy", "FOLDER", "LATER"),
                ("[INUSE] busy", "FOLDER", "LATER"),
                ("[SERVERBUG] oops", "MESSAGE", "LATER"),
                ("[LIMIT] oops", "MESSAGE", "LATER"),
                ("[TOOBIG] big", "MESSAGE", "NEVER"),
                ("[CANNOT] no", "MESSAGE", "NEVER"),
                ("Message refused", "MESSAGE", "NEVER"),
                ("", "MESSAGE", "NEVER")):
            with self.subTest(words), ImapServer(no_words=words) as server:
                self.letters = lab.Letters(self.space.name)
                self.mails(3)
                said = self.push(server)
                self.assertEqual(
                    [why[1:3] for why in said.refused.values()],
                    [[scope, hope]] * 3)
                self.assertEqual(server.stored(), [])
                self.assertIsNone(said.error)

    def test_limit_known(self):
        """Too big is known before an octet is spent."""
        for behave in ({"appendlimit": 5000}, {"appendlimit_status": 5000}):
            self.letters = lab.Letters(self.space.name)
            small = lab.message(1)
            self.letters.add(small)
            self.letters.add(lab.message(2, size=6000))
            self.letters.add(b"x" * 4999, shape=lab.NO_FINAL_CRLF)
            with self.subTest(behave), ImapServer(**behave) as server:
                said = self.push(server, "limit")
                self.assertEqual(server.stored(), [small])
                self.assertEqual(server.offered, 1)
                self.assertEqual(said.of("limit"), [["limit", "5000"]])
                self.assertEqual([why[1:4] for why in said.refused.values()],
                                 [["MESSAGE", "NEVER", "TOOBIG"]] * 2)
                self.assertIn("5,000", said.refused[2][5])

    def test_no_in_place_of_plus(self):
        """Nothing of that literal is sent, the session goes on."""
        mails = [lab.message(1), lab.message(2, size=6000), lab.message(3)]
        for mail in mails:
            self.letters.add(mail)
        for behave in ({"no_multiappend": True}, {}):
            with self.subTest(behave), ImapServer(
                    no_literal_plus=True, no_before_plus=5000,
                    **behave) as server:
                said = self.push(server)
                self.assertIsNone(said.error)
                self.assertEqual(said.sent, [1, 3])
                self.assertEqual(said.refused[2][3], "TOOBIG")
                self.assertEqual(server.stored(), [mails[0], mails[2]])

    def test_view(self):
        """Nothing is put into \\All, \\Flagged, \\Important."""
        self.mails(3)
        for attribute in ("\\All", "\\Flagged", "\\Important"):
            with ImapServer() as server:
                server.boxes["Sent"].attributes = (attribute,)
                said = self.push(server, mailbox="Sent")
            self.assertEqual([why[1] for why in said.refused.values()],
                             ["FOLDER"] * 3)
            self.assertEqual(server.appends, 0)


class Lost(Fake):
    """The connection goes: what is certain is told, the rest is not."""

    def test_no_answer(self):
        """The third command is stored, but nobody says so."""
        self.mails(400)
        with ImapServer(drop_after_append=3) as server:
            said = self.push(server)
        self.assertEqual(said.error[:3], ["ENET", "SESSION", "AGAIN"])
        self.assertEqual(len(server.stored()), 300)
        self.assertEqual(said.sent, list(range(1, 201)))
        self.assertEqual(said.refused, {})

    def test_not_stored(self):
        self.mails(400)
        with ImapServer(drop_before_append=3) as server:
            said = self.push(server)
        self.assertEqual(said.error[0], "ENET")
        self.assertEqual(len(server.stored()), 200)
        self.assertEqual(said.sent, list(range(1, 201)))

    def test_bye_to_one(self):
        self.mails(5)
        with ImapServer(bye=b"body 3\r\n", no_multiappend=True) as server:
            said = self.push(server)
        self.assertEqual(said.error[:3], ["ENET", "SESSION", "AGAIN"])
        self.assertIn("Invalid character in literal", said.error[5])
        self.assertEqual(said.sent, [1, 2, 3])

    def test_bye_in_a_literal(self):
        """Noticed while it is still being sent, with the server's words."""
        mails = [lab.message(1), lab.message(2, size=50000000)]
        for mail in mails:
            self.letters.add(mail)
        with ImapServer(bye_mid_literal=1000000) as server:
            said = self.push(server)
        self.assertEqual(said.error[0], "ENET")
        self.assertEqual(said.error[3], "TOOBIG", said.error)
        self.assertEqual(said.sent, [1])

    def test_bad(self):
        """The connection is closed at once, for what stands behind might be
        taken for commands; alone the letter is known to be refused."""
        self.mails(3)
        with ImapServer(bad=b"body 1\r\n") as server:
            said = self.push(server)
            self.assertEqual(said.error[:3], ["EPROTO", "SESSION", "AGAIN"])
            self.assertEqual(said.fates, {})
            self.assertEqual(server.stored(), [])
        with ImapServer(bad=b"body 1\r\n", no_multiappend=True) as server:
            said = self.push(server)
            self.assertEqual(said.error[0], "EPROTO")
            self.assertEqual((said.sent, said.refused), ([1], {}))
            self.assertEqual(server.said("LOGOUT"), [])
        self.letters = lab.Letters(self.space.name)
        self.mails(2)
        with ImapServer(bad=b"body 1\r\n", no_multiappend=True) as server:
            said = self.push(server)
            self.assertEqual(said.error[0], "EPROTO")
            self.assertEqual(said.sent, [1])
            self.assertEqual(said.refused[2][:3],
                             ["EREFUSED", "MESSAGE", "NEVER"])

    def test_careful(self):
        """What cost a connection goes without NUL and keywords at once."""
        self.letters.add(b"Subject: x\r\n\r\n\0a\r\n", keywords="k",
                         shape=lab.NUL)
        self.letters.add(lab.message(2))
        with ImapServer(bye=b"\0") as server:
            said = self.push(server)
            self.assertEqual(said.error[0], "ENET")
            self.assertEqual(said.fates, {})
            self.letters.lines = [line.replace("letter", "careful", 1)
                                  for line in self.letters.lines]
            said = self.push(server)
        self.assertEqual(said.sent, [1, 2])
        self.assertEqual(said.fates[1][3], "keywords dropped, NUL removed")
        self.assertEqual(said.fates[2][3], "")

    def test_ok_too_early(self):
        self.mails(2)
        with ImapServer(early_ok=True, no_literal_plus=True) as server:
            said = self.push(server)
        self.assertEqual(said.error[0], "EPROTO")
        self.assertEqual(said.sent, [])

    def test_after_failure(self):
        """All that follows fails, nothing hangs or crashes."""
        self.mails(2)
        with ImapServer(bad=b"body") as server:
            said = self.push(server, "select\tINBOX", "look\t1", "fetch\t1",
                             "create\tx\t0", "boxes")
        self.assertEqual([line[1] for line in said.of("error")],
                         ["EPROTO"] + ["ENET"] * 4)

    def test_wrong_count(self):
        """The archive gives what it did not promise: closed, not padded."""
        self.letters.add(lab.message(1))
        self.letters.add(lab.message(2), claim=20)
        self.letters.add(lab.message(3))
        with ImapServer(no_multiappend=True) as server:
            said = self.push(server)
        self.assertEqual(said.error[0], "EDB")
        self.assertLessEqual(len(server.stored()), 1)
        self.assertNotIn(2, said.fates)


class Sessions(Fake):
    def setUp(self):
        super().setUp()
        authority = Authority(os.path.join(self.space.name, "tls"))
        self.ca = authority.ca
        self.tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self.tls.load_cert_chain(*authority.leaf("localhost"))

    def open(self, server, *commands, scheme="imap", options=(), **more):
        return lab.talk(PROGRAM, server.url(scheme), commands,
                        options=("--ca", self.ca, *options), **more)

    def test_starttls(self):
        with ImapServer(tls=self.tls) as server:
            said = self.open(server)
        self.assertIsNone(said.error)
        lines = [line.split(" ", 1)[1] for line in server.transcript]
        self.assertEqual(lines[0], "STARTTLS")
        self.assertEqual(lines[1], "CAPABILITY")

    def test_injected(self):
        """Octets behind the OK to STARTTLS: no password leaves."""
        with ImapServer(tls=self.tls, inject_after_starttls=True) as server:
            said = self.open(server)
        self.assertEqual(said.error[0], "EPROTO")
        self.assertEqual(server.said("LOGIN|AUTHENTICATE"), [])

    def test_starttls_refused(self):
        with ImapServer(tls=self.tls, starttls_refused=True) as server:
            said = self.open(server)
        self.assertEqual(said.error[:3], ["ETLS", "SESSION", "NEVER"])
        self.assertEqual(server.said("LOGIN|AUTHENTICATE"), [])

    def test_loopback_without_tls(self):
        with ImapServer() as server:
            self.assertIsNone(self.open(server).error)

    def test_preauth(self):
        with ImapServer(preauth=True) as server:
            said = self.open(server, "select\tINBOX")
        self.assertIsNone(said.error)
        self.assertEqual(server.said("LOGIN|AUTHENTICATE"), [])

    def test_greetings(self):
        for greeting, rc in (("* BYE [UNAVAILABLE] full up", "ENET"),
                             ("220 smtp.example.net ESMTP", "EPROTO"),
                             ("+OK pop3", "EPROTO"), ("* NO", "EPROTO"),
                             ("x" * 100000, "ELIMIT")):
            with self.subTest(greeting[:30]), ImapServer(
                    greeting=greeting) as server:
                said = self.open(server)
                self.assertEqual(said.error[0], rc, said.text)
        with ImapServer(greeting="* OK hi") as server:
            self.assertIsNone(self.open(server).error)
            self.assertTrue(server.said("CAPABILITY"))

    def test_logins_refused(self):
        for words, rc, hope in (
                ("[AUTHENTICATIONFAILED] no", "EAUTH", "NEVER"),
                ("[ALERT] use the web", "EAUTH", "NEVER"),
                ("[EXPIRED] old", "EAUTH", "NEVER"),
                ("[UNAVAILABLE] later", "EREFUSED", "LATER"),
                ("[INUSE] later", "EREFUSED", "LATER")):
            for auth in ("PLAIN", "LOGIN"):
                with self.subTest(words + auth), ImapServer(
                        login_no=words) as server:
                    said = self.open(server, options=("--auth", auth))
                    self.assertEqual(said.error[0], rc)
                    self.assertEqual(said.error[1:3], ["SESSION", hope])

    def test_impostor(self):
        """SCRAM proves the server, too: an OK without that is no login."""
        for way in ("early", "forged"):
            with self.subTest(way), ImapServer(impostor=way) as server:
                said = self.open(server, "select\tINBOX")
                self.assertEqual(said.error[0], "EAUTH", said.text)
                self.assertEqual(server.said("SELECT"), [])

    def test_acting_for_another_by_login(self):
        """LOGIN cannot; logging in as somebody else would be worse."""
        with ImapServer() as server:
            said = self.open(server, options=("--auth", "LOGIN",
                                              "--auth-as", "bert"))
        self.assertEqual(said.error[0], "EAUTH", said.text)
        self.assertEqual(server.said("LOGIN"), [])

    def test_login_impossible(self):
        with ImapServer(login_disabled=True) as server:
            said = self.open(server)
            self.assertEqual(said.error[0], "EAUTH")
            said = self.open(server, options=("--auth", "LOGIN"))
            self.assertEqual(said.error[0], "EAUTH")
        self.assertEqual(server.said("LOGIN|secret"), [])

    def test_secrets_quoted(self):
        """LOGIN with every octet that may stand in a password."""
        for literal in (True, False):
            for password in ('a"b\\c', "p\xe4ss", "\u2603", "{5}", " ", "a b"):
                with self.subTest(password), ImapServer(
                        no_literal_plus=literal) as server:
                    said = self.open(server, options=("--auth", "LOGIN"),
                                     password=password)
                    # Understood, and found wrong.
                    self.assertEqual(said.error[3], "AUTHENTICATIONFAILED",
                                     said.text)

    def test_line_ends_in_password(self):
        with ImapServer() as server:
            said = self.open(server, options=("--auth", "LOGIN"),
                             password="x\r\nM9 DELETE INBOX")
        self.assertEqual(said.error[0], "EUSAGE")
        self.assertEqual(server.said("DELETE"), [])

    def test_trace_hides_secrets(self):
        for auth in ("PLAIN", "LOGIN"):
            with ImapServer() as server:
                said = self.open(server, options=("--trace", "--auth", auth))
            self.assertIsNone(said.error)
            self.assertNotIn("secret", said.text)
            self.assertNotIn("AGFubmEAc2VjcmV0", said.text)
            self.assertIn("***", said.text)

    def test_bodies_are_not_traced(self):
        self.letters.add(lab.message(1))
        with ImapServer() as server:
            said = self.open(server, "select\tINBOX", *self.letters.lines,
                             *GO, options=("--trace",))
        self.assertNotIn("body 1", said.text)

    def test_wrong_tag(self):
        with ImapServer(wrong_tag=True) as server:
            said = self.open(server, "select\tINBOX")
        self.assertEqual(said.error[0], "EPROTO")

    def test_silence(self):
        for verb in ("NAMESPACE", "LIST", "ID", "SELECT"):
            with self.subTest(verb), ImapServer(silent=verb) as server:
                said = self.open(server, "select\tINBOX")
                self.assertEqual(said.error[:3],
                                 ["ENET", "SESSION", "AGAIN"])

    def test_capabilities_alone(self):
        """IMAP4rev1 and nothing else: slow, but all of it works."""
        mails = self.mails(10)
        with ImapServer(caps_only=["IMAP4rev1"], no_uidplus=True) as server:
            said = self.push(server, "look\t1", "fetch\t1,2,3")
        self.assert_all_sent(said, server, mails)
        self.assertEqual(len(said.of("seen")), 10)
        self.assertEqual(server.said("NAMESPACE|ID \\(|RETURN"), [])


class Mailboxes(Fake):
    def boxes(self, said):
        return {line[1]: line[2:] for line in said.of("box")}

    def test_inbox_dot(self):
        for behave in ({}, {"no_namespace": True}):
            with ImapServer(namespace_inbox_dot=True, **behave) as server:
                said = lab.talk(PROGRAM, server.url(), ["boxes"])
            self.assertEqual(said.of("boxes")[0][2:4], [".", "INBOX."])

    def test_flat(self):
        with ImapServer(flat=True, no_namespace=True) as server:
            said = lab.talk(PROGRAM, server.url(), ["boxes"])
        self.assertEqual(said.of("boxes")[0][2:4], ["", ""])

    def test_subscriptions(self):
        """By LIST-EXTENDED, or by LSUB where there is none."""
        for behave in ({}, {"no_list_extended": True}):
            with ImapServer(**behave) as server:
                said = lab.talk(PROGRAM, server.url(), ["boxes"])
            boxes = self.boxes(said)
            self.assertEqual(boxes["INBOX"][3], "1")
            self.assertEqual(boxes["Sent"][3], "0")
            self.assertEqual(boxes["Sent"][0], str(lab.SENT))

    def test_odd_listings(self):
        odd = ['* LIST (\\Noselect) "/" a', '* LIST () "/" {3}\r\na"b',
               '* LIST (\\NonExistent \\X) "/" "n" ("CHILDINFO" ("SUBSCRIBED"))',
               '* LIST () "/" "Entw&APw-rfe"', '* LIST () "/" "bad&!-"',
               '* LIST () NIL nil-sep', '* LIST () "/" inbox',
               '* LIST () "/" ""', '* LIST', '* LIST x y', '* LIST ()',
               '* LIST (\\Noinferiors) "/" NIL',
               '* LIST () "/" "raw\xfc"', '* LIST () "/" "raw\xc3\xbc"',
               '* LIST () "/" "a\0b"']
        with ImapServer(extra_list=odd) as server:
            said = lab.talk(PROGRAM, server.url(), [
                "boxes", "select\traw\u00fc", "select\tbad&!-",
                "select\tEntw\u00fcrfe"])
            wire = server.said("SELECT")
        boxes = self.boxes(said)
        self.assertEqual(set(boxes), {
            "INBOX", "Sent", "a", 'a"b', "n", "Entw\u00fcrfe", "bad&!-",
            "nil-sep", "NIL", "raw\u00fc"})
        self.assertEqual(boxes["a"][1], "0")
        self.assertEqual(boxes["n"][1], "0")
        self.assertEqual(boxes["NIL"][2], "0")
        # Each by the name that the server gave it.
        self.assertIn("{5+}", wire[0])
        self.assertIn('"bad&!-"', wire[1])
        self.assertIn('"Entw&APw-rfe"', wire[2])

    def test_endless(self):
        with ImapServer(endless_list=True) as server:
            said = lab.talk(PROGRAM, server.url(), [])
        self.assertEqual(said.error[0], "ELIMIT")

    def test_create(self):
        with ImapServer() as server:
            said = lab.talk(PROGRAM, server.url(), [
                f"create\tPapierkorb\t{lab.TRASH}", "create\tPapierkorb\t5",
                "create\t\u00dcbung/x\t0", "create\tSent\t0", "boxes"])
            self.assertIsNone(said.error)
            self.assertEqual(server.boxes["Papierkorb"].attributes,
                             ("\\Trash",))
            self.assertIn("&ANw-bung/x", server.boxes)
            self.assertTrue(all(box.subscribed
                                for box in server.boxes.values()))
            self.assertEqual(len(server.said("CREATE")), 2)
        self.assertEqual(self.boxes(said)["Papierkorb"][0], str(lab.TRASH))
        self.assertEqual(self.boxes(said)["Papierkorb"][3], "1")

    def test_create_many(self):
        """What is known of the others is not gone through for each."""
        with ImapServer() as server:
            began = resource.getrusage(resource.RUSAGE_CHILDREN).ru_utime
            said = lab.talk(PROGRAM, server.url(), [f"crowd\t{MANY}", "boxes"])
            took = resource.getrusage(
                resource.RUSAGE_CHILDREN).ru_utime - began
            self.assertIsNone(said.error)
            self.assertEqual(len(server.said("CREATE")), MANY)
            self.assertEqual(len(server.said(" SUBSCRIBE ")), MANY)
        boxes = self.boxes(said)
        self.assertEqual(len(boxes), MANY + 2)
        self.assertEqual(boxes[f"b{MANY - 1}"][3], "1")
        print(f"{MANY} mailboxes made: {took:.1f} s of processor")
        self.assertLess(took, 20 * lab.SLOWER)

    def test_create_special_refused(self):
        with ImapServer(use_no=True) as server:
            said = lab.talk(PROGRAM, server.url(), ["create\tBin\t5"])
        self.assertIsNone(said.error)
        self.assertEqual(server.boxes["Bin"].attributes, ())

    def test_create_refused(self):
        with ImapServer(create_no="[NOPERM] not you") as server:
            said = lab.talk(PROGRAM, server.url(), ["create\tx\t0"])
        self.assertEqual(said.error[:4],
                         ["EREFUSED", "FOLDER", "NEVER", "NOPERM"])
        self.assertEqual(said.error[5], "cannot be created: not you")

    def test_exists_already(self):
        """Made by somebody else meanwhile: as good."""
        with ImapServer(create_no="[ALREADYEXISTS] there") as server:
            said = lab.talk(PROGRAM, server.url(), ["create\tx\t0"])
            self.assertEqual(len(said.of("error")), 0, said.text)

    def test_subscribe_refused(self):
        with ImapServer(subscribe_no=True) as server:
            said = lab.talk(PROGRAM, server.url(), ["create\tx\t0"])
        self.assertIsNone(said.error)
        self.assertIn("could not be subscribed", said.of("note")[0][1])


class Reading(Fake):
    def server(self, n=7, **behave):
        server = ImapServer(**behave)
        box = server.boxes["INBOX"]
        for i in range(n):
            box.uidnext += i  # gaps
            box.add(lab.message(i), ("\\Seen", "k1") if i % 2 else (),
                    f"0{1 + i % 8}-Feb-2003 10:20:30 -0130")
        return server

    def read(self, server, *commands):
        return lab.talk(PROGRAM, server.url(), ["select\tINBOX", *commands])

    def check(self, n=7, **behave):
        with self.server(n, **behave) as server:
            uids = [m.uid for m in server.boxes["INBOX"].messages]
            said = self.read(server, "look\t1", f"look\t{uids[-1]}",
                             f"look\t{uids[-1] + 1}",
                             "fetch\t" + ",".join(map(str, uids)))
        self.assertIsNone(said.error, said.text[-2000:])
        seen = said.of("seen")
        self.assertEqual([int(line[1]) for line in seen], uids + [uids[-1]])
        self.assertEqual(seen[1][2:5],
                         [str(len(lab.message(1))), "1", "1044186630"])
        self.assertIn("<m1@example.net>", seen[1][5])
        self.assertEqual(seen[1][6].strip(), "k1")
        bodies = said.of("body")
        self.assertEqual([int(line[1]) for line in bodies], uids)
        self.assertEqual([line[4] for line in bodies],
                         [lab.digest(lab.message(i)) for i in range(n)])
        return server

    def test_plain(self):
        self.check()

    def test_windows(self):
        server = self.check(n=1100)
        self.assertEqual(len(server.said("HEADER.FIELDS")), 2 + 1)

    def test_noise(self):
        self.check(noise=True)

    def test_dribble(self):
        self.check(n=3, dribble=True, noise=True)

    def test_literal8(self):
        self.check(literal8=True)

    def test_uid_behind_the_body(self):
        self.check(unordered=True)

    def test_flags_of_others(self):
        self.check(spread=True)

    def test_lies(self):
        self.check(lies=True)

    def test_quoted(self):
        with ImapServer(quoted=True) as server:
            for octets in (b"", b'a"b\\c', b"x" * 2000):
                server.boxes["INBOX"].add(octets)
            said = self.read(server, "look\t1", "fetch\t1,2,3")
        self.assertEqual([line[4] for line in said.of("body")],
                         [lab.digest(octets) for octets in
                          (b"", b'a"b\\c', b"x" * 2000)])

    def test_gone(self):
        """Messages that are no more are passed over."""
        with self.server() as server:
            said = self.read(server, "fetch\t1,5000,5001")
        self.assertEqual(len(said.of("body")), 1)
        self.assertIsNone(said.error)

    def test_empty(self):
        with ImapServer() as server:
            said = self.read(server, "look\t1")
        self.assertIsNone(said.error)
        self.assertEqual(said.of("seen"), [])

    def test_no_uidnext(self):
        with self.server(no_uidnext=True) as server:
            said = self.read(server)
        self.assertEqual(int(said.of("state")[0][2]),
                         server.boxes["INBOX"].uidnext)

    def test_huge_header(self):
        """A header larger than any response that is held: dropped, and the
        rest goes on."""
        with ImapServer() as server:
            box = server.boxes["INBOX"]
            box.add(b"Subject: " + b"x" * 3000000 + b"\r\n\r\nbody\r\n")
            box.add(lab.message(1))
            said = self.read(server, "look\t1")
        self.assertIsNone(said.error)
        self.assertEqual([line[1] for line in said.of("seen")], ["1", "2"])
        self.assertEqual(said.of("seen")[0][5], "")
        self.assertIn("<m1@", said.of("seen")[1][5])


if __name__ == "__main__":
    unittest.main(argv=[sys.argv[0], *sys.argv[2:]], verbosity=1)
