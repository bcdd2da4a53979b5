# SPDX-License-Identifier: LGPL-2.1-or-later
"""What `meson install` installs, laid over the root of a box as a package would be."""

import contextlib
import json
import os
import shutil
import subprocess
import tempfile
import time

import deadline
import journald
import sandbox
from outcome import Failure, Skip

DAEMON = "sockwatchd.service"
HOOK_PATH = "sockwatch-hook.path"
HOOK = "sockwatch-hook.service"

RUNTIME_DIR = "/run/sockwatch"
STATUS = RUNTIME_DIR + "/status.json"
OUTBOXES = ("/var/lib/sockwatch/outbox", RUNTIME_DIR + "/outbox")


def directory(name):
    """Where the build installs to, by meson's name of the folder."""
    return os.environ["SW_" + name.upper()]


@contextlib.contextmanager
def staged(folder=None):
    """A temporary folder, made in FOLDER, with all that the build installs."""
    build = os.environ["SW_BUILD"]
    meson = shutil.which("meson")
    if not meson:
        raise Skip("needs meson")
    with tempfile.TemporaryDirectory(prefix="sockwatch-stage.", dir=folder) as stage:
        done = subprocess.run([meson, "install", "-C", build, "--no-rebuild", "--quiet", "--destdir", stage],
                              stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False)
        if done.returncode != 0:
            raise Failure("meson install: exit status %d\n%s%s" % (done.returncode, done.stdout, done.stderr))
        yield stage


def install(report, box):
    """Install from the build, and do what a package's triggers would."""
    begin = time.monotonic()
    with staged(sandbox.SCRATCH) as stage:
        tar = subprocess.Popen(["tar", "-C", stage, "--owner=0", "--group=0", "-c", "."], stdout=subprocess.PIPE)
        # /lib may be a link, and shall stay one.
        box.output("tar", "-C", "/", "--keep-directory-symlink", "--no-overwrite-dir", "-x", stdin=tar.stdout)
        tar.stdout.close()
        if tar.wait() != 0:
            raise Failure("tar: exit status %d" % tar.returncode)
    box.output("systemd-sysusers")
    box.output("journalctl", "--update-catalog")
    box.output("systemctl", "daemon-reload")
    report.note("installed from the build in %.2f s" % (time.monotonic() - begin))


def units(box):
    """Our units that the box knows."""
    return [name for name in (DAEMON, HOOK_PATH, HOOK) if box.show(name, "LoadState") == "loaded"]


def command_line(box, *options):
    """Run the daemon with more options until the end of the test."""
    words = [directory("sbindir") + "/sockwatchd", *options]
    box.drop_in(DAEMON, "[Service]\nExecStart=\nExecStart=%s\n" % " ".join(words))


def start(report, box):
    """Start the service and return how long that took; it has to become active."""
    begin = time.monotonic()
    done = box.run("systemctl", "start", DAEMON)
    took = time.monotonic() - begin
    if done.returncode != 0:
        raise Failure("systemctl start: exit status %d\n%s\n%s" % (done.returncode, done.stderr, told(box)))
    report.note("%s is %s after %.3f s" % (DAEMON, box.show(DAEMON, "ActiveState"), took))
    return took


def main_pid(box):
    """The daemon's process, by its number in the box."""
    return int(box.show(DAEMON, "MainPID"))


def count_always(box):
    """Have the daemon count on every tick, from its next start on: each then leaves a status with a new time."""
    box.write("/etc/sockwatch/sockwatch.conf.d/00-count-always.conf", "[Poll]\nMaxAge=100ms\n")


def status_file(box):
    """What the daemon left in its file."""
    return json.loads(box.read(STATUS))


def status(box, *before):
    """What the installed command says, run behind the words BEFORE."""
    text = box.output(*before, directory("bindir") + "/sockwatch", "status", "--json")
    try:
        return json.loads(text)
    except ValueError as error:
        raise Failure("sockwatch status --json is not JSON: %s\n%s" % (error, text[:2000])) from error


def told(box):
    """All that the journal has from and about the daemon, for a complaint."""
    return box.run("journalctl", "--no-pager", "--quiet", "--unit=" + DAEMON).stdout


def alerts(box, *matches):
    """The journal's entries about alerts."""
    return [entry for entry in box.entries(*matches) if "SOCKWATCH_RULE" in entry]


def wait_for_alert(box, seconds, severity):
    """The first entry of that severity."""
    def there():
        return [entry for entry in alerts(box) if entry["SOCKWATCH_SEVERITY"] == severity]

    return deadline.wait_until(there, seconds,
                               lambda: "a %s alert; there are %s\n%s" % (severity, alerts(box), told(box)), step=0.2)[0]


def show_alerts(report, box, since):
    """Print the alerts with the seconds since a moment, and return them."""
    entries = alerts(box)
    for entry in entries:
        report.note("%+.1f s  %s %s: %s" % (journald.moment(entry) - since, entry["SOCKWATCH_STATE"],
                                            entry["SOCKWATCH_SEVERITY"], entry["MESSAGE"]))
    return entries


def stop(report, box):
    """Stop the service; it has to end by itself, quickly, and with success."""
    begin = time.monotonic()
    box.output("systemctl", "stop", DAEMON)
    took = time.monotonic() - begin
    result, status, state = box.show(DAEMON, "Result", "ExecMainStatus", "ActiveState")
    report.check((result, status, state) == ("success", "0", "inactive") and took < 1,
                 "stopped after %.3f s: %s, exit status %s, %s" % (took, result, status, state))
