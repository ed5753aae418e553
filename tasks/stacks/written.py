"""What a person wrote into the template of a Compose file, read and checked."""

import json
import re
from typing import Any

from tasks.stacks.compose_keys import SERVICE, TOP
from tasks.stacks.compose_template import check_keys, shorten
from tasks.yaml_text import loaded

DOLLAR = re.compile(r"\$(?:\$|\{([A-Za-z_]\w*)(?:[:?+-][^${}]*)?\}|([A-Za-z_]\w*)|)", re.ASCII)
"""Every `$` of a Compose file: the sign itself, `${NAME}`, `$NAME`, or one that is none of these."""

Definition = dict[str, Any]


def services_of(app: str, template: str) -> dict[str, Definition | None]:
    """The services of an app's rendered template; ValueError says what Compose would not take as meant."""
    where = f"templates/{app}/compose.yaml.j2, once rendered,"
    try:
        parsed = loaded(template)
    except ValueError as error:
        raise ValueError(f"{where} is not YAML: {error}") from error
    if not isinstance(parsed, dict) or not isinstance(parsed.get("services"), dict):
        raise ValueError(f"{where} has no services; write them as `services:` and below it `NAME:`")
    check_keys(f"templates/{app}/compose.yaml.j2", parsed, TOP)
    for name, service in parsed["services"].items():
        if not isinstance(service, dict | None):
            raise ValueError(f"{where}: service {name!r} is no mapping; write `NAME: VALUE` below it")
        here = f"templates/{app}/compose.yaml.j2: service {name!r}"
        check_keys(here, service or {}, SERVICE)
        _short(f"{where}: service {name!r}", service or {})
        shorten(here, service or {})
    _plain(where, parsed)
    return dict(parsed["services"])


def _short(where: str, service: Definition) -> None:
    """ValueError for the other ways that Compose has to write a service: digests are made of this one."""
    for key, value in service.items():
        if value is None:
            raise ValueError(f"{where}: there is nothing below {key}; write something, or drop it")
    environment = service.get("environment", {})
    if not isinstance(environment, dict):
        raise ValueError(f"{where}: its environment is no mapping; write `NAME: VALUE` below it")
    for name, value in environment.items():
        if not isinstance(value, str | int | float):
            raise ValueError(f"{where}: {name} has no text as its value; write one, in quotes if it is empty")


def _plain(where: str, value: Any) -> None:
    """ValueError for what Compose takes otherwise than it was meant, or not at all."""
    try:
        text = json.dumps(value, sort_keys=True, allow_nan=False)
    except (TypeError, ValueError, RecursionError) as error:
        raise ValueError(f"{where} has a value that Compose cannot read ({error}); quote it") from error
    for match in DOLLAR.finditer(text):
        if match[0] == "$":
            raise ValueError(f"{where} has a lone $; write ${{NAME}} for a secret, $$ for the sign itself")


def references(definition: object) -> set[str]:
    """The variables that a part of a Compose file takes from `.env`."""
    found = DOLLAR.finditer(json.dumps(definition, ensure_ascii=False))
    return {match[1] or match[2] for match in found if match[1] or match[2]}
