"""Every fault: what the user sees, that nothing running is lost, and that the next good run converges."""

import re
import time

import pytest

from lab import cloud, hosts
from tests.lab.conftest import Project

STEPS = ("stage", "needs", "pull", "check", "switch", "up", "publish", "record")
STEP = 'step() { now=$1; say "$1"; }'


def secret(project: Project) -> str:
    return project.on_host("sed -n 's/^PROBE_KEY=\"\\(.*\\)\"/\\1/p' /opt/probe/.env").strip()


def refused(project: Project, run_output: str, *texts: str) -> None:
    for text in texts:
        assert text in run_output, run_output
    assert secret(project) not in run_output
    assert "Traceback" not in run_output


def test_an_image_that_does_not_exist_is_refused_and_the_running_app_is_not_touched(project: Project) -> None:
    release, container = project.releases[0], project.container
    project.edit("catalogue/probe.py", 'tag="8.10.1"', 'tag="8.99.9"')
    run = project.deploy()

    assert run.code == 1
    refused(
        project,
        run.output,
        "probe: REFUSED at pull: an image cannot be pulled; nothing was changed",
        "redis:8.99.9",
    )
    project.assert_serves(release)
    assert project.container == container
    project.edit("catalogue/probe.py", 'tag="8.99.9"', 'tag="8.10.1"')
    project.assert_converges()


def test_a_container_that_never_gets_healthy_is_rolled_back_with_its_last_lines(project: Project) -> None:
    release = project.releases[0]
    project.edit(
        "catalogue/probe.py", '("redis-cli", "ping")', '("sh", "-c", "echo not ready: $PROBE_KEY; false")'
    )
    run = project.deploy()

    assert run.code == 1
    refused(
        project,
        run.output,
        "probe: service probe is running, unhealthy",
        "not ready: ***",
        f"probe: ROLLED BACK at up: the previous release, {release.rpartition('-')[2]}, serves again",
    )
    project.assert_serves(release)
    project.edit(
        "catalogue/probe.py", '("sh", "-c", "echo not ready: $PROBE_KEY; false")', '("redis-cli", "ping")'
    )
    project.assert_converges()


def test_a_container_that_dies_at_once_is_rolled_back_with_its_last_lines(project: Project) -> None:
    release = project.releases[0]
    project.edit("templates/probe/probe.conf.j2", "maxclients", "maxklients")
    run = project.deploy()

    assert run.code == 1
    refused(project, run.output, ">>> 'maxklients 100'", "probe: ROLLED BACK at up")
    project.assert_serves(release)
    project.edit("templates/probe/probe.conf.j2", "maxklients", "maxclients")
    project.assert_converges()


def test_a_first_release_that_never_gets_healthy_is_taken_down(project: Project) -> None:
    project.on_host("cd /opt/probe && docker compose down && rm -rf /opt/probe")
    project.edit("templates/probe/probe.conf.j2", "maxclients", "maxklients")
    run = project.deploy()

    assert run.code == 1
    assert (
        "it never got healthy; there is no previous release, so it was taken down and its volumes kept" in run
    )
    assert project.on_host("docker ps -aq --filter label=com.docker.compose.project=probe") == ""
    assert "probe_data" in project.on_host("docker volume ls -q")
    project.edit("templates/probe/probe.conf.j2", "maxklients", "maxclients")
    project.assert_converges()


def test_a_configuration_that_its_checker_refuses_never_reaches_the_app(project: Project) -> None:
    release, container = project.releases[0], project.container
    project.edit("templates/probe/probe.conf.j2", "save 60 1", "# WRONG")
    run = project.deploy()

    assert run.code == 1
    refused(
        project,
        run.output,
        "# WRONG",
        "probe: REFUSED at check: its own checker does not accept its configuration",
    )
    project.assert_serves(release)
    assert project.container == container
    project.edit("templates/probe/probe.conf.j2", "# WRONG", "save 60 1")
    project.assert_converges()


