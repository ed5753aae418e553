"""Hosts that earlier versions deployed: they are read, go on serving, and take the next release."""

import json
from pathlib import Path
from typing import Any

import pytest

from tasks.stacks.state import parsed
from tests.support.engine import Engine
from tests.support.host import World, release, serving, sick

OLD = "20260101T120000Z-aaaaaaaaaaaa"
ROUTE = "live/traefik/routes/app.yaml"
RECORD = (
    '{"time":"2026-01-01T12:00:09Z","app":"app","revision":"aaaaaaaaaaaa","from":"","by":"me@here",'
    '"commit":"c0ffee","result":"deployed","seconds":9}\n'
)


def manifest(**more: Any) -> str:
    """As the shell programs of old got it: no order to put the release back by, and no owners of files."""
    files = {"compose.yaml": "c", ".env": "e", ROUTE: "r"}
    known = {"app": "app", "revision": "a" * 12, "commit": "c0ffee", "version": "1", "images": ["app:1"]}
    return json.dumps(
        {**known, "compose": "x", "services": {"web": "a"}, "secrets": {}, "files": files, **more}
    )


@pytest.fixture
def old(world: World, engine: Engine) -> World:
    """A host as the shell programs left it, one of their deploys having been killed."""
    made = world.stack.releases / OLD
    for path, text in {
        "compose.yaml": "services: {web: {x-digest: a}}",
        ".env": 'KEY="canary secret"\n',
        ROUTE: "http: {old: x}\n",
        "manifest.json": manifest(),
    }.items():
        (made / path).parent.mkdir(parents=True, exist_ok=True)
        (made / path).write_text(text)
    for link, target in {
        "current": f"releases/{OLD}",
        "applied": f"releases/{OLD}",
        "compose.yaml": "current/compose.yaml",
        ".env": "current/.env",
    }.items():
        (world.stack.folder / link).symlink_to(target)
    routes = world.root / "opt/traefik/live/routes"
    routes.mkdir(parents=True)
    (routes / "app.yaml").write_text("http: {old: x}\n")
    own = world.root / "opt/.guildhall"
    (own / "incoming.Ab3dE6gH/000-app/release").mkdir(parents=True)
    (own / "incoming.Ab3dE6gH/apply.sh").write_text("exit 1\n")
    (own / "lock").touch()
    (own / "holder").write_text("me@here (pid 77, since 12:00:00Z)\n")
    (world.stack.releases / ".new-20260101T130000Z-bbbbbbbbbbbb").mkdir()
    world.log.parent.mkdir()
    world.log.write_text(RECORD)
    engine.container(digest="a")
    engine.container("traefik", "traefik")
    engine.networks["traefik_to_app"] = {
        "Name": "traefik_to_app", "Labels": {"org.guildhall.door": ""}, "Containers": {}
    }  # fmt: skip
    return world


def routed(revision: str) -> Any:
    files = {ROUTE: f"http: {{{revision}: x}}\n"}
    return release(revision, f"services: {{web: {{x-digest: {revision}}}}}", files, network="traefik_to_app")


def route(world: World) -> str:
    return (world.root / "opt/traefik/live/routes/app.yaml").read_text()


def test_it_is_read_whole_and_what_was_cut_off_is_named(old: World) -> None:
    lines = old.read()
    found = parsed(["--- guildhall begin ---", *map(json.dumps, lines), "--- guildhall end ---"])
    stack = found.stacks["app"]

    assert (found.problem, stack.current, stack.applied, stack.version) == ("", OLD, OLD, "1")
    assert stack.manifest["services"] == {"web": "a"}
    assert set(stack.files) == {"compose.yaml", ".env", ROUTE}
    assert [Path(each).name for each in found.leftovers] == [
        "incoming.Ab3dE6gH",
        ".new-20260101T130000Z-bbbbbbbbbbbb",
    ]
    assert old.stack.current == OLD


def test_it_takes_the_next_release_and_keeps_its_record(old: World, engine: Engine) -> None:
    code, said = old.deploy(routed("b"))

    assert code == 0, said
    assert serving(old, engine)[:2] == ("b", "b")
    assert route(old) == "http: {b: x}\n"
    assert old.log.read_text().startswith(RECORD)
    assert json.loads(old.log.read_text().splitlines()[1])["from"] == "a" * 12
    assert [line["paths"] for line in old.read() if line["kind"] == "leftovers"] == [[]]


def test_its_release_is_put_back_if_the_next_one_gets_sick(old: World, engine: Engine) -> None:
    code, said = old.deploy(sick("b"))

    assert code == 1
    assert f"ROLLED BACK at up: the previous release, {'a' * 12}, serves again" in said
    assert "canary" not in said
    assert (old.stack.current, old.stack.applied, route(old)) == (OLD, OLD, "http: {old: x}\n")
    assert "a" in serving(old, engine)[2]


def test_its_apps_are_up_after_its_start_and_can_be_retired(old: World, engine: Engine) -> None:
    engine.containers.clear()
    booted = old.boot()
    up = [each["Names"] for each in engine.containers.values()]
    gone = old.deploy(release("retired", "", app="app", retire=True, network="traefik_to_app"))

    assert booted == (0, "")
    assert up == [["/app-web-1"]]
    assert gone[0] == 0, gone[1]
    assert (engine.containers, engine.networks, old.stack.all()) == ({}, {}, [])
    assert not (old.root / "opt/traefik/live/routes/app.yaml").exists()


# Another version of the program may have noted more in an order than this one knows, or something else.
@pytest.mark.parametrize(
    "order", [{"app": "app", "revision": "a" * 12, "colour": "red"}, {"checks": [1]}, [], "x"]
)
def test_an_order_that_this_version_does_not_know_hinders_neither_start_nor_roll_back(
    old: World, engine: Engine, order: object
) -> None:
    (old.stack.releases / OLD / "manifest.json").write_text(manifest(order=order))
    code, said = old.deploy(sick("b"))
    engine.containers.clear()
    booted = old.boot()

    assert code == 1
    assert "ROLLED BACK at up" in said
    assert booted == (0, "")
    assert [each["Names"] for each in engine.containers.values()] == [["/app-web-1"]]
