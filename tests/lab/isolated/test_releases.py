"""What a release leaves behind: a record, and of a retired app its volumes."""

import json

import pytest

from tests.lab.projects import ProbeProject

pytestmark = pytest.mark.stacks


def test_a_retired_app_is_gone_but_for_its_volumes(project: ProbeProject) -> None:
    project.retire()
    plan = project.plan()
    run = project.deploy()

    assert "probe: retire: it is no longer present in the catalogue" in plan
    assert run.code == 0, run.output
    assert "probe" not in project.on_host("docker ps -a --format '{{.Names}}'")
    assert "probe_data" in project.on_host("docker volume ls -q")
    assert "retire" not in project.plan()


def test_the_host_keeps_a_record_of_every_deploy(project: ProbeProject) -> None:
    lines = project.on_host("cat /var/log/guildhall/deploys.jsonl").splitlines()
    last = [entry for entry in map(json.loads, lines) if entry["app"] == "probe"][-1]

    assert last["result"] == "deployed"
    assert "@" in last["by"]
    assert last["seconds"] >= 0
    assert project.releases[0].endswith(last["revision"])
