"""What is newer than the catalogue's images, and how far an app may go at once."""

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Final

from catalogue import views
from catalogue.model import App, Service

AT_ONCE: Final = 8


@dataclass(frozen=True, kw_only=True)
class Newer:
    """An image of which something newer is out."""

    app: str
    reference: str
    step: str
    """The newest tag that the app may go to at once; empty: none of the newer ones."""
    newest: str

    def __str__(self) -> str:
        more = f"; {self.newest} is out, which is more than one step" if self.newest != self.step else ""
        return f"{self.app}: {self.reference} -> {self.step or 'no step'}{more}"


def outdated(apps: Iterable[App], tags: Callable[[str], Sequence[str]]) -> tuple[list[Newer], dict[str, str]]:
    """What is newer, and by reference why its registry could not say; `tags` lists an image's tags."""
    services = {service.image.reference: (app, service) for app, service in _services(apps)}
    failed: dict[str, str] = {}

    def look(reference: str) -> Newer | None:
        try:
            return _newer(*services[reference], tags(reference))
        except ValueError as error:
            failed[reference] = str(error)
        return None

    with ThreadPoolExecutor(max_workers=AT_ONCE) as pool:
        found = list(pool.map(look, services))
    return [each for each in found if each], failed


def _services(apps: Iterable[App]) -> Iterator[tuple[App, Service]]:
    """Last come those that give an app its version, so that what it may skip is known of their images."""
    everything = [(app, service) for app in views.present(apps) for service in app.services]
    yield from sorted(everything, key=lambda pair: pair[1] is pair[0].services[0])


def _newer(app: App, service: Service, tags: Iterable[str]) -> Newer | None:
    own = service.image.tag
    alike = [tag for tag in tags if _shape(tag) == _shape(own)]
    later = sorted((tag for tag in alike if views.version(tag) > views.version(own)), key=views.version)
    if not later:
        return None
    gives_version = service.image == app.services[0].image
    steps = [tag for tag in later if not (gives_version and views.refusal(app, own, tag))]
    return Newer(
        app=app.name,
        reference=service.image.reference,
        step=steps[-1] if steps else "",
        newest=later[-1],
    )


def _shape(tag: str) -> str:
    """A tag without its numbers: `34.0.3-apache` and `35.0.0-apache` are of one kind, `35.0.0-fpm` is not."""
    return re.sub(r"\d+", "#", tag)
