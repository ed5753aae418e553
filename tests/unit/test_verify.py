"""Verify: what is wrong with a host is found, and what is right is not blamed."""

import json
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import pytest
from urllib3 import HTTPResponse

from catalogue import APPS, views
from catalogue.model import App, Health, Image, Route, Saml, Service, Site, Upgrade
from catalogue.views import DnsRecord, Target
from tasks.run import Finding
from tasks.verify import browser as browsers
from tasks.verify.browser import Browser, Problem, Way
from tasks.verify.inside import containers, firewall, heard, inside, isolation, names, scrapes, secret_files
from tasks.verify.logins import leads_to
from tasks.verify.outside import _no_answer, _open, _unanswered, routes
from tasks.verify.ports import ports, private_ports
from tasks.verify.tables import opened, table

WIKI = App(
    name="wiki",
    purpose="The wiki.",
    upgrade=Upgrade(step="any", one_way=False),
    group="tools",
    services=(
        Service(
            name="web",
            image=Image(repository="docker.io/library/wiki", tag="1.0"),
            health=Health(command=("true",), start_seconds=1),
            memory_mb=64,
            user="1:1",
        ),
    ),
)
TARGET = Target(job="wiki", address="10.0.0.3:9100", path="/metrics", host="tools-prod")
RECORD = DnsRecord(zone="guild.test", name="wiki", address="10.0.0.3")
EVERYWHERE = "0.0.0.0"  # noqa: S104 - it is looked for here
GATEWAY = "https://gateway.guild.test"
DECLARED = {("tcp", 22), ("tcp", 80), ("tcp", 443)}


def container(**other: object) -> dict[str, Any]:
    healthy = {"state": "running", "health": "healthy", "exit_code": 0, "ports": {}}
    return {"project": "wiki", "service": "web", "name": "/wiki-web-1"} | healthy | other


def failures(findings: Sequence[Finding]) -> list[tuple[str, str]]:
    return [(each.subject, each.detail) for each in findings if not each.passed]


def prometheus(health: str, error: str = "") -> str:
    target = {"discoveredLabels": {"__address__": TARGET.address}, "health": health, "lastError": error}
    return json.dumps({"status": "success", "data": {"activeTargets": [target]}})


def test_a_host_as_it_should_be_has_no_failure() -> None:
    lines = [
        "listen\ttcp\t0.0.0.0:22",
        "listen\ttcp\t10.0.0.3:9100",
        "container\t" + json.dumps(container()),
        "isolation\twhole",
        "firewall\tloaded",
        "secrets\t600 root:root\t/opt/wiki/.env",
        "name\twiki.guild.test\t10.0.0.3 ",
        f"targets\t{prometheus('up')}",
    ]

    findings = inside("tools-prod", [WIKI], [TARGET], [RECORD], lines, DECLARED, {("tcp", 9100)})

    assert failures(findings) == []
    assert [each.check for each in findings] == [
        "container",
        "ports",
        "ports",
        "isolation",
        "firewall",
        "secrets",
        "dns",
        "metrics",
    ]
    assert {each.host for each in findings} == {"tools-prod"}
    assert [(each.subject, each.detail) for each in findings] == [
        ("wiki/web", "running healthy"),
        ("public address", "22/tcp"),
        ("private address", "1, each of a record"),
        ("networks", "whole"),
        ("rules", "loaded"),
        ("/opt/*/.env", "1 files, each 600 root:root"),
        ("1 names", "each leads to its server"),
        (f"wiki {TARGET.address}", "up"),
    ]


# T7
def test_rules_that_are_gone_are_named_with_what_to_do() -> None:
    assert isolation("tools-prod", "gone") == Finding(
        host="tools-prod",
        check="isolation",
        subject="networks",
        passed=False,
        detail="Docker's rules in the packet filter are gone: deploy, it makes them anew",
    )
    assert isolation("tools-prod", "whole").passed


@pytest.mark.parametrize(("state", "said"), [("gone", "are gone"), ("changed", "are not those of a deploy")])
def test_a_host_without_its_firewall_is_named_with_what_to_do(state: str, said: str) -> None:
    found = firewall("tools-prod", state)

    assert not found.passed
    assert found.detail.endswith(f"{said}: deploy, it loads them anew")
    assert firewall("tools-prod", "loaded").passed


