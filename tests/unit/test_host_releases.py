"""What lies in an app's folder on a host: which release is whole, which one serves, what may go."""

import json
from pathlib import Path
from typing import Any

import pytest

from onhost.releases import KEEP, Stack, stacks

OLD, NEW, NEWEST = (f"2026010{day}T000000Z-{letter * 12}" for day, letter in ((1, "a"), (2, "b"), (3, "c")))
MANIFEST: dict[str, Any] = {
    "version": "1",
    "compose": "c",
    "images": ["i"],
    "services": {"web": "d"},
    "secrets": {"KEY": "k"},
    "files": {"compose.yaml": "1", "app.conf": "2", "live/traefik/routes/app.yaml": "3"},
}


@pytest.fixture
def stack(tmp_path: Path) -> Stack:
    return Stack(tmp_path, "app")


def lay(stack: Stack, name: str, **changed: Any) -> Path:
    """A whole release."""
    folder = stack.releases / name
    folder.mkdir(parents=True)
    manifest = {**MANIFEST, **changed}
    for path in manifest["files"]:
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_text(path)
    (folder / "manifest.json").write_text(json.dumps(manifest))
    return folder


def test_links_of_ours_name_releases(stack: Stack) -> None:
    lay(stack, OLD)
    stack.point("current", f"releases/{OLD}")
    stack.point("applied", f"releases/{NEW}")

    assert (stack.current, stack.applied) == (OLD, NEW)
    stack.point("current", f"releases/{NEW}")
    assert stack.current == NEW
    assert sorted(each.name for each in stack.folder.iterdir()) == ["applied", "current", "releases"]


@pytest.mark.parametrize(
    "target", [f"versions/{OLD}", f"/opt/releases/{OLD}", "releases/v2", OLD, f"releases/{OLD}x"]
)
def test_links_of_another_tool_name_none(stack: Stack, target: str) -> None:
    stack.folder.mkdir()
    stack.point("current", target)

    assert stack.current == ""
    assert not stack.is_ours


def test_a_plain_file_in_the_place_of_a_link_names_none(stack: Stack) -> None:
    stack.folder.mkdir()
    (stack.folder / "current").write_text(OLD)

    assert stack.current == ""


def test_the_newest_release_is_first_and_nothing_else_is_one(stack: Stack) -> None:
    for name in (OLD, NEWEST, NEW, f".new-{NEW}", "v1"):
        (stack.releases / name).mkdir(parents=True)

    assert stack.all() == [NEWEST, NEW, OLD]


