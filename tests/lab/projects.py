"""Copies of the project that tests change: as it stands, or with an app of their own."""

import shutil
from pathlib import Path

from lab import layout
from tasks.secrets import DotenvStore, Store
from tests.lab.probe import COMPOSE, CONFIGURATION, DEPLOY, HOST_DEPLOY, RECORD
from tests.lab.running import ROOT, Lab, Run

PARTS = (
    "catalogue",
    "cli",
    "lab",
    "tasks",
    "deploys",
    "templates",
    "files",
    "group_data",
    "config.py",
    "inventory.py",
)


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
