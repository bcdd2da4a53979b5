# SPDX-License-Identifier: LGPL-2.1-or-later
"""Ports of a small range used up for real, by connections over loopback that their client closes first."""

import errno
import time

import netns
import sockets

ADDRESS, PORT = "127.0.0.1", 9000
SUBJECT = "%s->%s:%d" % (ADDRESS, ADDRESS, PORT)


def small_range(first, count):
    """Let connect() choose from so few ports, and take none back before its time."""
    netns.write_sysctl("net.ipv4.ip_local_port_range", "%d %d" % (first, first + count - 1))
    netns.write_sysctl("net.ipv4.tcp_tw_reuse", "0")


class Load:
    """A client that connects, closes and does so again."""

    def __init__(self):
        self._server = sockets.listener(ADDRESS, PORT)
        self.made = 0
        self.refused = 0
        self.first_refused = None

    def once(self):
        """One connection, if there is a port for it."""
        try:
            clients, accepted = sockets.connections(1, ADDRESS, PORT, self._server)
        except OSError as error:
            if error.errno != errno.EADDRNOTAVAIL:
                raise
            self.refused += 1
            self.first_refused = self.first_refused or time.time()
            return
        # The client goes first: its TIME_WAIT keeps the port.
        sockets.close_all(clients)
        sockets.close_all(accepted)
        self.made += 1

    def run(self, rate, until, seconds):
        """RATE connections a second until UNTIL() or for so many SECONDS; true when it was the former."""
        begin, done = time.monotonic(), 0
        while time.monotonic() - begin < seconds:
            if until():
                return True
            while done < (time.monotonic() - begin) * rate:
                self.once()
                done += 1
            time.sleep(0.5 / rate)
        return False

    def close(self):
        """No more."""
        self._server.close()