def test_a_new_name_is_that_of_no_other_release(stack: Stack, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("time.time", lambda: 1767225600)
    assert stack.fresh("b" * 12) == "20260101T000000Z-bbbbbbbbbbbb"
    for second, following in ((0, 1), (1, 2)):
        (stack.releases / f"20260101T00000{second}Z-bbbbbbbbbbbb").mkdir(parents=True)
        assert stack.fresh("b" * 12) == f"20260101T00000{following}Z-bbbbbbbbbbbb"


@pytest.mark.parametrize("damage", [
    *({key: 7} for key in MANIFEST),
    *({key: [*MANIFEST[key], 7]} for key in ("images",)),
    *({key: {**MANIFEST[key], "x": 7}} for key in ("services", "secrets", "files")),
    *({"files": {path: "1"}} for path in ("/etc/passwd", "../x", "a/../x", "a/..")),
])  # fmt: skip
def test_a_damaged_manifest_is_none_at_all(stack: Stack, damage: dict[str, Any]) -> None:
    folder = stack.releases / OLD
    folder.mkdir(parents=True)
    (folder / "manifest.json").write_text(json.dumps({**MANIFEST, **damage}))

    assert stack.manifest(OLD) is None


@pytest.mark.parametrize("text", ["", "{", "[]", "\udcff"])
def test_what_is_no_manifest_is_none(stack: Stack, text: str) -> None:
    (stack.releases / OLD).mkdir(parents=True)
    (stack.releases / OLD / "manifest.json").write_bytes(text.encode(errors="surrogateescape"))

    assert stack.manifest(OLD) is None
    assert stack.manifest(NEW) is None


def test_a_whole_manifest_is_read(stack: Stack) -> None:
    files = {**MANIFEST["files"], "a..b/x..": "4"}
    lay(stack, OLD, files=files)

    assert stack.manifest(OLD) == {**MANIFEST, "files": files, "order": {}, "owners": {}}


@pytest.mark.parametrize("missing", ["manifest.json", "compose.yaml", "app.conf"])
def test_a_release_is_whole_as_long_as_nothing_of_it_is_missing(stack: Stack, missing: str) -> None:
    folder = lay(stack, OLD)
    assert stack.is_whole(OLD)
    (folder / missing).unlink()

    assert not stack.is_whole(OLD)


def test_a_live_file_may_be_missing(stack: Stack) -> None:
    (lay(stack, OLD) / "live/traefik/routes/app.yaml").unlink()

    assert stack.is_whole(OLD)


def test_a_release_with_a_damaged_manifest_may_be_put_back_and_no_release_may_not(stack: Stack) -> None:
    (lay(stack, OLD) / "manifest.json").write_text("{")
    for file in ("manifest.json", "compose.yaml"):
        (stack.releases / file).write_text("")

    assert stack.is_whole(OLD)
    assert not stack.is_whole("")


def test_what_is_put_back_is_what_was_applied_then_the_current_then_the_newest_whole(stack: Stack) -> None:
    assert stack.previous == ""
    for name in (OLD, NEW, NEWEST):
        lay(stack, name)
    assert stack.previous == NEWEST
    stack.point("current", f"releases/{NEW}")
    assert stack.previous == NEW
    stack.point("applied", f"releases/{OLD}")
    assert stack.previous == OLD
    (stack.releases / OLD / "compose.yaml").unlink()
    assert stack.previous == NEW
    (stack.releases / NEW / "compose.yaml").unlink()
    assert stack.previous == NEWEST


@pytest.mark.parametrize(
    ("order", "serving"), [({}, OLD), ({"one_way": False}, OLD), ({"one_way": True}, NEW)]
)
def test_a_one_way_release_serves_once_it_was_switched_to(
    stack: Stack, order: dict[str, bool], serving: str
) -> None:
    lay(stack, OLD)
    lay(stack, NEW, order=order)
    stack.point("applied", f"releases/{OLD}")
    assert stack.serving == OLD
    stack.point("current", f"releases/{NEW}")
    assert stack.serving == serving
    (stack.releases / NEW / "app.conf").unlink()
    assert stack.serving == OLD


def test_files_with_secrets_have_the_owner_that_the_manifest_says(stack: Stack) -> None:
    lay(stack, OLD, owners={"secrets/web/KEY": "70:70"})
    lay(stack, NEW)

    assert stack.owners(OLD) == {stack.releases / OLD / "secrets/web/KEY": "70:70"}
    assert stack.owners(NEW) == stack.owners(NEWEST) == {}


def test_a_live_file_lies_where_its_owner_watches_and_any_other_in_the_release(stack: Stack) -> None:
    assert stack.place("live/traefik/routes/app.yaml") == stack.root / "traefik/live/routes/app.yaml"
    assert stack.place("conf/app.conf") == stack.folder / "current/conf/app.conf"


def test_the_live_files_of_a_release_are_listed(stack: Stack) -> None:
    lay(stack, OLD, files={"live/b/y": "", "live/a/deep/x": "", "app.conf": ""})

    assert stack.live(OLD) == ["live/a/deep/x", "live/b/y"]
    (stack.releases / "live/a").mkdir(parents=True)
    (stack.releases / "live/a/x").write_text("")
    assert stack.live("") == stack.live(NEW) == []


def test_what_a_cut_off_deploy_left_is_found(stack: Stack) -> None:
    lay(stack, OLD)
    staged, going = stack.releases / f".new-{NEW}", stack.releases / f".old-{OLD}"
    staged.mkdir()
    going.mkdir()
    half = stack.folder / ".current"
    half.symlink_to("x")
    stack.point(".env", "current/.env")

    assert sorted(stack.leftovers()) == sorted([half, staged, going])


def test_a_link_is_changed_over_what_a_cut_off_change_left(stack: Stack) -> None:
    stack.folder.mkdir()
    (stack.folder / ".current").symlink_to("x")
    stack.point("current", f"releases/{OLD}")

    assert stack.current == OLD


def test_the_newest_releases_are_kept_and_those_in_use(stack: Stack) -> None:
    names = [f"2026010{day}T000000Z-{'a' * 12}" for day in range(1, 10)]
    for name in names:
        lay(stack, name)
    stack.point("current", f"releases/{names[0]}")
    stack.point("applied", f"releases/{names[1]}")
    stack.prune()

    assert KEEP == 5
    assert stack.all() == sorted([*names[:2], *names[-5:]], reverse=True)


def test_a_removed_release_leaves_nothing_and_the_others_alone(stack: Stack) -> None:
    lay(stack, OLD)
    lay(stack, NEW)
    stack.remove(OLD)
    stack.remove(NEWEST)

    assert [each.name for each in stack.releases.iterdir()] == [NEW]


def test_the_rest_of_a_removal_that_was_cut_off_goes_with_the_next_one(stack: Stack) -> None:
    (stack.releases / f".old-{OLD}").mkdir(parents=True)
    stack.remove(OLD)

    assert not list(stack.releases.iterdir())


def test_a_host_has_the_stacks_that_carry_our_mark(tmp_path: Path) -> None:
    for app in ("blog", "wiki", ".hidden"):
        lay(Stack(tmp_path, app), OLD)
    (tmp_path / "shop/releases/v1").mkdir(parents=True)
    for app, link in (("one", "current"), ("two", "applied")):
        (tmp_path / app).mkdir()
        Stack(tmp_path, app).point(link, f"releases/{OLD}")

    found = stacks(tmp_path)
    assert [each.app for each in found] == ["blog", "one", "two", "wiki"]
    assert found[0].folder == tmp_path / "blog"
    assert stacks(tmp_path / "nowhere") == []
