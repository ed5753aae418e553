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
from tasks.host.applied import Things, compared, things
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

    @property
    def things(self) -> dict[str, str]:
        """All of it."""
        return {
            **things("enabled", self.enabled),
            **things("active", self.active),
            **{f"file {path}": digest for path, digest in self.files.items()},
            **things("rules", ["as loaded"] if self.rules else []),
        }

    def found(self, known: program.Reading) -> dict[str, str]:
        """What a host has of it."""
        return Holds(
            enabled=tuple(name for name in self.enabled if known.unit(name).enabled),
            active=tuple(name for name in self.active if known.unit(name).active),
            files={path: file.digest for path in self.files if (file := known.file(path)).access},
            rules=self.rules and known.rules,
        ).things


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


def _wanted(path: str, content: str, holds: Holds) -> Things:
    """The file says so, and what reads it has read it."""
    file = f"{OWNED} {hashlib.sha256(content.encode()).hexdigest()}"
    return {f"file {path}": file, **things("read", [path]), **holds.things}


def _found(path: str, unit: str, holds: Holds) -> Things:
    """How the host has such a file. A unit that was started before it was written runs with another one."""
    known = program.read(host, **asked(path, unit, holds))
    file, started = known.file(path), known.unit(_whole(unit)).started
    return {
        **({f"file {path}": f"{file.access} {file.digest}"} if file.access else {}),
        **things("read", [] if 0 < started < file.written else [path]),
        **holds.found(known),
    }


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
    if compared(_wanted(path, content, holds), _found(path, unit, holds)):
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
