"""Operators who are not root on the servers: accounts with sudo, which come and go with the list."""

import subprocess
from collections.abc import Iterator

import pytest

from lab import hosts, layout, ssh
from tests.lab.isolated.test_settings import planned
from tests.lab.projects import ProbeProject
from tests.lab.running import Outcome, eventually

pytestmark = pytest.mark.host

LAB = 'environment = "lab"\n'
# As a server may be delivered: somebody's account, with a key.
USER = """
useradd --create-home --shell /bin/bash ada
install -D -o ada -g ada -m 600 /root/.ssh/authorized_keys /home/ada/.ssh/authorized_keys
"""
WORK = "sleep 98765"
ALLOWED = "echo 'ada ALL=(ALL) NOPASSWD: ALL' >/etc/sudoers.d/ada"


def listed(*names: str) -> str:
    """The setting that lists people, each with the one key that the lab has."""
    key = layout.SSH_KEY.with_suffix(".pub").read_text().strip()
    return f"{LAB}operators = {dict.fromkeys(names, (key,))!r}\n"


def host_deploy(project: ProbeProject, *options: str) -> Outcome:
    return project.lab.deploy("host", *(options or ("-y",)), *project.OPTIONS, root=project.root)


@pytest.fixture
def by_ada(project: ProbeProject) -> Iterator[ProbeProject]:
    """The project of somebody who comes as ada; she has no password, and sudo asks for it."""
    project.edit("group_data/lab.py", LAB, f'{listed("ada")}ssh_user = "ada"\n_sudo = True\n')
    project.on_host(USER)
    yield project
    project.on_host("userdel --remove ada; rm -f /etc/sudoers.d/ada")


def test_a_user_with_sudo_deploys_and_a_second_run_changes_nothing(by_ada: ProbeProject) -> None:
    refused = by_ada.deploy()
    by_ada.on_host(ALLOWED)
    by_ada.edit(by_ada.CONFIGURATION, "maxclients 100", "maxclients 101")
    server = host_deploy(by_ada)
    by_ada.on_host("rm /etc/sudoers.d/ada")
    plan, run, again = by_ada.plan(), by_ada.deploy(), by_ada.plan()

    assert refused.code == 1
    assert "sudo: a password is required" in refused
    assert "Traceback" not in refused
    assert server.code == 0, server.output
    assert "probe.conf changed; starts probe anew" in plan.line("probe: release")
    assert run.code == 0, run.output
    by_ada.assert_serves(by_ada.releases[0])
    assert by_ada.on_host("stat -c '%a %U' /opt/probe/current/.env") == "600 root\n"
    assert "probe: release" not in again
    assert planned(by_ada) == []


def words(host: layout.Host, user: str, command: str) -> list[str]:
    """The ssh command of somebody else than root."""
    argv = ssh.argv(host, [command])
    return [f"{user}@{layout.LOOPBACK}" if word == f"root@{layout.LOOPBACK}" else word for word in argv]


def test_who_is_listed_gets_in_and_who_no_longer_is_gets_out(project: ProbeProject) -> None:
    host = hosts.find(project.machine)
    project.edit("group_data/lab.py", LAB, listed("bob"))
    came = host_deploy(project)
    who = subprocess.run(words(host, "bob", "sudo -n id -u"), capture_output=True, text=True, check=False)
    log = project.on_host("journalctl --identifier sudo --since -5min --output cat")
    at_work = subprocess.Popen(
        words(host, "bob", f"sudo -n {WORK}"), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    eventually(lambda: project.on_host(f"pgrep -fx '{WORK}' || true"))
    project.edit("group_data/lab.py", listed("bob"), LAB)
    plan, left = host_deploy(project, "--dry"), host_deploy(project)
    late = subprocess.run(words(host, "bob", "true"), capture_output=True, text=True, check=False)

    assert came.code == 0, came.output
    assert who.stdout == "0\n", who.stderr
    assert "bob : PWD=/home/bob ; USER=root ; COMMAND=/usr/bin/id -u" in log
    assert "bob: is no longer listed; account, keys, sudo and running sessions end" in plan
    assert left.code == 0, left.output
    assert at_work.wait(timeout=10)
    assert "Permission denied" in late.stderr
    left_over = (
        f"pgrep -fx '{WORK}'; id -u bob 2>/dev/null; cat /etc/ssh/guildhall.keys; stat -c '%a %U' /home/bob"
    )
    assert project.on_host(left_over) == "700 root\n"
    assert planned(project) == []
