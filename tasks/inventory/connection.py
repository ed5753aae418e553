"""What pyinfra's SSH connector takes: of another type it refuses it, in a line that says no place."""

import json
from collections.abc import Mapping
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

ON_SERVERS: Final = ("_sudo_password", "_su_password")
"""Passwords that pyinfra (3.10, `connectors/util.py`) makes arguments of each command on a server."""
TYPED: Final = (*ON_SERVERS, "ssh_password", "ssh_key_password", "same_sudo_password")
"""Passwords that would be arguments of pyinfra itself, or lead to the former."""


def check_unseen(where: str, name: str) -> None:
    """ValueError if every user of the servers could read this setting, which is a password."""
    if name in ON_SERVERS:
        raise ValueError(
            f"{where}: {name} would be seen by all users of the servers, among the processes; drop it, "
            "log in with a key, and give your user NOPASSWD in /etc/sudoers.d"
        )


def check_typed(where: str, name: str) -> None:
    """ValueError if every user of this machine could read this word of a command, which is a password."""
    if name in TYPED:
        raise ValueError(
            f"{where}: others would see the password, among the processes; drop it, log in with a key that "
            "ssh-agent holds, and let sudo ask for none (NOPASSWD)"
        )


def check_options(given: Mapping[str, object]) -> None:
    """The same for pyinfra's own options, by the names that they have there."""
    for name in filter(given.get, given):
        check_typed(f"--{name.replace('_', '-')}", name)


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
