#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""A private, real Dovecot 2.3: POP3, POP3S, IMAP and IMAPS on free loopback
ports, in a temporary directory, with TLS by a CA made for the occasion.

It never reads or touches the system's Dovecot.  Started by root it runs as
`nobody`, for Dovecot hands out no mail as root; started by anyone else it runs
as that user.  It dies with the program that started it.

    with Dovecot(users=("anna", "bert")) as server:
        server.append("anna", "INBOX", message, flags=("\\\\Seen",), when=0)
        for box, messages in server.read_all("anna").items(): ...

As a command it starts one, prints its ports and waits for its stdin to end:

    python3 dovecot.py --demo [--dir DIR] [--user NAME]...
"""
import argparse
import base64
import hashlib
import hmac
import json
import os
import shutil
import sys
import time

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from private import Private, free_ports  # noqa: E402

SPECIAL = ("Drafts", "Sent", "Junk", "Trash", "Archive")
MECHANISMS = ("plain", "login", "cram-md5", "scram-sha-1", "scram-sha-256",
              "apop")


def find_dovecot():
    """The path of dovecot(8), or None: sbin is not on everyone's PATH."""
    path = os.environ.get("PATH", "") + ":/usr/sbin:/usr/local/sbin"
    return shutil.which("dovecot", path=path)


class Dovecot(Private):
    NAME = "dovecot"
    find = staticmethod(find_dovecot)

    def __init__(self, users=("anna",), password="secret", storage="sdbox",
                 separator="/", prefix="", special=SPECIAL, quota=None,
                 uidl=None, mechanisms=MECHANISMS, oauth=False, tls="yes",
                 leaf=None, extra="", keep=False):
        """storage: sdbox, mdbox or maildir.  special: names of mailboxes
        that carry an attribute of RFC 6154 (as their name or a pair of name
        and attribute) and exist from the start.  quota: "10M".  tls: "yes",
        "required" or "no".  leaf: (certificate, key) instead of a good one.
        uidl: pop3_uidl_format.  extra: more configuration."""
        super().__init__(users, password, leaf, keep)
        self.storage = storage
        self.separator = separator
        self.prefix = prefix
        self.special_boxes = [(b, b) if isinstance(b, str) else b
                              for b in special]
        self.quota = quota
        self.uidl = uidl
        self.mechanisms = list(mechanisms)
        self.oauth = oauth
        self.tls = tls
        self.extra = extra
        self._dropped = 0
        if oauth:
            self.mechanisms += ["xoauth2", "oauthbearer"]

    def token(self, user=None, life=3600):
        """A JWT for XOAUTH2 and OAUTHBEARER."""
        def part(data):
            return base64.urlsafe_b64encode(data).rstrip(b"=")
        now = int(time.time())
        claims = {"sub": user or self.users[0], "iat": now - 10,
                  "nbf": now - 10, "exp": now + life, "scope": "mail"}
        text = part(json.dumps({"alg": "HS256", "typ": "JWT"}).encode())
        text += b"." + part(json.dumps(claims).encode())
        mac = hmac.new(self.jwt_key, text, hashlib.sha256).digest()
        return (text + b"." + part(mac)).decode()

    def drop(self, user, octets, when=None, info="2,", name=None):
        """Puts a file into the INBOX of a Maildir account, byte for byte."""
        assert self.storage == "maildir"
        box = os.path.join(self.home(user), "mail")
        if not os.path.isdir(os.path.join(box, "cur")):
            for sub in ("cur", "new", "tmp"):
                os.makedirs(os.path.join(box, sub), exist_ok=True)
            self._give(self.home(user))
        self._dropped += 1
        name = name or f"{1000000000 + self._dropped}.M{self._dropped}.test"
        path = os.path.join(box, "cur", f"{name}:{info}")
        with open(path, "wb") as out:
            out.write(octets)
        if when is not None:
            os.utime(path, (when, when))
        self._give(path)
        return path

    def home(self, user):
        return self._path("home", user)

    # -- inside --------------------------------------------------------------

    def _fill_directory(self):
        for user in self.users:
            os.makedirs(self.home(user))
        os.makedirs(self._path("state"))
        self._write_passwords()
        if self.oauth:
            self._write_oauth()

    def _write_passwords(self):
        rows = [f"{user}:{{PLAIN}}{self.password}:{self.uid}:{self.gid}::"
                f"{self.home(user)}::" for user in self.users]
        with open(self._path("passwords"), "w") as out:
            out.write("\n".join(rows) + "\n")

    def _write_oauth(self):
        self.jwt_key = b"worth nothing outside of this test!"
        where = self._path("keys", "default", "HS256")
        os.makedirs(where)
        with open(os.path.join(where, "default"), "w") as out:
            out.write(base64.b64encode(self.jwt_key).decode())
        with open(self._path("oauth2.conf"), "w") as out:
            out.write("introspection_mode = local\n"
                      "username_attribute = sub\n"
                      "local_validation_key_dict = fs:posix:prefix="
                      f"{self._path('keys')}/\n")

    def _configure(self):
        self.pop3, self.pop3s, self.imap, self.imaps = free_ports(4)
        with open(self._path("dovecot.conf"), "w") as out:
            out.write(self._config())
        self._give(self.dir)

    def _config(self):
        parts = [BASE.format(
            dir=self.dir, user=self.user, group=self.group, uid=self.uid,
            gid=self.gid, mechanisms=" ".join(self.mechanisms), tls=self.tls,
            location=self._location(), pop3=self.pop3, imap=self.imap)]
        if self.tls != "no":
            parts.append(TLS.format(cert=self.cert, key=self.key,
                                    pop3s=self.pop3s, imaps=self.imaps))
        if self.oauth:
            parts.append("passdb {\n  driver = oauth2\n"
                         "  mechanisms = xoauth2 oauthbearer\n"
                         f"  args = {self._path('oauth2.conf')}\n}}\n")
        parts.append(self._namespace())
        if self.uidl:
            parts.append(f"pop3_uidl_format = {self.uidl}\n")
        if self.quota:
            parts.append(QUOTA.format(limit=self.quota))
        return "".join(parts) + self.extra

    def _location(self):
        index = ":INDEX=~/index"
        return f"{self.storage}:~/mail" + (
            index if self.storage == "maildir" else "")

    def _namespace(self):
        text = ("namespace inbox {\n  inbox = yes\n"
                f"  separator = {self.separator}\n"
                f"  prefix = {self.prefix}\n")
        for name, attribute in self.special_boxes:
            text += (f"  mailbox \"{name}\" {{\n    auto = create\n"
                     f"    special_use = \\{attribute}\n  }}\n")
        return text + "}\n"

    def _command(self):
        return [find_dovecot(), "-F", "-c", self._path("dovecot.conf")]


