# SPDX-License-Identifier: MIT
"""What goes wrong is said in one clear line, with the documented status, and
nothing is lost by it."""
import os
import pwd
import socket
import sqlite3
import subprocess
import sys
import time

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import mailcart  # noqa: E402
import samples_of  # noqa: E402
import seal  # noqa: E402
from dovecot import Dovecot  # noqa: E402
from mailcart import (BIN, CANTCREAT, DATAERR, IOERR, NOINPUT, NOPERM, OK,  # noqa
                      TEMPFAIL, UNAVAILABLE, USAGE, Case)

WRONG = "not-the-password"


class Errors(Case):
    def setUp(self):
        self.cart = self.cart()

    def mbox(self, count=3, size=0):
        rows = [("a@b.org Thu Jan  1 10:00:00 2004", octets + b"x" * size)
                for octets in samples_of.small(count)]
        self.cart.write("mbox/Kept", samples_of.mbox(rows))
        return "mbox:" + self.cart.path("mbox")

    def test_wrong_password(self):
        # Wrong passwords are answered at once, however many.
        patient = ("auth_failure_delay = 0\nservice anvil {\n"
                   "  unix_listener anvil-auth-penalty {\n    mode = 0\n"
                   "  }\n}\n")
        with Dovecot(users=("anna",), extra=patient) as server:
            self.cart.ca = server.ca
            self.ends(self.cart.run("pull", self.mbox()))
            self.cart.write("password", WRONG + "\n")
            self.cart.write("target-password", WRONG + "\n")
            for verb, scheme in (("probe", "pop3s"), ("probe", "imaps"),
                                 ("pull", "pop3s"), ("pull", "pop3"),
                                 ("push", "imaps"), ("push", "imap")):
                with self.subTest(verb=verb, scheme=scheme):
                    result = self.cart.run(verb, server.url(scheme))
                    self.one_line(result, NOPERM, "anna")
                    self.assertNotIn(WRONG, result.err)
                    self.assertNotIn(WRONG, result.out.decode())
            trace = self.cart.run("probe", "-vv", server.url("imaps"))
            self.assertNotIn(WRONG, trace.err + trace.out.decode())

    def test_unreachable(self):
        with socket.create_server(("127.0.0.1", 0)) as held:
            port = held.getsockname()[1]
        self.ends(self.cart.run("pull", self.mbox()))
        for verb, place in (
                ("pull", f"pop3s://anna@localhost:{port}"),
                ("push", f"imaps://anna@localhost:{port}"),
                ("probe", "imaps://anna@no-such-host.invalid"),
                ("pull", "pop3s://anna@no-such-host.invalid")):
            with self.subTest(verb=verb, place=place):
                host = place.split("@")[1].split(":")[0]
                self.one_line(self.cart.run(verb, place), UNAVAILABLE, host)

    def test_usage(self):
        for words in (["migrate"], ["pull"], ["nonsense"],
                      ["pull", "--no-such-option", "x"],
                      ["push", "mbox:/tmp"], ["probe", "imaps://"],
                      ["show", "abc"], []):
            with self.subTest(words=words):
                result = mailcart.run([BIN] + words, cwd=self.cart.dir)
                self.ends(result, USAGE)
                self.assertTrue(result.err)
        self.assertFalse(os.path.exists(self.cart.path("mailcart.db")))

    def test_no_such_folder(self):
        self.ends(self.cart.run("pull", self.mbox()))
        result = self.cart.run("list", "Nowhere")
        self.one_line(result, NOINPUT, "Nowhere")

    def test_no_such_message(self):
        self.ends(self.cart.run("pull", self.mbox()))
        self.one_line(self.cart.run("show", "999"), NOINPUT, "999")

    def test_no_mbox(self):
        path = self.cart.write("picture.png", b"\x89PNG\r\n" + bytes(3000))
        self.one_line(self.cart.run("pull", "mbox:" + path), DATAERR,
                      "picture.png")
        path = self.cart.write("letter.txt", b"Dear reader,\n\nbye\n")
        self.one_line(self.cart.run("pull", "mbox:" + path), DATAERR,
                      "letter.txt")

    def test_no_such_input(self):
        path = self.cart.path("nowhere")
        self.one_line(self.cart.run("pull", "mbox:" + path), NOINPUT,
                      "nowhere")
        self.one_line(self.cart.run("pull", path), NOINPUT, "nowhere")
        self.cart.archive = self.cart.path("no.db")
        for words in (("status",), ("list",), ("show", "1"), ("verify",)):
            with self.subTest(words=words):
                self.one_line(self.cart.run(*words), NOINPUT, "no.db")
        self.assertFalse(os.path.exists(self.cart.archive))

    def test_no_archive(self):
        source = self.mbox()
        text = b"This is a letter and no archive.\n" * 200
        self.cart.archive = self.cart.write("letter", text)
        for words in (("pull", source), ("status",), ("list",)):
            with self.subTest(words=words):
                self.one_line(self.cart.run(*words), DATAERR, "letter")
        with open(self.cart.archive, "rb") as kept:
            self.assertEqual(kept.read(), text)

    def test_foreign_database(self):
        source = self.mbox()
        self.cart.archive = self.cart.path("other.db")
        with sqlite3.connect(self.cart.archive) as db:
            db.execute("CREATE TABLE cellar (wine TEXT)")
        db.close()
        self.one_line(self.cart.run("pull", source), DATAERR, "other.db")
        self.one_line(self.cart.run("status"), DATAERR, "other.db")

    def test_newer_archive(self):
        source = self.mbox()
        self.ends(self.cart.run("pull", source))
        with sqlite3.connect(self.cart.archive) as db:
            version, = db.execute("PRAGMA user_version").fetchone()
            db.execute(f"PRAGMA user_version = {version + 1}")
        db.close()
        seal.seal(self.cart.archive)
        for words in (("pull", source), ("status",), ("list",)):
            with self.subTest(words=words):
                self.one_line(self.cart.run(*words), DATAERR, "newer")

    def test_damaged_archive(self):
        """A flipped octet in a stored body is found, named, never passed."""
        self.ends(self.cart.run("pull", self.mbox(count=200, size=3000)))
        with open(self.cart.archive, "r+b") as file:
            data = file.read()
            at = len(data) * 2 // 3
            file.seek(at)
            file.write(bytes(255 - one for one in data[at:at + 64]))
        result = self.cart.run("verify")
        self.assertNotEqual(result.status, OK, str(result))

    def test_read_only_directory(self):
        where = self.cart.path("fixed")
        os.mkdir(where)
        archive = os.path.join(where, "mail.db")
        self.one_line(self.as_other(
            [BIN, "pull", "-a", archive, self.mbox()], where), CANTCREAT,
            "mail.db")
        self.assertEqual(os.listdir(where), [])

    def test_read_only_archive(self):
        """It is read where nothing may be written, and says so where it is
        to be written: itself, or beside itself."""
        where = self.cart.path("fixed")
        os.mkdir(where)
        archive = os.path.join(where, "mail.db")
        source = self.mbox()
        self.ends(mailcart.run([BIN, "pull", "-a", archive, source]))
        with open(archive, "rb") as file:
            before = file.read()
        self.cart.write("more", samples_of.mbox([
            ("a@b.org Thu Jan  1 10:00:00 2004", next(iter(
                samples_of.small(1, 9))))]))
        os.chmod(self.cart.path("more"), 0o644)
        more = "mbox:" + self.cart.path("more")
        lock = archive + "-lock"
        if os.path.exists(lock):
            os.unlink(lock)
        os.chmod(archive, 0o444)
        result = self.as_other([BIN, "status", "-a", archive], where)
        self.ends(result)
        words = [BIN, "pull", "-a", archive, more]
        self.one_line(self.as_other(words, where), IOERR, "directory")
        # The lock can be made now; the archive is another one's.
        self.one_line(self.as_other(words, where, 0o777), IOERR,
                      "may not write archive")
        with open(archive, "rb") as file:
            self.assertEqual(file.read(), before)

    def test_link_to_nothing(self):
        os.symlink("gone.db", self.cart.archive)
        self.one_line(self.cart.run("pull", self.mbox()), NOINPUT,
                      "symbolic link")
        self.assertFalse(os.path.lexists(self.cart.path("gone.db")))

    def as_other(self, words, where, mode=0o555):
        """Root may write anywhere: where tests run as root, it is nobody
        who tries."""
        os.chmod(self.cart.dir, 0o755)
        os.chmod(where, mode)
        if os.geteuid():
            return mailcart.run(words)
        nobody = pwd.getpwnam("nobody")
        who = dict(user=nobody.pw_uid, group=nobody.pw_gid, extra_groups=[])
        try:
            can = subprocess.run([BIN, "--version"], capture_output=True,
                                 **who).returncode == 0
        except PermissionError:
            can = False
        if not can:
            self.skipTest("as root, and nobody else can run the program")
        done = subprocess.run(words, capture_output=True, text=True,
                              env=mailcart.environment(), **who)
        return mailcart.Result(done.returncode, done.stdout.encode(),
                               done.stderr, 0, 0, tuple(words))

    def test_second_writer(self):
        """One writer at a time; the second is told who."""
        with Dovecot(users=("anna",), storage="maildir") as server:
            for octets in samples_of.small(2000):
                server.drop("anna", octets)
            self.cart.ca = server.ca
            self.ends(self.cart.run("pull", self.mbox()))
            first = self.cart.start("pull", server.url("pop3s"))
            self.until_held_by(first)
            said = self.cart.run("pull", self.mbox())
            self.assertEqual(first.wait(), OK, self.cart.told())
            if said.status == OK:
                self.skipTest("the first was done too soon")
            self.one_line(said, TEMPFAIL, str(first.pid))
            self.ends(self.cart.run("pull", self.mbox()))

    def until_held_by(self, child):
        while child.poll() is None:
            try:
                with open(self.cart.archive + "-lock") as lock:
                    if str(child.pid) in lock.read():
                        return
            except FileNotFoundError:
                pass
            time.sleep(0.005)

    def test_target_full(self):
        """What fits is there, the rest waits; with room the rest follows."""
        source = self.mbox(count=60, size=60000)
        with Dovecot(users=("bert",), quota="1M") as server:
            self.cart.ca = server.ca
            place = server.url("imaps")
            result = self.cart.run("migrate", source, place)
            self.ends(result, TEMPFAIL)
            row = result.summary()["push"]
            self.adds_up_push(row)
            self.assertGreater(row["waiting"], 0, row)
            self.assertEqual(server.counts()["Kept"], row["sent"])
            text = self.cart.run("push", place, json_lines=False)
            self.ends(text, TEMPFAIL)
            self.assertIn("quota", (text.err + text.out.decode()).lower())
            server.quota = "100M"
            with open(server._path("dovecot.conf"), "w") as out:
                out.write(server._config())
            server.restart()
            row = self.ends(self.cart.run("push", place)).summary()
            self.assertEqual((row["waiting"], row["refused"]), (0, 0), row)
            octets = [one.octets for one in server.read_all()["Kept"]]
            self.assertEqual(len(octets), 60)
            self.assertEqual(len(set(octets)), 60)

    def test_dry_run(self):
        """-n says what would be, and changes nothing anywhere."""
        with Dovecot(users=("bert",)) as server:
            self.cart.ca = server.ca
            before = server.counts()
            self.ends(self.cart.run("migrate", "-n", self.mbox(),
                                    server.url("imaps")))
            self.assertEqual(server.counts(), before)
            self.ends(self.cart.run("pull", self.mbox()))
            self.ends(self.cart.run("plan", server.url("imaps")))
            self.ends(self.cart.run("push", "-n", server.url("imaps")))
            self.assertEqual(server.counts(), before)
            self.ends(self.cart.run("push", server.url("imaps")))
            result = self.cart.run("push", "-n", server.url("imaps"))
            self.assertEqual((result.summary()["planned"],
                              result.summary()["there"]), (3, 3))

    def test_map_of_no_folder(self):
        """A name mistyped after --map is told, and one that fits is not."""
        with Dovecot(users=("bert",)) as server:
            self.cart.ca = server.ca
            self.ends(self.cart.run("pull", self.mbox()))
            result = self.cart.run(
                "push", "-n", "--map", "Kept=Old", "--map", "Kpet=Older",
                server.url("imaps"), json_lines=False)
            self.ends(result)
            self.assertEqual(result.err.count("fits no folder"), 1, result)
            self.assertIn("--map 'Kpet=Older' fits no folder", result.err)


if __name__ == "__main__":
    mailcart.main()
