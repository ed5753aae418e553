"""The members' programs: what a release gives them is what the contracts of their images ask for."""

import re
from dataclasses import replace
from typing import Any

import pytest

from catalogue import APPS, views
from catalogue.model import Site
from lab.doubles import environment
from lab.doubles.contract import load
from tasks.stacks import archive
from tasks.stacks.release import Release
from tests.support.site import app, release_of, secrets_of
from tests.support.yaml_text import read_yaml

CONTRACTS = [
    ("outline", "outline", "outline"),
    ("onlyoffice", "onlyoffice", "onlyoffice"),
    ("nextcloud", "nextcloud", "nextcloud"),
    ("espocrm", "espocrm", "espocrm"),
    ("espocrm", "daemon", "espocrm-daemon"),
    ("espocrm", "websocket", "espocrm-websocket"),
    ("leantime", "leantime", "leantime"),
    ("leantime", "migrate", "leantime-migrate"),
    ("decidim", "decidim", "decidim"),
    ("decidim", "sidekiq", "decidim-sidekiq"),
    ("decidim", "cron", "decidim-cron"),
    ("decidim", "migrate", "decidim-migrate"),
]
SAID_INSIDE = ("OCC_", "ESPO_")
"""Variables of a double that carry what hooks and configuration files told the program."""


def services_of(release: Release) -> dict[str, Any]:
    found: dict[str, Any] = read_yaml(release.files["compose.yaml"])["services"]
    return found


def given(name: str, service: str, site: Site) -> dict[str, str]:
    """The environment of a container, its secrets filled in."""
    record = app(name)
    secrets = {
        secret.name: "5" * 2 * secret.rule.size
        if secret.rule.kind == "hex"
        else secrets_of(record)[secret.name]
        for secret in views.secrets(record, (record,))
    }
    written: dict[str, str] = services_of(release_of(record, site))[service]["environment"]
    for secret, value in secrets.items():
        written = {key: text.replace(f"${{{secret}}}", value) for key, text in written.items()}
    return written


@pytest.mark.parametrize(("name", "service", "contract"), CONTRACTS)
def test_a_program_gets_every_variable_in_the_form_that_it_wants(
    name: str, service: str, contract: str, site: Site
) -> None:
    problems = environment.problems(load(contract), given(name, service, site))

    assert [line for line in problems if not line.startswith(SAID_INSIDE)] == []


@pytest.mark.parametrize("name", ["nextcloud", "leantime", "decidim"])
def test_a_double_signs_in_where_the_identity_provider_sends_people_back_to(name: str, site: Site) -> None:
    login, record = load(name).login, app(name)

    assert login
    assert record.oidc
    assert login.callback == record.oidc.callback
    redirect = login.filled(given(name, name, site)).redirect_uri
    assert redirect == views.url(record, site) + record.oidc.callback
    assert (record.routes[0].login_path, record.routes[0].login_page or "") == (login.path, login.page)


def test_nextcloud_opens_documents_at_the_document_server_with_its_secret(site: Site) -> None:
    (shared,) = [each for each in app("nextcloud").secrets if each.bundle == "onlyoffice"]
    (own,) = app("onlyoffice").secrets

    assert (shared.key, shared.rule) == (own.name, own.rule)
    assert given("nextcloud", "nextcloud", site)["ONLYOFFICE_URL"] == f"{views.url(app('onlyoffice'), site)}/"


def test_who_speaks_for_others_is_believed_in_dockers_networks_alone_wherever_a_site_has_them(
    site: Site,
) -> None:
    elsewhere = replace(site, docker_address_pool="192.168.128.0/18")
    texts = {
        f"{each.name}/{path}": content.decode(errors="replace")
        for each in views.present(APPS)
        for path, content in release_of(each, elsewhere).files.items()
    }

    assert [path for path, text in texts.items() if re.search(r"\b(172\.|192\.168\.0)", text)] == []
    assert {path for path, text in texts.items() if elsewhere.docker_address_pool in text} == {
        "authentik/compose.yaml",
        "nextcloud/compose.yaml",
        "wobbler/conf/conf.json",
    }


def test_the_hooks_of_nextcloud_can_be_run_and_show_no_secret(site: Site) -> None:
    release = release_of(app("nextcloud"), site)
    scripts = {path: content.decode() for path, content in release.files.items() if path.endswith(".sh")}

    assert set(scripts) == {"hooks/before-starting/10-settings.sh", "hooks/post-upgrade/10-indices.sh"}
    assert {archive._mode(f"release/{path}") for path in scripts} == {0o755}
    # Its value is no argument, which every process could read: the program takes it from the environment.
    assert "--clientsecret-env=OIDC_CLIENT_SECRET " in scripts["hooks/before-starting/10-settings.sh"]
    assert not re.findall(r"\$\{?OIDC_CLIENT_SECRET", "".join(scripts.values()))
    assert services_of(release)["nextcloud"]["volumes"][1] == "./current/hooks:/docker-entrypoint-hooks.d:ro"


def test_pages_get_the_headers_that_browsers_heed(site: Site) -> None:
    edge = read_yaml(release_of(app("traefik"), site).files["live/traefik/routes/edge.yaml"])
    given = edge["http"]["middlewares"]

    assert given["strict-transport"]["headers"] == {
        "stsSeconds": 365 * 24 * 3600,
        "customResponseHeaders": {"Server": "", "X-Powered-By": ""},
    }
    assert given["secure-headers"]["headers"] == {
        "contentTypeNosniff": True,
        "customFrameOptionsValue": "SAMEORIGIN",
        "permissionsPolicy": "camera=(), microphone=(), payment=(), usb=(), geolocation=(self)",
        "referrerPolicy": "same-origin",
    }


def test_what_one_program_shows_of_another_in_a_frame_may_be_shown_there() -> None:
    assert app("onlyoffice").routes[0].own_headers


@pytest.mark.parametrize("name", ["leantime", "decidim"])
def test_a_migration_ends_well_before_the_program_starts(name: str, site: Site) -> None:
    release = release_of(app(name), site)

    assert services_of(release)["migrate"]["restart"] == "no"
    assert services_of(release)["migrate"]["profiles"] == ["one-shot"]
    assert (
        not {each for each, of in services_of(release).items() if "profiles" in of} & release.services.keys()
    )
    assert load(name).needs[0].settings["migrated"]
    assert "migrated" not in load(f"{name}-migrate").needs[0].settings
