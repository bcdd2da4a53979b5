#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""sockwatch selftest on this kernel: right, out of the way, gone when it is killed, clear when it may not.

What it says of the kernel is held against what this test finds out by itself. The cases were counted by the program's
own connect() calls; that it can be wrong at all is shown in the unit test of its judge.
"""

import json
import os
import signal
import subprocess
import time

import deadline
import linux
import netns
import programs
import sandbox
import socktable

# Where one reading shows less than there is: the answer is an interval, however good the model.
INTERVALS = {"range of odd size", "range of three ports", "range of odd size, half ESTABLISHED",
             "LISTEN closed, its connections are not", "bind(port), TIME_WAIT elsewhere",
             "bind(0), connected elsewhere"}
A_FEW_DOZEN = 36
MOMENTS = (0.005, 0.02, 0.05, 0.1, 0.2, 0.4, 0.8)  # after its start


def sysctls():
    """Every readable sysctl of this namespace, by its file."""
    found = {}
    for folder, _, names in os.walk("/proc/sys/net"):
        for name in names:
            try:
                with open(os.path.join(folder, name), encoding="ascii") as file:
                    found[os.path.join(folder, name)] = file.read()
            except OSError:
                pass  # write-only, or not for this namespace
    return found


def others():
    """The processes beside this one, of which this pid namespace has no others than those we start."""
    return [int(name) for name in os.listdir("/proc") if name.isdigit() and int(name) != os.getpid()]


def traces():
    """What is in this namespace, in parts, and what a namespace of the self-test would leave outside itself."""
    with open("/proc/self/mountinfo", encoding="ascii") as file:
        mounts = dict.fromkeys(file, "mounted")
    devices = dict.fromkeys(os.listdir("/proc/sys/net/ipv4/conf"), "there")
    return {"sysctls": sysctls(), "sockets": {**socktable.from_proc(), "tw": socktable.time_wait()}, "mounts": mounts,
            "devices": devices}


def check_untouched(report, what, before, after):
    """Nothing that was there has changed."""
    changed = sorted(key for part in before for key in {**before[part], **after[part]}
                     if before[part].get(key) != after[part].get(key))
    report.check(len(before["sysctls"]) > 100 and not changed, "%s: %d sysctls, sockets, mounts and devices are what "
                 "they were %s" % (what, len(before["sysctls"]), changed or ""))


def check_cases(report, said):
    """Each case and its verdict."""
    cases = {case["name"]: case for case in said["cases"]}
    report.check(len(cases) == len(said["cases"]) >= A_FEW_DOZEN, "%d cases, each with a name of its own" % len(cases))
    for case in said["cases"]:
        low, high, observed, verdict = (case[key] for key in ("predicted_low", "predicted", "observed", "verdict"))
        line = "%-44s %s..%s %s %s %s" % (case["name"], low, high, observed, verdict, case["why"] or "")
        if verdict == "left-out":
            report.note(line)
        elif case["name"] in INTERVALS:
            report.check(verdict in ("equal", "within") and low <= observed <= high, line)
        else:
            report.check(verdict == "equal" and low == observed == high, line)
    unknown = INTERVALS - cases.keys()
    report.check(not unknown, "every case this test knows by name is there %s" % (unknown or ""))
    for verdict in ("equal", "within", "wrong", "failed", "left-out"):
        report.equal("cases %s" % verdict, said[verdict.replace("-", "_")],
                     sum(case["verdict"] == verdict for case in said["cases"]))


def check_kernel(report, kernel):
    """How the kernel behaves, against what can be told from elsewhere."""
    report.equal("release", kernel["release"], os.uname().release)
    report.equal("bound, idle sockets listed", kernel["bound_listed"], socktable.shows_bound())
    report.check(kernel["bind_bucket"] in ("recomputed", "sticky"), "bind bucket %s" % kernel["bind_bucket"])
    if socktable.kernel_release() >= (6, 18):
        report.equal("bind bucket", kernel["bind_bucket"], "recomputed")
    # 512 jiffies a turn, 4096 of the shortest.
    turn = round((4096 if kernel["hz"] == 1000 else 512) * 1000 / kernel["hz"])
    report.check(abs(kernel["timer_wheel_ms"] - turn) <= 1,
                 "HZ %d, timer wheel %d ms" % (kernel["hz"], kernel["timer_wheel_ms"]))
    delay = None
    if netns.has_sysctl("net.ipv4.tcp_tw_reuse_delay"):
        netns.enter_fresh()
        delay = int(netns.read_sysctl("net.ipv4.tcp_tw_reuse_delay"))
    report.equal("tcp_tw_reuse_delay of a new namespace", kernel["tcp_tw_reuse_delay_ms"], delay)
    # A machine that is busy may try late, never too early.
    report.check(kernel["reuse_ms"] >= (delay or 0) - 1, "first reuse after %s ms" % kernel["reuse_ms"])


def check_run(report):
    """It runs, twice: for programs and for people."""
    before = traces()
    done = programs.run("selftest", "--json")
    after = traces()
    if not report.check(done.stderr == "" and done.stdout.startswith("{"),
                        "selftest --json: exit status %d %s" % (done.returncode, done.stderr)):
        return
    check_untouched(report, "after a run", before, after)
    said = json.loads(done.stdout)
    report.equal("schema", said["schema"], "sockwatch.selftest/1")
    check_cases(report, said)
    report.check(said["passed"] and done.returncode == 0, "passed is %s with exit status %d"
                 % (said["passed"], done.returncode))
    report.note("took %.1f s" % (said["duration_ms"] / 1000))
    done = programs.run("selftest")
    summary = "%d cases: %d equal, %d within the interval, %d wrong" % (
        len(said["cases"]), said["equal"], said["within"], said["wrong"])
    report.check(done.stdout.splitlines()[-1].startswith(summary), "the text says %s" % done.stdout.splitlines()[-1])
    report.equal("lines of the text wider than 80 columns",
                 [line for line in done.stdout.splitlines() if len(line) > 80], [])
    check_kernel(report, said["kernel"])


def check_killed(report):
    """SIGKILL at any moment leaves no process, and with the last of them its namespace is gone."""
    before = traces()
    most = 0
    for moment in MOMENTS:
        process = subprocess.Popen([programs.sockwatch(), "selftest"], stdout=subprocess.DEVNULL,
                                   stderr=subprocess.DEVNULL)
        time.sleep(moment)
        most = max(most, len(others()) - 1)
        process.send_signal(signal.SIGKILL)
        process.wait()
        # The children are adopted by this process, the first of its pid namespace.
        deadline.wait_until(lambda: reap() or not others(), 10, "the end of all children: %s left" % others())
    report.check(most > 0, "killed %d times, with up to %d children" % (len(MOMENTS), most))
    report.equal("processes left", others(), [])
    check_untouched(report, "after SIGKILL", before, traces())


def reap():
    """Take the exit status of every child that has one."""
    try:
        while os.waitpid(-1, os.WNOHANG)[0]:
            pass
    except ChildProcessError:
        pass


def check_refused(report, what, done, words):
    """Exit status 1 and one line that says what is missing."""
    report.check(done.returncode == 1 and done.stdout == "" and len(done.stderr.splitlines()) == 1
                 and all(word in done.stderr for word in words),
                 "%s: exit status %d, %r" % (what, done.returncode, done.stderr))


def check_not_allowed(report):
    """Who may not have a network namespace, or nothing in it, is told why."""
    check_refused(report, "as nobody", programs.run("selftest", unprivileged=True), ["CAP_SYS_ADMIN", "root"])
    check_refused(report, "root without CAP_SYS_ADMIN",
                  launched("setpriv", "--inh-caps=-sys_admin", "--bounding-set=-sys_admin", "--"), ["CAP_SYS_ADMIN"])
    check_refused(report, "few descriptors", launched("prlimit", "--nofile=100:100", "--"), ["100", "files"])
    linux.mount("/proc/sys", "/proc/sys", None, linux.MS_BIND)
    linux.mount("none", "/proc/sys", None, linux.MS_BIND | linux.MS_REMOUNT | linux.MS_RDONLY)
    check_refused(report, "/proc/sys read-only", programs.run("selftest"), ["/proc/sys/net/", "Read-only"])
    done = programs.run("selftest", "--from", "/dev/null")
    report.check(done.returncode == 2 and "--from" in done.stderr, "selftest --from: exit status %d, %r"
                 % (done.returncode, done.stderr))


def launched(*launcher):
    """The self-test as started by another program."""
    return subprocess.run([*launcher, programs.sockwatch(), "selftest"], stdin=subprocess.DEVNULL,
                          capture_output=True, text=True, timeout=60, check=False)


def body(report):
    """All of it; the last part leaves the sandbox as nobody would want it."""
    check_run(report)
    check_killed(report)
    check_not_allowed(report)


if __name__ == "__main__":
    sandbox.main(body, 120)
