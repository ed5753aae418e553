"""Servers and their values: where they are listed, and what each environment must say."""

import runpy
from dataclasses import fields
from typing import Any

import pytest

from catalogue.model import Site
from lab import layout
from tasks.inventory import servers, terraform
from tasks.settings import ENVIRONMENTS, ROOT, Settings

MEMBERS = {"tools": ["tools-prod"], "management": ["management"], "authentik": ["authentik-prod"]}
STATE = "s3://states/terraform.tfstate"


def group_data(environment: str) -> dict[str, Any]:
    return runpy.run_path(str(ROOT / "group_data" / f"{environment}.py"))


def production(state: str | None = None) -> Settings:
    return Settings(environment="production", store="scaleway", terraform_state=state)


def test_the_labs_group_data_repeats_its_layout() -> None:
    data = group_data("lab")

    assert (data["postgres_host"], data["postgres_port"]) == (layout.POSTGRES_HOST, layout.POSTGRES_PORT)
    assert data["postgres_admin"] == layout.POSTGRES_USER
    assert (data["s3_endpoint"], data["s3_region"]) == (layout.S3_ENDPOINT, layout.REGION)
    assert (data["smtp_host"], data["smtp_port"]) == (layout.SMTP_HOST, layout.SMTP_PORT)
    assert (data["acme_server"], data["image_mirror"]) == (layout.ACME_DIRECTORY, layout.REGISTRY)
    assert set(data["domains"].values()) <= set(layout.DOMAINS)
    assert ROOT / data["ca_bundle"] == layout.CA_PEM


@pytest.mark.parametrize("environment", ENVIRONMENTS)
def test_an_environment_has_every_value_of_a_site(environment: str) -> None:
    known = group_data("all").keys() | group_data(environment).keys() | {"hosts", "image_digests"}

    assert {field.name for field in fields(Site)} <= known
    assert group_data(environment)["environment"] == environment


@pytest.mark.parametrize("environment", ENVIRONMENTS)
def test_an_unknown_host_key_is_never_accepted(environment: str) -> None:
    assert group_data(environment)["ssh_strict_host_key_checking"] == "yes"


def test_terraforms_state_wins_over_group_data(monkeypatch: pytest.MonkeyPatch) -> None:
    address = {"public_ip": "51.15.0.3", "private_ip": "10.0.0.3"}
    monkeypatch.setattr(terraform, "read", lambda url: {"tools-prod": address} if url == STATE else {})

    groups = servers.groups(production(STATE), {"tools": ["tools-prod"]})

    host = ("tools-prod", {"ssh_hostname": "51.15.0.3", **address})
    assert groups == {"tools": [host], "production": [host]}


def test_a_server_that_terraform_does_not_list_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    address = {"public_ip": "51.15.0.3", "private_ip": "10.0.0.3"}
    monkeypatch.setattr(terraform, "read", lambda _: {"tools-prod": address, "extra": address})

    with pytest.raises(
        ValueError, match=rf"{STATE} lists no server 'management', only extra, tools-prod; add it"
    ):
        servers.groups(production(STATE), MEMBERS)


def test_known_hosts_of_production_can_lie_elsewhere(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GUILDHALL_KNOWN_HOSTS", "/etc/guildhall/known_hosts")
    elsewhere = group_data("production")["ssh_known_hosts_file"]
    monkeypatch.delenv("GUILDHALL_KNOWN_HOSTS")

    assert elsewhere == "/etc/guildhall/known_hosts"
    assert group_data("production")["ssh_known_hosts_file"] == "files/known_hosts"
