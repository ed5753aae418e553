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

from onhost.orders import Check, Exec
from tests.support.engine import Answer, Engine
from tests.support.host import RUN, Release, World, release

SECRET = {".env": 'KEY="canary secret"\n'}


def good(revision: str, **order: object) -> Release:
    return release(revision, f"services: {{web: {{x-digest: {revision}}}}}", SECRET, **order)


def sick(revision: str, **order: object) -> Release:
    compose = f"services: {{web: {{x-digest: {revision}, x-is: unhealthy, x-says: 'no canary secret'}}}}"
    return release(revision, compose, SECRET, **order)


def serving(world: World, engine: Engine) -> tuple[str, str, list[str]]:
    """Revisions of the files and of what is recorded as applied, and the digests of running containers."""
    stack = world.stack
    digests = [each["Labels"]["org.guildhall.service"] for each in engine.containers.values()]
    return (stack.current.rpartition("-")[2].strip("0"), stack.applied.rpartition("-")[2].strip("0"), digests)


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


def test_a_release_that_gets_sick_is_rolled_back_with_its_last_lines(world: World, engine: Engine) -> None:
    world.deploy(good("a"))
    code, said = world.deploy(sick("b"))

    assert code == 1
    assert "app: service web is running, unhealthy; its last lines:\n    no ***\n" in said
    assert f"app: ROLLED BACK at up: the previous release, a{'0' * 11}, serves again" in said
    assert serving(world, engine) == ("a", "a", ["a"])
    assert world.results == ["deployed", "rolled back"]


# T1
@pytest.mark.parametrize("log", ["full", "folder"])
def test_a_healthy_release_stays_although_it_cannot_be_recorded(
    world: World, engine: Engine, log: str
) -> None:
    world.deploy(good("a"))
    world.log.unlink()
    world.log.symlink_to("/dev/full") if log == "full" else world.log.mkdir()
    code, said = world.deploy(good("b"))

    assert code == 1
    assert "FAILED: this could not be noted in" in said
    assert "serves, and stays" in said
    assert serving(world, engine) == ("b", "b", ["b"])


# T1
def test_a_first_release_stays_although_it_cannot_be_recorded(world: World, engine: Engine) -> None:
    world.log.mkdir(parents=True)
    code, said = world.deploy(good("a"))

    assert (code, serving(world, engine)) == (1, ("a", "a", ["a"]))
    assert "taken down" not in said


# T2
@pytest.mark.parametrize("link", ["dangling", "gone", "elsewhere"])
def test_an_app_without_a_record_of_what_is_applied_is_put_back_all_the_same(
    world: World, engine: Engine, link: str
) -> None:
    world.deploy(good("a"))
    applied = world.stack.folder / "applied"
    applied.unlink()
    if link != "gone":
        applied.symlink_to(
            {"dangling": "releases/20200101T000000Z-ffffffffffff", "elsewhere": "/nowhere"}[link]
        )
    code, said = world.deploy(sick("b"))

    assert code == 1
    assert "ROLLED BACK at up" in said
    assert serving(world, engine)[0::2] == ("a", ["a"])


# T2
def test_the_newest_whole_release_is_put_back_where_both_links_are_gone(world: World, engine: Engine) -> None:
    for revision in ("a", "b", "c"):
        world.deploy(good(revision))
    for link in ("applied", "current"):
        (world.stack.folder / link).unlink()
    newest = world.stack.all()[0]
    (world.stack.releases / newest / "compose.yaml").unlink()
    code, said = world.deploy(sick("d"))

    assert code == 1
    assert f"the previous release, b{'0' * 11}, serves again" in said
    assert serving(world, engine)[0::2] == ("b", ["b"])


# T2
def test_containers_that_ran_are_not_taken_down_without_something_to_put_back(
    world: World, engine: Engine
) -> None:
    engine.container(digest="old")
    code, said = world.deploy(sick("a"))

    assert code == 1
    assert "its containers ran before, and there is no whole release to put back" in said
    assert engine.containers
    assert world.results == ["failed, stays"]


