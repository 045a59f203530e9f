# SPDX-License-Identifier: MIT
"""Mail that nobody wrote, the same each time: what the benchmark moves.

    corpus = Corpus.make(directory, 10000)   # or what was made there before
    corpus.mbox(where)    # a directory of mbox files, one a folder
    corpus.maildir(where) # a Maildir a folder

10,000 messages are about 286 MB: a median of 6 KB, log-normal, a few with
attachments of megabytes in base64.  Conversations, encoded words in headers,
multipart/alternative, quoted-printable, 3 % without Message-ID, 2 % copies of
a message of another folder, seven folders.  DIR/mail holds them with CRLF, one
after another; DIR/index has a line for each: folder, offset, octets, flags,
date-time, separated by tabs.
"""
import base64
import bisect
import email.utils
import functools
import hashlib
import itertools
import os
import quopri
import random
import re
import shutil
import time

SEED = 20040101
VERSION = 2  # raise it when the mail changes
FOLDERS = (("INBOX", 40), ("Sent", 20), ("Archive", 15), ("Projects", 10),
           ("Lists", 8), ("Travel", 5), ("Trash", 2))
FIRST, LAST = 1072915200, 1704067200  # 2004 to 2023
SENTENCES = 40000
NAMES = ("Anna Berg", "Bert Cole", "Chloé Dubois", "Dmitri Ivanov", "Eva Groß",
         "Finn Ólafsson", "Grace Hopper", "Hiro Tanaka", "Ines Peña",
         "Jan Novák", "Kay Lund", "Lena Maier", "Mo Farah", "Nils Åberg",
         "Olga Petrova", "Per Holm", "Quentin Roy", "Rosa Díaz", "Sam Okafor",
         "Tove Strand")
ACCENTS = ("für", "naïve", "größer", "déjà", "año", "früh", "żółty", "привет")


class Dice:
    """What random.Random promises to give in every version: random()."""

    def __init__(self, seed):
        self.random = random.Random(seed).random
        self.octets = random.Random(seed + 1).randbytes

    def below(self, n):
        return int(self.random() * n)

    def pick(self, row):
        return row[self.below(len(row))]

    def chance(self, share):
        return self.random() < share

    def lognormal(self, median, sigma):
        # The sum of twelve is near enough to a normal distribution.
        z = sum(self.random() for _ in range(12)) - 6
        return median * 2.718281828459045 ** (sigma * z)


class Writer:
    """Words, sentences, names: made once, then chosen from."""

    def __init__(self, dice):
        self.dice = dice
        words = [self._word() for _ in range(6000)]
        # The n-th word is used 1/n as often as the first.
        self.sums = list(itertools.accumulate(
            1 / (n + 8) for n in range(len(words))))
        self.words = words
        self.sentences = [self._sentence() for _ in range(SENTENCES)]
        self.people = [(name, f"{name.split()[0].lower()}{n}"
                        .encode("ascii", "ignore").decode() + "@" +
                        dice.pick(("example.org", "example.com",
                                   "mail.example.net")))
                       for n in range(20) for name in NAMES]

    def _word(self):
        dice = self.dice
        if dice.chance(0.01):
            return dice.pick(ACCENTS)
        return "".join(dice.pick("bcdfghklmnprstvw") + dice.pick("aeiou") +
                       (dice.pick("nrstl") if dice.chance(0.4) else "")
                       for _ in range(1 + dice.below(3)))

    def word(self):
        at = bisect.bisect(self.sums, self.dice.random() * self.sums[-1])
        return self.words[min(at, len(self.words) - 1)]

    def _sentence(self):
        words = [self.word() for _ in range(5 + self.dice.below(14))]
        return " ".join(words).capitalize() + self.dice.pick(".....?!")

    def text(self, octets):
        """Lines of at most 76 characters, some of them quoted."""
        lines, line, size = [], "", 0
        while size < octets:
            quote = "> " if self.dice.chance(0.15) else ""
            for word in self.dice.pick(self.sentences).split():
                if len(quote) + len(line) + len(word) > 74:
                    lines.append(quote + line)
                    size += len(line) + 4
                    line = ""
                line += word + " "
            if quote or self.dice.chance(0.2):
                lines += [quote + line, ""]
                size += len(line) + 6
                line = ""
        return "\r\n".join(lines + [line.rstrip()]) + "\r\n"


def encoded(text):
    """As in a header, RFC 2047 where that is needed."""
    if text.isascii():
        return text
    return "=?utf-8?B?" + base64.b64encode(text.encode()).decode() + "?="


