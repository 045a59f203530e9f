# SPDX-License-Identifier: MIT
"""The end of a socket that listens."""
import socket


def stop(listener, thread):
    """Ends the thread that accepts, then closes.  Closed first, the number of
    its file could be another server's by the time that thread comes to use it,
    and that server's client be greeted by this one."""
    try:
        listener.shutdown(socket.SHUT_RDWR)  # wakes accept()
    except OSError:
        pass
    thread.join(30)
    listener.close()
