"""What this host knows of its apps, for Prometheus: what serves, how its last deploy ended, what moved."""

from __future__ import annotations

import calendar
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

from onhost.reading import digest_of, last_deploys
from onhost.releases import Stack, stacks

GOOD = ("deployed", "retired")
"""How a deploy ends that was not refused, undone or cut short."""


def told(root: Path, log: Path) -> Iterator[str]:
    """A line for each series; none is secret, and there are four of each app."""
    for stack in stacks(root):
        yield from _app(stack)
    for app, entry in last_deploys(log).items():
        result = str(entry.get("result", ""))
        yield _line("guildhall_deploy_succeeded", int(result in GOOD), app=app, result=result)
        with suppress(ValueError):
            ended = calendar.timegm(time.strptime(str(entry.get("time", "")), "%Y-%m-%dT%H:%M:%SZ"))
            yield _line("guildhall_deploy_time_seconds", ended, app=app)


def _app(stack: Stack) -> Iterator[str]:
    name = stack.serving
    commit = str((stack.manifest(name) or {}).get("commit", ""))
    yield _line("guildhall_app_info", 1, app=stack.app, revision=name.rpartition("-")[2], commit=commit)
    # Of the release that files are switched to: in the middle of a deploy that is not the one that serves.
    listed = (stack.manifest(stack.current) or {}).get("files", {})
    edited = [path for path, digest in listed.items() if digest_of(stack.place(path)) != digest]
    yield _line("guildhall_app_edited_files", len({*edited, *stack.astray}), app=stack.app)


def _line(name: str, value: int, **labels: str) -> str:
    told = ",".join(f'{key}="{_escaped(text)}"' for key, text in labels.items())
    return f"{name}{{{told}}} {value}"


def _escaped(text: str) -> str:
    return text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
