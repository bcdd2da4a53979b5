#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Twenty alerts within ten seconds, for hooks of which most misbehave: each ends as it should, the others hear of everything."""

import os
import time

import box as boxes
import deadline
import exhaustion
import hoard
import installed
import journald
import rig
import storm

N_ALERTS = 20
WITHIN = 10  # seconds for all of them to fire
PAUSE = 0.2  # seconds from one to the next
PORTS = 20
CONFIG = "/etc/sockwatch/sockwatch.conf.d/test.conf"
HOOKS = "/etc/sockwatch/hooks.d"
LOG_DIR = "/var/lib/storm"
LOG = LOG_DIR + "/log"
PATIENCE = 100  # seconds until all is done
RULE = "ephemeral-ports"

# Every fifth alert, and only when it begins.
EACH = 5
_SOME = "[ $state = firing ] && [ $((SOCKWATCH_PORT %% %d)) -eq 0 ]" % EACH


class Ledger:
    """The runner's own notes, file by file: kept open they can be read when the event is done and they are gone."""

    def __init__(self, box):
        self._folders = [box.path(outbox + "/claimed") for outbox in installed.OUTBOXES]
        self._files = {}

    def look(self):
        """Take in what there is now. An event waits for its retries for seconds: this is soon enough at any time then."""
        for folder in self._folders:
            for name in os.listdir(folder):
                path = os.path.join(folder, name)
                if name.endswith(".json") and path not in self._files:
                    self._files[path] = open(path, encoding="utf-8")

    def results(self):
        """All that was noted, as lists of words."""
        found = []
        for file in self._files.values():
            file.seek(0)
            found += map(rig.parse_result, file)
        return found


def prepare(report, box):
    """The service, with hooks that have a place to note their runs in, and little time."""
    installed.install(report, box)
    os.makedirs(box.path(HOOKS))
    box.output("chmod", "755", os.path.dirname(HOOKS), HOOKS)
    storm.install(box.path(HOOKS), LOG, _SOME)
    box.output("install", "-d", "-o", "sockwatch-hook", LOG_DIR)
    box.drop_in(installed.HOOK, "[Service]\nReadWritePaths=%s\nExecStart=\nExecStart=%s/sockwatch/sockwatch-hook "
                "--backoff 200ms\n" % (LOG_DIR, installed.directory("libexecdir")))
    box.write(CONFIG, "[Poll]\nInterval=500ms\n[Alert]\nClear=2s\n[Hooks]\nTimeout=5s\n")
    installed.start(report, box)


def told(box, state, rule=RULE):
    """Entries of the journal about alerts of a rule that have come to a state."""
    return box.entries("SOCKWATCH_RULE=" + rule, "SOCKWATCH_STATE=" + state)


def wait_for(box, ledger, what, seconds, condition):
    """Wait, and miss nothing in the meantime."""
    def there():
        ledger.look()
        return condition()

    deadline.wait_until(there, seconds, lambda: "%s\n%s\n%s" % (what, installed.told(box), box.run(
        "systemctl", "status", "--no-pager", installed.HOOK_PATH, installed.HOOK).stdout), step=0.2)


def waiting(box):
    """Names of all files in the outboxes."""
    return [os.path.join(folder, name) for outbox in installed.OUTBOXES
            for folder, _, names in os.walk(box.path(outbox)) for name in names]


