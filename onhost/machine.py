"""How this host itself is, as far as it is asked: files, units, packages, accounts. It changes nothing."""

from __future__ import annotations

import grp
import hashlib
import os
import pwd
import shutil
import stat
from collections.abc import Iterable, Iterator
from contextlib import suppress
from typing import Any

from onhost import engine

IDENTITY = "/etc/guildhall/host.json"
APPLIED = "/etc/guildhall/applied.json"
"""What the last deploy that ended well brought this host to."""
LARGEST = 64 * 1024 * 1024
"""Bytes of a file that is read: none of ours is of that size."""
SHOW = (
    "systemctl",
    "show",
    "--timestamp=unix",
    "--property=LoadState,ActiveState,ActiveEnterTimestamp",
    "--",
)
LIST = ("dpkg-query", "--show", "--showformat=${Package} ${db:Status-Status}\\n", "--")
RULES = ("nft", "-s", "list", "table", "inet", "guildhall")
LOADED = "/run/guildhall/firewall"
"""The digest of the rules as they were when they were loaded."""
WANTS = "/etc/systemd/system"
"""Targets that want units have them in folders here."""


class Saying:
    """A program at work, while others work too; it says nothing where the host has none of its name."""

    def __init__(self, *argv: str) -> None:
        env = engine.environment()
        self.output = os.memfd_create(argv[0])
        told = [
            (os.POSIX_SPAWN_OPEN, 0, os.devnull, os.O_RDONLY, 0),
            (os.POSIX_SPAWN_DUP2, self.output, 1),
            (os.POSIX_SPAWN_OPEN, 2, os.devnull, os.O_WRONLY, 0),
        ]
        program = shutil.which(argv[0], path=env["PATH"])
        self.pid = os.posix_spawn(program, argv, env, file_actions=told) if program else 0

    def said(self) -> bytes:
        """All of it, once it has ended."""
        if self.pid:
            os.waitpid(self.pid, 0)
        with os.fdopen(self.output, "rb") as file:
            file.seek(0)
            return file.read()


class Machine:
    """What is asked: paths of `files`, `units`, `packages`, `accounts` and `groups`, each by name."""

    def __init__(self, asked: dict[str, list[str]]) -> None:
        self.asked = asked
        self.units = Saying(*SHOW, *asked["units"]) if asked["units"] else None
        self.packages = Saying(*LIST, *asked["packages"]) if asked["packages"] else None
        self.rules = Saying(*RULES)

    def told(self) -> dict[str, Any]:
        """What is not there is in none of the answers. OSError where the identity cannot be read."""
        return {
            "kind": "host",
            "identity": _text(IDENTITY),
            "applied": _text(APPLIED),
            "timezone": os.path.realpath("/etc/localtime").rpartition("/zoneinfo/")[2],
            "system": system(_text("/etc/os-release")),
            "files": {path: found for path in self.asked["files"] if (found := _file(path))},
            "accounts": [name for name in self.asked["accounts"] if _account(name)],
            "groups": {name: _members(name) for name in self.asked["groups"]},
            "units": dict(_units(self.asked["units"], _heard(self.units))),
            "packages": list(_installed(_heard(self.packages))),
            "rules": _loaded(self.rules.said()),
        }


def _heard(saying: Saying | None) -> str:
    return saying.said().decode(errors="replace") if saying else ""


def _text(path: str) -> str:
    try:
        with open(path, encoding="utf-8", errors="replace") as file:  # noqa: PTH123 - pathlib takes its time
            return file.read()
    except FileNotFoundError:
        return ""


def system(text: str) -> dict[str, str]:
    """Which distribution it is, as os-release says it."""
    lines = (line.partition("=") for line in text.splitlines())
    return {name: value.strip("\"'") for name, equals, value in lines if equals}


def _file(path: str) -> tuple[str, int, str] | None:
    """Mode and owners (`644 root:root`), when it was written, and its SHA-256; a link is not followed."""
    try:
        status = os.lstat(path)
        digest = ""
        if stat.S_ISREG(status.st_mode) and status.st_size <= LARGEST:
            with open(path, "rb") as file:  # noqa: PTH123 - as above
                digest = hashlib.sha256(file.read()).hexdigest()
    except OSError:
        return None
    owners = f"{_user(status.st_uid)}:{_group(status.st_gid)}"
    return f"{stat.S_IMODE(status.st_mode):o} {owners}", int(status.st_mtime), digest


def _user(number: int) -> str:
    try:
        return pwd.getpwuid(number).pw_name
    except KeyError:
        return str(number)


def _group(number: int) -> str:
    try:
        return grp.getgrgid(number).gr_name
    except KeyError:
        return str(number)


def _account(name: str) -> bool:
    with suppress(KeyError):
        return bool(pwd.getpwnam(name))
    return False


def _members(name: str) -> list[str]:
    with suppress(KeyError):
        return grp.getgrnam(name).gr_mem
    return []


def _units(names: Iterable[str], said: str) -> Iterator[tuple[str, tuple[int, bool, bool]]]:
    """When each was started (0: it does not run), whether it is active, and whether a target wants it."""
    wanted = _wanted()
    for name, block in zip(names, said.split("\n\n"), strict=False):
        found = dict(line.partition("=")[::2] for line in block.splitlines())
        started = found.get("ActiveEnterTimestamp", "").lstrip("@")
        active = found.get("ActiveState") in ("active", "reloading")
        yield name, (int(started or 0), active, name in wanted and found.get("LoadState") != "masked")


def _wanted() -> set[str]:
    """As the folders have it, which systemd itself reads anew only when it is told to."""
    folders = [entry.path for entry in os.scandir(WANTS) if entry.name.endswith(".wants")]
    return {name for folder in folders for name in os.listdir(folder)}  # noqa: PTH208 - as above


def _installed(said: str) -> Iterator[str]:
    for line in said.splitlines():
        name, _, status = line.partition(" ")
        if status == "installed":
            yield name


def _loaded(rules: bytes) -> bool:
    """The packet filter has the rules that were loaded, and nobody has changed them since."""
    return bool(rules) and _text(LOADED).startswith(hashlib.sha256(rules).hexdigest())
