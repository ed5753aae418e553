"""What this run wants and what it noted on the way: built and checked before any host is contacted."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from pyinfra.api import Host as PyinfraHost
from pyinfra.api import Inventory

from catalogue import APPS, views
from catalogue.model import App, Host, Secret, Site
from tasks import buckets, checkout, deploy_files, images, secrets, settings
from tasks import inventory as servers
from tasks.secrets import Sensitive
from tasks.stacks import Deployment, Noted, Release, builds
from tasks.templates import Templates


@dataclass(frozen=True, kw_only=True)
class Finding:
    """One thing that was looked at to prove that a host does what it should: a row of verify's table."""

    host: str
    check: str
    subject: str
    passed: bool
    detail: str = ""


@dataclass(frozen=True, kw_only=True)
class Notes:
    """What was noted of one host."""

    databases: dict[str, str] = field(default_factory=dict)
    """App: why its database could not be asked or made."""
    buckets: dict[str, str] = field(default_factory=dict)
    """App: why its bucket could not be asked or made."""
    stacks: Noted = field(default_factory=Noted)
    findings: list[Finding] = field(default_factory=list)
    listening: set[tuple[str, int]] = field(default_factory=set)
    """Protocol and number of what listens there beyond loopback; empty where verify was not inside."""
    open: list[tuple[str, ...]] = field(default_factory=list)
    """Rows of the table of what is open from there."""
    over: list[str] = field(default_factory=list)
    """Parts of verify that are over."""


@dataclass(frozen=True, kw_only=True)
class Run:
    """The finished releases of every host of the run, and what else the operations need."""

    site: Site
    apps: tuple[App, ...]
    """The whole catalogue."""
    chosen: frozenset[str]
    """Names of the apps that this run is about."""
    partners: Mapping[str, frozenset[str]]
    """Apps that share secrets with the one of the run, and go along if those change: which variables."""
    releases: Mapping[str, tuple[Release, ...]]
    """Host: its releases, in catalogue order."""
    secrets: Mapping[str, Mapping[str, Sensitive]] = field(repr=False)
    """App (`databases`, `buckets`: what makes those): its secrets by name."""
    deployment: Deployment
    reboots: Mapping[str, str] = field(default_factory=dict)
    """Host: when it may start anew."""
    notes: Mapping[str, Notes] = field(default_factory=lambda: defaultdict(Notes))
    """Host: what its operations leave for each other."""

    @property
    def database_passwords(self) -> dict[str, Sensitive]:
        """App: the password of its role."""
        key = "DATABASE_PASSWORD"
        return {app: values[key] for app, values in self.secrets.items() if key in values}

    @property
    def database_admin(self) -> Sensitive:
        """The administrator's password; an empty one where no app of the run has a database."""
        return self.secrets.get("databases", {}).get(views.DATABASE_ADMIN.name, Sensitive(""))


_prepared: list[Run] = []


def current() -> Run:
    """What was prepared for this run; a RuntimeError means that config.py was not loaded."""
    if not _prepared:
        raise RuntimeError("nothing is prepared; run pyinfra from the repository's root, where config.py is")
    return _prepared[-1]


def prepare(inventory: Inventory, hosts: Iterable[PyinfraHost], files: Iterable[str] = ()) -> Run:
    """Builds all that deploy files want for some hosts; ValueError tells an operator all that is wrong."""
    hosts, site = list(hosts), servers.site(inventory, images.read())
    untried = settings.untried(settings.load())
    apps = views.without(APPS, untried)
    chosen, calls = _chosen(apps, hosts, untried), deploy_files.calls(files, apps)
    deployment = _deployment(apps, site, hosts)
    if calls and site.environment != "lab":
        checkout.check_tracked(checkout.untracked())
    views.check_placement(apps, site)
    reboots = views.reboot_windows(site)
    known = _known(site, hosts)
    here = [(host, app) for host in known for app in views.on_host(apps, host) if app.name in chosen]
    only = next(app for app in apps if app.name in chosen) if len(chosen) == 1 else None
    deploy_files.check(calls, known, here, only)
    partners = views.partners(only, apps) if only else {}
    along = [(host, app) for host in known for app in views.on_host(apps, host) if app.name in partners]
    wanted = _wanted(apps, {app.name for _, app in here}, {app.name for _, app in along})
    values = secrets.resolve(wanted, secrets.open_store(settings.load()))
    _prepared.append(
        Run(
            site=site,
            apps=apps,
            chosen=chosen,
            partners=partners,
            releases=_releases(apps, hosts, [*here, *along], site, values),
            secrets=values,
            deployment=deployment,
            reboots=reboots,
        )
    )
    stored = [app for app in deploy_files.reached(calls, here) if app.bucket and app.present]
    buckets.ask(stored, site, values.get("buckets", {}))
    return _prepared[-1]


def _deployment(apps: tuple[App, ...], site: Site, hosts: Sequence[PyinfraHost]) -> Deployment:
    return Deployment(
        apps=apps,
        site=site,
        by=checkout.operator(),
        commit=checkout.commit(),
        wait_seconds=hosts[0].data.wait_for_dependencies_seconds,
        wait_at_first_seconds=hosts[0].data.wait_for_dependencies_at_first_seconds,
    )


def _releases(
    apps: tuple[App, ...],
    hosts: Iterable[PyinfraHost],
    here: Iterable[tuple[Host, App]],
    site: Site,
    values: Mapping[str, Mapping[str, Sensitive]],
) -> dict[str, tuple[Release, ...]]:
    templates, there = Templates(), defaultdict[str, list[Host]](list)
    for host, app in here:
        if app.present:
            there[app.name].append(host)
    releases: dict[str, tuple[Release, ...]] = {host.name: () for host in hosts}
    for app in (app for app in apps if app.name in there):
        revealed = {name: value.reveal() for name, value in values[app.name].items()}
        made = builds(app, apps, site, there[app.name], revealed, templates)
        for host, release in zip(there[app.name], made, strict=True):
            releases[host.name] += (release,)
    return releases


def _known(site: Site, hosts: Iterable[PyinfraHost]) -> list[Host]:
    names = {host.name for host in hosts}
    return [host for host in site.hosts if host.name in names]


def _chosen(apps: tuple[App, ...], hosts: list[PyinfraHost], untried: Collection[str] = ()) -> frozenset[str]:
    if not hosts:
        raise ValueError("no host matches --limit; the hosts and groups are those of inventory.py")
    names, only = [app.name for app in apps], hosts[0].data.app
    if only and only not in names:
        known = settings.nearest(str(only), names)
        meant = f"write {known}" if known else f"it has {', '.join(names)}"
        raise ValueError(f"--data app={only}: the catalogue has no such app; {meant}")
    if only in untried:
        raise ValueError(f"--data app={only}: it is not tried in this lab; `guildhall lab up` says why")
    return frozenset([only] if only else names)


def _wanted(
    apps: tuple[App, ...], names: set[str], along: Collection[str] = ()
) -> dict[str, tuple[Secret, ...]]:
    own = {key: value for key, value in views.all_secrets(apps).items() if key in {*names, *along}}
    return own | views.provisioning_secrets([app for app in apps if app.name in names])
