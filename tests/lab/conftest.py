"""The lab, a deployed site, and a copy of the project that a test may change."""

import fcntl
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest
from xdist.remote import Producer
from xdist.scheduler import LoadScopeScheduling

from lab import hosts, layout, lifecycle, ssh
from tasks.dotenv_store import DotenvStore
from tasks.secret_store import Store
from tests.lab.probe import COMPOSE, CONFIGURATION, DEPLOY, HOST_DEPLOY, RECORD

ROOT = Path(__file__).resolve().parents[2]
BIN = Path(sys.executable).parent
UNWELL = "docker ps --filter health=unhealthy --filter health=starting --format '{{.Names}}'"
PARTS = ("catalogue", "tasks", "deploys", "templates", "files", "group_data", "config.py", "inventory.py")


class Lanes(LoadScopeScheduling):
    """Side by side run the tests of the site, those that leave it alone, and those that need no lab."""

    def _split_scope(self, nodeid: str) -> str:
        folders = ("tests/lab/apart/", "tests/lab/", "tests/")
        return next(folder for folder in folders if nodeid.startswith(folder))


def pytest_xdist_make_scheduler(config: pytest.Config, log: Producer) -> Lanes:
    return Lanes(config, log)


@dataclass(frozen=True)
class Run:
    """How a command ended and all that it said."""

    code: int
    output: str
    seconds: float

    def __contains__(self, text: str) -> bool:
        return text in self.output

    def line(self, text: str) -> str:
        """The first line that holds a text; the whole output is shown if there is none."""
        found = [line for line in self.output.splitlines() if text in line]
        assert found, f"no line with {text!r} in:\n{self.output}"
        return found[0]


class Lab:
    """Three hosts, reached as an operator reaches them, over connections that stay open in a folder."""

    def __init__(self, connections: Path) -> None:
        self.connections = connections

    def ssh(self, host: str, command: str, *, check: bool = True) -> str:
        """What a command prints on a host."""
        client, *words = ssh.argv(hosts.find(host), [])
        shared = [client, "-S", str(self.connections / host), *words]
        if not (self.connections / host).exists():
            subprocess.run(
                [*shared, "-M", "-N", "-f"], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, check=False
            )
        done = subprocess.run([*shared, command], capture_output=True, text=True, timeout=120, check=False)
        assert done.returncode == 0 or not check, f"{host}: {command}: {done.stdout}{done.stderr}"
        return done.stdout

    def hang_up(self) -> None:
        """Ends the connections; the hosts may have ended them before."""
        for host in self.connections.iterdir():
            subprocess.run(["ssh", "-S", host, "-O", "exit", host.name], capture_output=True, check=False)

    def start(
        self, deploy: str, *options: str, root: Path = ROOT, environ: dict[str, str] | None = None
    ) -> "subprocess.Popen[str]":
        """A pyinfra run in the background."""
        return subprocess.Popen(
            [str(BIN / "pyinfra"), "inventory.py", f"deploys/{deploy}.py", *options],
            cwd=root,
            env=environ,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )

    def deploy(
        self, deploy: str, *options: str, root: Path = ROOT, environ: dict[str, str] | None = None
    ) -> Run:
        """A pyinfra run to its end: `deploy("site", "-y")`."""
        began = time.monotonic()
        running = self.start(deploy, *options, root=root, environ=environ)
        output, _ = running.communicate(timeout=900)
        return Run(running.returncode, output, time.monotonic() - began)

    def until_well(self) -> None:
        """Waits for what an outage left unhealthy; the next check of each may be half a minute away."""
        for host in layout.HOSTS:
            deadline = time.monotonic() + 120
            while sick := self.ssh(host.name, UNWELL).split():
                assert time.monotonic() < deadline, f"{host.name}: {', '.join(sick)} did not get well"
                time.sleep(1)

    def set_secret(self, bundle: str, key: str, value: str) -> None:
        """Gives a secret of the lab's store another value, as an operator does."""
        words = [sys.executable, "-m", "tasks.secrets", "set", bundle, key, "--replace"]
        subprocess.run(words, cwd=ROOT, input=value, capture_output=True, text=True, check=True)

    def containers(self, host: str) -> dict[str, str]:
        """Container name: its id and start time."""
        shown = self.ssh(
            host, "docker ps -aq | xargs -r docker inspect -f '{{.Name}} {{.Id}} {{.State.StartedAt}}'"
        )
        return {line.split(" ", 1)[0].strip("/"): line.split(" ", 1)[1] for line in shown.splitlines()}


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
    for host in layout.HOSTS:
        hosts.fresh(host.name)
    bare_plan = lab.deploy("site", "--dry")
    first = lab.deploy("site", "-y")
    converged_plan = lab.deploy("site", "--dry", "--json")
    before = {host.name: lab.containers(host.name) for host in layout.HOSTS}
    second = lab.deploy("site", "-y")
    after = {host.name: lab.containers(host.name) for host in layout.HOSTS}
    return Site(bare_plan, first, converged_plan, before, second, after)


