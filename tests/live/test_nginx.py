#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Real nginx under load, sockwatchd at its default interval, and what it tells a real journald: test_nginx.py MODE.

proxy      nginx closes first towards an upstream without keepalive, until connect() fails: a critical alert comes
           before the middle of the time between half and full; after the load, exactly one resolved
veth       the same towards another host, where the default tcp_tw_reuse is no help
server     nginx closes first as a server: more TIME_WAIT than ports, and no alert
keepalive  upstream keepalive: no alert
"""

import json
import os
import re
import sys
import time

import deadline
import journald
import load
import netns
import nginx
import programs
import sandbox
import socktable
import turn
from turn import SEARCH
from outcome import FAILED, Failure

RULE = "ephemeral-ports"
RANGE = 28232  # 32768-60999, the default of every namespace
SAMPLE = 0.05

EXHAUSTION = 150  # seconds within which errno 99 has to come
PATIENCE = 2 * EXHAUSTION  # seconds that others may take for the same
AFTER_EXHAUSTION = 12  # the load goes on that long, for the daemon to see the range full
RESOLUTION = 420  # 62 s until TIME_WAIT is drained, 5 min clear, and a margin
QUIET = 150

NEAR, FAR = "10.96.0.1", "10.96.0.2"
RANKS = {"notice": 0, "warning": 1, "critical": 2}

# Once half of the range is used, each connect() costs nginx a millisecond of CPU. Were it, or those it waits for,
# starved by other tests, TIME_WAIT would run off as fast as it comes and the range never fill.
AHEAD = -10

# Two such searches at once hinder each other in the caches so much that neither gets anywhere.


class Lab:
    """journald and sockwatchd, with its default interval, in the namespace of the test."""

    def __init__(self):
        self.journal = journald.Journald()
        self.runtime = os.path.join(sandbox.SCRATCH, "runtime")
        os.mkdir(self.runtime)
        self.daemon = None

    def watch(self):
        """Start the daemon and wait for its first reading."""
        self.daemon = programs.Daemon(self.runtime)
        self.daemon.ready()

    def alive(self):
        """Fail when the daemon has ended on its own."""
        if self.daemon.process.poll() is not None:
            raise Failure("sockwatchd ended with status %d\n%s" % (self.daemon.process.returncode, self.daemon.log()))

    def close(self, report):
        """Stop the daemon; it has to go quickly and cleanly."""
        self.alive()
        status, took = self.daemon.stop()
        report.check(status == 0, "SIGTERM: exit status %s after %.2f s" % (status, took))


def exhaust(report, address):
    """Run nginx out of ports towards ADDRESS; returns the lab, the load and the times of knee and errno 99."""
    lab = Lab()
    application = [] if address == FAR else [nginx.application()]
    front = nginx.Nginx("proxy", nginx.proxy(address), *application, nice=AHEAD)
    errors = nginx.ErrorLog(front)
    lab.watch()
    wrk = load.Wrk("http://127.0.0.1:%d/" % nginx.FRONT, 50, EXHAUSTION + 60, nice=AHEAD)
    begin, knee = time.time(), None
    while not errors.out_of_ports():
        if knee is None and socktable.time_wait() >= RANGE // 2:
            knee = time.time()
        if time.time() - begin > EXHAUSTION:
            raise Failure("no errno 99 within %d s of load, %d in TIME_WAIT: this machine is too slow for this test"
                          % (EXHAUSTION, socktable.time_wait()))
        time.sleep(SAMPLE)
    full = time.time()
    SEARCH.give()
    if knee is None:
        raise Failure("errno 99 with %d in TIME_WAIT: %s" % (socktable.time_wait(), errors.first_line))
    errors.close()
    report.note(errors.first_line)
    report.note("half of the ports used after %.1f s, errno 99 after %.1f s" % (knee - begin, full - begin))
    return lab, wrk, knee, full


def critical(lab, subject):
    """The first entry that calls SUBJECT critical, None so far."""
    for entry in lab.journal.alerts(RULE):
        if (entry["SOCKWATCH_SUBJECT"], entry["SOCKWATCH_SEVERITY"]) == (subject, "critical") \
                and entry["SOCKWATCH_STATE"] in ("firing", "changed"):
            return entry
    return None


def check_warned(report, lab, subject, knee, full):
    """The critical entry came in the first half of the time between knee and failure; returns it."""
    entry = deadline.wait_until(lambda: lab.alive() or critical(lab, subject), 15,
                                "a critical %s entry about %s; there are %s\n%s"
                                % (RULE, subject, [one["MESSAGE"] for one in lab.journal.alerts()], lab.daemon.log()),
                                step=0.5)
    after, middle = journald.moment(entry) - knee, (full - knee) / 2
    report.check(after < middle, "critical %.1f s after the knee, to be before %.1f s; errno 99 after %.1f s"
                 % (after, middle, full - knee))
    for one in lab.journal.alerts():
        report.note("%+.1f s  %s %s %s: %s" % (journald.moment(one) - knee, one["SOCKWATCH_RULE"],
                                               one["SOCKWATCH_STATE"], one["SOCKWATCH_SEVERITY"], one["MESSAGE"]))
    return entry


def check_fields(report, entry):
    """The fields of one critical entry agree with each other."""
    used, free, capacity = (int(entry["SOCKWATCH_" + name]) for name in ("USED", "FREE", "CAPACITY"))
    report.check(used + free == capacity and capacity <= RANGE,
                 "used %d, free %d, capacity %d" % (used, free, capacity))
    report.equal("PRIORITY of critical", entry["PRIORITY"], "2")
    report.check(re.fullmatch("[0-9a-f]{32}", entry["MESSAGE_ID"]), "MESSAGE_ID %s" % entry["MESSAGE_ID"])
    report.check(re.fullmatch("[0-9a-f]{16}", entry["SOCKWATCH_ALERT_ID"]), "ALERT_ID %s" % entry["SOCKWATCH_ALERT_ID"])
    source, _, destination = entry["SOCKWATCH_SUBJECT"].partition("->")
    report.check(source in entry["MESSAGE"][:64] and destination in entry["MESSAGE"][:64],
                 "MESSAGE tells source and destination in its first 64 characters")


def check_file(report, lab, entry):
    """The daemon's file and the command beside it list the alert while it fires."""
    def listed():
        with open(lab.daemon.state, encoding="utf-8") as file:
            return [alert["alert_id"] for alert in json.load(file)["alerts"]]

    deadline.wait_until(lambda: entry["SOCKWATCH_ALERT_ID"] in listed(), 15, "the alert in status.json", step=0.5)
    told = programs.status("--runtime-dir", lab.runtime)
    report.check(entry["SOCKWATCH_ALERT_ID"] in [alert["alert_id"] for alert in told["alerts"]],
                 "status.json lists the alert, and so does sockwatch status")
    report.equal("the daemon is said to be running", told["daemon"]["running"], True)


