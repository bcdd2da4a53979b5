#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Every TCP state under its own name and in the right number, in both families, on the right port."""

import os

import deadline
import netns
import parallel
import population
import programs
import sandbox
import sockets
import socktable
import tun
from outcome import Report, Skip

BASES = (0, 1, 7, 300, 1500)
ORPHANS = 5

# Own networks: (kind, near, far, prefix of what programs write, device).
IPV4 = ("ipv4", "10.99.0.1", "10.99.0.2", "", "tun0")
IPV6 = ("ipv6", "fd99::1", "fd99::2", "", "tun1")
MAPPED = ("mapped", "10.98.0.1", "10.98.0.2", "::ffff:", "tun2")

ROWS_SHOWN = 1000  # of ports, by the format's description


def has_ipv6():
    """Does this kernel speak IPv6?"""
    return os.path.exists("/proc/sys/net/ipv6")


def populate(network, base):
    """Make BASE and a few sockets in each state; returns (population, counts by state)."""
    _, near, far, prefix, device = network
    people = population.Population(tun.Network(near, far, device), prefix + near, prefix + far)
    counts = population.wanted(base)
    for state, count in counts.items():
        people.make(state, count)
    people.orphan_fin_wait2(ORPHANS)
    counts["fin_wait2"] += ORPHANS
    counts["listen"] += people.listeners
    return people, counts


def without_bound(counts):
    """COUNTS as sources tell them that cannot list idle bound sockets."""
    return {state: count for state, count in counts.items() if count and state != "bound"}


def proc_agrees(expected):
    """Has /proc/net/tcp and tcp6 together become EXPECTED?"""
    tables = socktable.from_proc()
    return dict(tables["tcp"] + tables["tcp6"]) == without_bound(expected)


def check_totals(report, name, by_family):
    """Compare states and families with BY_FAMILY = {"ipv4": counts, "ipv6": counts}; returns the reading."""
    together = {state: sum(counts.get(state, 0) for counts in by_family.values()) for state in population.STATES}
    if not socktable.shows_bound():
        report.note("%s: this kernel does not list bound sockets, their number is not checked" % name)
        together["bound"] = 0
        by_family = {family: {**counts, "bound": 0} for family, counts in by_family.items()}
    deadline.wait_until(lambda: proc_agrees(together), 5, "%s: /proc/net/tcp to hold what was made" % name)
    reading = programs.namespace()
    for state, count in reading["states"].items():
        if count != together.get(state, 0):
            report.equal("%s: %s" % (name, state), count, together.get(state, 0))
    report.check(reading["states"] == {**dict.fromkeys(reading["states"], 0), **together},
                 "%s: %d sockets in %d states" % (name, sum(together.values()), sum(map(bool, together.values()))))
    second = socktable.from_ss()
    if second is not None:
        mine = {state: count for state, count in reading["states"].items() if count and state != "bound"}
        report.check(mine == dict(second), "%s: ss tells the same" % name)
    report.equal("%s: total, ipv4, ipv6" % name,
                 tuple(reading["sockets"][key] for key in ("total", "ipv4", "ipv6")),
                 (sum(together.values()), *(sum(by_family.get(key, {}).values()) for key in ("ipv4", "ipv6"))))
    return reading


def check_sides(report, name, reading, time_wait):
    """TIME_WAIT sits on a listening port: this side closed first, as a server."""
    sides = reading["time_wait"]
    report.equal("%s: TIME_WAIT of the server side, of the client side" % name,
                 (sides["server_side"], sides["client_side"]), (time_wait, 0))


def check_rows(report, name, reading, counts):
    """Each listening port has its own sockets and no others, and knows who closed first."""
    found, right = {}, {}
    for state, port in population.PORT.items():
        if counts[state]:
            row = programs.listening(reading, port)
            found[port] = row["total"], {key: count for key, count in row["states"].items() if count}
            right[port] = counts[state] + 1, {state: counts[state], "listen": 1}
    for port, row in found.items():
        if row != right[port]:
            report.equal("%s: total and states of port %d" % (name, port), row, right[port])
    report.check(found == right, "%s: total and states of %d listening ports" % (name, len(right)))
    row = programs.listening(reading, population.PORT["time_wait"])
    report.equal("%s: who closes first where TIME_WAIT is" % name, row["closes_first"], "us")


def check_silent(report, name, network, count):
    """SYN_SENT to one destination: each holds a port."""
    _, near, far, _, _ = network
    row = programs.destination(far, population.SYN_SENT_TO)
    report.equal("%s: family, source, SYN_SENT, held, used, free of the silent destination" % name,
                 (row["family"], row["source"], row["states"]["syn_sent"], row["held"], row["used"], row["free"]),
                 ("ipv6" if ":" in far else "ipv4", near, count, count, count, row["capacity"] - count))


