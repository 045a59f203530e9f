# SPDX-License-Identifier: MIT
"""A server whose every reply is garbled at random: whatever it says, reading
it as a source ends in good order (built with sanitizers that means something),
and no message ends that was not listed.

test_imap_garbled.py PROGRAM [FIRST LAST] for other seeds."""
import json
import os
import subprocess
import sys
import tempfile
import time

TESTS = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
sys.path.insert(0, os.path.join(TESTS, "target"))
import test_garbled as garbled  # noqa: E402

MORE = " CONDSTORE LIST-STATUS X-GM-EXT-1"
BODY = "Subject: abc\r\n\r\nabc"
STATUS = ("(MESSAGES 3 UIDNEXT 40 UIDVALIDITY 1001 HIGHESTMODSEQ "
          "9000000000000000000)")
FETCH = ("* 1 FETCH (UID 1 FLAGS (\\Seen foo) INTERNALDATE "
         '"21-Nov-2026 20:54:47 +0000" RFC822.SIZE 19 X-GM-LABELS '
         '("\\\\Inbox" "&ANw-b" {3}\r\nx y) BODY[] ~{%d}\r\n%s)\r\n'
         '* 2 FETCH (UID 7 BODY[] "abc" RFC822.SIZE 3 FLAGS ())\r\n'
         '* 3 FETCH (BODY[] "" UID 30 MODSEQ (5) INTERNALDATE "")\r\n'
         "TAG OK x\r\n" % (len(BODY), BODY))
# MC_EPROTO and others: below 0, and nobody's fault but the server's.
CAUSES = {-6, -7, -8, -9, -10, -11}


def prepare(seed):
    """What is offered decides which way is gone."""
    more = ("", MORE, " CONDSTORE", " CONDSTORE LIST-STATUS")[seed % 4]
    caps = garbled.CAPS + more
    gmail = "\\All " if "X-GM" in more else ""
    garbled.GREETING = f"* OK [CAPABILITY {caps}] hi\r\n"
    garbled.REPLIES.update({
        "CAPABILITY": f"* CAPABILITY {caps}\r\nTAG OK done\r\n",
        "AUTHENTICATE": f"TAG OK [CAPABILITY {caps}] in\r\n",
        "LIST": f'* LIST ({gmail}\\X) "/" "Se&APw-nt"\r\n'
                f'* STATUS "Se&APw-nt" {STATUS}\r\n'
                '* LIST () "/" INBOX\r\n'
                '* LIST (\\Junk) "/" {5}\r\nab"c\\ ("CHILDINFO" ("X"))\r\n'
                'TAG OK x\r\n',
        "STATUS": f"* STATUS INBOX {STATUS}\r\nTAG OK x\r\n",
        "EXAMINE": garbled.REPLIES["SELECT"].replace("WRITE", "ONLY"),
        "UID": FETCH,
    })


def read(program, secret, port):
    done = subprocess.run(
        [program, f"imap://anna@127.0.0.1:{port}", "--insecure",
         "--password-file", secret], capture_output=True,
        timeout=60 * garbled.lab.SLOWER)
    assert done.returncode in (0, 1), (done.returncode, done.stderr[-3000:])
    return [json.loads(line) for line in
            done.stdout.decode("utf-8", "replace").splitlines()]


class Crossed(garbled.Garbler):
    """Answers LIST, in that word, before NAMESPACE."""

    def __init__(self, word):
        super().__init__(0)
        self.rate = 0
        self.word = word
        self.held = None

    def answer(self, line):
        if b" NAMESPACE" in line:
            self.held = line
            return
        if self.held and self.word == "BAD":
            self.sock.sendall(line.split()[0] + b" BAD x\r\n")
            return
        super().answer(line)
        if self.held:
            self.held, line = None, self.held
            super().answer(line)


def crossed(program, secret, word):
    prepare(3)
    server = Crossed(word)
    server.start()
    result = read(program, secret, server.port)[-1]
    server.join(10)
    return result


def main(program, first=0, last=200):
    ends = {}
    with tempfile.NamedTemporaryFile("w") as secret:
        secret.write("secret")
        secret.flush()
        garbled.Garbler.patience = 30  # nobody waits in vain for these two
        began = time.monotonic()
        result = crossed(program, secret.name, "OK")
        took = time.monotonic() - began
        assert result["listed"] > 0, result
        result = crossed(program, secret.name, "BAD")
        assert result["rc"] == -9 and "understand" in str(result), result
        garbled.Garbler.patience = max(0.4, 2 * took)
        for seed in range(int(first), int(last)):
            prepare(seed)
            server = garbled.Garbler(seed)
            server.start()
            try:
                rows = read(program, secret.name, server.port)
            except Exception:
                print(f"seed {seed}")
                raise
            server.join(10)
            came = [row for row in rows if row["what"] == "message"]
            result = rows[-1]
            assert result["what"] == "result", (seed, rows)
            assert len(came) <= result["listed"], (seed, rows)
            end = result["rc"]
            assert end == 0 or end in CAUSES, (seed, result)
            ends[end] = ends.get(end, 0) + 1
            ends["messages"] = ends.get("messages", 0) + len(came)
    print(ends)
    # Neither all unharmed nor all dead at the greeting.
    assert ends["messages"] > 20 and ends.get(-9, 0) > 5


if __name__ == "__main__":
    main(*sys.argv[1:])
