"""The double that one line of lab/images/recipes.toml makes: a port, a health path, and nothing else."""

import json
from collections.abc import Iterable, Mapping
from typing import Any, Final

from catalogue.model import App, Service
from lab.build import File
from lab.errors import LabError, NoRecipeError

ANSWERS: Final = ("wget", "curl")
"""What health checks ask by, whether directly or in a line of a shell."""
SHELLS: Final = {"sh", "bash", "/bin/sh", "/bin/bash"}


def files(reference: str, line: Mapping[str, Any], apps: Iterable[App]) -> dict[str, File]:
    """The context of the image; of records it knows what health checks run, ports, paths of logins.

    NoRecipeError if one of its services must end; LabError if the line says less, or more.
    """
    here = [(app, each) for app in apps for each in app.services if each.image.reference == reference]
    _check(reference, line, [service for _, service in here])
    logins = {route.login_path for app, _ in here for route in app.routes if route.login_path}
    ports = ",".join(map(str, _ports(line["port"], [service for _, service in here])))
    words = ("/usr/bin/python3", "-m", "doubles.plain", ports, line["health"], *sorted(logins))
    dockerfile = f"FROM guildhall/double:latest\nCOPY commands /\nENTRYPOINT {json.dumps(words)}\n"
    url = f"http://127.0.0.1:{line['port']}{line['health']}"
    asks = File(
        content=f"#!/bin/sh\nexec /usr/bin/python3 -m doubles.healthcheck {url}\n".encode(), mode=0o755
    )
    commands = {f"commands{path}": asks for path in _commands(service for _, service in here)}
    return {"Dockerfile": File(content=dockerfile.encode()), **commands}


def _check(reference: str, line: Mapping[str, Any], services: Iterable[Service]) -> None:
    if {name: type(value) for name, value in line.items()} != {"port": int, "health": str}:
        raise LabError(
            f"lab/images/recipes.toml: the line of {reference.rpartition(':')[0]} is not as in "
            '{ port = 8080, health = "/health" }; write it so'
        )
    for service in services:
        if service.one_shot:
            raise NoRecipeError(
                f"service '{service.name}' is a one-shot, and a double of one line never ends"
            )


def _ports(pages: int, services: Iterable[Service]) -> list[int]:
    """Where it listens: its pages first, then what else records publish of it."""
    published = {port.container for each in services for port in each.ports if port.protocol == "tcp"}
    return [pages, *sorted(published - {pages})]


def _commands(services: Iterable[Service]) -> set[str]:
    """Where the programs lie that ask for its health."""
    asked = {service.health.command[0] for service in services if service.health} - SHELLS
    return {name if name.startswith("/") else f"/usr/local/bin/{name}" for name in {*ANSWERS, *asked}}
