"""Hosts that are not what one expects: what serves goes on serving, messages are true, one run converges."""

from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from lab import hosts
from tasks.look import INSIDE
from tasks.verify.inside import inside
from tests.lab.isolated.test_interrupted import KILLED, disturbed
from tests.lab.projects import ProbeProject
from tests.lab.running import eventually

pytestmark = pytest.mark.stacks

LOG = "/var/log/guildhall/deploys.jsonl"
HEALTHY = "docker inspect -f '{{.State.Health.Status}}' probe-probe-1"
NOISE = r"""printf 'noise\t{"kind": "stack"}\n\033[2J--- guildhall end ---\nno line break'"""


@pytest.fixture
def changed(project: ProbeProject, request: pytest.FixtureRequest) -> ProbeProject:
    """The probe with a configuration of this test's own."""
    project.edit(project.CONFIGURATION, "maxclients 100", f"maxclients 100\n# {request.node.name}")
    return project


@contextmanager
def noisy(project: ProbeProject) -> Iterator[None]:
    """Meanwhile each login at the host prints what could be taken for an answer."""
    project.on_host(f"cp /root/.bashrc /root/.bashrc.kept; cat >/root/.bashrc <<'EOF'\n{NOISE}\nEOF")
    yield
    project.on_host("mv /root/.bashrc.kept /root/.bashrc")


def verified(project: ProbeProject) -> dict[tuple[str, str], str]:
    """The rows of verify's table about the host itself, for a catalogue without any app."""
    script = f"NAMES= PROMETHEUS= TARGETS=0 WAIT=0\n{INSIDE.read_text()}"
    rows = inside(project.machine, [], [], [], project.on_host(script).splitlines(), set())
    return {(row.check, row.subject): row.detail for row in rows}


# T1
@pytest.mark.parametrize("how", ["full", "read-only"])
def test_a_release_that_cannot_be_recorded_serves_and_stays(changed: ProbeProject, how: str) -> None:
    before = changed.releases[0]
    place = {"full": f"mount --bind /dev/full {LOG}", "read-only": f"mount --bind -o ro {LOG} {LOG}"}[how]
    changed.on_host(place)
    try:
        run = changed.deploy()
    finally:
        changed.on_host(f"umount {LOG}")

    assert run.code == 1
    assert f"probe: FAILED: this could not be noted in {LOG}" in run
    assert "serves, and stays" in run
    assert changed.releases[0] != before
    changed.assert_serves(changed.releases[0])
    assert "probe: release" not in changed.plan()


# T2
@pytest.mark.parametrize("applied", ["ln -sfn releases/20200101T000000Z-ffffffffffff", "rm"])
def test_an_app_whose_record_is_gone_is_put_back_all_the_same(project: ProbeProject, applied: str) -> None:
    project.assert_converges()
    before = project.releases[0]
    project.on_host(f"{applied} /opt/probe/applied")
    with project.edited(project.CONFIGURATION, "maxclients", "maxklients"):
        run = project.deploy()

    assert run.code == 1
    assert f"ROLLED BACK at up: the previous release, {before.rpartition('-')[2]}, serves again" in run
    assert project.container.endswith(" healthy")
    project.assert_converges()


# T3, T8
def test_what_a_killed_deploy_left_is_in_the_plan_and_gone_after_any_run(project: ProbeProject) -> None:
    project.assert_converges()
    project.on_host(
        "cd /opt/.guildhall && mkdir -m 700 incoming.left && echo 'KEY=\"x\"' >incoming.left/.env"
    )
    plan = project.plan()
    run = project.deploy()

    assert "what a deploy that was cut off left is removed: /opt/.guildhall/incoming.left" in plan
    assert run.code == 0, run.output
    assert project.on_host("ls -A /opt/.guildhall").split() == ["holder", "lock"]


# T5
@pytest.mark.parametrize("state", ["running", "created", "paused"])
def test_a_container_under_a_name_of_composes_converges(project: ProbeProject, state: str) -> None:
    project.assert_converges()
    left = "0a1b2c3d4e5f_probe-probe-1"
    project.on_host(f"docker rename probe-probe-1 {left}")
    if state == "paused":
        project.on_host(f"docker pause {left}")
    if state == "created":
        project.on_host(
            f"docker rm -f {left}; cd /opt/probe; docker compose create; docker rename probe-probe-1 {left}"
        )
    plan = project.plan()

    assert f"probe runs as {left}" in plan.line("probe: release")
    project.assert_converges()
    assert project.on_host(
        "docker ps -a --format '{{.Names}}' --filter label=com.docker.compose.project=probe"
    ).split() == ["probe-probe-1"]


