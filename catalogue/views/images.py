"""Which images the catalogue names."""

from collections.abc import Iterable

from catalogue.model import App
from catalogue.views.names import present


def images(apps: Iterable[App]) -> tuple[str, ...]:
    """Every image reference, once, in catalogue order."""
    return tuple(dict.fromkeys(service.image.reference for app in present(apps) for service in app.services))
