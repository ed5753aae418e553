"""Scaleway's object storage before an S3 server: who may do what, by IAM and by bucket policies.

The server behind it keeps the files and checks each request's signature. Rules: https://www.scaleway.com/en/docs/object-storage/api-cli/combining-iam-and-object-storage/
Run by gunicorn: `guildhall.object_storage:Storage(…)`.
"""

import http.client
import json
import re
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

from . import bucket_policies
from .bucket_policies import Action, RefusalError
from .scaleway_iam import permission_sets

CREDENTIAL = re.compile(r"Credential=([^/,\s]+)/")
HOP_BY_HOP = {"connection", "keep-alive", "transfer-encoding"}
Answer = tuple[int, Iterable[tuple[str, str]], bytes]
Start = Callable[[str, list[tuple[str, str]]], object]


class Storage:
    """A WSGI program; `state` is what the API stand-in knows, `operator` the access key that may do all."""

    def __init__(self, state: str, policies: str, behind: str, operator: str, application: str) -> None:
        self.state, self.policies, self.behind = Path(state), Path(policies), behind
        self.operator, self.application = operator, application

    def __call__(self, environ: Mapping[str, Any], start: Start) -> list[bytes]:
        try:
            status, headers, body = self._answer(environ)
        except RefusalError as refusal:
            status, headers, body = refusal.status, [("Content-Type", "application/xml")], refusal.body
        if environ["REQUEST_METHOD"] == "HEAD" and status >= 400:
            body = b""
        start(f"{status} {http.client.responses.get(status, '-')}", list(headers))
        return [body]

    def _answer(self, environ: Mapping[str, Any]) -> Answer:
        method, path = environ["REQUEST_METHOD"], urlsplit(environ["RAW_URI"])
        bucket, _, key = unquote(path.path).lstrip("/").partition("/")
        query = dict(parse_qsl(path.query, keep_blank_values=True))
        who = access_key(environ.get("HTTP_AUTHORIZATION", ""), query)
        # Browsers ask what they may ask before they have signed anything.
        if method != "OPTIONS":
            wanted = bucket_policies.actions(method, key, query, headers(environ))
            if "delete" in query and b"<VersionId>" in content(environ):
                wanted = (bucket_policies.DELETE_VERSIONS,)
            self._check(who, bucket, key, wanted)
        if "policy" in query and bucket and not key:
            return self._policy(method, bucket, environ)
        answer = self._behind(environ)
        if method == "DELETE" and not key and not query and answer[0] < 300:
            self._keep({name: each for name, each in self._known().items() if name != bucket})
        return answer

    def _check(self, who: str, bucket: str, key: str, wanted: Iterable[Action]) -> None:
        """RefusalError unless IAM and, where the bucket has a policy, that allow all of it."""
        principal, sets = self._principal(who)
        policy = self._known().get(bucket)
        for action in wanted:
            place = f"{bucket}/{key}" if key or action.name in bucket_policies.OF_MANY else bucket
            if who and action.permission not in sets:
                raise RefusalError(403, "AccessDenied")
            if policy and not bucket_policies.allows(policy, principal, action.name, place):
                raise RefusalError(403, "AccessDenied")

    def _principal(self, who: str) -> tuple[str, frozenset[str]]:
        """Whose an access key is, and the permissions that IAM gives; nobody's has none."""
        if who == self.operator:
            return f"application_id:{self.application}", bucket_policies.EVERYTHING
        iam = json.loads(self.state.read_text()).get("iam", {}) if self.state.exists() else {}
        application = iam.get("keys", {}).get(who, {}).get("application_id", "")
        if who and not application:
            raise RefusalError(403, "InvalidAccessKeyId")
        names = permission_sets(iam, application) if application else ()
        return f"application_id:{application}", bucket_policies.permissions(names)

    def _known(self) -> dict[str, Any]:
        known: dict[str, Any] = json.loads(self.policies.read_text()) if self.policies.exists() else {}
        return known

    def _policy(self, method: str, bucket: str, environ: Mapping[str, Any]) -> Answer:
        # The server behind knows other policies, but says first what is wrong with signature and bucket.
        answer = self._behind(environ)
        if answer[0] == 403 or b"NoSuchBucket<" in answer[2]:
            return answer
        known = self._known()
        if method == "GET":
            if bucket not in known:
                raise RefusalError(404, "NoSuchBucketPolicy")
            return 200, [("Content-Type", "application/json")], json.dumps(known[bucket]).encode()
        new = {bucket: bucket_policies.checked(content(environ), bucket)} if method == "PUT" else {}
        self._keep({name: each for name, each in known.items() if name != bucket} | new)
        return 204, [], b""

    def _keep(self, policies: Mapping[str, Any]) -> None:
        new = self.policies.with_suffix(".new")
        new.write_text(json.dumps(policies))
        new.replace(self.policies)

    def _behind(self, environ: Mapping[str, Any]) -> Answer:
        """The answer of the server behind to the same request: its signature covers method, path, host."""
        connection = http.client.HTTPConnection(self.behind, timeout=60)
        try:
            connection.putrequest(
                environ["REQUEST_METHOD"], environ["RAW_URI"], skip_host=True, skip_accept_encoding=True
            )
            body = content(environ)
            for name, value in {**headers(environ), "content-length": str(len(body))}.items():
                if name not in HOP_BY_HOP and name != "expect":
                    connection.putheader(name, value)
            connection.endheaders(body)
            answer = connection.getresponse()
            kept = [each for each in answer.getheaders() if each[0].lower() not in HOP_BY_HOP]
            return answer.status, kept, answer.read()
        except OSError:
            raise RefusalError(503, "ServiceUnavailable") from None
        finally:
            connection.close()


def access_key(authorization: str, query: Mapping[str, str]) -> str:
    """Whose request it says it is, in its header or in its address; empty for nobody's."""
    found = CREDENTIAL.search(authorization)
    return found[1] if found else query.get("X-Amz-Credential", "").partition("/")[0]


def headers(environ: Mapping[str, Any]) -> dict[str, str]:
    """What came along, by lower-case names."""
    found = {
        name.removeprefix("HTTP_").replace("_", "-").lower(): value
        for name, value in environ.items()
        if name.startswith("HTTP_")
    }
    return {**found, "content-type": environ["CONTENT_TYPE"]} if environ.get("CONTENT_TYPE") else found


def content(environ: Mapping[str, Any]) -> bytes:
    """The body; read once and kept, since two requests may follow from it."""
    if "guildhall.body" not in environ:
        environ["guildhall.body"] = environ["wsgi.input"].read()  # type: ignore[index]
    body: bytes = environ["guildhall.body"]
    return body