def test_a_file_that_compose_does_not_accept_is_refused(project: Project) -> None:
    release, container = project.releases[0], project.container
    project.edit(
        "templates/probe/compose.yaml.j2", "    environment:", "    enviroment: {}\n    environment:"
    )
    run = project.deploy()

    assert run.code == 1
    refused(
        project,
        run.output,
        "enviroment",
        "probe: REFUSED at stage: Compose does not accept its file; nothing was changed",
    )
    project.assert_serves(release)
    assert project.container == container
    project.edit("templates/probe/compose.yaml.j2", "    enviroment: {}\n", "")
    project.assert_converges()


def test_a_registry_that_is_gone_stops_only_what_needs_it(project: Project) -> None:
    release = project.releases[0]
    cloud.stop("registry")
    try:
        project.edit("templates/probe/probe.conf.j2", "maxclients 100", "maxclients 101")
        unaffected = project.deploy()
        project.edit("catalogue/probe.py", 'tag="8.10.1"', 'tag="8.99.9"')
        run = project.deploy()
    finally:
        cloud.start("registry")

    assert unaffected.code == 0, unaffected.output
    assert project.releases[0] != release
    assert run.code == 1
    refused(project, run.output, "probe: REFUSED at pull: an image cannot be pulled; nothing was changed")
    project.assert_serves(project.releases[0])
    project.edit("catalogue/probe.py", 'tag="8.99.9"', 'tag="8.10.1"')
    project.assert_converges()


def test_a_database_that_is_gone_leaves_the_apps_that_need_it_alone_and_says_so(project: Project) -> None:
    before = project.lab.containers(project.HOST)
    project.edit("templates/outline/compose.yaml.j2", 'ENABLE_UPDATES: "false"', 'ENABLE_UPDATES: "true"')
    project.edit("templates/probe/probe.conf.j2", "maxclients 100", "maxclients 102")
    cloud.stop("postgres")
    try:
        run = project.lab.deploy("tools", "-y", "--limit", project.HOST, root=project.root)
    finally:
        cloud.start("postgres")
    after = project.lab.containers(project.HOST)

    assert run.code == 1
    assert "outline: REFUSED: its database:" in run
    assert "probe: deployed" in run
    assert {name: now for name, now in after.items() if not name.startswith("probe")} == {
        name: then for name, then in before.items() if not name.startswith("probe")
    }


@pytest.mark.parametrize("step", STEPS)
def test_a_deploy_that_is_killed_at_any_step_loses_nothing(project: Project, step: str) -> None:
    release = project.releases[0]
    project.edit("templates/probe/probe.conf.j2", "maxclients 100", "maxclients 103")
    project.edit(
        "files/guildhall/apply.sh", STEP, STEP.replace("; }", f'; [ "$1" != {step} ] || kill -9 $$; }}')
    )
    run = project.deploy()

    assert run.code == 1
    assert project.container.endswith(" healthy")
    assert project.releases[1] == release
    assert project.on_host("ls -A /opt/probe/current/").split() == [
        ".env",
        "compose.yaml",
        "manifest.json",
        "probe.conf",
    ]
    project.edit("files/guildhall/apply.sh", f'[ "$1" != {step} ] || kill -9 $$; ', "")
    project.assert_converges()
    assert project.on_host("ls -A /opt/.guildhall").split() == ["holder", "lock"]


def test_a_deploy_that_is_killed_while_containers_change_loses_nothing(project: Project) -> None:
    project.edit("templates/probe/probe.conf.j2", "maxclients 100", "maxclients 104")
    killed = STEP.replace("; }", '; if [ "$1" = up ]; then (sleep 0.7; kill -9 $$) & fi; }')
    project.edit("files/guildhall/apply.sh", STEP, killed)
    run = project.deploy()

    assert run.code == 1
    project.edit("files/guildhall/apply.sh", killed, STEP)
    project.assert_converges()


def test_a_cut_connection_does_not_stop_what_the_host_began(project: Project) -> None:
    release = project.releases[0]
    project.edit("templates/probe/probe.conf.j2", "maxclients 100", "maxclients 105")
    cut = STEP.replace("; }", '; [ "$1" != pull ] || pkill -9 -f "sshd-session: root@notty"; }')
    project.edit("files/guildhall/apply.sh", STEP, cut)
    run = project.deploy()

    assert run.code == 1
    deadline = time.monotonic() + 30
    while project.releases[1] == release and time.monotonic() < deadline:
        time.sleep(1)
    project.assert_serves(project.releases[0])
    assert project.releases[0] != release
    project.edit("files/guildhall/apply.sh", cut, STEP)
    assert "probe: release" not in project.plan()


