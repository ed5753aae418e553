"""What a run without changes costs: remote commands, whatever the number of apps, and no restart."""

import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from catalogue import APPS
from lab import layout
from tests.lab.conftest import ROOT, Lab, Project, Site

COUNTING = Path(__file__).with_name("counting.py")
ONLY_STACKS = "from catalogue import APPS\nfrom tasks.stacks import stacks\n\nstacks(APPS)\n"
TINY = 30 - 1 - sum(app.group in ("all", "tools") for app in APPS)
"""With them, the probe and the site's own there are thirty apps on tools-prod."""
PROJECTS = (
    """docker ps --filter health=healthy --format '{{.Label "com.docker.compose.project"}}' | sort -u"""
)
MANY = """
from dataclasses import replace

from catalogue.probe import PROBE

SERVICE = replace(PROBE.services[0], check=None)
TINY = replace(PROBE, services=(SERVICE,), secrets=(), volumes=(), present=True)
MANY = tuple(replace(TINY, name=f"tiny-{number:02}") for number in range(NUMBER))
""".replace("NUMBER", str(TINY))
TEMPLATE = 'services:\n  probe:\n    command: [redis-server, --save, ""]\n'


@pytest.fixture
def only_stacks(tmp_path: Path) -> str:
    """A deploy file with the stacks and nothing else."""
    file = tmp_path / "only_stacks.py"
    file.write_text(ONLY_STACKS)
    return str(file)


@pytest.fixture
def thirty(project: Project) -> Iterator[Project]:
    """Thirty apps on one host; all but those of the site are gone again afterwards."""
    (project.root / "catalogue/many.py").write_text(MANY)
    everything = project.root / "catalogue/__init__.py"
    everything.write_text(f"from catalogue.many import MANY\n{everything.read_text()}")
    project.edit("catalogue/__init__.py", "*TOOLS", "*TOOLS, *MANY")
    for number in range(TINY):
        folder = project.root / f"templates/tiny-{number:02}"
        folder.mkdir()
        (folder / "compose.yaml.j2").write_text(TEMPLATE)
    try:
        deploy(project)
        yield project
    finally:
        project.edit("catalogue/many.py", "present=True", "present=False")
        deploy(project)


def deploy(project: Project) -> None:
    run = project.lab.deploy("tools", "-y", "--limit", project.HOST, root=project.root)
    assert run.code == 0, run.output


def execs(tmp_path: Path, *words: str, root: Path = ROOT) -> dict[str, int]:
    """Host: how many commands a run started there; a file transfer is none of the things it may do."""
    file = tmp_path / "counts.json"
    argv = [sys.executable, str(COUNTING), str(file), "-y", "--json", "inventory.py", *words]
    run = subprocess.run(argv, cwd=root, capture_output=True, text=True, check=False)
    assert run.returncode == 0, run.stderr
    assert json.loads(run.stdout)["results"]["totals"]["success"] == 0, run.stderr
    counts = json.loads(file.read_text())
    assert {kind for of_host in counts.values() for kind in of_host} == {"exec_command"}
    return {
        host.name: counts[str(host.ssh)]["exec_command"] for host in layout.HOSTS if str(host.ssh) in counts
    }


def test_the_stacks_of_a_converged_host_cost_one_exec(site: Site, tmp_path: Path, only_stacks: str) -> None:
    assert execs(tmp_path, only_stacks) == {host.name: 1 for host in layout.HOSTS}


def test_thirty_apps_cost_one_exec_too(thirty: Project, tmp_path: Path, only_stacks: str) -> None:
    limit = ("--limit", thirty.HOST)

    assert len(thirty.on_host(PROJECTS).split()) == 30
    assert execs(tmp_path, only_stacks, *limit, root=thirty.root) == {thirty.HOST: 1}


def test_a_whole_site_without_changes_costs_few_execs_and_no_restart(
    lab: Lab, site: Site, tmp_path: Path
) -> None:
    before = {host.name: lab.containers(host.name) for host in layout.HOSTS}
    counts = execs(tmp_path, "deploys/site.py")

    assert set(counts) == set(before)
    assert max(counts.values()) <= 30
    assert {host.name: lab.containers(host.name) for host in layout.HOSTS} == before
