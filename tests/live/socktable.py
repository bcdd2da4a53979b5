# SPDX-License-Identifier: LGPL-2.1-or-later
"""The socket table as other programs tell it: /proc/net/tcp, /proc/net/tcp6, /proc/net/sockstat and ss(8)."""

import collections
import os
import shutil
import socket
import struct
import subprocess

# Names as in the JSON of sockwatch, by the kernel's numbers.
STATES = {1: "established", 2: "syn_sent", 3: "syn_recv", 4: "fin_wait1", 5: "fin_wait2", 6: "time_wait", 7: "close",
          8: "close_wait", 9: "last_ack", 10: "listen", 11: "closing", 12: "syn_recv"}

_SS_NAMES = {"ESTAB": "established", "SYN-SENT": "syn_sent", "SYN-RECV": "syn_recv", "FIN-WAIT-1": "fin_wait1",
             "FIN-WAIT-2": "fin_wait2", "TIME-WAIT": "time_wait", "UNCONN": "close", "CLOSE-WAIT": "close_wait",
             "LAST-ACK": "last_ack", "LISTEN": "listen", "CLOSING": "closing"}


def from_proc():
    """Count states in /proc/net/tcp and tcp6 of this thread's namespace: {"tcp": Counter, "tcp6": Counter}."""
    return {name: _count(name) for name in ("tcp", "tcp6")}


def _count(name):
    counts = collections.Counter()
    try:
        with open("/proc/thread-self/net/" + name, encoding="ascii") as file:
            next(file)
            for line in file:
                # "  0: 0100007F:1F90 00000000:0000 0A ...": the state is the fourth word.
                counts[STATES[int(line.split(None, 4)[3], 16)]] += 1
    except FileNotFoundError:
        pass  # a kernel without IPv6 has no tcp6
    return counts


def connections():
    """{(local address, local port, remote address, remote port): state} of this thread's namespace, mapped as IPv4."""
    found = {}
    for name in ("tcp", "tcp6"):
        try:
            with open("/proc/thread-self/net/" + name, encoding="ascii") as file:
                next(file)
                for line in file:
                    _, local, remote, state, _ = line.split(None, 4)
                    found[_endpoint(local) + _endpoint(remote)] = STATES[int(state, 16)]
        except FileNotFoundError:
            pass  # as above
    return found


def _endpoint(text):
    """(address, port) of "0100007F:1F90": words of the machine's own order."""
    address, port = text.split(":")
    words = struct.pack("=%dI" % (len(address) // 8), *(int(address[at:at + 8], 16) for at in range(0, len(address), 8)))
    plain = socket.inet_ntop(socket.AF_INET if len(words) == 4 else socket.AF_INET6, words)
    return plain.removeprefix("::ffff:"), int(port, 16)


def from_ss():
    """Count states in the output of ss, which reads sock_diag with code of its own; None without ss."""
    if not shutil.which("ss"):
        return None
    text = subprocess.run(["ss", "-Htan"], check=True, capture_output=True, text=True).stdout
    return collections.Counter(_SS_NAMES[line.split(None, 1)[0]] for line in text.splitlines())


def accept_queues():
    """{port: (Recv-Q, Send-Q)} of the listening sockets as ss prints them; None without ss."""
    if not shutil.which("ss"):
        return None
    text = subprocess.run(["ss", "-Hltn"], check=True, capture_output=True, text=True).stdout
    queues = {}
    for line in text.splitlines():
        _, received, sent, local = line.split()[:4]
        queues[int(local.rpartition(":")[2])] = int(received), int(sent)
    return queues


def time_wait():
    """TIME_WAIT sockets of this namespace, orphaned FIN_WAIT2 included: one cheap read for close watching."""
    return _sockstat("tw")


def in_use():
    """All others of IPv4, as cheaply."""
    return _sockstat("inuse")


def _sockstat(name):
    with open("/proc/thread-self/net/sockstat", encoding="ascii") as file:
        for line in file:
            words = line.split()
            if words[0] == "TCP:":
                return int(words[words.index(name) + 1])
    return 0


def kernel_release():
    """(major, minor) of the running kernel."""
    major, minor = os.uname().release.split(".")[:2]
    return int(major), int("".join(digit for digit in minor if digit.isdigit()))


def shows_bound():
    """Does this kernel list sockets that are bound but neither listen nor are connected?"""
    return kernel_release() >= (6, 8)
