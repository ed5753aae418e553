"""How a host is: read whole by one exec, and anew after whatever the run changed there."""

import base64
import json
import time
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final, NamedTuple
from weakref import WeakKeyDictionary

from pyinfra.api import FactBase, Host, State

from onhost import answer, machine
from tasks.program.packed import command, packed

SECONDS: Final = 10
"""A host does not stand still: what is older than this is read anew."""
_BARE: Final = '{"kind": "bare", "identity": "%s", "system": "%s"}'
BARE: Final = (
    f"printf '\\n{answer.BEGIN}\\n{_BARE}\\n{answer.END}\\n' "
    f'"$([ ! -e {machine.IDENTITY} ] || base64 -w 0 {machine.IDENTITY})" '
    '"$(base64 -w 0 /etc/os-release)"'
)
"""What a host says that has no Python: which Debian it is, and maybe its name; it has no stack either."""
READ: Final = command("read", without=BARE)
"""Program and questions are its standard input."""


@dataclass(frozen=True, kw_only=True)
class Asked:
    """What operations compare with, each by its name; stacks are always read."""

    files: frozenset[str] = frozenset()
    """Paths."""
    units: frozenset[str] = frozenset()
    packages: frozenset[str] = frozenset()
    accounts: frozenset[str] = frozenset()
    groups: frozenset[str] = frozenset()

    def __or__(self, other: "Asked") -> "Asked":
        return Asked(**{name: names | getattr(other, name) for name, names in vars(self).items()})

    def __le__(self, other: "Asked") -> bool:
        return all(names <= getattr(other, name) for name, names in vars(self).items())

    def written(self) -> str:
        """As the program on the host takes it."""
        return json.dumps({name: sorted(names) for name, names in vars(self).items()})


class File(NamedTuple):
    """A file as it is; the empty one where there is none."""

    access: str = ""
    """Mode and owners: `644 root:root`."""
    written: int = 0
    """Seconds since the epoch."""
    digest: str = ""
    """SHA-256 of a plain file."""


class Unit(NamedTuple):
    """A unit of systemd; the empty one where there is none."""

    started: int = 0
    """Seconds since the epoch; 0: it does not run."""
    active: bool = False
    enabled: bool = False


@dataclass(frozen=True, kw_only=True)
class Reading:
    """What was found of what was asked."""

    identity: str = ""
    """What the host has on record of its own name and environment."""
    applied: str = ""
    """What it has on record of what it was last brought to."""
    timezone: str = ""
    system: Mapping[str, str] = field(default_factory=dict)
    """The distribution, by the names of os-release."""
    files: Mapping[str, File] = field(default_factory=dict)
    units: Mapping[str, Unit] = field(default_factory=dict)
    packages: frozenset[str] = frozenset()
    """Those that are installed."""
    accounts: frozenset[str] = frozenset()
    groups: Mapping[str, frozenset[str]] = field(default_factory=dict)
    """Name: its members."""
    rules: bool = False
    """The packet filter is as its unit loaded it."""
    stacks: tuple[str, ...] = ()
    """All lines that were said: what the stacks are is among them."""
    problem: str = ""
    """Why nothing is known of the host, in one line."""

    def file(self, path: str) -> File:
        return self.files.get(path, File())

    def unit(self, name: str) -> Unit:
        return self.units.get(name, Unit())


class HostReading(FactBase[Reading]):
    """All of a host; nothing at all on a bare one."""

    default = Reading

    def command(self) -> str:
        return READ

    def process(self, output: Iterable[str]) -> Reading:
        return parsed(output)


def parsed(lines: Iterable[str]) -> Reading:
    """Reads what the program says; if it is damaged, nothing of it is believed."""
    said = tuple(lines)
    try:
        told = answer.read(said)
        whole = [_found(each) for each in told if each["kind"] in ("host", "bare")]
        hidden = [str(each["text"]) for each in told if each["kind"] == "problem"]
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        why = str(error) if type(error) is ValueError else "its answer is damaged"
        return Reading(problem=f"what runs on this host cannot be read: {why}; deploy again")
    if told and not whole:
        return Reading(problem=hidden[0] if hidden else "it said nothing of itself; deploy again")
    return Reading(**(whole[0] if whole else {}), stacks=said)


def _found(told: dict[str, Any]) -> dict[str, Any]:
    if told["kind"] == "bare":
        identity, system = (base64.b64decode(told[name]).decode() for name in ("identity", "system"))
        return {"identity": identity, "system": machine.system(system)}
    return {
        "identity": told["identity"],
        # For a key that may only read the program of the last deploy answers, which may not know of it yet.
        "applied": told.get("applied", ""),
        "timezone": told["timezone"],
        "system": told["system"],
        "files": {path: File(*found) for path, found in told["files"].items()},
        "units": {name: Unit(*found) for name, found in told["units"].items()},
        "packages": frozenset(told["packages"]),
        "accounts": frozenset(told["accounts"]),
        "groups": {name: frozenset(members) for name, members in told["groups"].items()},
        "rules": told["rules"],
    }


class Moment(NamedTuple):
    """A point of a run, seen from one host."""

    changes: int
    """Operations that have changed something there, or tried to."""
    time: float
    """Seconds, of this machine's own clock."""


@dataclass
class _Known:
    """Of one host in one run."""

    asked: Asked = Asked()
    answered: Asked = Asked()
    since: Moment | None = None
    reading: Reading = field(default_factory=Reading)


_KNOWN: Final[WeakKeyDictionary[State, dict[str, _Known]]] = WeakKeyDictionary()


def expect(host: Host, asked: Asked) -> None:
    """The next reading answers this, too: operations that follow will want it."""
    _of(host).asked |= asked


def read(host: Host, **asked: Iterable[str]) -> Reading:
    """How a host is now; `asked` as `Asked` has it. What was read is used while it is fresh."""
    known, wanted = _of(host), Asked(**{name: frozenset(names) for name, names in asked.items()})
    if not (known.since and fresh(host, known.since) and wanted <= known.answered):
        known.asked |= wanted
        known.since, known.answered = moment(host), known.asked
        known.reading = host.get_fact(HostReading, _stdin=f"{packed()}\n{known.asked.written()}")
    return known.reading


def moment(host: Host) -> Moment:
    """Now."""
    # `host` may stand for whichever host is worked on; operations know this one.
    operations = host.state.ops.get(host.state.inventory.get_host(host.name), {})
    done = (each.operation_meta for each in operations.values())
    changes = sum(meta.is_complete() and (meta.executed or meta.did_error()) for meta in done)
    return Moment(changes, time.monotonic())


def fresh(host: Host, since: Moment) -> bool:
    """Nothing that was learnt of a host then was changed by this run, and it is not old."""
    now = moment(host)
    return now.changes == since.changes and now.time - since.time < SECONDS


def _of(host: Host) -> _Known:
    return _KNOWN.setdefault(host.state, {}).setdefault(host.name, _Known())
