"""What is right and what is wrong with a host, from what it says of itself: pure."""

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from typing import Any, Final

from catalogue.model import App
from catalogue.views import DnsRecord, Target, present
from tasks.run import Finding
from tasks.verify.ports import Listener, for_others, open_ports, ports, private_ports

ROOT_ONLY: Final = "600 root:root"


def inside(
    host: str,
    apps: Sequence[App],
    targets: Sequence[Target],
    records: Iterable[DnsRecord],
    lines: Iterable[str],
    declared: AbstractSet[Listener],
    private: AbstractSet[Listener] = frozenset(),
) -> list[Finding]:
    """Every finding about a host's inside; `targets` is empty where Prometheus does not run.

    `declared` may listen at its public addresses, `private` at the private one as well.
    """
    told = by_kind(lines)
    found = [json.loads(values[0]) for values in told.get("container", [])]
    listening = open_ports(told.get("listen", []), found)
    return [
        *containers(host, apps, found),
        ports(host, listening, declared),
        private_ports(host, listening, declared | private),
        *(isolation(host, state) for state, *_ in told.get("isolation", [])),
        *(firewall(host, state) for state, *_ in told.get("firewall", [])),
        secret_files(host, told.get("secrets", [])),
        names(host, records, told.get("name", [])),
        *(scrapes(host, targets, told.get("targets", [[""]])[0][0]) if targets else ()),
    ]


def heard(lines: Iterable[str]) -> set[Listener]:
    """What listens at a host for more than itself."""
    told = by_kind(lines)
    found = [json.loads(values[0]) for values in told.get("container", [])]
    return for_others(open_ports(told.get("listen", []), found))


def by_kind(lines: Iterable[str]) -> dict[str, list[list[str]]]:
    """The values of each line, by the kind that it begins with."""
    told: dict[str, list[list[str]]] = {}
    for line in lines:
        kind, *values = line.split("\t")
        told.setdefault(kind, []).append(values)
    return told


def containers(host: str, apps: Sequence[App], found: Sequence[Mapping[str, Any]]) -> Iterator[Finding]:
    """Each service of the catalogue is healthy, and nothing else is broken."""
    by_name = {_name(each): each for each in found}
    wanted = {
        (app.name, service.name) for app in present(apps) for service in app.services if not service.one_shot
    }
    known = {app.name for app in apps}
    for name in [*sorted(wanted), *sorted(by_name.keys() - wanted)]:
        each = by_name.get(name)
        if each and each.get("digest") and name[0] not in known:
            yield _unknown(host, name)
            continue
        state = f"{each['state']} {each['health']}".strip() if each else "missing"
        finished = name not in wanted and each is not None and each["exit_code"] == 0
        passed = state == "running healthy" or (finished and state in ("running", "exited"))
        yield Finding(host=host, check="container", subject="/".join(name), passed=passed, detail=state)


def _unknown(host: str, name: tuple[str, str]) -> Finding:
    """A deploy made it, and no record tells of it any more."""
    what = f"no record places it here: deploy; if it stays: docker compose -p {name[0]} down --remove-orphans"
    return Finding(host=host, check="container", subject="/".join(name), passed=False, detail=what)


def _name(container: Mapping[str, Any]) -> tuple[str, str]:
    """App and service; what was started by hand belongs to none."""
    return container["project"] or "no app", container["service"] or container["name"].strip("/")


def isolation(host: str, state: str) -> Finding:
    """Docker's rules keep an app from another's network, past the login in front of it."""
    whole = state == "whole"
    detail = state if whole else "Docker's rules in the packet filter are gone: deploy, it makes them anew"
    return Finding(host=host, check="isolation", subject="networks", passed=whole, detail=detail)


FIREWALL: Final = {
    "loaded": "",
    "gone": "the host's rules in the packet filter are gone: deploy, it loads them anew",
    "changed": "the host's rules in the packet filter are not those of a deploy: deploy, it loads them anew",
}
"""What is wrong in each state of the rules."""


def firewall(host: str, state: str) -> Finding:
    """The rules that keep who has no business out, and each app to what its record says."""
    wrong = FIREWALL[state]
    return Finding(host=host, check="firewall", subject="rules", passed=not wrong, detail=wrong or state)


def secret_files(host: str, rows: Sequence[Sequence[str]]) -> Finding:
    """Only root reads a file with secrets."""
    wrong = [f"{path} is {access}" for access, path in rows if access != ROOT_ONLY]
    detail = "; ".join(wrong) or f"{len(rows)} files, each {ROOT_ONLY}"
    return Finding(host=host, check="secrets", subject="/opt/*/.env", passed=not wrong, detail=detail)


def names(host: str, records: Iterable[DnsRecord], rows: Sequence[Sequence[str]]) -> Finding:
    """Public names lead to their servers, for who asks from this host."""
    wanted: dict[str, set[str]] = {}
    for record in records:
        wanted.setdefault(record.example, set()).add(record.address)
    told = {name: set(" ".join(addresses).split()) for name, *addresses in rows}
    wrong = []
    for name, good in wanted.items():
        found = told.get(name, set())
        if found != good:
            what = f"leads to {', '.join(sorted(found))}" if found else "leads nowhere"
            wrong.append(f"{name} {what}, not to {', '.join(sorted(good))}")
    detail = "; ".join(wrong) or "each leads to its server"
    return Finding(host=host, check="dns", subject=f"{len(wanted)} names", passed=not wrong, detail=detail)


def scrapes(host: str, targets: Iterable[Target], answer: str) -> Iterator[Finding]:
    """Prometheus reaches everything that has metrics."""
    try:
        active = json.loads(answer)["data"]["activeTargets"]
    except (ValueError, KeyError, TypeError):
        yield Finding(
            host=host, check="metrics", subject="all targets", passed=False, detail=answer or "no answer"
        )
        return
    states = {each["discoveredLabels"]["__address__"]: each for each in active}
    for target in targets:
        each = states.get(target.address, {"health": "not a target", "lastError": ""})
        up = each["health"] == "up"
        yield Finding(
            host=target.host,
            check="metrics",
            subject=f"{target.job} {target.address}",
            passed=up,
            detail="up" if up else f"{each['health']} {each['lastError']}".strip(),
        )
