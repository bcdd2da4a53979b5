#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Kernel settings that do harm: the daemon gives notice of each, and what the advice says to type ends it."""

import os
import shlex

import deadline
import netns
import programs
import sandbox
import sockets
from outcome import Failure

CONFIG = """[Poll]
MaxAge=5s
[Alert]
WarningHold=1s
"""

# What is set, and the sysctl that the alert is about.
WRONG = (
    ({"net.ipv4.tcp_tw_reuse": "1", "net.ipv4.tcp_timestamps": "0"}, "net.ipv4.tcp_tw_reuse"),
    ({"net.ipv4.ip_local_port_range": "32768 60998"}, "net.ipv4.ip_local_port_range"),
    ({"net.ipv4.ip_local_port_range": "40000 40099"}, "net.ipv4.ip_local_port_range"),
    ({"net.core.somaxconn": "64"}, "net.core.somaxconn"),
)

LISTENERS = (40000, 40001, 40005)


def follow(name):
    """Do what the advice about NAME says, word for word."""
    found = [one["do"] for one in programs.namespace()["advice"] if one["subject"] == name]
    words = shlex.split(found[0]) if len(found) == 1 else []
    if words[:2] != ["sysctl", "-w"] or len(words) != 3:
        raise Failure("advice about %s: %s" % (name, found))
    key, value = words[2].split("=", 1)
    netns.write_sysctl(key, value)
    return found[0]


def check(report, state, name):
    """One alert, about NAME, and none when the advice is followed."""
    def told():
        return programs.alerts(state, "kernel-setting")

    deadline.wait_until(lambda: told() == {name: "notice"}, 15, "notice of %s" % name)
    done = follow(name)
    deadline.wait_until(lambda: told() == {}, 15, "its end after %s" % done)
    report.check(True, "%s: notice, and none after: %s" % (name, done))


def body(report):
    """One setting after the other, beside one daemon."""
    netns.enter_fresh()
    folder, config = os.path.join(sandbox.SCRATCH, "run"), os.path.join(sandbox.SCRATCH, "config")
    os.mkdir(folder)
    with open(config, "w", encoding="ascii") as file:
        file.write(CONFIG)
    with programs.Daemon(folder, "--interval", "200ms", "--config", config) as daemon:
        daemon.ready()
        report.equal("a namespace as the kernel makes it", programs.alerts(daemon.state, "kernel-setting"), {})
        for settings, name in WRONG:
            for key, value in settings.items():
                netns.write_sysctl(key, value)
            check(report, daemon.state, name)
        open_ones = [sockets.listener("127.0.0.1", port) for port in LISTENERS]
        check(report, daemon.state, "net.ipv4.ip_local_reserved_ports")
        for one in open_ones:
            one.close()
        report.equal("exit status", daemon.stop()[0], 0)


if __name__ == "__main__":
    sandbox.main(body, 120)