# H4
def test_what_a_deploy_made_and_no_record_knows_is_named_with_what_to_type() -> None:
    left = container(project="blog", name="/blog-web-1", digest="d1")
    others = container(project="shop", name="/shop-web-1", digest="")
    found = list(containers("tools-prod", [WIKI], [container(), left, others]))

    assert [each for each in found if not each.passed] == [
        Finding(
            host="tools-prod",
            check="container",
            subject="blog/web",
            passed=False,
            detail="no record places it here: deploy; "
            "if it stays: docker compose -p blog down --remove-orphans",
        )
    ]


def test_what_was_started_by_hand_has_its_own_name() -> None:
    by_hand = container(project="", service="", name="/XX-mine-X", health="unhealthy")

    assert failures(list(containers("tools-prod", [WIKI], [container(), by_hand]))) == [
        ("no app/XX-mine-X", "running unhealthy")
    ]


def test_a_service_without_a_container_is_missing() -> None:
    assert failures(list(containers("tools-prod", [WIKI], []))) == [("wiki/web", "missing")]


@pytest.mark.parametrize(
    ("state", "health"), [("running", "unhealthy"), ("running", "starting"), ("exited", ""), ("running", "")]
)
def test_a_service_must_be_running_and_healthy(state: str, health: str) -> None:
    found = [container(state=state, health=health)]

    assert failures(list(containers("tools-prod", [WIKI], found))) == [
        ("wiki/web", f"{state} {health}".strip())
    ]


def test_a_container_that_no_record_knows_may_have_finished_but_not_have_failed() -> None:
    finished = container(service="migrate", state="exited", health="")
    failed = container(service="seed", state="exited", health="", exit_code=1)

    findings = list(containers("tools-prod", [WIKI], [container(), finished, failed]))

    assert failures(findings) == [("wiki/seed", "exited")]


def test_a_container_started_by_hand_is_called_by_its_name() -> None:
    by_hand = container(project="", service="", name="/experiment", state="dead", health="")

    assert failures(list(containers("tools-prod", [], [by_hand]))) == [("no app/experiment", "dead")]


@pytest.mark.parametrize("address", ["127.0.0.1", "10.0.0.3", "172.20.1.1", "::1", "fe80::1", "127.0.0.53"])
def test_a_port_on_a_private_address_is_nobodys_business(address: str) -> None:
    assert ports("tools-prod", [("tcp", address, 9090)], DECLARED).passed


@pytest.mark.parametrize("address", [EVERYWHERE, "::", "51.15.0.1", "2001:bc8::1"])
def test_a_port_on_a_public_address_is_found(address: str) -> None:
    finding = ports("tools-prod", [("tcp", address, 9090), ("tcp", address, 443)], DECLARED)

    assert not finding.passed
    assert finding.detail == "open to the world: 9090/tcp"


@pytest.mark.parametrize(
    ("protocol", "address", "port", "good"),
    [
        ("tcp", "10.0.0.3", 9100, True),
        ("udp", "10.0.0.3", 9100, False),
        ("tcp", "10.0.0.3", 8099, False),
        ("tcp", "172.20.0.1", 8099, False),
        ("tcp", "127.0.0.1", 8099, True),
        ("tcp", "fe80::1", 8099, True),
        ("udp", "10.0.0.3", 68, True),
        ("tcp", EVERYWHERE, 8099, True),
    ],
)
def test_what_listens_at_a_private_address_is_of_a_record(
    protocol: str, address: str, port: int, good: bool
) -> None:
    """What listens at all addresses is looked at as public."""
    found = private_ports("tools-prod", [(protocol, address, port)], DECLARED | {("tcp", 9100)})

    assert found.passed is good
    assert good or found.detail == f"listens, and no record says so: {port}/{protocol}"


def test_what_others_may_try_is_all_that_listens_for_more_than_the_host_itself() -> None:
    published = container(ports={"80/tcp": [{"HostIp": "10.0.0.3", "HostPort": "8099"}]})
    lines = [
        f"container\t{json.dumps(published)}",
        "listen\ttcp\t127.0.0.1:9090",
        "listen\tudp\t*:5353",
        "listen\ttcp\t[::1]:631",
    ]

    assert heard(lines) == {("tcp", 8099), ("udp", 5353)}


