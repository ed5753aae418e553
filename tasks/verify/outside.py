"""What a browser would see: each route over HTTPS, and the way to the identity provider."""

import html
import json
import re
import socket
import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Final
from urllib.parse import parse_qs, urlencode, urlsplit

from urllib3 import BaseHTTPResponse, HTTPSConnectionPool
from urllib3.exceptions import HTTPError

from catalogue import views
from catalogue.model import App, Route, Site
from tasks.run import Finding

HTTPS: Final = 443
FAMILIES: Final = {"IPv4": socket.AF_INET, "IPv6": socket.AF_INET6}
TIMEOUT_SECONDS: Final = 10
PAUSE_SECONDS: Final = 2
UNAUTHORIZED: Final = 401
FORBIDDEN: Final = 403
SERVER_ERROR: Final = 500
AUTHORIZE: Final = "/application/o/authorize/"
SSO: Final = "/application/saml/{}/?"
CSRF: Final = re.compile(r'<meta name="csrf-(param|token)" content="([^"]*)"')

Problem = Callable[[BaseHTTPResponse], str | None]
"""What is wrong with an answer; None if nothing is."""


@dataclass(frozen=True, kw_only=True)
class Browser:
    """Asks a host for the pages of a name, whose certificate must verify."""

    address: str
    """`ADDRESS:PORT` to connect to (`[ADDRESS]:PORT` of IPv6); empty: the name's own."""
    ca_bundle: str
    """Empty: the system's authorities."""
    deadline: float
    """Until then (time.monotonic) a failure is tried again: certificates and programs need a moment."""
    family: str = ""
    """`IPv4` or `IPv6`: only addresses of that family; empty: whichever the name has."""

    def look(self, name: str, path: str, problem: Problem, page: str | None = None) -> tuple[bool, str]:
        """Whether all is well at last, and what was seen; the button of a page posts to the path."""
        while True:
            passed, detail = self._once(name, path, problem, page)
            if passed or time.monotonic() > self.deadline:
                return passed, detail
            time.sleep(PAUSE_SECONDS)

    def _once(self, name: str, path: str, problem: Problem, page: str | None) -> tuple[bool, str]:
        try:
            response = self._press(name, page, path) if page else self._ask("GET", name, path)
            wrong = problem(response)
        except (HTTPError, ValueError) as error:
            return False, str(error)
        return not wrong, wrong or str(response.status)

    def _press(self, name: str, page: str, path: str) -> BaseHTTPResponse:
        """Posts the page's token with the page's cookies."""
        shown = self._ask("GET", name, page)
        found = dict(CSRF.findall(shown.data.decode()))
        form = {found["param"]: html.unescape(found["token"])} if len(found) == 2 else {}
        cookies = "; ".join(each.split(";")[0] for each in shown.headers.getlist("Set-Cookie"))
        headers = {"Cookie": cookies, "Content-Type": "application/x-www-form-urlencoded"}
        return self._ask("POST", name, path, urlencode(form), headers)

    def _ask(
        self, method: str, name: str, path: str, body: str = "", headers: dict[str, str] | None = None
    ) -> BaseHTTPResponse:
        address, port = self._address_of(name)
        with HTTPSConnectionPool(
            address,
            port,
            timeout=TIMEOUT_SECONDS,
            retries=False,
            ca_certs=self.ca_bundle or None,
            server_hostname=name,
            assert_hostname=name,
        ) as pool:
            return pool.request(
                method, path, body=body, headers={"Host": name, **(headers or {})}, redirect=False
            )

    def _address_of(self, name: str) -> tuple[str, int]:
        if self.address:
            address, _, port = self.address.rpartition(":")
            return address, int(port)
        if not self.family:
            return name, HTTPS
        try:
            found = socket.getaddrinfo(name, HTTPS, FAMILIES[self.family], socket.SOCK_STREAM)
        except socket.gaierror as error:
            raise ValueError(f"has no {self.family} address: {error.strerror}") from None
        return str(found[0][4][0]), HTTPS


