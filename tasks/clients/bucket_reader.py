"""What is so of buckets, asked without boto3: its client takes longer to begin than all of this takes.

Signature Version 4: https://docs.aws.amazon.com/AmazonS3/latest/API/sig-v4-header-based-auth.html
"""

import hashlib
import hmac
import os
from collections.abc import Callable, Iterable
from datetime import UTC, datetime
from functools import partial, reduce
from typing import Any, Final
from urllib.parse import urlsplit
from xml.etree import ElementTree

import requests
from botocore.exceptions import ClientError

from tasks.clients.http import TIMEOUT_SECONDS, session

EMPTY: Final = hashlib.sha256(b"").hexdigest()
TYPE: Final = "{http://www.w3.org/2001/XMLSchema-instance}type"
LISTS: Final = {
    **{name: f"{name}s" for name in ("AllowedOrigin", "AllowedMethod", "AllowedHeader", "ExposeHeader")},
    "CORSRule": "CORSRules",
    "Rule": "Rules",
}
"""What may come several times, and what boto3 calls the list of it."""
NUMBERS: Final = frozenset({"MaxAgeSeconds", "NoncurrentDays", "DaysAfterInitiation"})


class BucketReader:
    """Asks as boto3's client does, for the few questions that a plan has; several threads may use it."""

    def __init__(self, access_key: str, secret_key: str, endpoint: str, region: str) -> None:
        """S3_ENDPOINT and S3_CA_BUNDLE, where set, say how this machine reaches the store."""
        self._keys, self._region = (access_key, secret_key), region
        self._endpoint = (os.environ.get("S3_ENDPOINT") or endpoint).rstrip("/")
        self._session = session()
        self._verify = os.environ.get("S3_CA_BUNDLE") or True

    def __repr__(self) -> str:
        return f"BucketReader({self._endpoint})"

    def head_bucket(self, *, Bucket: str) -> dict[str, Any]:  # noqa: N803 - as boto3 has it
        """ClientError, as from all of these, where the store refuses or has no such thing."""
        self._asked(Bucket, "", "HEAD")
        return {}

    def get_bucket_policy(self, *, Bucket: str) -> dict[str, Any]:  # noqa: N803 - as boto3 has it
        """Its text."""
        return {"Policy": self._asked(Bucket, "policy").text}

    def get_bucket_acl(self, *, Bucket: str) -> dict[str, Any]:  # noqa: N803 - as boto3 has it
        """Of each grant whether it is for a group."""
        found = self._answer(Bucket, "acl").iterfind("AccessControlList/Grant/Grantee")
        return {"Grants": [{"Grantee": {"Type": each.get(TYPE)}} for each in found]}

    def __getattr__(self, call: str) -> Callable[..., dict[str, Any]]:
        """`get_bucket_versioning`, `get_bucket_cors`, `get_bucket_lifecycle_configuration`."""
        what = call.removeprefix("get_bucket_").removesuffix("_configuration")
        if what not in ("versioning", "cors", "lifecycle"):
            raise AttributeError(call)
        return partial(self._data, what)

    def _data(self, what: str, *, Bucket: str) -> dict[str, Any]:  # noqa: N803 - as boto3 has it
        return dict(data(self._answer(Bucket, what)))

    def _answer(self, bucket: str, what: str) -> ElementTree.Element:
        return _parsed(self._asked(bucket, what).content, what)

    def _asked(self, bucket: str, what: str, method: str = "GET") -> requests.Response:
        url, query = f"{self._endpoint}/{bucket}", f"{what}=" if what else ""
        headers = signed(method, url, query, *self._keys, self._region, datetime.now(UTC))
        answer = self._session.request(
            method,
            f"{url}?{query}" if query else url,
            headers=headers,
            timeout=TIMEOUT_SECONDS,
            verify=self._verify,
            allow_redirects=False,
        )
        if answer.status_code >= 300:
            raise ClientError({"Error": _error(answer)}, what)
        return answer


def _error(answer: requests.Response) -> Any:
    """As boto3 has it: HEAD's answers have no text."""
    try:
        told = data(ElementTree.fromstring(_plain(answer.content)))  # noqa: S314 - of the store that we pay
    except ElementTree.ParseError:
        told = {}
    found = dict(told) if isinstance(told, dict) else {}
    return {"Code": found.get("Code") or str(answer.status_code), "Message": found.get("Message", "")}


def _parsed(content: bytes, what: str) -> ElementTree.Element:
    try:
        return ElementTree.fromstring(_plain(content))  # noqa: S314 - as above
    except ElementTree.ParseError:
        said = {"Code": "", "Message": f"its answer to ?{what} is no XML"}
        raise ClientError({"Error": said}, what) from None


def _plain(content: bytes) -> bytes:
    """Without the namespace, which not every store says."""
    return content.replace(b' xmlns="http://s3.amazonaws.com/doc/2006-03-01/"', b"")


def data(element: ElementTree.Element) -> Any:
    """An answer in the shape that boto3 gives it."""
    if not len(element):
        text = element.text or ""
        return int(text) if element.tag in NUMBERS and text.isdigit() else text.strip() or _empty(element.tag)
    found: dict[str, Any] = {}
    for each in element:
        if name := LISTS.get(each.tag):
            found.setdefault(name, []).append(data(each))
        else:
            found[each.tag] = data(each)
    return found


def _empty(tag: str) -> Any:
    return {} if tag.endswith(("Configuration", "Rule", "Error", "Filter")) else ""


def signed(
    method: str, url: str, query: str, access_key: str, secret_key: str, region: str, now: datetime
) -> dict[str, str]:
    """The headers of a request without a body that is signed with a key."""
    place, stamp = urlsplit(url), now.strftime("%Y%m%dT%H%M%SZ")
    headers = {"host": place.netloc, "x-amz-content-sha256": EMPTY, "x-amz-date": stamp}
    names = ";".join(headers)
    lines = "".join(f"{name}:{value}\n" for name, value in headers.items())
    request = f"{method}\n{place.path}\n{query}\n{lines}\n{names}\n{EMPTY}"
    parts = (stamp[:8], region, "s3", "aws4_request")
    scope = "/".join(parts)
    text = f"AWS4-HMAC-SHA256\n{stamp}\n{scope}\n{hashlib.sha256(request.encode()).hexdigest()}"
    key = _derived(f"AWS4{secret_key}".encode(), parts)
    signature = hmac.new(key, text.encode(), "sha256").hexdigest()
    said = f"Credential={access_key}/{scope}, SignedHeaders={names}, Signature={signature}"
    return {**headers, "Authorization": f"AWS4-HMAC-SHA256 {said}"}


def _derived(key: bytes, parts: Iterable[str]) -> bytes:
    return reduce(lambda made, part: hmac.new(made, part.encode(), "sha256").digest(), parts, key)
