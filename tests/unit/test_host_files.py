"""A release's files on a host: stored, switched to, and its live files where programs watch them."""

import json
import os
import shutil
from pathlib import Path

import pytest

from onhost import files
from onhost.programs import StepError
from onhost.releases import Stack

OLD, NEW = "20260101T000000Z-aaaaaaaaaaaa", "20260102T000000Z-bbbbbbbbbbbb"
ROUTE = "live/traefik/routes/app.yaml"


@pytest.fixture
def stack(tmp_path: Path) -> Stack:
    return Stack(tmp_path / "opt", "app")


def lay(folder: Path, texts: dict[str, str], owners: dict[str, str] | None = None) -> Path:
    """A release with these files."""
    for path, text in {"compose.yaml": "", **texts}.items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_text(text)
    listed = dict.fromkeys(texts, "")
    shape = {"version": "1", "compose": "", "images": [], "services": {}, "secrets": {}, "files": listed}
    (folder / "manifest.json").write_text(json.dumps({**shape, "owners": owners or {}}))
    return folder


def mode(file: Path) -> int:
    return file.stat().st_mode & 0o777


def test_a_stored_release_lies_whole_under_its_name(stack: Stack, tmp_path: Path) -> None:
    me = f"{os.getuid()}:{os.getgid()}"
    sent = lay(tmp_path / "sent", {"key": "k", "app.conf": "c"}, {"key": me})
    old = lay(stack.releases / OLD, {"key": "k"}, {"key": me})
    stack.folder.chmod(0o700)
    files.stored(stack, sent, NEW)

    assert stack.is_whole(NEW)
    assert not sent.exists()
    assert sorted(each.name for each in stack.releases.iterdir()) == [OLD, NEW]
    assert (mode(stack.folder), mode(stack.releases / NEW / "key"), mode(old / "key")) == (
        0o755,
        0o400,
        0o400,
    )


