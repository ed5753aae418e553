"""What a browser would see: each route over HTTPS, and the way to the login gateway."""

import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Final
from urllib.parse import parse_qs, urlsplit

from urllib3 import BaseHTTPResponse, HTTPSConnectionPool
from urllib3.exceptions import HTTPError

from catalogue import views
from catalogue.model import App
from catalogue.site import Site
from tasks.verify_checks import Finding

HTTPS: Final = 443
TIMEOUT_SECONDS: Final = 10
PAUSE_SECONDS: Final = 2
UNAUTHORIZED: Final = 401
AUTHORIZE: Final = "/application/o/authorize/"

Problem = Callable[[BaseHTTPResponse], str | None]
"""What is wrong with an answer; None if nothing is."""


@dataclass(frozen=True, kw_only=True)
class Browser:
    """Asks a host for the pages of a name, whose certificate must verify."""

    address: str
    """`ADDRESS:PORT` to connect to; empty: the name itself."""
    ca_bundle: str
    """Empty: the system's authorities."""
    deadline: float
    """Until then (time.monotonic) a failure is tried again: certificates and programs need a moment."""

    def look(self, name: str, path: str, problem: Problem) -> tuple[bool, str]:
        """Whether all is well at last, and what was seen."""
        while True:
            passed, detail = self._once(name, path, problem)
            if passed or time.monotonic() > self.deadline:
                return passed, detail
            time.sleep(PAUSE_SECONDS)

    def _once(self, name: str, path: str, problem: Problem) -> tuple[bool, str]:
        try:
            response = self._get(name, path)
        except HTTPError as error:
            return False, str(error)
        wrong = problem(response)
        return not wrong, wrong or str(response.status)

    def _get(self, name: str, path: str) -> BaseHTTPResponse:
        address, _, port = (self.address or f"{name}:{HTTPS}").rpartition(":")
        with HTTPSConnectionPool(
            address,
            int(port),
            timeout=TIMEOUT_SECONDS,
            retries=False,
            ca_certs=self.ca_bundle or None,
            server_hostname=name,
            assert_hostname=name,
        ) as pool:
            return pool.request("GET", path, headers={"Host": name}, redirect=False)


def routes(host: str, apps: Iterable[App], site: Site, gateway: str, browser: Browser) -> Iterator[Finding]:
    """Every route of these apps, and every login that begins at one."""
    for app in views.present(apps):
        for route in app.routes:
            name = views.hostname(route, site)
            passed, detail = browser.look(name, "/", _unanswered)
            yield Finding(host=host, check="https", subject=name, passed=passed, detail=detail)
            if route.login_path:
                passed, detail = browser.look(name, route.login_path, _login(app.name, gateway))
                subject = name + route.login_path
                yield Finding(host=host, check="login", subject=subject, passed=passed, detail=detail)


def _unanswered(response: BaseHTTPResponse) -> str | None:
    good = 200 <= response.status < 400 or response.status == UNAUTHORIZED
    return None if good else f"answers {response.status}"


def _login(client_id: str, gateway: str) -> Problem:
    """Leads to the gateway, which is told who asks."""

    def problem(response: BaseHTTPResponse) -> str | None:
        location = response.headers.get("Location", "")
        if not location.startswith(gateway + AUTHORIZE):
            return f"answers {response.status} and leads to '{location}', not to {gateway}{AUTHORIZE}"
        asks = parse_qs(urlsplit(location).query).get("client_id", [])
        return None if asks == [client_id] else f"asks the gateway as {asks}, not as {client_id}"

    return problem
