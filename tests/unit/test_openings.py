"""What is open from where, with the field of the record that says so."""

from dataclasses import replace

from catalogue import APPS, views
from catalogue.model import Port, Site
from tests.support.site import HOSTS, app

TOOLS, MANAGEMENT, AUTHENTIK = HOSTS
EDGE = "traefik: Port(public=True): Serves every route."


def opened(
    site: Site, host: str, name: str, apps: tuple[object, ...] = APPS
) -> dict[tuple[str, str, int], str]:
    found = views.openings(apps, site)  # type: ignore[arg-type]
    return {
        (each.address, each.protocol, each.port): each.because
        for each in found
        if (each.host, each.app) == (host, name)
    }


def test_each_opening_names_its_record_its_field_and_its_reason(site: Site) -> None:
    found = opened(site, "management", "grafana")
    scraped = opened(site, "management", "prometheus")

    assert found["10.0.0.5", "tcp", 3100].startswith("grafana: reaches: ")
    assert found["203.0.113.2", "tcp", 443] == EDGE
    assert scraped["10.0.0.3", "tcp", 9100] == (
        "prometheus: collects_metrics: It collects the metrics of node-exporter."
    )
    assert opened(site, "management", "traefik")["10.0.0.2", "tcp", 9000].startswith("traefik: edge: ")
    assert ("10.0.0.5", "tcp", 3100) not in opened(site, "management", "wobbler")


def test_openings_are_what_the_firewalls_let_pass(site: Site) -> None:
    hosts = tuple(replace(each, public_ports=("22/tcp", "51820/udp")) for each in site.hosts)
    site = replace(site, hosts=hosts)
    every = views.openings(APPS, site)

    for host in hosts:
        passes = views.firewall(APPS, site, host)
        private = {(each.port, source) for each in passes.private for source in each.sources}
        mine = [each for each in every if each.address in (host.private_ip, *host.public_addresses)]
        for source in (each for each in hosts if each != host):
            found = {
                (each.address, each.protocol, each.port)
                for each in mine
                if (each.host, each.app) == (source.name, "")
            }
            assert found == {
                *(
                    (address, *port)
                    for address in (host.private_ip, host.public_ip)
                    for port in passes.public
                ),
                *(
                    (host.private_ip, "tcp", port)
                    for port, allowed in private
                    if allowed == source.private_ip
                ),
            }
        for outlet in (each for each in passes.outlets if each.bridges):
            found = {
                (each.address, each.protocol, each.port)
                for each in every
                if (each.host, each.app) == (host.name, outlet.app)
            }
            assert found == {*((way.address, "tcp", way.port) for way in outlet.ways), *passes.edges}


def test_what_group_data_declares_is_open_to_servers_and_may_have_nobody_who_listens(site: Site) -> None:
    hosts = tuple(replace(each, public_ports=("22/tcp",)) for each in site.hosts)
    found = [each for each in views.openings(APPS, replace(site, hosts=hosts)) if each.port == 22]

    assert {each.app for each in found} == {"", "wobbler"}
    assert {each.because for each in found if not each.answers} == {
        f"group_data: public_ports of {host.name}" for host in hosts
    }


def test_a_server_need_not_reach_itself_by_its_public_address(site: Site) -> None:
    found = {
        each.address: each.answers
        for each in views.openings(APPS, site)
        if (each.host, each.app, each.port) == ("tools-prod", "outline", 443)
    }

    assert found == {
        "10.0.0.2": True,
        "10.0.0.3": True,
        "10.0.0.5": True,
        "203.0.113.2": True,
        "203.0.113.3": False,
        "203.0.113.5": True,
    }


def test_a_port_is_private_by_record_by_metrics_and_for_the_engine() -> None:
    first = replace(app("outline").services[0], ports=(Port(host=7000, container=1, protocol="udp"),))
    record = replace(app("outline"), services=(first,))

    assert views.private_ports([record], TOOLS) == {("udp", 7000), ("tcp", 9323)}
    assert views.private_ports([replace(record, present=False)], TOOLS) == {("tcp", 9323)}
    assert ("tcp", 9100) in views.private_ports([app("node-exporter")], TOOLS)
