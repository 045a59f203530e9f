#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""An IMAP server that misbehaves on order, and remembers what it was told.

    with ImapServer(no_multiappend=True) as server:
        ... connect to 127.0.0.1:server.port as anna, password secret ...
    assert [m.octets for m in server.boxes["INBOX"].messages] == [...]

`transcript` holds every line of the client (secrets too), a literal as
"{n} octets".  `boxes` are the mailboxes by their names on the wire; they stay
over connections.  `sessions` counts connections.  Well behaved it knows
IMAP4rev1, MULTIAPPEND, LITERAL+, UIDPLUS, SPECIAL-USE, LIST-EXTENDED,
NAMESPACE, BINARY and ID.  HIGHESTMODSEQ of a mailbox is its `modseq`, which
add() counts up; whoever changes a message by hand counts it up, too.

Behaviours, each an argument of that name.  TEXT and OCTETS stand for what a
message contains (bytes), N for a number:

  What is offered
  no_multiappend no_literal_plus no_uidplus no_binary no_list_extended
  no_special_use no_namespace no_create_special
  literal_minus            LITERAL- instead of LITERAL+
  capabilities=[..]        told in addition; caps_only=[..] nothing else
  appendlimit=N            APPENDLIMIT=N, enforced
  appendlimit_status=N     APPENDLIMIT, the number by STATUS
  no_starttls              (where tls is given) it is not offered
  login_disabled           LOGINDISABLED and no AUTH
  permanent=FLAGS          PERMANENTFLAGS, in place of all and a star; None:
                           not told
  no_uidnext               SELECT does not tell UIDNEXT
  late_uidnext=N           STATUS tells one that is N too low
  namespace_inbox_dot      all below "INBOX.", separator "."
  flat                     separator NIL

  no_uidvalidity           SELECT and STATUS do not tell UIDVALIDITY
  uid_not_sticky           SELECT says that UIDs are of this session
  condstore                CONDSTORE; list_status: LIST-STATUS
  gmail                    X-GM-EXT-1: FETCH tells X-GM-LABELS, a message's
                           `labels` (as on the wire)
  status_no=NAME           NO to STATUS of that mailbox
  loses=N                  what a mailbox holds is gone when it is entered for
                           the Nth time, or told of then
  anew=N                   mailboxes have another UIDVALIDITY when they are
                           entered for the Nth time
  swapped=N                the same, and so many other messages are in it
  select_no=NAME           NO to SELECT and EXAMINE of it (no_select=TEXT)

  Greeting and login
  greeting=TEXT            the whole line, without its CRLF
  preauth                  logged in by the greeting
  inject_after_starttls    a reply in clear text behind the OK to STARTTLS
  starttls_refused         NO to STARTTLS
  login_no=TEXT            LOGIN and AUTHENTICATE get "NO " TEXT
  login_bye=TEXT           or "BYE " TEXT, and the link is closed
  logins_ok=N              from the Nth login on they get login_no (or
                           login_bye; [AUTHENTICATIONFAILED], if neither)
  busy=N                   the first N connections get BYE (busy_words=TEXT)
  oauth                    XOAUTH2 alone, the password is the token
  impostor="early"         SCRAM alone, of a server that knows no password: its
                           proof is left out
  impostor="forged"        or made up; whoever comes is let in

  APPEND
  refuse=OCTETS            NO to what contains them (refuse_words=TEXT)
  refuse_nth=N             NO to the Nth message that is offered
  refuse_nul refuse_keyword refuse_nul_keyword
  refuse_date              NO where a date is given
  quota_after=N            OVERQUOTA when N messages are stored
  quota_words=TEXT         NO TEXT in place of that
  no_words=TEXT            NO TEXT to every APPEND, stop_after=N times; from
                           the Nth message that is offered on (no_from=N); #
                           in it becomes a number
  bad=OCTETS               BAD to what contains them (b"\n": to everything)
  no_is_bad                what is refused of a message is answered with BAD
  bye=OCTETS               BYE, closed, to what contains them, bye_times=N
                           times (bye_words=TEXT)
  drop_from=N              from the Nth APPEND on none is stored, and all close
                           the connection
  bye_mid_literal=N        BYE in the middle of a literal of N or more
  no_before_plus=N         NO [TOOBIG] instead of "+" to N or more
  drop_after_append=N      the Nth APPEND is stored, then no answer but close
  drop_before_append=N     the same, but not stored
  drop_logins={..}         the sessions of these logins (the first is 1) are
                           closed at an APPEND, when all of logins_ok are in
  late_append=N            the same, but it is stored when store_late() says so
  untagged_before_plus     data before each "+"
  no_appenduid swapped_appenduid  appenduid=TEXT in place of the numbers
  ignore_internaldate      the server's clock counts
  early_ok                 OK to an APPEND before its literal came

  FETCH
  fetch_no=OCTETS          NO, where it asks for the body of what contains them,
                           behind those before it
  size_no=OCTETS           NO, where it asks for RFC822.SIZE of it
  fetch_nil=OCTETS         its body is NIL
  fetch_other=OCTETS       its body has another octet at its end
  fetch_drop=OCTETS        closed in the middle of its body, N times (drops=N)
  interleave               two FETCH that come together are answered message by
                           message, the second one's OK before the first one's
  gone=OCTETS              it is listed, and is no more when it is asked for
  shy=OCTETS               the first FETCH of its header passes it over

  Others
  noise                    responses that nobody knows before each tagged one
  dribble                  one octet at a time
  unordered                FETCH tells BODY[] first, UID and the rest behind
  quoted                   FETCH tells short bodies as quoted strings
  literal8                 FETCH tells bodies as literal8
  spread                   untagged FETCH of flags between the others
  lies                     FETCH tells of messages that nobody asked for
  endless_list             LIST does not end
  extra_list=[lines]       told by LIST in addition
  create_no=TEXT           NO to CREATE; use_no: NO to CREATE with USE
  subscribe_no             NO to SUBSCRIBE
  wrong_tag                the tagged reply to SELECT has another tag
  silent="VERB"            that command gets no answer, the link is closed
  examined={..}            behaviours of sessions that come to say EXAMINE

