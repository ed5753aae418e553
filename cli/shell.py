"""`guildhall shell`."""

import pyinfra_cli  # noqa: F401 - first of all, since it lets gevent patch the standard library

# isort: split
import os
import sys

import click

from catalogue import APPS
from cli.logs import apps, on
from tasks import inventory, remote


@click.command()
@click.argument("app", shell_complete=apps)
@click.argument("service", default="")
@on
def command(app: str, service: str, on: str) -> None:
    """A shell in a program's container; SERVICE if not its first one."""
    record = remote.named(APPS, app)
    names = [each.name for each in record.services if not each.one_shot]
    if service and service not in names:
        raise ValueError(f"{app} has no service '{service}'; it has {', '.join(names)}")
    host = remote.one(inventory.load(), record, on)
    words = remote.ssh(host, remote.compose(record, "exec", service or names[0], "sh"))
    sys.stdout.flush()
    os.execvp(words[0], words)  # noqa: S606 - its words are a list
