"""What each deploy lists in a plan for bare hosts: real command line, inventory, catalogue and templates."""

import json
from pathlib import Path

import pytest

from onhost.answer import BEGIN
from tasks.settings import ROOT
from tests.support import golden
from tests.support.plans import BARE_HOSTS, production
from tests.support.project import Ran

DEPLOYS = sorted(path.stem for path in (ROOT / "deploys").glob("*.py"))


def listed(plan: Ran) -> str:
    """One line an operation, in order: its name, and the hosts that it would change."""
    operations = json.loads(plan.out)["plan"]
    lines = (f"{each['name']:<58} {', '.join(each['hosts_with_change'])}".rstrip() for each in operations)
    return "".join(f"{line}\n" for line in lines)


def test_a_plan_of_each_deploy_is_as_written_down(tmp_path: Path) -> None:
    with production(tmp_path) as operator:
        golden.same("plans", {f"{deploy}.txt": listed(operator.plan(deploy)) for deploy in DEPLOYS})


# H2
def test_a_host_whose_answer_is_damaged_is_one_line_and_the_others_go_on(tmp_path: Path) -> None:
    with production(tmp_path) as operator:
        words = ("inventory.py", "deploys/site.py", "--dry", "--json")
        says = tmp_path / "says.json"
        says.write_text(json.dumps({"management": {" read;": ["welcome", BEGIN, '{"kind": "stack", "app']}}))
        plan = operator.run(BARE_HOSTS, *words, HOSTS_SAY=str(says))
    said = [line.split() for line in plan.err.splitlines()]
    mine = [" ".join(words[1:]) for words in said if words[:1] == ["[management]"]]
    [row] = [each for each in json.loads(plan.out)["plan"] if each["name"] == "Stacks | stacks: releases"]

    assert plan.code == 1
    assert "what runs on this host cannot be read: its answer was cut off; deploy again" in mine
    assert not [line for line in mine if ": release " in line]
    assert sorted(row["hosts_with_change"]) == ["authentik-prod", "tools-prod"]


@pytest.mark.parametrize("option", ["-y", "--dry"])
def test_a_run_whose_only_host_fails_at_an_answer_ends_in_plain_words(tmp_path: Path, option: str) -> None:
    says = tmp_path / "says"
    says.write_text(json.dumps({"management": {" read;": None}}))
    words = ("inventory.py", "deploys/management.py", "--limit", "management", option)
    with production(tmp_path / "copy") as operator:
        ran = operator.run(BARE_HOSTS, *words, HOSTS_SAY=str(says))

    assert ran.code == 1
    assert "No hosts remaining!" in ran.err
    assert "Traceback" not in ran.err
