#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""`free` is the number of connect() calls that still succeed, `bind_free` that of bind(address, 0).

The kernel decides: each case gets a fresh network namespace with a small port range, makes its sockets, asks sockwatch,
and then connects or binds until it is refused. What the kernel must come to is given too, since a case that failed to
set up what it is about would prove nothing.
"""

import dataclasses
import os
import random
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

RANGE = "40000 40099"
SIZE = 100
PORT = 9000
OTHER_PORT = 9001
LIMIT = 2500  # more connects than any case allows
AGED = 1.4  # more than the second after which a TIME_WAIT may be reused
YOUNG = 0.9  # all of a case with young TIME_WAIT has to be over by then
PATIENCE = 80  # seconds of such tries on a machine that is busy with other tests
NEAR, FAR = "10.97.0.1", "10.97.0.2"
MAPPED = "::ffff:127.0.0.1"


class Stage:
    """The namespace of one case, with a server at the destination that the case is about."""

    def __init__(self, to, port_range=RANGE, sysctls=None):
        netns.enter_fresh()
        netns.write_sysctl("net.ipv4.ip_local_port_range", port_range)
        for key, value in (sysctls or {}).items():
            netns.write_sysctl("net.ipv4." + key, value)
        self.to = to
        self.far = None
        if to == FAR:
            self.far = netns.another()
            netns.veth(self.far, [NEAR + "/24"], [FAR + "/24"])
        self.kept = []
        self.server = self.serve(PORT)

    def serve(self, port):
        """A listener at the destination that never runs full."""
        if self.far:
            with self.far.entered():
                server = sockets.listener(self.to, port)
        else:
            server = sockets.listener("127.0.0.1" if self.to == MAPPED else self.to, port)
        self.keep([server])
        return server

    def keep(self, made):
        """Hold on to sockets until the case is over."""
        self.kept += made

    def connections(self, count, source=None, no_port=False):
        """COUNT connections to the destination, left open."""
        for ends in sockets.connections(count, self.to, PORT, self.server, source, no_port):
            self.keep(ends)

    def all_ports_to(self, port):
        """Connections on every port of the range to another PORT of the destination."""
        for ends in sockets.connections(SIZE, self.to, port, self.serve(port)):
            self.keep(ends)


@dataclasses.dataclass
class Case:
    """What is set up, where the connects go, and what the kernel must then allow."""

    name: str
    expected: typing.Optional[int]  # None: too mixed to tell beforehand
    prepare: typing.Callable = lambda stage: None
    to: str = "127.0.0.1"
    range: str = RANGE
    sysctls: dict = dataclasses.field(default_factory=dict)
    age: float = 0
    young: bool = False
    odd: int = 0  # 1: a range of odd size, of which one attempt may miss a port
    unsure: int = 0  # how far free_low may lie below free, where sock_diag does not show everything
    fields: dict = dataclasses.field(default_factory=dict)  # further members of the row
    open: bool = False  # not taken into account yet: shown in the table, right or wrong
    needs: typing.Callable = lambda: True

    @property
    def destination(self):
        """Where the connects go, as sockwatch is asked for it."""
        return "127.0.0.1" if self.to == MAPPED else self.to

    @property
    def source(self):
        """The address a plain connect() there comes from."""
        return NEAR if self.to == FAR else self.destination


def connected(count, **how):
    """COUNT connections to the destination, left open."""
    return lambda stage: stage.connections(count, **how)


def connected_elsewhere(stage):
    """All ports of the range in use, towards another port of the destination."""
    stage.all_ports_to(OTHER_PORT)


def listening(address, port, v6only=False):
    """A listener on a port of the range."""
    return lambda stage: stage.keep([sockets.listener(address, port, v6only=v6only)])


def bound(count, address="127.0.0.1", ports=None):
    """Idle sockets bound to ports of the range."""
    return lambda stage: stage.keep(sockets.bound(count, address, ports))


def bound_then_closed(stage):
    """An explicit bind of a port that connect() uses too, and its end: only what connect() chose is left."""
    stage.all_ports_to(OTHER_PORT)
    sockets.close_all(sockets.bound(1, "127.0.0.2", [40030]))


def bound_then_connected(stage):
    """Explicit binds lock their ports for good, also once they are connected somewhere else."""
    other = stage.serve(OTHER_PORT)
    for port in (40020, 40021, 40050):
        for ends in sockets.connections(1, stage.to, OTHER_PORT, other, source=("127.0.0.1", port)):
            stage.keep(ends)


def bound_to_any_then_connected(stage):
    """bind(0) blocks its port like any bind, but once connected the kernel does not tell it from connect()'s choice."""
    other = stage.serve(OTHER_PORT)
    for ends in sockets.connections(10, stage.to, OTHER_PORT, other, source=("127.0.0.1", 0)):
        stage.keep(ends)


def orphaned_children(stage):
    """Accepted connections keep the port of their listener blocked after it is gone."""
    listener = sockets.listener("127.0.0.1", 40010)
    for ends in sockets.connections(5, "127.0.0.1", 40010, listener):
        stage.keep(ends)
    listener.close()


