#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""The ports that a peer is said to hold are those that its own connect() cannot have, and the daemon gives notice."""

import os

import deadline
import netns
import programs
import sandbox
import sockets
import socktable

HERE, PEER = "192.0.2.5", "192.0.2.2"
PORT = 9000
SIZE = 400  # of the peer's range: more than the hundredth of 28232 from which on peers are listed
SOME = 50


def held():
    """What the reading says of the peer; None where it has no row."""
    rows = programs.namespace()["inbound"]
    for row in rows:
        if (row["peer"], row["address"], row["port"]) == (PEER, HERE, PORT) and row["range"] == 28232:
            return row["ports_held"]
    return None


class Peer:
    """The far side, with a range of SIZE ports of its own."""

    def __init__(self):
        self.far = netns.another()
        netns.veth(self.far, [HERE + "/24"], [PEER + "/24"])
        with self.far.entered():
            netns.write_sysctl("net.ipv4.ip_local_port_range", "40000 %d" % (40000 + SIZE - 1))
        self.server = sockets.listener("0.0.0.0", PORT)
        self.there, self.here = [], []

    def connect(self):
        """As often as the kernel over there lets it: how often that was, and why no more."""
        with self.far.entered():
            opened, error = sockets.connect_until_refused(HERE, PORT, 2 * SIZE)
        self.there += opened
        self.here += accepted(self.server, len(opened))
        return len(opened), error

    def pairs(self, count):
        """Take COUNT connections out: (ends there, ends here)."""
        ends = {end.getpeername()[1]: end for end in self.here}
        there, self.there = self.there[:count], self.there[count:]
        here = [ends[end.getsockname()[1]] for end in there]
        self.here = [end for end in self.here if end not in here]
        return there, here


def accepted(server, count):
    """COUNT accepted connections."""
    ends = []
    deadline.wait_until(lambda: ends.extend(sockets.accept_all(server)) or len(ends) == count, 5,
                        "%d accepted connections" % count)
    return ends


def check_ports(report, peer):
    """Each way to end a connection, and whose port it leaves taken."""
    report.equal("connects of the peer", peer.connect(), (SIZE, "EADDRNOTAVAIL"))
    report.equal("ports held, all of them", held(), SIZE)

    there, here = peer.pairs(SOME)
    sockets.close_all(here)
    report.equal("closed here, not there (FIN_WAIT2)", held(), SIZE)
    report.equal("connects of the peer meanwhile", peer.connect(), (0, "EADDRNOTAVAIL"))
    sockets.close_all(there)
    deadline.wait_until(lambda: socktable.time_wait() == SOME, 5, "TIME_WAIT here")
    report.equal("then closed there, too (TIME_WAIT here)", held(), SIZE - SOME)
    report.equal("connects of the peer then", peer.connect(), (SOME, "EADDRNOTAVAIL"))
    report.equal("ports held, all again", held(), SIZE)

    there, here = peer.pairs(SOME)
    sockets.close_all(there)
    deadline.wait_until(lambda: programs.namespace()["states"]["close_wait"] == SOME, 5, "CLOSE_WAIT here")
    report.equal("closed there, not here (CLOSE_WAIT)", held(), SIZE)
    report.equal("connects of the peer meanwhile", peer.connect(), (0, "EADDRNOTAVAIL"))
    sockets.close_all(here)
    deadline.wait_until(lambda: held() == SIZE - SOME, 5, "%d ports that are seen to be held" % (SIZE - SOME))
    # What is said to be held is the least: the peer's TIME_WAIT is not seen from here.
    report.equal("connects of the peer with TIME_WAIT there", peer.connect(), (0, "EADDRNOTAVAIL"))


def check_daemon(report, peer):
    """The notice in words, and its end once the peer is gone."""
    folder = os.path.join(sandbox.SCRATCH, "daemon")
    os.mkdir(folder)
    config = os.path.join(folder, "sockwatch.conf")
    with open(config, "w", encoding="ascii") as file:
        file.write("[Poll]\nMaxAge=200ms\n[Alert]\nWarningHold=1s\nClear=1s\n[Inbound]\nNotice=1%\n"
                   "[Log]\nTarget=stderr\n")
    with programs.Daemon(folder, "--config", config, "--interval", "100ms") as daemon:
        daemon.ready()
        deadline.wait_until(lambda: "SOCKWATCH_STATE=firing" in daemon.log(), 10, "the notice")
        sockets.reset_all(peer.there)
        deadline.wait_until(lambda: "SOCKWATCH_STATE=resolved" in daemon.log(), 10, "the end of the notice")
        lines = [line for line in daemon.log().splitlines() if "SOCKWATCH_RULE=inbound" in line]
        said = "Peer runs out of ports: %s to %s:%d: " % (PEER, HERE, PORT)
        report.check(len(lines) == 2 and all(line.startswith("<5>" + said) for line in lines)
                     and "it holds %d of about 28232 (1 %%)" % (SIZE - SOME) in lines[0],
                     "the daemon says: %s" % "\n".join(lines))
        report.check(all("SOCKWATCH_SUBJECT=%s->%s:%d " % (PEER, HERE, PORT) in line for line in lines),
                     "with the peer as its subject")


def body(report):
    """One peer through all of it."""
    netns.enter_fresh()
    peer = Peer()
    check_ports(report, peer)
    check_daemon(report, peer)


if __name__ == "__main__":
    sandbox.main(body, 60)
