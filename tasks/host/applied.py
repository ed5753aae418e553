"""What a host was last brought to: by it a plan tells which of the two moved since, repository or host."""

import json
from collections.abc import Generator, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Final, Literal
from weakref import WeakKeyDictionary

from pyinfra import host
from pyinfra.api import State, StringCommand, deploy, operation

from onhost.machine import APPLIED
from tasks import program

Things = Mapping[str, str]
"""What there is on a host, each with how it is; what is not there is not among them. No secret, ever."""
Moved = Literal["new", "repository", "host", "both", "either"]
# Root's alone from its birth on, and never there in part.
WRITE: Final = (
    f"umask 077; mkdir -p {APPLIED.rpartition('/')[0]} && "
    f"cat >{APPLIED}.new && sync {APPLIED}.new && mv -f {APPLIED}.new {APPLIED}"
)


@dataclass
class _Compared:
    """Of one host in one run."""

    wanted: dict[str, str] = field(default_factory=dict)
    moved: dict[str, Moved] = field(default_factory=dict)
    """By operation."""


_COMPARED: Final[WeakKeyDictionary[State, dict[str, _Compared]]] = WeakKeyDictionary()


def _of(state: State, name: str) -> _Compared:
    return _COMPARED.setdefault(state, {}).setdefault(name, _Compared())


def things(kind: str, names: Iterable[str]) -> dict[str, str]:
    """Those of which there is no more to say than that they are so: `{"package curl": "yes"}`."""
    return {f"{kind} {name}": "yes" for name in names}


def compared(wanted: Things, found: Things) -> bool:
    """Whether this host has just what the operation at work wants of it, and notes for a plan which moved."""
    this, known = _of(host.state, host.name), program.read(host)
    this.wanted.update(wanted)
    applied = _read(known.applied)
    # One without a record was not deployed yet, or not by a deploy that ended well and kept one.
    unknown: Moved = "either" if known.identity.strip() else "new"
    this.moved[host.current_op_hash or ""] = unknown if applied is None else moved(wanted, found, applied)
    return wanted == found


def moved(wanted: Things, found: Things, applied: Things) -> Literal["repository", "host", "both"]:
    """Which of the two is why a host has not what is wanted, by what it was last brought to."""
    differ = [thing for thing in {**wanted, **found} if wanted.get(thing) != found.get(thing)]
    repository = any(wanted.get(thing) != applied.get(thing) for thing in differ)
    # What nobody wanted before may have been there in any way.
    known = [thing for thing in differ if thing in applied or thing not in wanted]
    if not any(found.get(thing) != applied.get(thing) for thing in known):
        return "repository"
    return "both" if repository else "host"


def cause(state: State, name: str, operation: str) -> Moved:
    """Which moved, if an operation of a run would change a host; `either` of one that compares otherwise."""
    return _of(state, name).moved.get(operation, "either")


@deploy("Host")
def recorded() -> None:
    """The host remembers what it was brought to: behind all that may fail on the host itself."""
    on_record(name="applied: what the host was brought to")


@operation()
def on_record() -> Generator[StringCommand]:
    """What the operations before wanted is on record, and nothing else."""
    this, found = _of(host.state, host.name), program.read(host).applied
    applied = _read(found)
    if applied == this.wanted:
        host.noop("it is on record")
        return
    damaged: Moved = "host" if found.strip() else "new"
    this.moved[host.current_op_hash or ""] = damaged if applied is None else "repository"
    yield StringCommand(WRITE, _stdin=json.dumps(this.wanted, indent=1, sort_keys=True))


def _read(text: str) -> dict[str, str] | None:
    """What is on record; None if nothing is, or nothing that anybody can read."""
    try:
        told = json.loads(text)
    except (ValueError, RecursionError):
        return None
    return told if isinstance(told, dict) else None
