"""What the edge of a host shares with the apps behind it."""

from collections.abc import Iterable

from catalogue.model import App
from catalogue.views.names import the


def edge(apps: Iterable[App]) -> App:
    """What serves the routes of every host."""
    return the(apps, "edge", lambda app: app.edge)


def edge_network(app: App, apps: Iterable[App]) -> str:
    """The network that an app has with the edge, and with nobody else; empty for one that needs none."""
    behind = app.routes or any(service.on_edge for service in app.services)
    return edge_network_name(edge(apps), app.name) if behind else ""


def edge_network_name(edge: App, app: str) -> str:
    """Docker publishes ports on the first of a container's networks by name: not on one that comes and goes.

    `<edge>_to_…` stands behind the edge's own, `<edge>_default`.
    """
    return f"{edge.name}_to_{app}"
