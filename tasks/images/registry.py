"""What a container registry says of a tag, asked without credentials over its HTTP API v2."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from hashlib import sha256
from typing import Final
from urllib.parse import urljoin

import requests
from requests.utils import parse_dict_header

from tasks.clients import TIMEOUT_SECONDS, session

DIGEST: Final = re.compile(r"sha256:[0-9a-f]{64}")
ENDPOINTS: Final = {"docker.io": "registry-1.docker.io"}
"""Registries whose API is not at the host of their images' names."""
# An index of all platforms first: without asking for it a registry may answer with one platform's manifest.
ACCEPT: Final = ", ".join(
    f"application/vnd.{kind}+json"
    for kind in (
        "oci.image.index.v1",
        "docker.distribution.manifest.list.v2",
        "oci.image.manifest.v1",
        "docker.distribution.manifest.v2",
    )
)
REFUSED: Final = "only with a login; the record must name a public image"
REASONS: Final = {
    401: REFUSED,
    403: REFUSED,
    404: "no such image or tag; correct the record in catalogue/",
    429: "too many requests; try again in an hour",
}


class MissingError(ValueError):
    """The registry answers, and has no such image or tag."""


class SilentError(ValueError):
    """The registry cannot be reached."""


PAGE: Final = 1000
"""Tags that one answer may hold."""


class Registries:
    """Every registry; one of docker.io, ghcr.io, quay.io gives anyone a token for what is public."""

    def __init__(
        self,
        scheme: str = "https",
        timeout: float = TIMEOUT_SECONDS,
        mirror: str = "",
        ca_bundle: str = "",
    ) -> None:
        """`mirror`: where the one that has all images is asked, `https://ADDRESS:PORT`."""
        self._scheme, self._timeout, self._session = scheme, timeout, session()
        # Of each request: a session's own would give way to REQUESTS_CA_BUNDLE.
        # requests/sessions.py, `merge_environment_settings`.
        self._mirror, self._verify = mirror, ca_bundle or None

    def digest(self, reference: str) -> str:
        """What `docker.io/library/redis:TAG` is now, of all its platforms; ValueError says why not."""
        host, name, tag = _parts(reference)
        url = f"{self._url(host)}/v2/{name}/manifests/{tag}"
        with _named(host):
            found = self._ask("HEAD", url).headers.get("Docker-Content-Digest", "")
            found = found or f"sha256:{sha256(self._ask('GET', url).content).hexdigest()}"
        if not DIGEST.fullmatch(found):
            raise ValueError(f"{host} answers with a digest that is none")
        return found

    def tags(self, reference: str) -> list[str]:
        """Every tag that the image of `docker.io/library/redis:TAG` has; ValueError says why not."""
        host, name, _ = _parts(reference)
        url: str | None = f"{self._url(host)}/v2/{name}/tags/list?n={PAGE}"
        found: list[str] = []
        with _named(host):
            while url:
                response = self._ask("GET", url)
                found += response.json().get("tags") or ()
                following = response.links.get("next", {}).get("url")
                url = urljoin(response.url, following) if following else None
        return found

    def _url(self, host: str) -> str:
        return self._mirror or f"{self._scheme}://{ENDPOINTS.get(host, host)}"

    def _ask(self, method: str, url: str) -> requests.Response:
        response = self._send(method, url, {"Accept": ACCEPT})
        scheme, _, challenge = response.headers.get("WWW-Authenticate", "").partition(" ")
        if response.status_code == 401 and scheme.lower() == "bearer":
            token = self._token(parse_dict_header(challenge))
            response = self._send(method, url, {"Accept": ACCEPT, "Authorization": f"Bearer {token}"})
        if (status := response.status_code) != 200:
            kind = MissingError if status == 404 else ValueError
            raise kind(REASONS.get(status, f"HTTP {status}; try again later"))
        return response

    def _token(self, challenge: dict[str, str | None]) -> str:
        wanted = {"service": challenge.get("service"), "scope": challenge.get("scope")}
        response = self._send("GET", challenge.get("realm") or "", {}, wanted)
        try:
            answer = response.json()
            # Both names are in use, and mean the same.
            return str(answer.get("token") or answer["access_token"])
        except (ValueError, KeyError, AttributeError):
            raise ValueError(f"no token for anyone (HTTP {response.status_code}); {REFUSED}") from None

    def _send(
        self, method: str, url: str, headers: dict[str, str], params: dict[str, str | None] | None = None
    ) -> requests.Response:
        return self._session.request(
            method,
            url,
            params=params,
            headers=headers,
            timeout=self._timeout,
            allow_redirects=True,
            verify=self._verify,
        )


def _parts(reference: str) -> tuple[str, str, str]:
    """The registry's host, the repository there, and the tag."""
    repository, _, tag = reference.rpartition(":")
    host, _, name = repository.partition("/")
    return host, name, tag


@contextmanager
def _named(host: str) -> Iterator[None]:
    """A registry that cannot be asked, as a ValueError that names it."""
    try:
        yield
    except requests.RequestException as error:
        reason = f"{type(error).__name__}; check the network and a proxy's settings"
        raise SilentError(f"{host} cannot be asked: {reason}") from None
