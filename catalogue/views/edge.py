"""What the edge of a host shares with the apps behind it."""

import re
from collections.abc import Iterable, Mapping

from catalogue.model import App, Route
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


ENCODED: Mapping[str, str] = {
    "/": "Slash",
    "\\": "BackSlash",
    "\0": "NullCharacter",
    ";": "Semicolon",
    "%": "Percent",
    "?": "QuestionMark",
    "#": "Hash",
}
"""Characters that mean something else once they are decoded, as Traefik's `encodedCharacters` names them."""


def encoded_characters(route: Route) -> dict[str, bool]:
    """By Traefik's names: whether the route lets them through in their encoded form."""
    return {name: character in route.encoded for character, name in ENCODED.items()}


def closed_pattern(route: Route) -> str:
    """The route's closed paths, in capitals too, and behind a `….php`, which PHP takes for its front door."""
    return f"(?i)^(?:/[^/]+[.]php[^/]*)?(?:{'|'.join(map(re.escape, route.closed_paths))})"
