"""What a browser would see: each route over HTTPS, and the way to the identity provider."""

from collections.abc import Iterable, Iterator
from typing import Final
from urllib.parse import parse_qs, urlsplit

from urllib3 import BaseHTTPResponse

from catalogue import views
from catalogue.model import App, Route, Site
from tasks.run import Finding
from tasks.verify.browser import Browser, Problem, Way, get, pressed
from tasks.verify.logins import AUTHORIZE, leads_to

UNAUTHORIZED: Final = 401
FORBIDDEN: Final = 403
SERVER_ERROR: Final = 500


def routes(
    host: str, apps: Iterable[App], site: Site, identity_provider: str, browser: Browser
) -> Iterator[Finding]:
    """Every route of these apps: it answers, its login leads to the identity provider, closed is closed."""
    for app in views.present(apps):
        for route in app.routes:
            name = views.hostname(route, site)
            for check, path, problem, way in _checks(app, route, name, identity_provider):
                passed, detail = browser.look(name, path, problem, way)
                subject = (name if path == "/" else name + path) + (
                    f" by {browser.family}" * bool(browser.family)
                )
                yield Finding(host=host, check=check, subject=subject, passed=passed, detail=detail)


def _checks(
    app: App, route: Route, name: str, identity_provider: str
) -> Iterator[tuple[str, str, Problem, Way]]:
    """What is looked at: its name in the table, the path, what may be wrong, the way to it."""
    if route.forward_auth:
        yield "forward-auth", "/", _let_in(name, identity_provider), get
    else:
        yield "https", *((route.paths[0], _no_answer) if route.paths else ("/", _unanswered)), get
    if route.login_path:
        way = pressed(route.login_page) if route.login_page else get
        yield "login", route.login_path, leads_to(app, identity_provider), way
    for path in route.closed_paths:
        yield "closed", path, _open, pressed(path) if path in route.viewed_paths else get


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
