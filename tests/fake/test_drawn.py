#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Misbehaviours by chance, some at a time and one behind the other: runs against
servers that take, keep and tell mail as this or that one does, and in the middle
of which a reply is lost, the program is killed, UIDs are others.  At the end each
message is there once, or named, the sums add up, and nothing is sent any more.

A draw is told by its number: MAILCART_DRAWS="17 4711" plays these alone."""
import collections
import concurrent.futures
import os
import random
import re
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from imap_server import ImapServer  # noqa: E402
from zoo_case import main, mailcart, tag_of  # noqa: E402

DRAWS = range(400 if mailcart.LONG else 16)
SIDE_BY_SIDE = 8
HEAD = ("From: nora@example.org\r\nTo: anna@example.net\r\n"
        "Date: 05 Jan 2004 10:00:00 +0000\r\n")
ODD = ("a\rb\r\n", "a\0b\r\n", "blanks  \r\n", "l" * 1500 + "\r\n")
# What a server does all the time.
STEADY = (dict(), dict(no_uidplus=True), dict(no_appenduid=True),
          dict(no_multiappend=True), dict(munge8=True), dict(eat_bare_cr=True),
          dict(nul_to_80=True, no_binary=True), dict(rerender=True),
          dict(id_domain="d.example"), dict(drop_flag="\\Flagged"),
          dict(refuse_nul=True, no_binary=True), dict(refuse_header8=True),
          dict(refuse_bare_cr=True), dict(refuse_lines=998),
          dict(batch_max=3), dict(uidvalidity_moves=True),
          dict(no_uidnext=True), dict(no_uidvalidity=True),
          dict(swapped_appenduid=True), dict(appenduid="1003 1"))
# Of a message without an id a server that does both leaves neither the key nor the
# size, by which alone it is known again: push says that it sends such again.
BLUR = ({"rerender", "munge8"}, {"rerender", "nul_to_80"})
# What happens in one run: behaviours, of which some count from then on.
PASSING = ("drop_after_append", "drop_after_append", "drop_before_append",
           "refuse_nth", "quota_after", "kill", "kill", "move", "")
SETTLED = (mailcart.OK, mailcart.SOME)


def message(draw, tag):
    """The octets of one, or of two that are alike but for a lone CR."""
    subject = draw.choice(("s", "about " + tag)) + draw.choice(
        ("", "", " na\u00efve"))
    kind = draw.choice(("", "", f"<{tag}@x.example>", "<again@x.example>"))
    if kind.startswith("<again"):  # other copies of one would not be sent
        subject = tag + subject
    head = HEAD + f"Subject: {subject}\r\n"
    if kind:
        head += f"Message-ID: {kind}\r\n"
    body = f"tag={tag};\r\n" + "".join(
        odd for odd in ODD if draw.random() < 0.2)
    twins = ("", ) if kind or draw.random() < 0.8 else ("z\ry\r\n", "zy\r\n")
    cut = -2 if draw.random() < 0.2 else None
    return [(head + "\r\n" + body + twin)[:cut].encode() for twin in twins]


class Play:
    """One draw, and what is wrong at its end."""

    def __init__(self, number):
        self.draw = random.Random(number)
        self.cart = mailcart.Cart()
        self.wrong, self.told = [], []
        self.want = {"Kept": collections.Counter(),
                     "Other": collections.Counter()}

    def run(self):
        try:
            self.write()
            pulled = self.cart.run("pull", "eml:" + self.cart.path("mail"))
            self.expect(pulled, mailcart.OK)
            with ImapServer() as server:
                steady = [self.phase(server)
                          for _ in range(self.draw.randint(1, 3))]
                server.behave = self.draw.choice(steady + [{}])
                for _ in range(6):
                    result = self.push(server)
                    if result.status in SETTLED:
                        break
                self.check(server, result)
        finally:
            self.cart.close()
        return self.wrong and self.wrong + self.told

    def write(self):
        for n in range(self.draw.randint(3, 8)):
            tag = f"t{n}"
            for octets in message(self.draw, tag):
                for box in self.draw.choice((("Kept",), ("Other",),
                                             ("Kept", "Other"))):
                    name = f"mail/{box}/{sum(self.want[box].values())}.eml"
                    self.cart.write(name, octets)
                    self.want[box][tag] += 1

    def steady(self):
        while True:
            steady = {**self.draw.choice(STEADY), **self.draw.choice(STEADY)}
            if not any(blur <= steady.keys() for blur in BLUR):
                return steady

    def phase(self, server):
        """One run; how the server behaves but for what passes."""
        steady = self.steady()
        behave, n = dict(steady), self.draw.randint(1, 8)
        happens = self.draw.choice(PASSING)
        if happens == "move":
            server.move_uids()
        elif happens == "refuse_nth":
            behave[happens] = server.offered + n
        elif happens == "quota_after":
            behave[happens] = n
        elif happens not in ("", "kill"):
            behave[happens] = server.appends + n
        server.behave = behave
        self.told.append(f"{behave} {happens}")
        if happens == "kill":
            self.kill(server, n)
        else:
            self.push(server)
        return steady

    def kill(self, server, n):
        child = self.cart.start("push", "-j", "1", server.url())
        point = self.draw.choice(("literal", "stored", "answered"))
        seen = []

        def strike(at):
            seen.append(at)
            if seen.count(point) == n:
                child.kill()
                child.wait()
        server.watch = strike
        child.wait(300)
        server.watch = None

    def expect(self, result, *statuses):
        if result.status not in statuses:
            self.wrong.append(str(result))

    def push(self, server, *options):
        result = self.cart.run("push", *options, server.url())
        self.told.append(f"exit {result.status} {result.err[-600:]}")
        if result.status in SETTLED:
            sums = result.summary()
            there = sums["sent"] + sums["present"]
            left = sums["refused"] + sums["skipped"] + sums["waiting"]
            if sums["placements"] != there + left or (
                    left == 0) != (result.status == mailcart.OK):
                self.wrong.append(str(result))
        return result

    def check(self, server, result):
        self.expect(result, *SETTLED)
        have = self.have(server)
        for box, want in self.want.items():
            if have[box] - want:
                self.wrong.append(f"{box}: doubled: {have[box] - want}")
        missing = sum(sum((want - have[box]).values())
                      for box, want in self.want.items())
        sums = result.summary()
        left = sums["refused"] + sums["waiting"]
        found = self.cart.run("verify", server.url())
        sums = found.summary()
        if (missing, sums["twice"]) != (left + sums["missing"], 0):
            self.wrong.append(f"missing: {missing} {found}")
        # Nothing changes any more.
        for moved in (False, True):
            if moved and not missing:
                server.move_uids()
            self.push(server, "--again-missing")
            if self.have(server) != have:
                self.wrong.append(f"sent again, moved: {moved}")

    def have(self, server):
        return {box: collections.Counter(
            map(tag_of, server.stored(box) if box in server.boxes else ()))
            for box in self.want}


class Drawn(mailcart.Case):
    def test_drawn(self):
        drawn = os.environ.get("MAILCART_DRAWS", "").split() or DRAWS
        with concurrent.futures.ThreadPoolExecutor(SIDE_BY_SIDE) as pool:
            plays = {int(n): pool.submit(Play(int(n)).run) for n in drawn}
            for n, play in plays.items():
                with self.subTest(n):
                    wrong = play.result(1500)
                    self.assertFalse(wrong, "\n".join(
                        [f"replay: MAILCART_DRAWS={n} {sys.argv[0]}", *wrong]))


if __name__ == "__main__":
    main()
