"""Who reaches whom, as records imply it, and the packet filter's rules that say so."""

from collections import defaultdict
from dataclasses import replace

import pytest

from catalogue import APPS, views
from catalogue.model import App, Host, Port, Reach, Site
from tasks.host.firewall import remark, rules
from tests.support.site import HOSTS, app

TOOLS, MANAGEMENT, AUTHENTIK = HOSTS
EVERY_HOST = {"10.0.0.2", "10.0.0.3", "10.0.0.5"}
METRICS = {8081, 8082, 9100, 9323, 12345}
OUTLINE = app("outline")


def planted(**fields: object) -> App:
    """A program like the wiki, which is no other's helper and has nothing shared."""
    record = replace(OUTLINE, name="planted", routes=(), oidc=None, database=None, bucket=None, mail=False)
    return replace(record, **fields)  # type: ignore[arg-type]


def published(host: Host) -> set[tuple[str, int]]:
    """What records of a host's apps publish for the world."""
    ports = [
        port for each in views.on_host(APPS, host) for service in each.services for port in service.ports
    ]
    return {(port.protocol, port.host) for port in ports if port.public}


def table(apps: tuple[App, ...], site: Site) -> dict[tuple[str, str], set[tuple[str, int]]]:
    """Host and app: the address and port of all that it may open in the private network."""
    found = defaultdict(set)
    for way in views.ways(apps, site):
        found[way.host, way.app].add((way.address, way.port))
    return dict(found)


def test_who_reaches_whom_is_what_the_records_imply(site: Site) -> None:
    found = table(APPS, site)
    targets = {(address, port) for address in EVERY_HOST for port in METRICS} | {
        *((("10.0.0.2", port)) for port in (9300, 9301)),
        *((("10.0.0.5", port)) for port in (3000, 3100, 5678, 9090, 9093, 9115)),
    }
    agents = {
        (host.name, name): {("10.0.0.5", port)}
        for host in HOSTS
        for name, port in (("alloy", 3100), ("zabbix-agent", 10051))
    }

    scraped = found.pop(("management", "prometheus"))
    assert scraped >= targets
    assert {port for _, port in scraped - targets} <= {
        service.metrics.port for each in APPS for service in each.services if service.metrics
    }
    expected = agents | {
        ("management", "grafana"): {("10.0.0.5", 9090), ("10.0.0.5", 3100)},
        ("management", "wobbler"): {(address, 22) for address in EVERY_HOST},
        ("management", "traefik"): {("10.0.0.2", 9000)},
    }
    assert {key: found[key] for key in expected} == expected
    assert {name for _, name in found.keys() - expected} <= {each.name for each in APPS if each.reaches}
    assert all(way.because for way in views.ways(APPS, site))


def test_a_private_port_is_open_to_the_hosts_that_need_it_alone(site: Site) -> None:
    management = {each.port: each for each in views.firewall(APPS, site, MANAGEMENT).private}
    authentik = {each.port: each for each in views.firewall(APPS, site, AUTHENTIK).private}

    # Prometheus, Grafana and n8n are asked on their own host alone.
    assert set(management) == {3100, 10051}
    assert management[3100].sources == ("10.0.0.2", "10.0.0.3")
    assert management[3100].apps == ("alloy",)
    assert set(authentik) == METRICS | {22, 9000, 9121, 9300, 9301}
    assert {each.sources for each in authentik.values()} == {("10.0.0.5",)}


def test_the_world_comes_in_by_what_is_declared(site: Site) -> None:
    host = replace(TOOLS, public_ports=("22/tcp", "51820/udp"))

    public = views.firewall(APPS, site, host).public
    assert set(public) == {("tcp", 22), ("udp", 51820), *published(host)}
    assert {("tcp", 80), ("tcp", 443)} <= set(public)


