"""The lab and the deployed site, who runs which tests, and which area each module is of."""

import fcntl
import tempfile
import tomllib
from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from xdist.remote import Producer
from xdist.scheduler import LoadScopeScheduling

from lab import hosts, layout, lifecycle
from tasks.settings import ROOT
from tests.lab.breach.trial import Breach, everywhere
from tests.lab.managed import held
from tests.lab.projects import copy
from tests.lab.running import Lab, Outcome
from tests.support.project import Project

PYTEST = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["pytest"]["ini_options"]
AREAS = [marker.partition(":")[0] for marker in PYTEST["markers"]]


class ModuleOfAnArea(pytest.Module):
    """Its tests are collected only if it says of which area it is."""

    def collect(self) -> Iterable[pytest.Item | pytest.Collector]:
        tests = super().collect()
        areas = [mark.name for mark in self.own_markers if mark.name in AREAS]
        if len(areas) != 1:
            raise self.CollectError(
                f"{self.nodeid} is of {len(areas)} areas and must be of one; "
                f"write pytestmark = pytest.mark.AREA, where AREA is one of {', '.join(AREAS)}"
            )
        return tests


def pytest_pycollect_makemodule(module_path: Path, parent: Any) -> pytest.Module:
    return ModuleOfAnArea.from_parent(parent, path=module_path)


def pytest_configure(config: pytest.Config) -> None:
    asked = str(config.getoption("markexpr"))
    if asked.isidentifier() and asked not in AREAS:
        meanings = "\n  ".join(PYTEST["markers"])
        raise pytest.UsageError(f"there is no area '{asked}'; these are the areas:\n  {meanings}")


class Lanes(LoadScopeScheduling):
    """Four workers: one for the tests of the site, two for those on a host of their own, one for the rest.

    What needs no lab goes, file by file, to whoever has time.
    """

    def _split_scope(self, nodeid: str) -> str:
        file = nodeid.partition("::")[0]
        folder, _, name = file.rpartition("/")
        if folder == "tests/lab/isolated":
            return f"{folder} {'a-k' if name < 'test_l' else 'l-z'}"
        return folder if folder == "tests/lab" else file


def pytest_xdist_make_scheduler(config: pytest.Config, log: Producer) -> Lanes:
    return Lanes(config, log)


@pytest.fixture(scope="session")
def lab() -> Iterator[Lab]:
    """The lab is up; if the tests had to bring it up, it is taken down after the last that uses it."""
    # Not pytest's own folders: the path of a socket must be short.
    with ExitStack() as use, tempfile.TemporaryDirectory() as connections:
        with held("turn", fcntl.LOCK_EX):
            was_up = lifecycle.status()
            lifecycle.up()
            use.enter_context(held("users", fcntl.LOCK_SH))
        made = Lab(Path(connections))
        yield made
        made.disconnect()
    if not was_up:
        with held("turn", fcntl.LOCK_EX), held("users", fcntl.LOCK_EX):
            lifecycle.down()


@dataclass(frozen=True)
class FirstRuns:
    """The first runs of a site on three bare hosts, in order."""

    bare_plan: Outcome
    first: Outcome
    converged_plan: Outcome
    before_second: dict[str, dict[str, str]]
    second: Outcome
    after_second: dict[str, dict[str, str]]


@pytest.fixture(scope="session")
def site(lab: Lab) -> FirstRuns:
    """The deployed site. Bare hosts, then: a plan, a deploy, a plan, a deploy."""
    # Another worker that brings the lab up would make those that are gone at this moment, too.
    with held("turn", fcntl.LOCK_EX), ThreadPoolExecutor() as pool:
        list(pool.map(hosts.fresh, (host.name for host in layout.HOSTS)))
    bare_plan = lab.deploy("site", "--dry")
    first = lab.deploy("site", "-y")
    converged_plan = lab.deploy("site", "--dry", "--json")
    before = {host.name: lab.containers(host.name) for host in layout.HOSTS}
    second = lab.deploy("site", "-y")
    after = {host.name: lab.containers(host.name) for host in layout.HOSTS}
    return FirstRuns(bare_plan, first, converged_plan, before, second, after)


@pytest.fixture(scope="session")
def breach(lab: Lab, site: FirstRuns, tmp_path_factory: pytest.TempPathFactory) -> Breach:
    """What an intruder in each container found."""
    return everywhere(lab, tmp_path_factory.mktemp("breach") / "matrix.txt")


@pytest.fixture(scope="module")
def services_run() -> Iterator[None]:
    """No test of another worker stops a managed service meanwhile."""
    with held("services", fcntl.LOCK_SH):
        yield


@pytest.fixture
def project(tmp_path: Path) -> Project:
    """The project as it stands, for a test to change."""
    return copy(tmp_path / "project")
