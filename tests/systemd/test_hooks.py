#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""From sockets to a hook: an exhaustion and its end, as the journal has them and as a hook of the service is told."""

import box as boxes
import deadline
import exhaustion
import installed
import journald
import teller

PORTS = 500
RATE = 100
CONFIG = "/etc/sockwatch/sockwatch.conf.d/test.conf"

_SEVERITIES = ("notice", "warning", "critical")


def check_course(report, box):
    """One firing, at most one step up, one resolved; the hook was told the same in the same order, and nothing else."""
    entries = installed.alerts(box)
    states = [entry["SOCKWATCH_STATE"] for entry in entries]
    report.check(states in (["firing", "resolved"], ["firing", "changed", "resolved"]), "in the journal: %s" % states)
    ranks = [_SEVERITIES.index(entry["SOCKWATCH_SEVERITY"]) for entry in entries[:-1]]
    report.check(ranks == sorted(set(ranks)) and ranks[-1] == 2, "severity rises, to critical: %s" % ranks)
    report.equal("alerts, events", (len({entry["SOCKWATCH_ALERT_ID"] for entry in entries}),
                                    len({entry["SOCKWATCH_EVENT_ID"] for entry in entries})), (1, len(entries)))
    report.equal("told to the hook", [(one[0], one[2]) for one in teller.told(box)],
                 [(entry["SOCKWATCH_STATE"], entry["SOCKWATCH_EVENT_ID"]) for entry in entries])
    other = [entry["MESSAGE"] for unit in (installed.DAEMON, installed.HOOK)
             for entry in box.entries("_SYSTEMD_UNIT=" + unit)
             if "SOCKWATCH_RULE" not in entry and int(entry["PRIORITY"]) <= 4]
    report.check(not other, "nothing else is worth a warning: %s" % other)


def body(report, box):
    """Use up a small range, let go, and wait until it is over."""
    exhaustion.small_range(40000, PORTS)
    installed.install(report, box)
    teller.install(box)
    box.write(CONFIG, "[Poll]\nInterval=500ms\n[Alert]\nClear=2s\n")
    installed.start(report, box)
    load = exhaustion.Load()
    load.run(RATE, lambda: load.refused, 3 * PORTS / RATE)
    installed.wait_for_alert(box, 10, "critical")
    deadline.wait_until(lambda: teller.told(box), 20, lambda: "the hook to be told; %s" % box.run(
        "systemctl", "status", installed.DAEMON, installed.HOOK_PATH, installed.HOOK).stdout)
    load.close()
    # TIME_WAIT goes within 62 s, and Clear= after that.
    deadline.wait_until(lambda: [one for one in teller.told(box) if one[0] == "resolved"], 90,
                        "the hook to be told of the end", step=0.5)
    check_course(report, box)
    _, rule, _, severity, user, event = teller.told(box)[-2]
    report.equal("rule, severity, user", (rule, severity, user), ("ephemeral-ports", "critical", "sockwatch-hook"))
    report.check(event.startswith('{"schema":'), "the event on standard input: %s" % event)
    report.note("seconds from firing to resolved: %.1f" % (
        journald.moment(installed.alerts(box)[-1]) - journald.moment(installed.alerts(box)[0])))
    report.equal("the path unit", box.show(installed.HOOK_PATH, "ActiveState"), "active")
    installed.stop(report, box)


if __name__ == "__main__":
    boxes.main(body, 200)
