"""Tests that leave the site alone: a host of their own, beside it, for what would disturb the others."""

import secrets
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from lab import engine, hosts, layout
from tasks.secrets import ScalewayStore
from tests.lab.projects import ProbeProject, copy_secrets, with_probe
from tests.lab.running import Lab

SPARE = layout.SPARE
PROBE_STATE = (
    "cd /opt/probe && readlink current applied && docker inspect -f '{{.State.Health.Status}}' probe-probe-1"
)


@pytest.fixture(scope="session")
def spare(lab: Lab, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A host with Docker, and the project with the probe that takes it for tools-prod, for tests to copy."""
    hosts.fresh(SPARE.name)
    made = with_probe(lab, tmp_path_factory.mktemp("spare") / "project", SPARE.name)
    for old, new in (
        (f'"public_ip": "{layout.TOOLS.address}"', f'"public_ip": "{SPARE.address}"'),
        (f'"private_ip": "{layout.TOOLS.address}"', f'"private_ip": "{SPARE.address}"'),
        (f'"ssh_port": {layout.TOOLS.ssh}', f'"ssh_port": {SPARE.ssh}'),
    ):
        made.edit("group_data/lab.py", old, new)
    (made.root / ".env").write_text("GUILDHALL_SECRETS=dotenv\n")
    store = copy_secrets(ScalewayStore("lab"), made.store("lab"))
    store.write("probe", {"PROBE_KEY": secrets.token_hex(32)}, replace=True)
    first = lab.deploy("host", "-y", *made.OPTIONS, root=made.root)
    assert first.code == 0, first.output
    yield made.root
    hosts.remove(engine.connect(), SPARE.name)


@pytest.fixture
def project(lab: Lab, spare: Path, tmp_path: Path) -> ProbeProject:
    """A copy of the project; whatever release of the probe the test before left serves, and is healthy."""
    shutil.copytree(spare, tmp_path / "project", symlinks=True)
    made = ProbeProject(tmp_path / "project", lab, SPARE.name)
    match lab.ssh(SPARE.name, PROBE_STATE, check=False).split():
        case [current, applied, "healthy"] if current == applied:
            return made
    made.assert_converges()
    return made
