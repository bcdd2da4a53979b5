#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Where readings cost more than CpuBudget= has, the daemon keeps to it, says how late it is, and calls itself blind; what
sits on listening ports it then counts less often than what goes out."""

import json
import os
import time

import deadline
import netns
import programs
import sandbox
import sockets

SHARE = 0.002
WINDOW = 300
WATCHED = 75
QUIET = range(9001, 9011)
HELD = 850
BUSY = 9000
PER_SECOND = 600
CLOSED = 9000
NARROW = 35


def cpu_used(process):
    """Seconds of CPU time, by the scheduler's own account."""
    with open("/proc/%d/schedstat" % process.pid, encoding="ascii") as file:
        return int(file.read().split()[0]) / 1e9


def status(daemon):
    """What the daemon has left."""
    with open(daemon.state, encoding="utf-8") as file:
        return json.load(file)


def keep_busy(server, until, look=lambda: None):
    """Connections that are reset at once: they cost no port, and each might have."""
    while time.monotonic() < until:
        begin = time.monotonic()
        clients, accepted = sockets.connections(PER_SECOND // 4, "127.0.0.1", BUSY, server)
        sockets.reset_all(accepted + clients)
        look()
        deadline.sleep_until(begin + 0.25)


def check_kept(report, daemon, server):
    """Over this time it uses no more than five minutes have. Readings on every tick would be twice that.

    Returns the longest delay that it said meanwhile, in seconds.
    """
    end, delays = time.monotonic() + WATCHED, []
    before, dumps = cpu_used(daemon.process), status(daemon)["daemon"]["dumps"]
    keep_busy(server, end, lambda: delays.append(status(daemon)["daemon"]["detection_delay_s"]))
    used, now = cpu_used(daemon.process) - before, status(daemon)["daemon"]
    report.check(used <= SHARE * WINDOW and 1 <= now["dumps"] - dumps < WATCHED // 4,
                 "%.0f ms of CPU in %d s, of %.0f ms that %d s have; %d readings"
                 % (used * 1e3, WATCHED, SHARE * WINDOW * 1e3, WINDOW, now["dumps"] - dumps))
    return max(delays)


def check_told(report, daemon, delay):
    """How late at the most, in the file and for people, and that this is blindness."""
    left = status(daemon)
    report.check(delay > 10, "up to %g s late" % delay)
    report.equal("blind", [(one["rule"], one["severity"], one["cause"]) for one in left["alerts"]],
                 [("blind", "warning", "cpu-budget")])
    print("    " + left["alerts"][0]["summary"])
    text = programs.output("--runtime-dir", os.path.dirname(daemon.state))
    report.check("It looks up to " in text and "CpuBudget=" in text, "status says so")


def check_narrow(report, daemon, server):
    """With many sockets on listening ports: the tuples are counted anew each time, the rest is as old as it says."""
    seen = {}

    def look():
        left = status(daemon)
        space = left["namespaces"][0]
        held = [row["held"] for row in space["tuples"] if row["port"] in QUIET]
        rows = [row["total"] for row in space["ports"] if row["port"] in QUIET and row["role"] == "listening"]
        seen[left["time"]] = (space["rest_age_s"], sorted(held) == [HELD] * len(QUIET),
                              sorted(rows) == [HELD + 1] * len(QUIET))

    keep_busy(server, time.monotonic() + NARROW, look)
    ages = [age for age, _, _ in seen.values()]
    report.check(0 in ages and max(ages) > 0, "%d readings seen, the rest up to %g s old" % (len(seen), max(ages)))
    report.check(all(tuples and ports for _, tuples, ports in seen.values()), "all tuples and ports in each")


def configured(folder, share):
    """Arguments of a daemon with this budget."""
    os.mkdir(folder)
    config = os.path.join(folder, "sockwatch.conf")
    with open(config, "w", encoding="ascii") as file:
        file.write("[Poll]\nCpuBudget=%g%%\n" % (share * 100))
    return folder, "--config", config


def body(report):
    """Hold, keep busy; then with TIME_WAIT of a server, which makes most sockets those of listening ports."""
    netns.enter_fresh()
    kept = []
    for port in QUIET:
        server = sockets.listener("127.0.0.1", port)
        kept += [server, *sockets.connections(HELD, "127.0.0.1", port, server)]
    server = sockets.listener("127.0.0.1", BUSY)
    with programs.Daemon(*configured(os.path.join(sandbox.SCRATCH, "late"), SHARE), "--interval", "2s") as daemon:
        daemon.ready()
        check_told(report, daemon, check_kept(report, daemon, server))
        report.equal("exit status", daemon.stop()[0], 0)
    for _ in range(CLOSED // PER_SECOND):
        clients, accepted = sockets.connections(PER_SECOND, "127.0.0.1", BUSY, server)
        sockets.close_all(accepted + clients)
    with programs.Daemon(*configured(os.path.join(sandbox.SCRATCH, "narrow"), 2 * SHARE), "--interval", "1s") as daemon:
        daemon.ready()
        check_narrow(report, daemon, server)
        report.equal("exit status", daemon.stop()[0], 0)


if __name__ == "__main__":
    sandbox.main(body, 200)
