# SPDX-License-Identifier: LGPL-2.1-or-later
"""Tries what a service may want or must not be able to do; prints {what: error or null}. Runs inside the box."""

import ctypes
import json
import mmap
import os
import socket

NETLINK_SOCK_DIAG = 4
CLONE_NEWUSER = 0x10000000


def _unshare():
    if ctypes.CDLL(None, use_errno=True).unshare(CLONE_NEWUSER) != 0:
        raise OSError(ctypes.get_errno(), "unshare")


def _read(path):
    with open(path, encoding="ascii") as file:
        if not file.read():
            raise OSError("%s is empty" % path)


WANTED = {
    "read /proc/sys/net": lambda: _read("/proc/sys/net/ipv4/ip_local_port_range"),
    "read /proc/net": lambda: _read("/proc/net/sockstat"),
    "read the cgroups": lambda: os.listdir("/sys/fs/cgroup"),
    "make a sock_diag socket": lambda: socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, NETLINK_SOCK_DIAG).close(),
    "make a Unix socket": lambda: socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM).close(),
}

FORBIDDEN = {
    "write to /etc": lambda: open("/etc/probe", "w", encoding="ascii").close(),
    "write to /usr": lambda: open("/usr/probe", "w", encoding="ascii").close(),
    "write to /proc/sys": lambda: open("/proc/sys/net/ipv4/tcp_tw_reuse", "w", encoding="ascii").close(),
    "write to the cgroups": lambda: os.mkdir("/sys/fs/cgroup/probe-%d" % os.getpid()),
    "make an IPv4 socket": lambda: socket.socket(socket.AF_INET).close(),
    "make an IPv6 socket": lambda: socket.socket(socket.AF_INET6).close(),
    "make a packet socket": lambda: socket.socket(socket.AF_PACKET, socket.SOCK_RAW, 0).close(),
    "see process 1": lambda: _read("/proc/1/status"),
    "become root": lambda: os.setuid(0),
    "look into /root": lambda: os.listdir("/root"),
    "make code writable": lambda: mmap.mmap(-1, 4096, prot=mmap.PROT_READ | mmap.PROT_WRITE | mmap.PROT_EXEC).close(),
    "make a setuid file": lambda: os.fchmod(os.open("/tmp", os.O_TMPFILE | os.O_RDWR), 0o4755),
    "make a user namespace": _unshare,  # the last one: where it succeeds nobody is root any more
}


def _tried(action):
    try:
        action()
    except OSError as error:
        return "%s: %s" % (type(error).__name__, error)
    return None


if __name__ == "__main__":
    print(json.dumps({what: _tried(action) for what, action in {**WANTED, **FORBIDDEN}.items()}))
