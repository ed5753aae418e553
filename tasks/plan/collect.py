"""A run that was prepared and not begun, read as a plan."""

from collections.abc import Mapping
from typing import Any

from pyinfra.api import Host, State

from tasks import checkout
from tasks.plan import origin
from tasks.plan.model import AppStep, HostPlan, HostStep, ImageChange, LastDeploy, Plan
from tasks.run import Run
from tasks.stacks import Change, Noted, unknown

STACKS = "Stacks | stacks: releases"
"""The one operation of which apps are the steps."""
Said = Mapping[tuple[str, str], list[str]]


def plan(run: Run, state: State, info: Said, wrong: Said, deploys: tuple[str, ...]) -> Plan:
    """What each host of the run said that it would do."""
    hosts = [host for host in state.inventory if state.is_host_in_limit(host)]
    return Plan(
        environment=run.site.environment,
        commit=run.deployment.commit,
        deploys=deploys,
        hosts=tuple(_host(run, state, host, info, wrong) for host in hosts),
    )


def _host(run: Run, state: State, host: Host, info: Said, wrong: Said) -> HostPlan:
    outside = tuple(wrong.get((host.name, ""), ()))
    if not host.connected and host not in state.activated_hosts:
        return HostPlan(name=host.name, unreachable="; ".join(outside) or "it does not answer")
    noted = run.notes[host.name].stacks
    if host in state.failed_hosts:
        said = [line for (of, _), lines in wrong.items() if of == host.name for line in lines]
        return HostPlan(
            name=host.name, problem="; ".join(dict.fromkeys(said)) or "it failed, and said nothing"
        )
    return HostPlan(
        name=host.name,
        steps=tuple(_steps(state, host, info, wrong)),
        apps=tuple(_app(change, noted) for change in noted.changes),
        unknown=unknown(run.apps, noted.found),
        ahead=tuple(
            app
            for app, stack in sorted(noted.found.stacks.items())
            if not checkout.contains(str(stack.manifest.get("commit", "")))
        ),
    )


def _steps(state: State, host: Host, info: Said, wrong: Said) -> list[HostStep]:
    """Operations that would change the host, or that complain; those of its apps are told as such."""
    found = []
    for key in state.get_op_order():  # type: ignore[no-untyped-call]
        if key not in state.ops[host]:
            continue
        name = min(state.op_meta[key].names)
        changes = bool(state.ops[host][key].operation_meta._maybe_is_change)
        problems = tuple(wrong.get((host.name, key), ()))
        if name != STACKS and (changes or problems):
            details = tuple(info.get((host.name, key), ()))
            found.append(HostStep(name=name, details=details, problems=problems, changes=changes))
    return found


def _app(change: Change, noted: Noted) -> AppStep:
    name, release, before = change.app.name, change.release, change.before
    images = tuple(ImageChange(**each._asdict()) for each in change.images)
    return AppStep(
        app=name,
        action="deploy" if release else "retire",
        revision=release.revision if release else "",
        reasons=change.reasons,
        images=images,
        restarts=change.recreated,
        one_way=change.one_way,
        refused=noted.refused.get(name, ""),
        unlocked=release.unlocked if release else (),
        last=_last(before.last),
        place=origin.place(name, *(each.after for each in images)),
        commits=origin.commits(name, str(before.manifest.get("commit", ""))),
        diff=noted.diffs.get(name, ()),
    )


def _last(entry: Mapping[str, Any]) -> LastDeploy | None:
    try:
        return LastDeploy(**{**entry, "seconds": int(entry["seconds"])})
    except (KeyError, TypeError, ValueError):
        return None
