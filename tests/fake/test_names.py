#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Mailboxes whose names a server refuses: each gets another one, which no other
folder has, once and for all runs; told in a line, by plan and by status.  What
each refusal makes of a name stands in test_imap_zoo.py."""
import concurrent.futures
import os
import subprocess
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from imap_server import ImapServer, Mailbox  # noqa: E402
from zoo_case import Whole, dated, mail, main, mailcart, words  # noqa: E402

STOP_AT = os.environ.get("MAILCART_STOP_AT", "")
DIED = 99
STEPS_MAX = 8  # but for the long run
SIDE_BY_SIDE = 12
# What a run may say behind one that was killed: as far as that had come.
LINES = ("note: the server refuses '(Files|a.b(.c)?)' as the name of a mailbox "
         r"\(.*\): it is '(Files_|a_b(_2|_c))' there",
         "note: the last session ended with messages on their way: waiting "
         "until the server has done with it")


class Names(Whole):
    def filled(self, *folders):
        """An archive of a Maildir: a message in each folder, of that folder
        alone; none where "(empty)" stands behind its name."""
        cart = self.cart()
        self.fill(cart, *folders)
        return cart

    def fill(self, cart, *folders):
        for folder in folders:
            name, empty, _ = folder.partition(" (empty)")
            where = "mail/." + name.replace("&", "&-").replace("/", ".")
            for sub in ("cur", "new", "tmp"):
                os.makedirs(cart.path(where, sub))
            if not empty:
                cart.write(where + "/cur/1072951200.1.h:2,S",
                           self.octets(name))
        for sub in ("cur", "new", "tmp"):
            os.makedirs(cart.path("mail", sub), exist_ok=True)
        self.ends(cart.run("pull", "maildir:" + cart.path("mail")))

    @staticmethod
    def octets(folder):
        return mail("in-" + "".join(f"{ord(c):x}" for c in folder))

    def push(self, cart, server, *options, status=0, **want):
        """Each message has one folder, and is counted there."""
        where = cart.run("list")
        return self.ended(
            cart.run("push", *options, server.url(), json_lines=False), status,
            placements=len(where.of("message")), **want)

    def there(self, server, where):
        """where: {mailbox: folder}; each message once, and nothing else."""
        self.holds(server, {name: [self.octets(folder)]
                            for name, folder in where.items()},
                   flags=("\\Seen",), date=dated)

    def renamed(self, cart):
        return {row["wanted"]: row["mailbox"]
                for row in cart.run("status").of("renamed")}

    # -- once and for all ----------------------------------------------------

    def test_stays(self):
        """The next run knows it, and also when the server minds no more."""
        cart = self.filled("a^b", "Kept")
        where = {"a_b": "a^b", "Kept": "Kept"}
        with ImapServer(refuse_names=r"\^") as server:
            result = self.push(cart, server, sent_now=2)
            self.assertIn("refuses 'a^b' as the name of a mailbox "
                          "('Invalid mailbox name'): it is 'a_b' there",
                          words(result))
            self.there(server, where)
            self.assertTrue(server.boxes["a_b"].subscribed)
            said = len(server.said("CREATE"))
            for behave in (server.behave, {}):
                server.behave = behave
                result = self.push(cart, server, sent_now=0)
                self.assertNotIn("refuses", words(result))
                self.there(server, where)
            self.assertEqual(len(server.said("CREATE")), said)
            self.assertEqual(self.renamed(cart), {"a^b": "a_b"})
            self.assertEqual(cart.run("status").of("status")[0]["renamed"], 1)
            self.assertIn("since the server refuses theirs: 'a^b' is 'a_b'",
                          words(cart.run("status", json_lines=False)))
            plan = {row["folder"]: row for row in
                    cart.run("plan", server.url()).of("plan")}
            self.assertEqual(plan["a^b"]["mailbox"], "a_b")
            self.assertTrue(plan["a^b"]["exists"])
            self.assertIn("the server refuses the name a^b",
                          plan["a^b"]["note"])
            self.ends(cart.run("verify", "--deep", server.url()))

    def test_another_archive(self):
        """The same name again: what is there is known."""
        with ImapServer(refuse_names=r"\^") as server:
            for sent in (1, 0):
                cart = self.filled("a^b")
                self.push(cart, server, sent_now=sent)
                self.there(server, {"a_b": "a^b"})

    def test_plan_file(self):
        """A plan says the name that is refused, before and after."""
        cart = self.filled("Post")
        plan = cart.write("plan", '{"type":"plan","folder":"Post",'
                          '"mailbox":"a^b"}\n')
        with ImapServer(refuse_names=r"\^") as server:
            for sent in (1, 0):
                self.push(cart, server, "--plan", plan, sent_now=sent)
                self.there(server, {"a_b": "Post"})

    # -- never another folder's ----------------------------------------------

    def test_apart(self):
        """Folders that would meet in one name, and one that has it."""
        cart = self.filled("a^b", "a^^b", "a_b", "A_B^", "a_b_2")
        where = {"a_b_3": "a^b", "a__b": "a^^b", "a_b": "a_b",
                 "A_B_": "A_B^", "a_b_2": "a_b_2"}
        with ImapServer(refuse_names=r"\^") as server:
            for sent in (5, 0):
                self.push(cart, server, sent_now=sent)
                self.there(server, where)

    def test_comes_later(self):
        """A folder that comes later finds its name taken; told, and two."""
        cart = self.filled("a^b")
        with ImapServer(refuse_names=r"\^") as server:
            self.push(cart, server)
            self.fill(cart, "a_b", "a&b")
            for sent in (2, 0):
                self.push(cart, server, sent_now=sent)
                self.there(server, {"a_b": "a^b", "a_b (2)": "a_b",
                                    "a&-b": "a&b"})

    def test_case(self):
        cart = self.filled("A^B", "a_b")
        with ImapServer(refuse_names=r"\^", caseless=True) as server:
            for sent in (2, 0):
                self.push(cart, server, sent_now=sent)
                self.there(server, {"A_B_2": "A^B", "a_b": "a_b"})

    # -- trees ---------------------------------------------------------------

    def test_children(self):
        """They follow their parent, also those that come later."""
        cart = self.filled("Files", "Files/Work", "Files/Work/Old", "Plain")
        where = {"Files_": "Files", "Files_/Work": "Files/Work",
                 "Files_/Work/Old": "Files/Work/Old", "Plain": "Plain"}
        with ImapServer(refuse_names="(?i)^files(/|$)",
                        name_words="Folder name is reserved.") as server:
            self.push(cart, server)
            self.there(server, where)
            self.fill(cart, "Files/Late")
            where["Files_/Late"] = "Files/Late"
            for sent in (1, 0):
                self.push(cart, server, sent_now=sent)
                self.there(server, where)

    def test_below_inbox(self):
        cart = self.filled("a^b", "Kept")
        with ImapServer(refuse_names=r"\^",
                        namespace_inbox_dot=True) as server:
            for sent in (2, 0):
                self.push(cart, server, sent_now=sent)
                self.there(server, {"INBOX.a_b": "a^b", "INBOX.Kept": "Kept"})

    def test_without_mail(self):
        """Folders that hold nothing, too; once."""
        cart = self.filled("a^b (empty)", "Kept")
        with ImapServer(refuse_names=r"\^") as server:
            result = self.push(cart, server, sent_now=1)
            self.assertIn("it is 'a_b' there", words(result))
            self.assertIn("a_b", server.boxes)
            del server.boxes["a_b"]
            self.push(cart, server, sent_now=0)
            self.assertNotIn("a_b", server.boxes)
            self.there(server, {"Kept": "Kept"})

    def test_without_mail_nor_leave(self):
        """Those that cannot be made are told by every run, until they can."""
        cart = self.filled("One (empty)", "Two (empty)", "INBOX/Kept")
        with ImapServer(create_no="[CANNOT] not here") as server:
            server.boxes["INBOX/Kept"] = Mailbox(7)
            for _ in range(2):
                result = self.push(cart, server, status=mailcart.SOME,
                                   sent=1, not_made=2)
                for name in ("One", "Two"):
                    self.assertEqual(words(result).count(
                        f"failed: {name}: cannot be created: not here"),
                        1)
                self.there(server, {"INBOX/Kept": "INBOX/Kept"})
            server.behave.pop("create_no")
            self.push(cart, server, sent=1)
            self.assertLessEqual({"One", "Two"}, set(server.boxes))

    # -- not for its name ----------------------------------------------------

    def test_other_reasons(self):
        """No name is good enough where the name is not the reason, and the
        server is not asked for ever."""
        for why, most, status in (
                ("[NOPERM] not you", 3, mailcart.SOME),
                ("quota exceeded", 3, mailcart.TEMPFAIL),
                ("Permission denied", 3, mailcart.SOME),
                ("no", 8, mailcart.SOME)):
            cart = self.filled(*(f"a^{n}" for n in range(9)))
            with self.subTest(why), ImapServer(create_no=why) as server:
                result = self.push(cart, server, status=status, sent=0,
                                   refused=0, waiting=9)
                self.holds(server, {})
                self.assertIn(why.split("] ")[-1], words(result))
                self.assertEqual(self.renamed(cart), {})
                for n in range(9):
                    self.assertLessEqual(
                        len(server.said(f'CREATE "a.{n}')), most)

    # -- killed --------------------------------------------------------------

    def stop_at(self, n, cart, server):
        done = subprocess.run(
            [STOP_AT, str(n), "push", cart.archive, server.url(), "secret",
             "-"], capture_output=True, text=True, timeout=300,
            env=mailcart.environment())
        self.assertIn(done.returncode, (0, DIED), done.stderr)
        return done

    def test_killed(self):
        """At every step, then to the end: the same names, each once."""
        folders = ("a^b", "a_b", "a^b^c (empty)", "Files", "Kept")
        where = {"a_b_2": "a^b", "a_b": "a_b", "Files_": "Files",
                 "Kept": "Kept"}
        behave = dict(refuse_names=r"\^", reserved="Files", no_uidplus=True)
        calm = self.filled(*folders)
        with ImapServer(**behave) as server:
            total = int(self.stop_at(0, calm, server).stdout)
            self.there(server, where)
            boxes = set(server.boxes)
        self.assertIn("a_b_c", boxes)
        steps = range(1, total + 1)
        if not mailcart.LONG:
            steps = sorted({1 + n * (total - 1) // STEPS_MAX
                            for n in range(STEPS_MAX + 1)})

        def killed(n):
            cart = self.filled(*folders)
            with ImapServer(**behave) as server:
                self.assertEqual(self.stop_at(n, cart, server).returncode,
                                 DIED)
                for lines in (LINES, ()):
                    self.push(cart, server, lines=lines, sent=4)
                    self.there(server, where)
                    self.assertEqual(set(server.boxes), boxes)
                self.ended(cart.run("verify", "--deep", server.url(),
                                    json_lines=False), identical=4)
        # Most of their time is waiting.
        with concurrent.futures.ThreadPoolExecutor(SIDE_BY_SIDE) as pool:
            for n, done in [(n, pool.submit(killed, n)) for n in steps]:
                with self.subTest(step=n, of=total):
                    done.result()
        print(f"{total} steps, stopped at {len(steps)}", flush=True)


if __name__ == "__main__":
    main()
