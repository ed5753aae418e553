"""Why somebody may open something: the words of a record, or nothing; all from the catalogue's views."""

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import product
from typing import Any, Final

from catalogue import APPS, views
from catalogue.model import App, Host, Service, Site
from lab import layout

INTERNET: Final = ("203.0.113.10", "2001:db8:7::10")
CLOSED: Final = {
    "metadata": ("169.254.42.42", "169.254.169.254", "fd00:42::42"),
    "another private network": ("192.168.77.10", "172.31.77.10", "100.64.77.10"),
}
BEHIND: Final = [*INTERNET, *(address for addresses in CLOSED.values() for address in addresses)]
PORT: Final = 8099
"""Of what answers behind each host, and of a program on it that no record knows; by TCP and UDP."""
RESOLVER: Final = 53


@dataclass(frozen=True, kw_only=True, order=True)
class Asker:
    """Who asks: a container, a host itself (no service), or whoever is outside of it."""

    host: str
    app: str = ""
    service: str = ""
    container: str = ""
    networks: tuple[str, ...] = ()
    host_network: bool = False

    def __str__(self) -> str:
        return (
            f"{self.host} {self.app}/{self.service}"
            if self.service
            else f"{self.host} {self.container or 'itself'}"
        )


@dataclass(frozen=True, kw_only=True, order=True)
class Target:
    """What is asked: an address or a name, and whose it is."""

    address: str
    port: int
    protocol: str = "tcp"
    kind: str
    """`container`, `host`, `gateway`, `managed`, `internet` or what of CLOSED it is."""
    host: str = ""
    app: str = ""
    service: str = ""
    networks: tuple[str, ...] = ()
    """Of a container: where the address or name is its."""

    def __str__(self) -> str:
        whose = f"{self.app}/{self.service}" if self.service else self.host
        return f"{self.kind} {whose} {self.address}:{self.port}/{self.protocol}".replace("  ", " ")


def why(asker: Asker, target: Target, site: Site) -> str:
    """What lets it through; empty: nothing does."""
    if not asker.service:
        return _of_a_host(asker, target, site)
    if target.kind == "container":
        return _among_containers(asker, target)
    [host] = [each for each in site.hosts if each.name == asker.host]
    return next((reason for place, reason in _ways(_app(asker.app), host, site) if _is(target, place)), "")


def _is(target: Target, place: tuple[str, int, str]) -> bool:
    address, port, protocol = place
    asked = target.address if target.kind in ("host", "managed") else target.kind
    return address == asked and port in (target.port, 0) and protocol in (target.protocol, "")


def _ways(app: App, host: Host, site: Site) -> Iterator[tuple[tuple[str, int, str], str]]:
    """Address or kind, port (0: any) and protocol (empty: any) of all that an app's containers may open."""
    passes = views.firewall(APPS, site, host)
    [outlet] = [each for each in passes.outlets if each.app == app.name]
    yield from (((way.address, way.port, "tcp"), way.because) for way in outlet.ways)
    yield from (((layout.CLOUD_ADDRESS, port, "tcp"), what) for what, port in outlet.services)
    yield from (((address, port, protocol), "as a visitor") for address, protocol, port in passes.edges)
    if outlet.names:
        yield (layout.CLOUD_ADDRESS, RESOLVER, ""), "names"
    if outlet.internet:
        yield ("internet", 0, ""), "internet"
    for service in app.services:
        if service.host_network and service.metrics:
            yield (host.private_ip, service.metrics.port, "tcp"), "its own port"


def _among_containers(asker: Asker, target: Target) -> str:
    if asker.host != target.host or not set(asker.networks) & set(target.networks):
        return ""
    edge = views.edge(APPS)
    if asker.app == target.app:
        return "its own network"
    if asker.app == edge.name and behind_edge(_app(target.app), target.service):
        return "the edge leads to it"
    public = {port.container for service in edge.services for port in service.ports if port.public}
    return "as a visitor" if target.app == edge.name and target.port in public else ""


def behind_edge(app: App, service: str) -> bool:
    return app.service(service).on_edge or any(route.service == service for route in app.routes)


