"""`guildhall secrets`, over a dotenv store and the real catalogue."""

import io
import sys
from pathlib import Path

import pytest

from catalogue import APPS, views
from cli.main import run
from lab import seed
from tasks import secrets
from tasks.secrets import DotenvStore
from tasks.secrets import store as secret_store


@pytest.fixture(autouse=True)
def store(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> DotenvStore:
    monkeypatch.setattr(secret_store, "ROOT", tmp_path)
    monkeypatch.setenv("GUILDHALL_ENV", "lab")
    monkeypatch.setenv("GUILDHALL_SECRETS", "dotenv")
    return DotenvStore(tmp_path / ".secrets.lab.env")


@pytest.fixture
def full(store: DotenvStore) -> DotenvStore:
    seed.fill(store, views.all_secrets(APPS))
    return store


def test_check_succeeds_once_all_is_there(full: DotenvStore, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["secrets", "check"]) == 0
    assert capsys.readouterr().out.endswith("secrets are needed, all can be used\n")


def test_check_fails_while_something_is_missing(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["secrets", "check"]) == 1
    assert "outline: SECRET_KEY (outline/SECRET_KEY) is missing" in capsys.readouterr().out


def test_check_reports_what_nobody_uses_and_succeeds(
    full: DotenvStore, capsys: pytest.CaptureFixture[str]
) -> None:
    full.write("gone", {"TOKEN": "canary"})
    full.write("outline", {"OLD_KEY": "canary"})

    assert run(["secrets", "check"]) == 0
    assert capsys.readouterr().out.splitlines()[:2] == [
        "gone/TOKEN is unused: no app of the catalogue needs it",
        "outline/OLD_KEY is unused: no app of the catalogue needs it",
    ]


def test_no_command_prints_a_value(full: DotenvStore, capsys: pytest.CaptureFixture[str]) -> None:
    full.write("outline", {"SECRET_KEY": "canary", "UNUSED": "canary"}, replace=True)
    full.write("outline", {"SMTP_USERNAME": "canary"}, replace=True)
    for command in (["check"], ["generate"], ["list"], ["set", "outline", "SMTP_PASSWORD"]):
        run(["secrets", *command])
    shown = "".join(capsys.readouterr())

    assert "OIDC_CLIENT_SECRET" in shown
    assert not [value for value in secrets.look_up(full.names(), full).values() if value in shown]
    assert "canary" not in shown


def test_a_person_sets_a_value_through_standard_input(
    store: DotenvStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "stdin", io.StringIO("it's $5,00\n"))

    assert run(["secrets", "set", "outline", "SMTP_PASSWORD"]) == 0
    assert store.read("outline") == {"SMTP_PASSWORD": "it's $5,00"}


def test_a_value_is_kept_as_it_was_given_but_for_the_last_newline(
    store: DotenvStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    key = f"  several{'-' * 100}\nlines and a space "
    monkeypatch.setattr(sys, "stdin", io.StringIO(f"{key}\n"))

    assert run(["secrets", "set", "wobbler", "CLEANUP_SSH_KEY"]) == 0
    assert store.read("wobbler") == {"CLEANUP_SSH_KEY": key}


def test_a_value_that_is_there_needs_replace(
    full: DotenvStore, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    before = full.read("outline")
    monkeypatch.setattr(sys, "stdin", io.StringIO("another one"))

    assert run(["secrets", "set", "outline", "SMTP_PASSWORD"]) == 1
    assert "outline/SMTP_PASSWORD has a value; add --replace" in capsys.readouterr().err
    assert full.read("outline") == before
    assert run(["secrets", "set", "outline", "SMTP_PASSWORD", "--replace"]) == 0
    assert full.read("outline") == {**(before or {}), "SMTP_PASSWORD": "another one"}


def test_a_value_against_its_rule_is_not_written(
    store: DotenvStore, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(sys, "stdin", io.StringIO("canary\n"))

    assert run(["secrets", "set", "outline", "SECRET_KEY"]) == 1
    assert "must be 64 lower-case hexadecimal digits; nothing was written" in capsys.readouterr().err
    assert store.names() == []


def test_a_name_that_no_app_needs_is_refused(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["secrets", "set", "outline", "SMTP_PASWORD"]) == 1
    assert "no app needs outline/SMTP_PASWORD" in capsys.readouterr().err


def test_an_unknown_command_is_wrong_usage() -> None:
    assert run(["secrets", "sow"]) == 1


def test_an_unusable_store_is_one_line_and_no_traceback(
    full: DotenvStore, capsys: pytest.CaptureFixture[str]
) -> None:
    full.file.chmod(0o644)

    assert run(["secrets", "check"]) == 1
    assert capsys.readouterr().err == (
        ".secrets.lab.env has mode 0644, others can read it; type chmod 600 .secrets.lab.env\n"
    )
