#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""A TCP proxy on loopback that makes the server far away, and counts.

Every octet is held back for half the round-trip time in each direction, so
nothing is slower but the waiting.  `trips` counts how often the client waited:
a piece of the client's that follows a silence of its own of at least 80 % of
the round trip, with something from the server in between.  A dialogue of one
command and one reply at a time waits once a command; a pipelined one hardly
ever.  `turns` counts every change of direction, waiting or not.

    with DelayProxy(server_port, rtt_ms=50) as proxy:
        ... connect to 127.0.0.1:proxy.port ...
    proxy.trips, proxy.turns, proxy.sent, proxy.received

As a command: delay_proxy.py SERVER_PORT RTT_MS, until its stdin ends.
"""
import collections
import socket
import sys
import threading
import time

import listener

IN_FLIGHT_MAX = 64 << 20
PIECE = 64 << 10


class Line:
    """One direction of one connection: octets out, half a trip later."""

    def __init__(self, source, sink, delay, seen):
        self.source, self.sink = source, sink
        self.delay, self.seen = delay, seen
        self.queue = collections.deque()
        self.held = 0
        self.change = threading.Condition()
        self.threads = [threading.Thread(target=work, daemon=True)
                        for work in (self._read, self._write)]
        for thread in self.threads:
            thread.start()

    def _read(self):
        data = b"x"
        while data:
            try:
                data = self.source.recv(PIECE)
            except OSError:
                data = b""
            if data:
                self.seen(data)
            with self.change:
                while self.held > IN_FLIGHT_MAX:
                    self.change.wait()
                self.queue.append((time.monotonic() + self.delay, data))
                self.held += len(data)
                self.change.notify_all()

    def _write(self):
        while True:
            with self.change:
                while not self.queue:
                    self.change.wait()
                due, data = self.queue.popleft()
                self.held -= len(data)
                self.change.notify_all()
            wait = due - time.monotonic()
            if wait > 0:
                time.sleep(wait)
            try:
                if not data:
                    self.sink.shutdown(socket.SHUT_WR)
                    return
                self.sink.sendall(data)
            except OSError:
                self._abandon()
                return

    def _abandon(self):
        """The receiver is gone: so is the sender, after what it sent."""
        try:
            self.source.shutdown(socket.SHUT_RD)
        except OSError:
            pass
        with self.change:
            self.queue.clear()
            self.held = -(1 << 62)
            self.change.notify_all()


class DelayProxy:
    def __init__(self, server_port, rtt_ms=50, keep=False):
        """keep: what the client sent is kept in `transcript`."""
        self.server_port = server_port
        self.rtt = rtt_ms / 1000
        self.keep = keep
        self.transcript = bytearray()
        self.connections = self.trips = self.turns = 0
        self.sent = self.received = 0
        self.lock = threading.Lock()
        self.socks = []

    def __enter__(self):
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port = self.listener.getsockname()[1]
        self.accepting = threading.Thread(target=self._accept, daemon=True)
        self.accepting.start()
        return self

    def __exit__(self, *exc):
        listener.stop(self.listener, self.accepting)
        for sock in self.socks:
            try:
                sock.shutdown(socket.SHUT_RDWR)
            except OSError:
                pass

    def _accept(self):
        while True:
            try:
                client, _ = self.listener.accept()
                server = socket.create_connection(
                    ("127.0.0.1", self.server_port))
            except OSError:
                return
            for sock in (client, server):
                sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            self.socks += [client, server]
            count = Counter(self)
            with self.lock:
                self.connections += 1
                self.trips += 1  # connecting is one
            Line(client, server, self.rtt / 2, count.client)
            Line(server, client, self.rtt / 2, count.server)


class Counter:
    """Watches one connection from the client's end of it."""

    def __init__(self, proxy):
        self.proxy = proxy
        self.last = time.monotonic()
        self.heard = False  # the server said something since `last`
        self.direction = None

    def client(self, data):
        now = time.monotonic()
        proxy = self.proxy
        with proxy.lock:
            if self.heard and now - self.last >= 0.8 * proxy.rtt:
                proxy.trips += 1
            self._turn("client")
            self.last, self.heard = now, False
            proxy.sent += len(data)
            if proxy.keep:
                proxy.transcript += data

    def server(self, data):
        with self.proxy.lock:
            self.heard = True
            self._turn("server")
            self.proxy.received += len(data)

    def _turn(self, direction):
        if self.direction not in (None, direction):
            self.proxy.turns += 1
        self.direction = direction


if __name__ == "__main__":
    with DelayProxy(int(sys.argv[1]), float(sys.argv[2])) as running:
        print(running.port, flush=True)
        sys.stdin.read()
    print(f"trips {running.trips} turns {running.turns} "
          f"sent {running.sent} received {running.received}")
