#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Order: of one alert's events for each hook, also when it asks to be tried again; and what newer events replace."""

import os

import deadline
import rig
import sandbox

STATES = ("firing", "changed", "resolved", "firing", "resolved")


def sequence(box, hook, alert):
    """Numbers of the events of one alert in the order in which a hook got them."""
    return [int(words[2].partition("-")[2]) for words in box.notes()
            if words[0] == hook and words[3] == "%016x" % alert]


def check_alerts(report):
    """Several alerts, each with a life; one hook puts off the first event of each."""
    box = rig.Rig("order")
    box.hook("10-puts-off", "case $SOCKWATCH_EVENT_ID in boot-[123])\n"
             "    if ! grep -q '\"attempt\":4,'; then note; exit 75; fi;;\nesac\nnote\n")
    box.hook("20-plain", "sleep 0.02; note\n")
    ids = {alert: [] for alert in (1, 2, 3)}
    for step, state in enumerate(STATES):
        for alert in ids:
            box.put(alert, state, outbox=(step + alert) % 2)
            ids[alert].append(box.number)
    took = box.run("--backoff", "100ms")
    report.note("took %.1f s" % took)
    for alert, numbers in ids.items():
        report.equal("alert %d, 20-plain" % alert, numbers, sequence(box, "20-plain", alert))
        report.equal("alert %d, 10-puts-off" % alert, [numbers[0]] * 3 + numbers, sequence(box, "10-puts-off", alert))
    notes = [(words[0], words[2]) for words in box.notes()]
    report.check(notes.index(("20-plain", "boot-%d" % ids[1][-1])) < len(notes) - 1 - notes[::-1].index(
        ("10-puts-off", "boot-%d" % ids[1][0])), "20-plain has all events of an alert before 10-puts-off has the first")


def check_given_up(report):
    """Five tries, each of which is told its number, then the next event has its turn."""
    box = rig.Rig("given-up")
    box.hook("10-never", "note $(sed 's/.*\"attempt\":\\([0-9]*\\),.*/\\1/'); exit 75\n")
    box.put(1, "firing")
    box.put(1, "resolved")
    took = box.run("--backoff", "10ms")
    report.equal("attempts", [[str(attempt) for attempt in range(1, 6)]] * 2,
                 [[words[4] for words in box.notes() if words[2] == "boot-%d" % number] for number in (1, 2)])
    report.equal("results", ["retry"] * 4 + ["failed"],
                 [words[3] for words in box.results() if words[0] == "boot-1"])
    # 10, 30, 90 and 270 ms
    report.check(0.8 <= took < 10, "the pauses grow: %.1f s" % took)


def check_replaced(report):
    """An event that the daemon has replaced is not delivered any more, though it was about to be tried again."""
    box = rig.Rig("replaced")
    box.hook("10-puts-off", "note; [ \"$state\" != changed ] || grep -q boot-3 || exit 75\n")
    box.put(1, "firing")
    old, _ = box.put(1, "changed")
    process = box.start("--backoff", "500ms", "--linger", "0")
    deadline.wait_until(lambda: any(words[3] == "retry" for words in box.results()), 10, "a first try")
    box.put(1, "changed")
    os.unlink(os.path.join(box.outboxes[0], "new", old))
    process.wait(20)
    report.equal("events in order", ["boot-1", "boot-2", "boot-3"], [words[2] for words in box.notes()])
    report.equal("what is left", ([], []), (box.waiting(), box.left("claimed")))


def body(report):
    """All of it."""
    check_alerts(report)
    check_given_up(report)
    check_replaced(report)


if __name__ == "__main__":
    sandbox.main(body, 60)
