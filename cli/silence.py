"""`guildhall silence`."""

import pyinfra_cli  # noqa: F401 - first of all, since it lets gevent patch the standard library

# isort: split
import click

from catalogue import APPS
from cli.logs import apps
from tasks import inventory, silences


@click.command()
@click.argument("app", default="", shell_complete=apps)
@click.argument("lasts", default="", metavar="[FOR]")
@click.option("--because", default="", metavar="TEXT", help="Why; it is shown with the silence.")
@click.option("--end", is_flag=True, help="End the silences of the program before their time.")
def command(app: str, lasts: str, because: str, end: bool) -> None:
    """Have nobody told of a program's alerts for a while; without a program, say what is silenced.

    FOR is 30m, 2h or 3d. What lasts longer than the silence is told once it is over.

    \b
        guildhall silence outline 2h --because "it moves to a larger disk"
    """
    order = silences.order(APPS, app, lasts, because, end=end)
    for line in silences.done(order, silences.Silences(inventory.load(), APPS)):
        click.echo(line)
