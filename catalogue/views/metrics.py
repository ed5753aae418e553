"""What Prometheus scrapes and probes."""

from collections.abc import Iterable
from dataclasses import dataclass

from catalogue.model import App, Site
from catalogue.views.names import alias, hostname, present

ENGINE_METRICS = 9323
"""The port at which Docker Engine tells of itself, on the private address."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """One address that Prometheus scrapes."""

    job: str
    address: str
    path: str
    host: str


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
    return {
        host.name: f"http://{host.private_ip}:{app.services[0].ports[0].host}"
        for app in present(apps)
        if app.collects_metrics
        for host in site.hosts_of(app.group)
    }


def probes(apps: Iterable[App], site: Site) -> dict[str, str]:
    """What a visitor must be able to open: the address of each public name, and the app behind it."""
    return {
        f"https://{hostname(route, site)}/": app.name for app in present(apps) for route in app.routes[::-1]
    }
