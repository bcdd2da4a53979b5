# SPDX-License-Identifier: LGPL-2.1-or-later
"""Control groups of the test's own, removed with all that is in them, however the test ends.

Namespaces vanish with their last process, control groups do not. So a caretaker, made before all else and out of reach
of whoever kills the test, waits for the test's end and tidies up.
"""

import os
import signal
import time

from outcome import Skip

# The container's service manager and what it starts go below BOX, what enters from outside into TEST: where controllers
# are handed down, a group with subgroups must hold no process itself.
BOX, TEST = "box", "test"

_CONTROLLERS = ("memory", "pids", "cpu")
_PATIENCE = 10


def _hierarchies():
    """Where control groups can be made: the unified hierarchy, and systemd's own beside it on a hybrid machine."""
    found = []
    with open("/proc/self/mounts", encoding="utf-8") as mounts:
        for line in mounts:
            _, target, kind, options = line.split()[:4]
            if kind == "cgroup2" or (kind == "cgroup" and "name=systemd" in options.split(",")):
                found.append((target, kind == "cgroup2"))
    return found


def _write(path, text):
    with open(path, "w", encoding="ascii") as file:
        file.write(text)


class Groups:
    """One group in each hierarchy. close() waits until they are gone."""

    def __init__(self, name):
        self.name = "sockwatch-%s-%d" % (name, os.getpid())
        self.paths = []
        self.why_not = None
        self._alive = None
        self._caretaker = None
        if os.geteuid() == 0:
            self._make()

    def _make(self):
        hierarchies = _hierarchies()
        if not any(unified for _, unified in hierarchies):
            self.why_not = "no cgroup v2 is mounted"
            return
        self.paths = [os.path.join(target, self.name) for target, _ in hierarchies]
        # The caretaker comes first: a test killed between two of the lines below must leave nothing either.
        self._start_caretaker()
        try:
            for path, (_, unified) in zip(self.paths, hierarchies):
                os.mkdir(path)
                if unified:
                    self._hand_down(path)
                for name in (BOX, TEST):
                    os.mkdir(os.path.join(path, name))
        except OSError as error:
            self.why_not = "no control group can be made: %s" % error

    @staticmethod
    def _hand_down(path):
        """Give the box what controllers there are, so that MemoryMax= and the like mean something in it."""
        for controller in _CONTROLLERS:
            try:
                _write(os.path.join(path, "cgroup.subtree_control"), "+" + controller)
            except OSError:
                pass  # not every machine has it here

    def enter(self, which):
        """Move this process into the group."""
        if self.why_not:
            raise Skip(self.why_not)
        for path in self.paths:
            _write(os.path.join(path, which, "cgroup.procs"), "0")

    def _start_caretaker(self):
        reader, self._alive = os.pipe()
        self._caretaker = os.fork()
        if self._caretaker:
            os.close(reader)
            return
        try:
            # Not in the test's session or on its terminal, and deaf: it goes when its work is done.
            os.setsid()
            for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP, signal.SIGPIPE):
                signal.signal(number, signal.SIG_IGN)
            os.close(self._alive)
            null = os.open("/dev/null", os.O_RDWR)
            for fd in (0, 1, 2):
                os.dup2(null, fd)
            # End of file once nobody of the test is left: only they have the other end.
            while os.read(reader, 1):
                pass
            os._exit(0 if self._tidy() else 1)
        finally:
            os._exit(1)

    def _tidy(self):
        """Kill what is in the groups and remove them; true once they are gone."""
        end = time.monotonic() + _PATIENCE
        while any([not _remove(path) for path in self.paths]):
            if time.monotonic() > end:
                return False
            time.sleep(0.02)
        return True

    def close(self):
        """Let the caretaker do its work; true when nothing is left."""
        if not self._caretaker:
            return True
        os.close(self._alive)
        _, status = os.waitpid(self._caretaker, 0)
        return status == 0


def _remove(top):
    """Try to remove a group with all in it; true when it is gone."""
    for folder, _, _ in os.walk(top, topdown=False):
        try:
            with open(os.path.join(folder, "cgroup.procs"), encoding="ascii") as file:
                for line in file:
                    os.kill(int(line), signal.SIGKILL)
            os.rmdir(folder)
        except OSError:
            pass  # somebody is still on the way out; there will be another try
    return not os.path.exists(top)
