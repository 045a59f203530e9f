#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""Every file of the corpora, taken as one message: scanning and undressing
gives it back, digests are right, and Message-ID, date and subject are what
Stalwart's own parser reads in its samples.

Usage: test_corpora.py SCAN_FILE"""
import calendar
import hashlib
import json
import os
import re
import subprocess
import sys
import tempfile

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(
    os.path.abspath(__file__))))
CORPORA = os.environ.get("MAILCART_CORPORA") or os.path.join(
    os.path.dirname(ROOT), "shared", "corpora")
SKIPPED = 77


def files(top):
    for where, dirs, names in os.walk(top):
        dirs.sort()
        for name in sorted(names):
            path = os.path.join(where, name)
            if os.path.isfile(path) and "\n" not in path:
                yield path


def scan(tool, store, paths):
    done = subprocess.run([tool, store], check=True, text=True,
                          input="".join(p + "\n" for p in paths),
                          stdout=subprocess.PIPE)
    return [json.loads(line) for line in done.stdout.splitlines()]


def text(facts, name):
    return bytes.fromhex(facts[name]).decode("utf-8", "replace")


def canonical_length(raw):
    """How long a message without a store's lines must be with CRLF."""
    head = raw[:65536]
    if b"\n" not in head and b"\r" in head:
        if b"\n" in raw:
            return None
        return len(raw) + raw.count(b"\r")
    return len(raw) + raw.count(b"\n") - raw.count(b"\r\n")


def check_octets(paths, store, got):
    bad = []
    for path, facts in zip(paths, got):
        with open(path, "rb") as file:
            raw = file.read()
        if not facts["whole"]:
            bad.append(path + ": not given back")
        if facts["raw_sha256"] != hashlib.sha256(raw).hexdigest():
            bad.append(path + ": raw digest")
        if store == "wire" and not re.match(rb">?From ", raw):
            want = canonical_length(raw)
            if want is not None and facts["octets"] != want:
                bad.append(f"{path}: {facts['octets']} octets, not {want}")
    return bad


def fields(path):
    with open(path, encoding="utf-8") as file:
        headers = json.load(file)["parts"][0]["headers"]
    out = {}
    for header in headers:
        value = header["value"]
        name = str(header["name"])
        if isinstance(value, dict) and name not in out:
            out[name] = next(iter(value.values()))
    return out


def instant(date):
    zone = date["tz_hour"] * 3600 + date["tz_minute"] * 60
    if date["tz_before_gmt"]:
        zone = -zone
    return calendar.timegm((date["year"], date["month"], date["day"],
                            date["hour"], date["minute"],
                            date["second"])) - zone


# Where Stalwart reads a subject otherwise than we: an octet that is no UTF-8
# and of which no character set is told is U+FFFD there and lost, and here
# Windows-1252, in which all of these were written ("Fr\xf6sche").
UNTOLD = {f"legacy/{number}.eml" for number in ("010", "020", "022", "027",
                                                "052")}


def check_fields(eml, facts, want):
    name = os.path.basename(os.path.dirname(eml)) + "/" + \
        os.path.basename(eml)
    bad = []

    def differs(field, ours, theirs):
        bad.append(f"{name}: {field} {ours!r}, Stalwart {theirs!r}")

    theirs = want.get("message_id", "")
    if isinstance(theirs, list):
        theirs = theirs[0]
    if text(facts, "message_id") != theirs:
        differs("message_id", text(facts, "message_id"), theirs)
    theirs = instant(want["date"]) if "date" in want else None
    if facts.get("date") != theirs:
        differs("date", (facts.get("date"), text(facts, "date_text")), theirs)
    theirs = " ".join(want.get("subject", "").split())
    ours = text(facts, "subject")
    if name in UNTOLD:
        if "\ufffd" not in theirs or "\xf6" not in ours:
            differs("subject that is no longer an exception", ours, theirs)
        ours = ours.replace("\xf6", "\ufffd")
    if ours != theirs:
        differs("subject", ours, theirs)
    return bad


def with_crlf(path, folder):
    """A copy whose lines end in CRLF, as the .crlf.json twins mean."""
    copy = os.path.join(folder, os.path.basename(os.path.dirname(path)),
                        os.path.basename(path))
    os.makedirs(os.path.dirname(copy), exist_ok=True)
    with open(path, "rb") as file:
        raw = file.read()
    with open(copy, "wb") as file:
        file.write(re.sub(rb"(?<!\r)\n", b"\r\n", raw))
    return copy


def check_stalwart(tool, folder):
    pairs = []
    for path in files(os.path.join(CORPORA, "stalwart-mail-parser", "eml")):
        stem, end = os.path.splitext(path)
        if end == ".eml" and os.path.exists(stem + ".json"):
            pairs.append((path, stem + ".json"))
        if end == ".eml" and os.path.exists(stem + ".crlf.json"):
            pairs.append((with_crlf(path, folder), stem + ".crlf.json"))
    got = scan(tool, "wire", [eml for eml, _ in pairs])
    bad = []
    for (eml, truth), facts in zip(pairs, got):
        bad += check_fields(eml, facts, fields(truth))
    return len(pairs), bad


def main():
    tool = sys.argv[1]
    if not os.path.isdir(CORPORA):
        print(f"skipped: no corpora at {CORPORA}; MAILCART_CORPORA names them")
        return SKIPPED
    paths = list(files(CORPORA))
    bad = []
    for store in ("wire", "mbox"):
        bad += check_octets(paths, store, scan(tool, store, paths))
    with tempfile.TemporaryDirectory() as folder:
        count, wrong = check_stalwart(tool, folder)
    bad += wrong
    for line in bad:
        print(line)
    print(f"{len(paths)} files as messages, {count} compared with Stalwart: "
          f"{len(bad)} wrong")
    return 1 if bad or not paths or not count else 0


sys.exit(main())