class Maker:
    def __init__(self, count, seed=SEED):
        self.dice = Dice(seed)
        self.writer = Writer(self.dice)
        self.count = count
        self.threads = []  # (Message-ID, references, subject)

    def messages(self):
        """(folder, flags, seconds, octets), folder by folder."""
        shares = [(name, share * self.count // 100)
                  for name, share in FOLDERS]
        copies = self.count // 50
        originals = []  # of the INBOX, each copied once at most
        for name, share in shares:
            for n in range(share):
                when = FIRST + int((LAST - FIRST) * (n + 1) / (share + 1))
                # Every folder after the first gives its part of the copies.
                if name != "INBOX" and originals and self.dice.chance(
                        copies / (self.count * 0.6)):
                    _, _, then, octets = originals.pop(
                        self.dice.below(len(originals)))
                    row = name, self.flags(), then, octets
                else:
                    row = name, self.flags(), when, self.message(when)
                    if name == "INBOX" and self.dice.chance(0.2):
                        originals.append(row)
                yield row

    def flags(self):
        flags = [name for name, share in (
            ("\\Seen", 0.85), ("\\Answered", 0.2), ("\\Flagged", 0.05))
            if self.dice.chance(share)]
        return " ".join(flags)

    def message(self, when):
        dice, writer = self.dice, self.writer
        body_type, body = self.body()
        sender, to = dice.pick(writer.people), dice.pick(writer.people)
        date = email.utils.formatdate(when)
        head = [f"Return-Path: <{sender[1]}>"]
        for hop in range(1 + dice.below(3)):
            head.append(
                f"Received: from mx{hop}.example.net (mx{hop}.example.net "
                f"[192.0.2.{dice.below(255)}])\r\n\tby in.example.org "
                f"(Postfix) with ESMTPS id {dice.octets(6).hex()}\r\n\tfor "
                f"<{to[1]}>; {date}")
        if dice.chance(0.5):
            seal = base64.b64encode(dice.octets(256)).decode()
            head.append("DKIM-Signature: v=1; a=rsa-sha256; d=example.org; "
                        "s=m1;\r\n\th=from:to:subject:date;\r\n\tb=" +
                        "\r\n\t ".join(seal[at:at + 64]
                                       for at in range(0, len(seal), 64)))
        head += [f"From: {encoded(sender[0])} <{sender[1]}>",
                 f"To: {encoded(to[0])} <{to[1]}>"]
        if dice.chance(0.2):
            more = dice.pick(writer.people)
            head.append(f"Cc: {encoded(more[0])} <{more[1]}>")
        head += self.thread() + [f"Date: {date}"]
        if dice.chance(0.4):
            head.append("User-Agent: Example Mail/" + str(dice.below(99)))
        head += ["MIME-Version: 1.0", body_type, "", ""]
        return "\r\n".join(head).encode() + body

    def thread(self):
        dice = self.dice
        this = f"<{dice.octets(9).hex()}@mail.example.org>"
        head = []
        if self.threads and dice.chance(0.55):
            parent, references, subject = dice.pick(self.threads)
            references = (references + [parent])[-8:]
            head += [f"In-Reply-To: {parent}",
                     "References: " + "\r\n ".join(references)]
            shown = "Re: " + subject
        else:
            references = []
            subject = shown = " ".join(self.writer.word() for _ in range(
                2 + dice.below(6)))
        self.threads.append((this, references, subject))
        self.threads = self.threads[-400:]
        head.append("Subject: " + encoded(shown))
        if not dice.chance(0.03):
            head.append(f"Message-ID: {this}")
        return head

    def body(self):
        dice = self.dice
        text_type, text = self.text()
        if not dice.chance(0.09):
            return text_type, text
        # Attachments make most of the octets of most people's mail.
        octets = int(min(dice.lognormal(64_000, 1.45), 8_000_000))
        kind, name = dice.pick((("image/jpeg", "photo.jpg"),
                                ("application/pdf", "report.pdf"),
                                ("application/zip", "data.zip")))
        line = "--" + (edge := f"=_{dice.octets(12).hex()}")
        return (f'Content-Type: multipart/mixed; boundary="{edge}"',
                f"{line}\r\n{text_type}\r\n\r\n".encode() + text +
                f"{line}\r\nContent-Type: {kind}; name=\"{name}\"\r\n"
                "Content-Transfer-Encoding: base64\r\n"
                "Content-Disposition: attachment\r\n\r\n".encode() +
                base64.encodebytes(dice.octets(octets)).replace(
                    b"\n", b"\r\n") + f"{line}--\r\n".encode())

    def text(self):
        dice = self.dice
        text = self.writer.text(min(dice.lognormal(3450, 0.85), 60_000))
        if not dice.chance(0.3):
            return self.plain(text)
        edge = f"=_{dice.octets(12).hex()}"
        html = ("<html><head><style>p { margin: 0 }</style></head><body>" +
                text.replace("\r\n\r\n", "</p>\r\n<p>") + "</body></html>\r\n")
        parts = (self.plain(text), self.plain(html, "html"))
        return (f'Content-Type: multipart/alternative; boundary="{edge}"',
                b"".join(f"--{edge}\r\n{kind}\r\n\r\n".encode() + octets
                         for kind, octets in parts) +
                f"--{edge}--\r\n".encode())

    def plain(self, text, kind="plain"):
        head = f"Content-Type: text/{kind}; charset=utf-8\r\n"
        if self.dice.chance(0.3):
            return (head + "Content-Transfer-Encoding: quoted-printable",
                    quopri.encodestring(text.encode().replace(
                        b"\r\n", b"\n")).replace(b"\n", b"\r\n"))
        return head + "Content-Transfer-Encoding: 8bit", text.encode()


def date_time(seconds):
    return time.strftime("%d-%b-%Y %H:%M:%S +0000", time.gmtime(seconds))


class Corpus:
    def __init__(self, directory, count):
        self.dir = directory
        self.count = count

    @classmethod
    def make(cls, parent, count):
        """Makes it below `parent`, unless it is there."""
        where = os.path.join(parent, f"corpus-{VERSION}-{count}")
        if not os.path.isdir(where):
            half = where + ".part"
            shutil.rmtree(half, ignore_errors=True)
            os.makedirs(half)
            write(half, Maker(count).messages())
            os.rename(half, where)
        return cls(where, count)

    @property
    def mail(self):
        return os.path.join(self.dir, "mail")

    @property
    def octets(self):
        return os.path.getsize(self.mail)

    def folders(self):
        """{folder: messages}"""
        found = {}
        for folder, *_ in self.rows():
            found[folder] = found.get(folder, 0) + 1
        return found

    def rows(self):
        """(folder, offset, octets, flags, seconds)"""
        with open(os.path.join(self.dir, "index"), encoding="ascii") as index:
            for line in index:
                folder, at, octets, flags, when = line.rstrip("\n").split("\t")
                yield (folder, int(at), int(octets), flags,
                       int(time.mktime(time.strptime(
                           when[:20], "%d-%b-%Y %H:%M:%S"))) - time.timezone)

    @functools.cache
    def distinct(self):
        """Different messages: what is left if every copy goes."""
        return len({hashlib.sha256(octets).digest()
                    for *_, octets in self.each()})

    def digest(self):
        with open(self.mail, "rb") as mail:
            return hashlib.file_digest(mail, "sha256").hexdigest()

    def each(self):
        with open(self.mail, "rb") as mail:
            for folder, _, octets, flags, when in self.rows():
                yield folder, flags, when, mail.read(octets)

    def mbox(self, where):
        """mboxrd files with LF, as a mail program keeps them."""
        os.makedirs(where)
        files = {}
        for folder, flags, when, octets in self.each():
            if folder not in files:
                files[folder] = open(os.path.join(where, folder), "wb")
            files[folder].write(as_mbox(flags, when, octets))
        for out in files.values():
            out.close()
        return where

    def maildir(self, where):
        info = {"\\Seen": "S", "\\Answered": "R", "\\Flagged": "F"}
        for n, (folder, flags, when, octets) in enumerate(self.each()):
            box = os.path.join(where, folder)
            if not os.path.isdir(box):
                for part in ("cur", "new", "tmp"):
                    os.makedirs(os.path.join(box, part))
            letters = "".join(sorted(info[flag] for flag in flags.split()))
            path = os.path.join(box, "cur", f"{when}.M{n}.bench:2,{letters}")
            with open(path, "wb") as out:
                out.write(octets.replace(b"\r\n", b"\n"))
            os.utime(path, (when, when))
        return where


def as_mbox(flags, when, octets):
    octets = octets.replace(b"\r\n", b"\n")
    if b"\nFrom " in octets or b"\n>From " in octets:
        octets = re.sub(rb"(?m)^(>*From )", rb">\1", octets)
    letters = ("R" if "\\Seen" in flags else "") + "O"
    extra = ("A" if "\\Answered" in flags else "") + (
        "F" if "\\Flagged" in flags else "")
    head, _, body = octets.partition(b"\n\n")
    status = f"\nStatus: {letters}\nX-Status: {extra}\n\n".encode()
    date = time.asctime(time.gmtime(when)).encode()
    return b"From bench@example.org " + date + b"\n" + head + status + body + \
        b"\n"


def write(where, messages):
    at = 0
    with open(os.path.join(where, "mail"), "wb") as mail, \
            open(os.path.join(where, "index"), "w", encoding="ascii") as index:
        for folder, flags, when, octets in messages:
            mail.write(octets)
            index.write(f"{folder}\t{at}\t{len(octets)}\t{flags}\t"
                        f"{date_time(when)}\n")
            at += len(octets)


if __name__ == "__main__":
    import statistics
    import sys
    began = time.monotonic()
    made = Corpus.make(sys.argv[1], int(sys.argv[2]))
    sizes = [row[2] for row in made.rows()]
    print(f"{len(sizes)} messages, {made.octets / 1e6:.1f} MB, median "
          f"{statistics.median(sizes)}, largest {max(sizes)}, "
          f"{time.monotonic() - began:.1f} s, sha256 {made.digest()}")
    print(made.folders())
