#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""What the daemon does on a tick at rest: few system calls, and nothing asked of the heap."""

import collections
import os
import re
import shutil
import signal
import struct
import subprocess
import sys
import time

import deadline
import programs
import sandbox
from outcome import Failure, Skip

INTERVAL = 0.1
MOST_CALLS = 40
ENOUGH = 10
TRACE = os.path.join(sandbox.SCRATCH, "trace")
COUNT = os.path.join(sandbox.SCRATCH, "allocations")


def trace(daemon):
    """The system calls of a few seconds, tick by tick, as lists of names."""
    process = subprocess.Popen(["strace", "-f", "-o", TRACE, "-p", str(daemon.process.pid)], stderr=subprocess.PIPE,
                               text=True)
    deadline.wait_until(lambda: "attached" in process.stderr.readline(), 5, "strace to attach")
    time.sleep(2.5 * ENOUGH * INTERVAL)
    process.send_signal(signal.SIGINT)
    process.wait()
    ticks = []
    with open(TRACE, encoding="utf-8", errors="replace") as file:
        for line in file:
            name = re.match(r"\d+ +(\w+)\(", line)
            if name and name[1] == "epoll_wait":
                ticks.append([])
            if name and ticks:
                ticks[-1].append(name[1])
    return ticks[1:-1]  # the first and the last may be parts


def check_calls(report, daemon):
    """A tick at rest touches the file; one that counts makes it anew."""
    ticks = [names for names in trace(daemon) if "utimensat" in names]
    most = max(ticks, key=len, default=[])
    report.check(len(ticks) >= ENOUGH and len(most) <= MOST_CALLS,
                 "%d ticks at rest, no more than %d system calls in one of them: %s"
                 % (len(ticks), len(most), dict(collections.Counter(most))))
    report.check(not any("open" in name for names in ticks for name in names), "none opens a file")


def n_allocations():
    """So far."""
    with open(COUNT, "rb") as file:
        return struct.unpack("@Q", file.read(8))[0]


def rest(daemon):
    """What has been asked of the heap over a few ticks at rest; None when one was not."""
    before, stat = n_allocations(), os.stat(daemon.state)
    time.sleep(ENOUGH * INTERVAL)
    after, now = n_allocations(), os.stat(daemon.state)
    if now.st_ino != stat.st_ino or now.st_mtime_ns - stat.st_mtime_ns < (ENOUGH / 2) * INTERVAL * 1e9:
        return None
    return after - before


def check_heap(report, daemon):
    """A tick that counts does ask the heap, or the counter would count nothing."""
    report.check(n_allocations() > 100, "%d allocations up to now" % n_allocations())
    for _ in range(5):
        n_asked = rest(daemon)
        if n_asked is not None:
            report.equal("allocations of %d ticks at rest" % ENOUGH, n_asked, 0)
            return
    raise Failure("it does not rest")


def body(report):
    """One daemon, with nothing to look at."""
    if not shutil.which("strace"):
        raise Skip("needs strace")
    folder, state = os.path.join(sandbox.SCRATCH, "run"), os.path.join(sandbox.SCRATCH, "state")
    os.mkdir(folder)
    os.mkdir(state)
    with open(COUNT, "wb") as file:
        file.write(bytes(8))
    os.environ["WATCHDOG_USEC"] = "60000000"
    preload = ["env", "LD_PRELOAD=" + sys.argv[1], "COUNT_ALLOC=" + COUNT]
    with programs.Daemon(folder, "--state-dir", state, "--interval", "%dms" % (INTERVAL * 1000),
                         before=preload) as daemon:
        daemon.ready()
        daemon.notify.drain()
        time.sleep(5 * INTERVAL)
        check_heap(report, daemon)
        check_calls(report, daemon)
        report.equal("exit status", daemon.stop()[0], 0)


if __name__ == "__main__":
    sandbox.main(body, 60)
