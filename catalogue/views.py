"""What follows from the records: every name, address and secret that nobody has to write twice."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, replace

from catalogue.model import App, Bucket, Route, Rule, Secret, Service, _require, _unique
from catalogue.site import Host, Site

GENERATED_PASSWORD = Rule(kind="password", size=40)
BUCKET_KEYS = (
    Secret(name="S3_ACCESS_KEY", rule=Rule(kind="given", size=16), bundle="s3", key="ACCESS_KEY"),
    Secret(name="S3_SECRET_KEY", rule=Rule(kind="given", size=16), bundle="s3", key="SECRET_KEY"),
)
MAIL_ACCOUNT = (
    Secret(name="SMTP_USERNAME", rule=Rule(kind="given", size=1), bundle="smtp", key="USERNAME"),
    Secret(name="SMTP_PASSWORD", rule=Rule(kind="given", size=8), bundle="smtp", key="PASSWORD"),
)
DATABASE_ADMIN = Secret(
    name="POSTGRES_ADMIN_PASSWORD", rule=Rule(kind="given", size=12), bundle="postgres", key="PASSWORD"
)
"""The password of the managed PostgreSQL's administrator, which no app ever sees."""

ENGINE_METRICS = 9323
"""The port at which templates/host/daemon.json.j2 lets Docker Engine tell of itself."""


@dataclass(frozen=True, slots=True, kw_only=True)
class OidcClient:
    """An app as the login gateway sees it."""

    app: App
    client_id: str
    redirect_uri: str
    launch_url: str
    secret_variable: str
    """The gateway's environment variable that carries the client's secret."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SamlClient:
    """An app that the login gateway sends signed answers to."""

    app: App
    acs_url: str
    launch_url: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Guarded:
    """An app whose visitors the edge checks with the login gateway."""

    app: App
    external_host: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """One address that Prometheus scrapes."""

    job: str
    address: str
    path: str
    host: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Backup:
    """What of an app must be saved, each part in its own way."""

    app: App
    database: str
    """In the managed PostgreSQL, of which the provider makes backups; empty: none."""
    bucket: str
    """It keeps old versions by itself; empty: none."""
    volumes: tuple[str, ...]
    """Saved by snapshots of the disks of `hosts`."""
    hosts: tuple[Host, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class DnsRecord:
    """A public name and an address that it leads to."""

    zone: str
    name: str
    """Below the zone: `wiki`, or `*` for every name that no other record has."""
    address: str

    @property
    def kind(self) -> str:
        return "AAAA" if ":" in self.address else "A"

    @property
    def example(self) -> str:
        """A full name that it answers."""
        return f"{'any-other' if self.name == '*' else self.name}.{self.zone}"


def present(apps: Iterable[App]) -> tuple[App, ...]:
    return tuple(app for app in apps if app.present)


def on_host(apps: Iterable[App], host: Host) -> tuple[App, ...]:
    """The apps whose records place them on a host, retired ones included, in catalogue order."""
    return tuple(app for app in apps if app.group == "all" or app.group in host.groups)


def hostname(route: Route, site: Site) -> str:
    return f"{route.host}.{site.domains[route.domain]}"


def url(app: App, site: Site) -> str:
    """The public address of an app's first route, without a slash at the end."""
    return f"https://{hostname(app.routes[0], site)}"


def gateway(apps: Iterable[App], site: Site) -> str:
    """The address that people log in at."""
    return next(url(app, site) for app in present(apps) if app.login_provider)


def guard(apps: Iterable[App], site: Site) -> str:
    """Where the edge of any host asks the login gateway: at its host's private address."""
    provider = next(app for app in present(apps) if app.login_provider)
    port = provider.routes[0].port
    return f"http://{site.hosts_of(provider.group)[0].private_ip}:{port}"


def edge(apps: Iterable[App]) -> App:
    """What serves the routes of every host."""
    return next(app for app in present(apps) if app.edge)


def door(app: App, apps: Iterable[App]) -> str:
    """The network that an app has with the edge, and with nobody else; empty for one that needs none."""
    behind = app.routes or any(service.on_edge for service in app.services)
    return door_name(edge(apps), app.name) if behind else ""


def door_name(edge: App, app: str) -> str:
    """Docker publishes ports on the first of a container's networks by name: not on one that comes and goes.

    `<edge>_to_…` stands behind the edge's own, `<edge>_default`.
    """
    return f"{edge.name}_to_{app}"


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


def secrets(app: App, apps: Sequence[App]) -> tuple[Secret, ...]:
    """Every secret of an app's `.env`: its own, and those that its database, bucket and logins bring."""
    return (
        *app.secrets,
        *([Secret(name="DATABASE_PASSWORD", rule=GENERATED_PASSWORD)] if app.database else []),
        *([Secret(name="OIDC_CLIENT_SECRET", rule=GENERATED_PASSWORD)] if app.oidc else []),
        *(_bucket_keys(app.bucket) if app.bucket else []),
        *(MAIL_ACCOUNT if app.mail else []),
        *(_client_secrets(apps) if app.login_provider else []),
    )


