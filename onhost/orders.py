"""What the program is told: one `Run`, and an `Order` for each app. Both ends know these shapes."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, fields
from typing import Any


@dataclass(frozen=True)
class Run:
    """What the orders of one run have in common."""

    by: str
    commit: str
    wait: int
    """Seconds that an app waits for what it needs."""
    wait_at_first: int
    """The same for an app that is new on its host."""
    postgres_host: str
    postgres_port: int
    limits: dict[str, float] | None = None
    """Seconds that steps may take, where it is not what `work.LIMITS` says."""


@dataclass(frozen=True)
class Check:
    """A program's own checker, shown the staged files where the service will see the real ones."""

    image: str
    user: str
    entrypoint: str
    arguments: tuple[str, ...]
    mounts: dict[str, str]
    """Path in the release: path in the container."""


@dataclass(frozen=True)
class Exec:
    """A command in the running app."""

    service: str
    command: tuple[str, ...]
    seconds: int


@dataclass(frozen=True)
class Order:
    """How one app is brought to its release, or retired."""

    app: str
    revision: str
    retire: bool = False
    before: str | None = None
    """How the app stood when this was planned, as `Stack.stands` says it; None: however it does."""
    anew: tuple[str, ...] = ()
    """Services that start anew although their definition is the same."""
    ready: int = 180
    """Seconds until its services must be healthy."""
    needs: tuple[str, ...] = ()
    """`database`, or the address of a page; `ADDRESS@HOST:PORT` is asked for at that host."""
    images: tuple[str, ...] = ()
    one_shots: tuple[str, ...] = ()
    volumes: dict[str, str] | None = None
    """Name: the owner of a new one, `UID:GID`."""
    network: str = ""
    """What it shares with the edge and with nobody else."""
    bridges: dict[str, str] | None = None
    """Network: the host's interface to it, by which the firewall knows the app."""
    edge: tuple[str, str] = ("", "")
    """App and service that serve the host's routes."""
    one_way: bool = False
    """Once it was started its data is of the new version, and of no use to the one before."""
    checks: tuple[Check, ...] = ()
    after_up: tuple[Exec, ...] = ()

    @property
    def is_edge(self) -> bool:
        return self.app == self.edge[0]


def written(record: Run | Order) -> str:
    return json.dumps(asdict(record))


def run(text: str) -> Run:
    return Run(**json.loads(text))


def order(values: dict[str, Any]) -> Order:
    """An order from the data that `written` made of one; TypeError if it is none."""
    made = _tuples(values)
    made["checks"] = tuple(Check(**_tuples(check)) for check in values.get("checks", ()))
    made["after_up"] = tuple(Exec(**_tuples(each)) for each in values.get("after_up", ()))
    return Order(**made)


def recorded(values: dict[str, Any], otherwise: Order) -> Order:
    """The order that a release came with; `otherwise` where it has none that this version can follow.

    Without what it said of the host as it was then.
    """
    known = {each.name for each in fields(Order)} - {"before", "anew"}
    try:
        return order({name: value for name, value in values.items() if name in known})
    except (TypeError, AttributeError):
        return otherwise


def _tuples(values: dict[str, Any]) -> dict[str, Any]:
    """JSON has lists where the shapes have tuples."""
    return {name: tuple(value) if isinstance(value, list) else value for name, value in values.items()}
