# SPDX-License-Identifier: MIT
"""What is done while calls fail: commands, and what must be so when one says
that it did it, and when it did not come to its end."""
import glob
import mailbox
import os
import re
import shutil
import sqlite3
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
for house in ("fake", "real"):
    sys.path.insert(0, os.path.join(os.path.dirname(HERE), house))
import mailcart  # noqa: E402
import samples_of  # noqa: E402
from imap_server import ImapServer  # noqa: E402
from mailcart import LONG, sha256  # noqa: E402
from pop3_server import Pop3Server  # noqa: E402

# With a release build at hand it does what is only to look and to complete.
RELEASE = os.environ.get("MAILCART_RELEASE_BIN", "")
FAULTY = mailcart.BIN
if LONG and RELEASE:
    mailcart.BIN = RELEASE
SANITIZED = int(os.environ.get("MAILCART_FAULTS_SANITIZED") or 1)
SCHEMA = os.path.join(mailcart.ROOT, "core", "archive", "sql", "schema.sql")
ABREAST = int(os.environ.get("MAILCART_FAULTS_ABREAST") or 4)
FROM = b"From a@b Thu Feb  6 11:51:37 1992\n"


def content(octets):
    """Told by its digest, whatever line ends and last ones a format has."""
    return sha256(octets.replace(b"\r\n", b"\n").rstrip(b"\n"))


def mails():
    """The large one goes first: behind it a block of a file is filled by half."""
    yield samples_of.eml(5, os.urandom(210000).hex().encode() + b"\r\n")
    yield from samples_of.small(4)


def without_id(octets):
    return re.sub(rb"(?mi)^message-id:.*\r\n", b"", octets, count=1)


class Scene:
    """A command, and what must be so when it says that it did it."""

    words = ()
    status = 0  # it did it
    never = ()  # statuses that mean something else
    not_for_memory = (66,)  # and those that do where memory is short
    network = False
    empty = None  # the archive that it begins with

    def __init__(self, case):
        self.case, self.cart = case, case.cart()
        self.mails = list(mails())
        self.prepare()

    def prepare(self):
        pass

    def did(self, result):
        """It says that it did it."""
        return result.status == self.status

    def begin(self):
        """Everything is as it was before the first run."""
        for path in glob.glob(glob.escape(self.cart.archive) + "*"):
            os.remove(path)
        if self.empty:
            shutil.copy(self.empty, self.cart.archive)

    def make_empty(self):
        """To make an archive takes ten times the memory's calls that anything
        else does, always the same: Create tries them."""
        self.case.ends(self.cart.run(
            "pull", "mbox:" + self.cart.write("empty.mbox", b"")))
        self.empty = self.cart.path("empty.db")
        os.rename(self.cart.archive, self.empty)

    def end(self):
        pass

    def state(self):
        """All that the next run finds."""
        found = {}
        for path in glob.glob(glob.escape(self.cart.archive) + "*"):
            with open(path, "rb") as file:
                found[os.path.basename(path)] = sha256(file.read())
        return found, self.there()

    def there(self):
        """And on servers."""
        return []

    def check(self, result):
        raise NotImplementedError

    def check_partly(self):
        """What is there after a run that failed is right."""

    def check_killed(self):
        self.check_partly()

    def run(self, env=None):
        command = self.cart.command(*self.words, json_lines=False)
        # Ways are those of the program that is to fail most often.
        if env and "FAULT_WAYS" not in env and \
                int(env["FAULT_AT"]) // ABREAST % SANITIZED == 0:
            command[0] = FAULTY
        return mailcart.run(command, cwd=self.cart.dir, timeout=120, env=env)

    def archived(self, path=None):
        """Digests of what the archive holds, as SQLite alone reads it."""
        db = sqlite3.connect(f"file:{path or self.cart.archive}?mode=ro",
                             uri=True)
        try:
            return sorted(row[0].hex() for row in db.execute(
                "SELECT coalesce(sighting.raw_sha256, body.sha256) "
                "FROM sighting JOIN body ON body.id = sighting.body"))
        finally:
            db.close()


class Pull(Scene):
    def check(self, result):
        self.case.assertEqual(self.archived(), self.raw)
        self.case.ends(self.cart.run("verify"))


