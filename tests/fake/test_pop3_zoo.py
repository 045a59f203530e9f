# SPDX-License-Identifier: MIT
"""Every way in which a POP3 server misbehaves, each a row: a pull from it, then
one from the same server once it behaves (where the first could not end well),
then one more, which fetches nothing where UIDLs can be trusted (that one where
it says something new, and with MAILCART_LONG).

A row says what it expects where that is not the usual: all messages in the
archive, each once and to the octet, every sum right, exit 0, and all of them
on the server still."""
import dataclasses
import os
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from pop3_server import DEFAULT, Pop3Server  # noqa: E402
from zoo_case import BEYOND, PullRow, PullRows, mail, main  # noqa: E402
from zoo_case import mailcart, words  # noqa: E402

TAGS = tuple(f"m{n}" for n in range(1, 9))
SERIAL = [word for word in DEFAULT if word != "PIPELINING"]
DOTTED = mail("m3", "before\r\n.\r\nafter\r\n")


@dataclasses.dataclass
class Row(PullRow):
    prefix: bytes = b""  # what the source holds before each message
    kept: dict = None  # {tag: octets} where the server makes others of them

    def given(self):
        return self.mails or {tag: mail(tag, "body\r\n" * n)
                              for n, tag in enumerate(TAGS)}

    def held(self, tag):
        return (self.kept or {}).get(tag, self.prefix + self.given()[tag])


class Pop3Zoo(PullRows):
    ROWS = {}

    @classmethod
    def serve(cls, row):
        return Pop3Server(list(row.given().values()), password=row.secret,
                          certificate=cls.leaf if row.tls else None,
                          address=BEYOND if row.beyond else "127.0.0.1",
                          **row.behave)

    @staticmethod
    def mend(server, behave):
        server.behaviours = behave

    @staticmethod
    def fetched(server):
        return server.verbs().count("RETR")

    @staticmethod
    def key(row, tag):
        return ("message " if "no_uidl" in row.behave else "uidl-") + tag[1:]

    def check_said(self, row, said):
        verbs = [line.split(" ")[0].upper() for line in said]
        self.assertEqual([verb for verb in row.said if verb not in verbs], [])
        self.assertEqual([verb for verb in row.unsaid if verb in verbs], [])
        for line in said:
            if line.startswith(("AUTH ", "USER ")):  # RFC 2449 4
                self.assertLessEqual(len(line), 253)

    def check_server(self, row, server):
        """Nothing was deleted, and nothing asked for that cannot be
        trusted."""
        said = set(server.verbs())
        self.assertFalse(said & {"DELE", "RSET", "TOP"}, said)
        self.assertEqual(list(server.mails), list(row.given().values()))
        if not row.hidden:
            self.assertEqual(server.hidden, set())
        if "--no-quit" in row.options:
            self.assertNotIn("QUIT", said)
        elif row.status == mailcart.OK:
            self.assertIn("QUIT", said)

    def test_recent(self):
        """Gmail's name for the last 30 days goes as it is, and is a source of
        its own."""
        cart = self.cart()
        user = "recent:anna@gmail.com"
        with Pop3Server([mail("one")], user=user,
                        greeting="+OK Gpop ready") as server:
            for stored in (1, 0):
                result = self.ended(cart.run(
                    "pull", "pop3://recent%3Aanna%40gmail.com@127.0.0.1:"
                    f"{server.port}", json_lines=False), listed=1,
                    stored=stored)
                self.assertNotIn("password", result.err)
            self.assertIn(f"USER {user}", server.transcript)
            self.assertFalse(set(server.verbs()) & {"DELE", "TOP"})
        self.archived(cart, [mail("one")])
        row, = cart.messages()
        self.assertEqual(
            row["source"], "pop3://recent%3Aanna@gmail.com@127.0.0.1:"
            f"{server.port}")

    def test_gmail_shows_all_again(self):
        """Who greets like Gmail, and hides nothing, is asked no more than
        twice where no UIDL tells that."""
        mails = [mail(f"m{n}") for n in range(5)]
        for behave in ({"no_uidl": True}, {"uidl_per_session": True}):
            cart = self.cart()
            with self.subTest(behave), Pop3Server(
                    mails, greeting="+OK Gpop ready", **behave) as server:
                result = self.ended(cart.run(
                    "pull", f"pop3://anna@127.0.0.1:{server.port}",
                    json_lines=False, timeout=60), stored=5, failed=0)
                self.assertEqual(server.verbs().count("RETR"), 10)
                self.assertIn("shows what was read once more", words(result))
                self.assertFalse(set(server.verbs()) & {"DELE", "TOP"})
                self.archived(cart, mails)

    def test_numbers_move_up(self):
        """A message goes, those behind it have its number for a UIDL, and all
        are of one size: the new one is seen."""
        for first in (0, 1):
            mails = [mail(f"m{n}") for n in range(8)]
            self.assertEqual(len(set(map(len, mails))), 1)
            cart = self.cart()
            with self.subTest(first), Pop3Server(
                    mails[:7], uidls=[str(first + n)
                                      for n in range(7)]) as server:
                for shown, stored in ((mails[:7], 7), (mails[1:], 1)):
                    server.mails = shown
                    self.ended(cart.run(
                        "pull", f"pop3://anna@127.0.0.1:{server.port}",
                        json_lines=False), listed=7, stored=stored,
                        known=7 - stored)
                self.assertFalse(set(server.verbs()) & {"DELE", "TOP"})
                self.archived(cart, mails)