def test_of_two_deploys_at_once_the_second_is_told_who_is_at_work(project: Project) -> None:
    project.edit("templates/probe/probe.conf.j2", "maxclients 100", "maxclients 106")
    slow = STEP.replace("; }", '; [ "$1" != check ] || sleep 17; }')
    project.edit("files/guildhall/apply.sh", STEP, slow)
    first = project.lab.start("tools", *project.arguments(), root=project.root)
    assert first.stdout
    for line in first.stdout:
        if "probe: check" in line:
            break
    project.edit("files/guildhall/apply.sh", slow, STEP)
    second = project.deploy()
    output, _ = first.communicate(timeout=120)

    assert second.code == 1
    assert "another deploy works on this host: " in second
    assert "wait until it has ended, then deploy again" in second
    assert first.returncode == 0, output
    project.assert_serves(project.releases[0])


def test_a_container_stopped_by_hand_is_named_in_the_plan_and_started_again(project: Project) -> None:
    project.on_host("docker stop --time 1 probe-probe-1")
    plan = project.plan()

    assert "probe is exited" in plan.line("probe: release")
    project.assert_converges()


def test_an_env_file_edited_by_hand_is_named_in_the_plan_and_put_right(project: Project) -> None:
    container, right = project.container, project.on_host("sha256sum </opt/probe/.env")
    project.on_host("echo 'PROBE_KEY=\"stolen\"' >/opt/probe/.env; chmod 644 /opt/probe/releases/*/.env")
    plan = project.plan()

    line = plan.line("probe: release")
    assert ".env was edited on the host" in line
    assert ".env has mode 644 root" in line
    assert "stolen" not in plan
    project.assert_converges()
    assert project.on_host("sha256sum </opt/probe/.env") == right
    assert project.on_host("stat -Lc '%a %U' /opt/probe/.env") == "600 root\n"
    assert project.container == container


@pytest.mark.parametrize(
    ("folder", "size", "text"),
    [
        ("/opt/.guildhall", "16k", "the releases could not be stored on this host; nothing was changed"),
        (
            "/opt/probe/releases",
            "8k",
            "probe: REFUSED at stage: the release could not be stored; nothing was changed",
        ),
    ],
)
def test_a_full_disk_is_refused_before_anything_is_touched(
    project: Project, folder: str, size: str, text: str
) -> None:
    release, container = project.releases[0], project.container
    project.edit("templates/probe/probe.conf.j2", "maxclients 100", "maxclients 107\n" + "# long\n" * 3000)
    project.on_host(f"mkdir -p {folder} && mount -t tmpfs -o size={size} tmpfs {folder}")
    try:
        run = project.deploy()
    finally:
        project.on_host(f"umount {folder}")

    assert run.code == 1
    refused(project, run.output, text)
    project.assert_serves(release)
    assert project.container == container
    project.assert_converges()


def test_a_host_that_is_down_does_not_keep_the_others_from_their_deploy(project: Project) -> None:
    project.edit("templates/prometheus/prometheus.yml.j2", "scrape_interval: 30s", "scrape_interval: 31s")
    project.edit("templates/probe/probe.conf.j2", "maxclients 100", "maxclients 108")
    hosts.stop("management")
    try:
        run = project.lab.deploy("site", "-y", root=project.root)
    finally:
        hosts.start("management")

    assert run.code == 1
    assert re.search(r"\[management\] +.*(refused|Could not connect|timed out)", run.output), run.output
    assert "probe: deployed" in run
    deadline = time.monotonic() + 60
    while (
        "healthy" not in project.lab.ssh("management", "docker ps", check=False)
        and time.monotonic() < deadline
    ):
        time.sleep(2)
    back = project.lab.deploy("management", "-y", "--limit", "management")
    assert back.code == 0, back.output
