"""The program on the host: what it says of every stack, and what hides it."""

import hashlib
import os
import pwd
import shutil
import signal
from pathlib import Path
from typing import Any

import pytest

from onhost import isolation, reading
from onhost.releases import Stack
from tests.support.engine import Engine
from tests.support.host import good, release, sick
from tests.support.inside import Inside

FILES = {".env": 'KEY="k"\n', "live/traefik/routes/app.yaml": "http: {}\n"}


def said(world: Inside, kind: str) -> list[dict[str, Any]]:
    return [line for line in world.read() if line["kind"] == kind]


def test_all_of_a_stack_is_said(world: Inside, engine: Engine) -> None:
    world.deploy(release("a", "services: {web: {x-digest: a}}", FILES))
    [container] = engine.containers.values()
    container["NetworkSettings"]["Networks"] = {"app_default": {}, "x": {}}
    me = pwd.getpwuid(os.getuid()).pw_name
    texts = {"compose.yaml": "services: {web: {x-digest: a}}", **FILES}
    digests = {path: hashlib.sha256(text.encode()).hexdigest() for path, text in texts.items()}

    found = world.read()
    last = found[0].pop("last")

    assert (last["result"], last["by"], last["commit"]) == ("deployed", "me@here", "c0ffee")
    assert found == [
        {
            "kind": "stack",
            "app": "app",
            "current": world.stack.current,
            "stands": world.stack.current,
            "applied": world.stack.current,
            "manifest": {
                "version": "1",
                "compose": "",
                "images": [],
                "services": {},
                "secrets": {},
                "files": dict.fromkeys(texts, ""),
                "owners": {},
            },
            "version": "1",
            "files": digests,
            "mode": f"600 {me}",
            "opened": {},
            "astray": [],
        },
        {"kind": "leftovers", "paths": []},
        {
            "kind": "container",
            "app": "app",
            "service": "web",
            "name": "app-web-1",
            "state": "running",
            "health": "healthy",
            "digest": "a",
            "networks": ["app_default", "x"],
            "misnamed": False,
            "untagged": False,
            "since": "1 second",
        },
    ]


def test_the_version_is_that_of_what_serves_and_the_manifest_that_of_what_would_be_put_back(
    world: Inside,
) -> None:
    world.deploy(good("a"))
    world.deploy(sick("b", one_way=True))
    file = world.stack.releases / world.stack.current / "manifest.json"
    file.write_text(file.read_text().replace('"version": "1"', '"version": "2"'))
    [stack] = said(world, "stack")

    assert (stack["version"], stack["manifest"]["version"]) == ("2", "1")
    assert (stack["current"], stack["applied"]) == (world.stack.current, world.stack.applied)


def test_a_release_that_is_not_whole_is_not_called_applied(world: Inside) -> None:
    world.deploy(good("a"))
    (world.stack.folder / "current/compose.yaml").unlink()
    [stack] = said(world, "stack")

    assert (stack["applied"], stack["current"]) == ("", world.stack.current)
    assert stack["manifest"] == stack["files"] == {}
    assert stack["version"] == ""


def test_an_app_without_a_current_release_has_nothing_astray(world: Inside) -> None:
    world.deploy(good("a"))
    (world.stack.folder / "current").unlink()

    assert said(world, "stack")[0]["astray"] == []


def test_what_compose_made_for_others_and_for_a_moment_is_none_of_ours(world: Inside, engine: Engine) -> None:
    world.deploy(good("a"))
    engine.container(app="other", digest="")
    engine.container("unlabelled", digest="")
    engine.container(app="unknown", digest="d")
    once = engine.container("once")
    once["Labels"]["com.docker.compose.oneoff"] = "True"

    assert sorted((each["app"], each["service"]) for each in said(world, "container")) == [
        ("app", "unlabelled"),
        ("app", "web"),
        ("unknown", "web"),
    ]


def test_a_bare_host_has_no_engine_to_ask(world: Inside, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shutil, "which", {}.get)
    world.socket.unlink()

    assert world.read() == [{"kind": "leftovers", "paths": []}]


@pytest.mark.parametrize("sign", ["program", "stack"])
def test_a_host_that_should_have_an_engine_says_that_it_has_none(
    world: Inside, monkeypatch: pytest.MonkeyPatch, sign: str
) -> None:
    if sign == "stack":
        world.deploy(good("a"))
    else:
        monkeypatch.setattr(shutil, "which", {"docker": "/usr/bin/docker"}.get)
    world.socket.unlink()

    assert said(world, "problem") == [
        {"kind": "problem", "text": "Docker Engine does not answer on this host (no socket)"}
    ]


def test_an_engine_without_a_stack_is_asked_as_well(world: Inside, engine: Engine) -> None:
    engine.container(app="left", digest="d")

    assert [each["app"] for each in said(world, "container")] == ["left"]


