"""Tests that leave the site alone: a host of their own, beside it, for what would disturb the others."""

import fcntl
import secrets
import shutil
from collections.abc import Iterator
from contextlib import ExitStack, suppress
from pathlib import Path

import pytest

from lab import engine, hosts, layout
from tasks.secrets import ScalewayStore
from tests.lab.managed import held
from tests.lab.projects import ProbeProject, copy_secrets, with_probe
from tests.lab.running import Lab

PROBE_STATE = (
    "cd /opt/probe && readlink current applied && docker inspect -f '{{.State.Health.Status}}' probe-probe-1"
)


@pytest.fixture(scope="session")
def machine(lab: Lab) -> Iterator[layout.Host]:
    """A host that no other worker has, bare."""
    with ExitStack() as use:
        for host in layout.SPARES:
            file = use.enter_context((layout.DIR / host.name).open("w"))
            with suppress(BlockingIOError):
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
                break
        else:
            pytest.fail(f"{len(layout.SPARES)} workers have a host of their own already")
        with held("turn", fcntl.LOCK_EX):
            hosts.fresh(host.name)
        yield host
        hosts.remove(engine.connect(), host.name)


@pytest.fixture(scope="session")
def spare(lab: Lab, machine: layout.Host, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The project with the probe, for tests to copy; it takes that host for tools-prod, now with Docker."""
    made = with_probe(lab, tmp_path_factory.mktemp("spare") / "project", machine.name)
    for old, new in (
        (f'"public_ip": "{layout.TOOLS.address}"', f'"public_ip": "{machine.address}"'),
        (f'"private_ip": "{layout.TOOLS.address}"', f'"private_ip": "{machine.address}"'),
        (f'"ssh_port": {layout.TOOLS.ssh}', f'"ssh_port": {machine.ssh}'),
    ):
        made.edit("group_data/lab.py", old, new)
    (made.root / ".env").write_text("GUILDHALL_SECRETS=dotenv\n")
    store = copy_secrets(ScalewayStore("lab"), made.store("lab"))
    store.write("probe", {"PROBE_KEY": secrets.token_hex(32)}, replace=True)
    first = lab.deploy("host", "-y", *made.OPTIONS, root=made.root)
    assert first.code == 0, first.output
    return made.root


@pytest.fixture
def project(lab: Lab, machine: layout.Host, spare: Path, tmp_path: Path) -> ProbeProject:
    """A copy of the project; whatever release of the probe the test before left serves, and is healthy."""
    shutil.copytree(spare, tmp_path / "project", symlinks=True)
    made = ProbeProject(tmp_path / "project", lab, machine.name)
    match lab.ssh(machine.name, PROBE_STATE, check=False).split():
        case [current, applied, "healthy"] if current == applied:
            return made
    made.assert_converges()
    return made
