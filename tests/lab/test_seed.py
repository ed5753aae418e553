"""The lab's own secrets and names, brought to its stand-ins once and left alone after that."""

import os

import pytest

from catalogue import APPS, views
from lab import layout, seed
from tasks import secrets
from tasks.secrets import Place, ScalewayStore
from tests.lab.running import ROOT, guildhall

pytestmark = [pytest.mark.lab, pytest.mark.usefixtures("lab")]


@pytest.fixture(autouse=True)
def shell(monkeypatch: pytest.MonkeyPatch) -> None:
    """Seeding changes variables: they are forgotten after the test."""
    monkeypatch.setattr(os, "environ", dict(os.environ))


def stored() -> dict[Place, str]:
    store = ScalewayStore("lab")
    return secrets.look_up(store.names(), store)


def test_after_seeding_every_secret_of_the_catalogue_can_be_used() -> None:
    seed.seed()

    assert secrets.resolve(views.all_secrets(APPS), ScalewayStore("lab"))
    assert stored()["postgres", "PASSWORD"] == layout.POSTGRES_PASSWORD


def test_seeding_again_changes_no_value() -> None:
    seed.seed()
    before = stored()
    seed.seed()

    assert before
    assert stored() == before


def test_public_names_are_as_they_should_be_from_the_start() -> None:
    checked = guildhall(ROOT, "dns", "check")

    assert checked.code == 0, checked.output
    assert f"{layout.PUBLIC_DOMAIN}: " in checked


def test_the_way_to_the_labs_services_is_private() -> None:
    seed.seed()

    assert seed.ENV.stat().st_mode & 0o777 == 0o600