class Create(Pull):
    def prepare(self):
        self.words = ("pull", "mbox:" + self.cart.write("empty.mbox", b""))
        self.raw = []

    def make_empty(self):
        pass


class PullMbox(Pull):
    def prepare(self):
        lf = [octets.replace(b"\r\n", b"\n") for octets in self.mails]
        self.words = ("pull", "mbox:" + self.cart.write(
            "in.mbox", b"".join(FROM + octets + b"\n" for octets in lf)))
        self.raw = sorted(map(sha256, lf))


class PullMaildir(Pull):
    def prepare(self):
        for part in ("cur", "new", "tmp"):
            os.makedirs(self.cart.path("md", part))
        for n, octets in enumerate(self.mails):
            self.cart.write(f"md/cur/{n}.x:2,S", octets)
        self.words = ("pull", "maildir:" + self.cart.path("md"))
        self.raw = sorted(map(sha256, self.mails))


class PullPop3(Pull):
    network = True

    def begin(self):
        super().begin()
        self.server = Pop3Server(self.mails)
        self.words = ("pull", f"pop3://anna@127.0.0.1:{self.server.port}")
        self.raw = sorted(map(sha256, self.mails))

    def end(self):
        self.server.stop()


class Empty(PullPop3):
    """pull --delete-source: what is gone there is here."""

    def begin(self):
        super().begin()
        self.words += ("--delete-source",)

    def check(self, result):
        super().check(result)
        self.case.assertEqual(self.gone(), self.raw)

    def there(self):
        return self.gone()

    def gone(self):
        return sorted(sha256(self.server.mails[n])
                      for n in self.server.hidden)

    def check_partly(self):
        if self.gone():
            self.case.assertLessEqual(set(self.gone()), set(self.archived()))


class PullImap(Pull):
    network = True

    def begin(self):
        super().begin()
        self.server = ImapServer()
        self.server.__enter__()
        for octets in self.mails:
            self.server.boxes["INBOX"].add(octets)
        self.words = ("pull", self.server.url())
        self.raw = sorted(map(sha256, self.mails))

    def end(self):
        self.server.__exit__(None, None, None)


class Filled(Scene):
    """There is an archive, and a copy of it for each begin()."""

    def prepare(self):
        lf = [octets.replace(b"\r\n", b"\n") for octets in self.mails]
        self.source = "mbox:" + self.cart.write(
            "in.mbox", b"".join(FROM + octets + b"\n" for octets in lf))
        self.case.ends(self.cart.run("pull", self.source))
        self.good = self.cart.path("good")
        shutil.copy(self.cart.archive, self.good)
        self.calm = None

    def begin(self):
        super().begin()
        shutil.copy(self.good, self.cart.archive)


class Push(Filled):
    network = True
    verb = "push"
    behave = {}

    def begin(self):
        super().begin()
        self.server = ImapServer(**self.behave)
        self.server.__enter__()
        self.words = (self.verb, self.server.url())

    def end(self):
        self.server.__exit__(None, None, None)

    def state(self):
        return super().state(), sorted(self.server.boxes)

    def check(self, result):
        self.check_partly()
        self.case.assertEqual(self.there(), sorted(map(content, self.mails)))
        row = self.case.ends(self.cart.run("status")).of("status")[0]
        self.case.assertEqual((row["placements"], row["waiting"]), (5, 0))

    def there(self):
        return sorted(content(message.octets)
                      for box in self.server.boxes.values()
                      for message in box.messages)

    def check_partly(self):
        there = self.there()
        self.case.assertEqual(len(there), len(set(there)), "twice there")
        self.case.assertLessEqual(set(there), set(map(content, self.mails)))


