# SPDX-License-Identifier: MIT
"""Words of others, in mail, in names and from servers, that would command a
terminal, a server or the file system: they are shown, sent and written as
text."""
import os
import re
import resource
import sys
import unittest

HERE = os.path.dirname(os.path.abspath(__file__))
for house in ("fake", "real"):
    sys.path.insert(0, os.path.join(os.path.dirname(HERE), house))
import mailcart  # noqa: E402
import terminal  # noqa: E402
from imap_server import ImapServer, Mailbox  # noqa: E402
from mailcart import Case  # noqa: E402
from pop3_server import Pop3Server  # noqa: E402

# Clears the screen, sets its title, asks it to answer; in C0 and C1, as it is
# and in the disguises of RFC 2047; and goes up a line to write over another.
EVIL = "\x1b[2J\x1b]0;owned\x07\x9b5n\x7f\r\x08\x0bend"
BYTES = EVIL.encode()
WORD = "=?utf-8?b?G1syShtdMDtvd25lZAfCmzVuZW5k?="
HEAD = (b"From: \x1b[31m" + BYTES.replace(b"\r", b"") + b" <a@b.example>\n"
        b"Subject: " + WORD.encode() + b" \x1b[2J \x9b5n =?utf-8?q?=1B[2J?=\n"
        b"Date: Thu, 6 Feb 1992 11:51:37 +0000 \x1b[2J\n"
        b"Message-ID: <\x1b[2J\xc2\x9b5n@x>\n"
        b"X-Keywords: k\x1b[2J\n"
        b"X-Gmail-Labels: Work\x1b[2J,=?utf-8?q?a=1B[2Jb?=\n"
        b"To: b@x\n\nbody \x1b[2J \x9b5n \xc2\x9b5n\n")
MBOX = b"From a@b Thu Feb  6 11:51:37 1992\n" + HEAD


