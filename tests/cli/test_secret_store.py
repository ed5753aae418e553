"""The settings choose where secrets are kept, and a lab run never asks the real cloud."""

from pathlib import Path

import pytest

from tasks.secrets import store as secret_store
from tasks.settings import Settings


@pytest.fixture(autouse=True)
def root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(secret_store, "ROOT", tmp_path)
    return tmp_path


def test_the_settings_choose_the_store(api: str, root: Path) -> None:
    (root / ".lab").mkdir()
    (root / ".lab" / "env").touch()

    assert opened("dotenv", "lab") == ".secrets.lab.env"
    assert opened("dotenv", "production") == ".secrets.production.env"
    assert opened("scaleway", "lab") == "Scaleway Secret Manager /guildhall/lab"
    assert opened("scaleway", "production") == "Scaleway Secret Manager /guildhall/production"


def test_a_lab_that_is_down_never_asks_the_real_cloud(api: str) -> None:
    with pytest.raises(ValueError, match="type guildhall lab up"):
        opened("scaleway", "lab")


def opened(store: str, environment: str) -> str:
    settings = Settings(environment=environment, store=store, terraform_state=None)
    return secret_store.open_store(settings).place