def test_a_first_release_that_gets_sick_is_taken_down(world: World, engine: Engine) -> None:
    code, said = world.deploy(sick("a"))

    assert (code, world.results, engine.containers) == (1, ["taken down"], {})
    assert "it never got healthy; there is no previous release" in said
    assert world.read() == [{"kind": "leftovers", "paths": []}]


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


# T9
@pytest.mark.parametrize("step", ["migrate", "up", "after_up"])
def test_a_release_whose_migration_may_have_run_stays(world: World, engine: Engine, step: str) -> None:
    def fails(words: list[str]) -> Answer | None:
        return (2, "it said no\n") if step in words else None

    world.deploy(good("a"))
    engine.hooks.append(fails)
    after = (Exec("web", ("after_up",), 3),) if step == "after_up" else ()
    shots = ("migrate",) if step == "migrate" else ()
    wanted = (
        sick("b", one_way=True) if step == "up" else good("b", one_way=True, one_shots=shots, after_up=after)
    )
    code, said = world.deploy(wanted)

    assert code == 1
    assert f"app: FAILED at {step}: " in said
    assert "its one-way migration may have run" in said
    assert serving(world, engine)[:2] == ("b", "a")
    assert world.results == ["deployed", "failed, stays"]
    assert world.stack.serving == world.stack.current


# T10
def test_a_folder_where_a_route_belongs_is_replaced_or_refused(world: World, engine: Engine) -> None:
    route = world.root / "opt/traefik/live/routes/app.yaml"
    wanted = release("a", "services: {web: {x-digest: a}}", {"live/traefik/routes/app.yaml": "http: {}\n"})
    (route / "kept").mkdir(parents=True)
    code, said = world.deploy(wanted)
    (route / "kept").rmdir()
    again, _ = world.deploy(wanted)

    assert code == 1
    assert (
        f"REFUSED at stage: {route} is a folder, and a file belongs there; move it away; nothing was" in said
    )
    assert again == 0
    assert route.read_text() == "http: {}\n"
    assert oct(route.stat().st_mode)[-3:] == "644"


# T10
def test_a_folder_in_the_place_of_a_link_is_refused(world: World, engine: Engine) -> None:
    (world.stack.folder / "current").mkdir(parents=True)
    code, said = world.deploy(good("a"))

    assert code == 1
    assert "current is a folder, and a link belongs there; move it away; nothing was changed" in said


# T10
def test_only_apps_that_were_looked_at_are_called_in_place(world: World, engine: Engine) -> None:
    alone = world.deploy(sick("a"))[1].splitlines()[-1]
    both = world.deploy(sick("b"), release("c", "services: {}", app="other"))[1].splitlines()[-1]

    assert alone == "deploy: failed: app"
    assert both == "deploy: failed: app; in place: other"


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


# T5
@pytest.mark.parametrize("state", ["created", "running", "paused", "restarting", "exited", "dead"])
def test_a_container_in_any_state_and_under_any_name_is_put_right(
    world: World, engine: Engine, state: str
) -> None:
    world.deploy(good("a"))
    engine.containers.clear()
    engine.container(state=state, name="0a1b2c3d4e5f_app-web-1", digest="a")
    [found] = [line for line in world.read() if line["kind"] == "container"]
    code, said = world.deploy(good("a"))

    assert (found["state"], found["misnamed"]) == (state, True)
    assert code == 0, said
    assert [each["Names"] for each in engine.containers.values()] == [["/app-web-1"]]


# T5
def test_an_edge_under_another_name_is_joined_as_well(world: World, engine: Engine) -> None:
    edge = engine.container("traefik", "traefik", name="0a1b2c3d4e5f_traefik-traefik-1", state="created")
    code, said = world.deploy(good("a", network="traefik_to_app"))

    assert code == 0, said
    assert "traefik_to_app" in edge["NetworkSettings"]["Networks"]


