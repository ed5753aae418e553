"""Something is killed in the middle of real changes: six times in `make test`, sixty in `make soak`.

KILLS says how often, SEED at which moments; the name of a test says what was killed and when.
"""

import os
import random
import secrets
import subprocess
import time
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

import pytest

from lab import hosts, layout
from tests.lab.projects import ProbeProject, plant
from tests.lab.running import Lab, Outcome, eventually, pyinfra

pytestmark = pytest.mark.stacks

SEED = int(os.environ.get("SEED", "1"))
KILLS = int(os.environ.get("KILLS", "6"))
LONGEST_SECONDS = 8.0  # of a run that changes both apps, with some time after it
APPS = ("probe", "witness")
WITNESS = """
from dataclasses import replace

from catalogue.apps import probe

APP = replace(probe.APP, name="witness")
"""
DEPLOY = """
from catalogue import APPS
from tasks.server import programs

programs(app for app in APPS if app.name in ("probe", "witness"))
"""
TEMPLATES = {app: f"templates/{app}/probe.conf.j2" for app in APPS}
WORDS = ("deploys/pair.py", "--limit", layout.TOOLS.name)
# Files of the release that is active, and what its manifest says of them; what a cut-off run left.
WHOLE = "cd /opt/{app}/current/ && python3 -c '{check}'"
CHECK = """
import hashlib, json, pathlib
found = lambda path: hashlib.sha256(pathlib.Path(path).read_bytes()).hexdigest()
files = json.loads(pathlib.Path("manifest.json").read_text())["files"]
print(all(found(path) == digest for path, digest in files.items()))
"""
LEFT = "ls -d /opt/.guildhall/incoming.* /opt/*/releases/.new-* 2>/dev/null || true"
Run = subprocess.Popen[str]


def client(run: Run, project: ProbeProject) -> None:
    run.kill()


def program(run: Run, project: ProbeProject) -> None:
    project.on_host("pkill -9 -f [m]emfd_create || true")


def engine(run: Run, project: ProbeProject) -> None:
    project.on_host("systemctl kill --signal=KILL docker")


def power(run: Run, project: ProbeProject) -> None:
    hosts.stop(project.machine)
    hosts.start(project.machine)


def moments() -> list[tuple[Callable[[Run, ProbeProject], None], float]]:
    """What is killed, each kind equally often, and after how many seconds of the run."""
    dice, kinds = random.Random(SEED), (program, power, engine, client)  # noqa: S311 - nothing secret
    return [(kinds[number % 4], round(dice.uniform(0.5, LONGEST_SECONDS), 2)) for number in range(KILLS)]


@pytest.fixture(scope="module", autouse=True)
def alone_again(lab: Lab, machine: layout.Host, spare: Path) -> Iterator[None]:
    """Afterwards the host is as other tests know it."""
    yield
    lab.ssh(machine.name, "cd /opt/witness && docker compose down --volumes && rm -rf /opt/witness")


@pytest.fixture
def pair(project: ProbeProject) -> ProbeProject:
    """The probe and a second app like it, both deployed."""
    templates = {path.name: path.read_text() for path in (project.root / "templates/probe").iterdir()}
    plant(project, "witness", WITNESS, templates)
    project.write("deploys/pair.py", DEPLOY)
    store = project.store("lab")
    store.write("witness", store.read("witness") or {"PROBE_KEY": secrets.token_hex(32)}, replace=True)
    deployed = deploy(project)
    assert deployed.code == 0, deployed.output
    return project


def deploy(project: ProbeProject, option: str = "-y") -> Outcome:
    return project.lab.deploy("pair", option, "--limit", layout.TOOLS.name, root=project.root)


def serves(project: ProbeProject, app: str) -> bool:
    return (
        project.lab.ssh(project.machine, f"docker exec {app}-probe-1 redis-cli ping", check=False) == "PONG\n"
    )


@pytest.mark.parametrize(("kill", "seconds"), moments(), ids=lambda value: getattr(value, "__name__", value))
def test_what_serves_goes_on_serving_and_the_next_run_converges(
    pair: ProbeProject, kill: Callable[[Run, ProbeProject], None], seconds: float
) -> None:
    for template in TEMPLATES.values():
        pair.edit(template, "maxclients 100", f"maxclients 100\n# {kill.__name__} after {seconds} s")
    run = pyinfra("inventory.py", "-y", *WORDS, root=pair.root)
    time.sleep(seconds)
    kill(run, pair)
    said, _ = run.communicate(timeout=180)

    assert "Traceback" not in said
    for app in APPS:
        eventually(partial(serves, pair, app), seconds=60)
    again = deploy(pair)
    assert again.code == 0, again.output
    assert [app for app in APPS if f"{app}: release" in deploy(pair, "--dry")] == []
    for app in APPS:
        assert pair.on_host(WHOLE.format(app=app, check=CHECK)) == "True\n"
        assert f"# {kill.__name__} after {seconds} s" in pair.on_host(f"cat /opt/{app}/current/probe.conf")
    assert pair.on_host(LEFT) == ""
