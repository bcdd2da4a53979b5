# SPDX-License-Identifier: LGPL-2.1-or-later
"""System calls that Python 3.11 does not offer, with errors raised as OSError."""

import ctypes
import os
import signal

CLONE_NEWNS = 0x00020000
CLONE_NEWPID = 0x20000000
CLONE_NEWNET = 0x40000000

MS_RDONLY, MS_NOSUID, MS_NODEV, MS_NOEXEC = 1, 2, 4, 8
MS_REMOUNT, MS_BIND = 0x20, 0x1000
MS_REC, MS_PRIVATE = 0x4000, 0x40000

PR_SET_PDEATHSIG = 1

IP_BIND_ADDRESS_NO_PORT = 24

_libc = ctypes.CDLL(None, use_errno=True)


def _check(result, what):
    if result != 0:
        error = ctypes.get_errno()
        raise OSError(error, "%s: %s" % (what, os.strerror(error)))


def unshare(flags):
    """Move this process into new namespaces."""
    _check(_libc.unshare(flags), "unshare")


def setns(fd, kind):
    """Move this thread into the namespace that FD refers to."""
    _check(_libc.setns(fd, kind), "setns")


def mount(source, target, filesystem=None, flags=0, options=None):
    """mount(2), with None for what does not matter."""
    as_bytes = [None if text is None else os.fsencode(text) for text in (source, target, filesystem, options)]
    _check(_libc.mount(as_bytes[0], as_bytes[1], as_bytes[2], ctypes.c_ulong(flags), as_bytes[3]),
           "mount %s" % target)


def die_with_parent():
    """Be killed by the kernel when the parent ends, however it ends."""
    _check(_libc.prctl(PR_SET_PDEATHSIG, ctypes.c_ulong(signal.SIGKILL), 0, 0, 0), "prctl")
