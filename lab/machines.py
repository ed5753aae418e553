"""The lab's containers that boot like machines: Debian with systemd as the first process."""

import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from lab import layout
from lab.build import File, archive
from lab.engine import Engine
from lab.errors import LabError

BOOT_SECONDS: Final = 60
# The engine mounts /sys read-only, systemd wants it writable, and refuses cgroup v1 without the argument.
# Docker's own resolver answers only in the container itself, not in those that run inside it.
INIT: Final = f"""
mount -o remount,bind,rw /sys
awk '$3 ~ /^cgroup/ {{print $2}}' /proc/mounts | while read m; do mount -o remount,bind,rw "$m"; done
echo nameserver {layout.CLOUD_ADDRESS} > /etc/resolv.conf
exec /sbin/init SYSTEMD_CGROUP_ENABLE_LEGACY_FORCE=1
"""
# Not --privileged: it demands every capability, and some machines lack CAP_SYS_RESOURCE.
# Without SYS_TIME: a host that sets its time zone would move the clock of the whole machine.
FLAGS: Final = (
    *("--cap-add", "ALL", "--cap-drop", "SYS_RESOURCE", "--cap-drop", "SYS_TIME"),
    *("--device-cgroup-rule", "a *:* rwm"),
    *("--security-opt", "seccomp=unconfined", "--security-opt", "apparmor=unconfined"),
    *("--security-opt", "systempaths=unconfined", "--cgroupns", "private"),
    *("--tmpfs", "/run", "--tmpfs", "/tmp:exec", "--env", "container=docker"),  # noqa: S108  # its own /tmp
    *("--label", f"{layout.LABEL}={layout.ROOT}", "--network", layout.NETWORK),
)


@dataclass(frozen=True, kw_only=True)
class Machine:
    """A container that boots: ports lead from 127.0.0.1 into it, volumes from a name to a folder."""

    name: str
    image: str
    address: str
    ports: Mapping[int, int]
    volumes: Mapping[str, str]
    files: Mapping[str, File]


def ensure(engine: Engine, machine: Machine) -> None:
    """Make the machine run: kept if healthy, woken if asleep, made anew if it is gone or outdated."""
    status, _, image = engine.answer(
        "inspect", "--type", "container", "--format", "{{.State.Status}} {{.Image}}", machine.name
    ).partition(" ")
    current = engine.docker("image", "inspect", "--format", "{{.Id}}", machine.image)
    if status in ("running", "paused", "exited") and image == current:
        _wake(engine, machine, status)
    else:
        create(engine, machine)


def create(engine: Engine, machine: Machine) -> None:
    """Make the machine anew and boot it; its volumes stay."""
    engine.answer("rm", "--force", machine.name)
    ports = [f"--publish={layout.LOOPBACK}:{outer}:{inner}" for outer, inner in machine.ports.items()]
    volumes = [f"--volume={name}:{folder}" for name, folder in machine.volumes.items()]
    identity = ("--name", machine.name, "--hostname", machine.name, "--ip", machine.address)
    engine.docker("create", *FLAGS, *identity, *ports, *volumes, machine.image, "sh", "-c", INIT)
    engine.docker("cp", "-", f"{machine.name}:/", data=archive(machine.files))
    engine.docker("start", machine.name)


def remove(engine: Engine, name: str, volumes: tuple[str, ...]) -> None:
    """Remove a machine and the given volumes, whatever of them exists."""
    engine.answer("rm", "--force", name)
    engine.answer("volume", "rm", "--force", *volumes)


def wait(engine: Engine, name: str, units: tuple[str, ...]) -> None:
    """Wait until a machine has booted and its units run; LabError with the failed unit and its last words."""
    _wait_for_systemd(engine, name)
    engine.answer("exec", name, "systemctl", "start", *units)
    for unit in units:
        if not engine.ok("exec", name, "systemctl", "is-active", unit):
            words = engine.answer("exec", name, "journalctl", "-u", unit, "-n", "1", "-o", "cat")
            raise LabError(
                f"{name}: {unit} does not run: {words} (see `python -m lab ssh {name} journalctl -u {unit}`)"
            )


def _wait_for_systemd(engine: Engine, name: str) -> None:
    deadline = time.monotonic() + BOOT_SECONDS
    while "running" not in (state := _system_state(engine, name)) and "degraded" not in state:
        if time.monotonic() > deadline:
            raise LabError(f"{name} did not boot in {BOOT_SECONDS} s (systemd says {state or 'nothing'})")
        time.sleep(0.2)


def _system_state(engine: Engine, name: str) -> str:
    # exits with 1 when a unit has failed, which concerns us only if it is one of those we asked for
    return engine.answer("exec", name, "sh", "-c", "systemctl is-system-running || true")


def _wake(engine: Engine, machine: Machine, status: str) -> None:
    if status == "paused":
        engine.docker("unpause", machine.name)
    if status == "exited":
        engine.docker("start", machine.name)
