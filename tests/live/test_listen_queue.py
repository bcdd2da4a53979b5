#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Accept queues: one that nobody takes from, one that is served slowly, one as fast as it can be, and a port scan."""

import os
import socket
import struct
import threading
import time

import deadline
import netns
import programs
import sandbox
import sockets
import socktable

STUCK, SLOW, BUSY, SCANNED = 8001, 8002, 8003, 8004
BACKLOG = 4
STUCK_FOR = 5
WATCHED = 12
KNOCKS = 400
INTERVAL = 0.5

CONFIG = """[ListenQueue]
OverflowMinutes=1
Stuck=%ds
""" % STUCK_FOR

FIN, RST = 1, 4


def overflows():
    """ListenOverflows of this namespace."""
    with open("/proc/thread-self/net/netstat", encoding="ascii") as file:
        names, values = [line.split() for line in file if line.startswith("TcpExt:")]
    return int(values[names.index("ListenOverflows")])


def knock(port):
    """A connect that nobody waits for."""
    return sockets.connect("127.0.0.1", port, wait=False)


def checksum(data):
    """Of the internet protocols."""
    total = sum(struct.unpack(">%dH" % (len(data) // 2), data))
    total = (total >> 16) + (total & 0xffff)
    return ~(total + (total >> 16)) & 0xffff


def scan(port, count):
    """Segments to PORT that belong to no connection, as a port scan sends them."""
    with socket.socket(socket.AF_INET, socket.SOCK_RAW, socket.IPPROTO_TCP) as raw:
        for number in range(count):
            header = struct.pack(">HHIIBBHHH", 20000 + number, port, 1, 0, 5 << 4, RST if number % 2 else FIN, 1000, 0, 0)
            address = socket.inet_aton("127.0.0.1")
            pseudo = address + address + struct.pack(">BBH", 0, socket.IPPROTO_TCP, len(header))
            raw.sendto(header[:16] + struct.pack(">H", checksum(pseudo + header)) + header[18:], ("127.0.0.1", port))


class Server(threading.Thread):
    """Accepts and closes, one every PAUSE seconds."""

    def __init__(self, port, pause):
        super().__init__(daemon=True)
        self.listener = sockets.listener("127.0.0.1", port, backlog=BACKLOG)
        self.pause = pause
        self.accepted = 0
        self.going = True

    def run(self):
        while self.going:
            for taken in sockets.accept_all(self.listener)[:1] if not self.pause else self._one():
                taken.close()
                self.accepted += 1
            time.sleep(self.pause)

    def _one(self):
        try:
            return [self.listener.accept()[0]]
        except BlockingIOError:
            return []


def subject(port):
    """As it stands in an alert."""
    return "127.0.0.1:%d" % port


def check_drops(report):
    """One listener that nobody takes from: what it dropped is what the kernel counted, and the reading says it."""
    server = sockets.listener("127.0.0.1", STUCK, backlog=BACKLOG)
    clients = [knock(STUCK) for _ in range(BACKLOG + 1)]
    deadline.wait_until(lambda: socktable.accept_queues()[STUCK][0] == BACKLOG + 1, 5, "a full queue")
    clients += [knock(STUCK) for _ in range(30)]
    deadline.wait_until(lambda: overflows() >= 30, 5, "overflows")
    before = overflows()
    port = programs.listening(programs.namespace(), STUCK)
    report.check(before <= port["accept_drops"] <= overflows() and before >= 30,
                 "accept_drops %d, ListenOverflows %d to %d" % (port["accept_drops"], before, overflows()))
    report.equal("queue and limit", (port["accept_queue"], port["accept_limit"]), (BACKLOG + 1, BACKLOG))
    text = programs.output("status")
    report.check("accept queue of port %d is full: %d connections wait" % (STUCK, BACKLOG + 1) in text,
                 "status says that the queue is full")
    sockets.reset_all(clients)
    server.close()


def check_scan(report, server):
    """Segments of no connection are dropped and are no overflows."""
    before = overflows()
    scan(SCANNED, 20)
    port = programs.listening(programs.namespace(), SCANNED)
    report.equal("drops of a listener that was scanned", port["accept_drops"], 20)
    report.equal("overflows by that", overflows() - before, 0)
    return server


def check_daemon(report, state, servers):
    """The daemon, which rests until somebody knocks in vain."""
    time.sleep(3 * INTERVAL)  # ticks at rest
    full = [knock(STUCK) for _ in range(BACKLOG + 1)]
    report.equal("alerts before", programs.alerts(state, "listen-queue"), {})
    for server in servers:
        server.start()
    begin, critical = time.monotonic(), None
    knocks = {SLOW: [], BUSY: []}
    full.append(knock(STUCK))
    while time.monotonic() < begin + WATCHED:
        for port, made in knocks.items():
            made.append(knock(port))
            if len(made) > KNOCKS:
                made.pop(0).close()
        scan(SCANNED, 2)
        if critical is None and programs.alerts(state, "listen-queue").get(subject(STUCK)) == "critical":
            critical = time.monotonic() - begin
        time.sleep(0.005)
    report.check(critical is not None and STUCK_FOR - INTERVAL <= critical <= STUCK_FOR + 4 * INTERVAL,
                 "nobody accepts: critical after %s s, Stuck=%d" % (critical and round(critical, 1), STUCK_FOR))
    report.equal("alerts", programs.alerts(state, "listen-queue"),
                 {subject(STUCK): "critical", subject(SLOW): "warning", subject(BUSY): "warning"})
    report.note("accepted: %s" % {server.listener.getsockname()[1]: server.accepted for server in servers})
    report.check(all(server.accepted >= WATCHED / 4 for server in servers), "both were served")
    for server in servers:
        server.going = False
    sockets.reset_all(full + knocks[SLOW] + knocks[BUSY])


def body(report):
    """The command on one listener, then the daemon on four."""
    netns.enter_fresh()
    check_drops(report)
    scanned = check_scan(report, sockets.listener("127.0.0.1", SCANNED, backlog=BACKLOG))
    stuck = sockets.listener("127.0.0.1", STUCK, backlog=BACKLOG)
    servers = [Server(SLOW, 1.5), Server(BUSY, 0.01)]
    folder, config = os.path.join(sandbox.SCRATCH, "run"), os.path.join(sandbox.SCRATCH, "config")
    os.mkdir(folder)
    with open(config, "w", encoding="ascii") as file:
        file.write(CONFIG)
    with programs.Daemon(folder, "--interval", "%dms" % (INTERVAL * 1000), "--config", config) as daemon:
        daemon.ready()
        check_daemon(report, daemon.state, servers)
        report.equal("exit status", daemon.stop()[0], 0)
    stuck.close()
    scanned.close()


if __name__ == "__main__":
    sandbox.main(body, 60)
