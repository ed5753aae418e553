"""Who reached what, held against the records: too much and too little are named, the rest has its reason."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pytest

from catalogue import APPS, views
from catalogue.model import Host, Site
from tasks.look import METADATA
from tasks.run import Finding
from tasks.verify.reach import Judge
from tasks.verify.scan import Source, Target, plan, told
from tests.support.site import HOSTS

TOOLS, MANAGEMENT, AUTHENTIK = HOSTS
NAMES = {
    "10.0.0.9": ["10.0.0.9"],
    "s3.example.net": ["1.2.3.4"],
    "smtp.example.net": ["10.0.0.8"],
    "acme.example.net": ["1.2.3.5"],
}
WIKI = {"outline_default": ["172.20.1.2"], "traefik_to_outline": ["172.20.2.2"]}
EDGE = {"traefik_default": ["172.20.0.2"], "traefik_to_outline": ["172.20.2.3"]}


def judge(site: Site, *sources: Source, host: Host = TOOLS, **known: set[tuple[str, int]]) -> Judge:
    listening = {name.replace("_", "-"): found for name, found in known.items()}
    return Judge(
        host=host,
        apps=APPS,
        site=site,
        told=told(
            [
                {"kind": "names", "names": NAMES},
                *({"kind": "container", "name": each.name, "app": each.app, "networks": each.networks}
                  for each in sources if each.name),
                *({"kind": "from", "name": each.name, "answers": shortened(each.answers)}
                  for each in sources),
            ]
        ),
        listening=listening,
    )  # fmt: skip


def shortened(answers: Mapping[Target, str]) -> dict[str, dict[str, list[int]]]:
    found: dict[str, dict[str, list[int]]] = {}
    for (address, protocol, port), answer in answers.items():
        found.setdefault(answer, {}).setdefault(f"{protocol} {address}", []).append(port)
    return found


def must(site: Site, app: str, host: Host = TOOLS) -> dict[Target, str]:
    """What a good host answers a source: all that must be open."""
    made = judge(site, host=host)
    found = {target: "open" for target, each in made._by_app[app].items() if made._answers(each, "")}
    outlet = made._outlets.get(app)
    for what, port in outlet.services if outlet else ():
        found[NAMES[views.services(site)[what][0]][0], "tcp", port] = "open"
    return found


def wiki(site: Site, **answers: str) -> Source:
    """The wiki's container; what it was answered, as `port_ADDRESS`, beside what is good."""
    more = {_target(key): answer for key, answer in answers.items()}
    return Source(
        name="outline-outline-1", app="outline", networks=WIKI, answers=must(site, "outline") | more
    )


def _target(key: str) -> Target:
    protocol, port, *address = key.split("_")
    return ".".join(address), protocol, int(port)


def failed(found: list[Finding]) -> list[tuple[str, str]]:
    return [(each.subject, each.detail) for each in found if not each.passed]


def test_a_site_as_it_should_be_is_two_good_rows_and_each_opening_has_its_reason(site: Site) -> None:
    itself = Source(name="", answers=must(site, "") | {("10.0.0.5", "tcp", 9100): "silent"})
    made = judge(site, itself, wiki(site, tcp_9100_10_0_0_5="ECONNREFUSED", udp_53_10_0_0_5="EHOSTUNREACH"))

    rows = made.rows()
    assert [(each.check, each.host, each.subject, each.passed) for each in rows] == [
        ("reach", "tools-prod", "from the server itself", True),
        ("reach", "tools-prod", "from 1 containers", True),
    ]
    count = len(itself.answers)
    assert rows[0].detail == f"{count} ports tried, {count - 1} open, each as a record says"
    reasons = {(source, port, whose): because for source, whose, port, because in made.open()}
    assert ("tools-prod: outline-outline-1", "5432/tcp", "10.0.0.9") in reasons
    assert reasons["tools-prod: outline-outline-1", "5432/tcp", "10.0.0.9"] == "outline: database"
    assert reasons["tools-prod: outline-outline-1", "443/tcp", "s3.example.net 1.2.3.4"] == (
        "outline: internet"
    )
    assert reasons["tools-prod: itself", "3100/tcp", "management 10.0.0.5"].startswith("alloy: reaches: ")


@pytest.mark.parametrize(
    ("answers", "said"),
    [
        ({"tcp_9100_10_0_0_5": "open"}, "management 10.0.0.5 port 9100/tcp is open, and nothing says so"),
        ({"tcp_22_203_0_113_5": "open"}, "management 203.0.113.5 port 22/tcp is open, and nothing says so"),
        ({"udp_9_10_0_0_5": "ECONNREFUSED"}, "management 10.0.0.5 port 9/udp is open, and nothing says so"),
        ({"udp_9_10_0_0_5": "open"}, "management 10.0.0.5 port 9/udp is open, and nothing says so"),
        ({"tcp_80_169_254_169_254": "open"}, "169.254.169.254 port 80/tcp is open, and nothing says so"),
        ({"tcp_22_172_20_1_1": "open"}, "172.20.1.1 port 22/tcp is open, and nothing says so"),
        ({"tcp_14000_10_0_0_9": "open"}, "10.0.0.9 port 14000/tcp is open, and nothing says so"),
        (
            {"tcp_443_10_0_0_2": "ECONNREFUSED"},
            "authentik-prod 10.0.0.2 port 443/tcp is closed, "
            "for traefik: Port(public=True): Serves every route.",
        ),
        (
            {"tcp_5432_10_0_0_9": "silent"},
            "10.0.0.9 (10.0.0.9) port 5432/tcp is closed, for outline: database",
        ),
    ],
)
def test_too_much_and_too_little_is_named_with_the_port_and_the_reason(
    site: Site, answers: dict[str, str], said: str
) -> None:
    assert failed(judge(site, wiki(site, **answers)).rows()) == [("from outline-outline-1", said)]


