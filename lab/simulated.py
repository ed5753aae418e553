"""Servers that are not there: `python -m lab.simulated FILE pyinfra's arguments`, without a connection.

Each answers as a server does that has done all that it was told. FILE is JSON: `hosts`, what they have, and
`cpu`, the seconds of processor time that the last run took.
"""

import pyinfra_cli  # noqa: F401 - first of all, since it lets gevent patch the standard library

# isort: split
import base64
import hashlib
import io
import json
import re
import sys
import tarfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final
from unittest.mock import patch

from pyinfra.connectors.ssh import SSHConnector
from pyinfra.connectors.util import CommandOutput, OutputLine
from pyinfra_cli.main import main

from onhost.answer import BEGIN, END
from onhost.machine import APPLIED
from tasks.settings import ROOT

FILE: Final = re.compile(r"file=(\S+) unit=")
STARTED: Final = 4102444800
"""When units were started: after whatever was written."""
HOSTS: dict[str, dict[str, Any]] = {}


def run(self: SSHConnector, command: object, *_: Any, **told: Any) -> tuple[bool, CommandOutput]:
    """What a command does to the server, and what it says."""
    own = HOSTS.setdefault(self.host.name, {"identity": "", "applied": "", "files": {}, "lines": []})
    text, given = str(command), told.get("_stdin") or ""
    lines: list[str] = []
    if '" read;' in text:
        lines = list(_told(own, json.loads(given.split("\n")[1])))
    elif '" apply;' in text:
        own["lines"] = list(_stacks(given.split("\n", 1)[1]))
    elif "/etc/guildhall/host.json.new" in text:
        own["identity"] = given
    elif f"{APPLIED}.new" in text:
        own["applied"] = given
    elif found := FILE.match(text):
        own["files"][found[1]] = hashlib.sha256(given.encode()).hexdigest()
    return True, CommandOutput([OutputLine("stdout", line) for line in lines])


def _told(own: dict[str, Any], asked: dict[str, list[str]]) -> Iterator[str]:
    files = {path: own["files"].get(path) or _beside(path) for path in asked["files"]} if own["lines"] else {}
    host = {
        "kind": "host",
        "identity": own["identity"],
        "applied": own["applied"],
        "timezone": "Europe/Paris",
        "system": {"ID": "debian", "VERSION_CODENAME": "trixie"},
        "files": {path: ("644 root:root", 1, digest) for path, digest in files.items()},
        "accounts": [],
        "groups": {},
        "units": {name: (STARTED, bool(own["lines"]), bool(own["lines"])) for name in asked["units"]},
        "packages": asked["packages"] if own["lines"] else [],
        "rules": bool(own["lines"]),
    }
    yield from (BEGIN, json.dumps(host), *own["lines"], END)


def _beside(path: str) -> str:
    """The digest of a file that came with another one."""
    file = ROOT / "files/host" / Path(path).name
    return hashlib.sha256(file.read_bytes()).hexdigest() if file.exists() else ""


def _stacks(sent: str) -> Iterator[str]:
    """What is said of the apps that were sent, each of them healthy."""
    with tarfile.open(fileobj=io.BytesIO(base64.b64decode(sent))) as archive:
        for name in (name for name in archive.getnames() if name.endswith("release/manifest.json")):
            stream = archive.extractfile(name)
            yield from _stack(json.load(stream) if stream else {})


def _stack(manifest: dict[str, Any]) -> Iterator[str]:
    app, order = manifest["app"], manifest.pop("order")
    release = f"20260101T000000Z-{manifest['revision']}"
    files = manifest["files"]
    yield json.dumps(
        {
            "kind": "stack",
            "app": app,
            "current": release,
            "stands": release,
            "applied": release,
            "manifest": manifest,
            "version": manifest["version"],
            "files": files,
            "mode": "600 root" if ".env" in files else "",
            "opened": {},
            "astray": [],
            "last": {},
        }
    )
    for service, digest in manifest["services"].items():
        yield json.dumps(
            {
                "kind": "container",
                "app": app,
                "service": service,
                "name": f"{app}-{service}-1",
                "state": "running",
                "health": "healthy",
                "digest": digest,
                "networks": list(order.get("bridges") or {}),
                "misnamed": False,
                "untagged": False,
                "since": "2 hours",
            }
        )


def nothing(_self: SSHConnector) -> None:
    """Nobody is there."""


if __name__ == "__main__":
    kept = Path(sys.argv.pop(1))
    HOSTS.update(json.loads(kept.read_text())["hosts"] if kept.exists() else {})
    patch("tasks.buckets.operation.differences", lambda *_: []).start()
    patch.multiple(SSHConnector, connect=nothing, disconnect=nothing, run_shell_command=run).start()
    try:
        main()
    finally:
        kept.write_text(json.dumps({"hosts": HOSTS, "cpu": time.process_time()}))
