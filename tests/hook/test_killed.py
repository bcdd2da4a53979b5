#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""The runner is killed again and again: every event is delivered, in order, under its one id, and nothing is torn."""

import os
import random
import signal
import time

import rig
import sandbox

KILLS = 200 if os.environ.get("SW_TEST_FULL") else 40
N_ALERTS = 6
STATES = ("firing", "changed", "resolved")
SEED = 20261122


def live(box, chance):
    """Leave events while the runner is killed at random moments; returns {alert: numbers of its events}."""
    ids = {alert: [] for alert in range(N_ALERTS)}
    for kill in range(KILLS):
        for _ in range(2):
            alert = chance.randrange(N_ALERTS)
            box.put(alert, STATES[len(ids[alert]) % len(STATES)], outbox=chance.randrange(2))
            ids[alert].append(box.number)
        process = box.start("--linger", "30s", "--backoff", "20ms", "--timeout", "5s")
        time.sleep(chance.uniform(0, 0.25))
        process.send_signal(signal.SIGKILL)
        process.wait()
    return ids


def check_delivered(report, box, ids):
    """Each hook got all events, each for the first time in order, and an earlier one never after a later one."""
    for hook in ("10-quick", "20-late", "30-again"):
        missing, disorder, again = [], [], 0
        for alert, numbers in ids.items():
            got = [int(words[2].partition("-")[2]) for words in box.notes()
                   if words[0] == hook and words[3] == "%016x" % alert]
            missing += [number for number in numbers if number not in got]
            again += len(got) - len(set(got))
            if got != sorted(got):
                disorder.append((alert, got))
        report.check(not missing, "%s: all of %d events came%s" % (hook, sum(map(len, ids.values())), missing or ""))
        report.check(not disorder, "%s: in order%s" % (hook, disorder or ""))
        report.check(again > 0 or hook == "10-quick", "%s: %d came again" % (hook, again))


def body(report):
    """Kill it, let the last one finish, look at what was delivered."""
    box, chance = rig.Rig("killed"), random.Random(SEED)
    box.hook("10-quick", "note; sleep 0.02\n")
    # Does not let itself be ended, and is slow when no other is: what is left of a run when the next runner begins
    # would write its line after later ones.
    box.hook("20-late", "trap '' TERM\nif mkdir $log.slow 2>/dev/null; then sleep 0.2; note; rmdir $log.slow\n"
             "else note; fi\n")
    box.hook("30-again", "note; grep -q '\"attempt\":2,' || exit 75\n")
    begin = time.monotonic()
    ids = live(box, chance)
    box.run("--backoff", "20ms", seconds=60)
    report.note("%d kills in %.1f s" % (KILLS, time.monotonic() - begin))
    check_delivered(report, box, ids)
    report.equal("what is left", ([], [], []), (box.waiting(), box.left("claimed"), box.left("bad")))
    report.equal("hooks that are left", {}, rig.processes())
    outcomes = {words[3] for words in box.results()}
    report.check(outcomes <= {"ok", "retry"}, "results are whole: %d, %s" % (len(box.results()), outcomes))


if __name__ == "__main__":
    sandbox.main(body, 200)
