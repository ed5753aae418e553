"""How a record refuses what is wrong."""

import re
from collections.abc import Iterable

NAME = re.compile(r"[a-z][a-z0-9-]{0,38}[a-z0-9]")


def require(condition: object, message: str) -> None:
    if not condition:
        raise ValueError(message)


def unique(what: str, names: Iterable[str]) -> None:
    seen: set[str] = set()
    for name in names:
        require(name not in seen, f"{what} '{name}' is declared twice; give one of them another name")
        seen.add(name)
