# SPDX-License-Identifier: LGPL-2.1-or-later
"""The runner of hooks with all it needs: outboxes, hooks, a log they write to, events as the daemon leaves them."""

import json
import os
import signal
import subprocess
import time

import linux
import sandbox
from outcome import Failure

FOLDERS = ("tmp", "new", "claimed", "results", "bad")
NOBODY = 65534


def _program(variable):
    path = os.environ.get(variable, "")
    if not os.access(path, os.X_OK):
        raise Failure("%s=%r names no program: run through meson, or set it" % (variable, path))
    return path


def runner():
    """Path of sockwatch-hook."""
    return _program("SOCKWATCH_HOOK")


def make_outbox(path):
    """An outbox with its folders."""
    os.makedirs(path)
    for folder in FOLDERS:
        os.mkdir(os.path.join(path, folder))


def event(alert, state, number, **fields):
    """An event of the alert ALERT (a number); FIELDS replace some of it, None as a key's value is null."""
    return {"schema": "sockwatch.event/1", "event_id": "boot-%d" % number, "alert_id": "%016x" % alert, "state": state,
            "rule": "ephemeral-ports", "severity": "critical", "summary": "Ports run out", "subject": "a->b:1",
            "host": "web-17", "time": "2026-11-22T03:12:01.250Z", "since": "2026-11-22T03:12:01.250Z",
            "netns": "self", "tuple": None, "advice": [], "attempt": 1, "previous_severity": None, "cause": None,
            "errno": None, "test": False, **fields}


def script(name, text, log):
    """A hook in the shell. $log is where to write to, note() writes a line about this run there."""
    return ("#!/bin/sh\nlog=%s me=%s state=$1 rule=$2\n" % (log, name)
            + "note() { echo \"$me $state $SOCKWATCH_EVENT_ID $SOCKWATCH_ALERT_ID $*\" >>$log; }\n" + text)


def write_hook(path, text, mode=0o755):
    """Put a hook in its place."""
    with open(path, "w", encoding="utf-8") as file:
        file.write(text)
    os.chmod(path, mode)


def read_notes(path):
    """What hooks have noted in a log: lists of words."""
    with open(path, encoding="utf-8", errors="replace") as file:
        return [line.split() for line in file]


def parse_result(line):
    """The words of one result: event, alert, hook, result, attempt, detail."""
    words = line.split()
    if not line.endswith("\n") or len(words) != 6:
        raise Failure("this is no result: %r" % line)
    return words


def processes():
    """Ids and names of the other processes in this namespace that still live."""
    found = {}
    for name in os.listdir("/proc"):
        if not name.isdigit() or int(name) == os.getpid():
            continue
        try:
            with open("/proc/%s/stat" % name, encoding="utf-8", errors="replace") as file:
                what, _, rest = file.read().partition("(")[2].rpartition(")")
        except OSError:
            continue
        if rest.split()[0] != "Z":
            found[int(name)] = what
    return found


class Rig:
    """One runner, its outboxes and its hooks, below SCRATCH/NAME."""

    def __init__(self, name):
        self.base = os.path.join(sandbox.SCRATCH, name)
        self.hooks = os.path.join(self.base, "hooks")
        self.outboxes = [os.path.join(self.base, place, "outbox") for place in ("lib", "run")]
        self.log = os.path.join(self.base, "log")
        self.stderr = os.path.join(self.base, "stderr")
        self.number = 0
        os.makedirs(self.hooks)
        for outbox in self.outboxes:
            make_outbox(outbox)
        open(self.log, "w", encoding="utf-8").close()
        open(self.stderr, "w", encoding="utf-8").close()

    def hook(self, name, text, mode=0o755):
        """A hook in the shell, see script(); returns its path."""
        path = os.path.join(self.hooks, name)
        write_hook(path, script(name, text, self.log), mode)
        return path

    def put(self, alert, state, outbox=0, text=None, name=None, **fields):
        """Leave an event as the daemon does; returns (name of its file, event id)."""
        self.number += 1
        what = event(alert, state, self.number, **fields)
        name = name or "%012d-%s-%s-%s.json" % (self.number, what["alert_id"], state, what["event_id"])
        temporary = os.path.join(self.outboxes[outbox], "tmp", name)
        with open(temporary, "w", encoding="utf-8") as file:
            file.write(json.dumps(what) if text is None else text)
        os.rename(temporary, os.path.join(self.outboxes[outbox], "new", name))
        return name, what["event_id"]

    def start(self, *options, environment=None, before=()):
        """Start the runner; it is killed with this process."""
        command = [*before, runner(), "--hooks", self.hooks, *options]
        for outbox in self.outboxes:
            command += ["--outbox", outbox]
        with open(self.stderr, "ab") as stderr:
            return subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=stderr,
                                    env=environment, preexec_fn=linux.die_with_parent)

    def run(self, *options, seconds=60, **how):
        """Run the runner until it ends by itself; returns how long that took."""
        begin = time.monotonic()
        process = self.start("--linger", "0", *options, **how)
        try:
            status = process.wait(seconds)
        except subprocess.TimeoutExpired as error:
            process.send_signal(signal.SIGTERM)
            raise Failure("the runner did not end within %g s\n%s" % (seconds, self.said())) from error
        if status != 0:
            raise Failure("the runner ended with %d\n%s" % (status, self.said()))
        return time.monotonic() - begin

    def said(self):
        """What the runner has said so far."""
        with open(self.stderr, encoding="utf-8", errors="surrogateescape") as file:
            return file.read()

    def notes(self):
        """What hooks have noted: lists of words."""
        return read_notes(self.log)

    def results(self):
        """What was left for the daemon: lists of words, in the order of the names."""
        found = []
        for outbox in self.outboxes:
            folder = os.path.join(outbox, "results")
            for name in sorted(os.listdir(folder)):
                with open(os.path.join(folder, name), encoding="utf-8") as file:
                    found.append(parse_result(file.read()))
        return found

    def result_of(self, hook):
        """{event id: (result, detail) of the last attempt} of one hook."""
        return {words[0]: (words[3], words[5]) for words in sorted(self.results(), key=lambda words: words[4])
                if words[2] == hook}

    def waiting(self):
        """Names of the events that wait."""
        return [name for outbox in self.outboxes for name in sorted(os.listdir(os.path.join(outbox, "new")))]

    def left(self, folder):
        """Names in a folder of both outboxes."""
        return [name for outbox in self.outboxes for name in sorted(os.listdir(os.path.join(outbox, folder)))]
