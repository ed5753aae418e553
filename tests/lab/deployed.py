"""What is deployed in the lab: each app under its names, each service of the catalogue as its host has it."""

import json
import runpy
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import yaml

from catalogue import APPS, views
from catalogue.model import App, Route
from lab import layout
from lab.doubles.contract import load
from lab.recipes import can_be_made, plain
from tests.lab.running import ROOT, Lab
from tests.lab_unit.contracts import Double, Part, contract_of, parts

DOMAINS: Mapping[str, str] = runpy.run_path(str(ROOT / "group_data/lab.py"))["domains"]
GROUPS: Mapping[str, list[str]] = {
    "all": [host.name for host in layout.HOSTS],
    **runpy.run_path(str(ROOT / "inventory.py"))["_MEMBERS"],
}
HERE = tuple(app for app in views.present(APPS) if can_be_made(app))
"""The apps that a lab has wherever it is; of others it says that they are not tried."""
KNOWN = tuple(
    app for app in HERE if not {service.image.repository for service in app.services} & plain().keys()
)
"""Those of which more is known than that they answer."""
CONTRACTS = {
    f"{app.name}/{service.name}": contract_of(app, service.name) for app in HERE for service in app.services
}
DOUBLES = [name for name, contract in CONTRACTS.items() if contract]
RUNNING = [
    f"{app.name}/{service.name}"
    for app in HERE
    for service in app.services
    if contract_of(app, service.name) and not service.one_shot
]


@dataclass(frozen=True)
class Placed:
    """A service on a host that runs it."""

    host: str
    part: Part
    container: Mapping[str, Any] = field(repr=False)
    """As Docker Engine shows it; empty for a one-shot."""

    @property
    def double(self) -> Double:
        assert isinstance(self.part, Double)
        return self.part


def hostname(route: Route) -> str:
    return views.full_name(route, DOMAINS)


def address(app: App) -> str:
    """Where people find an app, without a slash at the end."""
    return f"https://{hostname(app.routes[0])}"


IDENTITY_PROVIDER = hostname(next(app for app in APPS if app.login_provider).routes[0])


def record(name: str) -> App:
    return next(app for app in APPS if app.name == name)


def needing(kind: str) -> list[str]:
    """The services whose doubles use a dependency."""
    return [
        name
        for name, contract in CONTRACTS.items()
        if contract and kind in {need.kind for need in load(contract).needs}
    ]


def rows(app: App) -> Iterator[tuple[str, str, str]]:
    """What verify must look at for an app: check, subject, result."""
    yield from (
        ("container", f"{app.name}/{service.name}", "ok") for service in app.services if not service.one_shot
    )
    if app.oidc:
        yield "authorize", hostname(app.routes[0]) + app.oidc.callback, "ok"
    for route in app.routes:
        name = hostname(route)
        yield "forward-auth" if route.forward_auth else "https", name + "".join(route.paths[:1]), "ok"
        if route.login_path:
            yield "login", name + route.login_path, "ok"


def apps(names: list[str]) -> list[str]:
    """The apps of services, each once."""
    return sorted({name.partition("/")[0] for name in names})


def everything(lab: Lab) -> dict[str, Placed]:
    """Every service of the catalogue, by its name; of several hosts that run it, the last."""
    found = {}
    for host in layout.HOSTS:
        files = lab.ssh(host.name, "for file in /opt/*/compose.yaml; do echo ---; cat $file; done")
        shown = json.loads(lab.ssh(host.name, "docker inspect $(docker ps -q)"))
        containers = {each["Name"].strip("/"): each for each in shown}
        for definition in yaml.safe_load_all(files):
            if definition["name"] in {app.name for app in APPS}:
                for part in parts(record(definition["name"]), definition):
                    found[part.name] = Placed(host.name, part, containers.get(part.container, {}))
    return found
