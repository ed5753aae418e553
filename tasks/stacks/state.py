"""What the stacks of a host are, as it says itself."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from onhost import answer


@dataclass(frozen=True, kw_only=True)
class Container:
    service: str
    state: str
    health: str
    digest: str
    """The service's digest that it was created with."""
    networks: frozenset[str] = frozenset()
    misnamed: str = ""
    """Its name, where Compose gave it one for a moment only, and was cut off."""
    untagged: bool = False
    """What its image is called is another image by now, or none."""
    since: str = ""
    """How long it has been as it is, in the engine's words: `2 hours`."""

    @property
    def serves(self) -> bool:
        return self.state == "running" and self.health != "unhealthy"


@dataclass(kw_only=True)
class Stack:
    """One app as it was found on a host."""

    current: str = ""
    """The release that its files point to, `<time>-<revision>`."""
    stands: str = ""
    """What would be put back, and the current release where that is another: what a deploy is planned for."""
    applied: str = ""
    """The release that last got healthy, if it is whole."""
    manifest: Mapping[str, Any] = field(default_factory=dict)
    """Of the applied release, or the one that would be put back in its stead; empty if it cannot be read."""
    version: str = ""
    """Of which its data is; a newer one than the manifest's after a migration without a way back."""
    files: dict[str, str] = field(default_factory=dict)
    """Path in the release: digest of the file where the host has it."""
    mode: str = ""
    """Mode and owner of `.env`."""
    opened: dict[str, str] = field(default_factory=dict)
    """Path of a file that holds secrets and is not its user's alone: its mode and owner, `644 0:0`."""
    astray: tuple[str, ...] = ()
    """What Compose reads in the app's folder and is not the current release's."""
    containers: list[Container] = field(default_factory=list)
    last: Mapping[str, Any] = field(default_factory=dict)
    """How its last deploy ended: `time` (UTC), `by`, `commit`, `result`, `seconds`; empty if unknown."""

    @property
    def revision(self) -> str:
        return self.applied.rpartition("-")[2]


@dataclass(kw_only=True)
class HostState:
    """All of a host: stacks by app."""

    stacks: dict[str, Stack] = field(default_factory=dict)
    leftovers: tuple[str, ...] = ()
    """Paths that deploys left which were cut off."""
    open: bool = False
    """What keeps apps apart is gone."""
    problem: str = ""
    """Why nothing is known of this host."""

    def stack(self, app: str) -> Stack:
        return self.stacks.setdefault(app, Stack())


def parsed(lines: Iterable[str]) -> HostState:
    """Reads what the program says; if it is damaged, nothing of it is believed."""
    found = HostState()
    try:
        for line in answer.read(lines):
            _READERS[line["kind"]](found, line)
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        why = str(error) if type(error) is ValueError else "its answer is damaged"
        return HostState(problem=f"what runs on this host cannot be read: {why}; deploy again")
    return HostState(problem=found.problem) if found.problem else found


def _stack(found: HostState, line: dict[str, Any]) -> None:
    stack = found.stack(line["app"])
    stack.current, stack.applied, stack.version = line["current"], line["applied"], line["version"]
    stack.stands = line["stands"]
    stack.manifest, stack.files, stack.mode = dict(line["manifest"]), dict(line["files"]), line["mode"]
    stack.opened = dict(line["opened"])
    stack.astray, stack.last = tuple(line["astray"]), dict(line["last"])


def _container(found: HostState, line: dict[str, Any]) -> None:
    container = Container(
        service=line["service"],
        state=line["state"],
        health=line["health"],
        digest=line["digest"],
        networks=frozenset(line["networks"]),
        misnamed=line["name"] if line["misnamed"] else "",
        untagged=line["untagged"],
        since=line["since"],
    )
    found.stack(line["app"]).containers.append(container)


def _leftovers(found: HostState, line: dict[str, Any]) -> None:
    found.leftovers = tuple(line["paths"])


def _open(found: HostState, _: dict[str, Any]) -> None:
    found.open = True


def _other(found: HostState, _: dict[str, Any]) -> None:
    """What it says of the host itself is read elsewhere."""


def _problem(found: HostState, line: dict[str, Any]) -> None:
    found.problem = line["text"]


_READERS = {
    "host": _other,
    "bare": _other,
    "stack": _stack,
    "container": _container,
    "leftovers": _leftovers,
    "open": _open,
    "problem": _problem,
}
