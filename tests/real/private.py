# SPDX-License-Identifier: MIT
"""What private, real mail servers have in common: a temporary directory, free
ports of the loopback address, a CA made for the occasion, a life that ends
with the program that started it; and an independent client (imaplib) that
fills accounts and reads them back.

A server is a class below `Private` that knows its own configuration.  Started
by root it runs as `nobody`; started by anyone else, as that user.
"""
import calendar
import ctypes
import dataclasses
import grp
import imaplib
import os
import pwd
import random
import re
import shutil
import signal
import socket
import ssl
import subprocess
import sys
import tempfile
import time

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from certs import Authority  # noqa: E402

imaplib._MAXLINE = 1 << 24
READY_SECONDS = 30


def free_ports(count):
    """Below those that the system gives to whoever connects: such a one could
    be taken between here and the server's start."""
    held = []
    while len(held) < count:
        try:
            held.append(socket.create_server(
                ("127.0.0.1", random.randrange(10_000, 32_000))))
        except OSError:
            pass
    ports = [sock.getsockname()[1] for sock in held]
    for sock in held:
        sock.close()
    return ports


@dataclasses.dataclass(frozen=True)
class Message:
    """What an IMAP server tells of one message."""
    uid: int
    flags: frozenset
    internaldate: int  # seconds UTC
    octets: bytes


class NotReady(Exception):
    pass


