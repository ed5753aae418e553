"""A whole server, from a bare Debian to its running apps."""

from collections.abc import Iterable

from pyinfra import host

from catalogue.model import App
from tasks import desired
from tasks.base import base
from tasks.bucket_operations import buckets
from tasks.databases import databases
from tasks.docker_engine import docker_engine
from tasks.stacks import stacks


def server(group: str, apps: Iterable[App]) -> None:
    """Brings every host of a group (`all`: each one) to what the catalogue says of the given apps."""
    if group != "all" and group not in host.groups:
        return
    want = desired.current()
    chosen = tuple(app for app in apps if app.name in want.chosen)
    here = [release.app for release in want.releases[host.name] if release.app in chosen]
    base()
    docker_engine()
    databases(
        apps=[app for app in here if app.database],
        passwords=want.database_passwords,
        admin=want.database_admin,
    )
    buckets(apps=chosen)
    stacks(apps=chosen)
