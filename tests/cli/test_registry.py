"""The digest of an image, asked of a registry as the public ones are."""

import hashlib
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
import requests

from tasks.clients import http
from tasks.images import missing, registry
from tasks.images.registry import Registries

NEW = f"sha256:{'1' * 64}"
MANIFEST = b'{"mediaType": "application/vnd.oci.image.index.v1+json"}'


@dataclass
class Registry:
    """A registry on a loopback port that gives anyone a token, and then a manifest."""

    port: int = 0
    digest: str = NEW
    """Empty: the registry leaves the header out."""
    grant: str = '{"token": "for-anyone"}'
    status: int = 200
    """Of the manifest, once the token is good."""
    asked: list[str] = field(default_factory=list)

    def reference(self, tag: str = "1.2.3") -> str:
        return f"127.0.0.1:{self.port}/library/redis:{tag}"


@contextmanager
def serving(registry: Registry) -> Iterator[Registry]:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            registry.asked.append(f"{self.command} {self.path}")
            if self.path.startswith("/token"):
                self._send(200 if registry.grant else 401, registry.grant.encode())
            elif self.headers["Authorization"] != "Bearer for-anyone":
                realm = f"http://127.0.0.1:{registry.port}/token"
                scope = 'service="the registry",scope="repository:library/redis:pull"'
                self._send(401, b"{}", {"WWW-Authenticate": f'Bearer realm="{realm}",{scope}'})
            elif "image.index.v1+json" not in self.headers["Accept"]:
                self._send(404, b"")
            else:
                named = {"Docker-Content-Digest": registry.digest} if registry.digest else {}
                self._send(registry.status, MANIFEST, named)

        do_HEAD = do_GET  # noqa: N815 - the name that http.server calls

        def _send(self, status: int, content: bytes, headers: dict[str, str] | None = None) -> None:
            self.send_response(status)
            for name, value in {**(headers or {}), "Content-Length": str(len(content))}.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(b"" if self.command == "HEAD" else content)

        def log_message(self, *_: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        registry.port = server.server_port
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield registry
        server.shutdown()
        thread.join()


@pytest.fixture
def hub(monkeypatch: pytest.MonkeyPatch) -> Iterator[Registry]:
    monkeypatch.setattr(http.RETRY, "backoff_factor", 0.01)
    with serving(Registry()) as registry:
        yield registry


def ask(reference: str) -> str:
    return Registries(scheme="http", timeout=2).digest(reference)


def test_the_digest_of_a_tag_is_asked_with_a_token_for_anyone(hub: Registry) -> None:
    assert ask(hub.reference()) == NEW
    assert hub.asked == [
        "HEAD /v2/library/redis/manifests/1.2.3",
        "GET /token?service=the+registry&scope=repository%3Alibrary%2Fredis%3Apull",
        "HEAD /v2/library/redis/manifests/1.2.3",
    ]


def test_a_token_may_have_its_other_name(hub: Registry) -> None:
    hub.grant = '{"access_token": "for-anyone"}'

    assert ask(hub.reference()) == NEW


def test_a_registry_that_names_no_digest_has_its_manifest_hashed(hub: Registry) -> None:
    hub.digest = ""

    assert ask(hub.reference()) == f"sha256:{hashlib.sha256(MANIFEST).hexdigest()}"


def test_the_api_of_docker_io_has_another_host(hub: Registry, monkeypatch: pytest.MonkeyPatch) -> None:
    assert registry.ENDPOINTS["docker.io"] == "registry-1.docker.io"
    monkeypatch.setitem(registry.ENDPOINTS, "docker.io", f"127.0.0.1:{hub.port}")

    assert ask("docker.io/example/redis:1.2.3") == NEW


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        ({"status": 404}, "no such image or tag"),
        ({"status": 403}, "only with a login"),
        ({"status": 429}, "too many requests"),
        ({"status": 500}, "HTTP 500; try again later"),
        ({"grant": ""}, "no token for anyone"),
        ({"grant": "<html>"}, "no token for anyone"),
        ({"grant": "[]"}, "no token for anyone"),
        ({"digest": "sha256:short"}, "a digest that is none"),
    ],
)
def test_what_a_registry_refuses_is_said_in_one_line(
    hub: Registry, answer: dict[str, object], said: str
) -> None:
    for name, value in answer.items():
        setattr(hub, name, value)

    with pytest.raises(ValueError, match=said) as caught:
        ask(hub.reference())
    assert "\n" not in str(caught.value)


def test_a_tag_that_is_not_there_is_told_from_a_registry_that_does_not_say(hub: Registry) -> None:
    registries = Registries(timeout=2, mirror=f"http://127.0.0.1:{hub.port}")
    names = [hub.reference(), "mirror.test:5000/docker.io/example/redis:1.2.3"]
    hub.status = 404
    gone = missing(names, registries.digest)
    hub.status = 403

    assert gone == set(names)
    assert missing(names, registries.digest) == set()


def test_a_registry_that_is_not_there_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(http.RETRY, "backoff_factor", 0)

    with pytest.raises(ValueError, match=r"^127\.0\.0\.1:1 cannot be asked: ConnectionError"):
        ask("127.0.0.1:1/library/redis:1.2.3")


def test_who_vouches_for_a_mirror_is_what_was_said_whatever_the_shell_says(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    trusted: list[str] = []

    def send(*_: object, verify: str, **__: object) -> None:
        trusted.append(verify)
        raise requests.ConnectionError

    monkeypatch.setenv("REQUESTS_CA_BUNDLE", "/etc/shell.pem")
    monkeypatch.setattr(requests.Session, "send", send)
    with pytest.raises(ValueError, match=r"docker\.io cannot be asked"):
        Registries(mirror="https://mirror.example.org", ca_bundle="/etc/mirror.pem").digest("docker.io/a/b:1")

    assert trusted == ["/etc/mirror.pem"]
