"""Several configuration files of the host, read in one exec, however many they are."""

import shlex
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from pyinfra import host
from pyinfra.api import FactBase

from tasks.host.config_file import FileState, config_file


@dataclass(frozen=True, slots=True, kw_only=True)
class Setting:
    """What `config_file` takes."""

    name: str
    path: str
    content: str
    unit: str = ""
    check: str = "true"
    apply: str = "true"
    holds: str = "true"
    trial_seconds: int = 0


class ConfigFiles(FactBase[dict[str, FileState]]):
    """By path; a file that is not there, or whose host says nothing, is in none of the answers."""

    default = dict

    def command(self, files: Sequence[tuple[str, str, str]]) -> str:
        """`files` are path, unit and `holds` of each; no path has a space in it."""
        paths = " ".join(shlex.quote(path) for path, _, _ in files)
        units = " ".join(dict.fromkeys(unit for _, unit, _ in files if unit))
        owners = [f"echo 'read {path} {_id(unit)}'" for path, unit, _ in files]
        held = [f"if {holds}; then echo 'holds {path}'; fi" for path, _, holds in files]
        return "; ".join(
            (
                f"stat -c 'stat %n %Y %a %U:%G' {paths} 2>/dev/null",
                f"sha256sum {paths} 2>/dev/null | sed 's/^/sum /'",
                f"systemctl show --timestamp=unix --property=Id,ActiveEnterTimestamp {units}",
                *owners,
                *held,
            )
        )

    def process(self, output: list[str]) -> dict[str, FileState]:
        found, unit, started = dict[str, dict[str, Any]](), "", dict[str, int]()
        for line in output:
            match line.replace("=", " ", 1).split(" "):
                case ["stat", path, written, *access]:
                    found[path] = {"written": int(written), "access": " ".join(access)}
                case ["sum", digest, _, path]:
                    found[path]["digest"] = digest
                case ["Id", name]:
                    unit = name
                case ["ActiveEnterTimestamp", when]:
                    started[unit] = int(when.lstrip("@") or 0)
                case ["read", path, name] if path in found:
                    found[path] |= {"started": started.get(name, 0), "holds": False}
                case ["holds", path] if path in found:
                    found[path]["holds"] = True
        return {path: FileState(**values) for path, values in found.items()}


def _id(unit: str) -> str:
    """As systemd calls it."""
    return unit if "." in unit else f"{unit}.service"


def states(settings: Iterable[Setting]) -> dict[str, FileState]:
    """How the host has each of these files that is there."""
    found: dict[str, FileState] = host.get_fact(
        ConfigFiles, files=[(each.path, each.unit, each.holds) for each in settings]
    )
    return found


def placed(settings: Iterable[Setting], found: dict[str, FileState]) -> None:
    """Each file says so, in this order."""
    absent = FileState(access="", written=0, digest="", started=0)
    for each in host.loop(list(settings)):  # type: ignore[no-untyped-call] # pyinfra has no types there
        told = asdict(each)
        config_file(name=told.pop("name"), **told, found=found.get(each.path, absent))
