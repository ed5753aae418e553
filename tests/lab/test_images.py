"""Digests as the lab's registry says them, over HTTPS with the lab's certificate."""

from hashlib import sha256

import pytest
import requests

from catalogue import APPS, views
from catalogue.shared import REDIS
from lab import layout
from tasks.images.registry import ACCEPT, Registries

pytestmark = pytest.mark.images


@pytest.mark.usefixtures("site")
def test_a_tags_digest_is_that_of_its_manifest(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(layout.CA_PEM))
    reference = views.images(APPS)[0]
    repository, _, tag = reference.rpartition(":")
    manifest = f"https://{layout.REGISTRY_LOCAL}/v2/{repository}/manifests/{tag}"

    found = Registries().digest(f"{layout.REGISTRY_LOCAL}/{reference}")

    content = requests.get(manifest, headers={"Accept": ACCEPT}, timeout=10).content
    assert found == f"sha256:{sha256(content).hexdigest()}"


@pytest.mark.usefixtures("site")
def test_a_tag_that_the_registry_does_not_have_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(layout.CA_PEM))

    with pytest.raises(ValueError, match="no such image or tag"):
        Registries().digest(f"{layout.REGISTRY_LOCAL}/{REDIS.repository}:0.0.0")
