"""The three hosts: bare Debian with systemd and sshd, each with its own volume for Docker's data."""

import time
from collections.abc import Iterable
from typing import Final

from lab import build, engine, layout
from lab.engine import Engine
from lab.errors import LabError

IMAGE: Final = "guildhall/host:latest"
BARE: Final = "bare"  # a host without ports and data
BOOT_SECONDS: Final = 60


def image(outer: Engine) -> None:
    """Build the hosts' image unless it is there."""
    build.ensure(outer, build.on_base(IMAGE, build.folder(build.FOLDERS / "host")))


def create(outer: Engine, *names: str) -> None:
    """Make hosts and their network without starting what is not running."""
    _unfreeze(outer, names)
    outer.compose("create", *names)


def up(outer: Engine, *names: str) -> None:
    """Make hosts run and their sshd answer; a frozen one goes on, one of an older image is made anew."""
    _unfreeze(outer, names)
    outer.compose("up", "--detach", "--no-deps", *names)
    for name in names:
        _wait(outer, name)


def fresh(name: str) -> None:
    """Make one host anew, bare, and wait for it."""
    outer = engine.connect()
    remove(outer, name)
    up(outer, name)


def remove(outer: Engine, name: str) -> None:
    """Remove a host with all its data."""
    outer.answer("rm", "--force", name)
    outer.answer("volume", "rm", "--force", f"{layout.NETWORK}_{name}")


def stop(name: str) -> None:
    """Cut a host's power; its data stays."""
    engine.connect().docker("kill", find(name).name)


def start(name: str) -> None:
    """Switch a stopped host on and wait for it."""
    up(engine.connect(), find(name).name)


def pause(name: str) -> None:
    """Freeze a host: connections to it hang."""
    engine.connect().docker("pause", find(name).name)


def unpause(name: str) -> None:
    """Let a frozen host go on."""
    engine.connect().docker("unpause", find(name).name)


def find(name: str) -> layout.Host:
    """The host of this name; LabError with the names there are."""
    for host in layout.MACHINES:
        if host.name == name:
            return host
    raise LabError(f"no host {name!r} in the lab: there are {', '.join(h.name for h in layout.MACHINES)}")


def _unfreeze(outer: Engine, names: Iterable[str]) -> None:
    for name in names:
        outer.answer("unpause", name)


def _wait(outer: Engine, name: str) -> None:
    deadline = time.monotonic() + BOOT_SECONDS
    while not outer.ok("exec", name, "systemctl", "is-active", "ssh"):
        if time.monotonic() > deadline:
            words = outer.answer("exec", name, "journalctl", "--lines=1", "--output=cat", "--unit=ssh")
            raise LabError(f"{name}: ssh does not run after {BOOT_SECONDS} s: {words or 'it did not boot'}")
        time.sleep(0.2)
