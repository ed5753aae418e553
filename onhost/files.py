"""An app's files on the host: stored, switched to, and its live files where running programs watch them."""

from __future__ import annotations

import os
import shutil
from contextlib import suppress
from pathlib import Path

from onhost.programs import StepError
from onhost.releases import LINKS, SECRET_MODE, STAGED, Stack


def stored(stack: Stack, release: Path, name: str) -> None:
    """The release lies whole under its name; nothing of it is read yet. StepError, OSError."""
    staged = stack.releases / f"{STAGED}{name}"
    stack.releases.mkdir(parents=True, exist_ok=True)
    stack.folder.chmod(0o755)
    try:
        shutil.move(release, staged)  # by copies where another file system is mounted there
        _owned(stack, staged.name)
        staged.rename(stack.releases / name)
    except OSError:
        shutil.rmtree(staged, ignore_errors=True)
        raise
    for other in stack.all():
        with suppress(OSError):
            # What runs goes on with the files of the release that it was started from.
            _owned(stack, other)


def _owned(stack: Stack, name: str) -> None:
    """A file that holds secrets is for the one user who reads it, as the manifest says. OSError."""
    for file, owner in stack.owners(name).items():
        file.chmod(SECRET_MODE)
        os.chown(file, *map(int, owner.split(":")))


def unblocked(stack: Stack, name: str) -> None:
    """Nothing else lies where links and live files belong; StepError says what does."""
    for link in LINKS:
        if (stack.folder / link).is_dir() and not (stack.folder / link).is_symlink():
            raise StepError(f"{stack.folder / link} is a folder, and a link belongs there; move it away")
    for place in (stack.folder / "live/any", *map(stack.place, stack.live(name))):
        if file := next(
            (each for each in place.parents if os.path.lexists(each) and not each.is_dir()), None
        ):
            raise StepError(f"{file} is a file, and a folder belongs there; move it away")
        if place.is_dir():
            _give_way(place)


def _give_way(folder: Path) -> None:
    """Docker makes an empty folder where a file that it should mount is missing."""
    try:
        folder.rmdir()
    except OSError:
        raise StepError(f"{folder} is a folder, and a file belongs there; move it away") from None


def switch(stack: Stack, name: str) -> None:
    """All of the app's files are those of a release. OSError."""
    live = stack.folder / "live"
    live.mkdir(exist_ok=True)
    for folder in (stack.folder, live):
        folder.chmod(0o755)
    stack.point("current", f"releases/{name}")
    for link, target in stack.inner.items():
        if target:
            stack.point(link, target)
        else:
            (stack.folder / link).unlink(missing_ok=True)


def folders_made(stack: Stack, name: str) -> None:
    """A folder that a container mounts must exist before the container does."""
    for path in stack.live(name):
        _folder(stack.place(path).parent)


def publish(stack: Stack, new: str, *old: str) -> None:
    """Live files are watched: each is replaced whole, and those no longer wanted go. OSError."""
    for path in {path for name in old for path in stack.live(name)} - set(stack.live(new)):
        with suppress(IsADirectoryError):
            stack.place(path).unlink(missing_ok=True)
    for path in stack.live(new):
        _placed(stack, stack.releases / new / path, stack.place(path))


def _placed(stack: Stack, source: Path, target: Path) -> None:
    _folder(target.parent)
    fresh = target.parent / f".new-{stack.app}"
    try:
        shutil.copyfile(source, fresh)
        fresh.chmod(0o644)
        fresh.replace(target)
    except OSError:
        fresh.unlink(missing_ok=True)
        raise


def _folder(folder: Path) -> None:
    """It is there, and every program can look into it."""
    if folder.is_dir():
        return
    _folder(folder.parent)
    folder.mkdir()
    folder.chmod(0o755)


def taken_away(stack: Stack) -> None:
    """Nothing of the app is active any more."""
    for link in LINKS:
        (stack.folder / link).unlink(missing_ok=True)
