"""What Scaleway Secret Manager is asked, word for word, and what of its answers is believed."""

import base64
import json
import zlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import requests

from tasks.secrets import ScalewayStore, open_store
from tasks.secrets import store as store_module
from tasks.settings import Settings
from tests.support.answers import API, KEY, PROJECT, Answer, Asked, Session, answered, use_key

SECRETS = f"{API}/secret-manager/v1beta1/regions/fr-par/secrets"
LATEST = f"{SECRETS}-by-path/versions/latest_enabled/access"
ABSENT = (404, {"type": "not_found", "resource": "secret", "resource_id": "x"})


@pytest.fixture
def opened(monkeypatch: pytest.MonkeyPatch) -> Callable[[Answer], tuple[ScalewayStore, Session]]:
    use_key(monkeypatch)
    return lambda answer: answered(ScalewayStore("lab", timeout=3), answer)


Open = Callable[[Answer], tuple[ScalewayStore, Session]]


def version(data: bytes, crc: int | None = None) -> tuple[int, Any]:
    return 200, {
        "secret_id": "s",
        "revision": 1,
        "data": base64.b64encode(data).decode(),
        "data_crc32": crc,
        "type": "key_value",
    }


def holding(values: dict[str, Any]) -> Answer:
    """Every read has these values; each write is taken."""
    data = json.dumps(values).encode()

    def answer(asked: Asked) -> tuple[int, Any]:
        return version(data, zlib.crc32(data)) if asked.method == "GET" else (200, {"id": "s"})

    return answer


def test_the_newest_version_that_is_enabled_is_read(opened: Open) -> None:
    store, session = opened(holding({"PASSWORD": "p"}))

    assert store.read("smtp") == {"PASSWORD": "p"}
    [asked] = session.asked
    assert (asked.method, asked.url) == ("GET", LATEST)
    assert asked.params == {
        "project_id": PROJECT,
        "secret_name": "smtp",
        "secret_path": "/guildhall/lab",
    }
    assert (asked.timeout, asked.redirects, asked.headers["X-Auth-Token"]) == (3, False, KEY)


def test_a_bundle_is_read_once_and_again_after_it_was_written(opened: Open) -> None:
    store, session = opened(holding({"PASSWORD": "p"}))
    for _ in range(3):
        store.read("smtp")
    before = len(session.asked)

    store.write("smtp", {"PASSWORD": "q"}, replace=True)
    session.answer = holding({"PASSWORD": "q"})

    assert before == 1
    assert store.read("smtp") == {"PASSWORD": "q"}


def test_a_new_value_disables_the_version_before_it(opened: Open) -> None:
    store, session = opened(holding({"PASSWORD": "p", "USER": "u"}))

    store.write("smtp", {"PASSWORD": "ü"}, replace=True)

    read, made, added = session.asked
    assert "smtp" in read.params.values()
    data = json.dumps({"PASSWORD": "ü", "USER": "u"}, ensure_ascii=False).encode()
    assert (made.method, made.url) == ("POST", SECRETS)
    assert (
        made.body.items()
        >= {
            "name": "smtp",
            "path": "/guildhall/lab",
            "type": "key_value",
            "protected": False,
        }.items()
    )
    assert (added.method, added.url) == ("POST", f"{SECRETS}/s/versions")
    assert added.body == {
        "data": base64.b64encode(data).decode(),
        "data_crc32": zlib.crc32(data),
        "disable_previous": True,
    }


def test_a_value_that_is_there_stays_unless_replacing_is_said(opened: Open) -> None:
    store, session = opened(holding({"PASSWORD": "p"}))

    store.write("smtp", {"PASSWORD": "q"})

    assert [asked.method for asked in session.asked] == ["GET"]


@pytest.mark.parametrize("replace", [False, True])
def test_what_is_there_already_is_not_written_again(opened: Open, replace: bool) -> None:
    store, session = opened(holding({"PASSWORD": "p"}))

    store.write("smtp", {"PASSWORD": "p"}, replace=replace)
    store.write("smtp", {"PASSWORD": "other" if not replace else "p"}, replace=replace)

    assert {asked.method for asked in session.asked} == {"GET"}


def test_a_secret_that_exists_gets_its_version_by_its_name(opened: Open) -> None:
    def answer(asked: Asked) -> tuple[int, Any]:
        if asked.url == LATEST:
            return ABSENT
        if asked.method == "GET":
            both = [{"id": "of-smtp", "name": "smtp"}, {"id": "of-smtp2", "name": "smtp2"}]
            return 200, {"secrets": both, "total_count": 2}
        return (200, {}) if asked.url.endswith("/versions") else (400, {"message": "it exists"})

    store, session = opened(answer)
    store.write("smtp", {"PASSWORD": "p"})

    listed = next(asked for asked in session.asked if asked.url == SECRETS and asked.method == "GET")
    wanted = {"project_id": PROJECT, "path": "/guildhall/lab", "page_size": 100}
    assert listed.params.items() >= wanted.items()
    assert listed.params["scheduled_for_deletion"] in (False, "false")
    assert session.asked[-1].url == f"{SECRETS}/of-smtp/versions"
    assert store.names() == ["smtp", "smtp2"]


