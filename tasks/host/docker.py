"""Docker Engine and its settings."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from pyinfra import host
from pyinfra.api import DeployError, deploy

from catalogue.views import ENGINE_METRICS
from tasks import program
from tasks.host.config_file import rendered, verbatim
from tasks.host.packages import packages
from tasks.host.settings import Setting, placed
from tasks.host.units import enabled

CONTAINERS: Final = "guildhall-containers"
BOOT: Final = "guildhall-boot"
PACKAGES: Final = {
    "docker": ("docker-ce", "docker-ce-cli", "containerd.io", "docker-compose-plugin"),
    "distribution": ("docker.io", "docker-cli", "docker-compose"),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Engine:
    """Docker Engine as every program expects it."""

    packages: tuple[str, ...]
    before: tuple[Setting, ...]
    """They land before the package does: the engine runs with them from its very first start."""
    containers: tuple[Setting, ...]
    boot: tuple[Setting, ...]


def engine(system: Mapping[str, str]) -> Engine:
    """What this host should have; `system` is its os-release, on which names and questions do not depend."""
    source = host.data.docker_source
    if source not in PACKAGES:
        raise DeployError(f"docker_source '{source}' is unknown; in group_data say {' or '.join(PACKAGES)}")
    before = (_source(system), _settings()) if source == "docker" else (_settings(),)
    return Engine(packages=PACKAGES[source], before=before, containers=_containers(), boot=_boot())


@deploy("Docker Engine")
def docker_engine() -> None:
    """The engine runs, what tells of its containers does, and a boot brings up the apps."""
    this = engine(program.read(host).system)
    placed(this.before)
    packages(name="docker: packages", names=this.packages)
    enabled(name="docker: service", unit="docker.service")
    placed(this.containers)
    enabled(name="containers: service", unit=f"{CONTAINERS}.service")
    placed(this.boot)
    enabled(name="boot: service", unit=f"{BOOT}.service", running=False)


def _containers() -> tuple[Setting, ...]:
    """Prometheus is told how each container is, through node-exporter."""
    return (
        Setting(
            name="containers: what tells of them",
            path="/usr/local/lib/guildhall/containers.sh",
            content=verbatim("containers.sh"),
            unit=CONTAINERS,
            check='sh -n "$new"',
            # Its unit comes later: on a bare host there is nothing to start anew.
            apply=f"! systemctl cat {CONTAINERS} >/dev/null 2>&1 || systemctl restart {CONTAINERS}",
        ),
        Setting(
            name="containers: unit",
            path=f"/etc/systemd/system/{CONTAINERS}.service",
            content=verbatim(f"{CONTAINERS}.service"),
            unit=CONTAINERS,
            apply=f"systemctl daemon-reload && systemctl restart {CONTAINERS}",
        ),
    )


def _boot() -> tuple[Setting, ...]:
    """Every applied release runs after the host was switched on, even if it was cut off in mid deploy."""
    return (
        Setting(
            name="boot: program",
            path="/usr/local/lib/guildhall/program.py",
            content=program.installed(),
            check='python3 -I -S -m py_compile "$new"',
        ),
        Setting(
            name="boot: unit",
            path=f"/etc/systemd/system/{BOOT}.service",
            content=verbatim(f"{BOOT}.service"),
            apply="systemctl daemon-reload",
        ),
    )


def _source(system: Mapping[str, str]) -> Setting:
    """Docker's own package source, with its key inside; the fingerprint ends in 8D81 803C 0EBF CD88."""
    return Setting(
        name="docker: package source",
        path="/etc/apt/sources.list.d/docker.sources",
        content=rendered(
            "docker.sources.j2",
            distribution=system.get("ID", ""),
            codename=system.get("VERSION_CODENAME", ""),
            key=verbatim("docker.asc"),
        ),
    )


def _settings() -> Setting:
    return Setting(
        name="docker: settings",
        path="/etc/docker/daemon.json",
        content=rendered(
            "daemon.json.j2",
            docker_address_pool=host.data.docker_address_pool,
            private_ip=host.data.private_ip,
            engine_metrics=ENGINE_METRICS,
        ),
        unit="docker",
        # Its package comes later: on a bare host nothing can check the file, and nothing runs with it.
        check='! command -v dockerd >/dev/null || dockerd --validate --config-file "$new"',
        apply="! command -v dockerd >/dev/null || systemctl restart docker",
    )
