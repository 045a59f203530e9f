# SPDX-License-Identifier: MIT
"""Local stores made here, and archives to pull them into; for the tests of
sources."""
import os
import resource
import sys
import unittest

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(os.path.dirname(HERE), "real"))
import mailcart  # noqa: E402
from mailcart import Case  # noqa: E402

FROM = b"From a@example.org Mon Jan  3 10:00:00 2005\n"


def mbox(*mails):
    return b"".join(FROM + one + b"\n" for one in mails)


def mail(subject, body="text\n", **fields):
    head = {"From": "a@example.org", "To": "b@example.org",
            "Subject": subject, "Date": "Mon, 3 Jan 2005 10:00:00 +0000",
            "Message-ID": f"<{subject}@example.org>", **fields}
    lines = "".join(f"{name.replace('_', '-')}: {value}\n"
                    for name, value in head.items() if value)
    return f"{lines}\n{body}".encode()


def told(result):
    """What people would read, a line each: notes and failures."""
    return [row["text"] for row in result.of("event")
            if row["kind"] in ("note", "failure")]


class Store(Case):
    """A store below self.root, and an archive to pull it into."""

    def setUp(self):
        self.anew()

    def anew(self):
        self.cart = Case.cart(self)
        self.root = self.cart.path("store")
        os.mkdir(self.root)

    def put(self, name, octets, when=None):
        path = os.path.join(os.fsencode(self.root), os.fsencode(name))
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with open(path, "wb") as out:
            out.write(octets)
        if when is not None:
            os.utime(path, (when, when))
        return path

    def box(self, name):
        for sub in ("cur", "new", "tmp"):
            os.makedirs(os.path.join(self.root, name, sub), exist_ok=True)

    def pull(self, kind, status=0, *options):
        where = (kind + ":" if kind else "") + self.root
        result = self.ends(self.cart.run("pull", *options, where), status)
        row = result.summary()
        self.adds_up_pull(row)
        return row, result

    def rows(self):
        return {(row["folder"], row["key"]): row
                for row in self.cart.messages()}

    def folders(self):
        return {row["folder"] for row in self.cart.messages()}

    def flags(self, folder="INBOX"):
        return {row["key"]: set(row["flags"]) for row in self.cart.messages()
                if row["folder"] == folder}

    def stop_reading(self):
        """Whoever opens one of these files now, fails."""
        for where, _, names in os.walk(self.root):
            for name in names:
                if name.startswith((".", "dovecot", "maildirfolder")):
                    continue
                os.unlink(os.path.join(where, name))
                os.mkfifo(os.path.join(where, name))


def main():
    """Runs the tests of the calling module."""
    if not mailcart.BIN:
        print("MAILCART_BIN does not name the program", file=sys.stderr)
        sys.exit(1)
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    unittest.main(module="__main__", verbosity=1)
