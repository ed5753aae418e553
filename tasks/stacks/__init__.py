"""Stacks: releases made in memory, compared with what a host has, and brought there in one exec."""

from typing import TYPE_CHECKING, Any

from tasks.stacks.archive import Deployment
from tasks.stacks.changes import Change, Noted, secrets_changed, unknown
from tasks.stacks.diffs import CONTENTS
from tasks.stacks.operation import read, stacks
from tasks.stacks.release import Release, build, builds
from tasks.stacks.state import HostState, Stack

if TYPE_CHECKING:
    from tasks.stacks.compose_import import import_compose

__all__ = [
    "CONTENTS",
    "Change",
    "Deployment",
    "HostState",
    "Noted",
    "Release",
    "Stack",
    "build",
    "builds",
    "import_compose",
    "read",
    "secrets_changed",
    "stacks",
    "unknown",
]


def __getattr__(name: str) -> Any:
    """What no deploy needs is imported when it is wanted."""
    if name != "import_compose":
        raise AttributeError(f"tasks.stacks has no {name}")
    from tasks.stacks.compose_import import import_compose  # noqa: PLC0415

    return import_compose
