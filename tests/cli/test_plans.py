"""What each deploy lists in a plan for bare hosts: real command line, inventory, catalogue and templates."""

import json
from pathlib import Path

from tasks.settings import ROOT
from tests.support import golden
from tests.support.plans import production
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