# T6
def test_after_a_power_cut_in_mid_deploy_the_app_serves_again_by_itself(changed: ProbeProject) -> None:
    before = changed.releases[1]
    with disturbed(changed, "up", f"threading.Timer(0.7, lambda: {KILLED}).start()"):
        changed.deploy()
    changed.on_host("docker rm -f probe-probe-1; cd /opt/probe && docker compose create")
    hosts.stop(changed.machine)
    hosts.start(changed.machine)

    eventually(lambda: changed.lab.ssh(changed.machine, HEALTHY, check=False).strip(), "healthy".__eq__, 120)
    assert changed.releases == (before, before)
    assert changed.on_host("systemctl is-failed guildhall-boot || true").strip() != "failed"
    changed.assert_converges()


# T7
def test_a_host_whose_packet_filter_was_emptied_is_put_right(project: ProbeProject) -> None:
    project.assert_converges()
    project.on_host("nft flush ruleset")
    found = verified(project)
    plan = project.plan()
    run = project.deploy()

    assert (
        found["isolation", "networks"]
        == "Docker's rules in the packet filter are gone: deploy, it makes them anew"
    )
    assert verified(project)["isolation", "networks"] == "whole"
    assert "Docker's rules that keep apps apart are gone: Docker Engine makes them anew" in plan
    assert run.code == 0, run.output
    assert "-j DOCKER-ISOLATION-STAGE-1" in project.on_host("iptables -S FORWARD")
    assert "are gone" not in project.plan()
    # Its container ran on; the engine asks for its health anew.
    eventually(lambda: project.container, lambda container: container.endswith(" healthy"))
    project.assert_serves(project.releases[0])


# T10
def test_a_folder_where_a_link_belongs_is_refused(changed: ProbeProject) -> None:
    changed.on_host("cd /opt/probe && rm compose.yaml && mkdir compose.yaml && touch compose.yaml/x")
    try:
        run = changed.deploy()
    finally:
        changed.on_host("rm -r /opt/probe/compose.yaml")

    assert run.code == 1
    assert "/opt/probe/compose.yaml is a folder, and a link belongs there; move it away; nothing was" in run
    assert "every other app" not in run
    changed.assert_converges()


# H2
def test_what_a_login_prints_is_not_believed(changed: ProbeProject) -> None:
    with noisy(changed):
        plan, run, after = changed.plan(), changed.deploy(), changed.plan()

    assert run.code == 0, run.output
    assert "probe: release" not in after
    assert "probe.conf changed; starts probe anew" in plan.line("probe: release")


# H2
@pytest.mark.parametrize("content", ["{", "[]", ""])
def test_a_damaged_manifest_is_deployed_anew(project: ProbeProject, content: str) -> None:
    project.on_host(f"printf '{content}' >/opt/probe/current/manifest.json")
    plan = project.plan()

    assert "what is recorded of it on this host cannot be read" in plan.line("probe: release")
    project.assert_converges()


# H3, H4
def test_what_is_ours_and_in_no_record_is_named_and_what_is_not_is_not_read(project: ProbeProject) -> None:
    project.assert_converges()
    project.on_host(
        "mkdir -p /opt/ghost/releases /opt/shop/releases/1 && "
        "ln -sfn releases/20260101T000000Z-aaaaaaaaaaaa /opt/ghost/current && "
        "truncate -s 3G /opt/shop/releases/1/image && ln -sfn releases/1 /opt/shop/current"
    )
    try:
        plan = project.plan()
    finally:
        project.on_host("rm -r /opt/ghost /opt/shop")

    # As if the probe's own record had been deleted while it runs.
    assert verified(project)["container", "probe/probe"] == (
        "no record places it here: deploy; if it stays: docker compose -p probe down --remove-orphans"
    )
    assert "ghost runs here, and no record knows it: put its record back with present=False" in plan
    assert "shop" not in plan
    assert "probe: release" not in plan