def _of_a_host(asker: Asker, target: Target, site: Site) -> str:
    """A host opens what it likes, but of another one only what is declared; who is outside, even less."""
    if asker.container and target.kind in ("internet", *CLOSED):
        return "its own"
    if not asker.container and (target.kind != "host" or target.host == asker.host):
        return "a host itself"
    near = asker.host == target.host if asker.container else True
    return _entrance(asker, target, site) if near and target.kind in ("host", "gateway") else ""


def _entrance(asker: Asker, target: Target, site: Site) -> str:
    own = {each.name: each for each in site.hosts}
    passes = views.firewall(APPS, site, own[target.host])
    if (target.protocol, target.port) in passes.public:
        return "public"
    source = "" if asker.container else own[asker.host].private_ip
    asked = (each for each in passes.private if source in each.sources and each.port == target.port)
    return next((f"for {', '.join(each.apps)}" for each in asked if target.protocol == "tcp"), "")


def _app(name: str) -> App:
    return next(each for each in APPS if each.name == name)


def service_of(asker: Asker) -> Service:
    return _app(asker.app).service(asker.service)


def askers(host: str, found: Mapping[str, Any]) -> list[Asker]:
    """Every container of the catalogue on a host, the host itself, and who is outside."""
    known = [
        Asker(
            host=host,
            app=each["app"],
            service=each["service"],
            container=name,
            networks=tuple(sorted(each["addresses"])),
            host_network=each["host_network"],
        )
        for name, each in sorted(found["containers"].items())
        if each["app"] in {app.name for app in APPS}
    ]
    return [*known, Asker(host=host), Asker(host=host, container="behind")]


def targets(host: str, found: Mapping[str, Mapping[str, Any]], site: Site) -> list[Target]:
    """All that somebody on a host can ask: its containers by address and name, hosts, what is managed."""
    return sorted(
        {*_containers(host, found[host]), *_hosts(found, site), *_gateways(host, found[host]), *_others()}
    )


def _containers(host: str, found: Mapping[str, Any]) -> Iterator[Target]:
    """By a name that several have, everybody asks his own."""
    shared = Counter(name for each in found["containers"].values() for name in each["names"])
    for each in found["containers"].values():
        places = {address: (network,) for network, address in each["addresses"].items()}
        names = [name for name in each["names"] if shared[name] == 1]
        places |= {name: tuple(sorted(each["addresses"])) for name in names}
        whose = {"host": host, "app": each["app"], "service": each["service"]}
        for address, networks in places.items():
            for port in each["listens"]:
                yield Target(address=address, port=port, kind="container", **whose, networks=networks)


def _hosts(found: Mapping[str, Mapping[str, Any]], site: Site) -> Iterator[Target]:
    """At every address of each: what listens there, and what the catalogue publishes on any."""
    declared = {port.host for app in APPS for service in app.services for port in service.ports}
    for host in site.hosts:
        for port in {*found[host.name]["listens"], *declared, PORT}:
            for address in {host.private_ip, *host.public_addresses}:
                yield Target(address=address, port=port, kind="host", host=host.name)
        yield Target(address=host.private_ip, port=PORT, protocol="udp", kind="host", host=host.name)


def _gateways(host: str, found: Mapping[str, Any]) -> Iterator[Target]:
    for address in {gateway for each in found["containers"].values() for gateway in each["gateways"]}:
        for port in {22, PORT, views.ENGINE_METRICS, *found["listens"]}:
            yield Target(address=address, port=port, kind="gateway", host=host)
        yield Target(address=address, port=PORT, protocol="udp", kind="gateway", host=host)


def _others() -> Iterator[Target]:
    for port in {port for ports in layout.PORTS.values() for port in ports}:
        yield Target(address=layout.CLOUD_ADDRESS, port=port, kind="managed")
    yield Target(address=layout.CLOUD_ADDRESS, port=RESOLVER, kind="managed")
    for kind, addresses in {"internet": INTERNET, **CLOSED}.items():
        for address in addresses:
            for port, protocol in product((PORT, RESOLVER), ("tcp", "udp")):
                yield Target(address=address, port=port, protocol=protocol, kind=kind)
