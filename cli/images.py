"""`guildhall images`."""

import click

from catalogue import APPS, views
from tasks.images import Registries, lock


@click.group()
def command() -> None:
    """Which digest each image of the catalogue is pulled by."""


@command.command("lock")
def lock_() -> int:
    """Look every image up at its registry and write images.lock.

    What was known of one that cannot be looked up stays. Exit code 1 if any could not be.
    """
    lines, failed = lock(views.images(APPS), Registries().digest)
    click.echo("\n".join(lines))
    return 1 if failed else 0
