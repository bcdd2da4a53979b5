# SPDX-License-Identifier: LGPL-2.1-or-later
"""Very many ESTABLISHED sockets that do nothing, made within seconds: without packets and without a peer (TCP_REPAIR).

They are spread evenly over destinations of their own, or over peers of a server, and kept by as many processes as their number
asks for.
"""

import ipaddress
import os
import resource
import signal
import socket

import linux
from outcome import Failure, Skip

PORT = 8080
FIRST_PORT = 10000
SOURCE = "127.0.0.1"
FIRST = int(ipaddress.ip_address("127.128.0.0"))
TCP_REPAIR = 19  # Python has no name for it
SPARE = 100


def _connect(number):
    """The descriptor of one more."""
    made = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    made.setsockopt(socket.IPPROTO_IP, linux.IP_BIND_ADDRESS_NO_PORT, 1)
    made.setsockopt(socket.IPPROTO_TCP, TCP_REPAIR, 1)
    made.bind((SOURCE, 0))
    made.connect((str(ipaddress.ip_address(FIRST + number)), PORT))
    return made.detach()


def _accept(peer, port):
    """As if it had come from there."""
    made = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    made.setsockopt(socket.IPPROTO_TCP, TCP_REPAIR, 1)
    made.bind((SOURCE, PORT))
    made.connect((str(ipaddress.ip_address(FIRST + peer)), FIRST_PORT + port))
    made.detach()


def _keep(numbers, destinations, served):
    """A process that makes those, stops, and keeps them until it is killed."""
    child = os.fork()
    if child == 0:
        try:
            linux.die_with_parent()
            for number in numbers:
                if served:
                    _accept(number % destinations, number // destinations)
                else:
                    _connect(number % destinations)
            os.kill(os.getpid(), signal.SIGSTOP)
        finally:
            os._exit(1)
    _, status = os.waitpid(child, os.WUNTRACED)
    if not os.WIFSTOPPED(status):
        raise Failure("the sockets could not be made")
    return child


class Crowd:
    """COUNT sockets towards so many DESTINATIONS; SERVED: of a listening port with so many peers."""

    def __init__(self, count, destinations, served=False):
        room = resource.getrlimit(resource.RLIMIT_NOFILE)[0] - SPARE
        try:
            os.close(_connect(0))
        except OSError as error:
            raise Skip("no TCP_REPAIR here: %s" % error) from error
        self._keepers = [_keep(range(first, min(first + room, count)), destinations, served)
                         for first in range(0, count, room)]

    def leave(self):
        """Without packets, too."""
        for keeper in self._keepers:
            os.kill(keeper, signal.SIGKILL)
            os.waitpid(keeper, 0)
