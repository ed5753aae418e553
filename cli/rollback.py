"""`guildhall rollback`."""

import pyinfra_cli  # noqa: F401 - first of all, since it lets gevent patch the standard library

# isort: split
import click

from catalogue import APPS
from cli.logs import apps, on
from tasks import inventory, remote, rollback, run_log


@click.command()
@click.argument("app", shell_complete=apps)
@on
@click.option("--to", default="", metavar="REVISION", help="Of `guildhall history`, or its beginning.")
def command(app: str, on: str, to: str) -> int:
    """Bring a program back to the release before, or to another one that its server still has.

    It is deployed as any other release: if it gets sick, what served before serves again. Over a one-way
    migration there is no way back but a backup. The next `guildhall plan` says that the server is behind:
    change the record as well, or the next deploy goes forward again.
    """
    record = remote.named(APPS, app)
    host = remote.one(inventory.load(), record, on)
    with run_log.kept(["rollback", app, to]) as keep:

        def hear(line: str) -> None:
            keep(line)
            click.echo(line)

        return 0 if rollback.back(host, record, to, hear) else 1
