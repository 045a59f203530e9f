# SPDX-License-Identifier: MIT
"""What must show: ratios of medians within one run, with PASS or FAIL."""
import dataclasses

from report import grid


@dataclasses.dataclass
class Verdict:
    name: str
    value: float
    limit: str
    passed: bool


class Judge:
    """Asks the medians; what was not measured has no verdict."""

    def __init__(self, found):
        self.found = found
        self.verdicts = []

    def wall(self, case, setting, client):
        median = self.found.get((case, setting, client))
        return median.full_wall if median and median.arrived else None

    def at_most(self, name, value, limit, unit=""):
        if value is not None:
            self.verdicts.append(Verdict(name, value, f"<= {limit}{unit}",
                                         value <= limit))

    def at_least(self, name, value, limit, unit=""):
        if value is not None:
            self.verdicts.append(Verdict(name, value, f">= {limit}{unit}",
                                         value >= limit))

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

    def peaks(self):
        own = [row for row in self.found.values()
               if row.client.startswith("mailcart")]
        if own:
            self.at_most("peak memory of mailcart, anywhere",
                         max(row.peak for row in own) / (1 << 20), 64, " MiB")

    def complete(self):
        for row in self.found.values():
            if row.client.startswith("mailcart") and not row.whole:
                self.verdicts.append(Verdict(
                    f"{row.case} complete ({row.setting})", row.arrived,
                    f"= {row.mails}", False))


def judge(found):
    judge = Judge(found)
    for setting in dict.fromkeys(key[1] for key in found):
        for case in ("pop3", "push", "imap"):
            getattr(judge, case)(setting)
    judge.peaks()
    judge.complete()
    return judge.verdicts


def shown(verdicts):
    lines = [(verdict.name, f"{verdict.value:.2f}", verdict.limit,
              "PASS" if verdict.passed else "FAIL") for verdict in verdicts]
    return grid(("what must show", "is", "must be", "verdict"), lines)