def test_an_app_reaches_the_managed_services_that_it_asks_for(site: Site) -> None:
    outlets = {each.app: each for host in HOSTS for each in views.firewall(APPS, site, host).outlets}

    assert outlets["outline"].services == (("database", 5432), ("bucket", 443), ("mail", 465))
    assert outlets["wobbler"].services == ()
    assert outlets["traefik"].services == (("bucket", 443), ("certificates", 443))
    assert outlets["alertmanager"].services == (("mail", 465),)
    assert {name for name, each in outlets.items() if not each.internet} == {
        "alloy",
        "blackbox",
        "cadvisor",
        "node-exporter",
        "postgres-exporter",
        "prometheus",
        "redis",
        "zabbix-agent",
    }


def test_whoever_sends_alerts_reaches_the_addresses_for_them_that_the_site_has(site: Site) -> None:
    more = replace(site, alerts_webhook="https://chat.test:8026/x", heartbeat_url="https://alive.test/y")
    outlets = {each.app: each for each in views.firewall(APPS, more, HOSTS[1]).outlets}

    assert outlets["alertmanager"].services == (("mail", 465), ("alerts", 8026), ("heartbeat", 443))
    assert outlets["prometheus"].services == ()
    assert views.services(more)["alerts"] == ("chat.test", 8026)


def test_names_are_asked_of_the_hosts_resolvers_alone_and_by_who_needs_them(site: Site) -> None:
    text = _rules(APPS, site, TOOLS)
    asks = {each.app for host in HOSTS for each in views.firewall(APPS, site, host).outlets if not each.names}

    assert [line.strip() for line in text.splitlines() if "dport 53" in line] == [
        "ip daddr @resolvers meta l4proto { tcp, udp } th dport 53 counter accept",
        "ip6 daddr @resolvers6 meta l4proto { tcp, udp } th dport 53 counter accept",
    ]
    assert asks == {"alloy", "cadvisor", "node-exporter", "prometheus", "redis", "zabbix-agent"}
    chains = {chain.split()[0]: chain for chain in text.split("  chain ")}
    assert "jump names" not in chains["out-alloy"] + chains["host-node-exporter"]
    assert "jump names" in chains["out-outline"]


def test_who_asks_no_names_has_nothing_that_needs_them() -> None:
    said = "app 'outline' may ask for no names, and needs them for database, bucket, mail, oidc; drop"

    with pytest.raises(ValueError, match=said):
        replace(OUTLINE, internet=False, names=False)
    with pytest.raises(ValueError, match="needs them for internet; drop"):
        planted(names=False)
    assert not planted(internet=False, names=False).names


def test_apps_reach_each_other_by_the_edge_and_no_host_by_its_own_ports(site: Site) -> None:
    hosts = tuple(replace(host, public_ports=("22/tcp",), public_ipv6="2001:db8::9") for host in site.hosts)
    passes = views.firewall(APPS, replace(site, hosts=hosts), hosts[0])

    assert {port for _, _, port in passes.edges} == {port for host in HOSTS for _, port in published(host)}
    assert {address for address, _, _ in passes.edges} == set(passes.servers) > EVERY_HOST
    assert "2001:db8::9" in passes.servers


def test_a_program_on_the_hosts_network_is_held_by_its_user_and_root_is_the_host_itself(site: Site) -> None:
    first = replace(OUTLINE.services[0], host_network=True, because="It measures.", user="4711:4711")
    root = replace(first, name="root", user="0:0")
    apps = (*APPS, planted(services=(first, root)))
    text = _rules(apps, site, TOOLS)
    exporter = next(each for each in views.firewall(APPS, site, TOOLS).outlets if each.app == "node-exporter")

    assert (exporter.bridges, exporter.users, exporter.own_ports) == ((), (65530,), (9100,))
    assert views.host_users(apps[-1]) == (4711,)
    assert [line.strip() for line in text.splitlines() if "skuid" in line] == [
        "meta skuid 65530 goto host-node-exporter",
        "meta skuid 1997 goto host-zabbix-agent",
        "meta skuid 4711 goto host-planted",
    ]


