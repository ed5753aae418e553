"""A whole server, from a bare Debian to its running apps."""

from collections.abc import Iterable

from pyinfra import host

from catalogue.model import App
from tasks import desired
from tasks.base import base
from tasks.buckets_deploy import buckets
from tasks.databases import databases
from tasks.docker_engine import docker_engine
from tasks.stacks import stacks


def server(group: str, apps: Iterable[App]) -> None:
    """Brings every host of a group (`all`: each one) to what the catalogue says of the given apps."""
    if group != "all" and group not in host.groups:
        return
    chosen = tuple(app for app in apps if app.name in desired.current().chosen)
    base()
    docker_engine()
    databases(chosen)
    buckets(chosen)
    stacks(chosen)
