"""The program on the host: the commands of a deploy, each with its limit, and what it asks the engine."""

import errno
import json
import os
from dataclasses import replace
from typing import Any

import pytest

from onhost import files
from onhost.orders import Check, Exec
from onhost.programs import TIMED_OUT
from onhost.releases import Stack
from tests.support.engine import Engine
from tests.support.host import RUN, Release, good, release, serving, sick
from tests.support.inside import Clock, Inside

ME = f"{os.getuid()}:{os.getgid()}"
CHECK = Check("shop:1", "9:9", "/bin/check", ("--all", "x"), {"shop.conf": "/etc/shop.conf"})
BRIDGES = {"app_default": "gh-app", "traefik_to_app": "gh-e-app"}


def whole(revision: str = "a", **order: Any) -> Release:
    """A release that has all that one can have."""
    parts: dict[str, Any] = {
        "images": ("shop:1", "db:2"),
        "one_shots": ("migrate",),
        "checks": (CHECK,),
        "volumes": {"app_data": ME},
        "network": "traefik_to_app",
        "bridges": BRIDGES,
        "after_up": (Exec("web", ("shop", "ready"), 30),),
        "needs": ("database",),
    }
    return good(revision, **{**parts, **order})


@pytest.fixture
def edge(engine: Engine, world: Inside) -> dict[str, Any]:
    """What serves the routes of the host, and a database that answers."""
    world.programs["pg_isready"] = lambda _: (0, "")
    return engine.container("traefik", "traefik")


