#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""What the process can still do while it reads what others wrote."""
import os
import resource
import signal
import subprocess
import sys
import threading
import unittest

# After the program: a library that tries the walls.
REACH = sys.argv.pop(2) if len(sys.argv) > 2 else ""

import tool  # noqa: E402
from pop3_server import Pop3Server  # noqa: E402

MAIL = b"Message-ID: <1@x>\r\nSubject: s\r\n\r\nhello\r\n"
ALWAYS = {"process": "refused", "look": "refused", "listen": "refused",
          "typing": "refused", "typing64": "refused", "file": "open"}


class Waiting(Pop3Server):
    """Lets somebody look at its client, which has just told its password."""

    looked = None
    client = threading.Event()
    go_on = threading.Event()

    @property
    def password(self):
        if self.looked is not None:
            self.client.set()
            self.go_on.wait(30)
        return "ge:heim"

    @password.setter
    def password(self, _):
        pass


class Confined(unittest.TestCase):
    def setUp(self):
        self.place = tool.Place()
        self.place.__enter__()
        self.addCleanup(self.place.__exit__)
        (self.place.path / "in.mbox").write_bytes(tool.mbox(3))

    def reach(self, *args, server=None):
        """How far the program reaches while it runs so."""
        path = self.place.path / "reach"
        path.unlink(missing_ok=True)
        env = {"LD_PRELOAD": REACH, "MAILCART_REACH": str(path)}
        if server:
            env["MAILCART_PASSWORD"] = server.password
            env["MAILCART_TARGET_PASSWORD"] = server.password
        # Sanitizers want to be loaded first; they are.
        env["ASAN_OPTIONS"] = "verify_asan_link_order=0"
        self.ended = self.place.run(*args, env=env)
        return dict(line.split() for line in path.read_text().splitlines())

    def test_local_commands(self):
        expected = ALWAYS | {"socket": "refused", "program": "open"}
        self.assertEqual(self.reach("pull", "mbox:in.mbox"), expected)
        self.assertEqual(self.ended.returncode, 0, self.ended.stderr)
        expected["program"] = "refused"
        for args in (["status"], ["verify"], ["list"], ["show", "1"],
                     ["export", "out"]):
            with self.subTest(args=args):
                self.assertEqual(self.reach(*args), expected)
                self.assertEqual(self.ended.returncode, 0, self.ended.stderr)

    def test_account(self):
        with Pop3Server([MAIL]) as server:
            seen = self.reach("pull", f"pop3://anna@127.0.0.1:{server.port}",
                              server=server)
        self.assertEqual(
            seen, ALWAYS | {"socket": "open", "program": "refused"})
        self.assertEqual(self.ended.returncode, 0, self.ended.stderr)

    def test_password_command(self):
        """It may need what we do not, such as sudo's rights: it has them, and
        we do not."""
        def rights(path):
            with open(path) as file:
                state = dict(line.split(":", 1) for line in file)
            return [state[name] for name in ("NoNewPrivs", "Seccomp")]

        with Pop3Server([MAIL]) as server:
            seen = self.reach(
                "pull", f"pop3://anna@127.0.0.1:{server.port}",
                "--password-command",
                f"cat /proc/$$/status >state; echo {server.password}")
        self.assertEqual(
            seen, ALWAYS | {"socket": "open", "program": "refused"})
        self.assertEqual(self.ended.returncode, 0, self.ended.stderr)
        self.assertEqual(rights(self.place.path / "state"),
                         rights("/proc/self/status"))

    def test_no_core(self):
        """Killed while it holds a password it leaves no core file, however
        much the system would allow."""
        def allow():
            hard = resource.getrlimit(resource.RLIMIT_CORE)[1]
            resource.setrlimit(resource.RLIMIT_CORE, (hard, hard))

        with Waiting([MAIL]) as server:
            process = subprocess.Popen(
                [tool.BINARY, "pull", f"pop3://anna@127.0.0.1:{server.port}"],
                cwd=self.place.path, preexec_fn=allow,
                env=self.place.environment(MAILCART_PASSWORD="ge:heim"),
                stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL)
            server.looked = True
            try:
                self.assertTrue(server.client.wait(30))
                with open(f"/proc/{process.pid}/status") as file:
                    state = dict(line.split(":", 1) for line in file)
                process.send_signal(signal.SIGQUIT)
                _, status = os.waitpid(process.pid, 0)
            finally:
                server.go_on.set()
                process.returncode = 0
        self.assertEqual(os.WTERMSIG(status), signal.SIGQUIT)
        self.assertFalse(os.WCOREDUMP(status))
        self.assertEqual(state["NoNewPrivs"].strip(), "1")
        self.assertEqual(state["Seccomp"].strip(), "2")
        for path in self.place.path.rglob("*"):
            if path.is_file() and path.name != "in.mbox":
                self.assertNotIn(b"ge:heim", path.read_bytes(), path)
                self.assertEqual(path.stat().st_mode & 0o77, 0, path)


if __name__ == "__main__":
    unittest.main()
