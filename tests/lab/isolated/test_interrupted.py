"""Deploys cut off at any step, hosts changed by hand: nothing is lost, and the next run converges."""

from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from tests.lab.projects import ProbeProject
from tests.lab.running import eventually, pyinfra

pytestmark = pytest.mark.stacks

STEPS = ("stage", "needs", "pull", "check", "switch", "up", "after_up", "publish", "record")
PROGRAM = "onhost/undo.py"
STEP = '        self.job.host.lock.tell(f"{self.job.app}: {name}")\n'
KILLED = "os.kill(os.getpid(), 9)"


@contextmanager
def disturbed(project: ProbeProject, step: str, done: str) -> Iterator[None]:
    """Meanwhile a new configuration is in the project, and hosts do something when they get to a step."""
    project.edit(project.CONFIGURATION, "maxclients 100", f"maxclients 100\n# {step}: {done}")
    too = f"        if name == {step!r}:\n            import os, subprocess, threading\n            {done}\n"
    with project.edited(PROGRAM, STEP, STEP + too):
        yield


@pytest.mark.parametrize("step", STEPS)
def test_a_deploy_that_is_killed_at_any_step_loses_nothing(project: ProbeProject, step: str) -> None:
    release = project.releases[0]
    with disturbed(project, step, KILLED):
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
    project.assert_converges()
    assert project.on_host("ls -A /opt/.guildhall").split() == ["holder", "lock"]


def test_a_deploy_that_is_killed_while_containers_change_loses_nothing(project: ProbeProject) -> None:
    with disturbed(project, "up", f"threading.Timer(0.7, lambda: {KILLED}).start()"):
        run = project.deploy()

    assert run.code == 1
    project.assert_converges()


def test_a_cut_connection_does_not_stop_what_the_host_began(project: ProbeProject) -> None:
    release = project.releases[0]
    with disturbed(project, "pull", """subprocess.run(["pkill", "-9", "-f", "sshd-session: root@notty"])"""):
        run = project.deploy()

    assert run.code == 1
    eventually(lambda: project.releases[1], lambda applied: applied != release, 30)
    project.assert_serves(project.releases[0])
    assert "probe: release" not in project.plan()


def test_of_two_deploys_at_once_the_second_is_told_who_is_at_work(project: ProbeProject) -> None:
    with disturbed(project, "check", "threading.Event().wait(30)"):
        first = pyinfra("inventory.py", "deploys/probe.py", "-y", *project.OPTIONS, root=project.root)
        assert first.stdout
        for line in first.stdout:
            if "probe: check" in line:
                break
    second = project.deploy()
    output, _ = first.communicate(timeout=120)

    assert second.code == 1
    assert "another deploy works on this host: " in second
    assert "wait until it has ended, then deploy again" in second
    assert first.returncode == 0, output
    project.assert_serves(project.releases[0])


def test_a_container_stopped_by_hand_is_named_in_the_plan_and_started_again(project: ProbeProject) -> None:
    project.on_host("docker stop --time 1 probe-probe-1")
    plan = project.plan()

    assert "probe is exited" in plan.line("probe: release")
    project.assert_converges()


def test_an_env_file_edited_by_hand_is_named_in_the_plan_and_put_right(project: ProbeProject) -> None:
    project.assert_converges()
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
    assert "starts probe anew" in line  # nobody knows whether it has read them
    assert project.container != container