def one_family(item):
    """All states in one family, alone in a namespace."""
    network, base = item
    report = Report(kept=True)
    name = "%s x %d" % (network[0], base)
    if network is not IPV4 and not has_ipv6():
        report.note("%s: left out, no IPv6 here" % name)
        return report
    netns.enter_fresh()
    population.permit()
    if not population.fits(population.wanted(base)):
        report.note("%s: left out, one process may not open that many sockets" % name)
        return report
    people, counts = populate(network, base)
    reading = check_totals(report, name, {"ipv6" if network is IPV6 else "ipv4": counts})
    check_sides(report, name, reading, counts["time_wait"])
    check_rows(report, name, reading, counts)
    # One row for each listener, and one for the remote port of the silent destination.
    rows = counts["listen"] + 1
    report.equal("%s: ports shown and omitted" % name, (len(reading["ports"]), reading.get("ports_omitted", 0)),
                 (min(rows, ROWS_SHOWN), max(0, rows - ROWS_SHOWN)))
    check_silent(report, name, network, counts["syn_sent"])
    people.close()
    return report


def all_families(_):
    """IPv4, IPv6 and IPv4 through IPv6 sockets in one namespace, in different numbers."""
    report = Report(kept=True)
    if not has_ipv6():
        report.note("together: left out, no IPv6 here")
        return report
    netns.enter_fresh()
    population.permit()
    made = {network: populate(network, base) for network, base in ((IPV4, 20), (IPV6, 33), (MAPPED, 7))}
    both = {state: made[IPV4][1][state] + made[MAPPED][1][state] for state in population.STATES}
    check_totals(report, "together", {"ipv4": both, "ipv6": made[IPV6][1]})
    for network, (_, counts) in made.items():
        check_silent(report, "together, " + network[0], network, counts["syn_sent"])
    for people, _ in made.values():
        people.close()
    return report


def link_local(_):
    """Link-local connections carry their zone, and hold ports of it."""
    report = Report(kept=True)
    if not has_ipv6():
        report.note("link-local: left out, no IPv6 here")
        return report
    netns.enter_fresh()
    netns.write_sysctl("net.ipv4.ip_local_port_range", "40000 40099")
    far = netns.another()
    netns.veth(far, ["fe80::1/64"], ["fe80::2/64"])
    with far.entered():
        server = sockets.listener("fe80::2%v1", 443)
    clients, _ = sockets.connections(10, "fe80::2%v0", 443, server)
    row = programs.destination("fe80::2%v0", 443)
    report.equal("link-local: source and destination", (row["source"], row["destination"]),
                 ("fe80::1%v0", "fe80::2%v0"))
    report.note("link-local: device %r" % row["device"])
    more, _ = sockets.connect_until_refused("fe80::2%v0", 443, 200)
    report.equal("link-local: connects left", row["free"], len(more))
    report.equal("link-local: established", row["states"]["established"], len(clients))
    return report


def accept_queue(_):
    """A listener whose queue is partly full, one that is over-full, one that is idle."""
    report = Report(kept=True)
    netns.enter_fresh()
    waiting = {8080: (10, 4), 8081: (3, 4), 8082: (100, 0)}
    servers = [sockets.listener("127.0.0.1", port, backlog) for port, (backlog, _) in waiting.items()]
    clients = [sockets.connect("127.0.0.1", port) for port, (_, count) in waiting.items() for _ in range(count)]
    reading = programs.namespace()
    told = socktable.accept_queues() or {port: (count, backlog) for port, (backlog, count) in waiting.items()}
    for port, (backlog, count) in waiting.items():
        row = programs.listening(reading, port)
        report.equal("accept queue of a listener with backlog %d and %d waiting" % (backlog, count),
                     (row["accept_queue"], row["accept_limit"]), told[port])
        # What waits in the queue is established, whether accepted or not.
        report.equal("sockets of its port", (row["states"]["listen"], row["states"]["established"], row["total"]),
                     (1, count, count + 1))
    sockets.close_all(clients + servers)
    return report


def case(item):
    """Run one case, a function and what it is about."""
    function, about = item
    return function(about)


def body(report):
    """All cases, the biggest first so that they do not end up alone."""
    if not os.path.exists("/dev/net/tun"):
        raise Skip("needs /dev/net/tun")
    cases = [(one_family, (network, base)) for base in reversed(BASES) for network in (IPV4, IPV6, MAPPED)]
    cases += [(all_families, None), (link_local, None), (accept_queue, None)]
    parallel.reports(report, case, cases)


if __name__ == "__main__":
    sandbox.main(body, 120)