def row(name, why, behave, **more):
    Pop3Zoo.add(Row(name, why, behave, **more))


row("plain", "a server that behaves", {})
row("serial", "no PIPELINING", dict(capabilities=SERIAL))
row("no_capa", "CAPA is -ERR", dict(no_capa=True))
row("capa_hangs", "CAPA gets no answer", dict(capa_hangs=True), seconds=50,
    long=True)
row("capa_drops", "CAPA closes the connection", dict(capa_drops=True))
row("late_capabilities", "CAPA tells more after login (Gmail)", dict(
    capabilities=["USER"], late_capabilities=["UIDL", "TOP", "PIPELINING"]))
row("stls", "STLS is used where it is offered", {}, tls=True,
    said=("STLS", "PASS"))
row("stls_hidden", "STLS hidden: asked for all the same beyond loopback", dict(
    stls_hidden=True), tls=True, beyond=True, said=("STLS", "PASS"))
row("no_stls", "no STLS, beyond loopback: no password leaves", dict(
    no_stls=True), tls=True, beyond=True, missing=TAGS, status=69,
    unsaid=("USER", "PASS", "AUTH"),
    words=("refused STLS: no TLS here; try pop3s://, where TLS comes first, "
           "or allow clear text by --insecure-plaintext",),
    mend={})
row("inject_after_stls", "replies in clear text behind the OK to STLS", dict(
    inject_after_stls=True), tls=True, missing=TAGS, status=76,
    unsaid=("USER", "PASS", "AUTH"),
    words=("sent octets before TLS began: someone may be tampering",), mend={})
for way in ("early", "forged"):
    row("impostor_" + way, "SCRAM goes well, and is not proved", dict(
        sasl=["SCRAM-SHA-256"], impostor=way), missing=TAGS, status=77,
        unsaid=("STAT", "LIST", "UIDL", "RETR"), words=(
            "prov.* that it knows the password; it may not be the server",),
        mend={})
row("apop", "APOP", dict(apop=True), said=("APOP",), unsaid=("PASS",))
row("sasl", "SASL", dict(sasl=["PLAIN", "CRAM-MD5"]), said=("AUTH",),
    unsaid=("PASS",))
row("long_token", "OAuth tokens longer than a line", dict(sasl=["XOAUTH2"]),
    secret="t" * 3000, said=("AUTH",), unsaid=("PASS",))
