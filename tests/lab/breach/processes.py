"""In a container: processes of others. Each way says what it got, or nothing."""

import os
from collections.abc import Iterator
from contextlib import suppress
from glob import glob
from pathlib import Path

from tests.lab.breach.kernel import LIBC
from tests.lab.breach.surroundings import HOSTS, can_read, first, is_open

SEIZE, INTERRUPT, DETACH, ALL = 0x4206, 0x4207, 17, 0x40000000


def _strangers() -> Iterator[str]:
    """Processes that are in sight, and not of this container."""
    for path in sorted({path for host in HOSTS for path in glob(f"{host}/proc/[0-9]*")}):
        with suppress(OSError):
            if not _mine(path):
                yield path


def _mine(path: str) -> bool:
    """Of this container, in the same control group; or ended, and of none."""
    if ") Z " in Path(path, "stat").read_text():
        return True
    return Path(path, "cgroup").read_text() == Path("/proc/self/cgroup").read_text()


def roots_of_others() -> str:
    return first(
        f"enters {path}" for path in _strangers() for each in ("root", "cwd") if is_open(f"{path}/{each}/")
    )


def environment_of_others() -> str:
    return first(
        f"reads {path}/{each}"
        for path in _strangers()
        for each in ("environ", "mem", "auxv", "stack")
        if can_read(f"{path}/{each}")
    )


def namespaces_of_others() -> str:
    for path in _strangers():
        for each in ("mnt", "net", "pid", "user", "ipc"):
            with suppress(OSError):
                os.close(os.open(f"{path}/ns/{each}", os.O_RDONLY))
                return f"opens {path}/ns/{each}"
    return ""


def traced_processes() -> str:
    for path in (path for path in _strangers() if path.startswith("/proc/")):
        number = int(path.rpartition("/")[2])
        if not LIBC.ptrace(SEIZE, number, None, None):
            LIBC.ptrace(INTERRUPT, number, None, None)
            os.waitpid(number, ALL)
            LIBC.ptrace(DETACH, number, None, None)
            return f"traces {path}"
    return ""


def signalled_processes() -> str:
    """Whom it could stop: all of its own user, and no namespace of processes between."""
    found = set()
    for path in (path for path in _strangers() if path.startswith("/proc/")):
        with suppress(OSError):
            os.kill(int(path.rpartition("/")[2]), 0)
            found.add(os.stat(path).st_uid)
    return f"stops processes of users {sorted(found)}" if found else ""


def namespaces() -> str:
    """The numbers of its own: nobody else's."""
    return " ".join(os.readlink(f"/proc/self/ns/{each}") for each in ("ipc", "mnt", "net", "pid", "uts"))


def limits() -> str:
    """Of processes and memory, as the kernel holds this container to them."""
    return " ".join(
        f"{name}={_limit(kind, *names)}"
        for name, kind, names in (
            ("processes", "pids", ("pids.max",)),
            ("memory", "memory", ("memory.max", "memory.limit_in_bytes")),
        )
    )


def _limit(kind: str, *names: str) -> str:
    """Of its own group, which may be all that it sees of them, or one among the host's."""
    groups = [line.split(":", 2) for line in Path("/proc/self/cgroup").read_text().splitlines()]
    own = next((path for _, kinds, path in groups if kind in kinds.split(",") or not kinds), "")
    places = [f"/sys/fs/cgroup{folder}{path}" for path in (own, "") for folder in (f"/{kind}", "")]
    paths = [f"{place}/{name}" for place in places for name in names]
    return next((Path(path).read_text().strip() for path in paths if Path(path).exists()), "none")
