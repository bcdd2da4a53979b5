#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Hundreds of slipped configurations through reload: taken as a whole or not at all, and nothing grows from it."""

import collections
import os
import random
import re
import time

import box as boxes
import deadline
import installed
import mutants
from outcome import Failure

ROUNDS = 1000 if os.environ.get("SW_TEST_FULL") else 200
WARM = 40  # rounds, of all kinds
SEED = 20261124
ROOM = 256  # KiB that an allocator may keep

_FOLDER = "/etc/sockwatch/sockwatch.conf.d/"
MUTANT, MARK = _FOLDER + "50-mutant.conf", _FOLDER + "60-mark.conf"
KEPT = "the configuration stays as it was"


def footprint(box, pid):
    """Private memory in KiB, and open descriptors between two readings, which is when there are the fewest."""
    text = box.read("/proc/%d/smaps_rollup" % pid)
    private = sum(int(number) for number in re.findall(r"^(?:Private_\w+|Swap): +(\d+) kB$", text, re.M))
    counts = []
    for _ in range(50):
        counts.append(len(os.listdir(box.path("/proc/%d/fd" % pid))))
        time.sleep(0.01)
    return private, min(counts)


def readings(box, count):
    """Wait for so many new readings; returns the interval that the last one names, in milliseconds."""
    for _ in range(count):
        before = installed.status_file(box)["time"]
        status = deadline.wait_until(lambda: _newer(box, before), 10, "another reading", step=0.005)
    return round(status["daemon"]["interval_s"] * 1000)


def _newer(box, before):
    status = installed.status_file(box)
    return status if status["time"] != before else None


def is_good(box, what, text, good):
    """Would anything of it be in force? Where that is known beforehand the command has to agree."""
    with open(box.path(MUTANT), "wb") as file:
        file.write(text)
    shown = box.run(installed.directory("bindir") + "/sockwatch", "config", "show").returncode == 0
    if good not in (None, shown):
        raise Failure("%s: config show %s it:\n%s" % (what, "takes" if shown else "refuses", text.decode()))
    return shown


def one_round(report, box, text, mark, old):
    """Reload with a file and a mark beside it. Returns (mark in force, did systemctl hear of an error)."""
    # The mark is in a file of its own: where any of it counts, all of it does.
    box.write(MARK, "[Poll]\nInterval=%dms\n" % mark)
    refused = box.run("systemctl", "reload", installed.DAEMON).returncode != 0
    if refused:
        # The check before the reload kept it from the daemon; so it has to say itself.
        box.output("systemctl", "kill", "--signal=HUP", "--kill-whom=main", installed.DAEMON)
    force = readings(box, 2)
    if force not in (mark, old):
        report.check(False, "neither the new nor the old configuration is in force: %s\n%s" % (force, text))
    return force, refused


def live(report, box, pid):
    """All rounds. Returns ({verdict of a round: how many}, rounds that went wrong, footprint after the warming up)."""
    chance, rounds, wrong, old, warm = random.Random(SEED), collections.Counter(), [], 100, None
    for number in range(ROUNDS):
        what, text, good = mutants.draw(chance)
        good = is_good(box, what, text, good)
        mark = 101 + number % 150
        force, refused = one_round(report, box, text, mark, old)
        # A key that this version does not know is an error for the check, and only a warning for the daemon.
        if (force == mark) != good or (not good and not refused):
            wrong.append((number, what, good, refused, force, mark, text))
        old = force
        rounds["good" if good and not refused else "good but for unknown keys" if good else "bad"] += 1
        if number == WARM:
            warm = footprint(box, pid)
    return rounds, wrong, warm


def check_said(report, box, n_bad):
    """Each refusal is said, after its reasons with file and line."""
    entries = box.entries("_SYSTEMD_UNIT=" + installed.DAEMON, "SYSLOG_IDENTIFIER=sockwatchd")
    said = [entry["MESSAGE"] for entry in entries]
    refusals = [index for index, message in enumerate(said) if message.startswith(KEPT)]
    report.equal("refusals said", len(refusals), n_bad)
    unfounded = [said[index - 1] for index in refusals if not re.match(r"%s\S+:\d+: ." % _FOLDER, said[index - 1])]
    report.check(not unfounded, "each after a complaint with file and line %s" % (unfounded[:3] or ""))


def body(report, box):
    """Mutants, then what is left of them."""
    installed.install(report, box)
    installed.count_always(box)
    box.write(MARK, "[Poll]\nInterval=100ms\n")
    installed.start(report, box)
    pid = installed.main_pid(box)
    rounds, wrong, warm = live(report, box, pid)
    end = footprint(box, pid)
    report.check(not wrong, "%d rounds, %s; wrong: %s" % (ROUNDS, dict(rounds), wrong[:3]))
    report.check(all(rounds[kind] >= ROUNDS / 20 for kind in ("good", "bad")), "enough of either kind")
    check_said(report, box, rounds["bad"])
    report.check(end[0] <= warm[0] + ROOM, "private memory: %d KiB after %d rounds, %d KiB after %d"
                 % (warm[0], WARM, end[0], ROUNDS))
    report.equal("descriptors", end[1], warm[1])
    report.equal("process, restarts", (installed.main_pid(box), box.show(installed.DAEMON, "NRestarts")), (pid, "0"))
    installed.stop(report, box)


if __name__ == "__main__":
    boxes.main(body, 900 if ROUNDS > 200 else 280)
