"""The checkout that a deploy comes from, where git or the list of users does not say what is wanted."""

import getpass
import subprocess
from pathlib import Path
from typing import Any

import pytest

from tasks import checkout


def git(monkeypatch: pytest.MonkeyPatch, root: Path, out: str = "", err: str = "", code: int = 0) -> Path:
    """A checkout whose git answers so."""

    def answer(words: list[str], **_: Any) -> subprocess.CompletedProcess[str]:
        return subprocess.CompletedProcess(words, code, out, err)

    (root / ".git").mkdir(exist_ok=True)
    monkeypatch.setattr(checkout.subprocess, "run", answer)
    return root


@pytest.mark.parametrize("error", [KeyError("getpwuid(): uid not found: 54321"), OSError("No username set")])
def test_a_user_without_a_name_is_told_by_number(monkeypatch: pytest.MonkeyPatch, error: Exception) -> None:
    def nameless() -> str:
        raise error

    monkeypatch.setattr(getpass, "getuser", nameless)
    monkeypatch.setattr(checkout.os, "getuid", lambda: 54321)

    assert checkout.operator().startswith("uid54321@")


def test_outside_a_checkout_there_is_no_commit_and_nothing_untracked(tmp_path: Path) -> None:
    assert checkout.commit(tmp_path) == ""
    assert checkout.untracked(tmp_path) == []


def test_a_checkout_without_git_is_refused(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    def absent(*_: Any, **__: Any) -> None:
        raise FileNotFoundError(2, "No such file or directory", "git")

    root = git(monkeypatch, tmp_path)
    monkeypatch.setattr(checkout.subprocess, "run", absent)

    with pytest.raises(ValueError, match="git is not installed, and says which commit is deployed; install"):
        checkout.commit(root)


def test_a_checkout_that_git_does_not_trust_is_refused_with_the_way_out(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    root = git(monkeypatch, tmp_path, err="fatal: detected dubious ownership in repository at '/x'", code=128)

    with pytest.raises(ValueError, match=f"git config --global --add safe.directory {tmp_path}$"):
        checkout.commit(root)


def test_a_checkout_without_a_commit_has_none(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    assert (
        checkout.commit(git(monkeypatch, tmp_path, err="fatal: Not a valid object name HEAD", code=128)) == ""
    )


def test_a_damaged_checkout_is_said_in_gits_words(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    root = git(monkeypatch, tmp_path, err="error: bad index\nfatal: index file corrupt\n", code=128)

    with pytest.raises(ValueError, match=r"git ls-files: error: bad index fatal: index file corrupt$"):
        checkout.untracked(root)


def test_only_what_would_land_counts_as_untracked(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    root = git(monkeypatch, tmp_path, out="files/known_hosts\0files/wobbler/.env\0templates/blog/a b.j2\0")

    assert checkout.untracked(root) == ["files/wobbler/.env", "templates/blog/a b.j2"]
    with pytest.raises(ValueError, match=r"^files/wobbler/\.env would land on a host, and is in no commit; "):
        checkout.check_tracked(checkout.untracked(root))
