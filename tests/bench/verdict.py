# SPDX-License-Identifier: MIT
"""What must show: ratios of medians within one run, with PASS or FAIL."""
import dataclasses
import os
import statistics

from report import grid

CORES = os.cpu_count()
# What an archive needs a message for, at least, on the way in and out.
IN = ("sha256-gnutls", "zstd-1", "sqlite")
OUT = ("sha256-gnutls", "unzstd")
# Connecting, a greeting, what the server can, logging in, what there is.
TRIPS = 12


@dataclasses.dataclass
class Verdict:
    name: str
    value: float
    limit: str
    word: str  # PASS, FAIL, or nothing: told only


class Judge:
    """Asks the medians; what was not measured has no verdict."""

    def __init__(self, found, facts):
        self.found = found
        self.facts = facts
        self.verdicts = []

    def wall(self, case, setting, client):
        median = self.found.get((case, setting, client))
        return median.full_wall if median and median.arrived else None

    def at_most(self, name, value, limit, unit=""):
        if value is not None:
            self.verdicts.append(Verdict(
                name, value, f"<= {limit:g}{unit}",
                "PASS" if value <= limit else "FAIL"))

    def at_least(self, name, value, limit, unit=""):
        if value is not None:
            self.verdicts.append(Verdict(
                name, value, f">= {limit:g}{unit}",
                "PASS" if value >= limit else "FAIL"))

    def told(self, name, value):
        self.verdicts.append(Verdict(name, value, "", ""))

    def ratio(self, case, setting, above, below):
        """above / below, of wall times."""
        walls = [self.wall(case, setting, name) for name in (above, below)]
        return walls[0] / walls[1] if all(walls) else None

    def pop3(self, setting):
        def ratio(above, below):
            return self.ratio("pop3", setting, above, below)
        if not setting.rtt and setting.place == "tmpfs" and not setting.tls:
            self.at_most(f"POP3 pull / mpop mbox ({setting})",
                         ratio("mailcart", "mpop mbox"), 1.0)
            self.at_most(f"POP3 pull / raw ({setting})",
                         ratio("mailcart", "raw pipelined"), 2.0)
        if setting.rtt == 50:
            for kind in ("mbox", "Maildir"):
                self.at_least(f"mpop {kind} / POP3 pull ({setting})",
                              ratio("mpop " + kind, "mailcart"), 4.0)

    def push(self, setting):
        def ratio(above, below):
            return self.ratio("push", setting, above, below)
        if setting.rtt == 50:
            self.at_least(f"mbsync / IMAP push ({setting})",
                          ratio("mbsync", "mailcart"), 8.0)
        elif not setting.rtt and not setting.tls:
            self.at_least(f"mbsync / IMAP push ({setting})",
                          ratio("mbsync", "mailcart"), 2.0)
            self.at_most(f"IMAP push / raw MULTIAPPEND ({setting})",
                         ratio("mailcart", "raw MULTIAPPEND"), 1.3)

    def imap(self, setting):
        def ratio(above, below):
            return self.ratio("imap", setting, above, below)
        if not setting.rtt and setting.place == "tmpfs" and not setting.tls:
            self.at_most(f"IMAP pull / mbsync ({setting})",
                         ratio("mailcart", "mbsync"), 1.5)
        elif setting.rtt == 50:
            self.at_least(f"mbsync / IMAP pull ({setting})",
                          ratio("mbsync", "mailcart"), 1.5)

    def migrate(self, setting):
        walls = [self.wall("migrate", setting, "mailcart " + verb)
                 for verb in ("pull", "push", "migrate")]
        if all(walls):
            self.at_most(f"migrate / the longer of pull and push ({setting})",
                         walls[2] / max(walls[:2]), 1.2)
        floor = self.migrate_floor(setting)
        if all(walls) and floor:
            self.told(f"... its floor: what both halves and their servers need "
                      f"of {CORES} processors ({setting})",
                      floor / max(walls[:2]))

    def migrate_floor(self, setting):
        """Seconds: the work of pull and push alone, and that of the servers,
        which are on the same machine, spread evenly; None: not measured."""
        total = 0
        for verb in ("pull", "push"):
            row = self.found.get(("migrate", setting, "mailcart " + verb))
            served = self.facts.get(("servers, mailcart " + verb, setting))
            if not row or not served:
                return None
            total += row.cpu + statistics.median(served)
        return total / CORES

    def nothing(self, setting):
        """0.2 s and a few round trips, for each account that is asked."""
        for case, where, client in self.found:
            if (case, where) != ("nothing", setting) or \
                    not client.startswith("mailcart"):
                continue
            trips = 2 * TRIPS if client.endswith("migrate") else TRIPS
            limit = 0.2 + trips * setting.rtt / 1000
            self.at_most(f"nothing to do, {client[9:]} ({setting})",
                         self.wall("nothing", setting, client), limit, " s")

    def local(self, setting):
        """The speed of the disk, or what this machine's libraries allow."""
        row = self.found.get(("local", setting, "mailcart pull mbox"))
        floor = floor_of(self.facts, setting, IN)
        if row:
            self.at_least(f"mbox to archive ({setting})", row.mb_per_second,
                          150, " MB/s")
        if row and floor:
            self.told(f"mbox to archive / zstd, SHA-256 and SQLite on "
                      f"{CORES} processors ({setting})", row.wall / floor)
        row = self.found.get(("local", setting, "mailcart verify"))
        floor = floor_of(self.facts, setting, OUT)
        if row and floor:
            self.told(f"verify / zstd and SHA-256 on {CORES} processors "
                      f"({setting})", row.wall / floor)
        share = self.facts.get(("archive / mbox", setting))
        if share:
            self.at_most(f"archive / mbox, in octets ({setting})", share, 0.7)
        packed = self.facts.get(("packed / mbox", setting))
        if packed:
            self.told("zstd -1 of every message / mbox, in octets "
                      f"({setting})", packed)

    def attachment(self):
        for (name, setting), value in self.facts.items():
            if name == "many mails / 1 mail":
                self.at_most(f"archive of {setting.mails} mails with one "
                             "attachment / of one of them", value, 1.3)

    def large(self):
        """What a message costs more among 1,000,000 than among 10,000."""
        rows = {(setting.mails, client): row for (case, setting, client), row
                in self.found.items() if case == "large"}
        most = max((count for count, _ in rows), default=0)
        for (count, client), row in rows.items():
            base = rows.get((10_000, client))
            if count == most > 10_000 and base:
                # Of the processor too: what else the machine does hides
                # growth on the wall; and the wall of a push is the server's,
                # which grows (README.md).
                ratios = [("processor", row.cpu / base.cpu)]
                if not client.startswith("mailcart push"):
                    ratios.insert(0, ("time", row.wall / base.wall))
                for name, ratio in ratios:
                    self.at_most(f"a message's {name}, {client[9:]}: "
                                 f"{most:,} / 10,000",
                                 ratio / most * 10_000, 1.15)

    def peaks(self):
        own = [row for row in self.found.values()
               if row.client.startswith("mailcart")]
        if own:
            most = max(own, key=lambda row: row.peak)
            self.at_most(f"peak memory of mailcart, anywhere (most: "
                         f"{most.case}, {most.setting})",
                         most.peak / (1 << 20), 64, " MiB")

    def complete(self):
        for row in self.found.values():
            if row.client.startswith("mailcart") and (
                    not row.whole or row.status):
                self.verdicts.append(Verdict(
                    f"{row.case} complete, {row.client} ({row.setting})",
                    row.arrived, f"= {row.mails}", "FAIL"))


def floor_of(facts, setting, steps):
    """Seconds: everything spread evenly over the processors, but no step
    quicker than one of them does it (SQLite has one writer)."""
    took = [facts[("ceiling " + step, setting)][0] for step in steps
            if ("ceiling " + step, setting) in facts]
    return max(max(took), sum(took) / CORES) if took else None


def judge(found, facts):
    judge = Judge(found, facts)
    for setting in dict.fromkeys(key[1] for key in found):
        for case in ("pop3", "push", "imap", "local", "migrate", "nothing"):
            getattr(judge, case)(setting)
    judge.attachment()
    judge.large()
    judge.peaks()
    judge.complete()
    return judge.verdicts


def shown(verdicts):
    lines = [(verdict.name, f"{verdict.value:.2f}", verdict.limit,
              verdict.word) for verdict in verdicts]
    return grid(("what must show", "is", "must be", "verdict"), lines)
