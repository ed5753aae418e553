"""Two operators, each with a checkout: none undoes what the other deployed without being told and saying so.

Three rounds in `make test`, twenty in `make soak`; TURNS says how many, SEED who does what, and when.
"""

import os
import random
import re
import shutil
import subprocess
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import pytest

from lab import layout
from tests.lab.projects import ProbeProject
from tests.lab.running import Lab, Outcome, guildhall

pytestmark = pytest.mark.stacks

SEED = int(os.environ.get("SEED", "1"))
TURNS = int(os.environ.get("TURNS", "3"))
NAMES = ("anna", "ben")
# Their lines lie so far apart that git puts them together by itself.
CONFIGURATION = "# anna 0\nsave 60 1\nmaxclients 100\ntimeout 0\n# ben 0\n"
WORDS = ("deploys/probe.py", "--limit", layout.TOOLS.name)
UNSHARED = (".env", ".secrets.lab.env", ".lab")
BEHIND = "probe on tools-prod came from a commit that this checkout does not contain"
MEANWHILE = "probe: REFUSED at stage: somebody else brought it to another release meanwhile"


@dataclass(frozen=True)
class Operator:
    name: str
    project: ProbeProject

    def git(self, *words: str) -> str:
        who = ("-c", f"user.name={self.name}", "-c", "user.email=somebody@example.org")
        argv = ["git", *who, *words]
        return subprocess.run(argv, cwd=self.project.root, check=True, capture_output=True, text=True).stdout

    def commits(self, number: int) -> None:
        """A change of the configuration, pushed by nobody yet."""
        file = self.project.root / self.project.CONFIGURATION
        file.write_text(re.sub(f"# {self.name} .*", f"# {self.name} {number}", file.read_text()))
        self.git("commit", "--all", f"--message={self.name} {number}")

    def shares(self) -> None:
        """Both have what both committed."""
        self.git("pull", "--no-rebase", "--no-edit")
        self.git("push")

    def says(self, *words: str) -> Outcome:
        return guildhall(self.project.root, *words)

    def applies(self, *options: str) -> Outcome:
        return self.says("apply", *WORDS, "--yes", *options)


Turn = Callable[[Operator, Operator, int, random.Random], None]


@pytest.fixture(scope="module")
def operators(
    lab: Lab, machine: layout.Host, spare: Path, tmp_path_factory: pytest.TempPathFactory
) -> tuple[Operator, Operator]:
    """Two clones of one repository; the probe is as both have it."""
    folder = tmp_path_factory.mktemp("operators")
    first = Operator("anna", ProbeProject(folder / "anna", lab, machine.name))
    shutil.copytree(spare, first.project.root, symlinks=True)
    first.project.root.joinpath(".gitignore").write_text("\n".join((*UNSHARED, "__pycache__/\n")))
    first.project.root.joinpath(first.project.CONFIGURATION).write_text(CONFIGURATION)
    first.git("init", "--initial-branch=main")
    first.git("add", "--all")
    first.git("commit", "--message=all of it")
    first.git("clone", "--bare", ".", str(folder / "shared"))
    first.git("remote", "add", "origin", str(folder / "shared"))
    first.git("fetch")
    first.git("branch", "--set-upstream-to=origin/main")
    first.git("clone", str(folder / "shared"), str(folder / "ben"))
    for name in UNSHARED:
        shutil.copy(first.project.root / name, folder / "ben" / name, follow_symlinks=False)
    second = Operator("ben", ProbeProject(folder / "ben", lab, machine.name))
    done = first.applies()
    assert done.code == 0, done.output
    return first, second


def on_host(project: ProbeProject) -> dict[str, str]:
    """Whose change of which round runs."""
    lines = project.on_host("docker exec probe-probe-1 cat /etc/probe.conf")
    return dict(re.findall(r"# (\w+) (.+)", lines))


def state(project: ProbeProject) -> tuple[str, tuple[str, str]]:
    return project.container, project.releases


def behind(one: Operator, other: Operator, number: int, dice: random.Random) -> None:
    """One deploys; the other, who has not pulled, is refused until that is done."""
    one.commits(number)
    other.commits(number)
    assert one.applies().code == 0
    before = state(one.project)
    refused = other.applies()

    assert refused.code == 1
    assert BEHIND in refused
    assert state(one.project) == before
    one.shares()
    other.shares()
    assert other.applies().code == 0
    assert on_host(one.project) == dict.fromkeys(NAMES, str(number))


def planned(one: Operator, other: Operator, number: int, dice: random.Random) -> None:
    """What one had reviewed is not done after the other deployed."""
    file = one.project.root.parent / "plan.json"
    one.commits(number)
    assert one.says("plan", *WORDS, "--out", str(file)).code == 2
    other.commits(number)
    assert other.applies().code == 0
    before = state(one.project)
    stale = one.says("apply", str(file), "--yes")

    assert stale.code == 1
    assert "something has moved since it was planned" in stale
    assert BEHIND in stale
    assert stale.line("+   ")
    assert stale.line("-   ")
    assert state(one.project) == before


def at_once(one: Operator, other: Operator, number: int, dice: random.Random) -> None:
    """Both at the same moment: who ends well is who is served, and the other is told."""
    for each in (one, other):
        each.commits(number)
    with ThreadPoolExecutor() as pool:
        first = pool.submit(one.applies)
        time.sleep(dice.uniform(0, 4))
        ended = {other.name: other.applies(), one.name: first.result()}
    served = [name for name, whose in on_host(one.project).items() if whose == str(number)]

    assert [name for name in NAMES if ended[name].code == 0] == served
    assert len(served) == 1
    [lost] = (said for name, said in ended.items() if name not in served)
    assert MEANWHILE in lost or BEHIND in lost, lost.output


def turns() -> list[tuple[int, Turn]]:
    kinds = (at_once, behind, planned)
    return [(number, kinds[number % 3]) for number in range(1, TURNS + 1)]


@pytest.mark.parametrize(("number", "turn"), turns(), ids=lambda value: getattr(value, "__name__", value))
def test_nobody_undoes_silently_what_the_other_deployed(
    operators: tuple[Operator, Operator], number: int, turn: Turn
) -> None:
    dice = random.Random(f"{SEED} {number}")  # noqa: S311 - nothing secret
    one, other = dice.sample(operators, 2)
    turn(one, other, number, dice)

    for each in (one, other, one):
        each.shares()
    assert one.applies().code == 0
    assert on_host(one.project) == dict.fromkeys(NAMES, str(number))
    assert other.says("plan", *WORDS).code == 0
