# SPDX-License-Identifier: MIT
"""From single runs to medians, ratios and verdicts; as a table and as JSON."""
import dataclasses
import statistics


@dataclasses.dataclass
class Median:
    """What a client took under one setting."""
    case: str
    setting: object
    client: str
    runs: int
    wall: float
    least: float
    most: float
    cpu: float
    peak: int
    arrived: int
    mails: int
    octets: int
    stopped: bool
    status: int

    @property
    def whole(self):
        return self.arrived == self.mails and not self.stopped

    @property
    def per_second(self):
        return self.arrived / self.wall

    @property
    def mb_per_second(self):
        return self.octets * self.arrived / self.mails / self.wall / 1e6

    @property
    def full_wall(self):
        """Of the whole job: if it was stopped, at the speed it had."""
        if not self.stopped or not self.arrived:
            return self.wall
        return self.wall * self.mails / self.arrived


def medians(rows):
    groups = {}
    for row in rows:
        groups.setdefault((row.case, row.setting, row.client), []).append(row)
    found = {}
    for key, group in groups.items():
        # A round that ran to its end tells more than one that was stopped.
        group = [row for row in group if not row.took.stopped] or group
        walls = [row.took.wall for row in group]
        found[key] = Median(
            *key, len(group), statistics.median(walls), min(walls),
            max(walls), statistics.median(row.took.cpu for row in group),
            max(row.took.peak for row in group),
            min(row.arrived for row in group), group[0].mails,
            group[0].octets, any(row.took.stopped for row in group),
            max(row.took.status for row in group))
    return found


COLUMNS = ("client", "wall s", "from-to", "/ mailcart", "CPU s", "peak MiB",
           "msg/s", "MB/s", "")


def note(median):
    words = []
    if median.stopped:
        words.append(f"stopped after {median.wall:.0f} s with "
                     f"{median.arrived:,}")
    elif median.arrived != median.mails:
        words.append(f"{median.arrived:,} of {median.mails:,} arrived")
    if median.status and not median.stopped:
        words.append(f"exit {median.status}")
    if median.runs == 1:
        words.append("one run")
    return "; ".join(words)


def speeds(row):
    if row.case == "nothing":
        return "", ""
    return f"{row.per_second:,.0f}", f"{row.mb_per_second:.1f}"


def table(title, rows):
    """Markdown, one client a line."""
    own = next((row for row in rows if row.client == "mailcart"), None)
    lines = []
    for row in rows:
        ratio = (f"{row.full_wall / own.full_wall:.2f}"
                 if own and own.arrived else "")
        lines.append((row.client, shown_wall(row),
                      f"{row.least:.2f}-{row.most:.2f}", ratio,
                      f"{row.cpu:.2f}", f"{row.peak / (1 << 20):.0f}",
                      *speeds(row), note(row)))
    return f"### {title}\n\n" + grid(COLUMNS, lines)


def grid(head, lines):
    """Markdown; the first column is words, and the last if it has no name or
    one that says so."""
    left = {0} | ({len(head) - 1} if head[-1] in ("", "verdict") else set())
    widths = [max(len(line[n]) for line in (head, *lines))
              for n in range(len(head))]
    def shown(line):
        return "| " + " | ".join(
            cell.ljust(width) if n in left else cell.rjust(width)
            for n, (cell, width) in enumerate(zip(line, widths))) + " |"
    rule = "|" + "|".join(
        "-" * (width + 2) if n in left else "-" * (width + 1) + ":"
        for n, width in enumerate(widths)) + "|"
    return "\n".join([shown(head), rule, *map(shown, lines)]) + "\n"


TITLES = {"pop3": "POP3 download", "push": "IMAP upload",
          "imap": "IMAP download", "local": "without a network",
          "attachment": "one attachment of 5 MB in all",
          "nothing": "a run with nothing to do",
          "migrate": "migrate and its halves, POP3 to IMAP",
          "large": "many small messages", "giant": "a message of 1 GiB"}


def tables(found):
    groups = {}
    for median in found.values():
        groups.setdefault((median.case, median.setting), []).append(median)
    return "\n".join(table(f"{TITLES.get(case, case)}: {setting}", rows)
                     for (case, setting), rows in groups.items())


def overview(found):
    """One table a case that has several settings: medians of wall seconds."""
    pages = []
    for case in dict.fromkeys(row.case for row in found.values()):
        rows = {(row.client, row.setting): row for row in found.values()
                if row.case == case}
        settings = list(dict.fromkeys(setting for _, setting in rows))
        if len(settings) < 2:
            continue
        lines = [(client, *(shown_wall(rows.get((client, setting)))
                            for setting in settings))
                 for client in dict.fromkeys(client for client, _ in rows)]
        head = (TITLES.get(case, case) + ", s", *map(str, settings))
        pages.append(grid(head, lines))
    return "\n".join(pages)


def shown_wall(row):
    if not row:
        return ""
    mark = ("~" if row.arrived else ">") if row.stopped else ""
    return mark + (f"{row.full_wall:,.0f}" if row.full_wall >= 100
                   else f"{row.full_wall:.2f}")


def ceilings(facts, cores):
    """What each step costs by itself."""
    lines = []
    for (name, setting), value in facts.items():
        if name.startswith("ceiling "):
            cpu, octets, whole = value
            lines.append((name[8:], str(setting), f"{cpu:.2f}",
                          f"{whole / cpu / 1e6:,.0f}",
                          f"{octets / whole * 100:.1f} %"))
    if not lines:
        return ""
    return (f"### the ceilings of this machine, one thread of {cores}\n\n" +
            grid(("step", "setting", "CPU s", "MB/s of mail", "octets out"),
                 lines))
