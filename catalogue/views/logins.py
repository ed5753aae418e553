"""Who logs in through the identity provider, and how."""

from collections.abc import Iterable
from dataclasses import dataclass

from catalogue.model import App, Site
from catalogue.views.names import hostname, present, the, url, variable

OUTPOST = "/outpost.goauthentik.io/"
"""Below it the part of the identity provider that the edge asks answers, on every name with forward auth."""


@dataclass(frozen=True, slots=True, kw_only=True)
class OidcClient:
    """An app as the identity provider sees it."""

    app: App
    client_id: str
    redirect_uris: tuple[str, ...]
    """The app's own first."""
    launch_url: str
    secret_variable: str
    """The identity provider's environment variable that carries the client's secret."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SamlClient:
    """An app that the identity provider sends signed answers to."""

    app: App
    acs_url: str
    launch_url: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ForwardAuthClient:
    """An app whose visitors the edge checks with the identity provider."""

    app: App
    external_host: str


def identity_provider(apps: Iterable[App], site: Site) -> str:
    """The address that people log in at."""
    return url(login_provider(apps), site)


def login_provider(apps: Iterable[App]) -> App:
    """What people log in at."""
    return the(apps, "login_provider", lambda app: app.login_provider)


def issuer(app: App, apps: Iterable[App], site: Site) -> str:
    """Where the identity provider tells of itself to one app."""
    return f"{identity_provider(apps, site)}/application/o/{app.name}/"


def identity_provider_address(apps: Iterable[App], site: Site) -> str:
    """The private address of the host that people log in at."""
    provider = login_provider(apps)
    return site.hosts_of(provider.group)[0].private_ip


def forward_auth_address(apps: Iterable[App], site: Site) -> str:
    """Where the edge of any host asks the identity provider: at its host's private address."""
    provider = login_provider(apps)
    return f"http://{identity_provider_address(apps, site)}:{provider.routes[0].port}"


def pages_of_known(app: App, apps: Iterable[App], site: Site) -> tuple[str, ...]:
    """Pages that answer without an error as soon as the identity provider knows the app, and no earlier.

    `ADDRESS@HOST:PORT`: of that address, asked at that host.
    """
    provider = identity_provider(apps, site)
    asked = forward_auth_address(apps, site).removeprefix("http://")
    pages = {
        f"{issuer(app, apps, site)}.well-known/openid-configuration": app.oidc,
        f"{provider}/application/saml/{app.name}/metadata/": app.saml,
    }
    names = dict.fromkeys(hostname(route, site) for route in app.routes if route.forward_auth)
    return (
        *(page for page, wanted in pages.items() if wanted),
        *(f"http://{name}{OUTPOST}start@{asked}" for name in names),
    )


def oidc_clients(apps: Iterable[App], site: Site) -> tuple[OidcClient, ...]:
    return tuple(
        OidcClient(
            app=app,
            client_id=app.name,
            redirect_uris=tuple(
                url(app, site) + uri if uri.startswith("/") else uri
                for uri in (app.oidc.callback, *app.oidc.redirect_uris)
            ),
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


def forward_auth_clients(apps: Iterable[App], site: Site) -> tuple[ForwardAuthClient, ...]:
    return tuple(
        ForwardAuthClient(app=app, external_host=url(app, site)) for app in present(apps) if app.forward_auth
    )
