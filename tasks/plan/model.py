"""The plan of a run, host by host: pure data, without a secret in it."""

from collections.abc import Iterator
from dataclasses import asdict, dataclass, field
from enum import IntEnum
from typing import Any, Final, Literal

SCHEMA: Final = 1
"""Of the plan as JSON: a number more whenever a key goes, or means something else."""


class Code(IntEnum):
    """How a plan ends, for scripts."""

    NOTHING = 0
    """Every host is as it should be."""
    REFUSED = 1
    """Something is wrong, or would be refused."""
    CHANGES = 2
    """A run would change something."""
    UNREACHABLE = 3
    """A host could not be reached; the plan of the others is whole."""


@dataclass(frozen=True, kw_only=True)
class ImageChange:
    """From which to which version of an image; no version before: the app did not have it."""

    repository: str
    before: str
    after: str


@dataclass(frozen=True, kw_only=True)
class LastDeploy:
    """What the host has recorded of the last deploy of an app."""

    time: str
    """UTC, `2026-01-31T23:59:59Z`."""
    by: str
    commit: str
    result: str
    seconds: int


@dataclass(frozen=True, kw_only=True)
class AppStep:
    """One app that would be brought to another release, or retired."""

    app: str
    action: Literal["deploy", "retire"]
    revision: str = ""
    reasons: tuple[str, ...]
    cause: Literal["new", "repository", "host", "both"] = "new"
    """What moved since its last deploy; a secret is of the repository."""
    images: tuple[ImageChange, ...] = ()
    restarts: tuple[str, ...] = ()
    """Services that start anew; the others keep running."""
    one_way: bool = False
    """A migration goes with it that has no way back: no roll-back, but a backup."""
    along_with: str = ""
    """The app that the run is about, where this one shares a secret with it that changes."""
    refused: str = ""
    """Why a run leaves it as it is."""
    unlocked: tuple[str, ...] = ()
    """Images that are pulled by a tag alone."""
    pulls: tuple[str, ...] = ()
    """Images that the release before has not, and that are pulled by a tag."""
    missing: tuple[str, ...] = ()
    """Those of them that no registry has."""
    last: LastDeploy | None = None
    place: str = ""
    """The line of its record that says what changes, `catalogue/apps/outline.py:12`."""
    commits: tuple[str, ...] = ()
    """The commits behind it, newest first, each with its subject."""
    diff: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class HostStep:
    """A part of the host itself, its databases or its buckets that would change."""

    name: str
    details: tuple[str, ...] = ()
    problems: tuple[str, ...] = ()
    """What could not be looked at, or would be refused."""
    cause: Literal["new", "repository", "host", "both", "either"] = "either"
    """What moved since the last deploy; `either`: that is not on record, as of databases and buckets."""
    changes: bool = True
    places: tuple[str, ...] = ()
    """The lines of records that databases or buckets are of."""


@dataclass(frozen=True, kw_only=True)
class HostPlan:
    """All that would happen on one host."""

    name: str
    unreachable: str = ""
    """Why nobody could connect."""
    problem: str = ""
    """Why there is no plan of it, although it can be reached."""
    steps: tuple[HostStep, ...] = ()
    apps: tuple[AppStep, ...] = ()
    """In the order of deployment."""
    unknown: tuple[str, ...] = ()
    """What runs there without a record, each with what to type."""
    ahead: tuple[str, ...] = ()
    """Apps of the run that were deployed from a commit that this checkout does not contain, or from none."""

    @property
    def changes(self) -> bool:
        return bool(self.apps) or any(step.changes for step in self.steps)

    @property
    def refusals(self) -> Iterator[str]:
        """Each thing that would not be done, or is not known."""
        if self.problem:
            yield self.problem
        yield from (f"{step.app}: {step.refused}" for step in self.apps if step.refused)
        yield from (f"{step.app}: no registry has {name}" for step in self.apps for name in step.missing)
        for step in self.steps:
            yield from step.problems


@dataclass(frozen=True, kw_only=True)
class Plan:
    """What a run would do, and from which state of the repository."""

    environment: str
    commit: str
    """With `+` behind it where the checkout differs from it."""
    deploys: tuple[str, ...]
    limit: tuple[str, ...] = ()
    app: str = ""
    hosts: tuple[HostPlan, ...] = field(default=())
    left: tuple[str, ...] = ()
    """Apps that share a secret that changes with the one of the run, and are out of its reach."""
    dns: tuple[str, ...] = ()
    """What public names lack, each in words; a deploy does not touch them."""

    @property
    def code(self) -> Code:
        """An error comes before a host that is away, and that before changes."""
        if any(True for host in self.hosts for _ in host.refusals):
            return Code.REFUSED
        if any(host.unreachable for host in self.hosts):
            return Code.UNREACHABLE
        return Code.CHANGES if any(host.changes for host in self.hosts) else Code.NOTHING


def failed(why: str) -> dict[str, Any]:
    """The same for a machine where there is no plan: what was typed, or a file, is wrong."""
    return {"schema": SCHEMA, "code": int(Code.REFUSED), "error": why, "hosts": []}


def to_json(plan: Plan) -> dict[str, Any]:
    """As docs/plan.md describes it."""
    return {"schema": SCHEMA, "code": int(plan.code), **asdict(plan)}
