#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""The units that start the runner of the hooks, with a stand-in for it: when they do, and that they go on to."""

import os
import time

import box as boxes
import deadline
import installed
from outcome import Failure

PROMPT = 1  # seconds from an event to the start of the runner
ROUNDS = 15  # more than a start limit lets pass in its time

# Takes what is there and ends at once, the worst a runner can do to its path unit; one event makes it fail.
_RUNNER = """#!/bin/sh
status=0
for event in /var/lib/sockwatch/outbox/new/*.json /run/sockwatch/outbox/new/*.json; do
    [ -e "$event" ] || continue
    case $event in *fail*) status=1 ;; esac
    rm "$event" && echo "took ${event##*/}"
done
exit $status
"""

_PROBE = """#!/bin/sh
for path in state.json .new outbox/x outbox/tmp/x; do
    for top in /var/lib /run; do
        touch $top/sockwatch/$path 2>/dev/null || echo "may not write $top/sockwatch/$path"
    done
done
mv -T /var/lib/sockwatch/outbox/results /var/lib/sockwatch/outbox/x 2>/dev/null || echo may not move a folder
cat /var/lib/sockwatch/outbox/new/probe.json
grep -E '^(Cap|NoNewPrivs|Uid|Groups)' /proc/self/status
python3 -c 'import socket; socket.socket(socket.AF_INET); socket.socket(socket.AF_INET6)' && echo may talk
touch /etc/probe 2>&1 || echo may not write to /etc
ls /root 2>&1 || echo may not look into /root
rm /var/lib/sockwatch/outbox/new/*.json
"""


def program(box, text):
    """Put a script in the place of the runner."""
    path = os.path.join(installed.directory("libexecdir"), "sockwatch/sockwatch-hook")
    box.write(path, text)
    os.chmod(box.path(path), 0o755)


def post(box, name, outbox=installed.OUTBOXES[0]):
    """Leave an event as the daemon does: written elsewhere, moved into place."""
    box.output("runuser", "-u", "sockwatch", "--", "sh", "-c",
               'umask 077; echo {} >"$1/tmp/$2" && chmod 640 "$1/tmp/$2" && mv "$1/tmp/$2" "$1/new"', "sh", outbox, name)


def taken(box):
    """Names of the events that the runner took."""
    return [entry["MESSAGE"].partition("took ")[2] for entry in box.entries("_SYSTEMD_UNIT=" + installed.HOOK)
            if entry["MESSAGE"].startswith("took ")]


def wait_for(box, name, seconds):
    """Wait until an event has been taken; seconds that took."""
    begin = time.monotonic()
    deadline.wait_until(lambda: name in taken(box), seconds, lambda: "%s to be taken; %s" % (
        name, box.run("systemctl", "status", installed.HOOK_PATH, installed.HOOK).stdout))
    return time.monotonic() - begin


def check_folders(report, box):
    """Made at the start of the service, also where they have been taken away."""
    folders = {"": "2750", "/tmp": "2700", "/new": "2770", "/claimed": "2770", "/results": "2770", "/bad": "2770"}
    expected = ["%s%s sockwatch:sockwatch-hook %s" % (outbox, folder, mode)
                for outbox in installed.OUTBOXES for folder, mode in folders.items()]
    for outbox in installed.OUTBOXES:
        box.output("rm", "-r", outbox)
    box.output("systemctl", "restart", installed.DAEMON)
    report.equal("the outboxes", box.output("stat", "-c", "%n %U:%G %a", *(
        outbox + folder for outbox in installed.OUTBOXES for folder in folders)).splitlines(), expected)


