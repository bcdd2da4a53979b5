#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""The rule bind-ports: sockets bound to (address, 0) that use up a range raise it; plain connects do not."""

import contextlib
import os

import deadline
import netns
import programs
import sandbox
import sockets

RANGE = 200
SOURCE = "127.0.0.5"
PORTS = (9000, 9001, 9002, 9003)


@contextlib.contextmanager
def watched(name):
    """A namespace with few ports and a daemon; yields a function that gives its alerts, as {(rule, subject): event}."""
    netns.enter_fresh()
    netns.write_sysctl("net.ipv4.ip_local_port_range", "40000 %d" % (40000 + RANGE - 1))
    folder = os.path.join(sandbox.SCRATCH, name)
    os.mkdir(folder)
    with programs.Daemon(folder, "--interval", "100ms") as daemon:
        daemon.ready()
        yield lambda: {(alert["rule"], alert["subject"]): alert
                       for alert in programs.status("--runtime-dir", folder)["alerts"]}


def check_bound(report):
    """All but one port taken by bind(0), spread over four destinations, and one plain connection."""
    with watched("bound") as alerts:
        servers = {port: sockets.listener("127.0.0.1", port) for port in PORTS}
        plain = sockets.connections(1, "127.0.0.1", PORTS[0], servers[PORTS[0]])
        opened = [sockets.connections(RANGE // 4 - (port == PORTS[0]), "127.0.0.1", port, servers[port],
                                      source=(SOURCE, 0)) for port in PORTS]
        deadline.wait_until(lambda: ("bind-ports", SOURCE) in alerts(), 20, "an alert of bind-ports about " + SOURCE)
        found = alerts()
        alert = found[("bind-ports", SOURCE)]
        report.equal("bound: rules", sorted(found), [("bind-ports", SOURCE)])
        report.equal("bound: severity, cause, first advice",
                     (alert["severity"], alert["cause"], alert["advice"][0]["id"]),
                     ("critical", "bind-zero", "bind-address-no-port"))
        wall = alert["bind_wall"]
        report.equal("bound: source, used, capacity, free",
                     (wall["source"], wall["used"], wall["capacity"], wall["free"]), (SOURCE, RANGE - 1, RANGE, 1))
        report.check("bind() to %s " % SOURCE in programs.run().stdout, "bound: status says nothing of bind()")
        # What it said has to be so.
        last, error = sockets.bind_until_refused(SOURCE, RANGE)
        report.equal("bound: bind() until refused", (len(last), error), (wall["free"], "EADDRINUSE"))
        sockets.close_all(last)
        for ends in (plain, *opened):
            sockets.close_all(ends[0] + ends[1])


def check_plain(report):
    """Connections without bind() take even and odd ports of two destinations alike, up to the last."""
    with watched("plain") as alerts:
        servers = [sockets.listener("127.0.0.1", port) for port in PORTS[:2]]
        opened = [sockets.connections(RANGE, "127.0.0.1", port, server)
                  for port, server in zip(PORTS, servers)]
        wanted = [("ephemeral-ports", "127.0.0.1->127.0.0.1:%d" % port) for port in PORTS[:2]]
        deadline.wait_until(lambda: all(one in alerts() for one in wanted), 20, "alerts about two destinations")
        report.equal("plain: rules", sorted(alerts()), wanted)
        for ends in opened:
            sockets.close_all(ends[0] + ends[1])


def body(report):
    """Both in namespaces of their own."""
    check_bound(report)
    check_plain(report)


if __name__ == "__main__":
    sandbox.main(body, 100)
