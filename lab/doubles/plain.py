"""`python3 -m doubles.plain PORT[,PORT…] HEALTH [LOGIN…]`: stands for a program of which no more is known.

Every path answers 200, so that a visitor sees something, by a text that Prometheus reads as no metrics;
a login's answers 405, since it knows no way to one.
It holds what the record gives any container, and starts only if it can read all that is mounted.
"""

import os
import signal
import socket
import sys
import threading
from collections.abc import Iterator
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

MOUNTS = Path("/proc/self/mountinfo")
KERNELS = ("/proc", "/sys", "/dev")


def unreadable(mountinfo: str) -> Iterator[str]:
    """Files and folders mounted into the container that its user may not read; secrets are such files."""
    for path in (Path(line.split()[4]) for line in mountinfo.splitlines()):
        needed = os.R_OK | (os.X_OK if path.is_dir() else 0)
        if str(path) != "/" and not str(path).startswith(KERNELS) and not os.access(path, needed):
            yield str(path)


def handler(health: str, logins: list[str]) -> type[BaseHTTPRequestHandler]:
    class Plain(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            path = self.path.partition("?")[0]
            status = HTTPStatus.METHOD_NOT_ALLOWED if path in logins else HTTPStatus.OK
            body = b"OK\n" if path == health else b"# a double, of which no more is known\n"
            self.send_response(status)
            self.send_header("Content-Type", "text/plain")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            if self.command != "HEAD":
                self.wfile.write(body)

        def do_HEAD(self) -> None:
            self.do_GET()

        def do_POST(self) -> None:
            self.do_GET()

        def log_message(self, *_: object) -> None:
            """Nothing: a request's line may hold the code of a login."""

    return Plain


class Server(ThreadingHTTPServer):
    """At all addresses, of both families where there are both."""

    address_family = socket.AF_INET6 if socket.has_dualstack_ipv6() else socket.AF_INET


def main(ports: str, health: str, *logins: str) -> None:
    if paths := [*unreadable(MOUNTS.read_text())]:
        sys.exit("\n".join(f"refused: {path}: user {os.getuid()} cannot read it" for path in paths))
    # The first process of a container has no default action.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    pages, *others = (Server(("", int(port)), handler(health, [*logins])) for port in ports.split(","))
    for other in others:  # whatever the program says there: somebody listens
        threading.Thread(target=other.serve_forever, daemon=True).start()
    pages.serve_forever()


if __name__ == "__main__":
    main(*sys.argv[1:])
