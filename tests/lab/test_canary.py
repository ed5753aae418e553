"""No secret shows but in `.env` and in its container, even after runs at their most talkative."""

import os
import re
import secrets
import tempfile
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from pathlib import Path

import pytest

from lab import layout
from tasks.secrets import ScalewayStore, Store, look_up
from tests.lab import leaks
from tests.lab.conftest import FirstRuns
from tests.lab.leaks import LEAST, Scanner
from tests.lab.projects import ProbeProject, copy_secrets, with_probe
from tests.lab.running import Lab, guildhall, pyinfra

pytestmark = pytest.mark.secrets

LOUD = ("-vvv", "--debug", "--debug-all", "--diff")
SITE = ("inventory.py", "deploys/site.py")
PLANS: Mapping[str, tuple[str, ...]] = {
    "plan": ("--dry", *LOUD, *SITE),
    "plan as JSON": ("--dry", "--json", *SITE),
    "operations": ("--debug-operations", *LOUD, *SITE),
    "operations as JSON": ("--debug-operations", "--json", *SITE),
    "facts": ("--debug-facts", *LOUD, *SITE),
    "inventory": (*LOUD, "inventory.py", "debug-inventory"),
    "inventory as JSON": ("--json", "inventory.py", "debug-inventory"),
}
COMMANDS: Mapping[str, tuple[str, ...]] = {
    "our plan": ("plan", "--diff", "--out", "kept.json"),
    "our plan as JSON": ("plan", "--diff", "--json"),
    "our plan as a comment": ("plan", "--diff", "--markdown"),
    "our status": ("status", "--json"),
    "our drift": ("drift",),
    "our history": ("history", "probe"),
}
APPLY = ("-y", *LOUD, *SITE)
APPLY_TO_ONE = ("-y", *LOUD, "inventory.py", "deploys/tools.py")
APPLY_AS_JSON = ("-y", "--json", *SITE)
CRASH_WHILE_PREPARING = """
from pyinfra import host
from tasks import run

want = run.current()
raise RuntimeError(
    f"on purpose: {want} {want.secrets} {want.releases[host.name]}"
    f" {want.database_admin!r} {want.database_passwords}"
)
"""
# Each replaces the first text by both: in an operation, and in what it does on the host.
CRASHES = {
    "crash in an operation": (
        "tasks/stacks/operation.py",
        "    refused = _refused(changes, found, without_database, without_bucket)\n",
        '    raise RuntimeError(f"on purpose: {changes} {list(changes)} {releases} {deployment}")\n',
    ),
    "crash while asking for databases": (
        "tasks/databases/operation.py",
        "    problems.clear()\n",
        '    raise RuntimeError(f"on purpose: {found} {apps} {passwords} {admin} {admin!r}")\n',
    ),
    "crash while applying": (
        "tasks/stacks/archive.py",
        "    stream = io.BytesIO()\n",
        '    raise RuntimeError(f"on purpose: {changes} {list(changes)} {deployment}")\n',
    ),
}
# The name of a key, not the key: every S3 request carries it, and boto3's own debug log shows the requests.
# Whose keys are, policies of buckets say, and that log shows those as well; mail goes by the project's ID.
KEY_ID = re.compile(r"s3/ACCESS_KEY |[\w-]+/((S3_)?PRINCIPAL|SMTP_USERNAME) ")
# The engine must keep the environment of its containers; only root can look into these folders.
DOCKERS_OWN = ("/var/lib/docker", "/var/lib/containerd", "/run/containerd")
# What other tests leave there is not of this one, and a whole checkout may lie there with its lab.
NOT_OURS = ("(", "-name", "pytest-of-*", "-o", "-path", str(layout.DIR), ")")
OTHER_TEMPORARY = (tempfile.gettempdir(), *NOT_OURS, "-prune", "-o", "-type", "f")
ENV_FILE = re.compile(r"/opt/[\w-]+/releases/[\w-]+/\.env")


def canary() -> str:
    """A value that looks different in every form."""
    token = secrets.token_hex(8)
    return f"Kanarienvögel \"two\" $HOME 'it' \\n #=&?/+% {token}\nits second line {token}"


@pytest.fixture
def project(lab: Lab, site: FirstRuns, tmp_path: Path) -> Iterator[ProbeProject]:
    """The probe among the programs of the site, and gone again afterwards."""
    made = with_probe(lab, tmp_path / "project", layout.TOOLS.name)
    generated = guildhall(made.root, "secrets", "generate")
    assert generated.code == 0, generated.output
    done = made.deploy()
    assert done.code == 0, done.output
    yield made
    ScalewayStore("lab").write("probe", {"PROBE_KEY": secrets.token_hex(32)}, replace=True)
    made.retire()
    gone = made.deploy()
    assert gone.code == 0, gone.output


def made_up(scanner: Scanner) -> Scanner:
    """Only values that stand in no checkout's lab/layout.py: there may be one below /tmp."""
    known = vars(layout).values()
    return Scanner({name: value for name, value in scanner.values.items() if value not in known})


