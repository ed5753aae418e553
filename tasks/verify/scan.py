"""What is tried to see who reaches what, and what a host's program said of it: pure."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field
from typing import Any, Final

from catalogue import views
from catalogue.model import App, Host, Site
from tasks.look import tried_from

Port = tuple[str, int]
"""Protocol and number."""
Target = tuple[str, str, int]
"""Address, protocol and port."""
Listening = Mapping[str, AbstractSet[Port]]
"""Host: what listens there, for those that were asked."""

# Tried whether anybody names them or not.
KNOWN_TCP: Final = frozenset(
    {21, 22, 23, 25, 53, 80, 110, 111, 139, 143, 389, 443, 445, 631, 873, 1433, 2049, 2375, 2376, 2377, 3000}
    | {3306, 3389, 4243, 5000, 5432, 5601, 5672, 5984, 6379, 6443, 7946, 8000, 8080, 8443, 8888, 9000, 9090}
    | {9100, 9200, 10050, 10250, 11211, 15672, 27017}
)
KNOWN_UDP: Final = frozenset({9, 53, 69, 111, 123, 137, 161, 514, 1900, 4789, 5353, 7946})


@dataclass(frozen=True, kw_only=True)
class Source:
    """The server itself, or a container on it, and what each port answered it."""

    name: str
    """Of the container; empty: the server."""
    app: str = ""
    """Whose it is; empty: a person's."""
    networks: Mapping[str, Sequence[str]] = field(default_factory=dict)
    """Of the container: its addresses in each."""
    answers: Mapping[Target, str] = field(default_factory=dict, repr=False)

    def reached(self) -> Iterator[Target]:
        """Where it got through: of UDP, even to be told by the system there that nobody listens."""
        for target, answer in self.answers.items():
            if answer == "open" or (target[1], answer) == ("udp", "ECONNREFUSED"):
                yield target


@dataclass(frozen=True, kw_only=True)
class Told:
    """All that a host's program said."""

    names: Mapping[str, Sequence[str]]
    """The addresses of each managed service, as the host sees them."""
    sources: Sequence[Source]


def plan(host: Host, apps: Sequence[App], site: Site, listening: Listening) -> dict[str, Any]:
    """What is tried: the site's own servers and services, the addresses of metadata, and nobody else's."""
    ports = {port for each in site.hosts for port in views.public_ports(apps, each)}
    ports |= {port for each in site.hosts for port in views.private_ports(apps, each)}
    ports |= {port for found in listening.values() for port in found}
    return {
        **tried_from(host, site),
        "tcp": sorted(KNOWN_TCP | {port for protocol, port in ports if protocol == "tcp"}),
        "udp": sorted(KNOWN_UDP | {port for protocol, port in ports if protocol == "udp"}),
    }


def told(lines: Iterable[Mapping[str, Any]]) -> Told:
    """What the program's lines say; ValueError if they are not its."""
    names: dict[str, Sequence[str]] = {}
    containers: dict[str, dict[str, Any]] = {}
    answers: dict[str, Mapping[Target, str]] = {}
    try:
        for line in lines:
            if line["kind"] == "names":
                names = line["names"]
            elif line["kind"] == "container":
                containers[line["name"]] = {"app": line["app"], "networks": line["networks"]}
            else:
                answers[line["name"]] = _answers(line["answers"])
    except (KeyError, TypeError, AttributeError, ValueError):
        raise ValueError("what it says of its ports is damaged; verify again") from None
    sources = [
        Source(name=name, answers=answers.get(name, {}), **containers.get(name, {}))
        for name in dict.fromkeys([*answers, *containers])
    ]
    return Told(names=names, sources=sources)


def _answers(said: Mapping[str, Mapping[str, Sequence[int]]]) -> dict[Target, str]:
    found = {}
    for answer, places in said.items():
        for place, ports in places.items():
            protocol, address = place.split(" ")
            found.update({(address, protocol, port): answer for port in ports})
    return found