def reserved_later(stage):
    """Ports that are in use already when they are reserved count once."""
    stage.connections(50)
    netns.write_sysctl("net.ipv4.ip_local_reserved_ports", ",".join(
        str(end.getsockname()[1]) for end in stage.kept if end.getsockname()[1] != PORT))


def time_wait(count=SIZE):
    """COUNT connections to the destination, closed by this side first."""
    return lambda stage: sockets.make_time_wait(count, stage.to, PORT, stage.server)


def time_wait_elsewhere(stage):
    """The whole range in TIME_WAIT towards another port of the destination."""
    sockets.make_time_wait(SIZE, stage.to, OTHER_PORT, stage.serve(OTHER_PORT))


def closed_by_server(stage):
    """Connections closed by the other side first: the TIME_WAIT are the server's."""
    clients, accepted = sockets.connections(SIZE, stage.to, PORT, stage.server)
    sockets.close_all(accepted)
    sockets.close_all(clients)
    deadline.wait_until(lambda: socktable.time_wait() == SIZE, 5, "TIME_WAIT on the server's side")


def mixed(seed):
    """A little of everything in a range of 2000, in random order."""
    def prepare(stage):
        chance = random.Random(seed)
        ports = chance.sample(range(40000, 42000), 160)
        netns.write_sysctl("net.ipv4.ip_local_reserved_ports", ",".join(map(str, ports[:60])))
        stage.keep(sockets.bound(30, "127.0.0.1", ports[60:90]) if socktable.shows_bound() else [])
        stage.keep([sockets.listener(chance.choice(["0.0.0.0", "127.0.0.5"]), port) for port in ports[90:100]])
        other = stage.serve(OTHER_PORT)
        steps = [(stage.connections, (chance.randrange(50, 150),)) for _ in range(4)]
        steps += [(stage.connections, (chance.randrange(50, 150), ("127.0.0.2", 0), True)) for _ in range(2)]
        steps += [(time_wait(chance.randrange(20, 80)), (stage,)) for _ in range(3)]
        steps += [(lambda count: [stage.keep(ends) for ends in sockets.connections(count, stage.to, OTHER_PORT, other)],
                   (chance.randrange(100, 300),)) for _ in range(3)]
        chance.shuffle(steps)
        for step, arguments in steps:
            step(*arguments)
    return prepare


