# SPDX-License-Identifier: MIT
"""An archive that an enemy has made: what it holds runs nothing, leads nowhere
and ends; what is wrong with it is said in one line, and what is good in it can
still be had."""
import contextlib
import os
import resource
import shutil
import sqlite3
import sys
import unittest

HERE = os.path.dirname(os.path.abspath(__file__))
for house in ("fake", "real"):
    sys.path.insert(0, os.path.join(os.path.dirname(HERE), house))
import mailcart  # noqa: E402
import seal  # noqa: E402
import terminal  # noqa: E402
from imap_server import ImapServer  # noqa: E402
from mailcart import Case  # noqa: E402

FROM = b"From a@b Thu Feb  6 11:51:37 1992\n"
EVIL = "\x1b[2J'; DROP TABLE sighting; --\r\n../../x"
NAMES = ["Robert'); DROP TABLE sighting;--", "' OR 1=1 --", "\";", "%s%n%d",
         "a/../../b", "*", "?1", ":folder", "x\x1b[2J"]


def mail(n, extra=b"", body=b"text\n"):
    return (b"From: a@b.example\nSubject: number %d\nStatus: RO\n"
            b"Message-ID: <%d@x>\n" % (n, n) + extra + b"\n" + body)


def octets_of(path):
    with open(path, "rb") as file:
        return file.read()


