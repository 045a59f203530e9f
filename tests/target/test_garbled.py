#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""A server whose every reply is garbled at random: whatever it says, the
target ends in good order (built with sanitizers that means something), tells
at most one fate a letter, and never puts the blame on the user or the
archive.  test_garbled.py PROGRAM [FIRST LAST] for other seeds."""
import random
import re
import socket
import sys
import threading

import lab

CAPS = ("IMAP4rev1 SASL-IR LITERAL+ MULTIAPPEND UIDPLUS LIST-EXTENDED "
        "SPECIAL-USE NAMESPACE ID QUOTA BINARY APPENDLIMIT AUTH=PLAIN")
GREETING = f"* OK [CAPABILITY {CAPS}] hi\r\n"
HEADER = "BODY[HEADER.FIELDS (MESSAGE-ID FROM DATE SUBJECT)]"
REPLIES = {
    "CAPABILITY": f"* CAPABILITY {CAPS}\r\nTAG OK done\r\n",
    "AUTHENTICATE": f"TAG OK [CAPABILITY {CAPS}] in\r\n",
    "ID": '* ID ("name" "x" "y" NIL)\r\nTAG OK\r\n',
    "NAMESPACE": '* NAMESPACE (("" "/")) (("~" "/")) NIL\r\nTAG OK x\r\n',
    "LIST": '* LIST (\\Sent \\Subscribed) "/" "Se&APw-nt"\r\n'
            '* LIST () "/" INBOX\r\n'
            '* LIST (\\Noselect) NIL {5}\r\nab"c\\ ("CHILDINFO" ("X"))\r\n'
            'TAG OK x\r\n',
    "SELECT": "* FLAGS (\\Seen \\Deleted foo)\r\n* 3 EXISTS\r\n"
              "* OK [UIDVALIDITY 1001] x\r\n* OK [UIDNEXT 40] x\r\n"
              "* OK [PERMANENTFLAGS (\\Seen \\* foo)] x\r\n"
              "TAG OK [READ-WRITE] x\r\n",
    "STATUS": "* STATUS INBOX (UIDNEXT 40 APPENDLIMIT 100000)\r\n"
              "TAG OK x\r\n",
    "NOOP": "* 3 EXISTS\r\nTAG OK x\r\n",
    "UID": "* 1 FETCH (UID 1 FLAGS (\\Seen foo) "
           'INTERNALDATE "21-Nov-2026 20:54:47 +0000" RFC822.SIZE 19 '
           f"{HEADER} {{16}}\r\nSubject: abc\r\n\r\n "
           "BODY[] ~{19}\r\nSubject: abc\r\n\r\nabc)\r\n"
           '* 2 FETCH (UID 7 BODY[] "abc" FLAGS ())\r\n'
           "* 3 FETCH (BODY[] {3}\r\nabc UID 30 X ((a) NIL))\r\n"
           "TAG OK x\r\n",
    "APPEND": "* 4 EXISTS\r\nTAG OK [APPENDUID 1001 40:42] x\r\n",
    "CREATE": "TAG NO [ALREADYEXISTS] x\r\n",
    "SUBSCRIBE": "TAG OK x\r\n",
    "GETQUOTAROOT": '* QUOTAROOT INBOX ""\r\n'
                    '* QUOTA "" (STORAGE 10 512 MESSAGE 5 100)\r\n'
                    "TAG OK x\r\n",
    "LOGOUT": "* BYE x\r\nTAG OK x\r\n",
}
JUNK = (b"(", b")", b'"', b"{", b"}", b"{9999999999}\r\n", b"\0", b"\r\n",
        b"[", b"]", b"\xff", b"* ", b"NIL", b" ", b"9" * 20, b"+ x\r\n",
        b"~{2}\r\n", b"* BYE x\r\n", b"* OK [", b"\\", b"(" * 100)
COMMANDS = ("boxes", "create\tx\t2", "select\tINBOX", "look\t1",
            "fetch\t1,7,30")


def garble(text, rng, rate):
    octets = bytearray(text)
    while rng.random() < rate:
        at = rng.randrange(len(octets) + 1)
        how = rng.randrange(4)
        if how == 0:
            octets[at:at] = rng.choice(JUNK)
        elif how == 1:
            del octets[at:at + rng.randrange(1, 6)]
        elif how == 2 and at < len(octets):
            octets[at] = rng.randrange(256)
        elif how == 3:
            octets[at:at] = octets[at:at + rng.randrange(1, 40)]
    return bytes(octets)


class Garbler(threading.Thread):
    """Serves one connection; a client that waits in vain is hung up on."""

    patience = 0.4  # s; more where the machine is busy

    def __init__(self, seed):
        super().__init__(daemon=True)
        self.rng = random.Random(seed)
        self.rate = self.rng.choice((0.1, 0.3, 0.6))
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port = self.listener.getsockname()[1]
        self.buffer = b""

    def run(self):
        self.sock, _ = self.listener.accept()
        self.sock.settimeout(self.patience)
        try:
            self.say(GREETING, self.rate / 3)
            while True:
                self.answer(self.line())
        except OSError:
            pass
        finally:
            self.sock.close()
            self.listener.close()

    def say(self, text, rate):
        self.sock.sendall(garble(text.encode("latin-1"), self.rng, rate))

    def more(self):
        octets = self.sock.recv(65536)
        if not octets:
            raise OSError
        self.buffer += octets

    def line(self):
        while b"\r\n" not in self.buffer:
            self.more()
        line, self.buffer = self.buffer.split(b"\r\n", 1)
        return line

    def answer(self, line):
        words = line.decode("latin-1").split(" ")
        while found := re.search(rb"\{(\d+)(\+?)\}$", line):
            if not found[2]:
                self.sock.sendall(b"+ go on\r\n")
            while len(self.buffer) < int(found[1]):
                self.more()
            self.buffer = self.buffer[int(found[1]):]
            line = self.line()
        verb = words[1] if len(words) > 1 else ""
        reply = REPLIES.get(verb, "TAG BAD x\r\n")
        self.say(reply.replace("TAG", words[0]), self.rate)


def main(program, first=0, last=250):
    ends = {}
    with lab.workspace() as space:
        letters = lab.Letters(space)
        for n in range(3):
            letters.add(lab.message(n), keywords="foo",
                        shape=lab.NUL if n == 1 else 0)
        for seed in range(int(first), int(last)):
            server = Garbler(seed)
            server.start()
            try:
                said = lab.talk(
                    program, f"imap://anna@127.0.0.1:{server.port}",
                    [*COMMANDS, *letters.lines, "send", "settle", "probe"],
                    timeout=60)
            except Exception:
                print(f"seed {seed}")
                raise
            server.join(10)
            causes = {line[1] for line in said.of("error")}
            # EUSAGE: send without a mailbox, for SELECT had failed.
            assert causes <= {"ENET", "EPROTO", "EREFUSED", "ELIMIT",
                              "EAUTH", "EUSAGE"}, (seed, said.text)
            end = said.error[0] if said.error else "OK"
            ends[end] = ends.get(end, 0) + 1
    print(ends)
    # Neither all unharmed nor all dead at the greeting.
    assert ends.get("OK", 0) > 5 and ends.get("EPROTO", 0) > 5


if __name__ == "__main__":
    main(*sys.argv[1:])
