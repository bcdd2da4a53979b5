#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Run=direct: the daemon starts the runner itself, as root and as a plain user, and both are gone in the end."""

import errno
import os
import shutil
import signal

import deadline
import linux
import netns
import programs
import rig
import sandbox
import sockets

ADDRESS, PORT, PORTS = "127.0.0.1", 9000, 100


def install_runner():
    """Put the runner where the daemon looks for it, over what this machine has there."""
    path = os.environ["SW_HOOK_RUNNER"]
    top = os.path.dirname(path)
    while not os.path.isdir(top):
        top = os.path.dirname(top)
    layers = {name: os.path.join(sandbox.SCRATCH, name) for name in ("upper", "work")}
    for layer in layers.values():
        os.mkdir(layer, 0o755)
    linux.mount("runner", top, "overlay", 0, "lowerdir=%s,upperdir=%s,workdir=%s"
                % (top, layers["upper"], layers["work"]))
    os.makedirs(os.path.dirname(path), exist_ok=True)
    shutil.copy(rig.runner(), path)


class Load:
    """Connections that use up the small range towards one destination."""

    def __init__(self):
        self._server = sockets.listener(ADDRESS, PORT)
        self._ends = []

    def begin(self):
        """No port is left from here on."""
        try:
            while True:
                self._ends += sum(sockets.connections(1, ADDRESS, PORT, self._server), [])
        except OSError as error:
            if error.errno != errno.EADDRNOTAVAIL:
                raise

    def end(self):
        """All of them are free again, at once: the server's end goes first and waits."""
        sockets.close_all(reversed(self._ends))
        self._ends = []


class Host:
    """A daemon with its folders, a hook, and a log that this writes to."""

    def __init__(self, name, owner):
        self.box = rig.Rig(name)
        self.owner = owner
        self.box.hook("10-note", "note\n")
        self.config = os.path.join(self.box.base, "sockwatch.conf")
        self.places = [os.path.dirname(outbox) for outbox in self.box.outboxes]
        for outbox in self.box.outboxes:
            shutil.rmtree(outbox)
        for path in (*self.places, self.box.log):
            os.chown(path, owner, owner)
        self.configure("direct")

    def configure(self, run):
        """Write the configuration."""
        with open(self.config, "w", encoding="utf-8") as file:
            file.write("[Alert]\nClear=1s\n[Hooks]\nRun=%s\nDirectory=%s\n" % (run, self.box.hooks))

    def start(self):
        """The daemon, ready."""
        daemon = programs.Daemon(self.places[1], "--state-dir", self.places[0], "--config", self.config, "--interval",
                                 "100ms", unprivileged=self.owner != 0)
        daemon.ready()
        return daemon

    def status(self):
        """What the status says of the daemon."""
        return programs.status("--runtime-dir", self.places[1])["daemon"]

    def states(self):
        """States of the events that the hook was told, in order."""
        return [words[1] for words in self.box.notes()]

    def wait_for(self, *states):
        """Wait until the hook was told these, and nothing waits."""
        deadline.wait_until(lambda: self.states() == list(states) and not self.box.waiting(), 20,
                            lambda: "%s, told are %s" % (states, self.states()))


def runners():
    """Ids of the runners there are."""
    return [pid for pid, name in rig.processes().items() if name == "sockwatch-hook"]


def wait_for_runners(count):
    """Wait until there are so many; their ids."""
    deadline.wait_until(lambda: len(runners()) == count, 10, lambda: "%d runners; there are %s" % (
        count, rig.processes()))
    return runners()


