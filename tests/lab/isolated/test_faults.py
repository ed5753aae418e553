"""What must not or cannot be deployed: what the user sees, that nothing running is lost, and the way back."""

from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from lab import layout
from tests.lab.probe import TAG
from tests.lab.projects import ProbeProject
from tests.lab.running import Outcome

pytestmark = pytest.mark.stacks

REGISTRY = f"-p tcp -d {layout.CLOUD_ADDRESS} --dport {layout.REGISTRY_PORT}"
NO_SUCH_TAG = 'tag="0.0.0"'
HEALTHY = '("redis-cli", "ping")'
NEVER_HEALTHY = '("sh", "-c", "echo not ready: $PROBE_KEY; false")'


def assert_refused(project: ProbeProject, run: Outcome, *texts: str) -> None:
    """A run failed, said so in plain words, and showed no secret."""
    assert run.code == 1
    for text in texts:
        assert text in run, run.output
    assert project.on_host("sed -n 's/^PROBE_KEY=\"\\(.*\\)\"/\\1/p' /opt/probe/.env").strip() not in run
    assert "Traceback" not in run


@contextmanager
def untouched(project: ProbeProject) -> Iterator[None]:
    """Meanwhile the probe keeps its release and its container; afterwards a good run finds all in order."""
    release, container = project.releases[0], project.container
    yield
    project.assert_serves(release)
    assert project.container == container
    project.assert_converges()


@contextmanager
def rolled_back(project: ProbeProject) -> Iterator[str]:
    """Afterwards the release of before serves again, whatever was tried; a good run finds all in order."""
    release = project.releases[0]
    yield release.rpartition("-")[2]
    project.assert_serves(release)
    project.assert_converges()


def test_an_image_that_does_not_exist_is_refused_and_the_running_app_is_not_touched(
    project: ProbeProject,
) -> None:
    with untouched(project):
        with project.edited(project.RECORD, TAG, NO_SUCH_TAG):
            run = project.deploy()
        assert_refused(
            project,
            run,
            "probe: REFUSED at pull: an image cannot be pulled; nothing was changed",
            "redis:0.0.0",
        )


def test_a_container_that_never_gets_healthy_is_rolled_back_with_its_last_lines(
    project: ProbeProject,
) -> None:
    with rolled_back(project) as revision:
        with project.edited(project.RECORD, HEALTHY, NEVER_HEALTHY):
            run = project.deploy()
        assert_refused(
            project,
            run,
            "probe: service probe is running, unhealthy",
            "not ready: ***",
            f"probe: ROLLED BACK at up: the previous release, {revision}, serves again",
        )


def test_a_container_that_dies_at_once_is_rolled_back_with_its_last_lines(project: ProbeProject) -> None:
    with rolled_back(project):
        with project.edited(project.CONFIGURATION, "maxclients", "maxklients"):
            run = project.deploy()
        assert_refused(project, run, ">>> 'maxklients 100'", "probe: ROLLED BACK at up")


def test_a_first_release_that_never_gets_healthy_is_taken_down(project: ProbeProject) -> None:
    project.on_host("cd /opt/probe && docker compose down && rm -rf /opt/probe")
    with project.edited(project.CONFIGURATION, "maxclients", "maxklients"):
        run = project.deploy()

    assert run.code == 1
    assert (
        "it never got healthy; there is no previous release, so it was taken down and its volumes kept" in run
    )
    assert project.on_host("docker ps -aq --filter label=com.docker.compose.project=probe") == ""
    assert "probe_data" in project.on_host("docker volume ls -q")
    project.assert_converges()


def test_a_configuration_that_its_checker_refuses_never_reaches_the_app(project: ProbeProject) -> None:
    with untouched(project):
        with project.edited(project.CONFIGURATION, "save 60 1", "# WRONG"):
            run = project.deploy()
        assert_refused(
            project,
            run,
            "# WRONG",
            "probe: REFUSED at check: its own checker does not accept its configuration",
        )


def test_a_file_that_compose_does_not_accept_is_refused(project: ProbeProject) -> None:
    wrong = "    working_dir: [/data]\n    environment:"
    with untouched(project):
        with project.edited("templates/probe/compose.yaml.j2", "    environment:", wrong):
            run = project.deploy()
        assert_refused(
            project,
            run,
            "working_dir",
            "probe: REFUSED at stage: Compose does not accept its file; nothing was changed",
        )


def test_a_registry_that_is_gone_stops_only_what_needs_it(project: ProbeProject) -> None:
    release = project.releases[0]
    project.on_host(f"iptables -I OUTPUT {REGISTRY} -j REJECT --reject-with tcp-reset")
    try:
        project.edit(project.CONFIGURATION, "maxclients 100", "maxclients 101")
        unaffected = project.deploy()
        with project.edited(project.RECORD, TAG, NO_SUCH_TAG):
            run = project.deploy()
    finally:
        project.on_host(f"iptables -D OUTPUT {REGISTRY} -j REJECT --reject-with tcp-reset")

    assert unaffected.code == 0, unaffected.output
    assert project.releases[0] != release
    assert_refused(project, run, "probe: REFUSED at pull: an image cannot be pulled; nothing was changed")
    project.assert_serves(project.releases[0])
    project.assert_converges()


@pytest.mark.parametrize(
    ("folder", "size", "text"),
    [
        ("/opt/.guildhall", "16k", "the releases could not be stored on this host; nothing was changed"),
        (
            "/opt/probe/releases",
            "8k",
            "probe: REFUSED at stage: the release could not be stored (",
        ),
    ],
)
def test_a_full_disk_is_refused_before_anything_is_touched(
    project: ProbeProject, folder: str, size: str, text: str
) -> None:
    project.edit(project.CONFIGURATION, "maxclients 100", "maxclients 100\n" + f"# {folder}\n" * 3000)
    with untouched(project):
        project.on_host(f"mkdir -p {folder} && mount -t tmpfs -o size={size} tmpfs {folder}")
        try:
            run = project.deploy()
        finally:
            project.on_host(f"umount {folder}")
        assert_refused(project, run, text)