class Private:
    """Below it: NAME, find() (a true value where it is installed),
    _fill_directory(), _configure(), _command(), and _environment()."""

    NAME = "server"
    DEATH = signal.SIGTERM  # how its first process is ended

    def __init__(self, users, password, leaf=None, keep=False):
        """leaf: (certificate, key) instead of a good one."""
        self.users = tuple(users)
        self.password = password
        self.leaf = leaf
        self.keep = keep
        self.host = "localhost"
        self.process = None
        self.dir = None

    @classmethod
    def lacks(cls):
        """What this machine has not that it takes to run one; None: nothing."""
        return None if cls.find() else (
            f"no {cls.NAME} to test against: tests/run.sh sees to it, "
            "MAILCART_SERVERS says where what it unpacks lies")

    # -- life --------------------------------------------------------------

    def __enter__(self):
        return self.start()

    def __exit__(self, *exc):
        if exc[0] is not None and self.dir:
            sys.stderr.write(f"--- log of {self.NAME} ---\n"
                             + self.log()[-4000:])
        self.stop()

    def start(self):
        if lacks := self.lacks():
            raise FileNotFoundError(lacks)
        self._make_directory()
        for attempt in range(5):
            self._configure()
            self._spawn()
            try:
                self._wait_ready()
                return self
            except NotReady:
                # Someone else may have taken a port in between.
                self._kill()
                if attempt == 4 or "Address already in use" not in self.log():
                    text = self.log()
                    self.stop()
                    raise RuntimeError(f"{self.NAME} did not start:\n{text}")

    def stop(self):
        self._kill()
        if self.dir and not self.keep:
            shutil.rmtree(self.dir, ignore_errors=True)
            self.dir = None

    def restart(self):
        """The same ports and mail again; open connections are cut."""
        self._kill()
        self._spawn()
        self._wait_ready()

    def log(self):
        text = ""
        for name in (f"{self.NAME}.log", "stderr"):
            try:
                with open(self._path(name), errors="replace") as log:
                    text += log.read()
            except OSError:
                pass
        return text

    # -- what a client needs to know -----------------------------------------

    def url(self, scheme, user=None, host=None):
        port = {"pop3": self.pop3, "pop3s": self.pop3s,
                "imap": self.imap, "imaps": self.imaps}[scheme]
        user = user or self.users[0]
        return f"{scheme}://{user}@{host or self.host}:{port}"

    def context(self):
        return ssl.create_default_context(cafile=self.ca)

    def client(self, user=None):
        """A logged-in imaplib connection over TLS."""
        imap = imaplib.IMAP4_SSL("localhost", self.imaps,
                                 ssl_context=self.context(), timeout=120)
        imap.login(user or self.users[0], self.password)
        return imap

    # -- filling -------------------------------------------------------------

    def append(self, user, mailbox, octets, flags=(), when=None):
        self.append_all(user, mailbox, [(octets, flags, when)])

    def append_all(self, user, mailbox, rows):
        """rows: (octets, flags, seconds UTC or None)."""
        imap = self.client(user)
        try:
            if mailbox != "INBOX":
                imap.create(quote(mailbox))
            for octets, flags, when in rows:
                date = None if when is None else (
                    '"' + internaldate(when) + '"')
                # imaplib mends line ends by itself; give it what it keeps.
                typ, data = imap.append(quote(mailbox), " ".join(flags),
                                        date, octets)
                if typ != "OK":
                    raise RuntimeError(f"APPEND: {data}")
        finally:
            imap.logout()

    # -- reading back --------------------------------------------------------

    def mailboxes(self, user=None):
        """{name: set of attributes}, all that LIST tells; names as on the
        wire."""
        imap = self.client(user)
        try:
            return list_all(imap, "LIST")
        finally:
            imap.logout()

    def subscribed(self, user=None):
        imap = self.client(user)
        try:
            return set(list_all(imap, "LSUB"))
        finally:
            imap.logout()

    def read_all(self, user=None):
        """{mailbox: [Message]}, ascending UIDs, nothing marked seen."""
        imap = self.client(user)
        try:
            boxes = list_all(imap, "LIST")
            return {name: read_box(imap, name)
                    for name, attributes in sorted(boxes.items())
                    if not attributes & {"\\Noselect", "\\NonExistent"}}
        finally:
            imap.logout()

    def counts(self, user=None):
        """{mailbox: messages}."""
        imap = self.client(user)
        try:
            boxes = list_all(imap, "LIST")
            return {name: int(imap.select(quote(name), readonly=True)[1][0])
                    for name, attributes in boxes.items()
                    if not attributes & {"\\Noselect", "\\NonExistent"}}
        finally:
            imap.logout()

    # -- inside --------------------------------------------------------------

    def _path(self, *parts):
        return os.path.join(self.dir, *parts)

    def _make_directory(self):
        # Short and of everyone's: UNIX sockets have 108 octets for a path.
        self.dir = tempfile.mkdtemp(prefix=f"mc-{self.NAME}-", dir="/tmp")
        me = runs_it()
        self.uid, self.gid = me.pw_uid, me.pw_gid
        self.user = me.pw_name
        self.group = grp.getgrgid(me.pw_gid).gr_name
        self.authority = Authority(self._path("tls"))
        self.ca = self.authority.ca
        self.cert, self.key = self.leaf or self.authority.leaf("localhost")
        self._fill_directory()

    def _give(self, path):
        if os.geteuid():
            return
        os.chown(path, self.uid, self.gid)
        for base, _, files in os.walk(path):
            os.chown(base, self.uid, self.gid)
            for name in files:
                os.chown(os.path.join(base, name), self.uid, self.gid)

    def _environment(self):
        return {"PATH": "/usr/sbin:/usr/bin:/sbin:/bin"}

    def _spawn(self):
        with open(self._path("stderr"), "ab") as err:
            self.process = subprocess.Popen(
                self._command(), stdin=subprocess.DEVNULL, stdout=err,
                stderr=err, cwd=self.dir, env=self._environment(),
                start_new_session=True,
                preexec_fn=lambda: die_with_parent(self.DEATH), **run_as())

    def _wait_ready(self):
        ports = [(self.pop3, b"+OK"), (self.imap, b"* OK")]
        end = time.monotonic() + READY_SECONDS
        for port, greeting in ports:
            while not self._greets(port, greeting):
                if time.monotonic() > end or self.process.poll() is not None:
                    raise NotReady
                time.sleep(0.05)

    @staticmethod
    def _greets(port, greeting):
        try:
            with socket.create_connection(("127.0.0.1", port), 5) as sock:
                return sock.recv(200).startswith(greeting)
        except OSError:
            return False

    def _kill(self):
        """The master ends its children; what is left after a while is of its
        own process group, which nobody else is in."""
        if not self.process:
            return
        self.process.send_signal(self.DEATH)
        try:
            self.process.wait(10)
        except subprocess.TimeoutExpired:
            pass
        try:
            os.killpg(self.process.pid, signal.SIGKILL)
        except (ProcessLookupError, PermissionError):
            pass
        self.process.wait()
        self.process = None