row("no_uidl", "no UIDL, no TOP: the content is the identity", dict(
    no_uidl=True, capabilities=["USER"]), fetches=True,
    words=("8 of 8 messages have no usable UIDL; they are known again",))
row("uidl_repeated", "UIDLs that are all the same", dict(uidls=["same"] * 8),
    fetches=True, words=(r"no usable UIDL \(8 share one\); they",))
row("uidl_numbers", "UIDLs that are the messages' numbers", dict(
    uidls=[str(n) for n in range(1, 9)]), fetches=True,
    words=(r"no usable UIDL \(theirs are the messages' numbers\); they",))
row("uidl_long", "UIDLs over 70 characters", dict(
    uidls=[f"{n}" * 90 for n in range(8)]), fetches=True,
    words=("8 of 8 messages have no usable UIDL; they are known again",))
row("uidl_per_session", "other UIDLs in each session", dict(
    uidl_per_session=True), fetches=True)
row("uidl_moved", "other UIDLs after a server move", {}, mend=dict(
    uidls=[f"new-{n}" for n in range(8)]))
row("uidl_extra", "lines without id, numbers out of range", dict(
    uidl_extra=["0 zero", "99 far", "4294967296 x", "-1 y", "3", "x", "1 "]),
    words=("lists 5 messages under numbers that cannot be",))
row("list_extra", "LIST of numbers that are none", dict(
    list_extra=["0 100", "2000000000 100", "99 1", "x y"]),
    words=("lists 4 messages under numbers that cannot be",))
row("no_list", "LIST is -ERR", dict(no_list=True))
row("stat_lies", "STAT lies", dict(stat="3 7"))
row("sizes_small", "sizes with LF counted as one", dict(
    sizes=lambda octets: len(octets) - octets.count(b"\r\n")))
