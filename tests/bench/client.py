#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""A host with very many outgoing connections that opens and closes so many a second to one more destination: how late is the
daemon within its CpuBudget=, and how often does it see that destination.

    client.py CONNECTIONS DESTINATIONS RATE SECONDS

As root, in namespaces of its own, with the default configuration. Of what the daemon does it asserts no figure.
"""

import os
import sys
import time

import budget
import netns
import openloop
import programs
import sandbox
import standing

PORT = 9000
# TIME_WAIT has become as many as it will.
STEADY_S = 65


def body(report):
    """Populate, load, follow."""
    count, destinations, rate, seconds = (int(word) for word in sys.argv[1:])
    netns.write_sysctl("net.ipv4.tcp_child_ehash_entries", budget.EHASH_ENTRIES)
    netns.enter_fresh()
    netns.write_sysctl("net.ipv4.tcp_tw_reuse", 0)
    crowd = standing.Crowd(count, destinations)
    before = min(STEADY_S, seconds)
    load = openloop.OpenLoop(PORT, lambda n: n / rate, before + seconds + 1)
    time.sleep(before)
    folder = os.path.join(sandbox.SCRATCH, "run")
    os.mkdir(folder)
    with programs.Daemon(folder) as daemon:
        daemon.ready(60)
        space = budget.follow(report, daemon, seconds)
        report.check(space["sockets"]["total"] >= count, "%d sockets" % space["sockets"]["total"])
        report.equal("exit status", daemon.stop(seconds=60)[0], 0)
    made = load.outcome()
    report.check(made["failed"] is None, "%d connections made, no connect() failed" % made["n"])
    crowd.leave()


if __name__ == "__main__":
    sandbox.main(body, 2 * int(sys.argv[4]) + 200)
