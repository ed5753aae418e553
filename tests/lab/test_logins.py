"""People get in through the login gateway with what the deploy made, and others do not."""

import base64
import runpy
from urllib.parse import parse_qs, urlsplit

import pytest

from catalogue import APPS, views
from catalogue.model import App
from tests.lab.browser import Page, begin, browser, follow, log_in
from tests.lab.conftest import Site
from tests.lab.running import ROOT

DOMAINS = runpy.run_path(str(ROOT / "group_data/lab.py"))["domains"]
GATEWAY = next(f"{app.routes[0].host}.{DOMAINS['public']}" for app in APPS if app.login_provider)
PRESENT = views.present(APPS)
CLIENTS = [pytest.param(app, id=app.name) for app in PRESENT if app.oidc]
SAML = [pytest.param(app, id=app.name) for app in PRESENT if app.saml]
GUARDED = [pytest.param(app, id=app.name) for app in PRESENT if app.forward_auth]
OUTPOST = "/outpost.goauthentik.io/start"
FORGED = {
    "X-authentik-username": "alice",
    "X-authentik-groups": "authentik Admins",
    "X-authentik-email": "alice@guild.test",
    "X-Forwarded-User": "alice",
    "Remote-User": "alice",
    "Authorization": f"Basic {base64.b64encode(b'alice:alice').decode()}",
    "Cookie": "authentik_proxy=alice",
    # The gateway is asked about the address that is really asked for.
    "X-Forwarded-Host": GATEWAY,
    "X-Forwarded-Uri": "/healthz",
}
# Many programs take it for X-authentik-username.
ALIAS = {"X_authentik_username": "alice"}


def address(app: App) -> str:
    return f"https://{app.routes[0].host}.{DOMAINS[app.routes[0].domain]}"


@pytest.mark.parametrize("app", CLIENTS)
def test_a_member_logs_in_with_the_client_that_the_deploy_made(site: Site, app: App) -> None:
    with browser() as session:
        asked, page = log_in(session, address(app), app.routes[0], "alice")

    way = urlsplit(asked)
    assert (way.netloc, way.path) == (GATEWAY, "/application/o/authorize/")
    assert parse_qs(way.query)["client_id"] == [app.name]
    assert page.status_code == 200, page.text
    assert urlsplit(page.url).netloc == urlsplit(address(app)).netloc
    assert "Alice Example" in page.text


@pytest.mark.parametrize("app", SAML)
def test_a_member_gets_an_account_by_the_gateways_signed_answer(site: Site, app: App) -> None:
    with browser() as session:
        asked, page = log_in(session, address(app), app.routes[0], "alice")

    assert asked.startswith(f"https://{GATEWAY}/application/saml/{app.name}/?SAMLRequest=")
    assert page.status_code == 200, page.text
    assert urlsplit(page.url).netloc == urlsplit(address(app)).netloc
    assert "Alice Example" in page.text


@pytest.mark.parametrize("app", SAML)
def test_an_answer_that_was_changed_on_its_way_lets_nobody_in(site: Site, app: App) -> None:
    with browser() as session:
        asked = begin(session, address(app), app.routes[0]).headers["Location"]
        shown = Page(session.get(asked, params={"login_hint": "alice"}, timeout=20).text)
        signed = base64.b64decode(shown.fields["SAMLResponse"])
        shown.fields["SAMLResponse"] = base64.b64encode(signed.replace(b">alice<", b">Admin<")).decode()
        page = session.post(shown.form["action"], shown.fields, timeout=20)
        again = begin(session, address(app), app.routes[0])

    assert signed.count(b">alice<")
    assert "Reference validation failed" in page.text
    assert urlsplit(again.headers["Location"]).netloc == GATEWAY


@pytest.mark.parametrize("app", [*CLIENTS, *SAML])
def test_somebody_outside_the_apps_group_is_refused(site: Site, app: App) -> None:
    with browser() as session:
        _, page = log_in(session, address(app), app.routes[0], "mallory")

    assert (page.status_code, urlsplit(page.url).netloc) == (403, GATEWAY)
    assert "Permission denied" in page.text


@pytest.mark.parametrize("app", GUARDED)
def test_the_edge_refuses_somebody_outside_the_group_of_a_guarded_app(site: Site, app: App) -> None:
    with browser() as session:
        page = follow(session, address(app) + "/", "mallory")

    assert page.status_code == 403
    assert "Permission denied" in page.text


@pytest.mark.parametrize("app", GUARDED)
def test_the_edge_lets_a_member_pass_to_a_guarded_app(site: Site, app: App) -> None:
    with browser() as session:
        page = follow(session, address(app) + "/", "alice")

    assert page.status_code == 200
    assert urlsplit(page.url).netloc == urlsplit(address(app)).netloc


@pytest.mark.parametrize("path", ["/", "/rest/login"])
@pytest.mark.parametrize("app", GUARDED)
def test_nobody_passes_to_a_guarded_app_by_saying_who_they_are(site: Site, app: App, path: str) -> None:
    with browser() as session:
        forged = session.get(address(app) + path, headers=FORGED, allow_redirects=False, timeout=20)
        alias = session.get(address(app) + path, headers=ALIAS, allow_redirects=False, timeout=20)

    assert (forged.status_code, forged.headers.get("Location")) == (302, address(app) + OUTPOST)
    assert alias.status_code == 400
