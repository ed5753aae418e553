"""The commit that a host is told: the one that is checked out, marked where files differ from it."""

import subprocess
from pathlib import Path

import pytest

from tasks import run, settings


@pytest.fixture
def checkout(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(settings, "ROOT", tmp_path)
    monkeypatch.setenv("GIT_CEILING_DIRECTORIES", str(tmp_path.parent))
    return tmp_path


def git(folder: Path, *words: str) -> str:
    who = ("-c", "user.name=Test", "-c", "user.email=test@example.org")
    return subprocess.run(
        ["git", *who, *words], cwd=folder, check=True, capture_output=True, text=True
    ).stdout.strip()


def test_files_that_differ_from_the_commit_are_told_by_a_plus(checkout: Path) -> None:
    git(checkout, "init", "--quiet")
    (checkout / "file").write_text("1")
    git(checkout, "add", "file")
    git(checkout, "commit", "--quiet", "--message", "one")
    git(checkout, "tag", "v1")
    commit = git(checkout, "rev-parse", "--short=10", "HEAD")

    assert run._commit() == commit
    (checkout / "file").write_text("2")
    assert run._commit() == f"{commit}+"


def test_outside_a_checkout_there_is_no_commit(checkout: Path) -> None:
    assert run._commit() == ""
