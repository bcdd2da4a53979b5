#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""sockwatchd as a service from installation to stop: what it tells, what it may do, and the same as nobody."""

import json
import os
import stat

import box as boxes
import deadline
import installed
import probe as prober
import sockets
import socktable

PORT = 9000
CONNECTIONS = 50

_PROBE = """[Service]
Type=oneshot
Restart=no
WatchdogSec=0
RuntimeDirectory=
StateDirectory=
ExecReload=
ExecStart=
ExecStart=/usr/bin/python3 -I /run/probe.py
StandardOutput=truncate:/run/probe.out
"""

with open(prober.__file__, encoding="utf-8") as _file:
    SOURCE = _file.read()


def check_verified(report, box):
    """systemd-analyze has nothing to say about the units as they are installed."""
    units = installed.units(box)
    program = os.path.join(installed.directory("libexecdir"), "sockwatch/sockwatch-hook")
    report.equal("the units of the hooks are there, and so is their program", installed.HOOK in units,
                 os.path.exists(box.path(program)))
    done = box.run("systemd-analyze", "verify", "--man=no", *units)
    report.check(done.returncode == 0 and not (done.stdout + done.stderr).strip(),
                 "systemd-analyze verify %s: exit status %d, it says %r"
                 % (" ".join(units), done.returncode, done.stdout + done.stderr))
    report.note(box.run("systemd-analyze", "security", installed.DAEMON).stdout.strip().splitlines()[-1])


def check_start(report, box):
    """Active within a second; a line for systemctl status; the command knows of the daemon."""
    took = installed.start(report, box)
    report.check(took < 1, "systemctl start returned after %.3f s" % took)
    text = box.show(installed.DAEMON, "StatusText")
    report.check(text.startswith(("ok:", "notice:", "warning:", "critical:")), "STATUS=%s" % text)
    daemon = installed.status(box)["daemon"]
    report.equal("sockwatch status: daemon running, interval", (daemon["running"], daemon["interval_s"]), (True, 1))
    enabled = box.run("systemctl", "enable", "--now", installed.DAEMON)
    report.equal("systemctl enable", (enabled.returncode, box.output("systemctl", "is-enabled", installed.DAEMON)),
                 (0, "enabled"))
    if installed.HOOK_PATH in installed.units(box):
        report.equal("%s is started with it" % installed.HOOK_PATH,
                     box.show(installed.HOOK_PATH, "ActiveState"), "active")


def check_privileges(report, box):
    """Its own user, no capability, a filter of system calls, and no way to more of it."""
    process = box.process(installed.main_pid(box))
    uid = int(box.output("id", "-u", "sockwatch"))
    report.equal("Uid", process["Uid"].split(), [str(uid)] * 4)
    report.check(0 < uid < 1000, "the user sockwatch is a system user, %d" % uid)
    for key in ("CapInh", "CapPrm", "CapEff", "CapBnd", "CapAmb"):
        report.equal(key, process[key], "0" * 16)
    report.equal("NoNewPrivs, Seccomp", (process["NoNewPrivs"], process["Seccomp"]), ("1", "2"))
    report.equal("Groups", process["Groups"].split(), [box.output("id", "-g", "sockwatch")])
    report.check(int(process["Threads"]) == 1, "%s thread, %s at most so far" % (process["Threads"], process["VmHWM"]))
    limit = int(box.show(installed.DAEMON, "MemoryMax"))
    report.check(int(process["VmHWM"].split()[0]) * 1024 < limit / 4, "MemoryMax is %d MiB" % (limit >> 20))


def probe(box, sandboxed):
    """What probe.py could do as root of the box, or in the daemon's place."""
    box.write("/run/probe.py", SOURCE)
    if not sandboxed:
        return json.loads(box.output("python3", "-I", "/run/probe.py"))
    box.write("/run/systemd/system/probe.service", box.read(box.show(installed.DAEMON, "FragmentPath")))
    box.drop_in("probe.service", _PROBE)
    box.output("systemctl", "start", "probe.service")
    return json.loads(box.read("/run/probe.out"))


