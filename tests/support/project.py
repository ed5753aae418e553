"""A copy of the project that a test may spoil, and the real command line in it."""

import os
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

from catalogue import APPS, views
from lab.seed import fill
from tasks.secrets import DotenvStore
from tasks.settings import ROOT

PACKAGES = ("catalogue", "cli", "onhost", "tasks", "deploys", "lab")
FOLDERS = (*PACKAGES, "templates", "files", "group_data")
FILES = ("config.py", "inventory.py", "images.lock", "pyproject.toml")
GUILDHALL = str(Path(sys.executable).with_name("guildhall"))


@dataclass(frozen=True)
class Ran:
    """How a command ended and what it said."""

    code: int
    out: str
    err: str

    @property
    def complaints(self) -> list[str]:
        """What it said beside the progress of its work."""
        said = [line.strip() for line in self.err.splitlines() if line.strip()]
        return [line.removeprefix("--> ") for line in said if not (line.startswith("-->") and "..." in line)]


@dataclass(frozen=True)
class Project:
    """A checkout of its own, without `.env`, `.lab` and secrets."""

    root: Path

    def write(self, path: str, text: str) -> None:
        """A new file, with the folders it lies in."""
        file = self.root / path
        assert not file.exists(), f"{path} is there already"
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)

    def edit(self, path: str, old: str, new: str) -> None:
        """Replace a text that must be there, once."""
        file = self.root / path
        text = file.read_text()
        assert text.count(old) == 1, f"{path} holds {old!r} {text.count(old)} times"
        file.write_text(text.replace(old, new))

    def line(self, path: str, text: str) -> int:
        """The number of the first line that holds a text."""
        lines = (self.root / path).read_text().splitlines()
        return next(number for number, line in enumerate(lines, 1) if text in line)

    def store(self, environment: str) -> DotenvStore:
        """The secret store of the copy, a file."""
        return DotenvStore(self.root / f".secrets.{environment}.env")

    def with_secrets(self, environment: str) -> None:
        """Give every app what it needs."""
        fill(self.store(environment), views.all_secrets(APPS))

    def guildhall(self, *words: str, **variables: str) -> Ran:
        """The project's own command, of this copy."""
        return self.run(GUILDHALL, *words, **variables)

    def run(self, *arguments: str, **variables: str) -> Ran:
        """Python with these arguments; of the project its environment says only these variables."""
        shell = {
            key: value
            for key, value in os.environ.items()
            if not key.startswith(("GUILDHALL_", "SCW_", "S3_"))
        }
        done = subprocess.run(
            [sys.executable, *arguments],
            cwd=self.root,
            env={**shell, "PYTHONPATH": str(self.root), **variables},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=600,
            check=False,
        )
        return Ran(done.returncode, done.stdout, done.stderr)


def copied(root: Path, *more: str) -> Project:
    """The project as it is now, below `root`; `more` names what else of it is wanted, as `tests`."""
    for part in (*FOLDERS, *FILES, *more):
        source = ROOT / part
        if source.is_dir():
            shutil.copytree(source, root / part, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            root.mkdir(parents=True, exist_ok=True)
            shutil.copy(source, root / part)
    return Project(root)
