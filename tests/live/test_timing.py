#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""What the forecast says against the moment at which connect() first fails, with loads that keep their schedule.

Each case has a namespace, a range of 2,000 ports and a daemon of its own; all run side by side. A case whose load could
not keep its schedule, on a machine that is too busy, is run once more, and then fails for that reason.
"""

import json
import math
import os
import re
import time

import netns
import openloop
import parallel
import programs
import sandbox
from outcome import Failure, Report

PORT = 9000
N_PORTS = 2000
LIFE = 60
CLOCK_MONOTONIC_COARSE = 6  # Python has no name for it; its step is a jiffy


def _turn():
    """Seconds from one turn of the timer wheel to the next, for timers a minute ahead."""
    jiffy, jiffies = time.clock_getres(CLOCK_MONOTONIC_COARSE), 1
    while jiffies * 63 * jiffy <= LIFE:
        jiffies *= 8
    return jiffies * jiffy


TURN = _turn()
CEILING = N_PORTS / (LIFE + TURN)


def steady(rate):
    """Evenly spaced."""
    return lambda n: n / rate


def step_up(slow, fast, at):
    """SLOW a second, and FAST from AT on."""
    before = slow * at
    return lambda n: n / slow if n < before else at + (n - before) / fast


def rising(begin, rise):
    """BEGIN a second, and RISE more with each second: n = begin t + rise t^2 / 2."""
    return lambda n: (math.sqrt(begin * begin + 2 * rise * n) - begin) / rise


class Case:
    """One load, and what is expected of it."""

    def __init__(self, name, plan, seconds, asked, fails, critical=None, leaks=False):
        """ASKED: the seconds at which the forecast is asked; CRITICAL: shall there be such an alert? None: whatever.

        LEAKS: nothing is ever closed. Then only the daemon can know, from several readings.
        """
        self.name, self.plan, self.seconds, self.asked = name, plan, seconds, asked
        self.fails, self.critical, self.leaks = fails, critical, leaks


CASES = [
    Case("steady, 125 % of the ceiling", steady(1.25 * CEILING), 70, [5, 10, 20, 30, 40, 46], True, True),
    Case("steady, 105 %", steady(1.05 * CEILING), 80, [10, 25, 40, 50, 55], True, True),
    Case("a step up before the first TIME_WAIT is over", step_up(20, 60, 35), 80, [38, 42, 48, 52], True),
    Case("a step up from a steady state", step_up(24, 44, 75), 130, [79, 83, 88, 94], True),
    Case("rising", rising(8, 0.6), 110, [30, 40, 50, 58, 64], True),
    Case("a leak", steady(12), 180, [95, 110, 130, 150], True, True, leaks=True),
    Case("steady, 95 % for three minutes", steady(0.95 * CEILING), LIFE + 185, range(20, 240, 20), False, False),
]


class Asked:
    """One answer, on the clock of the load."""

    def __init__(self, who, reading, load):
        """READING: the JSON of a whole reading that has one row for our destination."""
        row = programs.tuple_to(reading["namespaces"][0], "127.0.0.1", PORT)
        taken = time.strptime(reading["time"][:19], "%Y-%m-%dT%H:%M:%S")
        wall = time.mktime(taken) - time.timezone + float(reading["time"][19:-1])
        self.who, self.row = who, row
        self.at = load.now() - (time.time() - wall)

    def off(self, failed):
        """Seconds by which the forecast is off, and how many it may be."""
        said = self.row["exhausted_in_s"]
        return (math.inf if said is None else abs(self.at + said - failed)), max(TURN, 0.05 * (failed - self.at))

    def __str__(self):
        return "%s at %.1f s: %s ports used, %s/s, exhausted in %s s" % (
            self.who, self.at, self.row["used"], self.row["present_rate_per_s"], self.row["exhausted_in_s"])


def ask(load, daemon):
    """The command and the daemon's file."""
    with open(daemon.state, encoding="utf-8") as file:
        return [Asked("command", programs.status("--destination", "127.0.0.1:%d" % PORT), load),
                Asked("daemon", json.load(file), load)]


