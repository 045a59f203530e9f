# SPDX-License-Identifier: MIT
"""The whole way on real mail: POP3 over TLS and an mbox tree to the archive to
an IMAP server, against a real Dovecot, looked at by an independent reader."""
import base64
import calendar
import collections
import os
import poplib
import re
import shutil
import sys
import time

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import expect  # noqa: E402
import mailcart  # noqa: E402
import mbox_oracle  # noqa: E402
import samples_of  # noqa: E402
from dovecot import Dovecot  # noqa: E402
from mailcart import Case, sha256  # noqa: E402

poplib._MAXLINE = 1 << 24
TARGETS = {
    # Special mailboxes under names that no table of ours would guess.
    "sdbox": dict(storage="sdbox", separator="/",
                  special=(("Versandt", "Sent"), ("Muell", "Trash"),
                           ("Drafts", "Drafts"))),
    "maildir": dict(storage="maildir", separator=".", prefix="INBOX."),
}


def fill(server):
    """Every kind of mail into anna's INBOX, as files, byte for byte."""
    names = []
    for name, octets in samples_of.own_pop3():
        server.drop("anna", octets)
        names.append(name)
    for name, octets in samples_of.nasty():
        server.drop("anna", octets)
        names.append(name)
    for name, octets in samples_of.corpora():
        server.drop("anna", octets)
        names.append(name)
    return names


def over_pop3(server):
    """{UIDL: octets}, as Python's own client reads them."""
    client = poplib.POP3_SSL("localhost", server.pop3s, timeout=120,
                             context=server.context())
    client.user("anna")
    client.pass_(server.password)
    found = {}
    for line in client.uidl()[1]:
        number, uidl = line.decode().split()
        lines = client.retr(int(number))[1]
        found[uidl] = b"".join(one + b"\r\n" for one in lines)
    client.quit()
    return found


def tree(directory):
    """The mbox tree: our samples, and larger real ones where we have them."""
    where = os.path.join(directory, "mail")
    shutil.copytree(os.path.join(samples_of.SAMPLES, "mail"), where)
    rows = [(f"nora@example.org Thu Jan {n + 1:2} 10:00:00 2004",
             samples_of.eml(500 + n, f"mail {n}\r\nFrom the start\r\n"))
            for n in range(9)]
    with open(os.path.join(where, "Projects", "Nine"), "wb") as out:
        out.write(samples_of.mbox(rows))
    with open(os.path.join(where, "Projects", "Nine again"), "wb") as out:
        out.write(samples_of.mbox(rows[:4]))
    for name, path in (("Tea party", "mailutils/spool/teaparty.mbox"),
                       ("Vault", "gyb-samples/vault-export-mbox/"
                        "ubuntu_me@u.jaylee.us_0.mbox")):
        source = os.path.join(mailcart.CORPORA, path)
        if os.path.exists(source):
            shutil.copy(source, os.path.join(where, name))
    return where


def modified_utf7(text):
    """A mailbox name as on the wire; RFC 3501 5.1.3."""
    def shift(found):
        coded = base64.b64encode(found.group().encode("utf-16-be"))
        return "&" + coded.decode().rstrip("=").replace("/", ",") + "-"
    return re.sub(r"[^ -~]+", shift, text.replace("&", "&-"))


def mode_of(path):
    return {name: os.stat(os.path.join(base, name)).st_mtime_ns
            for base, _, names in os.walk(path) for name in names}


