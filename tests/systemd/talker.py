# SPDX-License-Identifier: LGPL-2.1-or-later
"""What a unit of a test does over loopback; runs inside the box: `listen PORT`, `hold PORT COUNT`, `close PORT RATE`."""

import selectors
import socket
import sys
import time

ADDRESS = "127.0.0.1"


def listen(port):
    """Accept, and close when the other side has."""
    waiting = selectors.DefaultSelector()
    server = socket.create_server((ADDRESS, port), backlog=4096)
    waiting.register(server, selectors.EVENT_READ)
    while True:
        for key, _ in waiting.select():
            if key.fileobj is server:
                waiting.register(server.accept()[0], selectors.EVENT_READ)
            else:
                waiting.unregister(key.fileobj)
                key.fileobj.close()


def hold(port, count):
    """Keep so many connections."""
    ends = [socket.create_connection((ADDRESS, port)) for _ in range(count)]
    while ends:
        time.sleep(60)


def close(port, rate):
    """Open and close so many connections a second, as far as there are ports, beside one that stays."""
    stays = socket.create_connection((ADDRESS, port))
    while stays:
        try:
            socket.create_connection((ADDRESS, port)).close()
        except OSError:
            pass
        time.sleep(1 / rate)


if __name__ == "__main__":
    {"listen": listen, "hold": hold, "close": close}[sys.argv[1]](*map(int, sys.argv[2:]))
