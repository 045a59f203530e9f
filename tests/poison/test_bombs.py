# SPDX-License-Identifier: MIT
"""What is small and becomes large, deep or endless: it is read in bounded
memory and time, kept to the octet, or stopped with one clear line."""
import os
import random
import resource
import sys
import unittest

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(os.path.dirname(HERE), "real"))
import bomb  # noqa: E402
import mailcart  # noqa: E402
from mailcart import LONG, Case  # noqa: E402

MIB = 1 << 20
MEMORY = 64 * MIB  # README, Limits
FROM = b"From a@b Thu Feb  6 11:51:37 1992\n"
HEAD = (b"From: a@b.example\nSubject: bomb\n"
        b"Date: Thu, 6 Feb 1992 11:51:37 +0000\n")
SCALE = 64 if LONG else 1


def measured():
    """The program whose memory counts, or none."""
    release = os.environ.get("MAILCART_RELEASE_BIN", "")
    if release and os.access(release, os.X_OK):
        return release
    return "" if mailcart.sanitized() else mailcart.BIN


class Bombs(Case):
    def setUp(self):
        self.cart = self.cart()

    def pull(self, path, status=0, seconds=240 * SCALE):
        """In bounded memory, where that can be measured."""
        words = self.cart.command("pull", path)
        words[0] = measured() or mailcart.BIN
        result = mailcart.run_measured(words, cwd=self.cart.dir,
                                       timeout=seconds)
        self.ends(result, status)
        if measured():
            self.assertLess(result.peak, MEMORY, str(result))
        return result

    def file(self, name, octets):
        return self.cart.write(name, octets)

    def same(self, octets):
        """The only message is these octets."""
        row, = self.cart.messages()
        self.assertEqual(self.cart.raw(row), octets)
        self.ends(self.cart.run("verify"))

    def test_unpacks_to_much(self):
        """Each in its way; the whole of it is one message, and adds up."""
        for name, pack, mib in (("zst", bomb.zstd, 64), ("gz", bomb.gzip, 16),
                                ("bz2", bomb.bzip2, 16), ("xz", bomb.xz, 16)):
            with self.subTest(name):
                path = self.cart.path(f"bomb.mbox.{name}")
                pack(path, FROM + HEAD + b"\n", b"a", mib * SCALE)
                self.assertLess(os.path.getsize(path), MIB)
                result = self.pull(path)
                row = result.summary()
                self.assertEqual((row["listed"], row["failed"]), (1, 0))
                self.assertEqual(row["octets"], len(HEAD) + 1
                                 + mib * SCALE * MIB)
                self.assertLess(os.path.getsize(self.cart.archive), 8 * MIB)

    def test_unpacks_to_lines(self):
        """Line ends alone, of which each is work of its own."""
        path = self.cart.path("lines.mbox.zst")
        bomb.zstd(path, FROM + HEAD + b"\n", b"\n", 2 * SCALE)
        self.assertEqual(self.pull(path).summary()["stored"], 1)

    def test_unpacks_to_no_mail(self):
        """Nothing of it is an mbox, and that is known at once."""
        path = self.cart.path("zeros.zst")
        bomb.zstd(path, b"", b"\0", 64 * 1024)
        line = self.one_line(self.pull("mbox:" + path, mailcart.DATAERR, 60),
                             mailcart.DATAERR, "zeros.zst", "no mbox")
        self.assertIn("no From_ line", line)
        bomb.zstd(path, b"", b"\n", 64 * 1024)
        self.one_line(self.pull("mbox:" + path, mailcart.DATAERR, 60),
                      mailcart.DATAERR, "nothing but blank lines")

    def test_endless_first_line(self):
        path = self.cart.path("first.mbox.zst")
        bomb.zstd(path, b"From ", b"x", 64 * 1024)
        result = self.pull("mbox:" + path, mailcart.SOME, 60)
        self.assertIn("far too long", str(result))

    def test_window(self):
        """A frame that wants gigabytes before its first octet is refused."""
        path = self.cart.path("window.mbox.zst")
        bomb.zstd_window(path)
        self.one_line(self.pull("mbox:" + path, mailcart.DATAERR),
                      mailcart.DATAERR, "asks for more memory")

    def test_bomb_in_a_tree(self):
        """One of many files: it is a message, or is told; the rest is read."""
        os.mkdir(self.cart.path("tree"))
        bomb.zstd(self.cart.path("tree", "1.eml.zst"), HEAD + b"\n", b"b", 64)
        bomb.zstd(self.cart.path("tree", "2.eml.zst"), HEAD + b"X: ", b"b", 32)
        self.file("tree/3.eml", HEAD + b"\nsmall\n")
        row = self.pull("eml:" + self.cart.path("tree")).summary()
        self.assertEqual((row["listed"], row["failed"]), (3, 0))

    def test_nested_parts(self):
        """MIME 10,000 deep is octets, as any other body is."""
        text = HEAD
        for n in range(10000):
            text += (b"Content-Type: multipart/mixed; boundary=b%d\n\n--b%d\n"
                     % (n, n))
        text += b"\nx\n" + b"".join(b"--b%d--\n" % n
                                    for n in range(9999, -1, -1))
        self.pull("mbox:" + self.file("deep.mbox", FROM + text))
        self.same(text)

    def test_nested_messages(self):
        text = HEAD + b"Content-Type: message/rfc822\n\n"
        text *= 10000
        self.pull("eml:" + self.file("deep.eml", text))
        self.same(text)

    def test_nested_parts_of_apple(self):
        """Of a message that is put together again, parts are walked."""
        text = HEAD
        for n in range(10000):
            text += (b"Content-Type: multipart/mixed; boundary=b%d\n\n--b%d\n"
                     % (n, n))
        text += b"X-Apple-Content-Length: 9\n\n\n" + b"".join(
            b"--b%d--\n" % n for n in range(9999, -1, -1))
        self.file("Work.mbox/Messages/1.partial.emlx",
                  b"%d\n" % len(text) + text + b"<?xml version=\"1.0\"?>\n")
        row = self.pull(self.cart.path("Work.mbox")).summary()
        self.assertEqual((row["listed"], row["stored"]), (1, 1))

    def test_header_lines(self):
        """A million of them; and a hundred thousand that count."""
        text = HEAD + b"".join(b"X-%d: y\n" % n for n in range(1000000))
        self.pull("eml:" + self.file("many.eml", text + b"\nbody\n"))
        self.same(text + b"\nbody\n")

    def test_header_lines_that_count(self):
        text = HEAD
        for name in (b"Message-ID: <%d@x>\n", b"To: a%d@b\n",
                     b"X-Keywords: k%d\n", b"X-Gmail-Labels: l%d,m%d\n",
                     b"Received: by x%d; Thu, 6 Feb 1992 11:51:37 +0000\n"):
            wants = name.count(b"%d")
            text += b"".join(name % ((n,) * wants) for n in range(20000))
        self.pull("mbox:" + self.file("count.mbox", FROM + text + b"\nb\n"))
        self.same(text + b"\nb\n")

    def noise(self, mib):
        """Lines that do not pack, so that the writer is slower than who
        reads."""
        for _ in range(mib):
            text = random.randbytes(MIB // 2).hex().encode()
            yield b"".join(text[at:at + 63] + b"\n"
                           for at in range(0, MIB, 64))

    def test_internal_data(self):
        """What is no message of an mbox, and larger than memory may be."""
        path = self.file("pine.mbox", FROM.replace(b"a@b", b"MAILER-DAEMON")
                         + b"Subject: DON'T DELETE THIS MESSAGE -- FOLDER "
                         b"INTERNAL DATA\nX-IMAP: 1 2\n\n")
        with open(path, "ab") as out:
            out.writelines(self.noise(128))
            out.write(b"\n" + FROM + HEAD + b"\nbody\n")
        row = self.pull("mbox:" + path).summary()
        self.assertEqual((row["listed"], row["stored"]), (1, 1))

    def test_lines_that_are_taken_off(self):
        """Small messages with much that is no part of them."""
        path = self.file("uid.mbox", b"")
        with open(path, "ab") as out:
            for n, noise in enumerate(self.noise(128)):
                for part in range(4):
                    some = noise[part * MIB // 4:][:MIB // 4 - 4096]
                    out.write(FROM + HEAD + b"Message-ID: <%d.%d@x>\nX-UID: "
                              % (n, part) + some.replace(b"\n", b"")
                              + b"\n\nbody\n\n")
        row = self.pull("mbox:" + path).summary()
        self.assertEqual((row["listed"], row["stored"]), (512, 512))

    def test_folded_for_ever(self):
        text = HEAD + b"Message-ID:\n" + b" (\n" * 300000 + b" <1@x>\n"
        self.pull("eml:" + self.file("fold.eml", text + b"\nbody\n"))
        self.same(text + b"\nbody\n")

    def test_encoded_words(self):
        """Words that decode to much, comments in comments, half quotes."""
        text = (b"From: " + b"(" * 30000 + b"a@b\n"
                + b"Subject: " + b"=?utf-8?Q?=41?= " * 4000 + b"\n"
                + b"To: " + b'"\\' * 30000 + b"\n"
                + b"Date: " + b"(Thu) " * 10000 + b"6 Feb 1992 11:51:37\n"
                + b"Message-ID: " + b"<" * 60000 + b"\n")
        self.pull("eml:" + self.file("words.eml", text + b"\nbody\n"))
        self.same(text + b"\nbody\n")

    def test_endless_line(self):
        """In the header and in the body; 1 GiB with MAILCART_LONG."""
        mib = 1024 if LONG else 16
        for name, start in (("head", HEAD + b"Subject: "),
                            ("body", HEAD + b"\n")):
            with self.subTest(name):
                path = self.file(f"{name}.eml", start)
                with open(path, "ab") as out:
                    for _ in range(mib):
                        out.write(b"x" * MIB)
                row = self.pull("eml:" + path).summary()
                self.assertEqual((row["listed"], row["failed"]), (1, 0))
                self.assertEqual(row["octets"], len(start) + mib * MIB)
        self.ends(self.cart.run("verify"))
        for line in self.cart.run("list", json_lines=False).out.splitlines():
            self.assertLess(len(line), 4096)

    def test_from_lines(self):
        """Messages that are a separator each: the same one 30,000 times, and
        each is known at once."""
        text = b"From a@b Thu Feb  6 11:51:37 1992\n\n" * 30000
        path = self.file("seps.mbox", text)
        for head in (b"", FROM + HEAD + b"\n\n"):
            self.file("seps.mbox", head + text)
            result = self.pull("mbox:" + path)
            self.adds_up_pull(result.summary())
            self.assertLess(result.user, 5 if measured() else 60, str(result))

    def test_long_from_lines(self):
        """Separators of 60,000 octets in which one may look long for dates."""
        line = b"From " + b"Thu Feb 6 1:1:1 " * 3700 + b"\n"
        self.pull("mbox:" + self.file("from.mbox", FROM + HEAD + b"\nb\n"
                                      + (b"\n" + line) * 200))

    def test_plan_of_one_line(self):
        """A plan without an end to its line is no plan."""
        self.pull("mbox:" + self.file("a.mbox", FROM + HEAD + b"\nb\n"))
        with open(self.cart.path("plan"), "wb") as out:
            out.write(b'{"v":1,"type":"')
            for _ in range(128):
                out.write(b"p" * MIB)
        words = self.cart.command("push", "--plan", self.cart.path("plan"),
                                  "imap://anna@127.0.0.1:1")
        words[0] = measured() or mailcart.BIN
        result = mailcart.run_measured(words, cwd=self.cart.dir, timeout=60)
        self.assertNotEqual(result.status, 0)
        if measured():
            self.assertLess(result.peak, MEMORY, str(result))


if __name__ == "__main__":
    if not mailcart.BIN or not os.access(mailcart.BIN, os.X_OK):
        print("MAILCART_BIN does not name the program", file=sys.stderr)
        sys.exit(1)
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    unittest.main(verbosity=2)
