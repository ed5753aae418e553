"""The host itself: packages, time, journal, kernel, security updates, SSH."""

from typing import Final

from pyinfra import host
from pyinfra.api import deploy
from pyinfra.operations import server

from tasks.host.config_file import config_file, rendered, verbatim
from tasks.host.packages import packages

PACKAGES: Final = (
    "ca-certificates",
    "curl",  # verify asks Prometheus with it
    "iproute2",
    "nftables",
    "postgresql-client",
    "procps",
    "python3",  # the program that applies releases, and unattended-upgrades
    "tzdata",
    "unattended-upgrades",
)


@deploy("Host")
def debian() -> None:
    """A Debian server as every program expects it, whatever its group."""
    packages(name="packages: what the host needs", names=PACKAGES)
    server.timezone(name="time: zone", timezone=host.data.timezone)
    _journal()
    _kernel()
    _updates()
    _ssh()


def _journal() -> None:
    config_file(
        name="journal: settings",
        path="/etc/systemd/journald.conf.d/guildhall.conf",
        content=rendered("journald.conf.j2", journal_size_mb=host.data.journal_size_mb),
        unit="systemd-journald",
        apply="systemctl restart systemd-journald && journalctl --flush",
    )


def _kernel() -> None:
    """A value that the kernel refuses never lands: it is loaded before the file is put in place."""
    config_file(
        name="kernel: parameters",
        path="/etc/sysctl.d/60-guildhall.conf",
        content=rendered("sysctl.conf.j2", kernel_parameters=host.data.kernel_parameters),
        check='sysctl --quiet --load="$new"',
    )


def _updates() -> None:
    config_file(
        name="updates: security only",
        path="/etc/apt/apt.conf.d/52guildhall",
        content=verbatim("unattended-upgrades.conf"),
        check='apt-config --config-file="$new" dump >/dev/null',
    )


def _ssh() -> None:
    config_file(
        name="ssh: keys only",
        path="/etc/ssh/sshd_config.d/10-guildhall.conf",
        content=verbatim("sshd.conf"),
        unit="ssh",
        check='sshd -t -f "$new"',
        apply="systemctl restart ssh",
    )
