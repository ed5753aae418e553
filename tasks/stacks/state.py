"""What the stacks of a host are: one fact, one remote exec, whatever the number of apps."""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from pyinfra.api import FactBase

from tasks.settings import ROOT

SCRIPT = ROOT / "files/guildhall/state.sh"


@dataclass(frozen=True, kw_only=True)
class Container:
    service: str
    state: str
    health: str
    exit_code: int
    digest: str
    """The service's digest that it was created with."""
    networks: frozenset[str] = frozenset()

    @property
    def serves(self) -> bool:
        return self.state == "running" and self.health != "unhealthy"


@dataclass(kw_only=True)
class Stack:
    """One app as it was found on a host."""

    current: str = ""
    """The release that its files point to, `releases/<time>-<revision>`."""
    applied: str = ""
    """The release that last got healthy."""
    manifest: Mapping[str, Any] = field(default_factory=dict)
    files: dict[str, str] = field(default_factory=dict)
    mode: str = ""
    """Mode and owner of `.env`."""
    containers: list[Container] = field(default_factory=list)

    @property
    def revision(self) -> str:
        return self.applied.rpartition("-")[2]


@dataclass(kw_only=True)
class HostState:
    """All of a host: stacks by app, and the live files (`<app>/<path>`: digest)."""

    stacks: dict[str, Stack] = field(default_factory=dict)
    live: dict[str, str] = field(default_factory=dict)

    def stack(self, app: str) -> Stack:
        return self.stacks.setdefault(app, Stack())


def parsed(lines: Iterable[str]) -> HostState:
    """Reads what state.sh prints."""
    found = HostState()
    for line in lines:
        kind, app, *values = line.split("\t")
        _READERS[kind](found, app, values)
    return found


def _stack(found: HostState, app: str, values: list[str]) -> None:
    found.stack(app).current, found.stack(app).applied = values


def _manifest(found: HostState, app: str, values: list[str]) -> None:
    found.stack(app).manifest = json.loads(values[0])


def _file(found: HostState, app: str, values: list[str]) -> None:
    found.stack(app).files[values[1]] = values[0]


def _mode(found: HostState, app: str, values: list[str]) -> None:
    found.stack(app).mode = values[0]


def _live(found: HostState, app: str, values: list[str]) -> None:
    found.live[f"{app}/{values[1]}"] = values[0]


def _container(found: HostState, app: str, values: list[str]) -> None:
    service, state, health, exit_code, digest, networks = values
    container = Container(
        service=service,
        state=state,
        health=health,
        exit_code=int(exit_code),
        digest=digest,
        networks=frozenset(networks.split()),
    )
    found.stack(app).containers.append(container)


_READERS = {
    "stack": _stack,
    "manifest": _manifest,
    "file": _file,
    "mode": _mode,
    "live": _live,
    "container": _container,
}


class Stacks(FactBase[HostState]):
    """Every stack of the host; nothing at all on a bare one."""

    def command(self) -> str:
        return SCRIPT.read_text()

    def process(self, output: Iterable[str]) -> HostState:
        return parsed(output)

    @staticmethod
    def default() -> HostState:
        return HostState()
