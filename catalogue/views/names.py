"""Names and addresses that follow from an app and its site."""

from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import replace

from catalogue.model import APEX, App, Host, Route, Site


def present(apps: Iterable[App]) -> tuple[App, ...]:
    return tuple(app for app in apps if app.present)


def without(apps: Iterable[App], names: Collection[str]) -> tuple[App, ...]:
    """The apps, some of them as if they were retired: an environment that cannot have them."""
    return tuple(replace(app, present=False) if app.name in names else app for app in apps)


def the(apps: Iterable[App], field: str, has: Callable[[App], bool]) -> App:
    """The present app that has a field which one must have; ValueError if none has it."""
    for app in present(apps):
        if has(app):
            return app
    raise ValueError(f"catalogue/apps: no app is the site's {field}; write {field}=True in one record")


def on_host(apps: Iterable[App], host: Host) -> tuple[App, ...]:
    """The apps whose records place them on a host, retired ones included, in catalogue order."""
    return tuple(app for app in apps if app.group == "all" or app.group in host.groups)


def hostname(route: Route, site: Site) -> str:
    return full_name(route, site.domains)


def full_name(route: Route, domains: Mapping[str, str]) -> str:
    """The public name of a route, where a site with all its values is not at hand."""
    domain = domains[route.domain]
    return domain if route.host == APEX else f"{route.host}.{domain}"


def url(app: App, site: Site) -> str:
    """The public address of an app's first route, without a slash at the end."""
    return f"https://{hostname(app.routes[0], site)}"


def alias(app: App, service: str) -> str:
    """The name of a service on the network that it shares with the edge."""
    return f"{app.name}-{service}"


def bucket(app: App, site: Site) -> str:
    return f"{site.organisation}-{site.environment}-{app.name}"


def role(app: App) -> str:
    """The name of an app's role and of its database."""
    return app.name.replace("-", "_")


def variable(app: App) -> str:
    return app.name.upper().replace("-", "_")