def _bucket_keys(bucket: Bucket) -> tuple[Secret, ...]:
    if not bucket.own_key:
        return BUCKET_KEYS
    return tuple(replace(secret, bundle=None, key=None) for secret in BUCKET_KEYS)


def _client_secrets(apps: Iterable[App]) -> tuple[Secret, ...]:
    return tuple(
        Secret(
            name=f"{variable(app)}_CLIENT_SECRET",
            rule=GENERATED_PASSWORD,
            bundle=app.name,
            key="OIDC_CLIENT_SECRET",
        )
        for app in present(apps)
        if app.oidc
    )


def all_secrets(apps: Sequence[App]) -> dict[str, tuple[Secret, ...]]:
    """Every secret an environment needs, by the app that needs it, or by what the deploy makes with it."""
    return {app.name: secrets(app, apps) for app in present(apps)} | makers(present(apps))


def makers(apps: Collection[App]) -> dict[str, tuple[Secret, ...]]:
    """The secrets by which a deploy makes the `databases` and the `buckets` of some apps."""
    needed = {
        "databases": (DATABASE_ADMIN,) if any(app.database for app in apps) else (),
        "buckets": BUCKET_KEYS if any(app.bucket for app in apps) else (),
    }
    return {what: secrets for what, secrets in needed.items() if secrets}


def oidc_clients(apps: Iterable[App], site: Site) -> tuple[OidcClient, ...]:
    return tuple(
        OidcClient(
            app=app,
            client_id=app.name,
            redirect_uri=url(app, site) + app.oidc.callback,
            launch_url=url(app, site),
            secret_variable=f"{variable(app)}_CLIENT_SECRET",
        )
        for app in present(apps)
        if app.oidc
    )


def saml_clients(apps: Iterable[App], site: Site) -> tuple[SamlClient, ...]:
    return tuple(
        SamlClient(app=app, acs_url=url(app, site) + app.saml.acs, launch_url=url(app, site))
        for app in present(apps)
        if app.saml
    )


def guarded(apps: Iterable[App], site: Site) -> tuple[Guarded, ...]:
    return tuple(Guarded(app=app, external_host=url(app, site)) for app in present(apps) if app.guarded)


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


def dns_records(apps: Iterable[App], site: Site) -> tuple[DnsRecord, ...]:
    """Where names lead, those of routes and all below a wildcard: to the public addresses of their hosts."""
    names = [(route.domain, route.host, app.group) for app in present(apps) for route in app.routes]
    wildcards = [(domain, "*", group) for domain, group in site.wildcards.items()]
    return tuple(
        dict.fromkeys(
            DnsRecord(zone=site.domains[domain], name=name, address=host.public_ip)
            for domain, name, group in [*names, *wildcards]
            for host in site.hosts_of(group)
        )
    )


def backups(apps: Iterable[App], site: Site) -> tuple[Backup, ...]:
    """What must be saved, app by app; those that keep nothing are left out."""
    everything = [_backup(app, site) for app in present(apps)]
    return tuple(each for each in everything if each.database or each.bucket or each.volumes)


def _backup(app: App, site: Site) -> Backup:
    volumes = tuple(volume.name for volume in app.volumes if volume.backup)
    return Backup(
        app=app,
        database=role(app) if app.database else "",
        bucket=bucket(app, site) if app.bucket else "",
        volumes=volumes,
        hosts=site.hosts_of(app.group) if volumes else (),
    )


def images(apps: Iterable[App]) -> tuple[str, ...]:
    """Every image reference, once, in catalogue order."""
    return tuple(dict.fromkeys(service.image.reference for app in present(apps) for service in app.services))


def validated(apps: tuple[App, ...]) -> tuple[App, ...]:
    """The catalogue itself, if its records agree with each other; ValueError says which two do not."""
    _unique("app", (app.name for app in apps))
    _one_owner("route", ((_address(route), app) for app in present(apps) for route in app.routes))
    _require(sum(app.login_provider for app in present(apps)) <= 1, "more than one app is the login provider")
    for group in sorted({app.group for app in apps}):
        here = [app for app in present(apps) if app.group in ("all", group)]
        ports = ((str(port), app) for app in here for service in app.services for port in _ports(service))
        _one_owner(f"group '{group}': port", ports)
    return apps


def _address(route: Route) -> str:
    return f"{route.host}{','.join(route.paths)} ({route.domain})"


def _one_owner(what: str, owned: Iterable[tuple[str, App]]) -> None:
    owners: dict[str, str] = {}
    for name, app in owned:
        if name in owners:
            both = f"{owners[name]} and {app.name}"
            raise ValueError(f"{what} '{name}' is declared twice, by {both}; give one of them another")
        owners[name] = app.name


def _ports(service: Service) -> set[int]:
    own = {service.metrics.port} if service.host_network and service.metrics else set()
    return own | {port.host for port in service.ports}
