"""The program on the host, on hosts as nobody expects them: what serves goes on, and what it says is true."""

import json
import os
import shutil
import time

import pytest

from onhost.orders import Exec
from tests.support.engine import Answer, Engine
from tests.support.host import World, good, serving, sick
from tests.support.inside import Clock


def state(world: World) -> dict[str, object]:
    (stack,) = [line for line in world.read() if line["kind"] == "stack"]
    return stack


@pytest.mark.parametrize("link", [".env", "compose.yaml"])
@pytest.mark.parametrize("how", ["file", "gone", "elsewhere"])
def test_what_compose_would_read_in_the_place_of_a_release_is_seen_and_put_right(
    world: World, engine: Engine, link: str, how: str
) -> None:
    """As an editor leaves it that writes a file anew: the host's start would take it for the release's."""
    world.deploy(good("a"))
    place = world.stack.folder / link
    place.unlink()
    if how == "file":
        place.write_text("services: {other: {x-digest: z}}")
    if how == "elsewhere":
        place.symlink_to("/etc/hostname")
    found = state(world)["astray"]
    engine.containers.clear()
    booted = world.boot()

    assert found == [link]
    assert booted == (0, "")
    assert serving(world, engine) == ("a", "a", ["a"])
    assert state(world)["astray"] == []


def test_a_release_without_secrets_has_no_file_of_them(world: World, engine: Engine) -> None:
    world.deploy(good("a"))
    (world.stack.folder / "current/.env").unlink()

    assert state(world)["astray"] == [".env"]


@pytest.mark.parametrize("name", ["live", "releases"])
@pytest.mark.parametrize("dangling", [True, False])
def test_a_file_where_a_folder_belongs_is_named(
    world: World, engine: Engine, name: str, dangling: bool
) -> None:
    place = world.stack.folder / name
    place.parent.mkdir()
    place.symlink_to("nowhere") if dangling else place.write_text("")
    code, said = world.deploy(good("a"))

    assert code == 1
    assert str(place) in said
    assert "nothing was changed" in said
    assert engine.containers == {}


def test_a_record_that_is_a_pipe_holds_nobody_up(world: World, engine: Engine) -> None:
    world.log.parent.mkdir()
    os.mkfifo(world.log)
    code, said = world.deploy(good("a"))

    assert code == 1
    assert "FAILED: this could not be noted in" in said
    assert serving(world, engine) == ("a", "a", ["a"])


@pytest.mark.parametrize("content", ["[" * 100_000, '{"files": {"a\\u0000b": ""}}', None])
def test_a_manifest_that_no_release_has_is_read_as_none(
    world: World, engine: Engine, content: str | None
) -> None:
    world.deploy(good("a"))
    file = world.stack.releases / world.stack.current / "manifest.json"
    if content is None:
        file.unlink()
        os.mkfifo(file)
    elif content.startswith("{"):
        file.write_text(json.dumps({**json.loads(file.read_text()), **json.loads(content)}))
    else:
        file.write_text(content)
    found = state(world)
    code, said = world.deploy(good("b"))

    assert found["manifest"] == {}
    assert code == 0, said


