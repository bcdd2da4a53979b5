#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Among very many quiet connections one destination fills up at once: the alert comes with the next look, whatever the
looks before have skipped.

With SW_TEST_FULL=1 among 300,000.
"""

import json
import os
import time

import deadline
import hoard
import netns
import programs
import sandbox
import standing

CROWD = 300000 if os.environ.get("SW_TEST_FULL") == "1" else 20000
DESTINATIONS = 1000
N_PORTS = 4000
BUSY = 9000
INTERVAL = 3
# For a machine that is busy with other tests: one look more would be three seconds.
SLACK = 1.5


def read(daemon):
    """The daemon's file."""
    with open(daemon.state, encoding="utf-8") as file:
        return json.load(file)


def critical(daemon):
    """The reading that has a critical alert, or None."""
    told = read(daemon)
    return told if any(alert["severity"] == "critical" for alert in told["alerts"]) else None


def wait_for_rest(daemon):
    """Return right after a look that has counted nothing."""
    while True:
        counted, touched = os.stat(daemon.state).st_ino, os.stat(daemon.state).st_mtime_ns
        deadline.wait_until(lambda: os.stat(daemon.state).st_mtime_ns != touched, 4 * INTERVAL, "a look")
        if os.stat(daemon.state).st_ino == counted:
            return


def body(report):
    """Rest, then take all ports to one destination."""
    netns.write_sysctl("net.ipv4.ip_local_port_range", "32768 %d" % (32768 + N_PORTS - 1))
    crowd = standing.Crowd(CROWD, DESTINATIONS)
    folder = os.path.join(sandbox.SCRATCH, "run")
    os.mkdir(folder)
    taken = hoard.Hoard(BUSY, N_PORTS)
    with programs.Daemon(folder, "--interval", "%ds" % INTERVAL) as daemon:
        daemon.ready()
        daemon.notify.drain()
        time.sleep(INTERVAL)
        wait_for_rest(daemon)
        before = read(daemon)
        report.check(before["namespaces"][0]["sockets"]["total"] >= CROWD and not before["alerts"],
                     "%d sockets, no alert" % before["namespaces"][0]["sockets"]["total"])
        taken.take()
        full = time.monotonic()
        told = deadline.wait_until(lambda: critical(daemon), 4 * INTERVAL, "the alert")
        took, dump = time.monotonic() - full, told["duration_ms"] / 1e3
        report.check(took <= INTERVAL + dump + SLACK,
                     "%.2f s after the last port was taken (looks every %d s, a dump of %.2f s): %s"
                     % (took, INTERVAL, dump, told["alerts"][0]["summary"]))
        # A look may have come while the ports were being taken.
        report.check(told["daemon"]["last_dump_reason"] in ("room", "asked"),
                     "counted because of: %s" % told["daemon"]["last_dump_reason"])
        report.equal("exit status", daemon.stop()[0], 0)
    taken.give_back()
    crowd.leave()


if __name__ == "__main__":
    sandbox.main(body, 110)
