"""What an own engine leaves on the machine, stopped or killed without warning, and how it goes away."""

import os
import re
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Final

from lab import firewall, layout, shell

ENGINE_PROGRAMS: Final = {"dockerd", "containerd", "containerd-shim", "docker-proxy", "runc"}
DEATH_SECONDS: Final = 10


def clear() -> None:
    """Remove processes, mounts, bridge, firewall rules and sockets of an own engine that no longer runs."""
    _kill(processes())
    _remove_cgroups()
    for target in _mounts():
        shell.succeeds(["umount", "-l", target])
    if not foreign_lab():  # whose bridge and rules look like ours
        shell.succeeds(["ip", "link", "delete", layout.BRIDGE])
        firewall.restore()
    shell.run(["rm", "-rf", str(layout.RUN)])


def daemon_pid(checkout: Path) -> int | None:
    """The process id of a checkout's own dockerd if it lives; a stale pid file may name a stranger."""
    run = checkout / ".lab" / "run"
    with suppress(OSError, ValueError):
        pid = int((run / "dockerd.pid").read_text())
        if str(run / "daemon.json") in _cmdline(pid):
            return pid
    return None


def foreign_lab() -> Path | None:
    """Another checkout whose own engine runs a lab here; its path is the alias of the bridge."""
    with suppress(OSError):
        owner = Path(f"/sys/class/net/{layout.BRIDGE}/ifalias").read_text().strip()
        return Path(owner) if owner != str(layout.ROOT) and daemon_pid(Path(owner)) else None
    return None


def mounts_under(folder: Path, mountinfo: str) -> list[str]:
    """Mount points at or under a folder, innermost first, from the text of /proc/self/mountinfo."""
    targets = [re.sub(r"\\(\d{3})", _octal, line.split()[4]) for line in mountinfo.splitlines()]
    return sorted((t for t in targets if Path(t).is_relative_to(folder)), key=len, reverse=True)


def _octal(match: re.Match[str]) -> str:
    return chr(int(match[1], 8))


def _mounts() -> list[str]:
    return mounts_under(layout.DIR, Path("/proc/self/mountinfo").read_text())


def processes() -> list[int]:
    """The engine, its helpers, and everything that runs in its containers, by process id."""
    return list(_processes(_containers()))


def _containers() -> set[str]:
    return {path.name for path in (layout.DATA / "containers").glob("*")}


def _processes(containers: set[str]) -> Iterator[int]:
    for pid in (int(path.name) for path in Path("/proc").glob("[0-9]*")):
        with suppress(OSError):  # it may end while we look
            if _is_helper(pid) or containers & set(
                re.split(r"[/\n]", Path(f"/proc/{pid}/cgroup").read_text())
            ):
                yield pid


def _remove_cgroups() -> None:
    """A control group with children left by a killed container keeps it from starting again."""
    patterns = [f"{version}docker/{name}" for name in _containers() for version in ("*/", "")]
    tops = [top for pattern in patterns for top in Path("/sys/fs/cgroup").glob(pattern)]
    folders = [folder for top in tops for folder in (top, *top.rglob("*")) if folder.is_dir()]
    for folder in sorted(folders, reverse=True):
        with suppress(OSError):  # one that is still busy shows itself when the container starts
            folder.rmdir()


def _is_helper(pid: int) -> bool:
    if Path(f"/proc/{pid}/comm").read_text().strip() not in ENGINE_PROGRAMS:
        return False
    return str(layout.DIR) in _cmdline(pid) or Path(f"/proc/{pid}/cwd").readlink().is_relative_to(layout.DIR)


def _cmdline(pid: int) -> str:
    return Path(f"/proc/{pid}/cmdline").read_text(errors="replace").replace("\0", " ")


def _kill(pids: list[int]) -> None:
    for pid in pids:
        with suppress(ProcessLookupError):
            os.kill(pid, 9)
    deadline = time.monotonic() + DEATH_SECONDS
    while any(_alive(pid) for pid in pids) and time.monotonic() < deadline:
        time.sleep(0.05)


def _alive(pid: int) -> bool:
    with suppress(OSError):
        return ") Z " not in Path(f"/proc/{pid}/stat").read_text()
    return False
