"""The domain itself as a public name: what leads there, who answers, and what it may be in the way of."""

from dataclasses import replace

import pytest

from catalogue import views
from catalogue.model import App, Route, Site
from catalogue.views import DnsRecord
from tasks.dns import ZoneRecord, against, lines, plan
from tests.support.site import app, release_of
from tests.support.yaml_text import read_yaml

FILES = ("/.well-known/matrix/server", "/.well-known/matrix/client")
FEDERATED = Route(host="@", domain="public", service="web", port=3000, paths=FILES)
FRONT = Route(host="@", domain="public", service="web", port=3000)
BARE = DnsRecord(zone="example.org", name="", address="203.0.113.3")
WIKI = DnsRecord(zone="example.org", name="wiki", address="203.0.113.3")
MARK = "guildhall/acme/production"


def with_route(name: str, route: Route) -> App:
    """An app of the catalogue, with another route."""
    known = app(name)
    return replace(known, routes=(*known.routes, replace(route, service=known.services[0].name)))


def found(kind: str, data: str, comment: str = "") -> ZoneRecord:
    """A record of the domain itself."""
    return ZoneRecord(id=kind, name="", kind=kind, data=data, ttl=300, comment=comment)


@pytest.mark.parametrize("host", ["", "Wiki", "-wiki", "wiki_1", "a.b", "wiki/x", "*", "a" * 64, "bücher"])
def test_a_route_has_one_label_of_a_name_or_is_of_the_domain_itself(host: str) -> None:
    with pytest.raises(
        ValueError, match="write one label of a host name: lower-case letters, digits, dashes; or @"
    ):
        Route(host=host, domain="public", service="web", port=80)
    assert Route(host="a" * 63, domain="public", service="web", port=80)


def test_apps_of_one_server_can_share_it(site: Site) -> None:
    wiki, front = with_route("outline", FEDERATED), with_route("decidim", FRONT)

    views.validated((wiki, front))
    assert views.hostname(FEDERATED, site) == "example.org"
    assert {record.name: record.example for record in views.dns_records((wiki, front), site)} == {
        "": "example.org",
        "wiki": "wiki.example.org",
        "voting": "voting.example.org",
        "*": "any-other.example.org",
    }


def test_it_is_probed_at_its_first_page_or_where_it_has_none_at_its_first_path(site: Site) -> None:
    wiki, front = with_route("outline", FEDERATED), with_route("decidim", FRONT)

    both = {probe.address: probe.app for probe in views.probes((wiki, front), site)}
    alone = {probe.address: probe.app for probe in views.probes((wiki,), site)}

    assert both["https://example.org/"] == "decidim"
    assert len(both) == 3
    assert alone == {"https://wiki.example.org/": "outline", f"https://example.org{FILES[0]}": "outline"}


def test_the_edge_takes_only_its_named_files(site: Site) -> None:
    release = release_of(with_route("outline", FEDERATED), site)
    written = read_yaml(release.files["live/traefik/routes/outline.yaml"])

    assert written["http"]["routers"]["outline-1"]["rule"] == (
        f"Host(`example.org`) && (PathPrefix(`{FILES[0]}`) || PathPrefix(`{FILES[1]}`))"
    )


def test_a_name_leads_to_one_server() -> None:
    here, far = with_route("decidim", FRONT), with_route("authentik", FEDERATED)

    with pytest.raises(ValueError, match=r"name '@ \(public\)' is of decidim and authentik, which run on"):
        views.validated((here, far))


def test_it_can_have_an_address_beside_its_other_records() -> None:
    others = [found("NS", "ns0.dom.scw.cloud."), found("MX", "10 mail")]

    assert list(lines(plan("example.org", [BARE], others, MARK, ""))) == [
        "example.org A 203.0.113.3: missing",
        "example.org: foreign, left alone: @ MX, @ NS",
    ]
    assert list(lines(plan("example.org", [BARE], [found("A", BARE.address, MARK)], MARK, ""))) == []


def test_an_address_of_others_is_in_its_way_and_in_that_of_no_name_below() -> None:
    elsewhere = found("A", "203.0.113.9")

    made = plan("example.org", [BARE, WIKI], [elsewhere], MARK, "")

    assert (made.conflicts, made.add) == ((elsewhere,), (WIKI,))
    assert against(made, {"wiki"}) == []
    assert against(made, {"", "wiki"}) == [elsewhere]
