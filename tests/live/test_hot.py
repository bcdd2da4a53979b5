#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""On a host whose sockets go out, the daemon that is near its CpuBudget= counts hot destinations alone, and these exactly: what
it says is free is what connect() then gets."""

import json
import os

import deadline
import netns
import programs
import sandbox
import sockets
import standing

LOW, PORTS = 20000, 1000
QUIET, HELD = "127.0.0.4", 300
CROWDED, EACH = 20, 280
PORT = 9000
# Over half of the ports each, by address: IPv4, IPv6, and IPv4 on a socket of IPv6.
BUSY = {"127.0.0.2": ("127.0.0.2", 600), "::1": ("::1", 560), "::ffff:127.0.0.3": ("127.0.0.3", 520)}
CLOSED = 250
SHARE = 0.004


class Host:
    """Listeners, and what is connected to them."""

    def __init__(self):
        self._servers = {}
        self._kept = []

    def connect(self, address, count):
        """So many more."""
        if address not in self._servers:
            self._servers[address] = sockets.listener(address, PORT)
        self._kept.append(sockets.connections(count, address, PORT, self._servers[address]))

    def close_some(self, address, count):
        """So many connections that come and go."""
        sockets.make_time_wait(count, address, PORT, self._servers[address])


def status(daemon):
    """What the daemon has left."""
    with open(daemon.state, encoding="utf-8") as file:
        return json.load(file)


def next_hot(daemon):
    """The rows by destination of a reading of hot tuples that began after now, and how old the rest is."""
    first = status(daemon)["daemon"]["dumps"] + 2
    seen = {}

    def is_there():
        told = status(daemon)
        space = told["namespaces"][0]
        if told["daemon"]["dumps"] < first or not space["rest_age_s"]:
            return False
        seen["rows"] = {row["destination"]: row for row in space["tuples"]}
        seen["age"] = space["rest_age_s"]
        return True

    deadline.wait_until(is_there, 60, "a reading of hot tuples")
    return seen["rows"], seen["age"]


def check(report, daemon, what, held):
    """Hot ones as they are now, the others as they were."""
    rows, age = next_hot(daemon)
    for address, (destination, _) in BUSY.items():
        row = rows[destination]
        report.equal("%s, held towards %s" % (what, address), (row["held"], row["age_s"]), (held[address], 0))
    others = [(row["held"], row["age_s"]) for row in rows.values() if row["port"] == standing.PORT]
    report.equal("%s, the others" % what, (len(others), set(others)), (CROWDED, {(EACH, age)}))
    return rows


def body(report):
    """Hold, then open and close while the daemon leaves out what it can."""
    netns.enter_fresh()
    netns.write_sysctl("net.ipv4.ip_local_port_range", "%d %d" % (LOW, LOW + PORTS - 1))
    netns.write_sysctl("net.ipv4.tcp_tw_reuse", 0)
    host = Host()
    crowd = standing.Crowd(CROWDED * EACH, CROWDED)
    host.connect(QUIET, HELD)
    held = {}
    for address, (_, count) in BUSY.items():
        host.connect(address, count)
        held[address] = count
    folder = os.path.join(sandbox.SCRATCH, "run")
    os.mkdir(folder)
    config = os.path.join(folder, "sockwatch.conf")
    with open(config, "w", encoding="ascii") as file:
        file.write("[Poll]\nCpuBudget=%g%%\n" % (SHARE * 100))
    with programs.Daemon(folder, "--config", config) as daemon:
        daemon.ready()
        check(report, daemon, "at first", held)
        for address, more in zip(BUSY, (100, 70, 40)):
            host.connect(address, more)
            held[address] += more
        check(report, daemon, "with more", held)
        host.close_some(QUIET, CLOSED)
        rows = check(report, daemon, "with TIME_WAIT of another", held)
        row = rows[QUIET]
        report.equal("which is hot now", (row["held"], row["time_wait"], row["age_s"]), (HELD, CLOSED, 0))
        for address, (destination, _) in list(BUSY.items()) + [(QUIET, (QUIET, 0))]:
            opened, refused = sockets.connect_until_refused(address, PORT, PORTS)
            report.equal("connect() to %s" % address, (len(opened), refused), (rows[destination]["free"], "EADDRNOTAVAIL"))
        report.equal("exit status", daemon.stop()[0], 0)
    crowd.leave()


if __name__ == "__main__":
    sandbox.main(body, 240)
