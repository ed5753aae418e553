"""In a container: files, processes and sockets of others. Each way says what it got, or nothing."""

import ctypes
import os
import re
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
PORTS = (22, 80, 443, 3000, 5432, 6379, 8080, 8082, 8099, 8443, 9000, 9100)
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


def _first(found: Iterator[str]) -> str:
    return next(found, "")


def roots_of_others() -> str:
    return _first(
        f"enters {path}" for path in _strangers() for each in ("root", "cwd") if _is_open(f"{path}/{each}/")
    )


def _is_open(folder: str) -> bool:
    with suppress(OSError):
        return bool(os.listdir(folder))
    return False


def environment_of_others() -> str:
    return _first(
        f"reads {path}/{each}"
        for path in _strangers()
        for each in ("environ", "mem", "auxv", "stack")
        if _can_read(f"{path}/{each}")
    )


def _can_read(path: str) -> bool:
    with suppress(OSError), open(path, "rb", 0) as file:
        return bool(file.read(1)) or path.endswith(".env")
    return False


def namespaces_of_others() -> str:
    for path in _strangers():
        for each in ("mnt", "net", "pid", "user", "ipc"):
            with suppress(OSError):
                os.close(os.open(f"{path}/ns/{each}", os.O_RDONLY))
                return f"opens {path}/ns/{each}"
    return ""


def traced_processes() -> str:
    libc = ctypes.CDLL(None, use_errno=True)
    for path in (path for path in _strangers() if path.startswith("/proc/")):
        number = int(path.rpartition("/")[2])
        if not libc.ptrace(SEIZE, number, None, None):
            libc.ptrace(INTERRUPT, number, None, None)
            os.waitpid(number, ALL)
            libc.ptrace(DETACH, number, None, None)
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
    return _first(f"uses {path}" for path in sorted(paths) if _connects(path))


def _is_socket(path: str) -> bool:
    with suppress(OSError):
        return stat.S_ISSOCK(os.lstat(path).st_mode)
    return False


def _connects(path: str) -> bool:
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
    return ", ".join(path for path in sorted(found) if _connects(path))


def abstract_sockets() -> str:
    """They belong to a network, not to files: whoever is on the host's network sees all of the host's."""
    lines = Path("/proc/net/unix").read_text().splitlines()
    names = {words[7] for words in map(str.split, lines) if len(words) > 7 and words[7].startswith("@")}
    # The kernel's own choice for one who only sends: nobody listens there.
    names = {name for name in names if not re.fullmatch("@[0-9a-f]{5}", name)}
    return ", ".join(name for name in sorted(names) if _connects(f"\0{name[1:]}"))


def neighbours_by_link_local() -> str:
    """By the addresses that interfaces give themselves, of their hardware's, whatever networks have."""
    neighbours = [line.split() for line in Path("/proc/net/arp").read_text().splitlines()[1:]]
    places = (
        (_link_local(words[3]), port, 0, socket.if_nametoindex(words[5]))
        for words in neighbours
        for port in PORTS
    )
    return _first(f"reaches {place[0]} at {place[1]}" for place in places if _answers(place))


def _link_local(hardware: str) -> str:
    """RFC 4291, appendix A."""
    parts = [int(part, 16) for part in hardware.split(":")]
    whole = [parts[0] ^ 2, *parts[1:3], 0xFF, 0xFE, *parts[3:]]
    return "fe80::" + ":".join(
        f"{high:02x}{low:02x}" for high, low in zip(whole[::2], whole[1::2], strict=True)
    )


def _answers(place: tuple[str, int, int, int]) -> bool:
    with suppress(OSError), socket.socket(socket.AF_INET6) as made:
        made.settimeout(0.5)
        made.connect(place)
        return True
    return False


def files_of_the_host() -> str:
    paths = (path for host in HOSTS[1:] for each in SECRETS for path in sorted(glob(f"{host}/{each}")))
    return _first(
        f"reads {path}" for path in paths if (_is_open(path) if os.path.isdir(path) else _can_read(path))
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
        "run",
        "dev/shm",
        "var/lib/guildhall/metrics",
    )
    return _first(
        f"writes {host}/{each}" for host in HOSTS[1:] for each in wanted if _takes_file(f"{host}/{each}")
    )


def hidden_parts_of_proc() -> str:
    return _first(
        f"reads {path}"
        for path in (
            "/proc/kcore",
            "/proc/keys",
            "/proc/timer_list",
            "/proc/sched_debug",
            "/proc/latency_stats",
            "/sys/firmware/dmi",
        )
        if (_is_open(path) if os.path.isdir(path) else _can_read(path))
    )


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
