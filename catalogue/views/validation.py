"""Whether records agree with each other."""

from collections.abc import Iterable

from catalogue.model import App, Route, Service, require, unique
from catalogue.views.firewall import host_users
from catalogue.views.names import present


def validated(apps: tuple[App, ...]) -> tuple[App, ...]:
    """The catalogue itself, if its records agree with each other; ValueError says which two do not."""
    unique("app", (app.name for app in apps))
    _one_owner("route", ((_address(route), app.name) for app in present(apps) for route in app.routes))
    _one_server(present(apps))
    require(sum(app.login_provider for app in present(apps)) <= 1, "more than one app is the login provider")
    _reached(present(apps))
    for group in sorted({app.group for app in apps}):
        here = [app for app in present(apps) if app.group in ("all", group)]
        check_ports(f"group '{group}'", here)
        users = [(str(user), app.name) for app in here for user in host_users(app)]
        _one_owner(f"group '{group}': user on the host's network", users)
    return apps


def check_ports(where: str, apps: Iterable[App], own: Iterable[str] = ()) -> None:
    """ValueError if two apps of a host want one port, or one app a port that is the host's own."""
    ports = [(port, app.name) for app in apps for service in app.services for port in _ports(service)]
    _one_owner(f"{where}: port", [*((port, "public_ports") for port in own), *ports])


def _one_server(apps: Iterable[App]) -> None:
    """A public name leads to the hosts of one group, whose edge has all routes of it."""
    owners: dict[tuple[str, str], App] = {}
    for app in apps:
        for route in app.routes:
            other = owners.setdefault((route.host, route.domain), app)
            require(
                other.group == app.group,
                f"name '{route.host} ({route.domain})' is of {other.name} and {app.name}, which run on "
                f"different servers, '{other.group}' and '{app.group}'; give one of them another name",
            )


def _reached(apps: tuple[App, ...]) -> None:
    """What an app asks of another is there to be asked."""
    for asker, reach in ((app, reach) for app in apps for reach in app.reaches if reach.app is not None):
        ports = [
            port.host
            for each in apps
            if each.name == reach.app
            for service in each.services
            for port in service.ports
        ]
        require(
            reach.port in ports,
            f"app '{asker.name}' reaches port {reach.port} of '{reach.app}', which publishes "
            f"{', '.join(map(str, ports)) or 'none'}; correct its Reach, or drop it",
        )


def _address(route: Route) -> str:
    return f"{route.host}{','.join(route.paths)} ({route.domain})"


def _one_owner(what: str, owned: Iterable[tuple[str, str]]) -> None:
    owners: dict[str, str] = {}
    for name, owner in owned:
        if name in owners:
            both = f"{owners[name]} and {owner}"
            raise ValueError(f"{what} '{name}' is declared twice, by {both}; give one of them another")
        owners[name] = owner


def _ports(service: Service) -> set[str]:
    own = {f"{service.metrics.port}/tcp"} if service.host_network and service.metrics else set()
    return own | {str(port) for port in service.ports}
