"""What a registry is asked: the index of all platforms first, by a token if need be; every page of tags."""

from hashlib import sha256
from typing import Any

import pytest
import requests

from tasks.images import Registries
from tests.support.answers import Asked, Session

DIGEST = f"sha256:{'1' * 64}"
KINDS = [
    "application/vnd.oci.image.index.v1+json",
    "application/vnd.docker.distribution.manifest.list.v2+json",
    "application/vnd.oci.image.manifest.v1+json",
    "application/vnd.docker.distribution.manifest.v2+json",
]


def registries(session: Session) -> Registries:
    made = Registries(timeout=7)
    made._session = session  # type: ignore[assignment]
    return made


def test_an_index_of_all_platforms_is_wanted_before_the_manifest_of_one() -> None:
    session = Session(lambda _: (200, b""), headers={"Docker-Content-Digest": DIGEST})

    assert registries(session).digest("docker.io/example/wiki:1.0") == DIGEST
    [asked] = session.asked
    assert asked.url == "https://registry-1.docker.io/v2/example/wiki/manifests/1.0"
    assert (asked.method, asked.timeout) == ("HEAD", 7)
    assert asked.headers["Accept"].split(", ") == KINDS


@pytest.mark.parametrize("kind", KINDS)
def test_a_registry_that_knows_one_form_alone_can_be_asked(kind: str) -> None:
    def answer(asked: Asked) -> tuple[int, bytes]:
        return (200, b"") if kind in asked.headers["Accept"].split(", ") else (404, b"")

    session = Session(answer, headers={"Docker-Content-Digest": DIGEST})

    assert registries(session).digest("ghcr.io/example/wiki:1.0") == DIGEST


WIKI = "ghcr.io/example/wiki:1.0"
MANIFEST = "https://ghcr.io/v2/example/wiki/manifests/1.0"
CHALLENGE = {
    "WWW-Authenticate": 'Bearer realm="https://auth.example.org/token",service="all",scope="repository:wiki:pull"'
}


def closed(token: Any, *, scheme: str = "Bearer") -> Session:
    """A registry that wants a token, and the place where it is had."""

    def answer(asked: Asked) -> tuple[int, Any, dict[str, str]]:
        if asked.url == "https://auth.example.org/token":
            return (200, token, {})
        if asked.headers.get("Authorization") != "Bearer for-anyone":
            return (401, {}, {"WWW-Authenticate": CHALLENGE["WWW-Authenticate"].replace("Bearer", scheme)})
        return (200, b"", {"Docker-Content-Digest": DIGEST})

    return Session(answer)


@pytest.mark.parametrize("name", ["token", "access_token"])
@pytest.mark.parametrize("scheme", ["Bearer", "bearer"])
def test_a_token_for_anyone_is_asked_for_as_the_registry_says_and_then_used(name: str, scheme: str) -> None:
    session = closed({name: "for-anyone"}, scheme=scheme)

    assert registries(session).digest(WIKI) == DIGEST
    first, token, second = session.asked
    assert [each.url for each in (first, second)] == [MANIFEST, MANIFEST]
    assert (token.method, token.params) == ("GET", {"service": "all", "scope": "repository:wiki:pull"})
    assert second.method == "HEAD"
    assert second.headers["Accept"].split(", ") == KINDS
    assert all(each.redirects and each.timeout == 7 for each in session.asked)


@pytest.mark.parametrize("token", [{}, [], b"<html>"])
def test_where_nobody_gets_a_token_the_image_is_said_to_be_no_public_one(token: Any) -> None:
    with pytest.raises(
        ValueError, match=r"^no token for anyone \(HTTP 200\); only with a login; the record "
    ):
        registries(closed(token)).digest(WIKI)


def test_another_kind_of_login_is_not_tried() -> None:
    session = closed({}, scheme="Basic")

    with pytest.raises(ValueError, match=r"^only with a login; the record must name a public image$"):
        registries(session).digest(WIKI)
    assert len(session.asked) == 1


@pytest.mark.parametrize(
    ("status", "said"),
    [
        (403, "only with a login; the record must name a public image"),
        (404, "no such image or tag; correct the record in catalogue/"),
        (429, "too many requests; try again in an hour"),
        (500, "HTTP 500; try again later"),
        (201, "HTTP 201; try again later"),
    ],
)
def test_a_refusal_is_said_in_words(status: int, said: str) -> None:
    with pytest.raises(ValueError, match=f"^{said}$"):
        registries(Session(lambda _: (status, b""))).digest(WIKI)


def test_a_registry_that_names_no_digest_has_its_manifest_hashed() -> None:
    session = Session(lambda asked: (200, b"the manifest" if asked.method == "GET" else b""))

    assert registries(session).digest(WIKI) == f"sha256:{sha256(b'the manifest').hexdigest()}"
    assert [(each.method, each.url) for each in session.asked] == [("HEAD", MANIFEST), ("GET", MANIFEST)]


def test_a_digest_of_another_form_is_none() -> None:
    session = Session(lambda _: (200, b""), headers={"Docker-Content-Digest": f"{DIGEST}0"})

    with pytest.raises(ValueError, match=r"^ghcr\.io answers with a digest that is none$"):
        registries(session).digest(WIKI)


def test_every_page_of_tags_is_read_wherever_the_next_one_lies() -> None:
    first = "https://registry-1.docker.io/v2/example/wiki/tags/list?n=1000"
    pages: dict[str, tuple[int, Any, dict[str, str]]] = {
        first: (200, {"tags": ["1.0", "1.1"]}, {"Link": '</v2/list?last=1.1>; rel="next"'}),
        "https://registry-1.docker.io/v2/list?last=1.1": (
            200, {"tags": None}, {"Link": '<https://mirror.example.org/last>; rel="next"'},
        ),
        "https://mirror.example.org/last": (200, {"tags": ["2.0"]}, {"Link": '</v2>; rel="prev"'}),
    }  # fmt: skip
    session = Session(lambda asked: pages[asked.url])

    assert registries(session).tags("docker.io/example/wiki:1.0") == ["1.0", "1.1", "2.0"]
    assert [(each.method, each.url) for each in session.asked] == [("GET", url) for url in pages]


@pytest.mark.parametrize("ask", [Registries.digest, Registries.tags])
def test_a_registry_that_cannot_be_asked_is_named(ask: Any) -> None:
    def answer(_: Asked) -> tuple[int, bytes]:
        raise requests.ConnectTimeout

    said = r"^ghcr\.io cannot be asked: ConnectTimeout; check the network and a proxy's settings$"
    with pytest.raises(ValueError, match=said):
        ask(registries(Session(answer)), WIKI)