def check_episode(report, lab, subject, first):
    """All entries of the rule are one alert: firing, rising, resolved; then its figures are plausible."""
    entries = lab.journal.alerts(RULE)
    for entry in entries:
        report.note("%s %s: %s" % (entry["SOCKWATCH_STATE"], entry["SOCKWATCH_SEVERITY"], entry["MESSAGE"]))
    report.equal("subjects of all entries of this rule", {entry["SOCKWATCH_SUBJECT"] for entry in entries}, {subject})
    report.equal("alert ids", {entry["SOCKWATCH_ALERT_ID"] for entry in entries}, {first["SOCKWATCH_ALERT_ID"]})
    report.equal("distinct event ids", len({entry["SOCKWATCH_EVENT_ID"] for entry in entries}), len(entries))
    states = [entry["SOCKWATCH_STATE"] for entry in entries]
    report.check(states == ["firing", *["changed"] * (len(states) - 2), "resolved"], "states %s" % " ".join(states))
    ranks = [RANKS[entry["SOCKWATCH_SEVERITY"]] for entry in entries[:-1]]
    report.check(all(low < high for low, high in zip(ranks, ranks[1:])), "severity only rises")
    ids = [entry["MESSAGE_ID"] for entry in entries]
    report.check(len(set(ids[:-1])) == 1 and ids[-1] != ids[0], "one MESSAGE_ID until resolved, another then")
    resolved = entries[-1]
    lasted = journald.moment(resolved) - journald.moment(entries[0])
    duration, exhausted = (float(resolved["SOCKWATCH_" + key]) for key in ("DURATION_SEC", "EXHAUSTED_FOR_SEC"))
    peak = int(resolved["SOCKWATCH_PEAK_USED"])
    report.check(abs(duration - lasted) < 15, "DURATION_SEC %g, %.1f s between the entries" % (duration, lasted))
    report.check(0.99 * RANGE <= peak <= RANGE, "PEAK_USED %d" % peak)
    report.check(0 < exhausted < 100, "EXHAUSTED_FOR_SEC %g" % exhausted)


def proxy(report):
    """Upstream without keepalive on loopback, where only tcp_tw_reuse=0 lets TIME_WAIT keep its ports."""
    netns.write_sysctl("net.ipv4.tcp_tw_reuse", 0)
    lab, wrk, knee, full = exhaust(report, "127.0.0.1")
    subject = "127.0.0.1->127.0.0.1:%d" % nginx.UPSTREAM
    entry = check_warned(report, lab, subject, knee, full)
    check_fields(report, entry)
    check_file(report, lab, entry)
    time.sleep(max(0, full + AFTER_EXHAUSTION - time.time()))
    wrk.stop()
    stopped = time.time()
    matches = ("SOCKWATCH_RULE=" + RULE, "SOCKWATCH_STATE=resolved")
    deadline.wait_until(lambda: lab.alive() or lab.journal.entries(*matches), RESOLUTION, "a resolved entry", step=2)
    report.note("resolved %.0f s after the load" % (time.time() - stopped))
    # A second one, or another firing, would come with one of the next readings.
    time.sleep(12)
    check_episode(report, lab, subject, entry)
    lab.close(report)


