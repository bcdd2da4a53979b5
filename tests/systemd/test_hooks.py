#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""From sockets to a hook: an exhaustion and its end, as the journal has them and as a hook of the service is told."""

import box as boxes
import deadline
import exhaustion
import installed
import journald

PORTS = 500
RATE = 100
HOOK = "/etc/sockwatch/hooks.d/tell"
CONFIG = "/etc/sockwatch/sockwatch.conf.d/test.conf"

# Says what it was told; the runner hands that to the journal.
_HOOK = """#!/bin/sh
printf 'told %s %s %s %s %s ' "$1" "$2" "$SOCKWATCH_EVENT_ID" "$SOCKWATCH_SEVERITY" "$(id -un)"
head -c 14
"""


def told(box):
    """What the hook said, as the words behind "told", in order."""
    return [entry["MESSAGE"].partition("told ")[2].split() for entry in box.entries("_SYSTEMD_UNIT=" + installed.HOOK)
            if "told " in entry["MESSAGE"]]


def body(report, box):
    """Use up a small range, let go, and wait until it is over."""
    exhaustion.small_range(40000, PORTS)
    installed.install(report, box)
    box.output("mkdir", "-p", "/etc/sockwatch/hooks.d", "/etc/sockwatch/sockwatch.conf.d")
    box.write(HOOK, _HOOK)
    box.output("chmod", "755", HOOK)
    box.write(CONFIG, "[Poll]\nInterval=500ms\n[Alert]\nClear=2s\n")
    installed.start(report, box)
    load = exhaustion.Load()
    load.run(RATE, lambda: load.refused, 3 * PORTS / RATE)
    installed.wait_for_alert(box, 10, "critical")
    deadline.wait_until(lambda: told(box), 20, lambda: "the hook to be told; %s" % box.run(
        "systemctl", "status", installed.DAEMON, installed.HOOK_PATH, installed.HOOK).stdout)
    load.close()
    # TIME_WAIT goes within 62 s, and Clear= after that.
    deadline.wait_until(lambda: [one for one in told(box) if one[0] == "resolved"], 90, "the hook to be told of the end",
                        step=0.5)
    course = [(entry["SOCKWATCH_STATE"], entry["SOCKWATCH_EVENT_ID"]) for entry in installed.alerts(box)]
    states = [state for state, _ in course]
    report.check(states in (["firing", "resolved"], ["firing", "changed", "resolved"]), "in the journal: %s" % states)
    report.equal("told to the hook", [(one[0], one[2]) for one in told(box)], course)
    report.equal("rule, severity, user", told(box)[0][1:2] + told(box)[0][3:5],
                 ["ephemeral-ports", "critical", "sockwatch-hook"])
    report.check(told(box)[0][5].startswith('{"schema":'), "the event on standard input: %s" % told(box)[0][5])
    report.note("seconds from firing to resolved: %.1f" % (
        journald.moment(installed.alerts(box)[-1]) - journald.moment(installed.alerts(box)[0])))
    report.equal("the path unit", box.show(installed.HOOK_PATH, "ActiveState"), "active")
    installed.stop(report, box)


if __name__ == "__main__":
    boxes.main(body, 200)
