"""Scaleway Secret Manager fails in many ways: a run survives it or says what to do, and shows no secret."""

import base64
import logging
import traceback

import pytest
from scaleway.secret.v1beta1 import AccessSecretVersionResponse, SecretType

from tasks.clients import http
from tasks.secrets import ScalewayStore
from tests.support.secret_manager import CANARY, KEY, asked, failure, fault, fresh


@pytest.mark.parametrize("status", [429, 500, 502, 503, 504])
def test_a_passing_failure_is_tried_again(api: str, filled: ScalewayStore, status: int) -> None:
    fault(api, "status", status=status)

    assert fresh().read("outline") == {"SECRET_KEY": CANARY}


@pytest.mark.parametrize("kind", ["html", "drop"])
def test_an_error_page_or_a_dropped_connection_is_tried_again(
    api: str, filled: ScalewayStore, kind: str
) -> None:
    fault(api, kind)

    assert fresh().read("outline") == {"SECRET_KEY": CANARY}


def test_one_stalled_answer_is_tried_again(api: str, filled: ScalewayStore) -> None:
    fault(api, "stall", seconds=1)

    assert fresh().read("outline") == {"SECRET_KEY": CANARY}


def test_a_hanging_api_is_given_up(api: str, filled: ScalewayStore) -> None:
    fault(api, "stall", seconds=1, count=9)
    before = asked(api).total()

    assert "check the network and SCW_API_URL" in failure(fresh())
    assert asked(api).total() - before == int(http.RETRY.total or 0) + 1


@pytest.mark.parametrize(
    ("kind", "status", "said"),
    [
        ("status", 500, "HTTP 500; try again later"),
        ("status", 429, "too many requests; wait a minute"),
        ("status", 418, "HTTP 418: the lab was asked to fail"),
        ("html", 502, "HTTP 502; try again later"),
        ("drop", 0, "check the network and SCW_API_URL"),
    ],
)
def test_a_lasting_failure_says_what_it_is(
    api: str, filled: ScalewayStore, kind: str, status: int, said: str
) -> None:
    fault(api, kind, status=status, count=9)

    assert said in failure(fresh())


def test_damaged_content_is_refused(api: str, filled: ScalewayStore) -> None:
    fault(api, "crc", count=9)

    assert "checksum is wrong" in failure(fresh())


def test_an_unreachable_api_is_named(filled: ScalewayStore, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SCW_API_URL", "http://127.0.0.1:9")

    assert "at http://127.0.0.1:9; check the network" in failure(fresh())


@pytest.mark.parametrize("variable", ["SCW_SECRET_KEY", "SCW_DEFAULT_PROJECT_ID"])
def test_wrong_credentials_or_project_say_which_variables_to_check(
    filled: ScalewayStore, monkeypatch: pytest.MonkeyPatch, variable: str
) -> None:
    monkeypatch.setenv(variable, "33333333-3333-4333-8333-333333333333")

    assert "access refused; check SCW_ACCESS_KEY, SCW_SECRET_KEY, SCW_DEFAULT_PROJECT_ID" in failure(fresh())


@pytest.mark.parametrize(("kind", "status"), [("status", 500), ("drop", 0)])
def test_a_write_survives_a_passing_failure(api: str, store: ScalewayStore, kind: str, status: int) -> None:
    fault(api, kind, status=status)

    store.write("outline", {"SECRET_KEY": CANARY})

    assert store.read("outline") == {"SECRET_KEY": CANARY}


def test_a_secret_whose_making_was_not_answered_is_found_by_the_next_try(store: ScalewayStore) -> None:
    store._api.create_secret(name="outline", path=store.path, type_=SecretType.KEY_VALUE, protected=False)

    store.write("outline", {"SECRET_KEY": CANARY})

    assert store.read("outline") == {"SECRET_KEY": CANARY}


def test_missing_and_malformed_variables_are_named_together_and_not_shown(
    api: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SCW_SECRET_KEY", CANARY)
    monkeypatch.delenv("SCW_DEFAULT_REGION")

    with pytest.raises(ValueError, match="malformed: SCW_SECRET_KEY, SCW_DEFAULT_REGION; set them") as caught:
        fresh()

    assert CANARY not in "".join(traceback.format_exception(caught.value))


def test_neither_token_nor_value_is_in_a_log_at_any_level_or_in_a_repr(
    api: str, filled: ScalewayStore, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    store = fresh()

    def latest() -> AccessSecretVersionResponse:
        return store._api.access_secret_version(secret_id=store._ids()["outline"], revision="latest")

    first = latest().data
    assert store.read("outline") == {"SECRET_KEY": CANARY}
    store.write("outline", {"OTHER": CANARY})
    fault(api, "crc", count=9)
    failure(fresh())

    shown = caplog.text + repr(store) + repr(store._api) + repr(store._api.client)
    sent = latest().data
    assert CANARY in base64.b64decode(sent).decode()
    for secret in (CANARY, KEY, sent, first):
        assert secret not in shown
    assert api in repr(store._api.client)
