"""A browser on this machine: it asks the lab's hosts by their public names, through their loopback ports."""

import base64
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from html.parser import HTMLParser
from typing import Any
from unittest.mock import patch
from urllib.parse import parse_qs, urlencode, urljoin, urlsplit

import requests
from urllib3.util import connection

from catalogue.model import Route
from lab import layout
from tests.lab.visitor import DONE, FLOW, TIMEOUT, Flow, Visitor

STEPS = 12


def _https_port(name: str) -> int:
    """The loopback port of the host that the lab's DNS says a name is: the longest domain above it wins."""
    domain = max((each for each in layout.DOMAINS if f".{name}".endswith(f".{each}")), key=len)
    return next(host.https for host in layout.HOSTS if host.address == layout.DOMAINS[domain])


@contextmanager
def browser() -> Iterator[requests.Session]:
    """A session that trusts the lab's authority and keeps cookies."""
    plain = connection.create_connection

    def connect(address: tuple[str, int], *args: object, **kwargs: object) -> object:
        return plain((layout.LOOPBACK, _https_port(address[0])), *args, **kwargs)  # type: ignore[arg-type]

    with patch.object(connection, "create_connection", connect), requests.Session() as session:
        session.trust_env = False  # a CA bundle of the environment would win over ours
        session.verify = str(layout.CA_PEM)
        yield session


class Page(HTMLParser):
    """What a browser needs of a page: its form, and its `meta` values."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.form: dict[str, str] = {}
        self.fields: dict[str, str] = {}
        self.metas: dict[str, str] = {}
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        if tag == "form":
            self.form = given
        elif tag == "input":
            self.fields[given.get("name", "")] = given.get("value", "")
        elif tag == "meta":
            self.metas[given.get("name", "")] = given.get("content", "")


@dataclass(frozen=True)
class Script:
    """What EspoCRM's login page does: a window for the identity provider, the code from its address,
    then who it is.
    """

    told: dict[str, Any]
    state: str = field(default_factory=lambda: secrets.token_hex(8))
    nonce: str = field(default_factory=lambda: secrets.token_hex(8))

    @property
    def window(self) -> str:
        query = {
            "client_id": self.told["clientId"],
            "redirect_uri": self.told["redirectUri"],
            "response_type": "code",
            "scope": " ".join(self.told["scopes"]),
            "state": self.state,
            "nonce": self.nonce,
            "prompt": self.told["prompt"],
            "code_challenge": self.told["codeChallenge"],
            "code_challenge_method": self.told["codeChallengeMethod"],
        }
        return f"{self.told['endpoint']}?{urlencode(query)}"

    def user(self, session: requests.Session, window: str) -> requests.Response:
        came = parse_qs(urlsplit(window).query)
        assert came["state"] == [self.state]
        name = base64.b64encode(f"**oidc:{came['code'][0]}".encode()).decode()
        headers = {
            "Espo-Authorization": name,
            "Authorization": f"Basic {name}",
            "X-Oidc-Authorization-Nonce": self.nonce,
            "Espo-Authorization-By-Token": "false",
            "Espo-Authorization-Create-Token-Secret": "true",
        }
        return session.get(urljoin(window, "/api/v1/App/user"), headers=headers, timeout=TIMEOUT)


def begin(session: requests.Session, base: str, route: Route) -> requests.Response:
    """Where the identity provider is, as a link, a button of a page, or a page's script is told."""
    if not route.login_page:
        return session.get(f"{base}{route.login_path}", allow_redirects=False, timeout=TIMEOUT)
    metas = Page(session.get(base + route.login_page, timeout=TIMEOUT).text).metas
    token = {metas["csrf-param"]: metas["csrf-token"]}
    return session.post(f"{base}{route.login_path}", token, allow_redirects=False, timeout=TIMEOUT)


def log_in(session: requests.Session, base: str, route: Route, user: str) -> tuple[str, requests.Response]:
    """The identity provider's address that the route's login leads to, and the page after it."""
    answer = begin(session, base, route)
    if answer.is_redirect:
        return answer.headers["Location"], follow(session, answer.headers["Location"], user)
    script = Script(answer.json())
    page = follow(session, script.window, user)
    came = parse_qs(urlsplit(page.url).query)
    return script.window, script.user(session, page.url) if "code" in came else page


def follow(session: requests.Session, address: str, user: str) -> requests.Response:
    """Every redirect, every form on the way, and the login, where the person is `user`."""
    step = requests.Request("GET", address)
    for _ in range(STEPS):
        answer = session.send(session.prepare_request(step), allow_redirects=False, timeout=TIMEOUT)
        following = _next(session, answer, Visitor(name=user))
        if not following:
            return answer
        step = following
    raise AssertionError(f"more than {STEPS} steps, the last to {answer.url}")


def _next(session: requests.Session, answer: requests.Response, visitor: Visitor) -> requests.Request | None:
    """What follows an answer; None at the end of the way."""
    if answer.is_redirect:
        return requests.Request("GET", urljoin(answer.url, answer.headers["Location"]))
    if answer.ok and urlsplit(answer.url).path.startswith(FLOW):
        end = Flow(session, answer.url).through(visitor)[-1]
        return requests.Request("GET", urljoin(answer.url, end["to"])) if end["component"] == DONE else None
    page = Page(answer.text)
    if "SAMLResponse" not in page.fields:
        return None
    return requests.Request("POST", urljoin(answer.url, page.form["action"]), data=page.fields)
