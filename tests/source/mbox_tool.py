# SPDX-License-Identifier: MIT
"""Runs read_mbox and makes sense of what it tells."""
import glob
import json
import os
import re
import subprocess
import sys
import tempfile

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(os.path.dirname(HERE), "real"))
import mailcart  # noqa: E402

TOOL = None


def octets_of(path):
    with open(path, "rb") as source:
        return source.read()


def parse(output):
    """What was told, by type."""
    told = {}
    for line in output.decode("utf-8", "surrogateescape").splitlines():
        fact = json.loads(line)
        told.setdefault(fact["type"], []).append(fact)
    return told


def tell(path, *options, user=None):
    run = subprocess.run([TOOL, *options, path], stdout=subprocess.PIPE,
                         check=False, timeout=120 * mailcart.SLOWER,
                         user=user)
    told = parse(run.stdout)
    if run.returncode not in (0, 1) or (
            run.returncode == 1 and "error" not in told):
        raise AssertionError(f"{path}: read_mbox ended {run.returncode}")
    return told


def is_sanitized():
    return mailcart.is_sanitized(TOOL)


def _written(out, ending):
    names = glob.glob(os.path.join(out, "*." + ending))
    names.sort(key=lambda name: int(os.path.basename(name).split(".")[0]))
    return [octets_of(name) for name in names]


def messages(path, *options):
    """Raw octets of each message."""
    with tempfile.TemporaryDirectory() as out:
        tell(path, *options, "-d", out)
        return _written(out, "raw")


def _varint(octets, at):
    value = shift = 0
    while True:
        value |= (octets[at] & 0x7F) << shift
        shift += 7
        at += 1
        if octets[at - 1] < 0x80:
            return value, at


def records(dress):
    """Records of a dress, by kind."""
    found, at = {}, 0
    while at < len(dress):
        kind = chr(dress[at])
        n, at = _varint(dress, at + 1)
        found[kind] = dress[at:at + n]
        at += n
    return found


def _quoted(raw, how, eol):
    """raw with the '>'s that record Q says it had."""
    letter, odd, at = chr(how[0]), set(), 1
    while at < len(how):
        ordinal, at = _varint(how, at)
        odd.add(ordinal)
    if letter == "n":
        return raw
    seen = -1

    def one(match):
        nonlocal seen
        seen += 1
        if seen in odd or (letter == "o" and match.group(2)):
            return match.group()
        return match.group(1) + b">" + match.group(2) + b"From "
    return re.sub(rb"(\A|" + eol + rb")(>*)From ", one, raw)


def rebuild(path, *options):
    """The mbox, written again from raw, wraps and its own gaps."""
    data = octets_of(path)
    head = data[:524288]
    alone = len(re.findall(rb"\r(?!\n)", head))
    mac = alone > head.count(b"\n") and (
        re.search(rb"[\r\n]", head).group() == b"\r")
    eol = b"\r" if mac else b"\n"
    with tempfile.TemporaryDirectory() as out:
        told = tell(path, *options, "-d", out)
        parts = {gap["offset"]: data[gap["offset"]:][:gap["octets"]]
                 for gap in told.get("gap", [])}
        items = told.get("item", [])
        raws, wraps = _written(out, "raw"), _written(out, "wrap")
        assert len(raws) == len(wraps) == len(items)
        for item, raw, wrap in zip(items, raws, wraps):
            dress = records(wrap)
            part = dress["F"] + _quoted(raw, dress["Q"], eol) + dress["S"]
            assert len(part) == item["file_octets"], item
            parts[int(item["key"])] = part
    return b"".join(parts[at] for at in sorted(parts))


def check_rebuilds(case, path, *options):
    case.assertTrue(rebuild(path, *options) == octets_of(path),
                    f"{path}: not rebuilt")