class Migrate(Case):
    target_kind = "sdbox"

    def setUp(self):
        self.source = Dovecot(users=("anna",), storage="maildir")
        self.source.start()
        self.addCleanup(self.source.stop)
        fill(self.source)
        self.target = Dovecot(users=("bert",), **TARGETS[self.target_kind])
        self.target.start()
        self.addCleanup(self.target.stop)
        self.cart = self.cart()
        with open(self.source.ca) as one, open(self.target.ca) as two:
            self.cart.ca = self.cart.write("ca.pem", one.read() + two.read())
        self.tree = tree(self.cart.dir)
        self.words = (self.source.url("pop3s"), "mbox:" + self.tree,
                      self.target.url("imaps"))

    def test_whole_way(self):
        files = mode_of(self.tree)
        result = self.ends(self.cart.run("migrate", *self.words))
        self.adds_up_pull(result.summary()["pull"])
        self.adds_up_push(result.summary()["push"])
        self.read_archive()
        self.check_sources()
        self.check_target()
        self.again()
        self.assertEqual(files, mode_of(self.tree), "a source was touched")

    # -- what the archive holds against what the sources hold ---------------

    def read_archive(self):
        self.rows = self.cart.messages()
        self.raw = {row["sighting"]: self.cart.raw(row) for row in self.rows}
        for row in self.rows:
            raw = self.raw[row["sighting"]]
            self.assertEqual(row["raw_sha256"], sha256(raw), row)
            self.assertEqual(row["octets"], len(raw), row)

    def pop3_rows(self):
        return [row for row in self.rows if row["source"].startswith("pop3")]

    def check_sources(self):
        truth = over_pop3(self.source)
        held = {row["key"]: self.raw[row["sighting"]]
                for row in self.pop3_rows()}
        self.assertEqual(len(held), len(self.pop3_rows()))
        self.assertEqual(set(held), set(truth))
        for uidl, octets in truth.items():
            self.assertEqual(held[uidl], octets, uidl)
        self.check_tree()

    def check_tree(self):
        held = collections.defaultdict(dict)
        for row in self.rows:
            if not row["source"].startswith("pop3"):
                held[row["folder"]][int(row["key"])] = (
                    self.raw[row["sighting"]])
        self.from_lines = {}
        files = {}
        for base, _, names in os.walk(self.tree):
            for name in names:
                path = os.path.join(base, name)
                folder = os.path.relpath(path, self.tree)
                with open(path, "rb") as source:
                    files[folder] = source.read()
        self.assertEqual({name.lower() for name in files},
                         {name.lower() for name in held})
        by_case = {name.lower(): name for name in held}
        for folder, data in files.items():
            mine = by_case[folder.lower()]
            slices = mbox_oracle.split(data)
            self.assertEqual(len(slices), len(held[mine]), folder)
            for one in slices:
                self.assertIn(held[mine][one.at],
                              mbox_oracle.candidates(one.octets),
                              (folder, one.at))
                self.from_lines[(mine, one.at)] = data[one.at:one.begin]

    # -- what the server holds against that -----------------------------------

    def box_of(self, folder):
        """Which mailbox a folder belongs to, by the words of the issue."""
        prefix, separator = self.target.prefix, self.target.separator
        special = dict((attribute, name)
                       for name, attribute in self.target.special_boxes)
        if folder.upper() == "INBOX":
            return "INBOX"
        for name in ("Sent", "Trash"):
            if folder == name:
                return prefix + special[name] if not special[
                    name].startswith(prefix) else special[name]
        # A separator inside a level cannot stay.
        levels = [modified_utf7(part.replace(separator, "_"))
                  for part in folder.split("/")]
        return prefix + separator.join(levels)

    def folders_of(self, row):
        """Where a message stood: in Google's Takeout its labels tell."""
        return row.get("folders") or [row["folder"]]

    def want(self):
        """{mailbox: {logical id: rows of sightings in it}}."""
        boxes = collections.defaultdict(lambda: collections.defaultdict(list))
        for row in self.rows:
            for folder in self.folders_of(row):
                boxes[self.box_of(folder)][row["id"]].append(row)
        return boxes

    def canonical(self, row):
        store = "wire" if row["source"].startswith("pop3") else "mbox"
        octets = self.raw[row["sighting"]]
        if store == "wire" and octets.startswith((b"From ", b">From ")):
            octets = octets.split(b"\n", 1)[1]
        return expect.canonical(octets, store)

    def check_target(self):
        self.found = self.target.read_all("bert")
        want = self.want()
        filled = {box for box, messages in self.found.items() if messages}
        self.assertEqual(filled, set(want))
        for box in want:
            self.check_box(box, want[box], self.found[box])
        subscribed = self.target.subscribed("bert")
        self.assertEqual(set(want) - subscribed - {"INBOX"}, set(),
                         "not subscribed")
        self.check_identity()

    def check_box(self, box, logicals, messages):
        self.assertEqual(len(messages), len(logicals), box)
        held = collections.defaultdict(list)
        for message in messages:
            held[message.octets].append(message)
        recoded = []
        for identity, rows in logicals.items():
            octets = [self.canonical(row) for row in self.all_of(identity)]
            hits = {expect.on_server(one) for one in octets
                    if held.get(expect.on_server(one))}
            if not hits and any(b"\0" in one for one in octets):
                recoded.append((rows, octets))
                continue
            self.assertEqual(len(hits), 1, (box, [
                (row["key"], row["subject"]) for row in rows]))
            message = held[hits.pop()].pop()
            self.check_date(box, message, rows)
            self.check_flags(box, message, rows)
        left = [one for some in held.values() for one in some]
        self.assertEqual(len(left), len(recoded), box)
        for rows, octets in recoded:
            same = [one for one in left if expect.parts(one.octets) in map(
                expect.parts, octets)]
            self.assertEqual(len(same), 1, (box, rows, octets))

    def all_of(self, identity):
        return [row for row in self.rows if row["id"] == identity]

    def check_date(self, box, message, rows):
        """The best that any copy tells: a From_ line before header fields.
        """
        lines, fields, certain = set(), set(), True
        for row in self.all_of(rows[0]["id"]):
            line = None
            if not row["source"].startswith("pop3"):
                line = self.from_lines[(row["folder"], int(row["key"]))]
                lines |= expect.from_date(line)
            some = expect.field_dates(self.raw[row["sighting"]])
            certain = certain and bool(some)
            fields |= some
        if lines or certain:
            self.assertIn(message.internaldate, lines or fields, (box, rows))

    def check_flags(self, box, message, rows):
        """Status and X-Status, and X-Mozilla-Status, unite over copies."""
        wanted = set()
        for row in self.all_of(rows[0]["id"]):
            if row["source"].startswith("pop3"):
                continue
            head = re.split(rb"\r?\n\r?\n", self.raw[row["sighting"]], 1)[0]
            status = re.findall(rb"^(?:X-)?Status: *(\w+)", head, re.M)
            letters = b"".join(status)
            wanted |= {flag for letter, flag in (
                (b"R", "\\Seen"), (b"A", "\\Answered"), (b"F", "\\Flagged"),
                (b"T", "\\Draft")) if letter in letters}
            mozilla = re.search(rb"^X-Mozilla-Status: *([0-9a-f]{4})", head,
                                re.M | re.I)
            bits = int(mozilla.group(1), 16) if mozilla else 0
            wanted |= {flag for bit, flag in (
                (1, "\\Seen"), (2, "\\Answered"), (4, "\\Flagged"))
                if bits & bit}
        system = {flag for flag in message.flags if flag.startswith("\\")}
        self.assertEqual(system, wanted, (box, rows))

    def check_identity(self):
        """Where the id is beyond doubt, mails of two ids are two; where the
        octets are the same, they are one."""
        ids = collections.defaultdict(set)
        bodies = collections.defaultdict(set)
        for row in self.rows:
            octets = self.canonical(row)
            bodies[sha256(octets)].add(row["id"])
            self.assertEqual(row["sha256"], sha256(octets), row)
            found = expect.message_id(octets)
            if found:
                ids[row["id"]].add(found)
        for identity, found in ids.items():
            self.assertEqual(len(found), 1, identity)
        for body, logicals in bodies.items():
            self.assertEqual(len(logicals), 1, body)

    # -- again -----------------------------------------------------------------

    def uidnext(self):
        imap = self.target.client("bert")
        states = {box: imap.status(f'"{box}"', "(UIDNEXT MESSAGES)")[1][0]
                  for box in self.found}
        imap.logout()
        return states

    def sessions(self, mark):
        """What POP3 sessions fetched and deleted, says the server's log behind
        mark; it says so after each, which may be a little later."""
        until = time.monotonic() + 60
        while True:
            log = self.source.log()[mark:]
            told = re.findall(r"retr=(\d+)/\d+, del=(\d+)/", log)
            if told and len(told) >= log.count("pop3-login: Info: Login"):
                return told
            self.assertLess(time.monotonic(), until, log)
            time.sleep(0.05)

    def again(self):
        before = self.uidnext()
        self.sessions(0)
        mark = len(self.source.log())
        result = self.ends(self.cart.run("migrate", *self.words))
        self.assertEqual(before, self.uidnext(), "the second run sent mail")
        self.assertEqual(len(self.cart.messages()), len(self.rows))
        told = self.sessions(mark)
        self.assertEqual(set(told), {("0", "0")}, "fetched or deleted")
        self.assertNotRegex(self.source.log(), r"del=[1-9]")
        row = result.summary()
        self.adds_up_pull(row["pull"])
        self.assertEqual(row["pull"]["stored"], 0, row)
        self.assertEqual(row["push"]["sent_now"], 0, row)
        deep = self.cart.run("verify", "--deep", self.words[2])
        self.ends(deep)
        row = deep.summary("verify")
        self.assertEqual(row["damaged"], 0, row)
        self.assertEqual(row["missing"], 0, row)
        self.assertEqual(row["checked"], row["identical"] + row["changed"])


