"""`guildhall admin`."""

import pyinfra_cli  # noqa: F401 - first of all, since it lets gevent patch the standard library

# isort: split
import sys

import click
from click.shell_completion import CompletionItem

from catalogue import APPS
from tasks import admin, inventory


def _apps(_ctx: click.Context, _param: click.Parameter, begun: str) -> list[CompletionItem]:
    return [CompletionItem(app.name) for app in APPS if app.first_admin and app.name.startswith(begun)]


@click.command()
@click.argument("app", shell_complete=_apps)
@click.argument("words", nargs=-1)
def command(app: str, words: tuple[str, ...]) -> None:
    """Make the first account of a program that runs, or somebody its administrator.

    By the command of its record, in its container. Which programs have one, and the WORDS that each wants
    to be told: docs/production.md. A password is asked for, or read from standard input.
    """
    record, first = admin.wanted(APPS, app, words)
    password = _typed() if first.password else ""
    for line in admin.made(inventory.load(), record, first, words, password):
        click.echo(line)


def _typed() -> str:
    """A password from the terminal without echo, or from standard input without its last newline."""
    if not sys.stdin.isatty():
        return sys.stdin.read().removesuffix("\n")
    value: str = click.prompt("password", hide_input=True, confirmation_prompt=True)
    return value
