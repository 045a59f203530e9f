#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""The target against a real Dovecot: what is handed over is found there."""
import sys
import unittest

import lab
from dovecot import Dovecot, find_dovecot

PROGRAM = sys.argv[1]


class OnDovecot(unittest.TestCase):
    def setUp(self):
        self.space = lab.workspace()
        self.letters = lab.Letters(self.space.name)

    def tearDown(self):
        self.space.cleanup()

    def talk(self, server, commands, scheme="imaps", **more):
        return lab.talk(PROGRAM, server.url(scheme), commands,
                        options=("--ca", server.ca, *more.pop("options", ())),
                        **more)

    def test_batches(self):
        """350 letters in batches: all there, in order, as they were."""
        mails = [lab.message(n, size=n * 40) for n in range(350)]
        for n, mail in enumerate(mails):
            self.letters.add(mail, flags=n % 4, date=1000000000 + n,
                             keywords="Work $Label1" if n % 7 == 0 else "")
        with Dovecot() as server:
            said = self.talk(server, [
                "create\tBuch/Übung\t0", "select\tBuch/Übung",
                *self.letters.lines, "send", "settle", "look\t1",
                "fetch\t" + ",".join(str(n) for n in range(1, 351))])
            self.assertIsNone(said.error, said.text[-2000:])
            self.assertEqual(len(said.sent), 350)
            self.assertEqual([int(said.fates[n + 1][2]) for n in range(350)],
                             list(range(1, 351)))
            there = server.read_all("anna")["Buch/&ANw-bung"]
            self.assertIn("Buch/&ANw-bung", server.subscribed("anna"))
        self.assertEqual([m.octets for m in there], mails)
        self.assertEqual([m.internaldate for m in there],
                         [1000000000 + n for n in range(350)])
        self.assertIn("$Label1", there[7].flags)
        self.assertIn("\\Seen", there[1].flags)
        self.assertNotIn("\\Seen", there[2].flags)
        seen = said.of("seen")
        self.assertEqual([int(line[1]) for line in seen],
                         list(range(1, 351)))
        self.assertEqual([int(line[2]) for line in seen],
                         [len(m) for m in mails])
        self.assertEqual([int(line[4]) for line in seen],
                         [1000000000 + n for n in range(350)])
        self.assertEqual([int(line[3]) for line in seen],
                         [n % 4 for n in range(350)])
        self.assertIn("<m9@example.net>", seen[9][5])
        # Of several commands a server may answer any first.
        bodies = sorted(said.of("body"), key=lambda line: int(line[1]))
        self.assertEqual([line[4] for line in bodies],
                         [lab.digest(m) for m in mails])

    def test_shapes(self):
        """A header without end, no last line end, NUL, a lone header."""
        add = self.letters.add
        add(b"Subject: a\r\n\r\nno end", shape=lab.NO_FINAL_CRLF)
        add(b"Subject: b\r\n", shape=lab.NO_HEADER_END)
        add(b"Subject: c", shape=lab.NO_HEADER_END | lab.NO_FINAL_CRLF)
        add(b"Subject: d\r\n\r\nn\0l\r\n", shape=lab.NUL)
        add(b"Subject: e\r\n\r\n" + b"x" * 100000 + b"\xe4\r\n")
        add(b"Subject: f\r\n\r\nold\r\n", date=-100000)
        with Dovecot() as server:
            said = self.talk(server, ["select\tINBOX", *self.letters.lines,
                                      "send", "settle"])
            there = server.read_all("anna")["INBOX"]
        self.assertEqual(said.sent, [1, 2, 3, 4, 5, 6], said.text)
        self.assertEqual(there[0].octets, b"Subject: a\r\n\r\nno end\r\n")
        self.assertEqual(there[1].octets, b"Subject: b\r\n\r\n")
        self.assertEqual(there[2].octets, b"Subject: c\r\n\r\n")
        self.assertEqual(there[4].octets[-4:], b"x\xe4\r\n")
        self.assertEqual(there[5].internaldate, 0)

    def test_quota(self):
        """A full mailbox is the mailbox's matter, and later's."""
        for n in range(60):
            self.letters.add(lab.message(n, size=100000))
        with Dovecot(quota="2M") as server:
            said = self.talk(server, ["select\tINBOX", *self.letters.lines,
                                      "send", "settle", "probe"])
            count = server.counts("anna")["INBOX"]
        self.assertEqual(len(said.fates), 60, said.text)
        self.assertEqual(len(said.sent), count)
        self.assertTrue(said.refused)
        for rc, scope, hope, code, *_ in said.refused.values():
            self.assertEqual((rc, scope, hope, code),
                             ("EREFUSED", "FOLDER", "LATER", "OVERQUOTA"))

    def test_refused_one(self):
        """One bad keyword (too long for Dovecot) refuses a batch; only that
        one is sent without it."""
        mails = [lab.message(n) for n in range(20)]
        for n, mail in enumerate(mails):
            self.letters.add(mail, keywords="x" * 200 if n == 7 else "ok")
        with Dovecot() as server:
            said = self.talk(server, ["select\tINBOX", *self.letters.lines,
                                      "send", "settle"])
            there = server.read_all("anna")["INBOX"]
        self.assertEqual(len(said.sent), 20, said.text)
        self.assertEqual(said.fates[8][3], "keywords dropped")
        self.assertEqual(said.fates[8][4], lab.digest(mails[7]))
        self.assertEqual([fate[3] for n, fate in said.fates.items()
                          if n != 8], [""] * 19)
        self.assertEqual(sorted(m.octets for m in there), sorted(mails))
        for n, mail in enumerate(mails):
            uid = int(said.fates[n + 1][2])
            self.assertEqual([m.octets for m in there if m.uid == uid],
                             [mail])

    def test_special_use(self):
        with Dovecot(special=("Sent", ("Papierkorb", "Trash"))) as server:
            said = self.talk(server, ["boxes", "create\tArchiv\t6", "boxes"])
        boxes = {line[1]: int(line[2]) for line in said.of("box")}
        self.assertEqual(boxes["Sent"], lab.SENT)
        self.assertEqual(boxes["Papierkorb"], lab.TRASH)
        self.assertEqual(boxes["INBOX"], 1)
        self.assertIn("Archiv", boxes)
        self.assertEqual(said.of("boxes")[0][2:], ["/", "", "1"])

    def test_courier(self):
        """INBOX. before all names, '.' between: told, and created there."""
        with Dovecot(storage="maildir", separator=".",
                     prefix="INBOX.") as server:
            said = self.talk(server, ["boxes", "create\tINBOX.a.b\t0",
                                      "select\tINBOX.a.b"])
            boxes = server.mailboxes("anna")
        self.assertEqual(said.of("boxes")[0][2:4], [".", "INBOX."])
        self.assertIn("INBOX.a.b", boxes)
        self.assertIsNone(said.error)

    def test_logins(self):
        # Wrong passwords are answered at once, however many.
        patient = ("auth_failure_delay = 0\nservice anvil {\n"
                   "  unix_listener anvil-auth-penalty {\n    mode = 0\n"
                   "  }\n}\n")
        with Dovecot(oauth=True, extra=patient) as server:
            for scheme in ("imap", "imaps"):
                for auth in (None, "PLAIN", "LOGIN", "CRAM-MD5",
                             "SCRAM-SHA-1", "SCRAM-SHA-256"):
                    with self.subTest(scheme=scheme, auth=auth):
                        said = self.talk(
                            server, ["select\tINBOX"], scheme=scheme,
                            options=("--auth", auth) if auth else ())
                        self.assertIsNone(said.error)
                        said = self.talk(
                            server, [], scheme=scheme, password="wrong",
                            options=("--auth", auth) if auth else ())
                        self.assertEqual(said.error[0], "EAUTH", said.text)
            for auth in ("XOAUTH2", "OAUTHBEARER"):
                said = self.talk(server, ["select\tINBOX"],
                                 password=server.token("anna"),
                                 options=("--auth", auth))
                self.assertIsNone(said.error, auth)
                said = self.talk(server, [], password="nonsense",
                                 options=("--auth", auth))
                self.assertEqual(said.error[0], "EAUTH", said.text)

    def test_large(self):
        """30 MB go alone between small ones and come back whole."""
        mails = [lab.message(1), lab.message(2, size=30000000),
                 lab.message(3)]
        for mail in mails:
            self.letters.add(mail)
        with Dovecot() as server:
            said = self.talk(server, ["select\tINBOX", *self.letters.lines,
                                      "send", "settle", "fetch\t1,2,3"])
        self.assertEqual(said.sent, [1, 2, 3], said.text)
        self.assertEqual([line[4] for line in said.of("body")],
                         [lab.digest(m) for m in mails])

    def test_wrong_octets(self):
        """An archive that gives more or fewer octets than it noted: nothing
        of that letter arrives."""
        for claim in (50, 500):
            letters = lab.Letters(self.space.name)
            letters.add(lab.message(1))
            letters.add(lab.message(2), claim=claim)
            with Dovecot() as server:
                said = self.talk(server, ["select\tINBOX", *letters.lines,
                                          "send", "settle"])
                self.assertEqual(server.counts("anna")["INBOX"], 0)
            self.assertEqual(said.error[0], "EDB", said.text)
            self.assertEqual(said.fates, {})

    def test_unreadable(self):
        """A body that cannot be read is left out, the others go."""
        for n in range(1, 6):
            self.letters.add(lab.message(n), path="!" if n in (1, 3) else None)
        with Dovecot() as server:
            said = self.talk(server, ["select\tINBOX", *self.letters.lines,
                                      "send", "settle"])
            self.assertEqual(server.counts("anna")["INBOX"], 3)
        self.assertEqual(said.sent, [2, 4, 5], said.text)
        self.assertEqual([why[0] for why in said.refused.values()],
                         ["EDB", "EDB"])

    def test_names(self):
        """Names that no command may be smuggled in by."""
        with Dovecot() as server:
            said = self.talk(server, [
                'create\ta"b\\c\t0', 'select\ta"b\\c',
                "create\ta\rb\t0", "select\tnowhere", "select\tINBOX",
                "create\tA & B\t0", "select\tA & B", "boxes"])
            names = server.mailboxes("anna")
        self.assertIn("A &- B", names)
        self.assertEqual([line[1:3] for line in said.of("error")],
                         [["EREFUSED", "FOLDER"], ["EREFUSED", "FOLDER"]])
        self.assertEqual(len(said.of("state")), 3)
        self.assertIn("A & B", [line[1] for line in said.of("box")])

    def test_probe(self):
        with Dovecot(quota="10M") as server:
            said = self.talk(server, ["probe"])
        facts = {line[1]: line[2] for line in said.of("fact")}
        self.assertIn("MULTIAPPEND", facts["capabilities"])
        self.assertIn("Dovecot", facts["server"])
        self.assertIn(" of 10.5 MB used in the quota", facts["quota"])
        self.assertEqual(facts["\\Sent"], "Sent")


if __name__ == "__main__":
    if not find_dovecot():
        print("dovecot is not installed: nothing tested")
        sys.exit(77)
    unittest.main(argv=sys.argv[:1], verbosity=1)