class Enemy(Case):
    def setUp(self):
        self.cart = self.cart()
        self.cart.write("in.mbox", b"".join(
            FROM + mail(n) + b"\n" for n in range(1, 6)) + FROM
            + mail(6, body=os.urandom(400000).hex().encode() + b"\n"))
        self.ends(self.cart.run("pull", "in.mbox"))
        self.good = self.cart.path("good.db")
        shutil.copy(self.cart.archive, self.good)

    def change(self, *statements):
        """The enemy is bound by nothing."""
        for tail in ("-wal", "-shm"):
            with contextlib.suppress(FileNotFoundError):
                os.remove(self.cart.archive + tail)
        shutil.copy(self.good, self.cart.archive)
        db = sqlite3.connect(self.cart.archive, isolation_level=None)
        db.execute("PRAGMA ignore_check_constraints = ON")
        for statement in statements:
            db.execute(*((statement,) if isinstance(statement, str)
                         else statement))
        db.close()
        seal.seal(self.cart.archive)

    def rows(self, sql):
        with contextlib.closing(sqlite3.connect(self.cart.archive)) as db:
            return db.execute(sql).fetchall()

    def use(self):
        """All that is done with an archive; the results."""
        out = self.cart.path("out")
        shutil.rmtree(out, ignore_errors=True)
        done = []
        with ImapServer() as server:
            for words in (("status",), ("list",), ("list", "in"),
                          ("show", "1"), ("show", "1", "--raw"), ("verify",),
                          ("export", out), ("pull", "in.mbox"),
                          ("push", server.url()), ("verify", server.url())):
                result = self.cart.run(*words, timeout=60)
                self.assertGreaterEqual(result.status, 0, str(result))
                self.assertNotIn(result.status, (70, 134), str(result))
                self.assertNotIn("ERROR: ", result.err)
                self.assertEqual(terminal.obeyed(result.err.encode()), "",
                                 str(result))
                lines = [line for line in result.err.splitlines()
                         if line.startswith("mailcart: ")]
                self.assertLess(len(lines), 20, str(result))
                done.append(result)
        shutil.rmtree(out, ignore_errors=True)
        return done

    # -- programs in the schema ---------------------------------------------

    def refused(self, name):
        for result in self.use():
            line = self.one_line(result, mailcart.DATAERR)
            self.assertIn("mailcart did not put", line)
            self.assertIn(name, line)

    def test_triggers(self):
        """None of them runs: not on reading, not on pulling, not on the way
        from an older schema."""
        for when, table in (("AFTER INSERT", "run"), ("AFTER INSERT", "body"),
                            ("AFTER UPDATE", "folder"),
                            ("BEFORE INSERT", "placement")):
            self.change(f"CREATE TRIGGER helpful {when} ON {table} BEGIN "
                        "DELETE FROM sighting; END")
            self.refused("helpful")
            self.assertEqual(self.rows("SELECT count(*) FROM sighting"),
                             [(6,)])

    def test_trigger_of_an_older_archive(self):
        self.change("CREATE TRIGGER helpful AFTER INSERT ON run BEGIN "
                    "DELETE FROM sighting; END", "PRAGMA user_version = 2")
        self.refused_or_older()
        self.assertEqual(self.rows("SELECT count(*) FROM sighting"), [(6,)])

    def refused_or_older(self):
        result = self.cart.run("pull", "in.mbox")
        self.one_line(result, mailcart.DATAERR, "helpful")

    def test_views(self):
        self.change("DROP VIEW seen", "CREATE VIEW seen AS SELECT 1 AS id, "
                    "1 AS logical, load_extension('/tmp/x') AS source")
        self.refused("seen")
        self.change("CREATE VIEW totally AS SELECT randomblob(1000000000)")
        self.refused("totally")

    def test_view_in_the_place_of_a_table(self):
        self.change("ALTER TABLE word RENAME TO word2",
                    "CREATE VIEW word AS WITH RECURSIVE n(i) AS (SELECT 1 "
                    "UNION ALL SELECT i + 1 FROM n) SELECT i AS id, i AS text "
                    "FROM n")
        self.refused("word")

    def test_virtual_tables(self):
        self.change("CREATE VIRTUAL TABLE mischief USING fts5(x)")
        self.refused("mischief")

    # -- rows ---------------------------------------------------------------

    def test_words_of_sql(self):
        """Names are values, wherever they come from."""
        for number, name in enumerate(NAMES):
            self.cart.write(f"tree/{number}.mbox",
                            FROM + mail(100 + number))
        self.ends(self.cart.run("pull", "mbox:tree"))
        db = sqlite3.connect(self.cart.archive)
        for number, name in enumerate(NAMES):
            db.execute("UPDATE folder SET path = ? WHERE path = ?",
                       (name, str(number)))
        db.commit()
        db.close()
        seal.seal(self.cart.archive)
        for name in NAMES:
            rows = self.ends(self.cart.run("list", name)).of("message")
            self.assertEqual([row["folder"] for row in rows], [name])
        for result in self.use():
            self.ends(result)
        self.assertEqual(len(self.rows("SELECT * FROM sighting")),
                         6 + len(NAMES))

    def test_texts_that_command(self):
        self.change(("UPDATE logical SET sender = ?, subject = ?",
                     (EVIL, EVIL)),
                    ("UPDATE source SET name = ?", (EVIL,)),
                    ("UPDATE folder SET path = ?", (EVIL,)),
                    ("UPDATE sighting SET key = ? WHERE id = 1", (EVIL,)),
                    ("INSERT INTO word VALUES (900, ?)", (EVIL,)),
                    "INSERT INTO sighting_word VALUES (1, 0, 0, 900)",
                    "INSERT INTO sighting_word VALUES (1, 1, 0, 900)")
        self.use()
        for words in (("status",), ("list",), ("list", EVIL), ("verify",)):
            command = self.cart.command(*words, json_lines=False)
            _, said = terminal.run(command + ["--no-progress"], self.cart.dir)
            self.assertEqual(terminal.obeyed(said), "")

    def test_refusals_that_command(self):
        with ImapServer() as server:
            self.ends(self.cart.run("push", server.url()))
        shutil.copy(self.cart.archive, self.good)
        self.change(("UPDATE placement SET state = 4, uid = NULL, code = ?, "
                     "text = ?, change = ?", (EVIL, EVIL, EVIL)),
                    ("UPDATE mailbox SET name = ?", (EVIL,)),
                    ("UPDATE target SET name = ?", (EVIL,)))
        for words in (("status",), ("status", "--refused")):
            command = self.cart.command(*words, json_lines=False)
            status, said = terminal.run(command, self.cart.dir)
            self.assertEqual((status, terminal.obeyed(said)), (0, ""))

    def test_numbers(self):
        """Absurd sizes ask for no memory, and nothing overflows."""
        for number in (-1, 2**31, 2**32, 2**62, 2**63 - 1, -2**63):
            for table, column in (
                    ("body", "octets"), ("body", "longest_line"),
                    ("body", "shape"), ("piece", "octets"),
                    ("sighting", "raw_octets"), ("sighting", "time"),
                    ("sighting", "flags"), ("sighting", "rank"),
                    ("dress", "octets"), ("logical", "date"),
                    ("totals", "octets_raw"), ("totals", "logical"),
                    ("folder", "special"), ("run", "started")):
                with self.subTest(f"{table}.{column} = {number}"):
                    self.change(f"UPDATE {table} SET {column} = {number}")
                    for words in (("list",), ("status",), ("show", "1"),
                                  ("verify",)):
                        words = self.cart.command(*words)
                        result = mailcart.run_measured(words,
                                                       cwd=self.cart.dir,
                                                       timeout=60)
                        self.assertNotIn(result.status, (70, 134, 255),
                                         str(result))
                        self.assertNotIn("ERROR: ", result.err)
                        if not mailcart.sanitized():
                            self.assertLess(result.peak, 64 << 20)
            if not mailcart.LONG:
                break

    def test_rows_in_circles(self):
        """A body made of its own piece again and again, shared with all."""
        first, = self.rows("SELECT piece FROM body_piece WHERE body = 1")[0]
        self.change("PRAGMA foreign_keys = OFF", *(
            f"INSERT INTO body_piece VALUES (1, {n}, {first})"
            for n in range(1, 300)))
        damaged = self.cart.run("verify")
        self.ends(damaged, mailcart.SOME)
        self.assertIn(damaged.summary()["damaged"], (1, 2))
        self.change("UPDATE body_piece SET piece = (SELECT max(id) FROM "
                    "piece)")
        self.use()
        self.change("UPDATE body SET variant = 1",
                    "UPDATE variant SET logical = 1")
        self.use()
        self.change("PRAGMA foreign_keys = OFF",
                    "UPDATE folder SET source = id + 99",
                    "UPDATE sighting SET folder = id, body = body + 1")
        self.use()

    def test_a_bomb_in_a_piece(self):
        """zstd says how much it makes; it is held to it and to a piece's
        size."""
        frame = (b"\x28\xb5\x2f\xfd\xa0\x00\x00\x00\x40"
                 + (b"\x02\x00\x10a" * 8000) + b"\x01\x00\x00")
        for octets in (1, 262144, 2**30):
            self.change(("UPDATE piece SET codec = 1, data = ?, octets = ?",
                         (frame, octets)),
                        f"UPDATE body SET octets = {octets}")
            result = self.cart.run("verify")
            self.ends(result, mailcart.SOME)
            self.assertGreaterEqual(result.summary()["damaged"], 5)

    def test_a_dress_that_lies(self):
        """Records that insert far behind the end, count to 2^63, or repeat."""
        for dress in (b"I\x0c\xff\xff\xff\xff\xff\xff\xff\xff\x7fabcd",
                      b"L\x0a\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01",
                      b"I\x02\x00a" * 5000, b"F\x00Q\x00S\x00", b"\xff\xff",
                      b"Q\x04r\xff\xff\x7f"):
            self.change(("UPDATE dress SET codec = 0, data = ?, octets = ?",
                         (dress, len(dress))))
            self.ends(self.cart.run("verify"), mailcart.SOME)
            self.use()

    def test_not_an_archive(self):
        """Other files are told from archives, and left as they are."""
        for octets in (b"", b"x", b"SQLite format 3\0",
                       b"SQLite format 3\0" + b"\xff" * 4080,
                       octets_of(self.good)[:5000]):
            with open(self.cart.archive, "wb") as out:
                out.write(octets)
            for words in (("status",), ("list",), ("verify",),
                          ("export", self.cart.path("out"))):
                result = self.cart.run(*words)
                self.assertIn(result.status, (65, 74, 1), str(result))
                if octets == b"":
                    self.assertEqual(os.path.getsize(self.cart.archive), 0)
        os.remove(self.cart.archive)
        db = sqlite3.connect(self.cart.archive)
        db.execute("CREATE TABLE other (x)")
        db.commit()
        db.close()
        before = octets_of(self.cart.archive)
        for words in (("status",), ("pull", "in.mbox")):
            self.one_line(self.cart.run(*words), mailcart.DATAERR,
                          "no mailcart archive")
        self.assertEqual(octets_of(self.cart.archive), before)

    def test_links(self):
        """The archive's companions are not followed to other files."""
        victim = self.cart.write("victim", "precious\n")
        for tail in ("-journal", "-wal", "-shm"):
            os.symlink(victim, self.cart.archive + tail)
        self.cart.run("status")
        self.cart.run("pull", "in.mbox")
        self.assertEqual(octets_of(victim), b"precious\n")


if __name__ == "__main__":
    if not mailcart.BIN or not os.access(mailcart.BIN, os.X_OK):
        print("MAILCART_BIN does not name the program", file=sys.stderr)
        sys.exit(1)
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    unittest.main(verbosity=2)
