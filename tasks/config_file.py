"""A configuration file of the host: checked before it lands, and read by its service afterwards."""

import hashlib
import shlex
from collections.abc import Generator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from pyinfra import host
from pyinfra.api import FactBase, QuoteString, StringCommand, operation

ROOT: Final = Path(__file__).resolve().parent.parent
TEMPLATES: Final = Environment(
    loader=FileSystemLoader(ROOT / "templates/host"),
    undefined=StrictUndefined,
    keep_trailing_newline=True,
    trim_blocks=True,
    autoescape=False,  # noqa: S701  nothing here is HTML
)
OWNED: Final = "644 root:root"
PROGRAM: Final = ROOT / "files/host/config_file.sh"
STARTED: Final = "systemctl show --timestamp=unix --property=ActiveEnterTimestamp --value"


def rendered(template: str, **values: object) -> str:
    return TEMPLATES.get_template(template).render(**values)


def verbatim(name: str) -> str:
    return (ROOT / "files/host" / name).read_text()


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """A file as it is, and when the service that reads it was started."""

    access: str
    """Mode and owner: `644 root:root`; empty where there is no file."""
    written: int
    digest: str
    started: int
    """Seconds since the epoch; 0: it does not run."""

    @property
    def unread(self) -> bool:
        """The service runs with what the file said before."""
        return 0 < self.started < self.written


class ConfigFile(FactBase[Found]):
    """One file and the start of one unit, in one exec."""

    @staticmethod
    def default() -> Found:
        return Found(access="", written=0, digest="", started=0)

    def command(self, path: str, unit: str) -> StringCommand:
        file = QuoteString(path)
        return StringCommand(
            "stat -c '%Y %a %U:%G'", file, "2>/dev/null || echo 0;",
            "{ sha256sum <", file, "; } 2>/dev/null || echo;",
            f"{STARTED} {unit}" if unit else "echo",
        )  # fmt: skip

    def process(self, output: list[str]) -> Found:
        status, digest, started = output
        written, _, access = status.partition(" ")
        return Found(
            access=access, written=int(written), digest=digest[:64], started=int(started.lstrip("@") or 0)
        )


@operation()
def config_file(
    path: str, content: str, unit: str = "", check: str = "true", apply: str = "true"
) -> Generator[StringCommand]:
    """The file says so, and the unit that reads it was started since, even if a run was cut off in between.

    `check` refuses a bad file, at "$new", before it lands; `apply` lets the unit read it, and if it cannot,
    the file that was there before comes back.
    """
    found = host.get_fact(ConfigFile, path=path, unit=unit)
    same = (found.digest, found.access) == (hashlib.sha256(content.encode()).hexdigest(), OWNED)
    if same and not found.unread:
        host.noop(f"{path} is as it should be")
        return
    program = PROGRAM.read_text().replace("CHECK", check).replace("APPLY", apply)
    yield StringCommand(f"file={shlex.quote(path)} unit={shlex.quote(unit)}\n{program}", _stdin=content)
