"""A release that the host still has is deployed again, because a person asked for it."""

from __future__ import annotations

import json
import shutil
import time
from pathlib import Path
from typing import Any

from onhost import locks, orders, steps
from onhost.deploys import BUSY
from onhost.messages import Voice, spoken
from onhost.programs import Programs
from onhost.releases import Stack
from onhost.undo import Attempt, reason
from onhost.work import LIMITS, Host, Job


def rolled_back(root: Path, log: Path, text: str) -> int:
    """The exit code: 0 if the app serves from that release, 1 if it was refused or failed."""
    told = json.loads(text)
    stack, voice = Stack(root, told["app"]), Voice(told["app"])
    lock = locks.Lock(root)
    try:
        lock.take(told["by"], LIMITS["lock"])
    except locks.BusyError as busy:
        spoken(str(busy))
        return BUSY
    locks.sweep(root)
    target = _target(stack, told["to"])
    if why := _why_not(stack, target, told["to"]):
        voice.say(f"REFUSED: {why}; nothing was changed")
        return 1
    folder, descriptor = locks.incoming(root)
    try:
        shutil.copytree(stack.releases / target, folder / "release", symlinks=True)
        host = Host(root, log, lock, Programs((lock.descriptor, descriptor)), time.monotonic())
        attempt = Attempt(_job(host, stack, target, voice, told), folder / "release")
        return 0 if steps.deploy(attempt) else 1
    except OSError as error:
        voice.say(f"REFUSED: its files could not be copied ({reason(error)}); nothing was changed")
        return 1
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _target(stack: Stack, wanted: str) -> str:
    """The newest whole release of that revision; without one the newest that is another than what serves."""
    others = (name for name in stack.all() if stack.is_whole(name))
    if wanted:
        return next((name for name in others if revision(name).startswith(wanted)), "")
    now = revision(stack.serving)
    return next((name for name in others if revision(name) != now), "")


def _why_not(stack: Stack, target: str, wanted: str) -> str:
    """Why an app cannot go there; empty if it can."""
    if not target:
        kept = ", ".join(_told(stack, name) for name in stack.all() if stack.is_whole(name))
        what = f"no release {wanted}" if wanted else "no release before the one that serves"
        return f"this host keeps {what}; it has {kept or 'none'}"
    if revision(target) == revision(stack.serving):
        return f"{revision(target)} serves already"
    for name in stack.all():
        if target < name and _order(stack, name).get("one_way"):
            return (
                f"the migration that came with {_told(stack, name)} is one-way, and {revision(target)} "
                "cannot use the data; restore a backup"
            )
    return ""


def _told(stack: Stack, name: str) -> str:
    commit = (stack.manifest(name) or {}).get("commit", "")
    return f"{revision(name)}{f' of {commit}' if commit else ''}"


def _order(stack: Stack, name: str) -> dict[str, Any]:
    order: dict[str, Any] = (stack.manifest(name) or {}).get("order", {})
    return order


def _job(host: Host, stack: Stack, target: str, voice: Voice, told: dict[str, Any]) -> Job:
    """With the order that the release came with."""
    order = orders.recorded(_order(stack, target), orders.Order(stack.app, revision(target)))
    commit = str((stack.manifest(target) or {}).get("commit", ""))
    voice.knows(stack.releases / target / ".env", stack.folder / ".env")
    run = orders.Run(
        told["by"], commit, told["wait"], told["wait"], told["postgres_host"], told["postgres_port"]
    )
    return Job(host, run, order, voice)


def revision(name: str) -> str:
    """That of a release."""
    return name.rpartition("-")[2]
