# SPDX-License-Identifier: MIT
"""A migration looks at what it has sent by a second connection while it sends
more.  That is a help and no duty: whatever becomes of that connection, each
message is there once, each was looked at once, and nobody waits long for it."""
import concurrent.futures
import os
import sys
import time

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from imap_server import ImapServer  # noqa: E402
from pop3_server import Pop3Server  # noqa: E402
from zoo_case import Whole, dated, mail, main, mailcart, words  # noqa: E402

COUNT = 560
AT_ONCE = 500  # what the source gives before it waits for the target
ABREAST = 5    # rows
LONGEST = 45   # seconds: no reply is waited for until it is overdue


class Source(dict):
    """Behaviours of a source that gives much at once, and what is left only
    bit by bit until ready() is true, so that pulling goes on meanwhile."""

    def __init__(self, ready):
        super().__init__()
        self.ready = ready
        self.given = 0
        self.until = time.monotonic() + LONGEST * mailcart.SLOWER

    def get(self, name, default=None):
        if name != "slow":
            return default
        self.given += 1
        waits = self.given > AT_ONCE and not self.ready() and (
            time.monotonic() < self.until)
        return 0.05 if waits else 0.0


def left(target):
    """It came, and is gone again."""
    return target.sessions >= 2 and target.logged_in == 1


def calls(target):
    return target.sessions >= 2


# Why; what the target does once the first connection has sent something; until
# when mail comes; whether the second connection gets so far as to EXAMINE.
ROWS = (
    ("all goes well", {}, lambda target: target.said(" EXAMINE "), True),
    ("EXAMINE gets no answer, and the link is closed",
     {"examined": {"silent": "EXAMINE"}}, left, True),
    ("EXAMINE gets no answer, and the link stays",
     {"examined": {"hang": "EXAMINE"}}, left, True),
    ("EXAMINE is refused", {"examined": {"select_no": "INBOX"}}, left, True),
    ("it tells another UIDVALIDITY", {"examine_guesses": True}, left, True),
    ("the link is closed in the middle of a message",
     {"examined": {"fetch_drop": b"tag=m30;"}}, left, True),
    ("FETCH gets no answer, and the link stays",
     {"examined": {"hang": "UID FETCH"}}, left, True),
    ("the server closes whenever it is asked anything",
     {"examined": {"silent": "UID FETCH"}}, left, True),
    ("it is not let in", {"logins_ok": 1, "login_no": "[LIMIT] one is enough"},
     lambda target: target.logins >= 2, False),
    ("its login gets no answer", {"hang": "AUTHENTICATE"}, calls, False),
)


def migrate(cart, mails, behave, ready):
    """(result, seconds, what the target said then; result of another run,
    the target)"""
    with ImapServer(slow=0.005, no_multiappend=True) as target, \
            Pop3Server(mails) as source:
        # The first connection is in when the first message comes.
        target.watch = lambda point: target.behave.update(behave)
        source.behaviours = Source(lambda: ready(target))
        places = (f"pop3://anna@127.0.0.1:{source.port}", target.url())
        began = time.monotonic()
        result = cart.run("migrate", *places, json_lines=False)
        took = time.monotonic() - began
        sessions, examined = target.sessions, bool(target.said(" EXAMINE "))
        target.watch = None
        for name in behave:
            target.behave.pop(name)
        source.behaviours = {}
        again = cart.run("migrate", *places, json_lines=False)
        return (result, took, sessions, examined, again, target)


class Witness(Whole):
    def test_rows(self):
        mails = [mail(f"m{n}") for n in range(COUNT)]
        with concurrent.futures.ThreadPoolExecutor(ABREAST) as pool:
            played = [pool.submit(self.play, mails, row[1], row[2])
                      for row in ROWS]
        for (why, _, _, looks), one in zip(ROWS, played):
            with self.subTest(why):
                self.check(mails, looks, *one.result())

    def play(self, mails, behave, ready):
        """Once more where pushing kept up with pulling by chance, so that there
        was nothing to look at."""
        for _ in range(4):
            told = migrate(self.cart(), mails, behave, ready)
            if told[2] > 1:
                break
        return told

    def check(self, mails, looks, result, took, sessions, examined, again,
              target):
        self.ended(result, sent=COUNT, identical=COUNT, bodies=COUNT,
                   missing=0, changed=0, placements=COUNT)
        self.check_words(result)
        self.holds(target, {"INBOX": mails}, date=dated)
        self.assertLess(took, LONGEST * mailcart.SLOWER)
        self.assertEqual((sessions, examined), (2, looks))
        self.ended(again, placements=COUNT, sent_now=0, damaged=0)
        self.check_words(again)

    def check_words(self, result):
        """All is there, and of the second connection nothing: it is no duty,
        and nobody has anything to do about it."""
        self.assertRegex(words(result), f"All {COUNT} messages are on 127",
                         "\n" + str(result))
        self.assertEqual([line for line in result.err.splitlines()
                          if line.startswith("mailcart: ")], [])


if __name__ == "__main__":
    main()
