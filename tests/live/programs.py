# SPDX-License-Identifier: LGPL-2.1-or-later
"""The programs under test, sockwatch and sockwatchd, as their users start them."""

import json
import os
import shutil
import signal
import socket
import subprocess
import threading
import time

import linux
import sandbox
from outcome import Failure

NOBODY = 65534


def _under_test(variable):
    path = os.environ.get(variable, "")
    if not os.access(path, os.X_OK):
        raise Failure("%s=%r names no program: run through meson, or set it" % (variable, path))
    return path


def sockwatch():
    """Path of the command."""
    return _under_test("SOCKWATCH")


def sockwatchd():
    """Path of the daemon."""
    return _under_test("SOCKWATCHD")


def copy_for_everyone(program):
    """A copy where any user may run it: the build folder may lie where only its owner gets."""
    copy = os.path.join(sandbox.SCRATCH, os.path.basename(program))
    if not os.path.exists(copy):
        shutil.copyfile(program, copy)
        os.chmod(copy, 0o755)
    return copy


def as_nobody(command):
    """COMMAND with a plain user's identity, no capability, and none to be had."""
    return ["setpriv", "--reuid=%d" % NOBODY, "--regid=%d" % NOBODY, "--clear-groups", "--no-new-privs",
            "--inh-caps=-all", "--bounding-set=-all", "--", *command]


def run(*arguments, program=None, unprivileged=False, seconds=60):
    """Run sockwatch (or PROGRAM) and return the finished process with its output as text."""
    command = [program or sockwatch(), *arguments]
    if unprivileged:
        command = as_nobody([copy_for_everyone(command[0]), *arguments])
    return subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=seconds,
                          check=False)


def output(*arguments, **how):
    """Standard output of a run that has to succeed."""
    done = run(*arguments, **how)
    if done.returncode != 0:
        raise Failure("sockwatch %s: exit status %d\n%s%s"
                      % (" ".join(arguments), done.returncode, done.stdout, done.stderr))
    return done.stdout


def status(*arguments, **how):
    """The JSON object of one reading."""
    text = output("status", "--json", *arguments, **how)
    try:
        return json.loads(text)
    except ValueError as error:
        raise Failure("sockwatch status --json is not JSON: %s\n%s" % (error, text[:2000])) from error


def namespace(*arguments, **how):
    """The one namespace of one reading, which must be complete."""
    reading = status(*arguments, **how)
    if len(reading["namespaces"]) != 1 or not reading["complete"]:
        raise Failure("expected one complete namespace: %s" % json.dumps(reading)[:2000])
    return reading["namespaces"][0]


def endpoint(address, port):
    """ADDRESS and PORT in the way the command line takes them."""
    return "[%s]:%d" % (address, port) if ":" in address else "%s:%d" % (address, port)


def tuple_to(reading, address, port, source=None, device=None):
    """The row of READING's namespace for one destination; exactly one there must be."""
    rows = [row for row in reading["tuples"]
            if (row["destination"], row["port"], row["device"]) == (address, port, device)
            and source in (None, row["source"])]
    if len(rows) != 1:
        raise Failure("expected one row for %s, got %d of %s" % (
            endpoint(address, port), len(rows),
            ["%s->%s" % (row["source"], endpoint(row["destination"], row["port"])) for row in reading["tuples"]]))
    return rows[0]


def destination(address, port, source=None, device=None):
    """The row a user gets who asks for one destination."""
    return tuple_to(namespace("--destination", endpoint(address, port)), address, port, source, device)


def listening(reading, port):
    """The row of a listening port."""
    rows = [row for row in reading["ports"] if row["port"] == port and row["role"] == "listening"]
    if len(rows) != 1:
        raise Failure("expected one row for listening port %d, got %d" % (port, len(rows)))
    return rows[0]


def alerts(path, rule):
    """{subject: severity} of a rule's alerts, by the daemon's file."""
    with open(path, encoding="utf-8") as file:
        return {one["subject"]: one["severity"] for one in json.load(file)["alerts"] if one["rule"] == rule}


class Notify:
    """A service manager's end of the readiness protocol."""

    def __init__(self, name):
        """NAME: a path, or @NAME in the abstract name space."""
        self.name = name
        self.socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self.socket.bind("\0" + name[1:] if name.startswith("@") else name)
        if not name.startswith("@"):
            os.chmod(name, 0o777)

    def wait(self, line, seconds):
        """Return once a message with LINE has come."""
        end = time.monotonic() + seconds
        while True:
            self.socket.settimeout(max(0.001, end - time.monotonic()))
            try:
                text = self.socket.recv(4096).decode()
            except TimeoutError as error:
                raise Failure("no %s within %g s" % (line, seconds)) from error
            if line in text.split("\n"):
                return

    def drain(self):
        """Read all that comes from now on, as a manager does: a daemon that is not heard does not rest."""
        def read():
            try:
                while self.socket.recv(4096):
                    pass
            except OSError:
                pass  # closed
        self.socket.settimeout(None)
        threading.Thread(target=read, daemon=True).start()

    def close(self):
        """Forget the socket."""
        self.socket.close()


class Daemon:
    """sockwatchd in the foreground, as without any service manager but with readiness told."""

    def __init__(self, runtime_dir, *arguments, unprivileged=False, notify=None, before=()):
        """BEFORE: words of a command that becomes the daemon."""
        self.log_path = os.path.join(sandbox.SCRATCH, "sockwatchd-%d.log" % time.monotonic_ns())
        self.notify = Notify(notify or self.log_path + ".notify")
        self.state = os.path.join(runtime_dir, "status.json")
        program = sockwatchd()
        if unprivileged:
            program, before = copy_for_everyone(program), as_nobody(before)
        command = [*before, program, "--runtime-dir", runtime_dir, *arguments]
        with open(self.log_path, "wb") as log:
            self.process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=log, stderr=log,
                                            env={**os.environ, "NOTIFY_SOCKET": self.notify.name},
                                            preexec_fn=linux.die_with_parent)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.kill()

    def ready(self, seconds=20):
        """Wait for READY=1; what the daemon said so far is part of the complaint when it does not come."""
        try:
            self.notify.wait("READY=1", seconds)
        except Failure as failure:
            raise Failure("sockwatchd: %s, exit status %s\n%s"
                          % (failure, self.process.poll(), self.log())) from failure

    def log(self):
        """What the daemon wrote to standard output and standard error."""
        with open(self.log_path, encoding="utf-8", errors="replace") as file:
            return file.read()

    def stop(self, number=signal.SIGTERM, seconds=2):
        """Ask the daemon to end; return (exit status or None when it did not, seconds it took)."""
        begin = time.monotonic()
        self.process.send_signal(number)
        try:
            self.process.wait(seconds)
        except subprocess.TimeoutExpired:
            return None, time.monotonic() - begin
        return self.process.returncode, time.monotonic() - begin

    def kill(self):
        """Make sure that the daemon is gone."""
        if self.process.poll() is None:
            self.process.kill()
            self.process.wait()
        self.notify.close()
