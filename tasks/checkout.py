"""The checkout that a deploy comes from: whose it is, which commit, and what in it is nobody else's."""

import getpass
import os
import socket
import subprocess
from collections.abc import Iterable
from pathlib import Path

from tasks.settings import ROOT

LANDING = ("templates", "files")


def operator() -> str:
    """Who deploys: `anna@laptop`; a user without a name is told by number."""
    try:
        name = getpass.getuser()
    except (KeyError, OSError):
        name = f"uid{os.getuid()}"
    return f"{name}@{socket.gethostname()}"


def commit(root: Path = ROOT) -> str:
    """The checked-out commit, `+` behind it when files differ from it; empty outside a git checkout."""
    return _git(root, "describe", "--always", "--abbrev=10", "--dirty=+", "--exclude=*").strip()


def untracked(root: Path = ROOT) -> list[str]:
    """What would land on hosts and is in no commit: files that git does not know, ignored ones too."""
    found = _git(root, "ls-files", "--others", "-z", "--", *LANDING).split("\0")
    return [path for path in found if path.count("/") >= 2]  # beside an app's folder nothing lands


def check_tracked(paths: Iterable[str]) -> None:
    """ValueError names the first of these files."""
    for path in paths:
        raise ValueError(f"{path} would land on a host, and is in no commit; git add it, or remove it")


def _is_checkout(root: Path) -> bool:
    return any((folder / ".git").exists() for folder in (root, *root.parents))


def _ended_well(root: Path, *words: str) -> bool:
    ran = subprocess.run(["git", *words], cwd=root, capture_output=True, text=True, check=False)
    return ran.returncode == 0


def _git(root: Path, *words: str) -> str:
    """What git says of a checkout, nothing where there is none; ValueError if it will not say."""
    if not _is_checkout(root):
        return ""
    try:
        ran = subprocess.run(["git", *words], cwd=root, capture_output=True, text=True, check=False)
    except FileNotFoundError:
        raise ValueError("git is not installed, and says which commit is deployed; install git") from None
    if "dubious ownership" in ran.stderr:
        raise ValueError(
            f"git: the checkout belongs to another user; type git config --global --add safe.directory {root}"
        )
    if ran.returncode and words[0] != "describe":
        raise ValueError(f"git {words[0]}: {' '.join(ran.stderr.split()) or 'it failed and gave no reason'}")
    return ran.stdout


def contains(commit: str, root: Path = ROOT) -> bool:
    """Whether what is checked out has a commit in its history; what is no commit counts as contained."""
    name = commit.rstrip("+")
    if not name or not _is_checkout(root):
        return True
    return _ended_well(root, "merge-base", "--is-ancestor", name, "HEAD")


def commits(paths: Iterable[str], since: str, most: int, root: Path = ROOT) -> tuple[str, ...]:
    """Commits that touched these paths since another one, newest first: `abc1234 subject`.

    Where that one is not in the history it is the newest that touched them.
    """
    known = bool(since.rstrip("+")) and contains(since, root)
    span = [f"--max-count={most}", f"{since.rstrip('+')}..HEAD"] if known else ["--max-count=1", "HEAD"]
    said = _git(
        root, "log", "--format=%h %s", *span, "--", *(path for path in paths if (root / path).exists())
    )
    return tuple(said.splitlines())
