"""The host itself: packages, accounts, time, journal, kernel, security updates, SSH."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from pyinfra import host
from pyinfra.api import deploy

from tasks.host.access import access
from tasks.host.bans import bans
from tasks.host.config_file import Holds, rendered, verbatim
from tasks.host.packages import packages
from tasks.host.people import accounts
from tasks.host.settings import Setting, placed
from tasks.host.units import timezone

PACKAGES: Final = (
    "ca-certificates",
    "curl",  # verify asks Prometheus with it
    "fail2ban",
    "iproute2",
    "nftables",
    "postgresql-client",
    "procps",
    "python3",  # the program that applies releases, unattended-upgrades, fail2ban
    "python3-systemd",  # by it fail2ban reads the journal
    "sudo",
    "tzdata",
    "unattended-upgrades",
)
REBOOT: Final = "guildhall-reboot"
UNITS: Final = "/etc/systemd/system"


@dataclass(frozen=True, slots=True, kw_only=True)
class Debian:
    """A Debian server as every program expects it, whatever its group."""

    people: tuple[str, ...]
    """Accounts."""
    before: tuple[Setting, ...]
    """Those that are there when a package comes that reads them."""
    after: tuple[Setting, ...]


def server(
    people: Mapping[str, Iterable[str]],
    readonly_keys: Sequence[str],
    trusted: Iterable[str],
    reboot: str,
    edge: str,
) -> Debian:
    """What this host should be.

    `people` are accounts and their public keys, `trusted` addresses that are never kept out, `reboot` is when
    the server may start anew, `edge` the app whose log says who is refused.
    """
    after = (_journal(), *_kernel(), *_updates(reboot), *access(people, trusted, readonly_keys))
    return Debian(people=tuple(people), before=tuple(bans(trusted, edge)), after=after)


@deploy("Host")
def debian(this: Debian) -> None:
    """The host is one."""
    placed(this.before)
    packages(name="packages: what the host needs", names=PACKAGES)
    accounts(name="people: accounts", names=this.people)
    timezone(name="time: zone", zone=host.data.timezone)
    placed(this.after)


def _journal() -> Setting:
    return Setting(
        name="journal: settings",
        path="/etc/systemd/journald.conf.d/guildhall.conf",
        content=rendered("journald.conf.j2", journal_size_mb=host.data.journal_size_mb),
        unit="systemd-journald",
        apply="systemctl restart systemd-journald && journalctl --flush",
    )


def _kernel() -> list[Setting]:
    return [
        # A value that the kernel refuses never lands: it is loaded before the file is put in place.
        Setting(
            name="kernel: parameters",
            path="/etc/sysctl.d/60-guildhall.conf",
            content=rendered("sysctl.conf.j2", kernel_parameters=host.data.kernel_parameters),
            check='sysctl --quiet --load="$new"',
        ),
        Setting(
            name="kernel: modules that nobody needs",
            path="/etc/modprobe.d/60-guildhall.conf",
            content=verbatim("no-modules.conf"),
        ),
        Setting(
            name="kernel: no core dumps of services",
            path="/etc/systemd/system.conf.d/guildhall.conf",
            content=verbatim("no-core-dumps.conf"),
            apply="systemctl daemon-reload",
        ),
    ]


def _updates(reboot: str) -> list[Setting]:
    timer = f"{REBOOT}.timer"
    return [
        Setting(
            name="updates: security only",
            path="/etc/apt/apt.conf.d/52guildhall",
            content=verbatim("unattended-upgrades.conf"),
            check='apt-config --config-file="$new" dump >/dev/null',
        ),
        Setting(
            name="updates: how the host starts anew",
            path=f"{UNITS}/{REBOOT}.service",
            content=verbatim(f"{REBOOT}.service"),
            apply="systemctl daemon-reload",
        ),
        Setting(
            name="updates: when it may",
            path=f"{UNITS}/{timer}",
            content=rendered(f"{timer}.j2", reboot=reboot),
            unit=timer,
            check=f"systemd-analyze calendar '{reboot}' >/dev/null",
            apply=f"systemctl daemon-reload && systemctl --quiet enable {timer} && systemctl restart {timer}",
            holds=Holds(enabled=(timer,), active=(timer,)),
        ),
    ]