def test_a_network_from_before_its_interface_had_a_name_is_made_anew_once(
    world: World, engine: Engine
) -> None:
    edge = engine.container("traefik", "traefik")
    world.deploy(good("a", network="traefik_to_app"))
    [web] = [name for name in engine.containers if name != edge["Id"]]
    named = {"network": "traefik_to_app", "bridges": {"traefik_to_app": "gh-e-app"}}
    first, again = world.deploy(good("b", **named)), world.deploy(good("c", **named))

    assert (first[0], again[0]) == (0, 0), first[1]
    assert "its networks get the names that the firewall knows" in first[1]
    assert "its networks get" not in again[1]
    assert engine.networks["traefik_to_app"]["Options"] == {"com.docker.network.bridge.name": "gh-e-app"}
    assert "traefik_to_app" in edge["NetworkSettings"]["Networks"]
    assert web not in engine.containers


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


# T6, T9
def test_the_hosts_start_does_not_go_back_over_a_migration(world: World, engine: Engine) -> None:
    world.deploy(good("a"))
    world.deploy(sick("b", one_way=True))
    world.boot()

    assert serving(world, engine)[:2] == ("b", "a")


# H3
def test_folders_without_our_mark_are_not_read(world: World, engine: Engine) -> None:
    shop = world.root / "opt/shop"
    (shop / "releases/20261101120000").mkdir(parents=True)
    (shop / "current").symlink_to(shop / "releases/20261101120000")
    (shop / "releases/20261101120000/manifest.json").write_text("{}")
    world.deploy(good("a"))

    assert [line["app"] for line in world.read() if line["kind"] == "stack"] == ["app"]


# H2
@pytest.mark.parametrize("content", [b"{", b"[]", b'{"files": 5}', b"\xff\xfe", b""])
def test_a_damaged_manifest_is_read_as_none(world: World, engine: Engine, content: bytes) -> None:
    world.deploy(good("a"))
    (world.stack.releases / world.stack.current / "manifest.json").write_bytes(content)
    (stack,) = [line for line in world.read() if line["kind"] == "stack"]

    assert (stack["manifest"], stack["files"]) == ({}, {})
    assert stack["applied"] == world.stack.applied


# H2
@pytest.mark.parametrize("name", ["tab\tin it", "line\nbreak", "caf\udce9"])
def test_any_name_of_a_file_arrives(world: World, engine: Engine, name: str) -> None:
    world.deploy(release("a", "services: {web: {x-digest: a}}"))
    folder = world.stack.releases / world.stack.current
    (folder / name).write_text("x")
    text = (folder / "manifest.json").read_text()
    (folder / "manifest.json").write_text(
        text.replace('"compose.yaml": ""', f'"compose.yaml": "", {json.dumps(name)}: ""')
    )
    (stack,) = [line for line in world.read() if line["kind"] == "stack"]

    assert set(stack["files"]) == {"compose.yaml", name}


def test_an_engine_that_does_not_answer_is_the_one_thing_said(world: World, engine: Engine) -> None:
    world.deploy(good("a"))
    world.socket.unlink()
    lines = world.read()

    assert [line["text"] for line in lines if line["kind"] == "problem"] == [
        "Docker Engine does not answer on this host ([Errno 2] No such file or directory)"
    ]


@pytest.mark.parametrize("part", [0, 10, 400, -200, -9])
def test_what_did_not_arrive_whole_changes_nothing(world: World, engine: Engine, part: int) -> None:
    world.deploy(good("a"))
    before = serving(world, engine), world.results
    code, said = world.deploy(good("b"), cut=part)

    assert code == 1
    assert said.startswith("the releases could not be stored on this host; nothing was changed (")
    assert (serving(world, engine), world.results) == before
    assert [line["paths"] for line in world.read() if line["kind"] == "leftovers"] == [[]]
