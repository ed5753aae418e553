"""`guildhall history`."""

import pyinfra_cli  # noqa: F401 - first of all, since it lets gevent patch the standard library

# isort: split
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
    lines, away = remote.history(inventory.load(), app)
    for line in lines:
        click.echo(line)
    for line in away:
        click.echo(line, err=True)
    return 3 if away else 0
