"""What is said of a store, and what may be put into one: nothing is guessed, and nothing is overwritten."""

import os
import tempfile
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from catalogue import views
from catalogue.model import Rule, Secret
from tasks import secrets
from tasks.secrets import DotenvStore, open_store, write_private
from tasks.settings import Settings
from tests.unit.test_secrets import GOOD, NEEDED, fill


@pytest.fixture
def store(tmp_path: Path) -> DotenvStore:
    return DotenvStore(tmp_path / ".secrets.lab.env")


def test_a_secret_lies_where_its_record_says_and_else_under_its_app_and_its_name() -> None:
    plain = Secret(name="TOKEN", rule=Rule(kind="hex", size=16))

    assert secrets.place("wiki", plain) == ("wiki", "TOKEN")
    assert secrets.place("wiki", replace(plain, bundle="smtp")) == ("smtp", "TOKEN")
    assert secrets.place("wiki", replace(plain, key="KEY")) == ("wiki", "KEY")


def test_every_secret_is_listed_once_with_its_rule_and_those_who_use_it() -> None:
    assert secrets.listed(NEEDED) == [
        "wiki/SECRET_KEY                          hex       wiki, gateway",
        "smtp/PASSWORD                            given     wiki",
        "gateway/TOKEN                            password  gateway",
    ]


def test_a_store_with_all_that_is_needed_is_told_so(store: DotenvStore) -> None:
    fill(store, GOOD)

    assert secrets.checked(NEEDED, store) == (
        [".secrets.lab.env: 3 secrets are needed, all can be used"],
        True,
    )


def test_what_is_wrong_with_a_store_comes_first_then_what_nobody_uses_then_the_sum(
    store: DotenvStore,
) -> None:
    fill(store, GOOD)
    fill(store, {"wiki": {"OLD": "x"}, "gone": {"A": "y"}})
    store.write("gateway", {"TOKEN": "short"}, replace=True)

    lines, usable = secrets.checked(NEEDED, store)

    assert not usable
    assert lines == [
        "gateway: TOKEN (gateway/TOKEN) must have at least 30 characters; "
        "type guildhall secrets set gateway TOKEN --replace",
        "gone/A is unused: no app of the catalogue needs it",
        "wiki/OLD is unused: no app of the catalogue needs it",
        ".secrets.lab.env: 3 secrets are needed, not all can be used",
    ]


def test_the_access_key_of_a_mail_account_is_kept_and_not_needed(store: DotenvStore) -> None:
    wanted = {"wiki": views.MAIL_ACCOUNT}
    fill(store, {"wiki": {"SMTP_USERNAME": "wiki", "SMTP_PASSWORD": "long enough"}})
    assert secrets.problems(wanted, secrets.look_up(["wiki"], store)) == []

    fill(store, {each: {"SMTP_ACCESS_KEY": "SCW"} for each in ("wiki", "gone")})

    assert secrets.checked(wanted, store)[0] == [
        "gone/SMTP_ACCESS_KEY is unused: no app of the catalogue needs it",
        ".secrets.lab.env: 2 secrets are needed, all can be used",
    ]


def test_an_empty_value_is_a_value_and_is_not_made_anew(store: DotenvStore) -> None:
    fill(store, {"gateway": {"TOKEN": ""}, "wiki": {"SECRET_KEY": ""}})

    assert secrets.generate(NEEDED, store) == []
    assert store.read("gateway") == {"TOKEN": ""}
    with pytest.raises(ValueError, match="gateway/TOKEN has a value; add --replace to give it another"):
        secrets.check_place(NEEDED, store, ("gateway", "TOKEN"), replace=False)


def test_what_is_made_is_of_its_rule_and_is_told_place_by_place(store: DotenvStore) -> None:
    both = NEEDED["gateway"] + (Secret(name="OTHER", rule=Rule(kind="password", size=24)),)
    made = secrets.generate({**NEEDED, "gateway": both}, store)
    kept = {bundle: store.read(bundle) or {} for bundle in store.names()}

    assert made == [("wiki", "SECRET_KEY"), ("gateway", "TOKEN"), ("gateway", "OTHER")]
    assert {
        (bundle, key): len(value) for bundle, values in kept.items() for key, value in values.items()
    } == {
        ("wiki", "SECRET_KEY"): 64,
        ("gateway", "TOKEN"): 30,
        ("gateway", "OTHER"): 24,
    }


