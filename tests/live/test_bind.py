#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""The rule bind-ports: sockets bound to (address, 0) that use up a range raise it; plain connects do not."""

import collections
import contextlib
import json
import os
import random

import deadline
import netns
import programs
import sandbox
import sockets

FEW = 400
MANY = 2000  # ports: enough for the daemon to see a destination's growth
SOURCE = "127.0.0.5"
PLAIN = "127.0.0.1"
PORTS = range(9000, 9009)
INTERVAL = "100ms"


class Watch:
    """A daemon that looks often, and what it and single readings say."""

    def __init__(self, folder, daemon):
        self._folder, self._state = folder, daemon.state

    def next(self):
        """What the daemon says after a tick that has begun after this call: the second from now."""
        for _ in range(2):
            before = os.stat(self._state).st_mtime_ns
            deadline.wait_until(lambda: os.stat(self._state).st_mtime_ns != before, 10, "the next tick", step=0.02)
        with open(self._state, encoding="utf-8") as file:
            return json.load(file)

    def alerts(self):
        """Its alerts, by rule and subject."""
        return {(alert["rule"], alert["subject"]): alert
                for alert in programs.status("--runtime-dir", self._folder)["alerts"]}


def sources(reading):
    """The walls of a reading by address."""
    return {row["address"]: row for row in reading["namespaces"][0]["sources"]}


@contextlib.contextmanager
def watched(name, n_ports):
    """A namespace with few ports and a daemon."""
    netns.enter_fresh()
    netns.write_sysctl("net.ipv4.ip_local_port_range", "40000 %d" % (40000 + n_ports - 1))
    folder = os.path.join(sandbox.SCRATCH, name)
    os.mkdir(folder)
    with programs.Daemon(folder, "--interval", INTERVAL) as daemon:
        daemon.ready()
        yield Watch(folder, daemon)


class Crowd:
    """Connections to several listeners, in the order they came."""

    def __init__(self, ports, **how):
        self._servers = {port: sockets.listener(PLAIN, port) for port in ports}
        self._ends, self._how = collections.deque(), how

    def __len__(self):
        return len(self._ends)

    def open(self, count, port):
        """COUNT more to PORT; fewer where no port is left."""
        clients = []
        with contextlib.suppress(OSError):
            while len(clients) < count:
                clients.append(sockets.connect(PLAIN, port, **self._how))
                self._ends.append(clients[-1])
        accepted = []
        deadline.wait_until(lambda: accepted.extend(sockets.accept_all(self._servers[port]))
                            or len(accepted) == len(clients), 5, "accepted connections")
        sockets.close_all(accepted)
        return len(clients)

    def close(self, count, any_order=None):
        """Reset COUNT: the first, or any by the given generator."""
        if any_order:
            shuffled = list(self._ends)
            any_order.shuffle(shuffled)
            self._ends = collections.deque(shuffled)
        sockets.reset_all([self._ends.popleft() for _ in range(min(count, len(self._ends)))])


def check_bound(report):
    """All but one port taken by bind(0), spread over nine destinations, and one plain connection."""
    with watched("bound", FEW) as watch:
        plain, crowd = Crowd(PORTS[:1]), Crowd(PORTS[1:], source=(SOURCE, 0))
        plain.open(1, PORTS[0])
        for number in range(FEW - 2):
            crowd.open(1, PORTS[1 + number % (len(PORTS) - 1)])
        deadline.wait_until(lambda: ("bind-ports", SOURCE) in watch.alerts(), 20, "an alert of bind-ports")
        found = watch.alerts()
        alert = found[("bind-ports", SOURCE)]
        report.equal("bound: rules", sorted(found), [("bind-ports", SOURCE)])
        report.equal("bound: severity, cause, first advice",
                     (alert["severity"], alert["cause"], alert["advice"][0]["id"]),
                     ("critical", "bind-zero", "bind-address-no-port"))
        reading = programs.status()
        wall = sources(reading)[SOURCE]
        report.equal("bound: level of the reading, of the wall, in use, free",
                     (reading["level"], wall["level"], wall["in_use"], wall["bind_free"]),
                     ("critical", "critical", True, 2))
        report.check(not sources(reading)[PLAIN]["in_use"], "bound: nobody binds to %s" % PLAIN)
        report.check("bind() to %s " % SOURCE in programs.run().stdout, "bound: status says so first")
        # What it said has to be so.
        last, error = sockets.bind_until_refused(SOURCE, FEW)
        report.equal("bound: bind() until refused", (len(last), error), (wall["bind_free"], "EADDRINUSE"))
        deadline.wait_until(lambda: watch.alerts()[("bind-ports", SOURCE)]["errno"] == "EADDRINUSE", 20, "the errno")
        report.equal("bound: no port is left, and that is all", sorted(watch.alerts()), [("bind-ports", SOURCE)])
        sockets.close_all(last)