What it makes of messages, names and sessions when it plays a maker's product
stands in imap_habits.py.
"""
import base64
import os
import re
import socket
import sys
import threading
import time

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import imap_habits as habits  # noqa: E402
import listener  # noqa: E402

BEHAVIOURS = set(re.findall(
    r"\b([a-z][a-z0-9_]+)\b", __doc__.split("  What is offered")[1]
    + habits.__doc__.split("  What it refuses")[1]))
SYSTEM = ("\\Seen", "\\Answered", "\\Flagged", "\\Deleted", "\\Draft")
NOISE = (b"* X-FOO (a \"b\" {5}\r\n\r\n)\" NIL) ((c))\r\n",
         b"* OK [PERMANENTFLAGS (%)] x\r\n", b"* ESEARCH (TAG \"A\") ALL 1\r\n",
         b"* 5 EXPUNGE\r\n", b"* FLAGS ()\r\n", b"* VANISHED (EARLIER) 1:9\r\n",
         b"\r\n", b"* OK said {5}\r\n", b"* 999999999999 EXISTS\r\n",
         b"* BAD no\r\n", b"* NO [X] \xff\xfe \"(\r\n", b"*  \r\n",
         b"* STATUS INBOX (MESSAGES 3 SIZE 5000000000 X-NEW (a (b)))\r\n",
         b"* LIST (\\Noselect) NIL {3}\r\na\"b (\"CHILDINFO\" (\"X\"))\r\n",
         b"* 1 FETCH (X-FOO ~{3}\r\nabc EMAILID (M1) MODSEQ (5))\r\n")


class Closed(Exception):
    """The session is over."""


class Refused(Exception):
    """NO or BAD, with words."""


class Message:
    def __init__(self, uid, octets, flags=(), date=None, labels=()):
        self.uid = uid
        self.octets = octets
        self.flags = tuple(flags)
        self.date = date
        self.labels = tuple(labels)

    def header(self):
        wanted = (b"message-id:", b"from:", b"date:", b"subject:")
        head = self.octets.split(b"\r\n\r\n")[0]
        head = re.sub(rb"\r\n(?=[ \t])", b"\n", head)
        lines = [line.replace(b"\n", b"\r\n")
                 for line in head.split(b"\r\n")
                 if line.lower().startswith(wanted)]
        return b"".join(line + b"\r\n" for line in lines) + b"\r\n"


class Mailbox:
    def __init__(self, uidvalidity, attributes=(), subscribed=False):
        self.uidvalidity = uidvalidity
        self.uidnext = 1
        self.attributes = tuple(attributes)
        self.subscribed = subscribed
        self.messages = []
        self.modseq = 1
        self.entered = 0

    def add(self, octets, flags=(), date=None, labels=()):
        self.messages.append(
            Message(self.uidnext, octets, flags, date, labels))
        self.uidnext += 1
        self.modseq += 1
        return self.messages[-1].uid


class ImapServer:
    def __init__(self, tls=None, wrapped=False, address="127.0.0.1",
                 password="secret", **behaviours):
        """tls: an ssl.SSLContext for STARTTLS, or (wrapped) from the start."""
        unknown = set(behaviours) - BEHAVIOURS
        if unknown:
            raise TypeError(f"no such behaviour: {unknown}")
        self.tls = tls
        self.wrapped = wrapped
        self.address = address
        self.password = password
        self.behave = behaviours
        self.boxes = {"INBOX": Mailbox(1001, subscribed=True)}
        if not behaviours.get("flat"):
            dot = behaviours.get("namespace_inbox_dot")
            self.boxes["INBOX.Sent" if dot else "Sent"] = Mailbox(
                1002, ("\\Sent",))
        self.transcript = []
        self.sessions = 0
        self.logins = 0    # that were tried
        self.appends = 0   # commands
        self.logged_in = self.most_logged_in = 0  # sessions
        self.offered = 0   # messages
        self.kept = 0      # of these that got an OK
        self.watch = None  # called with where an APPEND is
        self.throttle = habits.Throttle(self.can)
        self.refusals = self.byes = 0
        self.dropped = self.shied = 0
        self.late = []     # what is to be stored yet
        self.pairs = 0     # of FETCH answered at once
        self.lock = threading.Lock()
        self.threads = []
        self.failure = None

    def can(self, name):
        return self.behave.get(name)

    def __enter__(self):
        self.listener = socket.create_server((self.address, 0))
        self.port = self.listener.getsockname()[1]
        self.accepting = threading.Thread(target=self._accept, daemon=True)
        self.accepting.start()
        return self

    def __exit__(self, *exc):
        listener.stop(self.listener, self.accepting)
        for thread in self.threads:
            thread.join(10)
        if self.failure and exc[0] is None:
            raise self.failure

    def octets(self):
        return sum(len(message.octets) for box in self.boxes.values()
                   for message in box.messages)

    def url(self, scheme="imap", user="anna", host=None):
        return f"{scheme}://{user}@{host or self.address}:{self.port}"

    def said(self, pattern):
        """Lines of the client that match."""
        return [line for line in self.transcript if re.search(pattern, line)]

    def store_late(self):
        for keep in self.late:
            keep()
        return len(self.late)

    def stored(self, mailbox="INBOX"):
        return [message.octets for message in self.boxes[mailbox].messages]

    def _accept(self):
        while True:
            try:
                sock, _ = self.listener.accept()
            except OSError:
                return
            self.sessions += 1
            if self.can("uidvalidity_moves"):
                self.move_uids()
            thread = threading.Thread(target=self._serve, args=(sock,),
                                      daemon=True)
            thread.start()
            self.threads.append(thread)

    def move_uids(self):
        """Every mailbox begins anew: other UIDs, in the same order."""
        for box in self.boxes.values():
            box.uidvalidity += 100
            box.uidnext += 1000
            for message in box.messages:
                message.uid = box.uidnext
                box.uidnext += 1

    def _serve(self, sock):
        session = None
        try:
            sock.settimeout(60)
            sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            if self.tls and self.wrapped:
                sock = self.tls.wrap_socket(sock, server_side=True)
            session = Session(self, sock)
            session.run()
        except (Closed, OSError):
            pass
        except Exception as failure:  # a bug of the fake's: told at the end
            self.failure = failure
        finally:
            self.logged_in -= bool(session and session.user)
            try:
                (session.sock if session else sock).close()
            except OSError:
                pass


class Session:
    def __init__(self, server, sock):
        self.server = server
        self.sock = sock
        self.examines = False
        self.buffer = b""
        self.selected = None
        self.secure = server.wrapped
        self.user = None
        self.login = 0
        self.identified = False
        self.errors = self.appends = 0
        self.tag = "*"

    def can(self, name):
        """What is said of those who examine goes before what is said of all."""
        examined = self.server.can("examined") if self.examines else None
        return (examined or {}).get(name, self.server.can(name))

    # -- octets --------------------------------------------------------------

    def send(self, octets):
        if self.can("dribble"):
            for i in range(len(octets)):
                self.sock.sendall(octets[i:i + 1])
        else:
            self.sock.sendall(octets)

    def line(self, text):
        self.send(text.encode("latin-1") + b"\r\n")

    def fill(self):
        more = self.sock.recv(1 << 16)
        if not more:
            raise Closed
        self.buffer += more

    def read_line(self):
        while b"\r\n" not in self.buffer:
            self.fill()
        line, self.buffer = self.buffer.split(b"\r\n", 1)
        return line.decode("latin-1")

    def read(self, n):
        parts, have = [], 0
        while have < n:
            if not self.buffer:
                self.fill()
            part, self.buffer = (self.buffer[:n - have],
                                 self.buffer[n - have:])
            parts.append(part)
            have += len(part)
        return b"".join(parts)

    # -- commands ------------------------------------------------------------

    def capabilities(self):
        if self.can("caps_only"):
            return " ".join(self.can("caps_only"))
        words = ["IMAP4rev1", "ID"]
        if self.server.tls and not self.secure and not self.can("no_starttls"):
            words.append("STARTTLS")
        if self.can("login_disabled"):
            words.append("LOGINDISABLED")
        else:
            words += ["SASL-IR", "AUTH=SCRAM-SHA-256"
                      if self.can("impostor") else "AUTH=XOAUTH2"
                      if self.can("oauth") else "AUTH=PLAIN"]
        for word, without in (("MULTIAPPEND", "no_multiappend"),
                              ("UIDPLUS", "no_uidplus"),
                              ("BINARY", "no_binary"),
                              ("LIST-EXTENDED", "no_list_extended"),
                              ("SPECIAL-USE", "no_special_use"),
                              ("CREATE-SPECIAL-USE", "no_create_special"),
                              ("NAMESPACE", "no_namespace")):
            if not self.can(without):
                words.append(word)
        if self.can("message_limit"):
            words.append(f"MESSAGELIMIT={self.can('message_limit')}")
        for word, having in (("CONDSTORE", "condstore"), ("QUOTA", "quota"),
                             ("LIST-STATUS", "list_status"),
                             ("X-GM-EXT-1", "gmail")):
            if self.can(having):
                words.append(word)
        if self.can("literal_minus"):
            words.append("LITERAL-")
        elif not self.can("no_literal_plus"):
            words.append("LITERAL+")
        if self.can("appendlimit"):
            words.append(f"APPENDLIMIT={self.can('appendlimit')}")
        if self.can("appendlimit_status"):
            words.append("APPENDLIMIT")
        return " ".join(words + (self.can("capabilities") or []))

    def run(self):
        greeting = self.can("greeting")
        if greeting is None:
            greeting = "* PREAUTH hello" if self.can("preauth") else (
                f"* OK [CAPABILITY {self.capabilities()}] fake ready")
        if self.can("preauth"):
            self.user = "anna"
        if self.server.sessions <= (self.can("busy") or 0):
            greeting = "* BYE " + (self.can("busy_words") or
                                   "[UNAVAILABLE] overloaded, backoff 300")
        self.line(greeting)
        if greeting.startswith("* BYE"):
            return
        while True:
            self.command()

    def command(self):
        line = self.read_line()
        tag, _, rest = line.partition(" ")
        self.tag = tag
        verb = rest.split(" ")[0].upper()
        if verb == "UID":
            verb = "UID " + rest.split(" ")[1].upper()
        self.examines |= verb == "EXAMINE"
        if verb == self.can("flood"):
            while True:
                self.send(b"* OK still thinking\r\n* 3 EXISTS\r\n" * 1000)
        if verb == self.can("hang"):
            self.server.transcript.append(line)
            while True:
                self.fill()
        if verb == self.can("silent"):
            self.server.transcript.append(line)
            raise Closed
        try:
            if verb == "APPEND":
                self.append(line, rest)
                return
            rest = self.whole(line, rest)
            method = getattr(self, "do_" + verb.lower().replace(" ", "_"),
                             None)
            if not method:
                raise Refused(f"BAD unknown command {verb}")
            method(rest)
        except Refused as words:
            self.reply(str(words))
            self.errors += 1
            if self.errors == self.can("errors_max"):
                self.line("* BYE Too many errors")
                raise Closed

    def whole(self, line, rest):
        """The command with its literals put in as quoted strings."""
        self.server.transcript.append(line)
        while True:
            found = re.search(r"\{(\d+)(\+?)\}$", rest)
            if not found:
                return rest
            if not found[2]:
                self.line("+ go on")
            text = self.read(int(found[1])).decode("latin-1")
            more = self.read_line()
            self.server.transcript.append(f"{{{found[1]}}} octets{more}")
            text = text.replace("\\", "\\\\").replace('"', '\\"')
            rest = rest[:found.start()] + f'"{text}"' + more

    def reply(self, words):
        if self.can("slow"):
            time.sleep(self.can("slow"))
        if self.can("noise"):
            for noise in NOISE:
                self.send(noise)
        self.line(f"{self.tag} {words}")

    # -- any state -----------------------------------------------------------

    def do_capability(self, rest):
        self.line(f"* CAPABILITY {self.capabilities()}")
        self.reply("OK done")

    def do_noop(self, rest):
        if self.selected:
            self.line(f"* {len(self.selected.messages)} EXISTS")
        self.reply("OK done")

    def do_logout(self, rest):
        self.line("* BYE see you")
        self.reply("OK done")
        raise Closed

    def do_id(self, rest):
        self.identified = True
        self.line('* ID ("name" "fake" "vendor" NIL)')
        self.reply("OK done")

    def do_getquotaroot(self, rest):
        if not self.can("quota"):
            raise Refused("BAD unknown command")
        name = split(rest)[1]
        of = "root" if self.in_root(name) else "other-root"
        self.line(f'* QUOTAROOT {quote(name)} "{of}"')
        most = self.can("quota") if of == "root" else 10**9
        self.line(f'* QUOTA "{of}" (STORAGE {self.root_octets() // 1024} '
                  f'{most // 1024})')
        self.reply("OK done")

    def in_root(self, name):
        """Is it of the quota that is small?"""
        other = self.can("quota_not_of")
        return not other or not name.startswith(other)

    def root_octets(self):
        return sum(len(message.octets)
                   for name, box in self.server.boxes.items()
                   for message in box.messages if self.in_root(name))

    def do_starttls(self, rest):
        if self.can("starttls_refused") or not self.server.tls:
            raise Refused("NO not today")
        answer = f"{self.tag} OK go ahead\r\n".encode()
        if self.can("inject_after_starttls"):
            answer += b"* CAPABILITY IMAP4rev1 AUTH=PLAIN INJECTED\r\n"
        self.sock.sendall(answer)
        self.sock = self.server.tls.wrap_socket(self.sock, server_side=True)
        self.secure = True

    # -- login ---------------------------------------------------------------

    def let_in(self, user, password):
        most = self.can("logins_max")
        if most and self.server.logged_in >= most:
            raise Refused("NO [LIMIT] Too many simultaneous connections")
        self.server.logins += 1
        self.login = self.server.logins
        if self.login > (self.can("logins_ok") or 0):
            self.turn_away()
        if password != self.server.password:
            raise Refused("NO [AUTHENTICATIONFAILED] who are you?")
        self.user = user
        self.server.logged_in += 1
        self.server.most_logged_in = max(self.server.most_logged_in,
                                         self.server.logged_in)
        self.reply("OK welcome")

    def turn_away(self):
        if self.can("login_bye"):
            self.line("* BYE " + self.can("login_bye"))
            raise Closed
        if self.can("login_no") or self.can("logins_ok"):
            raise Refused("NO " + (self.can("login_no") or
                                   "[AUTHENTICATIONFAILED] not any more"))

    def do_login(self, rest):
        words = split(rest)
        self.let_in(words[1], words[2])

    def do_authenticate(self, rest):
        words = rest.split(" ")
        if words[1] == "SCRAM-SHA-256" and self.can("impostor"):
            self.authenticate_falsely(base64.b64decode(words[2]).decode())
            return
        if words[1] != ("XOAUTH2" if self.can("oauth") else "PLAIN"):
            raise Refused("NO unknown mechanism")
        if len(words) > 2:
            answer = words[2]
        else:
            self.line("+ ")
            answer = self.read_line()
            self.server.transcript.append(answer)
        answer = base64.b64decode(answer).decode()
        if self.can("oauth"):
            found = re.fullmatch("user=(.*)\1auth=Bearer (.*)\1\1", answer)
            self.let_in(*found.groups())
            return
        self.let_in(*answer.split("\0")[1:])

    def authenticate_falsely(self, first):
        self.ask(f"r={first.split('r=')[1]}more,s=c2FsdA==,i=4096")
        if self.can("impostor") == "forged":
            self.ask("v=" + base64.b64encode(b"p" * 32).decode())
        self.let_in("anna", self.server.password)

    def ask(self, challenge):
        self.line("+ " + base64.b64encode(challenge.encode()).decode())
        if self.read_line() == "*":
            raise Refused("BAD cancelled")

    # -- mailboxes -----------------------------------------------------------

    @property
    def separator(self):
        if self.can("flat"):
            return "NIL"
        if self.can("namespace_inbox_dot"):
            return '"."'
        return quote(self.can("separator") or "/")

    def do_namespace(self, rest):
        prefix = "INBOX." if self.can("namespace_inbox_dot") else ""
        self.line(f'* NAMESPACE (("{prefix}" {self.separator})) NIL NIL')
        self.reply("OK done")

    def do_list(self, rest):
        words = split(rest)
        if words[2] == "":
            self.line(f'* LIST (\\Noselect) {self.separator} ""')
            self.reply("OK done")
            return
        number = 0
        while self.can("endless_list"):
            number += 1
            self.line(f'* LIST () "/" "box{number}"')
        for name, box in list(self.server.boxes.items()):
            if words[2] not in ("*", name):
                continue
            attributes = [] if self.can("no_special_use") else list(
                box.attributes)
            if "RETURN" in rest and box.subscribed:
                attributes.append("\\Subscribed")
            self.line(f"* LIST ({' '.join(attributes)}) {self.separator} "
                      f"{quote(name)}")
            if " STATUS (" in rest and "\\Noselect" not in attributes:
                self.tell_status(name, box, rest.split(" STATUS ")[1])
        if words[2] == "*":
            for line in self.can("extra_list") or ():
                self.line(line)
        self.reply("OK done")

    def do_lsub(self, rest):
        for name, box in self.server.boxes.items():
            if box.subscribed:
                self.line(f"* LSUB () {self.separator} {quote(name)}")
        self.reply("OK done")

    def do_create(self, rest):
        name = split(rest)[1]
        if self.can("create_no"):
            if "ALREADYEXISTS" in self.can("create_no"):
                self.server.boxes[name] = Mailbox(1500)
            raise Refused("NO " + self.can("create_no"))
        why = habits.name_refused(self.can, name)
        if why:
            raise Refused(why)
        use = re.search(r" \(USE \((\S+)\)\)$", rest)
        if use and self.can("use_no"):
            raise Refused("NO [USEATTR] not that")
        if self.real_name(name) in self.server.boxes:
            raise Refused("NO [ALREADYEXISTS] it is there")
        self.server.boxes[name] = Mailbox(
            1001 + len(self.server.boxes), (use[1],) if use else ())
        self.reply("OK done")

    def do_subscribe(self, rest):
        if self.can("subscribe_no"):
            raise Refused("NO not that one")
        self.box(split(rest)[1]).subscribed = True
        self.reply("OK done")

    def real_name(self, name):
        """As the mailbox was created."""
        if self.can("caseless"):
            for known in self.server.boxes:
                if known.lower() == name.lower():
                    return known
        return "INBOX" if name.upper() == "INBOX" else name

    def box(self, name):
        name = self.real_name(name)
        if name not in self.server.boxes:
            raise Refused("NO [NONEXISTENT] no such mailbox")
        return self.server.boxes[name]

    def do_select(self, rest):
        self.open(rest, "READ-WRITE")

    def do_examine(self, rest):
        self.open(rest, "READ-ONLY")

    def open(self, rest, mode):
        self.selected = None
        name = split(rest)[1]
        if name == self.can("select_no"):
            raise Refused("NO " + (self.can("no_select") or "not that one"))
        if self.can("needs_id") and not self.identified:
            raise Refused("NO SELECT Unsafe Login. Please contact us")
        box = self.box(name)
        box.entered += 1
        if box.entered == self.can("loses"):
            box.messages.clear()
        box.uidvalidity += box.entered in (self.can("anew"),
                                           self.can("swapped"))
        if box.entered == self.can("swapped"):
            for message in box.messages:
                message.octets = b"Subject: not yours\r\n\r\n"
        self.selected = box
        self.line(f"* FLAGS ({' '.join(SYSTEM)})")
        self.line(f"* {len(box.messages)} EXISTS")
        self.line("* 0 RECENT")
        if not self.can("no_uidvalidity"):
            guess = self.can("examine_guesses") and mode == "READ-ONLY"
            self.line(f"* OK [UIDVALIDITY {7 if guess else box.uidvalidity}]"
                      " so it is")
        if self.can("uid_not_sticky"):
            self.line("* NO [UIDNOTSTICKY] nothing stays")
        if not self.can("no_uidnext"):
            self.line(f"* OK [UIDNEXT {box.uidnext}] so it will be")
        permanent = self.server.behave.get(
            "permanent", " ".join(SYSTEM) + " \\*")
        if permanent is not None:
            self.line(f"* OK [PERMANENTFLAGS ({permanent})] kept")
        if self.can("wrong_tag"):
            self.tag = "X9"
        self.reply(f"OK [{mode}] done")

    def do_status(self, rest):
        words = split(rest)
        if words[1] == self.can("status_no"):
            raise Refused("NO not that one")
        self.tell_status(words[1], self.box(words[1]),
                         rest[rest.rindex("("):])
        self.reply("OK done")

    def tell_status(self, name, box, wanted):
        told = {"MESSAGES": len(box.messages),
                "UIDNEXT": box.uidnext - (self.can("late_uidnext") or 0),
                "UIDVALIDITY": box.uidvalidity, "HIGHESTMODSEQ": box.modseq,
                "APPENDLIMIT": self.can("appendlimit_status")}
        if self.can("no_uidvalidity"):
            told["UIDVALIDITY"] = 0
        items = [f"{item} {told[item]}"
                 for item in wanted.split(")")[0].strip("( ").split()]
        self.line(f"* STATUS {quote(name)} ({' '.join(items)})")

    # -- APPEND --------------------------------------------------------------

    def append(self, line, rest):
        server = self.server
        server.transcript.append(line)
        if self.can("line_max") and len(line) > self.can("line_max"):
            raise Refused("BAD Command line too long")
        mailbox, at = word_at(rest, len("APPEND "))
        mails = []
        why = None
        while True:
            found = re.match(
                r'(?: \(([^)]*)\))?(?: "([^"]*)")? (~?)\{(\d+)(\+?)\}$',
                rest[at:])
            if not found:
                raise Refused("BAD what is " + rest[at:])
            flags, date, eight, size, plus = found.groups()
            listed, flags = flags is not None, flags or ""
            size = int(size)
            if self.can("early_ok"):
                self.line(f"{self.tag} OK done already")
            if not plus:
                self.go_on(size)
            self.tell("literal")
            octets = self.literal(size)
            with server.lock:
                server.offered += 1
                why = (why or self.objection(octets, flags.split(), eight)
                       or habits.objection(self.can, octets, flags.split(),
                                           listed)
                       or (date and self.can("refuse_date")
                           and "NO Invalid date-time"))
            mails.append((octets, flags.split(), date))
            rest, at = self.read_line(), 0
            server.transcript.append(f"{{{size}}} octets{rest}")
            if not rest:
                break
        with server.lock:
            server.appends += 1
            self.store(mailbox, mails, server.throttle.objection() or why
                       or self.too_many(mails))
        self.appends += 1
        if self.appends == self.can("bye_after"):
            self.line("* BYE that is enough")
            raise Closed

    def tell(self, point):
        if self.server.watch:
            self.server.watch(point)

    def too_many(self, mails):
        told = self.can("message_limit")
        most = told or self.can("batch_max")
        if most and len(mails) > most:
            return f"NO [MESSAGELIMIT {most}] too many" if told else (
                "NO [LIMIT] too many messages at once")
        return None

    def go_on(self, size):
        if self.can("no_before_plus") and size >= self.can("no_before_plus"):
            raise Refused("NO [TOOBIG] not that much")
        if self.can("untagged_before_plus"):
            self.send(b"* 4 EXISTS\r\n* OK still here\r\n"
                      b"* 1 FETCH (FLAGS (\\Seen) X {1}\r\n))\r\n")
        self.line("+ go on")

    def literal(self, size):
        limit = self.can("bye_mid_literal")
        if limit and size >= limit:
            self.read(size // 2)
            self.line("* BYE [TOOBIG] that is too much")
            time.sleep(0.2)
            raise Closed
        return self.read(size)

    def objection(self, octets, flags, eight):
        """Why not, or None."""
        can = self.can
        keywords = [flag for flag in flags if not flag.startswith("\\")]
        nul = b"\0" in octets
        if can("no_words") is not None and self.server.refusals < (
                can("stop_after") or 10**9) and self.server.offered >= (
                can("no_from") or 0):
            self.server.refusals += 1
            return "NO " + can("no_words").replace(
                "#", str(self.server.refusals))
        if can("refuse") and can("refuse") in octets:
            return "NO " + (can("refuse_words") or "I do not like it")
        if can("refuse_nth") == self.server.offered:
            return "NO not this one"
        if nul and (can("refuse_nul") or can("refuse_nul_keyword")):
            return "NO NUL in it"
        if keywords and (can("refuse_keyword") or can("refuse_nul_keyword")):
            return "NO [CANNOT] no such flag"
        if can("bad") and can("bad") in octets:
            return "BAD what?"
        if can("bye") and can("bye") in octets and self.server.byes < (
                can("bye_times") or 10**9):
            self.server.byes += 1
            return "BYE"
        limit = can("appendlimit") or can("appendlimit_status")
        if limit and len(octets) > limit:
            return "NO [TOOBIG] too large"
        return None

    def store(self, mailbox, mails, why):
        server = self.server
        if self.can("vanish") == server.appends:
            server.boxes.pop(mailbox, None)
        box = server.boxes.get(self.real_name(mailbox))
        if server.appends >= (self.can("drop_from") or 10**9):
            raise Closed
        if why == "BYE":
            self.line("* BYE " + (self.can("bye_words") or
                                  "Invalid character in literal"))
            raise Closed
        if why:
            raise Refused("BAD" + why[2:] if self.can("no_is_bad") and
                          why.startswith("NO") else why)
        if not box:
            raise Refused("NO [TRYCREATE] no such mailbox")
        quota = self.can("quota_after")
        if quota is not None and len(box.messages) + len(mails) > quota:
            raise Refused("NO " + (self.can("quota_words") or
                                   "[OVERQUOTA] full"))
        quota = self.can("quota")
        if quota and self.in_root(mailbox) and self.root_octets() + sum(
                len(octets) for octets, _, _ in mails) > quota:
            raise Refused("NO [OVERQUOTA] Quota exceeded")
        if self.can("drop_before_append") == server.appends:
            raise Closed
        if self.login in (self.can("drop_logins") or ()):
            deadline = time.monotonic() + 60
            while server.logins < self.can("logins_ok") and (
                    time.monotonic() < deadline):
                time.sleep(0.01)
            raise Closed
        if self.can("late_append") == server.appends:
            server.late = [lambda mail=mail: self.keep(box, *mail)
                           for mail in mails]
            raise Closed
        uids = [self.keep(box, *mail) for mail in mails]
        self.tell("stored")
        if self.can("drop_after_append") == server.appends:
            raise Closed
        self.line(f"* {len(box.messages)} EXISTS")
        self.reply(f"OK {self.appenduid(box, uids)}done")
        self.tell("answered")

    def keep(self, box, octets, flags, date):
        """The UID that is told of it."""
        self.server.kept += 1
        octets = habits.kept(self.can, octets)
        mark = habits.message_id(octets)
        merged = self.can("merge") and mark in [
            habits.message_id(message.octets) for message in box.messages]
        lost = self.can("deleted_is_lost") and "\\Deleted" in flags
        if merged or lost or self.can("false_ok") == self.server.kept:
            box.uidnext += 1
            return box.uidnext - 1
        return box.add(octets, habits.kept_flags(self.can, flags),
                       None if self.can("ignore_internaldate") else date)

    def appenduid(self, box, uids):
        if self.can("no_uidplus") or self.can("no_appenduid"):
            return ""
        if self.can("appenduid"):
            return f"[APPENDUID {self.can('appenduid')}] "
        told = (f"{uids[0]}:{uids[-1]}" if len(uids) > 1 else str(uids[0]))
        if self.can("swapped_appenduid"):
            return f"[APPENDUID {told} {box.uidvalidity}] "
        return f"[APPENDUID {box.uidvalidity} {told}] "

    # -- FETCH ---------------------------------------------------------------

    def do_uid_fetch(self, rest):
        if not self.selected:
            raise Refused("BAD nothing is selected")
        words = rest.split(" ", 3)
        messages = self.selected.messages
        if not messages:
            raise Refused("BAD nothing to fetch")
        if self.can("interleave") and "BODY.PEEK[]" in rest and (
                self.another_comes()):
            self.fetch_two(rest, self.read_line())
            return
        for number, message in enumerate(messages, 1):
            if in_set(message.uid, words[2], messages[-1].uid):
                self.fetch_object(message, words[3])
                if self.is_gone(message, words[3]) or (
                        self.is_shy(message, words[3])):
                    continue
                self.fetch(number, message, words[3])
                if self.can("spread"):
                    self.line(f"* {number} FETCH (FLAGS (\\Seen) "
                              f"UID {message.uid})")
                    self.line(f"* {number} FETCH (FLAGS ())")
        if self.can("lies") and "BODY" in words[3]:
            for uid in (0, 77777, messages[0].uid):
                self.line(f'* 1 FETCH (UID {uid} BODY[HEADER.FIELDS (DATE)] '
                          '"Date: lies" BODY[] "lies")')
        self.reply("OK done")

    def do_uid_store(self, rest):
        if not self.selected:
            raise Refused("BAD nothing is selected")
        if self.can("store_no"):
            raise Refused("NO not now")
        words = rest.split(" ", 4)
        if words[3] != "+FLAGS.SILENT":
            raise Refused("BAD flags are only added here")
        for message in self.selected.messages:
            if in_set(message.uid, words[2], self.selected.messages[-1].uid):
                message.flags += tuple(
                    flag for flag in words[4].strip("()").split(" ")
                    if flag not in message.flags)
        self.reply("OK done")

    def another_comes(self):
        self.sock.settimeout(0.3)
        try:
            while b"\r\n" not in self.buffer:
                self.fill()
            return b"BODY.PEEK[]" in self.buffer.split(b"\r\n")[0]
        except (TimeoutError, socket.timeout):
            return False
        finally:
            self.sock.settimeout(60)

    def fetch_two(self, rest, line):
        self.server.transcript.append(line)
        self.server.pairs += 1
        tag, _, other = line.partition(" ")
        last = self.selected.messages[-1].uid
        lists = [[(number, message) for number, message
                  in enumerate(self.selected.messages, 1)
                  if in_set(message.uid, command.split(" ")[2], last)]
                 for command in (rest, other)]
        for i in range(max(map(len, lists))):
            for one in reversed(lists):
                if i < len(one):
                    self.fetch(*one[i], rest.split(" ", 3)[3])
        self.line(f"{tag} OK done")
        self.reply("OK done")

    def fetch_object(self, message, wanted):
        """NO in the middle of an answer."""
        for name, item in (("fetch_no", "BODY.PEEK[]"),
                           ("size_no", "RFC822.SIZE")):
            if item in wanted and self.can(name) and (
                    self.can(name) in message.octets):
                raise Refused("NO cannot read it")

    def is_gone(self, message, wanted):
        return "BODY.PEEK[]" in wanted and self.can("gone") and (
            self.can("gone") in message.octets)

    def is_shy(self, message, wanted):
        if not ("HEADER.FIELDS" in wanted and self.can("shy") and
                self.can("shy") in message.octets):
            return False
        self.server.shied += 1
        return self.server.shied == 1

    def maybe_drop(self, number, message):
        octets = message.octets
        with self.server.lock:
            drop = self.can("fetch_drop") and (
                self.can("fetch_drop") in octets) and (
                self.server.dropped < self.server.behave.get("drops", 1))
            self.server.dropped += bool(drop)
        if drop:
            self.send(b"* %d FETCH (UID %d BODY[] " % (number, message.uid) +
                      self.text(octets)[:len(octets) // 2])
            raise Closed

    def given(self, octets):
        other = self.can("fetch_other")
        return octets[:-3] + b"?\r\n" if other and other in octets else octets

    def text(self, octets):
        if self.can("quoted") and len(octets) < 1000 and not (
                b"\r" in octets or b"\n" in octets or b"\0" in octets):
            return b'"' + octets.replace(b"\\", b"\\\\").replace(
                b'"', b'\\"') + b'"'
        eight = b"~" if self.can("literal8") else b""
        return eight + b"{%d}\r\n" % len(octets) + octets

    def fetch(self, number, message, wanted):
        date = message.date or "01-Jan-2001 00:00:00 +0000"
        items = []
        if "UID" in wanted:
            items.append(b"UID %d" % message.uid)
        if "FLAGS" in wanted:
            items.append(b"FLAGS (%s)" % " ".join(message.flags).encode())
        if "INTERNALDATE" in wanted:
            items.append(b'INTERNALDATE "%s"' % date.encode())
        if "RFC822.SIZE" in wanted:
            items.append(b"RFC822.SIZE %d" % (
                len(message.octets) + (self.can("size_more") or 0)))
        if "HEADER.FIELDS" in wanted:
            fields = wanted.split("HEADER.FIELDS ")[1].split("]")[0]
            items.append(b"BODY[HEADER.FIELDS %s] " % fields.encode() +
                         self.text(message.header()))
        if "X-GM-LABELS" in wanted:
            items.append(b"X-GM-LABELS (%s)" % " ".join(
                quote(label) for label in message.labels).encode("latin-1"))
        if "BODY.PEEK[]" in wanted:
            self.maybe_drop(number, message)
            nil = self.can("fetch_nil") and (
                self.can("fetch_nil") in message.octets)
            items.append(b"BODY[] " + (
                b"NIL" if nil else self.text(self.given(message.octets))))
        if self.can("unordered"):
            items.reverse()
        self.send(b"* %d FETCH (" % number + b" ".join(items) + b")\r\n")


def quote(name):
    return '"' + name.replace("\\", "\\\\").replace('"', '\\"') + '"'


def word_at(text, at):
    """The astring at `at`, and where it ends."""
    if text[at] != '"':
        end = text.find(" ", at)
        end = len(text) if end < 0 else end
        return text[at:end], end
    out, at = "", at + 1
    while text[at] != '"':
        if text[at] == "\\":
            at += 1
        out += text[at]
        at += 1
    return out, at + 1


def split(text):
    words, at = [], 0
    while at < len(text):
        if text[at] == " ":
            at += 1
            continue
        word, at = word_at(text, at)
        words.append(word)
    return words


def in_set(uid, text, last):
    for part in text.split(","):
        low, _, high = part.partition(":")
        low = last if low == "*" else int(low)
        high = low if not high else last if high == "*" else int(high)
        if min(low, high) <= uid <= max(low, high):
            return True
    return False


if __name__ == "__main__":
    with ImapServer() as here:
        print(here.url(), flush=True)
        try:
            while True:
                time.sleep(1000)
        except KeyboardInterrupt:
            pass
