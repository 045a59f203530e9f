#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Each mistake is one line that says what to do, and its exit status."""
import os
import re
import resource
import subprocess
import unittest

import tool

# (what was typed, exit status, what the line says)
MISTAKES = [
    ("", 64, "no command given; 'mailcart help' lists them"),
    ("-v", 64, "no command given; 'mailcart help' lists them"),
    ("pul mbox:x", 64, "unknown command 'pul'; did you mean 'pull'?"),
    ("hlep", 64, "unknown command 'hlep'; did you mean 'help'?"),
    ("frobnicate", 64, "unknown command 'frobnicate'; 'mailcart help' "
                       "lists them"),
    ("help frobnicate", 64, "unknown command 'frobnicate'"),
    ("pull", 64, "pull: an operand is missing: write mailcart pull "
                 "SOURCE..."),
    ("migrate mbox:x", 64, "migrate: an operand is missing: write mailcart "
                           "migrate SOURCE... TARGET"),
    ("migrate", 64, "migrate: SOURCE... TARGET is missing"),
    ("status now", 64, "status: 'now' is one word too many: write mailcart "
                       "status$"),
    ("pull --achive=x mbox:y", 64, "did you mean '--archive'"),
    ("--achive=x pull mbox:y", 64, "did you mean '--archive'"),
    ("push --password-file=x imaps://a@b", 64,
     "did you mean '--target-password-file'"),
    ("list --deep", 64, "unknown option '--deep'"),
    ("pull mbox:x -a", 64, "--archive needs a value"),
    ("pull --mbox-quote=maybe mbox:x", 64, "write --mbox-quote rd.o.none"),
    ("migrate imaps://a@b mbox:x", 64, "the target 'mbox:x' is no IMAP "
                                       "server"),
    ("push imaps://b", 64, "'imaps://b': no '@': write USER@HOST"),
    ("push imaps:a@b", 64, "write imaps://USER@HOST"),
    ("push imaps://a@", 64, "no host name: write USER@HOST"),
    ("push imaps://a@b:99999999", 64, "'99999999' is no port number: write "
                                    "HOST:PORT"),
    ("pull pop3s://a@b:secret", 64, "mailcart: what stands behind the host's "
                                    "':' is no port number"),
    ("pull pop3s://a:p/w@b", 64, "no '@' before the first '/': .*%2F"),
    ("pull -", 64, "standard input is written mbox:-"),
    ("pull pop.example.org", 66, "an account is written pop3s://USER@HOST"),
    ("push --plan=nothing imaps://a@127.0.0.1:1", 66,
     "cannot open the plan 'nothing': no such file"),
    ("migrate --target-tls-ca=nothing one.mbox imaps://a@127.0.0.1:1", 66,
     "cannot open the certificates 'nothing': no such file"),
    ("probe --password-file=pw imaps://a@127.0.0.1:1", 69,
     "connection refused; look at its name and port, or try again later"),
    ("migrate mbox:box imaps://b", 64, "write USER@HOST"),
    ("plan imaps://b", 64, "write USER@HOST"),
    ("verify --deep imaps://b", 64, "write USER@HOST"),
    ("push pop3s://a@b", 64, "the target 'pop3s://a@b' is no IMAP server"),
    ("push host.example.org", 64, "is no IMAP server"),
    ("pull smtp://a@b", 64, "'smtp://' is not known"),
    ("pull pop3s://b", 64, "write USER@HOST"),
    ("push --map=x imaps://a@b", 64, "'x' is no mapping: write --map "
                                     "FROM=TO"),
    ("push --map==x imaps://a@b", 64, "is no mapping"),
    ("push --tls-fingerprint=00:11 imaps://a@b", 64,
     "'00:11' is no SHA-256 fingerprint"),
    ("pull --since=2019-02-30 mbox:x", 64,
     "'2019-02-30' does not fit --since: write --since DATE, as 2019-12-31"),
    ("pull --before=yesterday mbox:x", 64, "'yesterday' does not fit"),
    ("migrate --max-size=25MB mbox:x imaps://a@b", 64,
     "'25MB' does not fit --max-size: write --max-size SIZE: octets, or as "),
    ("pull --since=2019-01-02 --before=2019-01-02 mbox:x", 64,
     "no message is from 2019-01-02T00:00:00Z .--since. on and before"),
    ("push --since=2019-01-02 imaps://a@b", 64, "unknown option '--since'"),
    ("verify --deep", 64, "--deep compares with a server"),
    ("show x", 64, "'x' is no number of a message"),
    ("show 0", 64, "'0' is no number of a message"),
    ("show --headers --raw 1", 64, "choose one"),
    ("show --json 1", 64, "'mailcart list --json'"),
    ("show --sighting=-1 1", 64, "write --sighting N"),
    ("list", 66, "there is no archive .*pull. makes one"),
    ("status", 66, "there is no archive .*pull. makes one"),
    ("show 1", 66, "there is no archive .*pull. makes one"),
    ("verify", 66, "there is no archive .*pull. makes one"),
    ("export x", 66, "there is no archive .*pull. makes one"),
    ("push --target-password-file=pw imaps://a@127.0.0.1:1", 66,
     "there is no archive .*pull. makes one"),
    ("pull mbox:nothing-here", 66, "no such file"),
    ("pull mobx:mail", 66, "'mobx:mail': there is no file of that name; did "
                           "you mean 'mbox:mail'"),
    ("pull pop3//a@b", 66, "'pop3//a@b': there is no file of that name; did "
                           "you mean pop3://USER@HOST"),
    ("pull imap:a@b", 64, "write imap://USER@HOST"),
    ("pull anna@example.org", 66, "an account is written pop3s://USER@HOST"),
    ("push --into x anna@example.org", 66, "an account is written"),
    ("pull anna:pw@example.org", 66, "mailcart: there is no file of that name"),
    ("pull x@y/z:a", 66, "an account is written"),
    ("pull --target-auth=PLAIN imaps://a@b", 64, "did you mean '--auth'"),
    ("pull mbox:~/Mail", 66, "'mbox:~/Mail': .*the shell left the '~' as it "
                             "is; write .HOME"),
    ("migrate mbox:nothing-here imaps://a@127.0.0.1:1", 66,
     "'mbox:nothing-here': no such file"),
    ("pull --password-file=nothing imaps://a@127.0.0.1:1", 66,
     "cannot open the password file 'nothing': no such file"),
    ("pull ~/Mail", 66, "'~/Mail': .*write .HOME"),
    ("migrate mbox:x imaps://b", 64, "'imaps://b': no '@': write USER@HOST"),
    ("migrate imaps://a@b IMAPS://a@B", 64, "the source 'imaps://a@b' is the "
                                            "target itself"),
    ("plan one.mbox imaps://a@b imaps://a@b", 64, "is the target itself"),
    ("migrate --delete-source pop3s://a@b imaps://a@b", 64,
     "'pop3s://a@b' and the target are one account"),
    ("pull --delete-source --no-quit pop3s://a@b", 64,
     "deletes by QUIT; leave out --no-quit"),
    ("pull -a no/such/directory/a.db one.mbox", 73, "no/such/directory"),
    ("list -a one.mbox", 65, "one.mbox"),
    ("pull -a one.mbox one.mbox", 65, "one.mbox"),
    ("pull --password-file=pw pop3s://a@127.0.0.1:1", 69,
     "connection refused; look at its name and port, or try again later"),
]


