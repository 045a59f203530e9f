# SPDX-License-Identifier: MIT
"""An IMAP account as a source: the program against a real Dovecot, whose mail
is read a second time, in another way, by Python's imaplib."""
import collections
import os
import random
import re
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(os.path.dirname(HERE), "real"))
sys.path.insert(0, os.path.join(os.path.dirname(HERE), "fake"))
import mailcart  # noqa: E402
from delay_proxy import DelayProxy  # noqa: E402
from dovecot import Dovecot  # noqa: E402
from mailcart import Case  # noqa: E402

# As people call them.  Levels are split by '/'.
BOXES = (
    "INBOX", "INBOX/Below", "Sent", "Work", "Work/2019", "Work/2019/Garden",
    "Work/2019/Garden/Beds", "Work/2020", "Entwürfe & mehr",
    "Entwürfe & mehr/Älteres", "仕事", "仕事/報告書 2019", "Tom & Jerry",
    "&", "&-", 'He said "yes"', "back\\slash", "a b c", "(brackets) {9}",
    "Ελληνικά/Русский/עברית", "emoji \U0001f600", "#hash", ".hidden", "...",
    "semi;colon,comma", "it's")
FLAGS = ((), ("\\Seen",), ("\\Seen", "\\Answered"), ("\\Flagged",),
         ("$Forwarded",), ("\\Draft", "$Label1"), ("\\Seen", "work", "later"),
         ("NonJunk", "$MDNSent", "a.b-c_d"))
# A handful: login, ID, NAMESPACE, LIST, LOGOUT.
HANDFUL = 6
PEAK_MAX = 64 << 20
LARGE = 300_000_000 if mailcart.LONG else 40_000_000


def message(number, body=b"", **fields):
    head = {"From": "a@example.net", "Subject": f"number {number}",
            "Date": "Sat, 21 Nov 2026 10:00:00 +0000",
            "Message-ID": f"<m{number}@example.net>", **fields}
    return ("".join(f"{name}: {value}\r\n" for name, value in head.items())
            + "\r\n").encode() + (body or b"body %d\r\n" % number)


def wire(name):
    """Modified UTF-7, RFC 3501 5.1.3, by Python's UTF-7."""
    def shifted(match):
        text = match.group()
        if text == "&":
            return "&-"
        return text.encode("utf-16-be") and "&" + (
            text.encode("utf-7").decode()[1:].rstrip("-").replace("/", ",")
        ) + "-"
    return re.sub(r"[^\x20-\x7e]+|&", shifted, name)


def ended(octets):
    """With the line end that a push adds where there is none."""
    return octets if octets.endswith(b"\r\n") else octets + b"\r\n"


def odd_bodies():
    """What other tools change on the way."""
    yield b"From the start\r\n>From\r\n.\r\n..\r\n\r\n\r\n"
    yield b"no line end"
    yield b"\xff\xfe\x80 8 bit \xc3\xbc\r\n"
    yield b"x" * 100_000 + b"\r\n"
    yield b"\r\n" * 50
    yield b"M5 OK done\r\n* BYE\r\n)\r\n{5}\r\n"


