"""People get in through the login gateway with what the deploy made, and others do not."""

import runpy
from urllib.parse import parse_qs, urlsplit

import pytest

from catalogue import APPS, views
from catalogue.model import App
from tests.lab.browser import browser, log_in
from tests.lab.conftest import ROOT, Site

DOMAINS = runpy.run_path(str(ROOT / "group_data/lab.py"))["domains"]
GATEWAY = next(f"{app.routes[0].host}.{DOMAINS['public']}" for app in APPS if app.login_provider)
PRESENT = views.present(APPS)
# Where the login begins with a form or a script there is no address to start from.
CLIENTS = [pytest.param(app, id=app.name) for app in PRESENT if app.oidc and app.routes[0].login_path]
GUARDED = [pytest.param(app, id=app.name) for app in PRESENT if app.guarded]


def address(app: App) -> str:
    return f"https://{app.routes[0].host}.{DOMAINS[app.routes[0].domain]}"


@pytest.mark.parametrize("app", CLIENTS)
def test_a_member_logs_in_with_the_client_that_the_deploy_made(site: Site, app: App) -> None:
    with browser() as session:
        start = session.get(address(app) + str(app.routes[0].login_path), allow_redirects=False, timeout=20)
        asked = urlsplit(start.headers["Location"])
        page = log_in(session, start.headers["Location"], "alice", GATEWAY)

    assert (asked.netloc, parse_qs(asked.query)["client_id"]) == (GATEWAY, [app.name])
    assert page.status_code == 200
    assert urlsplit(page.url).netloc == urlsplit(address(app)).netloc
    assert "alice" in page.text


@pytest.mark.parametrize("app", [*CLIENTS, *GUARDED])
def test_somebody_outside_the_apps_group_is_refused(site: Site, app: App) -> None:
    with browser() as session:
        page = log_in(session, address(app) + (app.routes[0].login_path or "/"), "mallory", GATEWAY)

    assert page.status_code == 403
    assert "Permission denied" in page.text


@pytest.mark.parametrize("app", GUARDED)
def test_the_edge_lets_a_member_pass_to_a_guarded_app(site: Site, app: App) -> None:
    with browser() as session:
        page = log_in(session, address(app) + "/", "alice", GATEWAY)

    assert page.status_code == 200
    assert urlsplit(page.url).netloc == urlsplit(address(app)).netloc
