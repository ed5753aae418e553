"""Nextcloud's hooks, with an `occ` that fails as it does when an app store is away or an app does not fit."""

import subprocess
from pathlib import Path

import pytest

from catalogue.model import Site
from tests.support.site import app, release_of

HOOK, INDICES = "hooks/before-starting/10-settings.sh", "hooks/post-upgrade/10-indices.sh"
# `php /var/www/html/occ --no-interaction …`: it says what it is told, and fails at what FAILS names.
PHP = """#!/bin/sh
shift 2
echo "$*" >>told
case " $FAILS " in *" $1:$2 "*) echo "no $1" >&2; exit 1 ;; esac
"""
NEW = "app:getpath:user_oidc app:getpath:onlyoffice config:app:get:user_oidc"


class Start:
    """One start of Nextcloud, as far as its hook goes."""

    def __init__(self, folder: Path, hook: str) -> None:
        self.folder, self.hook = folder, hook
        (folder / "php").write_text(PHP)
        (folder / "php").chmod(0o755)
        (folder / "html").mkdir()
        (folder / "given.php").write_text("<?php")

    def run(self, fails: str) -> tuple[bool, list[str], str]:
        """Whether it may start, what `occ` was told, and what was said, where these commands fail."""
        (self.folder / "told").unlink(missing_ok=True)
        text = self.hook.replace("/var/www/html/config/", "html/")
        for source in ("/usr/src/guildhall.config.php", "/usr/src/nextcloud/config/storage.config.php"):
            text = text.replace(source, "given.php")
        variables = {
            "OIDC_CLIENT_ID": "nextcloud",
            "OIDC_CLIENT_SECRET": "s",
            "OIDC_DISCOVERY_URI": "https://i",
        }
        said = subprocess.run(
            ["sh", "-c", text],
            cwd=self.folder,
            env={"PATH": f"{self.folder}:/usr/bin:/bin", "FAILS": fails} | variables,
            capture_output=True,
            text=True,
            check=False,
        )
        told = (self.folder / "told").read_text().splitlines()
        return said.returncode == 0, told, said.stderr


@pytest.fixture
def start(site: Site, tmp_path: Path) -> Start:
    return Start(tmp_path, release_of(app("nextcloud"), site).files[HOOK].decode())


def test_the_first_start_installs_both_apps_and_sets_up_the_login(start: Start) -> None:
    starts, told, said = start.run(NEW)

    assert starts
    assert [each for each in told if each.startswith(("app:install", "app:enable"))] == [
        "app:install --keep-disabled user_oidc",
        "app:enable user_oidc",
        "app:install --keep-disabled onlyoffice",
        "app:enable onlyoffice",
    ]
    assert told[-1] == "background:cron"
    assert "without it" not in said


def test_the_first_start_without_a_login_is_none(start: Start) -> None:
    for fails in ("app:install:--keep-disabled", "app:enable:user_oidc", "user_oidc:provider:authentik"):
        assert not start.run(f"{NEW} {fails}")[0], fails


def test_a_login_that_was_never_finished_is_no_login(start: Start) -> None:
    assert not start.run("config:app:get:user_oidc user_oidc:provider:authentik")[0]


@pytest.mark.parametrize(
    "fails",
    [
        "app:update:user_oidc app:update:onlyoffice",
        "app:enable:user_oidc",
        "user_oidc:provider:authentik",
        "app:enable:onlyoffice",
        f"{NEW.split()[1]} app:install:--keep-disabled",
    ],
)
def test_a_later_start_goes_on_without_what_fails_and_says_so(start: Start, fails: str) -> None:
    starts, told, said = start.run(fails)

    assert starts
    assert "Nextcloud starts without it" in said
    assert told[-1] == "background:cron"


def test_the_connector_is_never_what_stops_a_start(start: Start) -> None:
    assert start.run(f"{NEW} app:enable:onlyoffice")[0]


def test_an_app_is_updated_before_it_is_enabled_and_a_failed_check_is_forgotten(start: Start) -> None:
    _, told, _ = start.run("")

    for name in ("user_oidc", "onlyoffice"):
        assert told.index(f"app:update {name}") < told.index(f"app:enable {name}")
    assert told.index("app:enable onlyoffice") < told.index("config:app:delete onlyoffice settings_error")
    assert not [each for each in told if "documentserver" in each], "it would fail before Apache answers"


def test_indices_that_cannot_be_added_do_not_stop_an_upgraded_nextcloud(site: Site, tmp_path: Path) -> None:
    start = Start(tmp_path, release_of(app("nextcloud"), site).files[INDICES].decode())

    starts, told, said = start.run("db:add-missing-indices:")

    assert (starts, told) == (True, ["db:add-missing-indices"])
    assert "run occ db:add-missing-indices later" in said
