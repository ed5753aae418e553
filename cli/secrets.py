"""`guildhall secrets`: names, never values."""

import sys
from collections.abc import Iterable

import click
from click.shell_completion import CompletionItem

from catalogue import APPS, views
from tasks import secrets
from tasks.settings import check_lab, load

NEEDED = views.all_secrets(APPS)


@click.group()
def command() -> None:
    """What the secret store must hold: names, never values."""


def _store() -> secrets.Store:
    return secrets.open_store(load())


@command.command("list")
def list_() -> None:
    """List every secret: where it lies, its rule, which apps use it."""
    click.echo("\n".join(secrets.listed(NEEDED)))


@command.command()
def check() -> int:
    """Say what is missing, malformed or unused.

    Exit code 1 if an app could not use one of its secrets.
    """
    lines, usable = secrets.checked(NEEDED, _store())
    click.echo("\n".join(lines))
    return 0 if usable else 1


@command.command()
def generate() -> None:
    """Make what is missing and can be made.

    What is there is never changed. Keys of buckets and of mail are asked of Scaleway's IAM.
    """
    store = _store()
    new = secrets.generate(NEEDED, store)
    for where in new:
        click.echo(f"{'/'.join(where)} generated")
    click.echo(f"{store.place}: {len(new)} secrets generated")
    _said(secrets.issue(NEEDED, store, _iam))


def _iam() -> secrets.Iam:
    settings = load()
    check_lab(settings)
    return secrets.Iam(settings.environment)


def _said(lines: Iterable[str]) -> None:
    """Each line as soon as it is true: what comes after it may fail."""
    for line in lines:
        click.echo(line)


def _apps(_ctx: click.Context, _param: click.Parameter, begun: str) -> list[CompletionItem]:
    names = [each.bundle for each in secrets.holders(NEEDED) if each.issued]
    return [CompletionItem(name) for name in names if name.startswith(begun)]


@command.command()
@click.argument("app", shell_complete=_apps)
def renew(app: str) -> None:
    """Give an app other keys of the provider's, for its bucket and its mail.

    The old ones are good until `retire`: deploy in between.
    """
    _said(secrets.renew(NEEDED, _store(), _iam(), app))


@command.command()
@click.argument("app", shell_complete=_apps)
def retire(app: str) -> None:
    """Delete the keys of an app at the provider's, but for the stored ones."""
    _said(secrets.retire(NEEDED, _store(), _iam(), app))


def _bundles(_ctx: click.Context, _param: click.Parameter, begun: str) -> list[CompletionItem]:
    names = sorted({bundle for bundle, _ in secrets.rules(NEEDED)})
    return [CompletionItem(name) for name in names if name.startswith(begun)]


def _keys(ctx: click.Context, _param: click.Parameter, begun: str) -> list[CompletionItem]:
    keys = [key for bundle, key in sorted(secrets.rules(NEEDED)) if bundle == ctx.params.get("bundle")]
    return [CompletionItem(key) for key in keys if key.startswith(begun)]


@command.command("set")
@click.argument("bundle", shell_complete=_bundles)
@click.argument("key", shell_complete=_keys)
@click.option("--replace", is_flag=True, help="Also if it has a value.")
def set_(bundle: str, key: str, replace: bool) -> None:
    """Store a value that you type or pipe in.

    BUNDLE and KEY are those of `guildhall secrets list`, before and after the slash.
    """
    where, store = (bundle, key), _store()
    secrets.check_place(NEEDED, store, where, replace=replace)
    secrets.put(NEEDED, store, where, _typed(f"{bundle}/{key}"), replace=replace)
    click.echo(f"{bundle}/{key} set")


def _typed(what: str) -> str:
    """A value from the terminal without echo, or from standard input without its last newline."""
    if sys.stdin.isatty():
        value: str = click.prompt(what, hide_input=True)
        return value
    return sys.stdin.read().removesuffix("\n")
