#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""What `sockwatch explain` says a call would do is what the call then does, and its drain is when the ports are back."""

import dataclasses
import errno
import json
import time
import typing

import deadline
import netns
import parallel
import programs
import sandbox
import sockets
import socktable
from hoard import ADDRESS, Hoard
from outcome import Failure, Report

SIZE = 100
PORT = 9000
NOWHERE = "203.0.113.1"
WHEEL = 4.2  # the longest turn of the timer wheel that a kernel has, and a little


def explain(*arguments):
    """The object that `explain --json` prints."""
    text = programs.output("explain", "--json", *arguments)
    try:
        return json.loads(text)
    except ValueError as error:
        raise Failure("explain --json is not JSON: %s\n%s" % (error, text[:2000])) from error


def outcome(call):
    """Name of the error that CALL ends with; None when it succeeds."""
    try:
        call().close()
    except OSError as error:
        return errno.errorcode[error.errno]
    return None


def bind(address):
    """bind((ADDRESS, 0))."""
    one = sockets.make(address)
    one.bind((address, 0))
    return one


def small_range():
    """A namespace with SIZE ports, where TIME_WAIT is not reused."""
    netns.enter_fresh()
    netns.write_sysctl("net.ipv4.ip_local_port_range", "40000 %d" % (40000 + SIZE - 1))
    netns.write_sysctl("net.ipv4.tcp_tw_reuse", 0)


def calls(report):
    """Before, at and after the end of the ports: said first, then tried."""
    small_range()
    hoard = Hoard(PORT, SIZE)
    target = programs.endpoint(ADDRESS, PORT)
    before = explain(target)
    report.check(before["connect"] == {"succeeds": True, "errno": None, "more": SIZE, "more_low": SIZE}
                 and before["bind"]["more"] == SIZE, "nothing taken: %s, %s" % (before["connect"], before["bind"]))
    hoard.take()
    said = explain(target)
    report.equal("connect() with no port left", said["connect"]["errno"],
                 outcome(lambda: sockets.connect(ADDRESS, PORT)))
    report.equal("bind() with no port left", said["bind"]["errno"], outcome(lambda: bind(ADDRESS)))
    report.check(said["cause"] == "held" and said["advice"], "the cause is %s" % said["cause"])
    text = programs.output("explain", target)
    report.check("EADDRNOTAVAIL" in text and "EADDRINUSE" in text, "the text names both errors")
    hoard.give_back()
    report.equal("connect() once they are back", explain(target)["connect"]["errno"],
                 outcome(lambda: sockets.connect(ADDRESS, PORT)))


def no_route(report):
    """A destination there is no way to."""
    netns.enter_fresh()
    target = programs.endpoint(NOWHERE, 80)
    said = explain(target)
    report.equal("connect() without a route", said["connect"]["errno"], outcome(lambda: sockets.connect(NOWHERE, 80)))
    report.check("before it looks for a port" in programs.output("explain", target), "the text says it is not the ports")
    done = programs.run("explain", "300.1.2.3:80")
    report.check(done.returncode == 2 and len(done.stderr.splitlines()) == 1, "no address: %r" % done.stderr)


def drain(report):
    """The closes have stopped: half of the ports is free when it was said, and all of them."""
    small_range()
    server = sockets.listener(ADDRESS, PORT)
    sockets.make_time_wait(SIZE * 4 // 5, ADDRESS, PORT, server)
    began = time.monotonic()
    said = explain(programs.endpoint(ADDRESS, PORT))
    report.equal("who closes first", said["closes_first"], "us")
    deadline.wait_until(lambda: socktable.time_wait() <= SIZE // 2, 80, "half of the ports")
    half = time.monotonic() - began
    deadline.wait_until(lambda: socktable.time_wait() == 0, 80, "all of the ports")
    whole = time.monotonic() - began
    for what, told, came in (("half", said["drain"]["below_half_in_s"], half),
                             ("all", said["drain"]["live_only_in_s"], whole)):
        # TIME_WAIT go together, with a turn of the wheel.
        report.check(abs(told - came) <= WHEEL, "%s back: said %.1f s, came after %.1f s" % (what, told, came))


@dataclasses.dataclass
class Case:
    """One part of the test."""

    name: str
    run: typing.Callable


def one(case):
    """Run CASE and return what it found."""
    report = Report(kept=True)
    case.run(report)
    return report


def body(report):
    """All of them side by side: one waits for a minute."""
    parallel.reports(report, one, [Case("calls", calls), Case("no route", no_route), Case("drain", drain)])


if __name__ == "__main__":
    sandbox.main(body, 150)