def first_critical(daemon, load):
    """When the daemon first called something critical, on the clock of the load; None when it did not."""
    for line in daemon.log().splitlines():
        if "SOCKWATCH_SEVERITY=critical" in line:
            # An event's number is the microseconds since boot.
            boot = int(re.search(r"SOCKWATCH_EVENT_ID=\S+-(\d+)", line)[1]) / 1e6
            return boot - time.clock_gettime(time.CLOCK_BOOTTIME) + load.now()
    return None


def attempt(case):
    """Run the load once: what the load and all that were asked have to say."""
    netns.enter_fresh()
    netns.write_sysctl("net.ipv4.ip_local_port_range", "32768 %d" % (32767 + N_PORTS))
    netns.write_sysctl("net.ipv4.tcp_tw_reuse", 0)
    folder = os.path.join(sandbox.SCRATCH, "timing-%d" % time.monotonic_ns())
    os.mkdir(folder)
    answers = []
    with programs.Daemon(folder, "--interval", "1s") as daemon:
        daemon.ready()
        load = openloop.OpenLoop(PORT, case.plan, case.seconds, case.leaks)
        for moment in case.asked:
            if not load.sleep_until(moment):
                break
            answers += [answer for answer in ask(load, daemon) if answer.who == "daemon" or not case.leaks]
        outcome = load.outcome()
        # The failure may have come first, and its reading is yet to be made.
        time.sleep(2)
        return outcome, answers, first_critical(daemon, load)


def check_failing(report, case, outcome, answers, critical):
    """A load beyond the ceiling."""
    failed = outcome["failed"]
    if not report.check(failed is not None, "%s: %s" % (case.name, "fails after %.1f s" % failed if failed is not None
                                                         else "no connect() failed")):
        return
    report.check(len(answers) == (1 if case.leaks else 2) * len(case.asked),
                 "%s: %d answers" % (case.name, len(answers)))
    for answer in answers:
        off, may = answer.off(failed)
        report.check(off <= may, "%s: %s: off by %.2f s of %.1f s, may be %.2f s"
                     % (case.name, answer, off, failed - answer.at, may))
    if case.critical:
        report.check(critical is not None and critical < failed,
                     "%s: critical %s" % (case.name, "%.1f s before" % (failed - critical) if critical else "never"))


def check_lasting(report, case, outcome, answers, critical):
    """A load under the ceiling."""
    failed = outcome["failed"]
    report.check(failed is None, "%s: %d connections, %s" % (
        case.name, outcome["n"], "none failed" if failed is None else "one failed after %.1f s" % failed))
    for answer in answers:
        report.check(answer.row["exhausted_in_s"] is None and answer.row["level"] in ("ok", "notice", "warning"),
                     "%s: %s, %s" % (case.name, answer, answer.row["level"]))
    report.check(critical is None, "%s: %s" % (
        case.name, "never critical" if critical is None else "critical after %.1f s" % critical))


def run(case):
    """One case, twice at most."""
    report = Report(kept=True)
    for _ in range(2):
        outcome, answers, critical = attempt(case)
        if outcome["kept"]:
            (check_failing if case.fails else check_lasting)(report, case, outcome, answers, critical)
            return report
        report.note("%s: %d of %d connections came late" % (case.name, outcome["n_late"], outcome["n"]))
    raise Failure("%s: this machine is too busy for the load to keep its schedule, twice" % case.name)


def body(report):
    """All of them at once."""
    report.note("a turn of the timer wheel is %.3f s, so %d ports sustain %.2f/s" % (TURN, N_PORTS, CEILING))
    parallel.reports(report, run, CASES, at_once=len(CASES))


if __name__ == "__main__":
    sandbox.main(body, 580)
