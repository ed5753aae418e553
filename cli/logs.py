"""`guildhall logs`."""

import pyinfra_cli  # noqa: F401 - first of all, since it lets gevent patch the standard library

# isort: split
import click
from click.shell_completion import CompletionItem

from catalogue import APPS
from tasks import inventory, remote


def apps(_ctx: click.Context, _param: click.Parameter, begun: str) -> list[CompletionItem]:
    """Names for completion."""
    return [CompletionItem(app.name) for app in APPS if app.name.startswith(begun)]


on = click.option("--on", default="", metavar="SERVER", help="Where it runs on several servers.")


@click.command()
@click.argument("app", shell_complete=apps)
@on
@click.option("-f", "--follow", is_flag=True, help="Go on with what comes; Ctrl-C ends it.")
@click.option("--since", default="1h", show_default=True, metavar="WHEN", help="2h, or 2026-01-31T18:00.")
def command(app: str, on: str, follow: bool, since: str) -> int:
    """What a program's containers printed."""
    record = remote.named(APPS, app)
    if not remote.SINCE.fullmatch(since):
        raise ValueError(f"--since {since}: write 30m, 2h or 2026-01-31T18:00")
    host = remote.one(inventory.load(), record, on)
    words = ("logs", "--no-color", "--timestamps", "--since", since, *(["--follow"] if follow else []))
    return 0 if remote.heard(host, remote.compose(record, *words), click.echo) else 1
