"""What the edge is told of a route: what it closes, whom it believes, and in what order."""

from dataclasses import replace
from typing import Any

import yaml

from catalogue import APPS
from catalogue.model import App, RateLimit, Redirect, Site
from tests.support.site import app, release_of

GUARDED = app("n8n")


def told(record: App, site: Site) -> dict[str, Any]:
    text = release_of(record, site).files[f"live/traefik/routes/{record.name}.yaml"]
    return dict(yaml.safe_load(text)["http"])


def test_a_closed_path_is_answered_by_nobody_before_any_other_rule(site: Site) -> None:
    outline = app("outline")
    closed = ("/metrics", "/status")
    route = replace(outline.routes[0], closed_paths=closed, viewed_paths=("/status",))
    router = told(replace(outline, routes=(route,)), site)["routers"]["outline-closed"]

    assert router["rule"] == (
        "Host(`wiki.example.org`) && (PathPrefix(`/metrics`) || PathPrefix(`/status`))"
        " && !(Path(`/status`) && (Method(`GET`) || Method(`HEAD`)))"
    )
    assert (router["middlewares"], router["priority"]) == (["nobody"], 10000)
    edge = yaml.safe_load(release_of(app("traefik"), site).files["live/traefik/routes/edge.yaml"])
    nobody = edge["http"]["middlewares"]["nobody"]
    assert nobody == {"ipAllowList": {"sourceRange": ["127.0.0.1/32"]}}


def test_every_closed_path_of_the_catalogue_is_closed_at_the_edge(site: Site) -> None:
    closed = [each for each in APPS for route in each.routes if route.closed_paths]

    assert closed
    for each in closed:
        routers = told(each, site)["routers"]
        for number, route in enumerate(each.routes):
            name = f"{each.name}-{number}" if number else each.name
            rule = routers.get(f"{name}-closed", {"rule": ""})["rule"]
            assert all(f"PathPrefix(`{path}`)" in rule for path in route.closed_paths)


def test_who_is_logged_in_is_believed_of_the_identity_provider_alone(site: Site) -> None:
    guard = told(GUARDED, site)["middlewares"]["n8n-forward-auth"]["forwardAuth"]

    assert guard["trustForwardHeader"] is False
    assert guard["address"] == "http://10.0.0.2:9000/outpost.goauthentik.io/auth/traefik"
    assert all(name.startswith("X-authentik-") for name in guard["authResponseHeaders"])


def test_headers_come_first_then_the_login_then_the_limit_then_redirects(site: Site) -> None:
    redirect = Redirect(pattern="^https://a/$", replacement="https://b/")
    limit = RateLimit(per_minute=60, burst=10, store="redis-redis")
    route = replace(GUARDED.routes[0], rate_limit=limit, redirects=(redirect, redirect))
    given = told(replace(GUARDED, routes=(route, *GUARDED.routes[1:])), site)

    assert given["routers"]["n8n"]["middlewares"] == [
        "secure-headers",
        "n8n-forward-auth",
        "n8n-0-rate",
        "n8n-0-redirect-0",
        "n8n-0-redirect-1",
    ]
    assert given["middlewares"]["n8n-0-rate"]["rateLimit"] == {
        "average": 60,
        "period": "1m",
        "burst": 10,
        "redis": {"endpoints": ["redis-redis:6379"]},
    }
    assert given["middlewares"]["n8n-0-redirect-1"]["redirectRegex"]["replacement"] == "https://b/"


def test_a_program_with_headers_of_its_own_gets_none(site: Site) -> None:
    route = replace(app("outline").routes[0], own_headers=True)
    given = told(replace(app("outline"), routes=(route,)), site)

    assert given["routers"]["outline"]["middlewares"] == []
    assert "middlewares" not in given


def test_an_app_without_a_name_of_its_own_has_nothing_at_the_edge(site: Site) -> None:
    assert not [path for path in release_of(app("redis"), site).files if "routes" in path]
