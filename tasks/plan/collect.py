"""A run that was prepared and not begun, read as a plan."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from pyinfra.api import Host, State

from catalogue import views
from catalogue.model import App
from tasks import checkout
from tasks.host import cause
from tasks.plan import origin
from tasks.plan.model import AppStep, HostPlan, HostStep, ImageChange, LastDeploy, Plan
from tasks.stacks import Change, Noted, Stack, secrets_changed, unknown

STACKS = "Stacks | stacks: releases"
"""The one operation of which apps are the steps."""


OF_APPS = ("Databases | ", "Buckets | ", "Zabbix | ")
"""Operations whose lines begin with an app's name."""


@dataclass(frozen=True)
class Said:
    """What the operations of a run said, in their order, by host and operation (its hash; empty outside)."""

    info: dict[tuple[str, str], list[str]] = field(default_factory=lambda: defaultdict(list))
    """Of their work."""
    wrong: dict[tuple[str, str], list[str]] = field(default_factory=lambda: defaultdict(list))
    """Warnings and errors."""
    took: dict[tuple[str, str], float] = field(default_factory=dict)
    """Seconds of those that ran."""


def collected(
    plan: Plan, apps: Collection[App], noted: Mapping[str, Noted], state: State, said: Said
) -> Plan:
    """A plan with what each host of the run said that it would do. `apps`: the whole catalogue."""
    hosts = [host for host in state.inventory if state.is_host_in_limit(host)]
    plans = (_host(apps, noted[host.name], state, host, said) for host in hosts)
    made = replace(plan, hosts=tuple(_along(plan.app, each) for each in plans))
    return replace(made, left=_left(plan.app, apps, [noted[host.name] for host in hosts]))


def _along(app: str, host: HostPlan) -> HostPlan:
    """Where a run is about one app, others are there on its account."""
    steps = (replace(each, along_with=app if app != each.app else "") for each in host.apps)
    return replace(host, apps=tuple(steps)) if app else host


def _left(name: str, apps: Collection[App], noted: Collection[Noted]) -> tuple[str, ...]:
    """Apps that would have to go along, and that no host of the run has compared."""
    known = {app.name: app for app in apps}
    compared = {each for note in noted for each in note.compared}
    own = [change for note in noted for change in note.changes if change.app.name == name]
    return tuple(
        other
        for other in (views.partners(known[name], tuple(apps)) if own else ())
        if other not in compared
        and any(secrets_changed(each, views.shared(known[name], known[other], tuple(apps))) for each in own)
    )


def _host(apps: Collection[App], noted: Noted, state: State, host: Host, said: Said) -> HostPlan:
    if not host.connected and host not in state.activated_hosts:
        why = "; ".join(said.wrong.get((host.name, ""), ()))
        return HostPlan(name=host.name, unreachable=why or "it does not answer")
    if host in state.failed_hosts:
        problems = [line for (of, _), lines in said.wrong.items() if of == host.name for line in lines]
        why = "; ".join(dict.fromkeys(problems))
        return HostPlan(name=host.name, problem=why or "it failed, and said nothing")
    return HostPlan(
        name=host.name,
        steps=tuple(_steps(state, host, said)),
        apps=tuple(_app(change, noted) for change in noted.changes),
        unknown=unknown(apps, noted.found),
        ahead=tuple(
            app
            for app, stack in sorted(noted.found.stacks.items())
            if app in noted.compared and _is_ahead(app, stack, noted)
        ),
    )


def _is_ahead(app: str, stack: Stack, noted: Noted) -> bool:
    """Whether a run could set back what somebody else deployed, be it from a commit or from files in none."""
    commit = str(stack.manifest.get("commit", ""))
    others = stack.last.get("by", "") not in ("", checkout.operator())
    changes = any(change.app.name == app for change in noted.changes)
    return not checkout.contains(commit) or (commit.endswith("+") and others and changes)


def _steps(state: State, host: Host, said: Said) -> list[HostStep]:
    """Operations that would change the host, or that complain; those of its apps are told as such."""
    found = []
    for key in state.get_op_order():  # type: ignore[no-untyped-call]
        if key not in state.ops[host]:
            continue
        name = min(state.op_meta[key].names)
        changes = bool(state.ops[host][key].operation_meta._maybe_is_change)
        problems = tuple(said.wrong.get((host.name, key), ()))
        if name != STACKS and (changes or problems):
            details = tuple(said.info.get((host.name, key), ()))
            places = _places(details) if name.startswith(OF_APPS) else ()
            found.append(
                HostStep(
                    name=name,
                    details=details,
                    problems=problems,
                    cause=cause(state, host.name, key),
                    changes=changes,
                    places=places,
                )
            )
    return found


def _places(details: Iterable[str]) -> tuple[str, ...]:
    """Where the records of the apps are that these lines begin with."""
    found = (origin.place(line.partition(":")[0]) for line in details)
    return tuple(dict.fromkeys(filter(None, found)))


def _app(change: Change, noted: Noted) -> AppStep:
    name, release, before = change.app.name, change.release, change.before
    images = tuple(ImageChange(**each._asdict()) for each in change.images)
    return AppStep(
        app=name,
        action="deploy" if release else "retire",
        revision=release.revision if release else "",
        reasons=change.reasons,
        cause=change.cause,
        images=images,
        restarts=change.recreated,
        one_way=change.one_way,
        refused=noted.refused.get(name, ""),
        unlocked=release.unlocked if release else (),
        pulls=tuple(
            each
            for each in (release.images if release else ())
            if "@" not in each and each not in before.manifest.get("images", ())
        ),
        last=last_deploy(before.last),
        place=origin.place(name, *(each.after for each in images)),
        commits=origin.commits(name, str(before.manifest.get("commit", ""))),
        diff=noted.diffs.get(name, ()),
    )


def last_deploy(entry: Mapping[str, Any]) -> LastDeploy | None:
    """What a host has on record; None if it is nothing, or damaged."""
    try:
        return LastDeploy(**{**entry, "seconds": int(entry["seconds"])})
    except (KeyError, TypeError, ValueError):
        return None
