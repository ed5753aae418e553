"""Buckets for the apps' files: private, versioned, open to the app's own pages where browsers upload."""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from botocore.exceptions import ClientError

from catalogue import views
from catalogue.model import App, Site
from tasks.buckets.policy import same
from tasks.clients import explained

ABSENT: Final = {
    *("404", "NoSuchBucket", "NoSuchBucketPolicy"),
    *("NoSuchCORSConfiguration", "NoSuchLifecycleConfiguration"),
}
CLEAN_UP: Final = {
    "ID": "guildhall",
    "Status": "Enabled",
    "Filter": {"Prefix": ""},
    "NoncurrentVersionExpiration": {"NoncurrentDays": 30},
    "AbortIncompleteMultipartUpload": {"DaysAfterInitiation": 7},
}


@dataclass(frozen=True, slots=True, kw_only=True)
class WantedBucket:
    """A bucket as it should be; pages of `origin` may use it from a browser, None: no pages."""

    name: str
    origin: str | None
    policy: Mapping[str, Any] | None = None
    """Who may use it; None: whoever the provider's keys let in."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Aspect:
    """One thing that is right or wrong about a bucket, and what puts it right."""

    words: str
    right: Callable[[Any, WantedBucket], bool]
    put: Callable[[Any, WantedBucket], object]


def wanted_bucket(app: App, site: Site) -> WantedBucket:
    """The bucket of an app whose record asks for one."""
    uploads = app.bucket is not None and app.bucket.browser_uploads
    return WantedBucket(name=views.bucket(app, site), origin=views.url(app, site) if uploads else None)


def differences(wanted: WantedBucket, client: Any) -> list[str]:
    """What `apply` would do, in words; empty if all is right. ValueError if the store does not say."""
    with explained(f"bucket {wanted.name}"):
        return [aspect.words for aspect in _wrong(wanted, client)]


def apply(wanted: WantedBucket, client: Any) -> list[str]:
    """Put right what is not, and say what was done; ValueError if the store refuses."""
    with explained(f"bucket {wanted.name}"):
        wrong = _wrong(wanted, client)
        for aspect in wrong:
            aspect.put(client, wanted)
        return [aspect.words for aspect in wrong]


def _wrong(wanted: WantedBucket, client: Any) -> list[Aspect]:
    return [aspect for aspect in ASPECTS if not aspect.right(client, wanted)]


def _found(ask: Callable[..., Any], wanted: WantedBucket) -> dict[str, Any] | None:
    """The store's answer about a bucket, None if the bucket or the thing asked for is not there."""
    try:
        return dict(ask(Bucket=wanted.name))
    except ClientError as error:
        if error.response["Error"]["Code"] in ABSENT:
            return None
        raise


def _exists(client: Any, wanted: WantedBucket) -> bool:
    return _found(client.head_bucket, wanted) is not None


def _create(client: Any, wanted: WantedBucket) -> object:
    region = {"LocationConstraint": client.meta.region_name}
    return client.create_bucket(Bucket=wanted.name, CreateBucketConfiguration=region)


def _has_policy(client: Any, wanted: WantedBucket) -> bool:
    if wanted.policy is None:
        return True
    found = (_found(client.get_bucket_policy, wanted) or {}).get("Policy")
    return found is not None and same(json.loads(found), wanted.policy)


def _put_policy(client: Any, wanted: WantedBucket) -> object:
    return client.put_bucket_policy(Bucket=wanted.name, Policy=json.dumps(wanted.policy))


def _is_private(client: Any, wanted: WantedBucket) -> bool:
    # A new bucket is private.
    grants = (_found(client.get_bucket_acl, wanted) or {}).get("Grants", ())
    return all(grant["Grantee"]["Type"] != "Group" for grant in grants)


def _make_private(client: Any, wanted: WantedBucket) -> object:
    return client.put_bucket_acl(Bucket=wanted.name, ACL="private")


def _is_versioned(client: Any, wanted: WantedBucket) -> bool:
    return (_found(client.get_bucket_versioning, wanted) or {}).get("Status") == "Enabled"


def _version(client: Any, wanted: WantedBucket) -> object:
    return client.put_bucket_versioning(Bucket=wanted.name, VersioningConfiguration={"Status": "Enabled"})


def _cors(wanted: WantedBucket) -> list[dict[str, Any]]:
    if not wanted.origin:
        return []
    return [
        {
            "AllowedOrigins": [wanted.origin],
            "AllowedMethods": ["GET", "HEAD", "POST", "PUT"],
            "AllowedHeaders": ["*"],
            "ExposeHeaders": ["ETag"],
            "MaxAgeSeconds": 3600,
        }
    ]


def _has_cors(client: Any, wanted: WantedBucket) -> bool:
    rules = (_found(client.get_bucket_cors, wanted) or {}).get("CORSRules", [])
    return [_sorted(rule) for rule in rules] == [_sorted(rule) for rule in _cors(wanted)]


def _sorted(rule: Mapping[str, Any]) -> dict[str, Any]:
    """Without order in its lists, which a store need not keep, and without the name that it may add."""
    return {
        key: sorted(value) if isinstance(value, list) else value for key, value in rule.items() if key != "ID"
    }


def _put_cors(client: Any, wanted: WantedBucket) -> object:
    if not wanted.origin:
        return client.delete_bucket_cors(Bucket=wanted.name)
    return client.put_bucket_cors(Bucket=wanted.name, CORSConfiguration={"CORSRules": _cors(wanted)})


def _cleans_up(client: Any, wanted: WantedBucket) -> bool:
    rules = (_found(client.get_bucket_lifecycle_configuration, wanted) or {}).get("Rules", [])
    return any(all(rule.get(key) == value for key, value in CLEAN_UP.items()) for rule in rules)


def _clean_up(client: Any, wanted: WantedBucket) -> object:
    return client.put_bucket_lifecycle_configuration(
        Bucket=wanted.name, LifecycleConfiguration={"Rules": [CLEAN_UP]}
    )


ASPECTS: Final = (
    Aspect(words="create it", right=_exists, put=_create),
    # Before anything lies in it.
    Aspect(words="let in the app's own key and the operator's only", right=_has_policy, put=_put_policy),
    Aspect(words="make it private", right=_is_private, put=_make_private),
    Aspect(words="keep old versions", right=_is_versioned, put=_version),
    Aspect(words="open it to the app's own pages only", right=_has_cors, put=_put_cors),
    Aspect(
        words="clean up versions after 30 days and broken uploads after 7", right=_cleans_up, put=_clean_up
    ),
)
