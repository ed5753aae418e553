"""What a registry is asked for: the index of all platforms first, in either of its two forms."""

import pytest

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
