"""The edge reaches every app behind it, and no app reaches another past the identity provider."""

import re
from itertools import combinations

import pytest

from lab import layout
from tests.lab.conftest import FirstRuns
from tests.lab.running import Lab

pytestmark = pytest.mark.edge

HOSTS = [host.name for host in layout.HOSTS]
NETWORKS = """docker ps -q | xargs docker inspect --format '{{
  index .Config.Labels "com.docker.compose.project"}}{{
  range $name, $_ := .NetworkSettings.Networks}} {{$name}}{{end}}'"""
ADDRESSES = "docker inspect --format '{{range .NetworkSettings.Networks}}{{.IPAddress}} {{end}}' "
EDGE = "docker inspect --format {{.Id}} traefik-traefik-1"


def networks(lab: Lab, host: str) -> dict[str, set[str]]:
    """App: the networks that its containers are on."""
    found: dict[str, set[str]] = {}
    for line in lab.ssh(host, NETWORKS).splitlines():
        app, *names = line.split()
        found.setdefault(app, set()).update(names)
    return found


@pytest.mark.parametrize("host", HOSTS)
def test_apps_share_a_network_with_the_edge_alone(lab: Lab, site: FirstRuns, host: str) -> None:
    found = networks(lab, host)
    edge = found.pop("traefik")
    shared = {one: found[one] & found[other] - {"host"} for one, other in combinations(found, 2)}

    assert not any(shared.values()), shared
    assert edge - {"traefik_default"} == {
        name for names in found.values() for name in names if re.match("traefik_to_", name)
    }


def test_an_app_does_not_get_past_the_login_of_another(lab: Lab, site: FirstRuns) -> None:
    """By its address, since it has no name for it: from n8n to Wobbler, which has no login of its own."""
    address = lab.ssh("management", ADDRESSES + "wobbler-wobbler-1").split()
    ask = (
        "docker exec {} timeout 2 wget -q -O /dev/null http://{}:5000/index.html && echo open || echo closed"
    )

    assert address
    for each in address:
        assert lab.ssh("management", ask.format("n8n-n8n-1", each)) == "closed\n"
    assert "open" in [
        lab.ssh("management", ask.format("traefik-traefik-1", each)).strip() for each in address
    ]


def test_an_edge_that_was_made_anew_by_hand_is_put_right_without_a_restart(lab: Lab, site: FirstRuns) -> None:
    lab.ssh("management", "cd /opt/traefik && docker compose up --detach --force-recreate --wait 2>&1")
    before = lab.ssh("management", EDGE)
    plan = lab.deploy("management", "--dry", "--limit", "management", "--data", "app=traefik")
    done = lab.deploy("management", "-y", "--limit", "management", "--data", "app=traefik")

    assert "wobbler cannot be reached from traefik" in plan.line("traefik: release")
    assert done.code == 0, done.output
    assert networks(lab, "management")["traefik"] >= {"traefik_to_wobbler", "traefik_to_n8n"}
    assert lab.ssh("management", EDGE) == before
