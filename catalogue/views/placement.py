"""Whether every app has the hosts that it can have."""

from collections.abc import Iterable

from catalogue.model import App, Site, require
from catalogue.views.names import on_host, present
from catalogue.views.validation import check_ports


def check_placement(apps: Iterable[App], site: Site) -> None:
    """ValueError if an app would silently run nowhere, or twice with data of its own each time."""
    apps = tuple(apps)
    for app in apps:
        hosts = [host.name for host in site.hosts_of(app.group)]
        require(hosts, f"app '{app.name}': no host is in group '{app.group}'; see inventory.py")
        require(
            len(hosts) == 1 or app.on_every_host or app.group == "all" or not app.present,
            f"app '{app.name}': group '{app.group}' has several hosts, {' and '.join(hosts)}: each would "
            "keep data of its own, and public names would lead to any; leave the group one host, or write "
            "on_every_host=True into the record",
        )
    for host in site.hosts:
        check_ports(f"host '{host.name}'", on_host(present(apps), host), host.public_ports)
