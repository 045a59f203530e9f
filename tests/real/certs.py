# SPDX-License-Identifier: MIT
"""A certificate authority made for the occasion, and leaves signed by it.

Keys are made by openssl(1) in a directory of the caller's and are worth
nothing anywhere else.
"""
import os
import subprocess

CONFIG = """\
[ca]
default_ca = here
[here]
dir = {dir}
database = {dir}/index.txt
serial = {dir}/serial
new_certs_dir = {dir}
default_md = sha256
policy = any
unique_subject = no
copy_extensions = none
[any]
commonName = supplied
"""


class Authority:
    """Signs leaves; `ca` is the PEM file to trust."""

    def __init__(self, directory, name="mailcart test authority"):
        self.dir = directory
        os.makedirs(directory, exist_ok=True)
        self.ca = os.path.join(directory, "ca.pem")
        self.key = os.path.join(directory, "ca.key")
        with open(self._path("ca.cnf"), "w") as out:
            out.write(CONFIG.format(dir=directory))
        with open(self._path("index.txt"), "w"):
            pass
        with open(self._path("serial"), "w") as out:
            out.write("1000\n")
        self._openssl(
            "req", "-x509", "-newkey", "ec",
            "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes",
            "-keyout", self.key, "-out", self.ca, "-days", "30",
            "-subj", f"/CN={name}",
            "-addext", "basicConstraints=critical,CA:TRUE",
            "-addext", "keyUsage=critical,keyCertSign,cRLSign")

    def leaf(self, name, alt=("DNS:localhost", "DNS:imap.test",
                              "IP:127.0.0.1"),
             start="20240101000000Z", end="20990101000000Z"):
        """Returns (certificate, key): two PEM files."""
        cert, key = self._path(name + ".pem"), self._path(name + ".key")
        request, ext = self._path(name + ".csr"), self._path(name + ".ext")
        self._openssl(
            "req", "-new", "-newkey", "ec",
            "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes",
            "-keyout", key, "-out", request, "-subj", f"/CN={name}")
        with open(ext, "w") as out:
            out.write("subjectAltName=" + ",".join(alt) + "\n"
                      "extendedKeyUsage=serverAuth\n"
                      "basicConstraints=CA:FALSE\n")
        self._openssl(
            "ca", "-batch", "-notext", "-config", self._path("ca.cnf"),
            "-cert", self.ca, "-keyfile", self.key, "-in", request,
            "-out", cert, "-extfile", ext, "-startdate", start,
            "-enddate", end)
        return cert, key

    def expired(self, name="expired"):
        return self.leaf(name, start="20200101000000Z",
                         end="20210101000000Z")

    def fingerprint(self, cert):
        """SHA-256 of the DER form, lower-case hex."""
        text = subprocess.run(
            ["openssl", "x509", "-in", cert, "-noout", "-fingerprint",
             "-sha256"], check=True, capture_output=True, text=True).stdout
        return text.strip().split("=", 1)[1].replace(":", "").lower()

    def _path(self, name):
        return os.path.join(self.dir, name)

    @staticmethod
    def _openssl(*args):
        done = subprocess.run(["openssl", *args], capture_output=True,
                              text=True)
        if done.returncode:
            raise RuntimeError(f"openssl {args[0]}: {done.stderr}")
