# SPDX-License-Identifier: LGPL-2.1-or-later
"""A namespace with a small port range and a server, and what may happen on its ports before somebody asks."""

import socket

import deadline
import netns
import sockets
import socktable

RANGE = "40000 40099"
SIZE = 100
PORT = 9000
OTHER_PORT = 9001
NEAR, FAR = "10.97.0.1", "10.97.0.2"
NEAR6, FAR6 = "fd00:97::1", "fd00:97::2"
NOBODY = "10.97.0.9"  # on the way to the far side; a SYN to it is never answered
OWN, OWN_TOO = "10.98.0.1", "10.98.0.2"  # no loopback addresses, but on the loopback device
MAPPED = "::ffff:127.0.0.1"

_SOURCES = {FAR: NEAR, FAR6: NEAR6, NOBODY: NEAR, OWN_TOO: OWN, MAPPED: "127.0.0.1"}


def source_to(destination):
    """The address a plain connect() there comes from."""
    return _SOURCES.get(destination, destination)


class Stage:
    """The namespace of one case, with a server at the destination that the case is about."""

    def __init__(self, to, port_range=RANGE, sysctls=None, far_sysctls=None):
        netns.enter_fresh()
        netns.write_sysctl("net.ipv4.ip_local_port_range", port_range)
        for key, value in (sysctls or {}).items():
            netns.write_sysctl("net.ipv4." + key, value)
        self.to = to
        self.far = None
        if to in (FAR, FAR6, NOBODY):
            self._furnish_far(far_sysctls or {})
        if to in (OWN, OWN_TOO):
            for address in (OWN, OWN_TOO):
                netns.ip("address", "add", address + "/24", "dev", "lo")
        self.kept = []
        self.server = None if to == NOBODY else self.serve(PORT)

    def _furnish_far(self, sysctls):
        self.far = netns.another()
        netns.veth(self.far, [NEAR + "/24", NEAR6 + "/64"], [FAR + "/24", FAR6 + "/64"])
        netns.ip("neighbour", "add", NOBODY, "lladdr", "02:00:00:00:00:09", "dev", "v0", "nud", "permanent")
        with self.far.entered():
            for key, value in sysctls.items():
                netns.write_sysctl("net.ipv4." + key, value)

    def serve(self, port):
        """A listener at the destination that never runs full."""
        if self.far:
            with self.far.entered():
                server = sockets.listener(self.to, port)
        else:
            server = sockets.listener("127.0.0.1" if self.to == MAPPED else self.to, port)
        self.keep([server])
        return server

    def keep(self, made):
        """Hold on to sockets until the case is over."""
        self.kept += made

    def connections(self, count, **how):
        """COUNT connections to the destination, left open."""
        for ends in sockets.connections(count, self.to, PORT, self.server, **how):
            self.keep(ends)

    def connections_elsewhere(self, count, **how):
        """COUNT connections to another port of the destination, left open: (client ends, server ends)."""
        ends = sockets.connections(count, self.to, OTHER_PORT, self.serve(OTHER_PORT), **how)
        for some in ends:
            self.keep(some)
        return ends

    def close(self):
        """Let go of everything."""
        sockets.close_all(self.kept)
        self.kept = []


def connected(count, **how):
    """COUNT connections to the destination, left open."""
    return lambda stage: stage.connections(count, **how)


def connected_elsewhere(stage):
    """All ports of the range in use, towards another port of the destination."""
    stage.connections_elsewhere(SIZE)


def connecting(count, **how):
    """COUNT connections on their way to the destination."""
    return lambda stage: stage.keep(sockets.connect_until_refused(stage.to, PORT, count, wait=False, **how)[0])


def connecting_given_up(stage):
    """The whole range was on its way to the destination, and is no more."""
    sockets.close_all(sockets.connect_until_refused(stage.to, PORT, SIZE, wait=False)[0])


def listening(address, port, v6only=False):
    """A listener on a port of the range."""
    return lambda stage: stage.keep([sockets.listener(address, port, v6only=v6only)])


def bound(count, address="127.0.0.1", ports=None):
    """Idle sockets bound to ports of the range."""
    return lambda stage: stage.keep(sockets.bound(count, address, ports))


def bound_with(option, port=40020):
    """One idle socket bound to a port that it is ready to share."""
    def prepare(stage):
        made = sockets.make("127.0.0.1")
        made.setsockopt(socket.SOL_SOCKET, option, 1)
        made.bind(("127.0.0.1", port))
        stage.keep([made])
    return prepare


