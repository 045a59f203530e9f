# SPDX-License-Identifier: MIT
"""A real Cyrus as target and source.  It turns 8-bit octets of a header into
X without a word."""
import os
import re
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import zoo  # noqa: E402
from cyrus import Cyrus  # noqa: E402


class CyrusAccount(zoo.Account):
    SERVER = Cyrus

    def stored(self, octets):
        head, blank, body = octets.partition(b"\r\n\r\n")
        return re.sub(rb"[\x80-\xff]", b"X", head) + blank + body


if __name__ == "__main__":
    zoo.main(Cyrus)
