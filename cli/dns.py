"""`guildhall dns`."""

import pyinfra_cli  # noqa: F401 - first of all, since it lets gevent patch the standard library

# isort: split
import click

from catalogue import APPS, views
from tasks import dns, images, inventory, settings


@click.group()
def command() -> None:
    """Public names at Scaleway's Domains and DNS, as the catalogue wants them."""


@command.command()
def check() -> int:
    """Say what is missing, different, unused or foreign.

    Exit code 2 if `apply` would act, 1 if something is in the way that only a person can remove.
    """
    found = _shown(_zones())
    if any(each.conflicts for each in found):
        return 1
    return 2 if any(each.changes for each in found) else 0


@command.command()
def apply() -> int:
    """Bring the names where the catalogue wants them.

    What others made is never changed: the comment of each record says whose it is.
    """
    zones = _zones()
    found = _shown(zones)
    for line in dns.apply(found, zones):
        click.echo(line)
    return 1 if any(each.conflicts for each in found) else 0


def _zones() -> dns.Zones:
    settings.check_lab(settings.load())
    return dns.Zones()


def _shown(zones: dns.Zones) -> list[dns.Plan]:
    """What each zone of the site lacks, printed."""
    apps = views.without(APPS, settings.untried(settings.load()))
    found = dns.plans(apps, inventory.site(inventory.load(), images.read()), zones)
    for line in dns.report(found):
        click.echo(line)
    return found
