"""What the provider is asked of a zone and told to change, word for word, and what is said of all zones."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from catalogue import APPS
from catalogue.model import Site
from catalogue.views import DnsRecord, dns_mark, dns_records
from tasks import dns
from tasks.dns import TTL_SECONDS, ZoneRecord, Zones
from tests.support.answers import API, Answer, Session, answered, use_key
from tests.support.site import app

MARK = "guildhall/acme/production"
RECORDS = f"{API}/domain/v2beta1/dns-zones/example.org/records"


@pytest.fixture
def opened(monkeypatch: pytest.MonkeyPatch) -> Callable[[Answer], tuple[Zones, Session]]:
    use_key(monkeypatch)
    return lambda answer: answered(Zones(timeout=4), answer)


Open = Callable[[Answer], tuple[Zones, Session]]


def record(name: str, kind: str, data: str, comment: str | None = None) -> dict[str, Any]:
    """As the API tells of one."""
    return {
        "id": f"of-{name}",
        "name": name,
        "type": kind,
        "data": data,
        "ttl": 60,
        "priority": 0,
        "comment": comment,
    }


def zone(*records: dict[str, Any]) -> Answer:
    return lambda _: (200, {"records": list(records), "total_count": len(records)})


def found(name: str, kind: str, data: str, comment: str = "", ttl: int = 60) -> ZoneRecord:
    return ZoneRecord(id=f"of-{name}", name=name, kind=kind, data=data, ttl=ttl, comment=comment)


def test_everything_in_a_zone_is_read(opened: Open) -> None:
    zones, session = opened(
        zone(
            record("wiki", "A", "203.0.113.3", MARK),
            record("", "MX", "10 mail.example.net."),
            record("v6", "AAAA", "2001:0BC8:0::3"),
            record("odd", "AAAA", "2001:zz"),
            record("note", "TXT", "2001:0BC8:0::3"),
        )
    )

    assert zones.records("example.org") == [
        found("wiki", "A", "203.0.113.3", MARK),
        found("", "MX", "10 mail.example.net."),
        found("v6", "AAAA", "2001:bc8::3"),
        found("odd", "AAAA", "2001:zz"),
        found("note", "TXT", "2001:0BC8:0::3"),
    ]
    asked = session.asked[0]
    assert (asked.method, asked.url, asked.timeout) == ("GET", RECORDS, 4)
    assert asked.params.items() >= {"name": "", "page_size": 100}.items()


def test_a_change_is_one_request_that_makes_no_zone(opened: Open) -> None:
    zones, session = opened(lambda _: (200, {"records": []}))
    new = [DnsRecord(zone="example.org", name="wiki", address="203.0.113.3")]
    new.append(DnsRecord(zone="example.org", name="*", address="2001:bc8::3"))

    zones.change("example.org", [found("old", "A", "198.51.100.1")], new, MARK)

    [asked] = session.asked
    assert (asked.method, asked.url) == ("PATCH", RECORDS)
    assert asked.body["disallow_new_zone_creation"] is True
    gone, added = asked.body["changes"]
    assert gone == {"delete": {"id": "of-old"}}
    told = [{key: value for key, value in each.items() if key != "id"} for each in added["add"]["records"]]
    assert told == [
        {
            "name": "wiki",
            "type": "A",
            "data": "203.0.113.3",
            "ttl": TTL_SECONDS,
            "priority": 0,
            "comment": MARK,
        },
        {
            "name": "*",
            "type": "AAAA",
            "data": "2001:bc8::3",
            "ttl": TTL_SECONDS,
            "priority": 0,
            "comment": MARK,
        },
    ]


def test_what_only_goes_adds_nothing(opened: Open) -> None:
    zones, session = opened(lambda _: (200, {"records": []}))

    zones.change("example.org", [found("old", "A", "198.51.100.1")], [], MARK)

    assert session.asked[0].body["changes"] == [{"delete": {"id": "of-old"}}]


@pytest.mark.parametrize(
    ("act", "said"),
    [
        (lambda zones: zones.records("example.org"), "DNS zone example.org: cannot read it"),
        (
            lambda zones: zones.change("example.org", [found("a", "A", "1.2.3.4")], [], MARK),
            "DNS zone example.org: cannot change it",
        ),
    ],
)
def test_a_refusal_names_the_zone_and_what_the_key_lacks(
    opened: Open, act: Callable[[Zones], object], said: str
) -> None:
    zones, _ = opened(lambda _: (403, {}))
    lacks = "policy allows DomainsDNSFullAccess or, to read, DomainsDNSReadOnly"

    with pytest.raises(ValueError, match=f"^{said}: access refused; .*{lacks}$"):
        act(zones)


class Remembered:
    """Zones in memory, by name, and each change."""

    def __init__(self, **zones: list[ZoneRecord]) -> None:
        self.zones = zones
        self.changed: list[tuple[Any, ...]] = []

    def records(self, zone: str) -> list[ZoneRecord]:
        return self.zones.get(zone.replace(".", "_"), [])

    def change(self, *given: Any) -> None:
        self.changed.append(given)


def full(site: Site, domain: str) -> list[ZoneRecord]:
    """All that a zone of the site wants, as it should be."""
    return [
        found(each.name, each.kind, each.address, dns_mark(site), TTL_SECONDS)
        for each in dns_records(APPS, site)
        if each.zone == domain
    ]


def test_each_domain_is_planned_once_with_its_own_names(site: Site) -> None:
    zones: Any = Remembered(example_org=full(site, "example.org"))

    public, ops = dns.plans(APPS, site, zones)

    assert (public.zone, ops.zone) == ("example.org", "example.cc")
    assert not public.changes
    assert ops.changes
    assert (
        ops.add == ops.wanted == tuple(each for each in dns_records(APPS, site) if each.zone == "example.cc")
    )
    assert (ops.mark, ops.authority) == (dns_mark(site), "acme.example.net")
    one_domain = replace(site, domains={"public": "example.org", "ops": "example.org"})
    assert [each.zone for each in dns.plans(APPS, one_domain, zones)] == ["example.org"]


def test_an_app_that_no_host_is_for_is_refused_before_a_zone_is_read(site: Site) -> None:
    zones: Any = Remembered()

    with pytest.raises(ValueError, match="app 'blog'"):
        dns.plans((replace(app("outline"), name="blog", group="nowhere"),), site, zones)


def test_the_report_ends_each_zone_with_its_sum(site: Site) -> None:
    rival = found("grafana", "CNAME", "pages.example.net.")
    zones: Any = Remembered(example_org=full(site, "example.org"), example_cc=[rival])
    public, ops = dns.plans(APPS, site, zones)

    said = list(dns.report([public, ops]))

    assert said[0] == f"example.org: {len(public.wanted)} records are wanted, all as they should be"
    assert said[-1] == f"example.cc: {len(ops.wanted)} records are wanted"
    assert said[1:-1] == list(dns.lines(ops))
    quiet = replace(ops, add=(), remove=())
    assert list(dns.report([quiet]))[-1] == f"example.cc: {len(ops.wanted)} records are wanted"


def test_only_zones_with_something_to_change_are_changed(site: Site) -> None:
    zones: Any = Remembered(
        example_org=full(site, "example.org"),
        example_cc=[found("old", "A", "203.0.113.5", dns_mark(site))],
    )
    public, ops = dns.plans(APPS, site, zones)

    assert list(dns.apply([public, ops], zones)) == ["example.cc: changed"]
    assert zones.changed == [("example.cc", ops.remove, ops.add, dns_mark(site))]
    assert [each.name for each in ops.remove] == ["old"]
