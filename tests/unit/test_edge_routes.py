"""What the edge is told of a route: what it closes, whom it believes, and in what order."""

import re
from dataclasses import replace
from typing import Any

import pytest

from catalogue import APPS
from catalogue.model import App, RateLimit, Redirect, Site
from tests.support.site import app, release_of
from tests.support.yaml_text import read_yaml

GUARDED = app("n8n")


def told(record: App, site: Site) -> dict[str, Any]:
    text = release_of(record, site).files[f"live/traefik/routes/{record.name}.yaml"]
    return dict(read_yaml(text)["http"])


def test_a_closed_path_is_answered_by_nobody_before_any_other_rule(site: Site) -> None:
    outline = app("outline")
    closed = ("/metrics", "/status")
    route = replace(outline.routes[0], closed_paths=closed, viewed_paths=("/status",))
    router = told(replace(outline, routes=(route,)), site)["routers"]["outline-closed"]

    assert router["rule"] == (
        "Host(`wiki.example.org`) && PathRegexp(`(?i)^(?:/[^/]+[.]php[^/]*)?(?:/metrics|/status)`)"
        " && !(Path(`/status`) && (Method(`GET`) || Method(`HEAD`)))"
    )
    assert (router["middlewares"], router["priority"]) == (["nobody"], 10000)
    edge = read_yaml(release_of(app("traefik"), site).files["live/traefik/routes/edge.yaml"])
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
            (pattern,) = re.findall(r"PathRegexp\(`(.+?)`\)", rule) or ["nothing"]
            assert all(re.match(pattern, path) for path in route.closed_paths)


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
        "plain-path",
        "strict-transport",
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
    assert given["middlewares"]["n8n-0-redirect-1"]["redirectRegex"] == {
        "regex": "(?i)^https://a/$",
        "replacement": "https://b/",
        "permanent": True,
    }


def test_a_program_with_headers_of_its_own_gets_none_but_the_edges_own(site: Site) -> None:
    route = replace(app("outline").routes[0], own_headers=True)
    given = told(replace(app("outline"), routes=(route,)), site)

    assert given["routers"]["outline"]["middlewares"] == ["plain-path", "strict-transport"]
    assert "middlewares" not in given


def test_an_app_without_a_name_of_its_own_has_nothing_at_the_edge(site: Site) -> None:
    assert not [path for path in release_of(app("redis"), site).files if "routes" in path]


def test_a_route_lets_through_what_its_paths_have_encoded_and_nothing_else(site: Site) -> None:
    route = replace(app("outline").routes[0], encoded="%#")
    given = told(replace(app("outline"), routes=(route,)), site)
    allowed = given["middlewares"]["outline-0-path"]["encodedCharacters"]

    assert given["routers"]["outline"]["middlewares"][0] == "outline-0-path"
    assert {name for name, yes in allowed.items() if yes} == {"allowEncodedPercent", "allowEncodedHash"}
    assert len(allowed) == 7


@pytest.mark.parametrize("encoded", ["/", "\\", "%/"])
def test_no_encoded_slash_leads_around_what_is_guarded_or_closed(encoded: str) -> None:
    n8n, grafana = app("n8n"), app("grafana")
    opened = replace(n8n.routes[1], encoded=encoded)

    with pytest.raises(ValueError, match=r"lets an encoded slash through.*drop it from `encoded`"):
        replace(n8n, routes=(n8n.routes[0], opened))
    with pytest.raises(ValueError, match="route 'grafana'"):
        replace(grafana, routes=(replace(grafana.routes[0], encoded=encoded),))
    assert replace(n8n, routes=(opened,))


def test_each_name_leads_from_port_80_once(site: Site) -> None:
    routers = told(app("authentik"), site)["routers"]
    plain = {name: each for name, each in routers.items() if each["entryPoints"] == ["web"]}

    assert plain == {
        "authentik-to-https-0": {
            "rule": "Host(`gateway.example.org`)",
            "entryPoints": ["web"],
            "service": "noop@internal",
            "middlewares": ["to-https"],
        }
    }
