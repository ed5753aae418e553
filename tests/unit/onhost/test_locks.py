"""The program on the host: who holds the lock, and what deploys left that were killed."""

import fcntl
import json
import os
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from onhost import locks
from onhost.releases import Stack
from tests.support.inside import Clock, opened

NAME = "20260101T000000Z-aaaaaaaaaaaa"


@pytest.fixture(autouse=True)
def closed() -> Iterator[None]:
    """Locks end with a process; here their files are closed."""
    before = opened()
    yield
    for each in opened() - before:
        os.close(each)


def mode(path: Path) -> int:
    return path.stat().st_mode & 0o777


def test_who_holds_the_lock_leaves_word(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(time, "gmtime", lambda: (2026, 1, 2, 3, 4, 5, 4, 2, 0))
    lock = locks.Lock(tmp_path / "opt")
    lock.take("me@here", wait=0)
    folder = tmp_path / "opt/.guildhall"
    told = {"by": "me@here", "pid": str(os.getpid()), "since": "03:04:05Z"}

    assert json.loads((folder / "holder").read_text()) == {**told, "at": ""}
    lock.tell("app: up")
    assert json.loads((folder / "holder").read_text()) == {**told, "at": "app: up"}
    assert sorted(each.name for each in folder.iterdir()) == ["holder", "lock"]
    assert (mode(folder), mode(folder / "lock")) == (0o700, 0o600)


def test_a_word_that_cannot_be_left_stops_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    lock = locks.Lock(tmp_path)
    (lock.folder / "holder").mkdir()
    lock.tell("up")

    assert sorted(each.name for each in lock.folder.iterdir()) == ["holder", "lock"]


@pytest.mark.parametrize(("at", "said"), [("", ""), ("app: up", ", at app: up")])
def test_who_waits_is_told_who_holds_it(
    tmp_path: Path, clock: Clock, monkeypatch: pytest.MonkeyPatch, at: str, said: str
) -> None:
    monkeypatch.setattr(time, "gmtime", lambda: (2026, 1, 2, 3, 4, 5, 4, 2, 0))
    holder = locks.Lock(tmp_path)
    holder.take("me@here", wait=0)
    holder.tell(at)
    with pytest.raises(locks.BusyError) as busy:
        locks.Lock(tmp_path).take("you@there", wait=1)

    assert str(busy.value) == (
        f"another deploy works on this host: me@here (pid {os.getpid()}, since 03:04:05Z{said}); "
        "wait until it has ended, then deploy again"
    )
    assert set(clock.pauses) == {0.2}
    assert 0.9 < sum(clock.pauses) < 1.5


def test_who_waits_gets_its_turn(tmp_path: Path, clock: Clock, monkeypatch: pytest.MonkeyPatch) -> None:
    holder, next_ = locks.Lock(tmp_path), locks.Lock(tmp_path)
    holder.take("me@here", wait=0)
    monkeypatch.setattr(time, "sleep", lambda _: fcntl.flock(holder.descriptor, fcntl.LOCK_UN))
    next_.take("you@there", wait=1)

    assert json.loads((tmp_path / ".guildhall/holder").read_text())["by"] == "you@there"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("me@here (pid 77, since 12:00:00Z)\n", "me@here (pid 77, since 12:00:00Z)"),
        ('{"by": "me"}', '{"by": "me"}'),
        ("[]", "[]"),
        ("", "nobody knows who"),
        (None, "nobody knows who"),
    ],
)
def test_a_word_that_is_damaged_is_shown_as_it_is(tmp_path: Path, text: str | None, said: str) -> None:
    lock = locks.Lock(tmp_path)
    if text is not None:
        (lock.folder / "holder").write_text(text)

    assert lock._held_by() == said


def test_a_deploy_has_a_folder_of_its_own_and_says_so_by_a_lock(tmp_path: Path) -> None:
    (one, first), (two, _) = locks.incoming(tmp_path / "opt"), locks.incoming(tmp_path / "opt")

    assert one != two
    assert one.name.startswith("incoming.")
    assert (one.parent, mode(one), mode(one.parent)) == (tmp_path / "opt/.guildhall", 0o700, 0o700)
    assert locks.leftovers(tmp_path / "opt") == []
    os.close(first)
    assert locks.leftovers(tmp_path / "opt") == [one]


