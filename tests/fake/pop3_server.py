#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""A POP3 server that misbehaves on order, and remembers what it was told.

    with Pop3Server([b"Subject: a\r\n\r\nhello\r\n"], no_uidl=True) as server:
        ... connect to 127.0.0.1:server.port as anna, password secret ...
    assert server.transcript == ["CAPA", "USER anna", ...]

`mails` are messages as a client should get them; the server doubles dots and
adds a last CRLF where there is none.  `transcript` holds every line of the
client, secrets too; `reads` counts how often the server found octets after it
had to wait: the client's flushes.  `sessions` holds one object a connection.

Behaviours, each an argument of that name:

  capabilities=[..]        what CAPA tells (a default otherwise)
  late_capabilities=[..]   told in addition after login
  no_capa                  CAPA is -ERR          capa_hangs  it gets no answer
  capa_drops               CAPA closes the connection
  no_stls                  STLS is neither offered nor known
  stls_hidden              STLS works, but CAPA does not tell it
  inject_after_stls        a reply in clear text behind the +OK to STLS
  apop                     a timestamp in the greeting; APOP works
  sasl=["PLAIN", ..]       PLAIN, CRAM-MD5, XOAUTH2, SCRAM-SHA-256
  impostor="early"         knows no password: SCRAM's proof is left out
  impostor="forged"        or made up; whoever comes is let in
  in_use=TIMES             that many logins get -ERR [IN-USE]
  login_delay=SECONDS      a login so soon behind another gets [LOGIN-DELAY]
  login_error=TEXT         every login gets -ERR TEXT
  logins_ok=N              from the Nth login on ([AUTH], if no login_error)
  busy=N                   the first N connections get -ERR (busy_words=TEXT)
  greeting=TEXT            instead of "+OK fake ready"
  uidls=[..]               instead of "uidl-1", "uidl-2", ...
  no_uidl                  UIDL is -ERR
  uidl_extra=[lines]       told in addition by UIDL; list_extra by LIST
  uidl_per_session         each session has its own
  stat=TEXT                instead of the truth
  sizes=lambda mail: n     what LIST tells; sizes_ok tells lf-counted ones
  no_list                  LIST is -ERR
  endless="CAPA"|"LIST"    that reply never ends
  no_dot_stuffing          lines go out as they are
  bare_lf                  every line ends with LF alone
  err_on_retr={n: text}    RETR n is -ERR text
  cut={n: octets}          the connection is closed there, once each
  cut_always={n: octets}   the same, every time
  stall={n: tail}          message n ends with tail instead of CRLF.CRLF,
                           and nothing comes any more
  hide_read=WINDOW         Gmail: WINDOW messages a session, those read are
                           hidden after QUIT
  shows=[[0, 1], ..]       the indexes that each session shows; then all
  quit_error               QUIT is -ERR
  slow=SECONDS             before each reply to RETR
  flood={n: octets}        message n never ends, and has no line ends
  from_line=TEXT           a line that stands before each message
  deletes_read             what was read is gone after QUIT
  shuffled                 the numbers are others in each session
  line_max=N               a longer command is -ERR, and the session over
  temp_on_retr=TIMES       so many RETR are -ERR [SYS/TEMP]
  retr_later=OCTETS        from the second session on every RETR ends with
                           these in addition

DELE marks, RSET takes the marks back, and QUIT removes; `hidden` holds the
indexes of what is gone.

  no_dele                  DELE is -ERR
  err_on_dele={n: text}    DELE n is -ERR text
  dele_wrong               DELE marks the message before, or else the next
  dele_renumbers           what is behind a marked message moves up at once
  dele_at_once             DELE removes, RSET and QUIT change nothing
  lists_deleted            what is marked is listed still
  uidl_turns               UIDL n tells another one than UIDL
  size_turns               LIST n tells another size than LIST
  no_rset                  RSET is -ERR
  cut_on_dele=N            the connection is closed at the Nth DELE, once
  quit_keeps               QUIT is +OK, and nothing is removed
  quit_cut="before"        the connection is closed at QUIT without an answer,
                           before it removes, once
  quit_cut="after"         or behind that
  quit_hang="before"       the same, but it is silent instead, and "after"
