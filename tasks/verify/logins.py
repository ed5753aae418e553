"""The way to a login: as an app begins it, and as the identity provider lets each app begin it."""

import base64
import hashlib
import json
import secrets
from collections.abc import Iterable, Iterator
from typing import Any, Final
from urllib.parse import parse_qs, urlencode, urlsplit

from urllib3 import BaseHTTPResponse

from catalogue import views
from catalogue.model import App, Site
from catalogue.views import OidcClient
from tasks.run import Finding
from tasks.verify.browser import Browser, Problem, landed

AUTHORIZE: Final = "/application/o/authorize/"
SSO: Final = "/application/saml/{}/?"
METADATA: Final = "/application/saml/{}/metadata/"
LOGIN_PAGE: Final = "<ak-flow-executor"
"""The element of the identity provider's page that asks who is there."""
NOT_BY_GET: Final = 405
"""The answer of a path that only a form or a script of the app's own page posts to."""


def accepted(
    host: str, apps: Iterable[App], site: Site, identity_provider: str, browser: Browser
) -> Iterator[Finding]:
    """The identity provider lets people log in for each of these apps, whatever the apps themselves do."""
    name = urlsplit(identity_provider).netloc
    asked = [
        *(
            (uri, authorization(client, uri), _asks_who_is_there(uri))
            for client in views.oidc_clients(apps, site)
            for uri in client.redirect_uris
        ),
        *(
            (each.acs_url, METADATA.format(each.app.name), _is_unknown)
            for each in views.saml_clients(apps, site)
        ),
    ]
    for back, path, problem in asked:
        passed, detail = browser.look(name, path, problem, landed)
        subject = back.removeprefix("https://")
        yield Finding(host=host, check="authorize", subject=subject, passed=passed, detail=detail)


def authorization(client: OidcClient, redirect_uri: str) -> str:
    """The request of an app that sends somebody to the identity provider (RFC 6749, 4.1.1; RFC 7636, 4.3)."""
    challenge = hashlib.sha256(secrets.token_urlsafe(32).encode()).digest()
    oidc = client.app.oidc
    query = {
        "client_id": client.client_id,
        "redirect_uri": redirect_uri,
        "response_type": "code",
        "scope": " ".join(("openid", "profile", "email", *(oidc.scopes if oidc else ()))),
        "state": secrets.token_urlsafe(16),
        "nonce": secrets.token_urlsafe(16),
        "code_challenge": base64.urlsafe_b64encode(challenge).decode().rstrip("="),
        "code_challenge_method": "S256",
    }
    return f"{AUTHORIZE}?{urlencode(query)}"


def _asks_who_is_there(redirect_uri: str) -> Problem:
    """The answer, after its redirects, is the login page; a refusal is sent to the redirect URI."""

    def problem(response: BaseHTTPResponse) -> str | None:
        location = response.headers.get("Location", "")
        if location.startswith(redirect_uri):
            refused = parse_qs(urlsplit(location).query)
            return f"is refused: {' '.join(refused.get('error_description', refused.get('error', [''])))}"
        if LOGIN_PAGE in response.data.decode(errors="replace"):
            return None
        return f"answers {response.status}, not with its login page: deploy the identity provider"

    return problem


def _is_unknown(response: BaseHTTPResponse) -> str | None:
    known = 200 <= response.status < 400
    return None if known else f"answers {response.status} to the app's name: deploy the identity provider"


def leads_to(app: App, identity_provider: str) -> Problem:
    """A login as the app begins it leads to the identity provider, which is told who asks."""
    start = identity_provider + (SSO.format(app.name) if app.saml else AUTHORIZE)

    def problem(response: BaseHTTPResponse) -> str | None:
        location = _location(response, start)
        if response.status == NOT_BY_GET:
            return None  # only its own page can begin it; that it is let in is looked at without the app
        if not location.startswith(start):
            return f"answers {response.status} and leads to '{location}', not to {start}"
        asks = parse_qs(urlsplit(location).query).get("client_id", [])
        return (
            None
            if app.saml or asks == [app.name]
            else f"asks the identity provider as {asks}, not as {app.name}"
        )

    return problem


def _location(response: BaseHTTPResponse, start: str) -> str:
    """Where it leads: by its header, or by what it tells a script."""
    if "application/json" not in response.headers.get("Content-Type", ""):
        return str(response.headers.get("Location", ""))
    told = list(_texts(json.loads(response.data)))
    way = next((text for _, text in told if text.startswith(start)), "")
    named = next((text for name, text in told if name.lower().replace("_", "") == "clientid"), "")
    return way if not named or "?" in way else f"{way}?{urlencode({'client_id': named})}"


def _texts(told: Any, name: str = "") -> Iterator[tuple[str, str]]:
    """Every text in a JSON document, with the key that it stands at."""
    if isinstance(told, str):
        yield name, told
    for key, value in told.items() if isinstance(told, dict) else ():
        yield from _texts(value, key)
    for value in told if isinstance(told, list) else ():
        yield from _texts(value, name)
