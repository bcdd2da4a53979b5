# SPDX-License-Identifier: LGPL-2.1-or-later
"""Exactly as many sockets in each TCP state as asked for, over a network whose far end is the test."""

import resource
import socket

import deadline
import netns
import sockets
import tun
from outcome import Failure

# Each state has a local port of its own, so that the row of that port can be checked too.
PORT = {"established": 8001, "syn_recv": 8003, "fin_wait1": 8004, "fin_wait2": 8005, "time_wait": 8006,
        "close_wait": 8008, "last_ack": 8009, "closing": 8011}
FIRST_LISTENER = 10000
SYN_SENT_TO = 7000
FAR_PORT = 20000

STATES = ["established", "syn_sent", "syn_recv", "fin_wait1", "fin_wait2", "time_wait", "close_wait", "last_ack",
          "closing", "listen", "bound"]


def wanted(base):
    """How many of each state: BASE and up, no two alike, so that no two states can be taken for each other."""
    return {state: base + index for index, state in enumerate(STATES)}


def fits(counts):
    """May one process have that many sockets?"""
    return sum(counts.values()) + 100 < resource.getrlimit(resource.RLIMIT_NOFILE)[0]


def permit():
    """Set this namespace's limits so wide that the kernel refuses, retries and forgets nothing meanwhile."""
    for key, value in (("net.ipv4.tcp_max_tw_buckets", 1000000), ("net.ipv4.tcp_syncookies", 0),
                       ("net.ipv4.tcp_max_syn_backlog", 65536), ("net.core.somaxconn", 65535),
                       ("net.ipv4.tcp_synack_retries", 10), ("net.ipv4.tcp_syn_retries", 10)):
        netns.write_sysctl(key, value)


class Population:
    """Sockets in every state between ADDRESS, as the programs bind it, and the far end of NETWORK."""

    def __init__(self, network, address, far_address):
        """ADDRESS, FAR_ADDRESS: those of NETWORK, or the same written as ::ffff:A.B.C.D."""
        self.network, self.address, self.far_address = network, address, far_address
        self.held = []
        self.listeners = 0

    def make(self, state, count):
        """Put COUNT sockets into STATE; the helper listener it may need is counted in `listeners`."""
        if state == "syn_sent":
            self._silent_connects(count)
        elif state == "listen":
            self.held += [self._quiet(sockets.listener(self.address, FIRST_LISTENER + index)) for index in range(count)]
        elif state == "bound":
            self.held += sockets.bound(count, self.address, range(12000, 12000 + count))
        else:
            self._accepted(state, count)

    def orphan_fin_wait2(self, count):
        """COUNT more FIN_WAIT2 that no process holds: the kernel keeps only a small remainder of such a socket."""
        self._accepted("fin_wait2", count, first=FAR_PORT + 20000, orphan=True)

    def _silent_connects(self, count):
        """Nobody answers: the far end lets every SYN lie."""
        for _ in range(count):
            one = sockets.make(self.far_address, blocking=False)
            try:
                one.connect((self.far_address, SYN_SENT_TO))
            except BlockingIOError:
                self.held.append(one)
                continue
            raise Failure("connect() without any answer succeeded")

    def _quiet(self, one):
        """Let a later close() drop the connection at once instead of retrying for minutes against silence."""
        one.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, sockets.NO_LINGER)
        return one

    def _accepted(self, state, count, first=FAR_PORT, orphan=False):
        """Let COUNT far ends connect to the port of STATE and lead each connection there."""
        if count == 0:
            return
        server = self._listener(PORT[state])
        ends = [tun.End(first + index, PORT[state]) for index in range(count)]
        self.network.send(ends, tun.SYN)
        self.network.hear(ends, tun.SYN | tun.ACK)
        if state == "syn_recv":
            return
        self.network.send(ends, tun.ACK)
        accepted = []
        deadline.wait_until(lambda: accepted.extend(sockets.accept_all(server)) or len(accepted) == count, 5,
                            "%d connections on their way to %s" % (count, state))
        self._close_in_order(state, ends, accepted)
        for one in accepted:
            if orphan:
                one.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\0" * 8)
                one.close()
            else:
                self.held.append(self._quiet(one))

    def _close_in_order(self, state, ends, accepted):
        """Both sides close as far and in such an order as leads into STATE."""
        if state in ("close_wait", "last_ack"):
            self.network.send(ends, tun.FIN | tun.ACK)
        if state in ("last_ack", "fin_wait1", "fin_wait2", "time_wait", "closing"):
            for one in accepted:
                one.shutdown(socket.SHUT_WR)
        if state in ("fin_wait2", "time_wait", "closing"):
            # In CLOSING both have sent FIN and neither has had its own acknowledged.
            self.network.hear(ends, tun.FIN, acknowledge=state != "closing")
            if state != "closing":
                self.network.send(ends, tun.ACK)
        if state in ("time_wait", "closing"):
            self.network.send(ends, tun.FIN | tun.ACK)

    def _listener(self, port):
        for one in self.held:
            if one.getsockname()[1] == port and one.getsockopt(socket.SOL_SOCKET, socket.SO_ACCEPTCONN):
                return one
        made = self._quiet(sockets.listener(self.address, port, backlog=65535))
        self.held.append(made)
        self.listeners += 1
        return made

    def close(self):
        """Drop everything; what no process holds goes with the network namespace."""
        sockets.close_all(self.held)
        self.held = []
