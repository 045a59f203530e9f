# SPDX-License-Identifier: MIT
"""A real Courier as target and source.  It knows neither LITERAL+ nor
MULTIAPPEND, and leaves out a CR that no LF follows."""
import os
import re
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import zoo  # noqa: E402
from courier import Courier  # noqa: E402


class CourierAccount(zoo.Account):
    SERVER = Courier

    def stored(self, octets):
        return re.sub(rb"\r(?!\n)", b"", octets)


if __name__ == "__main__":
    zoo.main(Courier)
