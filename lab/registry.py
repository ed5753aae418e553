"""What the lab's registry has, asked over HTTPS from this machine."""

from typing import Any, Final

import requests

from lab import layout
from lab.build import RECIPE_LABEL
from lab.errors import LabError

MANIFEST: Final = "application/vnd.docker.distribution.manifest.v2+json"


def registry_name(reference: str) -> str:
    """How the lab's registry calls an image, as seen from this machine."""
    return f"{layout.REGISTRY_LOCAL}/{reference}"


def registry_digest(reference: str) -> str:
    """The recipe that the registry's image was made by; empty if it has none of that name."""
    repository, _, tag = reference.rpartition(":")
    url = f"https://{layout.REGISTRY_LOCAL}/v2/{repository}"
    try:
        manifest = _get(f"{url}/manifests/{tag}")
        config = _get(f"{url}/blobs/{manifest['config']['digest']}") if manifest else {}
    except requests.RequestException as error:
        raise LabError(f"the lab's registry does not answer: {error} (`guildhall lab status`)") from None
    return str((config.get("config", {}).get("Labels") or {}).get(RECIPE_LABEL, ""))


def _get(url: str) -> dict[str, Any]:
    answer = requests.get(url, headers={"Accept": MANIFEST}, verify=str(layout.CA_PEM), timeout=10)
    if answer.status_code == requests.codes.not_found:
        return {}
    answer.raise_for_status()
    found: dict[str, Any] = answer.json()
    return found
