#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""`sockwatch wait` around a real exhaustion, `status --watch` in a pipe, on a terminal and when it is interrupted."""

import json
import os
import pty
import signal
import subprocess
import time

import deadline
import linux
import netns
import programs
import sandbox
import sockets
from hoard import ADDRESS, Hoard

SIZE = 10
PORT = 9000


def start(*arguments, stdout=subprocess.PIPE):
    """sockwatch in the background; it dies with the test."""
    return subprocess.Popen([programs.sockwatch(), *arguments], stdin=subprocess.DEVNULL, stdout=stdout,
                            stderr=subprocess.PIPE, text=True, preexec_fn=linux.die_with_parent)


def is_exhausted():
    """Does connect() fail?"""
    opened, error = sockets.connect_until_refused(ADDRESS, PORT, 1)
    sockets.close_all(opened)
    return error == "EADDRNOTAVAIL"


def check_wait(report):
    """It ends when the ports are back, and not before."""
    netns.write_sysctl("net.ipv4.ip_local_port_range", "40000 %d" % (40000 + SIZE - 1))
    hoard = Hoard(PORT, SIZE)
    hoard.take()
    report.check(is_exhausted(), "the ports are exhausted")
    for level in ("ok", "critical"):
        done = programs.run("wait", "--until", level, "--timeout", "1200ms")
        report.check(done.returncode == 1 and len(done.stderr.splitlines()) == 1 and "exhausted" in done.stderr
                     and hoard.subject in done.stderr and not done.stdout,
                     "wait --until %s, no port left: exit status %d, %s" % (level, done.returncode, done.stderr.strip()))
    elsewhere = programs.run("wait", "--until", "ok", "--timeout", "0", "--destination", "127.0.0.1:%d" % (PORT + 1))
    report.check(elsewhere.returncode == 0, "another destination is well: exit status %d %s"
                 % (elsewhere.returncode, elsewhere.stderr))
    waiting = start("wait", "--until", "ok", "--timeout", "1min", "--destination", "%s:%d" % (ADDRESS, PORT))
    time.sleep(1.5)
    report.check(waiting.poll() is None, "it waits while they are")
    hoard.give_back()
    report.check(not is_exhausted(), "the ports are back")
    _, errors = waiting.communicate(timeout=40)
    report.check(waiting.returncode == 0 and not errors, "wait ends: exit status %d %s" % (waiting.returncode, errors))
    for wrong in (["wait"], ["wait", "--until", "fine"], ["wait", "--until", "ok", "--timeout", "soon"],
                  ["status", "--until", "ok"]):
        done = programs.run(*wrong)
        report.check(done.returncode == 2 and "sockwatch: " in done.stderr,
                     "%s: exit status %d, %s" % (" ".join(wrong), done.returncode, done.stderr.splitlines()[0]))


def check_watch_pipe(report):
    """One line for each reading, until it is interrupted or nobody reads."""
    for number in (signal.SIGINT, signal.SIGTERM):
        watching = start("--watch=200ms", "--json")
        times = [json.loads(watching.stdout.readline())["time"] for _ in range(3)]
        watching.send_signal(number)
        _, errors = watching.communicate(timeout=20)
        report.check(len(set(times)) == 3 and watching.returncode == 0 and not errors,
                     "%s: exit status %d, stderr %r" % (signal.Signals(number).name, watching.returncode, errors))
    watching = start("--watch=1min")
    watching.stdout.readline()
    watching.stdout.close()
    deadline.wait_until(lambda: watching.poll() is not None, 20, "the end after the pipe was closed")
    report.check(watching.stderr.read() == "", "a closed pipe ends it quietly")
    watching = start("--watch=100ms")
    heads = 0
    while heads < 3:
        heads += watching.stdout.readline().startswith("OK  ")
    watching.send_signal(signal.SIGINT)
    watching.communicate(timeout=20)
    report.check(heads == 3, "readings for people follow each other")


def check_watch_terminal(report):
    """On a terminal each reading takes the place of the last, and in a pipe nothing is cleared."""
    ours, theirs = pty.openpty()
    watching = start("--watch=200ms", stdout=theirs)
    os.close(theirs)
    seen = b""
    while seen.count(b"\033[H\033[J") < 3:
        seen += os.read(ours, 1 << 16)
    watching.send_signal(signal.SIGINT)
    errors = watching.stderr.read()
    watching.wait(20)
    os.close(ours)
    report.check(watching.returncode == 0 and not errors, "on a terminal: exit status %d %s"
                 % (watching.returncode, errors))
    done = programs.run("status")
    report.check("\033" not in done.stdout, "no escape in a pipe")


def body(report):
    """One after the other, in one namespace."""
    check_wait(report)
    check_watch_pipe(report)
    check_watch_terminal(report)


if __name__ == "__main__":
    sandbox.main(body, 120)
