"""Docker Engine behind its socket, and the proxy that passes on what its patterns allow."""

import os
import re
import socket
import threading
from collections.abc import Mapping
from http.client import HTTPConnection

from flask import Flask, Response, request

SOCKET = "/var/run/docker.sock"
TIMEOUT = 5  # seconds


class Engine(HTTPConnection):
    """HTTP to a Unix socket."""

    def __init__(self, path: str) -> None:
        super().__init__("localhost", timeout=TIMEOUT)
        self.path = path

    def connect(self) -> None:
        self.sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self.sock.settimeout(TIMEOUT)
        self.sock.connect(self.path)


class Proxy:
    """Answers a request whose path matches the whole pattern of its method; others are forbidden."""

    def __init__(self, env: Mapping[str, str]) -> None:
        self.path = env.get("FLAG_SOCKETPATH", SOCKET)
        self.patterns = {method: env.get(f"FLAG_ALLOW{method}", "") for method in ("GET", "HEAD")}

        self.watch_seconds = int(env.get("FLAG_WATCHDOGINTERVAL", "0"))
        self.watched = env.get("FLAG_STOPONWATCHDOG") == "true" and self.watch_seconds > 0

    def attach(self, web: Flask) -> None:
        if self.watched:
            threading.Thread(target=self.watch, daemon=True).start()
        web.add_url_rule("/<path:path>", "proxy", self.answer, methods=["GET", "HEAD", "POST", "DELETE"])

    def answer(self, path: str) -> Response:
        pattern = self.patterns.get(request.method)
        if not pattern or not re.fullmatch(pattern, f"/{path}"):
            return Response("Forbidden\n", 403)
        return self.asked(request.method, request.full_path.rstrip("?"))

    def asked(self, method: str, path: str) -> Response:
        engine = Engine(self.path)
        try:
            engine.request(method, path)
            answer = engine.getresponse()
            return Response(answer.read(), answer.status, mimetype=answer.getheader("Content-Type"))
        finally:
            engine.close()

    def watch(self) -> None:
        """Ends the program when its socket is dead, so that its next start gets the engine's new one."""
        pause = threading.Event()
        while self.answers():
            pause.wait(self.watch_seconds)
        os._exit(10)

    def answers(self) -> bool:
        try:
            return not self.probe()
        except OSError as error:
            print(f"watchdog: {error}", flush=True)
            return False

    def probe(self) -> list[str]:
        status = self.asked("GET", "/_ping").status_code
        return [] if status == 200 else [f"the engine answers {status}"]
