"""What must not or cannot be deployed: what the user sees, that nothing running is lost, and the way back."""

import pytest

from lab import layout
from tests.lab.projects import Project

REGISTRY = f"-p tcp -d {layout.CLOUD_ADDRESS} --dport {layout.REGISTRY_PORT}"


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
    project.on_host(f"iptables -I OUTPUT {REGISTRY} -j REJECT --reject-with tcp-reset")
    try:
        project.edit("templates/probe/probe.conf.j2", "maxclients 100", "maxclients 101")
        unaffected = project.deploy()
        project.edit("catalogue/probe.py", 'tag="8.10.1"', 'tag="8.99.9"')
        run = project.deploy()
    finally:
        project.on_host(f"iptables -D OUTPUT {REGISTRY} -j REJECT --reject-with tcp-reset")

    assert unaffected.code == 0, unaffected.output
    assert project.releases[0] != release
    assert run.code == 1
    refused(project, run.output, "probe: REFUSED at pull: an image cannot be pulled; nothing was changed")
    project.assert_serves(project.releases[0])
    project.edit("catalogue/probe.py", 'tag="8.99.9"', 'tag="8.10.1"')
    project.assert_converges()


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
    project.edit(
        "templates/probe/probe.conf.j2", "maxclients 100", "maxclients 100\n" + f"# {folder}\n" * 3000
    )
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
