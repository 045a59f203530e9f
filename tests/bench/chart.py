# SPDX-License-Identifier: MIT
"""A chart of what went over the wire, as SVG: for each case one panel, for
each client a bar a setting, as long as the messages a second are many.  The
scale is logarithmic: peers differ by factors of hundreds."""
import math
from xml.sax.saxutils import escape

from report import TITLES

WIDTH, LEFT, RIGHT = 860, 150, 70
BAR, GAP, HEAD = 9, 8, 46
COLOURS = ("#1b6ca8", "#e08e0b", "#b23a48", "#4f772d", "#6d597a", "#5c677d")
LEAST, MOST = 1, 100_000  # messages a second


def place(speed):
    """Where on the axis."""
    speed = min(max(speed, LEAST), MOST)
    share = math.log(speed / LEAST) / math.log(MOST / LEAST)
    return LEFT + share * (WIDTH - LEFT - RIGHT)


def text(x, y, words, more=""):
    return f'<text x="{x:.1f}" y="{y:.1f}" {more}>{escape(words)}</text>'


def short(setting):
    words = ["TLS"] if setting.tls else []
    words += ["disk"] if setting.place == "disk" else []
    words.append(f"{setting.rtt} ms" if setting.rtt else "loopback")
    return ", ".join(words)


def panel(case, rows, settings, top):
    """(the drawing, where it ends)"""
    clients = list(dict.fromkeys(row.client for row in rows))
    out = [text(8, top + 18, TITLES.get(case, case) + ", messages a second",
                'font-weight="bold" font-size="14"')]
    y = top + HEAD
    bottom = y + sum(GAP + BAR * sum(row.client == client for row in rows)
                     for client in clients)
    for power in range(6):
        x = place(10 ** power)
        out.append(f'<line x1="{x:.1f}" y1="{y - 6}" x2="{x:.1f}" '
                   f'y2="{bottom}" stroke="#ddd"/>')
        out.append(text(x, y - 10, f"{10 ** power:,}",
                        'text-anchor="middle" fill="#666"'))
    for client in clients:
        mine = [row for row in rows if row.client == client]
        weight = ' font-weight="bold"' if client == "mailcart" else ""
        out.append(text(LEFT - 8, y + BAR * len(mine) / 2 + 4, client,
                        'text-anchor="end"' + weight))
        for row in mine:
            colour = COLOURS[settings.index(row.setting) % len(COLOURS)]
            end = place(row.per_second) if row.arrived else LEFT
            out.append(f'<rect x="{LEFT}" y="{y}" width="{end - LEFT:.1f}" '
                       f'height="{BAR - 1}" fill="{colour}"/>')
            out.append(text(end + 4, y + BAR - 1, f"{row.per_second:,.0f}",
                            'font-size="9" fill="#333"'))
            y += BAR
        y += GAP
    return "\n".join(out), y + 10


def draw(found):
    rows = [row for row in found.values()
            if row.case in ("pop3", "push", "imap")]
    settings = list(dict.fromkeys(row.setting for row in rows))
    out, top = [], 34
    for n, setting in enumerate(settings):
        x = 8 + n * 140
        out.append(f'<rect x="{x}" y="10" width="10" height="10" '
                   f'fill="{COLOURS[n % len(COLOURS)]}"/>')
        out.append(text(x + 15, 19, short(setting)))
    for case in dict.fromkeys(row.case for row in rows):
        drawn, top = panel(case, [row for row in rows if row.case == case],
                           settings, top)
        out.append(drawn)
    return (f'<svg xmlns="http://www.w3.org/2000/svg" width="{WIDTH}" '
            f'height="{top}" viewBox="0 0 {WIDTH} {top}" '
            'font-family="sans-serif" font-size="11">\n'
            f'<rect width="{WIDTH}" height="{top}" fill="white"/>\n' +
            "\n".join(out) + "\n</svg>\n")
