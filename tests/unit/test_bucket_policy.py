"""Who may use a bucket: its app for its files, who runs the site for everything, nobody else."""

import json
from typing import Any

import pytest

from lab.cloud import bucket_policies
from tasks import buckets
from tasks.buckets import WantedBucket
from tasks.buckets.policy import policy, same
from tests.support.bucket_store import BucketStore

OPERATOR, APP, OTHER = (f"application_id:1ab00000-0000-4000-8000-00000000000{number}" for number in range(3))


def wanted() -> Any:
    return policy("files", APP, OPERATOR, [OTHER])


def allowed(who: str, action: str, place: str = "files/a") -> bool:
    return bucket_policies.allows(wanted(), who, f"s3:{action}", place)


@pytest.mark.parametrize(
    "action", ["GetObject", "PutObject", "PutObjectAcl", "DeleteObject", "AbortMultipartUpload"]
)
def test_an_app_does_with_files_what_programs_do(action: str) -> None:
    assert allowed(APP, action)
    assert allowed(OPERATOR, action)
    assert not allowed(OTHER, action)
    assert not allowed(APP, action, "others/a")


def test_an_app_lists_its_files_and_changes_nothing_about_its_bucket() -> None:
    assert allowed(APP, "ListBucket", "files")
    for action in ("PutBucketAcl", "PutBucketCORS", "PutLifecycleConfiguration", "PutBucketVersioning", "*"):
        assert not allowed(APP, action, "files")
        assert allowed(OPERATOR, action, "files")


def test_what_an_app_deletes_can_be_brought_back() -> None:
    assert not allowed(APP, "DeleteObjectVersion")


def test_it_is_one_that_scaleway_takes() -> None:
    assert bucket_policies.checked(json.dumps(wanted()).encode(), "files") == wanted()


def test_a_provider_without_policies_is_given_none() -> None:
    assert policy("files", "none", "none", ["none"]) is None
    for app, operator in ((APP, "none"), ("none", OPERATOR)):
        with pytest.raises(ValueError, match="must both be none, or neither"):
            policy("files", app, operator)


@pytest.mark.parametrize("others", [[APP], [OTHER, APP]])
def test_an_application_is_of_one_app(others: list[str]) -> None:
    with pytest.raises(
        ValueError, match=f"^bucket files: its key is of {APP}, whose keys open other buckets"
    ):
        policy("files", APP, OPERATOR, others)


def test_a_store_may_write_the_same_policy_in_another_way() -> None:
    kept = json.loads(json.dumps(wanted()))
    kept["Statement"].reverse()
    kept["Statement"][0]["Action"].reverse()
    kept["Statement"][0]["Principal"]["SCW"] = [kept["Statement"][0]["Principal"]["SCW"]]

    assert same(kept, wanted())
    kept["Statement"][0]["Action"].pop()
    assert not same(kept, wanted())


def test_a_bucket_with_another_policy_or_none_is_given_its_own() -> None:
    bucket = WantedBucket(name="files", origin=None, policy=wanted())
    words = "let in the app's own key and the operator's only"
    for told in ({}, {"policy": {"Policy": json.dumps({**wanted(), "Statement": []})}}):
        store = BucketStore(exists=True, told=told)

        assert words in buckets.apply(bucket, store)
        assert ("put_bucket_policy", {"Bucket": "files", "Policy": json.dumps(wanted())}) in store.changed
    store = BucketStore(exists=True, told={"policy": {"Policy": json.dumps(wanted())}})
    assert words not in buckets.differences(bucket, store)


def test_its_statements_have_names_by_which_a_console_shows_them() -> None:
    assert wanted()["Version"] == "2023-04-17"
    assert wanted()["Id"] == "guildhall"
    assert [(each["Sid"], each["Principal"], each["Resource"]) for each in wanted()["Statement"]] == [
        ("operator", {"SCW": OPERATOR}, ["files", "files/*"]),
        ("bucket", {"SCW": APP}, ["files"]),
        ("objects", {"SCW": APP}, ["files/*"]),
    ]
