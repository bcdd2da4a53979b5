# SPDX-License-Identifier: LGPL-2.1-or-later
"""Taking turns at what two tests must not do at the same time on one machine."""

import errno
import socket
import time

from outcome import Failure


class Turn:
    """Held from take() to give() by a name in the abstract socket name space, so that it leaves no file.

    It has to be taken before the sandbox is made: that name space belongs to the network namespace, and tests meet in
    the one that they all start in. The kernel gives the turn back when its holder dies.
    """

    def __init__(self, name):
        self._name = "\0sockwatch-live-test-" + name
        self._socket = None

    def take(self, seconds):
        """Wait for the turn."""
        self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        end = time.monotonic() + seconds
        while True:
            try:
                self._socket.bind(self._name)
                return
            except OSError as error:
                if error.errno != errno.EADDRINUSE:
                    raise
            if time.monotonic() > end:
                raise Failure("other tests did not give up their turn within %d s" % seconds)
            time.sleep(0.2)

    def give(self):
        """Let the next one have it."""
        if self._socket:
            self._socket.close()
            self._socket = None


# Who has it runs a machine out of ports: a search for ports on a busy machine can become too slow to ever fill the range.
SEARCH = Turn("port-search")
HEAD_START = 10  # seconds for those that do to be there first


def behind_the_search(seconds):
    """Wait, for SECONDS at most, until those that run out of ports have done so; ends the test where that takes longer."""
    time.sleep(HEAD_START)
    SEARCH.take(seconds)
    SEARCH.give()
