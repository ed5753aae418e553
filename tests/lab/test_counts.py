"""What a run without changes costs: few remote commands, and no restart."""

from pathlib import Path

import pytest

from lab import layout
from tests.lab.conftest import Site
from tests.lab.execs import execs
from tests.lab.running import Lab

ONLY_STACKS = "from catalogue import APPS\nfrom tasks.stacks import stacks\n\nstacks(APPS)\n"


@pytest.fixture
def only_stacks(tmp_path: Path) -> str:
    """A deploy file with the stacks and nothing else."""
    file = tmp_path / "only_stacks.py"
    file.write_text(ONLY_STACKS)
    return str(file)


def test_the_stacks_of_a_converged_host_cost_one_exec(site: Site, tmp_path: Path, only_stacks: str) -> None:
    assert execs(tmp_path, only_stacks) == {host.name: 1 for host in layout.HOSTS}


def test_a_whole_site_without_changes_costs_few_execs_and_no_restart(
    lab: Lab, site: Site, tmp_path: Path
) -> None:
    before = {host.name: lab.containers(host.name) for host in layout.HOSTS}
    counts = execs(tmp_path, "deploys/site.py")

    assert set(counts) == set(before)
    assert max(counts.values()) <= 30
    assert {host.name: lab.containers(host.name) for host in layout.HOSTS} == before
