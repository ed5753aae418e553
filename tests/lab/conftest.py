"""The lab and the deployed site, and who runs which tests."""

import fcntl
import tempfile
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest
from xdist.remote import Producer
from xdist.scheduler import LoadScopeScheduling

from lab import hosts, layout, lifecycle
from tests.lab.projects import Tree, plain_copy
from tests.lab.running import Lab, Run


class Lanes(LoadScopeScheduling):
    """Side by side run the tests of the site and those that leave it alone, then those that need no lab."""

    def _split_scope(self, nodeid: str) -> str:
        folders = ("tests/lab/apart/", "tests/lab/", "tests/")
        return next(folder for folder in folders if nodeid.startswith(folder))


def pytest_xdist_make_scheduler(config: pytest.Config, log: Producer) -> Lanes:
    return Lanes(config, log)


@contextmanager
def held(name: str, kind: int) -> Iterator[None]:
    """A lock among the processes that run tests; the kernel drops those of a killed one."""
    layout.DIR.mkdir(exist_ok=True)
    with (layout.DIR / name).open("w") as file:
        fcntl.flock(file, kind)
        yield


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
        made.hang_up()
    if not was_up:
        with held("turn", fcntl.LOCK_EX), held("users", fcntl.LOCK_EX):
            lifecycle.down()


@dataclass(frozen=True)
class Site:
    """The first runs of a site on three bare hosts, in order."""

    bare_plan: Run
    first: Run
    converged_plan: Run
    before_second: dict[str, dict[str, str]]
    second: Run
    after_second: dict[str, dict[str, str]]


@pytest.fixture(scope="session")
def site(lab: Lab) -> Site:
    """Bare hosts, then: a plan, a deploy, a plan, a deploy."""
    with ThreadPoolExecutor() as pool:
        list(pool.map(hosts.fresh, (host.name for host in layout.HOSTS)))
    bare_plan = lab.deploy("site", "--dry")
    first = lab.deploy("site", "-y")
    converged_plan = lab.deploy("site", "--dry", "--json")
    before = {host.name: lab.containers(host.name) for host in layout.HOSTS}
    second = lab.deploy("site", "-y")
    after = {host.name: lab.containers(host.name) for host in layout.HOSTS}
    return Site(bare_plan, first, converged_plan, before, second, after)


@pytest.fixture
def tree(tmp_path: Path) -> Tree:
    """The project as it stands."""
    return Tree(plain_copy(tmp_path / "project"))
