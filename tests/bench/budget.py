#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""A server with very many connections that makes as many new ones a second as this machine does: is CpuBudget= kept, how late
is the daemon, and what does it see.

    budget.py CONNECTIONS SECONDS

As root, in namespaces of its own, with the default configuration; a million take 4 GiB. It asserts no figure.
"""

import json
import os
import signal
import socket
import statistics
import sys
import time

import linux
import netns
import programs
import sandbox
import sockets

PORT, BUSY, PROCESSES, BATCH, PER_KEEPER = 443, 9000, 2, 100, 15000
TCP_REPAIR = 19
STEP = 0.5


def connections_of_a_server(count):
    """One-sided, without packets; each from a peer and port of its own. Kept by processes that are returned."""
    children = []
    for first in range(0, count, PER_KEEPER):
        child = os.fork()
        if child == 0:
            linux.die_with_parent()
            for number in range(first, min(first + PER_KEEPER, count)):
                made = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
                made.setsockopt(socket.IPPROTO_TCP, TCP_REPAIR, 1)
                made.bind(("127.0.0.1", PORT))
                made.connect(("127.1.%d.%d" % (number // 50000, 1), 10000 + number % 50000))
                made.detach()
            os.kill(os.getpid(), signal.SIGSTOP)
        children.append(child)
    for child in children:
        os.waitpid(child, os.WUNTRACED)
    return children


def traffic(number):
    """A process that connects to itself and has the server close first, without end."""
    child = os.fork()
    if child == 0:
        linux.die_with_parent()
        server = sockets.listener("127.0.0.%d" % (number + 2), BUSY)
        while True:
            clients, accepted = sockets.connections(BATCH, "127.0.0.%d" % (number + 2), BUSY, server)
            sockets.close_all(accepted + clients)
    return child


def cpu(pid):
    """Seconds that a process has been on a processor."""
    with open("/proc/%d/schedstat" % pid, encoding="ascii") as file:
        return int(file.read().split()[0]) / 1e9


def opens():
    """Connects so far."""
    with open("/proc/net/snmp", encoding="ascii") as file:
        names, values = [line.split() for line in file if line.startswith("Tcp:")]
    return int(values[names.index("ActiveOpens")])


def follow(report, daemon, seconds):
    """What it used, and what it said."""
    pid, begin = daemon.process.pid, time.monotonic()
    first, opened, said = cpu(pid), opens(), {}
    while time.monotonic() < begin + seconds:
        time.sleep(STEP)
        with open(daemon.state, encoding="utf-8") as file:
            told = json.load(file)
        space = told["namespaces"][0]
        said[told["time"]] = (told["daemon"]["detection_delay_s"], space["rest_age_s"], space["sockets"]["total"],
                              [one["rule"] for one in told["alerts"]])
    took = time.monotonic() - begin
    delays = [one[0] for one in said.values()]
    narrow = [one for one in said.values() if one[1]]
    report.note("%d sockets, %.0f connects a second, %d s" % (max(one[2] for one in said.values()),
                                                            (opens() - opened) / took, took))
    report.note("%.2f %% of one core: %.2f s" % (100 * (cpu(pid) - first) / took, cpu(pid) - first))
    report.note("%d readings, %d of them narrow; late by %.1f s (median), %.1f s at the most; the rest up to %.0f s old"
                % (len(said), len(narrow), statistics.median(delays), max(delays), max([0] + [one[1] for one in narrow])))
    report.note("alerts: %s" % sorted({rule for one in said.values() for rule in one[3]}))


def body(report):
    """Populate, load, follow."""
    count, seconds = int(sys.argv[1]), int(sys.argv[2])
    netns.write_sysctl("net.ipv4.tcp_max_tw_buckets", 4000000)
    kept = sockets.listener("127.0.0.1", PORT)
    children = connections_of_a_server(count)
    children += [traffic(number) for number in range(PROCESSES)]
    folder = os.path.join(sandbox.SCRATCH, "run")
    os.mkdir(folder)
    with programs.Daemon(folder) as daemon:
        daemon.ready(60)
        first = cpu(daemon.process.pid)
        report.note("the first reading: %.2f s of CPU" % first)
        follow(report, daemon, seconds)
        daemon.stop()
    for child in children:
        os.kill(child, signal.SIGKILL)
        os.waitpid(child, 0)
    kept.close()


if __name__ == "__main__":
    sandbox.main(body, int(sys.argv[2]) + 200)