def check_idle(report):
    """All ports bound and not connected: the plain connection beside them has no alert of its own for that."""
    with watched("idle", FEW) as watch:
        plain = Crowd(PORTS[:1])
        plain.open(1, PORTS[0])
        bound, error = sockets.bind_until_refused(SOURCE, 2 * FEW)
        report.equal("idle: bind() until refused", (len(bound), error), (FEW, "EADDRINUSE"))
        deadline.wait_until(lambda: ("bind-ports", SOURCE) in watch.alerts(), 20, "an alert of bind-ports")
        watch.next()
        report.equal("idle: rules", sorted(watch.alerts()), [("bind-ports", SOURCE)])
        sockets.close_all(bound)


def check_growth(report, n_destinations):
    """A daemon sees bind(0) to one or two destinations by how it grows, and goes on to."""
    name = "growth-%d" % n_destinations
    with watched(name, MANY) as watch:
        crowd = Crowd(PORTS[:n_destinations], source=(SOURCE, 0))
        seen = []
        while len(crowd) < MANY - 100:
            crowd.open(100, PORTS[len(crowd) // 100 % n_destinations])
            seen.append(sources(watch.next())[SOURCE]["in_use"])
        report.check(all(seen[4:]), "%s: from when on it is seen: %s" % (name, seen))
        crowd.close(500)
        crowd.open(200, PORTS[0])
        report.check(sources(watch.next())[SOURCE]["in_use"], name + ": and when they have changed")


def check_plain(report, n_ports, n_waves, seed):
    """Waves of plain connections up to half, to more, to all, and away again, are never taken for bind()."""
    name = "plain-%d" % n_ports
    chance = random.Random(seed)
    wrong = []

    def look(when):
        for row in [*sources(watch.next()).values(), *sources(programs.status()).values()]:
            if row["in_use"]:
                wrong.append((when, row))

    with watched(name, n_ports) as watch:
        crowd = Crowd(PORTS)
        for wave in range(n_waves):
            top = chance.choice((0.3, 0.45, 0.6, 0.8, 1)) * n_ports
            busy = chance.sample(PORTS, chance.choice((1, 2, 4, 9)) if n_ports * 9 < 5000 else chance.choice((1, 2, 3)))
            for part in range(3):
                for port in busy:
                    crowd.open(int(top / 3), port)
                look("wave %d, filling %d" % (wave, part))
            for part in range(3):
                crowd.close(int(len(crowd) * chance.choice((0.2, 0.5, 0.7))), chance if chance.random() < 0.3 else None)
                look("wave %d, emptying %d" % (wave, part))
            crowd.close(len(crowd) if chance.random() < 0.7 else 0)
        rules = {rule for rule, _ in watch.alerts()}
        report.check("bind-ports" not in rules, "%s: rules: %s" % (name, sorted(rules)))
    report.check(not wrong, "%s: taken for bind(): %s" % (name, wrong[:3] or "never"))


def check_leftovers(report):
    """Connections left in the second pass, of a tuple that was over half full between two readings."""
    with watched("leftovers", MANY) as watch:
        crowd = Crowd(PORTS[:2])
        for port in PORTS[:2]:
            crowd.open(MANY // 2 + 200, port)
            crowd.close(MANY // 2)
        found = [sources(watch.next()), sources(programs.status())]
        report.check(not any(row["in_use"] for rows in found for row in rows.values()),
                     "leftovers: %s" % [row["in_use"] for rows in found for row in rows.values()])


def body(report):
    """Each in a namespace of its own."""
    check_bound(report)
    check_idle(report)
    for n_destinations in (1, 2):
        check_growth(report, n_destinations)
    for n_ports, n_waves in ((20, 6), (60, 6), (200, 6), (MANY, 3)):
        check_plain(report, n_ports, n_waves, n_ports)
    check_leftovers(report)


if __name__ == "__main__":
    sandbox.main(body, 240)