def test_an_engine_that_starts_anew_while_the_app_is_told_undoes_nothing(
    world: World, engine: Engine, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As its package does when it is updated."""
    away = world.socket.with_suffix(".away")

    def passes(seconds: float) -> None:
        clock.sleep(seconds)
        away.rename(world.socket)

    monkeypatch.setattr(time, "sleep", passes)
    told: list[str] = []

    def restarts(words: list[str]) -> Answer | None:
        if words[0] != "exec":
            return None
        told.append(words[-1])
        if len(told) == 1:
            world.socket.rename(away)
            return 1, "cannot connect"
        return 0, ""

    world.deploy(good("a"))
    engine.hooks.append(restarts)
    code, said = world.deploy(good("b", after_up=(Exec("web", ("tell",), 30),)))

    assert (code, len(told)) == (0, 2), said
    assert serving(world, engine) == ("b", "b", ["b"])


def blocked(world: World) -> None:
    """A link cannot be made any more."""
    (world.stack.folder / ".compose.yaml").mkdir()


def test_a_roll_back_that_fails_says_why(world: World, engine: Engine) -> None:
    world.deploy(good("a"))
    engine.hooks.append(lambda words: blocked(world) if "up" in words else None)
    code, said = world.deploy(sick("b"))

    assert code == 1
    assert f"ROLL-BACK FAILED: a{'0' * 11} cannot be put back (" in said
    assert f"{world.stack.folder}/.compose.yaml" in said
    assert "healthy either" not in said


def test_files_that_cannot_be_put_back_are_not_called_unchanged(world: World, engine: Engine) -> None:
    """A disk that fills up between one link and the next."""
    world.deploy(good("a"))

    engine.hooks.append(lambda words: blocked(world) if "config" in words else None)  # before the switch
    code, said = world.deploy(good("b"))
    shutil.rmtree(world.stack.folder / ".compose.yaml")
    engine.hooks.clear()
    again, _ = world.deploy(good("b"))

    assert code == 1
    assert "nothing was changed" not in said
    assert "its files could not be put back (" in said
    assert "its containers run on; deploy again" in said
    assert again == 0
    assert serving(world, engine) == ("b", "b", ["b"])


def test_one_app_that_cannot_be_brought_up_at_the_hosts_start_hinders_no_other(
    world: World, engine: Engine
) -> None:
    world.deploy(good("a", app="app"), good("c", app="other"))
    manifest = world.stack.releases / world.stack.current / "manifest.json"
    order = json.loads(manifest.read_text())
    order["order"]["ready"] = "soon"
    manifest.write_text(json.dumps(order))
    engine.containers.clear()
    code, said = world.boot()

    assert code == 1
    assert "app: FAILED at boot" in said
    assert [each["Names"] for each in engine.containers.values()] == [["/other-web-1"]]


@pytest.mark.parametrize("step", ["pull", "check", "switch", "up"])
def test_an_engine_that_is_stopped_in_mid_deploy_takes_nothing_down(
    world: World, engine: Engine, step: str
) -> None:
    world.deploy(good("a"))
    away = world.socket.with_suffix(".away")
    word = {"pull": "config", "check": "config", "switch": "config", "up": "up"}[step]

    def stops(words: list[str]) -> Answer | None:
        if word not in words:
            return None
        world.socket.rename(away)
        return (1, "is the docker daemon running?") if step == "up" else None

    engine.hooks.append(stops)
    images = ("app:1",) if step == "pull" else ()
    code, said = world.deploy(good("b", images=images))
    away.rename(world.socket)
    engine.hooks.clear()
    still = "a" in serving(world, engine)[2]
    again, _ = world.deploy(good("b"))

    assert code == 1
    assert ("the new release stays" in said) == (step == "up"), said
    assert still
    assert again == 0


def test_a_clock_that_goes_back_loses_no_release_that_serves(world: World, engine: Engine) -> None:
    world.deploy(good("a"))
    for number in range(7):  # of a time to come, as the clock said it was
        name = f"2099010{number + 1}T000000Z-{'f' * 12}"
        shutil.copytree(world.stack.releases / world.stack.current, world.stack.releases / name)
    first = world.deploy(good("b"))
    second, said = world.deploy(sick("c"))

    assert (first[0], second) == (0, 1)
    assert f"the previous release, b{'0' * 11}, serves again" in said
    assert serving(world, engine) == ("b", "b", ["b"])


@pytest.mark.parametrize("length", [300, 100_000])
def test_long_lines_of_a_container_are_cut(world: World, engine: Engine, length: int) -> None:
    engine.hooks.append(lambda words: (1, f"{'x' * length}\n") if "up" in words else None)
    _, said = world.deploy(good("a"))

    assert max(map(len, said.splitlines())) < 420


def test_a_container_removed_by_hand_in_mid_up_is_made_anew(world: World, engine: Engine) -> None:
    world.deploy(good("a"))

    def removed(words: list[str]) -> Answer | None:
        if "up" not in words or len(engine.hooks) > 1:
            return None
        engine.hooks.append(lambda _: None)
        engine.containers.clear()
        return 1, "no such container"

    engine.hooks.append(removed)
    code, said = world.deploy(good("b"))

    assert code == 1
    assert "ROLLED BACK at up" in said
    assert serving(world, engine) == ("a", "a", ["a"])


def test_compose_that_is_not_installed_is_said_and_changes_nothing(world: World, engine: Engine) -> None:
    world.deploy(good("a"))
    engine.hooks.append(
        lambda words: (1, "docker: 'compose' is not a docker command.\n") if "compose" in words else None
    )
    code, said = world.deploy(good("b"))

    assert code == 1
    assert "'compose' is not a docker command" in said
    assert "nothing was changed" in said
    assert serving(world, engine) == ("a", "a", ["a"])


def test_an_app_named_like_the_beginning_of_another_is_another(world: World, engine: Engine) -> None:
    world.deploy(good("a", app="out"), good("b", app="outline", network="traefik_to_outline"))
    code, said = world.deploy(good("c", app="out", retire=True))

    assert code == 0, said
    assert [each["Labels"]["com.docker.compose.project"] for each in engine.containers.values()] == [
        "outline"
    ]
    assert [line["app"] for line in world.read() if line["kind"] == "stack"] == ["outline"]
