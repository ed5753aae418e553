"""Who may use a bucket, as Scaleway takes it: what no statement allows is refused, whoever asks.

A policy without the operator's key would lock the operator out:
https://www.scaleway.com/en/docs/object-storage/api-cli/bucket-policy/
"""

from collections.abc import Collection, Mapping
from typing import Any, Final

VERSION: Final = "2023-04-17"
NONE: Final = "none"
"""The principal of a provider whose keys are for one bucket by themselves, and that takes no policy."""
ON_BUCKET: Final = ("s3:GetBucketLocation", "s3:ListBucket", "s3:ListBucketMultipartUploads")
# Without s3:DeleteObjectVersion: what an app deletes can be brought back, whoever makes it do so.
ON_OBJECTS: Final = (
    "s3:AbortMultipartUpload",
    "s3:DeleteObject",
    "s3:GetObject",
    "s3:GetObjectAcl",
    "s3:ListMultipartUploadParts",
    "s3:PutObject",
    # Outline and Nextcloud say of each file that it is private.
    "s3:PutObjectAcl",
)


def policy(bucket: str, app: str, operator: str, others: Collection[str] = ()) -> Mapping[str, Any] | None:
    """The policy that lets in an app's principal and the operator's; None for a provider without policies.

    ValueError if it would let in others: whose keys are of one application.
    """
    if operator == app == NONE:
        return None
    if NONE in (operator, app):
        raise ValueError(
            f"bucket {bucket}: s3/PRINCIPAL and the app's S3_PRINCIPAL must both be none, or neither"
        )
    if app in (operator, *others):
        raise ValueError(
            f"bucket {bucket}: its key is of {app}, whose keys open other buckets too; give it one of its own"
        )
    return {
        "Version": VERSION,
        "Id": "guildhall",
        "Statement": [
            _statement("operator", operator, ["s3:*"], [bucket, f"{bucket}/*"]),
            _statement("bucket", app, list(ON_BUCKET), [bucket]),
            _statement("objects", app, list(ON_OBJECTS), [f"{bucket}/*"]),
        ],
    }


def _statement(sid: str, principal: str, actions: list[str], resources: list[str]) -> dict[str, Any]:
    return {
        "Sid": sid,
        "Effect": "Allow",
        "Principal": {"SCW": principal},
        "Action": actions,
        "Resource": resources,
    }


def same(found: Any, wanted: Any) -> bool:
    """Whether two policies say the same: a store may sort lists, and write a text for a list of one."""
    return bool(_plain(found) == _plain(wanted))


def _plain(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {key: _plain(each) for key, each in value.items()}
    if isinstance(value, list) and all(isinstance(each, str) for each in value):
        return sorted(value)
    if isinstance(value, list):
        return sorted((_plain(each) for each in value), key=repr)
    return [value]
