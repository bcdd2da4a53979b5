# SPDX-License-Identifier: LGPL-2.1-or-later
"""A real systemd-journald of the test's own: /run is private here, so its socket is where every program looks."""

import json
import os
import shutil
import stat
import subprocess

import deadline
import linux
import sandbox
from outcome import Failure, Skip

_DAEMON = ("/lib/systemd/systemd-journald", "/usr/lib/systemd/systemd-journald")
_SOCKET = "/run/systemd/journal/socket"
_CONFIGURATION = """[Journal]
Storage=volatile
RateLimitIntervalSec=0
ForwardToSyslog=no
ForwardToWall=no
ForwardToConsole=no
ReadKMsg=no
Audit=no
"""


class Journald:
    """A running journald whose journal is in memory and vanishes with the sandbox."""

    def __init__(self):
        program = next((path for path in _DAEMON if os.path.exists(path)), None)
        if not program or not shutil.which("journalctl"):
            raise Skip("needs systemd-journald and journalctl (package systemd)")
        _have_machine_id()
        # A drop-in of this name is read last, after all that the machine may have of its own.
        os.makedirs("/run/systemd/journald.conf.d")
        with open("/run/systemd/journald.conf.d/zzz-test.conf", "w", encoding="ascii") as file:
            file.write(_CONFIGURATION)
        os.makedirs("/run/systemd/journal")
        os.makedirs("/run/log/journal")
        self._log = os.path.join(sandbox.SCRATCH, "journald.log")
        with open(self._log, "wb") as log:
            self._process = subprocess.Popen([program], stdin=subprocess.DEVNULL, stdout=log, stderr=log)
        deadline.wait_until(self._listening, 10, "systemd-journald to listen")

    def _listening(self):
        if self._process.poll() is not None:
            with open(self._log, encoding="utf-8", errors="replace") as log:
                raise Failure("systemd-journald ended with status %d\n%s" % (self._process.returncode, log.read()))
        return os.path.exists(_SOCKET) and stat.S_ISSOCK(os.stat(_SOCKET).st_mode)

    def entries(self, *matches):
        """The entries that match, oldest first, with all their fields."""
        return read(*matches)

    def alerts(self, rule=None):
        """Entries about alerts, of all rules or of one."""
        if rule:
            return self.entries("SOCKWATCH_RULE=" + rule)
        return [entry for entry in self.entries() if "SOCKWATCH_RULE" in entry]

    def stop(self):
        """End journald and wait until it is gone."""
        self._process.terminate()
        self._process.wait()


def _run(*command):
    return subprocess.run(command, capture_output=True, text=True, check=False)


def read(*matches, run=_run):
    """The entries that match, oldest first, of the journal in memory; RUN: what runs a command where that journal is."""
    done = run("journalctl", "--directory=/run/log/journal", "--output=json", "--all", "--quiet", "--no-pager", *matches)
    # journalctl fails when there is no journal file yet, which is as good as no entry.
    return [json.loads(line) for line in done.stdout.splitlines()]


def moment(entry):
    """When journald got the entry, as in time.time()."""
    return int(entry["__REALTIME_TIMESTAMP"]) / 1e6


def _have_machine_id():
    """journald names its folder after the machine id; a container may have none."""
    try:
        with open("/etc/machine-id", encoding="ascii") as file:
            if len(file.read().strip()) == 32:
                return
    except OSError:
        pass
    layers = {name: os.path.join(sandbox.SCRATCH, name) for name in ("etc-upper", "etc-work")}
    for path in layers.values():
        os.mkdir(path)
    try:
        linux.mount("etc", "/etc", "overlay", 0, "lowerdir=/etc,upperdir=%(etc-upper)s,workdir=%(etc-work)s" % layers)
    except OSError as error:
        raise Skip("no machine id and no way to lend one: %s" % error) from error
    with open("/etc/machine-id", "w", encoding="ascii") as file:
        file.write("0123456789abcdef0123456789abcdef\n")
