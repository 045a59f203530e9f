# SPDX-License-Identifier: MIT
"""A link that is what a push or a pull waits for: the rest goes packed, and all of
it arrives.  In a network of its own, whose one interface carries 2 MB/s."""
import hashlib
import os
import shutil
import ssl
import subprocess
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, HERE)
import mailcart  # noqa: E402
import samples_of  # noqa: E402
from dovecot import Dovecot  # noqa: E402
from mailcart import Case  # noqa: E402
from test_abreast import PACKED, plain  # noqa: E402

ADDRESS = "10.9.9.9"  # no address of loopback, where nothing is ever packed
INSIDE = "MAILCART_TEST_SLOW_LINK"
LINK = (f"ip link set lo up mtu 1500 && ip addr add {ADDRESS}/32 dev lo && "
        "tc qdisc add dev lo root tbf rate 16mbit burst 64kb latency 200ms")
MAILS = 3000
TEXT = b"All work and no play makes Jack a dull boy.\r\n" * 180


def carried():
    """Octets that went over the interface."""
    with open("/proc/net/dev", encoding="ascii") as table:
        row = next(line for line in table if line.strip().startswith("lo:"))
    return int(row.split(":")[1].split()[8])


def account(server):
    """Its options, and its URL."""
    with open(server.cert, encoding="ascii") as file:
        der = ssl.PEM_cert_to_DER_cert(file.read())
    return hashlib.sha256(der).hexdigest(), \
        f"imaps://bert@{ADDRESS}:{server.imaps}"


class SlowLink(Case):
    def push(self, server):
        """What went over the link, and what the mail has."""
        cart = self.cart()
        pin, url = account(server)
        mails = [samples_of.eml(n, TEXT.decode()) for n in range(MAILS)]
        box = cart.write("Kept", samples_of.mbox(
            [("a@b.org Thu Jan  1 10:00:00 2004", mail) for mail in mails]))
        self.ends(cart.run("pull", "mbox:" + box))
        before = carried()
        result = self.ends(cart.run(
            "push", "--target-tls-fingerprint", pin, url))
        went = carried() - before
        self.assertEqual(result.summary()["sent"], MAILS)
        there = server.read_all("bert")["Kept"]
        self.assertEqual(sorted(plain(m.octets) for m in there),
                         sorted(map(plain, mails)))
        return went, sum(map(len, mails))

    def pull(self, server):
        """What came over the link; all is as it was sent."""
        cart = self.cart()
        pin, url = account(server)
        before = carried()
        result = self.ends(cart.run("pull", "--tls-fingerprint", pin, url))
        self.assertEqual(result.summary()["stored"], MAILS)
        self.ends(cart.run("verify"))
        return carried() - before

    def test_packed_half_way(self):
        """The first octets go as they are, since nobody knows yet; of a pull,
        all that was asked for by then."""
        with Dovecot(users=("bert",), extra=PACKED +
                     f"listen = 127.0.0.1, {ADDRESS}\n") as server:
            went, octets = self.push(server)
            came = self.pull(server)
            for carries in (went, came):
                self.assertLess(carries, octets * 3 // 4)
                self.assertGreater(carries, 2_000_000)


def main():
    if os.environ.get(INSIDE):
        return mailcart.main()
    if os.geteuid() != 0 or not all(
            map(shutil.which, ("unshare", "ip", "tc"))):
        print("a slow link wants root, unshare, ip and tc")
        return mailcart.SKIP
    made = ["unshare", "-n", "sh", "-c"]
    if subprocess.run([*made, LINK], stderr=subprocess.DEVNULL,
                      check=False).returncode:
        print("no network of its own can be made here")
        return mailcart.SKIP
    return subprocess.run(
        [*made, LINK + ' && exec "$0" "$@"', sys.executable,
         os.path.abspath(__file__), *sys.argv[1:]],
        env={**os.environ, INSIDE: "1"}, check=False).returncode


if __name__ == "__main__":
    sys.exit(main())
