# SPDX-License-Identifier: MIT
"""Where the benchmark happens: directories on tmpfs and on a disk, Dovecot with
its mail there, proxies that delay, and the meter that runs a client."""
import dataclasses
import imaplib
import os
import pwd
import shutil
import subprocess
import sys
import tempfile

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.dirname(os.path.dirname(HERE))
sys.path.insert(0, os.path.join(ROOT, "tests", "real"))
sys.dont_write_bytecode = True
from dovecot import Dovecot  # noqa: E402

PASSWORD = "secret"
TARGETS = 400  # accounts that nobody has used yet
WARM_MB = 1500  # more than a client and its server write in one run
FILLED = tuple(f"{kind}{count}" for kind in ("pop", "imap")
               for count in (100, 1000, 10000, 50000))

# The base configuration fits tests.  Here: what Dovecot ships, which fsyncs
# what it saves; and more than one message at a time is nobody's denial of
# service.  Likewise passwords go as they are, so that all clients log in alike:
# SCRAM, which some of them can, takes two round trips more.
MECHANISMS = ("plain", "login")
EXTRA = """\
mail_fsync = optimized
auth_verbose = no
imap_max_line_length = 1M
"""


class Place:
    """A directory for all that a case writes; made empty, taken away."""

    def __init__(self, name, parent):
        self.name = name
        self.dir = tempfile.mkdtemp(prefix="mc-bench-", dir=parent)
        self.count = self.users = 0
        self.made = {}  # what was prepared here, by name
        os.chmod(self.dir, 0o755)
        who = "nobody" if os.geteuid() == 0 else None
        self.owner = pwd.getpwnam(who) if who else None

    def close(self):
        shutil.rmtree(self.dir, ignore_errors=True)

    def fresh(self):
        """A new directory below."""
        self.count += 1
        path = os.path.join(self.dir, f"run{self.count}")
        os.mkdir(path)
        return path

    def give(self, path):
        """To the one that clients run as; see meter.c."""
        if not self.owner:
            return
        who = self.owner.pw_uid, self.owner.pw_gid
        for base, _, files in os.walk(path):
            os.chown(base, *who)
            for name in files:
                os.chown(os.path.join(base, name), *who)


class Server(Dovecot):
    """Dovecot whose mail lies in a place; accounts `popN` (N mails in the
    INBOX), `imapN` (by folders) and fresh ones to fill.  With tls it speaks
    nothing else on its two ports, without it no TLS at all: mailcart uses
    STARTTLS wherever it is offered."""

    def __init__(self, place, tls, nice=0, storage="sdbox"):
        self.place = place
        self.nice = nice
        self.store = os.path.join(place.dir, "server")
        super().__init__(
            users=FILLED + tuple(f"t{n}" for n in range(TARGETS)),
            password=PASSWORD, storage=storage, tls="yes" if tls else "no",
            mechanisms=MECHANISMS, extra=EXTRA)

    def start(self):
        super().start()
        prefer(self.process.pid, self.nice)
        return self

    def _make_directory(self):
        super()._make_directory()
        os.makedirs(self.store, exist_ok=True)
        self._give(self.store)

    def _location(self):
        return f"{self.storage}:{self.store}/%u"

    def port(self, protocol):
        return getattr(self, protocol + ("" if self.tls == "no" else "s"))

    def fresh_user(self):
        """One who has no mail."""
        self.place.users += 1
        return f"t{self.place.users % TARGETS}"

    def forget(self, user):
        shutil.rmtree(os.path.join(self.store, user), ignore_errors=True)

    def spent(self):
        """Processor time of it and its processes so far, s."""
        return spent(self.process.pid)

    def stored(self, user):
        """Messages in all mailboxes."""
        imap = imaplib.IMAP4("127.0.0.1", self.imap, timeout=120)
        try:
            imap.login(user, self.password)
            total = 0
            for row in imap.list()[1]:
                name = row.decode().rsplit(" ", 1)[1]
                _, data = imap.status(name, "(MESSAGES)")
                total += int(data[0].rsplit(b" ", 1)[1].rstrip(b")"))
            return total
        finally:
            imap.logout()


class Proxy:
    """A server that is far away, or behind a link of so many MB/s; rtt 0 is no
    proxy at all."""

    def __init__(self, tools, port, rtt_ms, rate=0):
        self.port = port
        self.child = None
        if rtt_ms:
            self.child = subprocess.Popen(
                [tools.delay, str(port), str(rtt_ms), str(rate)],
                stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
                start_new_session=True)
            prefer(self.child.pid, tools.nice)
            self.port = int(self.child.stdout.readline())

    def close(self):
        if self.child:
            self.child.stdin.close()
            self.child.wait()
            self.child.stdout.close()


