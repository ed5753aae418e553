"""The place where the catalogue is made true: one environment's names and addresses, as plain values."""

import ipaddress
import re
from collections.abc import Mapping
from dataclasses import dataclass

from catalogue.model.checks import require

# Ports where mail servers begin in the clear, and offer STARTTLS at best.
CLEAR_SMTP_PORTS = {25, 587, 2525, 2587}
PUBLIC_PORT = re.compile(r"[1-9][0-9]{0,4}/(tcp|udp)")


def _is_network(text: str) -> bool:
    try:
        ipaddress.ip_network(text)
    except ValueError:
        return False
    return True


@dataclass(frozen=True, slots=True, kw_only=True)
class Host:
    """A server: its inventory name, its groups and its addresses."""

    name: str
    groups: tuple[str, ...]
    private_ip: str
    public_ip: str
    """Where its public names lead."""
    public_ipv6: str = ""
    """Where they lead besides; empty for a server without IPv6."""
    public_ports: tuple[str, ...] = ()
    """What may listen at its public addresses besides the ports of records: `22/tcp`."""

    def __post_init__(self) -> None:
        for port in self.public_ports:
            require(
                isinstance(port, str) and PUBLIC_PORT.fullmatch(port),
                f"public_ports: '{port}' is no port; write it as 22/tcp or 51820/udp, in group_data",
            )

    @property
    def public_addresses(self) -> tuple[str, ...]:
        return (self.public_ip, self.public_ipv6) if self.public_ipv6 else (self.public_ip,)


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
    operator_addresses: tuple[str, ...]
    """Where operators' browsers come from, in CIDR form, for pages that are for them alone; none: nobody."""
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
    """Where TLS begins with the first byte, mostly 465: most programs ask for STARTTLS, and do without."""
    mail_from: str
    alerts_webhook: str = ""
    """Address that alerts are posted to as well as mailed; empty for none."""
    heartbeat_url: str = ""
    """Outside address that hears every five minutes that alerts work; empty for none."""

    def __post_init__(self) -> None:
        require(
            self.smtp_port not in CLEAR_SMTP_PORTS,
            f"smtp_port: {self.smtp_port} begins without TLS; set the mail server's port for TLS "
            "from the first byte, mostly 465, in group_data",
        )
        for address in self.operator_addresses:
            require(
                _is_network(address),
                f"operator_addresses: '{address}' is no address; write it as 203.0.113.7/32, in group_data",
            )

    def hosts_of(self, group: str) -> tuple[Host, ...]:
        """The hosts of a group, in inventory order."""
        return tuple(host for host in self.hosts if group == "all" or group in host.groups)