class MigrateToMaildir(Migrate):
    target_kind = "maildir"


class Subscribed(Case):
    """Special use by attribute; mailboxes that exist are kept; a Trash of
    samples lands in what the server calls its Trash."""

    def test_special_use(self):
        with Dovecot(users=("bert",), **TARGETS["sdbox"]) as target:
            cart = self.cart(ca=target.ca)
            where = tree(cart.dir)
            self.ends(cart.run("migrate", "mbox:" + where,
                               target.url("imaps")))
            counts = target.counts("bert")
            self.assertEqual(counts["Versandt"], 2)
            self.assertEqual(counts["Muell"], 1)
            self.assertNotIn("Sent", counts)
            self.assertNotIn("Trash", counts)
            self.assertIn("Projects/Garden", target.subscribed("bert"))

    def test_present_mail_is_recognised(self):
        """Mail that was on the target before is not sent once more."""
        with Dovecot(users=("bert",)) as target:
            cart = self.cart(ca=target.ca)
            mails = list(samples_of.small(30))
            when = calendar.timegm((2005, 1, 1, 0, 0, 0))
            target.append_all("bert", "Old",
                              [(one, (), when) for one in mails[:20]])
            cart.write("mail/Old", samples_of.mbox(
                [("a@b.org Sat Jan  1 00:00:00 2005", one)
                 for one in mails]))
            result = self.ends(cart.run(
                "migrate", "mbox:" + cart.path("mail"), target.url("imaps")))
            self.assertEqual(target.counts("bert")["Old"], 30)
            row = result.summary()["push"]
            self.assertEqual((row["sent"], row["present"]), (10, 20), row)


if __name__ == "__main__":
    mailcart.main()
