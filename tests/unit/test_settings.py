"""Which environment a run is about: `.env`, the shell and the lab's own file."""

import os
from pathlib import Path

import pytest

from tasks import settings
from tasks.settings import Settings


@pytest.fixture(autouse=True)
def shell(monkeypatch: pytest.MonkeyPatch) -> None:
    """A shell of its own for each test: what a test loads is forgotten after it."""
    kept = {
        key: value for key, value in os.environ.items() if not key.startswith(("GUILDHALL_", "SCW_", "S3_"))
    }
    monkeypatch.setattr(os, "environ", kept)


def write(root: Path, **files: str) -> None:
    for name, text in files.items():
        file = root / {"env": ".env", "lab": ".lab/env"}[name]
        file.parent.mkdir(exist_ok=True)
        file.write_text(text)


def test_without_any_variable_a_run_is_about_the_lab_and_secret_manager(tmp_path: Path) -> None:
    expected = Settings(environment="lab", store="scaleway", terraform_state=None)

    assert expected == settings.load(tmp_path)


def test_apps_that_the_lab_cannot_try_are_left_out_there_and_nowhere_else(tmp_path: Path) -> None:
    lab, production = (settings.parse({"GUILDHALL_ENV": name}) for name in ("lab", "production"))
    assert settings.untried(lab, tmp_path) == frozenset()
    (tmp_path / ".lab").mkdir()
    (tmp_path / settings.UNTRIED).write_text("forge\nchat\n")

    assert settings.untried(lab, tmp_path) == {"chat", "forge"}
    assert settings.untried(production, tmp_path) == frozenset()


def test_an_empty_variable_means_the_default() -> None:
    assert settings.parse({"GUILDHALL_ENV": "", "GUILDHALL_SECRETS": ""}) == settings.parse({})


def test_the_mark_that_some_editors_put_first_is_no_part_of_a_name(tmp_path: Path) -> None:
    write(tmp_path, env="\ufeffGUILDHALL_ENV=production\n")

    assert settings.load(tmp_path).environment == "production"


def test_dotenv_chooses_the_environment(tmp_path: Path) -> None:
    write(tmp_path, env="GUILDHALL_ENV=production\nGUILDHALL_SECRETS=dotenv\n")

    chosen = settings.load(tmp_path)

    assert (chosen.environment, chosen.store) == ("production", "dotenv")


def test_the_shell_wins_over_dotenv(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write(tmp_path, env="GUILDHALL_ENV=production\n")
    monkeypatch.setitem(os.environ, "GUILDHALL_ENV", "lab")

    assert settings.load(tmp_path).environment == "lab"


def test_in_the_lab_credentials_of_the_real_cloud_are_replaced_by_the_labs(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write(
        tmp_path, env="SCW_SECRET_KEY=from-dotenv\n", lab="SCW_SECRET_KEY=the-labs\nSCW_ACCESS_KEY=the-labs\n"
    )
    monkeypatch.setitem(os.environ, "SCW_ACCESS_KEY", "from-the-shell")

    settings.load(tmp_path)

    assert {os.environ["SCW_SECRET_KEY"], os.environ["SCW_ACCESS_KEY"]} == {"the-labs"}


def test_production_never_reads_the_labs_file(tmp_path: Path) -> None:
    write(tmp_path, env="GUILDHALL_ENV=production\n", lab="SCW_SECRET_KEY=the-labs\n")

    settings.load(tmp_path)

    assert "SCW_SECRET_KEY" not in os.environ


def test_a_dollar_sign_in_dotenv_stands_for_itself(tmp_path: Path) -> None:
    write(tmp_path, env="S3_ENDPOINT=a${HOME}b\n")

    settings.load(tmp_path)

    assert os.environ["S3_ENDPOINT"] == "a${HOME}b"


@pytest.mark.parametrize(
    ("variable", "value", "known"),
    [("GUILDHALL_ENV", "prod", "lab or production"), ("GUILDHALL_SECRETS", "vault", "scaleway or dotenv")],
)
def test_an_unknown_value_is_refused_with_the_known_ones(variable: str, value: str, known: str) -> None:
    with pytest.raises(ValueError, match=rf"{variable}: '{value}' is unknown; set it to {known} in \.env"):
        settings.parse({variable: value})


def test_the_lab_has_its_own_servers_whatever_terraform_says() -> None:
    state = {"GUILDHALL_TERRAFORM_STATE": "s3://states/terraform.tfstate"}

    assert settings.parse(state).terraform_state is None
    assert settings.parse({**state, "GUILDHALL_ENV": "production"}).terraform_state is not None


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"\xff\xfe\x00A=1\n", ".env is not UTF-8 text; save it as UTF-8"),
        ("NAME=Fräulein\n".encode("latin-1"), ".env is not UTF-8 text; save it as UTF-8"),
        (b"A=1\n\nwhat is 'this\n", ".env line 3 assigns nothing; write NAME='value', or # before a comment"),
        (b"GUILDHALL_ENV\n", ".env line 1 assigns nothing; write NAME='value', or # before a comment"),
        (b"A=x\0y\n", ".env holds a null character; write it anew, or take it from git"),
    ],
)
def test_a_dotenv_file_that_is_none_is_refused_by_its_line(tmp_path: Path, content: bytes, said: str) -> None:
    (tmp_path / ".env").write_bytes(content)

    with pytest.raises(ValueError, match=r"\.env") as caught:
        settings.load(tmp_path)

    assert str(caught.value).removeprefix(f"{tmp_path}/") == said


def test_a_folder_where_dotenv_belongs_is_refused(tmp_path: Path) -> None:
    (tmp_path / ".env").mkdir()

    with pytest.raises(ValueError, match=r"\.env cannot be read: Is a directory"):
        settings.load(tmp_path)


@pytest.mark.parametrize("name", ["GUILDHALL_EVN", "GUILDHALL_ENVIRONMENT", "GUILDHALL_SECRET"])
def test_a_misspelt_variable_is_refused_with_the_right_one(name: str) -> None:
    """Else a run that was meant for production would silently be about the lab."""
    with pytest.raises(ValueError, match=rf"{name} is unknown; write GUILDHALL_\w+ in \.env"):
        settings.parse({name: "production"})


def test_what_a_variable_says_is_shown_in_one_line() -> None:
    with pytest.raises(ValueError, match="unknown") as caught:
        settings.parse({"GUILDHALL_SECRETS": "\n\x1b[31mdotenv"})

    assert str(caught.value).isprintable()


def test_a_variable_of_another_program_is_nobodys_misspelling() -> None:
    assert settings.parse({"GUILDHALL_ROOT": "/srv"}) == settings.parse({})


def test_a_run_in_a_lab_that_is_not_up_is_refused(tmp_path: Path) -> None:
    lab, production = (settings.parse({"GUILDHALL_ENV": name}) for name in ("lab", "production"))
    with pytest.raises(ValueError, match="type guildhall lab up") as refused:
        settings.check_lab(lab, tmp_path)

    assert str(refused.value) == (
        "the lab's secret store is not there: .lab/env is missing; type guildhall lab up"
    )
    settings.check_lab(production, tmp_path)
    write(tmp_path, lab="")
    settings.check_lab(lab, tmp_path)
