"""`guildhall plan`, `apply`, `drift`, `status`: what they say is what is so, and what is done."""

import json
from pathlib import Path
from typing import Any

import pytest

from tests.lab.probe import TAG
from tests.lab.projects import ProbeProject
from tests.lab.running import Outcome, eventually, guildhall

pytestmark = [pytest.mark.stacks, pytest.mark.usefixtures("services_run")]

PLAN = ("plan", "deploys/probe.py", *ProbeProject.OPTIONS[:2], "--app", "probe")
APPLY = ("apply", "deploys/probe.py", *ProbeProject.OPTIONS[:2], "--app", "probe", "--yes")


def said(project: ProbeProject, *words: str) -> Outcome:
    return guildhall(project.root, *words)


def plan(project: ProbeProject) -> dict[str, Any]:
    """What is planned of the probe; empty if nothing is."""
    done = said(project, *PLAN, "--json")
    [host] = json.loads(done.output)["hosts"]
    assert done.code == (2 if host["apps"] else 0)
    return host["apps"][0] if host["apps"] else {}


def test_what_is_planned_is_done_and_then_there_is_nothing_to_plan(project: ProbeProject) -> None:
    project.assert_converges()
    assert plan(project) == {}
    project.edit(project.CONFIGURATION, "maxclients 100", "maxclients 120")
    step = plan(project)
    before = project.container
    done = said(project, *APPLY)

    assert (step["cause"], step["restarts"], step["reasons"]) == (
        "repository",
        ["probe"],
        ["probe.conf changed"],
    )
    assert step["last"]["result"] == "deployed"
    assert done.code == 0, done.output
    assert f"probe: deployed {step['revision']}" in done
    assert done.output.splitlines()[-2].split()[:3] == ["tools-prod", "probe", "deployed"]
    assert done.output.splitlines()[-1] == "1 deployed"
    assert project.container != before
    assert plan(project) == {}


def test_whatever_is_wrong_is_json_and_nothing_else(project: ProbeProject) -> None:
    """A tag that the registry does not have, a host that nobody knows, a deploy that cannot be run."""
    project.assert_converges()
    project.write("deploys/broken.py", "raise RuntimeError('on purpose')\n")
    nowhere = ("plan", "deploys/probe.py", "--limit", "nosuch")
    with project.edited(project.RECORD, TAG, TAG.replace("tag='", "tag='999.")):
        missing = project.guildhall(*PLAN, "--json")
    unknown = project.guildhall(*nowhere, "--json")
    broken = project.guildhall("plan", "deploys/broken.py", "--json")
    made = [json.loads(each.out) for each in (missing, unknown, broken)]

    assert [each.code for each in (missing, unknown, broken)] == [1, 1, 1]
    assert [each["code"] for each in made] == [1, 1, 1]
    [name] = made[0]["hosts"][0]["apps"][0]["missing"]
    assert ":999." in name
    assert made[1]["error"].startswith("--limit nosuch: ")
    assert "on purpose" in made[2]["error"]


def test_what_somebody_did_to_the_host_is_told_from_what_the_repository_says(project: ProbeProject) -> None:
    project.assert_converges()
    project.on_host("docker stop --time 0 probe-probe-1")
    stopped, status = plan(project), said(project, "status", "--limit", "tools-prod", "--app", "probe")
    drift = said(project, "drift", "--limit", "tools-prod")
    project.edit(project.CONFIGURATION, "maxclients 100", "maxclients 130")
    both = plan(project)

    assert (stopped["cause"], stopped["reasons"]) == ("host", ["probe is exited"])
    assert both["cause"] == "both"
    assert status.code == 1
    assert status.line("probe").split()[:2] == ["tools-prod", "probe"]
    assert "probe is exited" in status
    assert drift.line("tools-prod: probe:").startswith("tools-prod: probe: the host moved: probe is exited")
    assert said(project, *APPLY).code == 0
    assert plan(project) == {}


def test_what_was_reviewed_is_done_and_nothing_else(project: ProbeProject, tmp_path: Path) -> None:
    project.assert_converges()
    kept = tmp_path / "plan.json"
    project.edit(project.CONFIGURATION, "maxclients 100", "maxclients 140")
    planned = said(project, *PLAN, "--out", str(kept))
    project.on_host("docker stop --time 0 probe-probe-1")
    stale = said(project, "apply", str(kept), "--yes")
    release = project.releases
    project.on_host("docker start probe-probe-1")
    eventually(lambda: project.container, lambda state: state.endswith(" healthy"))
    good = said(project, "apply", str(kept), "--yes")

    assert planned.code == 2
    assert stale.code == 1
    assert "something has moved since it was planned" in stale
    assert [line for line in stale.output.splitlines() if line.startswith("+") and "probe is exited" in line]
    assert project.releases != release
    assert good.code == 0, good.output
    assert plan(project) == {}


def test_a_release_that_gets_sick_is_rolled_back_and_the_table_says_so(project: ProbeProject) -> None:
    project.assert_converges()
    release = project.releases
    project.edit(project.CONFIGURATION, "maxclients 100", "maxclients none")
    done = said(project, *APPLY)
    status = said(project, "status", "--limit", "tools-prod", "--app", "probe")

    assert done.code == 1
    assert "ROLLED BACK" in done.line("ROLLED BACK ")
    assert project.releases == release
    assert status.code == 1
    assert "its last deploy: rolled back" in status


def test_logs_and_history_are_of_the_app(project: ProbeProject) -> None:
    project.assert_converges()
    logs, history = said(project, "logs", "probe", "--since", "24h"), said(project, "history", "probe")

    assert logs.code == 0, logs.output
    assert "Ready to accept connections" in logs
    assert history.line("deployed")
    assert logs.line("Ready to accept").startswith("probe-1")
    assert " probe " in history.output.splitlines()[-1]
