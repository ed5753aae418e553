"""Who really reaches whom: every app and host tries every port of the lab; the catalogue says which open."""

import json
import pickle
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from functools import cache

import pytest

from catalogue import APPS, views
from catalogue.model import Host, Site
from lab import layout
from tests.lab.conftest import FirstRuns
from tests.lab.running import ROOT, Lab, eventually

pytestmark = pytest.mark.host

MANAGED = {(layout.CLOUD_ADDRESS, port) for ports in layout.PORTS.values() for port in ports}
NAMES = (layout.CLOUD_ADDRESS, 53)
METADATA = {("169.254.169.254", 80), ("169.254.42.42", 80)}
Place = tuple[str, int]
SITE = """
import pickle, sys
from tasks import images, inventory
sys.stdout.buffer.write(pickle.dumps(inventory.site(inventory.load(), images.read())))
"""

TRY = """
import concurrent.futures, errno, json, socket, subprocess, sys

targets = json.loads(sys.argv[1])

def tried(target):
    with socket.socket() as made:
        made.settimeout(3)
        try:
            made.connect(tuple(target))
            return "open"
        except TimeoutError:
            return "silent"
        except OSError as error:
            return errno.errorcode[error.errno]

with concurrent.futures.ThreadPoolExecutor(32) as pool:
    print(json.dumps(list(pool.map(tried, targets))))
"""
FROM_APPS = """
import json, subprocess, sys

def heard(*words):
    return subprocess.run(words, capture_output=True, text=True, check=True).stdout

found = json.loads(heard("docker", "inspect", *heard("docker", "ps", "-q").split()))
said = {"": json.loads(heard("python3", "-c", TRY, TARGETS))}
for each in found:
    app = each["Config"]["Labels"].get("com.docker.compose.project", "")
    if each["HostConfig"]["NetworkMode"] != "host":
        words = ["nsenter", "-t", str(each["State"]["Pid"]), "-n", "python3", "-c", TRY, TARGETS]
        name = app + "/" + each["Config"]["Labels"]["com.docker.compose.service"]
        said[name] = json.loads(heard(*words))
print(json.dumps(said))
"""


@cache
def lab_site() -> Site:
    # In a process of its own: who loads an inventory has sockets and threads of gevent from then on.
    told = subprocess.run([sys.executable, "-c", SITE], cwd=ROOT, check=True, capture_output=True).stdout
    site: Site = pickle.loads(told)  # noqa: S301 - ours
    return site


def asked(lab: Lab, host: str, targets: list[Place]) -> dict[str, dict[Place, str]]:
    """App and service (empty: the host itself): what each target answers it."""
    told = f"TRY, TARGETS = {TRY!r}, {json.dumps(targets)!r}\n{FROM_APPS}"
    answers = json.loads(lab.ssh(host, f"python3 - <<'END'\n{told}\nEND"))
    return {who: dict(zip(targets, answer, strict=True)) for who, answer in answers.items()}


def listening(site: Site) -> set[Place]:
    """Every TCP port at which a server of the lab answers at its private address."""
    found = {(host.private_ip, port) for host in site.hosts for port in (22, views.ENGINE_METRICS)}
    for host in site.hosts:
        for app in views.on_host(views.present(APPS), host):
            for service in app.services:
                found |= {(host.private_ip, port.host) for port in service.ports}
                if service.metrics:
                    found.add((host.private_ip, service.metrics.port))
    return found


def allowed(app: str, host: Host, site: Site) -> set[Place]:
    """What the view lets the containers of an app open."""
    passes = views.firewall(APPS, site, host)
    [outlet] = [each for each in passes.outlets if each.app == app]
    return {
        *([NAMES] if outlet.names else []),
        *((way.address, way.port) for way in outlet.ways),
        *((layout.CLOUD_ADDRESS, port) for _, port in outlet.services),
        *((address, port) for address, protocol, port in passes.edges if protocol == "tcp"),
    }


@pytest.fixture(scope="module")
def matrix(lab: Lab, site: FirstRuns) -> dict[str, dict[str, dict[Place, str]]]:
    """Host, who asks there, target: what it answers."""
    targets = sorted(listening(lab_site()) | MANAGED | METADATA | {NAMES})
    with ThreadPoolExecutor() as pool:
        heard = pool.map(lambda host: asked(lab, host.name, targets), layout.HOSTS)
        return dict(zip((host.name for host in layout.HOSTS), heard, strict=True))


def test_every_container_reaches_what_its_record_implies_and_nothing_else(
    matrix: dict[str, dict[str, dict[Place, str]]],
) -> None:
    wrong = []
    for host in lab_site().hosts:
        for who, answers in matrix[host.name].items():
            if not who:
                continue
            found = {target for target, answer in answers.items() if answer == "open"}
            wanted = allowed(who.partition("/")[0], host, lab_site()) & set(answers)
            wrong += [f"{host.name} {who} reaches {target}" for target in sorted(found - wanted)]
            wrong += [
                f"{host.name} {who} fails at {each}: {answers[each]}" for each in sorted(wanted - found)
            ]

    assert sum(len(answers) for answers in matrix.values()) > 30
    assert wrong == []