def test_ssh_and_the_edge_are_public_over_tcp_only() -> None:
    assert ports("tools-prod", [("tcp", EVERYWHERE, port) for port in (22, 80, 443)], DECLARED).passed
    assert not ports("tools-prod", [("udp", EVERYWHERE, 443)], DECLARED).passed


@pytest.mark.parametrize(
    ("declared", "listening", "wrong"),
    [
        (("2222/tcp",), [("tcp", 2222)], ""),
        (("2222/tcp",), [("tcp", 2222), ("tcp", 22)], "22/tcp"),
        (("51820/udp",), [("udp", 51820)], ""),
        (("51820/udp",), [("udp", 51820), ("tcp", 22), ("tcp", 51820)], "22/tcp, 51820/tcp"),
        ((), [("tcp", 22)], "22/tcp"),
    ],
)
def test_a_server_may_have_the_public_ports_that_it_declares_and_those_of_its_records(
    site: Site, declared: tuple[str, ...], listening: list[tuple[str, int]], wrong: str
) -> None:
    allowed = views.public_ports(APPS, replace(site.hosts[0], public_ports=declared))
    found = [(protocol, EVERYWHERE, port) for protocol, port in [*listening, ("tcp", 80), ("tcp", 443)]]

    finding = ports("tools-prod", found, allowed)

    assert finding.passed is not bool(wrong)
    assert finding.detail == f"open to the world: {wrong}" or not wrong


def test_a_dhcp_client_may_wait_for_its_lease() -> None:
    assert ports("tools-prod", [("udp", EVERYWHERE, 68), ("udp", "::", 546)], DECLARED).passed


def test_every_form_of_a_listening_address_is_understood() -> None:
    local = ("*:9090", "[::]:9091", "[fe80::1]%ens2:9092", "127.0.0.53%lo:53", "0.0.0.0%ens2:9093")
    lines = [f"listen\ttcp\t{each}" for each in local]

    findings = inside("tools-prod", [], [], [], lines, DECLARED)

    assert failures(findings) == [
        ("public address", "open to the world: 9090/tcp, 9091/tcp, 9093/tcp"),
    ]


def test_a_published_port_is_found_although_nothing_listens() -> None:
    published = container(ports={"80/tcp": None, "5432/tcp": [{"HostIp": EVERYWHERE, "HostPort": "5432"}]})

    findings = inside("tools-prod", [WIKI], [], [], ["container\t" + json.dumps(published)], DECLARED)

    assert failures(findings) == [("public address", "open to the world: 5432/tcp")]


def test_a_file_of_secrets_that_others_can_read_is_named() -> None:
    rows = [["600 root:root", "/opt/a/.env"], ["644 root:root", "/opt/b/.env"]]

    finding = secret_files("tools-prod", rows)

    assert (finding.passed, finding.detail) == (False, "/opt/b/.env is 644 root:root")


@pytest.mark.parametrize(
    ("rows", "problem"),
    [
        ([["wiki.guild.test", "10.0.0.3 "]], None),
        (
            [["wiki.guild.test", "10.0.0.3 2001:bc8::3 "]],
            "wiki.guild.test leads to 10.0.0.3, 2001:bc8::3, not to 10.0.0.3",
        ),
        ([["wiki.guild.test", "10.0.0.5 "]], "wiki.guild.test leads to 10.0.0.5, not to 10.0.0.3"),
        ([["wiki.guild.test", ""]], "wiki.guild.test leads nowhere, not to 10.0.0.3"),
        ([], "wiki.guild.test leads nowhere, not to 10.0.0.3"),
    ],
)
def test_a_name_that_does_not_lead_to_its_server_alone_fails(
    rows: list[list[str]], problem: str | None
) -> None:
    finding = names("tools-prod", [RECORD], rows)

    assert (finding.passed, finding.detail) == (problem is None, problem or "each leads to its server")


