"""A release: one app's files for one host, finished and hashed, in memory."""

import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any

from catalogue import views
from catalogue.model import App, Host, Route, Site
from tasks.stacks import compose, secret_files
from tasks.stacks.needs import Needs, needs
from tasks.stacks.refusals import RefusedError
from tasks.templates import COMPOSE_FILE, Templates
from tasks.yaml_text import dumped

ROUTE_TEMPLATE = "route.yaml.j2"
SHARED = ("plain-path", "strict-transport", "secure-headers")
"""Middlewares of the edge itself, for every app."""
SECRETS_FILE = ".env"


@dataclass(frozen=True, kw_only=True)
class Release:
    """What lands on a host for one app; its revision is the digest of all of it."""

    app: App
    files: Mapping[str, bytes] = field(repr=False)
    """Path below the release's folder: content. `live/<app>/…` goes to that app's live folder."""
    owners: Mapping[str, str]
    """Path of a file that holds secrets: `uid:gid` of the one user, beside root, who reads it."""
    secret_digests: Mapping[str, str] = field(repr=False)
    services: Mapping[str, str]
    """Service: digest of all that, once changed, recreates it."""
    images: tuple[str, ...]
    unlocked: tuple[str, ...]
    """Images that are pulled by a tag, for want of a digest."""
    needs: Mapping[str, Needs] = field(default_factory=dict)
    """Service: what it must have while it runs."""
    compose_digest: str
    """Of the Compose file without the services' digests: it changes only when the file itself does."""

    @property
    def revision(self) -> str:
        parts = {"files": self.digests, "services": dict(self.services)}
        return _digest(parts)

    @property
    def digests(self) -> dict[str, str]:
        """Path: SHA-256 of the file."""
        return {path: hashlib.sha256(content).hexdigest() for path, content in sorted(self.files.items())}


def context(
    app: App, apps: Sequence[App], site: Site, host: Host, secrets: Mapping[str, str] = MappingProxyType({})
) -> dict[str, Any]:
    """The names that a template may use; of the secrets, only a digest that changes when one of them does."""
    return {**everywhere(app, apps, site, secrets), "host": host}


def everywhere(app: App, apps: Sequence[App], site: Site, secrets: Mapping[str, str]) -> dict[str, Any]:
    """Those of these names that mean the same on every host."""
    return {
        "app": app,
        "site": site,
        "url": views.url(app, site) if app.routes else "",
        "identity_provider": views.identity_provider(apps, site),
        "identity_provider_address": views.identity_provider_address(apps, site),
        "issuer": views.issuer(app, apps, site),
        "bucket": views.bucket(app, site),
        "clients": views.oidc_clients(apps, site),
        "saml_clients": views.saml_clients(apps, site),
        "forward_auth_clients": views.forward_auth_clients(apps, site),
        "targets": views.scrape_targets(apps, site),
        "probes": views.probes(apps, site),
        "dashboards": views.dashboards(apps, site),
        "causes": views.causes(apps, site),
        "retired": [each for each in apps if not each.present],
        "backups": views.backups(apps, site),
        "sidecars": views.sidecars(apps, site),
        "encoded_characters": sorted(views.ENCODED.values()),
        "database": views.role(app),
        "secrets_digest": _digest([_salted(app, *secret) for secret in sorted(secrets.items())]),
    }


def build(
    app: App, apps: Sequence[App], site: Site, host: Host, secrets: Mapping[str, str], templates: Templates
) -> Release:
    """The release of one app for one host; ValueError says which template or record is wrong."""
    [made] = builds(app, apps, site, [host], secrets, templates)
    return made


def builds(
    app: App,
    apps: Sequence[App],
    site: Site,
    hosts: Iterable[Host],
    secrets: Mapping[str, str],
    templates: Templates,
) -> Iterator[Release]:
    """The same for several hosts, in their order."""
    same = everywhere(app, apps, site, secrets)
    for host in hosts:
        yield _build(app, apps, {**same, "host": host}, secrets, templates)


def _build(
    app: App, apps: Sequence[App], names: Mapping[str, Any], secrets: Mapping[str, str], templates: Templates
) -> Release:
    files = templates.of(app, names)
    text = files.pop(COMPOSE_FILE).decode()
    try:
        return _built(app, apps, names, secrets, templates, files, text)
    except RefusedError as error:
        place = templates.place(f"{app.name}/{COMPOSE_FILE}.j2", names, error.line(text))
        raise ValueError(f"{place}: {error}") from error


