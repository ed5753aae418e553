"""Public names: where they should lead, and what a zone lacks of that."""

from dataclasses import replace

import pytest

from catalogue import APPS
from catalogue.model import Site
from catalogue.views import DnsRecord, dns_records
from tasks.dns import TTL_SECONDS, ZoneRecord, lines, plan
from tests.support.site import app

WIKI = DnsRecord(zone="example.org", name="wiki", address="203.0.113.3")


def found(name: str, kind: str, data: str, *, ours: bool = False, ttl: int = TTL_SECONDS) -> ZoneRecord:
    return ZoneRecord(id=f"{name}-{kind}-{data}", name=name, kind=kind, data=data, ttl=ttl, ours=ours)


def said(wanted: list[DnsRecord], there: list[ZoneRecord]) -> list[str]:
    return list(lines(plan("example.org", wanted, there)))


def test_every_name_leads_to_the_server_of_its_app(site: Site) -> None:
    servers = {host.public_ip: host.name for host in site.hosts}

    names = {f"{each.name}.{each.zone}": servers[each.address] for each in dns_records(APPS, site)}

    assert names["gateway.example.org"] == "authentik-prod"
    assert names["wiki.example.org"] == names["*.example.org"] == "tools-prod"
    assert {server for name, server in names.items() if name.endswith(".example.cc")} == {"management"}
    assert "*.example.cc" not in names


def test_a_name_with_several_routes_is_one_record(site: Site) -> None:
    outline = app("outline")
    twice = replace(outline, routes=(*outline.routes, replace(outline.routes[0], paths=("/hooks",))))

    assert dns_records([twice], site) == dns_records([outline], site)


def test_a_retired_app_has_no_name(site: Site) -> None:
    names = [each.name for each in dns_records([replace(app("outline"), present=False)], site)]

    assert names == ["*"]


def test_an_ipv6_address_makes_an_aaaa_record() -> None:
    assert replace(WIKI, address="2001:bc8::3").kind == "AAAA"
    assert WIKI.kind == "A"


@pytest.mark.parametrize(
    ("there", "line"),
    [
        ([], "wiki.example.org A 203.0.113.3: missing"),
        (
            [found("wiki", "A", "198.51.100.1", ours=True)],
            "wiki.example.org A 203.0.113.3: different, is 198.51.100.1 for 300 s",
        ),
        (
            [found("wiki", "A", "203.0.113.3", ours=True, ttl=60)],
            "wiki.example.org A 203.0.113.3: different, is 203.0.113.3 for 60 s",
        ),
        (
            [found("wiki", "A", "203.0.113.3", ours=True), found("old", "A", "203.0.113.3", ours=True)],
            "old.example.org A 203.0.113.3: unused, ours to remove",
        ),
        (
            [found("wiki", "CNAME", "pages.example.net.")],
            "wiki.example.org CNAME pages.example.net.: CONFLICT, not ours and in the way; "
            "remove it, or give it the comment 'guildhall'",
        ),
        (
            [found("wiki", "ALIAS", "pages.example.net.")],
            "wiki.example.org ALIAS pages.example.net.: CONFLICT, not ours and in the way; "
            "remove it, or give it the comment 'guildhall'",
        ),
        (
            [found("wiki", "A", "203.0.113.3"), found("", "MX", "mail.example.net.")],
            "example.org: foreign, left alone: @ MX, wiki A",
        ),
    ],
)
def test_a_plan_says_of_each_record_what_is_wrong(there: list[ZoneRecord], line: str) -> None:
    assert said([WIKI], there) == [line]


def test_a_name_in_conflict_is_not_touched_at_all() -> None:
    mine = found("wiki", "A", "198.51.100.1", ours=True)

    made = plan("example.org", [WIKI], [mine, found("wiki", "A", "198.51.100.2")])

    assert not made.changes
    assert [each.data for each in made.conflicts] == ["198.51.100.2"]


def test_another_type_of_the_same_name_is_in_nobodys_way() -> None:
    made = plan("example.org", [WIKI], [found("wiki", "TXT", '"v=1"'), found("wiki", "AAAA", "2001:bc8::3")])

    assert not made.conflicts
    assert made.add == (WIKI,)
