"""What is open from each server and each app's containers, and which field of which record says so."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from catalogue.model import App, Host, Port, Site
from catalogue.views.firewall import bridges
from catalogue.views.metrics import ENGINE_METRICS
from catalogue.views.names import on_host, present
from catalogue.views.ways import Way, ways


@dataclass(frozen=True, slots=True, kw_only=True)
class Opening:
    """A port that somebody may connect to."""

    host: str
    """Where they are."""
    app: str
    """Whose containers; empty: the server itself."""
    address: str
    protocol: str
    port: int
    because: str
    """Record, field and reason."""
    answers: bool = True
    """Something listens there; False: only if somebody set it up beside the catalogue."""


def openings(apps: Iterable[App], site: Site) -> tuple[Opening, ...]:
    """From every server to every other, and from each app to every server: what the firewalls let pass."""
    apps = present(apps)
    every = ways(apps, site)
    found: dict[tuple[str, str, str, str, int], Opening] = {}
    for host in site.hosts:
        for each in (*_of_host(host, apps, site, every), *_of_apps(host, apps, site, every)):
            found.setdefault((each.host, each.app, each.address, each.protocol, each.port), each)
    return tuple(found.values())


def private_ports(apps: Iterable[App], host: Host) -> frozenset[tuple[str, int]]:
    """Protocol and number of each port that may listen at a host's private address."""
    here = [service for app in on_host(present(apps), host) for service in app.services]
    published = {(port.protocol, port.host) for service in here for port in service.ports}
    measured = {("tcp", service.metrics.port) for service in here if service.metrics}
    return frozenset({("tcp", ENGINE_METRICS)} | published | measured)


def _of_host(host: Host, apps: tuple[App, ...], site: Site, every: Iterable[Way]) -> Iterator[Opening]:
    for other in (each for each in site.hosts if each != host):
        for address in _addresses(other):
            yield from _public(host, "", other, address, apps)
            for text in other.public_ports:
                port, protocol = text.split("/")
                yield Opening(
                    host=host.name,
                    app="",
                    address=address,
                    protocol=protocol,
                    port=int(port),
                    because=f"group_data: public_ports of {other.name}",
                    answers=False,
                )
    for way in (each for each in every if each.host == host.name):
        if way.address != host.private_ip:
            yield _by(way, "")


def _of_apps(host: Host, apps: tuple[App, ...], site: Site, every: Iterable[Way]) -> Iterator[Opening]:
    for app in (each for each in on_host(apps, host) if bridges(each, apps)):
        for way in every:
            if (way.host, way.app) == (host.name, app.name):
                yield _by(way, app.name)
        for other in site.hosts:
            for address in _addresses(other):
                yield from _public(host, app.name, other, address, apps)


def _public(host: Host, app: str, other: Host, address: str, apps: tuple[App, ...]) -> Iterator[Opening]:
    """What records show the world: everybody comes by it; apps do not where group_data names it as well."""
    for record in on_host(apps, other):
        for port in (each for each in _shown(record) if not app or str(each) not in other.public_ports):
            yield Opening(
                host=host.name,
                app=app,
                address=address,
                protocol=port.protocol,
                port=port.host,
                because=f"{record.name}: Port(public=True): {port.because}",
                # An address that is translated on the way need not lead a server to itself.
                answers=other != host or address == host.private_ip,
            )


def _shown(app: App) -> Iterator[Port]:
    return (port for service in app.services for port in service.ports if port.public)


def _by(way: Way, app: str) -> Opening:
    return Opening(
        host=way.host,
        app=app,
        address=way.address,
        protocol="tcp",
        port=way.port,
        because=f"{way.app}: {way.field}: {way.because}",
    )


def _addresses(host: Host) -> list[str]:
    return sorted({host.private_ip, *host.public_addresses})
