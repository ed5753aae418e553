"""Who reaches what, held against what the records say: pure."""

import ipaddress
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Final

from catalogue import views
from catalogue.model import App, Host, Site
from catalogue.views import Opening
from tasks.look import addresses
from tasks.run import Finding
from tasks.verify.scan import Listening, Source, Target, Told

FIELDS: Final = {
    "database": "database",
    "bucket": "bucket",
    "mail": "mail",
    "certificates": "edge",
    "alerts": "sends_alerts",
    "heartbeat": "sends_alerts",
}
"""Managed service: the field that asks for it."""
NO_WAY: Final = {"ENETUNREACH", "EADDRNOTAVAIL", "EAFNOSUPPORT"}
"""Answers of a network that has no addresses of the family."""
SHOWN: Final = 4
"""Ports that a row names."""
UNSAID: Final = "NOTHING SAYS SO"


@dataclass(frozen=True, kw_only=True)
class Judge:
    """What one host's answers are held against."""

    host: Host
    apps: Sequence[App]
    site: Site
    told: Told
    listening: Listening

    def rows(self) -> list[Finding]:
        """One for each source that reaches too much or too little; one for the server, one for the rest."""
        wrong = {each.name: self._wrong(each) for each in self.told.sources}
        good = [each for each in self.told.sources if not wrong[each.name]]
        inside = [each for each in good if each.name]
        return [
            *self._good("from the server itself", [each for each in good if not each.name]),
            *self._good(f"from {len(inside)} containers", inside),
            *(self._bad(name, found) for name, found in wrong.items() if found),
        ]

    def open(self) -> Iterator[tuple[str, str, str, str]]:
        """All that was reached: from where, what, by which port, because of which field of which record."""
        for source in self.told.sources:
            for target in sorted(source.reached()):
                because = self._because(source, target) or UNSAID
                whose, port = self._whose(target[0]), f"{target[2]}/{target[1]}"
                yield f"{self.host.name}: {source.name or 'itself'}", whose, port, because

    def _good(self, subject: str, sources: Sequence[Source]) -> Iterator[Finding]:
        if sources:
            tried, open_ = (
                sum(len(each.answers) for each in sources),
                sum(len(list(each.reached())) for each in sources),
            )
            detail = f"{tried} ports tried, {open_} open, each as a record says"
            yield Finding(host=self.host.name, check="reach", subject=subject, passed=True, detail=detail)

    def _bad(self, name: str, wrong: Sequence[str]) -> Finding:
        more = [f"and {len(wrong) - SHOWN} more"] if len(wrong) > SHOWN else []
        return Finding(
            host=self.host.name,
            check="reach",
            subject=f"from {name or 'the server itself'}",
            passed=False,
            detail="; ".join([*wrong[:SHOWN], *more]),
        )

    def _wrong(self, source: Source) -> list[str]:
        reached = set(source.reached())
        return [
            *(
                f"{self._called(target)} is open, and nothing says so"
                for target in sorted(reached)
                if not self._because(source, target)
            ),
            *(
                f"{self._called(target)} is closed, for {each.because}"
                for target, each in self._openings(source).items()
                if target not in reached and self._answers(each, source.answers.get(target, ""))
            ),
            *self._away(source, reached),
        ]

    def _openings(self, source: Source) -> dict[Target, Opening]:
        """What records let a source reach; what a person started has no record."""
        return {} if source.name and not source.app else self._by_app[source.app]

    @cached_property
    def _by_app(self) -> dict[str, dict[Target, Opening]]:
        found: dict[str, dict[Target, Opening]] = defaultdict(dict)
        for each in views.openings(self.apps, self.site):
            if each.host == self.host.name:
                found[each.app][each.address, each.protocol, each.port] = each
        return found

    def _because(self, source: Source, target: Target) -> str:
        """The record, field and reason; empty: there is none."""
        address, _, port = target
        if target in (mine := self._openings(source)):
            return mine[target].because
        if address in self._containers:
            return self._between(source, target)
        if address in self._servers or not source.name:
            return ""
        outlet = self._outlets.get(source.app)
        parsed = ipaddress.ip_address(address)
        if parsed.is_global:
            return "" if outlet and not outlet.internet else f"{source.app or source.name}: internet"
        near = parsed in ipaddress.ip_network(self.site.network)
        asked = [FIELDS[what] for what, number in outlet.services if number == port] if outlet else []
        return f"{source.app}: {' or '.join(asked)}" if asked and near else ""

    def _between(self, source: Source, target: Target) -> str:
        """Containers of two apps: one of them is the edge, on the network that they share."""
        owner, network = self._containers[target[0]]
        edge = views.edge(self.apps)
        shown = {port.container for each in edge.services for port in each.ports if port.public}
        if network not in source.networks:
            return ""
        if source.app == edge.name:
            return f"{owner.app or owner.name}: on a network with the edge"
        behind = owner.app == edge.name and target[2] in shown
        return f"{source.app}: on a network with the edge" if behind else ""

    def _answers(self, each: Opening, answer: str) -> bool:
        """Whether something must answer there."""
        known = self.listening.get(self._servers[each.address].name, ())
        there = each.answers or (each.protocol, each.port) in known
        return each.protocol == "tcp" and there and answer not in NO_WAY

    def _away(self, source: Source, reached: set[Target]) -> Iterator[str]:
        """Managed services that the record asks for."""
        outlet = self._outlets.get(source.app)
        for what, port in outlet.services if outlet else ():
            name, _ = views.services(self.site)[what]
            found = self.told.names.get(name, ())
            if not any((address, "tcp", port) in reached for address in found):
                where = f"{name} ({', '.join(found) or 'no address'})"
                yield f"{where} port {port}/tcp is closed, for {source.app}: {FIELDS[what]}"

    @cached_property
    def _servers(self) -> dict[str, Host]:
        return {address: each for each in self.site.hosts for address in addresses(each)}

    @cached_property
    def _outlets(self) -> dict[str, views.Outlet]:
        return {each.app: each for each in views.firewall(self.apps, self.site, self.host).outlets}

    @cached_property
    def _containers(self) -> dict[str, tuple[Source, str]]:
        """Address: whose it is, in which network."""
        return {
            address: (each, network)
            for each in self.told.sources
            for network, found in each.networks.items()
            for address in found
        }

    def _called(self, target: Target) -> str:
        return f"{self._whose(target[0])} port {target[2]}/{target[1]}"

    def _whose(self, address: str) -> str:
        if address in self._servers:
            return f"{self._servers[address].name} {address}"
        if address in self._containers:
            return f"{self._containers[address][0].name} {address}"
        names = (name for name, found in self.told.names.items() if address in found and name != address)
        return f"{next(names, '')} {address}".strip()
