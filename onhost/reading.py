"""Says what this host and every stack of it is; changes nothing."""

from __future__ import annotations

import hashlib
import json
import pwd
import shutil
import signal
import stat
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

from onhost import engine, isolation, locks, machine
from onhost.releases import SECRET_MODE, Stack, stacks

SECONDS = 60
"""So long may it take."""
LARGEST = 64 * 1024 * 1024
"""Bytes of a file that is read: no release has such a one, so it is none of ours."""
NEWEST = 128 * 1024
"""Bytes at the end of the record of deploys that are read: some 500 deploys."""
TOLD = ("time", "by", "commit", "result", "seconds")


def told(root: Path, log: Path, asked: str = "") -> list[dict[str, Any]]:
    """What this host is, or the one problem that hides it; `asked`, if anything, is about the host itself."""
    signal.signal(signal.SIGALRM, _too_long)
    signal.alarm(SECONDS)
    try:
        host = machine.Machine(json.loads(asked)) if asked.strip() else None
        stacks = list(state(root, log))  # while other programs look at the rest
        return [host.told(), *stacks] if host else stacks
    except Exception as error:
        return [{"kind": "problem", "text": f"it cannot be read ({type(error).__name__}: {error})"}]


def _too_long(*_: object) -> None:
    raise TimeoutError(f"it took longer than {SECONDS} s")


def state(root: Path, log: Path) -> Iterator[dict[str, Any]]:
    """One line for each stack and container, or one for the problem that hides them."""
    locks.settle(root)
    ours, last = stacks(root), last_deploys(log)
    yield from (_stack(stack) | {"last": last.get(stack.app, {})} for stack in ours)
    yield {"kind": "leftovers", "paths": [str(path) for path in locks.leftovers(root)]}
    if not (ours or shutil.which("docker") or Path(engine.address()).exists()):
        return  # a bare host has no engine
    names = {stack.app for stack in ours}
    try:
        found = engine.containers()
    except engine.EngineError as error:
        yield {"kind": "problem", "text": str(error)}
        return
    if found and isolation.is_open():
        yield {"kind": "open"}
    yield from (_container(each) for each in found if not each.one_off and (each.digest or each.app in names))


def _stack(stack: Stack) -> dict[str, Any]:
    manifest = stack.manifest(stack.previous) or {}
    serving = stack.manifest(stack.serving) or {}
    paths = manifest.get("files", {})
    return {
        "kind": "stack",
        "app": stack.app,
        "current": stack.current,
        "stands": stack.stands,
        "applied": stack.applied if stack.is_whole(stack.applied) else "",
        "manifest": {key: value for key, value in manifest.items() if key != "order"},
        "version": serving.get("version", ""),
        "files": {path: digest for path in paths if (digest := digest_of(stack.place(path)))},
        "mode": access(stack.folder / "current/.env"),
        "opened": dict(opened(stack)),
        "astray": stack.astray if stack.current else [],
    }


def last_deploys(log: Path) -> dict[str, dict[str, Any]]:
    """How the last deploy of each app ended, as far as the record of deploys says so near its end."""
    try:
        status = log.stat()
        if not stat.S_ISREG(status.st_mode):
            return {}  # a pipe that nobody writes to, or a device that has no end
        with log.open("rb") as file:
            file.seek(max(0, status.st_size - NEWEST))
            lines = file.read(NEWEST).decode(errors="replace").splitlines()
    except OSError:
        return {}
    found = {}
    for line in lines:
        with suppress(ValueError, KeyError, TypeError, AttributeError):
            entry = json.loads(line)
            found[entry["app"]] = {key: value for key, value in entry.items() if key in TOLD}
    return found


def digest_of(file: Path) -> str:
    """SHA-256 of a plain file; empty for anything else."""
    try:
        status = file.stat()
        if not stat.S_ISREG(status.st_mode) or status.st_size > LARGEST:
            return ""
        return hashlib.sha256(file.read_bytes()).hexdigest()
    except (OSError, ValueError):
        return ""


def access(file: Path) -> str:
    """Mode and owner, `600 root`; empty where there is no file."""
    try:
        status = file.stat()
    except OSError:
        return ""
    try:
        owner = pwd.getpwuid(status.st_uid).pw_name
    except KeyError:
        owner = str(status.st_uid)
    return f"{stat.S_IMODE(status.st_mode):o} {owner}"


def opened(stack: Stack) -> Iterator[tuple[str, str]]:
    """Files of all its releases that hold secrets and are not as their manifest says: mode and owner.

    What runs may have those of an older release. Of the secrets themselves nothing is read.
    """
    for name in stack.all():
        for file, owner in stack.owners(name).items():
            with suppress(OSError):
                status = file.stat()
                found = f"{stat.S_IMODE(status.st_mode):o} {status.st_uid}:{status.st_gid}"
                if found != f"{SECRET_MODE:o} {owner}":
                    yield str(file.relative_to(stack.releases / name)), found


def _container(container: engine.Container) -> dict[str, Any]:
    return {
        "kind": "container",
        "app": container.app,
        "service": container.service,
        "name": container.name,
        "state": container.state,
        "health": container.health,
        "digest": container.digest,
        "networks": list(container.networks),
        "misnamed": container.is_misnamed,
        "untagged": container.untagged,
        "since": container.since,
    }
