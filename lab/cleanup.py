"""What an own engine leaves on the machine, stopped or killed without warning, and how it goes away."""

import fcntl
import shutil
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Final, TextIO

from lab import firewall, layout, shell

LIFELINE: Final = "run/engine"  # below .lab; the engine holds a lock on it for as long as it lives
DEATH_SECONDS: Final = 10


@contextmanager
def lifeline() -> Iterator[TextIO]:
    """A locked file for an engine to inherit, and for the process id that ends all of it."""
    with (layout.DIR / LIFELINE).open("w") as line:
        fcntl.flock(line, fcntl.LOCK_EX)
        yield line


def engine_pid(checkout: Path) -> int | None:
    """The process id that a checkout's own engine ends with, if it lives."""
    with suppress(OSError), (checkout / ".lab" / LIFELINE).open() as line:
        try:
            fcntl.flock(line, fcntl.LOCK_SH | fcntl.LOCK_NB)
        except BlockingIOError:
            return int(line.read() or 0)
    return None


def foreign_lab() -> Path | None:
    """Another checkout whose own engine runs a lab here; its path is the alias of the bridge."""
    with suppress(OSError):
        owner = Path(f"/sys/class/net/{layout.BRIDGE}/ifalias").read_text().strip()
        return Path(owner) if owner != str(layout.ROOT) and engine_pid(Path(owner)) else None
    return None


def clear() -> None:
    """Remove control groups, bridge, firewall rules and sockets of an own engine that runs no longer."""
    deadline = time.monotonic() + DEATH_SECONDS
    while (_lives() or _remove_cgroups()) and time.monotonic() < deadline:
        time.sleep(0.05)
    if not foreign_lab():  # whose bridge and rules look like ours
        shell.succeeds(["ip", "link", "delete", layout.BRIDGE])
        firewall.restore()
    shutil.rmtree(layout.RUN, ignore_errors=True)


def _lives() -> bool:
    return engine_pid(layout.ROOT) is not None


def _remove_cgroups() -> int:
    """How many are still busy: one with children left by a killed container keeps it from starting again."""
    names = [path.name for path in (layout.DATA / "containers").glob("*")]
    patterns = [f"{version}docker/{name}" for name in names for version in ("*/", "")]
    tops = [top for pattern in patterns for top in Path("/sys/fs/cgroup").glob(pattern)]
    folders = [folder for top in tops for folder in (top, *top.rglob("*")) if folder.is_dir()]
    for folder in sorted(folders, reverse=True):
        with suppress(OSError):  # the engine ends before the last of its containers' processes
            folder.rmdir()
    return sum(top.exists() for top in tops)
