"""What the identity provider is told of the catalogue's apps, applied as its worker does."""

from dataclasses import replace
from typing import Any

import pytest

from catalogue import APPS
from catalogue.model import App, Claim, Site
from lab.doubles.authentik.blueprints import apply
from lab.doubles.authentik.defaults import everything
from lab.doubles.authentik.provider import Directory, Grant, PageError, check_request
from lab.doubles.authentik.store import Objects
from tasks.stacks.release import context
from tests.support.site import TEMPLATES, app

KINDS = {
    "outline": "authentik_providers_oauth2.oauth2provider",
    "zabbix": "authentik_providers_saml.samlprovider",
    "n8n": "authentik_providers_proxy.proxyprovider",
}


def told(site: Site, objects: Objects, apps: tuple[App, ...]) -> Objects:
    """The identity provider's objects after a deploy of these apps."""
    provider = app("authentik")
    names = context(provider, apps, site, site.hosts_of(provider.group)[0])
    secrets = {client.secret_variable: "canary" for client in names["clients"]}
    return apply(TEMPLATES.render("authentik/blueprints/apps.yaml.j2", names), objects, secrets)


def with_login(name: str, **more: Any) -> tuple[App, ...]:
    """The catalogue, with more said of an app's login."""
    return tuple(
        replace(each, oidc=replace(each.oidc, **more)) if each.name == name and each.oidc else each
        for each in APPS
    )


def client(site: Site, **more: Any) -> tuple[Directory, Any]:
    """The identity provider, and Outline as it knows it, with more said of its login."""
    known = Directory(told(site, everything(), with_login("outline", **more)))
    return known, known.provider("outline")[1]


def without(name: str) -> tuple[App, ...]:
    return tuple(replace(each, present=each.name != name) for each in APPS)


def having(objects: Objects, model: str, **fields: Any) -> list[str]:
    return [key for key, each in objects.items() if each["model"] == model and fields.items() <= each.items()]


@pytest.mark.parametrize("name", KINDS)
def test_the_identity_provider_forgets_a_retired_app_and_keeps_who_belonged_to_it(
    site: Site, name: str
) -> None:
    before = told(site, everything(), APPS)
    after = told(site, before, without(name))

    assert having(before, KINDS[name], name=name)
    assert not having(after, KINDS[name], name=name)
    assert not having(after, "authentik_core.application", slug=name)
    assert having(after, "authentik_core.group", name=name)
    assert len(before) - len(after) == 3  # the application, its binding, its provider


def test_the_identity_provider_can_be_told_of_a_retired_app_that_it_never_knew(site: Site) -> None:
    assert not having(told(site, everything(), without("outline")), KINDS["outline"], name="outline")


def test_an_app_that_comes_back_is_as_it_was(site: Site) -> None:
    before = told(site, everything(), APPS)

    assert told(site, told(site, before, without("outline")), APPS) == before


@pytest.mark.parametrize(
    "uri",
    [
        "https://wiki.example.org/auth/oidc.callback",
        "https://wiki.example.org/auth/link",
        "https://other.example.org/back",
        "app.wiki:///oauth-callback",
    ],
)
def test_people_come_back_to_each_redirect_uri_of_the_record_and_to_no_other(site: Site, uri: str) -> None:
    more = ("/auth/link", "https://other.example.org/back", "app.wiki:///oauth-callback")
    _, provider = client(site, redirect_uris=more)

    check_request(provider, {"redirect_uri": uri, "response_type": "code"})
    with pytest.raises(PageError, match="Redirect URI Error"):
        check_request(provider, {"redirect_uri": f"{uri}/more", "response_type": "code"})


def test_an_app_is_told_its_own_claims_under_their_scopes_and_no_other_app_is(site: Site) -> None:
    role = Claim(
        name="role", expression='"writer" if ak_is_group_member(request.user, name="outline") else None'
    )
    quota = Claim(name="quota", expression="2, 3", scope="storage")
    known, provider = client(site, scopes=("offline_access", "storage"), claims=(role, quota))
    scopes = ("openid", "profile", "email", "offline_access", "storage")
    grant = Grant(
        client_id="outline",
        redirect_uri="",
        user="bob",
        scopes=scopes,
        nonce="",
        challenge="",
        method="",
        until=0,
    )

    assert known.scopes(provider) == set(scopes)
    found = known.claims(provider, grant)
    assert (found["role"], found["quota"], found["email_verified"]) == ("writer", (2, 3), True)
    assert "quota" not in known.claims(provider, replace(grant, scopes=scopes[:4]))
    other = known.provider("grafana")[1]
    assert known.scopes(other) == {"openid", "profile", "email"}
    assert not {"role", "quota"} & known.claims(other, grant).keys()


def test_the_mappings_of_a_retired_app_are_gone_as_well(site: Site) -> None:
    apps = with_login("outline", scopes=("storage",))
    before = told(site, everything(), apps)
    after = told(site, before, tuple(replace(each, present=each.name != "outline") for each in apps))

    assert len(before) - len(after) == 4
    assert not having(after, "authentik_providers_oauth2.scopemapping", scope_name="storage")
