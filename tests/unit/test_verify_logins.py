"""Verify asks the identity provider itself whether people can log in for an app: here, its double."""

from dataclasses import replace
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from flask.testing import FlaskClient
from urllib3 import BaseHTTPResponse, HTTPResponse

from catalogue import APPS, views
from catalogue.model import App, Oidc, Site
from lab.doubles.authentik.defaults import everything
from lab.doubles.authentik.models import OAUTH2
from lab.doubles.authentik.store import save_objects
from tasks.run import Finding
from tasks.verify.browser import Browser
from tasks.verify.logins import _asks_who_is_there, accepted, authorization
from tests.lab_unit.blueprints import Memory, identity_provider
from tests.support.site import app
from tests.unit.test_blueprint import told, with_login

GATEWAY = "https://gateway.example.org"


class Within(Browser):
    """Asks a web program in this process; `provider` is set by whoever makes one."""

    provider: FlaskClient

    def ask(self, method: str, name: str, path: str, *_: Any) -> BaseHTTPResponse:
        answer = self.provider.open(path, method=method, base_url=f"https://{name}")
        return HTTPResponse(answer.data, headers=dict(answer.headers), status=answer.status_code)


def seen(site: Site, asked: tuple[App, ...], known: tuple[App, ...] = APPS, **changed: Any) -> list[Finding]:
    """What is found of some apps at an identity provider that was told of others."""
    store = Memory()
    objects = told(site, everything(), known)
    for each in objects.values():
        each.update(changed if each["model"] == OAUTH2 else {})
    save_objects(store, objects)
    browser = Within(address="", ca_bundle="", deadline=0)
    object.__setattr__(browser, "provider", identity_provider(store).test_client())
    return list(accepted("tools-prod", asked, site, GATEWAY, browser))


def test_every_app_of_the_catalogue_is_let_in_without_a_word_from_it(site: Site) -> None:
    found = seen(site, APPS)

    assert [each.detail for each in found if not each.passed] == []
    assert {each.subject for each in found} >= {
        "wiki.example.org/auth/oidc.callback",
        "zabbix.example.cc/index_sso.php?acs",
    }
    assert len(found) == sum(bool(each.oidc or each.saml) for each in APPS if each.present)


def test_an_app_without_a_page_where_a_login_begins_is_let_in(site: Site) -> None:
    wiki = app("outline")
    bare = replace(wiki, routes=(replace(wiki.routes[0], login_path=None),))

    assert [each.passed for each in seen(site, (bare,))] == [True]


def test_each_redirect_uri_has_its_row(site: Site) -> None:
    apps = with_login("outline", redirect_uris=("app.wiki:///back",), scopes=("storage",))
    wiki = tuple(each for each in apps if each.name == "outline")
    known, unknown = seen(site, wiki, apps), seen(site, wiki, APPS)

    assert [each.subject for each in known] == ["wiki.example.org/auth/oidc.callback", "app.wiki:///back"]
    assert [each.passed for each in known] == [True, True]
    assert [(each.passed, each.detail) for each in unknown[1:]] == [
        (False, "answers 400, not with its login page: deploy the identity provider")
    ]


@pytest.mark.parametrize("name", ["outline", "zabbix"])
def test_an_app_that_the_identity_provider_does_not_know_fails(site: Site, name: str) -> None:
    others = tuple(each for each in APPS if each.name != name)

    (finding,) = seen(site, (app(name),), others)

    assert not finding.passed
    assert finding.detail.endswith("deploy the identity provider")


def test_a_refusal_that_is_sent_back_to_the_app_is_told(site: Site) -> None:
    (finding,) = seen(site, (app("outline"),), grant_types=[])

    assert (finding.passed, finding.detail) == (False, "is refused: Invalid grant_type for provider")


def test_an_app_that_is_not_asked_about_has_no_row(site: Site) -> None:
    gone = replace(app("outline"), present=False, oidc=Oidc(callback="/"))

    assert seen(site, (gone, app("redis"))) == []


@pytest.mark.parametrize(
    ("query", "said"),
    [
        ("", "is refused: "),
        ("?error=no", "is refused: no"),
        ("?error=no&error_description=None", "is refused: None"),
    ],
)
def test_a_refusal_may_have_a_reason_a_word_or_neither(query: str, said: str) -> None:
    back = "https://wiki.example.org/callback"
    answer = HTTPResponse(status=302, headers={"Location": f"{back}{query}"})

    assert _asks_who_is_there(back)(answer) == said


def test_a_login_is_asked_for_by_a_secret_that_is_shown_as_its_digest_alone(site: Site) -> None:
    record = app("outline")
    assert record.oidc
    groups = replace(record, oidc=replace(record.oidc, scopes=("groups",)))
    client = views.oidc_clients([groups], site)[0]
    query = parse_qs(urlsplit(authorization(client, client.redirect_uris[0])).query)
    random = {name: query.pop(name)[0] for name in ("state", "nonce", "code_challenge")}

    assert {name: len(value) for name, value in random.items()} == {
        "state": 22,
        "nonce": 22,
        "code_challenge": 43,
    }
    assert query == {
        "client_id": [client.client_id],
        "redirect_uri": [client.redirect_uris[0]],
        "response_type": ["code"],
        "scope": ["openid profile email groups"],
        "code_challenge_method": ["S256"],
    }
