# SPDX-License-Identifier: MIT
"""Names of files and directories that are no UTF-8: the mail is read, each name
is told, and the run ends with 1; so does the next, though nothing is new."""
import os
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(os.path.dirname(HERE), "real"))
import mailcart  # noqa: E402
import store  # noqa: E402
from store import Store, mail, mbox, told  # noqa: E402


def box(subject):
    return mbox(mail(subject))


# (kind, files, what is stored: (folder, key), names told, a part of each line)
MISNAMED = [
    ("mbox", [(b"M\xe4rz", box), (b"K\xf6ln/sub", box), (b"ok", box),
              (b"junk\xe4.txt", None)],
     {("M%E4rz", "0"), ("K%F6ln/sub", "0"), ("ok", "0")}, 2,
     ["/M\\xe4rz'", "--map 'K%F6ln/sub=NAME'"]),
    ("maildir", [(b"cur/caf\xe9:2,S", mail), (b"new/x\xe9", mail),
                 (b"new/1", mail), (b".Gr\xfc\xdfe/cur/1:2,", mail),
                 (b"loose\xe9", mail), (b"junk\xe4.txt", None)],
     {("INBOX", "caf%E9"), ("INBOX", "x%E9"), ("INBOX", "1"),
      ("INBOX", "loose%E9"), ("Gr%FC%DFe", "1")}, 4,
     ["no UTF-8: 3, the first", "/.Gr\\xfc\\xdfe'"]),
    ("mh", [(b"inbox/1", mail), (b"B\xfccher/1", mail),
            (b"B\xfccher/\xe4/1", mail)],
     {("inbox", "1"), ("B%FCcher", "1"), ("B%FCcher/%E4", "1")}, 2,
     ["/B\\xfccher'", "--map 'B%FCcher/%E4=NAME'"]),
    ("eml", [(b"a/x\xe9.eml", mail), (b"a/y.eml", mail),
             (b"B\xfc/z.eml", mail), (b"a/junk\xe9.txt", None)],
     {("a", "x%E9.eml"), ("a", "y.eml"), ("B%FC", "z.eml")}, 2,
     ["no UTF-8: 1, the first is", "/B\\xfc'"]),
    ("evolution", [(b"..maildir++", None), (b".T\xe4st/cur/1", mail),
                   (b".T_2Est/cur/1", mail)],
     {("T%E4st", "1"), ("T.st", "1")}, 1, ["--map 'T%E4st=NAME'"]),
    ("kmail", [(b"a/cur/1", mail), (b".a.directory/\xdc/cur/1", mail),
               (b".a.directory/\xdc2", box)],
     {("a", "1"), ("a/%DC", "1"), ("a/%DC2", "0")}, 2,
     ["--map 'a/%DC=NAME'", "--map 'a/%DC2=NAME'"]),
]


class Misnamed(Store):
    def fill(self, files):
        for name, what in files:
            self.put(name, what(name.hex()) if what else b"no mail\n")

    def test_each_kind(self):
        for kind, files, stored, names, words in MISNAMED:
            with self.subTest(kind=kind):
                self.anew()
                self.fill(files)
                row, result = self.pull(kind, mailcart.SOME)
                self.assertEqual((row["stored"], row["misnamed"],
                                  row["failed"]), (len(stored), names, 0))
                self.assertEqual(set(self.rows()), stored)
                lines = [line for line in told(result)
                         if "no UTF-8" in line]
                for word in words:
                    self.assertEqual(len([line for line in lines
                                          if word in line]), 1, lines)
                row, again = self.pull(kind, mailcart.SOME)
                self.assertEqual((row["stored"], row["known"],
                                  row["misnamed"]),
                                 (0, len(stored), names))
                self.assertEqual([line for line in told(again)
                                  if "no UTF-8" in line], lines)
                self.ends(self.cart.run("verify"))

    def test_the_root(self):
        """Its name is a folder's where the kind has it so."""
        for kind, name, status in (("mh", b"1", 1), ("eml", b"1.eml", 1),
                                   ("maildir", b"cur/1", 0)):
            with self.subTest(kind=kind):
                self.anew()
                self.put(b"\xe4/" + name, mail("one"))
                cart = self.cart.command(
                    "pull", kind + ":.")
                self.ends(mailcart.run(cart, cwd=os.path.join(
                    os.fsencode(self.root), b"\xe4")), status)

    def test_a_lone_file(self):
        for kind, what in (("mbox", box), ("eml", mail), ("", box)):
            with self.subTest(kind=kind):
                self.anew()
                path = self.put(b"M\xe4rz", what("one"))
                where = (kind + ":" if kind else "") + os.fsdecode(path)
                result = self.ends(self.cart.run("pull", where),
                                   mailcart.SOME)
                self.assertEqual((result.summary()["stored"],
                                  result.summary()["misnamed"]), (1, 1))

    def test_probe(self):
        self.fill(MISNAMED[1][1])
        result = self.ends(self.cart.run("probe", self.root))
        facts = {row["name"]: row["text"] for row in result.of("fact")}
        self.assertIn("names of files are no UTF-8", facts["INBOX"])
        self.assertIn("folder's name is no UTF-8", facts["Gr%FC%DFe"])

    def test_names_left_out_are_not_told(self):
        self.fill(MISNAMED[0][1])
        row, result = self.pull("mbox", 0, "--include", "ok")
        self.assertEqual((row["stored"], row["misnamed"]), (1, 0))
        self.assertNotIn("no UTF-8", "\n".join(told(result)))

    def test_what_people_read(self):
        self.fill(MISNAMED[0][1])
        result = self.cart.run("pull", "mbox:" + self.root, json_lines=False)
        self.ends(result, mailcart.SOME)
        text = result.out.decode()
        self.assertIn("2 names could not be", text)
        self.assertIn("nothing failed but names", " ".join(text.split()))
        quiet = self.cart.run("pull", "-q", "mbox:" + self.root,
                              json_lines=False)
        self.ends(quiet, mailcart.SOME)
        self.assertEqual(quiet.err.count("no UTF-8"), 2, quiet)


if __name__ == "__main__":
    store.main()
