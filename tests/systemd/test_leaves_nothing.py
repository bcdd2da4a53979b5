#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""The box itself: however a test in it ends, no process, control group, mount or folder of it is left."""

import glob
import os
import signal
import subprocess
import sys
import tempfile
import time

import box as boxes
import deadline
from outcome import FAILED, PASSED, SKIPPED, Failure, Report

PATIENCE = 10

# How the test in the box ends: (what, by which signal, how many seconds after it began or once it is booted, status)
ENDS = [
    ("passes", None, None, PASSED),
    ("fails", None, None, FAILED),
    ("takes too long", None, None, FAILED),
    ("killed while it starts", signal.SIGKILL, 0.1, -signal.SIGKILL),
    ("killed while it boots", signal.SIGKILL, 0.3, -signal.SIGKILL),
    ("killed", signal.SIGKILL, "booted", -signal.SIGKILL),
    ("terminated", signal.SIGTERM, "booted", FAILED),
    ("interrupted", signal.SIGINT, "booted", FAILED),
]


def victim(how):
    """What runs in a box of its own and comes to some end."""
    def body(report, box):
        report.check(box.output("systemctl", "is-system-running") == "running", "it runs")
        box.output("systemd-run", "--quiet", "sleep", "1000")
        box.start("sleep", "1000")
        print("booted", flush=True)
        if how == "fails":
            raise Failure("as it shall")
        if how != "passes":
            time.sleep(1000)

    boxes.main(body, 3 if how == "takes too long" else 60)


def descendants(pid):
    """{(number, start time)} of a process and all below it."""
    found = set()
    try:
        with open("/proc/%d/stat" % pid, encoding="utf-8", errors="replace") as file:
            found.add((pid, file.read().rpartition(")")[2].split()[19]))
        for name in glob.glob("/proc/%d/task/*/children" % pid):
            with open(name, encoding="ascii") as file:
                for child in file.read().split():
                    found |= descendants(int(child))
    except OSError:
        pass  # it has just ended
    return found


def alive(processes):
    """Those of the processes that are still there."""
    return {one for one in processes if one in descendants(one[0])}


def groups_of(pid):
    """Control groups of the victim with this number."""
    return [path for pattern in ("/sys/fs/cgroup/sockwatch-box-%d", "/sys/fs/cgroup/*/sockwatch-box-%d")
            for path in glob.glob(pattern % pid)]


def folders():
    """What lies where temporary things lie; other tests may put theirs there meanwhile."""
    return {os.path.join(folder, name) for folder in ("/tmp", "/var/tmp", "/run", "/run/systemd", "/dev/shm", "/dev")
            if os.path.isdir(folder) for name in os.listdir(folder) if "nspawn" in name or "sockwatch-" in name}


def mounts():
    """All mounts of this namespace."""
    with open("/proc/self/mountinfo", encoding="utf-8") as file:
        return {line.split()[4] for line in file}


def check_end(report, how, number, when, status):
    """One end of the victim."""
    before = mounts(), folders()
    with tempfile.TemporaryFile("w+") as output:
        process = subprocess.Popen([sys.executable, "-B", os.path.abspath(__file__), how], stdin=subprocess.DEVNULL,
                                   stdout=output, stderr=output, start_new_session=True)
        begin, below = time.monotonic(), set()

        def said():
            output.flush()
            with open("/proc/self/fd/%d" % output.fileno(), encoding="utf-8", errors="replace") as file:
                return file.read()

        def due():
            below.update(descendants(process.pid))
            if process.poll() is not None:
                return True
            if number is None:
                return False
            return "booted\n" in said() if when == "booted" else time.monotonic() - begin > when

        deadline.wait_until(due, 60, "the victim's end", step=0.02)
        if process.poll() is None:
            process.send_signal(number)
        found = process.wait(PATIENCE)
        ended = time.monotonic()
        if found == SKIPPED:
            print(said())
            sys.exit(SKIPPED)
        below = {one for one in below if one[0] != process.pid}
        deadline.wait_until(lambda: not alive(below) and not groups_of(process.pid), PATIENCE,
                            lambda: "all to be gone; there are %s %s" % (alive(below), groups_of(process.pid)))
        report.check(found == status, "%s: exit status %d, all of %d processes and the groups gone %.2f s later"
                     % (how, found, len(below), time.monotonic() - ended))
        if found != status:
            report.note(said())
    left = mounts() - before[0], folders() - before[1]
    report.check(not any(left), "%s: mounts and folders left: %s %s" % (how, *left))


def main():
    """Every end, one after the other."""
    if os.geteuid() != 0:
        print("SKIP  needs root")
        sys.exit(SKIPPED)
    report = Report()
    try:
        for end in ENDS:
            check_end(report, *end)
    except Failure as failure:
        report.check(False, str(failure))
    sys.exit(report.status())


if __name__ == "__main__":
    if len(sys.argv) > 1:
        victim(sys.argv[1])
    else:
        main()
