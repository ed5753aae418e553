"""What is right and wrong about a bucket, aspect by aspect, and what puts it right."""

import copy
from typing import Any

import pytest

from tasks import buckets
from tasks.buckets import WantedBucket
from tests.support.bucket_store import BucketStore

PLAIN = WantedBucket(name="guildhall-test-plain", origin=None)
OPEN = WantedBucket(name="guildhall-test-wiki", origin="https://wiki.example.org")
CLEAN_UP = {
    "ID": "guildhall",
    "Status": "Enabled",
    "Filter": {"Prefix": ""},
    "NoncurrentVersionExpiration": {"NoncurrentDays": 30},
    "AbortIncompleteMultipartUpload": {"DaysAfterInitiation": 7},
}
CORS = {
    "AllowedOrigins": ["https://wiki.example.org"],
    "AllowedMethods": ["GET", "HEAD", "POST", "PUT"],
    "AllowedHeaders": ["*"],
    "ExposeHeaders": ["ETag"],
    "MaxAgeSeconds": 3600,
}
OWNER = {"Grantee": {"Type": "CanonicalUser"}}
EVERYONE = {"Grantee": {"Type": "Group"}}
MENDED: dict[str, tuple[str, dict[str, Any]]] = {
    "create it": (
        "create_bucket",
        {"CreateBucketConfiguration": {"LocationConstraint": "fr-par"}},
    ),
    "make it private": ("put_bucket_acl", {"ACL": "private"}),
    "keep old versions": (
        "put_bucket_versioning",
        {"VersioningConfiguration": {"Status": "Enabled"}},
    ),
    "open it to the app's own pages only": (
        "put_bucket_cors",
        {"CORSConfiguration": {"CORSRules": [CORS]}},
    ),
    "clean up versions after 30 days and broken uploads after 7": (
        "put_bucket_lifecycle_configuration",
        {"LifecycleConfiguration": {"Rules": [CLEAN_UP]}},
    ),
}


def good(*rules: dict[str, Any]) -> BucketStore:
    """A store whose bucket is as it should be; the rules are those for pages."""
    told = {
        "acl": {"Grants": [OWNER]},
        "versioning": {"Status": "Enabled"},
        "cors": {"CORSRules": list(rules)},
        "lifecycle_configuration": {"Rules": [CLEAN_UP]},
    }
    return BucketStore(exists=True, told=copy.deepcopy(told))


def test_a_bucket_as_it_should_be_is_left_alone() -> None:
    store = good(CORS)

    assert buckets.differences(OPEN, store) == buckets.apply(OPEN, store) == []
    assert (store.changed, store.names) == ([], {OPEN.name})


def test_what_a_store_says_in_another_order_or_under_a_name_of_its_own_is_the_same() -> None:
    turned = {**CORS, "AllowedMethods": ["PUT", "POST", "HEAD", "GET"], "ID": "rule-1"}
    store = good(turned)
    store.told["lifecycle_configuration"]["Rules"] = [{"ID": "a person's"}, {**CLEAN_UP, "Prefix": ""}]

    assert buckets.differences(OPEN, store) == []


def test_a_bucket_that_is_missing_is_made_with_all_it_needs() -> None:
    store = BucketStore()

    done = buckets.apply(OPEN, store)

    # A new one is private by itself.
    assert done == [words for words in MENDED if words != "make it private"]
    assert store.changed == [
        (call, {"Bucket": OPEN.name, **given}) for call, given in (MENDED[words] for words in done)
    ]


@pytest.mark.parametrize(
    ("of", "told", "words"),
    [
        ("acl", {"Grants": [OWNER, EVERYONE]}, "make it private"),
        ("versioning", {"Status": "Suspended"}, "keep old versions"),
        ("versioning", {}, "keep old versions"),
        ("cors", {"CORSRules": []}, "open it to the app's own pages only"),
        ("cors", {"CORSRules": [CORS, CORS]}, "open it to the app's own pages only"),
        (
            "cors",
            {"CORSRules": [{**CORS, "AllowedOrigins": ["*"]}]},
            "open it to the app's own pages only",
        ),
        *(
            (
                "lifecycle_configuration",
                {"Rules": rules},
                "clean up versions after 30 days and broken uploads after 7",
            )
            for rules in (
                [],
                [{**CLEAN_UP, "Status": "Disabled"}],
                [{**CLEAN_UP, "NoncurrentVersionExpiration": {"NoncurrentDays": 3}}],
                [{"ID": "guildhall", "Status": "Enabled"}],
            )
        ),
    ],
)
def test_each_thing_that_is_wrong_is_said_and_put_right_and_nothing_else(
    of: str, told: dict[str, Any], words: str
) -> None:
    store = good(CORS)
    store.told[of] = told
    call, given = MENDED[words]

    assert buckets.differences(OPEN, store) == [words]
    assert store.changed == []
    assert buckets.apply(OPEN, store) == [words]
    assert store.changed == [(call, {"Bucket": OPEN.name, **given})]


def test_a_bucket_that_no_page_uses_is_closed_to_all_of_them() -> None:
    store = good(CORS)

    assert buckets.apply(PLAIN, store) == ["open it to the app's own pages only"]
    assert store.changed == [("delete_bucket_cors", {"Bucket": PLAIN.name})]
    assert buckets.differences(PLAIN, good()) == []


@pytest.mark.parametrize("act", [buckets.differences, buckets.apply])
def test_a_store_that_refuses_is_said_with_the_buckets_name_and_nothing_is_taken_for_absent(act: Any) -> None:
    store = good()
    store.refuses["get_bucket_versioning"] = "AccessDenied"

    with pytest.raises(
        ValueError, match=r"^bucket guildhall-test-plain: access refused; check the access key"
    ):
        act(PLAIN, store)
    assert store.changed == []
