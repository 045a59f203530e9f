# SPDX-License-Identifier: MIT
"""Folders that hold no mail are folders, too: they are made on the target,
once, and never take what folders with mail ask for."""
import os
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
sys.path.insert(0, os.path.join(os.path.dirname(os.path.dirname(
    os.path.abspath(__file__))), "fake"))
import mailcart  # noqa: E402
import samples_of  # noqa: E402
from dovecot import Dovecot  # noqa: E402
from imap_server import ImapServer  # noqa: E402
from mailcart import Case  # noqa: E402


class Empty(Case):
    def maildir(self, cart, folders):
        """{name: how many mails}; "" is INBOX."""
        root = cart.path("Maildir")
        number = 0
        for name, count in folders.items():
            where = os.path.join(root, "." + name if name else "")
            for sub in ("cur", "new", "tmp"):
                os.makedirs(os.path.join(where, sub), exist_ok=True)
            for _ in range(count):
                cart.write(os.path.join(where, "cur",
                                        f"1100000000.{number}.h:2,S"),
                           samples_of.eml(number, f"mail {number}\r\n"))
                number += 1
        return "maildir:" + root

    def counts(self, server, user="bert"):
        return {name: len(mails)
                for name, mails in server.read_all(user).items()}

    def test_maildir(self):
        folders = {"": 1, "Work": 2, "Work.Empty": 0, "Leer &- &APw-": 0,
                   "Deep.Deeper.Deepest": 0}
        made = {"INBOX": 1, "Work": 2, "Work/Empty": 0, "Leer &- &APw-": 0,
                "Deep/Deeper/Deepest": 0}
        with Dovecot(users=("bert",), special=()) as server:
            cart = self.cart(ca=server.ca)
            place = server.url("imaps", "bert")
            source = self.maildir(cart, folders)
            plan = self.ends(cart.run("plan", source, place)).out.decode()
            self.assertIn("Work/Empty", plan)
            self.ends(cart.run("pull", source))
            plan = self.ends(cart.run("plan", place)).out.decode()
            self.assertIn("Deep/Deeper/Deepest", plan)
            row = self.ends(cart.run("push", place)).summary("push")
            self.assertEqual(row["mailboxes_created"], 4, row)
            self.assertEqual(self.counts(server), made)
            self.assertLessEqual(set(made) - {"INBOX"},
                                 set(server.subscribed("bert")))
            with open(cart.archive, "rb") as archive:
                before = archive.read()
            row = self.ends(cart.run("push", place)).summary("push")
            self.assertEqual((row["mailboxes_created"], row["sent_now"]),
                             (0, 0), row)
            # What somebody removes stays so.
            imap = server.client("bert")
            self.assertEqual(imap.delete("Work/Empty")[0], "OK")
            imap.logout()
            self.ends(cart.run("pull", source))
            self.ends(cart.run("push", place))
            del made["Work/Empty"]
            self.assertEqual(self.counts(server), made)
            with open(cart.archive, "rb") as archive:
                self.assertEqual(archive.read(), before)

    def test_mail_goes_first(self):
        """An empty folder neither gets a purpose nor a name that one with mail
        asks for; and when it gets mail, all stays where it is."""
        with Dovecot(users=("bert",)) as server:
            cart = self.cart(ca=server.ca)
            place = server.url("imaps", "bert")
            folders = {"": 0, "Sent": 0, "Gesendete Objekte": 2, "WORK": 0,
                       "Work": 1}
            source = self.maildir(cart, folders)
            self.ends(cart.run("migrate", source, place))
            wanted = {"Sent": 2, "Sent (2)": 0, "Work": 1, "WORK (2)": 0}
            found = self.counts(server)
            self.assertEqual({name: found.get(name) for name in wanted},
                             wanted, found)
            self.maildir(cart, {"WORK": 1, "Sent": 1})
            for number, name in enumerate((".WORK", ".Sent"), 500):
                folder = cart.path("Maildir", name, "cur")
                for mail in os.listdir(folder):
                    cart.write(os.path.join(folder, mail),
                               samples_of.eml(number, f"late {name}\r\n"))
            row = self.ends(cart.run("migrate", source, place))
            self.assertEqual(row.summary()["sent_now"], 2)
            wanted = {"Sent": 2, "Sent (2)": 1, "Work": 1, "WORK (2)": 1}
            found = self.counts(server)
            self.assertEqual({name: found.get(name) for name in wanted},
                             wanted, found)

    def test_all_kinds(self):
        """mbox, MH and .eml trees know empty folders as far as these show
        them."""
        with Dovecot(users=("bert",), special=()) as server:
            cart = self.cart(ca=server.ca)
            place = server.url("imaps", "bert")
            cart.write("mbox/full", samples_of.mbox(
                [("a@b Thu Jan  1 10:00:00 2004", samples_of.eml(1, "a"))]))
            cart.write("mbox/empty.mbox", b"")
            cart.write("mbox/anything", b"")
            cart.write("mh/box/1", samples_of.eml(2, "b"))
            cart.write("mh/hollow/.mh_sequences", b"")
            self.ends(cart.run("migrate", "mbox:" + cart.path("mbox"),
                               "mh:" + cart.path("mh"), place))
            self.assertEqual(self.counts(server), {
                "INBOX": 0, "full": 1, "empty": 0, "box": 1, "hollow": 0})

    def test_refused(self):
        """Told in the server's words, and tried again; the mail goes on."""
        with ImapServer(create_no="[CANNOT] not such a name") as server:
            cart = self.cart()
            source = self.maildir(cart, {"": 1, "Hollow": 0})
            self.ends(cart.run("pull", source))
            for sent in (1, 0):
                result = self.ends(cart.run("push", server.url()),
                                   mailcart.SOME)
                row = result.summary()
                self.adds_up_push(row)
                self.assertEqual((row["sent_now"], row["mailboxes_created"],
                                  row["mailboxes_failed"]), (sent, 0, 1))
                lines = [line["text"] for line in result.of("event")
                         if line["kind"] == "failure"]
                self.assertEqual(len(lines), 1, result)
                self.assertIn("not such a name", lines[0])
            text = cart.run("push", server.url(), json_lines=False)
            self.assertIn("not made", self.ends(text, 1).out.decode())
            del server.behave["create_no"]
            row = self.ends(cart.run("push", server.url())).summary()
            self.assertEqual(row["mailboxes_created"], 1)
            self.assertIn("Hollow", server.boxes)
            row = self.ends(cart.run("push", server.url())).summary()
            self.assertEqual(row["mailboxes_created"], 0)

    def test_left_out(self):
        """A folder of which a rule lets nothing pass, or that a rule leaves
        out, is none that is empty."""
        with Dovecot(users=("bert",), special=()) as server:
            cart = self.cart(ca=server.ca)
            source = self.maildir(cart, {"": 1, "Old": 2, "Hollow": 0})
            self.ends(cart.run(
                "migrate", source, server.url("imaps", "bert"),
                "--since", "2015-01-01", "--exclude", "Hollow"))
            self.assertEqual(self.counts(server), {"INBOX": 0})


if __name__ == "__main__":
    mailcart.main()
