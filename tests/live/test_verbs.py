#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""`sockwatch wait` around a real exhaustion, `plan` like what is there, `status --watch` in a pipe and on a terminal."""

import datetime
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


def check_plan(report):
    """What a tuple does now, put as a plan, is what the status says of it."""
    port = PORT + 2
    netns.write_sysctl("net.ipv4.ip_local_port_range", "41000 41999")
    netns.write_sysctl("net.ipv4.tcp_tw_reuse", 0)
    server = sockets.listener(ADDRESS, port)
    kept = sockets.connections(20, ADDRESS, port, server)
    sockets.make_time_wait(200, ADDRESS, port, server)
    target = programs.endpoint(ADDRESS, port)
    row = programs.destination(ADDRESS, port)
    plan = json.loads(programs.output("plan", "--json", "--like", target))
    report.check(plan["capacity"] == row["capacity"] and plan["held"] == row["held"] == 20
                 and abs(plan["ceiling_per_s"] - row["ceiling_per_s"]) <= 0.1,
                 "like now: %s ports, %s held, %s/s" % (plan["capacity"], plan["held"], plan["ceiling_per_s"]))
    report.check(plan["rate_per_s"] > 0 and abs(plan["used"] - plan["rate_per_s"] * plan["life_s"] - 20) < 1,
                 "at %s closes/s they come to %s ports" % (plan["rate_per_s"], plan["used"]))
    twice = json.loads(programs.output("plan", "--json", "--like", target, "--destinations", "2"))
    report.check(twice["held"] == 10, "two destinations share what is held")
    reused = json.loads(programs.output("plan", "--json", "--like", target, "--reuse", "2"))
    report.check(reused["reuse"] and reused["ceiling_per_s"] > 10 * plan["ceiling_per_s"],
                 "reuse on loopback: %s/s" % reused["ceiling_per_s"])
    listeners = [sockets.listener("127.0.0.2", number) for number in (42000, 42001)]
    wider = json.loads(programs.output("plan", "--json", "--rate", "1", "--range", "41000-42999"))
    report.equal("a wider range, less the listeners in it", wider["capacity"], 1998)
    sockets.close_all([*kept[0], *kept[1], *listeners, server])
    for wrong in (["plan"], ["plan", "--rate", "0"], ["plan", "--rate", "5", "--range", "7"],
                  ["plan", "--rate", "5", "--reuse", "3"], ["plan", "--rate", "5", "--hold", "-1"]):
        done = programs.run(*wrong)
        report.check(done.returncode == 2, "%s: exit status %d" % (" ".join(wrong), done.returncode))
    done = programs.run("plan", "--like", "127.0.0.1:1")
    report.check(done.returncode == 1 and len(done.stderr.splitlines()) == 1, "like nothing: %r" % done.stderr)


def check_processes(report):
    """Who holds the sockets: this process, one that shares them, and nobody of whom nothing is left but TIME_WAIT."""
    port = PORT + 3
    server = sockets.listener(ADDRESS, port)
    kept = sockets.connections(7, ADDRESS, port, server)
    child = subprocess.Popen(["sleep", "60"], pass_fds=[one.fileno() for one in kept[0][:3]],
                             preexec_fn=linux.die_with_parent)
    row = programs.tuple_to(programs.namespace("--processes", "--destination", programs.endpoint(ADDRESS, port)),
                            ADDRESS, port)
    with open("/proc/self/comm", encoding="utf-8") as file:
        own = file.read().strip()
    deadline.wait_until(lambda: open("/proc/%d/comm" % child.pid, encoding="utf-8").read() == "sleep\n", 10, "sleep")
    report.check({"pid": os.getpid(), "comm": own, "sockets": 7} in row["processes"]
                 and any(one["pid"] == child.pid and one["sockets"] == 3 for one in row["processes"])
                 and len(row["processes"]) == 2, "7 and 3 of 7 sockets: %s" % row["processes"])
    text = programs.output("--processes", "--destination", programs.endpoint(ADDRESS, port))
    report.check("%d " % os.getpid() in text.partition("PROCESSES")[2], "the table has it")
    child.kill()
    child.wait()
    done = programs.run("--processes", "--json", "--destination", programs.endpoint(ADDRESS, port), unprivileged=True)
    row = programs.tuple_to(json.loads(done.stdout)["namespaces"][0], ADDRESS, port)
    report.check(done.returncode == 0 and row["processes"] == [] and "needs root" in done.stderr
                 and len(done.stderr.splitlines()) == 1, "as nobody: %r" % done.stderr)
    sockets.close_all([*kept[0], *kept[1], server])
    row = programs.tuple_to(programs.namespace("--destination", programs.endpoint(ADDRESS, port)), ADDRESS, port)
    report.check("processes" not in row, "nothing of processes where nobody asks")


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


def check_watch_opens(report):
    """From the second reading on it is known how many connections were opened, or that it is not."""
    port = PORT + 4
    netns.write_sysctl("net.ipv4.ip_local_port_range", "44000 44999")
    netns.write_sysctl("net.ipv4.tcp_tw_reuse", 0)
    server = sockets.listener(ADDRESS, port)
    kept = sockets.connections(20, ADDRESS, port, server)
    watching = start("--watch=2s", "--json")

    def look():
        reading = json.loads(watching.stdout.readline())
        return (programs.tuple_to(reading["namespaces"][0], ADDRESS, port)["open_rate_per_s"],
                datetime.datetime.fromisoformat(reading["time"].replace("Z", "+00:00")))

    rate, first = look()
    report.check(rate is None, "one reading tells no rate of opened connections: %s" % rate)
    time.sleep(0.7)  # the ages of TIME_WAIT are known by half seconds
    more = sockets.connections(40, ADDRESS, port, server)
    sockets.make_time_wait(30, ADDRESS, port, server)
    rate, second = look()
    opened = -1 if rate is None else rate * (second - first).total_seconds()
    report.check(abs(opened - 70) <= 2, "70 connections were opened, said are %s" % opened)
    gone = sockets.connections(30, ADDRESS, port, server)
    sockets.reset_all(gone[1])
    sockets.close_all(gone[0])
    rate, _ = look()
    report.check(rate is None, "30 of 100 have left nothing behind, so the rate is not known: %s" % rate)
    watching.send_signal(signal.SIGINT)
    watching.communicate(timeout=20)
    sockets.close_all([*kept[0], *kept[1], *more[0], *more[1], server])


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
    check_plan(report)
    check_processes(report)
    check_watch_pipe(report)
    check_watch_opens(report)
    check_watch_terminal(report)


if __name__ == "__main__":
    sandbox.main(body, 120)
