"""The environment of a double: values that come from files, and what is wrong with it, never a value."""

import re
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

import yaml

from .contract import Contract, fill


def flags(words: Iterable[str]) -> dict[str, str]:
    """`--name.of-it=value` as FLAG_NAME_OF_IT; one without a value is `true`."""
    parts = (word.lstrip("-").partition("=") for word in words if word.startswith("-"))
    return {
        f"FLAG_{re.sub(r'[^A-Za-z0-9]', '_', name).upper()}": value if given else "true"
        for name, given, value in parts
    }


def resolved(contract: Contract, env: Mapping[str, str]) -> dict[str, str]:
    """The environment with values from files put in; an unreadable file counts as unset."""
    given = _from_files(contract, env)
    if not contract.config:
        return given
    text = fill(_read(fill(contract.config, given)), given)
    return {**given, **dict(_settings("CONFIG", yaml.safe_load(text)))}


def _settings(path: str, value: object) -> Iterator[tuple[str, str]]:
    """Every leaf of a configuration by its path; one without a value is empty."""
    if isinstance(value, dict | list):
        for key, below in value.items() if isinstance(value, dict) else enumerate(value):
            yield from _settings(f"{path}_{re.sub(r'[^A-Za-z0-9]', '_', str(key)).upper()}", below)
    else:
        yield path, str(value).lower() if isinstance(value, bool) else str("" if value is None else value)


def _from_files(contract: Contract, env: Mapping[str, str]) -> dict[str, str]:
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
        *unknown_flags(contract, env),
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


def unknown_flags(contract: Contract, env: Mapping[str, str]) -> Iterator[str]:
    """The flags that the program does not have: it would not start."""
    known = contract.required.keys() | contract.optional.keys()
    return (f"{name}: no such flag" for name in sorted(env.keys() - known) if name.startswith("FLAG_"))


def scrubbed(text: str, env: Mapping[str, str]) -> str:
    """The text with every value of the environment replaced by the names of the variables that have it."""
    names: dict[str, list[str]] = {}
    for name, value in env.items():
        names.setdefault(value, []).append(name)
    for value in sorted(names, key=len, reverse=True):
        if len(value) > 3:
            text = text.replace(value, f"${'|'.join(names[value])}")
    return text
