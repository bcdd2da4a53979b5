#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""A disk without room and one that cannot be written to: events go elsewhere, hooks run once, and it recovers."""

import os
import signal
import subprocess

import deadline
import linux
import programs
import rig
import sandbox

MS_RDONLY, MS_REMOUNT = 1, 32
PAGE = 4096


def small_disk(box, pages):
    """A file system of its own, of so many pages, with the first outbox on it."""
    place = os.path.dirname(box.outboxes[0])
    linux.mount("small", place, "tmpfs", 0, "mode=0755,size=%d" % (pages * PAGE))
    rig.make_outbox(box.outboxes[0])
    return place


def fill(place):
    """Use up all there is."""
    with open(os.path.join(place, "ballast"), "wb", buffering=0) as file:
        try:
            while True:
                file.write(bytes(PAGE))
        except OSError:
            pass


def writable(place, yes):
    """Make a file system read-only, or writable again."""
    linux.mount("small", place, None, MS_REMOUNT | (0 if yes else MS_RDONLY))


def leave(box):
    """An event by way of the outbox as programs use it."""
    return programs.run("hook", "test", "--hooks", box.hooks, "--state-dir", os.path.dirname(box.outboxes[0]),
                        "--runtime-dir", os.path.dirname(box.outboxes[1]))


def in_new(box, outbox):
    """How many events wait in one of the outboxes."""
    return len(os.listdir(os.path.join(box.outboxes[outbox], "new")))


def check_writing(report):
    """Where nothing can be written, an event goes to the other place, and back when it can."""
    box = rig.Rig("writing")
    place = small_disk(box, 64)
    for what, spoil, heal in (
            ("full", lambda: fill(place), lambda: os.unlink(place + "/ballast")),
            ("read-only", lambda: writable(place, False), lambda: writable(place, True))):
        before = in_new(box, 0), in_new(box, 1)
        spoil()
        done = leave(box)
        report.equal("%s: exit status" % what, 0, done.returncode)
        report.check("takes nothing" in done.stderr, "%s: said: %s" % (what, done.stderr.strip()))
        report.equal("%s: events" % what, (before[0], before[1] + 1), (in_new(box, 0), in_new(box, 1)))
        heal()
        leave(box)
        report.equal("%s no more: events" % what, (before[0] + 1, before[1] + 1), (in_new(box, 0), in_new(box, 1)))
        report.equal("%s: half-written files" % what, [], box.left("tmp"))


def check_full(report):
    """On a full disk hooks run once, and their results are left in the other place."""
    box = rig.Rig("full")
    place = small_disk(box, 64)
    box.hook("10-note", "note\n")
    box.hook("20-again", "note; grep -q '\"attempt\":2,' || exit 75\n")
    for alert in range(3):
        box.put(alert, "firing")
    fill(place)
    box.run("--backoff", "50ms")
    report.equal("runs", 3 * ["10-note"] + 6 * ["20-again"], sorted(words[0] for words in box.notes()))
    report.equal("what is left", [], box.waiting())
    report.equal("results", 9, len(box.results()))


def check_read_only(report):
    """What cannot be removed is not run again, not by the next runner either, and goes when it can."""
    box = rig.Rig("read-only")
    place = small_disk(box, 64)
    box.hook("10-note", "note\n")
    box.put(1, "firing")
    writable(place, False)
    for _ in range(2):
        process = box.start("--linger", "0")
        deadline.wait_until(lambda: box.result_of("10-note"), 10, "a result")
        try:
            process.wait(1)
        except subprocess.TimeoutExpired:
            pass
        report.equal("the runner stays, since an event does", None, process.poll())
        process.send_signal(signal.SIGKILL)
        process.wait()
    report.equal("runs", 1, len(box.notes()))
    process = box.start("--linger", "0")
    writable(place, True)
    report.equal("it ends", 0, process.wait(20))
    report.equal("runs in all", 1, len(box.notes()))
    report.equal("what is left", ([], []), (box.waiting(), box.left("claimed")))


def body(report):
    """All of it."""
    check_writing(report)
    check_full(report)
    check_read_only(report)


if __name__ == "__main__":
    sandbox.main(body, 60)
