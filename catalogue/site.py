"""The place where the catalogue is made true: one environment's names and addresses, as plain values."""

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Host:
    """A server: its inventory name, its groups and its address on the private network."""

    name: str
    groups: tuple[str, ...]
    private_ip: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Site:
    """What differs between environments, and nothing else."""

    environment: str
    organisation: str
    """Short name, first part of every bucket's name."""
    domains: Mapping[str, str]
    """`public` and `ops`: the two domains that routes live under."""
    hosts: tuple[Host, ...]
    network: str
    """The private network, in CIDR form."""
    image_mirror: str
    """Registry that stands in for all others, empty for none."""
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
