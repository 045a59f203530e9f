#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""A private, real Dovecot 2.3: POP3, POP3S, IMAP and IMAPS on free loopback
ports, in a temporary directory, with TLS by a CA made for the occasion.

It never reads or touches the system's Dovecot.  Started by root it runs as
`nobody`, for Dovecot hands out no mail as root; started by anyone else it runs
as that user.  It dies with the program that started it.

    with Dovecot(users=("anna", "bert")) as server:
        server.append("anna", "INBOX", message, flags=("\\\\Seen",), when=0)
        for box, messages in server.read_all("anna").items(): ...

As a command it starts one, prints its ports and waits for its stdin to end:

    python3 dovecot.py --demo [--dir DIR] [--user NAME]...
"""
import argparse
import base64
import calendar
import ctypes
import dataclasses
import hashlib
import hmac
import imaplib
import json
import os
import pwd
import re
import grp
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
SPECIAL = ("Drafts", "Sent", "Junk", "Trash", "Archive")
MECHANISMS = ("plain", "login", "cram-md5", "scram-sha-1", "scram-sha-256",
              "apop")
READY_SECONDS = 30


def find_dovecot():
    """The path of dovecot(8), or None: sbin is not on everyone's PATH."""
    path = os.environ.get("PATH", "") + ":/usr/sbin:/usr/local/sbin"
    return shutil.which("dovecot", path=path)


def free_ports(count):
    held = [socket.create_server(("127.0.0.1", 0)) for _ in range(count)]
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


