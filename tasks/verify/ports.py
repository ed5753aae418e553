"""What listens at a host, for whom, and whether anything says that it may: pure."""

import ipaddress
from collections.abc import Iterable, Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from typing import Any, Final

from tasks.run import Finding

Listener = tuple[str, int]
"""Protocol and port."""
DHCP_CLIENT: Final = frozenset({("udp", 68), ("udp", 546)})
"""Where a host waits for its own lease."""


def open_ports(
    rows: Iterable[Sequence[str]], containers: Iterable[Mapping[str, Any]]
) -> list[tuple[str, str, int]]:
    """Protocol, address and port of each row of `ss`, and of what containers publish."""
    return [*_listening(rows), *_published(containers)]


def for_others(found: Iterable[tuple[str, str, int]]) -> set[Listener]:
    """Those at which somebody else than the host itself can ask."""
    return {(protocol, port) for protocol, address, port in found if not _is_own(address)}


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
    public -= DHCP_CLIENT
    wrong = public - declared
    listed = ", ".join(f"{port}/{protocol}" for protocol, port in sorted(wrong or public))
    detail = f"open to the world: {listed}" if wrong else listed
    return Finding(host=host, check="ports", subject="public address", passed=not wrong, detail=detail)


def private_ports(
    host: str, listening: Iterable[tuple[str, str, int]], declared: AbstractSet[Listener]
) -> Finding:
    """Nothing but what is declared listens for other servers or containers; the firewall lets in fewer."""
    found = for_others(each for each in listening if not _is_public(each[1])) - DHCP_CLIENT
    wrong = found - declared
    listed = ", ".join(f"{port}/{protocol}" for protocol, port in sorted(wrong))
    detail = f"listens, and no record says so: {listed}" if wrong else f"{len(found)}, each of a record"
    return Finding(host=host, check="ports", subject="private address", passed=not wrong, detail=detail)


def _is_public(address: str) -> bool:
    parsed = ipaddress.ip_address(address)
    return parsed.is_unspecified or parsed.is_global


def _is_own(address: str) -> bool:
    """Nobody else can ask there: of a host's own, or of the wire where it waits for its lease."""
    parsed = ipaddress.ip_address(address)
    return parsed.is_loopback or parsed.is_link_local
