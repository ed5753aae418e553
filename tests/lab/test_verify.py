"""Verify proves what works from outside and inside, and what does not it names and fails."""

import re

import pytest

from tests.lab.conftest import FirstRuns
from tests.lab.deployed import GROUPS, HERE, IDENTITY_PROVIDER, rows
from tests.lab.running import Lab

pytestmark = pytest.mark.verify


def test_verify_finds_every_service_route_and_login_well(lab: Lab, site: FirstRuns) -> None:
    run = lab.deploy("verify", "-y")
    found = {tuple(re.split(" {2,}", line.strip())[:4]) for line in run.output.splitlines()}

    assert run.code == 0, run.output
    assert "FAILED" not in run
    for app in HERE:
        assert {(host, *row) for host in GROUPS[app.group] for row in rows(app)} <= found, run.output
    assert "200" in run.line(IDENTITY_PROVIDER)
    assert "22/tcp, 80/tcp, 443/tcp" in run.line("management      ports")


def test_verify_names_what_is_wrong_and_fails(lab: Lab, site: FirstRuns) -> None:
    """A readable secret, a port open to the world, a stopped program: each in its row, and no other."""
    lab.ssh("tools-prod", "chmod 644 /opt/outline/.env; docker stop outline-redis-1")
    lab.ssh("tools-prod", "systemd-run --unit=open-port --collect bash -c 'exec python3 -m http.server 8099'")
    try:
        run = lab.deploy("verify", "-y", "--limit", "tools-prod")
    finally:
        lab.ssh(
            "tools-prod",
            "systemctl stop open-port; chmod 600 /opt/outline/.env; docker start outline-redis-1",
        )

    assert run.code == 1
    assert "/opt/outline/.env is 644" in run.line("secrets")
    assert "open to the world: 8099/tcp" in run.line("ports")
    assert "exited" in run.line("outline/redis")
    assert "ok" in run.line("node-exporter/node-exporter")
