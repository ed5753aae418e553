"""Public names: where they should lead, and what a zone lacks of that."""

from dataclasses import replace

import pytest

from catalogue import APPS
from catalogue.model import Site
from catalogue.views import DnsRecord, dns_mark, dns_records
from tasks.dns import OLD_MARK, TTL_SECONDS, Plan, ZoneRecord, against, lines, plan
from tests.support.site import app

WIKI = DnsRecord(zone="example.org", name="wiki", address="203.0.113.3")


WIKI_V6 = DnsRecord(zone="example.org", name="wiki", address="2001:bc8::3")
ANY = DnsRecord(zone="example.org", name="*", address="203.0.113.3")
DEEP = DnsRecord(zone="example.org", name="a.b", address="203.0.113.3")
MARK = "guildhall/acme/production"
STAGING = "guildhall/acme/staging"
LETS_ENCRYPT = "acme-v02.api.letsencrypt.org"


def found(
    name: str, kind: str, data: str, comment: str = "", *, ours: bool = False, ttl: int = TTL_SECONDS
) -> ZoneRecord:
    comment = MARK if ours else comment
    return ZoneRecord(id=f"{name}-{kind}-{data}", name=name, kind=kind, data=data, ttl=ttl, comment=comment)


def planned(wanted: list[DnsRecord], there: list[ZoneRecord], authority: str = LETS_ENCRYPT) -> Plan:
    return plan("example.org", wanted, there, MARK, authority)


def said(wanted: list[DnsRecord], there: list[ZoneRecord]) -> list[str]:
    return list(lines(planned(wanted, there)))


