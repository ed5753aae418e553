"""The program on the host: what becomes of an app when a step of its deploy fails, and what is said of it."""

import json
import os
import shutil
import signal
import subprocess
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from onhost.orders import Check
from tests.support.engine import Answer, Engine
from tests.support.host import RUN, World, good, serving


def test_a_release_goes_through_its_steps_and_is_recorded(world: World, engine: Engine) -> None:
    code, said = world.deploy(good("a"))

    steps = [line.removeprefix("app: ") for line in said.splitlines()]
    assert code == 0, said
    assert steps == [
        *["stage", "needs", "pull", "check", "switch", "up", "after_up", "publish", "record"],
        f"deployed a{'0' * 11}",
    ]
    assert serving(world, engine) == ("a", "a", ["a"])
    (entry,) = map(json.loads, world.log.read_text().splitlines())
    assert entry.pop("time")
    assert isinstance(entry.pop("seconds"), int)
    wanted = {"app": "app", "revision": f"a{'0' * 11}", "from": "", "by": "me@here", "commit": "c0ffee"}
    assert entry == {**wanted, "result": "deployed"}


# T3
def test_each_of_several_waiting_deploys_gets_its_turn(world: World, engine: Engine) -> None:
    engine.hooks.append(lambda words: time.sleep(0.5) if "config" in words else None)
    started = [world.begin("apply", good(revision)) for revision in ("a", "b", "c")]
    ended = [(each.communicate(timeout=60)[0], each.returncode) for each in started]

    assert [code for _, code in ended] == [0, 0, 0], ended
    assert sorted(world.results) == ["deployed"] * 3
    assert sorted(each.name for each in (world.root / "opt/.guildhall").iterdir()) == ["holder", "lock"]


# T3
def test_what_a_killed_deploy_left_is_named_and_removed_by_any_run(
    world: World, engine: Engine, hanging: Callable[[], Answer]
) -> None:
    world.deploy(good("a"))
    engine.hooks.append(lambda words: hanging() if "config" in words else None)
    running = world.begin("apply", good("b"))
    assert running.stdout
    assert running.stdout.readline() == "app: stage\n"
    time.sleep(0.3)
    os.killpg(running.pid, signal.SIGKILL)
    running.communicate()
    engine.hooks.clear()
    staged = world.stack.releases / ".new-20260101T000000Z-aaaaaaaaaaaa"
    staged.mkdir()
    (staged / ".env").write_text('KEY="canary"')
    for pid in children_of(world):  # what it started holds the lock until it ends
        os.kill(pid, signal.SIGKILL)
    (left,) = [line["paths"] for line in world.read() if line["kind"] == "leftovers"]
    code, _ = world.deploy()

    assert len(left) == 2
    assert str(staged) in left
    assert code == 0
    assert [line["paths"] for line in world.read() if line["kind"] == "leftovers"] == [[]]
    assert not staged.exists()
    assert sorted(each.name for each in (world.root / "opt/.guildhall").iterdir()) == ["holder", "lock"]


def children_of(world: World) -> list[int]:
    """Programs that were started for this host and still run."""
    wanted = f"GUILDHALL_DOCKER={world.socket}".encode(), f"DOCKER_HOST=unix://{world.socket}".encode()
    found = []
    for place in Path("/proc").glob("[0-9]*/environ"):
        try:
            environ = place.read_bytes()
        except OSError:
            continue  # it has ended
        if any(text in environ for text in wanted):
            found.append(int(place.parent.name))
    return [pid for pid in found if pid != os.getpid()]


# T3, T8
def test_who_waits_too_long_is_told_who_is_at_which_step(
    world: World, engine: Engine, hanging: Callable[[], Answer]
) -> None:
    engine.hooks.append(lambda words: hanging() if "config" in words else None)
    first = world.begin("apply", good("a"))
    assert first.stdout
    assert first.stdout.readline() == "app: stage\n"
    code, said = world.deploy(good("b"), run=replace(RUN, limits={"lock": 1}))
    os.killpg(first.pid, signal.SIGKILL)
    first.communicate()

    assert code == 75
    assert f"another deploy works on this host: me@here (pid {first.pid}, since " in said
    assert "at app: stage); wait until it has ended, then deploy again" in said


