"""Host set-up and verify: what was changed by hand is found, and what is wrong is never loaded."""

import json
import re
import runpy
from collections.abc import Iterator

import pytest

from catalogue import APPS, views
from catalogue.model import App
from lab import layout
from tests.lab.conftest import ROOT, Lab, Run, Site
from tests.lab.test_logins import DOMAINS

HOST = "management"
LIMIT = ("--limit", HOST, "--data", "app=node-exporter")
JOURNAL = "/etc/systemd/journald.conf.d/guildhall.conf"
DAEMON = "/etc/docker/daemon.json"
MEMBERS: dict[str, list[str]] = runpy.run_path(str(ROOT / "inventory.py"))["_MEMBERS"]


@pytest.fixture
def host(lab: Lab, site: Site) -> Iterator[Lab]:
    """A host that is as it should be, and is put right again afterwards."""
    yield lab
    assert apply(lab).code == 0


def apply(lab: Lab, *options: str) -> Run:
    return lab.deploy(HOST, "-y", *LIMIT, *options)


def planned(lab: Lab) -> list[str]:
    """Names of the operations that a plan says will change something."""
    output = lab.deploy(HOST, "--dry", "--json", *LIMIT).output
    plan, _ = json.JSONDecoder().raw_decode(output[output.index('{"plan"') :])
    return [row["name"] for row in plan["plan"] if row["hosts_with_change"]]


def engine(lab: Lab) -> str:
    return lab.ssh(HOST, "pgrep -x dockerd")


def test_a_setting_changed_by_hand_is_planned_alone_and_put_right(host: Lab) -> None:
    before = host.ssh(HOST, f"cat {JOURNAL}")
    host.ssh(HOST, f"sed -i s/persistent/volatile/ {JOURNAL}")

    assert planned(host) == ["Host | journal: settings"]
    assert apply(host).code == 0
    assert host.ssh(HOST, f"cat {JOURNAL}") == before
    assert planned(host) == []


def test_settings_that_others_could_write_are_put_right(host: Lab) -> None:
    host.ssh(HOST, f"chmod 666 {DAEMON}")

    assert planned(host) == ["Docker Engine | docker: settings"]
    assert apply(host).code == 0
    assert host.ssh(HOST, f"stat -c %a {DAEMON}") == "644\n"


def test_an_engine_that_never_read_its_settings_is_restarted_and_no_container_with_it(host: Lab) -> None:
    """As a run leaves it that was cut off between the file and the restart."""
    before, containers = engine(host), host.containers(HOST)
    host.ssh(HOST, f"sleep 1; touch {DAEMON}")

    assert planned(host) == ["Docker Engine | docker: settings"]
    assert apply(host).code == 0
    assert engine(host) != before
    assert host.containers(HOST) == containers
    assert planned(host) == []


def test_settings_that_the_engine_refuses_never_land(host: Lab) -> None:
    before, settings = engine(host), host.ssh(HOST, f"cat {DAEMON}")

    run = apply(host, "--data", 'docker_address_pool="')

    assert run.code == 1
    assert f"{DAEMON}: refused, nothing was changed" in run
    assert host.ssh(HOST, f"cat {DAEMON}; ls {DAEMON}*") == f"{settings}{DAEMON}\n"
    assert engine(host) == before


def test_settings_that_the_engine_cannot_start_with_are_taken_back(host: Lab) -> None:
    settings, containers = host.ssh(HOST, f"cat {DAEMON}"), host.containers(HOST)

    run = apply(host, "--data", "docker_address_pool=nowhere")

    assert run.code == 1
    assert "invalid CIDR address: nowhere" in run
    assert f"{DAEMON}: docker does not run with it; what was there before is back" in run
    assert host.ssh(HOST, f"cat {DAEMON}; ls {DAEMON}*") == f"{settings}{DAEMON}\n"
    assert host.containers(HOST) == containers
    # The engine's socket was made anew: what had mounted the old one is sick, and the next deploy heals it.
    healed = host.deploy(HOST, "-y", "--limit", HOST)
    assert healed.code == 0, healed.output


def test_nobody_logs_in_with_a_password(host: Lab) -> None:
    settings = host.ssh(HOST, "sshd -T").splitlines()

    assert "passwordauthentication no" in settings
    assert "kbdinteractiveauthentication no" in settings


def test_only_security_updates_come_by_themselves_and_nothing_reboots(host: Lab) -> None:
    said = host.ssh(HOST, "unattended-upgrade --dry-run --debug 2>&1; apt-config dump")

    assert "Allowed origins are: origin=Debian,codename=trixie-security,label=Debian-Security\n" in said
    assert 'Unattended-Upgrade::Automatic-Reboot "false";' in said


def test_a_containers_words_are_in_the_journal_under_its_apps_name(host: Lab) -> None:
    assert host.ssh(HOST, "journalctl --lines 1 --output cat COM_DOCKER_COMPOSE_PROJECT=prometheus")
    assert host.ssh(HOST, "ls /var/log/journal")


def rows(app: App) -> Iterator[tuple[str, str, str]]:
    """What verify must look at for an app: check, subject, result."""
    yield from (
        ("container", f"{app.name}/{service.name}", "ok") for service in app.services if not service.one_shot
    )
    for route in app.routes:
        name = f"{route.host}.{DOMAINS[route.domain]}"
        yield "guard" if route.guarded else "https", name + "".join(route.paths[:1]), "ok"
        if route.login_path:
            yield "login", name + route.login_path, "ok"


def test_verify_finds_every_service_route_and_login_well(lab: Lab, site: Site) -> None:
    run = lab.deploy("verify", "-y")
    found = {tuple(re.split(" {2,}", line.strip())[:4]) for line in run.output.splitlines()}
    hosts = {"all": [host.name for host in layout.HOSTS], **MEMBERS}

    assert run.code == 0, run.output
    assert "FAILED" not in run
    for app in views.present(APPS):
        assert {(host, *row) for host in hosts[app.group] for row in rows(app)} <= found, run.output
    assert "200" in run.line("gateway.guild.test")
    assert "22/tcp, 80/tcp, 443/tcp" in run.line("management      ports")


def test_verify_names_what_is_wrong_and_fails(lab: Lab, site: Site) -> None:
    """A readable secret, a port open to the world, a stopped program: each in its row, and no other."""
    lab.ssh("tools-prod", "chmod 644 /opt/outline/.env; docker stop outline-redis-1")
    lab.ssh("tools-prod", "systemd-run --unit=door --collect bash -c 'exec python3 -m http.server 8099'")
    try:
        run = lab.deploy("verify", "-y", "--limit", "tools-prod")
    finally:
        lab.ssh(
            "tools-prod", "systemctl stop door; chmod 600 /opt/outline/.env; docker start outline-redis-1"
        )

    assert run.code == 1
    assert "/opt/outline/.env is 644" in run.line("secrets")
    assert "open to the world: 8099/tcp" in run.line("ports")
    assert "exited" in run.line("outline/redis")
    assert "ok" in run.line("node-exporter/node-exporter")
