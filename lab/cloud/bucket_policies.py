"""What requests to object storage need, and what policies of buckets allow: Scaleway's rules, for the lab.

https://www.scaleway.com/en/docs/object-storage/reference-content/s3-iam-permissions-equivalence/
"""

import fnmatch
import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

UUID = r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}"
PRINCIPAL = re.compile(rf"(user|application)_id:{UUID}")
KINDS = ("ObjectsRead", "ObjectsWrite", "ObjectsDelete", "BucketsRead", "BucketsWrite", "BucketsDelete")
EVERYTHING = frozenset((*KINDS, "Policy"))
ACTIONS = {
    *("s3:DeleteBucketWebsite", "s3:GetBucketAcl", "s3:GetBucketCORS", "s3:GetBucketLocation"),
    *("s3:GetBucketTagging", "s3:GetBucketVersioning", "s3:GetBucketWebsite", "s3:GetLifecycleConfiguration"),
    *("s3:ListBucket", "s3:ListBucketMultipartUploads", "s3:ListBucketVersions", "s3:PutBucketAcl"),
    *("s3:PutBucketCORS", "s3:PutBucketTagging", "s3:PutBucketVersioning", "s3:PutBucketWebsite"),
    *("s3:PutLifecycleConfiguration", "s3:AbortMultipartUpload", "s3:DeleteObject", "s3:DeleteObjectTagging"),
    *("s3:DeleteObjectVersion", "s3:GetObject", "s3:GetObjectAcl", "s3:GetObjectTagging"),
    *("s3:GetObjectVersion", "s3:ListMultipartUploadParts", "s3:PutObject", "s3:PutObjectAcl"),
    *("s3:PutObjectTagging", "s3:RestoreObject", "s3:*", "*"),
}
# Part of a bucket's address after the question mark: what reading and writing it is called.
PARTS = {
    "acl": ("s3:GetBucketAcl", "s3:PutBucketAcl"),
    "cors": ("s3:GetBucketCORS", "s3:PutBucketCORS"),
    "lifecycle": ("s3:GetLifecycleConfiguration", "s3:PutLifecycleConfiguration"),
    "versioning": ("s3:GetBucketVersioning", "s3:PutBucketVersioning"),
    "tagging": ("s3:GetBucketTagging", "s3:PutBucketTagging"),
    "location": ("s3:GetBucketLocation", ""),
}
CODES = {
    "AccessDenied": "Access Denied.",
    "InvalidAccessKeyId": "The access key does not exist.",
    "NoSuchBucketPolicy": "The bucket policy does not exist.",
    "MalformedPolicy": "Policy has invalid {}.",
    "ServiceUnavailable": "Please try again.",
}


@dataclass(frozen=True)
class Action:
    """What a request does: by IAM's permission set, without `ObjectStorage`, and by a policy's name."""

    permission: str
    name: str


DELETE_VERSIONS = Action("ObjectsDelete", "s3:DeleteObjectVersion")
OF_MANY = ("s3:DeleteObject", "s3:DeleteObjectVersion", "s3:PutObject")
"""What is done to objects that the body names, at the bucket's address."""


class RefusalError(Exception):
    """An answer that is not a success, with S3's document."""

    def __init__(self, status: int, code: str, what: str = "") -> None:
        super().__init__(code)
        words = CODES[code].format(what)
        self.status = status
        self.body = f"<Error><Code>{code}</Code><Message>{words}</Message></Error>".encode()


def permissions(names: Iterable[str]) -> frozenset[str]:
    """What IAM's permission sets allow together."""
    found = {name.removeprefix("ObjectStorage") for name in names}
    return EVERYTHING if "FullAccess" in found else frozenset(found)


def actions(
    method: str, key: str, query: Mapping[str, str], headers: Mapping[str, str]
) -> tuple[Action, ...]:
    """All that a request does, of which each part must be allowed."""
    if not key:
        return (_on_bucket(method, query),)
    first = _on_object(method, query)
    more = [Action("ObjectsWrite", "s3:PutObjectAcl")] if "x-amz-acl" in headers else []
    return (first, *more)


def _on_bucket(method: str, query: Mapping[str, str]) -> Action:
    for part, names in PARTS.items():
        if part in query:
            reads = method == "GET"
            return Action("BucketsRead" if reads else "BucketsWrite", names[not reads])
    if "policy" in query:
        return Action("Policy", "s3:*")
    if "delete" in query:
        return Action("ObjectsDelete", "s3:DeleteObject")
    if "uploads" in query:
        return Action("ObjectsRead", "s3:ListBucketMultipartUploads")
    if "versions" in query:
        return Action("ObjectsRead", "s3:ListBucketVersions")
    return {
        "HEAD": Action("BucketsRead", "s3:ListBucket"),
        "GET": Action("ObjectsRead" if query else "BucketsRead", "s3:ListBucket"),
        "PUT": Action("BucketsWrite", "s3:CreateBucket"),
        "DELETE": Action("BucketsDelete", "s3:DeleteBucket"),
        "POST": Action("ObjectsWrite", "s3:PutObject"),
    }[method]


def _on_object(method: str, query: Mapping[str, str]) -> Action:
    version = "Version" if "versionId" in query else ""
    if method == "DELETE":
        upload = "s3:AbortMultipartUpload"
        return Action("ObjectsDelete", upload if "uploadId" in query else f"s3:DeleteObject{version}")
    if method in ("GET", "HEAD"):
        parts = "s3:ListMultipartUploadParts"
        return Action("ObjectsRead", parts if "uploadId" in query else f"s3:GetObject{version}")
    return Action("ObjectsWrite", "s3:PutObject")


def allows(policy: Mapping[str, Any], principal: str, action: str, place: str) -> bool:
    """Whether any statement lets a principal do it there; what none allows is refused."""
    return any(
        (each["Principal"] == "*" or principal in _list(each["Principal"]["SCW"]))
        and {action, "s3:*", "*"}.intersection(_list(each["Action"]))
        and any(fnmatch.fnmatchcase(place, pattern) for pattern in _list(each["Resource"]))
        for each in policy["Statement"]
    )


def checked(body: bytes, bucket: str) -> dict[str, Any]:
    """A policy that can be one of that bucket; RefusalError says what of it cannot."""
    try:
        found: dict[str, Any] = json.loads(body)
        problem = next(filter(None, (_wrong(each, bucket) for each in found["Statement"])), "")
        problem = problem or ("" if found.get("Version") == "2023-04-17" else "version")
    except (ValueError, KeyError, TypeError, AttributeError):
        problem = "syntax"
    if problem:
        raise RefusalError(400, "MalformedPolicy", problem)
    return found


def _wrong(statement: Mapping[str, Any], bucket: str) -> str:
    principal = statement["Principal"]
    if principal != "*" and not all(PRINCIPAL.fullmatch(each) for each in _list(principal["SCW"])):
        return "principal"
    if statement["Effect"] != "Allow":
        return "effect"
    if not ACTIONS.issuperset(_list(statement["Action"])):
        return "action"
    good = all(each == bucket or each.startswith(f"{bucket}/") for each in _list(statement["Resource"]))
    return "" if good else "resource"


def _list(value: str | list[str]) -> list[str]:
    return [value] if isinstance(value, str) else value