def _built(
    app: App,
    apps: Sequence[App],
    names: Mapping[str, Any],
    secrets: Mapping[str, str],
    templates: Templates,
    files: dict[str, bytes],
    text: str,
) -> Release:
    """The release of rendered files, with the text of its Compose file beside them."""
    site = names["site"]
    definition = compose.finished(app, text, site, names["host"], views.edge_network(app, apps))
    values = secret_files.Values(secrets)
    files |= templates.secret(app, {**names, "secrets": values})
    paths = secret_files.mounted(definition)
    in_environment = compose.references(definition)
    secret_files.check_names(app, in_environment | set(paths.values()), values.used, set(secrets))
    secret_files.check_ways(app, in_environment, set(paths.values()))
    files |= {path: secrets[name].encode() for path, name in paths.items()}
    live = {
        f"live/{app.name}/{path.removeprefix('live/')}": files.pop(path)
        for path in list(files)
        if path.startswith("live/")
    }
    compose_digest = hashlib.sha256(json.dumps(definition, sort_keys=True).encode()).hexdigest()
    services = _labelled(definition, files, secrets)
    files[COMPOSE_FILE] = dumped(definition, sort_keys=False, width=120).encode()
    if in_environment:
        files[SECRETS_FILE] = compose.environment_file({name: secrets[name] for name in in_environment})
    images = tuple(dict.fromkeys(compose.image(service, site) for service in app.services))
    return Release(
        app=app,
        files=files | live | _route(app, apps, names, templates),
        owners=secret_files.owners(app, definition["services"], files),
        secret_digests={name: _salted(app, name, value) for name, value in secrets.items()},
        services={name: digest for name, digest in services.items() if not app.service(name).one_shot},
        needs=needs(definition, files, SECRETS_FILE),
        compose_digest=compose_digest,
        images=images,
        # What a mirror has is its own, and no registry's digest says anything of it.
        unlocked=() if site.image_mirror else tuple(name for name in images if "@" not in name),
    )


def _labelled(
    definition: compose.Definition, files: Mapping[str, bytes], secrets: Mapping[str, str]
) -> dict[str, str]:
    """Writes each service's digest into its labels, so that Compose recreates it when the digest changes."""
    digests = {}
    for name, service in definition["services"].items():
        # Made anew, the app's network takes its services with it.
        shared = {} if "network_mode" in service else {"network": definition["networks"]["default"]}
        digests[name] = compose.service_digest(service | shared, files, secrets, "services", name)
        service["labels"] = {compose.SERVICE_LABEL: digests[name]}
    return digests


def _route(app: App, apps: Sequence[App], names: Mapping[str, Any], templates: Templates) -> dict[str, bytes]:
    """The file that tells the edge of the host about the app's routes."""
    if not app.routes:
        return {}
    routes: list[dict[str, Any]] = [
        {
            "name": f"{app.name}-{number}" if number else app.name,
            "hostname": views.hostname(route, names["site"]),
            "backend": f"http://{views.alias(app, route.service)}:{route.port}",
            "middlewares": _middlewares(app, route, number),
            "number": number,
            "record": route,
            "closed": views.closed_pattern(route),
            "encoded": views.encoded_characters(route),
        }
        for number, route in enumerate(app.routes)
    ]
    forward_auth = views.forward_auth_address(apps, names["site"]) if app.forward_auth else ""
    own = any(name not in SHARED for route in routes for name in route["middlewares"])
    text = templates.render(
        ROUTE_TEMPLATE, {**names, "routes": routes, "forward_auth": forward_auth, "middlewares": own}
    )
    return {f"live/{views.edge(apps).name}/routes/{app.name}.yaml": text.encode()}


def _middlewares(app: App, route: Route, number: int) -> list[str]:
    plain, transport, headers = SHARED
    return [
        f"{app.name}-{number}-path" if route.encoded else plain,
        transport,
        *([] if route.own_headers else [headers]),
        *([f"{app.name}-forward-auth"] if route.forward_auth else []),
        *([f"{app.name}-{number}-rate"] if route.rate_limit else []),
        *(f"{app.name}-{number}-redirect-{index}" for index, _ in enumerate(route.redirects)),
    ]


def _digest(value: object) -> str:
    return hashlib.sha256(json.dumps(value, sort_keys=True).encode()).hexdigest()[:12]


def _salted(app: App, name: str, value: str) -> str:
    """Short on purpose: enough to see that a value changed, too little to confirm a guess of it."""
    return hashlib.sha256(f"{app.name}\0{name}\0{value}".encode()).hexdigest()[:8]
