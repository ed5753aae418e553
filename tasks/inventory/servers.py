"""The servers of an environment as inventory hosts, and the site that they make."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from pyinfra.api import Host as PyinfraHost
from pyinfra.api import Inventory, State
from pyinfra.api.exceptions import PyinfraError
from pyinfra.context import ctx_state

from catalogue.model import Host, Site
from tasks.faults import executed, line
from tasks.inventory import addresses, connection, terraform, values
from tasks.settings import ROOT, Settings

Entry = tuple[str, dict[str, Any]]
"""A server as pyinfra's inventory takes it: its name and its data."""


def groups(settings: Settings, members: Mapping[str, Sequence[str]]) -> dict[str, list[Entry]]:
    """Inventory groups with their hosts, and one of all hosts named after the environment.

    ValueError says which list lacks what.
    """
    values.check_files(settings)
    said = _said(settings)
    source, listed = _listed(settings, said)
    named = {group: [_entry(name, source, listed) for name in names] for group, names in members.items()}
    everyone = dict(host for hosts in named.values() for host in hosts)
    addresses.check(source, everyone, said["network"], in_world=settings.environment != "lab")
    return {**named, settings.environment: [host for hosts in named.values() for host in hosts]}


def load() -> Inventory:
    """What pyinfra itself reads from inventory.py and group_data; ValueError if it cannot."""
    # Imported here, since they patch the standard library.
    from pyinfra_cli.exceptions import UnexpectedExternalError  # noqa: PLC0415
    from pyinfra_cli.inventory import make_inventory  # noqa: PLC0415

    try:
        with ctx_state.use(State()):
            made: Inventory = make_inventory(str(ROOT / "inventory.py"), cwd=str(ROOT))
    except UnexpectedExternalError as error:
        raise ValueError(line(error.exception)) from error
    except PyinfraError as error:
        raise ValueError(str(error)) from None
    return made


def site(inventory: Inventory, digests: Mapping[str, str]) -> Site:
    """The environment's values, which inventory and group_data give every host alike."""
    everyone = list(inventory)
    hosts = [_host(each) for each in everyone]
    for each in everyone:
        values.check_host(each)
    with values.placed(everyone[0]):
        made = described(values.of_site(everyone), hosts, digests)
    for group in made.wildcards.values():
        if not made.hosts_of(group):
            raise ValueError(f"wildcards: no host is in group '{group}'; see inventory.py")
    # Once more: what the command line says of a server (`--data`) is seen only here.
    found = {host.name: {key: getattr(host, key) for key in addresses.VERSIONS} for host in hosts}
    addresses.check("inventory", found, made.network, in_world=made.environment != "lab")
    return made


def _host(host: PyinfraHost) -> Host:
    own = ("private_ip", "public_ip", "public_ipv6", "public_ports")
    with values.placed(host):
        return Host(
            name=host.name, groups=tuple(host.groups), **{name: values.value(name, host) for name in own}
        )


def described(settings: Mapping[str, Any], hosts: Iterable[Host], digests: Mapping[str, str]) -> Site:
    """The site that group_data's values and some hosts make, with the digests that images.lock knows."""
    own = {name: settings[name] for name in values.OF_SITE}
    return Site(hosts=tuple(hosts), image_digests=digests, **own)


def _said(settings: Settings) -> dict[str, Any]:
    """What group_data says of every server of the environment."""
    files = (f"{values.FOLDER}/{name}.py" for name in ("all", settings.environment))
    said = {name: value for file in files for name, value in executed(file).items()}
    if "network" not in said:
        raise ValueError(f"{values.FOLDER}: network is not set; write it in {values.FOLDER}/all.py")
    return said


def _listed(settings: Settings, said: Mapping[str, Any]) -> tuple[str, Mapping[str, Mapping[str, Any]]]:
    """Where the servers are listed, and the list."""
    if settings.terraform_state:
        return settings.terraform_state, terraform.read(settings.terraform_state)
    file = f"{values.FOLDER}/{settings.environment}.py"
    if not isinstance(said.get("servers"), Mapping):
        where = values.place("servers", [settings.environment])
        raise ValueError(f"{where}: servers is no list of them; see docs/production.md")
    return file, said["servers"]


def _entry(name: str, source: str, listed: Mapping[str, Mapping[str, Any]]) -> Entry:
    if name not in listed:
        raise ValueError(f"{source} lists no server '{name}', only {_names(listed)}; add it there")
    own = addresses.read(source, name, listed[name])
    addresses.refuse_example(source, name, own)
    for key, value in listed[name].items():
        values.check_name(f"{source}: server {name!r}: {key!r}", key)
        connection.check_unseen(f"{source}: server {name!r}", key)
        connection.check_kind(f"{source}: server {name!r}", key, value)
    return name, {"ssh_hostname": own["public_ip"], **listed[name], **own}


def _names(listed: Mapping[str, object]) -> str:
    return ", ".join(sorted(map(str, listed))) or "none"
