#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""The units as they are installed, looked at without starting anything: where they lie, what systemd-analyze says.

No check counts that cannot fail: each is also made on a unit with a planted fault.
"""

import os
import re
import shutil
import subprocess
import sys
import tempfile

import installed
from outcome import SKIPPED, Failure, Report, Skip

EXPOSURE = 10  # tenths, at most
LONGEST_INTERVAL = 60  # seconds between two readings, which feed the watchdog

_HEADER = "# SPDX-License-Identifier: LGPL-2.1-or-later\n"


def run(*words, **how):
    """Run a command and return (exit status, all that it said)."""
    done = subprocess.run(words, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
                          check=False, env={**os.environ, "SYSTEMD_COLORS": "0", "SYSTEMD_PAGER": ""}, **how)
    return done.returncode, done.stdout.strip()


def security(unit):
    """What systemd-analyze thinks of the exposure: (is it low enough, the verdict)."""
    status, said = run("systemd-analyze", "security", "--offline=yes", "--threshold=%d" % EXPOSURE, "--no-pager", unit)
    return status == 0, said.splitlines()[-1]


def verify(*units):
    """Has systemd-analyze nothing to say: (so it is, what it says)."""
    # Without the last option it says what it does not understand, and succeeds.
    status, said = run("systemd-analyze", "verify", "--man=no", "--recursive-errors=no", *units)
    return status == 0 and not said, said


def settings(unit):
    """{key: [values]} of a unit file."""
    found = {}
    with open(unit, encoding="utf-8") as file:
        for line in file:
            key, equals, value = line.strip().partition("=")
            if equals and not key.startswith("#"):
                found.setdefault(key, []).append(value)
    return found


def planted(unit, old, new):
    """A copy of a unit with a fault in it, beside it."""
    with open(unit, encoding="utf-8") as file:
        text = file.read()
    assert re.search(old, text, re.M), old
    name = os.path.join(os.path.dirname(unit), "planted-" + os.path.basename(unit))
    with open(name, "w", encoding="utf-8") as file:
        file.write(re.sub(old, new, text, count=1, flags=re.M))
    return name


def present(stage, units, folder):
    """Copies of the units that name programs of the stage: those of this machine may be others, or none."""
    copies = []
    for unit in units:
        with open(unit, encoding="utf-8") as file:
            text = file.read()
        for name in ("bindir", "sbindir", "libexecdir"):
            text = re.sub("^(Exec[A-Za-z]*=)(%s/)" % re.escape(installed.directory(name)), r"\1%s\2" % stage, text,
                          flags=re.M)
        copies.append(os.path.join(folder, os.path.basename(unit)))
        with open(copies[-1], "w", encoding="utf-8") as file:
            file.write(text)
    return copies


def check_places(report, stage):
    """Everything lies where systemd looks for it; returns the unit files."""
    units = os.path.join(stage + installed.directory("unitdir"))
    names = sorted(name for name in os.listdir(units) if name.startswith("sockwatch"))
    report.check(installed.DAEMON in names, "%s has %s" % (installed.directory("unitdir"), names))
    for name, folder in (("sockwatch.conf", "sysusersdir"), ("sockwatch.conf", "tmpfilesdir"),
                         ("sockwatch.catalog", "catalogdir")):
        path = os.path.join(installed.directory(folder), name)
        report.check(os.path.isfile(stage + path), "there is %s" % path)
    paths = [os.path.join(units, name) for name in names]
    for path in paths:
        with open(path, encoding="utf-8") as file:
            text = file.read()
        report.check(text.startswith(_HEADER) and not re.search(r"@\w+@", text),
                     "%s: licence first, nothing left to fill in" % os.path.basename(path))
    return paths


def check_users(report, stage):
    """systemd-sysusers makes the users from it."""
    with tempfile.TemporaryDirectory(dir=stage) as root:
        os.makedirs(root + "/etc")
        source = stage + os.path.join(installed.directory("sysusersdir"), "sockwatch.conf")
        status, said = run("systemd-sysusers", "--root=" + root, source)
        users = {}
        if status == 0:
            with open(root + "/etc/passwd", encoding="utf-8") as file:
                users = {line.split(":")[0]: line.strip().split(":") for line in file}
        report.check({"sockwatch", "sockwatch-hook"} <= set(users),
                     "systemd-sysusers makes %s" % (sorted(users) or said))
        report.check(users and all(user[6].endswith("nologin") for user in users.values()), "nobody can log in as them")


def check_catalog(report, stage):
    """journalctl takes the catalog, and finds each message that the daemon sends in it."""
    # Its database goes below the stage as well.
    os.makedirs(os.path.join(stage, "var/lib/systemd/catalog"), exist_ok=True)
    status, said = run("journalctl", "--root=" + stage, "--update-catalog")
    report.equal("journalctl --update-catalog: exit status, complaints", (status, said), (0, ""))
    source = stage + os.path.join(installed.directory("catalogdir"), "sockwatch.catalog")
    with open(source, encoding="utf-8") as file:
        ids = re.findall("^-- ([0-9a-f]{32})$", file.read(), re.M)
    status, said = run("journalctl", "--root=" + stage, "--list-catalog", "--no-pager")
    listed = [one for one in ids if one in said]
    report.check(ids and listed == ids, "journalctl --list-catalog: %d of %d messages" % (len(listed), len(ids)))


def check_daemon(report, unit):
    """What the service must and must not have."""
    found = settings(unit)
    low, verdict = security(unit)
    report.check(low, verdict)
    for key, bad in (("PrivateUsers", "yes"), ("ProcSubset", "pid"), ("PrivateNetwork", "yes"), ("DynamicUser", "yes")):
        report.check(bad not in found.get(key, []),
                     "%s=%s is not there: it would be blind, or its files be nobody's" % (key, bad))
    for key, value in (("Type", "notify"), ("User", "sockwatch"), ("CapabilityBoundingSet", ""),
                       ("AmbientCapabilities", ""), ("RestartPreventExitStatus", "78"),
                       ("RestrictAddressFamilies", "AF_UNIX AF_NETLINK"), ("RuntimeDirectoryPreserve", "yes"),
                       ("StateDirectory", "sockwatch")):
        report.equal(key, found.get(key), [value])
    _, text = run("systemd-analyze", "timespan", found["WatchdogSec"][0])
    seconds = int(re.search("s: ([0-9]+)$", text, re.M).group(1)) / 1e6  # the first line that ends so has microseconds
    report.check(seconds >= 1.25 * LONGEST_INTERVAL, "WatchdogSec= is %g s, the longest interval %d s"
                 % (seconds, LONGEST_INTERVAL))
    faulty = planted(unit, "^RestrictAddressFamilies=.*$", "")
    report.check(not security(faulty)[0], "planted, any address family: %s" % security(faulty)[1])
    os.unlink(faulty)


def check_hook(report, unit):
    """The runner's unit must never reach a start limit: it would take the path unit with it."""
    found = settings(unit)
    for key, value in (("User", "sockwatch-hook"), ("StartLimitIntervalSec", "0"), ("CapabilityBoundingSet", ""),
                       ("NoNewPrivileges", "yes"), ("OOMPolicy", "continue")):
        report.equal(key, found.get(key), [value])
    report.note("%s: %s" % (os.path.basename(unit), security(unit)[1]))


