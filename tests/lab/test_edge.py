"""The edge reaches every app behind it, no app reaches another past it, and it speaks good TLS alone."""

import re
import socket
import ssl
from contextlib import suppress
from itertools import combinations

import pytest

from lab import layout
from tests.lab.browser import browser
from tests.lab.conftest import FirstRuns
from tests.lab.deployed import HERE, hostname
from tests.lab.running import Lab

pytestmark = pytest.mark.edge

HOSTS = [host.name for host in layout.HOSTS]
NETWORKS = """docker ps -q | xargs docker inspect --format '{{
  index .Config.Labels "com.docker.compose.project"}}{{
  range $name, $_ := .NetworkSettings.Networks}} {{$name}}{{end}}'"""
ADDRESSES = "docker inspect --format '{{range .NetworkSettings.Networks}}{{.IPAddress}} {{end}}' "
EDGE = "docker inspect --format {{.Id}} traefik-traefik-1"
SERVED = {
    layout.TOOLS: f"wiki.{layout.PUBLIC_DOMAIN}",
    layout.MANAGEMENT: f"grafana.{layout.OPS_DOMAIN}",
    layout.AUTHENTIK: f"gateway.{layout.PUBLIC_DOMAIN}",
}
PAGES = sorted({f"https://{hostname(route)}" for each in HERE for route in each.routes})
EVERYTHING = "ALL:COMPLEMENTOFALL:@SECLEVEL=0"


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


def spoken(
    host: layout.Host, newest: ssl.TLSVersion, ciphers: str = EVERYTHING, name: str = ""
) -> tuple[str, str]:
    """The protocol and the cipher that an edge agrees to for a name, its own for none; nothing if to none."""
    # Whose certificate it is does not matter: it may have none at all for a stranger's name.
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    context.minimum_version, context.maximum_version = ssl.TLSVersion.MINIMUM_SUPPORTED, newest
    context.set_ciphers(ciphers)
    with (
        suppress(ssl.SSLError, ConnectionResetError),
        socket.create_connection((layout.LOOPBACK, host.https), timeout=10) as line,
        context.wrap_socket(line, server_hostname=name or SERVED[host]) as channel,
    ):
        cipher, _, _ = channel.cipher() or ("", "", 0)
        return channel.version() or "", cipher
    return "", ""


@pytest.mark.parametrize("page", PAGES)
def test_a_page_sets_no_cookie_that_goes_in_the_clear_and_names_no_version(
    lab: Lab, site: FirstRuns, page: str
) -> None:
    with browser() as session:
        answer = session.get(f"{page}/", timeout=20, allow_redirects=False)
    cookies = answer.raw.headers.getlist("Set-Cookie")

    assert [each for each in cookies if "secure" not in each.lower().split("; ")] == []
    assert not {"Server", "X-Powered-By"} & answer.headers.keys()


@pytest.mark.parametrize("host", SERVED, ids=lambda host: host.name)
@pytest.mark.filterwarnings("ignore:ssl.TLSVersion")
def test_an_edge_speaks_no_old_protocol_and_of_tls_1_2_only_what_nobody_can_read_later(
    lab: Lab, site: FirstRuns, host: layout.Host
) -> None:
    known = ssl.create_default_context()
    known.set_ciphers(EVERYTHING)
    older = {each["name"]: each for each in known.get_ciphers() if each["protocol"] != "TLSv1.3"}

    agreed = {name for name in older if spoken(host, ssl.TLSVersion.TLSv1_2, f"{name}:@SECLEVEL=0")[0]}

    assert spoken(host, ssl.TLSVersion.TLSv1_3)[0] == "TLSv1.3"
    assert spoken(host, ssl.TLSVersion.TLSv1_1) == ("", "")
    assert agreed
    assert {(older[name]["kea"], older[name]["aead"]) for name in agreed} == {("kx-ecdhe", True)}


@pytest.mark.parametrize("host", SERVED, ids=lambda host: host.name)
def test_an_edge_has_no_certificate_for_a_name_that_is_not_its_own(
    lab: Lab, site: FirstRuns, host: layout.Host
) -> None:
    assert spoken(host, ssl.TLSVersion.TLSv1_3)[0] == "TLSv1.3"
    assert spoken(host, ssl.TLSVersion.TLSv1_3, name="stranger.example.net") == ("", "")
