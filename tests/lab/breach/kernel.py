"""In a container: what the kernel lets it do. Each way says what it got, or nothing; none leaves a trace."""

import ctypes
import errno
import os
import platform
import stat
import subprocess
import tempfile
from collections.abc import Callable, Iterator
from contextlib import suppress
from glob import glob
from pathlib import Path

LIBC = ctypes.CDLL(None, use_errno=True)
ARM = platform.machine() == "aarch64"
# Numbers of system calls that libc has no name for: of x86-64, and of arm64.
CALLS = {
    "bpf": (321, 280),
    "perf_event_open": (298, 241),
    "add_key": (248, 217),
    "request_key": (249, 218),
    "keyctl": (250, 219),
    "finit_module": (313, 273),
    "delete_module": (176, 106),
    "kexec_load": (246, 104),
    "reboot": (169, 142),
    "userfaultfd": (323, 282),
    "open_by_handle_at": (304, 265),
    "io_uring_setup": (425, 425),
    "open_tree": (428, 428),
    "fsopen": (430, 430),
}
CAPABILITIES = """
CHOWN DAC_OVERRIDE DAC_READ_SEARCH FOWNER FSETID KILL SETGID SETUID SETPCAP LINUX_IMMUTABLE NET_BIND_SERVICE
NET_BROADCAST NET_ADMIN NET_RAW IPC_LOCK IPC_OWNER SYS_MODULE SYS_RAWIO SYS_CHROOT SYS_PTRACE SYS_PACCT
SYS_ADMIN SYS_BOOT SYS_NICE SYS_RESOURCE SYS_TIME SYS_TTY_CONFIG MKNOD LEASE AUDIT_WRITE AUDIT_CONTROL SETFCAP
""".split()
"""By their numbers in the kernel."""
REFUSED = {errno.EPERM, errno.EACCES, errno.ENOSYS}
NEW_USER, NEW_MOUNT = 0x10000000, 0x00020000


def _called(name: str, *arguments: object) -> str:
    """What a system call says; nothing if it is not let through. With wrong arguments it does nothing."""
    ctypes.set_errno(0)
    words = [
        each if isinstance(each, (bytes, type(None))) else ctypes.c_long(int(str(each))) for each in arguments
    ]
    got = LIBC.syscall(ctypes.c_long(CALLS[name][ARM]), *words)
    return "" if got < 0 and ctypes.get_errno() in REFUSED else f"{name} is let through"


def _writable(*patterns: str) -> str:
    """The first file that opens for writing; nothing is written."""
    for path in (path for pattern in patterns for path in glob(pattern, recursive=True)):
        with suppress(OSError):
            os.close(os.open(path, os.O_WRONLY | os.O_NONBLOCK))
            return f"writes {path}"
    return ""


def _in_child(tried: Callable[[], str]) -> str:
    """What is tried changes the process: a child has it, and tells."""
    read, write = os.pipe()
    if not (child := os.fork()):
        with suppress(BaseException):
            os.write(write, tried().encode())
        os._exit(0)
    os.close(write)
    os.waitpid(child, 0)
    with os.fdopen(read) as told:
        return told.read()


def _mounted(kind: bytes, flags: int = 0, data: bytes | None = None) -> str:
    with tempfile.TemporaryDirectory(dir=_place()) as folder:
        if LIBC.mount(kind, folder.encode(), kind, ctypes.c_ulong(flags), data):
            return ""
        found = f"mounts {kind.decode()}"
        LIBC.umount2(folder.encode(), 2)
        return found


def _place() -> str:
    """A folder that it may write."""
    return next((each for each in ("/dev/shm", "/tmp") if os.access(each, os.W_OK)), "/")  # noqa: S108


def cgroup_release_agent() -> str:
    """The kernel runs that program as root of the host when a group gets empty."""
    return _writable("/sys/fs/cgroup/**/release_agent", "/sys/fs/cgroup/**/notify_on_release") or _mounted(
        b"cgroup", data=b"memory"
    )


def control_groups() -> str:
    return _writable(
        "/sys/fs/cgroup/**/cgroup.procs", "/sys/fs/cgroup/**/memory.*", "/sys/fs/cgroup/**/pids.max"
    ) or _mounted(b"cgroup2")


def core_pattern() -> str:
    """The kernel runs what stands there, as root of the host, when a program crashes."""
    return _writable(
        "/proc/sys/kernel/core_pattern", "/proc/sys/kernel/modprobe", "/sys/kernel/uevent_helper"
    )


