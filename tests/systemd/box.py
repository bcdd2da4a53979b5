# SPDX-License-Identifier: LGPL-2.1-or-later
"""A machine of the test's own: a real systemd as process 1, with journald, in a container that leaves nothing behind.

The container runs inside the sandbox of the live tests, so its processes, mounts and files vanish with that. Its root
is this machine's, read through an overlay that takes all writes; of this machine's services none is started. The test
itself stays outside, but in the container's network namespace: what sockets it makes, those inside see.
"""

import contextlib
import os
import shutil
import socket
import subprocess
import sys
import time
import uuid

import cgroups
import deadline
import journald
import linux
import sandbox
from outcome import Failure, Skip

_BOOT = 30  # seconds
_ROOT = os.path.join(sandbox.SCRATCH, "root")

# Of no use without a terminal, or busy with what is this machine's and not the box's.
_MASKED = ("console-getty.service", "getty@.service", "getty.target", "systemd-firstboot.service",
           "e2scrub_reap.service", "systemd-modules-load.service", "systemd-sysctl.service")

_ENVIRONMENT = {"HOME": "/root", "LANG": "C.UTF-8", "TERM": "dumb", "SYSTEMD_PAGER": "", "SYSTEMD_COLORS": "0",
                "SYSTEMD_URLIFY": "0"}

PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"


def main(body, seconds):
    """Run BODY(report, box) beside a booted box and exit with its outcome; it fails when not done after SECONDS."""
    groups = cgroups.Groups("box")

    def inside(report):
        groups.enter(cgroups.TEST)
        with Box(groups, report) as box:
            body(report, box)

    try:
        sandbox.main(inside, seconds)
    finally:
        if not groups.close():
            print("FAIL  the control groups %s could not be removed" % " ".join(groups.paths))
            sys.exit(1)


class Box:
    """The booted machine."""

    def __init__(self, groups, report):
        begin = time.monotonic()
        if not shutil.which("systemd-nspawn"):
            raise Skip("needs systemd-nspawn (package systemd-container)")
        if not shutil.which("dbus-daemon"):
            raise Skip("needs dbus")
        _make_root()
        self._console = os.path.join(sandbox.SCRATCH, "console")
        self._boot(groups)
        network = os.open("/proc/%d/ns/net" % self._leader, os.O_RDONLY)
        linux.setns(network, linux.CLONE_NEWNET)
        os.close(network)
        state = self.output("systemctl", "is-system-running")
        report.note("booted systemd %s in %.2f s: %s" % (_version(), time.monotonic() - begin, state))

    def __enter__(self):
        return self

    def __exit__(self, *_):
        # There is nothing in it worth a clean shutdown.
        self._container.kill()
        self._container.wait()

    # --- from nothing to a booted system

    def _boot(self, groups):
        notify = os.path.join(sandbox.SCRATCH, "notify")
        with contextlib.closing(socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)) as messages:
            messages.bind(notify)
            messages.settimeout(0.1)
            self._container = self._spawn(groups, notify)
            self._leader = None
            end = time.monotonic() + _BOOT
            while True:
                lines = self._hear(messages)
                for line in lines:
                    if line.startswith("X_NSPAWN_LEADER_PID="):
                        self._leader = int(line.partition("=")[2])
                if "READY=1" in lines and self._leader:
                    return
                if self._container.poll() is not None:
                    self._give_up("ended with status %d" % self._container.returncode)
                if time.monotonic() > end:
                    self._give_up("has not come up within %d s" % _BOOT)

    @staticmethod
    def _hear(messages):
        try:
            return messages.recv(4096).decode().split("\n")
        except TimeoutError:
            return []

    def _give_up(self, what):
        """A machine may not let us have a container; but one that has started and does not boot is a fault."""
        with open(self._console, encoding="utf-8", errors="replace") as file:
            said = file.read().strip()
        if self._leader is None:
            raise Skip("systemd-nspawn %s: %s" % (what, said.splitlines()[-1] if said else "it said nothing"))
        raise Failure("the box %s\n%s" % (what, said))

    def _spawn(self, groups, notify):
        # Only cgroup v2 in the box. Without bpf() and what it takes, IPAddressDeny= would mean nothing.
        environment = {**os.environ, "NOTIFY_SOCKET": notify, "SYSTEMD_NSPAWN_UNIFIED_HIERARCHY": "1"}
        command = ["systemd-nspawn", "--quiet", "--directory=" + _ROOT, "--machine=box", "--register=no", "--keep-unit",
                   "--private-network", "--capability=CAP_BPF,CAP_PERFMON", "--system-call-filter=bpf",
                   "--resolv-conf=off", "--timezone=off", "--link-journal=no", "--console=pipe", "--notify-ready=yes",
                   "--boot"]
        with open(self._console, "wb") as console:
            return subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=console, stderr=console, env=environment,
                                    preexec_fn=lambda: groups.enter(cgroups.BOX))

    # --- doing something in it

    def _command(self, words):
        enter = ["nsenter", "--target", str(self._leader), "--mount", "--uts", "--ipc", "--net", "--pid", "--cgroup",
                 "--root", "--wd", "--", "env", "-i", "PATH=" + PATH]
        return enter + ["%s=%s" % item for item in _ENVIRONMENT.items()] + list(words)

    def run(self, *words, stdin=subprocess.DEVNULL, seconds=60, check=False):
        """Run a command in the box, as its root, and return the finished process; CHECK: it has to succeed."""
        done = subprocess.run(self._command(words), stdin=stdin, capture_output=True, text=True, timeout=seconds,
                              check=False)
        if check and done.returncode != 0:
            raise Failure("%s: exit status %d\n%s%s" % (" ".join(words), done.returncode, done.stdout, done.stderr))
        return done

    def output(self, *words, **how):
        """What a command that has to succeed prints, without space around it."""
        return self.run(*words, check=True, **how).stdout.strip()

    def start(self, *words, **how):
        """Start a command in the box and leave it running."""
        return subprocess.Popen(self._command(words), stdin=subprocess.DEVNULL, **how)

    def path(self, inside):
        """Name by which the test outside opens a file of the box."""
        return "/proc/%d/root%s" % (self._leader, inside)

    def read(self, inside):
        """The text of a file of the box."""
        with open(self.path(inside), encoding="utf-8") as file:
            return file.read()

    def write(self, inside, text):
        """Make a file in the box, with the folders above it."""
        os.makedirs(os.path.dirname(self.path(inside)), exist_ok=True)
        with open(self.path(inside), "w", encoding="utf-8") as file:
            file.write(text)

    # --- systemd and journald in it

    def show(self, unit, *properties):
        """Properties of a unit as systemctl show has them; one text for one property, else a list."""
        text = self.output("systemctl", "show", "--property=" + ",".join(properties), unit)
        known = dict(line.partition("=")[::2] for line in text.splitlines())
        values = [known.get(name, "") for name in properties]
        return values[0] if len(values) == 1 else values

    def drop_in(self, unit, text):
        """Change a unit until the end of the test."""
        self.write("/run/systemd/system/%s.d/zz-test.conf" % unit, text)
        self.output("systemctl", "daemon-reload")

    def entries(self, *matches):
        """Journal entries that match, oldest first, once journald has written what it was told before."""
        self.output("journalctl", "--sync")
        return journald.read(*matches, run=self.run)

    def explained(self, *matches):
        """The same as text, with the explanations of the catalog."""
        return self.output("journalctl", "--no-pager", "--quiet", "--catalog", *matches)

    def process(self, pid):
        """/proc/PID/status of a process in the box, by its number there: {key: text}."""
        return dict((key, value.strip()) for key, _, value in
                    (line.partition(":") for line in self.read("/proc/%s/status" % pid).splitlines()))

    def wait(self, unit, state, seconds):
        """Wait for a unit's ActiveState."""
        deadline.wait_until(lambda: self.show(unit, "ActiveState") == state, seconds,
                            lambda: "%s to be %s; %s" % (unit, state, self.run("systemctl", "status", unit).stdout))


