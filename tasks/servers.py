"""The servers of an environment as inventory hosts; ValueError says which list lacks what."""

import ipaddress
import runpy
from collections.abc import Mapping, Sequence
from dataclasses import fields
from typing import Any, Final

from pyinfra.api.exceptions import PyinfraError

from catalogue import site as records
from tasks import image_lock, terraform
from tasks.settings import ROOT, Settings

Host = tuple[str, dict[str, Any]]
DOCUMENTATION: Final = tuple(map(ipaddress.ip_network, ("192.0.2.0/24", "198.51.100.0/24", "203.0.113.0/24")))


def groups(settings: Settings, members: Mapping[str, Sequence[str]]) -> dict[str, list[Host]]:
    """Inventory groups with their hosts, and one of all hosts named after the environment."""
    source, listed = _listed(settings)
    named = {group: [_host(name, source, listed) for name in names] for group, names in members.items()}
    return {**named, settings.environment: [host for hosts in named.values() for host in hosts]}


def site(settings: Settings) -> records.Site:
    """The environment as inventory.py and group_data describe it, for commands that need no pyinfra."""
    values = {**_values("group_data/all.py"), **_values(f"group_data/{settings.environment}.py")}
    named = {name: value for name, value in _inventory().items() if not name.startswith("_")}
    hosts = tuple(
        records.Host(
            name=name,
            groups=tuple(group for group, members in named.items() if (name, data) in members),
            private_ip=data["private_ip"],
            public_ip=data["public_ip"],
        )
        for name, data in named[settings.environment]
    )
    own = {field.name: values[field.name] for field in fields(records.Site) if field.name in values}
    return records.Site(hosts=hosts, image_digests=image_lock.read(), **own)


def _inventory() -> dict[str, list[Host]]:
    try:
        return _values("inventory.py")
    except PyinfraError as error:
        raise ValueError(str(error)) from None


def _values(file: str) -> dict[str, Any]:
    """The names that a file of the repository defines."""
    return runpy.run_path(str(ROOT / file))


def _listed(settings: Settings) -> tuple[str, Mapping[str, Mapping[str, Any]]]:
    """Where the servers are listed, and the list."""
    if settings.terraform_state:
        return settings.terraform_state, terraform.read(settings.terraform_state)
    file = f"group_data/{settings.environment}.py"
    return file, _values(file)["servers"]


def _host(name: str, source: str, listed: Mapping[str, Mapping[str, Any]]) -> Host:
    if name not in listed:
        raise ValueError(f"{source} lists no server '{name}', only {', '.join(sorted(listed))}; add it there")
    address = terraform.addresses(source, name, listed[name])["public_ip"]
    if any(ipaddress.ip_address(address) in network for network in DOCUMENTATION):
        raise ValueError(
            f"{source}: server '{name}' has the example address {address}; "
            "write its real one there, or set GUILDHALL_TERRAFORM_STATE in .env"
        )
    return name, {"ssh_hostname": address, **listed[name], "public_ip": address}