def reachable(address: str) -> bool:
    """Whether this machine has a way to an address; nothing is sent."""
    family = FAMILIES["IPv6" if ":" in address else "IPv4"]
    with socket.socket(family, socket.SOCK_DGRAM) as way:
        try:
            way.connect((address, HTTPS))
        except OSError:
            return False
    return True


def routes(
    host: str, apps: Iterable[App], site: Site, identity_provider: str, browser: Browser
) -> Iterator[Finding]:
    """Every route of these apps: it answers, its login leads to the identity provider, closed is closed."""
    for app in views.present(apps):
        for route in app.routes:
            name = views.hostname(route, site)
            for check, path, problem, page in _checks(app, route, name, identity_provider):
                passed, detail = browser.look(name, path, problem, page)
                subject = (name if path == "/" else name + path) + (
                    f" by {browser.family}" * bool(browser.family)
                )
                yield Finding(host=host, check=check, subject=subject, passed=passed, detail=detail)


def _checks(
    app: App, route: Route, name: str, identity_provider: str
) -> Iterator[tuple[str, str, Problem, str | None]]:
    """What is looked at: its name in the table, the path, what may be wrong, a page that posts to it."""
    if route.forward_auth:
        yield "forward-auth", "/", _let_in(name, identity_provider), None
    else:
        yield "https", *((route.paths[0], _no_answer) if route.paths else ("/", _unanswered)), None
    if route.login_path:
        yield "login", route.login_path, _login(app, identity_provider), route.login_page
    for path in route.closed_paths:
        yield "closed", path, _open, path if path in route.viewed_paths else None


def _unanswered(response: BaseHTTPResponse) -> str | None:
    good = 200 <= response.status < 400 or response.status == UNAUTHORIZED
    return None if good else f"answers {response.status}"


def _no_answer(response: BaseHTTPResponse) -> str | None:
    """Below a prefix only the program knows what there is: that it answers, without a login, is enough."""
    location = response.headers.get("Location", "")
    if AUTHORIZE in location or views.OUTPOST in location:
        return f"answers {response.status} with the way to a login, and must be open"
    return f"answers {response.status}" if response.status >= SERVER_ERROR else None


def _let_in(name: str, identity_provider: str) -> Problem:
    """Strangers are sent to the identity provider, and from there to its part that answers on the name."""
    back = f"https://{name}{views.OUTPOST}"

    def problem(response: BaseHTTPResponse) -> str | None:
        location = response.headers.get("Location", "")
        if not location.startswith(identity_provider + AUTHORIZE):
            return f"answers {response.status} to strangers, not with the way to a login: '{location}'"
        asked = parse_qs(urlsplit(location).query).get("redirect_uri", [""])[0]
        return None if asked.startswith(back) else f"its login ends at '{asked}', not below {back}"

    return problem


def _open(response: BaseHTTPResponse) -> str | None:
    return None if response.status == FORBIDDEN else f"answers {response.status}, and must be closed"


def _login(app: App, identity_provider: str) -> Problem:
    """Leads to the identity provider, which is told who asks."""
    start = identity_provider + (SSO.format(app.name) if app.saml else AUTHORIZE)

    def problem(response: BaseHTTPResponse) -> str | None:
        location = _location(response)
        if not location.startswith(start):
            return f"answers {response.status} and leads to '{location}', not to {start}"
        asks = parse_qs(urlsplit(location).query).get("client_id", [])
        return (
            None
            if app.saml or asks == [app.name]
            else f"asks the identity provider as {asks}, not as {app.name}"
        )

    return problem


def _location(response: BaseHTTPResponse) -> str:
    """Where it leads: by its header, or by what it tells a script of its login page."""
    if "application/json" not in response.headers.get("Content-Type", ""):
        return str(response.headers.get("Location", ""))
    told = json.loads(response.data)
    return f"{told.get('endpoint', '')}?{urlencode({'client_id': told.get('clientId', '')})}"
