"""Docker Engine, asked through its socket: what is small and often asked needs no program."""

from __future__ import annotations

import json
import os
import re
import socket
from typing import Any, NamedTuple

SECONDS, SLOW_SECONDS = 20, 120
"""How long an answer may take; the second is for what changes something."""
PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
PROJECT, SERVICE, ONE_OFF = (f"com.docker.compose.{name}" for name in ("project", "service", "oneoff"))
SINCE = re.compile(r"^(?:Up|(?:Exited|Restarting) \(\d+\)) | ago$| \(.*\)$")
DIGEST = "org.guildhall.service"
"""Label of our containers: the digest of what they were made from."""


class EngineError(Exception):
    """The engine does not answer, or says no: one line for the operator."""


class NotFoundError(EngineError):
    """The engine has no such thing."""


class Container(NamedTuple):
    """One as the engine lists it, in whatever state."""

    id: str
    app: str
    service: str
    name: str
    state: str
    health: str
    digest: str
    one_off: bool
    networks: tuple[str, ...]
    untagged: bool = False
    """What its image is called is another image by now, or none."""
    since: str = ""
    """How long it has been as it is, in the engine's words: `2 hours`."""

    @property
    def serves(self) -> bool:
        return self.state == "running" and self.health in ("", "healthy", "starting")

    @property
    def is_misnamed(self) -> bool:
        """Compose calls a container `HASH_NAME` while it makes it anew; it was cut off."""
        return not self.one_off and not self.name.startswith(f"{self.app}-{self.service}-")


def address() -> str:
    """The path of the engine's socket."""
    return os.environ.get("GUILDHALL_DOCKER", "/run/docker.sock")


def environment() -> dict[str, str]:
    """Compose takes variables from the environment before those of `.env`: it gets none of ours."""
    path = os.environ.get("GUILDHALL_PATH", PATH)
    return {"PATH": path, "HOME": "/root", "DOCKER_HOST": f"unix://{address()}"}


def ask(method: str, path: str, body: object = None) -> Any:
    """The engine's answer as data, None where it has none; EngineError."""
    status, answer = _exchange(method, path, json.dumps(body).encode() if body is not None else b"")
    text = answer.decode(errors="replace")
    if status == 404:
        raise NotFoundError(f"Docker Engine has no {path}")
    if status >= 400:
        raise EngineError(f"Docker Engine refuses {method} {path}: {text.strip()}")
    try:
        return json.loads(text) if text.strip() else None
    except ValueError:
        raise EngineError(f"Docker Engine's answer to {path} is no JSON") from None


def _exchange(method: str, path: str, body: bytes) -> tuple[int, bytes]:
    """HTTP 1.0, since that ends each answer with the connection."""
    head = f"{method} {path} HTTP/1.0\r\nHost: docker\r\nContent-Type: application/json\r\n"
    try:
        with socket.socket(socket.AF_UNIX) as connection:
            connection.settimeout(SECONDS if method == "GET" else SLOW_SECONDS)
            connection.connect(address())
            connection.sendall(f"{head}Content-Length: {len(body)}\r\n\r\n".encode() + body)
            answer = b"".join(iter(lambda: connection.recv(65536), b""))
    except OSError as error:
        raise EngineError(f"Docker Engine does not answer on this host ({error})") from None
    first, _, rest = answer.partition(b"\r\n\r\n")
    words = first.split(None, 2)
    if len(words) < 2 or not words[1].isdigit():
        raise EngineError("Docker Engine does not answer on this host (its answer was cut off)")
    return int(words[1]), rest


def is_there(path: str) -> Any:
    """The answer, or None where there is no such thing; EngineError."""
    try:
        return ask("GET", path)
    except NotFoundError:
        return None


def answers() -> bool:
    try:
        ask("GET", "/version")
    except EngineError:
        return False
    return True


def containers(app: str = "") -> list[Container]:
    """All that Compose made, or those of one app, in every state."""
    return [_container(each) for each in labelled(f"{PROJECT}={app}" if app else PROJECT)]


def labelled(label: str) -> list[dict[str, Any]]:
    """Every container with a label, `NAME` or `NAME=VALUE`, as the engine lists it."""
    wanted = "".join(f"%{byte:02x}" for byte in json.dumps({"label": [label]}).encode())
    listed: list[dict[str, Any]] = ask("GET", f"/containers/json?all=1&filters={wanted}")
    return listed


def _container(listed: dict[str, Any]) -> Container:
    labels = listed.get("Labels") or {}
    networks = (listed.get("NetworkSettings") or {}).get("Networks") or {}
    return Container(
        id=listed["Id"],
        app=labels.get(PROJECT, ""),
        service=labels.get(SERVICE, ""),
        name=(listed.get("Names") or [""])[0].strip("/"),
        state=listed.get("State", ""),
        health=health(listed.get("Status", "")),
        digest=labels.get(DIGEST, ""),
        one_off=labels.get(ONE_OFF) == "True",
        networks=tuple(networks),
        untagged=listed.get("Image", "").startswith("sha256:"),
        since=SINCE.sub("", listed.get("Status", "")),
    )


def health(status: str) -> str:
    """Of `Up 2 minutes (healthy)`: lists have it in no other form."""
    for word, meaning in (
        ("(healthy)", "healthy"),
        ("(unhealthy)", "unhealthy"),
        ("(health: starting)", "starting"),
    ):
        if status.endswith(word):
            return meaning
    return ""
