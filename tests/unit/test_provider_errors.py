"""What the provider refuses is said as what it is: a quota, another region or project, a key that expired."""

import json
import traceback

import pytest
import requests
from botocore.exceptions import ClientError
from scaleway import ScalewayException

from tasks.clients import SecretApi, connect, explained
from tasks.clients.scaleway import QuietClient

CANARY = "canary-31f0"
KEY = "11111111-1111-4111-8111-111111111111"


QUOTA = {"type": "quotas_exceeded"}
DENIED = {"type": "denied_authentication", "method": "api_key"}


def answered(status: int, body: object) -> str:
    """What is said of a call that the API answered so: one line, without the key."""
    response = requests.Response()
    response.status_code = status
    response._content = body if isinstance(body, bytes) else json.dumps(body).encode()
    api = SecretApi(
        QuietClient(access_key="SCWXXXXXXXXXXXXXXXXX", secret_key=KEY, api_url="https://api.example")
    )

    def refuse() -> None:
        raise ScalewayException(response)

    with pytest.raises(ValueError, match="cannot read wiki: ") as caught:
        api.explained("cannot read wiki", refuse)
    assert KEY not in "".join(traceback.format_exception(caught.value))
    assert "\n" not in str(caught.value)
    return str(caught.value).removeprefix("cannot read wiki: ")


@pytest.mark.parametrize(
    ("status", "body", "said"),
    [
        (403, QUOTA | {"details": [{"resource": "Versions"}]}, "the project's quota is used up (Versions)"),
        (403, QUOTA, "the project's quota is used up; ask for more in the console"),
        (403, QUOTA | {"details": "odd"}, "the project's quota is used up; ask"),
        (401, DENIED | {"reason": "expired"}, "the API key has expired; make another"),
        (401, DENIED | {"reason": "not_found"}, "access refused; check SCW_ACCESS_KEY"),
        (404, {"type": "not_found"}, "there is no such thing in this project and region; check SCW_"),
        (404, b"<html>404</html>", "there is no such thing in this project and region"),
        (410, {"type": "resource_expired"}, "it is gone for good"),
        (409, {"type": "transient_state"}, "it is being changed; wait a minute"),
        (423, {"type": "resource_locked"}, "Scaleway has locked it"),
        (418, {"message": "two\nlines"}, "the API says HTTP 418: two lines"),
        (418, [1], "the API says HTTP 418: no message"),
        (418, b"\xff", "the API says HTTP 418: no message"),
    ],
)  # fmt: skip
def test_an_answer_of_scaleway_is_said_as_what_it_is(status: int, body: object, said: str) -> None:
    assert answered(status, body).startswith(said)


@pytest.mark.parametrize(
    ("code", "said"),
    [
        ("ExpiredToken", "the access key has expired; make another and store it"),
        ("TooManyBuckets", "the quota of buckets is used up; ask for more in the console, or delete one"),
        ("QuotaExceeded", "the quota is used up; ask for more in the console"),
        ("AuthorizationHeaderMalformed", "it is in another region; check s3_region and s3_endpoint"),
        ("301", "it is in another region; check s3_region and s3_endpoint"),
        ("IllegalLocationConstraintException", "it is in another region; check s3_region and s3_endpoint"),
        ("BucketAlreadyExists", "somebody else has a bucket of this name; set another organisation"),
        ("NoSuchBucket", "there is no such bucket; check its name and the region"),
        ("RequestTimeTooSkewed", "this machine's clock is wrong; set it"),
        ("Odd", "Odd two lines"),
    ],
)  # fmt: skip
def test_an_answer_of_the_object_store_is_said_as_what_it_is(code: str, said: str) -> None:
    with pytest.raises(ValueError, match="bucket x: ") as caught, explained("bucket x"):
        raise ClientError({"Error": {"Code": code, "Message": "two\nlines"}}, "HeadBucket")

    assert str(caught.value).startswith(f"bucket x: {said}")


@pytest.mark.parametrize("key", ["schlüssel-schlüssel", "key\nkey", ""])
def test_a_key_that_no_header_can_carry_is_named_and_not_shown(key: str) -> None:
    """The HTTP client would end in a traceback that shows it."""
    with pytest.raises(ValueError, match="the access key of object storage is no printable ASCII") as caught:
        connect(key + CANARY + "ü", "secret", "https://s3.example.net", "fr-par")

    assert CANARY not in "".join(traceback.format_exception(caught.value))
