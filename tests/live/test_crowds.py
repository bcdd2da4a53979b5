#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Random populations of thousands of sockets: what is said to be free against what connect() then does.

Three kinds of them in turn. Where nothing is out of sight, `free` is exact. Where something is, one reading says free_low
to free, and what was seen by the daemon before it got out of sight does not bother the daemon. What was never in sight is
in between for the daemon too. Two percent of the range may be doubted without a reason.
"""

import os
import time

import deadline
import parallel
import programs
import sandbox
import sockets
import turn
from crowd import Crowd
from outcome import Failure, Report
from watcher import Watcher

SEEDS = range(1, 25)
AGED = 1.4
LIFE = 57  # seconds until the first TIME_WAIT may be gone
ASKED = 3  # tuples of each population
PATIENCE = 240  # seconds that others may run out of ports for


def judge(crowd, row, observed, out_of_sight, untold):
    """What is wrong with a row, where so many ports are blocked out of sight, and for so many of them nothing speaks."""
    told = range(observed, observed + crowd.odd + 1)
    if not out_of_sight:
        right = row["free"] in told
    else:
        right = row["free_low"] - untold <= observed <= row["free"]
    width = row["free"] - row["free_low"]
    return [] if right and width <= out_of_sight + crowd.odd + 0.02 * crowd.size else ["wrong"]


def line(row, hidden):
    """A row as it is shown."""
    return "%d..%d (%d hidden)" % (row["free_low"], row["free"], hidden[0])


def ask(crowd, report, seed, watcher, ends):
    """Ask for some tuples, both the command and the daemon, then connect."""
    seen = watcher.look()
    once = {end: programs.destination(*end) for end in ends}
    for end in ends:
        row = programs.tuple_to(seen, *end)
        limit = 2 * crowd.size
        opened, error = sockets.connect_until_refused(end[0], end[1], limit, source=(end[2], 0), no_port=True)
        sockets.reset_all(opened)
        told, book = len(opened), crowd.free(end)
        one_reading, daemon = crowd.out_of_sight(crowd.hidden, crowd.sly), crowd.out_of_sight(crowd.sly)
        fixture = [] if error == "EADDRNOTAVAIL" and told in (book, book - crowd.odd) else ["should be %d" % book]
        wrong = ["status: " + text for text in judge(crowd, once[end], told, *one_reading)]
        wrong += ["daemon: " + text for text in judge(crowd, row, told, *daemon)]
        report.check(not fixture and not wrong, "%3d  %-32s %-24s %-24s %5d  %s" % (
            seed, "%s->%s" % (end[2], programs.endpoint(*end[:2])), line(once[end], one_reading), line(row, daemon), told,
            "; ".join(fixture + wrong)))


def run(seed):
    """One population."""
    report = Report(kept=True)
    crowd = Crowd(seed)
    with Watcher() as watcher:
        crowd.gather(hiding=seed % 3 != 0)
        watcher.look()
        begin = time.monotonic()
        crowd.change()
        if seed % 3 == 2:
            crowd.slip_by()
        crowd.settle()
        deadline.sleep_until(time.monotonic() + (AGED if crowd.tw_reuse else 0))
        ends = [end for end in crowd.taken if len(crowd.taken[end]) > crowd.size // 50]
        ask(crowd, report, seed, watcher, crowd.chance.sample(ends, min(ASKED, len(ends))))
    if time.monotonic() - begin > LIFE:
        raise Failure("this machine is too busy: the first TIME_WAIT may be gone")
    return report


def body(report):
    """All populations, some at a time."""
    print("    seed %-32s %-24s %-24s %s" % ("tuple", "status", "daemon", "observed"))
    parallel.reports(report, run, SEEDS, at_once=os.cpu_count())


if __name__ == "__main__":
    # It takes both processors for minutes.
    turn.behind_the_search(PATIENCE)
    sandbox.main(body, 400)