class PushRefused(Push):
    """A server that refuses: one message as it is (without its 8-bit header it
    is taken), one whatever is done; neither they nor others have a Message-ID,
    and it tells no UIDs."""

    behave = dict(no_uidplus=True, refuse_header8=True, refuse=b"tag=never;",
                  refuse_words="bare newline")
    status = mailcart.SOME

    def prepare(self):
        self.mails = [without_id(octets) for octets in self.mails]
        self.odd = without_id(samples_of.eml(
            7, "tag=odd;\r\n", Subject="na\u00efve"))
        self.bad = without_id(samples_of.eml(8, "tag=never; a\rb\0\r\n"))
        self.mails += [self.odd, self.bad]
        super().prepare()
        self.encoded = self.odd.replace("na\u00efve".encode(),
                                        b"=?utf-8?Q?na=C3=AFve?=")
        self.mails.remove(self.bad)
        self.mails[self.mails.index(self.odd)] = self.encoded

    def did(self, result):
        """What waits beside what is refused is told, with the same status."""
        return super().did(result) and re.search(
            rb"waiting +0 ", result.out) is not None

    def check(self, result):
        self.check_partly()
        self.case.assertEqual(self.there(), sorted(map(content, self.mails)))
        told = self.case.ends(self.cart.run("status"))
        row = told.of("status")[0]
        self.case.assertEqual(
            (row["placements"], row["sent"], row["mended"], row["refused"],
             row["waiting"]), (7, 6, 1, 1, 0))
        change, = told.of("change")
        self.case.assertEqual(
            (change["text"], change["sha256"], change["sent_sha256"]),
            ("8-bit header encoded", sha256(self.odd), sha256(self.encoded)))
        refusal, = told.of("refusal")
        self.case.assertEqual(
            [(row["change"], row["text"]) for row in told.of("tried")
             if row["id"] == refusal["id"]],
            [(None, "bare newline"), ("lone CR removed", "bare newline"),
             ("NUL removed, lone CR removed", "bare newline")])


class PushBare(Push):
    """Nothing has a Message-ID, and the server tells no UIDs and drops a CR that
    stands alone."""

    behave = dict(no_uidplus=True, eat_bare_cr=True)

    def prepare(self):
        self.mails = [without_id(octets) for octets in self.mails]
        self.mails[-1] += b"a\rb\r\n"
        super().prepare()
        self.mails[-1] = self.mails[-1].replace(b"a\rb", b"ab")


class PushAlike(Push):
    """A server that refuses everything in the same words: all waits."""

    behave = dict(no_words="internal policy")
    status = mailcart.SOME

    def prepare(self):
        # So many that one that could not be read leaves enough to tell.
        self.mails += samples_of.small(4, 20)
        super().prepare()

    def check(self, result):
        self.case.assertEqual(self.there(), [])
        row = self.case.ends(self.cart.run("status")).of("status")[0]
        self.case.assertEqual((row["placements"], row["waiting"]), (9, 9))


class Migrate(Push):
    def begin(self):
        super().begin()
        Scene.begin(self)  # with an archive in which nothing is
        self.words = ("migrate", self.source, self.server.url())


class MigrateEmpty(Empty):
    """migrate --delete-source: what is gone there is here and on the server."""

    def begin(self):
        super().begin()
        self.target = ImapServer()
        self.target.__enter__()
        self.words = ("migrate", self.words[1], self.target.url(),
                      "--delete-source")

    def end(self):
        self.target.__exit__(None, None, None)
        super().end()

    def there(self):
        return sorted(sha256(message.octets)
                      for box in self.target.boxes.values()
                      for message in box.messages)

    def state(self):
        return super().state(), self.gone(), sorted(self.target.boxes)

    def check(self, result):
        super().check(result)
        self.case.assertEqual(self.there(), self.raw)

    def check_partly(self):
        super().check_partly()
        there = self.there()
        self.case.assertEqual(len(there), len(set(there)), "twice there")
        self.case.assertLessEqual(set(self.gone()), set(there))


