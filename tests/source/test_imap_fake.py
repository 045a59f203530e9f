# SPDX-License-Identifier: MIT
"""An IMAP account as a source, on servers that misbehave on order: the program
against tests/fake, whose transcript tells what was asked."""
import os
import re
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(os.path.dirname(HERE), "real"))
sys.path.insert(0, os.path.join(os.path.dirname(HERE), "fake"))
import mailcart  # noqa: E402
from imap_server import ImapServer, Mailbox  # noqa: E402
from mailcart import Case  # noqa: E402


def message(number, text=""):
    return (f"Message-ID: <m{number}@example.net>\r\nFrom: a@example.net\r\n"
            f"Date: Sat, 21 Nov 2026 10:00:00 +0000\r\nSubject: n {number}\r\n"
            f"\r\nbody {number} {text}\r\n").encode()


class Fake(Case):
    def server(self, n=7, gaps=True, **behave):
        server = ImapServer(**behave)
        box = server.boxes["INBOX"]
        for i in range(n):
            box.uidnext += i if gaps else 0
            box.add(message(i), ("\\Seen", "k1") if i % 2 else (),
                    f"0{1 + i % 8}-Feb-2003 10:20:30 -0130")
        return server

    def pull(self, cart, server, *words, status=0, path=""):
        result = self.ends(cart.run("pull", "-v", server.url() + path, *words),
                           status)
        row = result.summary()
        self.adds_up_pull(row)
        self.assertFalse(server.said(
            r"STORE|EXPUNGE|CLOSE|APPEND|CREATE|SUBSCRIBE |BODY\["))
        return result

    def notes(self, result):
        return [row["text"] for row in result.of("event")
                if row["kind"] == "note"]

    def check(self, n=7, **behave):
        """All comes whole, with flags and dates, once."""
        with self.server(n, **behave) as server:
            cart = self.cart()
            row = self.pull(cart, server).summary()
            self.assertEqual((row["listed"], row["stored"]), (n, n))
            held = {row["key"]: row for row in cart.messages()}
            self.assertEqual(len(held), n)
            for sent in server.boxes["INBOX"].messages:
                row = held[f"1001:{sent.uid}"]
                self.assertEqual(row["raw_sha256"],
                                 mailcart.sha256(sent.octets))
                self.assertEqual(set(row["flags"]), set(sent.flags))
                self.assertEqual(row["internaldate"],
                                 f"2003-02-{sent.date[:2]}T11:50:30Z")
            again = self.pull(cart, server).summary()
            self.assertEqual((again["known"], again["octets"]), (n, 0))
        return server

    # -- answers in every shape ------------------------------------------------

    def test_plain(self):
        self.check()

    def test_windows(self):
        for behave in ({}, {"condstore": True}):  # by UIDs
            with self.subTest(behave):
                server = self.check(n=2100, **behave)
                listed = server.said("INTERNALDATE")
                self.assertEqual(len(listed), 3)
                self.assertTrue(all(len(line) < 1000
                                    for line in server.transcript))
                self.assertEqual(len(server.said(r"1:\* \(UID\)")),
                                 len(behave))

    def test_windows_by_numbers(self):
        """Where most numbers are taken, UIDs need not be asked for."""
        with self.server(n=2100, gaps=False, condstore=True) as server:
            row = self.pull(self.cart(), server, "--since",
                            "2000-01-01").summary()
            self.assertEqual(row["stored"], 2100)
            self.assertEqual(len(server.said("INTERNALDATE")), 3)
            self.assertFalse(server.said(r"1:\* "))

    DENSE = {"gaps": False, "condstore": True}

    def test_without_lists(self):
        """A mailbox of which nothing is held yet comes at once."""
        server = self.check(n=2100, **self.DENSE)
        self.assertEqual(len(server.said(r"INTERNALDATE.*BODY")),
                         len(server.said("UID FETCH")))

    def test_without_lists_in_every_shape(self):
        for behave in ({"interleave": True}, {"unordered": True},
                       {"noise": True, "dribble": True}, {"literal8": True},
                       {"spread": True}, {"lies": True},
                       {"late_uidnext": 3}, {"fetch_drop": b"body 3 "}):
            with self.subTest(behave):
                self.check(**self.DENSE, **behave)

    def test_folder_of_what_failed(self):
        """UIDVALIDITY and UID tell nobody where a message is."""
        behave = {"gaps": False, "fetch_no": b"3 \r\n"}
        with self.several(**behave) as server:
            result = self.pull(self.cart(), server, status=mailcart.SOME)
            self.assertEqual([(event["item"], event["folder"])
                              for event in result.of("event")
                              if event["kind"] == "failure"],
                             [("1001:4", "INBOX"), ("1002:4", "Sent"),
                              ("2002:4", "Work")])
        with self.several(**behave) as server:
            text = self.cart().run("pull", server.url(), json_lines=False).err
            for where in ("1001:4 in 'INBOX'", "1002:4 in 'Sent'",
                          "2002:4 in 'Work'"):
                self.assertEqual(text.count(f"failed: {where}: "), 1, text)

    def test_without_lists_and_not_all(self):
        """What is missing is listed, asked for again, and told."""
        for how in ("fetch_no", "fetch_nil", "gone"):
            with self.subTest(how), \
                    self.several(gaps=False, **{how: b"body 3 "}) as server:
                cart = self.cart()
                result = self.pull(cart, server, status=mailcart.SOME)
                row = result.summary()
                self.assertEqual((row["listed"], row["stored"],
                                  row["failed"]), (15, 14, 1))

    def test_more_than_status_told(self):
        """What came behind UIDNEXT, or is told late, comes too."""
        for late in (3, 40):
            self.check(condstore=True, late_uidnext=late)

    def test_extensions(self):
        for behave in ({"condstore": True, "list_status": True},
                       {"condstore": True}, {"list_status": True},
                       {"no_list_extended": True, "no_special_use": True,
                        "no_namespace": True, "condstore": True}):
            with self.subTest(behave):
                server = self.check(**behave)
                self.assertEqual(len(server.said("EXAMINE")),
                                 1 if "condstore" in behave else 2)

    def test_noise(self):
        self.check(noise=True)

    def test_dribble(self):
        self.check(dribble=True, noise=True)

    def test_literal8(self):
        self.check(literal8=True)

    def test_unordered(self):
        self.check(unordered=True, n=5)

    def test_spread(self):
        self.check(spread=True)

    def test_lies(self):
        self.check(lies=True)

    def test_interleaved(self):
        """Two commands answered at once, as Dovecot does."""
        server = self.check(n=1200, interleave=True)
        self.assertGreater(server.pairs, 0)

    # -- one mailbox behind another ------------------------------------------

    def several(self, **behave):
        server = self.server(condstore=True, list_status=True, **behave)
        server.boxes["Work"] = Mailbox(2002)
        for name, first in (("Sent", 100), ("Work", 200)):
            for i in range(4):
                server.boxes[name].add(message(first + i))
        return server

    def traced(self, cart, server):
        result = self.ends(cart.run("pull", "-vv", server.url()))
        self.assertEqual(result.summary()["stored"], 15)
        return [row["text"] for row in result.of("event")
                if row["kind"] == "trace"]

    def where(self, lines, said):
        """The first line that holds it."""
        return next(i for i, line in enumerate(lines) if said in line)

    def test_next_mailboxes(self):
        """They are entered, and their messages asked for, before those of the
        first one have come."""
        with self.several(gaps=False) as server:
            lines = self.traced(self.cart(), server)
            asked = [i for i, line in enumerate(lines)
                     if " EXAMINE " in line or "BODY.PEEK" in line]
            self.assertEqual(len(asked), 6)
            self.assertLess(asked[-1], self.where(lines, " EXISTS"))

    def test_asked_together(self):
        """What the first commands say needs no answer to the one before."""
        with self.several() as server:
            lines = self.traced(self.cart(), server)
            said = [line for line in lines if line.startswith("C: ")]
            ask = self.where(said, " ID (")
            self.assertEqual([line.split()[2] for line in
                              said[ask:ask + 3]], ["ID", "NAMESPACE", "LIST"])
            self.assertLess(lines.index(said[ask + 2]),
                            self.where(lines, "S: * ID"))

    def test_without_namespace(self):
        """LIST tells it; that is waited for, since all mailboxes are told by
        the same word."""
        with self.several(no_namespace=True) as server:
            lines = self.traced(self.cart(), server)
            self.assertLess(self.where(lines, "S: * LIST"),
                            self.where(lines, 'LIST "" "*"'))

    def test_unchanged_mailbox(self):
        """Only what has changed is entered."""
        with self.several() as server:
            cart = self.cart()
            self.pull(cart, server)
            before = len(server.said("EXAMINE"))
            server.boxes["INBOX"].add(message(90))
            server.boxes["Work"].add(message(91))
            row = self.pull(cart, server).summary()
            self.assertEqual((row["stored"], row["known"]), (2, 15))
            entered = server.said("EXAMINE")[before:]
            self.assertEqual(len(entered), 2, entered)

    def test_asked_again_after_the_next_was_entered(self):
        """What a NO kept back is fetched where it is: that mailbox is entered
        once more, and then the next ones."""
        with self.several(fetch_no=b"body 3 ") as server:
            cart = self.cart()
            result = self.pull(cart, server, status=mailcart.SOME)
            row = result.summary()
            self.assertEqual((row["stored"], row["failed"]), (14, 1))
            names = [line.split()[-1] for line in server.said("EXAMINE")]
            self.assertEqual(names, 2 * ['"INBOX"', '"Sent"', '"Work"'])
            self.assertEqual(len(cart.messages()), 14)

    def test_made_anew_meanwhile(self):
        """... and if it is another one by then, nothing of it is believed."""
        with self.several(fetch_no=b"body 3 ", anew=2) as server:
            cart = self.cart()
            result = self.pull(cart, server, status=mailcart.SOME)
            told = [event["text"] for event in result.of("event")
                    if event["kind"] == "failure"]
            self.assertIn("made anew", told[0])
            row = result.summary()
            self.assertEqual((row["folders_failed"], row["failed"]), (1, 4))

    def test_uid_late_in_several(self):
        with self.several(unordered=True) as server:
            row = self.pull(self.cart(), server).summary()
            self.assertEqual(row["stored"], 15)

    def test_none_refused_by_the_one_before(self):
        """The next one is refused while the last messages come."""
        with self.several(select_no="Sent", interleave=True) as server:
            cart = self.cart()
            result = self.pull(cart, server, status=mailcart.SOME)
            row = result.summary()
            self.assertEqual((row["stored"], row["folders_failed"]), (11, 1))

    # -- what comes not --------------------------------------------------------

    def failing(self, cart, result, server, failed, n=7):
        row = result.summary()
        self.assertEqual((row["listed"], row["stored"], row["failed"]),
                         (n, n - failed, failed))
        self.assertEqual(len(cart.messages()), n - failed)
        return [event for event in result.of("event")
                if event["kind"] == "failure"]

    def test_one_refused(self):
        """The others come, in spite of one NO to all."""
        with self.server(fetch_no=b"body 3 ") as server:
            cart = self.cart()
            result = self.pull(cart, server, status=mailcart.SOME)
            told, = self.failing(cart, result, server, 1)
            self.assertIn("cannot read it", told["text"])
            # It is asked for again the next time, and alone.
            before = len(server.said(r"BODY\.PEEK"))
            result = self.pull(cart, server, status=mailcart.SOME)
            self.assertEqual(result.summary()["known"], 6)
            self.assertLessEqual(
                len(server.said(r"BODY\.PEEK")) - before, 2)

    def test_one_without_size(self):
        """A server that refuses to tell sizes is asked without."""
        with self.server(size_no=b"body 3 ") as server:
            cart = self.cart()
            self.assertEqual(
                self.pull(cart, server).summary()["stored"], 7)

    def test_nil(self):
        with self.server(fetch_nil=b"body 3 ") as server:
            cart = self.cart()
            result = self.pull(cart, server, status=mailcart.SOME)
            told, = self.failing(cart, result, server, 1)
            self.assertIn("did not send it", told["text"])

    def test_gone(self):
        with self.server(gone=b"body 3 ") as server:
            cart = self.cart()
            result = self.pull(cart, server, status=mailcart.SOME)
            self.failing(cart, result, server, 1)
            del server.boxes["INBOX"].messages[3]
            row = self.pull(cart, server).summary()
            self.assertEqual((row["listed"], row["known"]), (6, 6))

    def test_dropped(self):
        """The link is lost in the middle of a message: the rest comes by
        another one, and nothing twice."""
        with self.server(fetch_drop=b"body 3 ") as server:
            cart = self.cart()
            result = self.pull(cart, server)
            self.failing(cart, result, server, 0)
            self.assertEqual(server.sessions, 2)
            bodies = "".join(server.said(r"BODY\.PEEK")[1:])
            self.assertIsNone(re.search(r"FETCH 1[:,]", bodies), bodies)

    def test_always_dropped(self):
        """One message that costs the link each time keeps none back."""
        with self.server(fetch_drop=b"body 3 ", drops=99) as server:
            cart = self.cart()
            result = self.pull(cart, server, status=mailcart.SOME)
            told = self.failing(cart, result, server, 1)
            self.assertIn("whenever this message", told[-1]["text"])
            self.assertEqual(server.sessions, 4)

    def test_mailbox_refused(self):
        for name in ("condstore", "no_binary"):  # by STATUS, by its flags
            with self.server(select_no="Sent", **{name: True}) as server:
                server.boxes["Sent"].add(message(50))
                cart = self.cart()
                result = self.pull(cart, server, status=mailcart.SOME)
                row = result.summary()
                self.assertEqual((row["stored"], row["folders_failed"]),
                                 (7, 1))
                told, = [event for event in result.of("event")
                         if event["kind"] == "failure"]
                self.assertIn("not that one", told["text"])

    def test_status_refused(self):
        with self.server(status_no="INBOX", condstore=True) as server:
            cart = self.cart()
            self.assertEqual(
                self.pull(cart, server).summary()["stored"], 7)

    # -- names -----------------------------------------------------------------

    def folders(self, *boxes, status=0, **behave):
        with ImapServer(**behave) as server:
            server.boxes = {name: Mailbox(2000 + i, attributes)
                            for i, (name, attributes) in enumerate(boxes)}
            for i, box in enumerate(server.boxes.values()):
                box.add(message(i))
            cart = self.cart()
            result = self.pull(cart, server, status=status)
            return ({row["key"].split(":")[0]: row["folder"]
                     for row in cart.messages()}, self.notes(result))

    def test_slash_in_a_level(self):
        """Where '.' splits, a '/' makes no level, and merges nothing."""
        folders, notes = self.folders(
            ("INBOX", ()), ("INBOX.a/b", ()), ("INBOX.a_b", ()),
            ("INBOX.a.b", ()), ("INBOX.Inbox", ()), ("user.x", ()),
            namespace_inbox_dot=True)
        self.assertEqual(folders, {
            "2000": "INBOX", "2001": "a_b", "2002": "a_b (2)", "2003": "a/b",
            "2004": "Inbox (2)", "2005": "user/x"})
        self.assertEqual(len([note for note in notes if "kept as" in note]),
                         3, notes)

    def test_flat(self):
        folders, _ = self.folders(("INBOX", ()), ("a/b.c", ()), flat=True,
                                  no_namespace=True)
        self.assertEqual(folders, {"2000": "INBOX", "2001": "a_b.c"})

    def test_names_that_are_none(self):
        """Neither modified UTF-7 nor plain: read all the same, and told."""
        folders, notes = self.folders(
            ("INBOX", ()), ("bad&!-", ()), ("a\x01b", ()),
            ("Entw&APw-rfe", ()), ("x\\y", ()))
        self.assertEqual(folders, {
            "2000": "INBOX", "2001": "bad&!-", "2002": "a\\x01b",
            "2003": "Entwürfe", "2004": "x\\y"})
        self.assertEqual(len([note for note in notes if "kept as" in note]),
                         1, notes)

    def test_names_that_are_no_utf8(self):
        """As names of directories: each is told by every run, and it ends
        with 1; a rule and an address can name them."""
        names = ("INBOX", "raw\xfc", "raw%FC", "\xfc" * 2000)
        for behave in ({}, {"condstore": True}):
            with self.subTest(behave), self.server(**behave) as server:
                for i, name in enumerate(names[1:]):
                    server.boxes[name] = Mailbox(2000 + i)
                    server.boxes[name].add(message(100 + i))
                cart = self.cart()
                for stored in (10, 0):
                    row = self.misnamed(cart, server, 2)
                    self.assertEqual(row["stored"], stored)
                self.assertEqual(
                    {row["folder"] for row in cart.messages()},
                    {"INBOX", "raw%FC", "raw%FC (2)", "\\xfc" * 2000})
                self.misnamed(cart, server, 1, "--include", "raw%FC")
                self.misnamed(cart, server, 0, "--include", "raw%FC (2)",
                              status=0)
                one = self.cart()
                self.misnamed(one, server, 1, path="/raw%FC")
                self.assertEqual(len(one.messages()), 1)

    def misnamed(self, cart, server, n, *words, status=mailcart.SOME, path=""):
        result = self.pull(cart, server, *words, status=status, path=path)
        told = [row["text"] for row in result.of("event")
                if "name is no UTF-8" in (row["text"] or "")]
        self.assertEqual(len(told), n, told)
        self.assertFalse([note for note in self.notes(result)
                          if "raw\\xfc" in note])
        if n:
            self.assertIn("--map 'raw%FC=NAME'", told[0])
        self.assertEqual(result.summary()["misnamed"], n)
        return result.summary()

    def test_name_that_cannot_be_sent(self):
        """One mailbox fails, and is told; the others come."""
        with self.server(extra_list=['* LIST () "/" {4}\r\na\r\nb']) as server:
            cart = self.cart()
            result = self.pull(cart, server, status=mailcart.SOME)
            row = result.summary()
            self.assertEqual((row["stored"], row["folders_failed"]), (7, 1))

    def test_not_selectable(self):
        folders, _ = self.folders(
            ("INBOX", ()), ("a", ("\\Noselect",)), ("a/b", ()),
            ("gone", ("\\NonExistent",)))
        self.assertEqual(set(folders.values()), {"INBOX", "a/b"})

    # -- UIDs ------------------------------------------------------------------

    def test_uidvalidity_changed(self):
        """Nothing is kept twice: content tells."""
        with self.server(condstore=True) as server:
            cart = self.cart()
            self.pull(cart, server)
            server.boxes["INBOX"].uidvalidity = 1999
            result = self.pull(cart, server)
            row = result.summary()
            self.assertEqual((row["stored"], row["known"]), (0, 7))
            self.assertEqual(self.gone(result), [])
            row = self.pull(cart, server).summary()
            self.assertEqual((row["known"], row["octets"]), (7, 0))

    def test_uidvalidity_changed_and_mail_gone(self):
        """What is gone since is counted, and nothing else."""
        with self.server(condstore=True) as server:
            cart = self.cart()
            self.pull(cart, server)
            box = server.boxes["INBOX"]
            box.uidvalidity = 1999
            del box.messages[1:3]
            gone = self.gone(self.pull(cart, server))
            self.assertEqual(len(gone), 1)
            self.assertIn(": 2 messages are no longer there", gone[0])

    def gone(self, result):
        return [row["text"] for row in result.of("event")
                if "no longer there" in (row["text"] or "")]

    def test_no_uidvalidity(self):
        """UIDs that name nothing are not trusted."""
        for behave in ({"no_uidvalidity": True}, {"uid_not_sticky": True}):
            with self.subTest(behave), self.server(**behave) as server:
                cart = self.cart()
                self.pull(cart, server)
                first = server.boxes["INBOX"].messages[0]
                first.octets = message(70)
                row = self.pull(cart, server).summary()
                self.assertEqual((row["stored"], row["known"]), (1, 6))

    def test_courier(self):
        """Courier makes lasting UIDs only where it is entered by SELECT."""
        greeting = "* OK [CAPABILITY IMAP4rev1] Courier-IMAP ready."
        with self.server(greeting=greeting, caps_only=["IMAP4rev1"]) as server:
            cart = self.cart()
            self.pull(cart, server)
            self.assertTrue(server.said("SELECT"))
            self.assertFalse(server.said("EXAMINE"))

    # -- Gmail -----------------------------------------------------------------

    def gmail(self):
        server = ImapServer(gmail=True, condstore=True, list_status=True)
        boxes = {"INBOX": (), "[Gmail]": ("\\Noselect",),
                 "[Gmail]/Alle Nachrichten": ("\\All",),
                 "[Gmail]/Gesendet": ("\\Sent",),
                 "[Gmail]/Markiert": ("\\Flagged",),
                 "[Gmail]/Wichtig": ("\\Important",),
                 "[Gmail]/Papierkorb": ("\\Trash",),
                 "[Gmail]/Spam": ("\\Junk",), "Arbeit/2019": (),
                 "&ANw-bung": ()}
        server.boxes = {name: Mailbox(3000 + i, attributes)
                        for i, (name, attributes) in enumerate(boxes.items())}
        every = server.boxes["[Gmail]/Alle Nachrichten"]
        rows = ((("\\Inbox",), ()), (("\\Inbox", "Arbeit/2019"), ("\\Seen",)),
                (("\\Sent",), ("\\Seen",)), ((), ("\\Seen",)),
                (("&ANw-bung", "\\Important", "\\Starred"), ("\\Flagged",)))
        for i, (labels, flags) in enumerate(rows):
            every.add(message(i), flags, labels=labels)
            for label in labels:
                view = {"\\Inbox": "INBOX", "\\Sent": "[Gmail]/Gesendet",
                        "\\Important": "[Gmail]/Wichtig",
                        "\\Starred": "[Gmail]/Markiert"}.get(label, label)
                server.boxes[view].add(message(i), flags)
        server.boxes["[Gmail]/Papierkorb"].add(message(80))
        server.boxes["[Gmail]/Spam"].add(message(81))
        return server

    def test_gmail(self):
        """Each message comes once; labels are its folders."""
        with self.gmail() as server, ImapServer() as target:
            cart = self.cart()
            row = self.pull(cart, server).summary()
            self.assertEqual((row["listed"], row["stored"]), (7, 7))
            opened = {re.search(r'"(.*)"', line)[1]
                      for line in server.said("EXAMINE")}
            self.assertEqual(opened, {
                "[Gmail]/Alle Nachrichten", "[Gmail]/Papierkorb",
                "[Gmail]/Spam"})
            self.ends(cart.run("push", target.url()))
            placed = {}
            for name, box in target.boxes.items():
                for sent in box.messages:
                    number = int(re.search(rb"<m(\d+)@", sent.octets)[1])
                    placed.setdefault(number, set()).add(name)
            self.assertEqual(placed, {
                0: {"INBOX"}, 1: {"INBOX", "Arbeit/2019"}, 2: {"Sent"},
                3: {"Archive"}, 4: {"&ANw-bung"},
                80: {"[Gmail]/Papierkorb"}, 81: {"[Gmail]/Spam"}})
            row = self.pull(cart, server).summary()
            self.assertEqual((row["known"], row["octets"]), (7, 0))
            self.relabel(cart, server, target)

    def relabel(self, cart, server, target):
        """One is moved to a label, one is read, nothing else is fetched."""
        every = server.boxes["[Gmail]/Alle Nachrichten"]
        every.messages[0].labels = ("Arbeit/2019",)
        every.messages[4].flags = ("\\Flagged", "\\Seen")
        every.modseq += 2
        before = len(server.said(r"BODY\.PEEK"))
        row = self.pull(cart, server).summary()
        self.assertEqual((row["stored"], row["known"]), (0, 7))
        asked = server.said(r"BODY\.PEEK")[before:]
        self.assertEqual(len(asked), 1, asked)
        self.assertIn("FETCH 1 ", asked[0])
        flags = {row["key"]: set(row["flags"]) for row in cart.messages()}
        self.assertLessEqual({"\\Flagged", "\\Seen"}, flags["3002:5"])
        self.ends(cart.run("push", target.url()))
        self.assertIn(message(0), target.stored("Arbeit/2019"))
        row = self.pull(cart, server).summary()
        self.assertEqual((row["known"], row["octets"]), (7, 0))

    def test_gmail_rules(self):
        """What no rule lets pass is not fetched."""
        with self.gmail() as server:
            cart = self.cart()
            row = self.pull(cart, server, "--include", "Arbeit/**").summary()
            self.assertEqual((row["stored"], row["skipped"]), (1, 6))
            self.assertEqual(len(server.said(r"BODY\.PEEK")), 1)

    def test_gmail_without_all_mail(self):
        with self.gmail() as server:
            del server.boxes["[Gmail]/Alle Nachrichten"]
            cart = self.cart()
            result = self.pull(cart, server)
            self.assertTrue([note for note in self.notes(result)
                             if "All Mail" in note])
            self.assertEqual(len({row["message_id"]
                                  for row in cart.messages()}), 6)

    def test_one_view_of_gmail(self):
        with self.gmail() as server:
            cart = self.cart()
            self.pull(cart, server, path="/Arbeit/2019")
            self.assertEqual([row["folder"] for row in cart.messages()],
                             ["Arbeit/2019"])


if __name__ == "__main__":
    mailcart.main()
