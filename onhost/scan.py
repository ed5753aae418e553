"""Tries ports from this host and from inside its containers, and says what each answers; changes nothing."""

from __future__ import annotations

import ctypes
import ipaddress
import json
import os
import resource
import socket
from collections import defaultdict
from collections.abc import Iterable, Iterator
from contextlib import suppress
from typing import Any, NamedTuple

from onhost import engine
from onhost.tries import Target, Tries

SECONDS = 1.0
"""How long an answer may take: between servers of one network it takes a thousandth of it."""
NETWORK = 0x40000000  # CLONE_NEWNET of <linux/sched.h>
LISTENS = "0A"  # TCP_LISTEN of <net/tcp_states.h>


class Container(NamedTuple):
    """One that has a network of its own."""

    name: str
    app: str
    pid: int
    networks: dict[str, list[str]]
    """Name: its addresses there."""
    gateways: list[str]
    """Addresses of this host in its networks."""


def told(text: str) -> Iterator[dict[str, Any]]:
    """What a plan of addresses and ports comes to: a line for each container, and one for whoever tried."""
    plan = json.loads(text)
    names = {name: _addresses(name) for name, _ in plan["services"]}
    services = [Target(each, "tcp", port) for name, port in plan["services"] for each in names[name]]
    inside = _containers()
    tries = _tried(plan, services, inside)
    yield {"kind": "names", "names": names}
    for each in inside:
        yield {"kind": "container", "name": each.name, "app": each.app, "networks": each.networks}
    for who, answers in tries.answers.items():
        yield {
            "kind": "from",
            "name": who,
            "answers": {said: _short(found) for said, found in answers.items()},
        }


def _tried(plan: dict[str, Any], services: list[Target], inside: list[Container]) -> Tries:
    """From this host at other servers; from containers at all servers, at services and at each other."""
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
    listening = {each.name: _listening(each) for each in inside}
    tries = Tries()
    tries.begin("", _at(plan["others"], plan))
    for each in inside:
        beside = [found for other in inside if other.app != each.app for found in listening[other.name]]
        with suppress(FileNotFoundError, ProcessLookupError):  # it ended meanwhile
            _enter(each.pid)
            tries.begin(
                each.name, [*_at([*plan["servers"], *each.gateways], plan), *dict.fromkeys(services), *beside]
            )
    tries.hear(SECONDS)
    tries.give_up()
    return tries


def _at(addresses: Iterable[str], plan: dict[str, Any]) -> list[Target]:
    return [
        Target(address, protocol, port)
        for address in addresses
        for protocol in ("tcp", "udp")
        for port in plan[protocol]
    ]


def _short(found: Iterable[Target]) -> dict[str, list[int]]:
    """`PROTOCOL ADDRESS`: its ports."""
    ports: dict[str, list[int]] = defaultdict(list)
    for target in found:
        ports[f"{target.protocol} {target.address}"].append(target.port)
    return ports


def _addresses(name: str) -> list[str]:
    """Those of a name, as this host sees them; none if it has none."""
    try:
        found = socket.getaddrinfo(name, 0, type=socket.SOCK_STREAM)
    except OSError:
        return []
    return sorted({str(address[0]) for *_, address in found})


def _containers() -> list[Container]:
    """One of each app and set of networks: others of it see the same."""
    found: dict[tuple[str, ...], Container] = {}
    for listed in sorted(engine.ask("GET", "/containers/json"), key=lambda each: each["Names"]):
        seen = engine.is_there(f"/containers/{listed['Id']}/json") or {}
        pid = (seen.get("State") or {}).get("Pid") or 0
        networks = (seen.get("NetworkSettings") or {}).get("Networks") or {}
        if pid and "host" not in networks:
            app, name = seen["Config"]["Labels"].get(engine.PROJECT, ""), seen["Name"].strip("/")
            kind = (app or name, *sorted(networks))
            found.setdefault(kind, _container(name, app, pid, networks))
    return list(found.values())


def _container(name: str, app: str, pid: int, networks: dict[str, dict[str, Any]]) -> Container:
    def of(each: dict[str, Any], *keys: str) -> list[str]:
        return [each[key] for key in keys if each.get(key)]

    return Container(
        name=name,
        app=app,
        pid=pid,
        networks={net: of(each, "IPAddress", "GlobalIPv6Address") for net, each in networks.items()},
        gateways=[gate for each in networks.values() for gate in of(each, "Gateway", "IPv6Gateway")],
    )


def _listening(container: Container) -> list[Target]:
    """The ports that it has for more than itself, at each of its addresses."""
    ports = set()
    for name in ("tcp", "tcp6"):
        with suppress(OSError), open(f"/proc/{container.pid}/net/{name}") as table:  # noqa: PTH123 - it ended
            for row in list(table)[1:]:
                _, local, _, state = row.split()[:4]
                address, _, port = local.partition(":")
                if state == LISTENS and not is_loopback(address):
                    ports.add(int(port, 16))
    addresses = [address for each in container.networks.values() for address in each]
    return [Target(address, "tcp", port) for address in addresses for port in sorted(ports)]


def is_loopback(text: str) -> bool:
    """Of an address as the kernel's tables have it: words of four bytes, the last byte first."""
    words = [bytes.fromhex(text[start : start + 8])[::-1] for start in range(0, len(text), 8)]
    address = ipaddress.ip_address(b"".join(words))
    return (getattr(address, "ipv4_mapped", None) or address).is_loopback


def _enter(pid: int) -> None:
    """What this process opens from here on is in that one's network; Python itself knows it from 3.12 on."""
    with open(f"/proc/{pid}/ns/net") as file:  # noqa: PTH123 - the file itself is needed
        if ctypes.CDLL(None, use_errno=True).setns(file.fileno(), NETWORK):
            code = ctypes.get_errno()
            raise OSError(code, os.strerror(code))
