#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""`free` is the number of connect() calls that still succeed, `bind_free` that of bind(address, 0).

The kernel decides: each case gets a fresh network namespace with a small port range, makes its sockets, asks sockwatch,
and then connects or binds until it is refused. What the kernel must come to is given too, since a case that failed to
set up what it is about would prove nothing.
"""

import dataclasses
import os
import socket
import time
import typing

import deadline
import netns
import parallel
import programs
import sandbox
import sockets
import socktable
from outcome import Failure, Report
from stage import (FAR, FAR6, MAPPED, NOBODY, OTHER_PORT, OWN, OWN_TOO, PORT, RANGE, SIZE, Stage, bound, bound_for_udp,
                   bound_then_closed, bound_then_connected, bound_then_time_wait, bound_with, by_ipv6_first,
                   closed_by_server, connected, connected_elsewhere, connecting, connecting_given_up, half_by_ipv4,
                   half_closed, in_turn, listening, orphans, reserved_later, source_to, time_wait, time_wait_elsewhere,
                   timestamps_off)

LIMIT = 2 * SIZE  # more connects than any case allows
AGED = 1.4  # more than the second after which a TIME_WAIT may be reused
YOUNG = 0.9  # all of a case with young TIME_WAIT has to be over by then
PATIENCE = 80  # seconds of such tries on a machine that is busy with other tests


@dataclasses.dataclass
class Case:
    """What is set up, where the connects go, and what the kernel must then allow."""

    name: str
    expected: int
    prepare: typing.Callable = lambda stage: None
    to: str = "127.0.0.1"
    range: str = RANGE
    sysctls: dict = dataclasses.field(default_factory=dict)
    far_sysctls: dict = dataclasses.field(default_factory=dict)
    age: float = 0
    young: bool = False
    odd: int = 0  # 1: a range of odd size, of which one attempt may miss a port
    unsure: int = 0  # how far free_low may lie below free, where sock_diag does not show everything
    untold: bool = False  # nothing that one reading sees speaks for it: shown in the table, right or wrong
    how: dict = dataclasses.field(default_factory=dict)  # the connects are made
    fields: dict = dataclasses.field(default_factory=dict)  # further members of the row
    needs: typing.Callable = lambda: True

    def ask(self):
        """The row that sockwatch has for the connects of this case."""
        destination = "127.0.0.1" if self.to == MAPPED else self.to
        return programs.destination(destination, PORT, source_to(self.to), self.how.get("device"))


def ipv6():
    """Is there IPv6?"""
    return os.path.exists("/proc/sys/net/ipv6")


def exact_reuse():
    """Does this kernel wait a full delay before it reuses (before that, it compared whole seconds)?"""
    return netns.has_sysctl("net.ipv4.tcp_tw_reuse_delay")


def recomputed():
    """Does the kernel unblock a port once only connect()-bound sockets are left on it?"""
    return socktable.kernel_release() >= (6, 18)


REUSE = {value: {"tcp_tw_reuse": value} for value in (0, 1, 2)}
PATHS = {"loopback": "127.0.0.1", "::1": "::1", "own address": OWN, "veth": FAR, "veth, IPv6": FAR6}
LO = {"device": "lo"}

PORT_CASES = [
    Case("unused destination", SIZE, fields={"capacity": SIZE, "used": 0, "level": "ok"}),
    Case("half used", SIZE // 2, connected(SIZE // 2), fields={"used": 50, "utilization": 0.5}),
    Case("60 used", 40, connected(60)),
    Case("all but one used", 1, connected(SIZE - 1)),
    Case("all used", 0, connected(SIZE), fields={"used": SIZE, "level": "exhausted"}),
    Case("ten reserved", 90, sysctls={"ip_local_reserved_ports": "40010-40019"},
         fields={"reserved": 10, "capacity": 90, "range": SIZE}),
    Case("reserved, partly outside", 95, sysctls={"ip_local_reserved_ports": "22,39990-40004,50000"},
         fields={"reserved": 5}),
    Case("all reserved, no port to ask for the route with", 0, sysctls={"ip_local_reserved_ports": "40000-40099"},
         fields={"capacity": 0, "level": "exhausted"}),
    Case("the used half is reserved later", 50, reserved_later, fields={"reserved": 50, "capacity": 50, "used": 0}),
    Case("listener in range, any address", 99, listening("0.0.0.0", 40010), fields={"blocked": 1, "capacity": 99}),
    Case("listener in range, other address", 99, listening("127.0.0.2", 40011), fields={"blocked": 1}),
    Case("listener in range, [::1] only", 99, listening("::1", 40012, v6only=True), needs=ipv6, fields={"blocked": 1}),
    Case("listener on a reserved port", 90, listening("0.0.0.0", 40010),
         sysctls={"ip_local_reserved_ports": "40010-40019"}, fields={"blocked": 0, "reserved": 10}),
    Case("bound, idle", 97, bound(3, ports=[40020, 40021, 40050]), needs=socktable.shows_bound,
         fields={"blocked": 3}),
    Case("bound with SO_REUSEADDR, idle", 99, bound_with(socket.SO_REUSEADDR), needs=socktable.shows_bound),
    Case("bound with SO_REUSEPORT, idle", 99, bound_with(socket.SO_REUSEPORT), needs=socktable.shows_bound),
    Case("bound by bind(0), idle", 90, bound(10), needs=socktable.shows_bound, fields={"blocked": 10}),
    Case("bound, idle, [::1]", 99, bound(1, "::1", [40033]), needs=lambda: ipv6() and socktable.shows_bound()),
    Case("bound for UDP", SIZE, bound_for_udp),
    Case("bound, then connected elsewhere", 97, bound_then_connected(40020, 40021, 40050), fields={"blocked": 3}),
    Case("bound by bind(0), connected elsewhere", 90, bound_then_connected(0, count=10), unsure=10),
    Case("bound without a port, connected elsewhere", SIZE,
         lambda stage: stage.connections_elsewhere(SIZE, source=("127.0.0.1", 0), no_port=True)),
    Case("bound to an odd port, TIME_WAIT elsewhere", 99, bound_then_time_wait(40051), unsure=1),
    Case("bound to an even port, TIME_WAIT elsewhere", 99, bound_then_time_wait(40050), untold=True),
    Case("children of a closed listener", 99, orphans(5), unsure=1),
    Case("TIME_WAIT of a closed listener's children", 99, orphans(50, closed=True), unsure=1),
    Case("a closed listener's child, bound TIME_WAIT", 98, in_turn(orphans(5), bound_then_time_wait(40051)), unsure=2),
    Case("bound, idle, and closed again", SIZE, bound_then_closed, needs=recomputed),
    Case("other port of the destination", SIZE, connected_elsewhere),
    Case("other port, all TIME_WAIT", SIZE, time_wait_elsewhere, sysctls=REUSE[0]),
    Case("half used of an own address", 50, connected(50), OWN),
    Case("half used of a second address", 50, connected(50), OWN_TOO),
    Case("all used on a device", SIZE, connected(SIZE, device="lo"), how={"wait": False}),
    Case("all but one used, and that on a device", 0, in_turn(connected(SIZE - 1), connecting(1, device="lo")),
         how={"wait": False, "device": "lo"}),
    Case("on their way", 60, connecting(40), NOBODY, how={"wait": False}),
    Case("on their way, and given up", SIZE, connecting_given_up, NOBODY, how={"wait": False}),
    Case("IPv6, half used", 50, connected(50), "::1", needs=ipv6),
    Case("IPv6, far, half used", 50, connected(50), FAR6, needs=ipv6),
    Case("IPv4, all used of IPv6", SIZE, by_ipv6_first, needs=ipv6),
    Case("IPv4 from IPv6 sockets", 50, half_by_ipv4, MAPPED, needs=ipv6),
    Case("range of 1", 1, range="40000 40000"),
    Case("range of 1, used", 0, connected(1), range="40000 40000", fields={"level": "exhausted"}),
    Case("range of 2", 2, range="40000 40001"),
    Case("range of 2, one used", 1, connected(1), range="40000 40001"),
    Case("range of 100 from an odd port", SIZE, range="40001 40100"),
    Case("range of 3", 3, range="40000 40002", odd=1, unsure=1),
    Case("range of 11", 11, range="40000 40010", odd=1, unsure=1),
    Case("range of 101", 101, range="40000 40100", odd=1, unsure=1),
    Case("range of 101, half used", 51, connected(50), range="40000 40100", odd=1, unsure=1),
    Case("range of 99 from an odd port", 99, range="40001 40099", odd=1, unsure=1),
]


def reuse_cases():
    """All TIME_WAIT, by path and tw_reuse."""
    for path, to in PATHS.items():
        local = to in ("127.0.0.1", "::1")
        for value, free in ((0, 0), (1, SIZE), (2, SIZE if local else 0)):
            reuse = "none" if not free else "loopback" if value == 2 else "yes"
            yield Case("TIME_WAIT, %s, tw_reuse %d" % (path, value), free, time_wait(), to, sysctls=REUSE[value],
                       age=AGED, needs=ipv6, fields={"reuse": reuse, "reusable": free})
        if path != "veth, IPv6":
            yield Case("young TIME_WAIT, %s, tw_reuse 1" % path, 0, time_wait(), to, sysctls=REUSE[1], age=0.2,
                       young=True, needs=exact_reuse)
            yield Case("server closed first, %s" % path, SIZE, closed_by_server, to, sysctls=REUSE[0])


TIME_WAIT_CASES = [
    *reuse_cases(),
    Case("TIME_WAIT, half, veth, tw_reuse 2", 50, time_wait(50), FAR, sysctls=REUSE[2], age=AGED),
    Case("TIME_WAIT, own address on lo, tw_reuse 2", SIZE, time_wait(device="lo"), OWN, sysctls=REUSE[2], age=AGED,
         how=LO, fields={"reuse": "loopback"}),
    Case("TIME_WAIT, delay 3 s, tw_reuse 1", 0, time_wait(), sysctls={**REUSE[1], "tcp_tw_reuse_delay": 3000},
         age=AGED, needs=exact_reuse),
    Case("TIME_WAIT, no timestamps, tw_reuse 1", 0, time_wait(), sysctls={**REUSE[1], "tcp_timestamps": 0}, age=AGED),
    Case("TIME_WAIT, no timestamps, tw_reuse 2", 0, time_wait(), sysctls={**REUSE[2], "tcp_timestamps": 0}, age=AGED),
    Case("TIME_WAIT, no timestamps over there", 0, time_wait(), FAR, sysctls=REUSE[1],
         far_sysctls={"tcp_timestamps": 0}, age=AGED, untold=True),
    Case("TIME_WAIT, timestamps off since", SIZE, timestamps_off, sysctls=REUSE[1], age=AGED, untold=True),
    Case("FIN_WAIT2 without a process, tw_reuse 1", 0, half_closed, FAR, sysctls=REUSE[1], age=AGED),
]


def remarks_on(case, row, told, after):
    """What is wrong with what was said of the ports."""
    said = ["%s is %s, should be %s" % (key, row.get(key, "missing"), value)
            for key, value in case.fields.items() if row.get(key) != value]
    if not row["free_low"] <= told <= row["free"] <= row["free_low"] + case.unsure:
        said.append("said wrongly")
    if not after["free_low"] <= 0 <= after["free"] <= case.unsure:
        said.append("%d..%d said to be left in the end" % (after["free_low"], after["free"]))
    return said


def connect_case(case):
    """Run one case: what it says and what the kernel does, as a line of a table."""
    report = Report(kept=True)
    if not case.needs():
        report.note("%-50s left out on this kernel" % case.name)
        return report
    give_up = time.monotonic() + PATIENCE
    while True:
        stage = Stage(case.to, case.range, case.sysctls, case.far_sysctls)
        begin = time.monotonic()
        case.prepare(stage)
        # The last of them must be that old as well.
        deadline.sleep_until(time.monotonic() + case.age)
        row = case.ask()
        opened, error = sockets.connect_until_refused(case.to, PORT, LIMIT, **case.how)
        took = time.monotonic() - begin
        if not case.young or took < YOUNG:
            break
        sockets.close_all(opened)
        stage.close()
        if time.monotonic() > give_up:
            raise Failure("this machine is too busy, each try took over %g s" % YOUNG)
    told = len(opened)
    said = "%d" % row["free"] if row["free"] == row["free_low"] else "%d..%d" % (row["free_low"], row["free"])
    fixture = [] if error == "EADDRNOTAVAIL" else ["the kernel refused nothing"]
    if told not in (case.expected, case.expected - case.odd):
        fixture.append("the kernel should have allowed %d" % case.expected)
    remarks = remarks_on(case, row, told, case.ask())
    line = "%-50s %9s %9d  %s" % (case.name, said, told, "; ".join(fixture + remarks))
    if case.untold and not fixture:
        report.note("%s (one reading cannot tell)" % line)
    else:
        report.check(not fixture and not remarks, line.rstrip())
    sockets.close_all(opened)
    stage.close()
    return report


@dataclasses.dataclass
class BindCase:
    """The same for bind(address, 0)."""

    name: str
    expected: int
    prepare: typing.Callable = lambda stage: None
    address: str = "127.0.0.1"
    sysctls: dict = dataclasses.field(default_factory=dict)
    needs: typing.Callable = lambda: True


BIND_CASES = [
    BindCase("bind: fresh address", SIZE),
    BindCase("bind: 30 idle bind(0)", 70, bound(30), needs=socktable.shows_bound),
    BindCase("bind: 30 connected", 70, connected(30)),
    BindCase("bind: 30 in TIME_WAIT, tw_reuse 1", 70, time_wait(30), sysctls=REUSE[1]),
    BindCase("bind: 30 idle on another address", SIZE, bound(30, "127.0.0.2")),
    BindCase("bind: 30 connected from another address", SIZE, connected(30, source=("127.0.0.2", 0), no_port=True)),
    BindCase("bind: 30 idle on all addresses", 70, bound(30, "0.0.0.0"), needs=socktable.shows_bound),
    BindCase("bind: listener in range", 99, listening("0.0.0.0", 40010)),
    BindCase("bind: ten reserved", 90, sysctls={"ip_local_reserved_ports": "40010-40019"}),
]


def bind_case(case):
    """Run one case of bind()."""
    report = Report(kept=True)
    if not case.needs():
        report.note("%-50s left out on this kernel" % case.name)
        return report
    stage = Stage("127.0.0.1", RANGE, case.sysctls)
    case.prepare(stage)
    # A destination nobody talks to yet: its source is the address under test, whatever other rows there are.
    reading = programs.namespace("--destination", programs.endpoint("127.0.0.1", OTHER_PORT))
    rows = [row for row in reading["sources"] if row["address"] == case.address]
    if len(rows) != 1:
        raise Failure("%s: expected one source %s, got %s" % (case.name, case.address, reading["sources"]))
    made, error = sockets.bind_until_refused(case.address, 2 * SIZE)
    report.check(rows[0]["bind_free"] == len(made) == case.expected and error == "EADDRINUSE",
                 "%-50s %9d %9d%s" % (case.name, rows[0]["bind_free"], len(made), "" if len(made) == case.expected
                                      else "  the kernel should have allowed %d" % case.expected))
    sockets.close_all(made)
    stage.close()
    return report


def either(case):
    """Run a case of either kind."""
    return connect_case(case) if isinstance(case, Case) else bind_case(case)


def body(report):
    """All cases in one table; those that wait first, since waiting costs nothing while others run."""
    print("      %-50s %9s %9s" % ("case", "predicted", "observed"))
    cases = sorted(PORT_CASES + TIME_WAIT_CASES + BIND_CASES, key=lambda case: -getattr(case, "age", 0))
    parallel.reports(report, either, cases, at_once=6)


if __name__ == "__main__":
    sandbox.main(body, 120)
