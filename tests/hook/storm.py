# SPDX-License-Identifier: LGPL-2.1-or-later
"""Hooks that do all that hooks may do, and what has to come of each, whoever has them run."""

import collections
import os
import typing

import rig

FINE = ("ok", "-")
_LATE = ("timeout", "timeout")
_SAYS = "what the hook says"
_MAX_OUTPUT = 4096  # bytes of what one run prints are logged


class Hook(typing.NamedTuple):
    """One of them."""
    name: str
    text: str  # in the shell
    end: tuple = FINE  # result and detail of its last run for an event
    runs: int = 1  # how often it gets to run for an event, and notes that
    takes_long: bool = False  # so it does this for some events only, and is fine for the others
    mode: int = 0o755
    bare: bool = False  # the text is all of the file


HOOKS = (
    Hook("10-fine", "begin=$(date +%s.%N); sleep 0.05; note $begin $(date +%s.%N)\n"),
    Hook("20-again", "note; grep -q '\"attempt\":3,'\ncase $? in 0) exit 0;; *) exit 75;; esac\n", runs=3),
    Hook("25-never", "note; exit 75\n", ("failed", "exit-75"), runs=5),
    Hook("30-hangs", "note; exec sleep 1000\n", _LATE, takes_long=True),
    Hook("35-ignores-term", "trap '' TERM; note; while :; do sleep 0.2; done\n", _LATE, takes_long=True),
    Hook("40-forks-away", "setsid sh -c \"trap '' HUP; exec sleep 1001\" >/dev/null 2>&1 &\nnote; exit 0\n"),
    Hook("45-keeps-the-pipe", "setsid sleep 1002 &\nnote; exit 0\n"),
    Hook("50-prints-for-ever", "note; exec yes %s\n" % _SAYS, _LATE, takes_long=True),
    Hook("55-reads-nothing", "exec <&-; note; exit 0\n"),
    Hook("60-dies", "note; kill -SEGV $$\n", ("failed", "signal-11")),
    Hook("65-fails", "note; exit 3\n", ("failed", "exit-3")),
    Hook("70-not-executable", "note\n", ("refused", "not-executable"), runs=0, mode=0o644),
    Hook("75-anybodys", "note\n", ("refused", "writable"), runs=0, mode=0o757),
    Hook("77-no-program", "note\n", ("failed", "ENOEXEC"), runs=0, bare=True),
    Hook("78-no-interpreter", "#!/nowhere/sh\nnote\n", ("failed", "ENOENT"), runs=0, bare=True),
    Hook("80-leaves-many", "for i in 1 2 3 4 5; do (trap '' TERM; setsid sh -c 'sleep 1003; :' &) & done\nnote\n",
         takes_long=True),
    Hook("99-last", "note\n"),
)


def install(folder, log, some):
    """Write the hooks into FOLDER; they note their runs in LOG. SOME: in the shell, is it one of some events?"""
    for hook in HOOKS:
        text = "%s || exit 0\n%s" % (some, hook.text) if hook.takes_long else hook.text
        rig.write_hook(os.path.join(folder, hook.name), text if hook.bare else rig.script(hook.name, text, log),
                       hook.mode)


def check(report, results, notes, events, some):
    """Hold the RESULTS and the NOTES of the hooks against what has to come of EVENTS; SOME: those that take long."""
    given = {words[0]: words[1] for words in results}
    report.check(set(given) == set(events), "events that hooks were given, that there are: %d, %d" % (
        len(given), len(events)))
    for hook in HOOKS:
        _check_results(report, hook, [words for words in results if words[2] == hook.name], events, some)
        _check_runs(report, hook, [words for words in notes if words[0] == hook.name], events, some)
    _check_names(report, notes, events, given)
    most = _at_once(notes)
    report.check(1 < most <= 4, "at most %d hooks at a time" % most)


def _check_results(report, hook, results, events, some):
    """Each of its runs has a result, the last one its end, and all before it are to be tried again."""
    ends = {words[0]: (words[3], words[5]) for words in results if words[3] != "retry"}
    wrong = {event: ends.get(event) for event in events
             if ends.get(event) != (FINE if hook.takes_long and event not in some else hook.end)}
    report.check(not wrong, "%s: %s" % (hook.name, wrong or "%s, %s" % hook.end))
    attempts = collections.defaultdict(list)
    for words in results:
        attempts[words[0]].append(int(words[4]))
    expected = list(range(1, max(hook.runs, 1) + 1))
    wrong = {event: attempts[event] for event in events if sorted(attempts[event]) != expected}
    report.check(not wrong, "%s: attempts: %s" % (hook.name, wrong or expected))


def _check_runs(report, hook, notes, events, some):
    """It ran for each event as often as it has to, and for no other."""
    expected = {event: hook.runs for event in (some if hook.takes_long else events) if hook.runs}
    found = collections.Counter(words[2] for words in notes)
    report.check(found == expected, "%s: runs: %s" % (hook.name, "as told" if found == expected else dict(found)))


def _check_names(report, notes, events, alerts):
    """One event's hooks run in the order of their names, on their first attempt.

    One that is to be tried again for an event of an alert has its later events of that alert wait, and nobody else's.
    """
    again = {hook.name for hook in HOOKS if hook.runs > 1}
    begun, wrong = set(), []
    for event in events:
        names = list(dict.fromkeys(words[0] for words in notes if words[2] == event))
        if alerts.get(event) in begun:
            names = [name for name in names if name not in again]
        begun.add(alerts.get(event))
        if names != sorted(names):
            wrong.append((event, names))
    report.check(not wrong, "hooks run in the order of their names: %s" % (wrong or "all"))


def _at_once(notes):
    """The most runs of 10-fine that went on at a time."""
    changes = [change for words in notes if words[0] == "10-fine"
               for change in ((float(words[4]), 1), (float(words[5]), -1))]
    running = most = 0
    for _, change in sorted(changes):
        running += change
        most = max(most, running)
    return most


def check_said(report, said, n_some):
    """What the runner SAID: who is refused once, and no more of what is printed for ever than is logged."""
    for hook in HOOKS:
        if hook.end[0] == "refused":
            report.equal("times %s is said to be refused" % hook.name, 1,
                         said.count("%s: refused, it does not run" % hook.name))
    lines = said.count(_SAYS)
    report.check(n_some <= lines <= n_some * _MAX_OUTPUT / len(_SAYS), "what is printed for ever is capped: %d lines" % lines)
    report.equal("times it is said that output is left out", n_some, said.count("bytes of its output are left out"))
