"""Digests as the lab's registry says them, over HTTPS with the lab's certificate."""

from hashlib import sha256

import pytest
import requests

from catalogue import APPS, views
from catalogue.shared import REDIS
from lab import layout
from tasks.images import Registries

pytestmark = pytest.mark.images

# Written out here too: a registry answers with another manifest, of another digest, to who asks otherwise.
WANTED = (
    "application/vnd.oci.image.index.v1+json, "
    "application/vnd.docker.distribution.manifest.list.v2+json, "
    "application/vnd.oci.image.manifest.v1+json, "
    "application/vnd.docker.distribution.manifest.v2+json"
)


@pytest.mark.usefixtures("site")
def test_a_tags_digest_is_that_of_its_manifest(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(layout.CA_PEM))
    reference = views.images(APPS)[0]
    repository, _, tag = reference.rpartition(":")
    manifest = f"https://{layout.REGISTRY_LOCAL}/v2/{repository}/manifests/{tag}"

    found = Registries().digest(f"{layout.REGISTRY_LOCAL}/{reference}")

    content = requests.get(manifest, headers={"Accept": WANTED}, timeout=10).content
    assert found == f"sha256:{sha256(content).hexdigest()}"


@pytest.mark.usefixtures("site")
def test_a_tag_that_the_registry_does_not_have_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(layout.CA_PEM))

    with pytest.raises(ValueError, match="no such image or tag"):
        Registries().digest(f"{layout.REGISTRY_LOCAL}/{REDIS.repository}:0.0.0")