@pytest.mark.parametrize(("deployed", "kinds"), [(True, 1), (False, 0)])
def test_rules_that_are_gone_are_said_where_there_are_containers_to_keep_apart(
    world: Inside, monkeypatch: pytest.MonkeyPatch, deployed: bool, kinds: int
) -> None:
    if deployed:
        world.deploy(good("a"))
    monkeypatch.setattr(isolation, "is_open", lambda: True)

    assert said(world, "open") == [{"kind": "open"}] * kinds


def test_what_nobody_thought_of_is_one_problem(world: Inside, monkeypatch: pytest.MonkeyPatch) -> None:
    def fails(_: Path) -> None:
        raise RuntimeError("no")

    monkeypatch.setattr(reading, "stacks", fails)

    assert world.read() == [{"kind": "problem", "text": "it cannot be read (RuntimeError: no)"}]


def test_reading_has_a_limit(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    set_: list[Any] = []
    monkeypatch.setattr(signal, "signal", lambda *words: set_.append(words))
    monkeypatch.setattr(signal, "alarm", set_.append)
    monkeypatch.setattr(reading, "state", lambda root, log: iter([{"root": root, "log": log}]))
    log = tmp_path / "log"

    assert reading.told(tmp_path, log) == [{"root": tmp_path, "log": log}]
    (number, handler), seconds = set_
    assert (number, seconds) == (signal.SIGALRM, 60)
    with pytest.raises(TimeoutError, match=r"^it took longer than 60 s$"):
        handler(number, None)


def test_only_a_plain_file_of_a_size_that_a_release_has_is_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert reading.LARGEST == 64 * 1024 * 1024
    monkeypatch.setattr(reading, "LARGEST", 3)
    file = tmp_path / "file"
    file.write_bytes(b"abc")

    assert reading.digest_of(file) == hashlib.sha256(b"abc").hexdigest()
    file.write_bytes(b"abcd")
    os.mkfifo(tmp_path / "pipe")
    for path in (file, tmp_path, tmp_path / "none", tmp_path / "pipe", tmp_path / "a\0b"):
        assert reading.digest_of(path) == ""


def test_access_is_mode_and_owner(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = tmp_path / ".env"
    assert reading.access(file) == ""
    file.write_text("")
    file.chmod(0o4640)
    known = {os.getuid(): pwd.getpwuid(os.getuid())}

    assert reading.access(file) == f"4640 {known[os.getuid()].pw_name}"
    monkeypatch.setattr(pwd, "getpwuid", {}.__getitem__)
    assert reading.access(file) == f"4640 {os.getuid()}"


def test_a_file_of_secrets_that_is_gone_is_not_open(tmp_path: Path) -> None:
    stack = Stack(tmp_path, "app")
    folder = stack.releases / "20260101T000000Z-aaaaaaaaaaaa"
    (folder / "secrets").mkdir(parents=True)
    shape = '{"version": "1", "compose": "", "images": [], "services": {}, "secrets": {}, "files": {}, '
    owners = '"owners": {"secrets/gone": "1:1", "secrets/there": "1:2"}}'
    (folder / "manifest.json").write_text(shape + owners)
    (folder / "secrets/there").write_text("")
    (folder / "secrets/there").chmod(0o644)

    assert list(reading.opened(stack)) == [("secrets/there", f"644 {os.getuid()}:{os.getgid()}")]


LINE = '{"time":"t","app":"app","by":"me","commit":"c","result":"deployed","seconds":3,"from":""}'


def test_the_last_deploy_of_an_app_is_read_from_the_end_of_the_record(tmp_path: Path) -> None:
    log = tmp_path / "log"
    log.write_text("\n".join([LINE.replace(":3", ":1"), "{", "[]", '{"app": []}', LINE, "x" * 200]))

    assert reading.last_deploys(log) == {
        "app": {"time": "t", "by": "me", "commit": "c", "result": "deployed", "seconds": 3}
    }


@pytest.mark.parametrize("what", ["device", "pipe", "folder", "nothing"])
def test_a_record_that_is_no_file_is_not_waited_for_and_tells_nothing(tmp_path: Path, what: str) -> None:
    log = tmp_path / "log"
    if what == "device":
        log.symlink_to("/dev/zero")
    elif what == "pipe":
        os.mkfifo(log)
    elif what == "folder":
        log.mkdir()

    assert reading.last_deploys(log) == {}


def test_of_a_long_record_only_the_end_is_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    log = tmp_path / "log"
    log.write_text(f"{LINE.replace('app', 'old', 1).replace(chr(34) + 'app', chr(34) + 'old')}\n{LINE}\n")
    monkeypatch.setattr(reading, "NEWEST", len(LINE) + 1)

    assert set(reading.last_deploys(log)) == {"app"}
