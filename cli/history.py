"""`guildhall history`."""

import pyinfra_cli  # noqa: F401 - first of all, since it lets gevent patch the standard library

# isort: split
from datetime import datetime
from typing import Any

import click

from catalogue import APPS
from cli.logs import apps
from tasks import inventory, remote


@click.command()
@click.argument("app", default="", shell_complete=apps)
def command(app: str) -> int:
    """Who deployed what, when, from which commit, and how it ended; oldest first."""
    if app:
        remote.named(APPS, app)
    found: list[tuple[dict[str, Any], str]] = []
    away = 0
    for host in inventory.load():
        try:
            found += [(entry, host.name) for entry in remote.deploys(host, app)]
        except ValueError as error:
            click.echo(f"NOT REACHED: {error}", err=True)
            away = 3
    for entry, name in sorted(found, key=lambda each: str(each[0]["time"])):
        click.echo(
            f"{local(str(entry['time']))}  {name:16}{entry['app']:16}{entry['revision']:14}"
            f"{entry['commit']:13}{entry['by']:24}{entry['result']}"
        )
    return away


def local(time: str) -> str:
    """A time of a server, which is UTC, as it is here: with its distance from UTC."""
    try:
        return datetime.fromisoformat(time).astimezone().strftime("%Y-%m-%d %H:%M:%S %z")
    except ValueError:
        return f"{time:25}"
