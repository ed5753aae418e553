"""What is said of a plan, wherever it is shown."""

from collections.abc import Iterator

from tasks.plan.model import AppStep, Plan


def said(app: AppStep) -> Iterator[str]:
    """What happens to an app, and why."""
    yield "; ".join(app.reasons)
    if app.along_with:
        yield f"goes along with {app.along_with}, with which it shares a secret"
    if app.one_way:
        yield "its migration is ONE-WAY: no roll-back; back up first"
    if app.unlocked:
        yield f"no digest is known of {', '.join(app.unlocked)}: make lock"
    if app.missing:
        yield f"REFUSED: no registry has {', '.join(app.missing)}; correct the record's tag"


def left(plan: Plan) -> Iterator[str]:
    """Who would have to go along, and does not."""
    for app in plan.left:
        yield (
            f"{app} shares a secret with {plan.app} that changes, and this run does not reach it; "
            f"guildhall apply --app {plan.app} reaches both"
        )


def restarts(app: AppStep) -> str:
    """Which services start anew, and how long it took the last time."""
    if app.action == "retire":
        return "stops; its data stays"
    took = f"; took {app.last.seconds} s last time" if app.last and app.last.result == "deployed" else ""
    return f"starts {', '.join(app.restarts)} anew{took}" if app.restarts else "restarts nothing"


def total(plan: Plan) -> str:
    """One line of what a run would do, everywhere."""
    apps = [app for host in plan.hosts for app in host.apps if not app.refused]
    steps = sum(step.changes for host in plan.hosts for step in host.steps)
    refused = sum(len(list(host.refusals)) for host in plan.hosts)
    away = sum(bool(host.unreachable) for host in plan.hosts)
    parts = (
        (len(apps), "app", "apps"),
        (sum(len(app.restarts) for app in apps), "service starts anew", "services start anew"),
        (steps, "step on hosts", "steps on hosts"),
        (refused, "refusal", "refusals"),
        (away, "host not reached", "hosts not reached"),
    )
    return ", ".join(f"{count} {one if count == 1 else more}" for count, one, more in parts if count) or (
        "nothing to do"
    )
