"""A configuration file of the host: checked before it lands, and read by its service afterwards."""

import difflib
import hashlib
import shlex
from collections.abc import Generator, Mapping
from dataclasses import dataclass, field
from functools import cache
from typing import Final

from pyinfra import host, logger
from pyinfra.api import DeployError, FactBase, FunctionCommand, QuoteString, StringCommand, operation

from tasks import program
from tasks.host import trial
from tasks.settings import ROOT
from tasks.templates import Templates

OWNED: Final = "644 root:root"
PROGRAM: Final = ROOT / "files/host/config_file.sh"


def rendered(template: str, **values: object) -> str:
    """A template of templates/host."""
    try:
        return _templates().render(f"host/{template}", values)
    except ValueError as error:
        raise DeployError(str(error)) from None


@cache
def _templates() -> Templates:
    return Templates()


def verbatim(name: str) -> str:
    """A file of files/host."""
    return (ROOT / "files/host" / name).read_text()


@dataclass(frozen=True, slots=True, kw_only=True)
class Holds:
    """What must be so beside a file, for what it says to be so."""

    enabled: tuple[str, ...] = ()
    active: tuple[str, ...] = ()
    files: Mapping[str, str] = field(default_factory=dict)
    """Path: digest."""
    rules: bool = False
    """The packet filter is as its unit loaded it."""

    def met(self, known: program.Reading) -> bool:
        """Whether all of it is."""
        return (
            all(known.unit(name).enabled for name in self.enabled)
            and all(known.unit(name).active for name in self.active)
            and all(known.file(path).digest == digest for path, digest in self.files.items())
            and (known.rules or not self.rules)
        )


NOTHING: Final = Holds()


def asked(path: str, unit: str, holds: Holds) -> dict[str, set[str]]:
    """What a host is asked about such a file."""
    return {
        "files": {path, *holds.files},
        "units": {_whole(unit), *holds.enabled, *holds.active} - {""},
    }


def _whole(unit: str) -> str:
    """A unit's name as systemd has it."""
    return unit if "." in unit or not unit else f"{unit}.service"


@dataclass(frozen=True, slots=True, kw_only=True)
class FileState:
    """A file as it is, and when the service that reads it was started."""

    access: str
    """Mode and owner: `644 root:root`; empty where there is no file."""
    written: int
    digest: str
    started: int
    """Seconds since the epoch; 0: it does not run."""
    holds: bool = True
    """What the file says is what is so."""

    @property
    def unread(self) -> bool:
        """The service runs with what the file said before."""
        return 0 < self.started < self.written


class Lines(FactBase[list[str]]):
    """A file's lines; none where there is none."""

    default = list

    def command(self, path: str) -> StringCommand:
        return StringCommand("cat", QuoteString(path), "2>/dev/null || true")

    def process(self, output: list[str]) -> list[str]:
        return output


def difference(path: str, found: list[str], content: str) -> list[str]:
    """What `--diff` shows, from the host's file to what is wanted."""
    wanted = content.splitlines()
    return list(difflib.unified_diff(found, wanted, f"host: {path}", "wanted", lineterm="", n=1))


def state(path: str, unit: str, holds: Holds) -> FileState:
    """How the host has such a file."""
    known = program.read(host, **asked(path, unit, holds))
    file = known.file(path)
    return FileState(
        access=file.access,
        written=file.written,
        digest=file.digest,
        started=known.unit(_whole(unit)).started,
        holds=holds.met(known),
    )


@operation()
def config_file(
    path: str,
    content: str,
    unit: str = "",
    check: str = "true",
    apply: str = "true",
    holds: Holds = NOTHING,
    trial_seconds: int = 0,
) -> Generator[StringCommand | FunctionCommand]:
    """The file says so, and the unit that reads it was started since, even if a run was cut off in between.

    `check` refuses a bad file, at "$new", before it lands; `apply` lets the unit read it, and if it cannot,
    the file that was there before comes back. `holds` is what else must be so.
    With `trial_seconds` the same happens, by the host itself, if no new connection comes in by then, and
    `--diff` shows what changes: it decides who gets in.
    """
    found = state(path, unit, holds)
    same = (found.digest, found.access) == (hashlib.sha256(content.encode()).hexdigest(), OWNED)
    if same and found.holds and not found.unread:
        host.noop(f"{path} is as it should be")
        return
    if trial_seconds and host.state.config.DIFF:
        for line in difference(path, host.get_fact(Lines, path=path), content):
            host.log(f"    {line}", logger.info)
    script = PROGRAM.read_text().replace("CHECK", check).replace("APPLY", apply)
    told = {"file": path, "unit": unit, "trial": str(trial_seconds)}
    if trial_seconds:
        told |= {"kept": trial.kept(path), "revert": trial.revert(path, apply)}
    given = " ".join(f"{name}={shlex.quote(value)}" for name, value in told.items())
    yield StringCommand(f"{given}\n{script}", _stdin=content)
    if trial_seconds:
        yield FunctionCommand(trial.ended, (path, trial_seconds), {})
