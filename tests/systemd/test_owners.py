#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Real units that listen, hold and close: status, alert and recording name them, and nobody needs a privilege for it."""

import json
import os

import box as boxes
import deadline
import exhaustion
import installed
import programs

HELD, CLOSED = 9100, 9200
ADDRESS = "127.0.0.1"
LISTENER, OTHER, HOLDER, CLOSER = ("t-%s.service" % name for name in ("listener", "other", "holder", "closer"))
AS_NOBODY = programs.as_nobody([])
COMMAND = [*AS_NOBODY, installed.directory("bindir") + "/sockwatch"]


def start(box, unit, *words):
    """Run the talker as a unit."""
    box.output("systemd-run", "--quiet", "--unit=" + unit, "/usr/bin/python3", "/run/talker.py", *map(str, words))


def units_of(reading, port):
    """Who owns the tuple to PORT, and whether that is of earlier; None without such a tuple."""
    for row in reading["namespaces"][0]["tuples"]:
        if (row["destination"], row["port"]) == (ADDRESS, port):
            return row["units"], row["units_earlier"]
    return None


def listens(box, port):
    """Is there a listener?"""
    return box.run("ss", "-Hltn", "sport", ":%d" % port).stdout


def check_status(report, box):
    """The command, without any privilege, and the daemon in its sandbox."""
    deadline.wait_until(lambda: units_of(installed.status(box), HELD), 10, "the connections to be held")
    reading = installed.status(box, *AS_NOBODY)
    report.equal("to the held port, by nobody", units_of(reading, HELD), ([HOLDER], False))
    report.equal("on the held port", programs.listening(reading["namespaces"][0], HELD)["units"], [LISTENER])
    text = box.output(*COMMAND)
    report.check("  %s\n" % HOLDER in text and ", %s\n" % LISTENER in text, "both tables have them")
    deadline.wait_until(lambda: units_of(installed.status_file(box), HELD) == ([HOLDER], False), 30,
                        lambda: "the daemon to know; it says %s" % (units_of(installed.status_file(box), HELD),))
    report.check(True, "the daemon names it, too")


def check_alert(report, box):
    """The one that closes first is named where it is told."""
    start(box, CLOSER, "close", CLOSED, 30)
    entry = installed.wait_for_alert(box, 60, "critical")
    report.equal("SOCKWATCH_UNIT", entry.get("SOCKWATCH_UNIT"), CLOSER)
    report.check("; %s closes first; do: " % CLOSER in entry["MESSAGE"], entry["MESSAGE"])


def check_recording(report, box):
    """A recording by nobody has the names, also when the units are gone."""
    box.output("install", "-d", "-o", str(programs.NOBODY), "/run/nobodys")
    box.output(*COMMAND, "record", "/run/nobodys/recording")
    box.output("systemctl", "stop", HOLDER, CLOSER)
    reading = json.loads(box.output(*COMMAND, "status", "--json", "--from", "/run/nobodys/recording"))
    report.equal("recorded, to the held and the closed port", (units_of(reading, HELD), units_of(reading, CLOSED)),
                 (([HOLDER], False), ([CLOSER], False)))


def check_memory(report, box):
    """TIME_WAIT tells nobody; the daemon knows whose it was, and says that it was earlier."""
    deadline.wait_until(lambda: units_of(installed.status(box), CLOSED) == (None, None), 20,
                        "nothing but TIME_WAIT to be left")
    deadline.wait_until(lambda: units_of(installed.status_file(box), CLOSED) == ([CLOSER], True), 20,
                        lambda: "the daemon to remember; it says %s" % (units_of(installed.status_file(box), CLOSED),))
    report.check(True, "TIME_WAIT alone is the last owner's, and that is said")


def body(report, box):
    """Two that listen, one that holds and one that closes first."""
    exhaustion.small_range(40000, 600)
    installed.install(report, box)
    installed.start(report, box)
    with open(os.path.join(os.path.dirname(__file__), "talker.py"), encoding="utf-8") as script:
        box.write("/run/talker.py", script.read())
    start(box, LISTENER, "listen", HELD)
    start(box, OTHER, "listen", CLOSED)
    deadline.wait_until(lambda: all(listens(box, port) for port in (HELD, CLOSED)), 10, "the listeners")
    start(box, HOLDER, "hold", HELD, 30)
    check_status(report, box)
    check_alert(report, box)
    check_recording(report, box)
    check_memory(report, box)
    installed.stop(report, box)


if __name__ == "__main__":
    boxes.main(body, 170)
