# SPDX-License-Identifier: MIT
"""What is run: mailcart, its peers, and the raw clients that are the limit.

A client is a function of a Job that gives back the Words to run; `arrived`
counts afterwards how many messages are where they should be, so that nobody is
fast by stopping half way.
"""
import contextlib
import dataclasses
import glob
import json
import os
import shutil
import sqlite3
import subprocess
import typing

from scene import PASSWORD

# Mailboxes that a new account has already.
THERE = ("INBOX", "Sent", "Archive", "Trash")


@dataclasses.dataclass
class Job:
    """One run of one client: where, with whom."""
    tools: object
    server: object
    corpus: object
    dir: str  # fresh, on the place
    ports: dict  # protocol: port, through the proxy if there is one
    tls: bool
    user: str  # of the account to read or to fill
    made: dict  # what was prepared once: mbox, maildir, archive

    def path(self, *parts):
        return os.path.join(self.dir, *parts)

    def write(self, name, text):
        with open(self.path(name), "w", encoding="ascii") as out:
            out.write(text)
        os.chmod(self.path(name), 0o600)
        return self.path(name)

    def port(self, protocol):
        return self.ports[protocol]

    def url(self, protocol, user=None):
        secure = "s" if self.tls else ""
        return (f"{protocol}{secure}://{user or self.user}@localhost:"
                f"{self.port(protocol)}")

    def folders(self):
        return list(self.corpus.folders())


@dataclasses.dataclass
class Words:
    words: list
    arrived: typing.Callable  # of what it printed
    stdin: bytes = b""
    env: dict = None


# -- counting -----------------------------------------------------------------

def mbox_count(path):
    """From_ lines after an empty line."""
    count, before = 0, b"\n"
    if not os.path.exists(path):
        return 0
    with open(path, "rb") as box:
        for line in box:
            if before == b"\n" and line.startswith(b"From "):
                count += 1
            before = line
    return count


def maildir_count(path):
    return sum(len(os.listdir(sub)) for name in ("new", "cur")
               for sub in glob.glob(os.path.join(path, "**", name),
                                    recursive=True))


def archive_count(path):
    try:
        with contextlib.closing(sqlite3.connect(f"file:{path}?mode=ro",
                                                uri=True)) as db:
            return db.execute("select count(*) from sighting").fetchone()[0]
    except sqlite3.Error:
        return 0


def printed(out):
    return int(out.split()[-1]) if out.split() else 0


# -- raw ----------------------------------------------------------------------

def raw(job, what, protocol, *more):
    tls = ["--tls"] if job.tls else []
    return Words([job.tools.raw, what, *tls, str(job.port(protocol)),
                  job.user, PASSWORD, *more], printed)


def raw_pop3(job):
    return raw(job, "pop3", "pop3")


def raw_pop3_one(job):
    return raw(job, "pop3-one", "pop3")


def raw_append(job):
    return raw(job, "append", "imap", job.corpus.dir, "100")


def raw_append_one(job):
    return raw(job, "append", "imap", job.corpus.dir, "1")


def raw_fetch(job):
    return raw(job, "fetch", "imap", *job.folders())


# -- mailcart -----------------------------------------------------------------

def mailcart(job, verb, *words, archive=None, source=True, target=False):
    secret = job.write("password", PASSWORD + "\n")
    options = ["-a", archive or job.path("mail.db"), "--no-progress", "--json"]
    if source:
        options += ["--password-file", secret]
    if target:
        options += ["--target-password-file", secret]
    options += (["--tls-ca", job.server.ca] if job.tls
                else ["--insecure-plaintext"])
    return [job.tools.mailcart, verb, *options, *words]


def last(out, name):
    lines = out.strip().splitlines()
    return json.loads(lines[-1]).get(name, 0) if lines else 0


def mailcart_pop3(job):
    return Words(mailcart(job, "pull", job.url("pop3")),
                 lambda _: archive_count(job.path("mail.db")))


def mailcart_fetch(job):
    return Words(mailcart(job, "pull", job.url("imap")),
                 lambda _: archive_count(job.path("mail.db")))


def mailcart_push(job):
    archive = job.path("mail.db")
    shutil.copy(job.made["archive"], archive)
    return Words(mailcart(job, "push", job.url("imap"), source=False,
                          target=True),
                 lambda _: job.server.stored(job.user))


# -- mpop ---------------------------------------------------------------------

def mpop(job, delivery, count):
    tls = (f"tls on\ntls_starttls off\ntls_trust_file {job.server.ca}\n"
           if job.tls else "tls off\n")
    rc = job.write("mpoprc", f"""\
account default
host localhost
port {job.port("pop3")}
user {job.user}
password {PASSWORD}
auth user
{tls}keep on
delivery {delivery}
uidls_file {job.path("uidls")}
""")
    return Words(["mpop", "-C", rc, "-Q"], count)