def check_verified(report, stage, units):
    """systemd-analyze verify has nothing to say, and would say something."""
    with tempfile.TemporaryDirectory(dir=stage) as folder:
        copies = present(stage, units, folder)
        clean, said = verify(*copies)
        report.check(clean, "systemd-analyze verify %s: %s"
                     % (" ".join(map(os.path.basename, copies)), said or "nothing to say"))
        daemon = os.path.join(folder, installed.DAEMON)
        for old, new in (("^ProtectSystem=", "ProtektSystem="), ("^WatchdogSec=.*", "WatchdogSec=soon"),
                         ("^ExecStart=.*", "ExecStart=/no/such/program")):
            faulty = planted(daemon, old, new)
            clean, said = verify(faulty)
            report.check(not clean, "planted, %s: %s" % (new, said.splitlines()[0] if said else "nothing to say"))
            os.unlink(faulty)


def main():
    """All that can be said of the installed files."""
    report = Report()
    try:
        for program in ("systemd-analyze", "systemd-sysusers", "journalctl"):
            if not shutil.which(program):
                raise Skip("needs %s (package systemd)" % program)
        with installed.staged() as stage:
            units = check_places(report, stage)
            check_users(report, stage)
            check_catalog(report, stage)
            for unit in units:
                if unit.endswith(installed.DAEMON):
                    check_daemon(report, unit)
                if unit.endswith(installed.HOOK):
                    check_hook(report, unit)
            check_verified(report, stage, units)
    except Skip as skip:
        print("SKIP  %s" % skip)
        sys.exit(SKIPPED)
    except Failure as failure:
        report.check(False, str(failure))
    sys.exit(report.status())


if __name__ == "__main__":
    main()
