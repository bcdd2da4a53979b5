#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""What no single reading can see the daemon has seen before, and sysctls that change while it watches.

Each case: sockets are made, the daemon has a look at them, they hide (a listener goes, a socket that was bound connects
or closes), the daemon has another look. What it then says has to be what connect() does.
"""

import dataclasses
import time
import typing

import deadline
import netns
import parallel
import sandbox
import sockets
import socktable
from outcome import Report
from stage import OTHER_PORT, PORT, RANGE, SIZE, Children, Stage, time_wait
from watcher import Watcher

USED = 2  # sockets of the tuple that is asked for: those with less than a percent are not listed
LIMIT = 2500
AGED = 1.4
RANGE_KEY = "net.ipv4.ip_local_port_range"
RESERVED_KEY = "net.ipv4.ip_local_reserved_ports"
REUSE_KEY = "net.ipv4.tcp_tw_reuse"


class Bound:
    """Sockets bound to ports of the range that then connect elsewhere, and may close."""

    def __init__(self, stage, ports):
        self._stage = stage
        self._ends = sockets.bound(len(ports), "127.0.0.1", ports)
        stage.keep(self._ends)
        self._other = stage.serve(OTHER_PORT)
        self._accepted = []

    def connect(self):
        """Connect them to another port of the destination."""
        for end in self._ends:
            end.connect(("127.0.0.1", OTHER_PORT))
        deadline.wait_until(lambda: self._accepted.extend(sockets.accept_all(self._other))
                            or len(self._accepted) == len(self._ends), 5, "their other ends")
        self._stage.keep(self._accepted)

    def close(self):
        """Close them first, so that TIME_WAIT is theirs."""
        before = socktable.time_wait()
        sockets.close_all(self._ends)
        sockets.close_all(self._accepted)
        deadline.wait_until(lambda: socktable.time_wait() - before == len(self._ends), 5, "TIME_WAIT of bound sockets")


def bound_to_any(stage):
    """bind(0), idle; then connected elsewhere."""
    bound = Bound(stage, [0] * 10)
    yield
    bound.connect()


def bound_to_any_then_closed(stage):
    """bind(0), idle; then connected elsewhere; then TIME_WAIT."""
    bound = Bound(stage, [0] * 10)
    yield
    bound.connect()
    yield
    bound.close()


def orphaned(stage):
    """A listener with children; then it is gone."""
    children = Children(stage, 5)
    yield
    children.orphan()


def orphaned_and_closed(stage):
    """The same, and the children are in TIME_WAIT when it goes."""
    children = Children(stage, 50)
    yield
    children.close()
    children.orphan()


def orphaned_then_closed(stage):
    """The same, one after the other."""
    children = Children(stage, 50)
    yield
    children.orphan()
    yield
    children.close()


def bound_then_closed(stage):
    """Connected elsewhere from a port bound by number, then TIME_WAIT; the port is one of those connect() likes."""
    bound = Bound(stage, [40050])
    bound.connect()
    yield
    bound.close()


def all_at_once(stage):
    """A listener's child and such a socket; then the listener is gone and the socket in TIME_WAIT."""
    bound, children = Bound(stage, [40050]), Children(stage, 1)
    bound.connect()
    yield
    children.orphan()
    bound.close()


def timestamps_off(stage):
    """The whole range in TIME_WAIT, made with timestamps; then they are switched off."""
    time_wait(SIZE - USED)(stage)
    yield
    netns.write_sysctl("net.ipv4.tcp_timestamps", 0)


def moved_away_and_back(stage):
    """bind(0), then connected elsewhere; the range goes elsewhere too, and comes back."""
    bound = Bound(stage, [0] * 10)
    yield
    bound.connect()
    netns.write_sysctl(RANGE_KEY, "41000 41099")
    yield
    netns.write_sysctl(RANGE_KEY, RANGE)


def grown_over_children(stage):
    """A listener and its children below the range; then it is gone, and the range grows over them."""
    children = Children(stage, 5, port=39990)
    yield
    children.orphan()
    netns.write_sysctl(RANGE_KEY, "39990 40099")


@dataclasses.dataclass
class Case:
    """How sockets are made and hide, step by step, and what the kernel must then allow."""

    name: str
    expected: int
    steps: typing.Callable
    sysctls: dict = dataclasses.field(default_factory=dict)
    age: float = 0
    needs: typing.Callable = lambda: True


