"""What a run without changes costs is the same for three apps and for thirty; `make bench` takes its time."""

from pathlib import Path

import pytest

from lab import layout
from tests.lab.execs import execs
from tests.lab.projects import ProbeProject

pytestmark = pytest.mark.stacks

MODULE = "catalogue/apps/tiny.py"
RECORDS = """
from dataclasses import replace

from catalogue.apps import probe

SERVICE = probe.APP.services[0]
# Thirty that are asked every second would keep the machine busy with that alone.
CALM = replace(SERVICE, check=None, health=replace(SERVICE.health, interval_seconds=30))
TINY = {"services": (CALM,), "secrets": (), "volumes": ()}
globals().update({f"APP_{n}": replace(probe.APP, name=f"tiny-{n:02}", **TINY) for n in range(3)})
"""
TEMPLATE = 'services:\n  probe:\n    command: [redis-server, --save, ""]\n'
DEPLOY = """
from catalogue import APPS
from tasks.server import programs

programs(app for app in APPS if app.name.startswith("tiny-"))
"""
HEALTHY = "docker ps --quiet --filter health=healthy --filter name=^tiny- | wc -l"


def brought_up(project: ProbeProject) -> int:
    """How many apps run after a deploy of all of them."""
    run = project.lab.deploy("tiny", "-y", "--limit", layout.TOOLS.name, root=project.root)
    assert run.code == 0, run.output
    return int(project.on_host(HEALTHY))


def test_three_and_thirty_apps_cost_one_exec(project: ProbeProject, tmp_path: Path) -> None:
    project.write(MODULE, RECORDS)
    project.write("deploys/tiny.py", DEPLOY)
    for number in range(30):
        project.write(f"templates/tiny-{number:02}/compose.yaml.j2", TEMPLATE)
    words = ("deploys/tiny.py", "--limit", layout.TOOLS.name)

    assert brought_up(project) == 3
    assert execs(tmp_path, *words, root=project.root) == {project.machine: 1}
    project.edit(MODULE, "range(3)", "range(30)")
    assert brought_up(project) == 30
    assert execs(tmp_path, *words, root=project.root) == {project.machine: 1}