def kernel_settings() -> str:
    return _writable(
        "/proc/sys/**", "/proc/sysrq-trigger", "/proc/irq/**", "/sys/power/*", "/sys/module/*/parameters/*"
    )


def mount() -> str:
    return _mounted(b"tmpfs") or _mounted(b"proc") or _mounted(b"sysfs")


def remount_writable() -> str:
    """What is read-only: the image, and what the host lends."""
    remount, bind = 32, 4096
    own = [line.split()[4] for line in Path("/proc/self/mountinfo").read_text().splitlines()]
    for place in own:
        if not LIBC.mount(b"none", place.encode(), None, ctypes.c_ulong(remount | bind), None):
            return f"remounts {place}"
    return ""


def mounts_by_handle() -> str:
    return _called("open_tree", -100, b"/", 1) or _called("fsopen", b"tmpfs", 0)


def device_nodes() -> str:
    with tempfile.TemporaryDirectory(dir=_place()) as folder:
        for kind, device in ((stat.S_IFBLK, os.makedev(8, 0)), (stat.S_IFCHR, os.makedev(1, 1))):
            with suppress(OSError):
                os.mknod(f"{folder}/node", kind | 0o600, device)
                return f"makes device {device:#x}"
    return _opened(
        "/dev/mem",
        "/dev/kmem",
        "/dev/kmsg",
        "/dev/port",
        "/dev/net/tun",
        "/dev/fuse",
        "/dev/sd*",
        "/dev/vd*",
        "/dev/nvme*",
        "/dev/loop*",
    )


def _opened(*patterns: str) -> str:
    for path in (path for pattern in patterns for path in glob(pattern)):
        with suppress(OSError):
            os.close(os.open(path, os.O_RDONLY | os.O_NONBLOCK))
            return f"opens {path}"
    return ""


def user_namespaces() -> str:
    """In one of its own it would be root, with the kernel's rarer parts within reach."""
    return _in_child(
        lambda: "" if LIBC.unshare(ctypes.c_int(NEW_USER)) else "unshares a user namespace"
    ) or _in_child(lambda: "" if LIBC.unshare(ctypes.c_int(NEW_MOUNT)) else "unshares a mount namespace")


def kernel_keyrings() -> str:
    return (
        _called("keyctl", 0, -4, 0)
        or _called("add_key", b"user", b"breach", b"x", 1, -2)
        or _called("request_key", b"user", b"breach", None, 0)
    )


def kernel_modules() -> str:
    return (
        _called("finit_module", -1, b"", 0)
        or _called("delete_module", b"breach", 0)
        or _called("kexec_load", -1, 99, None, 0)
        or _called("reboot", 0, 0, 0, 0)
    )


def bpf_and_perf() -> str:
    return (
        _called("bpf", 99, None, 0)
        or _called("perf_event_open", None, -1, -1, -1, 0)
        or _called("userfaultfd", 0)
        or _called("io_uring_setup", 0, None)
    )


def files_by_handle() -> str:
    """A file of the host's disk by its number, past every folder above it."""
    return _called("open_by_handle_at", -1, None, 0)


def setuid_programs() -> str:
    """A program that is root's becomes root, if it may."""
    if "NoNewPrivs:\t1" not in Path("/proc/self/status").read_text():
        return "may gain rights"
    programs = ("/usr/bin/su", "/bin/su", "/usr/bin/passwd", "/bin/mount", "/bin/busybox")
    given = [each for each in programs if os.path.exists(each) and os.stat(each).st_mode & stat.S_ISUID]
    became = {_ran_as(each) for each in given} if os.geteuid() else set()
    return "is root by them" if "0" in became else ""


def _ran_as(path: str) -> str:
    """Whose a program is that waits for what is typed; empty if it has ended before."""
    pipe, nowhere = subprocess.PIPE, subprocess.DEVNULL
    with subprocess.Popen([path], stdin=pipe, stdout=nowhere, stderr=nowhere) as started, suppress(OSError):
        lines = Path(f"/proc/{started.pid}/status").read_text().splitlines()
        started.kill()
        return next(line.split()[2] for line in lines if line.startswith("Uid"))
    return ""


def capabilities() -> str:
    """All that it could ever have, as the kernel writes them."""
    found = dict(
        line.split(":\t")
        for line in Path("/proc/self/status").read_text().splitlines()
        if line.startswith("Cap")
    )
    return "+".join(_names(int(found["CapBnd"], 16) | int(found["CapPrm"], 16)))


def _names(mask: int) -> Iterator[str]:
    for number in range(mask.bit_length()):
        if mask >> number & 1:
            yield CAPABILITIES[number] if number < len(CAPABILITIES) else str(number)
