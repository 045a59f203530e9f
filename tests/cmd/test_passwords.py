#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""The right password reaches the server, and nobody else."""
import base64
import os
import pty
import select
import subprocess
import termios
import time
import unittest

import tool
from imap_server import ImapServer, Mailbox
from pop3_server import Pop3Server

MAIL = b"Message-ID: <1@x>\r\nSubject: s\r\n\r\nhello\r\n"


class Terminal:
    """The program on a terminal of its own, which it controls."""

    def __init__(self, place, *args):
        self.pid, self.fd = pty.fork()
        if self.pid == 0:
            os.chdir(place.path)
            os.execve(tool.BINARY, [tool.BINARY, *args],
                      place.environment())
        self.seen = b""

    def wait_for(self, text, seconds=30):
        deadline = time.monotonic() + seconds * tool.SLOWER
        while text not in self.seen:
            left = deadline - time.monotonic()
            assert left > 0, (text, self.seen)
            if select.select([self.fd], [], [], left)[0]:
                self.seen += self.read()

    def read(self):
        try:
            return os.read(self.fd, 4096)
        except OSError:  # EIO: the program has ended
            return b""

    def echoes(self):
        return bool(termios.tcgetattr(self.fd)[3] & termios.ECHO)

    def type(self, text):
        os.write(self.fd, text)

    def end(self):
        deadline = time.monotonic() + 30 * tool.SLOWER
        while time.monotonic() < deadline:
            if select.select([self.fd], [], [], 0.1)[0]:
                piece = self.read()
                if not piece:
                    break
                self.seen += piece
        _, status = os.waitpid(self.pid, 0)
        os.close(self.fd)
        return os.waitstatus_to_exitcode(status)