class Lift(Filled):
    """An archive of the first schema becomes one of today's."""

    def prepare(self):
        super().prepare()
        self.words = ("pull", self.source)
        self.raw = self.archived()
        with sqlite3.connect(self.good) as db:
            self.version, = db.execute("PRAGMA user_version").fetchone()
            self.keys = self.keys_of(db)
        self.make_old()

    @staticmethod
    def keys_of(db):
        """By which a message is known again, however it comes."""
        return db.execute("SELECT id, hex(key) FROM logical ORDER BY id"
                          ).fetchall()

    def make_old(self):
        """Of the rows of a new one those that there were at first."""
        with open(SCHEMA, encoding="utf-8") as file:
            first, = re.findall(r"(?ms)^-- script: schema_1\n(.*?)"
                                r"^-- script:", file.read())
        old = self.cart.path("old")
        db = sqlite3.connect(old, isolation_level=None)
        db.executescript("PRAGMA journal_mode = WAL;" + first)
        db.execute("DELETE FROM totals")
        db.execute("ATTACH ? AS new", (self.good,))
        for name, in db.execute("SELECT name FROM main.sqlite_schema "
                                "WHERE type = 'table'").fetchall():
            had, has = ([row[1] for row in db.execute(
                f"PRAGMA {of}.table_info({name})")] for of in ("main", "new"))
            both = ", ".join(column for column in had if column in has)
            db.execute(f"INSERT INTO main.{name} ({both}) "
                       f"SELECT {both} FROM new.{name}")
        # Keys began with the Date then.
        db.create_function("old_key", 2, lambda key, date: key if date is None
                           else date.to_bytes(4, "big") + key[4:])
        db.execute("UPDATE main.logical SET key = old_key(key, date)")
        db.execute("PRAGMA main.user_version = 1")
        db.close()
        os.replace(old, self.good)

    def check(self, result):
        self.check_partly()
        with sqlite3.connect(self.cart.archive) as db:
            self.case.assertEqual(
                db.execute("PRAGMA user_version").fetchone(), (self.version,))
            self.case.assertEqual(self.keys_of(db), self.keys)
        self.case.ends(self.cart.run("verify"))

    def check_partly(self):
        """Of whatever schema it is: it holds what it held."""
        self.case.assertEqual(self.archived(), self.raw)


class Same(Filled):
    """Changes nothing, and says the same every time."""

    def check_partly(self):
        with open(self.cart.archive, "rb") as now, open(self.good, "rb") as was:
            self.case.assertEqual(sha256(now.read()), sha256(was.read()))

    def check(self, result):
        if self.calm is None:
            self.calm = self.told(self.run())
        self.case.assertEqual(self.told(result), self.calm)

    @staticmethod
    def told(result):
        # What was fetched once more was read once more.
        return [line for line in result.out.splitlines()
                if b"  read again" not in line]


class Verify(Same):
    words = ("verify",)
    not_for_memory = (1, 65, 66)  # where it is short, nothing is damaged


class VerifyDeep(Same):
    network = True
    not_for_memory = (1, 65, 66)

    def prepare(self):
        super().prepare()
        self.server = ImapServer()
        self.server.__enter__()
        self.case.addCleanup(self.server.__exit__, None, None, None)
        self.case.ends(self.cart.run("push", self.server.url()))
        shutil.copy(self.cart.archive, self.good)
        self.words = ("verify", "--deep", self.server.url())


class Status(Same):
    words = ("status",)


class List(Same):
    words = ("list", "in")


class Show(Same):
    words = ("show", "5")


class ExportMaildir(Filled):
    format = "maildir"

    def begin(self):
        super().begin()
        shutil.rmtree(self.cart.path("out"), ignore_errors=True)
        self.words = ("export", "--format", self.format,
                      self.cart.path("out"))

    def run(self, env=None):
        # Nothing that is there is written over: who runs it again makes room.
        if env is None:
            shutil.rmtree(self.cart.path("out"), ignore_errors=True)
        return super().run(env)

    def state(self):
        # A new directory is made, whatever there is of the last one.
        return super().state(), os.path.exists(self.cart.path("out"))

    def files(self):
        paths = [path for folder in ("cur", "new") for path in glob.glob(
            self.cart.path("out", "**", folder, "*"), recursive=True)
            + glob.glob(self.cart.path("out", ".*", folder, "*"))]
        found = []
        for path in set(paths):
            with open(path, "rb") as file:
                found.append(content(file.read()))
        return found

    def check(self, result):
        self.case.assertEqual(sorted(self.files()),
                              sorted(map(content, self.mails)))

    def check_partly(self):
        """What has its name is whole."""
        self.case.assertLessEqual(set(self.files()),
                                  set(map(content, self.mails)))


