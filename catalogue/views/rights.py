"""What containers may do beyond the rest, with the reasons that their records give."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass

from catalogue.model import App, Service
from catalogue.views.names import present


@dataclass(frozen=True, slots=True, kw_only=True)
class Right:
    """What one service, `app/service`, may do, and why."""

    service: str
    may: str
    because: str


# What is behind the words of `Service.extra_rights`, where a word alone says too little.
WHAT: Mapping[str, Callable[[Service], Iterable[str]]] = {
    "keeps capabilities": lambda service: service.capabilities,
    "sees the host's files": lambda service: (mount.split(":")[0] for mount in service.host_mounts),
    "uses the host's devices": lambda service: service.devices,
}


def rights(apps: Iterable[App]) -> tuple[Right, ...]:
    """The rights of every service that has one, in the order of the catalogue."""
    return tuple(
        Right(service=f"{app.name}/{service.name}", may=may, because=because)
        for app in present(apps)
        for service in app.services
        for may, because in _of(service)
    )


def _of(service: Service) -> Iterator[tuple[str, str]]:
    if service.extra_rights:
        yield "; ".join(_told(service, words) for words in service.extra_rights), service.because
    for port in service.ports:
        if port.public:
            yield f"is reached from anywhere: {port}", port.because


def _told(service: Service, words: str) -> str:
    what = ", ".join(WHAT[words](service)) if words in WHAT else ""
    return f"{words}: {what}" if what else words
