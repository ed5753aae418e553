"""What a run without changes costs is the same whatever the number of apps."""

from pathlib import Path

from lab import layout
from tests.lab.execs import execs
from tests.lab.projects import Project

MANY = """
from dataclasses import replace

from catalogue.probe import PROBE

SERVICE = PROBE.services[0]
# Thirty that are asked every second would keep the machine busy with that alone.
CALM = replace(SERVICE, check=None, health=replace(SERVICE.health, interval_seconds=30))
TINY = replace(PROBE, services=(CALM,), secrets=(), volumes=())
MANY = tuple(replace(TINY, name=f"tiny-{number:02}") for number in range(3))
"""
TEMPLATE = 'services:\n  probe:\n    command: [redis-server, --save, ""]\n'
DEPLOY = "from catalogue.many import MANY\nfrom tasks.stacks import stacks\n\nstacks(MANY)\n"
HEALTHY = "docker ps --quiet --filter health=healthy --filter name=^tiny- | wc -l"


def brought_up(project: Project) -> int:
    """How many apps run after a deploy of all of them."""
    run = project.lab.deploy("many", "-y", "--limit", layout.TOOLS.name, root=project.root)
    assert run.code == 0, run.output
    return int(project.on_host(HEALTHY))


def test_three_and_thirty_apps_cost_one_exec(project: Project, tmp_path: Path) -> None:
    (project.root / "catalogue/many.py").write_text(MANY)
    (project.root / "deploys/many.py").write_text(DEPLOY)
    everything = project.root / "catalogue/__init__.py"
    everything.write_text(f"from catalogue.many import MANY\n{everything.read_text()}")
    project.edit("catalogue/__init__.py", "*TOOLS", "*TOOLS, *MANY")
    for number in range(30):
        folder = project.root / f"templates/tiny-{number:02}"
        folder.mkdir()
        (folder / "compose.yaml.j2").write_text(TEMPLATE)
    words = ("deploys/many.py", "--limit", layout.TOOLS.name)

    assert brought_up(project) == 3
    assert execs(tmp_path, *words, root=project.root) == {layout.SPARE.name: 1}
    project.edit("catalogue/many.py", "range(3)", "range(30)")
    assert brought_up(project) == 30
    assert execs(tmp_path, *words, root=project.root) == {layout.SPARE.name: 1}
