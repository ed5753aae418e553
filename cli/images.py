"""`guildhall images`."""

import click

from catalogue import APPS, views
from tasks import images


@click.group()
def command() -> None:
    """Which digest each image of the catalogue is pulled by, and what is newer."""


@command.command("lock")
def lock_() -> int:
    """Look up every image's digest and write images.lock.

    What was known of one that cannot be looked up stays. Exit code 1 if any could not be.
    """
    lines, failed = images.lock(views.images(APPS), images.Registries().digest)
    click.echo("\n".join(lines))
    return 1 if failed else 0


@command.command()
def outdated() -> int:
    """Say of which images something newer is out.

    Each line says how far the app may go at once.
    Exit code 2 if anything is newer, 1 if a registry could not say.
    """
    newer, failed = images.outdated(APPS, images.Registries().tags)
    for each in newer:
        click.echo(str(each))
    for reference, reason in failed.items():
        click.echo(f"{reference}: {reason}", err=True)
    return 1 if failed else 2 if newer else 0
