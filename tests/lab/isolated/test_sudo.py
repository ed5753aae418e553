"""An operator who is not root on the servers, as docs/production.md says: a user with sudo and a key."""

from collections.abc import Iterator

import pytest

from tests.lab.isolated.test_settings import planned
from tests.lab.projects import ProbeProject

pytestmark = pytest.mark.host

LAB = 'environment = "lab"\n'
USER = """
useradd --create-home --shell /bin/bash ada
install -D -o ada -g ada -m 600 /root/.ssh/authorized_keys /home/ada/.ssh/authorized_keys
"""
ALLOWED = "echo 'ada ALL=(ALL) NOPASSWD: ALL' >/etc/sudoers.d/ada"


@pytest.fixture
def by_ada(project: ProbeProject) -> Iterator[ProbeProject]:
    """The project of somebody who comes as ada; she has no password, and sudo asks for it."""
    project.edit("group_data/lab.py", LAB, f'{LAB}ssh_user = "ada"\n_sudo = True\n')
    project.on_host(USER)
    yield project
    project.on_host("userdel --remove ada; rm -f /etc/sudoers.d/ada")


def test_a_user_with_sudo_deploys_and_a_second_run_changes_nothing(by_ada: ProbeProject) -> None:
    refused = by_ada.deploy()
    by_ada.on_host(ALLOWED)
    by_ada.edit(by_ada.CONFIGURATION, "maxclients 100", "maxclients 101")
    server = by_ada.lab.deploy("host", "-y", *by_ada.OPTIONS, root=by_ada.root)
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
