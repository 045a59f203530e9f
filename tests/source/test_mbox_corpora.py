# SPDX-License-Identifier: MIT
"""The mbox source against real mbox files: counts and octets that others
published, and an independent splitter's slices for all of them.

argv[1] is the tool read_mbox.  MAILCART_CORPORA names the corpora (default
../shared/corpora beside the project's root); absent: skipped, said so.
"""
import glob
import hashlib
import json
import os
import sys
import unittest

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.dirname(os.path.dirname(HERE))
sys.path[:0] = [HERE, os.path.join(ROOT, "tests", "real")]
import mbox_oracle  # noqa: E402
import mbox_tool  # noqa: E402
from mbox_tool import octets_of, tell  # noqa: E402

CORPORA = os.environ.get("MAILCART_CORPORA") or os.path.join(
    os.path.dirname(ROOT), "shared", "corpora")

COUNTS = {
    **mbox_oracle.COUNTS,
    # Octets of UTF-8's mark, and lines of blanks, before the first From_ line.
    "mimekit/TestData/mbox/unmunged.mbox.txt": 2,
    "postsack/mbox/INBOX.mbox": 48,
    "postsack/mbox/SENT.mbox": 48,
    "postsack/mbox/WORK.mbox": 48,
}
OFFSETS = {
    "jwz-mbox/jwz.mbox": "jwz-mbox/jwz.unix-offsets.json",
    "mimekit/TestData/mbox/content-length.mbox.txt":
        "mimekit/TestData/mbox/content-length.unix-offsets.json",
    "mimekit/TestData/mbox/issue1189.mbox.txt":
        "mimekit/TestData/mbox/issue1189.unix-offsets.json",
}
DISABLED = {"14-oddcases"}  # upstream by #if 0


def corpus(*names):
    return os.path.join(CORPORA, *names)


def sha256(octets):
    return hashlib.sha256(octets).hexdigest()


def all_mboxes():
    """Every regular file of the corpora that begins with "From ", behind what
    mbox_oracle passes over."""
    found = []
    for folder, _, names in os.walk(CORPORA):
        for name in names:
            path = os.path.join(folder, name)
            with open(path, "rb") as source:
                head = source.read(4096)
            if head[mbox_oracle.start(head):].startswith(b"From "):
                found.append(path)
    return sorted(found)


class Published(unittest.TestCase):
    def test_counts(self):
        for name, count in COUNTS.items():
            with self.subTest(name):
                told = tell(corpus(name))
                self.assertEqual(len(told.get("item", [])), count)

    def test_offsets(self):
        for name, offsets in OFFSETS.items():
            with self.subTest(name), open(corpus(offsets), "rb") as source:
                expected = [message["mboxMarkerOffset"]
                            for message in json.load(source)]
                got = [int(item["key"]) for item in tell(corpus(name))["item"]]
                self.assertEqual(got, expected)

    def test_thunderbird(self):
        mboxes = sorted(glob.glob(corpus("thunderbird-mbox-oracle", "*.mbox")))
        self.assertEqual(len(mboxes), 25)
        for mbox in mboxes:
            stem = os.path.basename(mbox)[:-len(".mbox")]
            if stem in DISABLED:
                continue
            expected = sorted(glob.glob(mbox[:-len("mbox")] + "expect.*.eml"))
            with self.subTest(stem):
                self.assertEqual(mbox_tool.messages(mbox),
                                 [octets_of(name) for name in expected])

    def test_dates(self):
        """As many From_ lines of these have one."""
        for name, dated in (("mailutils/spool/teaparty.mbox", 95),
                            ("gyb-samples/google-takeout/takeout.mbox", 39),
                            ("perl-email-folder/mboxes/mboxcl3", 2),
                            ("jwz-mbox/jwz.mbox", 43)):
            with self.subTest(name):
                items = tell(corpus(name))["item"]
                self.assertEqual(sum(i["dated"] for i in items), dated)


class SecondOpinion(unittest.TestCase):
    """Slices by tests/real/mbox_oracle.py."""

    def check(self, path):
        data = octets_of(path)
        before = mbox_oracle.start(data)
        slices = mbox_oracle.split(data[before:])
        for quote, undo in (("none", lambda octets: octets),
                            ("o", mbox_oracle.unquote_o),
                            ("rd", mbox_oracle.unquote_rd)):
            told = tell(path, "-q", quote)
            items = told.get("item", [])
            self.assertEqual([int(item["key"]) for item in items],
                             [before + part.at for part in slices])
            for item, part in zip(items, slices):
                seen = {sha256(part.octets)}
                if quote != "none":
                    seen.add(sha256(undo(part.octets)))
                self.assertIn(item["sha256"], seen, item["key"])
                self.assertEqual(item["file_octets"], part.next - part.at)
                self.assertNotIn("why", item)
            total = sum(item["file_octets"] for item in items) + sum(
                gap["octets"] for gap in told.get("gap", []))
            self.assertEqual(total, len(data))
            mbox_tool.check_rebuilds(self, path, "-q", quote)

    def test_every_mbox(self):
        mboxes = all_mboxes()
        self.assertGreater(len(mboxes), 80)
        # One folder there holds 999 files all but alike: a few will do.
        alike = [path for path in mboxes if ".many_messages" in path]
        for path in [p for p in mboxes if p not in alike] + alike[:5]:
            with self.subTest(os.path.relpath(path, CORPORA)):
                self.check(path)

    def test_unwanted_are_listed_all_the_same(self):
        for name in ("jwz-mbox/jwz.mbox",
                     "gyb-samples/google-takeout/takeout.mbox"):
            wanted = [item["key"] for item in tell(corpus(name))["item"]]
            listed = [item["key"] for item in
                      tell(corpus(name), "-w")["listed"]]
            self.assertEqual(wanted, listed)


if __name__ == "__main__":
    if not os.path.isdir(CORPORA):
        print(f"no corpora at {CORPORA}: nothing is tested")
        sys.exit(77)
    mbox_tool.TOOL = sys.argv.pop(1)
    unittest.main()
