"""Asks for the pages of a name as a browser does, at the server that shall answer."""

import html
import re
import socket
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final
from urllib.parse import urlencode, urljoin, urlsplit

from urllib3 import BaseHTTPResponse, HTTPSConnectionPool
from urllib3.exceptions import HTTPError

HTTPS: Final = 443
FAMILIES: Final = {"IPv4": socket.AF_INET, "IPv6": socket.AF_INET6}
TIMEOUT_SECONDS: Final = 10
PAUSE_SECONDS: Final = 2
LONGEST_WAY: Final = 4
"""Redirects that are followed: more are a circle."""
FORM: Final = {"Content-Type": "application/x-www-form-urlencoded"}
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
    timeout_seconds: int = TIMEOUT_SECONDS
    """Of one request."""
    heard: Callable[[str], None] = lambda waits: None
    """Is told what a further try waits for."""
    family: str = ""
    """`IPv4` or `IPv6`: only addresses of that family; empty: whichever the name has."""

    def look(self, name: str, path: str, problem: Problem, way: "Way | None" = None) -> tuple[bool, str]:
        """Whether all is well at last, and what was seen; without another way the path is asked for."""
        while True:
            passed, detail = self._once(name, path, problem, way or get)
            if passed or time.monotonic() > self.deadline:
                return passed, detail
            self.heard(f"{name}{path}: {detail}")
            time.sleep(PAUSE_SECONDS)

    def _once(self, name: str, path: str, problem: Problem, way: "Way") -> tuple[bool, str]:
        try:
            response = way(self, name, path)
            wrong = problem(response) or exposed(response)
        except (HTTPError, ValueError) as error:
            return False, str(error)
        return not wrong, wrong or str(response.status)

    def ask(
        self, method: str, name: str, path: str, body: str = "", headers: dict[str, str] | None = None
    ) -> BaseHTTPResponse:
        """One request; a redirect is an answer."""
        address, port = self._address_of(name)
        with HTTPSConnectionPool(
            address,
            port,
            timeout=self.timeout_seconds,
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


Way = Callable[[Browser, str, str], BaseHTTPResponse]
"""How a path of a name is come to."""


def get(browser: Browser, name: str, path: str) -> BaseHTTPResponse:
    return browser.ask("GET", name, path)


def exposed(response: BaseHTTPResponse) -> str | None:
    """A cookie that the browser would send in the clear as well; one that is being deleted is none."""
    for cookie in response.headers.getlist("Set-Cookie"):
        pair, *attributes = (part.strip() for part in cookie.split(";"))
        name, _, value = pair.partition("=")
        said = {each.lower() for each in attributes}
        if value and "max-age=0" not in said and "secure" not in said:
            return f"sets the cookie {name} without Secure: set the program to mark it, in its template"
    return None


def reachable(address: str) -> bool:
    """Whether this machine has a way to an address; nothing is sent."""
    family = FAMILIES["IPv6" if ":" in address else "IPv4"]
    with socket.socket(family, socket.SOCK_DGRAM) as way:
        try:
            way.connect((address, HTTPS))
        except OSError:
            return False
    return True


def landed(browser: Browser, name: str, path: str) -> BaseHTTPResponse:
    """What is there after the redirects within a name; one that leads out of it is the answer itself."""
    response = get(browser, name, path)
    for _ in range(LONGEST_WAY):
        target = urlsplit(urljoin(f"https://{name}{path}", response.headers.get("Location", "")))
        if not response.headers.get("Location") or (target.scheme, target.netloc) != ("https", name):
            return response
        path = target._replace(scheme="", netloc="", fragment="").geturl()
        response = get(browser, name, path)
    return response


def pressed(page: str) -> Way:
    """The button of a page: it posts the page's token with the page's cookies."""

    def press(browser: Browser, name: str, path: str) -> BaseHTTPResponse:
        shown = get(browser, name, page)
        found = dict(CSRF.findall(shown.data.decode(errors="replace")))
        form = {found["param"]: html.unescape(found["token"])} if len(found) == 2 else {}
        cookies = "; ".join(each.split(";")[0] for each in shown.headers.getlist("Set-Cookie"))
        return browser.ask("POST", name, path, urlencode(form), {"Cookie": cookies, **FORM})

    return press
