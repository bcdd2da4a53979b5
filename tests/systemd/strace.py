# SPDX-License-Identifier: LGPL-2.1-or-later
"""What a process of the box sends over Unix sockets, as strace(1) sees it, and whether any of it could have blocked."""

import re
import shutil
import subprocess

import deadline
from outcome import Skip

_OUTPUT = "/run/strace.out"
_NONBLOCK = 0o4000

# PID SYSCALL(FD<UNIX-DGRAM:[INODE]>, ...) = RESULT <SECONDS>
_CALL = re.compile(r"^\d+ +(\w+)\((.*)\) += (-?\d+).*<([0-9.]+)>$")
_UNIX_FD = re.compile(r"^(\d+)<UNIX[^>]*>")
_MADE = re.compile(r"^(\d+)")
_SENDS = ("sendto", "sendmsg", "sendmmsg", "write", "writev")


class Strace:
    """strace attached to a process of the box."""

    def __init__(self, box, pid):
        if not shutil.which("strace"):
            raise Skip("needs strace")
        self._box = box
        self._descriptors = self._nonblocking(pid)
        self._process = box.start("strace", "-f", "-T", "-yy", "-s", "256", "-e",
                                  "trace=socket,socketpair,fcntl,close,connect," + ",".join(_SENDS),
                                  "-o", _OUTPUT, "-p", str(pid), stdout=subprocess.DEVNULL, stderr=subprocess.PIPE,
                                  text=True)
        deadline.wait_until(lambda: "attached" in self._process.stderr.readline(), 5, "strace to attach")

    def _nonblocking(self, pid):
        """{descriptor: does it not block}, of those that were there before us."""
        names = self._box.output("ls", "/proc/%d/fdinfo" % pid).split()
        known = {}
        for name in names:
            text = self._box.read("/proc/%d/fdinfo/%s" % (pid, name))
            known[name] = bool(int(re.search(r"^flags:\s+(\d+)", text, re.M).group(1), 8) & _NONBLOCK)
        return known

    def stop(self):
        """Detach; return (sends over Unix sockets, those of them that could have blocked, longest in seconds)."""
        self._process.terminate()
        self._process.wait()
        sends, blocking, longest = [], [], 0.0
        for line in self._box.read(_OUTPUT).splitlines():
            call = _CALL.match(line)
            if not call:
                continue
            name, arguments, result, seconds = call.groups()
            if name in ("socket", "fcntl"):
                self._learn(name, arguments, line)
                continue
            fd = _UNIX_FD.match(arguments)
            if name not in _SENDS or not fd:
                continue
            sends.append(line)
            longest = max(longest, float(seconds))
            if not self._descriptors.get(fd.group(1)) and "MSG_DONTWAIT" not in arguments:
                blocking.append(line)
        return sends, blocking, longest

    def _learn(self, name, arguments, line):
        """Follow which descriptors do not block."""
        if name == "socket":
            made = re.search(r"\) += (\d+)", line)
            if made:
                self._descriptors[made.group(1)] = "SOCK_NONBLOCK" in arguments
        elif "F_SETFL" in arguments:
            self._descriptors[_MADE.match(arguments).group(1)] = "O_NONBLOCK" in arguments