class Words(Case):
    def setUp(self):
        self.cart = self.cart()

    def shows(self, verb, *args, status=None, quiet=True):
        """On a terminal nothing of it is obeyed; nor in a pipe, as people
        read it and as programs do."""
        words = self.cart.command(verb, *args, json_lines=False)
        if quiet:
            words.append("--no-progress")
        found, said = terminal.run(words, self.cart.dir)
        self.assertEqual(terminal.obeyed(said), "", words)
        if status is not None:
            self.assertEqual(found, status, said.decode())
        return said.decode()

    def pipes(self, verb, *args):
        for lines in (False, True):
            result = self.cart.run(verb, *args, json_lines=lines)
            for said in (result.out, result.err.encode()):
                self.assertEqual(terminal.obeyed(said), "", str(result))

    def test_in_mail(self):
        self.cart.write("in.mbox", MBOX)
        self.shows("pull", "in.mbox", status=0)
        listed = self.shows("list", "in", status=0)
        self.assertIn("[2J", listed)
        self.shows("list", status=0)
        self.shows("status", status=0)
        shown = self.shows("show", "1", status=0)
        self.assertIn("body \\x1b[2J \\x9b5n \\xc2\\x9b5n", shown)
        self.assertIn("\\x1b", self.shows("show", "1", "--headers", status=0))
        self.shows("verify", "-v", "-v", status=0)
        self.shows("export", "--format", "eml", self.cart.path("out"),
                   status=0)
        for verb, *args in (("list",), ("list", "in"), ("status",),
                            ("verify",)):
            self.pipes(verb, *args)
        row, = self.cart.messages()
        raw = self.cart.raw(row)
        self.assertEqual(raw, HEAD)  # and all of it is kept

    def test_in_names(self):
        """Of files and directories, whatever reads them."""
        name = b"a\x1b[2J\x9b5n\r\n\x7fb"
        root = os.path.join(os.fsencode(self.cart.dir), b"tree")
        for path, octets in ((name + b".mbox", MBOX), (b"x\n.mbox", b"junk"),
                             (name + b"/" + name, MBOX)):
            os.makedirs(os.path.dirname(os.path.join(root, path)),
                        exist_ok=True)
            with open(os.path.join(root, path), "wb") as out:
                out.write(octets)
        os.symlink(b"/nowhere/" + name, os.path.join(root, b"l" + name))
        self.shows("pull", "-v", "mbox:tree")
        self.shows("list", status=0)
        self.pipes("list")
        self.pipes("pull", "mbox:tree")
        for folder in {row["folder"] for row in self.cart.messages()}:
            self.shows("list", folder, status=0)
        self.shows("pull", "mbox:tree\x1b[2J", status=66)
        self.shows("pull", "pop3://u@h\x1b[2J", status=64)
        self.shows("list", "no\x1b[2J", status=66)
        self.shows("export", self.cart.path("out"), status=0)
        for _, below, files in os.walk(self.cart.path("out").encode()):
            for name in below + files:
                self.assertEqual(terminal.obeyed(name), "")
                self.assertNotIn(b"\n", name)

    def test_of_an_imap_server(self):
        """Refusals, greeting, names: of a target and of a source."""
        self.cart.write("in.mbox", MBOX)
        self.shows("pull", "in.mbox", status=0)
        evil = EVIL.replace("\r", "")
        with ImapServer(no_words=f"[X\x1b[2J] {evil}", stop_after=99,
                        greeting=f"* OK {evil}",
                        capabilities=["X\x1b[2J"]) as server:
            self.assertIn("end", self.shows("push", "-v", "-v", server.url()))
            self.shows("status", status=0)
            self.shows("status", "--refused", status=0)
            self.pipes("status")
            self.shows("probe", server.url(), status=0)
            self.shows("plan", server.url())
        with ImapServer(login_no=evil) as server:
            self.shows("push", server.url(), status=77)
        with ImapServer(greeting=f"* BYE {evil}") as server:
            self.shows("probe", server.url())

    def test_of_an_imap_source(self):
        bad = ["a\x1b[2J\x07b", "x\x7f\x9b5n", "&ABs-[2J"]
        with ImapServer() as server:
            for name in bad:
                server.boxes[name] = Mailbox(7)
                server.boxes[name].add(HEAD.replace(b"\n", b"\r\n"),
                                       flags=("k\x1b[2J",))
            self.shows("pull", "-v", "-v", server.url())
        self.shows("list", status=0)
        self.pipes("list")

    def test_of_a_pop3_server(self):
        evil = EVIL.replace("\r", "")
        with Pop3Server([HEAD, HEAD + b"2"], greeting=f"+OK {evil}",
                        uidls=["a\x1b[2J", "b\x9b5n"],
                        err_on_retr={2: evil}) as server:
            at = f"pop3://anna@127.0.0.1:{server.port}"
            self.shows("pull", "-v", "-v", at)
            self.shows("probe", at, status=0)
            self.pipes("pull", at)
        self.shows("list", status=0)
        with Pop3Server([HEAD], login_error=evil) as server:
            self.shows("pull", f"pop3://anna@127.0.0.1:{server.port}",
                       status=77)

    def test_progress(self):
        """With progress on the terminal its own commands are all there is."""
        self.cart.write("in.mbox", MBOX)
        words = self.cart.command("pull", "in.mbox", json_lines=False)
        _, said = terminal.run(words, self.cart.dir)
        said = re.sub(rb"\x1b\[K", b"", said)
        self.assertEqual(terminal.obeyed(said), "")

    # -- names that would command a server ----------------------------------

    NAMES = [b"x\"\r\nM99 DELETE INBOX\r\n", b"x\r\nM9 LOGOUT", b"{5}",
             b"x{5+}", b"(", b"*", b"%", b"\\", b"\"\"", b"NIL", b"&", b"&-",
             b"..", b"-rf", b" ", b"inbox", b"INBOX ", b"CON", b"a" * 200,
             b"\xff\xfe", b"\xe2\x80\xae evil", b"~root"]

    def test_folders_that_command_a_server(self):
        root = os.path.join(os.fsencode(self.cart.dir), b"tree")
        os.mkdir(root)
        for number, name in enumerate(self.NAMES):
            if name in (b"..",):
                continue
            with open(os.path.join(root, name), "wb") as out:
                out.write(MBOX.replace(b"<\x1b", b"<%d" % number))
        self.shows("pull", "mbox:tree", status=1)  # one is no UTF-8
        with ImapServer() as server:
            self.shows("push", server.url())
            verbs = {line.split(" ")[1].upper() for line in server.transcript
                     if re.match(r"M\d+ ", line)}
            self.assertLessEqual(
                verbs, {"CAPABILITY", "LOGIN", "AUTHENTICATE", "ID", "LIST",
                        "NAMESPACE", "CREATE", "SUBSCRIBE", "SELECT", "UID",
                        "APPEND", "LOGOUT", "STATUS", "EXAMINE", "NOOP",
                        "ENABLE", "LSUB", "CLOSE", "UNSELECT"})
            self.assertFalse(server.said("DELETE INBOX$"))
            for name in server.boxes:
                self.assertNotRegex(name, r"[\x00-\x1f\x7f%*]")
            held = sum(len(box.messages) for box in server.boxes.values())
        self.assertEqual(held, len(self.NAMES) - 1)

    # -- names that would leave a directory ---------------------------------

    def test_mailboxes_that_leave_the_directory(self):
        names = ["../../evil", "/etc/evil", "..", ".", "a/../../../evil", "~",
                 "a//b", "C:\\evil", "CON", "nul.txt", "x\x00y", "-rf",
                 "a" * 300, ".hidden", "cur", "new", "tmp", "lpt1/aux"]
        with ImapServer() as server:
            for number, name in enumerate(names):
                server.boxes[name] = Mailbox(7 + number)
                server.boxes[name].add(
                    b"Message-ID: <%d@x>\r\nFrom: a@b\r\n\r\nx\r\n" % number)
            self.shows("pull", server.url())
        for form in ("mboxrd", "maildir", "eml"):
            top = self.cart.path("cage-" + form)
            os.mkdir(top)
            out = os.path.join(top, "in", "out")
            os.mkdir(os.path.dirname(out))
            self.shows("export", "--format", form, out, status=0)
            self.assertEqual(os.listdir(top), ["in"])
            self.assertEqual(os.listdir(os.path.dirname(out)), ["out"])
            files = 0
            for where, below, here in os.walk(out):
                for name in below + here:
                    self.assertFalse(os.path.islink(os.path.join(where, name)))
                    self.assertLessEqual(len(os.fsencode(name)), 255)
                files += sum(1 for name in here
                             if os.path.getsize(os.path.join(where, name)))
            self.assertGreaterEqual(files, len(names) - 2)


if __name__ == "__main__":
    if not mailcart.BIN or not os.access(mailcart.BIN, os.X_OK):
        print("MAILCART_BIN does not name the program", file=sys.stderr)
        sys.exit(1)
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    unittest.main(verbosity=2)
