"""A plan for a person at a terminal."""

from collections.abc import Iterable, Iterator

import click

from tasks.plan.model import AppStep, HostPlan, HostStep, Plan
from tasks.plan.words import left, restarts, said, total

INDENT = "  "
WIDTH = 14
"""Columns of an app's name."""


def text(plan: Plan) -> Iterator[str]:
    """Line by line; colours are left to who prints it."""
    for host in plan.hosts:
        yield from _host(host)
    yield from (f"{click.style('left', fg='yellow')}: {line}" for line in left(plan))
    yield from (f"{click.style('DNS', fg='yellow')}: {line}" for line in plan.dns)
    if plan.dns:
        yield "DNS: a deploy leaves it as it is; guildhall dns apply"
    yield f"{plan.environment}, {plan.commit or 'no commit'}: {total(plan)}"


def _host(host: HostPlan) -> Iterator[str]:
    name = click.style(host.name, bold=True)
    if host.unreachable:
        yield f"{name}: {click.style('NOT REACHED', fg='red')}: {host.unreachable}"
        return
    if host.problem:
        yield f"{name}: {click.style('FAILED', fg='red')}: {host.problem}"
        return
    nothing = not (host.steps or host.apps or host.unknown or host.ahead)
    yield f"{name}: nothing to do" if nothing else name
    for step in host.steps:
        yield from _step(step)
    for app in host.apps:
        yield from _app(app)
    for line in host.unknown:
        yield f"{INDENT}{click.style('no record', fg='yellow')}: {line}"
    if host.ahead:
        yield (
            f"{INDENT}{click.style('ahead', fg='yellow')}: {', '.join(host.ahead)} came from a commit that "
            "this checkout does not contain, or from none; git pull first, or the run sets back what "
            "somebody else deployed"
        )


def _step(step: HostStep) -> Iterator[str]:
    yield f"{INDENT}{step.name}"
    yield from _indented(step.details)
    yield from _indented(step.places)
    for problem in step.problems:
        yield f"{INDENT * 2}{click.style('REFUSED', fg='red')}: {problem}"


def _app(app: AppStep) -> Iterator[str]:
    first, *rest = said(app)
    yield f"{INDENT}{app.app:{WIDTH}}{first}"
    lines = [*rest, restarts(app)]
    if app.refused:
        lines.append(f"{click.style('REFUSED', fg='red')}: {app.refused}")
    if app.place:
        lines.append(", ".join((app.place, *app.commits)))
    yield from (f"{INDENT}{'':{WIDTH}}{line}" for line in lines)
    yield from _indented(app.diff)


def _indented(lines: Iterable[str]) -> Iterator[str]:
    return (f"{INDENT * 2}{line.strip() if line.startswith('    ') else line}" for line in lines)
