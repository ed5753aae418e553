"""Public names and where they lead."""

from collections.abc import Iterable
from dataclasses import dataclass

from catalogue.model import APEX, App, Site
from catalogue.views.names import present


@dataclass(frozen=True, slots=True, kw_only=True)
class DnsRecord:
    """A public name and an address that it leads to."""

    zone: str
    name: str
    """Below the zone: `wiki`, `*` for every name that no other record has, or empty: the zone itself."""
    address: str

    @property
    def kind(self) -> str:
        return "AAAA" if ":" in self.address else "A"

    @property
    def example(self) -> str:
        """A full name that it answers."""
        return f"{'any-other' if self.name == '*' else self.name}.{self.zone}".removeprefix(".")


def dns_records(apps: Iterable[App], site: Site) -> tuple[DnsRecord, ...]:
    """Where names lead, those of routes and all below a wildcard: to the public addresses of their hosts."""
    names = [
        (route.domain, "" if route.host == APEX else route.host, app.group)
        for app in present(apps)
        for route in app.routes
    ]
    wildcards = [(domain, "*", group) for domain, group in site.wildcards.items()]
    return tuple(
        dict.fromkeys(
            DnsRecord(zone=site.domains[domain], name=name, address=address)
            for domain, name, group in [*names, *wildcards]
            for host in site.hosts_of(group)
            for address in host.public_addresses
        )
    )


def dns_mark(site: Site) -> str:
    """What is written beside each record that is this environment's: one may share a zone with another."""
    return f"guildhall/{site.organisation}/{site.environment}"