class ImapSource(Case):
    def fill(self, server, user="anna", boxes=BOXES, each=5):
        number = 0
        for box in boxes:
            rows = []
            for _ in range(each):
                rows.append((message(number), FLAGS[number % len(FLAGS)],
                             1_000_000_000 + number * 86_399))
                number += 1
            server.append_all(user, wire(box), rows)
        return number

    def trace(self, cart, *words, status=0):
        """A pull with its summary and the client's commands."""
        result = self.ends(cart.run("pull", "-vv", *words), status)
        sent = [row["text"][3:] for row in result.of("event")
                if row.get("kind") == "trace"
                and re.match(r"C: M\d+ ", row["text"])]
        self.adds_up_pull(result.summary())
        return result.summary(), sent, result

    def content(self, server, user):
        """{mailbox: the multiset of what it holds}"""
        return {name: collections.Counter(
                    (ended(m.octets), m.flags, m.internaldate)
                    for m in messages)
                for name, messages in server.read_all(user).items()}

    def same(self, one, other):
        """Equal, or told which mailbox is not."""
        self.assertEqual(sorted(one), sorted(other))
        for name in one:
            for row in (one[name] - other[name]) + (other[name] - one[name]):
                self.fail(f"{name}: {str(row)[-600:]}")

    def test_account(self):
        """Pulled and pushed to a second account it is the same."""
        with Dovecot(users=("anna", "bert")) as server:
            count = self.fill(server)
            server.append_all("anna", "INBOX", [
                (message(900 + i, body, **{"X-Odd": str(i)}), ("odd",),
                 1_100_000_000 + i) for i, body in enumerate(odd_bodies())])
            count += len(list(odd_bodies()))
            imap = server.client("anna")
            for name in ("Nothing", "Nothing/At &2DzfDw- all"):
                self.assertEqual(imap.create(f'"{name}"')[0], "OK")
            imap.logout()
            before = server.read_all("anna")
            self.assertGreaterEqual(len(before), 20)
            cart = self.cart(ca=server.ca)
            row, sent, _ = self.trace(cart, server.url("imaps", "anna"))
            self.assertEqual((row["listed"], row["stored"]), (count, count))
            # Nothing was opened for writing, nothing marked.
            self.assertFalse([line for line in sent if re.search(
                r"SELECT|STORE|EXPUNGE|CLOSE|BODY\[|RFC822[^.]", line)], sent)
            self.assertTrue(server.read_all("anna") == before)
            self.ends(cart.run("push", server.url("imaps", "bert")))
            self.same(self.content(server, "bert"),
                      self.content(server, "anna"))
            special = {row["folder"] for row in cart.messages()}
            self.assertEqual(special, set(BOXES))

    def test_unchanged(self):
        """A second pull costs a handful of commands, and changes nothing."""
        with Dovecot() as server:
            count = self.fill(server)
            cart = self.cart(ca=server.ca)
            self.trace(cart, server.url("imaps"))
            with open(cart.archive, "rb") as archive:
                before = archive.read()
            row, sent, _ = self.trace(cart, server.url("imaps"))
            self.assertLessEqual(len(sent), HANDFUL, sent)
            self.assertEqual((row["listed"], row["known"], row["octets"]),
                             (count, count, 0))
            with open(cart.archive, "rb") as archive:
                self.assertTrue(archive.read() == before)

    def changes(self, server):
        """New, deleted and re-flagged mail in one of the mailboxes."""
        cart = self.cart(ca=server.ca)
        url = server.url("imaps")
        self.fill(server, boxes=("INBOX", "Work", "Work/2019"), each=40)
        self.trace(cart, url)
        server.append("anna", "Work", message(700), ("\\Flagged", "new"))
        imap = server.client()
        imap.select("Work")
        imap.uid("STORE", "3", "+FLAGS", "(\\Seen \\Answered todo)")
        imap.uid("STORE", "8", "FLAGS", "()")
        imap.uid("STORE", "10,11", "+FLAGS", "(\\Deleted)")
        imap.expunge()
        imap.logout()
        row, sent, result = self.trace(cart, url)
        self.assertEqual((row["listed"], row["stored"], row["known"]),
                         (119, 1, 118))
        fetched = [line for line in sent if "BODY.PEEK[]" in line]
        self.assertEqual(len(fetched), 1, sent)
        self.assertRegex(fetched[0], r"UID FETCH 41 ")
        notes = [event["text"] for event in result.of("event")
                 if event["kind"] == "note"]
        self.assertTrue([note for note in notes if "'Work'" in note
                         and "no longer there" in note and "2" in note],
                        notes)
        held = {row["key"].split(":")[1]: set(row["flags"])
                for row in cart.messages() if row["folder"] == "Work"}
        self.assertEqual(len(held), 41)
        there = {str(m.uid): set(m.flags)
                 for m in server.read_all("anna")["Work"]}
        self.assertEqual({uid: held[uid] for uid in there}, there)
        row, sent, _ = self.trace(cart, url)
        self.assertEqual((row["stored"], row["octets"]), (0, 0))
        return sent

    def test_changes(self):
        with Dovecot() as server:
            self.assertLessEqual(len(self.changes(server)), HANDFUL)

    def test_changes_without_condstore(self):
        """Nor LIST-STATUS, nor any other extension: the flags are listed to
        see whether they changed; no message is."""
        with Dovecot(extra="imap_capability = IMAP4rev1\n",
                     mechanisms=("plain", "login")) as server:
            sent = self.changes(server)
        self.assertFalse([line for line in sent if "INTERNALDATE" in line])
        self.assertEqual(len([s for s in sent if "(UID FLAGS)" in s]), 3, sent)

    def test_moved(self):
        """Another mailbox, same mail: it is fetched, and known by content."""
        with Dovecot() as server:
            self.fill(server, boxes=("INBOX",), each=10)
            cart = self.cart(ca=server.ca)
            self.trace(cart, server.url("imaps"))
            imap = server.client()
            imap.select("INBOX")
            imap.create("Later")
            imap.uid("MOVE", "1:4", "Later")
            imap.logout()
            row, _, _ = self.trace(cart, server.url("imaps"))
            self.assertEqual((row["listed"], row["stored"], row["known"]),
                             (10, 0, 10))

    def test_prefix(self):
        """Where all is below "INBOX.", folders are called as elsewhere."""
        with Dovecot(users=("anna", "bert"), storage="maildir",
                     separator=".", prefix="INBOX.", special=()) as server:
            number = 0
            for box in ("INBOX", "INBOX.Work", "INBOX.Work.2019",
                        "INBOX.Entw&APw-rfe", "INBOX.a b", "INBOX.inbox"):
                server.append("anna", box, message(number), ("\\Seen", "k"),
                              1_000_000_000 + number)
                number += 1
            cart = self.cart(ca=server.ca)
            row, _, _ = self.trace(cart, server.url("imaps", "anna"))
            self.assertEqual(row["stored"], number)
            self.assertEqual({row["folder"] for row in cart.messages()},
                             {"INBOX", "Work", "Work/2019", "Entwürfe", "a b",
                              "inbox (2)"})
            self.ends(cart.run("push", server.url("imaps", "bert")))
            here = self.content(server, "anna")
            here["INBOX.inbox (2)"] = here.pop("INBOX.inbox")
            self.same(self.content(server, "bert"), here)

    def test_one_mailbox(self):
        with Dovecot() as server:
            self.fill(server, boxes=("INBOX", "Work", "Work/2019"), each=3)
            url = server.url("imaps")
            for name, folder in (("Work/2019", "Work/2019"),
                                 ("inbox", "INBOX")):
                cart = self.cart(ca=server.ca)
                row, sent, _ = self.trace(cart, f"{url}/{name}")
                self.assertEqual(row["stored"], 3)
                self.assertEqual({m["folder"] for m in cart.messages()},
                                 {folder})
            cart = self.cart(ca=server.ca)
            result = cart.run("pull", f"{url}/Nowhere", json_lines=False)
            self.one_line(result, mailcart.NOINPUT, "Nowhere")

    def test_far_away(self):
        """1,000 messages over 50 ms: tens of round trips."""
        with Dovecot() as server:
            server.append_all("anna", "INBOX", [
                (message(i), FLAGS[i % len(FLAGS)], 10**9 + i)
                for i in range(1000)])
            with DelayProxy(server.imaps, rtt_ms=50) as proxy:
                cart = self.cart(ca=server.ca)
                url = f"imaps://anna@localhost:{proxy.port}"
                row, _, _ = self.trace(cart, url)
                self.assertEqual(row["stored"], 1000)
                print("round trips:", proxy.trips, flush=True)
                self.assertLess(proxy.trips, 40)
                first = proxy.trips
                row, _, _ = self.trace(cart, url)
                self.assertEqual(row["known"], 1000)
                self.assertLess(proxy.trips - first, 15)

    def test_large(self):
        """Memory stays flat; measured without sanitizers."""
        program = os.environ.get("MAILCART_RELEASE_BIN") or mailcart.BIN
        dice = random.Random(4)
        with Dovecot(storage="maildir") as server:
            path = server.drop("anna", b"")
            with open(path, "wb") as out:
                out.write(message(1, b"\r\n"))
                while out.tell() < LARGE:
                    noise = dice.randbytes(57 * 4096).hex().encode()
                    for at in range(0, len(noise), 76):
                        out.write(noise[at:at + 76] + b"\r\n")
            for i in range(20):
                server.drop("anna", message(10 + i))
            cart = self.cart(ca=server.ca)
            words = cart.command("pull", server.url("imaps"))
            words[0] = program
            result = self.ends(mailcart.run_measured(
                words, cwd=cart.dir, timeout=1500))
            self.assertEqual(result.summary()["stored"], 21)
            large, = [m for m in cart.messages() if m["octets"] > 10**6]
            name, = [name for name in os.listdir(os.path.dirname(path))
                     if os.path.getsize(os.path.join(
                         os.path.dirname(path), name)) > 10**6]
            with open(os.path.join(os.path.dirname(path), name),
                      "rb") as source:
                self.assertEqual(large["raw_sha256"],
                                 mailcart.sha256(source.read()))
        print(f"peak {result.peak / (1 << 20):.1f} MiB", flush=True)
        if program == mailcart.BIN and mailcart.sanitized():
            self.skipTest("memory is not measured with sanitizers")
        self.assertLess(result.peak, PEAK_MAX)


if __name__ == "__main__":
    mailcart.main()
