"""Ways out of a container: each is tried in all of them, and found open in one that nothing holds."""

import re
from collections import Counter
from typing import Any

import pytest

from catalogue.model import Service
from lab import layout
from tests.lab.breach import expected, orders
from tests.lab.breach.expected import Asker, service_of
from tests.lab.breach.kernel import CAPABILITIES
from tests.lab.breach.trial import Breach, containers
from tests.lab.conftest import FirstRuns
from tests.lab.running import Lab

pytestmark = pytest.mark.edge

TOLD = ("capabilities", "limits", "namespaces", "writable_folders")
"""What these say is held against the record; all others say nothing."""
WAYS = [way for way in orders.WAYS if way not in TOLD]
ENGINES = ("/dev", "/etc/hosts", "/etc/hostname", "/etc/resolv.conf", "/sys/fs/cgroup")
"""What the engine gives to every container; in memory, or in the engine's own folder for it."""


@pytest.mark.parametrize("way", [way for way in WAYS if way != "signalled_processes"])
def test_no_way_leads_out_of_a_container(breach: Breach, way: str) -> None:
    found = {str(asker): said["ways"][way] for asker, said in containers(breach)}

    assert {who: what for who, what in found.items() if what} == {}


def test_who_sees_the_hosts_processes_stops_none_but_those_of_its_user(breach: Breach) -> None:
    """Zabbix's own, for the agent: their image wants that user, and the kernel asks for no more."""
    for asker, said in containers(breach):
        user = service_of(asker).user.split(":")[0]
        twins = [
            other
            for other, _ in containers(breach)
            if (other.host, service_of(other).user.split(":")[0]) == (asker.host, user)
            and other.app != asker.app
        ]
        may = f"stops processes of users [{user}]" if service_of(asker).host_pid and twins else ""
        assert (str(asker), said["ways"]["signalled_processes"]) == (str(asker), may)


@pytest.fixture(scope="module")
def weakened(lab: Lab, site: FirstRuns) -> Any:
    image = lab.ssh("authentik-prod", "docker inspect --format '{{.Image}}' redis-redis-1").strip()
    nothing = {"buckets": [], "roles": [], "s3": layout.S3_ENDPOINT, "region": "", "postgres": ""}
    # Asked once, it is a neighbour from then on.
    targets = [(expected.INTERNET[0], expected.PORT, "tcp")]
    order = {"targets": targets, "ways": orders.WAYS, "holdings": nothing}
    return orders.on(
        lab,
        "authentik-prod",
        "weakened",
        orders.program(order),
        image,
        CAPABILITIES,
        expected.BEHIND,
        expected.PORT,
    )["ways"]


@pytest.mark.parametrize("way", WAYS)
def test_each_way_is_found_open_where_nothing_holds(weakened: dict[str, str], way: str) -> None:
    assert weakened[way]
    assert "could not be tried" not in weakened[way]


def test_a_container_has_the_capabilities_of_its_record(breach: Breach) -> None:
    wrong = {
        str(asker): said["ways"]["capabilities"]
        for asker, said in containers(breach)
        if set(said["ways"]["capabilities"].split("+")) - {""} != set(service_of(asker).capabilities)
    }

    assert wrong == {}


def test_a_container_has_a_limit_of_memory_and_of_processes(breach: Breach) -> None:
    wrong = {}
    for asker, said in containers(breach):
        service = service_of(asker)
        limits = f"processes={service.pids_limit} memory={service.memory_mb * 2**20}"
        if not service.pids_limit or said["ways"]["limits"] != limits:
            wrong[str(asker)] = said["ways"]["limits"]

    assert wrong == {}


def test_no_two_containers_share_more_than_their_records_say(breach: Breach) -> None:
    held: dict[str, Counter[str]] = {}
    for asker, said in containers(breach):
        service = service_of(asker)
        shared = {"net": service.host_network, "pid": service.host_pid}
        spaces = said["ways"]["namespaces"].split()
        held.setdefault(asker.host, Counter()).update(
            each for each in spaces if not shared.get(each.partition(":")[0])
        )

    assert [
        f"{host}: {each}" for host, counted in held.items() for each, times in counted.items() if times > 1
    ] == []


def test_a_container_writes_where_its_record_says(breach: Breach) -> None:
    wrong = [
        f"{asker} writes {place}"
        for asker, said in containers(breach)
        for place in said["ways"]["writable_folders"].split()
        if not may_write(asker, service_of(asker), place)
    ]

    assert wrong == []


def may_write(asker: Asker, service: Service, place: str) -> bool:
    path, _, what = place.partition("=")
    volume = re.search(r"/volumes/(?:([^/]+)_[^/_]+|[0-9a-f]{64})/_data$", what)
    if volume:
        # One without a name is the image's: the record lets it write that, or does not.
        return volume[1] == asker.app if volume[1] else not service.read_only
    own = [each.partition(":")[0] for each in service.tmpfs]
    return path in own or path.startswith(ENGINES) or (path == "/" and not service.read_only)


def test_what_a_container_says_fills_no_disk(lab: Lab, breach: Breach) -> None:
    """It goes to the journal, which has an end."""
    kinds = {each["log"] for found in breach.found.values() for each in found["containers"].values()}
    limits = [
        lab.ssh(host.name, "grep -h SystemMaxUse= /etc/systemd/journald.conf.d/*") for host in layout.HOSTS
    ]

    assert kinds == {"journald"}
    assert all(re.search(r"^SystemMaxUse=\d+M$", each, re.MULTILINE) for each in limits)
