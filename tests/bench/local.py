# SPDX-License-Identifier: MIT
"""Without a network: mbox and Maildir into the archive, verify, what an archive
weighs, and the ceilings that this machine sets."""
import base64
import os
import shutil

from cases import Setting, say
from clients import archive_count, last
from corpus import as_mbox, Maker

ATTACHMENT = 5_000_000


def directory_octets(path):
    return sum(os.path.getsize(os.path.join(base, name))
               for base, _, files in os.walk(path) for name in files)


def pull(bench, place, words, name="mail.db"):
    """(what it took, the archive) of mailcart pull into a new archive."""
    where = place.fresh()
    place.give(where)
    archive = os.path.join(where, name)
    if place.name == "disk":
        os.sync()
    took = bench.measure([bench.tools.mailcart, "pull", "-a", archive,
                          "--json", "--no-progress", *words])
    return took, archive


def stores(bench, setting):
    """mbox and Maildir into the archive, and verify of what came of it; the
    ceilings in between, so that all see the same machine."""
    place = bench.places[setting.place]
    made = bench.prepared(place, setting.mails)
    corpus = bench.corpus(place, setting.mails)
    say(f"mbox, verify: {setting}")
    for _ in range(bench.options.runs):
        ceilings(bench, setting, place, corpus)
        for kind in ("mbox", "maildir"):
            took, archive = pull(bench, place, [f"{kind}:{made[kind]}"])
            bench.record("local", setting, f"mailcart pull {kind}", took,
                         archive_count(archive), setting.mails, corpus.octets)
            if kind == "mbox":
                weigh(bench, setting, archive, made["mbox"])
                verify(bench, setting, archive, corpus)
            shutil.rmtree(os.path.dirname(archive))


def verify(bench, setting, archive, corpus):
    took = bench.measure([bench.tools.mailcart, "verify", "-a", archive,
                          "--json", "--no-progress"])
    good = took.status == 0 and last(took.out, "damaged") == 0
    bench.record("local", setting, "mailcart verify", took,
                 last(took.out, "sightings") if good else 0, setting.mails,
                 corpus.octets)


def weigh(bench, setting, archive, mbox):
    octets = directory_octets(mbox)
    bench.facts[("archive / mbox", setting)] = (
        os.path.getsize(archive) / octets)
    packed = bench.facts[("ceiling zstd-1", setting)][1]
    bench.facts[("packed / mbox", setting)] = packed / octets


def ceilings(bench, setting, place, corpus):
    """Seconds of processor a step; the least of all rounds, for it is what
    the machine can do."""
    where = place.fresh()
    place.give(where)
    took = bench.measure([bench.tools.ceiling, corpus.dir,
                          os.path.join(where, "ceiling.db")])
    shutil.rmtree(where)
    if took.status:
        raise RuntimeError("ceiling: " + took.err)
    for line in took.out.splitlines():
        name, cpu, _, octets = line.split()
        key = ("ceiling " + name, setting)
        before = bench.facts.get(key)
        if before is None or float(cpu) < before[0]:
            bench.facts[key] = (float(cpu), int(octets), corpus.octets)


def attachment(bench):
    """One attachment of 5 MB in 200 mails: what the archive grows by, from
    the first mail to the last."""
    place = bench.places["tmpfs"]
    copies = 20 if bench.options.quick else 200
    setting = Setting(copies)
    say(f"one attachment of 5 MB in {copies} mails")
    sizes = {}
    for count in (1, copies):
        where = place.fresh()
        path = os.path.join(where, "INBOX")
        octets = shared_attachment(path, count)
        place.give(where)
        took, archive = pull(bench, place, ["mbox:" + where])
        if count > 1:
            bench.record("attachment", setting, "mailcart pull mbox", took,
                         archive_count(archive), count, octets)
        sizes[count] = os.path.getsize(archive)
        shutil.rmtree(where)
        shutil.rmtree(os.path.dirname(archive))
    bench.facts[("many mails / 1 mail", setting)] = sizes[copies] / sizes[1]


def shared_attachment(path, count):
    """Writes the mbox; its octets."""
    maker = Maker(count)
    data = base64.encodebytes(maker.dice.octets(ATTACHMENT)).replace(
        b"\n", b"\r\n")
    with open(path, "wb") as out:
        for n in range(count):
            when = 1100000000 + n * 86400
            head, _, body = maker.message(when).partition(b"\r\n\r\n")
            lines = [line for line in head.split(b"\r\n")
                     if not line.startswith((b"Content-", b"MIME-"))]
            edge = f"=_edge{n}".encode()
            octets = b"\r\n".join(lines) + (
                b"\r\nMIME-Version: 1.0\r\nContent-Type: multipart/mixed; "
                b"boundary=\"" + edge + b"\"\r\n\r\n--" + edge +
                b"\r\nContent-Type: text/plain\r\n\r\nHere it is, number " +
                str(n).encode() + b".\r\n" + body[:500] + b"\r\n--" + edge +
                b"\r\nContent-Type: application/pdf; name=\"report.pdf\"\r\n"
                b"Content-Transfer-Encoding: base64\r\n\r\n" + data +
                b"--" + edge + b"--\r\n")
            out.write(as_mbox("\\Seen", when, octets))
        return out.tell()
