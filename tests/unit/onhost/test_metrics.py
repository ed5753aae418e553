"""The program on the host: what it tells Prometheus of each app."""

import json
from collections.abc import Mapping
from pathlib import Path

import pytest

from onhost import files, metrics
from onhost.messages import record
from onhost.reading import digest_of
from onhost.releases import Stack

OLD, NEW = "20260101T000000Z-aaaaaaaaaaaa", "20260102T000000Z-bbbbbbbbbbbb"
FILES = {"compose.yaml": "services: {}", ".env": 'KEY="canary"', "live/traefik/routes/n8n.yaml": "http: {}"}


def lay(stack: Stack, name: str, texts: Mapping[str, str] = FILES) -> None:
    """A release, switched to."""
    folder = stack.releases / name
    for path, text in texts.items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_text(text)
    shape = {"version": "1", "compose": "", "images": [], "services": {}, "secrets": {}, "commit": "c0ffee"}
    digests = {path: digest_of(folder / path) for path in texts}
    (folder / "manifest.json").write_text(json.dumps({**shape, "files": digests}))
    files.switch(stack, name)
    files.publish(stack, name)


@pytest.fixture
def stack(tmp_path: Path) -> Stack:
    made = Stack(tmp_path / "opt", "n8n")
    lay(made, OLD)
    made.point("applied", f"releases/{OLD}")
    return made


def told(stack: Stack) -> list[str]:
    return list(metrics.told(stack.root, stack.root.parent / "deploys.jsonl"))


def test_an_app_that_nobody_touched(stack: Stack) -> None:
    assert told(stack) == [
        'guildhall_app_info{app="n8n",revision="aaaaaaaaaaaa",commit="c0ffee"} 1',
        'guildhall_app_edited_files{app="n8n"} 0',
    ]


@pytest.mark.parametrize("path", FILES)
def test_a_file_that_was_changed_by_hand_is_counted_and_not_shown(stack: Stack, path: str) -> None:
    stack.place(path).write_text("by hand")

    assert 'guildhall_app_edited_files{app="n8n"} 1' in told(stack)
    assert not [line for line in told(stack) if "canary" in line or "hand" in line]


def test_a_file_that_hides_that_of_the_release_is_counted(stack: Stack) -> None:
    (stack.folder / "compose.yaml").unlink()
    (stack.folder / "compose.yaml").write_text("services: {}")

    assert 'guildhall_app_edited_files{app="n8n"} 1' in told(stack)


def test_in_the_middle_of_a_deploy_the_old_release_serves_and_nothing_was_edited(stack: Stack) -> None:
    lay(stack, NEW, {**FILES, "compose.yaml": "services: {x: {}}"})

    assert told(stack) == [
        'guildhall_app_info{app="n8n",revision="aaaaaaaaaaaa",commit="c0ffee"} 1',
        'guildhall_app_edited_files{app="n8n"} 0',
    ]


@pytest.mark.parametrize(("result", "good"), [("deployed", 1), ("rolled back", 0), ("refused", 0)])
def test_how_the_last_deploy_of_each_app_ended(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, result: str, good: int
) -> None:
    monkeypatch.setattr("time.gmtime", lambda: (2026, 11, 27, 10, 0, 0, 4, 331, 0))
    for each in ("failed", result):
        record(tmp_path / "deploys.jsonl", {"app": "n8n", "result": each, "by": "canary"})

    assert list(metrics.told(tmp_path / "opt", tmp_path / "deploys.jsonl")) == [
        f'guildhall_deploy_succeeded{{app="n8n",result="{result}"}} {good}',
        'guildhall_deploy_time_seconds{app="n8n"} 1795773600',
    ]


def test_whatever_the_record_says_a_line_stays_a_line(tmp_path: Path) -> None:
    log = tmp_path / "deploys.jsonl"
    log.write_text(json.dumps({"app": 'a"}\n\\', "result": "deployed", "time": "lately"}) + "\n")

    assert list(metrics.told(tmp_path, log)) == [
        'guildhall_deploy_succeeded{app="a\\"}\\n\\\\",result="deployed"} 1'
    ]
