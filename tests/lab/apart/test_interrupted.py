"""Deploys cut off at any step, hosts changed by hand: nothing is lost, and the next run converges."""

import time

import pytest

from tests.lab.projects import Project

STEPS = ("stage", "needs", "pull", "check", "switch", "up", "publish", "record")
STEP = 'step() { now=$1; say "$1"; }'


@pytest.mark.parametrize("step", STEPS)
def test_a_deploy_that_is_killed_at_any_step_loses_nothing(project: Project, step: str) -> None:
    release = project.releases[0]
    project.edit("templates/probe/probe.conf.j2", "maxclients 100", f"maxclients 100\n# {step}")
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
    first = project.lab.start("probe", *project.arguments(), root=project.root)
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
    assert project.container == container