class ExportMbox(ExportMaildir):
    format = "mboxrd"

    def boxes(self):
        return [path for path in glob.glob(self.cart.path("out", "**", "*"),
                                           recursive=True)
                if os.path.isfile(path)]

    def files(self):
        found = []
        for path in self.boxes():
            box = mailbox.mbox(path, create=False)
            for key in box.keys():
                octets = box.get_bytes(key)
                head, _, body = octets.partition(b"\n\n")
                head = b"".join(
                    line + b"\n" for line in head.split(b"\n")
                    if not line.startswith((b"Status:", b"X-Status:")))
                found.append(content(head + b"\n" + body))
            box.close()
        return found

    def check_killed(self):
        """Its one folder is whole, or is not there."""
        if self.boxes():
            self.check(None)


class ExportMboxo(ExportMbox):
    format = "mboxo"


class ExportEml(ExportMaildir):
    format = "eml"

    def files(self):
        found = []
        for path in glob.glob(self.cart.path("out", "**", "*.eml"),
                              recursive=True):
            with open(path, "rb") as file:
                found.append(content(file.read()))
        return found


class ExportOriginal(ExportMbox):
    """The one file that was read, to the octet."""

    def begin(self):
        super().begin()
        self.words = ("export", "--original", self.cart.path("out"))

    def check(self, result):
        with open(self.cart.path("in.mbox"), "rb") as was:
            want = was.read()
        for path in self.boxes():
            with open(path, "rb") as now:
                self.case.assertEqual(sha256(now.read()), sha256(want))
        self.case.assertEqual(len(self.boxes()), 1)


class PlanFile(Push):
    """What it writes is whole, or what was there."""

    def begin(self):
        super().begin()
        self.words = ("plan", "-o", self.cart.write("plan", "before\n"),
                      self.server.url())

    def state(self):
        return super().state(), os.listdir(self.cart.dir)

    def plan(self):
        with open(self.cart.path("plan"), encoding="utf-8") as file:
            return file.read()

    def check(self, result):
        """It can be followed, and leads there."""
        self.case.assertNotEqual(self.plan(), "before\n")
        if self.calm is None:
            self.calm = self.plan()
        self.case.assertEqual(self.plan(), self.calm)

    def check_partly(self):
        if self.plan() != "before\n":
            self.check(None)


class Salvage(Filled):
    """A page is lost that holds nothing that others do not hold."""

    # What fails once or cannot be written is not lost.
    never = (1, 65)

    def prepare(self):
        super().prepare()
        self.raw = self.archived()
        self.new = self.cart.path("new.db")
        self.words = ("salvage", self.new)
        db = sqlite3.connect(self.good)
        page, octets = db.execute(
            "SELECT min(pageno), pgsize FROM dbstat WHERE name = "
            "'sqlite_autoindex_sighting_1'").fetchone()
        db.close()
        with open(self.good, "r+b") as file:
            file.seek((page - 1) * octets)
            file.write(bytes(octets))

    def files(self):
        return sorted(glob.glob(glob.escape(self.new) + "*"))

    def begin(self):
        super().begin()
        for path in self.files():
            os.remove(path)

    def run(self, env=None):
        # What is there is not written over: who runs it again makes room.
        if env is None and os.path.exists(self.new):
            os.remove(self.new)
        return super().run(env)

    def state(self):
        return super().state(), self.files()

    def check_old(self):
        with open(self.cart.archive, "rb") as now, open(self.good, "rb") as was:
            self.case.assertEqual(sha256(now.read()), sha256(was.read()))

    def check(self, result):
        self.check_partly()
        self.case.assertEqual(self.files(), [self.new])

    def check_whole(self):
        """By itself, whatever stands beside it."""
        alone = shutil.copy(self.new, self.cart.path("alone.db"))
        self.case.assertEqual(self.archived(alone), self.raw)
        self.case.ends(mailcart.run(
            [mailcart.BIN, "verify", "-a", alone], cwd=self.cart.dir))
        os.remove(alone)

    def check_partly(self):
        """What has its name is whole."""
        self.check_old()
        if os.path.exists(self.new):
            self.check_whole()


SCENES = {scene.__name__: scene for scene in (
    Create, PullMbox, PullMaildir, PullPop3, PullImap, Empty, Push, PushRefused,
    PushBare, PushAlike, Migrate,
    MigrateEmpty, Lift, Verify, VerifyDeep, Status, List, Show, ExportMaildir,
    ExportMbox, ExportMboxo, ExportEml, ExportOriginal, PlanFile, Salvage)}
