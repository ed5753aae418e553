"""The environment of a double: values that come from files, and what is wrong with it, never a value."""

import re
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

from .contract import Contract


def resolved(contract: Contract, env: Mapping[str, str]) -> dict[str, str]:
    """The environment with values from files put in; an unreadable file counts as unset."""
    if not contract.from_file:
        return dict(env)
    if contract.from_file == "file://":
        return {
            name: value if name in contract.literal else _follow(value, env) for name, value in env.items()
        }
    suffix = contract.from_file
    named = {name.removesuffix(suffix): _read(value) for name, value in env.items() if name.endswith(suffix)}
    return {**env, **named}


def _follow(value: str, env: Mapping[str, str]) -> str:
    if value.startswith("file://"):
        return _read(value.removeprefix("file://"))
    return env.get(value.removeprefix("env://"), "") if value.startswith("env://") else value


def _read(path: str) -> str:
    try:
        return Path(path).read_text().strip()
    except OSError:
        return ""


def problems(contract: Contract, env: Mapping[str, str]) -> list[str]:
    """Every variable that is missing, malformed or out of place, by name."""
    return [
        *_missing(contract.required, env),
        *_malformed({**contract.required, **contract.optional}, env),
        *(f"{name}: {why}" for name, why in contract.forbidden.items() if env.get(name)),
        *_not_one(contract.one_of, env),
    ]


def _missing(names: Iterable[str], env: Mapping[str, str]) -> Iterator[str]:
    return (f"{name}: missing" for name in names if not env.get(name))


def _malformed(patterns: Mapping[str, str], env: Mapping[str, str]) -> Iterator[str]:
    for name, pattern in patterns.items():
        if env.get(name) and not re.fullmatch(pattern, env[name]):
            yield f"{name}: must match {pattern}"


def _not_one(sets: Iterable[tuple[str, ...]], env: Mapping[str, str]) -> Iterator[str]:
    for names in sets:
        if sum(bool(env.get(name)) for name in names) != 1:
            yield f"{' or '.join(names)}: exactly one must be set"


def scrubbed(text: str, env: Mapping[str, str]) -> str:
    """The text with every value of the environment replaced by the names of the variables that have it."""
    names: dict[str, list[str]] = {}
    for name, value in env.items():
        names.setdefault(value, []).append(name)
    for value in sorted(names, key=len, reverse=True):
        if len(value) > 3:
            text = text.replace(value, f"${'|'.join(names[value])}")
    return text
