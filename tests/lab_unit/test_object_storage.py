"""Object storage of the lab: IAM and bucket policies decide before the S3 server hears of a request."""

import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest

from lab.cloud import bucket_policies
from lab.cloud.object_storage import Storage
from lab.cloud.scaleway_iam import POOL, Iam
from tasks.buckets.policy import policy

PROJECT = "22222222-2222-4222-8222-222222222222"
OPERATOR, APPLICATION = "OPERATORKEY000000001", "1ab00000-0000-4000-8000-000000000003"
SETS = ["ObjectStorageObjectsRead", "ObjectStorageObjectsWrite", "ObjectStorageObjectsDelete"]


class Behind(BaseHTTPRequestHandler):
    """An S3 server that takes everything, as long as the signature is good."""

    def do_GET(self) -> None:
        good = "bad" not in self.headers.get("Authorization", "")
        said = f"{self.command} {self.path} {self.headers['Host']}".encode()
        content = said + self.rfile.read(int(self.headers.get("Content-Length") or 0))
        self.send_response(200 if good else 403)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(b"" if self.command == "HEAD" else content)

    do_HEAD = do_PUT = do_POST = do_DELETE = do_OPTIONS = do_GET  # noqa: N815 - the names that http.server calls

    def log_message(self, *_: object) -> None:
        pass


class Asked:
    """A storage with an operator, and two apps that IAM lets use all objects of the project."""

    def __init__(self, folder: Path, port: int) -> None:
        state: dict[str, Any] = {}
        iam, self.apps = Iam(state, PROJECT, "fr-par"), list[tuple[str, str]]()
        for name in ("wiki", "cloud"):
            said = {"name": name, "description": name, "organization_id": PROJECT}
            number = iam.create_application({}, said)["id"]
            rule = {"permission_set_names": SETS, "project_ids": [PROJECT]}
            iam.create_policy({}, {**said, "application_id": number, "rules": [rule]})
            made = iam.create_key({}, {"application_id": number})
            self.apps.append((made["access_key"], f"application_id:{number}"))
        (folder / "state.json").write_text(json.dumps(state))
        self.web = Storage(
            str(folder / "state.json"),
            str(folder / "policies.json"),
            f"127.0.0.1:{port}",
            OPERATOR,
            APPLICATION,
        )

    def __call__(
        self, who: str, method: str, path: str, body: bytes = b"", **headers: str
    ) -> tuple[int, bytes]:
        statuses: list[str] = []
        signed = f"AWS4-HMAC-SHA256 Credential={who}/20261126/fr-par/s3/aws4_request, Signature=x"
        environ: dict[str, Any] = {
            "REQUEST_METHOD": method,
            "RAW_URI": path,
            "HTTP_HOST": "s3.cloud.test:8333",
        }
        environ |= {"wsgi.input": BytesIO(body), **({"HTTP_AUTHORIZATION": signed} if who else {}), **headers}
        content = b"".join(self.web(environ, lambda status, _: statuses.append(status)))
        return int(statuses[0].split()[0]), content


@pytest.fixture
def asked(tmp_path: Path) -> Iterator[Asked]:
    with ThreadingHTTPServer(("127.0.0.1", 0), Behind) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield Asked(tmp_path, server.server_port)
        server.shutdown()
        thread.join()


@pytest.fixture
def closed(asked: Asked) -> Asked:
    """The bucket `wiki` is the first app's."""
    wanted = policy("wiki", asked.apps[0][1], f"application_id:{APPLICATION}")
    assert asked(OPERATOR, "PUT", "/wiki?policy", json.dumps(wanted).encode())[0] == 204
    return asked


def test_without_a_policy_a_bucket_is_open_to_all_that_iam_lets_in(asked: Asked) -> None:
    for who, _ in asked.apps:
        assert asked(who, "GET", "/state/terraform.tfstate")[0] == 200


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", "/wiki/a"), ("HEAD", "/wiki/a"), ("PUT", "/wiki/a"), ("DELETE", "/wiki/a"),
        ("GET", "/wiki?list-type=2"), ("POST", "/wiki/a?uploads"), ("PUT", "/wiki/a?partNumber=1&uploadId=x"),
        ("GET", "/wiki/a?uploadId=x"), ("DELETE", "/wiki/a?uploadId=x"), ("POST", "/wiki?delete"),
    ],
)  # fmt: skip
def test_with_its_policy_a_bucket_is_its_apps(closed: Asked, method: str, path: str) -> None:
    (own, _), (other, _) = closed.apps

    assert closed(own, method, path)[0] == 200
    assert closed(OPERATOR, method, path)[0] == 200
    assert closed(other, method, path)[0] == 403
    assert closed("", method, path)[0] == 403


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", "/"), ("PUT", "/another"), ("DELETE", "/wiki"), ("HEAD", "/wiki"), ("GET", "/wiki?policy"),
        ("PUT", "/wiki?policy"), ("DELETE", "/wiki?policy"), ("PUT", "/wiki?acl"), ("GET", "/wiki?acl"),
        ("PUT", "/wiki?versioning"), ("PUT", "/wiki?lifecycle"), ("DELETE", "/wiki?cors"),
        ("DELETE", "/wiki/a?versionId=x"), ("GET", "/wiki/a?versionId=x"), ("GET", "/wiki?versions"),
    ],
)  # fmt: skip
def test_an_app_neither_lists_nor_makes_nor_changes_buckets_nor_reaches_old_versions(
    closed: Asked, method: str, path: str
) -> None:
    assert closed(closed.apps[0][0], method, path)[0] == 403


