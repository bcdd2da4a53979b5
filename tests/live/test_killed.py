#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""The daemon is killed again and again around alerts: each firing and each resolved comes, in order, under its one id."""

import collections
import contextlib
import glob
import json
import os
import random
import select
import shutil
import sys
import time

import deadline
import hoard
import journald
import linux
import netns
import parallel
import programs
import rig
import sandbox
import turn
from outcome import Failure, Report, Skip

KILLS = 600 if os.environ.get("SW_TEST_FULL") else 200
SIDES = 4  # worlds with a daemon each, at the same time
SEED = 20261123
PORTS = 20
# A disk that takes its time: what happens between two fsync() is otherwise over before anybody could strike.
SLOW_DISK = ("strace", "-D", "-f", "--seccomp-bpf", "-qq", "-o", "/dev/null", "-e", "trace=fsync",
             "-e", "inject=fsync:delay_enter=40ms")
CONFIG = "[Poll]\nInterval=100ms\n[Alert]\nClear=1s\nCriticalHold=0\n"

# Where a kill fell, by what the daemon left.
STAGES = ("nothing written", "being written", "written down", "left for hooks", "crossed out")


def parse(path, complaints):
    """Note what is wrong with a file, if it is there; return its object."""
    try:
        with open(path, encoding="utf-8") as file:
            text = file.read()
        return json.loads(text)
    except FileNotFoundError:
        return None
    except ValueError as error:
        complaints.append("%s: %s: %r" % (path, error, text[-80:]))
        return None


@contextlib.contextmanager
def watched(patterns):
    """Read files all the time; yields a list that has in the end how many were read, and what was wrong with them."""
    (stop, stopper), (answer, answerer) = os.pipe(), os.pipe()
    sys.stdout.flush()
    pid = os.fork()
    if pid == 0:
        try:
            linux.die_with_parent()
            os.close(stopper)
            reads, complaints = 0, []
            while len(complaints) < 5 and not select.select([stop], [], [], 0.004)[0]:
                for path in [path for pattern in patterns for path in glob.glob(pattern)]:
                    reads += parse(path, complaints) is not None
            os.write(answerer, json.dumps([reads, complaints]).encode())
        finally:
            os._exit(0)
    os.close(answerer)
    said = []
    try:
        yield said
    finally:
        os.close(stopper)
        os.close(stop)
        with os.fdopen(answer, encoding="utf-8") as file:
            said += json.loads(file.read() or '[0, ["the watcher died"]]')
        os.waitpid(pid, 0)


