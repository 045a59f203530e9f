# SPDX-License-Identifier: MIT
"""Says who may log in to a private server: a thread that speaks what
saslauthd (Cyrus) and authdaemond (Courier) speak on their UNIX sockets, so
that neither a daemon with rights nor an account of the system is needed.
"""
import os
import socket
import struct
import threading


class Doorman:
    """A UNIX socket at `path`; below it: answer(connection, file)."""

    def __init__(self, path, users, password):
        self.users, self.password = users, password
        self.socket = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self.socket.bind(path)
        os.chmod(path, 0o777)
        self.socket.listen(128)
        threading.Thread(target=self._work, daemon=True).start()

    def close(self):
        # Wakes accept(), which close() alone does not.
        self.socket.shutdown(socket.SHUT_RDWR)
        self.socket.close()

    def knows(self, user, password):
        return user in self.users and password == self.password

    def _work(self):
        while True:
            try:
                client, _ = self.socket.accept()
            except OSError:
                return
            with client, client.makefile("rwb") as file:
                client.settimeout(10)
                try:
                    self.answer(file)
                    file.flush()
                except (OSError, ValueError, struct.error):
                    pass


class Saslauthd(Doorman):
    """Four counted words: user, password, service, realm."""

    def answer(self, file):
        user, password, _, _ = [self._word(file).decode() for _ in range(4)]
        said = b"OK" if self.knows(user, password) else b"NO"
        file.write(struct.pack(">H", len(said)) + said)

    @staticmethod
    def _word(file):
        return file.read(struct.unpack(">H", file.read(2))[0])


class Authdaemond(Doorman):
    """Lines of facts, then AUTH and a counted request."""

    def __init__(self, path, users, password, account):
        """account(user): {field: text} of authlib's reply."""
        self.account = account
        super().__init__(path, users, password)

    def answer(self, file):
        line = file.readline()
        while line and not line.startswith(b"AUTH "):
            line = file.readline()
        words = file.read(int(line.split()[1])).decode().split("\n")
        if not self.knows(words[2], words[3]):
            file.write(b"FAIL\n")
            return
        for field, text in self.account(words[2]).items():
            file.write(f"{field}={text}\n".encode())
        file.write(b".\n")
