# SPDX-License-Identifier: MIT
"""What is measured: for each case the clients that do the same job, one after
the other, round after round, so that what disturbs one disturbs all."""
import contextlib
import dataclasses
import os
import shutil
import sys

import clients
from clients import Job
from corpus import Corpus
from scene import PASSWORD, Place, Proxy, Server, Tools, measure

# A client that took longer than this, or was stopped, is not run again.
PATIENCE = 15
# What is not known to be slow gets this many seconds.
LONG = 3600


@dataclasses.dataclass(frozen=True)
class Setting:
    """Under what circumstances."""
    mails: int
    place: str = "tmpfs"
    tls: bool = False
    rtt: int = 0
    rate: int = 0  # of the link, MB/s; 0: as it comes

    def __str__(self):
        words = [f"{self.mails:,} mails", self.place]
        words += ["TLS"] if self.tls else []
        words += [f"{self.rtt} ms round trip"] if self.rtt else ["loopback"]
        words += [f"{self.rate} MB/s"] if self.rate else []
        return ", ".join(words)


@dataclasses.dataclass
class Row:
    """One run of one client."""
    case: str
    setting: Setting
    client: str
    took: object
    arrived: int
    mails: int  # that should arrive
    octets: int  # of all of them

    @property
    def whole(self):
        return self.arrived == self.mails and not self.took.stopped

    def plain(self):
        row = {"case": self.case, "client": self.client,
               **dataclasses.asdict(self.setting),
               **dataclasses.asdict(self.took)}
        row.pop("out")
        row["err"] = row["err"][-500:]
        return row | {"arrived": self.arrived, "expected": self.mails,
                      "octets": self.octets}


@dataclasses.dataclass(frozen=True)
class Client:
    name: str
    start: object  # a function of a Job
    program: str = ""  # that must be installed
    slow: bool = False  # a sample of it will do

# By case: which account they work on, and the clients.
POP3 = (
    Client("raw pipelined", clients.raw_pop3),
    Client("raw one at a time", clients.raw_pop3_one, slow=True),
    Client("mailcart", clients.mailcart_pop3),
    Client("mpop mbox", clients.mpop_mbox, "mpop"),
    Client("mpop Maildir", clients.mpop_maildir, "mpop"),
    Client("fetchmail", clients.fetchmail, "fetchmail", slow=True),
    Client("getmail6", clients.getmail, "getmail", slow=True),
)
PUSH = (
    Client("raw MULTIAPPEND", clients.raw_append),
    Client("raw APPEND", clients.raw_append_one),
    Client("mailcart", clients.mailcart_push),
    Client("mbsync", clients.mbsync_push, "mbsync"),
    Client("mailutil", clients.mailutil_push, "mailutil", slow=True),
)
IMAP = (
    Client("raw FETCH", clients.raw_fetch),
    Client("mailcart", clients.mailcart_fetch),
    Client("mbsync", clients.mbsync_pull, "mbsync"),
    Client("mailutil", clients.mailutil_pull, "mailutil", slow=True),
)
OVER_THE_WIRE = {"pop3": ("pop", POP3), "push": (None, PUSH),
                 "imap": ("imap", IMAP)}


def say(text):
    print(text, file=sys.stderr, flush=True)


