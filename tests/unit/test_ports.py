"""Ports of a host: by which protocol, who may have one, and which the world may reach."""

from dataclasses import replace
from typing import Any

import pytest

from catalogue import APPS, views
from catalogue.model import App, Host, Port, Site
from tasks.stacks import compose
from tests.support.site import app

GIT = Port(host=2222, container=22, public=True, because="People push by SSH.")
CALLS = Port(host=10000, container=10000, protocol="udp", public=True, because="Calls are UDP.")
OUTLINE = app("outline")


def with_ports(*ports: Port, name: str = "outline", group: str = "tools") -> App:
    record = replace(OUTLINE, name=name, group=group, routes=(), oidc=None, database=None)
    return replace(record, services=(replace(record.services[0], ports=ports),))


def composed(record: App, site: Site, host: Host) -> dict[str, Any]:
    template = f"services: {{{', '.join(f'{each.name}: ' for each in record.services)}}}"
    return compose.finished(record, template, site, host, "")


def test_a_public_port_needs_a_reason() -> None:
    with pytest.raises(ValueError, match="port 2222/tcp is public; say in `because` why the world may reach"):
        Port(host=2222, container=22, public=True)


def test_a_protocol_is_one_of_two() -> None:
    with pytest.raises(ValueError, match="protocol is 'sctp'; write 'tcp' or 'udp'"):
        Port(host=2222, container=22, protocol="sctp")  # type: ignore[arg-type]


def test_a_port_is_published_by_its_protocol_at_the_addresses_that_it_is_for(site: Site) -> None:
    private = Port(host=5353, container=53, protocol="udp")
    service = with_ports(GIT, CALLS, private).services[0].name
    dual = replace(site.hosts[0], public_ipv6="2001:bc8::3")

    assert composed(with_ports(GIT, CALLS, private), site, dual)["services"][service]["ports"] == [
        "0.0.0.0:2222:22",
        "[::]:2222:22",
        "0.0.0.0:10000:10000/udp",
        "[::]:10000:10000/udp",
        "10.0.0.3:5353:53/udp",
    ]


def test_every_app_with_a_public_port_sees_visitors_by_their_own_ipv6_address(site: Site) -> None:
    dual = replace(site.hosts[0], public_ipv6="2001:bc8::3")
    apps = (with_ports(GIT), with_ports(CALLS, name="calls"))
    networks = [composed(each, site, dual)["networks"]["default"] for each in apps]
    private = replace(GIT, public=False)

    assert [network["enable_ipv6"] for network in networks] == [True, True]
    assert networks[0]["ipam"] != networks[1]["ipam"]
    assert composed(with_ports(private), site, dual)["networks"]["default"].keys() == {"driver_opts"}


def test_verify_expects_the_ports_of_records_by_their_protocol(site: Site) -> None:
    known = views.public_ports([with_ports(GIT, CALLS)], replace(site.hosts[0], public_ports=("22/tcp",)))

    assert known == {("tcp", 2222), ("udp", 10000), ("tcp", 22)}


def test_two_apps_may_have_one_number_by_two_protocols() -> None:
    apps = (with_ports(CALLS), with_ports(replace(CALLS, protocol="tcp"), name="other"))

    assert views.validated(apps) == apps


@pytest.mark.parametrize("group", ["tools", "all"])
def test_two_apps_of_one_host_cannot_have_one_port(group: str) -> None:
    apps = (with_ports(CALLS), with_ports(replace(CALLS, public=False), name="other", group=group))

    with pytest.raises(ValueError, match="group 'tools': port '10000/udp' is declared twice, by outline and"):
        views.validated(apps)


def test_a_port_that_the_host_itself_has_is_no_apps(site: Site) -> None:
    own = replace(site, hosts=tuple(replace(host, public_ports=("2222/tcp",)) for host in site.hosts))

    said = "host 'tools-prod': port '2222/tcp' is declared twice, by public_ports and outline; give one"
    with pytest.raises(ValueError, match=said):
        views.check_placement([with_ports(GIT)], own)
    views.check_placement([with_ports(CALLS), replace(with_ports(GIT), present=False)], own)


def test_two_groups_of_one_host_cannot_have_one_port(site: Site) -> None:
    apps = (with_ports(GIT), with_ports(GIT, name="other", group="management"))
    both = replace(site, hosts=(replace(site.hosts[0], groups=("tools", "management")),))

    assert views.validated(apps) == apps
    with pytest.raises(ValueError, match="host 'tools-prod': port '2222/tcp' is declared twice, by outline"):
        views.check_placement(apps, both)


def test_the_edges_ports_are_as_any_others() -> None:
    public = [
        port
        for each in APPS
        if each.edge
        for service in each.services
        for port in service.ports
        if port.public
    ]

    assert [str(port) for port in public] == ["80/tcp", "443/tcp"]
    assert all(port.because for port in public)
