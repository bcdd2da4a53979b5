# SPDX-License-Identifier: LGPL-2.1-or-later
"""A place for one live test that leaves nothing behind.

The test runs as the first process of a process, mount and network namespace of its own, with an empty /run. Whatever it
starts dies with it, whatever it mounts or writes below SCRATCH vanishes with it, its sockets are nobody else's, and the
journal of this machine is out of its reach. That holds for every way to end, SIGKILL and an expired limit included.
"""

import os
import resource
import select
import signal
import subprocess
import sys
import time
import traceback

import linux
from outcome import FAILED, SKIPPED, Failure, Report, Skip

SCRATCH = "/run/scratch"


def main(body, seconds, turn=None):
    """Run BODY(report) in a sandbox and exit with its outcome; it fails when not done after SECONDS.

    TURN: a turn that has been taken, for BODY to give back.
    """
    sys.stdout.reconfigure(line_buffering=True)
    try:
        if os.geteuid() != 0:
            raise Skip("needs root for network, process and mount namespaces")
        try:
            linux.unshare(linux.CLONE_NEWPID | linux.CLONE_NEWNS | linux.CLONE_NEWNET)
        except OSError as error:
            raise Skip("no namespaces here: %s" % error) from error
    except Skip as skip:
        print("SKIP  %s" % skip)
        sys.exit(SKIPPED)
    sys.exit(_supervise(body, seconds, turn))


def _supervise(body, seconds, turn):
    """Start the sandbox and see to its end, whatever happens to either side."""
    reader, writer = os.pipe()
    child = os.fork()
    if child == 0:
        os.close(writer)
        linux.die_with_parent()
        # Were we to have lost our parent before that, nobody else would have the other end of the pipe.
        if select.select([reader], [], [], 0)[0]:
            os._exit(FAILED)
        os._exit(_inside(body))
    if turn:
        turn.give()  # the copy here; the sandbox still has its own

    def give_up(number, _frame):
        # The first process of a namespace cannot refuse SIGKILL from outside, and all others go with it.
        os.kill(child, signal.SIGKILL)
        os.waitpid(child, 0)
        print("FAIL  %s" % ("not done after %d s" % seconds if number == signal.SIGALRM
                            else "ended by %s" % signal.Signals(number).name), flush=True)
        os._exit(FAILED)

    for number in (signal.SIGALRM, signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
        signal.signal(number, give_up)
    signal.alarm(seconds)
    _, status = os.waitpid(child, 0)
    signal.alarm(0)
    if os.WIFSIGNALED(status):
        print("FAIL  the test was killed by signal %d" % os.WTERMSIG(status))
        return FAILED
    return os.WEXITSTATUS(status)


def _inside(body):
    """First process of the sandbox: set it up, run the test, tell the outcome."""
    begin = time.monotonic()
    try:
        _furnish()
        report = Report()
        body(report)
        status = report.status()
    except Skip as skip:
        print("SKIP  %s" % skip)
        status = SKIPPED
    except Failure as failure:
        print("FAIL  %s" % failure)
        status = FAILED
    except BaseException:  # a bug in a test must not look like a pass or run on as a second outer process
        traceback.print_exc(file=sys.stdout)
        status = FAILED
    print("took %.1f s" % (time.monotonic() - begin))
    sys.stdout.flush()
    sys.stderr.flush()
    return status


def _furnish():
    """Own /proc, empty /run, loopback up, as many descriptors as are allowed."""
    try:
        linux.mount("none", "/", None, linux.MS_REC | linux.MS_PRIVATE)
        linux.mount("proc", "/proc", "proc", linux.MS_NOSUID | linux.MS_NODEV | linux.MS_NOEXEC)
        linux.mount("run", "/run", "tmpfs", linux.MS_NOSUID | linux.MS_NODEV, "mode=0755")
    except OSError as error:
        raise Skip("no private mounts here: %s" % error) from error
    os.mkdir(SCRATCH, 0o755)
    hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    # Daemons and ip live where a plain user's PATH does not look.
    os.environ["PATH"] = os.environ.get("PATH", "/usr/bin:/bin") + ":/usr/sbin:/sbin"
    loopback_up()


def loopback_up():
    """Bring up the loopback device of the network namespace this process is in."""
    try:
        subprocess.run(["ip", "link", "set", "lo", "up"], check=True)
    except FileNotFoundError as error:
        raise Skip("needs ip (iproute2)") from error
