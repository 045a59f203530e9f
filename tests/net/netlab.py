# SPDX-License-Identifier: MIT
"""What test_stream.py and test_tls.py share: servers that live for one
connection, certificates made for the occasion, and runs of stream_try."""

import os
import socket
import ssl
import subprocess
import sys
import tempfile
import threading
import unittest

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.append(os.path.join(os.path.dirname(HERE), "real"))
from mailcart import SLOWER  # noqa: E402

TRY = None  # path of stream_try, set by main()

ENET, ETLS, EUSAGE, ENOENT, EINPUT = -6, -7, -1, -3, -2
EPROTO, ELIMIT, ECANCEL = -9, -11, -13
SESSION, RUN = 2, 3
NEVER, AGAIN = 0, 2


class Server:
    """Listens on a free port; play(conn) is run for its first connection.

    Whatever play raises is kept in .error; what it returns in .result."""

    def __init__(self, play, host="127.0.0.1", context=None):
        self.play = play
        self.context = context
        self.result = None
        self.error = None
        family = socket.AF_INET6 if ":" in host else socket.AF_INET
        self.listener = socket.create_server((host, 0), family=family)
        self.listener.settimeout(0.1)
        self.over = False
        self.port = self.listener.getsockname()[1]
        self.thread = threading.Thread(target=self._run, daemon=True)

    def _accept(self):
        """A client that came is served even if it is gone already."""
        while True:
            try:
                return self.listener.accept()[0]
            except TimeoutError:
                if self.over:
                    raise

    def _run(self):
        try:
            conn = self._accept()
            with conn:
                conn.settimeout(30 * SLOWER)
                if self.context:
                    conn = self.context.wrap_socket(conn, server_side=True)
                with conn:
                    self.result = self.play(conn)
        except Exception as error:  # the test looks at it
            self.error = error

    def __enter__(self):
        self.thread.start()
        return self

    def __exit__(self, *_):
        self.over = True
        self.thread.join(40)
        self.listener.close()


class Outcome:
    def __init__(self, lines, status, stderr):
        self.lines = lines
        self.status = status
        self.stderr = stderr
        self.error = None
        if lines and lines[-1].startswith("error "):
            _, rc, scope, hope, text = lines[-1].split(" ", 4)
            self.error = (int(rc), int(scope), int(hope))
            self.text = text

    def values(self, what):
        """What stood behind `what` in each line that begins so."""
        return [line[len(what) + 1:] for line in self.lines
                if line.split(" ", 1)[0] == what]


def run(*args):
    done = subprocess.run([TRY, *args], capture_output=True,
                          timeout=60 * SLOWER)
    if done.returncode not in (0, 1, 77):  # a sanitizer, an assert, a signal
        raise AssertionError(f"status {done.returncode}: "
                             + done.stderr.decode("utf-8", "replace"))
    out = done.stdout.decode("utf-8")
    return Outcome(out.splitlines(), done.returncode, done.stderr.decode())


def openssl(*args, cwd):
    subprocess.run(["openssl", *args], cwd=cwd, check=True,
                   stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)


class Certificates:
    """An authority and leaves of it, in a directory of their own.

    `openssl ca` is used because it alone sets both dates of validity."""

    def __init__(self):
        self.dir = tempfile.TemporaryDirectory(prefix="mailcart-certs-")
        self.path = self.dir.name
        self._write("index.txt", "")
        self._write("serial", "1000\n")
        self._write("ca.cnf", """
[ca]
default_ca = here
[here]
dir = .
database = index.txt
serial = serial
new_certs_dir = .
default_md = sha256
policy = any
unique_subject = no
copy_extensions = none
[any]
commonName = supplied
[req]
distinguished_name = dn
[dn]
""")
        self.authority("ca")

    def _write(self, name, text):
        with open(os.path.join(self.path, name), "w", encoding="ascii") as f:
            f.write(text)

    def file(self, name):
        return os.path.join(self.path, name)

    def authority(self, name):
        openssl("req", "-x509", "-newkey", "ec", "-pkeyopt",
                "ec_paramgen_curve:P-256", "-nodes", "-config", "ca.cnf",
                "-subj", f"/CN=Authority {name}", "-days", "30",
                "-addext", "basicConstraints=critical,CA:TRUE",
                "-addext", "keyUsage=critical,keyCertSign",
                "-keyout", f"{name}.key", "-out", f"{name}.pem",
                cwd=self.path)

    def leaf(self, name, san, start="20240101000000Z", end="20991231000000Z",
             ca="ca", usage="serverAuth"):
        self._write(f"{name}.ext", f"subjectAltName={san}\n"
                    f"extendedKeyUsage={usage}\n"
                    "basicConstraints=critical,CA:FALSE\n")
        openssl("req", "-new", "-newkey", "ec", "-pkeyopt",
                "ec_paramgen_curve:P-256", "-nodes", "-config", "ca.cnf",
                "-subj", f"/CN={name}", "-keyout", f"{name}.key",
                "-out", f"{name}.csr", cwd=self.path)
        openssl("ca", "-batch", "-notext", "-config", "ca.cnf", "-cert",
                f"{ca}.pem", "-keyfile", f"{ca}.key", "-startdate", start,
                "-enddate", end, "-extfile", f"{name}.ext", "-in",
                f"{name}.csr", "-out", f"{name}.pem", cwd=self.path)

    def self_signed(self, name, san):
        openssl("req", "-x509", "-newkey", "ec", "-pkeyopt",
                "ec_paramgen_curve:P-256", "-nodes", "-config", "ca.cnf",
                "-subj", f"/CN={name}", "-days", "30", "-addext",
                f"subjectAltName={san}", "-keyout", f"{name}.key", "-out",
                f"{name}.pem", cwd=self.path)

    def fingerprint(self, name):
        """SHA-256 as openssl prints it: upper case with colons."""
        out = subprocess.run(
            ["openssl", "x509", "-noout", "-fingerprint", "-sha256", "-in",
             f"{name}.pem"], cwd=self.path, check=True, capture_output=True)
        return out.stdout.decode().strip().split("=")[1]

    def context(self, name):
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(self.file(f"{name}.pem"),
                                self.file(f"{name}.key"))
        return context

    def close(self):
        self.dir.cleanup()


def main():
    global TRY
    if len(sys.argv) < 2:
        sys.exit("usage: test_....py STREAM_TRY [unittest arguments]")
    TRY = sys.argv.pop(1)
    unittest.main(module="__main__", verbosity=2)
