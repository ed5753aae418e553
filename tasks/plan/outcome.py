"""How a run ended, host by host and app by app."""

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from pyinfra import context
from pyinfra.api import Host, State

from tasks.plan.collect import Said
from tasks.plan.model import Code, HostPlan, Plan
from tasks.stacks import Noted, read

ENDED: Final = re.compile(
    r"([\w-]+): (deployed|retired|REFUSED|FAILED|ROLLED BACK|ROLL-BACK FAILED)\b:? ?(.*)"
)
"""The last of these lines that the program on a host says of an app is how it ended."""
GOOD: Final = ("deployed", "retired", "changed")


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """One app, or one part of a host, and what became of it."""

    host: str
    what: str
    result: str
    """`deployed`, `retired` or `changed`; else in capitals what went wrong."""
    detail: str = ""
    seconds: int | None = None
    """Of an app as its host has it on record; None where it keeps none."""

    @property
    def good(self) -> bool:
        return self.result in GOOD


def outcomes(plan: Plan, noted: Mapping[str, Noted], state: State, said: Said) -> list[Outcome]:
    """What was planned, and how each of it ended."""
    hosts = {host.name: host for host in state.inventory}
    return [
        each
        for planned in plan.hosts
        if not (planned.unreachable or planned.problem)
        for each in (
            *_steps(planned, state, hosts[planned.name], said),
            *_apps(planned, noted[planned.name], state, hosts[planned.name]),
        )
    ]


def _steps(planned: HostPlan, state: State, host: Host, said: Said) -> Iterator[Outcome]:
    """Parts of the host: by what pyinfra says of each operation."""
    operations = {min(state.op_meta[key].names): key for key in state.ops[host]}
    for step in planned.steps:
        meta = state.ops[host][operations[step.name]].operation_meta
        wrong = "; ".join(said.wrong.get((host.name, operations[step.name]), step.problems))
        good = meta.is_complete() and meta.did_succeed()
        yield Outcome(
            host=host.name,
            what=step.name,
            result="changed" if good and not wrong else "FAILED",
            detail=wrong or ("" if good else "see above"),
            seconds=round(said.took.get((host.name, operations[step.name]), 0)) if step.changes else None,
        )


def _apps(planned: HostPlan, noted: Noted, state: State, host: Host) -> Iterator[Outcome]:
    """Apps: by what the program on the host said last of each, and what it has on record."""
    said = {match[1]: match for line in noted.said if (match := ENDED.match(line))}
    recorded = _recorded(state, host) if said else {}
    for app in planned.apps:
        last = said.get(app.app)
        if why := noted.refused.get(app.app, app.refused):
            yield Outcome(host=planned.name, what=app.app, result="REFUSED", detail=why)
        elif last is None:
            lost = "the host said nothing of it; guildhall plan says how it is"
            yield Outcome(host=planned.name, what=app.app, result="FAILED", detail=lost)
        else:
            yield Outcome(
                host=planned.name,
                what=app.app,
                result=last[2],
                detail="" if last[2] in GOOD else last[3],
                seconds=recorded.get(app.app),
            )


def _recorded(state: State, host: Host) -> dict[str, int]:
    """App: seconds that its last deploy took, as the host has them on record."""
    with context.ctx_state.use(state), context.ctx_host.use(host):
        found = read(host)
    return {app: int(stack.last["seconds"]) for app, stack in found.stacks.items() if "seconds" in stack.last}


def told(made: Plan, ended: Sequence[Outcome]) -> Iterator[str]:
    """A table of how it ended, what went wrong first, and a line that counts."""
    width = max((len(each.what) for each in ended), default=0) + 2
    for each in sorted(ended, key=lambda each: each.good):
        seconds = f"{each.seconds} s" if each.seconds is not None else ""
        row = f"{each.host:16}{each.what:{width}}{each.result:16}{seconds:>7}"
        yield f"{row}  {each.detail}".rstrip()
    yield from (f"{host.name:16}NOT REACHED: it is as it was" for host in made.hosts if host.unreachable)
    yield from (f"{name:16}unchanged" for name in _unchanged(made, ended))
    counted = Counter(each.result for each in ended)
    if counted:
        yield ", ".join(f"{number} {result}" for result, number in counted.items())


def _unchanged(made: Plan, ended: Iterable[Outcome]) -> list[str]:
    busy = {each.host for each in ended}
    known = (host.name for host in made.hosts if not (host.unreachable or host.problem))
    return [name for name in known if busy and name not in busy]


def code(made: Plan, ended: Iterable[Outcome]) -> Code:
    """How a run ended, for scripts: what was refused or failed comes before a host that is away."""
    if made.code == Code.REFUSED or not all(each.good for each in ended):
        return Code.REFUSED
    return Code.UNREACHABLE if made.code == Code.UNREACHABLE else Code.NOTHING
