"""Buckets are asked without boto3, and what they say is what boto3 would say."""

from typing import Any
from xml.etree import ElementTree

import pytest
from botocore.exceptions import ClientError
from botocore.loaders import Loader
from botocore.model import ServiceModel
from botocore.parsers import create_parser

from tasks.clients import http
from tasks.clients.bucket_reader import BucketReader, data

XML = ' xmlns="http://s3.amazonaws.com/doc/2006-03-01/"'
ANSWERS = {
    "GetBucketVersioning": f"<VersioningConfiguration{XML}><Status>Enabled</Status>"
    "</VersioningConfiguration>",
    "GetBucketCors": f"""<CORSConfiguration{XML}><CORSRule><AllowedOrigin>https://a</AllowedOrigin>
        <AllowedMethod>GET</AllowedMethod><AllowedMethod>PUT</AllowedMethod><AllowedHeader>*</AllowedHeader>
        <ExposeHeader>ETag</ExposeHeader><MaxAgeSeconds>3600</MaxAgeSeconds></CORSRule></CORSConfiguration>""",
    "GetBucketLifecycleConfiguration": f"""<LifecycleConfiguration{XML}><Rule><ID>guildhall</ID>
        <Filter><Prefix></Prefix></Filter><Status>Enabled</Status>
        <NoncurrentVersionExpiration><NoncurrentDays>30</NoncurrentDays></NoncurrentVersionExpiration>
        <AbortIncompleteMultipartUpload><DaysAfterInitiation>7</DaysAfterInitiation>
        </AbortIncompleteMultipartUpload></Rule></LifecycleConfiguration>""",
    "GetBucketAcl": f"""<AccessControlPolicy{XML}><Owner><ID>o</ID></Owner><AccessControlList><Grant>
        <Grantee xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" xsi:type="Group"><URI>u</URI></Grantee>
        <Permission>READ</Permission></Grant></AccessControlList></AccessControlPolicy>""",
}
CALLS = {
    "GetBucketVersioning": "get_bucket_versioning",
    "GetBucketCors": "get_bucket_cors",
    "GetBucketLifecycleConfiguration": "get_bucket_lifecycle_configuration",
    "GetBucketAcl": "get_bucket_acl",
}


class Session:
    """One answer to every request, and what was asked."""

    def __init__(self, status: int, text: str) -> None:
        self.status_code, self.text, self.content = status, text, text.encode()
        self.asked: list[tuple[Any, ...]] = []

    def request(self, method: str, url: str, **given: Any) -> "Session":
        self.asked.append((method, url, given))
        return self


def reader(
    monkeypatch: pytest.MonkeyPatch, text: str = "", status: int = 200
) -> tuple[BucketReader, Session]:
    made, answers = (
        BucketReader("access", "secret", "https://s3.example.net/", "fr-par"),
        Session(status, text),
    )
    monkeypatch.setattr(made, "_session", answers)
    return made, answers


@pytest.fixture(scope="module")
def model() -> ServiceModel:
    return ServiceModel(Loader().load_service_model("s3", "service-2"))


def as_boto3(model: ServiceModel, operation: str, text: str) -> dict[str, Any]:
    shape = model.operation_model(operation).output_shape
    answer = {"status_code": 200, "headers": {}, "body": text.encode()}
    found = create_parser("rest-xml").parse(answer, shape)
    return {name: value for name, value in found.items() if name != "ResponseMetadata"}


@pytest.mark.parametrize(
    "operation", ["GetBucketVersioning", "GetBucketCors", "GetBucketLifecycleConfiguration"]
)
def test_an_answer_is_what_boto3_makes_of_it(
    monkeypatch: pytest.MonkeyPatch, model: ServiceModel, operation: str
) -> None:
    asked, _ = reader(monkeypatch, ANSWERS[operation])

    found = getattr(asked, CALLS[operation])(Bucket="b")
    assert found == as_boto3(model, operation, ANSWERS[operation])


def test_a_grant_is_of_the_type_that_boto3_says(monkeypatch: pytest.MonkeyPatch, model: ServiceModel) -> None:
    asked, _ = reader(monkeypatch, ANSWERS["GetBucketAcl"])
    [grant] = as_boto3(model, "GetBucketAcl", ANSWERS["GetBucketAcl"])["Grants"]

    assert asked.get_bucket_acl(Bucket="b")["Grants"] == [{"Grantee": {"Type": grant["Grantee"]["Type"]}}]


def test_a_bucket_without_versions_says_nothing_of_them(monkeypatch: pytest.MonkeyPatch) -> None:
    asked, _ = reader(monkeypatch, f"<VersioningConfiguration{XML}/>")

    assert asked.get_bucket_versioning(Bucket="b") == {}
    assert data(ElementTree.Element("Filter")) == {}


@pytest.mark.parametrize(
    ("text", "status", "code"),
    [
        (
            "<Error><Code>NoSuchCORSConfiguration</Code><Message>none</Message></Error>",
            404,
            "NoSuchCORSConfiguration",
        ),
        ("", 403, "403"),
        ("<html>", 502, "502"),
        ("<Error/>", 301, "301"),
    ],
)
def test_a_refusal_is_as_boto3_says_it(
    monkeypatch: pytest.MonkeyPatch, text: str, status: int, code: str
) -> None:
    asked, _ = reader(monkeypatch, text, status)

    with pytest.raises(ClientError) as refused:
        asked.get_bucket_cors(Bucket="b")
    assert refused.value.response["Error"]["Code"] == code


def test_what_is_no_xml_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    asked, _ = reader(monkeypatch, "hello")

    with pytest.raises(ClientError, match=r"its answer to \?cors is no XML"):
        asked.get_bucket_cors(Bucket="b")


def test_nothing_else_is_asked_and_the_keys_are_not_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("S3_ENDPOINT", raising=False)  # the lab's, where its tests ran before
    asked, _ = reader(monkeypatch)

    assert not hasattr(asked, "put_bucket_cors")
    assert repr(asked) == "BucketReader(https://s3.example.net)"


def test_a_request_is_signed_with_the_key_and_names_no_secret(monkeypatch: pytest.MonkeyPatch) -> None:
    asked, answers = reader(monkeypatch, "{}")
    asked.get_bucket_policy(Bucket="b")
    [(_, _, given)] = answers.asked
    said = given["headers"]["Authorization"]

    assert said.startswith("AWS4-HMAC-SHA256 Credential=")
    assert "/s3/aws4_request, SignedHeaders=host;x-amz-content-sha256;x-amz-date, Signature=" in said
    assert "secret" not in str(given["headers"])


def test_a_store_is_asked_where_this_machine_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("S3_ENDPOINT", "http://127.0.0.1:9")
    monkeypatch.setenv("S3_CA_BUNDLE", "/ca.pem")
    asked, answers = reader(monkeypatch, "{}")
    asked.get_bucket_policy(Bucket="b")
    [(method, url, given)] = answers.asked

    assert (method, url, given["verify"]) == ("GET", "http://127.0.0.1:9/b?policy=", "/ca.pem")
    assert (given["timeout"], given["allow_redirects"]) == (http.TIMEOUT_SECONDS, False)