@dataclasses.dataclass
class Tools:
    """Our own programs."""
    mailcart: str
    raw: str
    delay: str
    meter: str
    ceiling: str
    nice: int = 0  # of all that runs
    warm: str = ""  # a file to warm memory with before each run

    @classmethod
    def copied(cls, build, mailcart, place, options):
        """Copies, so that any user can run them, and no build that goes on
        beside changes what is measured."""
        own = os.path.join(build, "tests", "bench", "bench_")
        paths = [mailcart or os.path.join(build, "cmd", "mailcart"),
                 *(own + field.name for field in dataclasses.fields(cls)[1:-2])]
        return cls(*(shutil.copy(path, place.dir) for path in paths),
                   options.nice,
                   os.path.join(place.dir, "warm") if options.warm else "")


@dataclasses.dataclass
class Took:
    """One run of one client."""
    wall: float
    user: float
    sys: float
    peak: int
    status: int
    stopped: bool
    out: str
    err: str

    @property
    def cpu(self):
        return self.user + self.sys


def warm(path):
    """A virtual machine may have given its host what is free: who touches it
    first then waits for the host.  So it is touched, and free again."""
    if not path:
        return
    block = bytes(1 << 20)
    with open(path, "wb") as out:
        for _ in range(WARM_MB):
            out.write(block)
    os.unlink(path)


def measure(tools, words, limit, stdin=b"", env=None, cwd="/"):
    """Runs it to its end, or for `limit` seconds."""
    warm(tools.warm)
    with tempfile.TemporaryDirectory() as temp:
        note = os.path.join(temp, "took")
        os.chmod(temp, 0o755)
        with tempfile.TemporaryFile() as out, \
                tempfile.TemporaryFile() as err, \
                tempfile.TemporaryFile() as asked:
            asked.write(stdin)
            asked.seek(0)
            full = {"PATH": os.environ.get("PATH", "/usr/bin:/bin"),
                    "HOME": temp, "LC_ALL": "C", **(env or {})}
            subprocess.run([tools.meter, note, str(int(limit)),
                            str(tools.nice), *words],
                           stdin=asked, stdout=out, stderr=err, env=full,
                           cwd=cwd, check=True)
            with open(note, encoding="ascii") as took:
                row = took.read().split()
            out.seek(0)
            err.seek(0)
            return Took(float(row[0]), float(row[1]), float(row[2]),
                        int(row[3]), int(row[4]), row[5] != "0",
                        out.read().decode(errors="replace"),
                        err.read().decode(errors="replace"))


def prefer_to_all():
    """This process and what it will start get a processor before any other
    program.  Wants root."""
    os.sched_setscheduler(0, os.SCHED_RR, os.sched_param(1))


def prefer(pid, nice):
    """Priority for a process and what it will start; the group that Linux
    makes of a session has its own."""
    if nice:
        with open(f"/proc/{pid}/autogroup", "w", encoding="ascii") as group:
            group.write(str(nice))
        os.setpriority(os.PRIO_PROCESS, pid, nice)


def spent(pid):
    """Processor time of a process, of those that it started and that run, and
    of those that it has waited for, s."""
    rows = {}
    for name in filter(str.isdigit, os.listdir("/proc")):
        try:
            with open(f"/proc/{name}/stat", encoding="utf-8") as stat:
                rows[int(name)] = stat.read().rsplit(")", 1)[1].split()
        except OSError:  # it has ended
            continue
    ticks, todo = 0, [pid]
    while todo:
        one = todo.pop()
        ticks += sum(map(int, rows.get(one, ())[11:15]))
        todo += [child for child, row in rows.items() if int(row[1]) == one]
    return ticks / os.sysconf("SC_CLK_TCK")


def filesystem(path):
    """Its type, as mount(8) calls it."""
    best = ("", "")
    with open("/proc/mounts", encoding="utf-8") as mounts:
        for line in mounts:
            _, where, kind, *_ = line.split()
            where = where.replace("\\040", " ")
            inside = os.path.realpath(path) + "/"
            if inside.startswith(where.rstrip("/") + "/") and \
                    len(where) >= len(best[0]):
                best = (where, kind)
    return best[1]