def test_what_a_firewall_answers_or_nobody_does_is_closed(site: Site) -> None:
    closed = {
        "tcp_9100_10_0_0_5": "silent",
        "udp_9_10_0_0_5": "EHOSTUNREACH",
        "tcp_1_10_0_0_5": "ECONNREFUSED",
    }

    assert failed(judge(site, wiki(site, **closed)).rows()) == []


def test_a_row_names_a_few_and_counts_the_rest(site: Site) -> None:
    answers = {f"tcp_{port}_10_0_0_5": "open" for port in range(7000, 7010)}
    [(_, said)] = failed(judge(site, wiki(site, **answers)).rows())

    assert said.count("nothing says so") == 4
    assert said.endswith("; and 6 more")


def test_apps_meet_the_edge_on_their_network_and_nobody_else(site: Site) -> None:
    shown = {("172.20.2.3", "tcp", port): "open" for port in (8080, 8443)}
    outline = wiki(site)
    edge = Source(
        name="traefik-traefik-1",
        app="traefik",
        networks=EDGE,
        answers={("172.20.2.2", "tcp", 3000): "open"} | must(site, "traefik")
        | {("10.0.0.9", "tcp", 14000): "silent"},
    )  # fmt: skip
    good = judge(site, replace(outline, answers={**outline.answers, **shown}), edge)
    metrics = {("172.20.2.3", "tcp", 8082): "open", ("172.20.0.2", "tcp", 8080): "open"}
    bad = judge(site, replace(outline, answers={**outline.answers, **metrics}), edge)
    strange = Source(name="redis-1", app="redis", networks={"redis_default": ["172.20.9.2"]},
                     answers={("172.20.1.2", "tcp", 3000): "open"} | must(site, "redis"))  # fmt: skip

    assert [each for each in failed(good.rows()) if "outline" in each[0]] == []
    assert failed(bad.rows())[0] == (
        "from outline-outline-1",
        "traefik-traefik-1 172.20.0.2 port 8080/tcp is open, and nothing says so; "
        "traefik-traefik-1 172.20.2.3 port 8082/tcp is open, and nothing says so",
    )
    assert failed(judge(site, wiki(site), strange).rows()) == [
        ("from redis-1", "outline-outline-1 172.20.1.2 port 3000/tcp is open, and nothing says so")
    ]


def test_what_a_person_started_reaches_the_internet_and_nothing_else(site: Site) -> None:
    answers = {("10.0.0.5", "tcp", 443): "open", ("1.2.3.4", "tcp", 443): "open"}
    row = failed(judge(site, Source(name="experiment", answers=answers)).rows())
    assert row == [("from experiment", "management 10.0.0.5 port 443/tcp is open, and nothing says so")]


def test_who_may_not_into_the_internet_is_named_if_it_gets_there(site: Site) -> None:
    answers = must(site, "redis", AUTHENTIK) | {("1.2.3.4", "tcp", 443): "open"}
    source = Source(name="redis-redis-1", app="redis", answers=answers)

    assert failed(judge(site, source, host=AUTHENTIK).rows()) == [
        ("from redis-redis-1", "s3.example.net 1.2.3.4 port 443/tcp is open, and nothing says so")
    ]


def test_what_only_group_data_declares_must_answer_where_something_listens(site: Site) -> None:
    hosts = tuple(replace(each, public_ports=("22/tcp",)) for each in site.hosts)
    site = replace(site, hosts=hosts)
    itself = Source(name="", answers=must(site, ""))

    assert failed(judge(site, itself, host=hosts[0]).rows()) == []
    [(_, said)] = failed(judge(site, itself, host=hosts[0], management={("tcp", 22)}).rows())
    assert "management 10.0.0.5 port 22/tcp is closed, for group_data: public_ports of management" in said


def test_a_network_without_the_family_is_no_closed_port(site: Site) -> None:
    hosts = tuple(replace(each, public_ipv6="2001:db8::3") for each in site.hosts[:1]) + site.hosts[1:]
    site = replace(site, hosts=hosts)
    away = {("2001:db8::3", "tcp", port): "ENETUNREACH" for port in (80, 443)}
    management = Source(name="", answers=must(site, "", hosts[1]) | away)
    closed = {("2001:db8::3", "tcp", port): "silent" for port in (80, 443)}

    assert failed(judge(site, management, host=hosts[1]).rows()) == []
    silent = replace(management, answers={**management.answers, **closed})
    assert "2001:db8::3 port 443/tcp is closed" in failed(judge(site, silent, host=hosts[1]).rows())[0][1]


def test_only_the_sites_own_and_what_it_declares_is_tried(site: Site) -> None:
    made = plan(TOOLS, APPS, site, {"management": {("tcp", 8099), ("udp", 5355)}, "tools-prod": set()})

    assert made["others"] == ["10.0.0.5", "203.0.113.5", "10.0.0.2", "203.0.113.2"]
    assert set(made["servers"]) - set(made["others"]) == {"10.0.0.3", "203.0.113.3"}
    assert {8099, 22, 443, 3100, 9323, 2375} <= set(made["tcp"])
    assert {5355, 53} <= set(made["udp"])
    assert set(made["services"]) == {
        ("10.0.0.9", 5432),
        ("s3.example.net", 443),
        ("smtp.example.net", 465),
        ("acme.example.net", 443),
        *METADATA,
    }


@pytest.mark.parametrize("line", [{}, {"kind": "from", "name": "x", "answers": []}, {"kind": "names"}])
def test_a_damaged_answer_is_not_believed(line: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match="what it says of its ports is damaged; verify again"):
        told([line])