def check_started(report, box):
    """An event in either place starts it; the path unit outlives all of its starts."""
    for outbox in installed.OUTBOXES:
        name = "first%s.json" % outbox.replace("/", "-")
        post(box, name, outbox)
        took = wait_for(box, name, 10)
        report.check(took < PROMPT, "%s: taken after %.2f s" % (outbox, took))
    begin = time.monotonic()
    for number in range(ROUNDS):
        post(box, "%d.json" % number)
        wait_for(box, "%d.json" % number, 10)
    report.check(box.show(installed.HOOK_PATH, "ActiveState") == "active",
                 "%d starts in %.1f s, and the path unit waits for the next" % (ROUNDS, time.monotonic() - begin))


def check_fails(report, box):
    """A runner that fails is started again, not at once and not for ever."""
    for number in range(2):
        name = "fail-%d.json" % number
        post(box, name)
        wait_for(box, name, 20)
    restarts = int(box.show(installed.HOOK, "NRestarts"))
    report.check(restarts <= 2, "after 2 failures: %d restarts" % restarts)
    deadline.wait_until(lambda: box.show(installed.HOOK, "ActiveState") == "inactive", 15, "the runner to end")
    post(box, "last.json")
    wait_for(box, "last.json", 10)
    report.equal("the path unit after failures", box.show(installed.HOOK_PATH, "ActiveState", "Result"),
                 ["active", "success"])


def check_rights(report, box):
    """Its own user without a capability, who may talk to the world and not write to the system."""
    program(box, _PROBE)
    post(box, "probe.json")
    said = deadline.wait_until(lambda: _probed(box), 10, "the probe to end")
    for key in ("CapInh", "CapPrm", "CapEff", "CapBnd", "CapAmb"):
        report.check("%s:\t%s" % (key, "0" * 16) in said, "%s is empty" % key)
    uid, group = (box.output("id", option, "sockwatch-hook") for option in ("-u", "-g"))
    lines = dict(line.split(":", 1) for line in said if ":\t" in line)
    report.equal("Uid", lines["Uid"].split(), [uid] * 4)
    report.equal("Groups", lines["Groups"].split(), [group])
    report.equal("NoNewPrivs", lines["NoNewPrivs"].strip(), "1")
    report.check("{}" in said, "may read an event")
    for path in ("state.json", ".new", "outbox/x", "outbox/tmp/x"):
        for top in ("/var/lib/sockwatch", "/run/sockwatch"):
            report.check("may not write %s/%s" % (top, path) in said, "may not write %s/%s" % (top, path))
    for what in ("may talk", "may not move a folder", "may not write to /etc", "may not look into /root"):
        report.check(what in said, what)


def _probed(box):
    said = [entry["MESSAGE"] for entry in box.entries("_SYSTEMD_UNIT=" + installed.HOOK)]
    return said if box.show(installed.HOOK, "ActiveState") == "inactive" and "may not look into /root" in said else None


def check_stopped(report, box):
    """Events outlive the service, also those that the disk had no room for; its status does not."""
    program(box, _RUNNER)
    box.output("systemctl", "stop", installed.HOOK_PATH, installed.HOOK)
    post(box, "left.json", installed.OUTBOXES[1])
    report.check(os.path.exists(box.path(installed.STATUS)), "there is a status")
    installed.stop(report, box)
    report.check(not os.path.exists(box.path(installed.STATUS)), "there is none after the stop")
    box.output("systemctl", "start", installed.HOOK_PATH)
    wait_for(box, "left.json", 10)
    report.check(True, "an event below /run is there after the stop")


def body(report, box):
    """Start the service, which brings the path unit, and leave events."""
    installed.install(report, box)
    program(box, _RUNNER)
    if installed.HOOK_PATH not in installed.units(box):
        raise Failure("%s is not installed" % installed.HOOK_PATH)
    installed.start(report, box)
    report.equal("the path unit", box.show(installed.HOOK_PATH, "ActiveState"), "active")
    check_folders(report, box)
    check_started(report, box)
    check_fails(report, box)
    check_rights(report, box)
    check_stopped(report, box)


if __name__ == "__main__":
    boxes.main(body, 90)
