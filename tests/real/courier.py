# SPDX-License-Identifier: MIT
"""A private, real Courier: POP3, POP3S, IMAP and IMAPS on free loopback ports,
from unpacked packages (unpacked.py), with Debian's settings.  Compiled into it
are a path under /run, where it asks for logins, and the name of a user: so it
runs in a mount namespace of its own, where /run and /etc/passwd are ours.
It leaves its process group: so it has a process namespace, too, and dies with
that."""
import os
import shlex
import signal
import subprocess

import unpacked
from doorman import Authdaemond
from private import Private, free_ports, run_as

UNSHARE = ("unshare", "--map-current-user", "--keep-caps", "--mount",
           "--pid", "--fork", "--kill-child")


class Courier(Private):
    NAME = "courier"
    DEATH = signal.SIGKILL  # unshare(1) is deaf to all others

    def __init__(self, users=("anna",), password="secret", leaf=None,
                 keep=False, **settings):
        """settings: more of courier's imapd(8)."""
        super().__init__(users, password, leaf, keep)
        self.settings = settings
        self.doorman = None

    @staticmethod
    def find():
        return unpacked.find("usr/sbin/couriertcpd") and unpacked.find(
            "usr/lib/courier/courier/courierpop3d")

    @classmethod
    def lacks(cls):
        return super().lacks() or no_namespace()

    def stop(self):
        if self.doorman:
            self.doorman.close()
            self.doorman = None
        super().stop()

    def home(self, user):
        return self._path("home", user)

    def _fill_directory(self):
        where = self._path("run", "courier", "authdaemon")
        os.makedirs(where)
        for user in self.users:
            for part in ("cur", "new", "tmp"):
                os.makedirs(os.path.join(self.home(user), "Maildir", part))
        with open(self._path("both.pem"), "wb") as both:
            for path in (self.cert, self.key):
                with open(path, "rb") as one:
                    both.write(one.read())
        with open("/etc/passwd") as known, open(self._path("passwd"),
                                                "w") as out:
            out.write(f"courier:x:{self.uid}:{self.gid}::/:/bin/false\n"
                      + known.read())
        self.doorman = Authdaemond(os.path.join(where, "socket"), self.users,
                                   self.password, self._account)

    def _account(self, user):
        return {"UID": self.uid, "GID": self.gid, "HOME": self.home(user),
                "ADDRESS": user,
                "MAILDIR": os.path.join(self.home(user), "Maildir")}

    def _configure(self):
        self.pop3, self.pop3s, self.imap, self.imaps = free_ports(4)
        root = unpacked.where()
        daemon = (f"{root}/usr/sbin/couriertcpd -address=127.0.0.1 "
                  "-maxprocs=40 -maxperip=40 -nodnslookup -noidentlookup")
        tls = f"{root}/usr/bin/couriertls -server -tcpd"
        imap = (f"{root}/usr/lib/courier/courier/imaplogin "
                f"{root}/usr/bin/imapd Maildir")
        pop3 = (f"{root}/usr/lib/courier/courier/courierpop3login "
                f"{root}/usr/lib/courier/courier/courierpop3d Maildir")
        lines = ["set -e", "mount --bind run /run",
                 "mount --bind passwd /etc/passwd"]
        lines += [f"export {name}={shlex.quote(value)}"
                  for name, value in self._settings().items()]
        lines += [f"{daemon} {self.imap} {imap} &",
                  f"{daemon} {self.pop3} {pop3} &",
                  f"IMAP_TLS=1 {daemon} {self.imaps} {tls} {imap} &",
                  f"POP3_TLS=1 {daemon} {self.pop3s} {tls} {pop3} &", "wait"]
        with open(self._path("start.sh"), "w") as out:
            out.write("\n".join(lines) + "\n")
        self._give(self.dir)

    def _settings(self):
        """Debian's /etc/courier/imapd; the daemon that watches files (gamin)
        is ours, too."""
        return dict(dict(
            IMAP_CAPABILITY="IMAP4rev1 UIDPLUS CHILDREN NAMESPACE "
            "THREAD=ORDEREDSUBJECT THREAD=REFERENCES SORT QUOTA IDLE",
            IMAP_KEYWORDS="1", IMAP_ACL="1", IMAP_USELOCKS="1",
            IMAP_IDLE_TIMEOUT="60", IMAP_MAILBOX_SANITY_CHECK="1",
            IMAP_TRASHFOLDERNAME="Trash", IMAP_CHECK_ALL_FOLDERS="0",
            IMAP_OBSOLETE_CLIENT="0", IMAP_MOVE_EXPUNGE_TO_TRASH="0",
            IMAP_STARTTLS="YES", POP3_STARTTLS="YES", MAILDIRPATH="Maildir",
            COURIERTLS=f"{unpacked.where()}/usr/bin/couriertls",
            GAMIN_DEBUG_SERVER=f"{unpacked.where()}/usr/libexec/gam_server",
            GAM_CLIENT_ID=os.path.basename(self.dir),
            TLS_CERTFILE=self._path("both.pem"), TLS_VERIFYPEER="NONE"),
            **self.settings)

    def _environment(self):
        return {**super()._environment(),
                "LD_LIBRARY_PATH": unpacked.library_path()}

    def _command(self):
        return [*UNSHARE, "sh", "start.sh"]


def no_namespace():
    """Why this system does not let those that run the server have a mount
    namespace of their own; None: it does."""
    try:
        tried = subprocess.run([*UNSHARE, "mount", "--bind", "/run", "/run"],
                               capture_output=True, text=True, timeout=10,
                               **run_as())
    except (OSError, subprocess.TimeoutExpired) as error:
        return f"courier cannot be run here: {error}"
    if tried.returncode == 0:
        return None
    return ("courier cannot be run here: it wants user, mount and process "
            "namespaces of its own, and this system refuses them ("
            + tried.stderr.strip() + ")")