class Runs:
    """Runs pyinfra in a project's copy and keeps all that it says and writes, to be searched."""

    def __init__(self, project: ProbeProject, store: str, folder: Path) -> None:
        self.project, self.folder = project, folder
        temporary = folder / "tmp"
        temporary.mkdir(parents=True)
        own = {"GUILDHALL_SECRETS": store, "TMPDIR": str(temporary), "PYTHONPATH": str(project.root)}
        self.environ = {**os.environ, **own}

    def run(self, name: str, *words: str, program: str = "pyinfra") -> str:
        running = pyinfra(*words, root=self.project.root, environ=self.environ, program=program)
        output, _ = running.communicate()
        (self.folder / name).write_text(output)
        traceback = self.project.root / "pyinfra-debug.log"
        if traceback.exists():
            traceback.rename(self.folder / f"{name}, pyinfra-debug.log")
        return output


def distinctive(store: Store) -> dict[str, str]:
    """All values that cannot be found by chance."""
    found = look_up(store.names(), store)
    return {"/".join(place): value for place, value in found.items() if len(value) >= LEAST}


def plan(runs: Runs) -> None:
    """All that can be asked, two runs at a time."""
    with ThreadPoolExecutor(2) as pool:
        said = list(pool.map(lambda name: runs.run(name, *PLANS[name]), PLANS))
        ours = pool.map(lambda name: runs.run(name, *COMMANDS[name], program="guildhall"), COMMANDS)
        assert not any("Traceback" in each for each in (*said, *ours))
    assert "PROBE_KEY changed" in (runs.folder / "our plan as a comment").read_text()
    assert "PROBE_KEY changed" in (runs.project.root / "kept.json").read_text()


def crash_while_preparing(runs: Runs) -> None:
    (runs.project.root / "deploys/crash.py").write_text(CRASH_WHILE_PREPARING)
    words = ("-y", *LOUD, "inventory.py", "deploys/crash.py")
    assert "on purpose: " in runs.run("crash while preparing", *words)


def crash(runs: Runs) -> None:
    """Behind its preparation a run is the same, whatever store its secrets are from."""
    crash_while_preparing(runs)
    project = runs.project
    for name, (file, line, fault) in CRASHES.items():
        with project.edited(file, line, fault + line):
            assert "on purpose: " in runs.run(name, *APPLY_TO_ONE)
    assert (runs.folder / "crash in an operation, pyinfra-debug.log").exists()


def test_no_secret_shows_outside_its_file(project: ProbeProject, tmp_path: Path) -> None:
    began = tmp_path / "began"
    began.touch()
    scaleway = ScalewayStore("lab")
    old = distinctive(scaleway)
    project.edit(project.RECORD, 'kind="hex", size=32', 'kind="given", size=24')
    values = {
        "key before": old["probe/PROBE_KEY"],
        "key in Scaleway": canary(),
        "key in file": canary(),
        "SCW_SECRET_KEY": layout.SCALEWAY_SECRET_KEY,
    }
    scaleway.write("probe", {"PROBE_KEY": values["key in Scaleway"]}, replace=True)
    scanner = Scanner(distinctive(scaleway) | values)
    by_scaleway, by_file = (Runs(project, kind, tmp_path / kind) for kind in ("scaleway", "dotenv"))

    with watched(tmp_path):
        plan(by_scaleway)
        crash(by_scaleway)
        assert "probe: deployed" in by_scaleway.run("apply", *APPLY)
        project.edit(project.CONFIGURATION, "maxclients 100", "maxclients 110")
        assert "probe: deployed" in by_scaleway.run("apply as JSON", *APPLY_AS_JSON)
        file = copy_secrets(scaleway, project.store("lab"))
        file.write("probe", {"PROBE_KEY": values["key in file"]}, replace=True)
        crash_while_preparing(by_file)
        assert "probe: deployed" in by_file.run("our apply", "apply", "--yes", program="guildhall")
        assert list((project.root / ".guildhall/runs").iterdir())

    # The lab's own credentials stand in its source, and are public on purpose.
    apart_from = ["!", "-name", ".secrets.lab.env", "!", "-path", f"{project.root}/lab/*layout*"]
    said = scanner.here([str(tmp_path), "-type", "f", *apart_from])
    assert {finding for finding in said if not KEY_ID.match(finding[1])} == set()
    assert made_up(scanner).here([*OTHER_TEMPORARY, "-newer", str(began)]) == set()
    found = on_each_host(lambda host: scanner.on(host, without=DOCKERS_OWN))
    for of_host in found.values():
        assert {finding for finding in of_host if not ENV_FILE.fullmatch(finding[0])} == set()
    assert not any(on_each_host(lambda host: scanner.open_to_all(host, ("/opt", *DOCKERS_OWN))).values())
    assert "key in file (dotenv)" in {what for _, what in found[project.machine]}


def on_each_host(find: Callable[[str], set[tuple[str, str]]]) -> dict[str, set[tuple[str, str]]]:
    names = [host.name for host in layout.HOSTS]
    with ThreadPoolExecutor() as pool:
        return dict(zip(names, pool.map(find, names), strict=True))


@contextmanager
def watched(folder: Path) -> Iterator[None]:
    """Meanwhile the hosts' processes are watched; they and the journals end in files of their own."""
    with ExitStack() as stack:
        seen = {host.name: stack.enter_context(leaks.processes(host.name)) for host in layout.HOSTS}
        yield
    for host in layout.HOSTS:
        processes = b"".join(seen[host.name])
        assert b"sshd" in processes
        (folder / f"processes of {host.name}").write_bytes(processes)
        (folder / f"journal of {host.name}").write_text(leaks.journal(host.name))