def _version():
    text = subprocess.run(["systemd-nspawn", "--version"], capture_output=True, text=True, check=True).stdout
    return text.split()[1]


def _make_root():
    """This machine's root with a layer over it that takes all writes, and without this machine's own services."""
    layers = {name: os.path.join(sandbox.SCRATCH, name) for name in ("upper", "work")}
    for path in (*layers.values(), _ROOT):
        os.mkdir(path, 0o755)
    try:
        linux.mount("box", _ROOT, "overlay", 0, "lowerdir=/,upperdir=%(upper)s,workdir=%(work)s" % layers)
    except OSError as error:
        raise Skip("no overlay over / here: %s" % error) from error
    etc = os.path.join(_ROOT, "etc")
    _forget(os.path.join(etc, "systemd"), os.path.join(etc, "sockwatch"), os.path.join(etc, "fstab"),
            os.path.join(etc, "crypttab"), os.path.join(_ROOT, "usr/sbin/policy-rc.d"),
            os.path.join(_ROOT, "var/lib/sockwatch"),
            *(os.path.join(etc, "rc%s.d" % level) for level in "0123456S"))
    units = os.path.join(etc, "systemd/system")
    os.makedirs(units)
    for name in _MASKED:
        os.symlink("/dev/null", os.path.join(units, name))
    os.makedirs(os.path.join(etc, "systemd/journald.conf.d"))
    files = {"systemd/journald.conf.d/zzz-test.conf": "[Journal]\nStorage=volatile\n", "hostname": "box\n",
             # Not empty, which would make it a first boot that enables everything.
             "machine-id": uuid.uuid4().hex + "\n"}
    for name, text in files.items():
        _forget(os.path.join(etc, name))
        with open(os.path.join(etc, name), "w", encoding="ascii") as file:
            file.write(text)


def _forget(*paths):
    """Remove files and folders, in the layer above only."""
    for path in paths:
        if os.path.islink(path) or os.path.isfile(path):
            os.unlink(path)
        else:
            shutil.rmtree(path, ignore_errors=True)