# T4
@pytest.mark.parametrize("first", [True, False], ids=["first release", "next release"])
def test_a_deploy_that_is_cut_after_any_command_is_finished_by_the_next(
    tmp_path: Path, world: World, engine: Engine, first: bool
) -> None:
    owner = "33:34" if os.getuid() == 0 else f"{os.getuid()}:{os.getgid()}"
    parts = {
        "volumes": {"app_data": owner},
        "network": "traefik_to_app",
        "images": ("app:1",),
        "one_shots": ("migrate",),
    }
    running: list[subprocess.Popen[str]] = []

    def cut(done: int) -> None:
        if running and done == last:
            os.killpg(running[0].pid, signal.SIGKILL)

    engine.cut_after = cut
    last, cuts = 0, 0
    while True:
        clear(world, engine, tmp_path)
        engine.container("traefik", "traefik")
        if not first:
            assert world.deploy(good("a", **parts))[0] == 0
        last = engine.done + cuts + 1
        running[:] = [world.begin("apply", good("b", **parts))]
        running[0].communicate()
        was_cut = running.pop().returncode == -signal.SIGKILL
        # What serves goes on serving.
        assert first or {"a", "b"} & set(serving(world, engine)[2])
        code, said = world.deploy(good("b", **parts))
        volume = engine.volumes["app_data"].stat()

        assert code == 0, f"after {cuts} commands: {said}"
        assert serving(world, engine)[:2] == ("b", "b")
        assert f"{volume.st_uid}:{volume.st_gid}" == owner
        assert "traefik_to_app" in next(iter(engine.containers.values()))["NetworkSettings"]["Networks"]
        assert [line["paths"] for line in world.read() if line["kind"] == "leftovers"] == [[]]
        if not was_cut:
            break
        cuts += 1
    assert cuts > 10


def clear(world: World, engine: Engine, tmp_path: Path) -> None:
    """The host is bare again."""
    for kind in (engine.containers, engine.networks, engine.volumes):
        kind.clear()
    for name in ("opt", "app_data"):
        shutil.rmtree(tmp_path / name, ignore_errors=True)
    (tmp_path / "opt").mkdir()


# T7
def test_rules_that_keep_apps_apart_are_made_anew(world: World, engine: Engine) -> None:
    world.deploy(good("a"))
    (world.root / "flushed").touch()
    before = [line["kind"] for line in world.read()]
    code, said = world.deploy()

    assert "open" in before
    assert code == 0
    assert "deploy: what keeps apps apart was gone; Docker Engine makes it anew" in said
    assert (world.root / "units").read_text() == "restart docker\n"
    assert "open" not in [line["kind"] for line in world.read()]


# T8
@pytest.mark.parametrize("step", ["pull", "check", "up"])
def test_a_step_that_hangs_is_ended_and_named(
    world: World, engine: Engine, hanging: Callable[[], Answer], step: str
) -> None:
    word = {"pull": "pull", "check": "run", "up": "up"}[step]
    engine.hooks.append(lambda words: hanging() if word in words else None)
    engine.absent.add("app:1")
    check = Check("app:1", "0:0", "true", (), {})
    run = replace(RUN, limits={"pull": 1, "check": 1, "up": 1})
    code, said = world.deploy(good("a", images=("app:1",), checks=(check,), ready=0), run=run)

    assert code == 1
    assert f"at {step}" in said
    assert "it did not end within" in said


# T6
def test_the_hosts_start_brings_up_what_serves_and_clears_away_what_is_half_done(
    world: World, engine: Engine
) -> None:
    def cut(words: list[str]) -> None:
        if "up" in words:
            os.kill(running[0].pid, signal.SIGKILL)

    world.deploy(good("a"))
    engine.hooks.append(cut)
    running = [world.begin("apply", good("b"))]
    running[0].communicate()
    half = serving(world, engine)
    engine.hooks.clear()
    engine.containers.clear()
    engine.container(state="created", name="0a1b2c_app-web-1")
    code, said = world.boot()
    again, nothing = world.boot()

    assert half[:2] == ("b", "a")
    assert code == 0, said
    assert f"an earlier deploy was cut off; a{'0' * 11} serves" in said
    assert serving(world, engine) == ("a", "a", ["a"])
    assert [each["Names"] for each in engine.containers.values()] == [["/app-web-1"]]
    assert (again, nothing) == (0, "")


@pytest.mark.parametrize("status", ["Up 1 second (health: starting)", "Up 1 second (unhealthy)"])
def test_the_hosts_start_says_which_app_did_not_come_back(world: World, engine: Engine, status: str) -> None:
    world.deploy(good("a", ready=1))

    def falls_ill(words: list[str]) -> tuple[int, str]:
        for each in engine.containers.values():
            each["Status"] = status
        return 0, ""

    engine.hooks.append(falls_ill)
    code, said = world.boot()

    assert code == 1
    assert "app: FAILED at boot: web is running, " in said
