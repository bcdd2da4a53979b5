#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""What the daemon costs while very many connections do nothing: its CPU at rest and when it counts, and its memory; and that
of the command.

    crowd_at_rest.py COST CONNECTIONS DESTINATIONS SECONDS [served]

COST is cost.c. Served: the connections are those of a listening port, with so many peers.
In namespaces of its own, with the default configuration. It asserts no figure.
"""

import json
import os
import subprocess
import sys
import time

import programs
import sandbox
import sockets
import socktable
import standing

STEP = 0.05
LEAST_OF_COUNT = 2e-3  # seconds of CPU; a look at rest needs a twentieth


def cpu(pid):
    """Seconds that a process has been on a processor."""
    with open("/proc/%d/schedstat" % pid, encoding="ascii") as file:
        return int(file.read().split()[0]) / 1e9


def memory(pid):
    """Resident now, and the most so far, in MiB."""
    with open("/proc/%d/status" % pid, encoding="ascii") as file:
        lines = dict(line.split(":", 1) for line in file)
    return tuple(int(lines[key].split()[0]) / 1024 for key in ("VmRSS", "VmHWM"))


def follow(daemon, seconds):
    """What the daemon did, as (seconds, CPU) of its rest and the CPU of each time it counted.

    A step with much CPU is of a count, which ends with a new status.json.
    """
    pid, end = daemon.process.pid, time.monotonic() + seconds
    rested, used, counts, counting = 0, 0, [], 0
    then, before, inode = time.monotonic(), cpu(pid), os.stat(daemon.state).st_ino
    while time.monotonic() < end or counting > 0:
        time.sleep(STEP)
        now, spent = time.monotonic(), cpu(pid) - before
        before += spent
        if os.stat(daemon.state).st_ino != inode:
            inode = os.stat(daemon.state).st_ino
            counts.append(counting + spent)
            counting = 0
        elif counting > 0 or spent > LEAST_OF_COUNT:
            counting += spent
        else:
            rested += now - then
            used += spent
        then = now
    return (rested, used), counts


def show(report, daemon, seconds):
    """Measure and tell."""
    (rested, used), counts = follow(daemon, seconds)
    with open(daemon.state, encoding="utf-8") as file:
        told = json.load(file)
    resident, most = memory(daemon.process.pid)
    report.note("%s sockets, a look every %g s, for %d s" % ((told["namespaces"][0]["sockets"] or {}).get("total"),
                                                            told["daemon"]["interval_s"], seconds))
    report.note("at rest %.4f %% of one core: %.0f us a second" % (100 * used / rested, 1e6 * used / rested))
    report.note("counted %d times, with %s ms of CPU; the last one took %.0f ms in all"
                % (len(counts), [round(1e3 * one) for one in counts], told["duration_ms"]))
    report.note("memory %.1f MiB resident, %.1f MiB at the most" % (resident, most))
    report.check(told["complete"], "the last count was complete, because of: %s" % told["daemon"]["last_dump_reason"])


def show_command(report, folder):
    """The peak of the command beside the daemon."""
    for words in (["status"], ["status", "--json"]):
        done = subprocess.run([sys.argv[1], programs.sockwatch(), *words, "--runtime-dir", folder], stdout=subprocess.PIPE,
                              check=True)
        report.note("sockwatch %s: %.1f MiB at the most" % (" ".join(words), int(done.stdout.split()[2]) / 1024))


def body(report):
    """Populate, then watch."""
    connections, destinations, seconds = (int(word) for word in sys.argv[2:5])
    servers = [sockets.listener(standing.SOURCE, standing.PORT)] if sys.argv[5:] else []
    crowd = standing.Crowd(connections, destinations, served=bool(servers))
    report.equal("sockets", connections + len(servers), socktable.in_use())
    folder = os.path.join(sandbox.SCRATCH, "run")
    os.mkdir(folder)
    os.environ["WATCHDOG_USEC"] = "90000000"
    with programs.Daemon(folder) as daemon:
        daemon.ready(60)
        daemon.notify.drain()
        time.sleep(2)
        show(report, daemon, seconds)
        show_command(report, folder)
        report.equal("exit status", daemon.stop()[0], 0)
    crowd.leave()


if __name__ == "__main__":
    sandbox.main(body, int(sys.argv[4]) + 180)
