# SPDX-License-Identifier: MIT
"""An mbox of real mail, beyond what 32 bits count: read in one pass, in little
memory; stopped by SIGTERM, SIGINT and SIGKILL, it goes on where it was; and
written out again it is the same file.

MAILCART_LONG makes it 5 GiB, MAILCART_HUGE_MIB what it says; else it is small,
so that the test itself stays true.  Memory is only judged of a program without
sanitizers: MAILCART_RELEASE_BIN, or MAILCART_BIN if that has none."""
import os
import re
import signal
import sqlite3
import subprocess
import sys
import time

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import mailcart  # noqa: E402
import mbox_oracle  # noqa: E402
import samples_of  # noqa: E402
from mailcart import CORPORA, LONG, Case  # noqa: E402

PEAK_MAX = 64 << 20
DEFAULT = 5 * 1024 if LONG else 64
OCTETS = int(os.environ.get("MAILCART_HUGE_MIB") or DEFAULT) << 20
BOXES = ("jwz-mbox/jwz.mbox", "mailutils/spool/teaparty.mbox",
         "gyb-samples/vault-export-mbox/ubuntu_me@u.jaylee.us_0.mbox",
         "gyb-samples/historic-public-mbox/mozillaes.mbox")
ID = re.compile(rb"^(message-id:\s*<)", re.I | re.M)


def real_mail():
    """(octets up to inside the Message-ID, octets from there) of messages with
    their From_ line, as they stand in the files."""
    found = []
    for name in BOXES:
        path = os.path.join(CORPORA, name)
        if not os.path.exists(path):
            continue
        with open(path, "rb") as source:
            data = source.read().replace(b"\r\n", b"\n")
        for one in mbox_oracle.split(data):
            octets = data[one.at:one.next]
            head = octets.find(b"\n\n")
            place = ID.search(octets, 0, max(head, 0))
            # A length would be wrong by what the id grows.
            if place and b"\ncontent-length" not in octets[:head].lower():
                found.append((octets[:place.end()], octets[place.end():]))
    for octets in [] if found else samples_of.small(500):
        octets = samples_of.mbox([("a@b.org Thu Jan  1 10:00:00 2004",
                                   octets)])
        at = ID.search(octets).end()
        found.append((octets[:at], octets[at:]))
    return found


def write(path, octets):
    """How many messages it has."""
    mail = real_mail()
    count = 0
    with open(path, "wb", buffering=1 << 20) as out:
        while out.tell() < octets:
            for head, tail in mail:
                out.write(b"%bhuge%d.%b" % (head, count, tail.rstrip(b"\n")))
                out.write(b"\n\n")
                count += 1
    return count


class Huge(Case):
    def held(self, cart):
        """Octets in the archive as of its last commit."""
        try:
            return cart.query("SELECT octets_raw FROM totals")[0][0]
        except sqlite3.OperationalError:  # not there, or not whole yet
            return 0

    def stopped(self, cart, box, how, at):
        """A run that gets the signal when the archive holds so much, and more
        than before.  False: it was done sooner."""
        before = self.held(cart)
        child = cart.start("pull", "mbox:" + box)
        while self.held(cart) <= max(at, before):
            if child.poll() is not None:
                self.assertEqual(child.poll(), 0, cart.told())
                return False
            time.sleep(0.01)
        peak = 0
        with open(f"/proc/{child.pid}/status") as status:
            for line in status:
                if line.startswith("VmHWM:"):
                    peak = int(line.split()[1]) << 10
        began = time.monotonic()
        child.send_signal(how)
        status = child.wait(60)
        print(f"{how.name}: exit {status} after "
              f"{time.monotonic() - began:.2f} s, {self.held(cart):,} octets "
              f"held, peak {peak / (1 << 20):.1f} MiB", flush=True)
        if how != signal.SIGKILL and status == 0 and OCTETS < 1 << 30:
            return False
        self.assertEqual(status, -9 if how == signal.SIGKILL else 130,
                         cart.told())
        if not mailcart.sanitized():
            self.assertLess(peak, PEAK_MAX)
        return True

    def measured(self, cart, verb, *words):
        began = time.monotonic()
        result = self.ends(mailcart.run_measured(
            cart.command(verb, *words), cwd=cart.dir, timeout=3000))
        took = time.monotonic() - began
        print(f"{verb}: {took:.1f} s, {result.user:.1f} s of processor, "
              f"peak {result.peak / (1 << 20):.1f} MiB", flush=True)
        if not mailcart.sanitized():
            self.assertLess(result.peak, PEAK_MAX)
        return result.summary()

    def test_huge(self):
        # In the background a shell switches it off, for children too.
        signal.signal(signal.SIGINT, signal.default_int_handler)
        cart = self.cart()
        box = cart.path("src", "huge.mbox")
        os.mkdir(os.path.dirname(box))
        count = write(box, OCTETS)
        size = os.path.getsize(box)
        print(f"{size:,} octets, {count:,} messages", flush=True)
        stops = [self.stopped(cart, box, how, share * size)
                 for how, share in ((signal.SIGTERM, 0.2),
                                    (signal.SIGKILL, 0.45),
                                    (signal.SIGINT, 0.7))]
        # A small one may be done before the signal comes.
        if OCTETS >= 1 << 30:
            self.assertEqual(stops, [True, True, True])
        held = self.held(cart)
        row = self.measured(cart, "pull", "mbox:" + box)
        self.adds_up_pull(row)
        self.assertEqual((row["listed"], row["failed"]), (count, 0), row)
        self.assertEqual(cart.query("SELECT count(*) FROM sighting"),
                         [(count,)])
        # What the stopped runs had is not read again, but for what they had
        # not noted yet; From_ lines and separators are in neither.
        self.assertLess(row["octets"] + held - self.held(cart), 40_000_000)
        if all(stops):
            self.assertGreater(row["octets"], 0)
        again = self.measured(cart, "pull", "mbox:" + box)
        self.assertEqual((again["octets"], again["known"]), (0, count))
        self.measured(cart, "verify")
        self.measured(cart, "export", cart.path("out"), "--original")
        self.assertEqual(subprocess.run(
            ["cmp", box, cart.path("out", "huge.mbox")],
            check=False).returncode, 0)


if __name__ == "__main__":
    if os.environ.get("MAILCART_RELEASE_BIN"):
        mailcart.BIN = os.environ["MAILCART_RELEASE_BIN"]
    mailcart.main()