def test_a_folder_that_was_swept_away_before_its_lock_is_made_anew(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    made: list[int] = []
    flock = fcntl.flock

    def sweeps(descriptor: int, how: int) -> None:
        made.append(descriptor)
        if len(made) == 1:
            next((tmp_path / ".guildhall").iterdir()).rmdir()
        flock(descriptor, how)

    monkeypatch.setattr(fcntl, "flock", sweeps)
    before = opened()
    folder, descriptor = locks.incoming(tmp_path)

    assert folder.is_dir()
    assert len(made) == 2
    assert opened() - before == {descriptor}


def half_done(root: Path) -> list[Path]:
    """An app with a release, and what a killed deploy left of another one."""
    stack = Stack(root, "app")
    (stack.releases / NAME).mkdir(parents=True)
    left = [stack.releases / f".new-{NAME}", stack.folder / ".current"]
    left[0].mkdir()
    (left[0] / "x").write_text("")
    left[1].symlink_to("x")
    return left


def test_what_a_killed_deploy_left_is_told_from_what_one_at_work_has(tmp_path: Path) -> None:
    assert locks.leftovers(tmp_path) == []
    left = half_done(tmp_path)
    lock = locks.Lock(tmp_path)
    assert sorted(locks.leftovers(tmp_path)) == sorted(left)
    lock.take("me@here", wait=0)
    dead, living = locks.home(tmp_path) / "incoming.dead", locks.incoming(tmp_path)[0]
    dead.mkdir()

    assert locks.leftovers(tmp_path) == [dead]
    locks.sweep(tmp_path)
    assert living.exists()
    assert not [each for each in (dead, *left) if os.path.lexists(each)]
    assert Stack(tmp_path, "app").all() == [NAME]


@pytest.mark.parametrize("at_work", ["lock", "incoming"])
def test_who_looks_waits_for_the_end_of_a_deploy(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, at_work: str
) -> None:
    """Also for one that has not got the lock yet."""
    held = {"lock": locks.Lock(tmp_path).descriptor, "incoming": locks.incoming(tmp_path)[1]}
    for name, each in held.items():
        fcntl.flock(each, fcntl.LOCK_EX if name == at_work else fcntl.LOCK_UN)
    pauses: list[float] = []

    def ends(seconds: float) -> None:
        pauses.append(seconds)
        fcntl.flock(held[at_work], fcntl.LOCK_UN)

    monkeypatch.setattr(time, "sleep", ends)
    locks.settle(tmp_path)

    assert pauses == [0.2]


def test_who_looks_does_not_wait_for_ever_nor_where_nobody_deploys(tmp_path: Path, clock: Clock) -> None:
    locks.settle(tmp_path)
    holder = locks.Lock(tmp_path)
    locks.settle(tmp_path)
    assert clock.pauses == []
    holder.take("me@here", wait=0)
    locks.settle(tmp_path)
    assert sum(clock.pauses) == pytest.approx(locks.WAIT_SECONDS, abs=0.3)


def test_what_is_not_there_any_more_is_swept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    locks.home(tmp_path).mkdir()
    monkeypatch.setattr(Path, "glob", lambda *_: [tmp_path / "gone"])
    before = opened()
    locks.sweep(tmp_path)

    assert locks.leftovers(tmp_path) == [tmp_path / "gone"]
    assert opened() == before


def test_looking_keeps_nothing_open(tmp_path: Path) -> None:
    locks.Lock(tmp_path)
    (locks.home(tmp_path) / "incoming.dead").mkdir()
    before = opened()
    locks.leftovers(tmp_path)
    locks.sweep(tmp_path)

    assert opened() == before


def test_only_a_lock_of_somebody_else_is_no_failure(monkeypatch: pytest.MonkeyPatch) -> None:
    def fails(*_: Any) -> None:
        raise OSError(9, "Bad file descriptor")

    monkeypatch.setattr(fcntl, "flock", fails)
    with pytest.raises(OSError, match="Bad file"):
        locks.locked(3)