def test_a_host_reaches_the_private_ports_of_others_that_its_programs_need_alone(
    matrix: dict[str, dict[str, dict[Place, str]]],
) -> None:
    wrong = []
    for host in lab_site().hosts:
        for other in lab_site().hosts:
            passes = views.firewall(APPS, lab_site(), other)
            wanted = {port for _, port in passes.public} | {
                each.port for each in passes.private if host.private_ip in each.sources
            }
            answers = {
                port: said for (at, port), said in matrix[host.name][""].items() if at == other.private_ip
            }
            found = {port for port, said in answers.items() if said == "open"}
            if host != other and found != wanted & set(answers):
                wrong.append(f"{host.name} to {other.name}: {sorted(found ^ wanted)}")

    assert wrong == []


def test_a_container_that_may_not_hears_so_at_once(matrix: dict[str, dict[str, dict[Place, str]]]) -> None:
    said = {
        answer
        for answers in matrix.values()
        for who, each in answers.items()
        if who
        for target, answer in each.items()
        if target in METADATA
    }

    assert said == {"ECONNREFUSED"}


EDGE_ADDRESSES = """docker inspect --format '{{range $name, $_ := .NetworkSettings.Networks}}{{
  $name}} {{.IPAddress}} {{end}}' traefik-traefik-1"""


def test_no_app_asks_the_edge_for_what_it_tells_of_itself(lab: Lab, site: FirstRuns) -> None:
    """Its metrics are at a port of the network that it has to itself, and its pages at all."""
    for host in layout.HOSTS:
        words = lab.ssh(host.name, EDGE_ADDRESSES).split()
        shared = [address for name, address in zip(words[::2], words[1::2], strict=True) if "_to_" in name]
        told = asked(lab, host.name, [(address, port) for address in shared for port in (8080, 8082)])
        found = {
            (who.partition("/")[0], port)
            for who, answers in told.items()
            for (_, port), answer in answers.items()
            if answer == "open" and who and not who.startswith("traefik/")
        }

        assert len(shared) == len({app for app, _ in found}) > 0
        assert {port for _, port in found} == {8080}


ASK = """
import errno, socket, time
with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as made:
    made.settimeout(2)
    made.connect(({address!r}, 53))
    try:
        made.send(b"")
        made.recv(1)
    except TimeoutError:
        print("silent")
    except OSError as error:
        print(errno.errorcode[error.errno])
"""


@pytest.fixture
def another_resolver(lab: Lab, site: FirstRuns) -> Iterator[str]:
    """The lab's machine, which is no resolver; nothing there listens."""
    yield "10.0.0.1"
    # Docker has mounted the file: it can be written, and not replaced.
    lab.ssh(
        "management", "grep -v '^nameserver 10.0.0.1$' /etc/resolv.conf >/tmp/r; cat /tmp/r >/etc/resolv.conf"
    )
    lab.ssh("management", "rm /run/guildhall/resolvers; systemctl restart guildhall-firewall")


def test_containers_ask_the_hosts_resolvers_alone_and_new_ones_as_soon_as_it_has_them(
    lab: Lab, another_resolver: str
) -> None:
    listed = "nft list set inet guildhall resolvers"
    inside = "nsenter -t $(docker inspect -f '{{.State.Pid}}' grafana-grafana-1) -n python3 - <<'END'"

    def said(address: str) -> str:
        return lab.ssh("management", f"{inside}\n{ASK.format(address=address)}\nEND").strip()

    assert NAMES[0] in lab.ssh("management", listed)
    assert said(NAMES[0]) == "silent"
    # Refused by the host's rules: the machine itself would say that nobody listens.
    assert said(another_resolver) == "EHOSTUNREACH"
    lab.ssh("management", f"echo 'nameserver {another_resolver}' >>/etc/resolv.conf")
    eventually(
        lambda: lab.ssh("management", listed), lambda found: f"{another_resolver}," in found, seconds=20
    )
    assert said(another_resolver) == "ECONNREFUSED"
    # It is no change of the rules that a deploy would see.
    noted = "nft -s list table inet guildhall | sha256sum | cmp - /run/guildhall/firewall"
    eventually(lambda: lab.ssh("management", f"{noted} && echo same", check=False), seconds=20)


def test_a_rule_in_another_table_opens_nothing(lab: Lab, site: FirstRuns) -> None:
    """The packet filter asks every table: one that lets in takes back no refusal."""
    lab.ssh(
        "tools-prod",
        "nft 'table inet other { chain in { type filter hook input priority -300; tcp dport 8097 accept; }}'"
        "; systemd-run --unit=opened --collect python3 -m http.server 8097",
    )
    try:
        eventually(lambda: lab.ssh("tools-prod", "ss -Htln sport = 8097"))
        reached = lab.ssh(
            "management", "timeout 2 bash -c '</dev/tcp/10.0.0.3/8097' && echo open", check=False
        )
    finally:
        lab.ssh("tools-prod", "nft delete table inet other; systemctl stop opened")

    assert reached == ""