@pytest.mark.parametrize(
    ("addresses", "good"), [("10.0.0.3 2001:bc8::3 ", True), ("10.0.0.3 ", False), ("2001:bc8::3 ", False)]
)
def test_a_name_with_two_addresses_leads_to_both(addresses: str, good: bool) -> None:
    both = [RECORD, replace(RECORD, address="2001:bc8::3")]

    assert names("tools-prod", both, [["wiki.guild.test", addresses]]).passed is good


def test_a_wildcard_is_asked_for_a_name_that_nobody_has() -> None:
    wildcard = DnsRecord(zone="guild.test", name="*", address="10.0.0.3")

    assert names("tools-prod", [wildcard], [["any-other.guild.test", "10.0.0.3"]]).passed


def test_a_target_that_is_down_fails_with_the_reason_on_the_host_it_belongs_to() -> None:
    (finding,) = scrapes("management", [TARGET], prometheus("down", "connection refused"))

    assert (finding.host, finding.passed) == ("tools-prod", False)
    assert finding.detail == "down connection refused"


def test_a_target_that_prometheus_does_not_know_fails() -> None:
    (finding,) = scrapes("management", [TARGET], '{"data": {"activeTargets": []}}')

    assert (finding.passed, finding.detail) == (False, "not a target")


def test_a_prometheus_that_does_not_answer_is_a_failure_of_its_host() -> None:
    (finding,) = scrapes("management", [TARGET], "curl: (7) Failed to connect")

    assert (finding.host, finding.detail) == ("management", "curl: (7) Failed to connect")


@pytest.mark.parametrize("status", [200, 204, 302, 401])
def test_an_app_that_greets_redirects_or_asks_who_is_there_answers(status: int) -> None:
    assert _unanswered(HTTPResponse(status=status)) is None


@pytest.mark.parametrize(
    ("status", "location", "good"),
    [
        (200, "", True),
        (404, "", True),
        (302, "https://n8n.guild.test/form/1", True),
        (302, "https://n8n.guild.test/outpost.goauthentik.io/start", False),
        (502, "", False),
    ],
)
def test_what_is_open_below_a_name_with_forward_auth_needs_no_login(
    status: int, location: str, good: bool
) -> None:
    answer = HTTPResponse(status=status, headers={"Location": location})

    assert (_no_answer(answer) is None) is good


@pytest.mark.parametrize(("status", "good"), [(403, True), (401, False), (404, False), (200, False)])
def test_a_closed_path_is_refused_by_the_edge_itself(status: int, good: bool) -> None:
    assert (_open(HTTPResponse(status=status)) is None) is good


def test_what_is_not_there_yet_is_looked_at_again_until_the_deadline(monkeypatch: pytest.MonkeyPatch) -> None:
    answers = iter([(False, "502"), (False, "502"), (True, "200")])
    waited: list[float] = []
    monkeypatch.setattr(Browser, "_once", lambda *_: next(answers))
    monkeypatch.setattr(browsers.time, "sleep", waited.append)
    patient = Browser(address="", ca_bundle="", deadline=browsers.time.monotonic() + 60)

    assert patient.look("wiki.example.org", "/", _unanswered) == (True, "200")
    assert len(waited) == 2
    answers = iter([(False, "502")])
    assert replace(patient, deadline=0).look("wiki.example.org", "/", _unanswered) == (False, "502")


@pytest.mark.parametrize("status", [403, 404, 500, 502])
def test_an_error_page_is_no_answer(status: int) -> None:
    assert _unanswered(HTTPResponse(status=status)) == f"answers {status}"


@pytest.mark.parametrize(
    ("location", "problem"),
    [
        (f"{GATEWAY}/application/o/authorize/?client_id=wiki&scope=openid", None),
        (
            f"{GATEWAY}/application/o/authorize/?client_id=other",
            "asks the identity provider as ['other'], not as wiki",
        ),
        (f"{GATEWAY}/application/o/authorize/", "asks the identity provider as [], not as wiki"),
    ],
)
def test_a_login_tells_the_identity_provider_who_asks(location: str, problem: str | None) -> None:
    answer = HTTPResponse(status=302, headers={"Location": location})

    assert leads_to(WIKI, GATEWAY)(answer) == problem