def bound_for_udp(stage):
    """A port that is bound, but not for TCP."""
    made = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    made.bind(("127.0.0.1", 40020))
    stage.keep([made])


def bound_then_closed(stage):
    """An explicit bind of a port that connect() uses too, and its end: only what connect() chose is left."""
    connected_elsewhere(stage)
    sockets.close_all(sockets.bound(1, "127.0.0.2", [40030]))


def bound_then_connected(*ports, count=1):
    """Sockets bound to these ports, 0 being any, and then connected to another port of the destination."""
    def prepare(stage):
        other = stage.serve(OTHER_PORT)
        for port in ports:
            for ends in sockets.connections(count, stage.to, OTHER_PORT, other,
                                            source=(source_to(stage.to), port)):
                stage.keep(ends)
    return prepare


def bound_then_time_wait(port):
    """A socket bound to this port, connected to another one of the destination, and closed."""
    return lambda stage: sockets.make_time_wait(1, stage.to, OTHER_PORT, stage.serve(OTHER_PORT),
                                                source=(source_to(stage.to), port))


class Children:
    """Accepted connections on a port of the range whose listener goes away before them."""

    def __init__(self, stage, count, port=40010):
        self._listener = sockets.listener("127.0.0.1", port)
        self.clients, self.accepted = sockets.connections(count, "127.0.0.1", port, self._listener)
        stage.keep(self.clients + self.accepted)

    def orphan(self):
        """The listener is gone."""
        self._listener.close()

    def close(self):
        """They close first, so that TIME_WAIT is on their port."""
        before = socktable.time_wait()
        sockets.close_all(self.accepted)
        sockets.close_all(self.clients)
        deadline.wait_until(lambda: socktable.time_wait() - before == len(self.accepted), 5, "TIME_WAIT of children")


def orphans(count, closed=False):
    """Accepted connections keep the port of their listener blocked after it is gone, also as TIME_WAIT."""
    def prepare(stage):
        children = Children(stage, count)
        if closed:
            children.close()
        children.orphan()
    return prepare


def in_turn(*preparations):
    """One preparation after the other."""
    def prepare(stage):
        for each in preparations:
            each(stage)
    return prepare


def reserved_later(stage):
    """Ports that are in use already when they are reserved count once."""
    stage.connections(50)
    netns.write_sysctl("net.ipv4.ip_local_reserved_ports", ",".join(
        str(end.getsockname()[1]) for end in stage.kept if end.getsockname()[1] != PORT))


def time_wait(count=SIZE, **how):
    """COUNT connections to the destination, closed by this side first."""
    return lambda stage: sockets.make_time_wait(count, stage.to, PORT, stage.server, **how)


def time_wait_elsewhere(stage):
    """The whole range in TIME_WAIT towards another port of the destination."""
    sockets.make_time_wait(SIZE, stage.to, OTHER_PORT, stage.serve(OTHER_PORT))


def half_closed(stage):
    """Closed by this side first, and not by the other: the kernel keeps a small FIN_WAIT2 of each."""
    clients, accepted = sockets.connections(SIZE, stage.to, PORT, stage.server)
    stage.keep(accepted)
    sockets.close_all(clients)
    deadline.wait_until(lambda: socktable.time_wait() == SIZE, 5, "orphaned FIN_WAIT2")


def closed_by_server(stage):
    """Connections closed by the other side first: the TIME_WAIT are the server's."""
    clients, accepted = sockets.connections(SIZE, stage.to, PORT, stage.server)
    sockets.close_all(accepted)
    sockets.close_all(clients)

    def left():
        if not stage.far:
            return socktable.time_wait() == SIZE
        with stage.far.entered():
            return socktable.time_wait() == SIZE
    deadline.wait_until(left, 5, "TIME_WAIT on the server's side")


def half_by_ipv4(stage):
    """Half of the ports used by IPv4 sockets; the destination is then asked through IPv6 sockets."""
    for ends in sockets.connections(SIZE // 2, "127.0.0.1", PORT, stage.server):
        stage.keep(ends)


def by_ipv6_first(stage):
    """The whole range used on ::1, which is no matter of 127.0.0.1's."""
    server = sockets.listener("::1", PORT)
    stage.keep([server])
    for ends in sockets.connections(SIZE, "::1", PORT, server):
        stage.keep(ends)


def timestamps_off(stage):
    """Switched off after the TIME_WAIT were made with them."""
    time_wait()(stage)
    netns.write_sysctl("net.ipv4.tcp_timestamps", 0)
