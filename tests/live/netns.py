# SPDX-License-Identifier: LGPL-2.1-or-later
"""Network namespaces: a fresh one for each case, a second one for the far side of a veth pair."""

import contextlib
import os
import subprocess

import linux
import sandbox


class Namespace:
    """A network namespace, kept alive by a descriptor and gone with it."""

    def __init__(self):
        self.fd = os.open("/proc/thread-self/ns/net", os.O_RDONLY | os.O_CLOEXEC)

    @property
    def path(self):
        """Name by which other programs can open this namespace as long as this process lives."""
        return "/proc/%d/fd/%d" % (os.getpid(), self.fd)

    @contextlib.contextmanager
    def entered(self):
        """Be in this namespace for a while; sockets made and programs started meanwhile stay in it."""
        before = os.open("/proc/thread-self/ns/net", os.O_RDONLY | os.O_CLOEXEC)
        linux.setns(self.fd, linux.CLONE_NEWNET)
        try:
            yield self
        finally:
            linux.setns(before, linux.CLONE_NEWNET)
            os.close(before)

    def close(self):
        """Let go of the namespace."""
        os.close(self.fd)


def enter_fresh():
    """Leave the present network namespace for a new one with loopback up."""
    linux.unshare(linux.CLONE_NEWNET)
    sandbox.loopback_up()
    return Namespace()


def another():
    """Make one more namespace without staying in it."""
    here = Namespace()
    try:
        made = enter_fresh()
        linux.setns(here.fd, linux.CLONE_NEWNET)
    finally:
        here.close()
    return made


def ip(*words):
    """Run ip(8); what it complains about ends up in the test's output."""
    subprocess.run(["ip", *words], check=True)


def veth(far, near_addresses, far_addresses, near="v0", there="v1"):
    """Join this namespace and FAR by a veth pair with the given ADDRESS/PREFIX on each end."""
    ip("link", "add", near, "type", "veth", "peer", "name", there, "netns", far.path)
    _address(near, near_addresses)
    with far.entered():
        _address(there, far_addresses)


def _address(device, addresses):
    no_automatic_address(device)
    for address in addresses:
        ip("address", "add", address, "dev", device, *(["nodad"] if ":" in address else []))
    ip("link", "set", device, "up")


def no_automatic_address(device):
    """Keep the kernel from giving DEVICE a link-local address, which would be tentative for a second or two."""
    key = "net.ipv6.conf.%s.addr_gen_mode" % device
    if has_sysctl(key):
        write_sysctl(key, 1)


def _sysctl_file(key):
    return "/proc/sys/" + key.replace(".", "/")


def has_sysctl(key):
    """Does this kernel know the sysctl, here in this namespace?"""
    return os.path.exists(_sysctl_file(key))


def write_sysctl(key, value):
    """Set a sysctl of the namespace this thread is in."""
    with open(_sysctl_file(key), "w", encoding="ascii") as file:
        file.write(str(value))


def read_sysctl(key):
    """The text of a sysctl of the namespace this thread is in."""
    with open(_sysctl_file(key), encoding="ascii") as file:
        return file.read().strip()
