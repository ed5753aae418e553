"""The place where the catalogue is made true: one environment's names and addresses, as plain values."""

import ipaddress
from collections.abc import Mapping
from dataclasses import dataclass

from catalogue.model.checks import Record, require
from catalogue.model.forms import (
    BareUrl,
    Domain,
    Endpoint,
    Hostname,
    Line,
    Mail,
    Name,
    Network,
    OptionalUrl,
    PortNumber,
    PublicPort,
    Region,
    Timezone,
    Url,
    Window,
)

# Ports where mail servers begin in the clear, and offer STARTTLS at best.
CLEAR_SMTP_PORTS = {25, 587, 2525, 2587}
LEAST_POOL = 32
"""Networks of 256 addresses that a host must be able to make: one for each app, and one with the edge."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Host(Record):
    """A server: its inventory name, its groups and its addresses."""

    name: Name
    groups: tuple[str, ...]
    private_ip: str
    public_ip: str
    """Where its public names lead."""
    public_ipv6: str = ""
    """Where they lead besides; empty for a server without IPv6."""
    public_ports: tuple[PublicPort, ...] = ()
    """What may listen at its public addresses besides the ports of records: `22/tcp`."""

    @property
    def public_addresses(self) -> tuple[str, ...]:
        return (self.public_ip, self.public_ipv6) if self.public_ipv6 else (self.public_ip,)


@dataclass(frozen=True, slots=True, kw_only=True)
class Site(Record):
    """What differs between environments, and nothing else."""

    environment: Name
    organisation: Name
    """Short name, first part of every bucket's name, and shown where people log in."""
    domains: Mapping[str, Domain]
    """`public` and `ops`: the two domains that routes live under."""
    wildcards: Mapping[str, Name]
    """Domain (`public` or `ops`): the group whose hosts answer every name of it that no route has."""
    hosts: tuple[Host, ...]
    timezone: Timezone
    """Of the people, as in `Europe/Paris`."""
    network: Network
    """The private network, in CIDR form."""
    docker_address_pool: Network
    """The addresses of every host's container networks, in CIDR form."""
    image_mirror: Endpoint
    """Registry that stands in for all others, empty for none."""
    image_digests: Mapping[str, str]
    """Image reference: digest that hosts pull it by, for those that images.lock knows."""
    operator_addresses: tuple[Network, ...]
    """Where operators' browsers come from, in CIDR form, for pages that are for them alone; none: nobody."""
    reboots: Mapping[Name, Window]
    """Group: when its hosts may start anew for an update, in the site's time zone."""
    mfa_groups: tuple[Line, ...]
    """Groups whose members must have a second factor; the identity provider's administrators must anyway."""
    acme_server: Url
    acme_email: Mail
    """Who hears from the certificate authority."""
    postgres_host: Hostname
    postgres_port: PortNumber
    s3_endpoint: BareUrl
    s3_region: Region
    smtp_host: Hostname
    smtp_port: PortNumber
    """Where TLS begins with the first byte, mostly 465: most programs ask for STARTTLS, and do without."""
    mail_from: Mail
    alerts_email: Mail
    """Who hears that something is wrong."""
    alerts_webhook: OptionalUrl = ""
    """Address that alerts are posted to as well as mailed; empty for none."""
    heartbeat_url: OptionalUrl = ""
    """Outside address that hears every minute that alerts work; empty for none."""

    def validate(self) -> None:
        require(
            self.smtp_port not in CLEAR_SMTP_PORTS,
            f"smtp_port: {self.smtp_port} begins without TLS; set the mail server's port for TLS "
            "from the first byte, mostly 465, in group_data",
        )
        require(
            set(self.domains) == {"public", "ops"},
            f"domains: its keys are {', '.join(map(str, self.domains))}; write public and ops, in group_data",
        )
        for name in self.wildcards:
            require(
                name in self.domains, f"wildcards: '{name}' is no domain; write public or ops, in group_data"
            )
        self._check_pool()

    def _check_pool(self) -> None:
        pool, private = map(ipaddress.ip_network, (self.docker_address_pool, self.network))
        require(
            private.is_private, f"network: {private} is not private; write the servers' own, in group_data"
        )
        require(
            pool.is_private, f"docker_address_pool: {pool} is not private; write one that is, in group_data"
        )
        require(
            not pool.overlaps(private),
            f"docker_address_pool: {pool} overlaps the network {private}; write another in group_data",
        )
        require(
            pool.num_addresses >= LEAST_POOL * 256,
            f"docker_address_pool: {pool} has no {LEAST_POOL} networks; write a larger one in group_data",
        )

    def hosts_of(self, group: str) -> tuple[Host, ...]:
        """The hosts of a group, in inventory order."""
        return tuple(host for host in self.hosts if group == "all" or group in host.groups)
