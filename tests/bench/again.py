# SPDX-License-Identifier: MIT
"""A second run with nothing to do, and migrate beside its two halves."""
import contextlib
import json
import shutil

import clients
from cases import Client, say
from clients import Job, Words, archive_count, mailcart
from scene import Proxy, Server


def again_mbox(job):
    return Words(mailcart(job, "pull", "mbox:" + job.made["mbox"]), None)


def migrate(job):
    """Everything by POP3, to an account that is empty at first."""
    return Words(
        mailcart(job, "migrate", job.url("pop3", f"pop{job.corpus.count}"),
                 job.url("imap"), target=True),
        lambda _: job.server.stored(job.user))


# The account to read from, or None for one to fill; the client.
AGAIN = (
    ("imap", Client("mailcart pull mbox", again_mbox)),
    ("pop", Client("mailcart pull POP3", clients.mailcart_pop3)),
    ("imap", Client("mailcart pull IMAP", clients.mailcart_fetch)),
    (None, Client("mailcart push", clients.mailcart_push)),
    (None, Client("mailcart migrate", migrate)),
    ("pop", Client("mpop mbox", clients.mpop_mbox, "mpop")),
    ("imap", Client("mbsync download", clients.mbsync_pull, "mbsync")),
    (None, Client("mbsync upload", clients.mbsync_push, "mbsync")),
)


@contextlib.contextmanager
def far(bench, setting):
    """A filled server, and its ports at that distance."""
    place = bench.places[setting.place]
    with contextlib.ExitStack() as stack:
        server = stack.enter_context(
            Server(place, setting.tls, bench.tools.nice))
        bench.fill(place, server, setting.mails)
        ports = {}
        for name in ("pop3", "imap"):
            proxy = Proxy(bench.tools, server.port(name), setting.rtt,
                          setting.rate)
            stack.callback(proxy.close)
            ports[name] = proxy.port
        yield server, ports


@contextlib.contextmanager
def new_job(bench, setting, server, ports, account):
    place = bench.places[setting.place]
    user = f"{account}{setting.mails}" if account else server.fresh_user()
    job = Job(bench.tools, server, bench.corpus(place, setting.mails),
              place.fresh(), ports, setting.tls, user,
              bench.prepared(place, setting.mails))
    try:
        yield job
    finally:
        shutil.rmtree(job.dir, ignore_errors=True)
        if not account:
            server.forget(user)


def summary(out):
    """The last one that it printed."""
    rows = [json.loads(line) for line in out.splitlines()
            if line.startswith("{")]
    rows = [row for row in rows if row["type"] == "summary"]
    return rows[-1] if rows else {}


def nothing(bench, setting):
    """Everything twice, but for the first time without a look at the clock."""
    say(f"nothing to do: {setting}")
    with far(bench, setting) as (server, ports):
        for account, client in AGAIN:
            if not bench.wanted(client) or (
                    setting.rtt and client.start is again_mbox):
                continue
            with new_job(bench, setting, server, ports, account) as job:
                again(bench, setting, client, job)


def again(bench, setting, client, job):
    words = client.start(job).words
    bench.places[setting.place].give(job.dir)
    took = bench.measure(words, cwd=job.dir)
    if took.status:
        say(f"  {client.name}: the first run failed: {took.err[-300:]}")
    for _ in range(max(bench.options.runs, 3)):
        took = bench.measure(words, cwd=job.dir)
        row = summary(took.out)
        idle = took.status == 0 and not row.get("stored") and \
            not row.get("sent_now")
        bench.record("nothing", setting, client.name, took,
                     setting.mails if idle else 0, setting.mails,
                     job.corpus.octets)


def halves(bench, setting):
    """pull, push of what it brought, and migrate, which does both and looks
    at the result."""
    say(f"migrate: {setting}")
    with far(bench, setting) as (server, ports):
        for _ in range(bench.options.runs):
            with new_job(bench, setting, server, ports, None) as job:
                one_by_one(bench, setting, job)
            with new_job(bench, setting, server, ports, None) as job:
                timed(bench, setting, "mailcart migrate", migrate(job), job)


def one_by_one(bench, setting, job):
    source = job.url("pop3", f"pop{setting.mails}")
    pull = Words(mailcart(job, "pull", source),
                 lambda _: archive_count(job.path("mail.db")))
    push = Words(mailcart(job, "push", job.url("imap"), source=False,
                          target=True), lambda _: job.server.stored(job.user))
    timed(bench, setting, "mailcart pull", pull, job)
    timed(bench, setting, "mailcart push", push, job)


def timed(bench, setting, name, words, job):
    bench.places[setting.place].give(job.dir)
    before = job.server.spent()
    took = bench.measure(words.words, cwd=job.dir)
    bench.facts.setdefault(("servers, " + name, setting), []).append(
        job.server.spent() - before)
    # The copies of 2 % are in one mailbox here, and so once.
    arrived = words.arrived(took.out)
    expected = setting.mails
    if name != "mailcart pull":
        expected = job.corpus.distinct()
    bench.record("migrate", setting, name, took, arrived, expected,
                 job.corpus.octets)