def runs_it():
    """The user that a server runs as."""
    return pwd.getpwnam("nobody") if os.geteuid() == 0 else (
        pwd.getpwuid(os.geteuid()))


def run_as():
    """How subprocess is told that."""
    if os.geteuid() != 0:
        return {}
    me = runs_it()
    return {"user": me.pw_uid, "group": me.pw_gid, "extra_groups": []}


def die_with_parent(how):
    ctypes.CDLL(None).prctl(1, how)  # PR_SET_PDEATHSIG


def quote(name):
    return '"' + name.replace("\\", "\\\\").replace('"', '\\"') + '"'


def internaldate(when):
    """RFC 9051 date-time in UTC, the day padded with a blank."""
    months = "Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec".split()
    t = time.gmtime(when)
    return (f"{t.tm_mday:2}-{months[t.tm_mon - 1]}-{t.tm_year:04} "
            f"{t.tm_hour:02}:{t.tm_min:02}:{t.tm_sec:02} +0000")


def list_all(imap, command):
    """{name: set of attributes} of LIST or LSUB "" "*"."""
    ask = imap.list if command == "LIST" else imap.lsub
    typ, data = ask('""', '"*"')
    assert typ == "OK", data
    found = {}
    for row in data:
        if row is None:
            continue
        literal = None
        if isinstance(row, tuple):
            row, literal = row
        match = re.match(rb'\(([^)]*)\) (?:"(?:[^"\\]|\\.)*"|NIL) (.*)$', row,
                         re.S)
        name = literal if literal is not None else match.group(2)
        if literal is None and name.startswith(b'"'):
            name = re.sub(rb'\\(.)', rb'\1', name[1:-1])
        found[name.decode()] = set(match.group(1).decode().split())
    return found


def read_box(imap, name, window=200):
    """Every message of a mailbox."""
    typ, data = imap.select(quote(name), readonly=True)
    assert typ == "OK", data
    _, data = imap.uid("SEARCH", "ALL")
    uids = data[0].split() if data and data[0] else []
    messages = []
    for at in range(0, len(uids), window):
        part = b",".join(uids[at:at + window]).decode()
        typ, rows = imap.uid("FETCH", part,
                             "(UID FLAGS INTERNALDATE BODY.PEEK[])")
        assert typ == "OK", rows
        for at_row, row in enumerate(rows):
            if isinstance(row, tuple):
                tail = rows[at_row + 1] if at_row + 1 < len(rows) else b""
                tail = tail if isinstance(tail, bytes) else b""
                messages.append(read_fetch(row, tail))
    assert len(messages) == len(uids), (name, len(messages), len(uids))
    return sorted(messages, key=lambda message: message.uid)


def read_fetch(row, tail):
    facts = row[0] + tail
    uid = int(re.search(rb"UID (\d+)", facts).group(1))
    flags = re.search(rb"FLAGS \(([^)]*)\)", facts).group(1).decode().split()
    date = re.search(rb'INTERNALDATE "([^"]*)"', facts).group(1).decode()
    return Message(uid, frozenset(flags) - {"\\Recent"}, parse_date(date),
                   row[1])


def parse_date(text):
    """Seconds UTC of an IMAP date-time."""
    when = time.strptime(text[:20].strip(), "%d-%b-%Y %H:%M:%S")
    zone = text[21:]
    shift = (int(zone[1:3]) * 60 + int(zone[3:5])) * 60
    return calendar.timegm(when) - (shift if zone[0] == "+" else -shift)
