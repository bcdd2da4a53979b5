#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Thousands of quiet connections are not counted again and again; the one tuple that fills up among them is seen."""

import json
import os
import time

import deadline
import netns
import programs
import sandbox
import sockets

INTERVAL = 0.2
WATCHED = 4
PORTS = 28232
QUIET = range(9001, 9011)
HELD = 300
BUSY = 9000
BATCH = 100


def read(path):
    """The daemon's file, and when it was touched last."""
    with open(path, encoding="utf-8") as file:
        return json.load(file), os.stat(path).st_mtime_ns


def check_rest(report, path):
    """The file is kept fresh, and what it shows is not counted anew. (Sockets of the whole host count a little.)"""
    times, touches, end = set(), set(), time.monotonic() + WATCHED
    while time.monotonic() < end:
        status, touched = read(path)
        times.add(status["time"])
        touches.add(touched)
        time.sleep(INTERVAL / 4)
    report.check(len(touches) >= 5 and len(times) <= len(touches) / 2,
                 "%d connections at rest for %d s: %d ticks, %d readings" % (len(QUIET) * HELD, WATCHED, len(touches),
                                                                           len(times)))


def critical(path):
    """The critical alert there is."""
    return next((one for one in read(path)[0]["alerts"] if one["severity"] == "critical"), None)


def check_alert(report, path, server):
    """One destination gets connections that are closed at once, as fast as they come."""
    closed = 0
    while closed < PORTS - BATCH and not critical(path):
        clients, accepted = sockets.connections(BATCH, "127.0.0.1", BUSY, server)
        sockets.close_all(clients + accepted)
        closed += BATCH
    alert = deadline.wait_until(lambda: critical(path), 10, "the alert")
    report.check(alert["tuple"]["port"] == BUSY, "after %d of %d ports: %s" % (closed, PORTS, alert["summary"]))


def body(report):
    """Hold, rest, close."""
    netns.enter_fresh()
    netns.write_sysctl("net.ipv4.ip_local_port_range", "32768 %d" % (32768 + PORTS - 1))
    # Over loopback they would be had again after a second.
    netns.write_sysctl("net.ipv4.tcp_tw_reuse", "0")
    kept = []
    for port in QUIET:
        server = sockets.listener("127.0.0.1", port)
        kept += [server, *sockets.connections(HELD, "127.0.0.1", port, server)]
    server = sockets.listener("127.0.0.1", BUSY)
    folder = os.path.join(sandbox.SCRATCH, "run")
    os.mkdir(folder)
    with programs.Daemon(folder, "--interval", "%dms" % (INTERVAL * 1000)) as daemon:
        daemon.ready()
        check_rest(report, daemon.state)
        check_alert(report, daemon.state, server)
        report.equal("exit status", daemon.stop()[0], 0)


if __name__ == "__main__":
    sandbox.main(body, 90)
