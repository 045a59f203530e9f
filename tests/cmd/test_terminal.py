#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Progress on a terminal and off it; JSON; Ctrl-C."""
import json
import os
import re
import signal
import subprocess
import time
import unittest

import tool
from pop3_server import Pop3Server

LINE_EVERY = 5  # s, where there is no terminal


def mails(count):
    return [b"Message-ID: <%d@x>\r\nSubject: s\r\n\r\nhello %d\r\n" % (n, n)
            for n in range(count)]


class Terminal(unittest.TestCase):
    def setUp(self):
        self.place = tool.Place()
        self.place.__enter__()
        self.addCleanup(self.place.__exit__)

    def start(self, server, *args, stderr=subprocess.PIPE):
        return subprocess.Popen(
            [tool.BINARY, "pull", *args,
             f"pop3://anna@127.0.0.1:{server.port}"],
            cwd=self.place.path, stdin=subprocess.DEVNULL,
            env=self.place.environment(MAILCART_PASSWORD="secret"),
            stdout=subprocess.PIPE, stderr=stderr)

    def comes_to(self, server, verb, times=1):
        """Until the server was told that so often."""
        until = time.monotonic() + 60 * tool.SLOWER
        while server.verbs().count(verb) < times:
            self.assertLess(time.monotonic(), until, server.transcript)
            time.sleep(0.01)

    def says(self, process, words):
        """Until it has; what it said.  What follows is still to be read."""
        said = b""
        while words not in said:
            piece = os.read(process.stderr.fileno(), 4096)
            self.assertTrue(piece, said)
            said += piece
        return said

    def on_terminal(self, process, master):
        seen = b""
        os.set_blocking(master, False)
        while process.poll() is None:
            try:
                seen += os.read(master, 4096)
            except BlockingIOError:
                time.sleep(0.01)
        try:
            seen += os.read(master, 65536)
        except BlockingIOError:
            pass
        return seen.decode()

    def test_redrawn_line(self):
        master, slave = os.openpty()
        with Pop3Server(mails(60), slow=0.02) as server:
            began = time.monotonic()
            process = self.start(server, stderr=slave)
            seen = self.on_terminal(process, master)
            passed = time.monotonic() - began
            out = process.communicate()[0].decode()
        os.close(master)
        os.close(slave)
        self.assertEqual(process.returncode, 0)
        self.assertTrue(seen.startswith("\rconnecting\x1b[K"), seen[:40])
        drawn = re.findall(r"\rpull  (\d+)/60 messages[^\x1b\r]*\x1b\[K",
                           seen)
        self.assertGreater(len(drawn), 3, seen)
        self.assertLessEqual(len(drawn), passed * 10 + 2)
        self.assertTrue(seen.endswith("\r\x1b[K"), seen[-40:])
        self.assertNotIn("\x1b", out)
        self.assertTrue(out.startswith(
            "All 60 messages are in mailcart.db.\n"), out)

    def test_narrow_terminal(self):
        master, slave = os.openpty()
        subprocess.run(["stty", "cols", "20"], stdin=slave, check=True)
        with Pop3Server(mails(30), slow=0.02) as server:
            process = self.start(server, stderr=slave)
            seen = self.on_terminal(process, master)
            process.communicate()
        os.close(master)
        os.close(slave)
        lines = re.findall(r"\r([^\x1b\r]*)\x1b\[K", seen)
        self.assertGreater(len(lines), 2)
        self.assertLess(max(map(len, lines)), 20)

    def test_no_terminal(self):
        with Pop3Server(mails(300), slow=0.02) as server:
            began = time.monotonic()
            process = self.start(server)
            out, err = process.communicate(timeout=60 * tool.SLOWER)
            passed = time.monotonic() - began
        self.assertEqual(process.returncode, 0)
        self.assertIn(b"All 300 messages are in", out)
        lines = err.decode().splitlines()
        self.assertGreater(len(lines), 0)
        self.assertLessEqual(len(lines), passed / LINE_EVERY + 1, err)
        self.assertRegex("\n".join(lines),
                         r"(?m)^pull  \d+/300 messages  .* left$")

    def test_silence(self):
        for args in (["--no-progress"], ["-q"]):
            with Pop3Server(mails(3)) as server:
                process = self.start(server, "-a", f"{args[0]}.db", *args)
                out, err = process.communicate(timeout=60)
            self.assertEqual((process.returncode, err), (0, b""))
            self.assertEqual(bool(out), args == ["--no-progress"])

    def test_json(self):
        with Pop3Server(mails(60), slow=0.02) as server:
            process = self.start(server, "--json")
            out, err = process.communicate(timeout=60 * tool.SLOWER)
        self.assertEqual((process.returncode, err), (0, b""))
        objects = [json.loads(line) for line in out.decode().splitlines()]
        self.assertTrue(all(line["v"] == 1 for line in objects))
        events = [line for line in objects if line["type"] == "event"]
        self.assertGreater(len(events), 3)
        self.assertEqual(events[-1]["done"], 60)
        for event in events:
            self.assertLessEqual(
                {"phase", "done", "total", "octets", "text"}, set(event))
        last = objects[-1]
        self.assertEqual(
            [last[name] for name in ("type", "command", "exit", "listed",
                                     "stored", "known", "skipped", "failed")],
            ["summary", "pull", 0, 60, 60, 0, 0, 0])
        self.assertEqual(last["octets"], sum(map(len, mails(60))))
        self.assertEqual(
            [last["archive"], last["sources"], last["target"]],
            ["mailcart.db", [f"pop3://anna@127.0.0.1:{server.port}"], None])

    def test_first_interrupt_finishes(self):
        """The message in hand is kept, and the next run has the rest."""
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            archive = f"{number}.db"
            with Pop3Server(mails(200), slow=0.02) as server:
                process = self.start(server, "-a", archive)
                self.comes_to(server, "RETR", 20)
                process.send_signal(number)
                out, err = process.communicate(timeout=60 * tool.SLOWER)
                self.assertEqual(process.returncode, 130, (out, err))
                self.assertIn(b"finishing the message in hand", err)
                kept = re.match(rb"Interrupted: (\d+) of the messages listed "
                                rb"are safe in", out)
                self.assertTrue(kept, out)
                self.assertIn(b"Next: run the same command again", out)
                self.assertLess(0, int(kept[1]))
                self.assertLess(int(kept[1]), 200)
                server.behaviours["slow"] = 0
                process = self.start(server, "-a", archive)
                out, err = process.communicate(timeout=60 * tool.SLOWER)
            self.assertEqual(process.returncode, 0, err)
            self.assertIn(b"All 200 messages are in", out)
            self.assertIn(b"%s were there already" % kept[1], out)

    def test_second_interrupt_stops_a_wait(self):
        with Pop3Server(mails(5), stall={3: b"no end"}) as server:
            process = self.start(server)
            self.comes_to(server, "RETR", 3)
            process.send_signal(signal.SIGINT)
            said = self.says(process, b"finishing the message in hand")
            began = time.monotonic()
            process.send_signal(signal.SIGINT)
            out, err = process.communicate(timeout=60 * tool.SLOWER)
            err = said + err
        self.assertEqual(process.returncode, 130, (out, err))
        self.assertLess(time.monotonic() - began, 5 * tool.SLOWER)
        self.assertIn(b"stopping now", err)

    def test_probe_stops_at_once(self):
        with Pop3Server(capa_hangs=True) as server:
            process = subprocess.Popen(
                [tool.BINARY, "probe", f"pop3://anna@127.0.0.1:{server.port}"],
                cwd=self.place.path, env=self.place.environment(),
                stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                stderr=subprocess.PIPE)
            self.comes_to(server, "CAPA")
            process.send_signal(signal.SIGINT)
            out, err = process.communicate(timeout=30 * tool.SLOWER)
        self.assertEqual((process.returncode, out), (130, b""), err)
        self.assertEqual(err.count(b"\n"), 1, err)


if __name__ == "__main__":
    unittest.main()
