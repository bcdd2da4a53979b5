# SPDX-License-Identifier: LGPL-2.1-or-later
"""Load on nginx: wrk over a few kept connections, or a plain client that opens one connection for each request."""

import os
import shutil
import signal
import socket
import subprocess
import time

import linux
import sandbox
import socktable
from outcome import Skip

# Politer than the rest of the machine, unless told otherwise: several live tests may share two cores.
_NICE = 10

_PACED = """
function delay() return %d end
"""


class Wrk:
    """wrk with its front connections kept open, so that it uses up no ports itself."""

    def __init__(self, url, connections, seconds, pause_ms=0, nice=_NICE):
        """PAUSE_MS: what each connection waits between two requests; 0 for as fast as it goes."""
        if not shutil.which("wrk"):
            raise Skip("needs wrk")
        self._output = os.path.join(sandbox.SCRATCH, "wrk")
        command = ["nice", "-n", str(nice), "wrk", "-t1", "-c%d" % connections, "-d%ds" % seconds]
        if pause_ms:
            script = os.path.join(sandbox.SCRATCH, "paced.lua")
            with open(script, "w", encoding="ascii") as file:
                file.write(_PACED % pause_ms)
            command += ["-s", script]
        with open(self._output, "wb") as output:
            self._process = subprocess.Popen([*command, url], stdin=subprocess.DEVNULL, stdout=output, stderr=output,
                                             preexec_fn=linux.die_with_parent)

    def stop(self):
        """End the load at once."""
        self._process.terminate()
        self._process.wait()

    def finish(self):
        """Wait for the end of the load and return what wrk has to say about it."""
        self._process.wait()
        with open(self._output, encoding="utf-8", errors="replace") as output:
            return output.read()


class OneByOne:
    """A process that opens one connection for each request, as many as keep the server's TIME_WAIT at a level."""

    def __init__(self, address, port, sources, level, rate):
        """From the addresses SOURCES in turn, at most RATE a second, as long as fewer than LEVEL are in TIME_WAIT."""
        self._pid = os.fork()
        if self._pid == 0:
            try:
                linux.die_with_parent()
                os.nice(_NICE)
                self._run((address, port), sources, level, rate)
            finally:
                os._exit(1)

    @staticmethod
    def _run(to, sources, level, rate):
        # In small portions, spread over time: sockets that enter TIME_WAIT together leave it together.
        portion, due = rate // 20, time.monotonic()
        while True:
            for index in range(min(portion, level - socktable.time_wait())):
                _request(to, sources[index % len(sources)])
            due = max(due, time.monotonic() - 1) + portion / rate
            time.sleep(max(0, due - time.monotonic()))

    def stop(self):
        """End the load."""
        os.kill(self._pid, signal.SIGKILL)
        os.waitpid(self._pid, 0)


def _request(to, source):
    """One request; the answer is read to the end of the connection, which is the server's doing."""
    client = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    try:
        client.settimeout(10)
        # Leave the choice of port to connect(): a bound port would be taken for all destinations.
        client.setsockopt(socket.IPPROTO_IP, linux.IP_BIND_ADDRESS_NO_PORT, 1)
        client.bind((source, 0))
        client.connect(to)
        client.sendall(b"GET / HTTP/1.1\r\nHost: test\r\n\r\n")
        while client.recv(4096):
            pass
    except OSError:
        pass  # a request that failed is one TIME_WAIT less, and those are counted
    finally:
        client.close()
