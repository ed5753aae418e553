"""A new version is one changed line: the plan says what it does, and a forbidden step touches nothing."""

import re

import pytest
import requests

from lab import layout
from tasks.images.registry import ACCEPT
from tests.lab.conftest import FirstRuns
from tests.lab.deployed import record
from tests.lab.running import Lab
from tests.support.project import Project

pytestmark = pytest.mark.stacks

HOST = "tools-prod"


def publish(repository: str, known: str, tag: str) -> None:
    """The lab's registry has another version: the image of a known tag under a new one."""
    manifests = f"https://{layout.REGISTRY_LOCAL}/v2/{repository}/manifests"
    found = requests.get(
        f"{manifests}/{known}", headers={"Accept": ACCEPT}, verify=str(layout.CA_PEM), timeout=10
    )
    found.raise_for_status()
    kind = {"Content-Type": found.headers["Content-Type"]}
    sent = requests.put(
        f"{manifests}/{tag}", data=found.content, headers=kind, verify=str(layout.CA_PEM), timeout=10
    )
    sent.raise_for_status()


def options(app: str) -> tuple[str, ...]:
    return ("--limit", HOST, "--data", f"app={app}")


def step(project: Project, app: str, place: int, by: int) -> tuple[str, str]:
    """The app's tag in its record, and the one that now stands there: a number of its version is another.

    34.0.3-apache is followed, for place 0 and by 2, by 36.0.3-apache.
    """
    old = record(app).version
    version = re.search(r"\d+(\.\d+)*", old)
    assert version
    numbers = [int(number) for number in version[0].split(".")]
    numbers[place] += by
    new = old.replace(version[0], ".".join(map(str, numbers)), 1)
    project.edit(f"catalogue/apps/{app}.py", f'tag="{old}"', f'tag="{new}"')
    return old, new


def test_a_new_version_restarts_only_its_own_service_and_can_be_taken_back(
    lab: Lab, site: FirstRuns, project: Project
) -> None:
    old, new = step(project, "onlyoffice", -1, 1)
    image = record("onlyoffice").services[0].image.repository
    publish(image, old, new)
    before = lab.containers(HOST)
    plan = lab.deploy("tools", "--dry", *options("onlyoffice"), root=project.root)
    done = lab.deploy("tools", "-y", *options("onlyoffice"), root=project.root)
    after = lab.containers(HOST)
    back = lab.deploy("tools", "-y", *options("onlyoffice"))

    said = plan.line("onlyoffice: release")
    assert f"{image} {old} → {new}; starts onlyoffice anew" in said
    assert "ONE-WAY" not in said
    assert done.code == 0, done.output
    assert {name for name in before if before[name] != after.get(name)} == {"onlyoffice-onlyoffice-1"}
    assert before.keys() == after.keys()
    assert back.code == 0, back.output


def test_a_plan_says_that_a_new_version_migrates_one_way(lab: Lab, site: FirstRuns, project: Project) -> None:
    step(project, "outline", -1, 1)
    plan = lab.deploy("tools", "--dry", *options("outline"), root=project.root)

    assert plan.line("outline: release").endswith(
        "starts outline anew; its migration is ONE-WAY: back up first"
    )


def test_a_skipped_version_is_refused_before_the_host_is_touched(
    lab: Lab, site: FirstRuns, project: Project
) -> None:
    before = lab.containers(HOST), lab.ssh(HOST, "find /opt/nextcloud | sort; cat /var/log/guildhall/*")
    old, new = step(project, "nextcloud", 0, 2)
    done = lab.deploy("tools", "-y", *options("nextcloud"), root=project.root)
    plan = lab.deploy("tools", "--dry", *options("nextcloud"), root=project.root)

    assert done.code == 1
    for run in (plan, done):
        assert (
            f"nextcloud: REFUSED: nextcloud cannot skip from {old} to {new}; "
            "take one step at a time (major); nothing was changed"
        ) in run
    assert before == (
        lab.containers(HOST),
        lab.ssh(HOST, "find /opt/nextcloud | sort; cat /var/log/guildhall/*"),
    )


def test_a_release_that_would_undo_a_one_way_migration_is_refused(
    lab: Lab, site: FirstRuns, project: Project
) -> None:
    old, new = step(project, "espocrm", 0, -1)
    done = lab.deploy("tools", "-y", *options("espocrm"), root=project.root)

    assert done.code == 1
    assert f"espocrm cannot go back from {old} to {new}: its migrations are one-way; restore a backup" in done
