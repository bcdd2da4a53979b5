#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""A host with very many connections of a server while another one has so many new ones a second: is CpuBudget= kept, how late
is the daemon, and what does it see.

    budget.py STORM CONNECTIONS RATE SECONDS

As root, in namespaces of its own, with the default configuration; a million take 4 GiB. Of what the daemon does it asserts no
figure.
"""

import json
import os
import signal
import socket
import statistics
import subprocess
import sys
import time

import linux
import netns
import programs
import sandbox
import sockets
import socktable

PORT, BUSY, PER_KEEPER = 443, 9000, 15000
TCP_REPAIR = 19
# As many buckets as a host of this size has, and nobody else's sockets in them.
EHASH_ENTRIES = 262144
# From then on as many TIME_WAIT go as come; those that the timer wheel keeps longer included.
FULL_S = 62
TIME_WAIT_S = 60
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


class Storm:
    """The traffic: RATE connections a second, each closed by the server first."""

    def __init__(self, program, rate, seconds):
        self._process = subprocess.Popen([program, str(BUSY), str(rate), str(seconds)], stdin=subprocess.PIPE,
                                         stdout=subprocess.PIPE)

    def end(self, report):
        """Hold what it says that it made against what the kernel counted, and what is left of it."""
        self._process.stdin.close()
        words = self._process.stdout.read().split()
        left = socktable.time_wait()
        report.equal("exit status of the traffic", self._process.wait(), 0)
        made, took = int(words[0]), float(words[1])
        report.equal("connects", made, opens())
        least = 0.5 * made * min(1, TIME_WAIT_S / took)  # it makes up for what others kept it from
        report.check(left >= least, "%d TIME_WAIT, at least %.0f" % (left, least))


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
    return told["namespaces"][0]


def body(report):
    """Populate, load, follow."""
    count, rate, seconds = (int(word) for word in sys.argv[2:])
    netns.write_sysctl("net.ipv4.tcp_child_ehash_entries", EHASH_ENTRIES)
    netns.enter_fresh()
    netns.write_sysctl("net.ipv4.tcp_max_tw_buckets", 4000000)
    kept = sockets.listener("127.0.0.1", PORT)
    children = connections_of_a_server(count)
    report.equal("connections", count, socktable.in_use() - 1)
    storm = Storm(sys.argv[1], rate, FULL_S + 2 * seconds)
    time.sleep(min(FULL_S, seconds))
    folder = os.path.join(sandbox.SCRATCH, "run")
    os.mkdir(folder)
    with programs.Daemon(folder) as daemon:
        daemon.ready(60)
        report.note("the first reading: %.2f s of CPU" % cpu(daemon.process.pid))
        space = follow(report, daemon, seconds)
        seen = programs.listening(space, PORT)["states"]["established"]
        # Where a bucket has many sockets and they change, a dump may miss a few, or show one twice.
        report.check(abs(seen - count) <= count // 1000, "%d connections seen" % seen)
        report.equal("TIME_WAIT of the server", programs.listening(space, BUSY)["states"]["time_wait"],
                     space["states"]["time_wait"])
        text = programs.run("--runtime-dir", folder).stdout  # of so many it may be too late, where others work
        report.note(text[text.index("Daemon:"):].rstrip().replace("\n", "\n      "))
        report.equal("exit status", daemon.stop(seconds=60)[0], 0)  # amid a reading, it may be
    storm.end(report)
    for child in children:
        os.kill(child, signal.SIGKILL)
        os.waitpid(child, 0)
    kept.close()


if __name__ == "__main__":
    sandbox.main(body, 2 * int(sys.argv[4]) + 180)
