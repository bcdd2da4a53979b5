# SPDX-License-Identifier: LGPL-2.1-or-later
"""Sockets made on demand: listeners, clients, TIME_WAIT, and attempts until the kernel refuses."""

import errno
import socket
import struct

import deadline
import linux
import socktable
from outcome import Failure

NO_LINGER = struct.pack("ii", 1, 0)


def family_of(address):
    """The socket family an address is written for; ::ffff:A.B.C.D is an IPv6 socket with IPv4 traffic."""
    return socket.AF_INET6 if ":" in address else socket.AF_INET


def make(address, blocking=True):
    """A TCP socket for ADDRESS."""
    made = socket.socket(family_of(address), socket.SOCK_STREAM)
    made.setblocking(blocking)
    return made


def sockaddr(address, port):
    """ADDRESS[%DEVICE] and PORT for bind() and connect()."""
    plain, _, device = address.partition("%")
    return (plain, port, 0, socket.if_nametoindex(device)) if device else (plain, port)


def listener(address, port, backlog=4096, v6only=False):
    """A listening socket that never blocks in accept()."""
    made = make(address, blocking=False)
    made.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    if made.family == socket.AF_INET6:
        made.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, v6only)
    made.bind(sockaddr(address, port))
    made.listen(backlog)
    return made


def accept_all(server):
    """Accept what waits in the queue of SERVER."""
    accepted = []
    while True:
        try:
            accepted.append(server.accept()[0])
        except BlockingIOError:
            return accepted


def connect(address, port, source=None, no_port=False, device=None, wait=True):
    """One connection to ADDRESS.

    SOURCE: (address, port) to bind to; NO_PORT: let connect() choose the port after all; DEVICE: the one to bind to;
    not WAIT: be content with a port and a SYN on its way.
    """
    made = make(address)
    try:
        made.settimeout(5 if wait else 0)
        if no_port:
            made.setsockopt(socket.IPPROTO_IP, linux.IP_BIND_ADDRESS_NO_PORT, 1)
        if device is not None:
            made.setsockopt(socket.SOL_SOCKET, socket.SO_BINDTODEVICE, device.encode())
        if source is not None:
            made.bind(sockaddr(*source))
        made.connect(sockaddr(address, port))
    except BlockingIOError:
        pass
    except BaseException:
        made.close()
        raise
    return made


def connections(count, address, port, server, **how):
    """COUNT connections through SERVER: (client ends, server ends). HOW: as connect() takes it."""
    clients, accepted = [], []
    for _ in range(count):
        clients.append(connect(address, port, **how))
        accepted += accept_all(server)
    deadline.wait_until(lambda: accepted.extend(accept_all(server)) or len(accepted) == count, 5,
                        "%d accepted connections" % count)
    return clients, accepted


def close_all(ends):
    """Close a list of sockets."""
    for end in ends:
        end.close()


def reset_all(ends):
    """Close a list of sockets so that nothing stays in TIME_WAIT."""
    for end in ends:
        end.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, NO_LINGER)
    close_all(ends)


def make_time_wait(count, address, port, server, **how):
    """COUNT connections closed by the client first, so that TIME_WAIT holds its ports."""
    before = socktable.time_wait()
    clients, accepted = connections(count, address, port, server, **how)
    close_all(clients)
    close_all(accepted)
    deadline.wait_until(lambda: socktable.time_wait() - before == count, 5, "%d sockets in TIME_WAIT" % count)


def connect_until_refused(address, port, limit, **how):
    """Connect until the kernel has no port left: (open sockets, error name or None at LIMIT)."""
    opened = []
    while len(opened) < limit:
        try:
            opened.append(connect(address, port, **how))
        except OSError as error:
            if error.errno != errno.EADDRNOTAVAIL:
                raise Failure("connect() number %d failed with %s" % (len(opened) + 1, error)) from error
            return opened, "EADDRNOTAVAIL"
    return opened, None


def bind_until_refused(address, limit):
    """bind((ADDRESS, 0)) until the kernel has no port left: (bound sockets, error name or None at LIMIT)."""
    bound = []
    while len(bound) < limit:
        one = make(address)
        try:
            one.bind((address, 0))
        except OSError as error:
            one.close()
            if error.errno != errno.EADDRINUSE:
                raise Failure("bind() number %d failed with %s" % (len(bound) + 1, error)) from error
            return bound, "EADDRINUSE"
        bound.append(one)
    return bound, None


def bound(count, address, ports=None):
    """COUNT idle sockets bound to ADDRESS, to ports of the kernel's choice or to the given ones."""
    made = []
    for index in range(count):
        one = make(address)
        one.bind((address, ports[index] if ports else 0))
        made.append(one)
    return made