@pytest.mark.parametrize(
    ("told", "problem"),
    [
        ({"endpoint": f"{GATEWAY}/application/o/authorize/", "clientId": "wiki"}, None),
        (
            {"endpoint": f"{GATEWAY}/application/o/authorize/", "clientId": "other"},
            "asks the identity provider as ['other'], not as wiki",
        ),
        ({"endpoint": f"{GATEWAY}/application/o/authorize/", "client_id": "wiki"}, None),
        ({"url": f"{GATEWAY}/application/o/authorize/?client_id=wiki&state=x"}, None),
        ({"data": [{"redirect-uri": f"{GATEWAY}/application/o/authorize/?client_id=wiki"}]}, None),
        (
            {"url": "https://elsewhere.test/?client_id=wiki"},
            f"answers 200 and leads to '', not to {GATEWAY}/application/o/authorize/",
        ),
        ({}, f"answers 200 and leads to '', not to {GATEWAY}/application/o/authorize/"),
    ],
)
def test_a_script_may_be_told_the_way_to_the_identity_provider(
    told: dict[str, Any], problem: str | None
) -> None:
    answer = HTTPResponse(
        json.dumps(told).encode(), headers={"Content-Type": "application/json"}, preload_content=False
    )
    answer.status = 200

    assert leads_to(WIKI, GATEWAY)(answer) == problem


def test_an_answer_that_leads_nowhere_says_so() -> None:
    assert leads_to(WIKI, GATEWAY)(HTTPResponse(status=200)) == (
        f"answers 200 and leads to '', not to {GATEWAY}/application/o/authorize/"
    )


@pytest.mark.parametrize(("slug", "good"), [("wiki", True), ("other", False)])
def test_a_login_by_saml_leads_to_the_apps_own_address(slug: str, good: bool) -> None:
    location = f"{GATEWAY}/application/saml/{slug}/?SAMLRequest=x"
    route = Route(host="wiki", domain="public", service="web", port=80, login_path="/sso")
    saml = replace(WIKI, saml=Saml(acs="/acs"), routes=(route,))

    problem = leads_to(saml, GATEWAY)(HTTPResponse(status=302, headers={"Location": location}))

    assert (problem is None) is good


def test_a_login_that_only_a_form_of_the_app_can_begin_is_no_failure() -> None:
    assert leads_to(WIKI, GATEWAY)(HTTPResponse(status=405)) is None
    assert leads_to(WIKI, GATEWAY)(HTTPResponse(status=403)) is not None


def test_a_login_that_leads_elsewhere_says_where() -> None:
    answer = HTTPResponse(status=302, headers={"Location": "/login?error"})

    assert leads_to(WIKI, GATEWAY)(answer) == (
        "answers 302 and leads to '/login?error', not to https://gateway.guild.test/application/o/authorize/"
    )


def test_the_table_is_aligned_and_marks_failures() -> None:
    rows = [
        Finding(host="a", check="https", subject="wiki.guild.test", passed=True, detail="200"),
        Finding(host="tools", check="ports", subject="x", passed=False, detail="open"),
    ]

    assert table(rows).splitlines() == [
        "    host   check  subject          result  detail",
        "    a      https  wiki.guild.test  ok      200",
        "    tools  ports  x                FAILED  open",
    ]


def test_the_table_of_what_is_open_is_aligned() -> None:
    assert opened(
        [("tools-prod: itself", "management 10.0.0.5", "3100/tcp", "alloy: reaches: It sends.")]
    ) == (
        "    from                to                   port      because\n"
        "    tools-prod: itself  management 10.0.0.5  3100/tcp  alloy: reaches: It sends."
    )


class Blind(Browser):
    """Asks nobody and is always content."""

    def look(self, name: str, path: str, problem: Problem, way: Way | None = None) -> tuple[bool, str]:
        return True, "200"


def test_every_route_of_every_app_is_looked_at_and_every_login(site: Site) -> None:
    found = list(routes("any", APPS, site, GATEWAY, Blind(address="", ca_bundle="", deadline=0)))
    looked = [(each.check, each.subject) for each in found]

    for app in views.present(APPS):
        for route in app.routes:
            name, path = views.hostname(route, site), "".join(route.paths[:1])
            assert ("forward-auth" if route.forward_auth else "https", name + path) in looked
            assert not route.login_path or ("login", name + route.login_path) in looked
    assert len(looked) == len(set(looked))
