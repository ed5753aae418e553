"""What each deploy lists in a plan for blank hosts: real command line, inventory, catalogue and templates.

Production's own way: servers from Terraform's state, secrets from a file. No host is contacted.
"""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from tasks.settings import ROOT

from . import golden
from .conftest import HOSTS
from .project import Project, copied, object_store

BLANK_HOSTS = str(Path(__file__).with_name("blank_hosts.py"))
DEPLOYS = sorted(path.stem for path in (ROOT / "deploys").glob("*.py"))
SERVERS = {host.name: {"public_ip": "127.0.0.1", "private_ip": host.private_ip} for host in HOSTS}
STATE = json.dumps({"outputs": {"servers": {"value": SERVERS}}}).encode()


@pytest.fixture(scope="module")
def production(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Project, dict[str, str]]]:
    """A checkout with every secret, and the variables that lead to Terraform's state."""
    project = copied(tmp_path_factory.mktemp("project"))
    project.with_secrets("production")
    with object_store(state=STATE) as store:
        yield (
            project,
            {
                "GUILDHALL_ENV": "production",
                "GUILDHALL_SECRETS": "dotenv",
                "GUILDHALL_TERRAFORM_STATE": "s3://terraform/state",
                "PYTHONPATH": str(project.root),
                "S3_ACCESS_KEY": "access-key",
                "S3_SECRET_KEY": "secret-key",
                "S3_ENDPOINT": store,
            },
        )


def plan(deploy: str, production: tuple[Project, dict[str, str]], *options: str) -> str:
    """One line an operation, in order: its name, and the hosts that it would change."""
    project, variables = production
    words = ("inventory.py", f"deploys/{deploy}.py", "--dry", "--json", *options)
    ran = project.run(BLANK_HOSTS, *words, **variables)
    assert ran.code == 0, ran.err
    listed = json.loads(ran.out)["plan"]
    lines = (f"{each['name']:<58} {', '.join(each['hosts_with_change'])}".rstrip() for each in listed)
    return "".join(f"{line}\n" for line in lines)


def test_a_plan_of_each_deploy_is_as_written_down(production: tuple[Project, dict[str, str]]) -> None:
    golden.same("plans", {f"{deploy}.txt": plan(deploy, production) for deploy in DEPLOYS})
