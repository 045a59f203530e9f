# SPDX-License-Identifier: MIT
"""A server that must never be told a password: it speaks just enough POP3 or
IMAP to be asked for TLS, misbehaves as ordered, and writes down every octet
that it got, in clear and inside of TLS."""
import socket
import ssl
import threading


class Trap:
    """tls: "none" (offers none), "refuse" (offers it, says no), "inject"
    (octets in clear behind the OK, in the same piece), "wrapped" (TLS at
    once), "upgrade" (as promised).  leaf: (certificate, key)."""

    def __init__(self, protocol, tls, leaf=None, address="127.0.0.1"):
        self.protocol, self.tls = protocol, tls
        self.leaf, self.address = leaf, address
        self.clear, self.inside = bytearray(), bytearray()

    def __enter__(self):
        self.listener = socket.create_server((self.address, 0))
        self.port = self.listener.getsockname()[1]
        self.thread = threading.Thread(target=self._serve, daemon=True)
        self.thread.start()
        return self

    def __exit__(self, *exc):
        self.listener.shutdown(socket.SHUT_RDWR)  # wakes accept()
        self.thread.join(30)
        self.listener.close()

    def url(self, wrapped=False, host="localhost"):
        return (f"{self.protocol}{'s' if wrapped else ''}://anna@{host}"
                f":{self.port}")

    def told(self, secret):
        """Whether the secret came over the wire, plain or in base64 with
        whatever stands around it."""
        import base64
        wire = bytes(self.clear + self.inside)
        words = [secret.encode()]
        for pad in range(3):
            coded = base64.b64encode(b"\0" * pad + secret.encode())
            words.append(coded[2 + pad:-4])
        return any(word in wire for word in words)

    def logins(self):
        wire = bytes(self.clear + self.inside).upper()
        return [word for word in (b"PASS ", b"LOGIN ", b"AUTH",
                                  b"APOP ") if word in wire.replace(
                                      b"AUTHENTICATIONFAILED", b"")]

    def _serve(self):
        while True:
            try:
                sock, _ = self.listener.accept()
            except OSError:
                return
            try:
                sock.settimeout(20)
                self._session(sock)
            except OSError:
                pass
            finally:
                sock.close()

    def _context(self):
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(*self.leaf)
        return context

    def _session(self, sock):
        log = self.clear
        if self.tls == "wrapped":
            sock = self._context().wrap_socket(sock, server_side=True)
            log = self.inside
        sock.sendall(self._greeting())
        upgrade = self._dialogue(sock, log)
        if upgrade:
            sock = self._context().wrap_socket(sock, server_side=True)
            self._dialogue(sock, self.inside)

    def _greeting(self):
        return (b"+OK ready\r\n" if self.protocol == "pop3"
                else b"* OK ready\r\n")

    def _dialogue(self, sock, log):
        """True: TLS is to begin."""
        pending = b""
        while True:
            data = sock.recv(4096)
            if not data:
                return False
            log += data
            pending += data
            while b"\n" in pending:
                line, pending = pending.split(b"\n", 1)
                reply, upgrade = self._answer(line.strip())
                sock.sendall(reply)
                if upgrade:
                    return True

    def _answer(self, line):
        return (self._pop3(line.upper()) if self.protocol == "pop3"
                else self._imap(line))

    def _pop3(self, line):
        if line == b"CAPA":
            offer = b"" if self.tls == "none" else b"STLS\r\n"
            return b"+OK\r\nUSER\r\nUIDL\r\n" + offer + b".\r\n", False
        if line == b"STLS" and self.tls == "inject":
            return b"+OK go\r\n+OK you are in\r\n", True
        if line == b"STLS" and self.tls == "upgrade":
            return b"+OK go\r\n", True
        if line == b"STLS" or not line.startswith((b"USER", b"QUIT")):
            return b"-ERR no\r\n", False
        return b"+OK\r\n", False

    def _imap(self, line):
        tag, _, command = line.partition(b" ")
        command = command.upper()
        if command == b"CAPABILITY":
            offer = b"" if self.tls == "none" else b" STARTTLS"
            return (b"* CAPABILITY IMAP4rev1 AUTH=PLAIN" + offer
                    + b"\r\n" + tag + b" OK\r\n", False)
        if command == b"STARTTLS" and self.tls == "inject":
            return (tag + b" OK go\r\n* CAPABILITY IMAP4rev1 AUTH=PLAIN\r\n",
                    True)
        if command == b"STARTTLS" and self.tls == "upgrade":
            return tag + b" OK go\r\n", True
        if command == b"LOGOUT":
            return b"* BYE\r\n" + tag + b" OK\r\n", False
        return tag + b" NO not now\r\n", False


def own_address():
    """An address of this machine that is not loopback; None without one.
    Nothing is sent: connecting UDP only asks for the way."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
        try:
            sock.connect(("198.51.100.1", 9))
            address = sock.getsockname()[0]
        except OSError:
            return None
    return None if address.startswith("127.") else address
