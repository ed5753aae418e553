"""Resolvers, the edge's own pages, others' tables: what the rules hold beside the cells of test_breach.py."""

import json
from collections.abc import Iterator

import pytest

from lab import layout
from tests.lab.conftest import FirstRuns
from tests.lab.running import Lab, eventually

pytestmark = pytest.mark.host

NAMES = (layout.CLOUD_ADDRESS, 53)
Place = tuple[str, int]
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


def asked(lab: Lab, host: str, targets: list[Place]) -> dict[str, dict[Place, str]]:
    """App and service (empty: the host itself): what each target answers it."""
    told = f"TRY, TARGETS = {TRY!r}, {json.dumps(targets)!r}\n{FROM_APPS}"
    answers = json.loads(lab.ssh(host, f"python3 - <<'END'\n{told}\nEND"))
    return {who: dict(zip(targets, answer, strict=True)) for who, answer in answers.items()}


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
