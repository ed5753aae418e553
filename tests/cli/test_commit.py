"""The commit that a host is told: the one that is checked out, marked where files differ from it."""

import subprocess
from pathlib import Path

import pytest

from tasks import checkout


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("GIT_CEILING_DIRECTORIES", str(tmp_path.parent))
    return tmp_path


def git(folder: Path, *words: str) -> str:
    who = ("-c", "user.name=Test", "-c", "user.email=test@example.org")
    return subprocess.run(
        ["git", *who, *words], cwd=folder, check=True, capture_output=True, text=True
    ).stdout.strip()


def test_files_that_differ_from_the_commit_are_told_by_a_plus(folder: Path) -> None:
    git(folder, "init", "--quiet")
    (folder / "file").write_text("1")
    git(folder, "add", "file")
    git(folder, "commit", "--quiet", "--message", "one")
    git(folder, "tag", "v1")
    commit = git(folder, "rev-parse", "--short=10", "HEAD")

    assert checkout.commit(folder) == commit
    (folder / "file").write_text("2")
    assert checkout.commit(folder) == f"{commit}+"


def test_outside_a_checkout_there_is_no_commit(folder: Path) -> None:
    assert checkout.commit(folder) == ""