class Side:
    """A network with few ports, a daemon that is killed there, a runner of hooks that is not."""

    def __init__(self, index):
        self.index = index
        netns.enter_fresh()
        netns.write_sysctl("net.ipv4.ip_local_port_range", "40000 %d" % (40000 + PORTS - 1))
        self.ports = hoard.Hoard(9000 + index, PORTS)
        self.chance = random.Random(SEED + index)
        self.rig = rig.Rig("side-%d" % index)
        self.rig.hook("10-note", "note\n")
        self.state_dir, self.runtime_dir = (os.path.dirname(outbox) for outbox in self.rig.outboxes)
        self.config = os.path.join(self.rig.base, "sockwatch.conf")
        with open(self.config, "w", encoding="ascii") as file:
            file.write(CONFIG)
        self.daemon = None
        self.complaints = []
        self.stages = collections.Counter()
        self.n_episodes = 0

    # --- the daemon and what it leaves

    def start(self):
        """Start it; it is not ready yet."""
        self.daemon = programs.Daemon(self.runtime_dir, "--state-dir", self.state_dir, "--config", self.config,
                                      before=SLOW_DISK)

    def state(self):
        """state.json, and whether it says all that there is to say: (object, events that wait)."""
        state = parse(os.path.join(self.state_dir, "state.json"), self.complaints) or {"alerts": [], "events": []}
        return state, ["%s-%d" % (state["boot_id"], event["alert"]["sequence"]) for event in state["events"]]

    def is_settled(self, firing):
        """Is it written down that the alert fires, or does not, and has everybody been told?"""
        state, events = self.state()
        return not events and bool(state["alerts"]) == firing

    def stage(self, firing):
        """Where the daemon was killed."""
        state, events = self.state()
        if events:
            known = self.rig.waiting() + self.rig.left("claimed") + [words[2] for words in self.rig.notes()]
            return STAGES[3] if any(events[-1] in name for name in known) else STAGES[2]
        if bool(state["alerts"]) == firing:
            return STAGES[4]
        return STAGES[1] if os.path.exists(os.path.join(self.state_dir, "state.json.new")) else STAGES[0]

    # --- an episode: up, then down

    def calibrate(self):
        """How long a start, a firing and a resolved take on this machine: an episode without a kill."""
        begin = time.monotonic()
        self.start()
        self.daemon.ready()
        self.startup = time.monotonic() - begin
        self.usual = {firing: self.turn(firing) for firing in (True, False)}

    def turn(self, firing):
        """Take or give back the ports, and wait until everybody has been told; seconds that took."""
        begin = time.monotonic()
        (self.ports.take if firing else self.ports.give_back)()
        self.settle(firing)
        return time.monotonic() - begin

    def settle(self, firing):
        """Wait until a transition is over."""
        deadline.wait_until(lambda: self.is_settled(firing), 20, lambda: "%s to be over: %s\n%s" % (
            "firing" if firing else "resolved", self.state(), self.daemon.log()), step=0.02)
        if not firing:
            self.n_episodes += 1

    def kill_around(self, firing):
        """One transition, with one kill or several in it."""
        (self.ports.take if firing else self.ports.give_back)()
        began = 0  # seconds from now to where the daemon begins to look
        while True:
            usual = self.usual[firing]
            first = began + max(0, usual - 0.5) if not self.state()[1] else 0
            time.sleep(self.chance.uniform(first, began + (usual if first else 0.3)))
            self.daemon.kill()
            stage = self.stage(firing)
            self.stages[stage] += 1
            self.start()
            began = self.startup
            if stage == STAGES[4] or self.chance.random() < 0.3:
                break
        self.daemon.ready()
        self.settle(firing)

    def run(self, kills):
        """So many kills."""
        runner = self.rig.start("--linger", "forever")
        with watched([os.path.join(self.state_dir, "state.json"), os.path.join(self.runtime_dir, "status.json"),
                      *(os.path.join(outbox, "new", "*.json") for outbox in self.rig.outboxes)]) as self.seen:
            self.calibrate()
            while sum(self.stages.values()) < kills:
                for firing in (True, False):
                    self.kill_around(firing)
            deadline.wait_until(lambda: not self.rig.waiting(), 20, "the hooks to get all events")
        self.daemon.kill()
        runner.terminate()
        runner.wait()

    # --- what came of it

    def check_course(self, report, where, course):
        """COURSE: (state, event id) as they came. Each once or again, none out of turn, none under two ids."""
        ids = list(dict.fromkeys(event_id for _, event_id in course))
        states = [dict((event_id, state) for state, event_id in course)[event_id] for event_id in ids]
        report.check(states == ["firing", "resolved"] * self.n_episodes,
                     "%s: %d firings and as many resolved, in turn, each under one id%s"
                     % (where, self.n_episodes, "" if len(states) == 2 * self.n_episodes else ": %s" % course))
        places = [ids.index(event_id) for _, event_id in course]
        report.check(places == sorted(places), "%s: none after a later one; %d came again%s"
                     % (where, len(places) - len(ids), "" if places == sorted(places) else ": %s" % course))
        return ids

    def check(self, report, entries):
        """Journal, hook and files."""
        said = self.check_course(report, "journal", [(entry["SOCKWATCH_STATE"], entry["SOCKWATCH_EVENT_ID"])
                                                     for entry in entries])
        told = self.check_course(report, "hook", [(words[1], words[2]) for words in self.rig.notes()])
        report.check(said == told, "journal and hook have the same %d events" % len(said))
        report.equal("alerts", len({entry["SOCKWATCH_ALERT_ID"] for entry in entries}), 1)
        reads, complaints = self.seen
        report.check(reads > 100 and not complaints + self.complaints, "%d files read at any moment, torn: %s"
                     % (reads, complaints + self.complaints))


def case(index):
    """One side: (report, stages)."""
    report, side = Report(kept=True), Side(index)
    report.note("side %d" % index)
    side.run(KILLS // SIDES)
    entries = deadline.wait_until(lambda: journald.read("SOCKWATCH_SUBJECT=" + side.ports.subject), 5, "the journal")
    side.check(report, entries)
    return report, side.stages


def body(report):
    """All sides at once, with one journal."""
    if not shutil.which("strace"):
        raise Skip("needs strace")
    journal = journald.Journald()
    stages, begin = collections.Counter(), time.monotonic()
    for answer in parallel.each(case, range(SIDES), SIDES):
        if isinstance(answer, parallel.Crashed):
            raise Failure(answer.text)
        report.merge(answer[0])
        stages += answer[1]
    report.note("%d kills in %.0f s" % (sum(stages.values()), time.monotonic() - begin))
    for stage in STAGES:
        report.check(stages[stage] > 0, "%4d of them with the event %s" % (stages[stage], stage))
    journal.stop()


if __name__ == "__main__":
    # It keeps both processors busy.
    turn.behind_the_search(240)
    sandbox.main(body, 240)
