"""Rows of verify's table, whole: whose they are, what was looked at, and whether it holds."""

import json
from dataclasses import replace
from inspect import signature
from typing import Any

import pytest
from urllib3 import BaseHTTPResponse, HTTPResponse
from urllib3.exceptions import HTTPError

from catalogue import APPS
from catalogue.model import Site
from catalogue.views import DnsRecord, dns_mark, dns_records
from tasks import dns
from tasks.dns import ZoneRecord
from tasks.run import Finding
from tasks.verify import browser, operation, outside, waiting, zones
from tasks.verify.browser import Browser, Way
from tasks.verify.inside import inside, scrapes, secret_files
from tasks.verify.tables import concerns
from tests.support.site import HOSTS
from tests.unit.test_verify import RECORD, TARGET, WIKI, container, prometheus
from tests.unit.test_zones import Remembered

HOST = "tools-prod"


def row(check: str, subject: str, detail: str, *, passed: bool = True, host: str = HOST) -> Finding:
    return Finding(host=host, check=check, subject=subject, passed=passed, detail=detail)


def test_a_host_that_is_well_has_a_row_of_each_kind() -> None:
    lines = [
        "listen\ttcp\t0.0.0.0:22",
        f"container\t{json.dumps(container())}",
        "secrets\t600 root:root\t/opt/wiki/.env",
        "name\twiki.guild.test\t10.0.0.3 ",
        f"targets\t{prometheus('up')}",
    ]

    assert inside(HOST, [WIKI], [TARGET], [RECORD], lines, {("tcp", 22)}) == [
        row("container", "wiki/web", "running healthy"),
        row("ports", "public address", "22/tcp"),
        row("ports", "private address", "0, each of a record"),
        row("secrets", "/opt/*/.env", "1 files, each 600 root:root"),
        row("dns", "1 names", "each leads to its server"),
        row("metrics", "wiki 10.0.0.3:9100", "up"),
    ]


def test_a_host_that_says_nothing_misses_what_it_should_have() -> None:
    found = inside(HOST, [WIKI], [TARGET], [RECORD], [], set())

    assert [(each.check, each.host, each.passed) for each in found] == [
        ("container", HOST, False),
        ("ports", HOST, True),
        ("ports", HOST, True),
        ("secrets", HOST, True),
        ("dns", HOST, False),
        ("metrics", HOST, False),
    ]
    assert found[3].detail == "0 files, each 600 root:root"
    assert found[5] == row("metrics", "all targets", "no answer", passed=False)
    assert len(inside(HOST, [], [], [], [], set())) == 4


@pytest.mark.parametrize("answer", ["", "<html>", "[]", "{}", '{"data": {}}', '{"data": null}'])
def test_an_answer_that_is_none_fails_all_targets_at_once(answer: str) -> None:
    assert list(scrapes("management", [TARGET, TARGET], answer)) == [
        row("metrics", "all targets", answer or "no answer", passed=False, host="management")
    ]


def test_each_file_of_secrets_that_others_can_read_is_named() -> None:
    rows = [["644 root:root", "/opt/a/.env"], ["600 root:root", "/opt/b/.env"], ["600 me:me", "/opt/c/.env"]]

    assert secret_files(HOST, rows) == row(
        "secrets", "/opt/*/.env", "/opt/a/.env is 644 root:root; /opt/c/.env is 600 me:me", passed=False
    )


@pytest.mark.parametrize("part", [operation.looked, operation.proved])
def test_pyinfra_hands_its_state_and_host_to_what_asks_for_them_by_these_names(part: Any) -> None:
    [command] = part._inner(apps=[])

    assert list(signature(command.function).parameters) == ["state", "host"]


class Page(Browser):
    """Answers from memory, and writes down what it was asked."""

    def ask(self, method: str, name: str, path: str, *_: Any, **__: Any) -> BaseHTTPResponse:
        ASKED.append((method, name, path))
        answer = ANSWERS.pop(0)
        if isinstance(answer, Exception):
            raise answer
        return HTTPResponse(status=answer)


@pytest.mark.parametrize(
    ("cookie", "exposed"),
    [
        ("session=abc; Path=/; HttpOnly; Secure; SameSite=Lax", False),
        ("session=abc; path=/; SECURE", False),
        ("session=abc; Path=/; HttpOnly", True),
        ("session=abc; Path=/secure; Domain=secure", True),
        ("session=; expires=Thu, 01-Jan-1970 00:00:01 GMT", False),
        ("session=deleted; Max-Age=0; path=/", False),
    ],
)
def test_a_cookie_that_goes_in_the_clear_is_named(cookie: str, exposed: bool) -> None:
    answer = HTTPResponse(headers={"Set-Cookie": "good=1; Secure"})
    answer.headers.add("Set-Cookie", cookie)
    said = "sets the cookie session without Secure: set the program to mark it, in its template"

    assert browser.exposed(answer) == (said if exposed else None)


def test_a_page_is_well_only_if_its_cookies_are(monkeypatch: pytest.MonkeyPatch) -> None:
    exposed = HTTPResponse(status=200, headers={"Set-Cookie": "session=abc"})
    monkeypatch.setattr(Browser, "ask", lambda *_, **__: exposed)
    page = Browser(address="", ca_bundle="", deadline=0)

    good, said = page.look("wiki.guild.test", "/", outside._unanswered)
    assert (good, said.split(" without")[0]) == (False, "sets the cookie session")


ASKED: list[tuple[str, ...]] = []
ANSWERS: list[int | Exception] = []


