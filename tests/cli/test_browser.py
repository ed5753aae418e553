"""The browser that looks at a site: whom it asks by which name, whose certificate it takes."""

import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
import trustme
from urllib3 import BaseHTTPResponse

from tasks.verify import browser
from tasks.verify.browser import Browser, pressed
from tests.support.servers import serving

NAME = "wiki.example.org"
PAGE = '<meta name="csrf-param" content="token" /> <meta name="csrf-token" content="a&amp;b=c" />'


@dataclass
class Site:
    """A program behind HTTPS on the loopback, and each request that it got."""

    authority: Path
    port: int = 0
    page: str = PAGE
    got: list[tuple[str, str, str, str]] = field(default_factory=list)
    """Method and path, the name that was asked for, cookies, body."""

    def look(self, path: str, **other: object) -> tuple[bool, str]:
        """One look by a browser that knows the authority; what it saw is well if it is 200."""
        given = {"address": f"127.0.0.1:{self.port}", "ca_bundle": str(self.authority), "deadline": 0.0}
        page = other.pop("page", None)
        way = pressed(str(page)) if page else None
        return Browser(**{**given, **other}).look(NAME, path, _wrong, way)  # type: ignore[arg-type]


def _wrong(response: BaseHTTPResponse) -> str | None:
    return None if response.status == 200 else f"answers {response.status}"


@contextmanager
def site(folder: Path, certified: str) -> Iterator[Site]:
    authority = trustme.CA()
    made = Site(folder / "ca.pem")
    authority.cert_pem.write_to_path(str(made.authority))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert(certified).configure_cert(context)

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0)).decode()
            asked = f"{self.command} {self.path}"
            made.got.append((asked, self.headers["Host"], self.headers.get("Cookie", ""), body))
            content = made.page.encode()
            self.send_response(302 if self.path == "/old" else 200)
            self.send_header("Location", "/new")
            self.send_header("Set-Cookie", "session=s1; Path=/; HttpOnly; Secure")
            self.send_header("Set-Cookie", "other=o1; Secure")
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        do_POST = do_GET  # noqa: N815 - the name that http.server calls

        def log_message(self, *_: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        server.socket = context.wrap_socket(server.socket, server_side=True)
        made.port = server.server_port
        with serving(server):
            yield made


@pytest.fixture
def wiki(tmp_path: Path) -> Iterator[Site]:
    with site(tmp_path, NAME) as made:
        yield made


def test_a_name_is_asked_at_the_address_that_is_given(wiki: Site) -> None:
    assert wiki.look("/x?y=1") == (True, "200")
    assert wiki.got == [("GET /x?y=1", NAME, "", "")]


def test_a_redirect_is_seen_and_not_followed(wiki: Site) -> None:
    assert wiki.look("/old") == (False, "answers 302")
    assert [asked for asked, *_ in wiki.got] == ["GET /old"]


def test_a_certificate_of_an_unknown_authority_is_none(wiki: Site) -> None:
    passed, said = wiki.look("/", ca_bundle="")

    assert not passed
    assert "CERTIFICATE_VERIFY_FAILED" in said
    assert wiki.got == []


def test_a_certificate_of_another_name_is_none(tmp_path: Path) -> None:
    with site(tmp_path, "other.example.org") as made:
        passed, said = made.look("/")

        assert not passed
        assert f"'{NAME}'" in said
        assert made.got == []


def test_a_host_that_does_not_answer_is_said(wiki: Site) -> None:
    passed, said = wiki.look("/", address="127.0.0.1:9")

    assert (passed, "refused" in said) == (False, True)


def test_a_button_posts_its_pages_token_with_the_pages_cookies(wiki: Site) -> None:
    assert wiki.look("/login", page="/sign-in") == (True, "200")
    assert wiki.got == [
        ("GET /sign-in", NAME, "", ""),
        ("POST /login", NAME, "session=s1; other=o1", "token=a%26b%3Dc"),
    ]


def test_a_button_of_a_page_without_a_token_posts_none(wiki: Site) -> None:
    wiki.page = '<meta name="csrf-param" content="token" />'

    wiki.look("/login", page="/sign-in")

    assert wiki.got[-1] == ("POST /login", NAME, "session=s1; other=o1", "")


def test_what_is_not_well_yet_is_asked_again_until_it_is(wiki: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    verdicts = iter(["not yet", None])
    monkeypatch.setattr(browser, "PAUSE_SECONDS", 0.01)
    patient = Browser(
        address=f"127.0.0.1:{wiki.port}",
        ca_bundle=str(wiki.authority),
        deadline=browser.time.monotonic() + 30,
    )

    assert patient.look(NAME, "/", lambda _: next(verdicts)) == (True, "200")
    assert len(wiki.got) == 2
