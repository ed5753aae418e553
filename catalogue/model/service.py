"""Containers, with what each may do and use."""

import re
from dataclasses import dataclass
from typing import Literal

from catalogue.model.checks import Record, require, unique
from catalogue.model.commands import Check
from catalogue.model.forms import (
    Capability,
    Name,
    NotNegative,
    Owner,
    Path,
    PortNumber,
    Positive,
    Repository,
    Tag,
    Word,
)
from catalogue.model.runtime import Alias, Device, HostMount, MachineName, Signal, Size, Sysctl, Ulimit
from catalogue.model.storage import Sidecar

FLOATING_TAGS = {"latest", "stable", "edge", "main", "master", "nightly"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Image(Record):
    """A container image, pinned to a version."""

    repository: Repository
    """Full name with the registry's host: `docker.io/library/redis`."""
    tag: Tag

    def validate(self) -> None:
        require(
            "." in self.repository.split("/")[0] and "/" in self.repository,
            f"image '{self.repository}' names no registry; write it in full, as docker.io/library/redis",
        )
        require(
            not re.fullmatch(r"docker\.io/[^/]+", self.repository),
            f"image '{self.repository}' is short for docker.io/library/{self.repository.rpartition('/')[2]}; "
            "Docker knows that, and no registry does: write it in full",
        )
        require(
            re.search(r"\d", self.tag) and self.tag not in FLOATING_TAGS,
            f"image '{self.repository}:{self.tag}' is not pinned; write a version as its tag",
        )

    @property
    def reference(self) -> str:
        return f"{self.repository}:{self.tag}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Health(Record):
    """A command that succeeds inside the container when the service can serve."""

    command: tuple[Word, ...]
    start_seconds: NotNegative
    """How long the first success may take before failures count."""
    interval_seconds: Positive = 30
    """Between checks of what was well at least once; until then it is asked every second."""

    def validate(self) -> None:
        require(self.command, "a health check needs a command that exists inside the image")


@dataclass(frozen=True, slots=True, kw_only=True)
class Port(Record):
    """A port that a service publishes on its host: on the private address, or on all of them if public."""

    host: PortNumber
    container: PortNumber
    public: bool = False
    protocol: Literal["tcp", "udp"] = "tcp"
    """What people open in a browser is a `Route`; a port is for what is no HTTP: Git by SSH, calls, games."""
    because: str = ""
    """Why the world may reach it: the edge watches over routes, and over no other port."""

    def validate(self) -> None:
        require(
            self.because or not self.public,
            f"port {self} is public; say in `because` why the world may reach it",
        )

    def __str__(self) -> str:
        """As Docker and `public_ports` write it: `2222/tcp`."""
        return f"{self.host}/{self.protocol}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Metrics(Record):
    """Where Prometheus finds a service's metrics: a port of the host's private address."""

    port: PortNumber
    path: Path = "/metrics"


@dataclass(frozen=True, slots=True, kw_only=True)
class Service(Record):
    """One container of an app, with what it may do and use; its template adds environment and mounts."""

    name: Name
    image: Image
    health: Health | None = None
    """None only for a one-shot, whose end says it all."""
    memory_mb: int
    user: Owner
    """uid:gid inside the container."""
    because: str = ""
    """Why it may do more than others: as root, writing its own image, with capabilities."""
    read_only: bool = True
    capabilities: tuple[Capability, ...] = ()
    """What is given back after every capability was dropped."""
    tmpfs: tuple[str, ...] = ()
    stop_seconds: NotNegative = 10
    ports: tuple[Port, ...] = ()
    metrics: Metrics | None = None
    check: Check | None = None
    sidecar: Sidecar | None = None
    """It is a database of the app's own, beside it."""
    host_network: bool = False
    """The service sees the host's own network: for agents; the firewall knows it by its user."""
    on_edge: bool = False
    """The edge uses the service itself, without a route: it is on a network with it by its alias."""
    one_shot: bool = False
    """It runs to its end, and well, before the others are started: a migration."""
    host_pid: bool = False
    """The service sees the host's processes (`pid: host`): for agents that count them."""
    host_mounts: tuple[HostMount, ...] = ()
    """What it sees of the host's files, as `/var/log/journal:/var/log/journal:ro`; never to be written."""
    devices: tuple[Device, ...] = ()
    """Devices of the host that it uses, as `/dev/dri:/dev/dri`: a video converter, a serial port."""
    aliases: tuple[Alias, ...] = ()
    """Other names that the app's services reach it by: some images have the name of a helper built in."""
    hostname: MachineName = ""
    """Its machine's name, for programs that keep it in their data or mails; empty: another one each time."""
    stop_signal: Signal = ""
    """What asks it to end, as SIGINT or SIGQUIT, where the image's own ends it in the middle of its work."""
    pids_limit: Positive = 1024
    """Processes and threads at once, so that a runaway one cannot take all of the host's.

    Servers of the catalogue have some hundred; a small host has some ten thousand for all.
    """
    shm_size: Size = ""
    """Its shared memory, as `256m`: Docker gives 64 MB, on which browsers and databases die; empty: that."""
    ulimits: tuple[Ulimit, ...] = ()
    """Where the engine's limits are too low, or so high that the program walks through all of them."""
    sysctls: tuple[Sysctl, ...] = ()
    """Settings of the kernel that are the container's own, as `net.core.somaxconn=1024`."""
    init: bool = False
    """Docker's small init is process 1: for programs that leave ended children behind, or hear no signal."""

    def validate(self) -> None:
        require(self.memory_mb >= 16, f"service '{self.name}': memory_mb {self.memory_mb} is below 16")
        require(
            (self.health is None) == self.one_shot,
            f"service '{self.name}': a service has a health check, and a one-shot has none",
        )
        if self.sidecar:
            self.sidecar.check(f"service '{self.name}'", self.image.repository, self.image.tag)
        unique(f"service '{self.name}': ulimit", (each.name for each in self.ulimits))
        self._check_network()
        require(
            self.because or not self.extra_rights,
            f"service '{self.name}' {' and '.join(self.extra_rights)}; say in `because` why it must",
        )

    def _check_network(self) -> None:
        net = any(each.startswith("net.") for each in self.sysctls)
        require(
            not (self.host_network and (self.aliases or self.hostname or self.ports or net)),
            f"service '{self.name}' is on the host's network, which has no ports, aliases, hostname or net.* "
            "sysctls of its own; drop them, or host_network",
        )

    @property
    def extra_rights(self) -> list[str]:
        """What it may do beyond the rest, in words."""
        rights = {
            "runs as root": int(self.user.split(":")[0]) == 0,  # `00` too
            "writes its own image": not self.read_only,
            "keeps capabilities": bool(self.capabilities),
            "sees the host's network": self.host_network,
            "sees the host's processes": self.host_pid,
            "sees the host's files": bool(self.host_mounts),
            "uses the host's devices": bool(self.devices),
        }
        return [words for words, has in rights.items() if has]
