"""Which addresses servers may have: pure, and refused here before any of them is contacted."""

import ipaddress
import re
from collections.abc import Iterator, Mapping
from typing import Any, Final

Address = ipaddress.IPv4Address | ipaddress.IPv6Address

VERSIONS: Final = {"public_ip": 4, "private_ip": 4, "public_ipv6": 6}
INSTEAD: Final = {
    # Programs' networks have IPv4: so they reach other servers, and the name of the identity provider.
    "public_ip": "write it as public_ipv6, beside an IPv4 address",
    "private_ip": "the private network has IPv4; write the server's address in it",
    "public_ipv6": "write an IPv6 address, or write none",
}
NEEDED: Final = ("public_ip", "private_ip")
EXAMPLES: Final = tuple(
    map(ipaddress.ip_network, ("192.0.2.0/24", "198.51.100.0/24", "203.0.113.0/24", "2001:db8::/32"))
)
NOWHERE: Final = ipaddress.ip_network("0.0.0.0/8")
SSH: Final = 22
SSH_HOSTNAME: Final = re.compile(r"[0-9A-Za-z][0-9A-Za-z._-]*|[0-9A-Fa-f:.]+(%[0-9A-Za-z]+)?")


def read(source: str, name: str, server: Any) -> dict[str, str]:
    """A server's addresses by their key; ValueError names the source that lacks one or has a wrong one."""
    if not isinstance(server, Mapping):
        server = {}
    for key in NEEDED:
        if server.get(key) in (None, ""):
            raise ValueError(f"{source}: server {name!r} has no {key}; add it there")
    return {
        key: _text(f"{source}: {key} of {name!r}", server[key], key) for key in VERSIONS if server.get(key)
    }


def _text(what: str, value: object, key: str) -> str:
    if not isinstance(value, str):
        raise ValueError(f"{what} is {value}, which is no text; write the address in quotes")
    try:
        address = ipaddress.ip_address(value)
    except ValueError:
        raise ValueError(f"{what} is {value!r}; write an IP address there") from None
    if address.version != VERSIONS[key]:
        raise ValueError(f"{what} is '{value}', an IPv{address.version} address; {INSTEAD[key]}")
    return str(address)


def check(source: str, servers: Mapping[str, Mapping[str, Any]], network: str, *, in_world: bool) -> None:
    """ValueError if servers cannot have these addresses, be it each for itself or all together.

    `in_world`: their public addresses lie outside the private network, as everywhere but in the lab.
    """
    private = _network(network)
    for name, server in servers.items():
        for key, value in read(source, name, server).items():
            wrong = _wrong(ipaddress.ip_address(value), key, private, in_world)
            if wrong:
                raise ValueError(f"{source}: {key} of {name!r} is '{value}', {wrong}")
        _check_ssh(f"{source}: server {name!r}", server.get("ssh_hostname"), server.get("ssh_port"))
    _one_owner(source, servers)


def _check_ssh(what: str, hostname: object, port: object) -> None:
    if hostname is not None and not (isinstance(hostname, str) and SSH_HOSTNAME.fullmatch(hostname)):
        raise ValueError(
            f"{what} has the ssh_hostname {hostname!r}; write a name, or an address without brackets"
        )
    if port is not None and (type(port) is not int or not 0 < port < 65536):
        raise ValueError(f"{what} has the ssh_port {port!r}; write a number from 1 to 65535, without quotes")


def _network(text: str) -> ipaddress.IPv4Network:
    try:
        found = ipaddress.IPv4Network(text)
    except ValueError:
        raise ValueError(
            f"network: {text!r} is no IPv4 network; write it as 10.0.0.0/24, in group_data"
        ) from None
    if found.is_global or found.prefixlen > 30:
        raise ValueError(f"network: {text!r} is no private network; write one as 10.0.0.0/24, in group_data")
    return found


def _wrong(address: Address, key: str, private: ipaddress.IPv4Network, in_world: bool) -> str:
    """What is wrong with an address, and what to do; empty if nothing is."""
    if key == "private_ip":
        if address not in private:
            return f"which is not in the private network {private}; write its address there"
        if address in (private.network_address, private.broadcast_address):
            return f"which stands for all of the private network {private}; write the server's own"
        return ""
    if in_world and address in private:
        return f"which is in the private network {private}; write the one that the world reaches it at"
    nobodys = address.is_unspecified or address.is_multicast or address.is_link_local or address.is_reserved
    return "which no server can have; write its own" if nobodys or address in NOWHERE else ""


def refuse_example(source: str, name: str, addresses: Mapping[str, str]) -> None:
    """ValueError if an address is one of those that documents are written with."""
    for value in addresses.values():
        if any(ipaddress.ip_address(value) in network for network in EXAMPLES):
            raise ValueError(
                f"{source}: server {name!r} has the example address {value}; "
                "write its real one there, or set GUILDHALL_TERRAFORM_STATE in .env"
            )


def _one_owner(source: str, servers: Mapping[str, Mapping[str, Any]]) -> None:
    """Two names of one server would each be brought to what the other must not have."""
    owners: dict[str, str] = {}
    for name, server in servers.items():
        for what in dict.fromkeys(_ways(server)):
            if what in owners:
                both = f"'{owners[what]}' and '{name}'"
                raise ValueError(f"{source}: servers {both} have one address, {what}; give each its own")
            owners[what] = name


def _ways(server: Mapping[str, Any]) -> Iterator[str]:
    """All that leads to a server: its addresses, and where SSH finds it."""
    for key in VERSIONS:
        if server.get(key):
            yield str(ipaddress.ip_address(server[key]))
    if server.get("ssh_hostname"):
        yield f"{server['ssh_hostname']} port {server.get('ssh_port') or SSH}"