BASE = """\
protocols = imap pop3
listen = 127.0.0.1
base_dir = {dir}/run
state_dir = {dir}/state
instance_name = mailcart-test
log_path = {dir}/dovecot.log
info_log_path = {dir}/dovecot.log
shutdown_clients = yes
default_internal_user = {user}
default_internal_group = {group}
default_login_user = {user}
default_process_limit = 100
default_client_limit = 400
mail_max_userip_connections = 50
auth_mechanisms = {mechanisms}
auth_verbose = yes
auth_failure_delay = 0
disable_plaintext_auth = no
first_valid_uid = 1
mail_uid = {uid}
mail_gid = {gid}
mail_location = {location}
mail_fsync = never
postmaster_address = postmaster@localhost
ssl = {tls}
imap_id_log = *
passdb {{
  driver = passwd-file
  mechanisms = plain login cram-md5 scram-sha-1 scram-sha-256 apop
  args = scheme=PLAIN {dir}/passwords
}}
userdb {{
  driver = passwd-file
  args = {dir}/passwords
}}
service anvil {{
  chroot =
}}
service stats {{
  chroot =
}}
service imap-login {{
  chroot =
  service_count = 1
  inet_listener imap {{
    port = {imap}
  }}
  inet_listener imaps {{
    port = 0
  }}
}}
service pop3-login {{
  chroot =
  service_count = 1
  inet_listener pop3 {{
    port = {pop3}
  }}
  inet_listener pop3s {{
    port = 0
  }}
}}
"""

TLS = """\
ssl_cert = <{cert}
ssl_key = <{key}
ssl_min_protocol = TLSv1.2
service imap-login {{
  inet_listener imaps {{
    port = {imaps}
    ssl = yes
  }}
}}
service pop3-login {{
  inet_listener pop3s {{
    port = {pop3s}
    ssl = yes
  }}
}}
"""

QUOTA = """\
mail_plugins = $mail_plugins quota
protocol imap {{
  mail_plugins = $mail_plugins imap_quota
}}
plugin {{
  quota = count:User quota
  quota_vsizes = yes
  quota_rule = *:storage={limit}
  quota_grace = 0
}}
"""


def demo(argv):
    options = argparse.ArgumentParser(description=__doc__.split("\n\n")[0])
    options.add_argument("--demo", action="store_true", required=True)
    options.add_argument("--user", action="append")
    options.add_argument("--password", default="secret")
    options.add_argument("--fill", metavar="DIR",
                         help="put DIR/*.eml into the first user's INBOX")
    args = options.parse_args(argv)
    with Dovecot(users=args.user or ("anna",),
                 password=args.password) as server:
        if args.fill:
            server.append_all(server.users[0], "INBOX", eml_rows(args.fill))
        print(f"pop3={server.pop3}\npop3s={server.pop3s}\n"
              f"imap={server.imap}\nimaps={server.imaps}\n"
              f"ca={server.ca}\ndir={server.dir}\nready=1", flush=True)
        try:
            sys.stdin.read()
        except KeyboardInterrupt:
            pass


def eml_rows(directory):
    """Messages for append_all, the date by their own Date line."""
    import email.parser
    import email.utils
    for name in sorted(os.listdir(directory)):
        if not name.endswith(".eml"):
            continue
        with open(os.path.join(directory, name), "rb") as source:
            octets = source.read()
        date = email.parser.BytesHeaderParser().parsebytes(octets)["Date"]
        when = date and email.utils.parsedate_to_datetime(date).timestamp()
        yield octets, (), when


if __name__ == "__main__":
    demo(sys.argv[1:])
