"""How verify comes to a server: by IPv6, and past what its DNS zones say."""

import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from socket import AF_INET6

import pytest
import trustme
from scaleway.domain.v2beta1 import Record, RecordChange, RecordChangeAdd, RecordType

from catalogue import APPS
from catalogue.model import Site
from tasks import dns
from tasks.verify.browser import Browser, landed
from tasks.verify.outside import _unanswered
from tasks.verify.zones import names_in_zones
from tests.support import secret_manager
from tests.support.servers import serving

NAME = "wiki.example.org"
WAYS = {
    "/login?next=%2F": "/flow/?next=%2F",
    "/flow/?next=%2F": f"https://{NAME}/page",
    "/out": "app.wiki:///back?error=x",
    "/circle": "/circle",
}
"""Path: where it redirects to; others answer 200."""


@contextmanager
def https(folder: Path) -> Iterator[tuple[int, str]]:
    """The port of a server at the loopback's IPv6 address that is called so, and what it is trusted by."""

    class Six(HTTPServer):
        address_family = AF_INET6

    class Answer(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            way = WAYS.get(self.path)
            self.send_response(302 if way else 200)
            if way:
                self.send_header("Location", way)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *_: object) -> None:
            pass

    authority, context = trustme.CA(), ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert(NAME).configure_cert(context)
    authority.cert_pem.write_to_path(str(folder / "ca.pem"))
    with Six(("::1", 0), Answer) as server, serving(server):
        server.socket = context.wrap_socket(server.socket, server_side=True)
        yield server.server_port, str(folder / "ca.pem")


def test_a_page_is_asked_for_at_an_ipv6_address(tmp_path: Path) -> None:
    with https(tmp_path) as (port, trusted):
        browser = Browser(address=f"[::1]:{port}", ca_bundle=trusted, deadline=0)
        good = browser.look(NAME, "/", _unanswered)
        other = browser.look("voting.example.org", "/", _unanswered)

    assert good == (True, "200")
    assert (other[0], "voting.example.org" in other[1]) == (False, True)


def test_redirects_within_a_name_are_followed_to_their_end_and_those_out_of_it_are_the_answer(
    tmp_path: Path,
) -> None:
    with https(tmp_path) as (port, trusted):
        browser = Browser(address=f"[::1]:{port}", ca_bundle=trusted, deadline=0)
        found = {path: landed(browser, NAME, path) for path in ("/login?next=%2F", "/out", "/circle")}

    assert {path: (each.status, each.headers.get("Location")) for path, each in found.items()} == {
        "/login?next=%2F": (200, None),
        "/out": (302, "app.wiki:///back?error=x"),
        "/circle": (302, "/circle"),
    }


@pytest.fixture
def api(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """A provider that has both zones, with all names in them."""
    with secret_manager.running(tmp_path, monkeypatch) as url:
        yield url


def zones_of(site: Site) -> None:
    zones = dns.Zones(timeout=1)
    for zone in site.domains.values():
        zones._api.create_dns_zone(domain=zone, subdomain="")
    list(dns.apply(dns.plans(APPS, site, zones), zones))


def by_hand(name: str, kind: str, data: str) -> None:
    record = Record(id="", name=name, type_=RecordType(kind), data=data, ttl=3600, priority=0)
    change = RecordChange(add=RecordChangeAdd(records=[record]))
    dns.Zones(timeout=1)._api.update_dns_zone_records(
        dns_zone="example.org", changes=[change], disallow_new_zone_creation=True
    )


def rows(site: Site, number: int = 0) -> list[tuple[str, bool, str]]:
    return [
        (each.subject, each.passed, each.detail) for each in names_in_zones(site.hosts[number], APPS, site)
    ]


def test_zones_without_a_conflict_are_a_good_row_on_each_server_that_has_names_in_them(
    site: Site, api: str
) -> None:
    zones_of(site)

    assert rows(site, 0) == [("zone example.org", True, "nothing is in the way")]
    assert rows(site, 1) == [("zone example.cc", True, "nothing is in the way")]


@pytest.mark.parametrize(
    ("name", "kind", "data", "servers"),
    [
        ("wiki", "AAAA", "2001:bc8::99", [0]),
        ("gateway", "NS", "ns1.example.net.", [2]),
        ("", "CAA", '0 issue "digicert.com"', [0, 2]),
    ],
)
def test_a_conflict_fails_on_the_servers_whose_names_it_is_about(
    site: Site, api: str, name: str, kind: str, data: str, servers: list[int]
) -> None:
    zones_of(site)
    by_hand(name, kind, data)

    failed = [number for number in range(3) if not all(passed for _, passed, _ in rows(site, number))]

    assert failed == servers
    assert f"{kind} {data}: CONFLICT, not ours and in the way" in rows(site, servers[0])[0][2]


def test_without_the_providers_key_nothing_is_asked(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("SCW_ACCESS_KEY", raising=False)

    assert rows(site) == []


def test_zones_that_the_project_does_not_have_are_said_not_to_be_looked_at(site: Site, api: str) -> None:
    (row,) = rows(replace(site, domains={"public": "example.net", "ops": "example.cc"}))

    assert row[:2] == ("zones", True)
    assert row[2].startswith("not looked at: DNS zone example.net: cannot read it: ")