def rage(report, box, ledger):
    """All alerts begin; they end while hooks still run for that. Returns their events."""
    ports = [hoard.Hoard(exhaustion.PORT + number, PORTS) for number in range(N_ALERTS)]
    begin = time.monotonic()
    for one in ports:
        one.take()
        ledger.look()
        time.sleep(PAUSE)
    wait_for(box, ledger, "%d alerts" % N_ALERTS, 30, lambda: len(told(box, "firing")) == N_ALERTS)
    moments = [journald.moment(entry) for entry in told(box, "firing")]
    report.check(max(moments) - min(moments) < WITHIN, "%d alerts within %.1f s" % (N_ALERTS, max(moments) - min(moments)))
    for one in ports:
        one.give_back()
    wait_for(box, ledger, "their ends", 60, lambda: len(told(box, "resolved")) == N_ALERTS)
    ended = time.monotonic() - begin
    wait_for(box, ledger, "the outboxes to be empty", PATIENCE, lambda: not waiting(box))
    report.note("alerts were over after %.1f s, hooks after %.1f s" % (ended, time.monotonic() - begin))
    return box.entries("SOCKWATCH_RULE=" + RULE)


def check_lives(report, events, notes):
    """Each alert begins and ends once, and each hook that runs heard of that in this order."""
    lives, heard = {}, {}
    for entry in events:
        lives.setdefault(entry["SOCKWATCH_ALERT_ID"], []).append(entry["SOCKWATCH_STATE"])
    report.equal("alerts, lives", (len(lives), sorted(set(map(tuple, lives.values())))),
                 (N_ALERTS, [("firing", "resolved")]))
    for hook, state, _, alert, *_ in notes:
        heard.setdefault((hook, alert), []).append(state)
    wrong = {key: states for key, states in heard.items() if states != sorted(states)}
    report.check(not wrong, "each hook hears of each alert in order: %s" % (wrong or "%d" % len(heard)))


def check_failed(report, box, events):
    """Each hook that fails is an alert, and no hook is told of that."""
    bad = {hook.name for hook in storm.HOOKS if hook.end != storm.FINE}
    found = {entry["SOCKWATCH_SUBJECT"] for entry in told(box, "firing", "hook-failed")}
    report.equal("hooks that failed", sorted(found), sorted(bad))
    others = {entry["SOCKWATCH_EVENT_ID"] for entry in installed.alerts(box)} - set(events)
    given = {words[2] for words in rig.read_notes(box.path(LOG))}
    report.check(others and not others & given, "of %d other events hooks heard nothing" % len(others))


def check_end(report, box):
    """Nothing is left of it but a runner that waits, and a path unit that starts the next."""
    left = box.run("pgrep", "-u", "sockwatch-hook").stdout.split()
    report.check(left in ([], [box.show(installed.HOOK, "MainPID")]), "the runner alone is left: %s" % left)
    report.equal("the runner's restarts", box.show(installed.HOOK, "NRestarts"), "0")
    report.equal("the path unit", box.show(installed.HOOK_PATH, "ActiveState", "Result"), ["active", "success"])
    box.output("systemctl", "stop", installed.HOOK)
    before = len(rig.read_notes(box.path(LOG)))
    box.output(installed.directory("bindir") + "/sockwatch", "hook", "test")
    deadline.wait_until(lambda: [words for words in rig.read_notes(box.path(LOG))[before:] if words[0] == "99-last"],
                        30, "the path unit to have hooks run", step=0.2)
    report.check(True, "the path unit starts the next runner")


def body(report, box):
    """Let it rage, and look at what is left."""
    exhaustion.small_range(40000, PORTS)
    prepare(report, box)
    ledger = Ledger(box)
    entries = rage(report, box, ledger)
    notes = rig.read_notes(box.path(LOG))
    events = [entry["SOCKWATCH_EVENT_ID"] for entry in entries]
    some = [entry["SOCKWATCH_EVENT_ID"] for entry in entries
            if entry["SOCKWATCH_STATE"] == "firing" and int(entry["SOCKWATCH_PORT"]) % EACH == 0]
    storm.check(report, ledger.results(), notes, events, some)
    storm.check_said(report, "\n".join(entry["MESSAGE"] for entry in box.entries("_SYSTEMD_UNIT=" + installed.HOOK)),
                     len(some))
    check_lives(report, entries, notes)
    check_failed(report, box, events)
    check_end(report, box)
    installed.stop(report, box)


if __name__ == "__main__":
    boxes.main(body, 210)
