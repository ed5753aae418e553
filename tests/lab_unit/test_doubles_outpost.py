"""The double's outpost lets in who belongs, and sends everybody else to the login page."""

from urllib.parse import parse_qs, urlsplit

import pytest
from flask import Flask
from flask.testing import FlaskClient

from lab.doubles.authentik.blueprints import apply
from lab.doubles.authentik.outpost import Outpost
from lab.doubles.authentik.server import Server
from lab.doubles.authentik.store import load_objects, save_objects
from tests.lab_unit.blueprints import Memory

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
    attrs: {providers: [!KeyOf provider]}
"""


@pytest.fixture
def store() -> Memory:
    memory = Memory()
    save_objects(memory, apply(BLUEPRINT + SERVED, load_objects(memory), {}))
    return memory


@pytest.fixture
def edge(store: Memory) -> FlaskClient:
    return identity_provider(store)


def identity_provider(store: Memory) -> FlaskClient:
    """What an edge sees of the identity provider."""
    web = Flask("authentik")
    server = Server(store=store)
    server.attach(web)
    Outpost(store=store, identity_provider=IDENTITY_PROVIDER, codes=server.codes).attach(web)
    return web.test_client()


def ask(edge: FlaskClient, path: str, host: str = HOST) -> tuple[int, str, dict[str, str]]:
    answer = edge.get(path, base_url=f"https://{host}")
    return answer.status_code, answer.headers.get("Location", ""), dict(answer.headers)


def log_in(edge: FlaskClient, user: str) -> tuple[int, str, dict[str, str]]:
    _, login, _ = ask(edge, "/outpost.goauthentik.io/start")
    page = urlsplit(login)
    code, callback, headers = ask(edge, f"{page.path}?{page.query}&login_hint={user}", page.netloc)
    if code != 302:
        return code, callback, headers
    back = urlsplit(callback)
    return ask(edge, f"{back.path}?{back.query}", back.netloc)


def test_a_stranger_is_sent_to_the_login_page_of_the_gateway(edge: FlaskClient) -> None:
    code, start, _ = ask(edge, "/outpost.goauthentik.io/auth/traefik")
    _, login, _ = ask(edge, "/outpost.goauthentik.io/start")

    assert (code, start) == (302, f"https://{HOST}/outpost.goauthentik.io/start")
    assert login.startswith(f"{IDENTITY_PROVIDER}/application/o/authorize/?")
    assert parse_qs(urlsplit(login).query)["redirect_uri"] == [
        f"https://{HOST}/outpost.goauthentik.io/callback"
    ]


def test_a_member_passes_with_a_name(edge: FlaskClient) -> None:
    assert log_in(edge, "alice")[:2] == (302, f"https://{HOST}/")
    code, _, headers = ask(edge, "/outpost.goauthentik.io/auth/traefik")

    assert (code, headers["X-authentik-username"]) == (200, "alice")


def test_a_user_outside_the_group_is_refused(edge: FlaskClient) -> None:
    assert log_in(edge, "mallory")[0] == 403
    assert ask(edge, "/outpost.goauthentik.io/auth/traefik")[0] == 302


def test_a_provider_that_no_outpost_lists_is_not_served() -> None:
    bare = Memory()
    save_objects(bare, apply(BLUEPRINT, load_objects(bare), {}))

    assert ask(identity_provider(bare), "/outpost.goauthentik.io/auth/traefik")[0] == 404