def half_by_ipv4(stage):
    """Half of the ports used by IPv4 sockets; the destination is then asked through IPv6 sockets."""
    for ends in sockets.connections(SIZE // 2, "127.0.0.1", PORT, stage.server):
        stage.keep(ends)


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

CONNECT_CASES = [
    Case("unused destination", SIZE, fields={"capacity": SIZE, "used": 0, "level": "ok"}),
    Case("half used", SIZE // 2, connected(SIZE // 2), fields={"used": 50, "utilization": 0.5}),
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
    Case("bound by bind(0), idle", 90, bound(10), needs=socktable.shows_bound, fields={"blocked": 10}),
    Case("bound, idle, [::1]", 99, bound(1, "::1", [40033]), needs=lambda: ipv6() and socktable.shows_bound()),
    Case("bound, then connected elsewhere", 97, bound_then_connected, fields={"blocked": 3}),
    Case("bound by bind(0), connected elsewhere", 90, bound_to_any_then_connected, unsure=10, open=True),
    Case("children of a closed listener", 99, orphaned_children, unsure=1, open=True),
    Case("bound, idle, and closed again", SIZE, bound_then_closed, needs=recomputed),
    Case("other port of the destination", SIZE, connected_elsewhere),
    Case("other port, all TIME_WAIT", SIZE, time_wait_elsewhere, sysctls=REUSE[0]),
    Case("server closed first", SIZE, closed_by_server, sysctls=REUSE[0]),
    Case("TIME_WAIT, loopback, tw_reuse 0", 0, time_wait(), sysctls=REUSE[0], age=AGED, fields={"reuse": "none"}),
    Case("TIME_WAIT, loopback, tw_reuse 1", SIZE, time_wait(), sysctls=REUSE[1], age=AGED,
         fields={"reuse": "yes", "reusable": SIZE}),
    Case("TIME_WAIT, loopback, tw_reuse 2", SIZE, time_wait(), sysctls=REUSE[2], age=AGED,
         fields={"reuse": "loopback", "reusable": SIZE}),
    Case("TIME_WAIT, veth, tw_reuse 0", 0, time_wait(), FAR, sysctls=REUSE[0], age=AGED),
    Case("TIME_WAIT, veth, tw_reuse 1", SIZE, time_wait(), FAR, sysctls=REUSE[1], age=AGED),
    Case("TIME_WAIT, veth, tw_reuse 2", 0, time_wait(), FAR, sysctls=REUSE[2], age=AGED, fields={"reuse": "none"}),
    Case("TIME_WAIT, half, veth, tw_reuse 2", 50, time_wait(50), FAR, sysctls=REUSE[2], age=AGED),
    Case("young TIME_WAIT, tw_reuse 1", 0, time_wait(), sysctls=REUSE[1], age=0.2, young=True, needs=exact_reuse),
    Case("TIME_WAIT, delay 3 s, tw_reuse 1", 0, time_wait(), sysctls={**REUSE[1], "tcp_tw_reuse_delay": 3000},
         age=AGED, needs=exact_reuse),
    Case("TIME_WAIT, no timestamps, tw_reuse 1", 0, time_wait(), sysctls={**REUSE[1], "tcp_timestamps": 0}, age=AGED),
    Case("IPv6, half used", 50, connected(50), "::1", needs=ipv6),
    Case("IPv6, TIME_WAIT, tw_reuse 0", 0, time_wait(), "::1", sysctls=REUSE[0], age=AGED, needs=ipv6),
    Case("IPv6, TIME_WAIT, tw_reuse 2", SIZE, time_wait(), "::1", sysctls=REUSE[2], age=AGED, needs=ipv6),
    Case("IPv4 from IPv6 sockets", 50, half_by_ipv4, MAPPED, needs=ipv6),
    *(Case("mixed population, seed %d" % seed, None, mixed(seed), range="40000 41999", sysctls=REUSE[0])
      for seed in (1, 2, 3)),
    Case("range of 1", 1, range="40000 40000"),
    Case("range of 2", 2, range="40000 40001"),
    Case("range of 2, one used", 1, connected(1), range="40000 40001"),
    Case("range of 100 from an odd port", SIZE, range="40001 40100"),
    Case("range of 3", 3, range="40000 40002", odd=1, unsure=1),
    Case("range of 11", 11, range="40000 40010", odd=1, unsure=1),
    Case("range of 101", 101, range="40000 40100", odd=1, unsure=1),
    Case("range of 101, half used", 51, connected(50), range="40000 40100", odd=1, unsure=1),
    Case("range of 99 from an odd port", 99, range="40001 40099", odd=1, unsure=1),
]


def connect_case(case):
    """Run one case: what it says and what the kernel does, as a line of a table."""
    report = Report(kept=True)
    if not case.needs():
        report.note("%-40s left out on this kernel" % case.name)
        return report
    give_up = time.monotonic() + PATIENCE
    while True:
        stage = Stage(case.to, case.range, case.sysctls)
        begin = time.monotonic()
        case.prepare(stage)
        # The last of them must be that old as well.
        deadline.sleep_until(time.monotonic() + case.age)
        row = programs.destination(case.destination, PORT, case.source)
        opened, error = sockets.connect_until_refused(case.to, PORT, LIMIT)
        took = time.monotonic() - begin
        if not case.young or took < YOUNG:
            break
        sockets.close_all(opened + stage.kept)
        if time.monotonic() > give_up:
            raise Failure("this machine is too busy, each try took over %g s" % YOUNG)
    after = programs.destination(case.destination, PORT, case.source)
    told = len(opened)
    said = "%d" % row["free"] if row["free"] == row["free_low"] else "%d..%d" % (row["free_low"], row["free"])
    fixture = [] if error == "EADDRNOTAVAIL" else ["the kernel refused nothing"]
    if case.expected is not None and told not in (case.expected, case.expected - case.odd):
        fixture.append("the kernel should have allowed %d" % case.expected)
    remarks = ["%s is %s, should be %s" % (key, row.get(key, "missing"), value)
               for key, value in case.fields.items() if row.get(key) != value]
    if not after["free_low"] <= 0 <= after["free"] <= case.unsure:
        remarks.append("%d..%d said to be left in the end" % (after["free_low"], after["free"]))
    right = row["free_low"] <= told <= row["free"] <= row["free_low"] + case.unsure and not remarks
    line = "%-40s %9s %9d  %s" % (case.name, said, told, "; ".join(fixture + remarks))
    if case.open and not fixture and not right:
        report.note("%s (open)" % line)
    else:
        report.check(right and not fixture, line.rstrip())
    sockets.close_all(opened + stage.kept)
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
        report.note("%-40s left out on this kernel" % case.name)
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
                 "%-40s %9d %9d%s" % (case.name, rows[0]["bind_free"], len(made), "" if len(made) == case.expected
                                      else "  the kernel should have allowed %d" % case.expected))
    sockets.close_all(made + stage.kept)
    return report


def either(case):
    """Run a case of either kind."""
    return connect_case(case) if isinstance(case, Case) else bind_case(case)


def body(report):
    """All cases in one table; those that wait first, since waiting costs nothing while others run."""
    print("      %-40s %9s %9s" % ("case", "predicted", "observed"))
    cases = sorted(CONNECT_CASES + BIND_CASES, key=lambda case: -getattr(case, "age", 0))
    parallel.reports(report, either, cases, at_once=6)


if __name__ == "__main__":
    sandbox.main(body, 120)