row("sizes_rounded", "sizes of storage", dict(
    sizes=lambda octets: len(octets) // 1024 * 1024 + 1024), seconds=5)
row("sizes_zero", "sizes of nought", dict(sizes=lambda octets: 0))
row("sizes_huge", "sizes of an exabyte", dict(sizes=lambda octets: 10**18),
    seconds=5)
row("no_end", "the end is not marked (Exchange 2000)", dict(
    stall={3: b"\r\n"}), words=("did not mark its end",), seconds=30)
row("dot_cr", ".\\r without LF", dict(stall={3: b"\r\n.\r"}),
    words=("did not mark its end",), seconds=30)
row("dot_in_line", "the dot is not on a line of its own", dict(
    stall={3: b".\r\n"}, sizes=lambda octets: len(octets) - 2),
    kept={"m3": mail("m3", "body\r\n" * 2)[:-2] + b".\r\n"}, seconds=30,
    words=("did not mark its end",))
row("no_dot_stuffing", "dots are not doubled: the message is cut", dict(
    no_dot_stuffing=True),
    mails={**{tag: mail(tag) for tag in TAGS}, "m3": DOTTED},
    missing=("m3",), status=1,
    words=("holds only a dot; read it by IMAP",), mend={}, seconds=10)
row("bare_lf", "lines end with LF alone", dict(bare_lf=True),
    mails={tag: mail(tag) for tag in TAGS})
row("from_line", "a From_ line comes first", dict(
    from_line="From anna@x.org Thu Jan  1 10:00:00 2004"),
    prefix=b"From anna@x.org Thu Jan  1 10:00:00 2004\r\n")
row("quoted_from_line", "a >From_ line comes first", dict(
    from_line=">From anna@x.org Thu Jan  1 10:00:00 2004"),
    prefix=b">From anna@x.org Thu Jan  1 10:00:00 2004\r\n")
row("deletes_read", "what was read is gone without DELE (Mercury, EXPIRE 0)",
    dict(deletes_read=True, capabilities=DEFAULT + ["EXPIRE 0"]), hidden=True,
    words=("may remove messages as soon as they were read",))
row("deletes_read_no_quit", "and --no-quit keeps it there", dict(
    deletes_read=True, capabilities=DEFAULT + ["EXPIRE 0"]),
    options=("--no-quit",), words=("may remove messages as soon as",))
row("hide_read_no_quit", "Gmail, and --no-quit: nothing is hidden", dict(
    hide_read=99, greeting="+OK Gpop ready"), options=("--no-quit",),
    words=("only after QUIT: with --no-quit it is not read",))
row("hide_read", "a window of messages a session (Gmail)", dict(
    hide_read=3, greeting="+OK Gpop ready"), hidden=True)
row("shows", "listed, then not, then again (Gmail)", dict(
    shows=[[0, 1, 2, 3], [4, 2], [5, 6, 7, 0]], greeting="+OK Gpop ready"))
row("shuffled", "numbers change between sessions", dict(shuffled=True))
row("shuffled_cut", "and the connection goes", dict(
    shuffled=True, cut={4: 100}), seconds=10,
    words=("note: the server closed the connection; trying again in",))
row("in_use", "[IN-USE] for a while", dict(in_use=1), seconds=20,
    words=("another session has the mailbox; trying again in",))
row("login_delay", "[LOGIN-DELAY]", dict(
    login_error="[LOGIN-DELAY] wait a while"), status=75,
    missing=TAGS, words=("wait a while",), mend={}, seconds=300, long=True)
row("sys_temp", "[SYS/TEMP] at login", dict(
    login_error="[SYS/TEMP] disk"), status=75,
    missing=TAGS, words=("disk",), mend={}, seconds=300, long=True)
row("sys_perm", "[SYS/PERM] stops", dict(
    login_error="[SYS/PERM] no such mailbox"), status=77,
    missing=TAGS,
    words=("no such mailbox; if it stays so, tell those who run",), mend={})
row("auth", "[AUTH] stops, asked once", dict(login_error="[AUTH] no"),
    status=77, missing=TAGS, words=("login of 'anna' refused: .*; check user name",), mend={})
row("temp_on_retr", "a message is refused for the moment", dict(
    temp_on_retr=1), missing=("m1",), status=1, words=("disk is busy",))
row("refuse_nth", "the nth is refused", dict(err_on_retr={5: "it is gone"}),
    missing=("m5",), status=1, words=("it is gone",),
    missing_later=("m5",), status_later=1)
row("refuse_nth_no_uidl", "and it has no UIDL to be named by", dict(
    no_uidl=True, err_on_retr={5: "it is gone"}), missing=("m5",), status=1,
    words=("it is gone",), missing_later=("m5",), status_later=1, fetches=True)
row("cut", "the connection goes within a message", dict(cut={4: 60}),
    words=("note: the server closed the connection; trying again in",),
    seconds=10)
row("cut_always", "each time at the same message", dict(cut_always={4: 60}),
    missing=("m4",), status=1, words=("uidl-4: the connection is lost whenever",), missing_later=("m4",),
    status_later=1, seconds=100)
row("flood", "a message that has no lines, and is cut", dict(
    flood={4: 8 << 20}), missing=("m4",), status=1,
    words=("uidl-4: the connection is lost whenever",), missing_later=("m4",),
    status_later=1, seconds=100, long=True)
row("slow", "each reply is late", dict(slow=0.2), seconds=5)
row("line_max", "command lines of 47 octets at most (Exchange 2007)", dict(
    line_max=47))
row("quit_error", "QUIT is -ERR", dict(quit_error=True),
    words=("only the end of the session failed: .*not removed",))
row("endless_list", "LIST does not end", dict(endless="LIST"), status=76,
    missing=TAGS,
    words=("has no end; if it stays so, tell those who run",), mend={}, seconds=20)
row("endless_capa", "CAPA does not end", dict(endless="CAPA"), status=76,
    missing=TAGS,
    words=("has no end; if it stays so, tell those who run",), mend={}, seconds=20)
row("no_pop3", "it speaks no POP3", dict(greeting="220 mail ESMTP"),
    status=76, missing=TAGS,
    words=("no POP3 server: .*; look at its name and port",), mend={})


if __name__ == "__main__":
    main()
