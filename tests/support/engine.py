"""Enough of Docker for one app, for tests of what a deploy makes of it; tests/lab/isolated has the real one.

A service's state follows from its definition: `x-is: unhealthy` and `x-says: …` are what it is like and what
it prints. The socket and the program `docker` lead to the same containers.
"""

import json
import re
import socketserver
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from typing import Any
from urllib.parse import unquote

from tests.support.servers import serving
from tests.support.yaml_text import read_yaml

# What the program `docker` does: it hands its words to the test.
CLIENT = """
import json, os, socket, sys
with socket.socket(socket.AF_UNIX) as s:
    s.connect({socket!r})
    body = json.dumps(sys.argv[1:]).encode()
    s.sendall(b"POST /client HTTP/1.0\\r\\nContent-Length: %d\\r\\n\\r\\n" % len(body) + body)
    answer = json.loads(b"".join(iter(lambda: s.recv(65536), b"")).partition(b"\\r\\n\\r\\n")[2])
sys.stdout.write(answer["output"])
sys.exit(answer["code"])
"""
PROJECT = "com.docker.compose.project"
Answer = tuple[int, str]
Hook = Callable[[list[str]], Answer | None]


@dataclass
class Engine:
    """What there is, and what was asked for."""

    containers: dict[str, dict[str, Any]] = field(default_factory=dict)
    volumes: dict[str, Path] = field(default_factory=dict)
    networks: dict[str, dict[str, Any]] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)
    hooks: list[Hook] = field(default_factory=list)
    """Each may answer the program `docker` in the place of what follows."""
    folder: Path = Path()
    absent: set[str] = field(default_factory=set)
    """Images that must be pulled."""
    done: int = 0
    """How many questions and commands were carried out."""
    cut_after: Callable[[int], object] = int
    """Called with their number after each, before whoever asked hears the answer."""

    def container(self, service: str = "web", app: str = "app", **is_like: str) -> dict[str, Any]:
        """A new container."""
        number = f"{len(self.asked)}{len(self.containers)}".rjust(12, "0")
        made = {
            "Id": number,
            "Names": [f"/{is_like.get('name', f'{app}-{service}-1')}"],
            "State": is_like.get("state", "running"),
            "Status": f"Up 1 second ({is_like.get('health', 'healthy')})",
            "Labels": {
                "com.docker.compose.project": app,
                "com.docker.compose.service": service,
                "com.docker.compose.oneoff": "False",
                "org.guildhall.service": is_like.get("digest", "d1"),
            },
            "NetworkSettings": {"Networks": {}},
            "says": is_like.get("says", ""),
        }
        self.containers[number] = made
        return made

    def client(self, words: list[str]) -> Answer:
        """What the program `docker` prints."""
        self.asked.append(" ".join(words))
        for hook in self.hooks:
            if (answer := hook(words)) is not None:
                return answer
        if words[0] == "pull":
            self.absent.discard(words[-1])
        if words[0] == "logs":
            return 0, self.containers[words[-1]]["says"]
        return self.compose(words) if words[0] == "compose" else (0, "")

    def compose(self, words: list[str]) -> Answer:
        app = words[words.index("--project-name") + 1]
        if "down" in words:
            self.containers = {key: each for key, each in self.containers.items() if of(each) != app}
        if "up" in words:
            return self.up(app, Path(words[words.index("--file") + 1]))
        return 0, ""

    def up(self, app: str, file: Path) -> Answer:
        """Services whose digest changed are made anew; 1 if one is not healthy then."""
        services = read_yaml(file.read_text())["services"]
        old = {
            each["Labels"]["com.docker.compose.service"]: each
            for each in self.containers.values()
            if of(each) == app
        }
        for name, service in services.items():
            if name in old and old[name]["Labels"]["org.guildhall.service"] == service["x-digest"]:
                continue
            if name in old:
                del self.containers[old[name]["Id"]]
            is_like = {"health": service.get("x-is", "healthy"), "says": service.get("x-says", "")}
            self.container(name, app, digest=service["x-digest"], **is_like)
        sick = [
            each for each in self.containers.values() if of(each) == app and "(healthy)" not in each["Status"]
        ]
        return (1, "container is unhealthy\n") if sick else (0, "")

    def answer(self, method: str, path: str, body: Any) -> tuple[int, Any]:
        """What the socket answers."""
        place, _, query = unquote(path).partition("?")
        for pattern, answered in (
            (r"/version", dict),
            (r"/info", dict),
            (r"/containers/json", lambda: self.listed(query)),
            (r"/containers/(\w+)/json", lambda of_id: {**self.containers[of_id], "State": {}}),
            (r"/containers/(\w+)", self.containers.pop),
            (r"/images/(.+)/json", lambda name: {"Id": name} if name not in self.absent else {}[name]),
            (r"/volumes/create", lambda: self.volume(body["Name"])),
            (r"/volumes/(\w+)", lambda name: {"Mountpoint": str(self.volumes[name])}),
            (r"/networks/create", lambda: self.networks.setdefault(body["Name"], {**body, "Containers": {}})),
            (r"/networks/(\w+)/connect", lambda name: self.connect(name, body["Container"])),
            (r"/networks/(\w+)/disconnect", lambda name: self.disconnect(name, body["Container"])),
            (r"/networks", lambda: list(self.networks.values())),
            (
                r"/networks/(\w+)",
                lambda name: self.networks.pop(name) if method == "DELETE" else self.networks[name],
            ),
        ):
            if match := re.fullmatch(pattern, place):
                try:
                    return 200, answered(*match.groups())
                except KeyError:
                    return 404, {"message": "no such thing"}
        return 500, {"message": f"nobody thought of {method} {path}"}

    def listed(self, query: str) -> list[dict[str, Any]]:
        wanted = re.findall(r'"label": ?\["([\w.]+)(?:=([\w-]+))?"\]', query)
        (label, value), *_ = wanted or [(PROJECT, "")]
        labels = ((each, each["Labels"].get(label)) for each in self.containers.values())
        return [each for each, found in labels if found is not None and value in ("", found)]

    def volume(self, name: str) -> dict[str, str]:
        self.volumes[name] = self.folder / name
        self.volumes[name].mkdir(exist_ok=True)
        return {"Mountpoint": str(self.volumes[name])}

    def connect(self, network: str, container: str) -> None:
        self.containers[container]["NetworkSettings"]["Networks"][network] = {}

    def disconnect(self, network: str, container: str) -> None:
        del self.containers[container]["NetworkSettings"]["Networks"][network]


def of(container: dict[str, Any]) -> str:
    return str(container["Labels"]["com.docker.compose.project"])


@contextmanager
def listening(engine: Engine, socket: Path) -> Iterator[None]:
    """Meanwhile the socket leads to the engine."""

    class Handler(BaseHTTPRequestHandler):
        def respond(self) -> None:
            length = int(self.headers.get("Content-Length") or 0)
            body = json.loads(self.rfile.read(length)) if length else None
            if self.path == "/client":
                code, output = engine.client(body or [])
                status, content = 200, {"code": code, "output": output}
            else:
                status, content = engine.answer(self.command, self.path, body)
            engine.done += 1
            engine.cut_after(engine.done)
            with suppress(BrokenPipeError):  # who asked was killed meanwhile
                self.send_response_only(status)
                self.end_headers()
                self.wfile.write(json.dumps(content).encode())

        do_GET = do_POST = do_DELETE = respond  # noqa: N815 - the base class's names

    with socketserver.ThreadingUnixStreamServer(str(socket), Handler) as server, serving(server):
        yield
