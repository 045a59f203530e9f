# SPDX-License-Identifier: MIT
"""A folder of very many files: their names are more than memory may hold.

MAILCART_LONG makes it a million, MAILCART_FILES what it says.  Memory is judged
of a program without sanitizers: MAILCART_RELEASE_BIN, or MAILCART_BIN if that
has none."""
import os
import sys
import time
import unittest

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(os.path.dirname(HERE), "real"))
import mailcart  # noqa: E402
import samples_of  # noqa: E402
from mailcart import LONG, Case  # noqa: E402

PEAK_MAX = 64 << 20
FILES = int(os.environ.get("MAILCART_FILES")
            or (1_000_000 if LONG else 12_000))
LINKS = 500  # names of one file


class Many(Case):
    def fill(self, where, name_of):
        """Each mail under many names, so that it is done in seconds."""
        os.makedirs(where)
        mails = iter(samples_of.small(FILES // LINKS + 1))
        first = None
        for n in range(FILES):
            path = os.path.join(where, name_of(n))
            if n % LINKS == 0:
                first = path
                with open(path, "wb") as out:
                    out.write(next(mails))
            else:
                os.link(first, path)

    def measured(self, cart, verb, *words):
        began = time.monotonic()
        result = self.ends(mailcart.run_measured(
            cart.command(verb, *words), cwd=cart.dir, timeout=3000))
        print(f"{verb} {words[-1].split(':')[0]}: {FILES:,} files, "
              f"{time.monotonic() - began:.1f} s, "
              f"peak {result.peak / (1 << 20):.1f} MiB", flush=True)
        if not mailcart.sanitized():
            self.assertLess(result.peak, PEAK_MAX)
        return result

    def read(self, scheme, where):
        cart = self.cart()
        row = self.measured(cart, "pull", f"{scheme}:{where}").summary()
        self.adds_up_pull(row)
        self.assertEqual((row["listed"], row["failed"]), (FILES, 0), row)
        self.assertEqual(
            cart.query("SELECT count(DISTINCT key) FROM sighting"),
            [(FILES,)])
        # In order.
        keys = [key for key, in cart.query(
            "SELECT key FROM sighting ORDER BY id")]
        self.assertEqual(keys, sorted(keys, key=int if scheme == "mh"
                                      else None))
        again = self.measured(cart, "pull", f"{scheme}:{where}").summary()
        self.assertEqual((again["octets"], again["known"]), (0, FILES))
        return cart

    def test_maildir(self):
        where = self.cart().path("box")
        for name in ("new", "tmp"):
            os.makedirs(os.path.join(where, name))
        self.fill(os.path.join(where, "cur"), lambda n:
                  f"{1_000_000_000 + n * 7919 % FILES}.M{n}P1.a-long-host-"
                  f"name.example.org,S=2048,W=2100:2,{'S' if n % 2 else ''}")
        cart = self.read("maildir", where)
        self.assertEqual(cart.query(
            "SELECT count(*) FROM sighting WHERE flags & 1"), [(FILES // 2,)])

    def test_mh(self):
        where = self.cart().path("box")
        self.fill(where, lambda n: str(n + 1))
        with open(os.path.join(where, ".mh_sequences"), "w") as out:
            out.write(f"unseen: 1-{FILES // 4} {FILES}\n")
        cart = self.read("mh", where)
        self.assertEqual(cart.query(
            "SELECT count(*) FROM sighting WHERE flags & 1"),
            [(FILES - FILES // 4 - 1,)])

    def test_eml(self):
        where = self.cart().path("box")
        self.fill(where, lambda n: f"{n:07} a subject that is not short.eml")
        self.read("eml", where)
        probe = self.ends(mailcart.run_measured(
            self.cart().command("probe", where), timeout=3000))
        print(f"probe of the bare path: peak {probe.peak / (1 << 20):.1f} MiB")
        if not mailcart.sanitized():
            self.assertLess(probe.peak, PEAK_MAX)


if __name__ == "__main__":
    if os.environ.get("MAILCART_RELEASE_BIN"):
        mailcart.BIN = os.environ["MAILCART_RELEASE_BIN"]
    unittest.main(verbosity=2)
