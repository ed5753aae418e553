"""Which of the two moved: the repository, or a host."""

from collections.abc import Iterator

from tasks.plan.model import HostPlan, HostStep, Plan
from tasks.plan.words import total

MOVED = {
    "new": "is not there yet",
    "repository": "the repository moved",
    "host": "the host moved",
    "both": "both moved",
    "either": "it is not on record which of the two moved",
}


def drift(plan: Plan) -> Iterator[str]:
    """Line by line: what is not as it was deployed, or as it should be."""
    for host in plan.hosts:
        for line in _host(host):
            yield f"{host.name}: {line}"
    yield f"{plan.environment}, {plan.commit or 'no commit'}: {total(plan)}"


def _host(host: HostPlan) -> Iterator[str]:
    if why := host.unreachable or host.problem:
        yield f"NOT KNOWN: {why}"
    for step in host.steps:
        yield ": ".join(filter(None, (step.name, _moved(step), "; ".join(_said(step)))))
    for app in host.apps:
        yield f"{app.app}: {MOVED[app.cause]}: {'; '.join(app.reasons)}"
    yield from host.unknown


def _moved(step: HostStep) -> str:
    return MOVED[step.cause] if step.changes else ""


def _said(step: HostStep) -> Iterator[str]:
    return (line.strip() for line in (*step.details, *step.problems))


def noted(host: HostPlan, now: float) -> Iterator[str]:
    """What was found of one host at a time (Unix), as its own node-exporter tells it."""
    yield f"guildhall_drift_checked_seconds {now:.0f}"
    for app in host.apps:
        yield f'guildhall_drift{{app="{app.app}",moved="{app.cause}"}} 1'
    for step in host.steps:
        yield f'guildhall_drift{{part="{step.name}",moved="{step.cause}"}} 1'


def metrics(plan: Plan) -> Iterator[str]:
    """The same in Prometheus' text format."""
    yield "# HELP guildhall_drift 1 for each app or part of a host that is not as the repository says."
    yield "# TYPE guildhall_drift gauge"
    for host in plan.hosts:
        for app in host.apps:
            yield f'guildhall_drift{{host="{host.name}",part="{app.app}",moved="{app.cause}"}} 1'
        for step in host.steps:
            yield f'guildhall_drift{{host="{host.name}",part="{step.name}",moved="{step.cause}"}} 1'
    yield "# HELP guildhall_drift_known Whether a host could be read."
    yield "# TYPE guildhall_drift_known gauge"
    for host in plan.hosts:
        known = int(not (host.unreachable or host.problem))
        yield f'guildhall_drift_known{{host="{host.name}"}} {known}'
