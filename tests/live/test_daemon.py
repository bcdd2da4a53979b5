#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""sockwatchd by hand, as root and as a plain user: readiness, its file, how it ends, what it refuses."""

import json
import os
import signal
import time

import deadline
import linux
import netns
import programs
import sandbox
import sockets

INTERVAL = 0.1
WATCHED = 3
PORT = 9000


def runtime_dir(name, owner):
    """A folder for the daemon's file."""
    path = os.path.join(sandbox.SCRATCH, name)
    os.mkdir(path)
    os.chown(path, owner, owner)
    return path


class Unrest:
    """A process that keeps opening and closing connections, so that each reading has something new to tell."""

    def __init__(self):
        self._pid = os.fork()
        if self._pid == 0:
            try:
                linux.die_with_parent()
                self._run()
            finally:
                os._exit(1)

    @staticmethod
    def _run():
        server = sockets.listener("127.0.0.1", PORT)
        while True:
            clients, accepted = sockets.connections(40, "127.0.0.1", PORT, server)
            time.sleep(INTERVAL / 3)
            # The server goes first: its TIME_WAIT cost the client no port, so this can go on.
            sockets.close_all(accepted)
            sockets.close_all(clients)

    def stop(self):
        """End the unrest."""
        os.kill(self._pid, signal.SIGKILL)
        os.waitpid(self._pid, 0)


def read_closely(path, seconds):
    """Read PATH again and again: (reads, versions seen, complaints)."""
    reads, versions, complaints = 0, set(), []
    end = time.monotonic() + seconds
    while time.monotonic() < end and len(complaints) < 5:
        try:
            with open(path, "rb") as file:
                text = file.read()
            reading = json.loads(text)
            versions.add(reading["time"])
        except (OSError, ValueError, KeyError) as error:
            complaints.append("%s: %s" % (type(error).__name__, error))
        reads += 1
    return reads, versions, complaints


def check_life(report, who, owner, number, notify=None):
    """From start to stop by signal NUMBER."""
    folder = runtime_dir(who.replace(" ", "-"), owner)
    with programs.Daemon(folder, "--interval", "100ms", unprivileged=owner != 0, notify=notify) as daemon:
        daemon.ready()
        report.check(os.path.exists(daemon.state), "%s: status.json is there when READY=1 comes" % who)
        reads, versions, complaints = read_closely(daemon.state, WATCHED)
        report.check(not complaints and len(versions) >= 5, "%s: %d reads in %d s, %d versions, complaints: %s"
                     % (who, reads, WATCHED, len(versions), complaints))
        report.check("status.json" in os.listdir(folder),
                     "%s: its folder holds %s" % (who, sorted(os.listdir(folder))))
        mode = os.stat(daemon.state).st_mode & 0o777
        report.equal("%s: mode of status.json" % who, oct(mode), oct(0o644))
        told = programs.status("--runtime-dir", folder)["daemon"]
        # The interval, or what the last reading took where that was longer: the machine may be busy.
        report.check(told["running"] and INTERVAL <= told["interval_s"] < 10 * INTERVAL,
                     "%s: running, interval: %s" % (who, (told["running"], told["interval_s"])))
        status, took = daemon.stop(number)
        report.check(status == 0, "%s: %s: exit status %s after %.2f s"
                     % (who, signal.Signals(number).name, status, took))
        if status != 0:
            report.note(daemon.log())
    # Three intervals after its last sign of life at the latest.
    deadline.wait_until(lambda: not programs.status("--runtime-dir", folder)["daemon"]["running"], 2,
                        "%s: running to become false after the stop" % who)
    report.check(True, "%s: not said to be running after the stop" % who)
    left = [name for name in os.listdir(folder) if name != "status.json"]
    report.check(not left, "%s: left behind: %s" % (who, left))


def check_default_interval(report):
    """Without --interval the file names a second."""
    folder = runtime_dir("default", 0)
    with programs.Daemon(folder) as daemon:
        daemon.ready()
        told = programs.status("--runtime-dir", folder)["daemon"]
        report.equal("default: running, interval", (told["running"], told["interval_s"]), (True, 1))
        report.equal("default: exit status", daemon.stop()[0], 0)


def check_refusals(report):
    """What the daemon cannot do it says at once, in one line."""
    folder = runtime_dir("refusals", 0)
    for arguments, expected in ((["--no-such-option"], 2), (["--interval", "soon"], 2), (["--interval", "0"], 2),
                                (["--interval"], 2), (["surplus"], 2)):
        done = programs.run("--runtime-dir", folder, *arguments, program=programs.sockwatchd(), seconds=10)
        report.check(done.returncode == expected and done.stderr.strip(),
                     "sockwatchd %s: exit status %d, %r" % (" ".join(arguments), done.returncode, done.stderr))
    done = programs.run("status", "--no-such-option")
    report.check(done.returncode == 2 and done.stderr.strip(), "sockwatch status --no-such-option: exit status %d, %r"
                 % (done.returncode, done.stderr))


def check_no_place(report):
    """Where its file cannot be written the daemon goes on, since alerts need no file, but it says so."""
    place = "/proc/no/such/place"
    with programs.Daemon(place, "--interval", "100ms") as daemon:
        daemon.ready()
        deadline.wait_until(lambda: place in daemon.log(), 5, "a complaint about %s" % place)
        lines = daemon.log().splitlines()
        # Wait for more readings: it must not say so with each of them.
        time.sleep(10 * INTERVAL)
        report.check(len(daemon.log().splitlines()) < len(lines) + 5, "a folder that cannot be written: %s" % lines)
        report.equal("a folder that cannot be written: exit status", daemon.stop()[0], 0)


def body(report):
    """Both kinds of user, both kinds of signal, both kinds of notify socket."""
    netns.enter_fresh()
    netns.write_sysctl("net.ipv4.ip_local_port_range", "40000 40099")
    unrest = Unrest()
    check_life(report, "root", 0, signal.SIGTERM)
    check_life(report, "plain user", programs.NOBODY, signal.SIGINT, notify="@notify-%d" % time.monotonic_ns())
    unrest.stop()
    check_default_interval(report)
    check_refusals(report)
    check_no_place(report)


if __name__ == "__main__":
    sandbox.main(body, 60)
