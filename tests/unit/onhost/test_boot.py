"""The program on the host: its start brings up what serves, whatever a power cut left half done."""

import shutil
import time
from typing import Any

import pytest

from onhost import locks, orders
from tests.support.engine import Engine
from tests.support.host import good, release, serving, sick
from tests.support.inside import Clock, Inside

ROUTE = "live/traefik/routes/app.yaml"


def test_what_serves_is_told_to_run_and_not_waited_for(world: Inside, engine: Engine) -> None:
    world.deploy(good("a", ready=50))
    engine.containers.clear()
    world.started.clear()

    assert world.boot() == (0, "")
    [up] = world.started
    assert up.words.endswith("--progress quiet up --detach --remove-orphans --no-build --quiet-pull")
    assert (up.limit, up.what) == (350, "it does not get healthy")
    assert serving(world, engine) == ("a", "a", ["a"])


def test_the_edge_joins_its_networks_again(world: Inside, engine: Engine) -> None:
    world.deploy(release("a", "services: {traefik: {x-digest: a}}", app="traefik"))
    world.started.clear()
    world.boot()

    assert [each.words.split(" quiet ")[1].split()[0] for each in world.started] == ["create", "up"]


def test_a_deploy_that_was_cut_off_is_taken_back_with_its_routes(world: Inside, engine: Engine) -> None:
    compose = "services: {web: {x-digest: a}}"
    world.deploy(release("a", compose, {ROUTE: "a\n", "live/traefik/routes/old.yaml": ""}))
    name = "20990101T000000Z-bbbbbbbbbbbb"
    shutil.copytree(world.stack.releases / world.stack.current, world.stack.releases / name)
    (world.stack.releases / name / "live/traefik/routes/new.yaml").write_text("")
    (world.root / "opt/traefik/live/routes/new.yaml").write_text("")
    (world.root / "opt/traefik/live/routes/app.yaml").write_text("b\n")
    world.stack.point("current", f"releases/{name}")
    code, said = world.boot()

    assert (code, said) == (0, f"app: an earlier deploy was cut off; a{'0' * 11} serves\n")
    routes = world.root / "opt/traefik/live/routes"
    assert {each.name: each.read_text() for each in routes.iterdir()} == {"app.yaml": "a\n", "old.yaml": ""}
    assert serving(world, engine)[:2] == ("a", "a")


def test_a_first_release_that_never_got_healthy_is_left_alone(world: Inside, engine: Engine) -> None:
    world.deploy(good("a"))
    for link in ("applied", "current"):
        (world.stack.folder / link).unlink()
    world.started.clear()

    assert world.boot() == (0, "")
    assert world.started == []


@pytest.mark.parametrize("link", ["applied", "current"])
def test_one_link_is_enough_to_know_that_it_served(world: Inside, link: str) -> None:
    world.deploy(good("a"))
    (world.stack.folder / link).unlink()
    world.started.clear()
    world.boot()

    assert [each.what for each in world.started] == ["it does not get healthy"]


def test_a_release_that_is_not_whole_is_left_alone(world: Inside) -> None:
    world.deploy(good("a"))
    (world.stack.folder / "current/compose.yaml").unlink()
    world.started.clear()

    assert world.boot() == (0, "")
    assert world.started == []


def test_what_does_not_come_up_is_said_without_secrets_and_the_unit_fails(
    world: Inside, engine: Engine
) -> None:
    world.deploy(good("a"), good("b", app="second"))
    engine.hooks.append(lambda words: (1, "no canary secret\n") if "up" in words and "app" in words else None)
    code, said = world.boot()

    assert code == 1
    assert said == "    no ***\napp: FAILED at boot: it does not get healthy\n"
    assert [each.words.split()[3] for each in world.started][-2:] == ["app", "second"]