def looked(*answers: int | Exception, deadline: float = 0, way: Way | None = None) -> tuple[bool, str]:
    ASKED[:], ANSWERS[:] = [], answers
    page = Page(address="", ca_bundle="", deadline=deadline)
    return page.look("wiki.guild.test", "/x", outside._unanswered, way)


def test_what_is_seen_is_the_status_or_what_is_wrong_with_it() -> None:
    assert looked(200) == (True, "200")
    assert ASKED == [("GET", "wiki.guild.test", "/x")]
    assert looked(404) == (False, "answers 404")
    assert looked(302, way=lambda page, name, path: page.ask("POST", name, path)) == (True, "302")
    assert ASKED == [("POST", "wiki.guild.test", "/x")]


@pytest.mark.parametrize("error", [HTTPError("no route"), ValueError("no route")])
def test_whoever_cannot_be_asked_is_a_failure_with_its_reason(error: Exception) -> None:
    assert looked(error) == (False, "no route")


def test_only_until_the_deadline_it_is_tried_again(monkeypatch: pytest.MonkeyPatch) -> None:
    waited: list[float] = []
    monkeypatch.setattr(browser.time, "sleep", waited.append)
    clock = iter([9.0, 10.0, 10.5])
    monkeypatch.setattr(browser.time, "monotonic", lambda: next(clock))

    assert looked(502, HTTPError("away"), 500, 200, deadline=10.0) == (False, "answers 500")
    assert waited == [2, 2]


def test_each_further_try_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    said: list[str] = []
    monkeypatch.setattr(browser.time, "sleep", lambda _: None)
    clock = iter([9.0])
    monkeypatch.setattr(browser.time, "monotonic", lambda: next(clock))
    ASKED[:], ANSWERS[:] = [], [502, 200]
    page = Page(address="", ca_bundle="", deadline=10.0, heard=said.append)

    assert page.look("wiki.guild.test", "/x", outside._unanswered) == (True, "200")
    assert said == ["wiki.guild.test/x: answers 502"]


def test_whoever_waits_long_is_told_for_what(monkeypatch: pytest.MonkeyPatch) -> None:
    turns, said = iter([False, False, True]), list[str]()
    monkeypatch.setattr(waiting.Event, "wait", lambda *_: next(turns))
    monkeypatch.setattr(waiting.Thread, "start", lambda _: None)
    monkeypatch.setattr(waiting.Thread, "join", lambda teller: teller.run())

    with waiting.told(said.append) as waits:
        waits("for wiki.guild.test/x: answers 502")

    assert said == ["waits for wiki.guild.test/x: answers 502, since 0 s"] * 2


@pytest.mark.parametrize(
    ("found", "about"),
    [
        (row("container", "wiki/web", ""), True),
        (row("container", "wiki-old/web", ""), False),
        (row("metrics", "wiki 10.0.0.3:9100", ""), True),
        (row("metrics", "wiki-web 10.0.0.3:9100", ""), True),
        (row("metrics", "docker 10.0.0.3:9323", ""), False),
        (row("host", "ssh", "", passed=False), True),
        (row("ports", "public address", ""), False),
    ],
)
def test_of_one_app_only_its_own_rows_are_shown(found: Finding, about: bool) -> None:
    assert concerns(found, "wiki") == about


@pytest.fixture
def zone_of(site: Site, monkeypatch: pytest.MonkeyPatch) -> Remembered:
    made = Remembered()
    monkeypatch.setenv("SCW_ACCESS_KEY", "SCWXXXXXXXXXXXXXXXXX")
    monkeypatch.setattr(dns, "Zones", lambda: made)
    return made


def test_a_zone_is_a_row_of_each_host_that_has_names_in_it(site: Site, zone_of: Remembered) -> None:
    zone_of.zones["example_org"] = [
        ZoneRecord(id=name, name=name, kind="CNAME", data="pages.example.net.", ttl=60, comment="")
        for name in ("wiki", "gateway", "cloud")
    ]
    tools, management = (list(zones.names_in_zones(host, APPS, site)) for host in HOSTS[:2])

    mark = dns_mark(site)
    rival = "CNAME pages.example.net.: CONFLICT, not ours and in the way; remove it, or give it the comment"
    assert tools == [
        row(
            "dns",
            "zone example.org",
            f"wiki.example.org {rival} '{mark}'; cloud.example.org {rival} '{mark}'",
            passed=False,
        )
    ]
    assert management == [row("dns", "zone example.cc", "nothing is in the way", host="management")]


def test_zones_that_cannot_be_read_are_said_and_fail_nobody(
    site: Site, zone_of: Remembered, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refused(_: str) -> list[ZoneRecord]:
        raise ValueError("access refused")

    monkeypatch.setattr(zone_of, "records", refused)

    assert list(zones.names_in_zones(HOSTS[0], APPS, site)) == [
        row("dns", "zones", "not looked at: access refused")
    ]


def test_without_a_key_nobody_asks_for_zones(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("SCW_ACCESS_KEY", raising=False)

    assert list(zones.names_in_zones(HOSTS[0], APPS, site)) == []


def test_a_host_that_no_name_leads_to_has_no_row(site: Site, zone_of: Remembered) -> None:
    alone = replace(HOSTS[0], public_ip="203.0.113.77")
    wanted: tuple[DnsRecord, ...] = dns_records(APPS, site)

    assert alone.public_ip not in {each.address for each in wanted}
    assert list(zones.names_in_zones(alone, APPS, site)) == []
