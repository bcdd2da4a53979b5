# SPDX-License-Identifier: LGPL-2.1-or-later
"""Stand-ins for what hooks talk to, on loopback: a web server and a mail server that keep what they are sent."""

import http.server
import socketserver
import threading


class Web:
    """Answers every POST with the next of STATUSES, the last one for ever; keeps (path, headers, body)."""

    def __init__(self, statuses=(200,)):
        self.requests = []
        self.statuses = list(statuses)
        outer = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_POST(self):
                body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
                outer.requests.append((self.path, dict(self.headers.items()), body))
                status = outer.statuses.pop(0) if len(outer.statuses) > 1 else outer.statuses[0]
                self.send_response(status)
                self.send_header("Content-Length", "0")
                self.end_headers()

            def log_message(self, *_):
                pass

        self._server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.port = self._server.server_address[1]
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

    def close(self):
        """Serve no more: connections are refused."""
        self._server.shutdown()
        self._server.server_close()


class Mail:
    """Takes every message; keeps (sender, recipients, text)."""

    def __init__(self):
        self.messages = []
        outer = self

        class Handler(socketserver.StreamRequestHandler):
            def say(self, line):
                self.wfile.write(line.encode() + b"\r\n")

            def take_text(self):
                lines = []
                while (line := self.rfile.readline()) not in (b".\r\n", b""):
                    lines.append(line[1:] if line.startswith(b"..") else line)
                return b"".join(lines)

            def handle(self):
                sender, recipients = None, []
                self.say("220 stand-in")
                while line := self.rfile.readline().decode().strip():
                    verb = line.split()[0].upper()
                    if verb == "MAIL":
                        sender = line.partition("<")[2].partition(">")[0]
                    elif verb == "RCPT":
                        recipients.append(line.partition("<")[2].partition(">")[0])
                    elif verb == "DATA":
                        self.say("354 go on")
                        outer.messages.append((sender, recipients, self.take_text()))
                    self.say("221 bye" if verb == "QUIT" else "250 fine")
                    if verb == "QUIT":
                        return

        class Server(socketserver.ThreadingTCPServer):
            daemon_threads = True
            allow_reuse_address = True

        self._server = Server(("127.0.0.1", 0), Handler)
        self.port = self._server.server_address[1]
        threading.Thread(target=self._server.serve_forever, daemon=True).start()
