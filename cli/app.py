"""`guildhall app`."""

from pathlib import Path

import click

from tasks.settings import ROOT, source
from tasks.stacks import import_compose


@click.group()
def command() -> None:
    """A new app: what its own Compose file says, as a record and a template."""


@command.command("import")
@click.argument("compose", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--name", required=True, help="Of the new app.")
def import_(compose: Path, name: str) -> None:
    """Write a first record and template from a Compose file.

    What it says beyond that becomes a comment, and what is missing TODO. Rights are never guessed.
    """
    for file in import_compose(ROOT, name, source(compose), str(compose)):
        click.echo(f"{file.relative_to(ROOT)} is written; finish what says TODO")
