#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""A daemon that hangs, dies or refuses its configuration: killed and restarted, restarted, left alone."""

import os
import signal
import time

import box as boxes
import deadline
import installed

INTERVAL = 0.2
WATCHDOG = 1.5
RESTART = 2  # seconds, RestartSec= of the unit

_UNIT = """[Service]
WatchdogSec=%gs
ExecStart=
ExecStart=%s --interval 200ms
"""


def restarts(box):
    """How often systemd has started it again."""
    return int(box.show(installed.DAEMON, "NRestarts"))


def check_fed(report, box):
    """A daemon that works is left alone."""
    pid, begin = installed.main_pid(box), time.monotonic()
    time.sleep(3 * WATCHDOG)
    report.equal("after %.1f s with WatchdogSec=%gs: restarts, process" % (time.monotonic() - begin, WATCHDOG),
                 (restarts(box), installed.main_pid(box)), (0, pid))


def check_back(report, box, what, pid, number, limit):
    """It is started again as another process, and reads again."""
    begin = time.monotonic()
    deadline.wait_until(lambda: restarts(box) == number, limit + 5, "%s: the restart" % what)
    box.wait(installed.DAEMON, "active", 5)
    took = time.monotonic() - begin
    report.check(took < limit, "%s: active again after %.2f s" % (what, took))
    report.check(installed.main_pid(box) not in (0, pid), "%s: another process" % what)
    before = installed.status_file(box)["time"]
    deadline.wait_until(lambda: installed.status_file(box)["time"] != before, 5, "%s: new readings" % what)


def check_hung(report, box):
    """Stopped in its tracks it feeds the watchdog no more."""
    pid = installed.main_pid(box)
    box.output("kill", "-STOP", str(pid))
    check_back(report, box, "hung", pid, 1, WATCHDOG + RESTART + 1)
    said = [entry["MESSAGE"] for entry in box.entries("UNIT=" + installed.DAEMON, "_PID=1")]
    for what in ("Watchdog timeout (limit ", "Failed with result 'watchdog'"):
        report.check(any(what in line for line in said), "systemd says: %s" % what)
    report.check(not os.path.exists(box.path("/proc/%d" % pid)), "process %d is gone" % pid)


def check_killed(report, box):
    """kill -9 as well."""
    pid = installed.main_pid(box)
    box.output("kill", "-%d" % signal.SIGKILL, str(pid))
    check_back(report, box, "killed", pid, 2, RESTART + 1)


def check_refuses(report, box):
    """Exit status 78 is for a configuration that will be as bad the next time; others are worth another try."""
    for status, state in ((78, "failed"), (1, "activating")):
        box.output("systemctl", "stop", installed.DAEMON)
        box.output("systemctl", "reset-failed")
        box.drop_in(installed.DAEMON, "[Service]\nExecStart=\nExecStart=/bin/sh -c 'exit %d'\n" % status)
        box.run("systemctl", "start", installed.DAEMON)
        time.sleep(0.5)
        report.equal("exit status %d: state, status" % status,
                     box.show(installed.DAEMON, "ActiveState", "ExecMainStatus"), [state, str(status)])
    box.output("systemctl", "stop", installed.DAEMON)


def body(report, box):
    """With a short watchdog and short intervals."""
    installed.install(report, box)
    installed.count_always(box)
    box.drop_in(installed.DAEMON, _UNIT % (WATCHDOG, installed.directory("sbindir") + "/sockwatchd"))
    installed.start(report, box)
    check_fed(report, box)
    check_hung(report, box)
    check_killed(report, box)
    installed.stop(report, box)
    check_refuses(report, box)


if __name__ == "__main__":
    boxes.main(body, 60)
