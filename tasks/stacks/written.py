"""What a person wrote into the template of a Compose file, read and checked."""

import json
import re
from collections.abc import Iterator
from typing import Any

from tasks.stacks.compose_keys import SERVICE, TOP
from tasks.stacks.compose_template import check_keys, shorten
from tasks.stacks.refusals import RefusedError
from tasks.yaml_text import YamlError, loaded

DOLLAR = re.compile(r"\$(?:\$|\{([A-Za-z_]\w*)(?:[:?+-][^${}]*)?\}|([A-Za-z_]\w*)|)", re.ASCII)
"""Every `$` of a Compose file: the sign itself, `${NAME}`, `$NAME`, or one that is none of these."""
MORE = re.compile(r"\$\{(\w+):?[?+-]", re.ASCII)
"""The beginning of what Compose would take, or say, where a variable is not set."""

Definition = dict[str, Any]


def services_of(template: str) -> dict[str, Definition | None]:
    """The services of a rendered template; RefusedError says what Compose would not take as meant."""
    try:
        parsed = loaded(template)
    except YamlError as error:
        raise RefusedError(f"it is not YAML: {error.problem}", at=error.line) from error
    if not isinstance(parsed, dict) or not isinstance(parsed.get("services"), dict):
        raise RefusedError("it has no services; write them as `services:` and below it `NAME:`", "services")
    check_keys(parsed, TOP)
    for name, service in parsed["services"].items():
        here = ("services", name)
        if not isinstance(service, dict | None):
            raise RefusedError("it is no mapping; write `NAME: VALUE` below it", *here)
        check_keys(service or {}, SERVICE, *here)
        _short(service or {}, *here)
        shorten(name, service or {})
    _plain(parsed["services"])
    return dict(parsed["services"])


def _short(service: Definition, *path: object) -> None:
    """RefusedError for the other ways that Compose has to write a service: digests are made of this one."""
    for key, value in service.items():
        if value is None:
            raise RefusedError(f"there is nothing below {key}; write something, or drop it", *path, key)
    environment = service.get("environment", {})
    if not isinstance(environment, dict):
        said = "its environment is no mapping; write `NAME: VALUE` below it"
        raise RefusedError(said, *path, "environment")
    for name, value in environment.items():
        if not isinstance(value, str | int | float):
            said = f"{name} has no text as its value; write one, in quotes if it is empty"
            raise RefusedError(said, *path, "environment", name)


def _plain(services: Definition) -> None:
    """RefusedError for what Compose takes otherwise than it was meant, or not at all."""
    try:
        json.dumps(services, sort_keys=True, allow_nan=False)
    except (TypeError, ValueError, RecursionError) as error:
        raise RefusedError(f"a value that Compose cannot read ({error}); quote it", "services") from error
    for text, *path in _texts(services, "services"):
        for match in DOLLAR.finditer(text):
            more = MORE.match(text, match.start())
            if more or match[0] == "$":
                raise RefusedError(_wrong(more), *path)


def _wrong(more: re.Match[str] | None) -> str:
    """What is wrong with a `$`."""
    if not more:
        return "it has a lone $; write ${NAME} for a secret, $$ for the sign itself"
    return (
        f"${{{more[1]}…}} says more than a name, and variables are secrets, which are always there; write "
        f"${{{more[1]}}} for a secret, or the value itself for a setting"
    )


def _texts(value: object, *path: object) -> Iterator[tuple[Any, ...]]:
    """Every text of a part of a Compose file, and the path that leads to it."""
    if isinstance(value, dict):
        for key, each in value.items():
            yield from ((str(key), *path, key), *_texts(each, *path, key))
    elif isinstance(value, list):
        for number, each in enumerate(value):
            yield from _texts(each, *path, number)
    elif isinstance(value, str):
        yield (value, *path)


def references(definition: object) -> set[str]:
    """The variables that a part of a Compose file takes from `.env`."""
    found = DOLLAR.finditer(json.dumps(definition, ensure_ascii=False))
    return {match[1] or match[2] for match in found if match[1] or match[2]}