def test_an_app_deletes_no_old_versions_many_at_once(closed: Asked) -> None:
    own, versions = closed.apps[0][0], b"<Object><Key>a</Key><VersionId>x</VersionId></Object>"

    assert closed(own, "POST", "/wiki?delete", versions)[0] == 403
    assert closed(OPERATOR, "POST", "/wiki?delete", versions)[0] == 200


def test_a_request_arrives_as_it_was_sent(closed: Asked) -> None:
    path = "/wiki/a%20b/%C3%BC%2B?x-id=PutObject"

    assert closed(OPERATOR, "PUT", path, b"content") == (
        200,
        f"PUT {path} s3.cloud.test:8333content".encode(),
    )


def test_a_policy_is_kept_given_back_and_gone_with_its_bucket(closed: Asked) -> None:
    status, kept = closed(OPERATOR, "GET", "/wiki?policy")
    assert (status, json.loads(kept)["Version"]) == (200, "2023-04-17")
    assert closed(OPERATOR, "DELETE", "/wiki")[0] == 200
    assert closed(OPERATOR, "GET", "/wiki?policy")[0] == 404


def test_a_policy_without_the_operator_locks_the_operator_out(asked: Asked) -> None:
    alone = {"Version": "2023-04-17", "Statement": []}
    assert asked(OPERATOR, "PUT", "/wiki?policy", json.dumps(alone).encode())[0] == 204

    assert asked(OPERATOR, "GET", "/wiki/a")[0] == 403
    assert asked(OPERATOR, "DELETE", "/wiki?policy")[0] == 403


def test_an_unknown_key_and_a_wrong_signature_are_refused(closed: Asked) -> None:
    assert b"InvalidAccessKeyId" in closed(POOL[-1][0], "GET", "/wiki/a")[1]
    bad = "AWS4-HMAC-SHA256 Credential=OPERATORKEY000000001/x, Signature=bad"
    assert closed(OPERATOR, "PUT", "/wiki?policy", b"{}", HTTP_AUTHORIZATION=bad)[0] == 403
    assert closed(OPERATOR, "GET", "/wiki?policy")[0] == 200


def test_a_signed_address_is_its_keys_and_browsers_ask_first_without_any(closed: Asked) -> None:
    (own, _), (other, _) = closed.apps

    assert closed("", "GET", f"/wiki/a?X-Amz-Credential={own}%2F20261126")[0] == 200
    assert closed("", "GET", f"/wiki/a?X-Amz-Credential={other}%2F20261126")[0] == 403
    assert closed("", "OPTIONS", "/wiki/a")[0] == 200


def test_a_server_that_is_away_is_said(closed: Asked) -> None:
    closed.web.behind = "127.0.0.1:9"

    assert closed(OPERATOR, "GET", "/wiki/a") == (
        503,
        bucket_policies.RefusalError(503, "ServiceUnavailable").body,
    )


@pytest.mark.parametrize(
    ("changed", "what"),
    [
        ({"Version": "2012-10-17"}, "version"),
        ({"Statement": "all"}, "syntax"),
        ({"Principal": {"SCW": "guildhall"}}, "principal"),
        ({"Principal": {"AWS": "application_id:x"}}, "syntax"),
        ({"Effect": "Deny"}, "effect"),
        ({"Action": "s3:HeadObject"}, "action"),
        ({"Resource": ["arn:aws:s3:::wiki"]}, "resource"),
        ({"Resource": "cloud/*"}, "resource"),
    ],
)
def test_a_policy_that_scaleway_would_not_take_is_refused(
    asked: Asked, changed: dict[str, Any], what: str
) -> None:
    whole: dict[str, Any] = dict(policy("wiki", asked.apps[0][1], f"application_id:{APPLICATION}") or {})
    of_whole = {key: value for key, value in changed.items() if key in ("Version", "Statement")}
    statements = [{**each, **changed} for each in whole["Statement"]]
    body = json.dumps({**whole, "Statement": statements, **of_whole}).encode()

    assert asked(OPERATOR, "PUT", "/wiki?policy", body) == (
        400,
        bucket_policies.RefusalError(400, "MalformedPolicy", what).body,
    )
    assert asked(OPERATOR, "GET", "/wiki?policy")[0] == 404
