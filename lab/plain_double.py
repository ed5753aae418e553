"""The double that one line of lab/images/recipes.toml makes: a port, a health path, and nothing else."""

import json
from collections.abc import Iterable, Mapping
from typing import Any, Final

from catalogue.model import App, Service
from lab.build import File

ANSWERS: Final = ("wget", "curl")
"""What health checks ask by, whether directly or in a line of a shell."""
SHELLS: Final = {"sh", "bash", "/bin/sh", "/bin/bash"}


def files(reference: str, line: Mapping[str, Any], apps: Iterable[App]) -> dict[str, File]:
    """The context of the image; of records it knows the commands of health checks, and paths of logins."""
    here = [
        (app, service) for app in apps for service in app.services if service.image.reference == reference
    ]
    logins = {route.login_path for app, _ in here for route in app.routes if route.login_path}
    words = ("/usr/bin/python3", "-m", "doubles.plain", str(line["port"]), line["health"], *sorted(logins))
    asks = f"#!/bin/sh\nexec /usr/bin/python3 -m doubles.healthcheck http://127.0.0.1:{line['port']}{line['health']}\n"
    dockerfile = f"FROM guildhall/double:latest\nCOPY commands /\nENTRYPOINT {json.dumps(words)}\n"
    commands = {
        f"commands{path}": File(content=asks.encode(), mode=0o755)
        for path in _commands(each for _, each in here)
    }
    return {"Dockerfile": File(content=dockerfile.encode()), **commands}


def _commands(services: Iterable[Service]) -> set[str]:
    """Where the programs lie that ask for its health."""
    asked = {service.health.command[0] for service in services if service.health} - SHELLS
    return {name if name.startswith("/") else f"/usr/local/bin/{name}" for name in {*ANSWERS, *asked}}