class Dovecot:
    def __init__(self, users=("anna",), password="secret", storage="sdbox",
                 separator="/", prefix="", special=SPECIAL, quota=None,
                 uidl=None, mechanisms=MECHANISMS, oauth=False, tls="yes",
                 leaf=None, extra="", keep=False):
        """storage: sdbox, mdbox or maildir.  special: names of mailboxes
        that carry an attribute of RFC 6154 (as their name or a pair of name
        and attribute) and exist from the start.  quota: "10M".  tls: "yes",
        "required" or "no".  leaf: (certificate, key) instead of a good one.
        uidl: pop3_uidl_format.  extra: more configuration."""
        self.users = tuple(users)
        self.password = password
        self.storage = storage
        self.separator = separator
        self.prefix = prefix
        self.special_boxes = [(b, b) if isinstance(b, str) else b
                              for b in special]
        self.quota = quota
        self.uidl = uidl
        self.mechanisms = list(mechanisms)
        self.oauth = oauth
        self.tls = tls
        self.leaf = leaf
        self.extra = extra
        self.keep = keep
        self.host = "localhost"
        self.process = None
        self.dir = None
        self._dropped = 0
        if oauth:
            self.mechanisms += ["xoauth2", "oauthbearer"]

    # -- life --------------------------------------------------------------

    def __enter__(self):
        return self.start()

    def __exit__(self, *exc):
        if exc[0] is not None and self.dir:
            sys.stderr.write("--- dovecot's log ---\n" + self.log()[-4000:])
        self.stop()

    def start(self):
        program = find_dovecot()
        if not program:
            raise FileNotFoundError("dovecot is not installed")
        self._make_directory()
        for attempt in range(5):
            self._configure()
            self._spawn(program)
            try:
                self._wait_ready()
                return self
            except NotReady:
                # Someone else may have taken a port in between.
                self._kill()
                if attempt == 4 or "Address already in use" not in self.log():
                    text = self.log()
                    self.stop()
                    raise RuntimeError("dovecot did not start:\n" + text)

    def stop(self):
        self._kill()
        if self.dir and not self.keep:
            shutil.rmtree(self.dir, ignore_errors=True)
            self.dir = None

    def restart(self):
        """The same ports and mail again; open connections are cut."""
        self._kill()
        self._spawn(find_dovecot())
        self._wait_ready()

    def log(self):
        text = ""
        for name in ("dovecot.log", "stderr"):
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

    def token(self, user=None, life=3600):
        """A JWT for XOAUTH2 and OAUTHBEARER."""
        def part(data):
            return base64.urlsafe_b64encode(data).rstrip(b"=")
        now = int(time.time())
        claims = {"sub": user or self.users[0], "iat": now - 10,
                  "nbf": now - 10, "exp": now + life, "scope": "mail"}
        text = part(json.dumps({"alg": "HS256", "typ": "JWT"}).encode())
        text += b"." + part(json.dumps(claims).encode())
        mac = hmac.new(self.jwt_key, text, hashlib.sha256).digest()
        return (text + b"." + part(mac)).decode()

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

    def drop(self, user, octets, when=None, info="2,", name=None):
        """Puts a file into the INBOX of a Maildir account, byte for byte."""
        assert self.storage == "maildir"
        box = os.path.join(self.home(user), "mail")
        if not os.path.isdir(os.path.join(box, "cur")):
            for sub in ("cur", "new", "tmp"):
                os.makedirs(os.path.join(box, sub), exist_ok=True)
            self._give(self.home(user))
        self._dropped += 1
        name = name or f"{1000000000 + self._dropped}.M{self._dropped}.test"
        path = os.path.join(box, "cur", f"{name}:{info}")
        with open(path, "wb") as out:
            out.write(octets)
        if when is not None:
            os.utime(path, (when, when))
        self._give(path)
        return path

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

    def home(self, user):
        return self._path("home", user)

    # -- inside --------------------------------------------------------------

    def _path(self, *parts):
        return os.path.join(self.dir, *parts)

    def _make_directory(self):
        # Short and of everyone's: UNIX sockets have 108 octets for a path.
        self.dir = tempfile.mkdtemp(prefix="mc-dovecot-", dir="/tmp")
        me = pwd.getpwnam("nobody") if os.geteuid() == 0 else (
            pwd.getpwuid(os.geteuid()))
        self.uid, self.gid = me.pw_uid, me.pw_gid
        self.user = me.pw_name
        self.group = grp.getgrgid(me.pw_gid).gr_name
        self.authority = Authority(self._path("tls"))
        self.ca = self.authority.ca
        self.cert, self.key = self.leaf or self.authority.leaf("localhost")
        for user in self.users:
            os.makedirs(self.home(user))
        os.makedirs(self._path("state"))
        self._write_passwords()
        if self.oauth:
            self._write_oauth()

    def _write_passwords(self):
        rows = [f"{user}:{{PLAIN}}{self.password}:{self.uid}:{self.gid}::"
                f"{self.home(user)}::" for user in self.users]
        with open(self._path("passwords"), "w") as out:
            out.write("\n".join(rows) + "\n")

    def _write_oauth(self):
        self.jwt_key = b"worth nothing outside of this test!"
        where = self._path("keys", "default", "HS256")
        os.makedirs(where)
        with open(os.path.join(where, "default"), "w") as out:
            out.write(base64.b64encode(self.jwt_key).decode())
        with open(self._path("oauth2.conf"), "w") as out:
            out.write("introspection_mode = local\n"
                      "username_attribute = sub\n"
                      "local_validation_key_dict = fs:posix:prefix="
                      f"{self._path('keys')}/\n")

    def _give(self, path):
        if os.geteuid():
            return
        os.chown(path, self.uid, self.gid)
        for base, _, files in os.walk(path):
            os.chown(base, self.uid, self.gid)
            for name in files:
                os.chown(os.path.join(base, name), self.uid, self.gid)

    def _configure(self):
        self.pop3, self.pop3s, self.imap, self.imaps = free_ports(4)
        with open(self._path("dovecot.conf"), "w") as out:
            out.write(self._config())
        self._give(self.dir)

    def _config(self):
        parts = [BASE.format(
            dir=self.dir, user=self.user, group=self.group, uid=self.uid,
            gid=self.gid, mechanisms=" ".join(self.mechanisms), tls=self.tls,
            location=self._location(), pop3=self.pop3, imap=self.imap)]
        if self.tls != "no":
            parts.append(TLS.format(cert=self.cert, key=self.key,
                                    pop3s=self.pop3s, imaps=self.imaps))
        if self.oauth:
            parts.append("passdb {\n  driver = oauth2\n"
                         "  mechanisms = xoauth2 oauthbearer\n"
                         f"  args = {self._path('oauth2.conf')}\n}}\n")
        parts.append(self._namespace())
        if self.uidl:
            parts.append(f"pop3_uidl_format = {self.uidl}\n")
        if self.quota:
            parts.append(QUOTA.format(limit=self.quota))
        return "".join(parts) + self.extra

    def _location(self):
        index = ":INDEX=~/index"
        return f"{self.storage}:~/mail" + (
            index if self.storage == "maildir" else "")

    def _namespace(self):
        text = ("namespace inbox {\n  inbox = yes\n"
                f"  separator = {self.separator}\n"
                f"  prefix = {self.prefix}\n")
        for name, attribute in self.special_boxes:
            text += (f"  mailbox \"{name}\" {{\n    auto = create\n"
                     f"    special_use = \\{attribute}\n  }}\n")
        return text + "}\n"

    def _spawn(self, program):
        command = [program, "-F", "-c", self._path("dovecot.conf")]
        who = {}
        if os.geteuid() == 0:
            who = {"user": self.uid, "group": self.gid, "extra_groups": []}
        with open(self._path("stderr"), "ab") as err:
            self.process = subprocess.Popen(
                command, stdin=subprocess.DEVNULL, stdout=err, stderr=err,
                cwd=self.dir, env={"PATH": "/usr/sbin:/usr/bin:/sbin:/bin"},
                start_new_session=True, preexec_fn=die_with_parent, **who)

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
        self.process.terminate()
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