def test_two_programs_on_the_hosts_network_are_told_apart_by_their_users() -> None:
    twin = planted(group="all", services=app("node-exporter").services)

    with pytest.raises(ValueError, match="user on the host's network '65530' is declared twice, by node-exp"):
        views.validated((*APPS, replace(twin, services=(replace(twin.services[0], metrics=None),))))


def test_a_new_app_changes_its_own_cells_and_no_others(site: Site) -> None:
    record = planted(reaches=(Reach(app="loki", port=3100, because="It shows its own log."),), internet=False)
    with_it = (*APPS, record)
    before, after = table(APPS, site), table(with_it, site)
    changed = {host.name for host in HOSTS if _rules(with_it, site, host) != _rules(APPS, site, host)}
    told = set(_rules(with_it, site, TOOLS).splitlines()) - set(_rules(APPS, site, TOOLS).splitlines())

    assert {cell: after[cell] for cell in after.keys() - before.keys()} == {
        ("tools-prod", "planted"): {("10.0.0.5", 3100)}
    }
    assert {cell: after[cell] for cell in before} == before
    # The host that it runs on, and the one that it reaches, where no other source is let in.
    assert changed == {"tools-prod", "management"}
    assert [line for line in told if "planted" not in line and "It shows its own log." not in line] == []


def test_a_private_port_that_nobody_needs_is_open_to_nobody(site: Site) -> None:
    first, *others = OUTLINE.services
    services = (replace(first, ports=(Port(host=7000, container=7000),)), *others)

    assert "7000" not in _rules((*APPS, planted(services=services)), site, TOOLS)


@pytest.mark.parametrize(("reached", "port"), [("loki", 3101), ("lokki", 3100)])
def test_what_is_reached_is_there(reached: str, port: int) -> None:
    wrong = planted(reaches=(Reach(app=reached, port=port, because="It asks."),))

    with pytest.raises(
        ValueError, match=f"app 'planted' reaches port {port} of '{reached}', which publishes"
    ):
        views.validated((*APPS, wrong))


def test_an_interface_keeps_its_name_and_fits(site: Site) -> None:
    names = [name for record in APPS for name in views.bridges(record, APPS)]
    long = [views.bridge("a" * 30), views.bridge("a" * 31)]

    assert views.bridges(OUTLINE, APPS) == ("gh-outline", "gh-e-outline")
    assert views.bridges(app("node-exporter"), APPS) == ()
    assert len({*names, *long}) == len([*names, *long])
    assert all(len(name) <= 15 for name in [*names, *long])


def test_every_chain_and_address_of_the_rules_is_there_once(site: Site) -> None:
    text = _rules(APPS, site, TOOLS)
    made = [line.split()[1] for line in text.splitlines() if line.strip().startswith("chain ")]
    used = {
        line.split(f"{word} ")[1].split()[0]
        for word in ("goto", "jump")
        for line in text.splitlines()
        if f"{word} " in line and "#" not in line
    }

    assert len(made) == len(set(made))
    assert used <= set(made)
    assert set(made) - used == {"input", "forward", "output"}


def test_a_reason_cannot_end_its_comment() -> None:
    assert remark('It says "no" by \\n.') == "\"It says 'no' by /n.\""
    assert len(remark("é" * 200).encode()) <= 128


def _rules(apps: tuple[App, ...], site: Site, host: object) -> str:
    [found] = [each for each in site.hosts if each == host]
    return rules(views.firewall(apps, site, found), found.private_ip, site.network)


def test_managed_services_may_have_ports_of_their_own(site: Site) -> None:
    other = replace(
        site, s3_endpoint="https://s3.example.net:9000", acme_server="https://ca.example.net:14000/d"
    )
    outlets = {each.app: each for host in HOSTS for each in views.firewall(APPS, other, host).outlets}

    assert outlets["traefik"].services == (("bucket", 9000), ("certificates", 14000))
