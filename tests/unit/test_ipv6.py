"""A server with an IPv6 address: what its edge publishes, and how it is asked from outside."""

import socket
from collections.abc import Callable
from dataclasses import replace
from types import SimpleNamespace
from typing import Any, cast

import pytest
from pyinfra.api import Host as PyinfraHost
from urllib3 import HTTPSConnectionPool

from catalogue import APPS
from catalogue.model import App, Host, Site
from tasks import run
from tasks.run import Finding
from tasks.stacks import build
from tasks.templates import COMPOSE_FILE
from tasks.verify import browser as browsers
from tasks.verify import operation
from tasks.verify.browser import Browser, reachable
from tests.support.site import TEMPLATES, app, secrets_of
from tests.support.yaml_text import read_yaml

NAMED = {"com.docker.network.bridge.name": "gh-traefik"}
ADDRESS = "2001:bc8::3"
BROWSER = Browser(address="", ca_bundle="", deadline=0)


def composed(record: App, site: Site, host: Host) -> dict[str, Any]:
    """The finished Compose file of an app on a host."""
    release = build(record, APPS, site, host, secrets_of(record), TEMPLATES)
    return dict(read_yaml(release.files[COMPOSE_FILE]))


@pytest.fixture
def dual(site: Site) -> Host:
    return replace(site.hosts[0], public_ipv6=ADDRESS)


def test_the_edge_listens_at_both_families_of_a_host_that_has_both(site: Site, dual: Host) -> None:
    made = composed(app("traefik"), site, dual)

    assert made["services"]["traefik"]["ports"] == [
        "0.0.0.0:80:8080",
        "[::]:80:8080",
        "0.0.0.0:443:8443",
        "[::]:443:8443",
        "10.0.0.3:8082:8082",
    ]
    assert made["networks"]["default"] == {
        "driver_opts": NAMED,
        "enable_ipv6": True,
        "ipam": {"config": [{"subnet": "fd67:7569:858b:d5f5::/64"}]},
    }


def test_a_host_without_ipv6_has_nothing_of_it(site: Site) -> None:
    made = composed(app("traefik"), site, site.hosts[0])

    assert "::" not in str(made["services"]["traefik"]["ports"])
    assert made["networks"]["default"] == {"driver_opts": NAMED}


@pytest.mark.parametrize("name", ["outline", "node-exporter", "leantime"])
def test_another_app_is_the_same_with_and_without_it(site: Site, dual: Host, name: str) -> None:
    assert composed(app(name), site, dual) == composed(app(name), site, site.hosts[0])


def resolver(**addresses: list[str]) -> Callable[..., list[Any]]:
    """Answers for any name by family: `v4` and `v6`."""
    families = {socket.AF_INET: "v4", socket.AF_INET6: "v6"}

    def answer(name: str, port: int, family: socket.AddressFamily, kind: int) -> list[Any]:
        found = addresses.get(families[family], [])
        if not found:
            raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")
        return [(family, kind, 6, "", (address, port)) for address in found]

    return answer


@pytest.mark.parametrize(("family", "address"), [("IPv4", "51.15.0.3"), ("IPv6", ADDRESS)])
def test_a_browser_of_a_family_asks_the_names_address_of_it(
    monkeypatch: pytest.MonkeyPatch, family: str, address: str
) -> None:
    monkeypatch.setattr(browsers.socket, "getaddrinfo", resolver(v4=["51.15.0.3"], v6=[ADDRESS]))

    assert replace(BROWSER, family=family)._address_of("wiki.example.org") == (address, 443)


def test_a_name_without_an_address_of_the_family_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(browsers.socket, "getaddrinfo", resolver(v4=["51.15.0.3"]))

    seen = replace(BROWSER, family="IPv6").look("wiki.example.org", "/", lambda _: None)

    assert seen == (False, "has no IPv6 address: Name or service not known")


@pytest.mark.parametrize(
    ("address", "host", "port"),
    [(f"[{ADDRESS}]:8443", ADDRESS, 8443), ("10.0.0.3:443", "10.0.0.3", 443), ("gate:1", "gate", 1)],
)
def test_an_address_to_connect_to_may_stand_in_brackets(address: str, host: str, port: int) -> None:
    at, found = replace(BROWSER, address=address)._address_of("wiki.example.org")

    assert (HTTPSConnectionPool(at, found).host, found) == (host, port)


def test_a_machine_without_a_way_to_an_address_knows_it(monkeypatch: pytest.MonkeyPatch) -> None:
    def connect(way: socket.socket, place: tuple[str, int]) -> None:
        assert (way.type, place[1]) == (socket.SOCK_DGRAM, 443)  # by which nothing is sent
        if way.family == socket.AF_INET6:
            raise OSError(101, "Network is unreachable")

    monkeypatch.setattr(socket.socket, "connect", connect)

    assert (reachable("51.15.0.3"), reachable(ADDRESS)) == (True, False)


def server(ipv6: str, https_address: str = "") -> PyinfraHost:
    data = SimpleNamespace(
        https_address=https_address, ca_bundle="", public_ip="51.15.0.3", public_ipv6=ipv6, at_once=""
    )
    return cast(PyinfraHost, SimpleNamespace(name="tools-prod", groups=["tools"], data=data))


@pytest.mark.parametrize(
    ("host", "families"),
    [
        (server(""), [""]),
        (server(ADDRESS), ["IPv4", "IPv6"]),
        (server(ADDRESS, "127.0.0.1:24303"), [""]),
    ],
)
def test_a_server_with_both_families_is_asked_by_each(host: PyinfraHost, families: list[str]) -> None:
    assert [each.family for each in operation._browsers(host, lambda _: None)] == families


@pytest.mark.parametrize("without", ["IPv6", "IPv4"])
def test_a_family_that_this_machine_lacks_is_said_not_to_be_looked_at(
    site: Site, monkeypatch: pytest.MonkeyPatch, without: str
) -> None:
    monkeypatch.delenv("SCW_ACCESS_KEY", raising=False)
    monkeypatch.setattr(run, "current", lambda: SimpleNamespace(site=site))
    monkeypatch.setattr(operation, "reachable", lambda address: (":" in address) is (without == "IPv4"))
    monkeypatch.setattr(Browser, "look", lambda browser, *_: (True, browser.family))

    host, apps = server(ADDRESS), [app("outline"), app("authentik")]
    asked = operation._browsers(host, lambda _: None)
    found = [row for each in asked for row in operation._outside(host, apps, apps, each)]

    assert (found[0] if without == "IPv4" else found[-1]) == Finding(
        host="tools-prod",
        check="https",
        subject=f"by {without}",
        passed=True,
        detail=f"not looked at: this machine has no {without}",
    )
    looked = [(each.subject, each.detail) for each in found if each.subject.startswith("wiki")]
    other = "IPv4" if without == "IPv6" else "IPv6"
    assert ("wiki.example.org by " + other, other) in looked
    assert {detail for _, detail in looked} == {other}
