"""What this run wants, worked out and checked before any host is contacted."""

import getpass
import socket
import subprocess
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, fields

from pyinfra.api import Host as PyinfraHost
from pyinfra.api import Inventory

from catalogue import APPS, views
from catalogue.model import App, Secret
from catalogue.site import Host, Site
from tasks import image_lock, secret_store, secrets, settings
from tasks.archive import Run
from tasks.release import Release, build
from tasks.sensitive import Sensitive
from tasks.templates import ROOT, Templates


@dataclass(frozen=True, kw_only=True)
class Desired:
    """The finished releases of every host of the run, and what else the operations need."""

    site: Site
    apps: tuple[App, ...]
    """The whole catalogue."""
    chosen: frozenset[str]
    """Names of the apps that this run is about."""
    releases: Mapping[str, tuple[Release, ...]]
    """Host: its releases, in catalogue order."""
    secrets: Mapping[str, Mapping[str, Sensitive]] = field(repr=False)
    """App (`databases`, `buckets`: what makes those): its secrets by name."""
    run: Run

    @property
    def database_passwords(self) -> dict[str, Sensitive]:
        """App: the password of its role."""
        key = "DATABASE_PASSWORD"
        return {app: values[key] for app, values in self.secrets.items() if key in values}

    @property
    def database_admin(self) -> Sensitive:
        """The administrator's password; an empty one where no app of the run has a database."""
        return self.secrets.get("databases", {}).get(views.DATABASE_ADMIN.name, Sensitive(""))


_prepared: list[Desired] = []


def current() -> Desired:
    """What was prepared for this run; a RuntimeError means that config.py was not loaded."""
    if not _prepared:
        raise RuntimeError("nothing is prepared; run pyinfra from the repository's root, where config.py is")
    return _prepared[-1]


def prepare(inventory: Inventory, hosts: Iterable[PyinfraHost]) -> Desired:
    """Builds everything for the hosts of a run; ValueError tells all that is wrong, for an operator."""
    hosts, site = list(hosts), _site(inventory)
    chosen = _chosen(APPS, hosts)
    _placed(APPS, site)
    here = [
        (host, app) for host in _known(site, hosts) for app in views.on_host(APPS, host) if app.name in chosen
    ]
    values = secrets.resolve(
        _wanted(APPS, {app.name for _, app in here}), secret_store.open_store(settings.load())
    )
    templates = Templates()
    releases: dict[str, tuple[Release, ...]] = {host.name: () for host in hosts}
    for host, app in here:
        if app.present:
            revealed = {name: value.reveal() for name, value in values[app.name].items()}
            releases[host.name] += (build(app, APPS, site, host, revealed, templates),)
    run = Run(by=_operator(), commit=_commit(), wait_seconds=hosts[0].data.wait_for_dependencies_seconds)
    _prepared.append(Desired(site=site, apps=APPS, chosen=chosen, releases=releases, secrets=values, run=run))
    return current()


def _site(inventory: Inventory) -> Site:
    """The environment's values, which inventory and group_data give every host alike."""
    everyone = list(inventory)
    data = everyone[0].data
    own = {
        item.name: getattr(data, item.name)
        for item in fields(Site)
        if item.name not in ("hosts", "environment", "image_digests")
    }
    hosts = tuple(
        Host(
            name=host.name,
            groups=tuple(host.groups),
            private_ip=host.data.private_ip,
            public_ip=host.data.public_ip,
        )
        for host in everyone
    )
    return Site(environment=settings.load().environment, hosts=hosts, image_digests=image_lock.read(), **own)


def _known(site: Site, hosts: Iterable[PyinfraHost]) -> list[Host]:
    names = {host.name for host in hosts}
    return [host for host in site.hosts if host.name in names]


def _chosen(apps: tuple[App, ...], hosts: list[PyinfraHost]) -> frozenset[str]:
    if not hosts:
        raise ValueError("no host matches --limit; the hosts and groups are those of inventory.py")
    names, only = [app.name for app in apps], hosts[0].data.app
    if only and only not in names:
        raise ValueError(f"--data app={only}: the catalogue has no such app; it has {', '.join(names)}")
    return frozenset([only] if only else names)


def _placed(apps: tuple[App, ...], site: Site) -> None:
    """ValueError if an app would silently run nowhere."""
    for app in apps:
        if not site.hosts_of(app.group):
            raise ValueError(f"app '{app.name}': no host is in group '{app.group}'; see inventory.py")


def _wanted(apps: tuple[App, ...], names: set[str]) -> dict[str, tuple[Secret, ...]]:
    own = {key: value for key, value in views.all_secrets(apps).items() if key in names}
    return own | views.makers([app for app in apps if app.name in names])


def _operator() -> str:
    return f"{getpass.getuser()}@{socket.gethostname()}"


def _commit() -> str:
    """The checked-out commit, `+` behind it when files differ from it; empty outside a git checkout."""
    described = subprocess.run(
        ["git", "describe", "--always", "--abbrev=10", "--dirty=+", "--exclude=*"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    return described.stdout.strip()