class Bench:
    """One run of the benchmark; `rows` is what came out of it."""

    def __init__(self, options):
        self.options = options
        self.rows = []
        self.facts = {}  # what is measured once: ratios of sizes
        self.places = {}
        self.tools = None

    @contextlib.contextmanager
    def open(self):
        parents = {"tmpfs": self.options.tmpfs, "disk": self.options.disk}
        with contextlib.ExitStack() as stack:
            for name, parent in parents.items():
                self.places[name] = place = Place(name, parent)
                stack.callback(place.close)
            self.tools = Tools.copied(self.options.build, self.options.bin,
                                      self.places["tmpfs"], self.options)
            yield self

    def measure(self, words, **more):
        """Something that is not a client of a server."""
        return measure(self.tools, words, LONG, **more)

    def record(self, *facts):
        """One run, said and kept."""
        row = Row(*facts)
        self.rows.append(row)
        took = row.took
        words = ""
        if took.stopped:
            words = ", stopped"
        elif took.status:
            words = f", exit {took.status}: {took.err.strip()[-300:]}"
        say(f"  {row.client}: {took.wall:.2f} s, {row.arrived} of {row.mails}"
            + words)
        return row

    @staticmethod
    def target(archive, server, user):
        """Words that name a target; the password goes beside the archive."""
        secret = os.path.join(os.path.dirname(archive), "secret")
        with open(secret, "w", encoding="ascii") as out:
            out.write(PASSWORD + "\n")
        server.place.give(os.path.dirname(archive))
        return ["--insecure-plaintext", "--target-password-file", secret,
                f"imap://{user}@localhost:{server.imap}"]

    # -- the mail, in all its forms ------------------------------------------

    def corpus(self, place, count):
        """On the place, readable by everyone."""
        name = f"corpus-{count}"
        if name not in place.made:
            made = Corpus.make(self.options.keep, count)
            copy = os.path.join(place.dir, name)
            shutil.copytree(made.dir, copy)
            place.made[name] = Corpus(copy, count)
        return place.made[name]

    def prepared(self, place, count):
        """What clients start from."""
        name = f"made-{count}"
        if name in place.made:
            return place.made[name]
        corpus = self.corpus(place, count)
        base = os.path.join(place.dir, name)
        os.mkdir(base)
        made = {"mbox": corpus.mbox(os.path.join(base, "mbox")),
                "maildir": corpus.maildir(os.path.join(base, "maildir")),
                "archive": os.path.join(base, "archive", "mail.db")}
        os.mkdir(os.path.dirname(made["archive"]))
        place.give(base)
        took = measure(self.tools, [
            self.tools.mailcart, "pull", "-a", made["archive"], "-q",
            "mbox:" + made["mbox"]], LONG)
        if took.status:
            raise RuntimeError("mailcart pull: " + took.err)
        place.made[name] = made
        return made

    def fill(self, place, server, count):
        """The accounts to read from; once, whatever server looks at them."""
        corpus = self.corpus(place, count)
        for user, into in (("pop", ["INBOX"]), ("imap", [])):
            name = f"{user}{count}"
            if name in place.made:
                continue
            took = measure(self.tools, [
                self.tools.raw, "append", *(["--tls"] if server.tls != "no"
                                            else []),
                str(server.port("imap")), name, PASSWORD, corpus.dir, "100",
                *into], LONG)
            if took.status:
                raise RuntimeError("filling: " + took.err)
            place.made[name] = True

    # -- over the wire -------------------------------------------------------

    def wire(self, cases, setting):
        """All those cases under one setting."""
        place = self.places[setting.place]
        with Server(place, setting.tls, self.tools.nice) as server:
            self.fill(place, server, setting.mails)
            with contextlib.ExitStack() as stack:
                ports = {}
                for protocol in ("pop3", "imap"):
                    proxy = Proxy(self.tools, server.port(protocol),
                                  setting.rtt)
                    stack.callback(proxy.close)
                    ports[protocol] = proxy.port
                for case in cases:
                    self.rounds(case, setting, server, ports)

    def rounds(self, case, setting, server, ports):
        account, rows = OVER_THE_WIRE[case]
        done = set()  # one round is enough
        say(f"{case}: {setting}")
        if account:  # the server's own caches, once for all
            self.one(case, rows[0], setting, server, ports)
        for turn in range(self.options.runs):
            for client in rows:
                if client.name in done or not self.wanted(client):
                    continue
                row = self.record(*self.one(case, client, setting, server,
                                            ports))
                tired = row.took.stopped or row.took.wall > PATIENCE
                if tired and client.name != "mailcart":
                    done.add(client.name)

    def wanted(self, client):
        """It is installed, and not left out by --clients."""
        only = self.options.clients
        if client.program and not shutil.which(client.program):
            return False
        return not only or any(client.name.startswith(word) for word in only)

    def one(self, case, client, setting, server, ports):
        """What record() wants to know."""
        place = self.places[setting.place]
        account = OVER_THE_WIRE[case][0]
        user = (f"{account}{setting.mails}" if account
                else server.fresh_user())
        job = Job(self.tools, server, self.corpus(place, setting.mails),
                  place.fresh(), ports, setting.tls, user,
                  self.prepared(place, setting.mails))
        try:
            words = client.start(job)
            place.give(job.dir)
            if setting.place == "disk":
                os.sync()
            limit = self.options.limit if client.slow else LONG
            took = measure(self.tools, words.words, limit,
                           words.stdin, words.env, job.dir)
            return (case, setting, client.name, took,
                    words.arrived(took.out), setting.mails, job.corpus.octets)
        finally:
            shutil.rmtree(job.dir, ignore_errors=True)
            if not account:
                server.forget(user)
