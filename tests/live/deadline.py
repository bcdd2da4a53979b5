# SPDX-License-Identifier: LGPL-2.1-or-later
"""Waiting for something to become true, never for a length of time."""

import time

from outcome import Failure


def wait_until(condition, seconds, what, step=0.01):
    """Return the first true value of CONDITION(); fail when WHAT has not come within SECONDS.

    WHAT: a text, or what makes one in the end.
    """
    end = time.monotonic() + seconds
    while True:
        value = condition()
        if value:
            return value
        if time.monotonic() > end:
            raise Failure("waited %g s for %s" % (seconds, what() if callable(what) else what))
        time.sleep(step)


def sleep_until(moment):
    """Sleep up to the given time.monotonic(): for tests in which age itself is what is tested."""
    left = moment - time.monotonic()
    if left > 0:
        time.sleep(left)
