#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""A recording tells later what the host told then, damaged recordings are refused, and no privilege is needed."""

import contextlib
import datetime
import os

import netns
import programs
import sandbox
import sockets
import socktable

RANGE = "40000 40099"
PORT = 9000

# What a second reading may tell otherwise with nothing having happened: time itself, and rates over the last seconds.
RESTLESS = {"time", "duration_ms", "rate_per_s", "rate_since", "open_rate_per_s", "arrivals_per_s", "heading_to",
            "exhausted_in_s", "slow_share", "limit_reached_in_s", "limits", "advice", "daemon"}


@contextlib.contextmanager
def furnished():
    """A namespace with listeners, connections, TIME_WAIT that is old enough not to change, and idle binds."""
    netns.enter_fresh()
    netns.write_sysctl("net.ipv4.ip_local_port_range", RANGE)
    netns.write_sysctl("net.ipv4.tcp_tw_reuse", 0)
    netns.write_sysctl("net.ipv4.ip_local_reserved_ports", "40090-40094")
    # Binds first: connect() would have taken some of their ports.
    made = [sockets.listener("127.0.0.1", PORT), sockets.listener("0.0.0.0", 40050),
            *sockets.bound(3, "127.0.0.1", [40060, 40061, 40062])]
    sockets.make_time_wait(20, "127.0.0.1", PORT, made[0])
    for ends in sockets.connections(30, "127.0.0.1", PORT, made[0]):
        made += ends
    if os.path.exists("/proc/sys/net/ipv6"):
        made.append(sockets.listener("::1", PORT, v6only=True))
        for ends in sockets.connections(7, "::1", PORT, made[-1]):
            made += ends
    try:
        yield
    finally:
        sockets.close_all(made)


def lasting(value):
    """VALUE of a reading without what changes by itself."""
    if isinstance(value, dict):
        return {key: lasting(part) for key, part in value.items() if key not in RESTLESS}
    if isinstance(value, list):
        return [lasting(part) for part in value]
    return value


def differences(one, other, path=""):
    """Where two readings differ, as lines of text."""
    if isinstance(one, dict) and isinstance(other, dict):
        return [line for key in sorted({*one, *other})
                for line in differences(one.get(key, "missing"), other.get(key, "missing"), path + "." + key)]
    if isinstance(one, list) and isinstance(other, list) and len(one) == len(other):
        return [line for index, pair in enumerate(zip(one, other))
                for line in differences(*pair, "%s[%d]" % (path, index))]
    return [] if one == other else ["%s: %r, %r" % (path[1:], one, other)]


def check_same(report, what, one, other):
    """Two readings tell the same of everything that lasts."""
    found = differences(lasting(one), lasting(other))
    report.check(not found, "%s tell the same%s" % (what, "".join("\n        " + line for line in found)))


def check_replay(report):
    """A recording against the live reading, then without the sockets, then by another user, then from elsewhere."""
    path = os.path.join(sandbox.SCRATCH, "recording")
    with furnished():
        live = programs.status()
        done = programs.run("record", path)
        report.check(done.returncode == 0, "record: exit status %d %s" % (done.returncode, done.stderr))
        row = programs.tuple_to(live["namespaces"][0], "127.0.0.1", PORT)
        # 100 ports: 20 TIME_WAIT and 30 connections hold 50, 5 are reserved, 1 listened on, 3 bound where listed.
        blocked = 4 if socktable.shows_bound() else 1
        report.equal("used, free, reserved, blocked",
                     tuple(row[key] for key in ("used", "free", "reserved", "blocked")),
                     (50, 100 - 5 - blocked - 50, 5, blocked))
        check_same(report, "live reading and recording", live, programs.status("--from", path))
        check_same(report, "two texts of the recording",
                   *(headless(programs.output("status", "--from", path)) for _ in range(2)))
    # Another namespace, other sysctls, no sockets: all has to come from the file.
    netns.enter_fresh()
    report.equal("sockets here now", programs.namespace()["sockets"]["total"], 0)
    replayed = programs.status("--from", path)
    check_same(report, "live reading and recording, elsewhere,", live, replayed)
    apart = (moment(replayed) - moment(live)).total_seconds()
    report.check(0 <= apart < 10, "the recording's own time, %g s after the live reading" % apart)
    os.chmod(path, 0o644)
    check_same(report, "recording by root and by nobody", replayed,
               programs.status("--from", path, unprivileged=True))
    return path


def moment(reading):
    """When the reading was taken."""
    return datetime.datetime.fromisoformat(reading["time"])


def headless(text):
    """A human reading without its first lines (host, time) and its last (how long it took)."""
    return text.splitlines()[1:-1]


def check_damage(report, path):
    """Files that are no whole recording: exit status 1 and one line that says what is wrong."""
    with open(path, "rb") as file:
        whole = file.read()
    damaged = {"cut at one third": whole[:len(whole) // 3], "cut in half": whole[:len(whole) // 2],
               "short of its last byte": whole[:-1], "empty": b"", "with a byte too many": whole + b"x",
               "random": os.urandom(4096), "text": b"127.0.0.1:9000\n" * 20}
    for name, content in damaged.items():
        bad = path + ".bad"
        with open(bad, "wb") as file:
            file.write(content)
        done = programs.run("status", "--json", "--from", bad)
        lines = done.stderr.splitlines()
        report.check(done.returncode == 1 and done.stdout == "" and len(lines) == 1 and len(lines[0]) > 20,
                     "a recording %s: exit status %d, %r" % (name, done.returncode, done.stderr))
    for name, missing in (("no such file", path + ".none"), ("a folder", sandbox.SCRATCH)):
        done = programs.run("status", "--json", "--from", missing)
        report.check(done.returncode == 1 and len(done.stderr.splitlines()) == 1,
                     "%s: exit status %d, %r" % (name, done.returncode, done.stderr))
    done = programs.run("record", "/proc/no/such/place")
    report.check(done.returncode == 1 and len(done.stderr.splitlines()) == 1,
                 "recording to nowhere: exit status %d, %r" % (done.returncode, done.stderr))


def check_unprivileged(report):
    """A user without any capability gets the same reading and the same recording as root."""
    with furnished():
        by_root = programs.status()
        check_same(report, "root and nobody", by_root, programs.status(unprivileged=True))
        folder = os.path.join(sandbox.SCRATCH, "nobodys")
        os.mkdir(folder)
        os.chown(folder, programs.NOBODY, programs.NOBODY)
        path = os.path.join(folder, "recording")
        done = programs.run("record", path, unprivileged=True)
        report.check(done.returncode == 0, "record as nobody: exit status %d %s" % (done.returncode, done.stderr))
        check_same(report, "root and nobody's recording", by_root, programs.status("--from", path))


def body(report):
    """All of it, one after the other."""
    path = check_replay(report)
    check_damage(report, path)
    check_unprivileged(report)


if __name__ == "__main__":
    sandbox.main(body, 60)
