"""Whose hosts and which apps deploy files are about, read before anything of them runs."""

import ast
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from catalogue.model import App, Host
from tasks.settings import source


@dataclass(frozen=True)
class Call:
    """Where a deploy file brings apps to hosts."""

    file: str
    group: str
    """`all`: each host, and where the file does not say it plainly."""
    apps: frozenset[str]
    """Names; the whole catalogue where the file does not say it plainly."""

    def reaches(self, groups: Collection[str]) -> bool:
        """Whether it is about a host that is in these groups."""
        return self.group in ("all", *groups)


def calls(files: Iterable[str], catalogue: Sequence[App]) -> list[Call]:
    """All calls of these deploy files; none of one that only looks."""
    return [call for file in files for call in _calls(file, catalogue)]


def _calls(file: str, catalogue: Sequence[App]) -> Iterator[Call]:
    for node in ast.walk(ast.parse(source(Path(file)), file)):
        match node:
            case ast.Call(func=ast.Name(id="server"), args=[group, apps]):
                yield Call(file, _group(group), _names(apps, catalogue))
            case ast.Call(func=ast.Name(id="programs"), args=[apps]):
                yield Call(file, "all", _names(apps, catalogue))
            case ast.Call(func=function) if ast.unparse(function).endswith(("server", "programs")):
                yield Call(file, "all", frozenset(app.name for app in catalogue))


def _group(written: ast.expr) -> str:
    return str(written.value) if isinstance(written, ast.Constant) else "all"


def _names(written: ast.expr, catalogue: Sequence[App]) -> frozenset[str]:
    """Of an expression that needs nothing but the catalogue."""
    try:
        found = list(eval(ast.unparse(written), {"APPS": catalogue}))  # noqa: S307 - it is about to be run
        return frozenset(app.name for app in found)
    except Exception:
        return frozenset(app.name for app in catalogue)


def check(
    made: Sequence[Call], hosts: Iterable[Host], here: Iterable[tuple[Host, App]], only: App | None
) -> None:
    """ValueError if deploy files do nothing on any of the hosts, or nothing about the one app of the run.

    `here` are the apps of those hosts, each with its host.
    """
    if made and not any(call.reaches(host.groups) for call in made for host in hosts):
        groups = " or ".join(dict.fromkeys(f"'{call.group}'" for call in made))
        raise ValueError(f"{made[0].file}: {_elsewhere(groups)}")
    if not only or any(app == only and _is_about(made, host, app) for host, app in here):
        return
    if made and not any(only.name in call.apps for call in made):
        files = " and ".join(dict.fromkeys(call.file for call in made))
        raise ValueError(f"--data app={only.name}: nothing of {files} is about it; type deploys/site.py")
    group = f"'{only.group}'"
    raise ValueError(f"--data app={only.name}: {_elsewhere(group)}")


def reached(made: Sequence[Call], here: Iterable[tuple[Host, App]]) -> list[App]:
    """Those of the apps, each with a host, that the calls bring to it."""
    return list(
        {
            app.name: app
            for host, app in here
            if any(call.reaches(host.groups) and app.name in call.apps for call in made)
        }.values()
    )


def _is_about(made: Sequence[Call], host: Host, app: App) -> bool:
    return not made or bool(reached(made, [(host, app)]))


def _elsewhere(groups: str) -> str:
    return (
        f"it is for the hosts of group {groups}, and this run has none of them; "
        "choose others by --limit, or type deploys/site.py"
    )
