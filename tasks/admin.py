"""The first account of an app that runs, made by the command of its record in its container."""

import json
import re
from collections.abc import Iterable, Iterator, Sequence

from pyinfra.api import Inventory

from catalogue.model import App, FirstAdmin
from tasks import program, remote
from tasks.privileges import privileges

PLAIN = re.compile(r"[\w.@+-]+", re.ASCII)
"""What a person may say: commands hand it on to shells and databases."""
COMMAND = program.command("account", without='echo "Python is missing on this host: deploy" >&2; exit 1')


def usage(app: App, first: FirstAdmin) -> str:
    """What a person types."""
    return " ".join(["guildhall admin", app.name, *first.asks])


def wanted(apps: Iterable[App], name: str, said: Sequence[str]) -> tuple[App, FirstAdmin]:
    """The app of that name and what makes its first account; ValueError if it is not to be had so."""
    app = remote.named(apps, name)
    first = app.first_admin
    if not first:
        raise ValueError(
            f"{name}: no command makes its first account (its record has no first_admin); "
            "see docs/production.md for the way"
        )
    if len(said) != len(first.asks):
        raise ValueError(f"{name}: type {usage(app, first)}")
    for asked, word in zip(first.asks, said, strict=True):
        if not PLAIN.fullmatch(word):
            raise ValueError(f"{name}: {asked} is {word!a}; write letters, digits and . @ + - _ alone")
    return app, first


def made(inventory: Inventory, app: App, first: FirstAdmin, said: Sequence[str], password: str) -> list[str]:
    """Runs the command on the app's server; what is to be said of it. ValueError if it did not end well."""
    host = remote.connected(remote.servers(inventory, app)[0])
    told = {
        "app": app.name,
        "service": first.service,
        "command": [*first.command, *said],
        "given": f"{password}\n" if first.password else "",
    }
    sent = f"{program.packed()}\n{json.dumps(told)}\n"
    good, output = host.run_shell_command(COMMAND, _stdin=sent, **privileges(host))
    lines = list(_without_empty(output.output.splitlines()))
    if not good:
        raise ValueError("\n".join(lines) or f"{app.name}: nothing was heard of it from {host.name}")
    return lines


def _without_empty(lines: Iterable[str]) -> Iterator[str]:
    return filter(str.strip, lines)
