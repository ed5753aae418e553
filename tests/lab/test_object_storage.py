"""Buckets and Terraform's state on the lab's object storage."""

import json
import uuid
from collections.abc import Iterator
from typing import Any

import pytest
import requests
from botocore.exceptions import ClientError

from lab import layout
from tasks import buckets
from tasks.buckets import WantedBucket
from tasks.clients import connect
from tasks.inventory import terraform

ORIGIN = "https://wiki.guild.test"
CORS = "open it to the app's own pages only"
MISSING = [
    "create it",
    "keep old versions",
    CORS,
    "clean up versions after 30 days and broken uploads after 7",
]


def connected(secret_key: str = layout.S3_SECRET_KEY) -> Any:
    return connect(layout.S3_ACCESS_KEY, secret_key, layout.S3_ENDPOINT, layout.REGION)


@pytest.fixture
def client(monkeypatch: pytest.MonkeyPatch) -> Any:
    monkeypatch.setenv("S3_ENDPOINT", layout.S3_LOCAL)
    monkeypatch.setenv("S3_CA_BUNDLE", str(layout.CA_PEM))
    monkeypatch.setenv("S3_ACCESS_KEY", layout.S3_ACCESS_KEY)
    monkeypatch.setenv("S3_SECRET_KEY", layout.S3_SECRET_KEY)
    return connected()


@pytest.fixture
def missing(client: Any) -> Iterator[WantedBucket]:
    """A bucket that is not there yet, and is gone after the test."""
    bucket = WantedBucket(name=f"guildhall-test-{uuid.uuid4().hex[:12]}", origin=ORIGIN)
    yield bucket
    if bucket.name not in [found["Name"] for found in client.list_buckets()["Buckets"]]:
        return
    for version in client.list_object_versions(Bucket=bucket.name).get("Versions", []):
        client.delete_object(Bucket=bucket.name, Key=version["Key"], VersionId=version["VersionId"])
    client.delete_bucket(Bucket=bucket.name)


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
        buckets.apply(missing, connected("canary-secret"))

    assert "canary" not in str(caught.value)


def test_servers_come_from_the_state_that_terraform_keeps(made: WantedBucket, client: Any) -> None:
    servers = {"tools-prod": {"public_ip": "51.15.0.3", "private_ip": "10.0.0.3"}}
    state = json.dumps({"version": 4, "outputs": {"servers": {"value": servers}}}).encode()
    client.put_object(Bucket=made.name, Key="a/terraform.tfstate", Body=state)

    assert terraform.read(f"s3://{made.name}/a/terraform.tfstate") == servers


def test_a_missing_state_says_whether_bucket_or_key_is_wrong(made: WantedBucket) -> None:
    with pytest.raises(ValueError, match=f"s3://{made.name}/nothing: there is no such object; check its key"):
        terraform.fetch(made.name, "nothing")
    with pytest.raises(
        ValueError, match="s3://guildhall-nowhere/key: there is no such bucket; check its name"
    ):
        terraform.fetch("guildhall-nowhere", "key")


def test_a_wrong_key_for_the_state_is_said(made: WantedBucket, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("S3_SECRET_KEY", "canary-secret")

    with pytest.raises(ValueError, match="access refused; check the access key"):
        terraform.fetch(made.name, "key")


def test_a_store_with_an_unknown_certificate_is_not_trusted(
    made: WantedBucket, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("S3_CA_BUNDLE")

    with pytest.raises(ValueError, match=r"CERTIFICATE_VERIFY_FAILED.*S3_CA_BUNDLE"):
        terraform.fetch(made.name, "key")