def test_a_deploy_is_these_commands_each_with_its_limit(
    world: Inside, engine: Engine, edge: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(os, "urandom", lambda size: b"\1" * size)
    engine.absent.add("shop:1")
    code, said = world.deploy(whole())
    [app] = [each for each in engine.containers if each != edge["Id"]]

    assert code == 0, said
    staged = world.stack.releases / world.stack.all()[0]
    compose = f"docker compose --project-name app --project-directory {world.stack.folder}"
    before = f"{compose} --file {staged}/compose.yaml --env-file {staged}/.env --progress quiet"
    inside = f"{compose} --file {world.stack.folder}/compose.yaml --progress quiet"
    assert [(each.words, each.limit, each.what) for each in world.started] == [
        (f"{before} config --quiet", 60, "Compose does not accept its file"),
        ("pg_isready --quiet --host  --port 5432 --timeout 3", 10, "database"),
        ("docker pull --quiet shop:1", 1800, "an image cannot be pulled"),
        (
            "docker run --rm --network=none --label=org.guildhall.check=app "
            f"--volume={staged}/shop.conf:/etc/shop.conf:ro --user=9:9 --entrypoint=/bin/check "
            "shop:1 --all x",
            120,
            "its own checker does not accept its configuration",
        ),
        (f"{inside} run --rm --no-TTY migrate", 3600, "migrate failed"),
        (
            f"{inside} up --detach --wait --wait-timeout 20 --remove-orphans --no-build --quiet-pull",
            320,
            "it does not get healthy",
        ),
        (f"docker exec --env=GUILDHALL_STEP={'01' * 8} {app} shop ready", 30, "in web"),
    ]
    assert {each.given for each in world.started} == {""}


def test_the_engine_is_asked_for_what_is_missing_and_told_to_make_it(
    world: Inside, engine: Engine, edge: dict[str, Any]
) -> None:
    world.deploy(whole())

    assert [each for each in world.requests if each[0] != "GET"] == [
        ("POST", "/volumes/create", {"Name": "app_data", "Labels": {"org.guildhall.app": "app"}}),
        (
            "POST",
            "/networks/create",
            {
                "Name": "traefik_to_app",
                "Driver": "bridge",
                "Labels": {"org.guildhall.edge": "app"},
                "Options": {"com.docker.network.bridge.name": "gh-e-app"},
            },
        ),
        ("POST", "/networks/traefik_to_app/connect", {"Container": edge["Id"]}),
    ]
    world.requests.clear()
    world.deploy(whole("b"))
    assert [each for each in world.requests if each[0] != "GET"] == []


def test_a_network_without_a_name_of_its_own_gets_no_options(world: Inside, engine: Engine) -> None:
    world.deploy(good("a", network="traefik_to_app"))

    assert engine.networks["traefik_to_app"]["Options"] == {}


def test_an_app_without_a_network_or_a_volume_makes_none(world: Inside, engine: Engine) -> None:
    world.deploy(good("a"))

    assert (engine.networks, engine.volumes) == ({}, {})


def test_only_the_edges_own_service_joins(world: Inside, engine: Engine) -> None:
    other = engine.container("helper", "traefik")
    once = engine.container("traefik", "traefik")
    once["Labels"]["com.docker.compose.oneoff"] = "True"
    edge = engine.container("traefik", "traefik")
    world.deploy(good("a", network="traefik_to_app"))

    joined = [each["NetworkSettings"]["Networks"] for each in (other, once, edge)]
    assert joined == [{}, {}, {"traefik_to_app": {}}]


def test_the_edge_is_in_all_networks_before_it_starts_anew(world: Inside, engine: Engine) -> None:
    edge = engine.container("traefik", "traefik", digest="a")
    for name, labels in (
        ("traefik_to_blog", {"org.guildhall.edge": "blog"}),
        ("traefik_to_wiki", {"org.guildhall.door": ""}),
        ("traefik_to_somebody", {"other": ""}),
        ("traefik_to_nobody", None),
        ("traefik_default", {"org.guildhall.edge": "x"}),
    ):
        engine.networks[name] = {"Name": name, "Labels": labels}
    code, said = world.deploy(release("a", "services: {traefik: {x-digest: a}}", app="traefik"))

    assert code == 0, said
    words = [each.words for each in world.started]
    [made] = [each for each in world.started if " create " in each.words]
    assert made.words.endswith("--progress quiet create --no-build --remove-orphans")
    assert (made.limit, made.what) == (300, "it cannot be made")
    assert words.index(made.words) < next(n for n, each in enumerate(words) if " up " in each)
    assert sorted(edge["NetworkSettings"]["Networks"]) == ["traefik_to_blog", "traefik_to_wiki"]


def test_another_app_is_not_made_before_it_is_up(world: Inside) -> None:
    world.deploy(good("a"))

    assert not [each for each in world.started if " create " in each.words]


@pytest.mark.parametrize("code", [1, TIMED_OUT])
def test_an_image_gets_three_tries_and_none_after_the_time_is_up(
    world: Inside, engine: Engine, clock: Clock, code: int
) -> None:
    engine.absent.add("shop:1")
    engine.hooks.append(lambda words: (code, "no route\n") if words[0] == "pull" else None)
    ended, said = world.deploy(good("a", images=("shop:1",)))

    assert ended == 1
    late = ": it did not end within 1800 s" if code == TIMED_OUT else ""
    assert f"REFUSED at pull: an image cannot be pulled{late}; nothing was changed" in said
    assert "    no route\n" in said
    assert clock.pauses == ([] if code == TIMED_OUT else [2, 4])
    limits = [each.limit for each in world.started if "pull" in each.words.split()]
    assert limits == ([1800] if code == TIMED_OUT else [1800, 1798, 1794])


def test_a_service_that_must_start_anew_although_it_is_the_same_is_ended_first(world: Inside) -> None:
    world.deploy(good("a"))
    world.started.clear()
    world.deploy(good("a", anew=("web",)))
    world.boot()

    said = [each.words.partition("--progress quiet ")[2].split()[0] for each in world.started]
    assert said == ["config", "rm", "up", "up"]


@pytest.mark.parametrize("name", ["app", "other"])
def test_an_image_that_lost_its_tag_is_pulled_anew_whichever_app_shows_it(
    world: Inside, engine: Engine, name: str
) -> None:
    world.deploy(good("a", app=name, images=("app:1",)))
    [container] = engine.containers.values()
    container["Image"] = "sha256:0a1b"
    world.deploy(good("a", images=("app:1",)))

    pulled = [each.words for each in world.started if "pull" in each.words.split()]
    assert pulled == ["docker pull --quiet app:1"]
    assert engine.containers[container["Id"]] == container


def test_an_image_that_came_meanwhile_is_not_pulled_again(world: Inside, engine: Engine) -> None:
    engine.absent.add("shop:1")

    def arrives(words: list[str]) -> tuple[int, str] | None:
        if words[0] != "pull":
            return None
        engine.absent.clear()
        return 1, ""

    engine.hooks.append(arrives)
    code, said = world.deploy(good("a", images=("shop:1", "db:2")))

    assert code == 0, said
    assert len([each for each in world.started if "pull" in each.words.split()]) == 1


def test_limits_are_those_that_the_run_says(world: Inside, engine: Engine, edge: dict[str, Any]) -> None:
    engine.absent.add("shop:1")
    limits = {"stage": 1.0, "pull": 2.0, "check": 3.0, "one-shot": 4.0, "up": 5.0}
    world.deploy(whole(), run=replace(RUN, limits=limits))

    named = [each.limit for each in world.started if each.words.startswith("docker")]
    assert named == [1, 2, 3, 4, 25, 30]


def test_a_checker_that_fails_leaves_no_container_behind(world: Inside, engine: Engine) -> None:
    left = engine.container("x", "x")
    left["Labels"]["org.guildhall.check"] = "app"

    def refuses(words: list[str]) -> tuple[int, str] | None:
        if words[0] != "run":
            return None
        engine.containers[left["Id"]] = left  # what it started goes on when it has ended
        return 1, "bad key\n"

    engine.hooks.append(refuses)
    code, said = world.deploy(good("a", checks=(CHECK,)))

    assert code == 1
    assert "    bad key\napp: REFUSED at check: its own checker does not accept its configuration" in said
    assert engine.containers == {}
    assert ("DELETE", f"/containers/{left['Id']}?force=1", None) in world.requests


def test_a_volume_with_data_keeps_its_owner(
    world: Inside, engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    given: list[Any] = []
    monkeypatch.setattr(os, "chown", lambda *words: given.append(words))
    engine.volume("app_new")
    engine.volume("app_data")
    (engine.volumes["app_data"] / "kept").write_text("")
    world.deploy(good("a", volumes={"app_new": "7:8", "app_data": "7:8", "app_mine": ME}))

    assert given == [(engine.volumes["app_new"], 7, 8)]


def one_off(engine: Engine, state: str) -> dict[str, Any]:
    made = engine.container("migrate", name="app-migrate-run-1", state=state)
    made["Labels"]["com.docker.compose.oneoff"] = "True"
    return made


def test_a_one_shot_that_an_earlier_run_left_at_work_is_waited_for(
    world: Inside, engine: Engine, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    left = one_off(engine, "running")

    def passes(seconds: float) -> None:
        clock.pauses.append(seconds)
        clock.now += seconds
        left["State"] = "exited" if len(clock.pauses) == 3 else "running"

    monkeypatch.setattr("time.sleep", passes)
    code, said = world.deploy(good("a", one_shots=("migrate",)))

    assert code == 0, said
    assert clock.pauses == [1, 1, 1]
    assert left["Id"] not in engine.containers
    [ran] = [each for each in world.started if " run " in each.words]
    assert ran.limit == 3597


def test_a_one_shot_that_never_ends_is_not_waited_for_for_ever(
    world: Inside, engine: Engine, clock: Clock
) -> None:
    one_off(engine, "running")
    world.deploy(good("a", one_shots=("migrate",)), run=replace(RUN, limits={"one-shot": 3}))

    assert clock.pauses == [1, 1, 1, 1]
    [ran] = [each for each in world.started if " run " in each.words]
    assert ran.limit == 1


def test_a_one_shot_that_fails_leaves_nothing(world: Inside, engine: Engine) -> None:
    def fails(words: list[str]) -> tuple[int, str] | None:
        if "run" not in words:
            return None
        one_off(engine, "exited")
        return 3, "no table\n"

    engine.hooks.append(fails)
    code, said = world.deploy(good("a", one_shots=("migrate",)))

    assert code == 1
    assert "    no table\napp: migrate: migrate failed\n" in said
    assert engine.containers == {}


@pytest.mark.parametrize(
    ("is_like", "stays"),
    [
        ({"health": "unhealthy"}, False),
        *(({"state": state}, False) for state in ("paused", "dead", "removing", "restarting")),
        *(({"state": state}, True) for state in ("running", "created", "exited")),
        ({"name": "0a1b_app-web-1"}, False),
    ],
)
def test_what_compose_would_leave_as_it_is_is_made_anew(
    world: Inside, engine: Engine, is_like: dict[str, str], stays: bool
) -> None:
    found = engine.container(digest="a", **is_like)
    world.deploy(good("a"))

    assert (found["Id"] in engine.containers) == stays


@pytest.mark.parametrize(("state", "stays"), [("running", True), ("exited", False)])
def test_a_one_off_that_is_at_work_is_left_alone(
    world: Inside, engine: Engine, state: str, stays: bool
) -> None:
    found = one_off(engine, state)
    found["Labels"]["com.docker.compose.service"] = "other"
    world.deploy(release("a", "services: {}"))

    assert (found["Id"] in engine.containers) == stays


def test_a_container_that_went_by_itself_is_gone(
    world: Inside, engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    engine.container(digest="a", state="dead")
    answer = engine.answer

    def goes(method: str, path: str, body: Any) -> tuple[int, Any]:
        if method == "DELETE":
            engine.containers.clear()
        return answer(method, path, body)

    monkeypatch.setattr(engine, "answer", goes)

    assert world.deploy(good("a"))[0] == 0


def test_what_a_service_is_like_that_does_not_serve_is_said(
    world: Inside, engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    world.deploy(good("a"))
    log = [{"Output": f"check {number}\n"} for number in range(5)]
    fine = engine.container("fine")
    done = engine.container("migrate", state="exited", health="")
    done["Labels"]["com.docker.compose.oneoff"] = "True"
    out = engine.container("out", state="exited", says="out of memory\n")
    out["Status"] = "Exited (1) 2 seconds ago"
    answer = engine.answer

    def tells(method: str, path: str, body: Any) -> tuple[int, Any]:
        if path == f"/containers/{out['Id']}/json":
            return 200, {"State": {}}
        if path.startswith("/containers/0") and method == "GET":
            return 200, {"State": {"Health": {"Log": log}}}
        return answer(method, path, body)

    monkeypatch.setattr(engine, "answer", tells)
    _, said = world.deploy(sick("b"))

    assert "app: service web is running, unhealthy; its last lines:\n    no ***\n" in said
    assert "    check 2\n    check 3\n    check 4\n" in said
    assert "check 1" not in said
    assert "app: service out is exited; its last lines:\n    out of memory\n" in said
    assert "service fine" not in said
    assert "service migrate" not in said
    logs = [each for each in world.started if each.words.startswith("docker logs")]
    assert {(each.words, each.limit, each.what) for each in logs} >= {
        (f"docker logs --tail 12 {out['Id']}", 20, "its log cannot be read")
    }
    assert fine["Id"] in engine.containers


def test_a_retired_app_is_stopped_and_all_but_its_volumes_is_gone(
    world: Inside, engine: Engine, edge: dict[str, Any]
) -> None:
    files = {"live/traefik/routes/app.yaml": "http: {}\n"}
    world.deploy(release("a", "services: {web: {x-digest: a}}", files, network="traefik_to_app"))
    route = world.root / "opt/traefik/live/routes/app.yaml"
    assert route.exists()
    (world.stack.releases / "somebody's").mkdir()
    left = one_off(engine, "running")
    world.started.clear()
    world.requests.clear()
    code, said = world.deploy(release("r", "", retire=True, network="traefik_to_app"))

    assert (code, said) == (0, "app: retire\napp: retired; its volumes are kept\n")
    assert [(each.words, each.limit, each.what) for each in world.started] == [
        (
            "docker compose --project-name app --progress quiet down --remove-orphans",
            300,
            "it could not be stopped",
        )
    ]
    assert [each for each in world.requests if each[0] != "GET"] == [
        ("POST", "/networks/traefik_to_app/disconnect", {"Container": edge["Id"], "Force": True}),
        ("DELETE", "/networks/traefik_to_app", None),
    ]
    assert (list(engine.containers), engine.networks) == ([edge["Id"]], {})
    assert left["Id"] not in engine.containers
    assert not route.exists()
    assert sorted(each.name for each in world.stack.folder.iterdir()) == ["live", "releases"]
    assert world.stack.all() == []
    entry = json.loads(world.log.read_text().splitlines()[-1])
    assert (entry["result"], entry["from"]) == ("retired", f"a{'0' * 11}")


def test_an_app_that_cannot_be_stopped_stays_with_its_files(world: Inside, engine: Engine) -> None:
    world.deploy(good("a"))
    engine.hooks.append(lambda words: (1, "in use\n") if "down" in words else None)
    code, said = world.deploy(release("r", "", retire=True))

    assert code == 1
    assert "    in use\napp: FAILED: it could not be stopped: it could not be stopped\n" in said
    assert world.results == ["deployed", "failed"]
    assert serving(world, engine)[:2] == ("a", "a")


def test_a_network_that_is_gone_already_is_as_good(world: Inside, engine: Engine) -> None:
    world.deploy(good("a", network="traefik_to_app"))
    engine.networks.clear()
    code, _ = world.deploy(release("r", "", retire=True, network="traefik_to_app"))

    assert (code, world.results) == (0, ["deployed", "retired"])


def test_the_five_newest_releases_are_kept(world: Inside) -> None:
    for revision in "1234567":
        world.deploy(good(revision))

    assert sorted(each.rpartition("-")[2][0] for each in world.stack.all()) == [*"34567"]


def test_an_app_whose_routes_cannot_be_written_is_not_recorded_and_stays(
    world: Inside, engine: Engine
) -> None:
    route = world.root / "opt/traefik/live/routes/app.yaml"
    files = {"live/traefik/routes/app.yaml": "http: {}\n"}
    world.deploy(release("a", "services: {web: {x-digest: a}}", files))

    def blocks(words: list[str]) -> None:
        if "up" in words:
            route.unlink()
            (route / "kept").mkdir(parents=True)

    engine.hooks.append(blocks)
    code, said = world.deploy(release("b", "services: {web: {x-digest: b}}", files))
    before = serving(world, engine)
    engine.hooks.clear()
    (route / "kept").rmdir()
    again, _ = world.deploy(release("b", "services: {web: {x-digest: b}}", files))

    assert code == 1
    assert (
        f"app: FAILED at publish: Is a directory: {route}; b{'0' * 11} serves, and stays; deploy again\n"
        in said
    )
    assert before == ("b", "a", ["b"])
    assert world.results == ["deployed", "failed, stays", "deployed"]
    assert (again, serving(world, engine), route.is_file()) == (0, ("b", "b", ["b"]), True)


def test_a_first_release_that_cannot_be_taken_down_either_fails_and_is_noted(
    world: Inside, engine: Engine
) -> None:
    engine.hooks.append(lambda words: (1, "in use\n") if "down" in words else None)
    code, said = world.deploy(sick("a"))

    assert code == 1
    assert (
        "app: FAILED at up: it never got healthy, and could not be taken down: it could not be stopped\n"
        in said
    )
    assert world.results == ["failed, stays"]
    assert said.endswith("deploy: failed: app\n")


def test_the_record_says_who_brought_what_in_the_place_of_what(world: Inside) -> None:
    for revision in "ab":
        world.deploy(good(revision))
    entry = json.loads(world.log.read_text().splitlines()[1])

    assert entry.pop("time")
    assert entry == {
        "app": "app",
        "revision": f"b{'0' * 11}",
        "from": f"a{'0' * 11}",
        "by": "me@here",
        "commit": "c0ffee",
        "result": "deployed",
        "seconds": 0,
    }


def test_a_previous_release_that_does_not_come_back_is_said_with_what_it_printed(
    world: Inside, engine: Engine
) -> None:
    world.deploy(good("a", ready=50))
    engine.hooks.append(lambda words: (1, "no canary secret\n") if "up" in words else None)
    code, said = world.deploy(good("b"))

    assert (code, world.results) == (1, ["deployed", "roll-back failed"])
    assert said.count("    no ***") == 2
    failed = f"app: ROLL-BACK FAILED: a{'0' * 11} does not get healthy either (it does not get healthy); "
    assert f"{failed}look at: cd {world.stack.folder} && docker compose ps\n" in said
    # Each with the time that it came with.
    assert [each.limit for each in world.started if " up " in each.words] == [350, 320, 350]


def test_a_previous_release_whose_files_cannot_be_put_back_is_said(
    world: Inside, engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    world.deploy(good("a"))
    before, switch = world.stack.current, files.switch

    def full(stack: Stack, name: str) -> None:
        if name == before:
            raise OSError(errno.ENOSPC, "No space left on device")
        switch(stack, name)

    monkeypatch.setattr(files, "switch", full)
    code, said = world.deploy(sick("b"))

    assert (code, world.results) == (1, ["deployed", "roll-back failed"])
    assert f"ROLL-BACK FAILED: a{'0' * 11} cannot be put back (No space left on device); look at: " in said
