"""A key that may only read: what it may ask of a server, and what sees to it there."""

import hashlib
import json
from collections.abc import Iterable, Mapping
from typing import Any, Final

from pyinfra.api import StringCommand, deploy
from pyinfra.connectors.util import make_unix_command

from tasks.host.access import SSHD
from tasks.host.config_file import Lines
from tasks.host.firewall import FILE as FIREWALL
from tasks.host.people import KEYS
from tasks.host.settings import Setting, place

LIST: Final = "/etc/guildhall/readonly.json"
DRIFT: Final = "/var/lib/guildhall/metrics/drift"
NOTE: Final = f"umask 022; cat >{DRIFT}.new && mv {DRIFT}.new {DRIFT}.prom"
"""All that a run which changes nothing leaves on a server: what has moved there, for alerts."""
SHOWN: Final = (KEYS, SSHD, FIREWALL)
"""Files of which `--diff` shows the lines."""


@deploy("Host")
def readonly(questions: Mapping[str, str], files: Iterable[str], tried: Mapping[str, Any]) -> None:
    """Who has such a key may send these commands, each with what it may be told, and no others.

    `files` are those whose digests may be asked for, `tried` the addresses at which verify tries ports.
    """
    place(setting(listed(questions, files, tried)))


def setting(text: str) -> Setting:
    """The file with the list."""
    return Setting(name="people: what a key may ask that may only read", path=LIST, content=text)


def listed(questions: Mapping[str, str], files: Iterable[str], tried: Mapping[str, Any]) -> str:
    """The list as the program on the server reads it: digests of commands, and what each may be told."""
    shown = {Lines().command(path).get_raw_value(): "none" for path in SHOWN}
    commands = {digest(each): told for each, told in {**shown, NOTE: "drift", **questions}.items()}
    known = {"commands": commands, "files": sorted(files), "tried": tried}
    return json.dumps(known, indent=1, sort_keys=True) + "\n"


def digest(command: str) -> str:
    """Of a command as SSH takes it."""
    return hashlib.sha256(sent(command).encode()).hexdigest()


def sent(command: str) -> str:
    """A command as SSH takes it."""
    return str(make_unix_command(StringCommand(command)).get_raw_value())
