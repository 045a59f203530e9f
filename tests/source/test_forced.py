# SPDX-License-Identifier: MIT
"""What is read as something that it is not: a directory of mbox files as a
Maildir, an mbox as one message.  It is refused, or told; no mail is made one
with other mail."""
import os
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(os.path.dirname(HERE), "real"))
import store  # noqa: E402
from mailcart import DATAERR, SOME  # noqa: E402
from store import FROM, Store, mail, mbox, told  # noqa: E402

TWO = mbox(mail("m1"), mail("m2"))
THREE = mbox(mail("m3"), mail("m4"), mail("m5"))
PATCH = (FROM + mail("patch", "Applied:\n\nFrom " + "1f" * 20 + " Mon Sep 17 "
                     "00:00:00 2001\nFrom: a <a@b>\nSubject: x\n"))
QUOTE = FROM + mail("quote", "He wrote\n\nFrom now on\nand on Mon Jan 3\n")

STORES = {
    "mbox": {"Inbox": TWO, "Sent": THREE, "sub/Old": TWO},
    "mbox.eml": {"Inbox.eml": TWO, "Sent.eml": THREE},
    "years": {"2004": TWO, "2005": THREE, "2006": mbox(mail("m6"))},
    "maildir": {"cur/1:2,S": mail("d1"), "new/x": mail("d2"),
                ".Sent/cur/y:2,S": mail("d3")},
    "mh": {"inbox/1": mail("h1"), "inbox/2": FROM + mail("h2"),
           "inbox/3": PATCH, "inbox/4": QUOTE},
    "eml": {"a/1.eml": mail("e1"), "a/2.eml": FROM + mail("e2"),
            "a/3.eml": PATCH},
    "loose": {"a": mail("l1"), "b": mail("l2")},
    "documents": {"x.txt": b"hello\n", "y.pdf": b"%PDF\n"},
    "nothing": {},
    # What holds no mail any more, but shows what it is.
    "no maildir": {"cur/.x": b"", "new/.x": b""},
    "no mh": {"inbox/.mh_sequences": b"cur: 7\n"},
    "no mbox": {"Inbox": b"", "sub/Old": b""},
    "no mbox.eml": {"a/Inbox.mbox": b""},
}

# What each is when it is read as each; else it is refused: (stored, failed)
READ = {
    ("maildir", "maildir"): (3, 0),
    ("mh", "mh"): (4, 0),
    ("mh", "years"): (1, 2),
    ("eml", "eml"): (3, 0),
    ("eml", "mbox.eml"): (0, 2),
    ("mbox", "mbox"): (5, 0),       # two are there twice
    ("mbox", "mbox.eml"): (5, 0),
    ("mbox", "years"): (6, 0),
    # Those with a From_ line; to an mbox a patch in the text is a message.
    ("mbox", "mh"): (4, 0),
    ("mbox", "eml"): (3, 0),
    ("maildir", "no maildir"): (0, 0),
    ("mh", "no mh"): (0, 0),
    ("mbox", "no mbox"): (0, 0),
    ("mbox", "no mbox.eml"): (0, 0),
    ("", "no maildir"): (0, 0),
    ("", "no mh"): (0, 0),
    ("", "maildir"): (3, 0),
    ("", "mh"): (4, 0),
    ("", "eml"): (3, 0),
    ("", "mbox"): (5, 0),
    ("", "mbox.eml"): (5, 0),
    ("", "years"): (6, 0),
}
WORDS = {"maildir": "is no Maildir, and none is below it",
         "mh": "is no MH folder, and none is below it",
         "eml": "is no tree of .eml files, and none is below it",
         "mbox": "is no mbox, and none is below it",
         "": "no mail is found"}


class Forced(Store):
    def fill(self, files):
        for name, octets in files.items():
            self.put(name, octets)

    def refused(self, kind, *words, verb="pull"):
        where = (kind + ":" if kind else "") + self.root
        self.one_line(self.cart.run(verb, where), DATAERR, *words)

    def test_each_as_each(self):
        for kind, words in WORDS.items():
            for name, files in STORES.items():
                with self.subTest(kind=kind, store=name):
                    self.anew()
                    self.fill(files)
                    if (kind, name) not in READ:
                        self.refused(kind, words)
                        continue
                    stored, failed = READ[kind, name]
                    row, result = self.pull(kind, SOME if failed else 0)
                    ids = {one["message_id"] for one in self.rows().values()}
                    self.assertEqual((len(ids), row["failed"]),
                                     (stored, failed), result)
                    self.assertEqual(
                        len([line for line in told(result) if "no message, "
                             "but an mbox of several" in line]), failed)

    def test_the_next_run_tells_it_again(self):
        self.fill({"1": TWO, "2": mail("h2")})
        for stored in (1, 0):
            row, result = self.pull("mh", SOME)
            self.assertEqual((row["stored"], row["failed"]), (stored, 1))
            self.assertIn(f"can be read as mbox:{self.root}/1",
                          "\n".join(told(result)))

    def test_one_file(self):
        for octets, refused in ((TWO, True), (FROM + mail("a"), False),
                                (mail("b"), False), (PATCH, False),
                                (QUOTE, False),
                                (b"\1\1\1\1\n" + mail("c") + b"\1\1\1\1\n",
                                 True)):
            with self.subTest(octets=octets):
                self.anew()
                where = "eml:" + self.put("x.eml", octets).decode()
                result = self.cart.run("pull", where)
                if refused:
                    self.one_line(result, DATAERR, "but an mbox of several")
                else:
                    self.ends(result)

    def test_an_mbox_beside_maildirs(self):
        """What lies where a Maildir has no mail is read, but not so."""
        self.fill({**STORES["maildir"], "Old": TWO})
        row, result = self.pull("maildir", SOME)
        self.assertEqual((row["stored"], row["failed"]), (3, 1))
        self.assertIn("/Old' is no message", "\n".join(told(result)))

    def test_maildirs_far_below(self):
        self.fill({"a/b/cur/1": mail("one"), "a/loose": mail("two")})
        row, _ = self.pull("maildir")
        self.assertEqual(row["stored"], 2)

    def test_maildirs_behind_a_link_that_loops(self):
        self.put("a/loose", mail("two"))
        os.symlink("..", os.path.join(self.root, "a", "up"))
        self.refused("maildir", WORDS["maildir"])
        self.refused("maildir", WORDS["maildir"], verb="probe")

    def test_hidden_maildirs_are_told_by_kmail(self):
        self.fill(STORES["maildir"])
        row, result = self.pull("kmail")
        self.assertEqual(row["stored"], 2)
        self.assertIn("a hidden Maildir", "\n".join(told(result)))

    def test_a_file_is_no_profile(self):
        where = self.put("x", TWO).decode()
        self.one_line(self.cart.run("pull", "thunderbird:" + where), DATAERR,
                      "it is no directory")


if __name__ == "__main__":
    store.main()
