"""What the world may reach of a host."""

from collections.abc import Iterable

from catalogue.model import App, Host
from catalogue.views.names import on_host, present


def public_ports(apps: Iterable[App], host: Host) -> frozenset[tuple[str, int]]:
    """Protocol and number of each port that may listen at a host's public addresses.

    Those that records make public, and those that group_data declares, SSH's above all.
    """
    published = {
        (port.protocol, port.host)
        for app in on_host(present(apps), host)
        for service in app.services
        for port in service.ports
        if port.public
    }
    declared = (each.partition("/") for each in host.public_ports)
    return frozenset(published | {(protocol, int(number)) for number, _, protocol in declared})
