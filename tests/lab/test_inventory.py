"""Servers as the state lists them that Terraform keeps in object storage."""

import json
import uuid
from collections.abc import Iterator

import pytest

from tasks.inventory import terraform
from tests.lab.managed import delete_bucket, s3

pytestmark = [pytest.mark.inventory, pytest.mark.usefixtures("lab")]


@pytest.fixture
def bucket() -> Iterator[str]:
    """The name of an empty bucket, which is gone after the test."""
    client, name = s3(), f"guildhall-test-{uuid.uuid4().hex[:12]}"
    client.create_bucket(Bucket=name)
    yield name
    delete_bucket(client, name)


def test_servers_come_from_the_state_that_terraform_keeps(bucket: str) -> None:
    servers = {"tools-prod": {"public_ip": "51.15.0.3", "private_ip": "10.0.0.3"}}
    state = json.dumps({"version": 4, "outputs": {"servers": {"value": servers}}}).encode()
    s3().put_object(Bucket=bucket, Key="a/terraform.tfstate", Body=state)

    assert terraform.read(f"s3://{bucket}/a/terraform.tfstate") == servers


def test_a_missing_state_says_whether_bucket_or_key_is_wrong(bucket: str) -> None:
    with pytest.raises(ValueError, match=f"s3://{bucket}/nothing: there is no such object; check its key"):
        terraform.fetch(bucket, "nothing")
    with pytest.raises(
        ValueError, match="s3://guildhall-nowhere/key: there is no such bucket; check its name"
    ):
        terraform.fetch("guildhall-nowhere", "key")


def test_a_wrong_key_for_the_state_is_said(bucket: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("S3_SECRET_KEY", "canary-secret")

    with pytest.raises(ValueError, match="access refused; check the access key"):
        terraform.fetch(bucket, "key")


def test_a_store_with_an_unknown_certificate_is_not_trusted(
    bucket: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("S3_CA_BUNDLE")

    with pytest.raises(ValueError, match=r"CERTIFICATE_VERIFY_FAILED.*S3_CA_BUNDLE"):
        terraform.fetch(bucket, "key")
