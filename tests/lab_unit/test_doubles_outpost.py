"""The double's outpost lets in who belongs, and sends everybody else to the login page."""

from urllib.parse import parse_qs, urlsplit

import pytest
from flask.testing import FlaskClient

from lab.doubles.authentik.blueprints import apply
from lab.doubles.authentik.store import load_objects, save_objects
from tests.lab_unit.blueprints import Memory, identity_provider, logged_in

HOST, IDENTITY_PROVIDER = "n8n.example.cc", "https://gateway.example.org"
BLUEPRINT = """
version: 1
entries:
  - {model: authentik_core.group, id: group, identifiers: {name: n8n}}
  - model: authentik_providers_proxy.proxyprovider
    id: provider
    identifiers: {name: n8n}
    attrs:
      mode: forward_single
      external_host: https://n8n.example.cc
      authorization_flow: !Find [authentik_flows.flow, [slug, default-authentication-flow]]
      invalidation_flow: !Find [authentik_flows.flow, [slug, default-provider-invalidation-flow]]
  - model: authentik_core.application
    id: application
    identifiers: {slug: n8n}
    attrs: {name: n8n, provider: !KeyOf provider}
  - model: authentik_policies.policybinding
    identifiers: {target: !KeyOf application, order: 0}
    attrs: {group: !KeyOf group}
"""
SERVED = """
  - model: authentik_outposts.outpost
    identifiers: {managed: goauthentik.io/outposts/embedded}
    attrs:
      config: {authentik_host: https://gateway.example.org}
      providers: [!KeyOf provider]
"""


@pytest.fixture
def store() -> Memory:
    memory = Memory()
    save_objects(memory, apply(BLUEPRINT + SERVED, load_objects(memory), {}))
    return memory


@pytest.fixture
def edge(store: Memory) -> FlaskClient:
    return identity_provider(store).test_client()


CHECK = "/outpost.goauthentik.io/auth/traefik"


def ask(edge: FlaskClient, path: str, host: str = HOST, uri: str = "/") -> tuple[int, str, dict[str, str]]:
    forwarded = {"X-Forwarded-Proto": "https", "X-Forwarded-Host": host, "X-Forwarded-Uri": uri}
    answer = edge.get(path, base_url=f"https://{host}", headers=forwarded)
    return answer.status_code, answer.headers.get("Location", ""), dict(answer.headers)


def log_in(edge: FlaskClient, user: str) -> tuple[int, str, dict[str, str]]:
    _, login, _ = ask(edge, CHECK, uri="/workflows?page=2")
    page = urlsplit(login)
    logged_in(edge, user, IDENTITY_PROVIDER)
    code, callback, headers = ask(edge, f"{page.path}?{page.query}", page.netloc)
    if code != 302:
        return code, callback, headers
    back = urlsplit(callback)
    return ask(edge, f"{back.path}?{back.query}", back.netloc)


@pytest.mark.parametrize("path", [CHECK, "/outpost.goauthentik.io/start"])
def test_a_stranger_is_sent_straight_to_the_login_of_the_gateway(edge: FlaskClient, path: str) -> None:
    code, login, _ = ask(edge, path)

    assert (code, login.startswith(f"{IDENTITY_PROVIDER}/application/o/authorize/?")) == (302, True)
    assert "redirect_uri=https%3A%2F%2Fn8n.example.cc%2Foutpost.goauthentik.io%2Fcallback%3F" in login
    assert parse_qs(urlsplit(login).query)["redirect_uri"] == [
        f"https://{HOST}/outpost.goauthentik.io/callback?X-authentik-auth-callback=true"
    ]


def test_an_outpost_that_was_not_told_where_sends_people_to_their_own_machine() -> None:
    untold = Memory()
    config = "      config: {authentik_host: https://gateway.example.org}\n"
    assert config in SERVED
    save_objects(untold, apply(BLUEPRINT + SERVED.replace(config, ""), load_objects(untold), {}))
    _, login, _ = ask(identity_provider(untold).test_client(), CHECK)

    assert login.startswith("http://localhost:8000/application/o/authorize/?")


def test_an_edge_that_does_not_say_what_is_asked_for_is_refused(edge: FlaskClient) -> None:
    assert edge.get(CHECK, base_url=f"https://{HOST}").status_code == 400


def test_a_member_passes_with_a_name_and_lands_where_the_way_began(edge: FlaskClient) -> None:
    assert log_in(edge, "alice")[:2] == (302, f"https://{HOST}/workflows?page=2")
    code, _, headers = ask(edge, CHECK)

    assert (code, headers["X-authentik-username"]) == (200, "alice")


def test_a_user_outside_the_group_is_refused(edge: FlaskClient) -> None:
    assert log_in(edge, "mallory")[0] == 200
    assert ask(edge, CHECK)[0] == 302


def test_a_provider_that_no_outpost_lists_is_not_served() -> None:
    bare = Memory()
    save_objects(bare, apply(BLUEPRINT, load_objects(bare), {}))

    assert ask(identity_provider(bare).test_client(), CHECK)[0] == 404
