"""What counts as a guard, as a login and as an answer, and which checks a route gets."""

import re
from dataclasses import replace
from inspect import getclosurevars
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import pytest
from urllib3 import HTTPResponse

from catalogue.model import App, Route, Site
from onhost.releases import Stack
from tasks.settings import ROOT
from tasks.verify import outside
from tasks.verify.browser import Browser, Problem, Way
from tasks.verify.inside import containers
from tasks.verify.outside import routes
from tests.unit.test_verify import GATEWAY, WIKI, container, failures

AUTHORIZE = f"{GATEWAY}/application/o/authorize/"
OUTPOST = "https://n8n.guild.test/outpost.goauthentik.io/callback"


def let_in(answer: HTTPResponse) -> str | None:
    return outside._let_in("n8n.guild.test", GATEWAY)(answer)


def redirect(location: str, status: int = 302) -> HTTPResponse:
    return HTTPResponse(status=status, headers={"Location": location})


def test_a_guard_leads_to_the_identity_provider_and_back_to_its_own_name() -> None:
    assert let_in(redirect(f"{AUTHORIZE}?{urlencode({'redirect_uri': OUTPOST})}")) is None


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        (HTTPResponse(status=200), "answers 200 to strangers, not with the way to a login: ''"),
        (HTTPResponse(status=401), "answers 401 to strangers, not with the way to a login: ''"),
        (redirect("/login"), "answers 302 to strangers, not with the way to a login: '/login'"),
        (
            redirect(f"https://evil.test/?to={AUTHORIZE}"),
            f"answers 302 to strangers, not with the way to a login: 'https://evil.test/?to={AUTHORIZE}'",
        ),
        (
            redirect(f"{GATEWAY}/if/user/", 301),
            f"answers 301 to strangers, not with the way to a login: '{GATEWAY}/if/user/'",
        ),
        (
            redirect(AUTHORIZE),
            "its login ends at '', not below https://n8n.guild.test/outpost.goauthentik.io/",
        ),
        (
            redirect(f"{AUTHORIZE}?redirect_uri=https%3A%2F%2Fother.test%2Foutpost.goauthentik.io%2F"),
            "its login ends at 'https://other.test/outpost.goauthentik.io/', "
            "not below https://n8n.guild.test/outpost.goauthentik.io/",
        ),
    ],
)
def test_any_other_answer_is_no_guard(answer: HTTPResponse, said: str) -> None:
    assert let_in(answer) == said


@pytest.mark.parametrize("status", [*range(400, 403), *range(404, 420), 200, 302, 500])
def test_only_the_edges_own_refusal_counts_as_closed(status: int) -> None:
    assert outside._open(HTTPResponse(status=status)) == f"answers {status}, and must be closed"


@pytest.mark.parametrize(("status", "good"), [(199, 0), (200, 1), (399, 1), (400, 0), (401, 1), (402, 0)])
def test_the_limits_of_what_counts_as_an_answer(status: int, good: int) -> None:
    assert (outside._unanswered(HTTPResponse(status=status)) is None) == bool(good)


@pytest.mark.parametrize(("status", "said"), [(499, None), (500, "answers 500"), (599, "answers 599")])
def test_below_a_prefix_only_an_error_of_the_server_is_none(status: int, said: str | None) -> None:
    assert outside._no_answer(HTTPResponse(status=status)) == said


def test_a_path_that_must_be_open_may_lead_to_no_login() -> None:
    said = "answers 302 with the way to a login, and must be open"

    assert outside._no_answer(redirect(f"{AUTHORIZE}?client_id=wiki")) == said
    assert outside._no_answer(redirect("/outpost.goauthentik.io/start")) == said
    assert outside._no_answer(redirect("/form")) is None


class Written(Browser):
    """Writes down what it is sent to look at."""

    def look(self, name: str, path: str, problem: Problem, way: Way | None = None) -> tuple[bool, str]:
        LOOKED.append((name, path, problem, way))
        return path != "/sso", f"saw {path}"


