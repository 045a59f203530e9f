#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""migrate pushes while it pulls: soon, if planning is cheap, and else the more
seldom, the dearer it is."""
import os
import sys
import unittest

HERE = os.path.dirname(os.path.abspath(__file__))
for room in ("real", "fake"):
    sys.path.insert(0, os.path.join(os.path.dirname(HERE), room))
import mailcart  # noqa: E402
import samples_of  # noqa: E402
from imap_server import ImapServer  # noqa: E402
from pop3_server import Pop3Server  # noqa: E402

DEAR = os.environ.get("MAILCART_DEAR", "")
MAILS = 150
PAUSE = 0.04  # s before each; in all, that of a dozen commits


class Early(mailcart.Case):
    def batches(self, env=None):
        """How many the target got; all that there was to be sent."""
        mails = [samples_of.eml(n, b"hello\r\n") for n in range(MAILS)]
        with Pop3Server(mails, slow=PAUSE) as old, ImapServer() as new:
            row = self.ends(self.cart().run(
                "migrate", f"pop3://anna@127.0.0.1:{old.port}", new.url(),
                env=env)).summary()
            self.assertEqual(
                (row["push"]["sent"], len(new.boxes["INBOX"].messages)),
                (MAILS, MAILS))
            return new.appends

    def test_cheap(self):
        self.assertGreater(self.batches(), 3)

    def test_dear(self):
        """One pass as the first mail comes, and the last one."""
        self.assertLess(self.batches({
            "LD_PRELOAD": DEAR,
            # Sanitizers want to be loaded first; they are.
            "ASAN_OPTIONS": "verify_asan_link_order=0"}), 4)


if __name__ == "__main__":
    unittest.main(verbosity=2)