class Mistakes(unittest.TestCase):
    def setUp(self):
        self.place = tool.Place()
        self.place.__enter__()
        self.addCleanup(self.place.__exit__)
        (self.place.path / "one.mbox").write_bytes(tool.mbox(1))
        (self.place.path / "pw").write_bytes(b"x\n")

    def test_one_line_each(self):
        for typed, status, text in MISTAKES:
            with self.subTest(typed=typed):
                ended = self.place.run(*typed.split())
                said = ended.stderr.decode()
                self.assertEqual(ended.returncode, status, said)
                self.assertEqual(ended.stdout, b"")
                self.assertRegex(said, r"\Amailcart: [^\n]+\n\Z")
                self.assertRegex(said.strip(), text)

    def test_too_few_files(self):
        """Wherever it comes to that, the line says how to allow more."""
        (self.place.path / "box").write_bytes(tool.mbox(1))
        told = 0
        for most in range(4, 20):
            for words in (("pull", "mbox:box"), ("pull", "pop3://a@127.0.0.1:1"),
                          ("migrate", "mbox:box", "imap://a@127.0.0.1:1")):
                ended = self.place.run(*words, env={
                    "MAILCART_PASSWORD": "x", "MAILCART_TARGET_PASSWORD": "x"},
                    preexec_fn=lambda: resource.setrlimit(
                        resource.RLIMIT_NOFILE, (most, most)))
                lines = [line for line in ended.stderr.decode().splitlines()
                         if "too many open files" in line]
                for line in lines:
                    self.assertTrue(line.endswith(
                        "; allow more with ulimit -n, then run it again"), line)
                told += len(lines)
                for path in self.place.path.glob("mailcart.db*"):
                    path.unlink()
        self.assertGreater(told, 10)

    def test_no_secret_in_a_mistake(self):
        for address in ("pop3s://a:geheim@", "pop3s://a:geheim@h:x",
                        "pop3s://a:gehe%zzim@h", "imapx://a:geheim@h",
                        "pop3s://a:geheim@h/x", "pop3s://a:geheim"):
            ended = self.place.run("pull", address)
            self.assertEqual(ended.returncode, 64, address)
            self.assertNotIn(b"gehe", ended.stderr + ended.stdout, address)

    def test_output_that_cannot_be_written(self):
        self.assertEqual(self.place.run("pull", "one.mbox").returncode, 0)
        for args in (["status"], ["list"], ["list", "one"], ["show", "1"],
                     ["verify"], ["help"], ["list", "--json"],
                     ["pull", "one.mbox"], ["pull", "--json", "one.mbox"]):
            with self.subTest(args=args), open("/dev/full", "wb") as full:
                ended = self.place.run(*args, stdout=full)
                self.assertEqual(ended.returncode, 74)
                self.assertEqual(
                    ended.stderr.decode(), "mailcart: cannot write to "
                    "standard output: no space left on device; make room "
                    "there, then run it again\n")

    def test_nobody_reads(self):
        """As `| head` ends: quietly."""
        (self.place.path / "many.mbox").write_bytes(tool.mbox(5000))
        self.assertEqual(self.place.run("pull", "many.mbox").returncode, 0)
        for args in (["list", "many"], ["list", "--json"], ["status"]):
            reader, writer = os.pipe()
            os.close(reader)
            ended = self.place.run(*args, stdout=writer)
            os.close(writer)
            self.assertEqual((ended.returncode, ended.stderr), (74, b""))

    def test_closed_streams(self):
        """No archive is opened in the place of a standard stream."""
        self.assertEqual(self.place.run("pull", "one.mbox").returncode, 0)
        before = (self.place.path / "mailcart.db").read_bytes()
        ended = subprocess.run(
            f"exec {tool.BINARY} status <&- >&- 2>&-", shell=True,
            cwd=self.place.path, timeout=60, check=False)
        self.assertEqual(ended.returncode, 74)
        after = (self.place.path / "mailcart.db").read_bytes()
        self.assertEqual(before, after)

    def test_hostile_words_are_escaped(self):
        ended = self.place.run("\x1b[2Jpull")
        self.assertNotIn(b"\x1b", ended.stderr)
        self.assertRegex(ended.stderr, re.escape(rb"\x1b[2Jpull"))


if __name__ == "__main__":
    unittest.main()
