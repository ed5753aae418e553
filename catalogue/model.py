"""The shapes of what runs: frozen records that refuse to be built wrong."""

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Literal

NAME = re.compile(r"[a-z][a-z0-9-]{0,38}[a-z0-9]")
VARIABLE = re.compile(r"[A-Z][A-Z0-9_]*")
FLOATING_TAGS = {"latest", "stable", "edge", "main", "master", "nightly"}

Domain = Literal["public", "ops"]


def _require(condition: object, message: str) -> None:
    if not condition:
        raise ValueError(message)


def _unique(what: str, names: Iterable[str]) -> None:
    seen: set[str] = set()
    for name in names:
        _require(name not in seen, f"{what} '{name}' is declared twice; give one of them another name")
        seen.add(name)


@dataclass(frozen=True, slots=True, kw_only=True)
class Image:
    """A container image, pinned to a version."""

    repository: str
    """Full name with the registry's host: `docker.io/library/redis`."""
    tag: str

    def __post_init__(self) -> None:
        _require(
            "." in self.repository.split("/")[0] and "/" in self.repository,
            f"image '{self.repository}' names no registry; write it in full, as docker.io/library/redis",
        )
        _require(
            re.search(r"\d", self.tag) and self.tag not in FLOATING_TAGS,
            f"image '{self.repository}:{self.tag}' is not pinned; write a version as its tag",
        )

    @property
    def reference(self) -> str:
        return f"{self.repository}:{self.tag}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Health:
    """A command that succeeds inside the container when the service can serve."""

    command: tuple[str, ...]
    start_seconds: int
    """How long the first success may take before failures count."""
    interval_seconds: int = 30
    """Between checks of what was well at least once; until then it is asked every second."""

    def __post_init__(self) -> None:
        _require(self.command, "a health check needs a command that exists inside the image")


@dataclass(frozen=True, slots=True, kw_only=True)
class Port:
    """A port that a service publishes on its host: on the private address, or on all of them if public."""

    host: int
    container: int
    public: bool = False

    def __post_init__(self) -> None:
        for number in (self.host, self.container):
            _require(0 < number < 65536, f"port {number} is not between 1 and 65535")


@dataclass(frozen=True, slots=True, kw_only=True)
class Metrics:
    """Where Prometheus finds a service's metrics: a port of the host's private address."""

    port: int
    path: str = "/metrics"


@dataclass(frozen=True, slots=True, kw_only=True)
class Check:
    """A command of the image that refuses a bad configuration before it is switched to."""

    entrypoint: str
    arguments: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Service:
    """One container of an app, with what it may do and use; its template adds environment and mounts."""

    name: str
    image: Image
    health: Health | None
    """None only for a one-shot, whose end says it all."""
    memory_mb: int
    user: str
    """uid:gid inside the container."""
    because: str = ""
    """Why it may do more than others: as root, writing its own image, with capabilities."""
    read_only: bool = True
    capabilities: tuple[str, ...] = ()
    """What is given back after every capability was dropped."""
    tmpfs: tuple[str, ...] = ()
    stop_seconds: int = 10
    ports: tuple[Port, ...] = ()
    metrics: Metrics | None = None
    check: Check | None = None
    host_network: bool = False
    """The service sees the host's own network: for agents that measure it."""
    on_edge: bool = False
    """The edge uses the service itself, without a route: it is on a network with it by its alias."""
    one_shot: bool = False
    """It runs to its end, and well, before the others are started: a migration."""

    def __post_init__(self) -> None:
        _require(
            NAME.fullmatch(self.name), f"service name '{self.name}' must be lower case, digits and dashes"
        )
        _require(self.memory_mb >= 16, f"service '{self.name}': memory_mb {self.memory_mb} is below 16")
        _require(
            (self.health is None) == self.one_shot,
            f"service '{self.name}': a service has a health check, and a one-shot has none",
        )
        _require(
            self.because or not self.extra_rights,
            f"service '{self.name}' {' and '.join(self.extra_rights)}; say in `because` why it must",
        )

    @property
    def extra_rights(self) -> list[str]:
        """What it may do beyond the rest, in words."""
        rights = {
            "runs as root": self.user.split(":")[0] in ("", "0", "root"),
            "writes its own image": not self.read_only,
            "keeps capabilities": bool(self.capabilities),
            "sees the host's network": self.host_network,
        }
        return [words for words, has in rights.items() if has]


@dataclass(frozen=True, slots=True, kw_only=True)
class Redirect:
    """An address that the edge answers with another: a pattern over the whole URL, and what replaces it."""

    pattern: str
    replacement: str


