#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""What a dump costs by what the kernel is asked to leave out: CPU time of the process that asks, which the kernel's work is
charged to. Answers are thrown away.

    filters.py POPULATION SOCKETS TURNS

With SW_TEST_FULL=1 also 500,000 sockets. As root, in network namespaces of its own; it asserts no figure.
"""

import os
import socket
import statistics
import struct
import subprocess
import sys
import time

import netns
import sandbox
import socktable

EHASH_ENTRIES = 262144
TCPDIAG_GETSOCK, NETLINK_SOCK_DIAG, REQUEST_AND_DUMP, NLMSG_DONE = 18, 4, 0x301, 3
JMP, S_GE, S_LE, AUTO, D_COND = 1, 2, 3, 6, 8
LISTEN, BOUND, TIME_WAIT, ESTABLISHED = 1 << 10, 1 << 13, 1 << 6, 1 << 1
ALL = 0xffffffff
SMALL = 1 << 3 | TIME_WAIT | 1 << 12  # what has no lock to be asked for


def without(ports):
    """A filter that leaves local PORTS out, from one to another each, as src/diag/request.c makes it."""
    size, program = 20, b""
    for i, (first, last) in enumerate(ports):
        program += struct.pack("<BBHBBHBBHBBHBBH", S_GE, 8, size, 0, 0, first, S_LE, 8, size - 8, 0, 0, last,
                               JMP, 4, (len(ports) - i - 1) * size + 8)
    return program


def towards(destinations):
    """A filter for what is connected to DESTINATIONS alone, from one to another, as src/diag/request.c makes it."""
    size, program = 20, b""
    for address, port in destinations:
        program += struct.pack("<BBHBBxxi4sBBH", D_COND, 16, size, socket.AF_INET, 32, port, socket.inet_aton(address),
                               JMP, 4, (len(destinations) - len(program) // size) * size - 20)
    # Behind the last one there is no other to go on to: what does not match ends behind the end.
    return program[:-4]


NO_ONES = [(port, port) for port in range(1, 8)]
NOBODY = [("192.0.2.%d" % number, 5432) for number in range(1, 17)]
LOCKED = struct.pack("<BBHBBH", AUTO, 4, 8, JMP, 4, 8)

# All that a whole reading asks for, and a narrow one; then one by one.
DUMPS = (
    ("whole reading", ((LISTEN, b""), (ALL & ~(LISTEN | BOUND | SMALL), LOCKED), (ALL & ~LISTEN, b""))),
    ("narrow reading, all left out", ((LISTEN, b""), (ALL & ~(LISTEN | BOUND), without(NO_ONES + [(1, 65535)])))),
    ("narrow reading, nothing left out", ((LISTEN, b""), (ALL & ~(LISTEN | BOUND), without(NO_ONES + [(8, 8)])))),
    ("all states", ((ALL, b""),)),
    ("TIME_WAIT alone", ((TIME_WAIT, b""),)),
    ("all but ESTABLISHED", ((ALL & ~ESTABLISHED & ~BOUND, b""),)),
    ("ESTABLISHED towards 1", ((ESTABLISHED, towards(NOBODY[:1])),)),
    ("ESTABLISHED towards 8", ((ESTABLISHED, towards(NOBODY[:8])),)),
    ("ESTABLISHED towards 16", ((ESTABLISHED, towards(NOBODY[:16])),)),
    ("all but bound", ((ALL & ~BOUND, b""),)),
    ("locked alone", ((ALL & ~(LISTEN | BOUND | SMALL), LOCKED),)),
    ("listeners alone", ((LISTEN, b""),)),
)


def dump(ask, states, program):
    """One request and its answer."""
    body = struct.pack("<BBBB48sII", socket.AF_INET, 0, 0, 0, bytes(48), states, 0)
    if program:
        body += struct.pack("<HH", 4 + len(program), 1) + program
    ask.send(struct.pack("<IHHII", 16 + len(body), TCPDIAG_GETSOCK, REQUEST_AND_DUMP, 1, 0) + body)
    buffer = bytearray(32768)
    while True:
        size = ask.recv_into(buffer)
        # The last message of all stands alone or at an end: 20 bytes.
        if struct.unpack_from("<H", buffer, size - 20 + 4)[0] == NLMSG_DONE and \
                struct.unpack_from("<I", buffer, size - 20)[0] == 20:
            return
        if struct.unpack_from("<H", buffer, 4)[0] == 2:
            raise OSError("the kernel refuses")


def cost(requests):
    """Milliseconds of CPU."""
    with socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, NETLINK_SOCK_DIAG) as ask:
        begin = time.process_time()
        for states, program in requests:
            dump(ask, states, program)
        return (time.process_time() - begin) * 1e3


def measure(report, population, counts, turns):
    """All dumps in turns on one population."""
    netns.enter_fresh()
    # Of the next one.
    netns.write_sysctl("net.ipv4.tcp_child_ehash_entries", EHASH_ENTRIES)
    netns.write_sysctl("net.ipv4.tcp_tw_reuse", 0)
    netns.write_sysctl("net.ipv4.tcp_max_tw_buckets", 4000000)
    netns.write_sysctl("net.ipv4.ip_local_port_range", "20000 65535")
    with subprocess.Popen([population, *map(str, counts)], stdin=subprocess.PIPE, stdout=subprocess.PIPE) as made:
        if made.stdout.readline() != b"ready\n":
            raise SystemExit("no population")
        report.equal("ESTABLISHED and TIME_WAIT", counts[:2], (socktable.in_use(), socktable.time_wait()))
        taken = {name: [] for name, _ in DUMPS}
        for _ in range(turns):
            for name, requests in DUMPS:
                taken[name].append(cost(requests))
        whole = statistics.median(taken["whole reading"])
        report.note("{:,} ESTABLISHED, {:,} TIME_WAIT".format(*counts))
        for name, costs in taken.items():
            middle = statistics.median(costs)
            report.note("  %-34s %8.1f ms  %5.3f of a whole one" % (name, middle, middle / whole))
        made.stdin.close()


def body(report):
    """A population after the other."""
    netns.enter_fresh()
    netns.write_sysctl("net.ipv4.tcp_child_ehash_entries", EHASH_ENTRIES)
    sockets, turns = int(sys.argv[2]), int(sys.argv[3])
    for number in (sockets, 500000) if os.environ.get("SW_TEST_FULL") == "1" else (sockets,):
        destinations = max(1, number // 5000)
        measure(report, sys.argv[1], (number, 0, destinations), turns)
        measure(report, sys.argv[1], (0, number, destinations), turns)


if __name__ == "__main__":
    sandbox.main(body, 280)