CASES = [
    Case("TIME_WAIT, timestamps off since", SIZE - USED, timestamps_off, {"tcp_tw_reuse": 1}, AGED),
    Case("bind(0), connected elsewhere", 90 - USED, bound_to_any, needs=socktable.shows_bound),
    Case("bind(0), TIME_WAIT elsewhere", 90 - USED, bound_to_any_then_closed, needs=socktable.shows_bound),
    Case("children of a closed listener", 99 - USED, orphaned),
    Case("TIME_WAIT of a closed listener's children", 99 - USED, orphaned_and_closed),
    Case("a closed listener's children, then TIME_WAIT", 99 - USED, orphaned_then_closed),
    Case("bound by number, TIME_WAIT elsewhere", 99 - USED, bound_then_closed),
    Case("a closed listener's child, bound TIME_WAIT", 98 - USED, all_at_once),
    Case("bind(0), connected, the range away and back", 90 - USED, moved_away_and_back, needs=socktable.shows_bound),
    Case("children of a closed listener, range grown", 109 - USED, grown_over_children),
]


def agree(report, stage, name, row, expected):
    """Hold what was said against what connect() does, and leave everything as it was."""
    opened, error = sockets.connect_until_refused("127.0.0.1", PORT, LIMIT)
    sockets.reset_all(opened)
    sockets.close_all(sockets.accept_all(stage.server))
    told = len(opened)
    report.check(row["free"] == told == expected and error == "EADDRNOTAVAIL",
                 "%-50s %9s %9d%s" % (name, "%d..%d" % (row["free_low"], row["free"]), told,
                                      "" if told == expected else "  the kernel should have allowed %d" % expected))


def remember(case):
    """Run one case."""
    report = Report(kept=True)
    if not case.needs():
        report.note("%-50s left out on this kernel" % case.name)
        return report
    stage = Stage("127.0.0.1", sysctls=case.sysctls)
    steps = case.steps(stage)
    next(steps)
    # Not before: they would choose ports that the case needs.
    stage.connections(USED)
    with Watcher() as watcher:
        watcher.look()
        for _ in steps:
            watcher.look()
        deadline.sleep_until(time.monotonic() + case.age)
        agree(report, stage, case.name, watcher.tuple_to("127.0.0.1", PORT), case.expected)
    stage.close()
    return report


class Changes:
    """Sysctls written one after the other while the daemon watches the same sockets."""

    def __init__(self, report):
        self._report = report
        self._stage = Stage("127.0.0.1", sysctls={"tcp_tw_reuse": 0})
        self._stage.connections(30)
        self._held = {end.getsockname()[1] for end in self._stage.kept} - {PORT}
        clients, accepted = sockets.connections(20, "127.0.0.1", PORT, self._stage.server)
        self._gone = {end.getsockname()[1] for end in clients}
        sockets.close_all(clients + accepted)
        deadline.wait_until(lambda: socktable.time_wait() == 20, 5, "20 TIME_WAIT")
        deadline.sleep_until(time.monotonic() + AGED)

    def _try(self, watcher, name, ports, reserved="", reuse=0):
        """PORTS: the range; RESERVED: as the sysctl takes it."""
        netns.write_sysctl(RANGE_KEY, "%d %d" % (ports[0], ports[-1]))
        netns.write_sysctl(RESERVED_KEY, reserved or "\n")
        netns.write_sysctl(REUSE_KEY, reuse)
        left = set(ports) - self._held - set(map(int, filter(None, reserved.split(","))))
        left -= set() if reuse else self._gone
        agree(self._report, self._stage, name, watcher.tuple_to("127.0.0.1", PORT), len(left))

    def run(self):
        """One after the other."""
        usual, wide = range(40000, 40100), range(40000, 42000)
        taken = min(self._held)
        with Watcher() as watcher:
            self._try(watcher, "while watching: as it was", usual)
            self._try(watcher, "while watching: half the range", range(40000, 40050))
            self._try(watcher, "while watching: a wide range", wide)
            self._try(watcher, "while watching: every sixth port reserved", wide, ",".join(map(str, range(1, 60001, 6))))
            self._try(watcher, "while watching: none reserved again", wide)
            self._try(watcher, "while watching: capacity 1, taken", range(taken, taken + 1))
            self._try(watcher, "while watching: capacity 0", range(taken, taken + 1), str(taken))
            self._try(watcher, "while watching: as it was again", usual)
            # Last, as it takes the TIME_WAIT away.
            self._try(watcher, "while watching: tw_reuse 2", usual, reuse=2)


def change():
    """The sysctls."""
    report = Report(kept=True)
    Changes(report).run()
    return report


def body(report):
    """All cases side by side, each with a daemon of its own."""
    print("      %-50s %9s %9s" % ("case", "said", "observed"))
    parallel.reports(report, lambda case: case() if callable(case) else remember(case), [change, *CASES], at_once=4)


if __name__ == "__main__":
    sandbox.main(body, 120)
