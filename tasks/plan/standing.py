"""What runs now: one line an app, with what is ill about it."""

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass
from typing import Any

from tasks.plan.collect import last_deploy
from tasks.plan.model import Code, HostPlan, LastDeploy, Plan
from tasks.stacks import HostState, Stack


@dataclass(frozen=True, kw_only=True)
class Standing:
    """One app as it stands on a host."""

    host: str
    app: str
    version: str
    revision: str
    commit: str
    serving: int
    """Services of its release that serve."""
    services: int
    since: str
    """How long its first service's container has been as it is, in the engine's words: `2 hours`."""
    ill: tuple[str, ...]
    """What is wrong with a container, each in words."""
    drift: str
    """What moved since its last deploy: `repository`, `host`, `both`, `new`; empty if nothing did."""
    last: LastDeploy | None
    last_lines: tuple[str, ...] = ()
    """What its ill containers printed last, without its secrets."""

    @property
    def good(self) -> bool:
        """It serves, and its last deploy ended well."""
        return not self.ill and (self.last is None or self.last.result in ("deployed", "retired"))


def standings(plan: HostPlan, found: HostState) -> Iterator[Standing]:
    """Every app of ours on a host, and those that it should have and has not."""
    drift = {step.app: step.cause for step in plan.apps}
    for app in dict.fromkeys((*found.stacks, *drift)):
        stack = found.stacks.get(app, Stack())
        wanted = dict(stack.manifest.get("services", {}))
        serving = {each.service for each in stack.containers if each.serves and each.service in wanted}
        yield Standing(
            host=plan.name,
            app=app,
            version=stack.version,
            revision=stack.revision,
            commit=str(stack.manifest.get("commit", "")),
            serving=len(serving),
            services=len(wanted),
            since=next(
                (each.since for name in wanted for each in stack.containers if each.service == name), ""
            ),
            ill=tuple(_ill(stack, wanted)),
            drift=drift.get(app, ""),
            last=last_deploy(stack.last),
        )


def sick(stack: Stack) -> list[str]:
    """Services of its release that have a container which does not serve."""
    wanted = stack.manifest.get("services", {})
    return [each.service for each in stack.containers if not each.serves and each.service in wanted]


def _ill(stack: Stack, wanted: Iterable[str]) -> Iterator[str]:
    for service in wanted:
        own = [each for each in stack.containers if each.service == service]
        if not own:
            yield f"{service} has no container"
        yield from (f"{service} is {each.state} {each.health}".rstrip() for each in own if not each.serves)


def standing_json(made: Plan, found: Iterable[Standing]) -> dict[str, Any]:
    """The same for a machine: of each host why it is not known, empty if it is; parts that moved; apps."""
    return {
        "hosts": {host.name: host.unreachable or host.problem for host in made.hosts},
        "parts": [
            {"host": host.name, "part": step.name, "drift": step.cause}
            for host in made.hosts
            for step in host.steps
            if step.changes
        ],
        "apps": [{**asdict(each), "good": each.good} for each in found],
    }


def standing_code(made: Plan, found: Iterable[Standing]) -> Code:
    """Whether all is well: an error comes before a host that is away."""
    if any(host.problem for host in made.hosts) or not all(each.good for each in found):
        return Code.REFUSED
    return Code.UNREACHABLE if any(host.unreachable for host in made.hosts) else Code.NOTHING


def _parts(host: HostPlan) -> Iterator[str]:
    """How many parts of the host itself are not as they should be, by what moved."""
    counted = Counter(step.cause for step in host.steps if step.changes)
    if counted:
        told = ", ".join(f"{cause} {number}" for cause, number in counted.items())
        yield f"{host.name}: parts of the host itself that moved: {told}; guildhall drift names them"


def shown(made: Plan, found: Iterable[Standing]) -> Iterator[str]:
    """Hosts that are not known or moved themselves, and a table of apps, what is ill first."""
    for host in made.hosts:
        if why := host.unreachable or host.problem:
            yield f"{host.name}: NOT KNOWN: {why}"
        yield from _parts(host)
    rows = sorted(found, key=lambda each: (each.good, each.host))
    yield (
        f"{'host':16}{'app':16}{'version':16}{'commit':12}{'services':10}{'since':15}"
        f"{'last deploy (UTC)':29}drift"
    )
    for each in rows:
        last = f"{each.last.time[:16].replace('T', ' ')} {each.last.by}" if each.last else "not on record"
        counted = f"{each.serving} of {each.services}"
        yield (
            f"{each.host:16}{each.app:16}{each.version:16}{each.commit:12}{counted:10}{each.since:15}{last:29}"
            f"{each.drift}"
        ).rstrip()
        yield from (f"{'':16}{line}" for line in each.ill)
        yield from (f"{'':20}{line}" for line in each.last_lines)
        if each.last and not each.good and each.last.result not in ("deployed", "retired"):
            yield f"{'':16}its last deploy: {each.last.result}"
