#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""What one reading costs, beside the floor and what else reads the same sockets: ratios within one run.

Usage: reading.py SOCKWATCH FLOOR POPULATION COST SOCKETS TURNS. SW_TEST_FULL=1 adds 500,000 and a million sockets. All
commands take turns, and a ratio is the median of those of each turn: what disturbs one disturbs its neighbours. Of 100,000
sockets those that stay and read again are compared, too.
"""

import http.client
import json
import os
import shutil
import statistics
import subprocess
import sys
import time

import netns
import sandbox

FULL = os.environ.get("SW_TEST_FULL") == "1"
# As many buckets as a host of this size has, and nobody else's sockets in them.
EHASH_ENTRIES = 262144
# Few enough sockets on each destination that connect() finds ports quickly.
SOCKETS_PER_DESTINATION = 5000
WITH_DAEMONS = 100000
# TIME_WAIT lasts 60 s: a population that is about to end makes way for a new one.
TIME_WAIT_SECONDS = 45
EXPORTER_PORT = 19100  # below the range of the population
EXPORTER = ["prometheus-node-exporter", "--collector.disable-defaults", "--collector.tcpstat",
            "--web.disable-exporter-metrics", "--web.listen-address=127.0.0.1:%d" % EXPORTER_PORT]
COLLECTD = """
BaseDir "{0}"
PIDFile "{0}/pid"
PluginDir "/usr/lib/collectd"
TypesDB "/usr/share/collectd/types.db"
Interval 1
Hostname "bench"
LoadPlugin csv
<Plugin csv>
DataDir "{0}/csv"
</Plugin>
LoadPlugin tcpconns
<Plugin tcpconns>
AllPortsSummary true
</Plugin>
"""


class Population:
    """So many sockets of each kind in a network namespace with a table of its own."""

    def __init__(self, program, established, time_wait, destinations):
        self._command = [program, str(established), str(time_wait), str(destinations)]
        self._time_wait = time_wait
        self._process = None
        self._renew()

    def _renew(self):
        self.close()
        netns.write_sysctl("net.ipv4.tcp_child_ehash_entries", EHASH_ENTRIES)
        netns.enter_fresh()
        netns.write_sysctl("net.ipv4.tcp_tw_reuse", 0)
        netns.write_sysctl("net.ipv4.tcp_max_tw_buckets", 4000000)
        netns.write_sysctl("net.ipv4.ip_local_port_range", "20000 65535")
        self._began = time.monotonic()
        self._process = subprocess.Popen(self._command, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        if self._process.stdout.readline() != b"ready\n":
            raise SystemExit("no population: %s" % " ".join(self._command))

    def keep(self, seconds):
        """See to it that all are there for the next SECONDS."""
        if self._time_wait and time.monotonic() - self._began + seconds > TIME_WAIT_SECONDS:
            self._renew()
            return True
        return False

    def close(self):
        """End the program; its TIME_WAIT go with the namespace."""
        if self._process:
            self._process.stdin.close()
            self._process.stdout.close()
            self._process.wait()


class Command:
    """A program that reads the sockets and ends."""

    def __init__(self, name, cost, *words):
        self.name = name
        self._words = [cost, *words]

    def run(self):
        """CPU time and time on the clock in ms, peak memory in KiB."""
        answer = subprocess.run(self._words, stdout=subprocess.PIPE, check=True)
        cpu, wall, peak = answer.stdout.split()
        return int(cpu) / 1000, int(wall) / 1000, int(peak)

    def close(self):
        """Nothing is left of it."""


def _cpu_ms(pid):
    total = 0
    for task in os.listdir("/proc/%d/task" % pid):
        with open("/proc/%d/task/%s/schedstat" % (pid, task), encoding="ascii") as file:
            total += int(file.read().split()[0])
    return total / 1e6


class Daemon:
    """A program that stays and reads the sockets again and again; its start is not counted."""

    def __init__(self, name, command):
        self.name = name
        self._process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)

    def run(self):
        """CPU time in ms of one reading, and what else Command.run tells, as far as it is known."""
        before, began = _cpu_ms(self._process.pid), time.monotonic()
        n = self.read()
        return (_cpu_ms(self._process.pid) - before) / n, (time.monotonic() - began) * 1000 / n, 0

    def close(self):
        """End it."""
        self._process.terminate()
        self._process.wait()


class Exporter(Daemon):
    """node_exporter with the collector tcpstat alone, scraped once a turn."""

    def __init__(self):
        super().__init__("node_exporter tcpstat", EXPORTER)
        for _ in range(100):
            try:
                self.read()
                return
            except OSError:
                time.sleep(0.1)

    def read(self):
        """Scrape. Returns the number of readings."""
        connection = http.client.HTTPConnection("127.0.0.1", EXPORTER_PORT, timeout=60)
        connection.request("GET", "/metrics")
        connection.getresponse().read()
        connection.close()
        return 1


class Collectd(Daemon):
    """collectd with the plugin tcpconns alone, which reads every second."""

    def __init__(self):
        folder = os.path.join(sandbox.SCRATCH, "collectd")
        os.makedirs(folder, exist_ok=True)
        with open(os.path.join(folder, "conf"), "w", encoding="ascii") as file:
            file.write(COLLECTD.format(folder))
        super().__init__("collectd tcpconns", ["collectd", "-f", "-C", os.path.join(folder, "conf")])
        time.sleep(2)

    def read(self):
        """Wait for the next two readings."""
        time.sleep(2)
        return 2


def _readers(programs, with_daemons):
    sockwatch, floor, _, cost = programs
    readers = [Command("floor", cost, floor), Command("sockwatch status --json", cost, sockwatch, "status", "--json"),
               Command("ss -Htan", cost, "ss", "-Htan")]
    if with_daemons:
        readers += [Command("cat /proc/net/tcp", cost, "cat", "/proc/net/tcp"),
                    Command("awk over /proc/net/tcp", cost, "awk", "{n[$4]++}", "/proc/net/tcp")]
        for program, start in (("prometheus-node-exporter", Exporter), ("collectd", Collectd)):
            if shutil.which(program):
                readers.append(start())
            else:
                print("left out: %s is not installed and could not be" % program)
    return readers


def _median(values):
    return statistics.median(values)


def _ratios(turns, of, to, figure=0):
    return sorted(turn[of][figure] / turn[to][figure] for turn in turns)


def _count(sockwatch):
    answer = subprocess.run([sockwatch, "status", "--json"], stdout=subprocess.PIPE, check=True)
    return json.loads(answer.stdout)["namespaces"][0]["sockets"]["total"]


def _measure(report, programs, title, population, turns, with_daemons=False):
    established, time_wait, destinations = population
    crowd = Population(programs[2], established, time_wait, destinations)
    readers = _readers(programs, with_daemons)
    seen, seconds = [], 0
    for _ in range(turns):
        if crowd.keep(seconds):
            for reader in readers:
                reader.close()
            readers = _readers(programs, with_daemons)
        began = time.monotonic()
        seen.append([reader.run() for reader in readers])
        seconds = 1.5 * (time.monotonic() - began)
    for reader in readers:
        reader.close()
    print()
    if with_daemons:  # whose scrapes leave sockets, too
        report.note(title)
    else:
        report.equal(title + ", sockets", _count(programs[0]), established + time_wait)
    crowd.close()
    print("\n| reader | CPU ms | sockwatch / reader (quartiles) |\n| --- | ---: | --- |")
    for index, reader in enumerate(readers):
        ratios = _ratios(seen, 1, index)
        print("| %s | %.1f | %s |" % (reader.name, _median(turn[index][0] for turn in seen), "" if index == 1 else
              "%.2f (%.2f to %.2f)" % (_median(ratios), ratios[len(ratios) // 4], ratios[-1 - len(ratios) // 4])))
    print("\nPeak memory of sockwatch: %.1f MiB." % (max(turn[1][2] for turn in seen) / 1024))
    return seen


def _small_host(report, programs, turns):
    """Nothing but the start counts: more turns, and the clock."""
    seen = _measure(report, programs, "100 ESTABLISHED sockets, one destination", (100, 0, 1), 10 * turns)
    print("On the clock: %.2f of ss -Htan." % _median(_ratios(seen, 1, 2, figure=1)))


def _spread(number):
    return max(1, number // SOCKETS_PER_DESTINATION)


def _run(report, programs, sockets, turns):
    _small_host(report, programs, turns)
    _measure(report, programs, "1,000 ESTABLISHED", (1000, 0, 1), turns)
    for number in (sockets, 500000) if FULL else (sockets,):
        few, many, half = _spread(number), min(number, 100000), number // 2
        for title, population, with_daemons in (
                ("ESTABLISHED, %d destinations" % few, (number, 0, few), number == WITH_DAEMONS),
                ("TIME_WAIT, %d destinations" % few, (0, number, few), number == WITH_DAEMONS),
                ("half ESTABLISHED, half TIME_WAIT, %d destinations" % few, (half, half, few), False),
                ("ESTABLISHED, {:,} destinations".format(many), (number, 0, many), False),
                ("TIME_WAIT, {:,} destinations".format(many), (0, number, many), False)):
            _measure(report, programs, "{:,} {}".format(number, title), population, turns, with_daemons)
    if FULL:
        _measure(report, programs, "1,000,000 ESTABLISHED, 200 destinations", (1000000, 0, 200), 3)
        _measure(report, programs, "1,000,000 ESTABLISHED, as many destinations", (1000000, 0, 1000000), 3)


def _install_missing():
    """The programs to compare with, by the same way as all packages that scripts/test needs."""
    missing = [package for program, package in (("prometheus-node-exporter", "prometheus-node-exporter"),
                                                ("collectd", "collectd-core")) if not shutil.which(program)]
    if missing and os.geteuid() == 0 and shutil.which("apt-get"):
        root = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
        subprocess.run(["bash", "-c", '. scripts/lib.sh; install_packages "$@"', "bash", *missing], cwd=root, check=False)


if __name__ == "__main__":
    os.environ["PATH"] = os.environ.get("PATH", "/usr/bin:/bin") + ":/usr/sbin:/sbin"
    if int(sys.argv[5]) == WITH_DAEMONS:
        _install_missing()
    sandbox.main(lambda report: _run(report, sys.argv[1:5], *map(int, sys.argv[5:])), 3000 if FULL else 900)
