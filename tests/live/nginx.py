# SPDX-License-Identifier: LGPL-2.1-or-later
"""Real nginx: as the service that closes first, as the proxy with and without upstream keepalive, as its upstream."""

import contextlib
import os
import shutil
import socket
import subprocess

import deadline
import linux
import sandbox
from outcome import Failure, Skip

FRONT = 8080
DIRECT = 8081
UPSTREAM = 9000
OUT_OF_PORTS = b"(99: Cannot assign requested address)"

_FRAME = """
daemon off;
user root;
worker_processes 1;
worker_rlimit_nofile 10000;
error_log logs/error.log warn;
pid nginx.pid;
events { worker_connections 4000; }
http {
    access_log off;
    client_body_temp_path tmp; proxy_temp_path tmp; fastcgi_temp_path tmp; uwsgi_temp_path tmp; scgi_temp_path tmp;
    keepalive_requests 1000000000;
    %s
}
"""

# HTTP/1.1 with an empty Connection header is half of the recipe for keepalive. The other half is the keepalive line in
# upstream{}: without it nginx closes each connection to the application itself, first.
_PROXY = """
    upstream application { server %(address)s:9000; %(keepalive)s }
    server {
        listen 8080 backlog=4096;
        location / { proxy_pass http://application; proxy_http_version 1.1; proxy_set_header Connection ""; }
    }
"""

_APPLICATION = """
    server { listen 9000 backlog=4096; location / { return 200 "answer\\n"; } }
"""

_CLOSES_FIRST = """
    server { listen 8081 backlog=4096; keepalive_timeout 0; location / { return 200 "answer\\n"; } }
"""


def proxy(address, keepalive=False):
    """Configuration of a proxy for the application at ADDRESS."""
    return _PROXY % {"address": address, "keepalive": "keepalive 64;" if keepalive else ""}


def application():
    """Configuration of the application behind the proxy."""
    return _APPLICATION


def closes_first():
    """Configuration of a server that closes after each answer."""
    return _CLOSES_FIRST


class Nginx:
    """A running nginx with a folder of its own."""

    def __init__(self, name, *servers, ready=FRONT, nice=0):
        """SERVERS: configurations from above; READY: the port that answers once all is up."""
        if not shutil.which("nginx"):
            raise Skip("needs nginx (package nginx-light)")
        self.root = os.path.join(sandbox.SCRATCH, name)
        os.makedirs(os.path.join(self.root, "logs"))
        os.makedirs(os.path.join(self.root, "tmp"))
        with open(os.path.join(self.root, "nginx.conf"), "w", encoding="ascii") as file:
            file.write(_FRAME % "".join(servers))
        with open(os.path.join(self.root, "output"), "wb") as output:
            self._process = subprocess.Popen(
                ["nice", "-n", str(nice), "nginx", "-p", self.root, "-c", "nginx.conf", "-e", "logs/error.log"],
                stdin=subprocess.DEVNULL, stdout=output, stderr=output, preexec_fn=linux.die_with_parent)
        deadline.wait_until(lambda: self._answers(ready), 10, "nginx on port %d" % ready)

    def _answers(self, port):
        if self._process.poll() is not None:
            with open(os.path.join(self.root, "output"), encoding="utf-8", errors="replace") as output:
                raise Failure("nginx ended with status %d\n%s" % (self._process.returncode, output.read()))
        with contextlib.suppress(ConnectionRefusedError), socket.create_connection(("127.0.0.1", port), 1):
            return True
        return False

    def stop(self):
        """End nginx, its worker included, and wait until it is gone."""
        self._process.terminate()
        self._process.wait()


class ErrorLog:
    """The error log of an nginx, read as it grows: its own stamps have whole seconds only."""

    def __init__(self, nginx):
        self._file = open(os.path.join(nginx.root, "logs/error.log"), "rb")
        self._rest = b""
        self.first_line = None

    def out_of_ports(self):
        """Has connect() failed for want of a port by now?"""
        if self.first_line is None:
            text = self._rest + self._file.read(1 << 20)
            found = text.find(OUT_OF_PORTS)
            if found >= 0:
                start = text.rfind(b"\n", 0, found) + 1
                self.first_line = text[start:].split(b"\n")[0].decode("utf-8", "replace")
            self._rest = text[-len(OUT_OF_PORTS):]
        return self.first_line is not None

    def close(self):
        """Stop reading."""
        self._file.close()
