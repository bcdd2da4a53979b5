# SPDX-License-Identifier: LGPL-2.1-or-later
"""A hook of the box that says what it was told; the runner hands that to the journal."""

import installed

_PATH = "/etc/sockwatch/hooks.d/tell"
_HOOK = """#!/bin/sh
printf 'told %s %s %s %s %s ' "$1" "$2" "$SOCKWATCH_EVENT_ID" "$SOCKWATCH_SEVERITY" "$(id -un)"
head -c 14
"""


def install(box):
    """Put the hook in its place."""
    box.write(_PATH, _HOOK)
    box.output("chmod", "755", "/etc/sockwatch", "/etc/sockwatch/hooks.d", _PATH)


def told(box):
    """What the hook said, as the words behind "told", in order: state, rule, event id, severity, user, event."""
    return [entry["MESSAGE"].partition("told ")[2].split() for entry in box.entries("_SYSTEMD_UNIT=" + installed.HOOK)
            if "told " in entry["MESSAGE"]]
