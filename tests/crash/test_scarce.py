# SPDX-License-Identifier: MIT
"""The nth call for memory of scarce.c fails, for n = 1, 2, ... until none did:
what a run notes of a message is noted whole or not at all, and what a server said
is told all the same."""
import os
import struct
import subprocess
import sys
import tempfile
import unittest

FAULT = os.environ.get("MAILCART_FAULT_MEMORY", "")
MOST = 10000  # calls


class Scarce(unittest.TestCase):
    def tried(self, at):
        """(calls, failed) of a run in which the one is to fail."""
        with tempfile.NamedTemporaryFile() as told:
            told.write(bytes(32))
            told.flush()
            told.seek(0)
            done = subprocess.run(
                [sys.argv[1]], capture_output=True, check=False,
                env={**os.environ, "LD_PRELOAD": FAULT, "FAULT_KIND": "memory",
                     "FAULT_AT": str(at), "FAULT_TOLD": told.name,
                     "ASAN_OPTIONS": "verify_asan_link_order=0"})
            self.assertEqual((done.returncode, done.stderr), (0, b""),
                             f"{at}. call")
            return struct.unpack("4q", told.read(32))[:2]

    def test_each(self):
        calls, failed = self.tried(1)
        if calls == 0:
            self.skipTest("the program has malloc() within itself (TSan)")
        at = 1
        while failed:
            at += 1
            self.assertLess(at, MOST)
            _, failed = self.tried(at)
        self.assertGreater(at, 10)


if __name__ == "__main__":
    if not os.access(FAULT, os.R_OK):
        sys.exit("MAILCART_FAULT_MEMORY does not name the library")
    unittest.main(argv=sys.argv[:1])
