"""What a run without changes costs: few remote commands, and no restart."""

from pathlib import Path

import pytest

from lab import layout
from tests.lab.conftest import FirstRuns
from tests.lab.deployed import GROUPS, HERE
from tests.lab.execs import execs
from tests.lab.running import Lab

pytestmark = pytest.mark.stacks

ONLY_PROGRAMS = "from catalogue import APPS\nfrom tasks.server import programs\n\nprograms(APPS)\n"


@pytest.fixture
def only_programs(tmp_path: Path) -> str:
    """A deploy file with the apps, and nothing of the hosts themselves."""
    file = tmp_path / "only_programs.py"
    file.write_text(ONLY_PROGRAMS)
    return str(file)


def test_all_apps_of_a_converged_host_cost_one_exec_and_databases_and_a_zabbix_one_more_each(
    site: FirstRuns, tmp_path: Path, only_programs: str
) -> None:
    with_databases = {host for app in HERE if app.database for host in GROUPS[app.group]}
    with_zabbix = {host for app in HERE if app.zabbix for host in GROUPS[app.group]}

    assert execs(tmp_path, only_programs) == {
        host.name: 1 + (host.name in with_databases) + (host.name in with_zabbix) for host in layout.HOSTS
    }


def test_a_whole_site_without_changes_costs_few_execs_and_no_restart(
    lab: Lab, site: FirstRuns, tmp_path: Path
) -> None:
    before = {host.name: lab.containers(host.name) for host in layout.HOSTS}
    counts = execs(tmp_path, "deploys/site.py")

    assert set(counts) == set(before)
    assert max(counts.values()) <= 3
    assert {host.name: lab.containers(host.name) for host in layout.HOSTS} == before