class Tree:
    """A copy of the project that a test may spoil."""

    def __init__(self, root: Path) -> None:
        self.root = root

    def edit(self, path: str, old: str, new: str) -> None:
        """Replaces a text that must be there, once."""
        file = self.root / path
        text = file.read_text()
        assert text.count(old) == 1, f"{path} holds {old!r} {text.count(old)} times"
        file.write_text(text.replace(old, new))


class Project(Tree):
    """A copy with one more app, `probe`, on the host that it takes for tools-prod."""

    options = ("--limit", layout.TOOLS.name, "--data", "app=probe")

    def __init__(self, lab: Lab, root: Path, machine: str) -> None:
        super().__init__(root)
        self.lab, self.machine = lab, machine

    def deploy(self, *options: str) -> Run:
        """Deploys the probe, and nothing of the host itself."""
        return self.lab.deploy("probe", *self.arguments(*options), root=self.root)

    def arguments(self, *options: str) -> tuple[str, ...]:
        return ("-y", *self.options, *options)

    def plan(self) -> Run:
        return self.lab.deploy("probe", "--dry", *self.options, root=self.root)

    def retire(self) -> None:
        self.edit("catalogue/probe.py", "ready_seconds=20", "ready_seconds=20, present=False")
        gone = self.deploy()
        assert gone.code == 0, gone.output

    def on_host(self, command: str) -> str:
        return self.lab.ssh(self.machine, command)

    @property
    def container(self) -> str:
        """Id and health of the probe's container."""
        return self.on_host("docker inspect -f '{{.Id}} {{.State.Health.Status}}' probe-probe-1").strip()

    @property
    def releases(self) -> tuple[str, str]:
        """What the probe's files point to, and what was last found healthy."""
        current, applied = self.on_host("readlink /opt/probe/current /opt/probe/applied").split()
        return current, applied

    def assert_serves(self, release: str) -> None:
        """The probe runs a release, healthy, and nothing half done is active."""
        assert self.releases == (release, release)
        assert self.container.endswith(" healthy")
        assert self.on_host("docker exec probe-probe-1 redis-cli ping") == "PONG\n"

    def assert_converges(self) -> None:
        """One good run puts everything right, and the next has nothing to do."""
        done = self.deploy()
        assert done.code == 0, done.output
        self.assert_serves(self.releases[0])
        assert "probe: release" not in self.plan()


@pytest.fixture
def tree(tmp_path: Path) -> Tree:
    """The project as it stands."""
    return Tree(plain_copy(tmp_path / "project"))


def command(root: Path, *words: str) -> Run:
    """A command of the project, from a copy of it: `command(root, "tasks.secrets", "check")`."""
    began = time.monotonic()
    done = subprocess.run(
        [sys.executable, "-m", *words], cwd=root, capture_output=True, text=True, check=False
    )
    return Run(done.returncode, done.stdout + done.stderr, time.monotonic() - began)


def plain_copy(root: Path) -> Path:
    """The project as it stands."""
    root.mkdir()
    for part in PARTS:
        source = ROOT / part
        (shutil.copytree if source.is_dir() else shutil.copy)(source, root / part)
    (root / ".lab").symlink_to(layout.DIR)
    return root


def with_probe(root: Path) -> Path:
    """The project as it stands, with the probe in its catalogue."""
    plain_copy(root)
    (root / "catalogue/probe.py").write_text(RECORD)
    (root / "deploys/probe.py").write_text(DEPLOY)
    (root / "deploys/host.py").write_text(HOST_DEPLOY)
    everything = root / "catalogue/__init__.py"
    text = everything.read_text()
    assert text.count("))\n") == 1, "the catalogue does not end as this expects"
    everything.write_text("from catalogue.probe import PROBE\n" + text.replace("))\n", ", PROBE))\n"))
    folder = root / "templates/probe"
    folder.mkdir()
    (folder / "compose.yaml.j2").write_text(COMPOSE)
    (folder / "probe.conf.j2").write_text(CONFIGURATION)
    return root


def copied(store: Store, file: Path) -> DotenvStore:
    """All secrets of a store, in a file."""
    made = DotenvStore(file)
    for bundle in store.names():
        made.write(bundle, store.read(bundle) or {})
    return made
