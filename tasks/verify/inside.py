"""What is right and what is wrong with a host, from what it says of itself: pure."""

import ipaddress
import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from typing import Any, Final

from catalogue.model import App
from catalogue.views import DnsRecord, Target, present
from tasks.run import Finding

Listener = tuple[str, int]
"""Protocol and port."""
DHCP_CLIENT: Final = {68, 546}
"""UDP ports at which a host waits for its own lease."""
ROOT_ONLY: Final = "600 root:root"


def inside(
    host: str,
    apps: Sequence[App],
    targets: Sequence[Target],
    records: Iterable[DnsRecord],
    lines: Iterable[str],
    declared: AbstractSet[Listener],
) -> list[Finding]:
    """Every finding about a host's inside; `targets` is empty where Prometheus does not run.

    `declared` may listen at its public addresses.
    """
    told: dict[str, list[list[str]]] = {}
    for line in lines:
        kind, *values = line.split("\t")
        told.setdefault(kind, []).append(values)
    found = [json.loads(values[0]) for values in told.get("container", [])]
    return [
        *containers(host, apps, found),
        ports(host, [*_listening(told.get("listen", [])), *_published(found)], declared),
        *(isolation(host, state) for state, *_ in told.get("isolation", [])),
        *(firewall(host, state) for state, *_ in told.get("firewall", [])),
        secret_files(host, told.get("secrets", [])),
        names(host, records, told.get("name", [])),
        *(scrapes(host, targets, told.get("targets", [[""]])[0][0]) if targets else ()),
    ]


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


def _listening(rows: Iterable[Sequence[str]]) -> Iterator[tuple[str, str, int]]:
    """Protocol, address and port of each row of `ss`."""
    for protocol, local in rows:
        address, _, port = local.rpartition(":")
        yield protocol, address.partition("%")[0].strip("[]").replace("*", "::"), int(port)


def _published(found: Iterable[Mapping[str, Any]]) -> Iterator[tuple[str, str, int]]:
    """What Docker publishes: it may forward in the kernel, where `ss` sees nobody listen."""
    for each in found:
        for port, bindings in (each["ports"] or {}).items():
            for binding in bindings or ():
                yield port.partition("/")[2], binding["HostIp"], int(binding["HostPort"])


def ports(host: str, listening: Iterable[tuple[str, str, int]], declared: AbstractSet[Listener]) -> Finding:
    """Nothing but what is declared can be reached at a public address."""
    public = {(protocol, port) for protocol, address, port in listening if _is_public(address)}
    public -= {("udp", port) for port in DHCP_CLIENT}
    wrong = public - declared
    listed = ", ".join(f"{port}/{protocol}" for protocol, port in sorted(wrong or public))
    detail = f"open to the world: {listed}" if wrong else listed
    return Finding(host=host, check="ports", subject="public address", passed=not wrong, detail=detail)


def _is_public(address: str) -> bool:
    parsed = ipaddress.ip_address(address)
    return parsed.is_unspecified or parsed.is_global


def isolation(host: str, state: str) -> Finding:
    """Docker's rules keep an app from another's network, past the login in front of it."""
    whole = state == "whole"
    detail = state if whole else "Docker's rules in the packet filter are gone: deploy, it makes them anew"
    return Finding(host=host, check="isolation", subject="networks", passed=whole, detail=detail)


def firewall(host: str, state: str) -> Finding:
    """The rules that keep who has no business out, and each app to what its record says."""
    loaded = state == "loaded"
    detail = state if loaded else "the host's rules in the packet filter are gone: deploy, it loads them anew"
    return Finding(host=host, check="firewall", subject="rules", passed=loaded, detail=detail)


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
