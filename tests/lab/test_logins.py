"""People get in through the identity provider with what the deploy made, and others do not."""

import base64
from urllib.parse import parse_qs, urlsplit

import pytest
import requests

from catalogue.model import App
from tests.lab.browser import Page, begin, browser, follow, log_in
from tests.lab.conftest import FirstRuns
from tests.lab.deployed import IDENTITY_PROVIDER, KNOWN, address

pytestmark = pytest.mark.logins

CLIENTS = [pytest.param(app, id=app.name) for app in KNOWN if app.oidc and app.routes[0].login_path]
SAML = [pytest.param(app, id=app.name) for app in KNOWN if app.saml]
FORWARD_AUTH = [pytest.param(app, id=app.name) for app in KNOWN if app.forward_auth]
GATEWAY = f"https://{IDENTITY_PROVIDER}"
AUTHORIZE, LOGIN = f"{GATEWAY}/application/o/authorize/", f"{GATEWAY}/flows/-/default/authentication/"
FORGED = {
    "X-authentik-username": "alice",
    "X-authentik-groups": "authentik Admins",
    "X-authentik-email": "alice@guild.test",
    "X-Forwarded-User": "alice",
    "Remote-User": "alice",
    "Authorization": f"Basic {base64.b64encode(b'alice:alice').decode()}",
    "Cookie": "authentik_proxy=alice",
    # The identity provider is asked about the address that is really asked for.
    "X-Forwarded-Host": IDENTITY_PROVIDER,
    "X-Forwarded-Uri": "/healthz",
}
# Many programs take it for X-authentik-username.
ALIAS = {"X_authentik_username": "alice"}


def visit(app: App, user: str) -> requests.Response:
    """Where somebody ends who opens an app and is then `user` for the identity provider."""
    with browser() as session:
        return follow(session, f"{address(app)}/", user)


def assert_is_in(app: App, page: requests.Response) -> None:
    """The app itself answers, and not the identity provider before it."""
    assert page.status_code == 200, page.text
    assert urlsplit(page.url).netloc == urlsplit(address(app)).netloc


def assert_is_refused(page: requests.Response) -> None:
    """The identity provider itself says so, on a page like any other."""
    assert (page.status_code, urlsplit(page.url).netloc) == (200, IDENTITY_PROVIDER)
    assert "Permission denied" in page.text


@pytest.mark.parametrize("app", CLIENTS)
def test_a_member_logs_in_with_the_client_that_the_deploy_made(site: FirstRuns, app: App) -> None:
    with browser() as session:
        asked, page = log_in(session, address(app), app.routes[0], "alice")

    way = urlsplit(asked)
    assert (way.netloc, way.path) == (IDENTITY_PROVIDER, "/application/o/authorize/")
    assert parse_qs(way.query)["client_id"] == [app.name]
    assert_is_in(app, page)
    assert "Alice Example" in page.text


@pytest.mark.parametrize("app", SAML)
def test_a_member_gets_an_account_by_the_identity_providers_signed_answer(site: FirstRuns, app: App) -> None:
    with browser() as session:
        asked, page = log_in(session, address(app), app.routes[0], "alice")

    assert asked.startswith(f"https://{IDENTITY_PROVIDER}/application/saml/{app.name}/?SAMLRequest=")
    assert_is_in(app, page)
    assert "Alice Example" in page.text


@pytest.mark.parametrize("app", SAML)
def test_an_answer_that_was_changed_on_its_way_lets_nobody_in(site: FirstRuns, app: App) -> None:
    with browser() as session:
        follow(session, LOGIN, "alice")
        asked = begin(session, address(app), app.routes[0]).headers["Location"]
        shown = Page(session.get(asked, timeout=20).text)
        signed = base64.b64decode(shown.fields["SAMLResponse"])
        shown.fields["SAMLResponse"] = base64.b64encode(signed.replace(b">alice<", b">Admin<")).decode()
        page = session.post(shown.form["action"], shown.fields, timeout=20)
        again = begin(session, address(app), app.routes[0])

    assert signed.count(b">alice<")
    assert "Reference validation failed" in page.text
    assert urlsplit(again.headers["Location"]).netloc == IDENTITY_PROVIDER


@pytest.mark.parametrize("app", [*CLIENTS, *SAML])
def test_somebody_outside_the_apps_group_is_refused(site: FirstRuns, app: App) -> None:
    with browser() as session:
        _, page = log_in(session, address(app), app.routes[0], "mallory")

    assert_is_refused(page)


@pytest.mark.parametrize("app", FORWARD_AUTH)
def test_the_edge_refuses_somebody_outside_the_group_of_an_app_behind_it(site: FirstRuns, app: App) -> None:
    assert_is_refused(visit(app, "mallory"))


@pytest.mark.parametrize("app", FORWARD_AUTH)
def test_the_edge_lets_a_member_pass_to_an_app_behind_it(site: FirstRuns, app: App) -> None:
    page = visit(app, "alice")

    assert_is_in(app, page)


@pytest.mark.parametrize("path", ["/", "/rest/login"])
@pytest.mark.parametrize("app", FORWARD_AUTH)
def test_nobody_passes_the_edge_by_saying_who_they_are(site: FirstRuns, app: App, path: str) -> None:
    with browser() as session:
        forged = session.get(address(app) + path, headers=FORGED, allow_redirects=False, timeout=20)
        alias = session.get(address(app) + path, headers=ALIAS, allow_redirects=False, timeout=20)

    way = urlsplit(forged.headers["Location"])
    assert (forged.status_code, f"{way.scheme}://{way.netloc}{way.path}") == (302, AUTHORIZE)
    assert parse_qs(way.query)["redirect_uri"][0].startswith(
        f"{address(app)}/outpost.goauthentik.io/callback"
    )
    assert alias.status_code == 400
