"""Three bare hosts become the site; after that there is nothing left to do."""

import json
import re
import secrets

import pytest

from lab import hosts
from tests.lab.conftest import FirstRuns
from tests.lab.deployed import HERE
from tests.lab.running import Lab
from tests.support.project import Project

pytestmark = pytest.mark.stacks


def test_a_plan_on_bare_hosts_lists_what_will_happen(site: FirstRuns) -> None:
    assert site.bare_plan.code == 0, site.bare_plan.output
    for text in (
        "Docker Engine | docker: packages",
        "traefik: release",
        "outline: release",
        "it is new on this host",
        "3 (authentik-prod, management, tools-prod)",
    ):
        assert text in site.bare_plan, site.bare_plan.output


def test_the_first_deploy_brings_up_everything(site: FirstRuns) -> None:
    assert site.first.code == 0, site.first.output
    for app in HERE:
        assert f"{app.name}: deployed" in site.first


def test_after_it_a_plan_lists_nothing(site: FirstRuns) -> None:
    start = site.converged_plan.output.index('{"plan"')
    plan, _ = json.JSONDecoder().raw_decode(site.converged_plan.output[start:])

    changes = {row["name"]: row["hosts_with_change"] for row in plan["plan"] if row["hosts_with_change"]}
    assert plan["plan"]
    assert changes == {}


def test_a_second_deploy_changes_nothing_and_restarts_nothing(site: FirstRuns) -> None:
    assert site.second.code == 0, site.second.output
    assert not re.search(r"\] +Success", site.second.output), site.second.output
    assert site.before_second == site.after_second
    assert all(site.after_second.values())


def changed(before: dict[str, str], after: dict[str, str]) -> set[str]:
    return {name for name in before.keys() | after.keys() if before.get(name) != after.get(name)}


def test_one_line_of_prometheus_recreates_only_prometheus(
    lab: Lab, site: FirstRuns, project: Project
) -> None:
    before = lab.containers("management")
    project.edit("templates/prometheus/prometheus.yml.j2", "scrape_timeout: 10s", "scrape_timeout: 11s")
    run = lab.deploy("management", "-y", "--limit", "management", root=project.root)
    after = lab.containers("management")
    back = lab.deploy("management", "-y", "--limit", "management")

    assert run.code == 0, run.output
    assert changed(before, after) == {"prometheus-prometheus-1"}
    assert "prometheus.yml changed; starts prometheus anew" in run.line("prometheus: release")
    assert back.code == 0, back.output


def test_one_secret_recreates_only_the_services_that_read_it(lab: Lab, site: FirstRuns) -> None:
    before = lab.containers("tools-prod")
    lab.set_secret("outline", "UTILS_SECRET", secrets.token_hex(32))
    run = lab.deploy("tools", "-y", "--limit", "tools-prod")
    after = lab.containers("tools-prod")

    assert run.code == 0, run.output
    assert changed(before, after) == {"outline-outline-1"}
    assert "UTILS_SECRET changed; starts outline anew" in run.line("outline: release")


def test_a_host_that_is_down_does_not_keep_the_others_from_their_deploy(
    lab: Lab, site: FirstRuns, project: Project
) -> None:
    project.edit("templates/outline/compose.yaml.j2", 'ENABLE_UPDATES: "false"', 'ENABLE_UPDATES: "true"')
    hosts.stop("management")
    try:
        run = lab.deploy("site", "-y", root=project.root)
    finally:
        hosts.start("management")
    lab.wait_until_healthy()
    back = lab.deploy("site", "-y")

    assert run.code == 1
    assert re.search(r"\[management\] +.*(refused|Could not connect|timed out)", run.output), run.output
    assert "outline: deployed" in run
    assert back.code == 0, back.output