def check_events(report, who, host, load):
    """An alert and its end reach the hook, and the runner goes with the daemon."""
    with host.start() as daemon:
        runner = wait_for_runners(1)[0]
        with open("/proc/%d/status" % runner, encoding="ascii") as file:
            status = dict(line.split(":", 1) for line in file)
        report.equal("%s: parent, user of the runner" % who, (int(status["PPid"]), status["Uid"].split()[0]),
                     (daemon.process.pid, str(host.owner)))
        load.begin()
        host.wait_for("firing")
        load.end()
        host.wait_for("firing", "resolved")
        report.check(True, "%s: firing and resolved reached the hook" % who)
        report.equal("%s: hooks in the status" % who, host.status()["hooks"], "direct")
        modes = {oct(os.stat(outbox).st_mode & 0o777) for outbox in host.box.outboxes}
        report.equal("%s: who may enter the outboxes" % who, modes, {"0o700"})
        report.equal("%s: exit status" % who, daemon.stop()[0], 0)
    wait_for_runners(0)
    left = {folder: host.box.left(folder) for folder in rig.FOLDERS}
    report.equal("%s: left in the outboxes, beside one result for each run" % who, left,
                 {**dict.fromkeys(rig.FOLDERS, []), "results": left["results"]})
    report.check(len(left["results"]) <= 2, "%s: results: %s" % (who, left["results"]))
    report.equal("%s: processes that are left" % who, {}, rig.processes())


def check_killed(report, host):
    """A daemon that is killed takes its runner with it; the next one's goes on with what waits."""
    with host.start() as daemon:
        wait_for_runners(1)
        daemon.process.kill()
        daemon.process.wait()
    wait_for_runners(0)
    report.check(True, "the runner follows a daemon that is killed")


def check_runner_ends(report, host):
    """A runner that ends by itself is said to have, and is started anew by a reload only."""
    ended = "the runner of hooks has ended"
    with host.start() as daemon:
        os.kill(wait_for_runners(1)[0], signal.SIGKILL)
        deadline.wait_until(lambda: ended in daemon.log(), 10, "the daemon to say so")
        deadline.wait_until(lambda: rig.processes().keys() <= {daemon.process.pid}, 10,
                            lambda: "it to be reaped; beside daemon %d there are %s\n%s" % (
                                daemon.process.pid, rig.processes(), daemon.log()))
        before = host.status()["last_poll"]
        deadline.wait_until(lambda: host.status()["last_poll"] > before, 10, "another tick")
        report.equal("runners without a reload, times it is said", (runners(), daemon.log().count(ended)), ([], 1))
        daemon.process.send_signal(signal.SIGHUP)
        wait_for_runners(1)
        report.check(True, "a reload starts another")
    wait_for_runners(0)


def check_reload(report, host, load):
    """Run= counts from the reload on: the runner comes and goes, and with no, nothing is left for it."""
    told = host.states()
    with host.start() as daemon:
        first = wait_for_runners(1)
        host.configure("no")
        daemon.process.send_signal(signal.SIGHUP)
        wait_for_runners(0)
        deadline.wait_until(lambda: host.status()["hooks"] == "no", 10, "the status to say so")
        said = programs.output("status", "--runtime-dir", host.places[1])
        report.check("\nHooks: none are run.\n" in said, "Run=no is in the status")
        load.begin()
        deadline.wait_until(lambda: "SOCKWATCH_STATE=firing" in daemon.log(), 10, "an alert")
        load.end()
        deadline.wait_until(lambda: "SOCKWATCH_STATE=resolved" in daemon.log(), 10, "its end")
        report.equal("left for hooks meanwhile", ([], told), (host.box.waiting(), host.states()))
        for _ in range(3):
            # Faster than it can end.
            for run in ("direct", "no", "direct"):
                host.configure(run)
                daemon.process.send_signal(signal.SIGHUP)
        report.check(wait_for_runners(1) != first, "Run=direct starts another")
        load.begin()
        host.wait_for(*told, "firing")
        load.end()
        host.wait_for(*told, "firing", "resolved")
        report.check("has ended" not in daemon.log(), "a runner that was told to end is not missed")
        report.equal("exit status", daemon.stop()[0], 0)
    wait_for_runners(0)


def body(report):
    """All of it."""
    netns.enter_fresh()
    netns.write_sysctl("net.ipv4.ip_local_port_range", "40000 %d" % (40000 + PORTS - 1))
    install_runner()
    load = Load()
    host = Host("root", 0)
    check_events(report, "root", host, load)
    check_killed(report, host)
    check_runner_ends(report, host)
    check_reload(report, host, load)
    check_events(report, "plain user", Host("plain-user", rig.NOBODY), load)


if __name__ == "__main__":
    sandbox.main(body, 110)
