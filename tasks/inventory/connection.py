"""What pyinfra's SSH connector takes: of another type it refuses it, in a line that says no place."""

import json
from contextlib import suppress
from typing import Any, Final, get_type_hints

from pyinfra.connectors.ssh import ConnectorData

KINDS: Final[dict[str, type]] = get_type_hints(ConnectorData)
"""Setting: its type."""
WORDS: Final = {
    str: "text, in quotes",
    int: "a whole number",
    float: "a number",
    bool: "True or False",
    dict: "a dictionary",
}


def check_kind(where: str, name: str, value: object) -> None:
    """ValueError if no connection can be made with this value, which may be a password: it is not shown."""
    kind = KINDS.get(name, object)
    good = isinstance(value, (int, float) if kind is float else kind)
    if not good or (kind in (int, float) and isinstance(value, bool)):
        raise ValueError(f"{where}: {name} is of type {type(value).__name__}; write {WORDS[kind]}")


def typed(text: str) -> Any:
    """What pyinfra makes of a value of --data."""
    if text.lower() in ("true", "false"):
        return text.lower() == "true"
    for read in (int, json.loads):
        with suppress(ValueError):
            return read(text)
    return text
