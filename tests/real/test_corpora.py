# SPDX-License-Identifier: MIT
"""Every mbox of the corpora: the messages that an independent splitter finds
are those of the archive, to the octet, and every octet is accounted for."""
import collections
import concurrent.futures
import glob
import json
import os
import re
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import mailcart  # noqa: E402
import mbox_oracle  # noqa: E402
from mailcart import CORPORA, Case, sha256  # noqa: E402

# Counted by us, by eye where they are doubtful.
OTHERS = {
    "mimekit/TestData/mbox/simple.mbox.txt": 3,
    "gyb-samples/historic-public-mbox/sample.mbox": 15,
    "gyb-samples/historic-public-mbox/odd-mails.mbox": 6,
    "gyb-samples/historic-public-mbox/mozillaes.mbox": 35,
    "gyb-samples/historic-public-mbox/rfc2047-samples.mbox": 11,
    "mailutils/spool/mbox1": 5,
    "mailutils/spool/msg.mbox": 4,
    "mailutils/spool/relational.mbox": 9,
    "mailutils/spool/search.mbox": 8,
    "mailutils/spool/sieve.mbox": 3,
}
DISABLED = "14-oddcases.mbox"  # upstream by #if 0


def read(path):
    with open(path, "rb") as source:
        return source.read()


class Corpora(Case):
    @classmethod
    def setUpClass(cls):
        cls.pulled = {}

    def pull(self, paths, *options):
        """{path: {offset: (row, raw octets)}} of one archive."""
        cart = self.cart()
        result = self.ends(cart.run("pull", *options,
                                    *["mbox:" + path for path in paths]))
        self.adds_up_pull(result.summary())
        rows = cart.messages()
        with concurrent.futures.ThreadPoolExecutor(2) as pool:
            raws = list(pool.map(cart.raw, rows))
        found = collections.defaultdict(dict)
        by_place = {"mbox:" + path: path for path in paths}
        for row, raw in zip(rows, raws):
            self.assertEqual(row["raw_sha256"], sha256(raw), row)
            found[by_place[row["source"]]][int(row["key"])] = (row, raw)
        for path in paths:
            self.accounted(cart, path)
        self.ends(cart.run("verify"))
        return found

    def accounted(self, cart, path):
        """What is in no message, From_ line or separator is in a gap that
        the archive names."""
        slices = mbox_oracle.split(read(path))
        before = slices[0].at if slices else os.path.getsize(path)
        gaps = cart.query(
            "SELECT coalesce(sum(total), 0) FROM gap JOIN folder ON "
            "folder.id = gap.folder JOIN source ON source.id = folder.source "
            f"WHERE source.name = '{('mbox:' + path)}'")
        self.assertEqual(gaps[0][0], before, path)

    def check(self, path, held, count):
        slices = mbox_oracle.split(read(path))
        self.assertEqual(len(slices), count, "the second opinion is off")
        self.assertEqual(sorted(held), [one.at for one in slices], path)
        for one in slices:
            raw = held[one.at][1]
            self.assertIn(raw, mbox_oracle.candidates(one.octets),
                          (path, one.at))

    def test_counts_and_slices(self):
        wanted = {os.path.join(CORPORA, name): count
                  for name, count in {**mbox_oracle.COUNTS, **OTHERS}.items()}
        wanted = {path: n for path, n in wanted.items()
                  if os.path.exists(path)}
        self.assertTrue(wanted, "the corpora are not where they should be")
        found = self.pull(sorted(wanted))
        for path, count in wanted.items():
            with self.subTest(path=path):
                self.check(path, found[path], count)

    def test_exact_slices(self):
        """Without unquoting, raw is the slice of the file and nothing
        else."""
        paths = [os.path.join(CORPORA, name)
                 for name in sorted(mbox_oracle.COUNTS)]
        paths = [path for path in paths if os.path.exists(path)]
        found = self.pull(paths, "--mbox-quote", "none")
        for path in paths:
            with self.subTest(path=path):
                for one in mbox_oracle.split(read(path)):
                    self.assertEqual(sha256(found[path][one.at][1]),
                                     sha256(one.octets), one.at)

    def test_jwz_offsets(self):
        path = os.path.join(CORPORA, "jwz-mbox", "jwz.mbox")
        with open(path[:-4] + "unix-offsets.json") as told:
            offsets = [one["mboxMarkerOffset"] for one in json.load(told)]
        self.assertEqual(sorted(self.pull([path])[path]), offsets)

    def test_thunderbird(self):
        where = os.path.join(CORPORA, "thunderbird-mbox-oracle")
        paths = [path for path in sorted(glob.glob(where + "/*.mbox"))
                 if not path.endswith(DISABLED)]
        self.assertEqual(len(paths), 24)
        found = self.pull(paths)
        for path in paths:
            with self.subTest(path=path):
                wanted = [read(one) for one in sorted(
                    glob.glob(path[:-5] + ".expect.*.eml"))]
                held = [found[path][at][1] for at in sorted(found[path])]
                self.assertEqual(held, wanted)

    def test_separate_runs_agree(self):
        """The counts that a person sees for one file alone."""
        for name, count in mbox_oracle.COUNTS.items():
            path = os.path.join(CORPORA, name)
            if not os.path.exists(path):
                continue
            with self.subTest(name=name):
                cart = self.cart()
                row = self.ends(cart.run("pull", "mbox:" + path)).summary()
                self.assertEqual(row["listed"], count, row)
                self.assertEqual(
                    row["stored"] + row["known"] + row["skipped"], count)
                text = self.ends(cart.run("pull", "mbox:" + path,
                                          json_lines=False))
                self.assertTrue(re.search(r"\S", text.out.decode()))


if __name__ == "__main__":
    if not os.path.isdir(CORPORA):
        print(f"no corpora at {CORPORA} (MAILCART_CORPORA): nothing tested",
              file=sys.stderr)
        sys.exit(mailcart.SKIP)
    mailcart.main()