def test_a_secret_that_can_be_neither_made_nor_found_is_said(opened: Open) -> None:
    def answer(asked: Asked) -> tuple[int, Any]:
        if asked.method == "GET":
            return ABSENT if asked.url == LATEST else (200, {"secrets": [], "total_count": 0})
        return 400, {"message": "no more secrets"}

    store, _ = opened(answer)

    with pytest.raises(ValueError, match=r"lab: cannot write smtp: the API says HTTP 400: no more secrets$"):
        store.write("smtp", {"PASSWORD": "p"})


def test_only_what_is_not_there_counts_as_not_there(opened: Open) -> None:
    store, _ = opened(lambda _: ABSENT)
    assert store.read("smtp") is None

    store, _ = opened(lambda _: (403, {"message": "no"}))
    with pytest.raises(ValueError, match=r"lab: cannot read smtp: access refused; check SCW_ACCESS_KEY"):
        store.read("smtp")


@pytest.mark.parametrize("status", [300, 301, 302, 304, 307, 308])
def test_a_redirect_is_no_answer_and_is_not_followed(opened: Open, status: int) -> None:
    store, session = opened(lambda _: (status, holding({"PASSWORD": "p"})))
    session.answer = lambda _: (status, version(b'{"PASSWORD": "p"}')[1])
    session.headers["Location"] = "https://elsewhere.example.net/"

    with pytest.raises(ValueError, match=f"cannot read smtp: the API says HTTP {status}: no message$"):
        store.read("smtp")
    assert [(asked.url, asked.redirects) for asked in session.asked] == [(LATEST, False)]


@pytest.mark.parametrize(
    ("status", "content", "said"),
    [
        (401, {}, "access refused; check SCW_ACCESS_KEY, SCW_SECRET_KEY, SCW_DEFAULT_PROJECT_ID, and that "),
        (403, {}, "policy allows SecretManagerFullAccess or, to read, SecretManagerSecretAccess$"),
        (429, {}, "too many requests; wait a minute and run it again$"),
        (418, {"message": "teapot"}, "the API says HTTP 418: teapot$"),
        (418, b"<html>", "the API says HTTP 418: no message$"),
        (418, [], "the API says HTTP 418: no message$"),
        (499, {"message": "almost"}, "the API says HTTP 499: almost$"),
        (500, b"", r"the API fails with HTTP 500; try again later, see status\.scaleway\.com$"),
    ],
)
def test_each_refusal_says_what_to_do(opened: Open, status: int, content: Any, said: str) -> None:
    store, _ = opened(lambda _: (status, content))

    with pytest.raises(ValueError, match=f"^Scaleway Secret Manager /guildhall/lab: cannot list: .*{said}"):
        store.names()


def test_an_api_that_cannot_be_reached_is_named(opened: Open) -> None:
    def answer(_: Asked) -> tuple[int, Any]:
        raise requests.ConnectTimeout(f"with {KEY}")

    store, _ = opened(answer)

    with pytest.raises(
        ValueError, match=r"ConnectTimeout at https://api\.example\.net; check the "
    ) as caught:
        store.read("smtp")
    assert KEY not in str(caught.value)


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        (version(b'{"A": "b"}', 7), "its checksum is wrong; run it again"),
        (version(b"canary"), "it is not a JSON object of names and values; store it as a key_value secret"),
        (version(b'["canary"]'), "it is not a JSON object"),
        (version(b""), "it is not a JSON object"),
        ((200, {**version(b"")[1], "data": "canary!"}), "it is not a JSON object"),
        (
            (200, {**version(b"")[1], "data": f"{base64.b64encode(b'{}').decode()}!"}),
            "it is not a JSON object",
        ),
    ],
)
def test_content_that_cannot_be_used_is_refused_and_not_shown(opened: Open, answer: Any, said: str) -> None:
    store, _ = opened(lambda _: answer)

    with pytest.raises(ValueError, match=f"^Scaleway.*: cannot read smtp: {said}") as caught:
        store.read("smtp")
    assert "canary" not in str(caught.value)


def test_values_that_are_no_text_become_text(opened: Open) -> None:
    store, _ = opened(lambda _: version(json.dumps({"PORT": 587, "TLS": True, "A": "b"}).encode(), 0))

    assert store.read("smtp") == {"PORT": "587", "TLS": "true", "A": "b"}


def test_a_failed_read_fails_for_everybody_who_waits_for_it(opened: Open) -> None:
    store, session = opened(lambda _: (403, {}))

    for _ in range(2):
        with pytest.raises(ValueError, match="access refused"):
            store.read("smtp")
    assert len(session.asked) == 1


def test_the_settings_choose_the_environments_own_folder_and_the_lab_must_be_up(
    opened: Open, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    opened(lambda _: ABSENT)
    monkeypatch.setattr(store_module, "ROOT", tmp_path)

    def place(environment: str) -> str:
        return open_store(Settings(environment=environment, store="scaleway", terraform_state=None)).place

    assert place("production") == "Scaleway Secret Manager /guildhall/production"
    with pytest.raises(ValueError, match=r"\.lab/env is missing; type guildhall lab up"):
        place("lab")
    (tmp_path / ".lab").mkdir()
    (tmp_path / ".lab/env").touch()
    assert place("lab") == "Scaleway Secret Manager /guildhall/lab"
