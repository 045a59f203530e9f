# SPDX-License-Identifier: MIT
"""A private, real Cyrus: POP3, POP3S, IMAP and IMAPS on free loopback ports,
from unpacked packages (unpacked.py).  All mailboxes are below "INBOX.", as
Cyrus has it where nothing is configured."""
import os

import unpacked
from doorman import Saslauthd
from private import Private, free_ports


class Cyrus(Private):
    NAME = "cyrus"

    def __init__(self, users=("anna",), password="secret", leaf=None,
                 keep=False, **options):
        """options: more of imapd.conf(5)."""
        super().__init__(users, password, leaf, keep)
        self.options = options
        self.doorman = None

    @staticmethod
    def find():
        return unpacked.find("usr/sbin/cyrmaster") and unpacked.find(
            "usr/lib/cyrus/bin/pop3d")

    def stop(self):
        if self.doorman:
            self.doorman.close()
            self.doorman = None
        super().stop()

    def _fill_directory(self):
        for name in ("conf", "spool", "sock"):
            os.makedirs(self._path(name))
        self.doorman = Saslauthd(self._path("sock", "mux"), self.users,
                                 self.password)

    def _configure(self):
        self.pop3, self.pop3s, self.imap, self.imaps = free_ports(4)
        options = dict(
            configdirectory=self._path("conf"), defaultpartition="default",
            cyrus_user=self.user, cyrus_group=self.group,
            sasl_pwcheck_method="saslauthd",
            sasl_saslauthd_path=self._path("sock", "mux"),
            sasl_mech_list="PLAIN LOGIN", allowplaintext="yes",
            tls_server_cert=self.cert, tls_server_key=self.key,
            unixhierarchysep="no", altnamespace="no", autocreate_quota="0",
            idlesocket=self._path("sock", "idle"),
            lmtpsocket=self._path("sock", "lmtp"),
            notifysocket=self._path("sock", "notify"), popminpoll="0")
        options["partition-default"] = self._path("spool")
        options.update(self.options)
        with open(self._path("imapd.conf"), "w") as out:
            for name, value in options.items():
                out.write(f"{name}: {value}\n")
        bin_ = os.path.join(unpacked.where(), "usr/lib/cyrus/bin")
        with open(self._path("cyrus.conf"), "w") as out:
            out.write(SERVICES.format(
                bin=bin_, conf=self._path("imapd.conf"), pop3=self.pop3,
                pop3s=self.pop3s, imap=self.imap, imaps=self.imaps))
        self._give(self.dir)

    def _environment(self):
        return {**super()._environment(),
                "LD_LIBRARY_PATH": unpacked.library_path()}

    def _command(self):
        return [unpacked.find("usr/sbin/cyrmaster"), "-D",
                "-C", self._path("imapd.conf"), "-M",
                self._path("cyrus.conf"), "-p", self._path("master.pid")]


SERVICES = """\
START {{
  recover cmd="{bin}/ctl_cyrusdb -C {conf} -r"
}}
SERVICES {{
  imap cmd="{bin}/imapd -C {conf} -U 100" listen="127.0.0.1:{imap}"
  imaps cmd="{bin}/imapd -C {conf} -U 100 -s" listen="127.0.0.1:{imaps}"
  pop3 cmd="{bin}/pop3d -C {conf} -U 100" listen="127.0.0.1:{pop3}"
  pop3s cmd="{bin}/pop3d -C {conf} -U 100 -s" listen="127.0.0.1:{pop3s}"
}}
EVENTS {{
  checkpoint cmd="{bin}/ctl_cyrusdb -C {conf} -c" period=60
}}
"""
