"""An app: all that is said of one program and its helpers."""

from dataclasses import dataclass, field

from catalogue.model.checks import Record, require, unique
from catalogue.model.commands import Exec, FirstAdmin
from catalogue.model.forms import Line, Name, Positive
from catalogue.model.login import Oidc, Saml
from catalogue.model.network import Reach
from catalogue.model.route import Route
from catalogue.model.secret import Secret
from catalogue.model.service import Service
from catalogue.model.storage import Bucket, Database, Volume
from catalogue.model.upgrade import Upgrade


@dataclass(frozen=True, slots=True, kw_only=True)
class App(Record):
    """A program with its helpers: one Compose project on the host of its group, or on every host."""

    name: Name
    purpose: Line
    """One sentence: what people use it for."""
    group: Name
    """The inventory group it runs on, whose one host is its own; `all` is every host."""
    services: tuple[Service, ...]
    upgrade: Upgrade
    """Of the first service's image, which gives the app its version."""
    routes: tuple[Route, ...] = ()
    database: Database | None = None
    bucket: Bucket | None = None
    mail: bool = False
    """It sends mail, by an account of its own at the organisation's mail server."""
    internet: bool = True
    """Its containers may connect to the internet; False: to what other fields say, and public names here."""
    names: bool = True
    """Its containers may have the host's resolvers asked; False: they know all addresses, and each other."""
    reaches: tuple[Reach, ...] = ()
    """Ports of other apps, or of hosts, that it asks in the private network."""
    oidc: Oidc | None = None
    saml: Saml | None = None
    secrets: tuple[Secret, ...] = ()
    volumes: tuple[Volume, ...] = ()
    login_provider: bool = False
    """It is the identity provider: it knows every other app's client secret."""
    edge: bool = False
    """It serves the routes of its host."""
    monitoring: bool = False
    """It measures or watches: deploys/monitoring.py brings it up to date on its own."""
    collects_metrics: bool = False
    """It scrapes all that has metrics, and is asked for them at the first port of its first service."""
    dashboards: bool = False
    """Its first route is where alerts lead to: people see there what is wrong."""
    sends_alerts: bool = False
    """It tells people what is wrong, at the site's addresses for that; asked as what collects metrics is."""
    keeps_logs: bool = False
    """What all hosts log is there; asked as what collects metrics is."""
    zabbix: bool = False
    """It is a Zabbix: hosts, pages, mails and logins are set by its API, which answers at its first route."""
    on_every_host: bool = False
    """It may run on several hosts of its group at once, each with its own volumes, under one public name."""
    ready_seconds: Positive = 180
    """How long a new release may take until all its services are healthy."""
    after_up: tuple[Exec, ...] = ()
    """What is done in the running app until a release counts: health says that it runs, not that it obeys."""
    first_admin: FirstAdmin | None = None
    """None: its first account is made by its settings, by its first visitor, or by the identity provider."""
    present: bool = field(default=True)
    """False stops the app and drops its routes wherever it still runs; volumes stay."""

    def validate(self) -> None:
        require(self.services, f"app '{self.name}' has no service")
        unique(f"app '{self.name}': service", (service.name for service in self.services))
        names = [each for service in self.services for each in (service.name, *service.aliases)]
        unique(f"app '{self.name}': service or alias", names)
        unique(f"app '{self.name}': secret", (name for each in self.secrets for name in each.variables))
        unique(f"app '{self.name}': volume", (volume.name for volume in self.volumes))
        self._check_paths()
        first = (self.first_admin,) if self.first_admin else ()
        for each in (*self.routes, *self.after_up, *first):
            self.service(each.service)
        require(
            self.upgrade.lists(self.version),
            f"app '{self.name}': its upgrade's versions do not list {self.version}; add it in its place",
        )
        for says, asked in self._asked().items():
            require(
                self.services[0].ports or not asked,
                f"app '{self.name}' {says}, but its first service has no port to ask for them at",
            )
        require(
            self.routes or not self.dashboards, f"app '{self.name}' shows dashboards, but it has no route"
        )
        require(
            (self.routes and self.mail) or not self.zabbix,
            f"app '{self.name}' is a Zabbix, which has a route to its API, and mails what it finds: say both",
        )
        require(
            not (self.oidc or self.saml) or self.routes,
            f"app '{self.name}' has a login, but no route that people come back to from it",
        )
        self._check_names()

    def _asked(self) -> dict[str, bool]:
        return {
            "collects metrics": self.collects_metrics,
            "sends alerts": self.sends_alerts,
            "keeps logs": self.keeps_logs,
        }

    def _check_names(self) -> None:
        asked = {
            "internet": self.internet,
            "database": self.database,
            "bucket": self.bucket,
            "mail": self.mail,
            "oidc": self.oidc,
            "saml": self.saml,
        }
        used = [field for field, value in asked.items() if value]
        require(
            self.names or not used,
            f"app '{self.name}' may ask for no names, and needs them for {', '.join(used)}; drop names=False",
        )

    def _check_paths(self) -> None:
        """A name with a guarded or closed part lets no encoded slash through: it leads past the guard."""
        watched = {
            (route.domain, route.host) for route in self.routes if route.forward_auth or route.closed_paths
        }
        for route in self.routes:
            require(
                (route.domain, route.host) not in watched or not set(route.encoded) & set("/\\"),
                f"app '{self.name}': route '{route.host}' lets an encoded slash through, and it "
                "leads around what is guarded or closed there; drop it from `encoded`",
            )

    @property
    def forward_auth(self) -> bool:
        """The edge asks the identity provider before it lets people in."""
        return any(route.forward_auth for route in self.routes)

    @property
    def logs_in(self) -> bool:
        """People come to it through the identity provider, by whatever way."""
        return bool(self.oidc or self.saml or self.forward_auth)

    @property
    def version(self) -> str:
        return self.services[0].image.tag

    def service(self, name: str) -> Service:
        """The service of that name; ValueError if the app has none."""
        for service in self.services:
            if service.name == name:
                return service
        raise ValueError(f"app '{self.name}' has no service '{name}'")