def mpop_mbox(job):
    box = job.path("mbox")
    return mpop(job, f"mbox {box}", lambda _: mbox_count(box))


def mpop_maildir(job):
    box = job.path("maildir")
    for part in ("cur", "new", "tmp"):
        os.makedirs(os.path.join(box, part))
    return mpop(job, f"maildir {box}", lambda _: maildir_count(box))


# -- fetchmail, getmail -------------------------------------------------------

def fetchmail(job):
    box = job.path("bsmtp")
    tls = (f"ssl sslcertck sslcertfile \"{job.server.ca}\""
           if job.tls else "sslproto ''")
    rc = job.write("fetchmailrc", f"""\
poll localhost service {job.port("pop3")} protocol pop3 auth password
  user "{job.user}" password "{PASSWORD}" is "anna" here
  keep fetchall {tls} bsmtp "{box}"
""")
    def count(_):
        if not os.path.exists(box):
            return 0
        with open(box, "rb") as lines:
            return sum(line.startswith(b"MAIL FROM:") for line in lines)
    return Words(["fetchmail", "-f", rc, "--nosyslog", "--nodetach", "-s"],
                 count, env={"FETCHMAILHOME": job.dir})


def getmail(job):
    box = job.path("maildir")
    for part in ("cur", "new", "tmp"):
        os.makedirs(os.path.join(box, part))
    kind = "SimplePOP3SSLRetriever" if job.tls else "SimplePOP3Retriever"
    job.write("getmailrc", f"""\
[retriever]
type = {kind}
server = localhost
port = {job.port("pop3")}
username = {job.user}
password = {PASSWORD}
[destination]
type = Maildir
path = {box}/
[options]
delete = false
read_all = true
received = false
delivered_to = false
verbose = 0
""")
    return Words(["getmail", "--getmaildir", job.dir, "--rcfile",
                  job.path("getmailrc")], lambda _: maildir_count(box))


# -- mbsync -------------------------------------------------------------------

def mbsync(job, sync, create, box, count):
    tls = (f"SSLType IMAPS\nCertificateFile {job.server.ca}\n" if job.tls
           else "SSLType None\n")
    os.makedirs(job.path("state"))
    rc = job.write("mbsyncrc", f"""\
IMAPAccount far
Host localhost
Port {job.port("imap")}
User {job.user}
Pass {PASSWORD}
AuthMechs LOGIN
Timeout 600
{tls}
IMAPStore far
Account far

MaildirStore near
Path {box}/
Inbox {box}/INBOX
SubFolders Verbatim

Channel all
Far :far:
Near :near:
Patterns {" ".join(job.folders())}
Create {create}
Sync {sync}
SyncState {job.path("state")}/
""")
    return Words(["mbsync", "-c", rc, "-q", "all"], count)


def mbsync_push(job):
    box = job.path("maildir")
    # Renamed by mbsync, but not written to: hard links will do.
    subprocess.run(["cp", "-al", job.made["maildir"], box], check=True)
    return mbsync(job, "PushNew", "Far", box,
                  lambda _: job.server.stored(job.user))


def mbsync_pull(job):
    box = job.path("maildir")
    os.makedirs(box)
    return mbsync(job, "PullNew", "Near", box, lambda _: maildir_count(box))


# -- mailutil -----------------------------------------------------------------

def c_client(job):
    """How it writes a server; it asks for the password on stdin."""
    how = "ssl/novalidate-cert" if job.tls else "notls"
    return f"{{localhost:{job.port('imap')}/imap/{how}/user={job.user}}}"


def mailutil(job, lines, count):
    secret = job.write("answer", PASSWORD + "\n")
    text = " && ".join(f"mailutil {line} <'{secret}' >/dev/null"
                       for line in lines)
    return Words(["sh", "-c", text], count, env={"HOME": job.dir})


def mailutil_push(job):
    far = c_client(job)
    # c-client reads files below the home directory only.
    os.symlink(job.made["mbox"], job.path("mbox"))
    lines = [f"{'append' if name in THERE else 'copy'} 'mbox/{name}' "
             f"'{far}{name}'" for name in job.folders()]
    return mailutil(job, lines, lambda _: job.server.stored(job.user))


def mailutil_pull(job):
    far = c_client(job)
    lines = [f"copy '{far}{name}' '#driver.unix/{name}.mbox'"
             for name in job.folders()]
    # c-client puts a message of its own first.
    return mailutil(job, lines, lambda _: sum(
        max(0, mbox_count(job.path(name) + ".mbox") - 1)
        for name in job.folders()))
