"""The place where the catalogue is made true: one environment's names and addresses, as plain values."""

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Host:
    """A server: its inventory name, its groups and its addresses."""

    name: str
    groups: tuple[str, ...]
    private_ip: str
    public_ip: str
    """Where its public names lead."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Site:
    """What differs between environments, and nothing else."""

    environment: str
    organisation: str
    """Short name, first part of every bucket's name."""
    domains: Mapping[str, str]
    """`public` and `ops`: the two domains that routes live under."""
    wildcards: Mapping[str, str]
    """Domain (`public` or `ops`): the group whose hosts answer every name of it that no route has."""
    hosts: tuple[Host, ...]
    timezone: str
    """Of the people, as in `Europe/Paris`."""
    network: str
    """The private network, in CIDR form."""
    docker_address_pool: str
    """The addresses of every host's container networks, in CIDR form."""
    image_mirror: str
    """Registry that stands in for all others, empty for none."""
    image_digests: Mapping[str, str]
    """Image reference: digest that hosts pull it by, for those that images.lock knows."""
    mfa_groups: tuple[str, ...]
    """Groups whose members must have a second factor; the identity provider's administrators must anyway."""
    acme_server: str
    acme_email: str
    postgres_host: str
    postgres_port: int
    s3_endpoint: str
    s3_region: str
    smtp_host: str
    smtp_port: int
    mail_from: str

    def hosts_of(self, group: str) -> tuple[Host, ...]:
        """The hosts of a group, in inventory order."""
        return tuple(host for host in self.hosts if group == "all" or group in host.groups)
