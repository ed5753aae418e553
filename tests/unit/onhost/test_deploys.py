"""The program on the host: what becomes of an app when a step of its deploy fails, and what is said of it."""

import json

import pytest

from onhost.orders import Exec
from tests.support.engine import Answer, Engine
from tests.support.host import World, good, release, serving, sick


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
        "Docker Engine does not answer on this host (no socket)"
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
