"""The workflows of GitHub, and who runs their steps as GitHub would."""

import os
import subprocess
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from tasks.settings import ROOT
from tests.support.github import Repository

LOUD = ["bash", "--noprofile", "--norc", "-eo", "pipefail", "-c"]
"""How GitHub runs a step with `shell: bash`."""
CONDITIONS: dict[str, Callable[[list[str]], bool]] = {
    "": lambda failed: True,
    "${{ !cancelled() }}": lambda failed: True,
    "contains(steps.*.outcome, 'failure')": bool,
    "${{ !contains(steps.*.outcome, 'failure') }}": lambda failed: not failed,
}
"""What `if` says, by the steps that failed and go on."""
ELSEWHERE = ("make install", ".venv/bin/guildhall ci key", ".venv/bin/guildhall ci heartbeat")
"""Steps that are not run: a test of its own runs the last two."""


def workflow(name: str) -> dict[str, Any]:
    return dict(yaml.safe_load((ROOT / f".github/workflows/{name}.yml").read_text()))


def steps(name: str) -> Iterator[dict[str, Any]]:
    for job in workflow(name)["jobs"].values():
        yield from job["steps"]


@dataclass(frozen=True)
class Runner:
    """Runs the steps of a workflow in a checkout; its environment is these values alone."""

    root: Path
    has: Repository
    environment: Mapping[str, str]

    def program(self, line: str) -> None:
        """What `.venv/bin/guildhall` is in that checkout: lines of a shell."""
        program = self.root / ".venv/bin/guildhall"
        program.parent.mkdir(parents=True)
        program.write_text(f"#!/bin/sh\n{line}\n")
        program.chmod(0o755)

    def runs(self, name: str, **told: str) -> list[str]:
        """The commands of the steps that failed; `told` is said to each step as well."""
        failed: list[str] = []
        for step in steps(name):
            words = step.get("run", "")
            if words in ("", *ELSEWHERE) or not CONDITIONS[step.get("if", "")](failed):
                continue
            if self._ended(step, told) != 0:
                failed.append(words)
                assert step.get("continue-on-error"), words
        return failed

    def _ended(self, step: Mapping[str, Any], told: Mapping[str, str]) -> int:
        withheld = {"GITHUB_TOKEN"} - step.get("env", {}).keys()
        given = {name: value for name, value in self.has.variables.items() if name not in withheld}
        job = {"PATH": os.environ["PATH"], "PULL": "7", "PYTHONPATH": str(self.root)}
        ran = subprocess.run(
            [*LOUD, step["run"]],
            cwd=self.root,
            env={**given, **job, **self.environment, **told},
            check=False,
            timeout=600,
        )
        return ran.returncode
