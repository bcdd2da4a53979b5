#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""A real exhaustion before the eyes of the service, with its defaults: one alert, in time, and what goes with it."""

import re
import time

import box as boxes
import deadline
import exhaustion
import installed
import journald
from outcome import Failure

PORTS = 2000
RATE = 100
HOLD = 5  # seconds for which connects go on failing

_SEVERITIES = ("notice", "warning", "critical")


def check_course(report, entries):
    """Exactly one firing, and when that was not critical, one step up at most."""
    course = [(entry["SOCKWATCH_STATE"], entry["SOCKWATCH_SEVERITY"]) for entry in entries]
    states = [state for state, _ in course]
    report.check(states in (["firing"], ["firing", "changed"]), "one firing, and one changed at most: %s" % course)
    ranks = [_SEVERITIES.index(severity) for _, severity in course]
    report.check(ranks == sorted(set(ranks)) and course[-1][1] == "critical", "severity only rises, to critical")
    report.equal("alerts, events", (len({entry["SOCKWATCH_ALERT_ID"] for entry in entries}),
                                    len({entry["SOCKWATCH_EVENT_ID"] for entry in entries})), (1, len(entries)))


def check_fields(report, box, entry):
    """What journalctl shows of an alert, and where it says it comes from."""
    pid = installed.main_pid(box)
    report.equal("subject", entry["SOCKWATCH_SUBJECT"], exhaustion.SUBJECT)
    report.equal("PRIORITY, SYSLOG_IDENTIFIER, _TRANSPORT",
                 (entry["PRIORITY"], entry["SYSLOG_IDENTIFIER"], entry["_TRANSPORT"]), ("2", "sockwatchd", "journal"))
    report.equal("_SYSTEMD_UNIT, _PID, _UID, _CAP_EFFECTIVE",
                 (entry["_SYSTEMD_UNIT"], entry["_PID"], entry["_UID"], entry["_CAP_EFFECTIVE"]),
                 (installed.DAEMON, str(pid), box.output("id", "-u", "sockwatch"), "0"))
    used, free, capacity = (int(entry["SOCKWATCH_" + name]) for name in ("USED", "FREE", "CAPACITY"))
    report.check(used + free == capacity == PORTS, "used %d, free %d, capacity %d" % (used, free, capacity))
    report.check(re.fullmatch("[0-9a-f]{16}", entry["SOCKWATCH_ALERT_ID"]), "alert id %s" % entry["SOCKWATCH_ALERT_ID"])
    report.check(exhaustion.SUBJECT.replace("->", " to ") in entry["MESSAGE"], entry["MESSAGE"])


def check_explained(report, box, entry):
    """journalctl -x has the text of the catalog, with the figures of this alert in it."""
    text = box.explained("MESSAGE_ID=" + entry["MESSAGE_ID"])
    report.check("use up the local ports" in text and "Defined-By: sockwatch" in text
                 and "of %d are left" % PORTS in text and "@" not in text.replace("sockwatchd@", ""),
                 "journalctl -x explains it, %d lines" % len(text.splitlines()))
    for line in text.splitlines()[1:4]:
        report.note(line)


def check_told(report, box, entry):
    """The line of systemctl status, the file and the command say the same."""
    text = box.show(installed.DAEMON, "StatusText")
    report.check(text.startswith(("critical:", "exhausted:")) and exhaustion.SUBJECT in text, "STATUS=%s" % text)
    report.equal("sockwatch status: alerts", [alert["alert_id"] for alert in installed.status(box)["alerts"]],
                 [entry["SOCKWATCH_ALERT_ID"]])


def body(report, box):
    """Use up a small range, and go on for a while."""
    exhaustion.small_range(40000, PORTS)
    installed.install(report, box)
    installed.start(report, box)
    load = exhaustion.Load()
    begin = time.time()
    if not load.run(RATE, lambda: load.refused, 3 * PORTS / RATE):
        raise Failure("no errno 99 after %d connections" % load.made)
    report.note("errno 99 after %.1f s and %d connections" % (load.first_refused - begin, load.made))
    load.run(RATE, lambda: False, HOLD)
    report.note("%d connects refused in %d s" % (load.refused, HOLD))
    load.close()
    installed.wait_for_alert(box, 10, "critical")
    entries = installed.show_alerts(report, box, begin)
    check_course(report, entries)
    before = load.first_refused - journald.moment(entries[-1])
    report.check(before > 0, "critical %.1f s before the first connect() failed" % before)
    check_fields(report, box, entries[-1])
    check_explained(report, box, entries[-1])
    deadline.wait_until(lambda: installed.status_file(box)["level"] == "exhausted", 10, "the level to be exhausted")
    check_told(report, box, entries[-1])
    installed.stop(report, box)
    report.equal("alerts after the stop", len(installed.alerts(box)), len(entries))


if __name__ == "__main__":
    boxes.main(body, 120)
