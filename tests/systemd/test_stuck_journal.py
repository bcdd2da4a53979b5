#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""journald hangs and its socket is full before an alert is due: no reading is skipped, the hook runs, the alert comes
once it can, also from a daemon that was killed meanwhile."""

import contextlib
import datetime
import os
import signal
import socket
import time

import box as boxes
import deadline
import exhaustion
import hoard
import installed
import sockets
import strace
from outcome import Failure

INTERVAL = 0.5
PORTS = 100
STUCK = 6  # seconds
LATE = 2 * INTERVAL  # a reading later than this after the one before: one in between was skipped
HOOK_PORT, OTHER_PORT = 9001, 9002

_JOURNAL = "/run/systemd/journal/socket"
_NOTIFY = "/run/systemd/notify"
_HOOK = "/etc/sockwatch/hooks.d/tell"
# Through a socket: its output would have to wait for journald.
_TELL = """#!/bin/bash
exec >/dev/tcp/127.0.0.1/%d && echo "$1 $SOCKWATCH_EVENT_ID $SOCKWATCH_SUBJECT"
""" % HOOK_PORT
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
    """Look at status.json for a while: (longest time between two readings, readings, alerts in the last)."""
    end, times, status = time.monotonic() + seconds, [], None
    while time.monotonic() < end:
        status = installed.status_file(box)
        if status["time"] not in times:
            times.append(status["time"])
        time.sleep(0.01)
    moments = [datetime.datetime.fromisoformat(text).timestamp() for text in times]
    # What has not come by now counts too.
    moments.append(time.time())
    return max(later - earlier for earlier, later in zip(moments, moments[1:])), len(times), status["alerts"]


@contextlib.contextmanager
def stuck_journal(report, box):
    """journald is stopped and its socket full."""
    journal = int(box.show("systemd-journald.service", "MainPID"))
    box.output("kill", "-STOP", str(journal))
    try:
        deadline.wait_until(lambda: box.process(journal)["State"].startswith("T"), 5, "journald to stop")
        fill(report, box)
        yield
        report.check(not send_noise(box), "the socket is as full as before")
    finally:
        box.output("kill", "-CONT", str(journal))


def told(server):
    """What hooks have told so far: lists of words."""
    said = []
    for connection in sockets.accept_all(server):
        connection.settimeout(5)
        with connection, connection.makefile() as file:
            said.append(file.read().split())
    return said


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


def check_stuck(report, box, server):
    """Use up the ports while journald hangs, let it go on."""
    pid = installed.main_pid(box)
    trace = strace.Strace(box, pid)
    with stuck_journal(report, box):
        begin = time.time()
        use_up()
        longest, versions, alerts = watch(box, STUCK)
        report.check(longest < LATE, "%d readings in %d s, none skipped: the longest time between two was %.2f s"
                     % (versions, STUCK, longest))
        report.equal("alerts that fire meanwhile, by status.json",
                     [(alert["severity"], alert["subject"]) for alert in alerts], [("critical", exhaustion.SUBJECT)])
        hook = told(server)
        report.equal("told to the hook meanwhile", [(words[0], words[2]) for words in hook],
                     [("firing", exhaustion.SUBJECT)])
        report.equal("the daemon's process, restarts",
                     (installed.main_pid(box), box.show(installed.DAEMON, "NRestarts")), (pid, "0"))
    went_on = time.time()
    installed.wait_for_alert(box, 10, "critical")
    report.note("in the journal %.2f s after it went on" % (time.time() - went_on))
    entries = installed.show_alerts(report, box, begin)
    report.equal("the alert, once", [(entry["SOCKWATCH_STATE"], entry["SOCKWATCH_SUBJECT"]) for entry in entries],
                 [("firing", exhaustion.SUBJECT)])
    report.equal("its id there and in status.json", entries[0]["SOCKWATCH_ALERT_ID"], alerts[0]["alert_id"])
    report.equal("the event's id there and for the hook", entries[0]["SOCKWATCH_EVENT_ID"], hook[0][1])
    check_sends(report, trace)


def check_killed(report, box, server):
    """The daemon is killed while an alert waits for journald: the next one has it."""
    ports, pid = hoard.Hoard(OTHER_PORT, PORTS), installed.main_pid(box)
    with stuck_journal(report, box):
        ports.take()
        hook = deadline.wait_until(lambda: told(server), 10, "the hook to be told")
        box.output("kill", "-KILL", str(pid))
        deadline.wait_until(lambda: installed.main_pid(box) not in (0, pid), 10, "another daemon", step=0.1)
        deadline.wait_until(lambda: box.show(installed.DAEMON, "ActiveState") == "active", 10, "it to be ready")
    entries = deadline.wait_until(lambda: installed.alerts(box, "SOCKWATCH_SUBJECT=" + ports.subject), 10,
                                  lambda: "the alert to come:\n" + installed.told(box), step=0.2)
    report.equal("killed meanwhile: in the journal, told to the hook",
                 [(entry["SOCKWATCH_STATE"], entry["SOCKWATCH_EVENT_ID"]) for entry in entries],
                 [(words[0], words[1]) for words in hook])


def body(report, box):
    """journald hangs, and once more with a kill."""
    exhaustion.small_range(40000, PORTS)
    installed.install(report, box)
    installed.count_always(box)
    box.write(_HOOK, _TELL)
    box.output("chmod", "755", "/etc/sockwatch", "/etc/sockwatch/hooks.d", _HOOK)
    installed.command_line(box, "--interval", "%dms" % (INTERVAL * 1000))
    server = sockets.listener("127.0.0.1", HOOK_PORT)
    installed.start(report, box)
    check_stuck(report, box, server)
    check_killed(report, box, server)
    installed.stop(report, box)


if __name__ == "__main__":
    boxes.main(body, 120)
