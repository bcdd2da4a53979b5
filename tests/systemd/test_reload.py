#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Reload with a good and a broken file: the good one holds at once, the broken one changes nothing and is named."""

import box as boxes
import deadline
import installed

_FOLDER = "/etc/sockwatch/sockwatch.conf.d/"
GOOD, BETTER, BROKEN = (_FOLDER + name for name in ("50-good.conf", "60-better.conf", "70-broken.conf"))


def interval(box):
    """Seconds between two readings, as the daemon itself tells."""
    return installed.status_file(box)["daemon"]["interval_s"]


def complaints(box):
    """What the journal has of the broken file."""
    return [entry["MESSAGE"] for entry in box.entries("_SYSTEMD_UNIT=" + installed.DAEMON)
            if BROKEN + ":2" in entry["MESSAGE"]]


def check_good(report, box, pid):
    """A good file is in force once the reload has returned."""
    box.write(GOOD, "[Poll]\nInterval=700ms\n")
    done = box.run("systemctl", "reload", installed.DAEMON)
    report.equal("reload with a good file: exit status, process, state",
                 (done.returncode, installed.main_pid(box), box.show(installed.DAEMON, "ActiveState")),
                 (0, pid, "active"))
    deadline.wait_until(lambda: interval(box) == 0.7, 5, lambda: "the new interval, it is %s" % interval(box))
    report.check(True, "the interval is %s s now" % interval(box))


def check_broken(report, box, pid):
    """A broken file makes the reload fail before the daemon hears of it, and is named with its line."""
    box.write(BROKEN, "[Poll]\nInterval=soon\n")
    done = box.run("systemctl", "reload", installed.DAEMON)
    report.check(done.returncode != 0, "reload with a broken file: exit status %d" % done.returncode)
    report.equal("its process, state, interval",
                 (installed.main_pid(box), box.show(installed.DAEMON, "ActiveState"), interval(box)),
                 (pid, "active", 0.7))
    said = complaints(box)
    report.check(said, "the journal names file and line: %s" % said)


def check_signal(report, box, pid):
    """A signal without the check before it does no harm either, and the next good file is taken."""
    before = len(complaints(box))
    box.output("systemctl", "kill", "--signal=HUP", "--kill-whom=main", installed.DAEMON)
    deadline.wait_until(lambda: len(complaints(box)) > before, 5, "the daemon itself to complain about the file")
    seen = installed.status_file(box)["time"]
    deadline.wait_until(lambda: installed.status_file(box)["time"] != seen, 5, "another reading")
    report.equal("HUP with a broken file: process, interval", (installed.main_pid(box), interval(box)), (pid, 0.7))
    box.output("rm", BROKEN)
    box.write(BETTER, "[Poll]\nInterval=300ms\n")
    box.output("systemctl", "reload", installed.DAEMON)
    deadline.wait_until(lambda: interval(box) == 0.3, 5,
                        lambda: "the interval of the next good file, it is %s" % interval(box))
    report.equal("the next good file: process, restarts",
                 (installed.main_pid(box), box.show(installed.DAEMON, "NRestarts")), (pid, "0"))


def check_first_start(report, box):
    """The first start with a broken file fails with 78, and is not tried again."""
    installed.stop(report, box)
    box.write(BROKEN, "[Poll]\nInterval=soon\n")
    done = box.run("systemctl", "start", installed.DAEMON)
    report.check(done.returncode != 0, "start with a broken file: exit status %d" % done.returncode)
    report.equal("state, status of the daemon, restarts",
                 box.show(installed.DAEMON, "ActiveState", "ExecMainStatus", "NRestarts"), ["failed", "78", "0"])
    box.output("rm", BROKEN)
    installed.start(report, box)


def body(report, box):
    """Good, broken, good again, broken from the start."""
    installed.install(report, box)
    installed.count_always(box)
    installed.start(report, box)
    pid = installed.main_pid(box)
    check_good(report, box, pid)
    check_broken(report, box, pid)
    check_signal(report, box, pid)
    check_first_start(report, box)
    installed.stop(report, box)


if __name__ == "__main__":
    boxes.main(body, 60)