def test_an_engine_that_starts_late_is_waited_for(
    world: Inside, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    world.deploy(good("a"))
    world.socket.unlink()

    def passes(seconds: float) -> None:
        clock.sleep(seconds)
        if len(clock.pauses) == 3:
            world.socket.touch()

    monkeypatch.setattr(time, "sleep", passes)

    assert world.boot() == (0, "")
    assert clock.pauses == [1, 1, 1]


def test_an_engine_that_never_starts_fails_every_app(world: Inside, clock: Clock) -> None:
    world.deploy(good("a"))
    world.socket.unlink()
    code, said = world.boot()

    assert code == 1
    assert said == "app: FAILED at boot: Docker Engine does not answer on this host (no socket)\n"
    assert clock.pauses == [1] * 120


def test_a_host_without_apps_waits_for_no_engine(world: Inside, clock: Clock) -> None:
    world.socket.unlink()

    assert world.boot() == (0, "")
    assert clock.pauses == []


def test_a_deploy_at_work_brings_up_what_it_touches(world: Inside, clock: Clock) -> None:
    world.deploy(good("a"))
    world.started.clear()
    held = locks.Lock(world.root / "opt")
    held.take("me@here", wait=0)
    code, said = world.boot()

    assert code == 1
    assert said.startswith("another deploy works on this host: me@here (pid ")
    assert 119.9 < sum(clock.pauses) < 120.5
    assert world.started == []


def test_the_start_holds_the_lock_and_sweeps(world: Inside, monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[Any] = []
    world.deploy(good("a"))
    (world.stack.releases / ".new-x").mkdir()
    monkeypatch.setattr("onhost.containers.up", lambda job, wait: seen.append((job, wait)))

    assert world.boot() == (0, "")
    [(job, wait)] = seen
    assert (job.host.lock.holder["by"], job.run.by, wait) == ("the host's start", "the host's start", False)
    assert job.host.programs.locks == (job.host.lock.descriptor,)
    assert (job.voice.app, job.run) == ("app", orders.Run("the host's start", "", 0, 0, "", 0))
    assert (job.app, job.order.revision, job.host.log) == ("app", f"a{'0' * 11}", world.log)
    assert not (world.stack.releases / ".new-x").exists()


def test_a_release_without_an_order_of_its_own_is_brought_up_by_its_name(
    world: Inside, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen: list[Any] = []
    world.deploy(good("a"))
    file = world.stack.releases / world.stack.current / "manifest.json"
    file.write_text(file.read_text().replace('"order": {', '"other": {'))
    monkeypatch.setattr("onhost.containers.up", lambda job, wait: seen.append(job.order))
    world.boot()

    assert [(each.app, each.revision, each.ready) for each in seen] == [("app", f"a{'0' * 11}", 180)]


def test_a_sick_release_with_a_way_back_is_not_brought_up(world: Inside, engine: Engine) -> None:
    world.deploy(good("a"))
    world.deploy(sick("b"))
    engine.containers.clear()

    assert world.boot()[0] == 0
    assert serving(world, engine) == ("a", "a", ["a"])


def test_what_does_not_get_well_in_the_time_of_its_release_is_said(
    world: Inside, engine: Engine, clock: Clock
) -> None:
    world.deploy(good("a", ready=3))
    world.deploy(good("b", app="second", ready=3))
    for each in engine.containers.values():
        if each["Labels"]["com.docker.compose.project"] == "app":
            each["State"], each["Status"] = "exited", "Exited (1) 2 seconds ago"
    engine.container("worker", health="health: starting")
    engine.hooks.append(lambda words: (0, "") if "up" in words else None)
    clock.pauses.clear()

    assert world.boot() == (
        1,
        "app: FAILED at boot: web is exited, of unknown health, worker is running, starting\n",
    )
    assert clock.pauses == [1, 1, 1]


def test_what_gets_well_meanwhile_is_not_said(
    world: Inside, engine: Engine, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    world.deploy(good("a", ready=9))
    [web] = engine.containers.values()
    web["Status"] = "Up 1 second (health: starting)"

    def passes(seconds: float) -> None:
        clock.sleep(seconds)
        web["Status"] = "Up 2 seconds (healthy)"

    engine.hooks.append(lambda words: (0, "") if "up" in words else None)
    monkeypatch.setattr(time, "sleep", passes)
    clock.pauses.clear()

    assert world.boot() == (0, "")
    assert clock.pauses == [1]
