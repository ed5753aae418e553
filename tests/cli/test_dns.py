"""Public names at the provider: the real SDK and the real command bring a zone to the catalogue."""

import os
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from scaleway.domain.v2beta1 import Record, RecordChange, RecordChangeAdd, RecordType

from catalogue import APPS
from catalogue.model import Site
from catalogue.views import dns_mark, dns_records
from tasks import dns
from tasks.dns import OLD_MARK, Zones, plans, report
from tests.support import secret_manager
from tests.support.plans import production
from tests.support.project import copied
from tests.support.secret_manager import asked, fault


def state(site: Site, zones: Zones) -> str:
    """What the site's zones are, in a word."""
    made = plans(APPS, site, zones)
    conflict = any(each.conflicts for each in made)
    return "in conflict" if conflict else "to change" if any(each.changes for each in made) else "right"


def apply(site: Site, zones: Zones) -> list[str]:
    """The zones that were changed."""
    return list(dns.apply(plans(APPS, site, zones), zones))


@pytest.fixture
def api(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """The address of an API that has both zones, as they are when a domain was just registered."""
    with secret_manager.running(tmp_path, monkeypatch) as url:
        register("example.org", "example.cc")
        yield url


@pytest.fixture
def zones(api: str) -> Zones:
    return Zones(timeout=1)


def by_hand(zones: Zones, name: str, kind: str, data: str, comment: str | None = None) -> None:
    """A record as somebody makes it in the console."""
    write(zones, record(name, kind, data, comment))


def record(name: str, kind: str, data: str, comment: str | None = None) -> Record:
    return Record(id="", name=name, type_=RecordType(kind), data=data, ttl=3600, priority=0, comment=comment)


def write(zones: Zones, *records: Record) -> None:
    change = RecordChange(add=RecordChangeAdd(records=list(records)))
    zones._api.update_dns_zone_records(
        dns_zone="example.org", changes=[change], disallow_new_zone_creation=True
    )


def test_apply_makes_every_record_once(site: Site, zones: Zones, api: str) -> None:
    assert state(site, zones) == "to change"
    assert apply(site, zones) == ["example.org: changed", "example.cc: changed"]

    assert state(site, zones) == "right"
    ours = [each for each in zones.records("example.org") if each.comment == dns_mark(site)]
    wanted = [each for each in dns_records(APPS, site) if each.zone == "example.org"]
    assert {(each.name, each.data) for each in ours} == {(each.name, each.address) for each in wanted}
    assert apply(site, zones) == []
    writes = {call: count for call, count in asked(api).items() if call.startswith("PATCH")}
    assert set(writes.values()) == {1}


def test_a_server_that_moved_takes_its_names_along(site: Site, zones: Zones) -> None:
    apply(site, zones)
    hosts = tuple(replace(host, public_ip="198.51.100.7") for host in site.hosts)

    apply(replace(site, hosts=hosts), zones)

    assert {each.data for each in zones.records("example.org") if each.comment} == {"198.51.100.7"}


def test_what_is_not_wanted_any_more_goes_and_what_others_made_stays(site: Site, zones: Zones) -> None:
    by_hand(zones, "", "MX", "mail.example.net.")
    by_hand(zones, "shop", "A", "198.51.100.9")
    apply(site, zones)

    apply(replace(site, wildcards={}), zones)

    left = {(each.name, each.kind) for each in zones.records("example.org")}
    assert {("", "MX"), ("", "NS"), ("shop", "A"), ("wiki", "A")} <= left
    assert ("*", "A") not in left


def test_a_conflict_is_named_and_the_other_names_are_made(site: Site, zones: Zones) -> None:
    by_hand(zones, "wiki", "A", "198.51.100.9")

    assert state(site, zones) == "in conflict"
    apply(site, zones)

    said = list(report(plans(APPS, site, zones)))
    assert any(line.startswith("wiki.example.org A 198.51.100.9: CONFLICT") for line in said)
    there = {
        each.name: (each.data, each.comment) for each in zones.records("example.org") if each.kind == "A"
    }
    assert there["wiki"] == ("198.51.100.9", "")
    assert there["gateway"] == ("203.0.113.2", dns_mark(site))


def test_a_record_that_is_given_our_comment_is_ours_from_then_on(site: Site, zones: Zones) -> None:
    by_hand(zones, "wiki", "A", "198.51.100.9", comment=dns_mark(site))

    assert apply(site, zones)
    assert state(site, zones) == "right"


def test_a_comment_that_only_holds_ours_is_somebody_elses(site: Site, zones: Zones) -> None:
    by_hand(zones, "wiki", "A", "198.51.100.9", comment=f"not of {dns_mark(site)}")

    assert state(site, zones) == "in conflict"


def test_the_mark_of_older_versions_is_replaced_where_the_record_is_right(site: Site, zones: Zones) -> None:
    by_hand(zones, "wiki", "A", "203.0.113.3", comment=OLD_MARK)
    by_hand(zones, "old", "A", "203.0.113.3", comment=OLD_MARK)
    assert state(site, zones) == "to change"

    apply(site, zones)

    assert state(site, zones) == "right"
    there = {each.name: each.comment for each in zones.records("example.org") if each.kind == "A"}
    assert (there["wiki"], there["old"]) == (dns_mark(site), OLD_MARK)


def test_staging_in_productions_zone_offers_to_remove_nothing_of_it(site: Site, zones: Zones) -> None:
    apply(site, zones)
    before = zones.records("example.org")
    staging = replace(site, environment="staging", wildcards={})
    apps = [replace(each, present=False) for each in APPS]

    made = plans(apps, staging, zones)

    assert [each for plan in made for each in plan.remove] == []
    list(dns.apply(made, zones))
    assert zones.records("example.org") == before


def test_a_server_gets_and_loses_its_ipv6_address(site: Site, zones: Zones) -> None:
    hosts = tuple(replace(host, public_ipv6=f"2001:bc8::{host.private_ip[-1]}") for host in site.hosts)

    apply(replace(site, hosts=hosts), zones)

    there = {(each.kind, each.data) for each in zones.records("example.org") if each.name == "wiki"}
    assert there == {("A", "203.0.113.3"), ("AAAA", "2001:bc8::3")}
    assert state(replace(site, hosts=hosts), zones) == "right"
    apply(site, zones)
    assert [each.data for each in zones.records("example.org") if each.kind == "AAAA"] == []


@pytest.mark.parametrize(
    ("name", "kind", "data", "said"),
    [
        ("wiki", "AAAA", "2001:db8:0:0::99", "wiki.example.org AAAA 2001:db8::99: CONFLICT, not ours and in"),
        (
            "",
            "CAA",
            '0 issue "digicert.com"',
            'example.org CAA 0 issue "digicert.com": CONFLICT, not ours and',
        ),
        (
            "voting",
            "NS",
            "ns1.example.net.",
            "voting.example.org NS ns1.example.net.: CONFLICT, not ours and",
        ),
    ],
)
def test_what_others_left_at_or_above_a_name_is_a_conflict(
    site: Site, zones: Zones, name: str, kind: str, data: str, said: str
) -> None:
    apply(site, zones)
    by_hand(zones, name, kind, data)

    assert state(site, zones) == "in conflict"
    assert [line for line in report(plans(APPS, site, zones)) if line.startswith(said)]


def test_a_zone_of_many_records_is_read_to_its_end(zones: Zones) -> None:
    made = [record(f"host-{number}", "A", "198.51.100.9") for number in range(120)]
    write(zones, *made)

    assert len(zones.records("example.org")) == 122


def test_a_zone_that_the_project_does_not_have_is_named_and_nothing_is_changed(
    site: Site, zones: Zones
) -> None:
    with pytest.raises(ValueError, match=r"^DNS zone example.net: cannot read it: there is no such thing"):
        apply(replace(site, domains={"public": "example.org", "ops": "example.net"}), zones)

    assert not [each for each in zones.records("example.org") if each.comment]


def test_an_api_that_fails_for_a_moment_is_asked_again(site: Site, zones: Zones, api: str) -> None:
    fault(api, "status", status=503)

    assert apply(site, zones)


def test_a_refused_key_is_told_what_it_lacks(zones: Zones, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SCW_SECRET_KEY", "33333333-3333-4333-8333-333333333333")

    with pytest.raises(ValueError, match="DomainsDNSFullAccess"):
        Zones(timeout=1).records("example.org")


def test_the_command_reads_the_inventory_and_ends_with_2_where_there_is_something_to_do(
    api: str, tmp_path: Path
) -> None:
    account = {
        "SCW_ACCESS_KEY": "SCWXXXXXXXXXXXXXXXXX",
        "SCW_SECRET_KEY": secret_manager.KEY,
        "SCW_DEFAULT_PROJECT_ID": secret_manager.PROJECT,
        "SCW_DEFAULT_REGION": "fr-par",
        "SCW_API_URL": api,
    }
    with production(tmp_path / "copy") as operator:
        ran = operator.guildhall("dns", "check", **account)

    assert ran.code == 2, ran.err
    assert "gateway.example.org A 127.0.0.3: missing" in ran.out


def test_without_an_account_the_command_says_what_to_set(tmp_path: Path) -> None:
    with production(tmp_path) as operator:
        ran = operator.guildhall("dns", "check")

    assert (ran.code, ran.out) == (1, "")
    assert ran.err.startswith("Scaleway: missing or malformed: SCW_ACCESS_KEY")
    assert "Traceback" not in ran.err


def register(*domains: str) -> None:
    """Zones of the project, as they are when a domain was just registered."""
    sdk = Zones(timeout=1)._api
    for domain in domains:
        sdk.create_dns_zone(domain=domain, subdomain="")


def test_the_names_that_the_lab_makes_leave_its_check_nothing_to_do(api: str, tmp_path: Path) -> None:
    register("guild.test", "hall.test")
    project = copied(tmp_path / "copy")
    account = {name: value for name, value in os.environ.items() if name.startswith("SCW_")}
    project.write(".lab/env", "".join(f"{name}={value}\n" for name, value in account.items()))

    before = project.guildhall("dns", "check")
    for _ in range(2):  # `guildhall lab up` again and again
        made = project.run("-c", "from lab import seed; seed.names()")
        assert made.code == 0, made.err
    after = project.guildhall("dns", "check")

    assert (before.code, after.code) == (2, 0), after.out
    assert after.out.splitlines()[-1].endswith("records are wanted, all as they should be")
