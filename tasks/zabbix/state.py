"""What Zabbix said it has, how that differs from what is wanted, and the calls that make it so: pure."""

import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from tasks.secrets import Sensitive
from tasks.zabbix.kinds import GROUP, KINDS, OLD_ACTION, PAGES
from tasks.zabbix.wanted import Ref, Thing

ABSENT: Final = "it does not run"
"""As ask.py says it; a bare host says nothing."""
MISSING: Final = "missing"
UNWANTED: Final = "in no record"
REPORTS: Final = "1"
"""`active_available` while an agent is heard of (zabbix/zabbix 7.0, ui/include/defines.inc.php)."""


@dataclass(frozen=True, kw_only=True)
class Found:
    """All that was asked for, by kind and name."""

    problem: str = ""
    """Why nothing is known, in one line."""
    errors: Sequence[str] = ()
    """Of the calls that went before, each in its place; empty for one that was taken."""
    things: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)

    def id(self, ref: Ref) -> str | None:
        there = self.things.get(ref.kind, {}).get(ref.name)
        return str(there[KINDS[ref.kind].id]) if there else None


@dataclass(frozen=True, kw_only=True)
class Difference:
    """One object that is not as it is wanted."""

    thing: Thing
    what: str
    """`missing`, `in no record`, or the fields that differ."""

    @property
    def ref(self) -> Ref:
        return self.thing.ref

    @property
    def label(self) -> str:
        return "SAML" if KINDS[self.ref.kind].only else self.ref.name


def told(lines: Iterable[str]) -> Found:
    """What ask.py printed."""
    lines = list(lines)
    if not lines:
        return Found(problem=ABSENT)
    try:
        said = json.loads(lines[-1])
        return Found(problem=said["problem"]) if "problem" in said else _whole(**said)
    except (ValueError, KeyError, TypeError, AttributeError):
        return Found(problem="what it says is damaged")


def _whole(errors: Sequence[str], answers: Sequence[Any]) -> Found:
    things = {kind: _named(kind, answer) for kind, answer in zip(KINDS, answers, strict=True)}
    pages = Found(things=things).id(Ref("host", PAGES))
    things["httptest"] = {name: each for name, each in things["httptest"].items() if each["hostid"] == pages}
    return Found(errors=errors, things=things)


def _named(name: str, answer: Any) -> dict[str, Any]:
    kind = KINDS[name]
    if not kind.id:
        return {"": answer}
    return {
        each[kind.key]: {kind.answers.get(field, field): value for field, value in each.items()}
        for each in answer
    }


def differences(wanted: Sequence[Thing], found: Found) -> list[Difference]:
    """What is to be made, changed and removed, in this order."""
    return [*_unlike(wanted, found), *_unwanted(wanted, found)]


def _unlike(wanted: Iterable[Thing], found: Found) -> Iterator[Difference]:
    for thing in wanted:
        there = found.things[thing.kind].get(thing.name)
        if there is None and thing.made:
            yield Difference(thing=thing, what=MISSING)
        if there is not None and (fields := _fields(thing, there, found)):
            yield Difference(thing=thing, what=", ".join(fields))


def _fields(thing: Thing, there: Mapping[str, Any], found: Found) -> list[str]:
    return [name for name, value in thing.fields.items() if not _same(value, there.get(name), found)]


def _same(wanted: Any, there: Any, found: Found) -> bool:
    """The API says every number as a text, and of lists no order."""
    match wanted:
        case Ref():
            return found.id(wanted) == str(there)
        case Sensitive():
            return there in (wanted.reveal(), hashlib.sha256(wanted.reveal().encode()).hexdigest())
        case dict():
            known = there if isinstance(there, dict) else {}
            return all(_same(value, known.get(name), found) for name, value in wanted.items())
        case list():
            several = there if isinstance(there, list) else []
            same = (any(_same(value, each, found) for each in several) for value in wanted)
            return len(several) == len(wanted) and all(same)
        case _:
            return str(wanted) == str(there)


def _unwanted(wanted: Iterable[Thing], found: Found) -> Iterator[Difference]:
    """Of the hosts of our group, the scenarios of our pages, and what an earlier release of ours made."""
    names = {(each.kind, each.name) for each in wanted}
    group = found.id(Ref("hostgroup", GROUP))
    ours = [name for name, each in found.things["host"].items() if {"groupid": group} in each["groups"]]
    old = [OLD_ACTION] if OLD_ACTION in found.things["action"] else []
    for kind, known in (("httptest", found.things["httptest"]), ("host", ours), ("action", old)):
        for name in sorted(name for name in known if (kind, name) not in names):
            yield Difference(thing=Thing(kind=kind, name=name, fields={}), what=UNWANTED)


def unlike(wanted: Sequence[Thing], found: Found) -> list[str]:
    """For a person: what is not as it is wanted."""
    return said(differences(wanted, found))


def said(differences: Iterable[Difference]) -> list[str]:
    """For a person: a line for each kind and each way in which it differs."""
    lines: dict[tuple[str, str], list[str]] = {}
    for each in differences:
        lines.setdefault((KINDS[each.ref.kind].word, each.what), []).append(each.label)
    return [
        f"{word}: {', '.join(names)}: {what if what in (MISSING, UNWANTED) else f'differs in {what}'}"
        for (word, what), names in lines.items()
    ]


def calls(differences: Iterable[Difference], found: Found) -> list[tuple[Difference, list[Any]]]:
    """Those that can be made now: what another one makes first has no id yet. Secrets are in them."""
    made = ((each, _call(each, found)) for each in differences)
    return [(each, call) for each, call in made if call]


def _call(difference: Difference, found: Found) -> list[Any]:
    thing, kind = difference.thing, KINDS[difference.ref.kind]
    own = found.id(thing.ref) if kind.id else None
    if difference.what == UNWANTED:
        return [f"{thing.kind}.delete", [own]]
    new = difference.what == MISSING
    fields = {
        name: value
        for name, value in thing.fields.items()
        if new or (name in difference.what.split(", ") and name not in kind.fixed)
    }
    try:
        params, _ = _plain(fields, found), thing.after and _plain(thing.after, found)
    except KeyError:
        return []
    identity = {kind.key: thing.name} if new else {kind.id: own} if kind.id else {}
    return [f"{thing.kind}.{'create' if new else 'update'}", {**identity, **params}]


def _plain(value: Any, found: Found) -> Any:
    """As the API takes it; KeyError if something it names is not there yet."""
    match value:
        case Ref():
            if (number := found.id(value)) is None:
                raise KeyError(value)
            return number
        case Sensitive():
            return value.reveal()
        case dict():
            return {name: _plain(each, found) for name, each in value.items()}
        case list():
            return [_plain(each, found) for each in value]
        case _:
            return value


def silent(hosts: Iterable[str], found: Found) -> list[str]:
    """Hosts whose agent was not heard of lately."""
    known = found.things.get("host", {})
    return [name for name in hosts if known.get(name, {}).get("active_available") != REPORTS]
