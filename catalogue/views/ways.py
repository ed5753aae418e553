"""Who opens connections to whom in the private network, as the records imply it."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from catalogue.model import App, Host, Reach, Site
from catalogue.views.logins import forward_auth_address
from catalogue.views.metrics import scrape_targets
from catalogue.views.names import on_host, present


@dataclass(frozen=True, slots=True, kw_only=True, order=True)
class Way:
    """An app, on one host, may connect to a TCP port of a host's private address."""

    host: str
    app: str
    address: str
    port: int
    field: str
    """Of the app's record, from which it follows."""
    because: str


def ways(apps: Iterable[App], site: Site) -> tuple[Way, ...]:
    """Every way in the private network, in order of host, app, address and port."""
    apps = present(apps)
    found = {
        (host.name, app.name, address, port): (field, because)
        for host in site.hosts
        for app in on_host(apps, host)
        for address, port, field, because in _of(app, host, apps, site)
    }
    return tuple(
        Way(host=host, app=app, address=address, port=port, field=field, because=because)
        for (host, app, address, port), (field, because) in sorted(found.items())
    )


def _of(app: App, host: Host, apps: tuple[App, ...], site: Site) -> Iterator[tuple[str, int, str, str]]:
    """Address, port, field and reason of all that an app asks from one host."""
    if app.collects_metrics:
        for target in scrape_targets(apps, site):
            yield *_pair(target.address), "collects_metrics", f"It collects the metrics of {target.job}."
    if app.edge and any(each.forward_auth for each in on_host(apps, host)):
        asked = forward_auth_address(apps, site).removeprefix("http://")
        yield *_pair(asked), "edge", "It asks the identity provider who may pass."
    for reach in app.reaches:
        for address in _reached(reach, apps, site):
            yield address, reach.port, "reaches", reach.because


def _reached(reach: Reach, apps: tuple[App, ...], site: Site) -> Iterator[str]:
    groups = ["all"] if reach.app is None else [each.group for each in apps if each.name == reach.app]
    return (host.private_ip for group in groups for host in site.hosts_of(group))


def _pair(address: str) -> tuple[str, int]:
    name, _, port = address.rpartition(":")
    return name, int(port)
