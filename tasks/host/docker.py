"""Docker Engine and its settings."""

from typing import Final

from pyinfra import host
from pyinfra.api import DeployError, deploy
from pyinfra.facts.server import LinuxDistribution
from pyinfra.operations import systemd

from catalogue.views import ENGINE_METRICS
from tasks import program
from tasks.host.config_file import config_file, rendered, verbatim
from tasks.host.packages import packages

CONTAINERS: Final = "guildhall-containers"
BOOT: Final = "guildhall-boot"
PACKAGES: Final = {
    "docker": ("docker-ce", "docker-ce-cli", "containerd.io", "docker-compose-plugin"),
    "distribution": ("docker.io", "docker-cli", "docker-compose"),
}


@deploy("Docker Engine")
def docker_engine() -> None:
    """The engine runs with our settings from its very first start: they land before its package does."""
    source = host.data.docker_source
    if source not in PACKAGES:
        raise DeployError(f"docker_source '{source}' is unknown; in group_data say {' or '.join(PACKAGES)}")
    if source == "docker":
        _source()
    _settings()
    packages(name="docker: packages", names=PACKAGES[source])
    systemd.service(name="docker: service", service="docker.service", running=True, enabled=True)
    _containers()
    _boot()


def _containers() -> None:
    """Prometheus is told how each container is, through node-exporter."""
    config_file(
        name="containers: what tells of them",
        path="/usr/local/lib/guildhall/containers.sh",
        content=verbatim("containers.sh"),
        unit=CONTAINERS,
        check='sh -n "$new"',
        # Its unit comes later: on a bare host there is nothing to start anew.
        apply=f"! systemctl cat {CONTAINERS} >/dev/null 2>&1 || systemctl restart {CONTAINERS}",
    )
    config_file(
        name="containers: unit",
        path=f"/etc/systemd/system/{CONTAINERS}.service",
        content=verbatim(f"{CONTAINERS}.service"),
        unit=CONTAINERS,
        apply=f"systemctl daemon-reload && systemctl restart {CONTAINERS}",
    )
    systemd.service(name="containers: service", service=f"{CONTAINERS}.service", running=True, enabled=True)


def _boot() -> None:
    """Every applied release runs after the host was switched on, even if it was cut off in mid deploy."""
    config_file(
        name="boot: program",
        path="/usr/local/lib/guildhall/program.py",
        content=program.installed(),
        check='python3 -I -S -m py_compile "$new"',
    )
    config_file(
        name="boot: unit",
        path=f"/etc/systemd/system/{BOOT}.service",
        content=verbatim(f"{BOOT}.service"),
        apply="systemctl daemon-reload",
    )
    systemd.service(name="boot: service", service=f"{BOOT}.service", running=None, enabled=True)


def _source() -> None:
    """Docker's own package source, with its key inside; the fingerprint ends in 8D81 803C 0EBF CD88."""
    release = host.get_fact(LinuxDistribution)["release_meta"]
    config_file(
        name="docker: package source",
        path="/etc/apt/sources.list.d/docker.sources",
        content=rendered(
            "docker.sources.j2",
            distribution=release["ID"],
            codename=release["VERSION_CODENAME"],
            key=verbatim("docker.asc"),
        ),
    )


def _settings() -> None:
    config_file(
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
