#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""journald hangs and its socket is full before an alert is due: no reading is skipped, the alert comes once it can."""

import os
import signal
import socket
import time

import box as boxes
import deadline
import exhaustion
import installed
import strace
from outcome import Failure

INTERVAL = 0.5
PORTS = 100
STUCK = 6  # seconds
LATE = 3 * INTERVAL

_JOURNAL = "/run/systemd/journal/socket"
_NOTIFY = "/run/systemd/notify"
_NOISE = b"MESSAGE=noise from another sender\nPRIORITY=7\nNOISE=1\n"


def send_noise(box):
    """One message to journald from a sender of its own, so that no limit is met but the receiver's."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as sender:
        sender.setblocking(False)
        try:
            sender.sendto(_NOISE, box.path(_JOURNAL))
        except BlockingIOError:
            return False
    return True


def fill(report, box):
    """Fill the socket until nothing goes in any more."""
    count = 0
    while send_noise(box):
        count += 1
        if count > 100000:
            raise Failure("the journal's socket takes without end")
    report.note("journald is stopped, EAGAIN after %d messages of another sender" % count)


def watch(box, seconds):
    """Look at status.json for a while: (longest time between two versions, versions, alerts in the last)."""
    end, last, longest, seen, status = time.monotonic() + seconds, time.monotonic(), 0.0, set(), None
    while time.monotonic() < end:
        status = installed.status_file(box)
        if status["time"] not in seen:
            seen.add(status["time"])
            last = time.monotonic()
        longest = max(longest, time.monotonic() - last)
        time.sleep(0.01)
    return longest, len(seen), status["alerts"]


def use_up():
    """Take all ports at once."""
    load = exhaustion.Load()
    while not load.refused:
        load.once()
    load.close()


def check_sends(report, trace):
    """Nothing that the daemon sent could have waited for somebody."""
    sends, blocking, longest = trace.stop()
    for what, path in (("journald", _JOURNAL), ("the service manager", _NOTIFY)):
        count = sum(path in line for line in sends)
        report.check(count > 0, "strace saw %d messages to %s" % (count, what))
    report.check(any("EAGAIN" in line for line in sends), "some of them met the full socket")
    report.check(not blocking, "%d of %d could have blocked: %s" % (len(blocking), len(sends), blocking[:3]))
    report.note("the longest took %.1f ms, under strace" % (longest * 1000))


def body(report, box):
    """Stop journald, fill its socket, use up the ports, let it go on."""
    exhaustion.small_range(40000, PORTS)
    installed.install(report, box)
    installed.command_line(box, "--interval", "%dms" % (INTERVAL * 1000))
    installed.start(report, box)
    pid = installed.main_pid(box)
    trace = strace.Strace(box, pid)
    journal = int(box.show("systemd-journald.service", "MainPID"))
    box.output("kill", "-STOP", str(journal))
    try:
        deadline.wait_until(lambda: box.process(journal)["State"].startswith("T"), 5, "journald to stop")
        fill(report, box)
        begin = time.time()
        use_up()
        longest, versions, alerts = watch(box, STUCK)
        report.check(longest < LATE, "%d readings in %d s, the longest wait for one %.2f s"
                     % (versions, STUCK, longest))
        report.equal("alerts that fire meanwhile, by status.json",
                     [(alert["severity"], alert["subject"]) for alert in alerts], [("critical", exhaustion.SUBJECT)])
        report.check(not send_noise(box), "the socket is as full as before")
        report.equal("the daemon's process, restarts",
                     (installed.main_pid(box), box.show(installed.DAEMON, "NRestarts")), (pid, "0"))
    finally:
        box.output("kill", "-CONT", str(journal))
    went_on = time.time()
    installed.wait_for_alert(box, 10, "critical")
    report.note("in the journal %.2f s after it went on" % (time.time() - went_on))
    entries = installed.show_alerts(report, box, begin)
    report.equal("the alert, once", [(entry["SOCKWATCH_STATE"], entry["SOCKWATCH_SUBJECT"]) for entry in entries],
                 [("firing", exhaustion.SUBJECT)])
    report.equal("its id there and in status.json", entries[0]["SOCKWATCH_ALERT_ID"], alerts[0]["alert_id"])
    check_sends(report, trace)
    installed.stop(report, box)


if __name__ == "__main__":
    boxes.main(body, 90)