BASE = """\
protocols = imap pop3
listen = 127.0.0.1
base_dir = {dir}/run
state_dir = {dir}/state
instance_name = mailcart-test
log_path = {dir}/dovecot.log
info_log_path = {dir}/dovecot.log
shutdown_clients = yes
default_internal_user = {user}
default_internal_group = {group}
default_login_user = {user}
default_process_limit = 100
default_client_limit = 400
mail_max_userip_connections = 50
auth_mechanisms = {mechanisms}
auth_verbose = yes
auth_failure_delay = 0
disable_plaintext_auth = no
first_valid_uid = 1
mail_uid = {uid}
mail_gid = {gid}
mail_location = {location}
mail_fsync = never
postmaster_address = postmaster@localhost
ssl = {tls}
imap_id_log = *
passdb {{
  driver = passwd-file
  mechanisms = plain login cram-md5 scram-sha-1 scram-sha-256 apop
  args = scheme=PLAIN {dir}/passwords
}}
userdb {{
  driver = passwd-file
  args = {dir}/passwords
}}
service anvil {{
  chroot =
}}
service stats {{
  chroot =
}}
service imap-login {{
  chroot =
  service_count = 0
  inet_listener imap {{
    port = {imap}
  }}
  inet_listener imaps {{
    port = 0
  }}
}}
service pop3-login {{
  chroot =
  service_count = 0
  inet_listener pop3 {{
    port = {pop3}
  }}
  inet_listener pop3s {{
    port = 0
  }}
}}
"""

TLS = """\
ssl_cert = <{cert}
ssl_key = <{key}
ssl_min_protocol = TLSv1.2
service imap-login {{
  inet_listener imaps {{
    port = {imaps}
    ssl = yes
  }}
}}
service pop3-login {{
  inet_listener pop3s {{
    port = {pop3s}
    ssl = yes
  }}
}}
"""

QUOTA = """\
mail_plugins = $mail_plugins quota
protocol imap {{
  mail_plugins = $mail_plugins imap_quota
}}
plugin {{
  quota = count:User quota
  quota_vsizes = yes
  quota_rule = *:storage={limit}
  quota_grace = 0
}}
"""


def die_with_parent():
    ctypes.CDLL(None).prctl(1, signal.SIGTERM)  # PR_SET_PDEATHSIG


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


def demo(argv):
    options = argparse.ArgumentParser(description=__doc__.split("\n\n")[0])
    options.add_argument("--demo", action="store_true", required=True)
    options.add_argument("--user", action="append")
    options.add_argument("--password", default="secret")
    options.add_argument("--fill", metavar="DIR",
                         help="put DIR/*.eml into the first user's INBOX")
    args = options.parse_args(argv)
    with Dovecot(users=args.user or ("anna",),
                 password=args.password) as server:
        if args.fill:
            server.append_all(server.users[0], "INBOX", eml_rows(args.fill))
        print(f"pop3={server.pop3}\npop3s={server.pop3s}\n"
              f"imap={server.imap}\nimaps={server.imaps}\n"
              f"ca={server.ca}\ndir={server.dir}\nready=1", flush=True)
        try:
            sys.stdin.read()
        except KeyboardInterrupt:
            pass


def eml_rows(directory):
    """Messages for append_all, the date by their own Date line."""
    import email.parser
    import email.utils
    for name in sorted(os.listdir(directory)):
        if not name.endswith(".eml"):
            continue
        with open(os.path.join(directory, name), "rb") as source:
            octets = source.read()
        date = email.parser.BytesHeaderParser().parsebytes(octets)["Date"]
        when = date and email.utils.parsedate_to_datetime(date).timestamp()
        yield octets, (), when


if __name__ == "__main__":
    demo(sys.argv[1:])
