"""What Prometheus scrapes and probes."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from catalogue.model import App, Host, Site
from catalogue.views.names import alias, hostname, present, url

ENGINE_METRICS = 9323
"""The port at which Docker Engine tells of itself, on the private address."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """One address that Prometheus scrapes."""

    job: str
    address: str
    path: str
    host: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Probe:
    """One public address that Prometheus has asked for as a visitor would."""

    address: str
    app: str
    host: str
    """The server that answers it: while it is down, its names need no alert of their own; empty for many."""


def scrape_targets(apps: Iterable[App], site: Site) -> tuple[Target, ...]:
    """Where metrics are found: on each host its Docker Engine and its apps, at the private address."""
    engines = (
        Target(job="docker", address=f"{host.private_ip}:{ENGINE_METRICS}", path="/metrics", host=host.name)
        for host in site.hosts
    )
    programs = (
        Target(
            job=app.name
            if sum(each.metrics is not None for each in app.services) == 1
            else alias(app, service.name),
            address=f"{host.private_ip}:{service.metrics.port}",
            path=service.metrics.path,
            host=host.name,
        )
        for app in present(apps)
        for service in app.services
        if service.metrics
        for host in site.hosts_of(app.group)
    )
    return (*engines, *programs)


def collectors(apps: Iterable[App], site: Site) -> dict[str, str]:
    """Where metrics are asked for: the name of each host that collects them, and the collector's address."""
    return _asked_at(apps, site, lambda app: app.collects_metrics)


def alert_senders(apps: Iterable[App], site: Site) -> dict[str, str]:
    """Where alerts and silences are asked for: the name of each host that tells people, and the address."""
    return _asked_at(apps, site, lambda app: app.sends_alerts)


def log_stores(apps: Iterable[App], site: Site) -> dict[str, str]:
    """Where logs are asked for: the name of each host that keeps them, and the address."""
    return _asked_at(apps, site, lambda app: app.keeps_logs)


def _asked_at(apps: Iterable[App], site: Site, has: Callable[[App], bool]) -> dict[str, str]:
    return {
        host.name: f"http://{host.private_ip}:{app.services[0].ports[0].host}"
        for app in present(apps)
        if has(app)
        for host in site.hosts_of(app.group)
    }


def dashboards(apps: Iterable[App], site: Site) -> str:
    """The address of the first app with dashboards; empty where there is none."""
    return next((url(app, site) for app in present(apps) if app.dashboards), "")


def probes(apps: Iterable[App], site: Site) -> tuple[Probe, ...]:
    """What a visitor must be able to open, once a name: its first page, or the first path that it has."""
    routes = [(app, route) for app in present(apps) for route in app.routes]
    whole = {hostname(route, site) for _, route in routes if not route.paths}
    found: dict[str, Probe] = {}
    for app, route in routes:
        name, path = hostname(route, site), (*route.paths, "/")[0]
        if path == "/" or name not in whole:
            host = _only(site.hosts_of(app.group))
            found.setdefault(name, Probe(address=f"https://{name}{path}", app=app.name, host=host))
    return tuple(found.values())


def _only(hosts: Sequence[Host]) -> str:
    return hosts[0].name if len(hosts) == 1 else ""
