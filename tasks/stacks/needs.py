"""What a service must have, beside being made from its definition: its networks, and files as they were."""

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from tasks.stacks import compose
from tasks.stacks.state import Container
from tasks.templates import COMPOSE_FILE


@dataclass(frozen=True, kw_only=True)
class Needs:
    networks: frozenset[str] = frozenset()
    """Their names on the host."""
    files: frozenset[str] = frozenset()
    """Of the release, those that it is made from or shown; live files, which it watches, are none of them."""


def needs(definition: Mapping[str, Any], files: Mapping[str, bytes], environment: str) -> dict[str, Needs]:
    """Service: what it needs, from a whole Compose file; `environment` is the file of its secrets."""
    networks = {
        key: each.get("name", f"{definition['name']}_{key}") for key, each in definition["networks"].items()
    }
    return {
        name: Needs(
            networks=frozenset(networks[key] for key in service.get("networks", ())),
            files=frozenset({COMPOSE_FILE, *_shown(service, files)})
            | ({environment} if compose.references(service) else set()),
        )
        for name, service in definition["services"].items()
    }


def _shown(service: compose.Definition, files: Mapping[str, bytes]) -> Iterator[str]:
    for source in compose.mounts(service):
        if source.startswith(compose.CURRENT):
            yield from compose.files_below(source.removeprefix(compose.CURRENT), files)


def missing(wanted: Mapping[str, Needs], containers: Iterable[Container]) -> Iterator[tuple[str, str]]:
    """Each service that is not in one of its networks, with that."""
    for each in containers:
        for network in sorted(wanted.get(each.service, Needs()).networks - each.networks):
            yield each.service, network


def anew(
    wanted: Mapping[str, Needs], containers: Iterable[Container], edited: Collection[str]
) -> Iterator[str]:
    """Services that must start anew although their definition is the same.

    Of an edited file nobody knows whether they have read it.
    """
    apart = {service for service, _ in missing(wanted, containers)}
    for service, need in wanted.items():
        if service in apart or need.files & set(edited):
            yield service