LOOKED: list[tuple[str, str, Problem, Way | None]] = []


def found(record: App, site: Site) -> list[tuple[str, str, bool, str]]:
    LOOKED.clear()
    seen = routes("tools-prod", [record], site, GATEWAY, Written(address="", ca_bundle="", deadline=0))
    rows = list(seen)
    assert {row.host for row in rows} <= {"tools-prod"}
    assert {name for name, *_ in LOOKED} <= {"wiki.example.org"}
    return [(row.check, row.subject, row.passed, row.detail) for row in rows]


def routed(**route: Any) -> App:
    plain = Route(host="wiki", domain="public", service="web", port=80)
    return replace(WIKI, routes=(replace(plain, **route),))


def test_a_route_is_looked_at_and_its_login_and_each_closed_path(site: Site) -> None:
    record = routed(
        login_path="/sso", login_page="/in", closed_paths=("/metrics", "/admin"), viewed_paths=("/admin",)
    )

    assert found(record, site) == [
        ("https", "wiki.example.org", True, "saw /"),
        ("login", "wiki.example.org/sso", False, "saw /sso"),
        ("closed", "wiki.example.org/metrics", True, "saw /metrics"),
        ("closed", "wiki.example.org/admin", True, "saw /admin"),
    ]
    # What may be looked at is posted to, with its own token.
    assert [getclosurevars(way).nonlocals.get("page") for *_, way in LOOKED if way] == [
        None,
        "/in",
        None,
        "/admin",
    ]
    assert LOOKED[0][2] is outside._unanswered
    assert LOOKED[2][2] is outside._open


def test_a_guarded_route_is_asked_for_its_guard_alone(site: Site) -> None:
    assert found(routed(forward_auth=True, paths=("/a",)), site) == [
        ("forward-auth", "wiki.example.org", True, "saw /")
    ]
    assert LOOKED[0][2](redirect("/login")) == (
        "answers 302 to strangers, not with the way to a login: '/login'"
    )


def test_a_route_below_a_prefix_is_asked_there(site: Site) -> None:
    assert found(routed(paths=("/hooks", "/other")), site) == [
        ("https", "wiki.example.org/hooks", True, "saw /hooks")
    ]
    assert LOOKED[0][2] is outside._no_answer


def test_a_retired_app_has_no_route_to_look_at_and_misses_no_container(site: Site) -> None:
    retired = replace(routed(), present=False)

    assert found(retired, site) == []
    assert list(containers("tools-prod", [retired], [])) == []


def test_a_retired_apps_leftover_is_looked_at_as_a_strangers(site: Site) -> None:
    leftover = container(state="exited", health="", exit_code=1)

    assert failures(list(containers("tools-prod", [replace(WIKI, present=False)], [leftover]))) == [
        ("wiki/web", "exited")
    ]


def test_what_runs_once_may_be_away_and_have_ended_well_but_not_badly() -> None:
    migrate = replace(WIKI.services[0], name="migrate", health=None, one_shot=True)
    record = replace(WIKI, services=(WIKI.services[0], migrate))

    def of(code: int) -> list[tuple[str, str]]:
        ended = container(service="migrate", state="exited", health="", exit_code=code)
        return failures(list(containers("tools-prod", [record], [container(), ended])))

    assert failures(list(containers("tools-prod", [record], [container()]))) == []
    assert (of(0), of(1)) == ([], [("wiki/migrate", "exited")])


def test_a_host_looks_at_the_file_of_secrets_of_every_release_not_only_of_the_last() -> None:
    stack = Stack(Path("/opt"), "app")
    places = (stack.folder / ".env", stack.releases / "20260101T000000Z-aaaaaaaaaaaa/.env")
    text = (ROOT / "files/verify/inside.sh").read_text()
    [patterns] = re.findall(r"^for file in (.+\.env.*); do$", text, re.MULTILINE)

    assert all(any(place.match(each) for each in patterns.split()) for place in places)
