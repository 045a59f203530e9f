# SPDX-License-Identifier: MIT
"""An archive of 1,000 messages, of which others spoil a page."""
import os
import random
import shutil
import time

import mailcart
import samples_of
import seal
from imap_server import ImapServer

COUNT = 1000
FROM = b"From a@b Thu Feb  6 11:51:37 1992\n"


def mail(n, size, dice, **fields):
    """About `size` octets, which no two have in common."""
    body = dice.randbytes(size // 2).hex().encode()
    body = b"\n".join(body[at:at + 76] for at in range(0, len(body), 76))
    head = samples_of.eml(n, b"", **fields)
    return head.replace(b"\r\n", b"\n") + body + b"\n"


class Pages(mailcart.Case):
    @staticmethod
    def content(octets):
        """The text, which no two have in common; X-Keywords goes from the
        header to where a store has its keywords."""
        return mailcart.sha256(octets.replace(b"\r\n", b"\n").partition(
            b"\n\n")[2].rstrip(b"\n"))

    @classmethod
    def fill(cls, mails):
        """Four folders, one of which was sent: there are placements."""
        seed = int(os.environ.get("MAILCART_SEED") or time.time() // 86400)
        print(f"MAILCART_SEED={seed}", flush=True)
        cls.dice = random.Random(seed)
        cls.cart = mailcart.Cart()
        cls.addClassCleanup(cls.cart.close)
        for part in range(4):
            cls.cart.write(f"mbox/box{part}", b"".join(
                FROM + octets + b"\n" for octets in mails[part::4]))
        cls.source = "mbox:" + cls.cart.path("mbox")
        result = cls.cart.run("pull", cls.source)
        assert result.status == 0, str(result)
        with ImapServer() as server:
            result = cls.cart.run("push", server.url(), "--include", "box1")
            assert result.status == 0, str(result)

    @classmethod
    def keep(cls):
        """As it is now it is good."""
        cls.good = cls.cart.path("good.db")
        shutil.copy(cls.cart.archive, cls.good)
        with open(cls.good, "rb") as file:
            cls.size = seal.page_octets(file.read(100))
        cls.pages = os.path.getsize(cls.good) // cls.size