"""
import base64
import hashlib
import hmac
import re
import socket
import ssl
import threading
import time

import listener

DEFAULT = ["TOP", "UIDL", "USER", "RESP-CODES", "PIPELINING",
           "IMPLEMENTATION fake"]
BEHAVIOURS = set(re.findall(r"^  (\w+)", __doc__, re.M)) | {
    "late_capabilities", "capa_hangs", "list_extra", "busy_words"}


class Closed(Exception):
    """The session is over."""


def stuff(mail, line_end=b"\r\n"):
    """RFC 1939 3, with a last line end where there is none."""
    if mail and not mail.endswith(line_end):
        mail += line_end
    if mail.startswith(b"."):
        mail = b"." + mail
    return mail.replace(line_end + b".", line_end + b"..")


class Pop3Server:
    def __init__(self, mails=(), user="anna", password="secret",
                 certificate=None, wrapped=False, address="127.0.0.1",
                 **behaviours):
        """certificate: (cert, key) files, which make STLS work; with wrapped
        TLS comes first instead."""
        unknown = set(behaviours) - BEHAVIOURS
        assert not unknown, f"unknown behaviours: {unknown}"
        self.mails = list(mails)
        self.user, self.password = user, password
        self.wrapped = wrapped
        self.behaviours = behaviours
        self.context = None
        if certificate:
            self.context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            self.context.load_cert_chain(*certificate)
        self.sessions = []
        self.hidden = set()
        self.failures = []
        self.logins_refused = self.logins = 0
        self.cut_done = set()
        self.temps = 0
        self.deles = 0
        self.last_login = 0
        self.quits_lost = 0
        self.lock = threading.Lock()
        self.socket = socket.create_server((address, 0), backlog=64)
        self.address, self.port = self.socket.getsockname()
        self.thread = threading.Thread(target=self._accept, daemon=True)
        self.thread.start()

    def __enter__(self):
        return self

    def __exit__(self, *exc):
        self.stop()
        return False

    def stop(self):
        listener.stop(self.socket, self.thread)
        for session in self.sessions:
            session.close()
        for session in self.sessions:
            session.thread.join(5)
        if self.failures:
            raise AssertionError(f"the fake server failed: {self.failures}")

    def has(self, name):
        return self.behaviours.get(name)

    def url(self):
        return f"pop3://{self.user}@{self.address}:{self.port}"

    @property
    def transcript(self):
        return [line for session in self.sessions for line in session.lines]

    @property
    def reads(self):
        return sum(session.reads for session in self.sessions)

    def verbs(self):
        return [line.split(" ")[0].upper() for line in self.transcript]

    def _accept(self):
        while True:
            try:
                conn, _ = self.socket.accept()
            except OSError:
                return
            session = Session(self, conn, len(self.sessions))
            self.sessions.append(session)
            session.thread.start()


class Session:
    def __init__(self, server, conn, number):
        self.server, self.conn, self.number = server, conn, number
        self.thread = threading.Thread(target=self._run, daemon=True)
        self.lines, self.reads = [], 0
        self.buffer, self.out = b"", []
        self.secure = self.logged_in = False
        self.said_user = None
        self.retrieved = set()
        self.marked = set()  # indexes of mails
        self.stamp = f"<{number}.4711@fake.test>"
        self.eol = b"\n" if server.has("bare_lf") else b"\r\n"
        self.shown = []

    def close(self):
        try:
            self.conn.shutdown(socket.SHUT_RDWR)
        except OSError:
            pass

    # -- lines -------------------------------------------------------------

    def _run(self):
        try:
            self.conn.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            if self.server.wrapped:
                self._start_tls()
            self._greet()
            while True:
                self._command(self._line())
        except (Closed, OSError):
            pass
        except Exception as failure:  # told by stop()
            self.server.failures.append(repr(failure))
        finally:
            try:
                self._flush()
            except (OSError, ValueError):
                pass
            self.conn.close()

    def _flush(self):
        if self.out:
            data, self.out = b"".join(self.out), []
            self.conn.sendall(data)

    def _line(self):
        while b"\n" not in self.buffer:
            self._flush()
            piece = self.conn.recv(1 << 16)
            if not piece:
                raise Closed
            self.reads += 1
            self.buffer += piece
        line, self.buffer = self.buffer.split(b"\n", 1)
        line = line.rstrip(b"\r").decode("utf-8", "surrogateescape")
        self.lines.append(line)
        most = self.server.has("line_max")
        if most and len(line) > most:
            self.say("-ERR line too long")
            raise Closed
        return line

    def say(self, text):
        self.out.append(text.encode("utf-8", "surrogateescape") + self.eol)

    def say_lines(self, lines, endless=False):
        for line in lines:
            self.say(line)
        while endless:
            for _ in range(1000):
                self.say(lines[-1] if lines else "X")
            self._flush()
        self.say(".")

    def _start_tls(self):
        self._flush()
        self.conn = self.server.context.wrap_socket(
            self.conn, server_side=True)
        self.secure = True

    # -- dialogue ----------------------------------------------------------

    def _greet(self):
        text = self.server.has("greeting") or "+OK fake ready"
        if self.number < (self.server.has("busy") or 0):
            self.say("-ERR " + (self.server.has("busy_words") or
                                "[SYS/TEMP] overloaded, backoff 300"))
            raise Closed
        if self.server.has("apop"):
            text += " " + self.stamp
        self.say(text)

    def _command(self, line):
        verb, _, argument = line.partition(" ")
        handler = getattr(self, "do_" + verb.lower(), None)
        open_to_all = ("capa", "stls", "user", "pass", "apop", "auth", "quit")
        if not handler or not (self.logged_in or
                               verb.lower() in open_to_all):
            self.say("-ERR unknown command")
            return
        handler(argument)

    def do_capa(self, _):
        has = self.server.has
        if has("capa_hangs"):
            self._flush()
            while True:
                self._line()
        if has("capa_drops"):
            raise Closed
        if has("no_capa"):
            self.say("-ERR unknown command")
            return
        words = list(DEFAULT if has("capabilities") is None
                     else has("capabilities"))
        if self.server.context and not self.secure and \
                not has("no_stls") and not has("stls_hidden"):
            words.append("STLS")
        if has("sasl"):
            words.append("SASL " + " ".join(has("sasl")))
        if self.logged_in:
            words += has("late_capabilities") or []
        self.say("+OK what I can do")
        self.say_lines(words, has("endless") == "CAPA")

    def do_stls(self, _):
        if not self.server.context or self.server.has("no_stls") or \
                self.secure:
            self.say("-ERR no TLS here")
            return
        self.say("+OK begin")
        if self.server.has("inject_after_stls"):
            self.say("+OK injected")
        self._start_tls()

    def do_user(self, name):
        self.said_user = name
        self.say("+OK")

    def do_pass(self, secret):
        self._login(self.said_user == self.server.user and
                    secret == self.server.password)

    def do_apop(self, argument):
        want = hashlib.md5((self.stamp + self.server.password).encode())
        self._login(self.server.has("apop") and argument ==
                    f"{self.server.user} {want.hexdigest()}")

    def _login(self, good):
        server = self.server
        server.logins += 1
        now, since = time.monotonic(), server.last_login
        if good and now - since < (server.has("login_delay") or 0):
            self.say("-ERR [LOGIN-DELAY] too soon")
            return
        server.last_login = now
        if server.logins_refused < (server.has("in_use") or 0):
            server.logins_refused += 1
            self.say("-ERR [IN-USE] another session has the mailbox")
        elif server.logins > (server.has("logins_ok") or 0) and (
                server.has("login_error") or server.has("logins_ok")):
            self.say("-ERR " + (server.has("login_error") or
                                "[AUTH] not any more"))
        elif not good:
            self.say("-ERR [AUTH] wrong password")
        else:
            self.logged_in = True
            self._open_drop()
            self.say("+OK logged in")

    def do_auth(self, argument):
        name, _, initial = argument.partition(" ")
        name = name.upper()
        if name not in (self.server.has("sasl") or ()):
            self.say("-ERR no such mechanism")
            return
        if name == "CRAM-MD5":
            self._auth_cram()
            return
        token = base64.b64decode(initial or self._ask("")).decode()
        if name == "SCRAM-SHA-256":
            self._auth_impostor(token)
            return
        if name == "PLAIN":
            parts = token.split("\0")
            self._login(parts[1:] == [self.server.user,
                                      self.server.password])
            return
        good = token == (f"user={self.server.user}\1auth=Bearer "
                         f"{self.server.password}\1\1")
        if not good:
            self._ask('{"status":"401"}')
        self._login(good)

    def _ask(self, challenge):
        self.say("+ " + base64.b64encode(challenge.encode()).decode())
        answer = self._line()
        if answer == "*":
            self.say("-ERR cancelled")
            raise Closed
        return answer

    def _auth_impostor(self, first):
        self._ask(f"r={first.split('r=')[1]}more,s=c2FsdA==,i=4096")
        if self.server.has("impostor") == "forged":
            self._ask("v=" + base64.b64encode(b"p" * 32).decode())
        self._login(True)

    def _auth_cram(self):
        answer = base64.b64decode(self._ask(self.stamp)).decode()
        digest = hmac.new(self.server.password.encode(),
                          self.stamp.encode(), "md5").hexdigest()
        self._login(answer == f"{self.server.user} {digest}")

    # -- mail --------------------------------------------------------------

    def _open_drop(self):
        """Which mails this session shows, as indexes."""
        with self.server.lock:
            self.shown = [at for at in range(len(self.server.mails))
                          if at not in self.server.hidden]
        shows = self.server.has("shows") or []
        if self.number < len(shows):
            self.shown = shows[self.number]
        if self.server.has("shuffled"):
            turn = self.number * 3 % max(1, len(self.shown))
            self.shown = self.shown[turn:] + self.shown[:turn]
        window = self.server.has("hide_read")
        if window:
            self.shown = self.shown[:window]

    def _listed(self):
        """Numbers."""
        return [n + 1 for n, at in enumerate(self.shown)
                if at not in self.marked or self.server.has("lists_deleted")]

    def _mail(self, number):
        line = self.server.has("from_line")
        return (line.encode() + b"\r\n" if line else b"") + (
            self.server.mails[self.shown[number - 1]])

    def _size(self, number):
        mail = self._mail(number)
        sizes = self.server.has("sizes")
        if sizes:
            return sizes(mail)
        return len(mail) + (2 if mail and not mail.endswith(b"\r\n") else 0)

    def _uidl(self, number):
        at = self.shown[number - 1]
        uidls = self.server.has("uidls")
        text = uidls[at] if uidls else f"uidl-{at + 1}"
        if self.server.has("uidl_per_session"):
            text += f"-{self.number}"
        return text

    def do_stat(self, _):
        listed = self._listed()
        total = sum(self._size(n) for n in listed)
        self.say("+OK " + (self.server.has("stat") or
                           f"{len(listed)} {total}"))

    def _has(self, argument):
        """False, and told: it is no message that is listed."""
        if argument.isdigit() and int(argument) in self._listed():
            return True
        self.say("-ERR no such message")
        return False

    def do_list(self, argument):
        if self.server.has("no_list"):
            self.say("-ERR no LIST")
            return
        if argument:
            if self._has(argument):
                size = self._size(int(argument)) + (
                    1 if self.server.has("size_turns") else 0)
                self.say(f"+OK {argument} {size}")
            return
        self.say("+OK")
        lines = [f"{n} {self._size(n)}" for n in self._listed()]
        self.say_lines((self.server.has("list_extra") or []) + lines,
                       self.server.has("endless") == "LIST")

    def do_uidl(self, argument):
        if self.server.has("no_uidl"):
            self.say("-ERR no UIDL")
            return
        if argument:
            if self._has(argument):
                turn = "x" if self.server.has("uidl_turns") else ""
                self.say(f"+OK {argument} {self._uidl(int(argument))}{turn}")
            return
        self.say("+OK")
        self.say_lines((self.server.has("uidl_extra") or []) +
                       [f"{n} {self._uidl(n)}" for n in self._listed()])

    def do_dele(self, argument):
        has = self.server.has
        self.server.deles += 1
        if has("cut_on_dele") == self.server.deles:
            raise Closed
        if not self._has(argument):
            return
        number = int(argument)
        refusal = (has("err_on_dele") or {}).get(number)
        if refusal or has("no_dele"):
            self.say("-ERR " + (refusal or "not implemented"))
            return
        if has("dele_wrong"):
            number = number - 1 if number > 1 else len(self.shown)
        self.marked.add(self.shown[number - 1])
        if has("dele_at_once"):
            with self.server.lock:
                self.server.hidden.add(self.shown[number - 1])
        if has("dele_renumbers"):
            self.shown.pop(number - 1)
        self.say("+OK marked")

    def do_rset(self, _):
        if self.server.has("no_rset"):
            self.say("-ERR not implemented")
            return
        self.marked.clear()
        self.say("+OK")

    def _maybe_cut(self, number, wire):
        for name in ("cut", "cut_always"):
            octets = (self.server.has(name) or {}).get(number)
            if octets is None or (name, number) in self.server.cut_done:
                continue
            if name == "cut":
                self.server.cut_done.add((name, number))
            self.out.append(wire[:octets])
            self._flush()
            raise Closed

    def _maybe_flood(self, number):
        octets = (self.server.has("flood") or {}).get(number)
        if octets is None:
            return
        piece = b"x" * (1 << 20)
        while octets > 0:
            self.out.append(piece)
            self._flush()
            octets -= len(piece)
        raise Closed

    def do_retr(self, argument):
        number = int(argument)
        refusal = (self.server.has("err_on_retr") or {}).get(number)
        if refusal is not None or not 1 <= number <= len(self.shown):
            self.say("-ERR " + (refusal or "no such message"))
            return
        with self.server.lock:
            self.server.temps += 1
            temp = self.server.temps <= (self.server.has("temp_on_retr") or 0)
        if temp:
            self.say("-ERR [SYS/TEMP] the disk is busy")
            return
        if self.server.has("slow"):
            self._flush()
            time.sleep(self.server.has("slow"))
        mail = self._mail(number)
        if self.number > 0:
            mail += self.server.has("retr_later") or b""
        self.say(f"+OK {len(mail)} octets")
        if self.server.has("no_dot_stuffing"):
            wire = mail if mail.endswith(self.eol) else mail + self.eol
        elif self.server.has("bare_lf"):
            wire = stuff(mail, b"\n")
        else:
            wire = stuff(mail)
        self._maybe_cut(number, wire)
        self._maybe_flood(number)
        tail = (self.server.has("stall") or {}).get(number)
        self.retrieved.add(self.shown[number - 1])
        if tail is not None:
            self.out.append(wire[:-2] + tail)
            self._flush()
            while self.conn.recv(1 << 16):
                pass
            raise Closed
        self.out.append(wire + b"." + self.eol)
        if sum(map(len, self.out)) > 1 << 16:
            self._flush()

    def do_noop(self, _):
        self.say("+OK")

    def _lose_quit(self, when):
        for name in ("quit_cut", "quit_hang"):
            if self.server.has(name) != when or self.server.quits_lost or \
                    not self.marked:
                continue
            self.server.quits_lost += 1
            while name == "quit_hang" and self.conn.recv(1 << 16):
                pass
            raise Closed

    def _update(self):
        if self.server.has("quit_keeps") or self.server.has("dele_at_once"):
            return
        with self.server.lock:
            self.server.hidden |= self.marked

    def do_quit(self, _):
        if self.server.has("quit_error"):
            self.say("-ERR some deleted messages not removed")
        else:
            self._lose_quit("before")
            self._update()
            self._lose_quit("after")
            if self.server.has("hide_read") or self.server.has("deletes_read"):
                with self.server.lock:
                    self.server.hidden |= self.retrieved
            self.say("+OK bye")
        self._flush()
        raise Closed