def test_each_file_with_secrets_gets_its_owner(
    stack: Stack, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    given: list[tuple[str, int, int]] = []
    monkeypatch.setattr(os, "chown", lambda file, user, group: given.append((Path(file).name, user, group)))
    files.stored(stack, lay(tmp_path / "sent", {"a": "", "b": ""}, {"a": "70:71", "b": "33:34"}), NEW)

    assert set(given) == {("a", 70, 71), ("b", 33, 34)}


def test_a_release_that_cannot_be_stored_leaves_nothing(stack: Stack, tmp_path: Path) -> None:
    sent = lay(tmp_path / "sent", {}, {"missing": "0:0"})
    with pytest.raises(FileNotFoundError):
        files.stored(stack, sent, NEW)

    assert not list(stack.releases.iterdir())


def test_an_old_release_that_is_damaged_is_no_hindrance(stack: Stack, tmp_path: Path) -> None:
    lay(stack.releases / OLD, {}, {"missing": "0:0"})
    files.stored(stack, lay(tmp_path / "sent", {}), NEW)

    assert stack.all() == [NEW, OLD]


@pytest.mark.parametrize("link", ["current", "applied", "compose.yaml", ".env"])
def test_a_folder_in_the_place_of_a_link_is_refused(stack: Stack, link: str) -> None:
    (stack.folder / link).mkdir(parents=True)
    with pytest.raises(StepError, match="is a folder, and a link belongs there; move it away") as refused:
        files.unblocked(stack, NEW)
    assert refused.value.what.startswith(f"{stack.folder / link} is a folder")

    (stack.folder / link).rmdir()
    lay(stack.releases / OLD, {})
    stack.point(link, f"releases/{OLD}")
    files.unblocked(stack, NEW)


def test_what_is_in_the_way_of_a_live_file_goes_if_it_is_empty(stack: Stack) -> None:
    lay(stack.releases / NEW, {ROUTE: "r"})
    place = stack.place(ROUTE)
    place.mkdir(parents=True)
    files.unblocked(stack, NEW)
    assert not place.exists()

    place.mkdir()
    (place / "somebody's").write_text("")
    with pytest.raises(StepError) as refused:
        files.unblocked(stack, NEW)
    assert refused.value.what == f"{place} is a folder, and a file belongs there; move it away"


def test_a_file_where_a_folder_of_live_files_belongs_is_refused(stack: Stack) -> None:
    lay(stack.releases / NEW, {ROUTE: "r"})
    wrong = stack.root / "traefik/live"
    wrong.parent.mkdir()
    wrong.write_text("")

    with pytest.raises(StepError) as refused:
        files.unblocked(stack, NEW)
    assert refused.value.what == f"{wrong} is a file, and a folder belongs there; move it away"


def test_a_switch_makes_all_files_those_of_the_release(stack: Stack) -> None:
    lay(stack.releases / OLD, {".env": "old"})
    lay(stack.releases / NEW, {})
    previous = os.umask(0o077)
    files.switch(stack, OLD)
    os.umask(previous)
    assert (stack.folder / ".env").read_text() == "old"
    assert (mode(stack.folder), mode(stack.folder / "live")) == (0o755, 0o755)
    files.switch(stack, NEW)

    assert stack.current == NEW
    assert (stack.folder / "compose.yaml").resolve() == (stack.releases / NEW / "compose.yaml").resolve()
    assert not (stack.folder / ".env").is_symlink()
    files.switch(stack, NEW)


def test_live_files_are_those_of_the_new_release_and_readable_by_all(stack: Stack) -> None:
    lay(stack.releases / OLD, {ROUTE: "old", "live/traefik/routes/gone.yaml": ""})
    lay(stack.releases / NEW, {ROUTE: "new", "live/other/x": ""})
    previous = os.umask(0o077)
    files.publish(stack, OLD)
    files.publish(stack, NEW, OLD, "")
    os.umask(previous)

    routes = stack.root / "traefik/live/routes"
    assert {each.name: each.read_text() for each in routes.iterdir()} == {"app.yaml": "new"}
    assert [mode(place) for place in (routes / "app.yaml", routes, routes.parent)] == [0o644, 0o755, 0o755]
    assert (stack.root / "other/live/x").is_file()
    files.publish(stack, "", NEW, OLD)
    assert not list(routes.iterdir())


def test_a_folder_where_an_old_live_file_was_stays(stack: Stack) -> None:
    lay(stack.releases / OLD, {ROUTE: "old"})
    stack.place(ROUTE).mkdir(parents=True)
    files.publish(stack, "", OLD)

    assert stack.place(ROUTE).is_dir()


def test_a_live_file_that_cannot_be_replaced_leaves_nothing_beside_it(stack: Stack) -> None:
    lay(stack.releases / NEW, {ROUTE: "new"})
    place = stack.place(ROUTE)
    place.mkdir(parents=True)
    with pytest.raises(IsADirectoryError):
        files.publish(stack, NEW)

    assert [each.name for each in place.parent.iterdir()] == ["app.yaml"]


def test_a_live_file_is_never_seen_half_written(stack: Stack, monkeypatch: pytest.MonkeyPatch) -> None:
    lay(stack.releases / NEW, {ROUTE: "new"})
    targets: list[Path] = []
    copy = shutil.copyfile

    def seen(source: Path, target: Path) -> None:
        targets.append(target)
        copy(source, target)

    monkeypatch.setattr(shutil, "copyfile", seen)
    files.publish(stack, NEW)

    assert targets == [stack.place(ROUTE).parent / ".new-app"]


def test_the_folders_of_live_files_are_made_before_containers_are(stack: Stack) -> None:
    lay(stack.releases / NEW, {ROUTE: "new", "app.conf": ""})
    files.folders_made(stack, NEW)
    files.folders_made(stack, NEW)

    assert list((stack.root / "traefik/live").iterdir()) == [stack.root / "traefik/live/routes"]
    assert not list((stack.root / "traefik/live/routes").iterdir())


def test_an_app_that_is_taken_away_has_no_active_files(stack: Stack) -> None:
    lay(stack.releases / OLD, {".env": ""})
    files.switch(stack, OLD)
    stack.point("applied", f"releases/{OLD}")
    files.taken_away(stack)
    files.taken_away(stack)

    assert sorted(each.name for each in stack.folder.iterdir()) == ["live", "releases"]
