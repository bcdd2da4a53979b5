# SPDX-License-Identifier: LGPL-2.1-or-later
"""Thousands of sockets of all kinds in one namespace, drawn by chance, and a book of who has which port by what right."""

import collections
import random

import deadline
import netns
import sockets
import socktable

LOW = 40000
OWN, OWN6 = "10.98.0.1", "fd00:98::1"
# Where the connections go, and from where.
ENDS = [("127.0.0.1", 9000, "127.0.0.1"), ("127.0.0.1", 9000, "127.0.0.2"), ("127.0.0.1", 9001, "127.0.0.1"),
        ("127.0.0.3", 9001, "127.0.0.2"), (OWN, 9000, OWN), ("::1", 9000, "::1"), (OWN6, 9001, OWN6)]
MAPPED = "::ffff:127.0.0.1"
LOOPBACK = ("127.", "::1")


class Crowd:
    """The sockets and the book.

    `seen`: ports blocked by what any reading sees, and by how many. `hidden`: by what one reading does not see, though
    there was a time when it could. `sly`: by what there was no time to see. Of both: does anything speak for it?
    `taken`, once settled: {end: {port: may be taken over}}.
    """

    def __init__(self, seed):
        self.chance = random.Random(seed)
        self.low = LOW + self.chance.randrange(2)
        self.size = self.chance.randrange(2000, 4000)
        self.range = range(self.low, self.low + self.size)
        self.reserved = set(self.chance.sample(self.range, self.chance.randrange(20, 200)))
        self.tw_reuse = self.chance.randrange(3)
        self.seen, self.hidden, self.sly = collections.Counter(), {}, {}
        self._count = collections.Counter()
        self.taken = {}
        self._kept, self._later, self._ports = [], [], set()
        self._furnish()

    def _furnish(self):
        netns.enter_fresh()
        for key, value in (("net.ipv4.ip_local_port_range", "%d %d" % (self.low, self.low + self.size - 1)),
                           ("net.ipv4.ip_local_reserved_ports", ",".join(map(str, sorted(self.reserved)))),
                           ("net.ipv4.tcp_tw_reuse", self.tw_reuse), ("net.core.somaxconn", 65535)):
            netns.write_sysctl(key, value)
        netns.ip("address", "add", OWN + "/24", "dev", "lo")
        netns.ip("address", "add", OWN6 + "/64", "dev", "lo", "nodad")
        self.servers = {end: sockets.listener(*end, backlog=65535) for end in {end[:2] for end in ENDS}}

    @property
    def odd(self):
        """Ports that one attempt may miss."""
        return self.size % 2

    def free(self, end):
        """How many connects to END must succeed, by the book."""
        blocked = self.seen.keys() | self.hidden.keys() | self.sly.keys() | self.reserved
        return sum(port not in blocked and self.taken[end].get(port, True) for port in self.range)

    def out_of_sight(self, *books):
        """Ports that are blocked by what is in these books alone: (all, those nothing speaks for)."""
        ports = set().union(*books) - self.seen.keys() - self.reserved
        return len(ports), sum(not any(book.get(port) for book in books) for port in ports)

    def _open(self, end, count, **how):
        """COUNT connections from the source of END: (client ends, server ends)."""
        to, port, source = end
        how.setdefault("source", (source, 0))
        ends = sockets.connections(count, to, port, self.servers[end[:2]], **how)
        self._keep(ends[0] + ends[1])
        return ends

    def _keep(self, made):
        self._kept += made
        self._ports.update(one.getsockname()[1] for one in made)

    def _see(self, ends):
        self.seen.update(end.getsockname()[1] for end in ends)

    def _lose_sight(self, port):
        self.seen[port] -= 1
        self.seen += collections.Counter()  # without what has come to nothing

    def _port(self):
        """A port of the range that nobody ever had."""
        while True:
            port = self.chance.choice(self.range)
            if port not in self._ports and port not in self.reserved:
                self._ports.add(port)
                return port

    def connect(self):
        """Connections whose ports connect() chose, some of which are closed later: by us, by the peer, or half."""
        end = self.chance.choice(ENDS)
        count = self.chance.randrange(self.size // 40, self.size // 15)
        if self._count[end] + count > self.size // 3:
            return
        clients, accepted = self._open(end, count, no_port=True)
        self._count[end] += count
        if end == ENDS[0]:
            # The same, by an IPv6 socket.
            more = sockets.connections(20, MAPPED, end[1], self.servers[end[:2]])
            self._keep(more[0] + more[1])
            self._count[end] += 20
        how = self.chance.choice(["stay", "we close", "we close", "peer closes", "half closed"])
        if how != "stay":
            self._later.append(lambda: self._close(how, clients, accepted))

    @staticmethod
    def _close(how, clients, accepted):
        if how == "peer closes":
            sockets.close_all(accepted)
        sockets.close_all(clients)
        if how == "we close":
            sockets.close_all(accepted)

    def settle(self):
        """Wait for the last FIN, and enter what has become of the connections.

        It takes a look at /proc: when both sides close at the same time, or a late segment comes, either may be spared
        its TIME_WAIT or have one as well.
        """
        table = {}

        def rests():
            table.clear()
            table.update(socktable.connections())
            return not {"fin_wait1", "last_ack", "closing"} & set(table.values())
        deadline.wait_until(rests, 20, "the last FIN", step=0.05)
        for to, port, source in ENDS:
            local = any(address.startswith(LOOPBACK) for address in (to, source))
            reusable = self.tw_reuse == 1 or (self.tw_reuse == 2 and local)
            self.taken[to, port, source] = {
                key[1]: reusable and state == "time_wait" for key, state in table.items()
                if (key[0],) + key[2:] == (source, to, port)}
        occupied = {key[1] for key in table}
        for book in (self.hidden, self.sly):
            for port in book.keys() - occupied:
                del book[port]

    def bind(self):
        """Bound by number, idle."""
        made = sockets.bound(5, self.chance.choice(["127.0.0.1", "127.0.0.9", OWN, "::1"]),
                             [self._port() for _ in range(5)])
        self._keep(made)
        self._see(made)

    def bind_any(self):
        """bind(0), idle."""
        made = sockets.bound(self.chance.randrange(10, 40), self.chance.choice(["127.0.0.1", OWN, OWN6]))
        self._keep(made)
        self._see(made)

    def bind_and_connect(self):
        """Connected from a port bound by number, closed later."""
        end = self.chance.choice(ENDS)
        for _ in range(5):
            ends = self._open(end, 1, source=(end[2], self._port()))
            self._see(ends[0])
            self._later.append(lambda ends=ends: self._hide_bound(*ends))

    def _hide_bound(self, clients, accepted, book=None):
        book = self.hidden if book is None else book
        port = clients[0].getsockname()[1]
        self._lose_sight(port)
        sockets.close_all(clients)
        sockets.close_all(accepted)
        # The parity that connect() begins with: nothing shows that it was not connect() who chose it.
        book[port] = book.get(port, False) or bool((port ^ self.low) & 1)

    def bind_any_and_connect_later(self):
        """bind(0), which connects later."""
        end = self.chance.choice(ENDS)
        made = sockets.bound(self.chance.randrange(5, 25), end[2])
        self._keep(made)
        self._see(made)
        self._later.append(lambda: self._connect_bound(end, made))

    def _connect_bound(self, end, made):
        server = self.servers[end[:2]]
        accepted = []
        for one in made:
            self._lose_sight(one.getsockname()[1])
            one.connect(end[:2])
            accepted += sockets.accept_all(server)
        deadline.wait_until(lambda: accepted.extend(sockets.accept_all(server)) or len(accepted) == len(made), 5,
                            "their other ends")
        self._kept += accepted
        self.hidden.update((one.getsockname()[1], True) for one in made)

    def _children(self, book, count):
        """A listener in the range and its children: what closes it, and some of them."""
        address, port = self.chance.choice(["127.0.0.1", OWN, "::1"]), self._port()
        listener = sockets.listener(address, port)
        clients, accepted = sockets.connections(count, address, port, listener)
        self._keep(clients + accepted + [listener])
        self._see([listener])

        def orphan():
            self._lose_sight(port)
            closed = self.chance.choice([0, len(accepted), len(accepted) // 2])
            sockets.close_all(accepted[:closed])
            sockets.close_all(clients[:closed])
            listener.close()
            book[port] = True
        return orphan

    def listen(self):
        """A listener with children, which stays."""
        self._children(self.hidden, self.chance.randrange(1, 30))

    def listen_for_a_while(self):
        """A listener with children, which goes later."""
        self._later.append(self._children(self.hidden, self.chance.randrange(2, 30)))

    def gather(self, hiding):
        """Sockets that any reading sees, in random order. HIDING: some are to get out of sight."""
        steps = [self.connect] * 24 + [self.bind] * 4 + [self.bind_any] * 3 + [self.listen] * 4
        if hiding:
            steps += [self.bind_and_connect] * 3 + [self.bind_any_and_connect_later] * 4
            steps += [self.listen_for_a_while] * 5
        self.chance.shuffle(steps)
        for step in steps:
            step()

    def change(self):
        """What was to come later: closes, and sockets that get out of sight."""
        self.chance.shuffle(self._later)
        for step in self._later:
            step()

    def slip_by(self):
        """Sockets that get out of sight at once."""
        for _ in range(3):
            end = self.chance.choice(ENDS)
            bound, _ = self._open(end, self.chance.randrange(3, 15))
            self.sly.update((one.getsockname()[1], True) for one in bound)
            self._children(self.sly, self.chance.randrange(2, 10))()
            ends = self._open(end, 1, source=(end[2], self._port()))
            self._see(ends[0])
            self._hide_bound(*ends, book=self.sly)
