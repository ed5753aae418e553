"""The three hosts: bare Debian with systemd and sshd, each with its own volume for Docker's data."""

from pathlib import Path
from typing import Final

from lab import base, build, engine, keys, layout, machines
from lab.build import File, Recipe
from lab.engine import Engine
from lab.errors import LabError
from lab.machines import Machine

IMAGE: Final = "guildhall/host:latest"
DOCKERFILE: Final = Path(__file__).parent / "host.Dockerfile"


def image(outer: Engine) -> None:
    """Build the hosts' image unless it is there; it depends on the base image."""
    files = {"Dockerfile": File(content=DOCKERFILE.read_bytes()), "base": base.mark()}
    build.ensure(outer, Recipe(name=IMAGE, files=files))


def ensure(outer: Engine, host: layout.Host) -> None:
    """Make a host run and its sshd answer."""
    machines.ensure(outer, machine(host))
    machines.wait(outer, host.name, ("ssh",))


def fresh(name: str) -> None:
    """Make one host anew, bare, and wait for it."""
    outer, host = engine.connect(), find(name)
    remove(outer, host)
    machines.create(outer, machine(host))
    machines.wait(outer, name, ("ssh",))


def remove(outer: Engine, host: layout.Host) -> None:
    """Remove a host with all its data."""
    machines.remove(outer, host.name, (volume(host),))


def volume(host: layout.Host) -> str:
    """The name of the volume that holds a host's Docker data."""
    return f"guildhall-{host.name}-docker"


def stop(name: str) -> None:
    """Cut a host's power; its data stays."""
    engine.connect().docker("kill", find(name).name)


def start(name: str) -> None:
    """Switch a stopped host on and wait for it."""
    ensure(engine.connect(), find(name))


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


def machine(host: layout.Host) -> Machine:
    """A host as a machine to boot."""
    return Machine(
        name=host.name,
        image=IMAGE,
        address=host.address,
        ports={host.ssh: 22, host.http: 80, host.https: 443},
        volumes={volume(host): "/var/lib/docker"},
        files=keys.host_files(host),
    )
