"""What the identity provider is told of the catalogue's apps, applied as its worker does."""

from dataclasses import replace
from typing import Any

import pytest

from catalogue import APPS
from catalogue.model import App, Site
from lab.doubles.authentik.blueprints import apply
from lab.doubles.authentik.defaults import everything
from lab.doubles.authentik.store import Objects
from tasks.stacks.release import context
from tasks.templates import Templates
from tests.support.site import app

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
    return apply(Templates().render("authentik/blueprints/apps.yaml.j2", names), objects, secrets)


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
