"""What each host's packet filter lets through, as it follows from the records: all else is refused."""

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import groupby
from urllib.parse import urlsplit

from catalogue.model import App, Host, Site
from catalogue.views.edge import edge_network
from catalogue.views.names import on_host, present
from catalogue.views.ports import public_ports
from catalogue.views.ways import Way, ways

LONGEST = 15
"""Characters of a network interface's name in Linux (IFNAMSIZ)."""
TLS = 443


@dataclass(frozen=True, slots=True, kw_only=True)
class Entrance:
    """A private port of a host, and the private addresses of the hosts that may come in by it."""

    port: int
    sources: tuple[str, ...]
    apps: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Outlet:
    """What the containers of one app may open beside connections to each other."""

    app: str
    bridges: tuple[str, ...]
    """The host's interfaces to the app's networks."""
    users: tuple[int, ...]
    """Of its services on the host's own network, which no interface tells apart; root is the host itself."""
    own_ports: tuple[int, ...]
    """Where these answer on the host: they ask themselves whether they are well."""
    internet: bool
    names: bool
    ways: tuple[Way, ...]
    services: tuple[tuple[str, int], ...]
    """Managed services in the private network: what each is, and its TCP port."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Firewall:
    """All that passes at one host."""

    public: tuple[tuple[str, int], ...]
    """Protocol and number of what the world may reach."""
    private: tuple[Entrance, ...]
    outlets: tuple[Outlet, ...]
    edges: tuple[tuple[str, str, int], ...]
    """Address, protocol and port of what every host shows the world, sshd and the like aside."""
    servers: tuple[str, ...]
    """Every address of every host."""


def bridge(network: str) -> str:
    """The interface that a host has to a network of containers: the same whenever it is made anew."""
    plain = f"gh-{network}"
    digest = hashlib.sha256(network.encode()).hexdigest()[:5]
    return plain if len(plain) <= LONGEST else f"{plain[: LONGEST - 6]}-{digest}"


def bridges(app: App, apps: Iterable[App]) -> tuple[str, ...]:
    """Those of an app: to its own network, and to the one that it has with the edge."""
    own = () if all(each.host_network for each in app.services) else (bridge(app.name),)
    return (*own, edge_bridge(app)) if edge_network(app, apps) else own


def host_users(app: App) -> tuple[int, ...]:
    """The users by which a host knows an app's services on its own network; root is not one of them."""
    return tuple(sorted({int(each.user.split(":")[0]) for each in app.services if each.host_network} - {0}))


def edge_bridge(app: App) -> str:
    return bridge(f"e-{app.name}")


def firewall(apps: Iterable[App], site: Site, host: Host) -> Firewall:
    """What passes at a host: in from the world and other hosts, and out of its containers."""
    apps = present(apps)
    every = ways(apps, site)
    return Firewall(
        public=tuple(sorted(public_ports(apps, host))),
        private=_entrances(every, site, host),
        outlets=tuple(
            _outlet(app, apps, site, [way for way in every if (way.host, way.app) == (host.name, app.name)])
            for app in on_host(apps, host)
            if bridges(app, apps) or host_users(app)
        ),
        edges=tuple(
            (address, protocol, port)
            for each in site.hosts
            for protocol, port in sorted(public_ports(apps, each) - _declared(each))
            for address in sorted({each.private_ip, *each.public_addresses})
        ),
        servers=tuple(
            sorted({address for each in site.hosts for address in (each.private_ip, *each.public_addresses)})
        ),
    )


def _declared(host: Host) -> set[tuple[str, int]]:
    return {(protocol, int(port)) for port, protocol in (each.split("/") for each in host.public_ports)}


def _entrances(every: Iterable[Way], site: Site, host: Host) -> tuple[Entrance, ...]:
    """By port; what comes from the host itself needs none."""
    addresses = {each.name: each.private_ip for each in site.hosts}
    mine = [way for way in every if way.address == host.private_ip and way.host != host.name]
    by_port = groupby(sorted(mine, key=lambda way: way.port), key=lambda way: way.port)
    return tuple(
        Entrance(
            port=port,
            sources=tuple(sorted({addresses[way.host] for way in found})),
            apps=tuple(sorted({way.app for way in found})),
        )
        for port, found in ((port, list(group)) for port, group in by_port)
    )


def services(site: Site) -> dict[str, tuple[str, int]]:
    """Each managed service that containers ask: its name and TCP port."""
    outside = {"alerts": site.alerts_webhook, "heartbeat": site.heartbeat_url}
    return {
        "database": (site.postgres_host, site.postgres_port),
        "bucket": _asked(site.s3_endpoint),
        "mail": (site.smtp_host, site.smtp_port),
        "certificates": _asked(site.acme_server),
        **{what: _asked(url) for what, url in outside.items() if url},
    }


def _asked(url: str) -> tuple[str, int]:
    """The name and port of an address, which begins with https."""
    parts = urlsplit(url)
    return str(parts.hostname), parts.port or TLS


def _outlet(app: App, apps: Iterable[App], site: Site, own: Sequence[Way]) -> Outlet:
    asked = {
        "database": app.database,
        "bucket": app.bucket,
        "mail": app.mail,
        "certificates": app.edge,
        "alerts": app.sends_alerts,
        "heartbeat": app.sends_alerts,
    }
    return Outlet(
        app=app.name,
        bridges=bridges(app, apps),
        users=host_users(app),
        own_ports=tuple(each.metrics.port for each in app.services if each.host_network and each.metrics),
        internet=app.internet,
        names=app.names,
        ways=tuple(own),
        services=tuple((what, port) for what, (_, port) in services(site).items() if asked[what]),
    )
