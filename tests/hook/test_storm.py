#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Twenty events at once, and every kind of hook that misbehaves: each ends as it should, the others still run."""

import os

import rig
import sandbox
import storm

N_EVENTS = 20
N_SOME = 4  # events for which hooks take long
TIMEOUT = 1


def body(report):
    """Leave the events, run the runner, look at what came of it."""
    box = rig.Rig("storm")
    storm.install(box.hooks, box.log, "[ ${SOCKWATCH_EVENT_ID#boot-} -le %d ]" % N_SOME)
    events = [box.put(alert, "firing", outbox=alert % 2)[1] for alert in range(N_EVENTS)]
    took = box.run("--timeout", "%ds" % TIMEOUT, "--backoff", "200ms", seconds=100)
    report.note("took %.1f s" % took)

    storm.check(report, box.results(), box.notes(), events, events[:N_SOME])
    report.equal("events that wait", [], box.waiting())
    report.equal("notes that are left", [], box.left("claimed"))
    report.equal("processes that are left", {}, rig.processes())
    storm.check_said(report, box.said(), N_SOME)
    size = os.path.getsize(box.stderr)
    report.check(size < 200000, "%d bytes said" % size)


if __name__ == "__main__":
    sandbox.main(body, 120)
