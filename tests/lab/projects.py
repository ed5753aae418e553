"""Copies of the project that tests change and deploy: as it stands, or with an app of their own."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from lab import layout
from tasks.secrets import DotenvStore, Store
from tests.lab import probe
from tests.lab.running import Lab, Outcome
from tests.support.project import Project, copied


def copy(root: Path) -> Project:
    """The project as it stands, with this checkout's lab."""
    made = copied(root)
    (root / ".lab").symlink_to(layout.DIR)
    return made


def plant(project: Project, name: str, record: str, templates: Mapping[str, str]) -> None:
    """Adds an app as docs/adding-an-app.md says: one module, one folder."""
    project.write(f"catalogue/apps/{name}.py", record)
    for file, content in templates.items():
        project.write(f"templates/{name}/{file}", content)


@dataclass(frozen=True)
class ProbeProject(Project):
    """A copy with one more app, `probe`, on the host that it takes for tools-prod."""

    lab: Lab
    machine: str

    RECORD = "catalogue/apps/probe.py"
    CONFIGURATION = "templates/probe/probe.conf.j2"
    OPTIONS = ("--limit", layout.TOOLS.name, "--data", "app=probe")

    @contextmanager
    def edited(self, path: str, old: str, new: str) -> Iterator[None]:
        """Meanwhile a text that must be there, once, is another one."""
        before = (self.root / path).read_text()
        self.edit(path, old, new)
        yield
        (self.root / path).write_text(before)

    def deploy(self, *options: str) -> Outcome:
        """Deploys the probe, and nothing of the host itself."""
        return self.lab.deploy("probe", "-y", *self.OPTIONS, *options, root=self.root)

    def plan(self) -> Outcome:
        return self.lab.deploy("probe", "--dry", *self.OPTIONS, root=self.root)

    def retire(self) -> None:
        """Writes into the probe's record that it is no longer wanted."""
        self.edit(self.RECORD, "ready_seconds=20", "ready_seconds=20,\n    present=False")

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


def with_probe(lab: Lab, root: Path, machine: str) -> ProbeProject:
    """The project as it stands, with the probe in its catalogue."""
    made = ProbeProject(copy(root).root, lab, machine)
    templates = {"compose.yaml.j2": probe.COMPOSE, "probe.conf.j2": probe.CONFIGURATION}
    plant(made, "probe", probe.RECORD, templates)
    made.write("deploys/probe.py", probe.DEPLOY)
    made.write("deploys/host.py", probe.HOST_DEPLOY)
    return made


def copy_secrets(source: Store, target: DotenvStore) -> DotenvStore:
    """All secrets of a store, in a file."""
    for bundle in source.names():
        target.write(bundle, source.read(bundle) or {})
    return target