def test_a_value_that_a_person_brings_replaces_only_its_own(store: DotenvStore) -> None:
    fill(store, GOOD)

    secrets.put(NEEDED, store, ("smtp", "PASSWORD"), " with spaces ", replace=True)

    assert store.read("smtp") == {"PASSWORD": " with spaces "}
    assert store.read("wiki") == GOOD["wiki"]


@pytest.mark.parametrize(
    ("where", "value", "replace", "said"),
    [
        (
            ("smtp", "PASWORD"),
            "long enough",
            False,
            "^no app needs smtp/PASWORD; guildhall secrets list says",
        ),
        (("wiki", "PASSWORD"), "long enough", True, "^no app needs wiki/PASSWORD; "),
        (("smtp", "PASSWORD"), "long enough", False, "^smtp/PASSWORD has a value; add --replace"),
        (("smtp", "PASSWORD"), "canary", True, "^smtp/PASSWORD must have at least 8 characters; nothing was"),
    ],
)
def test_what_cannot_be_put_is_refused_and_nothing_is_written(
    store: DotenvStore, where: tuple[str, str], value: str, replace: bool, said: str
) -> None:
    fill(store, GOOD)
    before = store.file.read_text()

    with pytest.raises(ValueError, match=said) as caught:
        secrets.put(NEEDED, store, where, value, replace=replace)
    assert store.file.read_text() == before
    assert "canary" not in str(caught.value)


def test_a_new_file_is_made_beside_the_old_one_and_nowhere_else(
    store: DotenvStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Elsewhere it might be another file system, to which nothing can be moved in one step."""
    monkeypatch.setattr(tempfile, "tempdir", str(store.file.parent / "nowhere"))

    store.write("smtp", {"PASSWORD": "x"})

    assert [path.name for path in store.file.parent.iterdir()] == [store.file.name]


def test_a_write_that_fails_leaves_the_old_file_and_no_other(
    store: DotenvStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    store.write("smtp", {"PASSWORD": "x"})
    before = store.file.read_text()

    def full(*_: object) -> Any:
        raise OSError("no space left")

    monkeypatch.setattr(os, "fdopen", full)
    with pytest.raises(OSError, match="no space left"):
        write_private(store.file, "other")
    assert store.file.read_text() == before
    assert [path.name for path in store.file.parent.iterdir()] == [store.file.name]


def test_lines_of_other_things_are_no_bundles(store: DotenvStore) -> None:
    write_private(store.file, "PLAIN='x'\nSMTP__PASSWORD='y'\nMY_APP__A__B='z'\n")

    assert store.names() == ["my-app", "smtp"]
    assert store.read("smtp") == {"PASSWORD": "y"}
    assert store.read("my-app") == {"A__B": "z"}
    assert store.read("plain") is None


def test_what_a_bundle_already_has_is_not_written_again(store: DotenvStore) -> None:
    store.write("smtp", {"PASSWORD": "x"})
    os.utime(store.file, (1, 1))

    store.write("smtp", {"PASSWORD": "other"})
    store.write("smtp", {"PASSWORD": "x"}, replace=True)

    assert store.file.stat().st_mtime == 1


def test_what_is_added_follows_line_by_line(store: DotenvStore) -> None:
    store.write("smtp", {"PASSWORD": "x"})
    store.write("wiki", {"TOKEN": "y"})
    store.write("smtp", {"USERNAME": "z"})

    assert store.file.read_text() == "SMTP__PASSWORD='x'\nWIKI__TOKEN='y'\nSMTP__USERNAME='z'\n"


def test_the_store_of_a_file_is_the_environments_own() -> None:
    settings = Settings(environment="production", store="dotenv", terraform_state=None)

    assert open_store(settings).place == ".secrets.production.env"
