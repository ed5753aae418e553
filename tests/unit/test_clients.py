"""What every API is asked over: what is tried again, how often, and what is not."""

import pytest
from botocore.exceptions import EndpointConnectionError
from requests.adapters import HTTPAdapter

from tasks import clients
from tasks.clients import http, s3
from tests.support.bucket_store import refusal


@pytest.mark.parametrize("scheme", ["https://", "http://"])
@pytest.mark.parametrize("method", ["GET", "HEAD", "POST", "PUT", "DELETE"])
@pytest.mark.parametrize("status", [429, 500, 502, 503, 504])
def test_what_passes_is_tried_again_but_a_change_of_what_is_there(
    scheme: str, method: str, status: int
) -> None:
    adapter = clients.session().get_adapter(f"{scheme}api.example.net")
    assert isinstance(adapter, HTTPAdapter)
    retries = adapter.max_retries

    assert retries.is_retry(method, status)
    assert not retries.is_retry(method, 404)
    assert not retries.is_retry(method, 501)
    assert not retries.is_retry("PATCH", status)  # it may have been done, and would be refused now


def test_a_call_ends_after_three_tries_with_the_last_answer() -> None:
    assert http.RETRY.total == 2
    assert http.RETRY.raise_on_status is False
    # The longest pauses that are possible, however long a server asks to wait.
    assert http.RETRY.backoff_factor * 2 <= 5
    assert http.RETRY.retry_after_max == 5
    assert http.TIMEOUT_SECONDS * 3 + 2 * 5 <= 40


def test_object_storage_gives_up_too() -> None:
    config = s3.config()

    assert (config.connect_timeout, config.read_timeout) == (10, 10)
    assert config.retries == {"mode": "standard", "total_max_attempts": 3}


def test_object_storage_is_reached_where_this_machine_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("S3_ENDPOINT", raising=False)
    monkeypatch.delenv("S3_CA_BUNDLE", raising=False)
    plain = clients.connect("a", "b", "https://s3.example.net", "fr-par")
    monkeypatch.setenv("S3_ENDPOINT", "http://127.0.0.1:9")
    told = clients.connect("a", "b", "https://s3.example.net", "nl-ams")

    assert (plain.meta.endpoint_url, plain.meta.region_name) == ("https://s3.example.net", "fr-par")
    assert (told.meta.endpoint_url, told.meta.region_name) == ("http://127.0.0.1:9", "nl-ams")


@pytest.mark.parametrize(
    ("code", "said"),
    [
        ("AccessDenied", "access refused; check the access key, the secret key and what they may do"),
        ("NoSuchBucket", "there is no such bucket; check its name and the region"),
        ("NoSuchKey", "there is no such object; check its key"),
        ("SlowDown", "SlowDown please wait"),
    ],
)
def test_what_a_store_refuses_is_said_in_one_line(code: str, said: str) -> None:
    with pytest.raises(ValueError, match=f"^s3://states/key: {said}$"), clients.explained("s3://states/key"):
        raise refusal(code, "please wait")


def test_a_store_that_cannot_be_reached_is_said_in_one_line() -> None:
    with (
        pytest.raises(ValueError, match=r"^bucket a: .*; check the network, S3_ENDPOINT and S3_CA_BUNDLE$"),
        clients.explained("bucket a"),
    ):
        raise EndpointConnectionError(endpoint_url="http://a\n b")