@dataclass(frozen=True, slots=True, kw_only=True)
class RateLimit:
    """How often one address may ask; counted outside the edge, so that its restart forgives nobody."""

    per_minute: int
    burst: int
    """Requests at once that are let through before the limit counts."""
    store: str
    """The Redis that keeps the counters: its alias on the network with the edge, `<app>-<service>`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Route:
    """A public hostname and the service that answers it."""

    host: str
    """First label of the name: `wiki` for wiki.example.org."""
    domain: Domain
    service: str
    port: int
    paths: tuple[str, ...] = ()
    """Path prefixes that the route is for; none: every path that no other route of the name has."""
    guarded: bool = False
    """The edge lets through only whom the login gateway knows as a member of the app's group."""
    closed_paths: tuple[str, ...] = ()
    """Path prefixes that nobody outside may ask for."""
    redirects: tuple[Redirect, ...] = ()
    rate_limit: RateLimit | None = None
    own_headers: bool = False
    """The program sends its own security headers; the edge adds none."""
    login_path: str | None = None
    """Where a login begins: it answers with a redirect to the login gateway, or tells a script the way."""
    login_page: str | None = None
    """The page whose button posts to `login_path`, with the page's token; None: a link or script gets it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Database:
    """A database and a role of the app's name on the managed PostgreSQL."""

    extensions: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Bucket:
    """A private, versioned bucket for the app's files, named after the organisation and the app."""

    browser_uploads: bool
    """The browser talks to the bucket itself, so it needs a CORS rule for the app's address."""
    own_key: bool = False
    """What lies in it is not for other apps: it has a key of its own, not the one of `s3` that they share."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Oidc:
    """The app logs in through the gateway; the client id is the app's name."""

    callback: str
    """Path of the redirect URI, compared strictly."""
    subject: Literal["hashed_user_id", "user_uuid", "user_username"] = "hashed_user_id"
    """What names an account in the app's own database: chosen once, never changed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Saml:
    """The app logs in through the gateway by SAML, for want of OIDC."""

    acs: str
    """Path that the signed answer is posted to."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Upgrade:
    """How an app gets from one version to the next."""

    step: Literal["any", "major", "minor", "listed"]
    """The greatest step it can take at once: any; to the next major, minor, or next of `versions`."""
    one_way: bool
    """It changes its database or files so that the version before cannot use them."""
    versions: tuple[str, ...] = ()
    """Every version that it must pass, in order, where numbers do not say which one is next."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """How a secret's value is made, and by that what a good one looks like."""

    kind: Literal["hex", "password", "given"]
    size: int
    """hex: bytes; password: characters; given (a person brings it): least characters."""

    def __post_init__(self) -> None:
        least = {"hex": 16, "password": 24, "given": 1}[self.kind]
        _require(
            self.size >= least, f"secret rule '{self.kind} {self.size}' is too short; use at least {least}"
        )

    def problem(self, value: str) -> str | None:
        """What is wrong with a value, in words that do not show it; None if nothing is."""
        if self.kind == "hex":
            good = re.fullmatch(rf"[0-9a-f]{{{2 * self.size}}}", value)
            return None if good else f"must be {2 * self.size} lower-case hexadecimal digits"
        if "\0" in value:
            return "must not contain a null character"
        return None if len(value) >= self.size else f"must have at least {self.size} characters"


@dataclass(frozen=True, slots=True, kw_only=True)
class Secret:
    """A value in the secret store and the variable that carries it into the app's `.env`."""

    name: str
    rule: Rule
    bundle: str | None = None
    """The shared entry of the store it is read from (`smtp`); None: the app's own."""
    key: str | None = None
    """Its name in that entry; None: the same name."""

    def __post_init__(self) -> None:
        _require(VARIABLE.fullmatch(self.name), f"secret '{self.name}' must be an upper-case variable name")


@dataclass(frozen=True, slots=True, kw_only=True)
class Volume:
    """A named volume; a deploy never removes one."""

    name: str
    owner: str
    """uid:gid that the volume's folder belongs to when it is made."""
    backup: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class App:
    """A program with its helpers: one Compose project on every host of its group."""

    name: str
    purpose: str
    """One sentence: what people use it for."""
    group: str
    """The inventory group it runs on; `all` is every host."""
    services: tuple[Service, ...]
    upgrade: Upgrade
    """Of the first service's image, which gives the app its version."""
    routes: tuple[Route, ...] = ()
    database: Database | None = None
    bucket: Bucket | None = None
    mail: bool = False
    """It sends mail through the organisation's SMTP account."""
    oidc: Oidc | None = None
    saml: Saml | None = None
    secrets: tuple[Secret, ...] = ()
    volumes: tuple[Volume, ...] = ()
    login_provider: bool = False
    """It is the gateway: it knows every other app's client secret."""
    edge: bool = False
    """It serves the routes of its host."""
    monitoring: bool = False
    """It measures or watches: deploys/monitoring.py brings it up to date on its own."""
    collects_metrics: bool = False
    """It scrapes all that has metrics, and is asked for them at the first port of its first service."""
    ready_seconds: int = 180
    """How long a new release may take until all its services are healthy."""
    present: bool = field(default=True)
    """False stops the app and drops its routes wherever it still runs; volumes stay."""

    def __post_init__(self) -> None:
        _require(NAME.fullmatch(self.name), f"app name '{self.name}' must be lower case, digits and dashes")
        _require(self.services, f"app '{self.name}' has no service")
        _unique(f"app '{self.name}': service", (service.name for service in self.services))
        _unique(f"app '{self.name}': secret", (secret.name for secret in self.secrets))
        _unique(f"app '{self.name}': volume", (volume.name for volume in self.volumes))
        for route in self.routes:
            self.service(route.service)
        _require(
            self.upgrade.step != "listed" or self.version.startswith(self.upgrade.versions),
            f"app '{self.name}': its upgrade's versions do not list {self.version}; add it in its place",
        )
        _require(
            self.services[0].ports or not self.collects_metrics,
            f"app '{self.name}' collects metrics, but its first service has no port to ask for them at",
        )
        _require(
            not (self.oidc or self.saml) or (self.routes and self.routes[0].login_path),
            f"app '{self.name}' has a login, but its first route no login_path where it begins",
        )

    @property
    def guarded(self) -> bool:
        """The edge asks the login gateway before it lets people in."""
        return any(route.guarded for route in self.routes)

    @property
    def logs_in(self) -> bool:
        """People come to it through the login gateway, by whatever way."""
        return bool(self.oidc or self.saml or self.guarded)

    @property
    def version(self) -> str:
        return self.services[0].image.tag

    def service(self, name: str) -> Service:
        """The service of that name; ValueError if the app has none."""
        for service in self.services:
            if service.name == name:
                return service
        raise ValueError(f"app '{self.name}' has no service '{name}'")
