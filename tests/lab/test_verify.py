"""Verify proves what works from outside and inside, and what does not it names and fails."""

import re

import pytest

from tests.lab.conftest import FirstRuns
from tests.lab.deployed import GROUPS, HERE, IDENTITY_PROVIDER, rows
from tests.lab.managed import mails, outside
from tests.lab.running import Lab

pytestmark = pytest.mark.verify


def test_verify_finds_every_service_route_and_login_well(lab: Lab, site: FirstRuns) -> None:
    run = lab.deploy("verify", "-y", "--data", "show_ports=yes", "--data", "try_alerts=yes")
    found = {tuple(re.split(" {2,}", line.strip())[:4]) for line in run.output.splitlines()}

    assert run.code == 0, run.output
    assert "FAILED" not in run
    for app in HERE:
        assert {(host, *row) for host in GROUPS[app.group] for row in rows(app)} <= found, run.output
    assert "200" in run.line(IDENTITY_PROVIDER)
    assert "22/tcp, 80/tcp, 443/tcp" in run.line("management      ports")
    for host in GROUPS["all"]:
        assert {(host, "reach", "from the server itself", "ok"), (host, "firewall", "rules", "ok")} <= found
    assert {
        (
            "management: prometheus-prometheus-1",
            "tools-prod 10.0.0.3",
            "9100/tcp",
            "prometheus: collects_metrics: It collects the metrics of node-exporter.",
        ),
        (
            "tools-prod: itself",
            "management 10.0.0.5",
            "443/tcp",
            "traefik: Port(public=True): Serves every route.",
        ),
    } <= found
    assert "NOTHING SAYS SO" not in run
    assert {row[0] for row in found if row[1:2] == ("logs",) and row[3:] == ("ok",)} == set(GROUPS["all"])
    assert {
        ("management", "metrics", "rules", "ok"),
        ("management", "alerts", "heartbeat", "ok"),
        ("management", "zabbix", "agents", "ok"),
        ("management", "zabbix", "settings", "ok"),
        ("management", "alerts", "test by mail", "ok"),
        ("management", "alerts", "test by alerts_webhook", "ok"),
    } <= found
    assert [mail for mail in mails() if mail["Subject"] == "A test: alerts reach you"]
    assert "A test: alerts reach you" in str(outside()["alerts"])


def test_verify_names_what_is_wrong_and_fails(lab: Lab, site: FirstRuns) -> None:
    """A readable secret, a port open to the world, by hand in the rules too, a program that stopped, one that
    a person started: each in its row, and no other."""
    lab.ssh("tools-prod", "chmod 644 /opt/outline/.env; docker stop outline-redis-1")
    lab.ssh("tools-prod", "systemd-run --unit=open-port --collect bash -c 'exec python3 -m http.server 8099'")
    lab.ssh("tools-prod", "nft insert rule inet guildhall input tcp dport 8099 accept")
    lab.ssh(
        "tools-prod",
        "docker run --detach --rm --name stray --publish 10.0.0.3:8098:6379"
        " $(docker inspect --format '{{.Config.Image}}' outline-redis-1)",
    )
    try:
        run = lab.deploy("verify", "-y")
    finally:
        lab.ssh("tools-prod", "docker stop stray; systemctl restart guildhall-firewall")
        lab.ssh(
            "tools-prod",
            "systemctl stop open-port; chmod 600 /opt/outline/.env; docker start outline-redis-1",
        )

    assert run.code == 1
    assert "/opt/outline/.env is 644" in run.line("secrets")
    assert "open to the world: 8099/tcp" in run.line("ports")
    assert "listens, and no record says so: 8098/tcp" in run.line("private address")
    assert "are not those of a deploy" in run.line("firewall")
    text = "tools-prod 10.0.0.3 port 8099/tcp is open, and nothing says so"
    reached = re.findall(rf"reach +from (.+?) +FAILED +{re.escape(text)}", run.output)
    assert {"the server itself", "alloy-alloy-1"} <= set(reached), run.output
    assert "exited" in run.line("outline/redis")
    assert "ok" in run.line("node-exporter/node-exporter")


def test_verify_sees_from_everywhere_that_a_firewall_is_gone(lab: Lab, site: FirstRuns) -> None:
    lab.ssh("tools-prod", "nft delete table inet guildhall")
    try:
        run = lab.deploy("verify", "-y")
    finally:
        lab.ssh("tools-prod", "systemctl restart guildhall-firewall")

    assert run.code == 1
    assert "are gone" in run.line("firewall")
    reached = [line for line in run.output.splitlines() if "reach" in line and "FAILED" in line]
    assert [line for line in reached if line.strip().startswith("authentik-prod") and "10.0.0.3 port" in line]
    assert [line for line in reached if "from outline-outline-1" in line], reached
