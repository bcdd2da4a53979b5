#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""A state directory without room, and one that is read-only: said once, nothing waits for it, and it recovers."""

import json
import os
import time

import box as boxes
import deadline
import exhaustion
import hoard
import installed
import teller

PORTS = 50
STATE_DIR = "/var/lib/sockwatch"
SIZE = 256 * 1024
CONFIG = "/etc/sockwatch/sockwatch.conf.d/test.conf"
QUIET = 3  # seconds in which nothing more may be said


def fill(box):
    """Use up all there is."""
    with open(box.path(STATE_DIR + "/ballast"), "wb", buffering=0) as file:
        try:
            while True:
                file.write(bytes(4096))
        except OSError:
            pass


def remount(box, how):
    """Change how the file system of the state directory is mounted, for everybody."""
    box.output("mount", "-o", "remount," + how, STATE_DIR)


def words(box):
    """What the daemon has said of itself that is worth a look: all from a notice on, and that something works again."""
    return [entry["MESSAGE"] for entry in box.entries("_SYSTEMD_UNIT=" + installed.DAEMON)
            if "SOCKWATCH_RULE" not in entry and (int(entry["PRIORITY"]) <= 5 or "works again" in entry["MESSAGE"])]


def subjects(box):
    """Subjects of the alerts that fire, as a restart would find them."""
    state = json.loads(box.read(STATE_DIR + "/state.json"))
    return ["%(source)s->%(destination)s:%(port)d" % alert["tuple"] for alert in state["alerts"]]


def states(box):
    """States of the events so far: (in the journal, told to the hook)."""
    return [entry["SOCKWATCH_STATE"] for entry in installed.alerts(box)], [one[0] for one in teller.told(box)]


def wait_for(box, expected):
    """Wait until journal and hook have exactly these states."""
    deadline.wait_until(lambda: states(box) == (expected, expected), 20, lambda: "%s; there are %s\n%s" % (
        expected, states(box), installed.told(box)), step=0.2)


def ticks(box, seconds):
    """How many readings there are in a while."""
    seen, end = set(), time.monotonic() + seconds
    while time.monotonic() < end:
        seen.add(installed.status_file(box)["time"])
        time.sleep(0.02)
    return len(seen)


def check(report, box, ports, what, reason):
    """An alert fires while the directory takes nothing; spoiled and healed by the caller in between."""
    before, (journal, _) = words(box), states(box)
    old = box.read(STATE_DIR + "/state.json") if os.path.exists(box.path(STATE_DIR + "/state.json")) else None
    ports.take()
    wait_for(box, journal + ["firing"])
    report.check(True, "%s: the alert is in the journal and the hook has run" % what)
    count = ticks(box, QUIET)
    report.check(count >= 2 * QUIET, "%s: %d readings in %d s" % (what, count, QUIET))
    said = words(box)[len(before):]
    report.check(len(said) == 1 and STATE_DIR in said[0] and reason in said[0], "%s: said once: %s" % (what, said))
    now = box.read(STATE_DIR + "/state.json") if old is not None else None
    report.equal("%s: what is written down, events that wait" % what,
                 (now == old, os.listdir(box.path(STATE_DIR + "/outbox/new"))), (True, []))
    return len(before) + 1


def check_recovers(report, box, ports, what, n_words):
    """It writes down what fires as soon as it can, without an event, says so once, and a restart knows of the alert."""
    deadline.wait_until(lambda: len(words(box)) > n_words, 10, "%s: a word that it works again" % what, step=0.1)
    ticks(box, QUIET)
    said = words(box)[n_words:]
    report.check(len(said) == 1 and STATE_DIR in said[0] and "works again" in said[0], "%s: over: %s" % (what, said))
    report.equal("%s: written down" % what, subjects(box), [ports.subject])
    journal, _ = states(box)
    box.output("systemctl", "restart", installed.DAEMON)
    ticks(box, 1)
    ports.give_back()
    # No second firing.
    wait_for(box, journal + ["resolved"])
    report.equal("%s: over: events of the alert, ids" % what,
                 (journal[-1], [entry["SOCKWATCH_EVENT_ID"] for entry in installed.alerts(box)]),
                 ("firing", [one[2] for one in teller.told(box)]))


def body(report, box):
    """A file system of its own for the state directory, then full, then read-only."""
    exhaustion.small_range(40000, PORTS)
    box.output("mkdir", "-p", STATE_DIR)
    box.output("mount", "-t", "tmpfs", "-o", "mode=0755,size=%d" % SIZE, "tmpfs", STATE_DIR)
    installed.install(report, box)
    installed.count_always(box)
    teller.install(box)
    box.write(CONFIG, "[Poll]\nInterval=500ms\n[Alert]\nClear=2s\n")
    installed.start(report, box)
    ports = hoard.Hoard(exhaustion.PORT, PORTS)

    fill(box)
    n_words = check(report, box, ports, "full", "No space left on device")
    os.unlink(box.path(STATE_DIR + "/ballast"))
    check_recovers(report, box, ports, "full", n_words)

    remount(box, "ro")
    n_words = check(report, box, ports, "read-only", "Read-only file system")
    remount(box, "rw")
    check_recovers(report, box, ports, "read-only", n_words)

    report.equal("restarts by systemd", box.show(installed.DAEMON, "NRestarts"), "0")
    report.equal("the path unit", box.show(installed.HOOK_PATH, "ActiveState"), "active")
    installed.stop(report, box)


if __name__ == "__main__":
    boxes.main(body, 150)
