#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""migrate waits for a target that it has met and that refuses connections when
it is its turn; one that was never met is told at once."""
import json
import os
import socket
import sys
import threading
import time

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(os.path.dirname(HERE), "real"))
import mailcart  # noqa: E402
import samples_of  # noqa: E402
from dovecot import Dovecot  # noqa: E402
from private import free_ports  # noqa: E402

PATIENCE = 300  # s; for slow machines, and programs that tools slow down


class Door:
    """Lets one connection through, then is shut until it is opened."""

    def __init__(self, port):
        self.to = port
        self.port, = free_ports(1)
        self.listener = self._listen(self.port)
        self.closed = False
        self.opened = threading.Event()
        threading.Thread(target=self._serve, daemon=True).start()

    def open(self):
        self.opened.set()

    def close(self):
        self.closed = True
        self.listener.shutdown(socket.SHUT_RDWR)
        self.listener.close()

    @staticmethod
    def _listen(port):
        listener = socket.socket()
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind(("127.0.0.1", port))
        listener.listen()
        return listener

    def _serve(self):
        client, _ = self.listener.accept()
        self.listener.close()
        self._join(client)
        self.opened.wait()
        self.listener = self._listen(self.port)
        while not self.closed:
            try:
                client, _ = self.listener.accept()
            except OSError:
                return
            threading.Thread(target=self._join, args=(client,),
                             daemon=True).start()

    def _join(self, client):
        with client, socket.create_connection(
                ("127.0.0.1", self.to)) as server:
            back = threading.Thread(target=self._pump, args=(server, client),
                                    daemon=True)
            back.start()
            self._pump(client, server)
            back.join()

    @staticmethod
    def _pump(source, sink):
        try:
            while data := source.recv(65536):
                sink.sendall(data)
            sink.shutdown(socket.SHUT_WR)
        except OSError:
            pass


class Met(mailcart.Case):
    def box(self, cart):
        rows = [("a@b.org Thu Jan  1 10:00:00 2004", octets)
                for octets in samples_of.small(3)]
        return "mbox:" + cart.write("Kept", samples_of.mbox(rows))

    def waits(self, cart, child, words):
        """Until the program has said so."""
        until = time.monotonic() + PATIENCE
        while words not in cart.told():
            self.assertIsNone(child.poll(), cart.told())
            self.assertLess(time.monotonic(), until, cart.told())
            time.sleep(0.02)

    def test_met(self):
        with Dovecot(users=("bert",)) as server:
            cart = self.cart(ca=server.ca)
            door = Door(server.imaps)
            self.addCleanup(door.close)
            # It is left while the first of two sources is read.
            child = cart.start("migrate", self.box(cart), self.box(cart),
                               f"imaps://bert@127.0.0.1:{door.port}")
            self.addCleanup(child.wait)
            self.addCleanup(child.kill)
            self.waits(cart, child, "trying again")
            door.open()
            self.assertEqual(child.wait(PATIENCE), 0, cart.told())
            row = json.loads(cart.told().splitlines()[-1])
            self.assertEqual(row["sent"], 3, row)
            self.assertEqual(server.counts("bert")["Kept"], 3)

    def test_never_met(self):
        cart = self.cart()
        with socket.socket() as nobody:
            nobody.bind(("127.0.0.1", 0))
            port = nobody.getsockname()[1]
            result = cart.run("migrate", self.box(cart),
                              f"imaps://bert@127.0.0.1:{port}")
        self.one_line(result, mailcart.UNAVAILABLE, "refused")
        # Tries again would be minutes of waiting.
        self.assertNotIn("trying again", result.out.decode())


if __name__ == "__main__":
    mailcart.main()