class Passwords(unittest.TestCase):
    def setUp(self):
        self.place = tool.Place()
        self.place.__enter__()
        self.addCleanup(self.place.__exit__)

    def address(self, server, user="anna"):
        return f"pop3://{user}@127.0.0.1:{server.port}"

    def check(self, server, ended):
        self.assertEqual(ended.returncode, 0, ended.stderr)
        self.assertIn(f"PASS {server.password}", server.transcript)
        archive = (self.place.path / "mailcart.db").read_bytes()
        for where in (ended.stdout, ended.stderr, archive):
            self.assertFalse(server.password.encode() in where)

    def test_each_way(self):
        command = "printf 'from command\\nignored\\n'"
        secret_file = self.place.path / "pw"
        secret_file.write_text("from file\n")
        secret_file.chmod(0o600)
        ways = [
            ("from command", ["--password-command", command], {}),
            ("from file", ["--password-file=pw"], {}),
            ("from env", [], {"MAILCART_PASSWORD": "from env"}),
        ]
        for password, args, env in ways:
            with self.subTest(password=password), \
                    Pop3Server([MAIL], password=password) as server:
                self.check(server, self.place.run(
                    "pull", "-vv", self.address(server), *args, env=env))

    def test_too_long(self):
        """What no password is as long as: a mistake, told by where it is from,
        before anybody is asked."""
        (self.place.path / "pw").write_bytes(b"x" * 20000)
        (self.place.path / "pw").chmod(0o600)
        netrc = self.place.path / ".netrc"
        for said, args, env, text in (
                ("password file 'pw'", ["--password-file=pw"], {}, ""),
                ("password command", ["--password-command=cat pw"], {}, ""),
                ("MAILCART_PASSWORD", [], {"MAILCART_PASSWORD": "x" * 20000},
                 ""),
                (".netrc", [], {}, "default password " + "x" * 20000)):
            netrc.write_text(text)
            netrc.chmod(0o600)
            with self.subTest(said), Pop3Server([MAIL]) as server:
                ended = self.place.run("pull", self.address(server), *args,
                                       env=env)
            self.assertEqual(ended.returncode, 64, ended.stderr)
            self.assertRegex(ended.stderr.decode(), "\\Amailcart: .*" + said +
                             ": longer than the limit of 16384 octets; look "
                             "whether that is the password, .*\\n\\Z")
            self.assertNotIn("PASS", server.verbs())

    def test_netrc_too_large(self):
        """It is not cut: the end might be half a password."""
        netrc = self.place.path / ".netrc"
        entry = "default password "
        for size, status in ((256 * 1024, 0), (256 * 1024 + 1, 64)):
            netrc.write_text("#" * (size - len(entry) - 7) + "\n" + entry +
                             "secret")
            self.assertEqual(netrc.stat().st_size, size)
            netrc.chmod(0o600)
            with Pop3Server([MAIL]) as server:
                ended = self.place.run("pull", self.address(server))
            self.assertEqual(ended.returncode, status, ended.stderr)
        self.assertRegex(ended.stderr.decode(), "\\Amailcart: .*/.netrc: larger "
                         "than 256 KiB; .* use --password-file\\n\\Z")

    def test_netrc(self):
        netrc = self.place.path / ".netrc"
        netrc.write_text("machine 127.0.0.1 login other password no\n"
                         "machine 127.0.0.1 login anna password \"not so\"\n")
        netrc.chmod(0o644)
        with Pop3Server([MAIL], password="not so") as server:
            ended = self.place.run("pull", self.address(server))
            self.check(server, ended)
        self.assertEqual(ended.stderr.count(b"others can read"), 1)

    @unittest.skipIf(tool.IN_VALGRIND, "valgrind's command line keeps it")
    def test_in_the_address(self):
        """Works, with a warning; gone from the list of processes."""
        seen = []

        class Looking(Pop3Server):
            """Reads the command line of its client as it logs in."""

            client = None

            @property
            def password(self):
                if self.client:
                    with open(f"/proc/{self.client}/cmdline", "rb") as file:
                        seen.append(file.read())
                return "ge:heim"

            @password.setter
            def password(self, _):
                pass

        with Looking([MAIL]) as server:
            address = self.address(server, "anna:ge%3Aheim")
            process = subprocess.Popen(
                [tool.BINARY, "pull", address], cwd=self.place.path,
                env=self.place.environment(), stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE, stderr=subprocess.PIPE)
            server.client = process.pid
            out, err = process.communicate(timeout=60 * tool.SLOWER)
            server.client = None
        self.assertEqual(process.returncode, 0, err)
        self.assertIn(b"could be seen by others", err)
        self.assertNotIn(b"heim", out + err)
        self.assertTrue(seen)
        for line in seen:
            self.assertIn(b"pop3://anna:****", line)
            self.assertNotIn(b"heim", line)

    def test_wrong_password(self):
        with Pop3Server([MAIL], password="right") as server:
            ended = self.place.run("pull", self.address(server),
                                   env={"MAILCART_PASSWORD": "wrong-one"})
        self.assertEqual(ended.returncode, 77)
        self.assertEqual(ended.stdout, b"")
        self.assertEqual(ended.stderr.count(b"\n"), 1, ended.stderr)
        self.assertIn(b"wrong password", ended.stderr)
        self.assertNotIn(b"wrong-one", ended.stderr)

    def test_said_back(self):
        """A server that repeats what it was told is quoted without it."""
        password = "ge:heim \"4711"
        plain = base64.b64encode(f"\0anna\0{password}".encode()).decode()
        login = base64.b64encode(password.encode()).decode()
        said = [password, password.replace('"', '\\"'), plain, login]
        for words in said:
            for options in ([], ["-vv"], ["-vv", "--json"]):
                with self.subTest(words=words, options=options), \
                        Pop3Server([], login_error=f"no: {words}!") as pop3, \
                        ImapServer(login_no=f"no: {words}!") as imap:
                    self.refused(self.address(pop3), password, said, options)
                    self.refused(imap.url(), password, said, options)

    def refused(self, address, password, said, options):
        ended = self.place.run(
            "pull", *options, address, env={"MAILCART_PASSWORD": password})
        self.assertEqual(ended.returncode, 77, ended.stderr)
        self.is_veiled(ended, said + ["heim"])

    def is_veiled(self, ended, said):
        """Quoted, and nowhere with the password: not in the archive either."""
        self.assertIn(b"no: ***", ended.stdout + ended.stderr)
        kept = b"".join(path.read_bytes()
                        for path in self.place.path.iterdir())
        for word in said:
            self.assertNotIn(word.encode(),
                             ended.stdout + ended.stderr + kept)

    LATER = ("ge:heim", base64.b64encode(b"\0anna\0ge:heim").decode())

    def later(self, status, *words, ways=(["-vv"], ["-vv", "--json"])):
        """At whatever it says when it has let us in."""
        for options in ways:
            ended = self.place.run(*words, *options, env={
                "MAILCART_PASSWORD": self.LATER[0],
                "MAILCART_TARGET_PASSWORD": self.LATER[0]})
            self.assertEqual(ended.returncode, status, ended.stderr)
            self.is_veiled(ended, self.LATER)
            for path in self.place.path.glob("mailcart.db*"):
                path.unlink()

    def test_said_back_by_a_source(self):
        for words in self.LATER:
            words = f"no: {words}! And never again."
            for status, behave, options in (
                    (1, dict(err_on_retr={1: words}), ()),
                    (1, dict(err_on_retr={1: "[SYS/PERM] " + words}), ()),
                    (1, dict(err_on_dele={1: words}), ("--delete-source",))):
                with self.subTest(behave), Pop3Server(
                        [MAIL], password=self.LATER[0], **behave) as server:
                    self.later(status, "pull", *options,
                               self.address(server))
            with self.subTest(imap=words), ImapServer(
                    password=self.LATER[0], select_no="INBOX",
                    no_select=words) as server:
                server.boxes["INBOX"].add(MAIL)
                self.later(1, "pull", server.url())

    def test_said_back_by_a_target(self):
        (self.place.path / "box").write_bytes(tool.mbox(3))
        ways = [behave for words in (f"no: {word}! And never again."
                                     for word in self.LATER)
                for behave in (dict(no_words=words), dict(create_no=words),
                               dict(no_words="[ALERT] " + words))]
        for behave in ways:
            with self.subTest(behave), ImapServer(
                    password=self.LATER[0], **behave) as server:
                self.later(1, "migrate", "mbox:box", server.url())
        with ImapServer(password=self.LATER[0], bye=b"number 1", bye_times=1,
                        bye_words="no: " + self.LATER[0]) as server:
            self.later(0, "migrate", "mbox:box", server.url(), ways=(["-vv"],))

    def test_what_holds_the_password_by_chance(self):
        """A key or a name that holds it is no word of the server's, and is
        taken as it is."""
        with Pop3Server([MAIL], uidls=["secret-1"]) as server, \
                ImapServer() as imap:
            imap.boxes["top secret"] = Mailbox(77)
            imap.boxes["top secret"].add(MAIL)
            for address in (self.address(server), imap.url()):
                ended = self.place.run("pull", address, env={
                    "MAILCART_PASSWORD": "secret"})
                self.assertEqual(ended.returncode, 0, ended.stderr)
        listed = self.place.run("list", "--json").stdout
        self.assertIn(b'"key":"secret-1"', listed)
        self.assertIn(b'"folder":"top secret"', listed)

    def test_nobody_to_ask(self):
        with Pop3Server([MAIL]) as server:
            ended = self.place.run("pull", self.address(server))
        self.assertEqual(ended.returncode, 64, ended.stderr)
        self.assertIn(b"--password-command", ended.stderr)
        self.assertNotIn("PASS", server.verbs())

    def test_what_a_command_is_told(self):
        """No password of ours, and no file of ours; all else, as a password
        manager wants to know its store, and somebody may hand on a file."""
        tell = ("cat /proc/$$/cmdline >%s.cmdline; cat /proc/$$/environ "
                ">%s.environ; readlink /proc/$$/fd/* >%s.fd; echo %s")
        words = {"source": "ge:heim", "target": "secret"}
        with Pop3Server([MAIL], password=words["source"]) as old, \
                ImapServer() as new, \
                open(self.place.path / "handed on", "wb") as handed_on:
            for side in words:
                (self.place.path / side).write_text(words[side])
            ended = self.place.run(
                "migrate", self.address(old), new.url(),
                "--password-command", tell % (("source",) * 3 + (
                    "$(cat source)",)),
                "--target-password-command", tell % (("target",) * 3 + (
                    "$(cat target)",)),
                env={"MAILCART_PASSWORD": "is:geheim",
                     "MAILCART_TARGET_PASSWORD": "was:geheim",
                     "PASSWORD_STORE_DIR": "/store"},
                pass_fds=[handed_on.fileno()])
            self.assertEqual(ended.returncode, 0, ended.stderr)
        for side in words:
            with self.subTest(side=side):
                told = [(self.place.path / f"{side}.{what}").read_bytes()
                        for what in ("cmdline", "environ", "fd")]
                self.assertNotRegex(b"".join(told), b"heim|secret")
                self.assertIn(b"\0PASSWORD_STORE_DIR=/store\0",
                              b"\0" + told[1])
                files = {path for path in told[2].decode().replace(
                    f"{self.place.path}/", "").splitlines()
                         if not (tool.IN_VALGRIND and "/found/run." in path)}
                # The pipe is our standard error.
                self.assertRegex(
                    "\n".join(sorted(files)),
                    rf"\A/dev/null\nhanded on\npipe:.*\n{side}.fd\Z")

    def test_command_for_each_login(self):
        """A token may be old when a connection is made anew."""
        with Pop3Server([MAIL] * 3, password="ge:heim",
                        cut={2: 10}) as server:
            ended = self.place.run(
                "pull", self.address(server), "--password-command",
                "echo x >>count; echo ge:heim")
        self.assertEqual(ended.returncode, 0, ended.stderr)
        logins = server.verbs().count("PASS")
        self.assertGreater(logins, 1)
        self.assertEqual((self.place.path / "count").read_text(),
                         "x\n" * logins)

    def test_command_ends_with_us(self):
        """Killed, we leave no command behind that nobody listens to."""
        with Pop3Server([MAIL]) as server:
            process = subprocess.Popen(
                [tool.BINARY, "pull", self.address(server),
                 "--password-command", "echo $$ >pid.part; "
                 "mv pid.part pid; exec sleep 600"],
                cwd=self.place.path, env=self.place.environment(),
                stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL)
            pid = self.place.path / "pid"
            self.wait_until(pid.exists)
            process.kill()
            process.wait()
            self.wait_until(lambda: not os.path.exists(
                f"/proc/{pid.read_text().strip()}"))

    def wait_until(self, is_so, seconds=30):
        deadline = time.monotonic() + seconds * tool.SLOWER
        while not is_so():
            self.assertLess(time.monotonic(), deadline)
            time.sleep(0.02)

    def test_command_that_fails(self):
        with Pop3Server([MAIL]) as server:
            ended = self.place.run("pull", self.address(server),
                                   "--password-command=echo x; exit 7")
        self.assertEqual(ended.returncode, 74, ended.stderr)
        self.assertIn(b"exit status 7", ended.stderr)

    def test_prompt(self):
        with Pop3Server([MAIL], password="typed in") as server:
            terminal = Terminal(self.place, "pull", self.address(server))
            terminal.wait_for(b"Password for pop3://anna@127.0.0.1")
            terminal.wait_for(b": ")
            self.assertFalse(terminal.echoes())
            terminal.type(b"typed in\n")
            terminal.wait_for(b"The only message is in mailcart.db")
            self.assertEqual(terminal.end(), 0)
        self.assertIn("PASS typed in", server.transcript)
        self.assertNotIn(b"typed", terminal.seen)

    def test_prompts_come_first(self):
        """Nobody waits at the terminal until the first account is read."""
        with Pop3Server([MAIL], password="one") as first, \
                Pop3Server([MAIL], password="two") as second:
            terminal = Terminal(self.place, "pull", self.address(first),
                                self.address(second))
            terminal.wait_for(b"1:%d: " % first.port)
            terminal.type(b"one\n")
            terminal.wait_for(b"1:%d: " % second.port)
            self.assertEqual(first.verbs(), [])
            terminal.type(b"two\n")
            terminal.wait_for(b"All 2 messages are in mailcart.db")
            self.assertEqual(terminal.end(), 0)
        self.assertIn("PASS one", first.transcript)
        self.assertIn("PASS two", second.transcript)

    def test_prompts_in_order(self):
        """A move asks as its servers were named, the target last, before it
        knocks anywhere: a password never goes to another one by habit."""
        with Pop3Server([MAIL], password="one") as old, \
                ImapServer() as new:
            terminal = Terminal(self.place, "migrate", self.address(old),
                                new.url())
            terminal.wait_for(b"1:%d: " % old.port)
            terminal.type(b"one\n")
            terminal.wait_for(b"1:%d: " % new.port)
            self.assertEqual((old.verbs(), new.transcript), ([], []))
            terminal.type(b"secret\n")
            terminal.wait_for(b"The only message is on 127.0.0.1")
            self.assertEqual(terminal.end(), 0)

    def test_interrupted_prompt(self):
        """One line, and nothing else is asked."""
        with Pop3Server([MAIL]) as old, ImapServer() as new:
            for words in (("pull", self.address(old)),
                          ("migrate", self.address(old), new.url())):
                terminal = Terminal(self.place, *words)
                terminal.wait_for(b"Password for")
                terminal.wait_for(b": ")
                terminal.type(b"\x03")
                terminal.wait_for(b"mailcart: ")
                self.assertEqual(terminal.end(), 130)
                self.assertRegex(terminal.seen, rb"\A(\rconnecting\x1b\[K)?"
                                 rb"\s*(\x1b\[K)?Password for [^ ]*: "
                                 rb"(\^C)?\s*mailcart: [^\n]*interrupted\s*"
                                 rb"\Z")
            self.assertNotIn("PASS", old.verbs())
            self.assertEqual(new.transcript, [])

    def test_nothing_typed(self):
        for keys in (b"\n", b"\x04"):
            with Pop3Server([MAIL]) as server:
                terminal = Terminal(self.place, "pull", self.address(server))
                terminal.wait_for(b"Password for")
                terminal.wait_for(b": ")
                terminal.type(keys)
                terminal.wait_for(b"no password was typed")
                self.assertEqual(terminal.end(), 77)

    def test_echo_comes_back(self):
        """After a killed run nothing can help; after Ctrl-C it is there."""
        master, slave = os.openpty()
        with Pop3Server([MAIL]) as server:
            process = subprocess.Popen(
                ["setsid", "-c", tool.BINARY, "pull", self.address(server)],
                cwd=self.place.path, env=self.place.environment(),
                stdin=slave, stdout=slave, stderr=slave)
            seen = b""
            while b"Password for" not in seen:
                seen += os.read(master, 4096)
            self.assertFalse(termios.tcgetattr(slave)[3] & termios.ECHO)
            os.write(master, b"\x03")
            self.assertEqual(process.wait(30 * tool.SLOWER), 130)
            self.assertTrue(termios.tcgetattr(slave)[3] & termios.ECHO)
        os.close(master)
        os.close(slave)


if __name__ == "__main__":
    unittest.main()
