"""The steps of the workflows on the site itself: a night finds what a person did, a deploy puts it right."""

import os
import sys
from collections.abc import Iterator

import pytest

from lab import layout
from tests.lab.conftest import FirstRuns
from tests.lab.running import BIN, Lab
from tests.support.github import github
from tests.support.project import Project
from tests.support.workflows import Runner

pytestmark = pytest.mark.verify

STOPPED = "node-exporter-node-exporter-1"


@pytest.fixture
def runner(project: Project) -> Iterator[Runner]:
    plain = {name: value for name, value in os.environ.items() if not name.startswith("GITHUB_")}
    with github() as has:
        made = Runner(project.root, has, {**plain, "PYTHONPATH": str(project.root), "GUILDHALL_ENV": "lab"})
        made.program(f'exec {sys.executable} {BIN / "guildhall"} "$@"')
        yield made


def test_a_night_opens_an_issue_and_the_night_after_the_deploy_closes_it(
    lab: Lab, site: FirstRuns, runner: Runner
) -> None:
    lab.ssh(layout.TOOLS.name, f"docker stop {STOPPED}")
    try:
        ill = runner.runs("drift")
        [issue] = runner.has.issues
        assert [words.split()[1] for words in ill] == ["drift", "verify"]
        assert issue["state"] == "open"
        assert f"{layout.TOOLS.name}: node-exporter: the host moved: node-exporter is exited" in issue["body"]

        assert runner.runs("plan") == []
        [comment] = runner.has.comments
        assert "| node-exporter | node-exporter is exited | starts node-exporter anew" in comment["body"]

        assert [words.split()[1] for words in runner.runs("deploy")] == ["plan"]
    finally:
        lab.ssh(layout.TOOLS.name, f"docker start {STOPPED}")
    assert runner.runs("drift") == []
    assert (issue["state"], len(runner.has.issues)) == ("closed", 1)
