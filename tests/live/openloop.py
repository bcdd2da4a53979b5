# SPDX-License-Identifier: LGPL-2.1-or-later
"""A load that keeps its own schedule: connections come when they are due, however long those before them took."""

import errno
import os
import pickle
import select
import time

import linux
import sockets

# A connection later than this has not kept its time; of each fifty one may be.
_LATE, _MAX_LATE_SHARE = 0.25, 0.02


class OpenLoop:
    """A process that opens connections on loopback and closes them first, by a plan, until connect() finds no port."""

    def __init__(self, port, plan, seconds, leaks=False):
        """PLAN(n): when connection number n is due, in seconds from the start; none after SECONDS.

        LEAKS: none of them is ever closed.
        """
        self._leaks = [] if leaks else None
        self._reader, writer = os.pipe()
        self._server = sockets.listener("127.0.0.1", port)
        self._began = time.monotonic()
        self._pid = os.fork()
        if self._pid == 0:
            try:
                linux.die_with_parent()
                with os.fdopen(writer, "wb") as out:
                    pickle.dump(self._run(port, plan, seconds), out)
            finally:
                os._exit(1)
        os.close(writer)
        self._server.close()

    def _run(self, port, plan, seconds):
        n, n_late, failed = 0, 0, None
        while failed is None and plan(n) < seconds:
            time.sleep(max(0, plan(n) - self.now()))
            n_late += self.now() > plan(n) + _LATE
            failed = self._connect(port)
            n += 1
        return {"n": n, "failed": failed, "n_late": n_late, "kept": n_late <= _MAX_LATE_SHARE * n}

    def _connect(self, port):
        """One connection, closed by the client; the moment of failure when there was no port for it."""
        begin = self.now()
        try:
            client = sockets.connect("127.0.0.1", port)
        except OSError as error:
            if error.errno != errno.EADDRNOTAVAIL:
                raise
            return begin
        accepted = sockets.accept_all(self._server)
        if self._leaks is not None:
            self._leaks += [client, *accepted]
            return None
        client.close()
        sockets.close_all(accepted)
        return None

    def now(self):
        """Seconds since the start."""
        return time.monotonic() - self._began

    def sleep_until(self, moment):
        """Sleep up to MOMENT; False when the load has ended before."""
        return not select.select([self._reader], [], [], max(0, moment - self.now()))[0]

    def outcome(self):
        """Wait for the end: connections, the moment the first failed or None, how many were late, whether that is
        few enough for the plan to have been kept."""
        with os.fdopen(self._reader, "rb") as file:
            text = file.read()
        os.waitpid(self._pid, 0)
        return pickle.loads(text)
