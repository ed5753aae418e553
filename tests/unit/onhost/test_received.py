"""The program on the host: what it is sent is stored whole or not at all, and applied app by app."""

import base64
import gzip
import io
import json
import os
import tarfile
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from onhost import containers, deploys, engine, isolation, locks, orders, reading, steps
from onhost.programs import StepError
from tests.support.engine import Engine
from tests.support.host import RUN, Release, good, release, sick
from tests.support.inside import Clock, Inside, opened


def sent(**entries: tuple[bytes, int]) -> bytes:
    """As it arrives: `folder__file` for `folder/file`."""
    stream = io.BytesIO()
    with tarfile.open(fileobj=stream, mode="w") as archive:
        for name, (content, mode) in entries.items():
            entry = tarfile.TarInfo(name.replace("__", "/"))
            entry.size, entry.mode = len(content), mode
            archive.addfile(entry, io.BytesIO(content))
    return base64.encodebytes(gzip.compress(stream.getvalue()))


def mode(path: Path) -> int:
    return path.stat().st_mode & 0o777


def test_what_was_sent_lies_there_with_its_modes_and_folders_are_closed_at_the_top(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    synced: list[int] = []
    monkeypatch.setattr(os, "fsync", synced.append)
    before = os.umask(0o022)
    deploys.unpacked(
        sent(run=(b"r", 0o600), a__release__x=(b"x", 0o644), a__release__deep__er__y=(b"y", 0o755)), tmp_path
    )
    os.umask(before)

    files = {str(each.relative_to(tmp_path)): mode(each) for each in tmp_path.rglob("*")}
    assert files == {
        "run": 0o600,
        "a": 0o700,
        "a/release": 0o700,
        "a/release/x": 0o644,
        "a/release/deep": 0o755,
        "a/release/deep/er": 0o755,
        "a/release/deep/er/y": 0o755,
    }
    assert (tmp_path / "a/release/deep/er/y").read_bytes() == b"y"
    assert len(synced) == 3


@pytest.mark.parametrize("name", ["/etc/x", "a/../../x", ".."])
def test_what_would_lie_elsewhere_is_refused(tmp_path: Path, name: str) -> None:
    with pytest.raises(ValueError, match="is no file below the release") as refused:
        deploys.unpacked(sent(**{name: (b"", 0o644)}), tmp_path)

    assert str(refused.value).startswith(name)


def test_what_is_no_file_is_refused(tmp_path: Path) -> None:
    stream = io.BytesIO()
    with tarfile.open(fileobj=stream, mode="w") as archive:
        folder = tarfile.TarInfo("folder")
        folder.type = tarfile.DIRTYPE
        archive.addfile(folder)
    text = base64.encodebytes(gzip.compress(stream.getvalue()))

    with pytest.raises(ValueError, match="folder is no file below the release"):
        deploys.unpacked(text, tmp_path)


def test_a_host_that_cannot_store_says_so_and_changes_nothing(
    world: Inside, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(_: Path) -> None:
        raise OSError(28, "No space left on device", "/opt/.guildhall")

    monkeypatch.setattr(locks, "incoming", full)

    assert world.deploy(good("a")) == (
        1,
        "the releases could not be stored on this host; nothing was changed "
        "(No space left on device: /opt/.guildhall)\n",
    )


@pytest.mark.parametrize("good_", [True, False])
def test_nothing_of_what_was_sent_stays_behind(world: Inside, good_: bool) -> None:
    world.deploy(good("a"), cut=None if good_ else 40)

    folder = world.root / "opt/.guildhall"
    assert not list(folder.glob("incoming.*"))


def test_who_comes_while_another_works_is_told_and_changes_nothing(
    world: Inside, engine: Engine, clock: Clock
) -> None:
    held = locks.Lock(world.root / "opt")
    held.take("me@here", wait=0)
    code, said = world.deploy(good("a"))

    assert code == 75
    assert said.startswith("another deploy works on this host: me@here (pid ")
    assert 9.9 < sum(clock.pauses) < 10.5
    assert engine.asked == []
    assert locks.leftovers(world.root / "opt") == []
    clock.pauses.clear()
    world.deploy(good("a"), run=replace(RUN, limits={"lock": 1}))
    assert 0.9 < sum(clock.pauses) < 1.5
    os.close(held.descriptor)


def test_the_holder_is_who_deploys(world: Inside) -> None:
    world.deploy(good("a"), run=replace(RUN, by="ada@desk"))

    held = json.loads((world.root / "opt/.guildhall/holder").read_text())
    assert (held["by"], held["at"]) == ("ada@desk", "app: record")


def test_apps_are_brought_in_the_order_of_the_run_and_each_is_told_apart(world: Inside) -> None:
    code, said = world.deploy(good("a"), sick("b", app="second"), good("c", app="third"))

    assert code == 1
    assert [line.partition(":")[0] for line in said.splitlines() if line.endswith(": stage")] == [
        *("app", "second", "third"),
    ]
    assert said.splitlines()[-1] == "deploy: failed: second; in place: app third"


@pytest.mark.parametrize("new", [good("c"), release("retired", "", retire=True)], ids=["deploy", "retire"])
def test_what_somebody_else_deployed_since_the_plan_is_left_alone(world: Inside, new: Release) -> None:
    world.deploy(good("a"))
    planned = world.stack.current
    world.deploy(good("b"))
    serving, containers = world.stack.current, dict(world.engine.containers)
    code, said = world.deploy(replace(new, order=replace(new.order, before=planned)))

    why = "somebody else brought it to another release meanwhile; plan again; nothing was changed"
    assert (code, said) == (1, f"app: REFUSED at stage: {why}\ndeploy: failed: app\n")
    assert (world.stack.current, world.stack.applied) == (serving, serving)
    assert world.engine.containers == containers
    assert world.results == ["deployed", "deployed", "refused"]
    assert world.deploy(replace(new, order=replace(new.order, before=serving)))[0] == 0


def test_what_was_read_while_somebody_else_deployed_is_no_plan_for_afterwards(world: Inside) -> None:
    """Its files were those of the new release already, and its commit was that of the old one."""
    world.deploy(good("a"))
    before = world.stack.applied
    world.deploy(good("b"))
    after = world.stack.applied
    world.stack.point("applied", f"releases/{before}")
    [read] = [line for line in reading.state(world.root / "opt", world.log) if line["kind"] == "stack"]
    world.stack.point("applied", f"releases/{after}")

    assert read["stands"] == f"{before} {after}"
    assert world.deploy(good("c", before=read["stands"]))[0] == 1
    assert world.stack.current == after


def test_an_app_that_somebody_else_brought_first_is_left_alone(world: Inside) -> None:
    assert world.deploy(good("a", before=""))[0] == 0
    assert world.deploy(good("b", before=""))[0] == 1


def test_a_run_without_an_app_says_nothing(world: Inside) -> None:
    assert world.deploy() == (0, "")


def test_what_nobody_thought_of_fails_one_app_and_is_noted(
    world: Inside, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fails(_: object) -> bool:
        raise RuntimeError("no")

    monkeypatch.setattr(steps, "deploy", fails)
    code, said = world.deploy(good("a"))

    assert code == 1
    assert said == "app: FAILED at stage: RuntimeError: no; deploy again\ndeploy: failed: app\n"
    assert world.results == ["failed"]


def test_secrets_of_the_old_and_of_the_new_release_are_not_said(world: Inside, engine: Engine) -> None:
    world.deploy(release("a", "services: {web: {x-digest: a}}", {".env": 'KEY="old canary"\n'}))
    engine.hooks.append(lambda words: (1, "old canary, new canary\n") if "config" in words else None)
    _, said = world.deploy(release("b", "services: {}", {".env": 'KEY="new canary"\n'}))

    assert "    ***, ***\n" in said


def test_rules_that_are_gone_are_made_anew_before_anything_else(
    world: Inside, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(isolation, "is_open", lambda: True)
    world.programs["systemctl"] = lambda _: (0, "")
    code, said = world.deploy()

    assert code == 0
    assert said == "deploy: what keeps apps apart was gone; Docker Engine makes it anew\n"
    assert [(each.words, each.limit, each.what) for each in world.started] == [
        ("systemctl restart docker", 180, "Docker Engine could not be started anew")
    ]


@pytest.mark.parametrize("error", [StepError("it hangs"), engine.EngineError("no answer")])
def test_a_host_that_cannot_be_put_right_is_left_alone(
    world: Inside, engine: Engine, monkeypatch: pytest.MonkeyPatch, error: Exception
) -> None:
    def fails() -> bool:
        raise error

    monkeypatch.setattr(isolation, "is_open", fails)

    assert world.deploy(good("a")) == (1, f"deploy: FAILED: {error}; nothing was changed\n")
    assert engine.asked == []


def test_checkers_of_a_run_that_was_killed_go_first(world: Inside, engine: Engine) -> None:
    left = engine.container("x", "x")
    left["Labels"][containers.CHECKER] = "app"
    world.deploy()

    assert engine.containers == {}


def test_what_other_programs_are_started_with_holds_both_locks(
    world: Inside, monkeypatch: pytest.MonkeyPatch
) -> None:
    held: list[Any] = []

    def applied(host: Any, folder: Path, _: orders.Run) -> int:
        held.append((host, folder))
        return 0

    monkeypatch.setattr(deploys, "_applied", applied)
    before = opened()
    assert world.deploy(good("a")) == (0, "")

    [(host, folder)] = held
    assert not set(host.programs.locks) & before
    assert len(set(host.programs.locks)) == 2
    assert host.programs.locks[0] == host.lock.descriptor
    assert (host.root, host.log) == (world.root / "opt", world.log)
    assert folder.parent == world.root / "opt/.guildhall"


def test_names_in_the_archive_are_those_that_the_sender_writes() -> None:
    assert (deploys.RUN, deploys.ORDER, deploys.RELEASE) == ("run.json", "order.json", "release")
    assert orders.run(orders.written(RUN)) == RUN
