"""A plan for a pull request."""

from collections.abc import Iterable, Iterator

from tasks.plan.model import HostPlan, Plan
from tasks.plan.words import left, restarts, said, total


def markdown(plan: Plan) -> Iterator[str]:
    """One comment: a total, a table a host, and diffs to unfold."""
    yield f"### Plan for {plan.environment}: {total(plan)}"
    yield f"\nOf `{plan.commit or 'no commit'}`, by {', '.join(f'`{each}`' for each in plan.deploys)}."
    for host in plan.hosts:
        yield from _host(host)
    yield from (f"\n- {_cell(line)}" for line in left(plan))
    if plan.dns:
        yield "\n**DNS**, which a deploy leaves as it is (`guildhall dns apply`)\n"
        yield from (f"- {_cell(line)}" for line in plan.dns)


def _host(host: HostPlan) -> Iterator[str]:
    if host.unreachable or host.problem:
        word = "not reached" if host.unreachable else "failed"
        yield f"\n**{host.name}**: {word}: {_cell(host.unreachable or host.problem)}"
        return
    rows = list(_rows(host))
    yield f"\n**{host.name}**{'' if rows else ': nothing to do'}"
    if rows:
        yield "\n| what | why | effect |\n|---|---|---|"
        yield from (f"| {' | '.join(map(_cell, row))} |" for row in rows)
    for line in host.unknown:
        yield f"\n- no record: {_cell(line)}"
    if host.ahead:
        yield f"\n- of a commit that this checkout does not contain, or of none: {', '.join(host.ahead)}"
    yield from _unfolded(host)


def _rows(host: HostPlan) -> Iterator[tuple[str, str, str]]:
    for step in host.steps:
        effect = "; ".join(f"REFUSED: {problem}" for problem in step.problems)
        came = ", ".join(step.places)
        yield step.name, "; ".join(_plain(step.details)), "; ".join(filter(None, (effect, came)))
    for app in host.apps:
        effect = f"REFUSED: {app.refused}" if app.refused else restarts(app)
        came = ", ".join(filter(None, (app.place, *app.commits)))
        yield app.app, "; ".join(said(app)), f"{effect}; {came}" if came else effect


def _plain(details: Iterable[str]) -> list[str]:
    return [line for line in details if not line.startswith(("+", "-", "@", " "))]


def _unfolded(host: HostPlan) -> Iterator[str]:
    for name, diff in (*((app.app, app.diff) for app in host.apps),):
        if diff:
            fence = "`" * (1 + max(3, *(line.count("`") for line in diff)))
            yield f"\n<details><summary>{name}</summary>\n\n{fence}diff"
            yield from diff
            yield f"{fence}\n</details>"


def _cell(text: str) -> str:
    """Nothing in it ends a cell, or is taken for markup."""
    return " ".join(text.split()).replace("|", "\\|").replace("<", "&lt;").replace("@", "&#64;")