def check_sandbox(report, box):
    """What another program could do in the daemon's place: what the daemon has to, and nothing that harms."""
    free, held = probe(box, False), probe(box, True)
    for what in prober.WANTED:
        report.equal("may %s" % what, held[what], None)
    for what in prober.FORBIDDEN:
        report.check(held[what] and not free[what],
                     "may not %s: %s; root of the box: %s" % (what, held[what], free[what] or "may"))


def check_files(report, box):
    """The files it leaves can be read by all and written by it alone."""
    for path, mode in ((installed.RUNTIME_DIR, 0o755), (installed.STATUS, 0o644), ("/var/lib/sockwatch", 0o755)):
        found = os.stat(box.path(path))
        report.equal("%s: mode, owner" % path, (oct(stat.S_IMODE(found.st_mode)), found.st_uid),
                     (oct(mode), int(box.output("id", "-u", "sockwatch"))))


def check_nobody(report, box):
    """Another one as nobody with an empty bounding set: the command counts what root counts, the daemon works."""
    server = sockets.listener("127.0.0.1", PORT)
    clients, accepted = sockets.connections(CONNECTIONS, "127.0.0.1", PORT, server)
    plain = ["systemd-run", "--quiet", "--collect", "--property=User=nobody", "--property=CapabilityBoundingSet=",
             "--property=NoNewPrivileges=yes"]
    capabilities = box.output(*plain, "--pipe", "--wait", "grep", "^Cap", "/proc/self/status").split()[1::2]
    report.equal("nobody's capabilities", capabilities, ["0" * 16] * 5)
    states = {}
    for who, before in (("root", []), ("nobody", [*plain, "--pipe", "--wait"])):
        status = installed.status(box, *before)
        states[who] = status["namespaces"][0]["states"]
        report.check(status["complete"], "%s: %d established, complete" % (who, states[who]["established"]))
    counts = socktable.from_proc()
    found = (counts["tcp"] + counts["tcp6"])["established"]
    report.equal("established: root's and nobody's, /proc/net",
                 (states["root"]["established"], states["nobody"]["established"], found), (2 * CONNECTIONS,) * 3)
    box.output(*plain, "--unit=other", "--property=Type=notify", "--property=RuntimeDirectory=other",
               installed.directory("sbindir") + "/sockwatchd", "--runtime-dir", "/run/other", "--interval", "200ms")
    report.equal("the daemon as nobody", box.show("other", "ActiveState", "SubState"), ["active", "running"])
    process = box.process(int(box.show("other", "MainPID")))
    report.equal("its Uid, CapEff, CapBnd", (process["Uid"].split()[0], process["CapEff"], process["CapBnd"]),
                 (box.output("id", "-u", "nobody"), "0" * 16, "0" * 16))
    status = json.loads(box.read("/run/other/status.json"))
    report.equal("its reading: complete, established",
                 (status["complete"], status["namespaces"][0]["states"]["established"]), (True, found))
    # Nothing happens, so that it need not say anything new, only that what it said still holds.
    touched = os.stat(box.path("/run/other/status.json")).st_mtime_ns
    deadline.wait_until(lambda: os.stat(box.path("/run/other/status.json")).st_mtime_ns > touched, 5,
                        "another tick of nobody's daemon")
    report.check(True, "it goes on: %s" % box.show("other", "StatusText"))
    box.output("systemctl", "stop", "other")
    sockets.close_all(clients + accepted + [server])


def check_journal(report, box):
    """Nothing worth a warning came from it or from systemd about it."""
    for unit in (*installed.units(box), "other.service"):
        for matches in (("_SYSTEMD_UNIT=" + unit,), ("UNIT=" + unit, "_PID=1")):
            loud = [entry["MESSAGE"] for entry in box.entries(*matches) if int(entry["PRIORITY"]) <= 4]
            report.check(not loud, "%s: warnings in the journal: %s" % (" ".join(matches), loud))


def body(report, box):
    """From installation to stop."""
    installed.install(report, box)
    check_verified(report, box)
    check_start(report, box)
    check_privileges(report, box)
    check_files(report, box)
    check_sandbox(report, box)
    check_nobody(report, box)
    installed.stop(report, box)
    report.check(not os.path.exists(box.path(installed.STATUS)), "no status.json is left by a daemon that was stopped")
    check_journal(report, box)


if __name__ == "__main__":
    boxes.main(body, 60)
