"""A configuration file of the host: checked before it lands, and read by its service afterwards."""

import difflib
import hashlib
import shlex
from collections.abc import Generator
from dataclasses import dataclass
from typing import Final

from pyinfra import host, logger
from pyinfra.api import DeployError, FactBase, FunctionCommand, QuoteString, StringCommand, operation

from tasks.host import trial
from tasks.settings import ROOT
from tasks.templates import Templates

OWNED: Final = "644 root:root"
PROGRAM: Final = ROOT / "files/host/config_file.sh"
STARTED: Final = "systemctl show --timestamp=unix --property=ActiveEnterTimestamp --value"


def rendered(template: str, **values: object) -> str:
    """A template of templates/host."""
    try:
        return Templates().render(f"host/{template}", values)
    except ValueError as error:
        raise DeployError(str(error)) from None


def verbatim(name: str) -> str:
    """A file of files/host."""
    return (ROOT / "files/host" / name).read_text()


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


class ConfigFile(FactBase[FileState]):
    """One file and the start of one unit, in one exec."""

    @staticmethod
    def default() -> FileState:
        return FileState(access="", written=0, digest="", started=0)

    def command(self, path: str, unit: str, holds: str) -> StringCommand:
        file = QuoteString(path)
        return StringCommand(
            "stat -c '%Y %a %U:%G'", file, "2>/dev/null || echo 0;",
            "{ sha256sum <", file, "; } 2>/dev/null || echo;",
            f"{STARTED} {unit};" if unit else "echo;",
            f"if {holds}; then echo holds; else echo; fi",
        )  # fmt: skip

    def process(self, output: list[str]) -> FileState:
        status, digest, started, holds = output
        written, _, access = status.partition(" ")
        return FileState(
            access=access,
            written=int(written),
            digest=digest[:64],
            started=int(started.lstrip("@") or 0),
            holds=bool(holds),
        )


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


@operation()
def config_file(
    path: str,
    content: str,
    unit: str = "",
    check: str = "true",
    apply: str = "true",
    holds: str = "true",
    trial_seconds: int = 0,
    found: FileState | None = None,
) -> Generator[StringCommand | FunctionCommand]:
    """The file says so, and the unit that reads it was started since, even if a run was cut off in between.

    `check` refuses a bad file, at "$new", before it lands; `apply` lets the unit read it, and if it cannot,
    the file that was there before comes back. `holds` looks whether what it says is still so.
    With `trial_seconds` the same happens, by the host itself, if no new connection comes in by then, and
    `--diff` shows what changes: it decides who gets in. `found` is how the host has it, where that was read.
    """
    found = found or host.get_fact(ConfigFile, path=path, unit=unit, holds=holds)
    same = (found.digest, found.access) == (hashlib.sha256(content.encode()).hexdigest(), OWNED)
    if same and found.holds and not found.unread:
        host.noop(f"{path} is as it should be")
        return
    if trial_seconds and host.state.config.DIFF:
        for line in difference(path, host.get_fact(Lines, path=path), content):
            host.log(f"    {line}", logger.info)
    program = PROGRAM.read_text().replace("CHECK", check).replace("APPLY", apply)
    told = {"file": path, "unit": unit, "trial": str(trial_seconds)}
    if trial_seconds:
        told |= {"kept": trial.kept(path), "revert": trial.revert(path, apply)}
    given = " ".join(f"{name}={shlex.quote(value)}" for name, value in told.items())
    yield StringCommand(f"{given}\n{program}", _stdin=content)
    if trial_seconds:
        yield FunctionCommand(trial.ended, (path, trial_seconds), {})
