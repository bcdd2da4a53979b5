# SPDX-License-Identifier: LGPL-2.1-or-later
"""All the ports to one destination, taken and given back at once: an exhaustion whose end needs no waiting."""

import deadline
import sockets

ADDRESS = "127.0.0.1"


class Hoard:
    """Connections over loopback to a listener of its own, one for each port of a small range."""

    def __init__(self, port, count):
        self.subject = "%s->%s:%d" % (ADDRESS, ADDRESS, port)
        self._port, self._count, self._ends = port, count, []
        self._server = sockets.listener(ADDRESS, port)

    def take(self):
        """Connect until connect() fails."""
        self._ends, _ = sockets.connect_until_refused(ADDRESS, self._port, 2 * self._count)
        deadline.wait_until(lambda: self._ends.extend(sockets.accept_all(self._server))
                            or len(self._ends) == 2 * self._count, 5, "%d ends of connections" % (2 * self._count))

    def give_back(self):
        """Reset all connections, so that nothing stays in TIME_WAIT."""
        sockets.reset_all(self._ends)
        self._ends = []
