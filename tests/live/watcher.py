# SPDX-License-Identifier: LGPL-2.1-or-later
"""A daemon that looks often, and what it says of the sockets as they are now."""

import datetime
import json
import os
import time

import deadline
import programs
import sandbox
from outcome import Failure


class Watcher(programs.Daemon):
    """sockwatchd in the namespace of whoever makes it, with a folder of its own."""

    def __init__(self):
        folder = os.path.join(sandbox.SCRATCH, "watcher-%d" % os.getpid())
        os.mkdir(folder)
        config = os.path.join(folder, "config")
        with open(config, "w", encoding="utf-8") as file:
            # It shall not rest: what is to be remembered has to have been in a reading, and bind() moves no counter.
            file.write("[Poll]\nMaxAge=100ms\n")
        super().__init__(folder, "--config", config, "--interval", "100ms")
        self.ready()

    def look(self, seconds=20):
        """The namespace of a reading that began after this was asked for."""
        # The file tells milliseconds.
        since = time.time() + 0.001

        def reading():
            with open(self.state, encoding="utf-8") as file:
                said = json.load(file)
            return said if datetime.datetime.fromisoformat(said["time"].replace("Z", "+00:00")).timestamp() >= since \
                else None
        said = deadline.wait_until(reading, seconds, "a reading of the daemon\n" + self.log())
        if not said["complete"]:
            raise Failure("the daemon's reading is incomplete: %s" % json.dumps(said)[:2000])
        return said["namespaces"][0]

    def tuple_to(self, address, port, source=None):
        """Its row for one destination, of which there has to be one."""
        return programs.tuple_to(self.look(), address, port, source)
