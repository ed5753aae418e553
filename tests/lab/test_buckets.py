"""Buckets on the lab's object storage: made as a record wants them, and put right when changed by hand."""

import uuid
from collections.abc import Iterator
from typing import Any

import pytest
import requests
from botocore.exceptions import ClientError

from lab import layout
from tasks import buckets
from tasks.buckets import WantedBucket
from tests.lab.managed import delete_bucket, s3

pytestmark = [pytest.mark.buckets, pytest.mark.usefixtures("lab")]

ORIGIN = "https://wiki.guild.test"
CORS = "open it to the app's own pages only"
MISSING = [
    "create it",
    "keep old versions",
    CORS,
    "clean up versions after 30 days and broken uploads after 7",
]


@pytest.fixture
def client() -> Any:
    return s3()


@pytest.fixture
def missing(client: Any) -> Iterator[WantedBucket]:
    """A bucket that is not there yet, and is gone after the test."""
    bucket = WantedBucket(name=f"guildhall-test-{uuid.uuid4().hex[:12]}", origin=ORIGIN)
    yield bucket
    delete_bucket(client, bucket.name)


@pytest.fixture
def made(missing: WantedBucket, client: Any) -> WantedBucket:
    buckets.apply(missing, client)
    return missing


def ask(method: str, bucket: WantedBucket, **headers: str) -> requests.Response:
    """What the store answers to somebody without a key."""
    url = f"{layout.S3_LOCAL}/{bucket.name}/file"
    return requests.request(method, url, headers=headers, verify=str(layout.CA_PEM), timeout=10)


def allowed_origin(bucket: WantedBucket, origin: str) -> str | None:
    asked = {"Origin": origin, "Access-Control-Request-Method": "PUT"}
    return ask("OPTIONS", bucket, **asked).headers.get("Access-Control-Allow-Origin")


def test_the_plan_for_a_missing_bucket_lists_all_and_changes_nothing(
    missing: WantedBucket, client: Any
) -> None:
    assert buckets.differences(missing, client) == MISSING
    assert buckets.differences(missing, client) == MISSING


def test_a_second_apply_finds_nothing_to_do(missing: WantedBucket, client: Any) -> None:
    assert buckets.apply(missing, client) == MISSING
    assert buckets.differences(missing, client) == []
    assert buckets.apply(missing, client) == []


def test_a_file_is_for_nobody_without_a_key_and_its_old_versions_stay(
    made: WantedBucket, client: Any
) -> None:
    client.put_object(Bucket=made.name, Key="file", Body=b"old")
    client.put_object(Bucket=made.name, Key="file", Body=b"new")

    assert ask("GET", made).status_code == 403
    assert len(client.list_object_versions(Bucket=made.name)["Versions"]) == 2


def test_only_the_apps_own_pages_may_upload(made: WantedBucket) -> None:
    assert allowed_origin(made, ORIGIN) == ORIGIN
    assert allowed_origin(made, "https://evil.example") is None


def test_a_bucket_that_somebody_published_is_made_private_again(made: WantedBucket, client: Any) -> None:
    client.put_bucket_acl(Bucket=made.name, ACL="public-read")

    assert buckets.apply(made, client) == ["make it private"]
    assert buckets.differences(made, client) == []


def test_what_somebody_changed_is_all_that_is_put_right(made: WantedBucket, client: Any) -> None:
    client.put_bucket_versioning(Bucket=made.name, VersioningConfiguration={"Status": "Suspended"})
    client.delete_bucket_lifecycle(Bucket=made.name)

    assert buckets.apply(made, client) == [MISSING[1], MISSING[3]]
    assert buckets.differences(made, client) == []


def test_an_app_that_no_longer_uploads_from_browsers_closes_its_bucket(
    made: WantedBucket, client: Any
) -> None:
    closed = WantedBucket(name=made.name, origin=None)

    assert buckets.apply(closed, client) == [CORS]
    assert buckets.differences(closed, client) == []
    with pytest.raises(ClientError, match="NoSuchCORSConfiguration"):
        client.get_bucket_cors(Bucket=made.name)


def test_a_wrong_key_is_one_line_that_does_not_show_it(missing: WantedBucket, client: Any) -> None:
    with pytest.raises(
        ValueError, match=rf"bucket {missing.name}: access refused; check the access key"
    ) as caught:
        buckets.apply(missing, s3("canary-secret"))

    assert "canary" not in str(caught.value)
