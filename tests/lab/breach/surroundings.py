"""In a container: files, processes and sockets of others. Each way says what it got, or nothing."""

import os
import socket
import stat
from collections.abc import Iterator
from contextlib import suppress
from glob import glob
from pathlib import Path

HOSTS = ("", "/host", "/rootfs")
"""Where a container may see the host's files."""
SECRETS = (
    "etc/shadow",
    "opt/*/.env",
    "opt/*/releases/*/.env",
    "root/.ssh/*",
    "etc/ssh/*_key",
    "var/lib/docker/*",
    "etc/guildhall/*.nft.new",
)


def first(found: Iterator[str]) -> str:
    return next(found, "")


def is_open(folder: str) -> bool:
    with suppress(OSError):
        return bool(os.listdir(folder))
    return False


def can_read(path: str) -> bool:
    with suppress(OSError), open(path, "rb", 0) as file:
        return bool(file.read(1)) or path.endswith(".env")
    return False


def docker_socket() -> str:
    return _sockets("docker.sock", "docker/*.sock", "docker/**/*.sock")


def containerd_socket() -> str:
    return _sockets(
        "containerd/*.sock*", "containerd/**/*.sock*", "docker/containerd/*.sock*", "containerd/s/*"
    )


def _sockets(*patterns: str) -> str:
    places = [f"{host}/{folder}" for host in HOSTS for folder in ("run", "var/run")]
    paths = {
        path
        for place in places
        for pattern in patterns
        for path in glob(f"{place}/{pattern}", recursive=True)
    }
    return first(f"uses {path}" for path in sorted(paths) if connects(path))


def _is_socket(path: str) -> bool:
    with suppress(OSError):
        return stat.S_ISSOCK(os.lstat(path).st_mode)
    return False


def connects(path: str) -> bool:
    for kind in (socket.SOCK_STREAM, socket.SOCK_DGRAM, socket.SOCK_SEQPACKET):
        with suppress(OSError), socket.socket(socket.AF_UNIX, kind) as made:
            made.settimeout(1)
            made.connect(path)
            return True
    return False


def sockets_of_the_host() -> str:
    """Any in the file system that it sees of the host: systemd, D-Bus, the journal."""
    found = []
    for place in ("/host/run", "/rootfs/run", "/host/tmp", "/host/dev"):
        for folder, _, names in os.walk(place):
            found += [path for path in (f"{folder}/{name}" for name in names) if _is_socket(path)]
    return ", ".join(path for path in sorted(found) if connects(path))


def files_of_the_host() -> str:
    paths = (path for host in HOSTS[1:] for each in SECRETS for path in sorted(glob(f"{host}/{each}")))
    return first(
        f"reads {path}" for path in paths if (is_open(path) if os.path.isdir(path) else can_read(path))
    )


def writable_folders() -> str:
    """Every mount that it can write, its own volumes and memory included: the record says which."""
    found = []
    for line in Path("/proc/self/mountinfo").read_text().splitlines():
        before, _, after = line.partition(" - ")
        root, place = before.split()[3:5]
        kind = after.split()[0]
        if kind not in ("proc", "sysfs", "mqueue", "devpts", "cgroup", "cgroup2", "devtmpfs") and _takes_file(
            place
        ):
            found.append(f"{place}={kind}:{root}")
    return " ".join(sorted(found))


def _takes_file(place: str) -> bool:
    if not os.path.isdir(place):
        with suppress(OSError):
            os.close(os.open(place, os.O_WRONLY | os.O_NONBLOCK))
            return not Path(place).is_char_device()
        return False
    with suppress(OSError):
        path = f"{place}/.breach"
        os.close(os.open(path, os.O_CREAT | os.O_WRONLY, 0o600))
        os.unlink(path)
        return True
    return False


def host_folders() -> str:
    """Where the host would run, as root, what is put there."""
    wanted = (
        "etc",
        "etc/cron.d",
        "etc/systemd/system",
        "opt",
        "root",
        "usr/local/sbin",
        "var/spool/cron",
        "tmp",
        "var/tmp",
        "dev/shm",
        "var/lib/guildhall/metrics",
    )
    return first(
        f"writes {host}/{each}" for host in HOSTS[1:] for each in wanted if _takes_file(f"{host}/{each}")
    )


def hidden_parts_of_proc() -> str:
    return first(
        f"reads {path}"
        for path in (
            "/proc/kcore",
            "/proc/keys",
            "/proc/timer_list",
            "/proc/sched_debug",
            "/proc/latency_stats",
            "/sys/firmware/dmi",
        )
        if (is_open(path) if os.path.isdir(path) else can_read(path))
    )
