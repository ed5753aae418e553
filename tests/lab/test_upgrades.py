"""A new version is one changed line: the plan says what it does, and a forbidden step touches nothing."""

import requests

from lab import layout
from tasks.images.registry import ACCEPT
from tests.lab.conftest import Site
from tests.lab.projects import Tree
from tests.lab.running import Lab

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


def test_a_new_version_restarts_only_its_own_service_and_can_be_taken_back(
    lab: Lab, site: Site, tree: Tree
) -> None:
    publish("docker.io/onlyoffice/documentserver", "9.4.0.1", "9.4.1.1")
    before = lab.containers(HOST)
    tree.edit("catalogue/office.py", 'tag="9.4.0.1"', 'tag="9.4.1.1"')
    plan = lab.deploy("tools", "--dry", *options("onlyoffice"), root=tree.root)
    done = lab.deploy("tools", "-y", *options("onlyoffice"), root=tree.root)
    after = lab.containers(HOST)
    back = lab.deploy("tools", "-y", *options("onlyoffice"))

    said = plan.line("onlyoffice: release")
    assert "documentserver:9.4.1.1 is new; starts onlyoffice anew" in said
    assert "ONE-WAY" not in said
    assert done.code == 0, done.output
    assert {name for name in before if before[name] != after.get(name)} == {"onlyoffice-onlyoffice-1"}
    assert before.keys() == after.keys()
    assert back.code == 0, back.output


def test_a_plan_says_that_a_new_version_migrates_one_way(lab: Lab, site: Site, tree: Tree) -> None:
    tree.edit("catalogue/tools.py", 'tag="1.9.2"', 'tag="1.9.3"')
    plan = lab.deploy("tools", "--dry", *options("outline"), root=tree.root)

    assert plan.line("outline: release").endswith(
        "starts outline anew; its migration is ONE-WAY: back up first"
    )


def test_a_skipped_version_is_refused_before_the_host_is_touched(lab: Lab, site: Site, tree: Tree) -> None:
    before = lab.containers(HOST), lab.ssh(HOST, "find /opt/nextcloud | sort; cat /var/log/guildhall/*")
    tree.edit("catalogue/office.py", 'tag="34.0.3-apache"', 'tag="36.0.1-apache"')
    done = lab.deploy("tools", "-y", *options("nextcloud"), root=tree.root)
    plan = lab.deploy("tools", "--dry", *options("nextcloud"), root=tree.root)

    assert done.code == 1
    for run in (plan, done):
        assert (
            "nextcloud: REFUSED: nextcloud cannot skip from 34.0.3-apache to 36.0.1-apache; "
            "take one step at a time (major); nothing was changed"
        ) in run
    assert before == (
        lab.containers(HOST),
        lab.ssh(HOST, "find /opt/nextcloud | sort; cat /var/log/guildhall/*"),
    )


def test_a_release_that_would_undo_a_one_way_migration_is_refused(lab: Lab, site: Site, tree: Tree) -> None:
    tree.edit("catalogue/work.py", 'tag="10.0.8"', 'tag="10.0.7"')
    done = lab.deploy("tools", "-y", *options("espocrm"), root=tree.root)

    assert done.code == 1
    assert (
        "espocrm cannot go back from 10.0.8 to 10.0.7: its migrations are one-way; restore a backup" in done
    )
