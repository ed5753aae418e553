"""What is so of buckets, asked without boto3: its client takes longer to begin than all of this takes."""

import os
from collections.abc import Callable
from functools import partial
from typing import Any, Final
from xml.etree import ElementTree

import requests
from botocore.exceptions import ClientError

from tasks.clients.http import TIMEOUT_SECONDS, session

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
        url = f"{self._endpoint}/{bucket}" + (f"?{what}=" if what else "")
        answer = self._session.request(
            method,
            url,
            headers=signed(method, url, *self._keys, self._region),
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


def signed(method: str, url: str, access_key: str, secret_key: str, region: str) -> dict[str, str]:
    """The headers of a request without a body that is signed with a key."""
    from botocore.auth import S3SigV4Auth  # noqa: PLC0415 - these take time, and hosts are connected to meanwhile
    from botocore.awsrequest import AWSRequest  # noqa: PLC0415
    from botocore.credentials import Credentials  # noqa: PLC0415

    request = AWSRequest(method, url)
    S3SigV4Auth(Credentials(access_key, secret_key), "s3", region).add_auth(request)
    return dict(request.headers.items())
