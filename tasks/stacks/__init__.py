"""Stacks: releases made in memory, compared with what a host has, and brought there in one exec."""

from tasks.stacks.archive import Deployment
from tasks.stacks.changes import Change, Noted, secrets_changed, unknown
from tasks.stacks.compose_import import import_compose
from tasks.stacks.diffs import CONTENTS
from tasks.stacks.operation import read, stacks
from tasks.stacks.release import Release, build, builds
from tasks.stacks.state import HostState, Stack

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
