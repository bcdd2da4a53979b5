#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Twenty events at once, and every kind of hook that misbehaves: each ends as it should, the others still run."""

import os

import rig
import sandbox

N_EVENTS = 20
N_NASTY = 4  # events for which hooks take long
TIMEOUT = 1

# A hook that must not be seen to live on writes what it is to a file that is looked at in the end.
_ONLY_SOME = "[ ${SOCKWATCH_EVENT_ID#boot-} -le %d ] || exit 0\n" % N_NASTY

_HOOKS = {
    "10-fine": "note begin $(date +%s.%N); sleep 0.05; note end $(date +%s.%N)\n",
    "20-again": "note; grep -q '\"attempt\":3,'\ncase $? in 0) exit 0;; *) exit 75;; esac\n",
    "30-hangs": _ONLY_SOME + "note; exec sleep 1000\n",
    "35-ignores-term": _ONLY_SOME + "trap '' TERM; note; while :; do sleep 0.2; done\n",
    "40-forks-away": "setsid sh -c \"trap '' HUP; exec sleep 1001\" >/dev/null 2>&1 &\nnote; exit 0\n",
    "45-keeps-the-pipe": "setsid sleep 1002 &\nnote; exit 0\n",
    "50-prints-for-ever": _ONLY_SOME + "note; exec yes what the hook says\n",
    "55-reads-nothing": "exec <&-; note; exit 0\n",
    "60-dies": "note; kill -SEGV $$\n",
    "65-fails": "note; exit 3\n",
    "80-leaves-many": _ONLY_SOME
    + "for i in 1 2 3 4 5; do (trap '' TERM; setsid sh -c 'sleep 1003; :' &) & done\nnote\n",
    "99-last": "note\n",
}


def at_once(notes):
    """The most runs of 10-fine that went on at a time."""
    changes = sorted((float(words[5]), 1 if words[4] == "begin" else -1) for words in notes if words[0] == "10-fine")
    running = most = 0
    for _, change in changes:
        running += change
        most = max(most, running)
    return most


def check_order(report, notes):
    """One event's hooks run in the order of their names, on their first attempt."""
    wrong = []
    for number in range(1, N_EVENTS + 1):
        names = []
        for words in notes:
            if words[2] == "boot-%d" % number and words[0] not in names:
                names.append(words[0])
        if names != sorted(names):
            wrong.append((number, names))
    report.check(not wrong, "hooks run in the order of their names: %s" % (wrong or "all"))


def check_results(report, box):
    """Each hook's end is what it should be, for every event."""
    everybody = {"boot-%d" % number for number in range(1, N_EVENTS + 1)}
    nasty = {"boot-%d" % number for number in range(1, N_NASTY + 1)}
    for hook, wanted, fine in (
            ("10-fine", ("ok", "-"), set()), ("20-again", ("ok", "-"), set()),
            ("30-hangs", ("timeout", "timeout"), everybody - nasty),
            ("35-ignores-term", ("timeout", "timeout"), everybody - nasty),
            ("40-forks-away", ("ok", "-"), set()), ("45-keeps-the-pipe", ("ok", "-"), set()),
            ("50-prints-for-ever", ("timeout", "timeout"), everybody - nasty),
            ("55-reads-nothing", ("ok", "-"), set()), ("60-dies", ("failed", "signal-11"), set()),
            ("65-fails", ("failed", "exit-3"), set()), ("70-not-executable", ("refused", "not-executable"), set()),
            ("75-anybodys", ("refused", "writable"), set()), ("77-no-program", ("failed", "ENOEXEC"), set()),
            ("78-no-interpreter", ("failed", "ENOENT"), set()), ("80-leaves-many", ("ok", "-"), set()),
            ("99-last", ("ok", "-"), set())):
        expected = {event: ("ok", "-") if event in fine else wanted for event in everybody}
        found = box.result_of(hook)
        report.check(found == expected, "%s: %s" % (hook, wanted if found == expected else found))
    retries = sum(words[2] == "20-again" and words[3] == "retry" for words in box.results())
    report.equal("tries of 20-again before the last", 2 * N_EVENTS, retries)


def body(report):
    """Leave the events, run the runner, look at what came of it."""
    box = rig.Rig("storm")
    for name, text in _HOOKS.items():
        box.hook(name, text)
    box.hook("70-not-executable", "note\n", 0o644)
    box.hook("75-anybodys", "note\n", 0o757)
    for name, text in (("77-no-program", "note\n"), ("78-no-interpreter", "#!/nowhere/sh\nnote\n")):
        path = box.hook(name, "")
        with open(path, "w", encoding="utf-8") as file:
            file.write(text)
    for alert in range(N_EVENTS):
        box.put(alert, "firing", outbox=alert % 2)
    took = box.run("--timeout", "%ds" % TIMEOUT, "--backoff", "200ms", seconds=100)
    report.note("took %.1f s" % took)

    notes = box.notes()
    report.equal("runs of 10-fine", 2 * N_EVENTS, sum(words[0] == "10-fine" for words in notes))
    most = at_once(notes)
    report.check(1 < most <= 4, "at most %d hooks at a time" % most)
    check_order(report, notes)
    check_results(report, box)
    report.equal("events that wait", [], box.waiting())
    report.equal("notes that are left", [], box.left("claimed"))
    report.equal("processes that are left", {}, rig.processes())
    said = box.said()
    for hook in ("70-not-executable", "75-anybodys"):
        report.equal("times %s is said to be refused" % hook, 1, said.count("%s: refused, it does not run" % hook))
    size = os.path.getsize(box.stderr)
    report.check(said.count("what the hook says") <= N_NASTY * 4096 / 19 and size < 200000,
                 "what is printed for ever is capped: %d bytes said" % size)
    report.equal("times it is said that output is left out", N_NASTY, said.count("bytes of its output are left out"))


if __name__ == "__main__":
    sandbox.main(body, 120)