def rivals(wanted: list[DnsRecord], there: list[ZoneRecord], authority: str = LETS_ENCRYPT) -> list[str]:
    """What is in the way, name and type of each."""
    return [f"{each.name} {each.kind}" for each in planned(wanted, there, authority).conflicts]


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
            "remove it, or give it the comment 'guildhall/acme/production'",
        ),
        (
            [found("wiki", "ALIAS", "pages.example.net.")],
            "wiki.example.org ALIAS pages.example.net.: CONFLICT, not ours and in the way; "
            "remove it, or give it the comment 'guildhall/acme/production'",
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

    made = planned([WIKI], [mine, found("wiki", "A", "198.51.100.2")])

    assert not made.changes
    assert [each.data for each in made.conflicts] == ["198.51.100.2"]


@pytest.mark.parametrize(
    "rival",
    [found("shop", "NS", "ns1.example.net."), found("shop", "AAAA", "::1"), found("", "A", "198.51.100.1")],
)
def test_a_name_beside_one_in_conflict_is_led_where_it_shall(rival: ZoneRecord) -> None:
    made = planned([WIKI, replace(WIKI, name=rival.name)], [rival])

    assert (made.conflicts, made.add) == ((rival,), (WIKI,))


def test_names_are_in_conflict_with_what_is_at_their_own_and_what_speaks_of_all_below() -> None:
    refusing, rival = found("", "CAA", '0 issue "digicert.com"'), found("wiki", "AAAA", "2001:bc8::99")
    made = planned([WIKI, replace(WIKI, name="shop")], [refusing, rival, found("shop", "ALIAS", "a.net.")])

    assert against(made, {"wiki"}) == [refusing, rival]
    assert against(made, set()) == []


def test_a_type_that_leads_nobody_is_in_nobodys_way() -> None:
    made = planned([WIKI], [found("wiki", "TXT", '"v=1"'), found("", "MX", "mail.example.net.")])

    assert not made.conflicts
    assert made.add == (WIKI,)


@pytest.mark.parametrize(
    ("wanted", "there"),
    [
        ([WIKI], found("wiki", "AAAA", "2001:bc8::99")),
        ([WIKI, WIKI_V6], found("wiki", "AAAA", "2001:bc8::99")),
        ([WIKI_V6], found("wiki", "A", "198.51.100.1")),
        ([ANY], found("*", "AAAA", "2001:bc8::99")),
        ([WIKI], found("wiki", "NS", "ns1.example.net.")),
        ([DEEP], found("b", "NS", "ns1.example.net.")),
        ([DEEP], found("b", "CNAME", "pages.example.net.")),
        ([DEEP], found("a.b", "NS", "ns1.example.net.")),
        ([replace(DEEP, name="a.b.c")], found("b.c", "DNAME", "example.net.")),
        ([WIKI], found("", "CNAME", "pages.example.net.")),
        ([WIKI], found("", "DNAME", "example.net.")),
        ([ANY], found("*", "CNAME", "pages.example.net.")),
        ([WIKI], found("wiki", "A", "198.51.100.1", STAGING)),
        ([WIKI], found("wiki", "A", "198.51.100.1", OLD_MARK)),
    ],
)
def test_what_leads_a_name_elsewhere_or_hands_it_to_others_is_in_the_way_and_the_name_is_left(
    wanted: list[DnsRecord], there: ZoneRecord
) -> None:
    made = planned(wanted, [there])

    assert made.conflicts == (there,)
    assert not made.changes


@pytest.mark.parametrize(
    ("wanted", "there"),
    [
        ([WIKI], found("", "NS", "ns0.dom.scw.cloud.")),
        ([WIKI], found("shop", "NS", "ns1.example.net.")),
        ([WIKI], found("*", "CNAME", "pages.example.net.")),
        ([WIKI], found("", "AAAA", "2001:bc8::99")),
        ([WIKI], found("b.wiki", "NS", "ns1.example.net.")),
        ([ANY], found("wiki", "CNAME", "pages.example.net.")),
        ([WIKI], found("shop", "A", "198.51.100.1", STAGING)),
        ([WIKI], found("kiwi", "AAAA", "2001:bc8::99")),
    ],
)
def test_what_speaks_of_another_name_is_left_alone(wanted: list[DnsRecord], there: ZoneRecord) -> None:
    made = planned(wanted, [there])

    assert made.foreign == (there,)
    assert (made.add, made.remove, made.conflicts) == (tuple(wanted), (), ())


@pytest.mark.parametrize(
    ("records", "refusing"),
    [
        ([("", '0 issue "digicert.com"')], [" CAA"]),
        ([("", '0 issue "letsencrypt.org"')], []),
        ([("", "0 issue letsencrypt.org")], []),
        ([("", '0 issue "letsencrypt.org; validationmethods=http-01"')], []),
        ([("", '0 issue "digicert.com"'), ("", '0 issue "letsencrypt.org"')], []),
        ([("", '0 issue " letsencrypt.org ; accounturi=https://x/1"')], []),
        ([("", '0 issue " digicert.com ; accounturi=https://x/1"')], [" CAA"]),
        ([("", '0 issue ";"')], [" CAA"]),
        ([("", "0 issue")], [" CAA"]),
        ([("", '128 ISSUE "Digicert.com"')], [" CAA"]),
        ([("", '0 iodef "mailto:a@example.org"')], []),
        ([("", '0 issuewild "digicert.com"')], []),
        ([("", '0 issue "notletsencrypt.org"')], [" CAA"]),
        ([("", '0 issue "encrypt.org"')], [" CAA"]),
        ([("wiki", '0 issue "digicert.com"')], ["wiki CAA"]),
        ([("wiki", '0 issue "letsencrypt.org"'), ("", '0 issue "digicert.com"')], []),
        ([("shop", '0 issue "digicert.com"')], []),
        ([("", "nonsense")], []),
    ],
)
def test_another_authoritys_caa_at_or_above_a_name_is_in_the_way_of_its_certificate(
    records: list[tuple[str, str]], refusing: list[str]
) -> None:
    there = [found(name, "CAA", data) for name, data in records]

    assert rivals([WIKI], there) == refusing
    assert planned([WIKI], there).add == (WIKI,)


def test_a_caa_record_is_told_with_the_authority_that_it_keeps_out() -> None:
    assert said([WIKI], [found("", "CAA", '0 issue "digicert.com"')]) == [
        "wiki.example.org A 203.0.113.3: missing",
        'example.org CAA 0 issue "digicert.com": CONFLICT, not ours and in the way of certificates from '
        "acme-v02.api.letsencrypt.org; remove it, or add one that names that authority",
    ]


@pytest.mark.parametrize(
    ("authority", "issuer"),
    [("dv.acme-v02.api.pki.goog", "pki.goog"), ("acme.zerossl.com", "sectigo.com"), ("ca.org", "ca.org")],
)
def test_an_authority_is_known_by_its_own_domain(authority: str, issuer: str) -> None:
    assert rivals([WIKI], [found("", "CAA", f'0 issue "{issuer}"')], authority) == []


def test_nothing_asks_for_a_certificate_of_a_wildcard() -> None:
    assert rivals([ANY], [found("", "CAA", '0 issue "digicert.com"')]) == []


def test_another_environments_records_are_never_ours_to_remove() -> None:
    there = [found("cloud", "A", "203.0.113.9", STAGING), found("old", "A", "203.0.113.9", OLD_MARK)]

    made = planned([WIKI], [*there, found("gone", "A", "203.0.113.9", ours=True)])

    assert [each.name for each in made.remove] == ["gone"]
    assert list(lines(made))[1:] == [
        "gone.example.org A 203.0.113.9: unused, ours to remove",
        "example.org: foreign, left alone: cloud A",
        "example.org: marked by an older version, left alone: old A; if it is of this environment, "
        "remove it, or give it the comment 'guildhall/acme/production'",
    ]


def test_a_record_of_an_older_version_that_says_what_is_wanted_gets_the_new_comment() -> None:
    old = found("wiki", "A", "203.0.113.3", OLD_MARK)

    made = planned([WIKI], [old])

    assert (made.add, made.remove, made.conflicts) == ((WIKI,), (old,), ())
    assert list(lines(made)) == [
        "wiki.example.org A 203.0.113.3: marked by an older version, gets the comment "
        "'guildhall/acme/production'"
    ]


def test_the_mark_names_the_organisation_and_the_environment(site: Site) -> None:
    marks = {
        dns_mark(replace(site, organisation=organisation, environment=environment))
        for organisation in ("acme", "umbrella")
        for environment in ("staging", "production")
    }

    assert len(marks) == 4
    assert OLD_MARK not in marks


def test_a_server_with_ipv6_has_its_names_lead_to_both_addresses(site: Site) -> None:
    hosts = tuple(
        replace(host, public_ipv6=f"2001:bc8::{number}") for number, host in enumerate(site.hosts, 1)
    )

    made = dns_records(APPS, replace(site, hosts=hosts))

    assert {(each.kind, each.address) for each in made if each.name == "wiki"} == {
        ("A", "203.0.113.3"),
        ("AAAA", "2001:bc8::1"),
    }
    assert len(made) == 2 * len(dns_records(APPS, site))


def test_a_leftover_ipv6_address_of_ours_is_removed() -> None:
    left = found("wiki", "AAAA", "2001:bc8::3", ours=True)

    made = planned([WIKI], [found("wiki", "A", "203.0.113.3", ours=True), left])

    assert (made.add, made.remove) == ((), (left,))


@pytest.mark.parametrize("comment", [f"{MARK}-2", f"not {MARK}", MARK.upper(), MARK[:-1]])
def test_a_comment_that_only_looks_like_ours_is_somebody_elses(comment: str) -> None:
    theirs = found("old", "A", "203.0.113.9", comment)

    assert not planned([], [theirs]).changes
    assert planned([], [theirs]).foreign == (theirs,)
