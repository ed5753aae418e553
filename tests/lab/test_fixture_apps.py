"""Apps of which the lab knows one line each: deployed as their records say, proved, and gone without a trace.

A public port that is no HTTP; the bare domain, secrets in files and a database of another order; no shell.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass

import pytest

from lab import layout
from tests.lab.conftest import FirstRuns
from tests.lab.deployed import rows
from tests.lab.managed import as_superuser
from tests.lab.new_app import HOST, forget
from tests.lab.projects import copy, plant
from tests.lab.running import ROOT, Lab, Outcome, guildhall
from tests.support.fixtures import FIXTURES, FOLDER, fits, templates_of
from tests.support.project import Project

pytestmark = pytest.mark.apps

LINES = {
    "docker.gitea.com/gitea": '{ port = 3000, health = "/api/healthz" }',
    "docker.io/matrixdotorg/synapse": '{ port = 8008, health = "/health" }',
    "docker.io/vectorim/element-web": '{ port = 80, health = "/config.json" }',
    "docker.io/vikunja/vikunja": '{ port = 3456, health = "/health" }',
}
NEW = [app for app in FIXTURES if app.name in ("gitea", "synapse", "vikunja") and fits(app)]
NAMES = [app.name for app in NEW]
IMAGES = sorted({service.image.reference for app in NEW for service in app.services})
MAKE = (
    "import sys; from lab import engine, images; print(*images.ensure_images(engine.connect(), sys.argv[1:]))"
)
TRACES = (
    "docker ps -a --format '{{.Names}}' | sort; docker volume ls -q | sort; "
    "docker network ls --format '{{.Name}}' | sort; "
    "ls /opt /opt/traefik/live/routes; ss -Hlntu | grep -c :2222"
)


@dataclass(frozen=True)
class Tried:
    """What was said on the way, and what lay on the host before and after."""

    made: str
    deployed: Outcome
    proved: Outcome
    databases: str
    keys: str
    retired: Outcome
    before: str
    after: str


def planted(project: Project) -> None:
    """Their records and folders as the fixtures are, and a line for each image."""
    for app in NEW:
        plant(project, app.name, (FOLDER / f"{app.name}.py").read_text(), templates_of(app))
    lines = "".join(f'"{image}" = {line}\n' for image, line in LINES.items())
    project.edit("lab/images/recipes.toml", "[plain]\n", f"[plain]\n{lines}")


def retire(project: Project) -> None:
    for name in NAMES:
        named = f'    name="{name}",\n    purpose'
        project.edit(f"catalogue/apps/{name}.py", named, f"    present=False,\n{named}")


@pytest.fixture(scope="module")
def tried(lab: Lab, site: FirstRuns, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Tried]:
    for name in NAMES:
        forget(lab, name)
    project = copy(tmp_path_factory.mktemp("fixtures") / "project")
    before = lab.ssh(HOST, TRACES, check=False)
    planted(project)
    made = project.run("-c", MAKE, *IMAGES)
    for words in (("secrets", "generate"), ("dns", "apply")):
        guildhall(project.root, *words)
    guildhall(project.root, "secrets", "set", "synapse", "SIGNING_KEY", stdin=f"ed25519 a_lab {'A' * 43}")
    deployed = lab.deploy("site", "-y", root=project.root)
    proved = lab.deploy("verify", "-y", root=project.root)
    databases = as_superuser("SELECT datcollate || datctype FROM pg_database WHERE datname = 'synapse'")
    keys = lab.ssh(HOST, "stat -L -c '%a %u' /opt/*/current/secrets/*/SIGNING_KEY", check=False)
    retire(project)
    retired = lab.deploy("site", "-y", root=project.root)
    for name in NAMES:
        forget(lab, name)
    yield Tried(
        f"{made.out}{made.err}",
        deployed,
        proved,
        databases,
        keys,
        retired,
        before,
        lab.ssh(HOST, TRACES, check=False),
    )
    assert guildhall(ROOT, "dns", "apply").code == 0
    if retired.code:
        assert lab.deploy("site", "-y").code == 0


def test_a_line_for_each_image_is_all_that_the_lab_is_told(tried: Tried) -> None:
    for image in IMAGES:
        assert re.search(rf"{re.escape(image)} +double", tried.made), tried.made


def test_they_are_deployed_and_verify_finds_all_of_them_well(tried: Tried) -> None:
    assert tried.deployed.code == 0, tried.deployed.output
    found = {tuple(re.split(" {2,}", line.strip())[:4]) for line in tried.proved.output.splitlines()}

    assert tried.proved.code == 0, tried.proved.output
    assert "FAILED" not in tried.proved
    assert {(HOST, *row) for app in NEW for row in rows(app)} <= found, tried.proved.output
    assert f"{layout.PUBLIC_DOMAIN}/.well-known/matrix/server" in tried.proved
    assert "2222/tcp" in tried.proved.line(f"{HOST}      ports")


def test_a_database_has_the_order_that_its_program_insists_on(tried: Tried) -> None:
    assert tried.databases == "CC"


def test_a_secret_in_a_file_is_for_its_services_user_alone(tried: Tried) -> None:
    assert tried.keys == "400 991\n"


def test_retired_and_forgotten_they_leave_no_trace(tried: Tried) -> None:
    assert tried.retired.code == 0, tried.retired.output
    for name in NAMES:
        assert f"{name}: retired; its volumes are kept" in tried.retired
    assert tried.after == tried.before
