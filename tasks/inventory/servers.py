"""The servers of an environment as inventory hosts, and the site that they make."""

import runpy
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import fields
from typing import Any, Final

from pyinfra.api import Inventory, State
from pyinfra.api.exceptions import PyinfraError
from pyinfra.context import ctx_state

from catalogue.model import Host, Site
from tasks.inventory import addresses, terraform
from tasks.settings import ROOT, Settings

Entry = tuple[str, dict[str, Any]]
"""A server as pyinfra's inventory takes it: its name and its data."""
VALUES: Final = [each.name for each in fields(Site) if each.name not in ("hosts", "image_digests")]
"""What of a site stands in group_data."""


def groups(settings: Settings, members: Mapping[str, Sequence[str]]) -> dict[str, list[Entry]]:
    """Inventory groups with their hosts, and one of all hosts named after the environment.

    ValueError says which list lacks what.
    """
    values = _values(settings)
    source, listed = _listed(settings, values)
    named = {group: [_entry(name, source, listed) for name in names] for group, names in members.items()}
    everyone = dict(host for hosts in named.values() for host in hosts)
    addresses.check(source, everyone, values["network"], in_world=settings.environment != "lab")
    return {**named, settings.environment: [host for hosts in named.values() for host in hosts]}


def load() -> Inventory:
    """What pyinfra itself reads from inventory.py and group_data; ValueError if it cannot."""
    from pyinfra_cli.inventory import make_inventory  # noqa: PLC0415 - it patches the standard library

    try:
        with ctx_state.use(State()):
            made: Inventory = make_inventory(str(ROOT / "inventory.py"), cwd=str(ROOT))
    except PyinfraError as error:
        raise ValueError(str(error)) from None
    return made


def site(inventory: Inventory, digests: Mapping[str, str]) -> Site:
    """The environment's values, which inventory and group_data give every host alike."""
    everyone = list(inventory)
    values = {name: getattr(everyone[0].data, name) for name in VALUES}
    hosts = [
        Host(
            name=host.name,
            groups=tuple(host.groups),
            private_ip=host.data.private_ip,
            public_ip=host.data.public_ip,
            public_ipv6=host.data.public_ipv6,
            public_ports=tuple(host.data.public_ports),
        )
        for host in everyone
    ]
    # Once more: what the command line says of a server (`--data`) is seen only here.
    found = {host.name: {key: getattr(host, key) for key in addresses.VERSIONS} for host in hosts}
    addresses.check("inventory", found, values["network"], in_world=values["environment"] != "lab")
    return described(values, hosts, digests)


def described(values: Mapping[str, Any], hosts: Iterable[Host], digests: Mapping[str, str]) -> Site:
    """The site that group_data's values and some hosts make, with the digests that images.lock knows."""
    own = {name: values[name] for name in VALUES}
    return Site(hosts=tuple(hosts), image_digests=digests, **own)


def _values(settings: Settings) -> dict[str, Any]:
    """What group_data says of every server of the environment."""
    files = ("all", settings.environment)
    return {
        name: value
        for file in files
        for name, value in runpy.run_path(str(ROOT / f"group_data/{file}.py")).items()
    }


def _listed(settings: Settings, values: Mapping[str, Any]) -> tuple[str, Mapping[str, Mapping[str, Any]]]:
    """Where the servers are listed, and the list."""
    if settings.terraform_state:
        return settings.terraform_state, terraform.read(settings.terraform_state)
    return f"group_data/{settings.environment}.py", values["servers"]


def _entry(name: str, source: str, listed: Mapping[str, Mapping[str, Any]]) -> Entry:
    if name not in listed:
        raise ValueError(f"{source} lists no server '{name}', only {', '.join(sorted(listed))}; add it there")
    own = addresses.read(source, name, listed[name])
    addresses.refuse_example(source, name, own)
    return name, {"ssh_hostname": own["public_ip"], **listed[name], **own}
