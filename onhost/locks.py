"""One deploy at a time, a folder for each that waits, and what those left that were killed."""

from __future__ import annotations

import fcntl
import json
import os
import shutil
import time
from pathlib import Path

from onhost.releases import stacks

INCOMING = "incoming."
WAIT_SECONDS = 10.0
"""So long does a deploy wait for the one before it, and a look at the host for the end of it."""


class BusyError(Exception):
    """Another deploy holds the lock; says which."""


def home(root: Path) -> Path:
    """The program's own folder."""
    return root / ".guildhall"


class Lock:
    """Held by this program and all that it starts: whoever comes next waits for what a killed one started."""

    def __init__(self, root: Path) -> None:
        self.folder = home(root)
        self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        self.descriptor = os.open(self.folder / "lock", os.O_RDWR | os.O_CREAT, 0o600)
        self.holder: dict[str, str] = {}

    def take(self, by: str, wait: float) -> None:
        """Waits so many seconds for it; BusyError says who holds it."""
        until = time.monotonic() + wait
        while not locked(self.descriptor):
            if time.monotonic() > until:
                raise BusyError(
                    f"another deploy works on this host: {self._held_by()}; "
                    "wait until it has ended, then deploy again"
                )
            time.sleep(0.2)
        self.holder = {"by": by, "pid": str(os.getpid()), "since": time.strftime("%H:%M:%SZ", time.gmtime())}
        self.tell("")

    def release(self) -> None:
        """Others may work, as after the end of this program."""
        fcntl.flock(self.descriptor, fcntl.LOCK_UN)

    def tell(self, at: str) -> None:
        """Leaves for others to read what is being done; what cannot be written is not worth a failure."""
        fresh = self.folder / "holder.new"
        try:
            fresh.write_text(json.dumps({**self.holder, "at": at}))
            fresh.replace(self.folder / "holder")
        except OSError:
            fresh.unlink(missing_ok=True)

    def _held_by(self) -> str:
        text = ""
        try:
            text = (self.folder / "holder").read_text().strip()
            held = json.loads(text)
            at = f", at {held['at']}" if held["at"] else ""
            return f"{held['by']} (pid {held['pid']}, since {held['since']}{at})"
        except (OSError, ValueError, KeyError, TypeError):
            return text or "nobody knows who"


def locked(descriptor: int) -> bool:
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def incoming(root: Path) -> tuple[Path, int]:
    """A new folder for root alone, and the lock on it that says that somebody needs it."""
    import tempfile  # noqa: PLC0415 - reading a host must be quick

    home(root).mkdir(mode=0o700, parents=True, exist_ok=True)
    while True:
        folder = Path(tempfile.mkdtemp(prefix=INCOMING, dir=home(root)))
        descriptor = os.open(folder, os.O_RDONLY)
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        if os.fstat(descriptor).st_nlink:  # another deploy may have swept it away before the lock was on it
            return folder, descriptor
        os.close(descriptor)


def settle(root: Path) -> None:
    """Waits until nobody deploys, WAIT_SECONDS at most: what is seen meanwhile is not so any more.

    One that was cut off goes on: whoever deploys again at once would be refused for what that one did.
    """
    until = time.monotonic() + WAIT_SECONDS
    while _at_work(root) and time.monotonic() < until:
        time.sleep(0.2)


def leftovers(root: Path) -> list[Path]:
    """What deploys that were killed left; nothing of one that lives."""
    if not home(root).is_dir():
        return []
    left = [folder for folder in home(root).glob(f"{INCOMING}*") if not _in_use(folder)]
    return left if _in_use(home(root) / "lock") else left + _half_done(root)


def sweep(root: Path) -> None:
    """Removes them; whoever calls holds the lock."""
    for folder in home(root).glob(f"{INCOMING}*"):
        _remove(folder)
    for path in _half_done(root):
        if path.is_symlink():
            path.unlink(missing_ok=True)
        else:
            shutil.rmtree(path, ignore_errors=True)


def _half_done(root: Path) -> list[Path]:
    return [path for stack in stacks(root) for path in stack.leftovers()]


def _remove(folder: Path) -> None:
    """Under its lock, so that nobody begins to use it meanwhile."""
    try:
        descriptor = os.open(folder, os.O_RDONLY)
    except OSError:
        return
    if locked(descriptor):
        shutil.rmtree(folder, ignore_errors=True)
    os.close(descriptor)


def _at_work(root: Path) -> bool:
    return any(_in_use(each) for each in (home(root) / "lock", *home(root).glob(f"{INCOMING}*")))


def _in_use(path: Path) -> bool:
    try:
        descriptor = os.open(path, os.O_RDONLY)
    except OSError:
        return False
    free = locked(descriptor)
    os.close(descriptor)
    return not free