def veth(report):
    """Upstream in another namespace, everything at its default: tcp_tw_reuse=2 covers loopback only."""
    far = netns.another()
    netns.veth(far, [NEAR + "/24"], [FAR + "/24"])
    with far.entered():
        nginx.Nginx("application", nginx.application(), ready=nginx.UPSTREAM, nice=AHEAD)
    lab, wrk, knee, full = exhaust(report, FAR)
    entry = check_warned(report, lab, "%s->%s:%d" % (NEAR, FAR, nginx.UPSTREAM), knee, full)
    check_fields(report, entry)
    check_file(report, lab, entry)
    wrk.stop()
    lab.close(report)


def check_quiet(report, lab):
    """No alert of any rule has reached the journal."""
    told = ["%s %s: %s" % (entry["SOCKWATCH_RULE"], entry["SOCKWATCH_STATE"], entry["MESSAGE"])
            for entry in lab.journal.alerts()]
    report.check(not told, "no alert in the journal %s" % told)


def harmless(lab):
    """Does sockwatch say that this server closes first and that this costs nothing? None, or what is still missing."""
    reading = programs.namespace("--runtime-dir", lab.runtime)
    row = programs.listening(reading, nginx.DIRECT)
    text = programs.output("status", "--runtime-dir", lab.runtime)
    if row["closes_first"] != "us":
        return "closes_first is %r" % row["closes_first"]
    if reading["time_wait"]["server_side"] <= RANGE:
        return "time_wait.server_side is %d" % reading["time_wait"]["server_side"]
    if "costs no outgoing port" not in " ".join(text.lower().split()):
        return "the text does not say that it costs no outgoing port:\n" + text
    return None


def server(report):
    """More TIME_WAIT than the range has ports, all on the server's own port."""
    # Small machines have a small limit by default.
    netns.write_sysctl("net.ipv4.tcp_max_tw_buckets", 131072)
    lab = Lab()
    nginx.Nginx("server", nginx.closes_first(), ready=nginx.DIRECT)
    lab.watch()
    # One client address finds only so many ports: its SYN takes the place of an old TIME_WAIT.
    clients = load.OneByOne("127.0.0.1", nginx.DIRECT, ["127.0.0.%d" % last for last in range(11, 19)], 40000, 2500)
    deadline.wait_until(lambda: socktable.time_wait() > 35000, 120, "35000 in TIME_WAIT", step=0.2)
    least, missing, end = RANGE * 2, "nothing asked", time.monotonic() + QUIET
    while time.monotonic() < end:
        lab.alive()
        for _ in range(20):
            least = min(least, socktable.time_wait())
            time.sleep(0.5)
        missing = missing and harmless(lab)
    clients.stop()
    report.check(least > RANGE, "never fewer than %d in TIME_WAIT for %d s" % (least, QUIET))
    report.check(missing is None, "sockwatch knows that this side closes first and that it costs no outgoing port"
                 if missing is None else missing)
    check_quiet(report, lab)
    lab.close(report)


def keepalive(report):
    """The cure: the same proxy with upstream keepalive."""
    netns.write_sysctl("net.ipv4.tcp_tw_reuse", 0)
    lab = Lab()
    nginx.Nginx("proxy", nginx.proxy("127.0.0.1", keepalive=True), nginx.application())
    lab.watch()
    wrk = load.Wrk("http://127.0.0.1:%d/" % nginx.FRONT, 20, QUIET, pause_ms=5)
    text = wrk.finish()
    lab.alive()
    requests = re.search(r"(\d+) requests in", text)
    report.check(requests and int(requests[1]) > 10000, "wrk: %s" % (requests[0] if requests else text))
    report.check(socktable.time_wait() < 2000, "%d in TIME_WAIT" % socktable.time_wait())
    check_quiet(report, lab)
    lab.close(report)


# What is run, the seconds it may take, and whether it exhausts the ports: that is done by one test after the other, and
# the others begin behind them, since a search for ports on a busy machine can become too slow to ever fill the range.
MODES = {"proxy": (proxy, 680, True), "veth": (veth, 240, True),
         "server": (server, 330, False), "keepalive": (keepalive, 230, False)}


def run(body, seconds, exhausts):
    """Run one mode, when it is its turn."""
    try:
        if exhausts:
            SEARCH.take(PATIENCE)
        else:
            turn.behind_the_search(PATIENCE)
    except Failure as failure:
        print("FAIL  %s" % failure)
        sys.exit(FAILED)
    sandbox.main(body, seconds, SEARCH if exhausts else None)


if __name__ == "__main__":
    if len(sys.argv) != 2 or sys.argv[1] not in MODES:
        sys.exit("usage: test_nginx.py " + " | ".join(MODES))
    run(*MODES[sys.argv[1]])
