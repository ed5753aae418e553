"""The host's packet filter: one table of our own, from what the catalogue says of who reaches whom."""

import ipaddress
from hashlib import sha256
from typing import Final

from pyinfra import host
from pyinfra.api import deploy

from catalogue.views import Firewall
from tasks.host import trial
from tasks.host.config_file import Holds, rendered, verbatim
from tasks.host.settings import Setting, place

FILE: Final = "/etc/guildhall/firewall.nft"
NAME: Final = "guildhall-firewall"
RESOLVERS: Final = "guildhall-resolvers.path"
BESIDE: Final = {
    f"/etc/systemd/system/{NAME}.service": f"{NAME}.service",
    f"/etc/systemd/system/{RESOLVERS}": RESOLVERS,
    "/etc/systemd/system/guildhall-resolvers.service": "guildhall-resolvers.service",
    "/usr/local/lib/guildhall/resolvers.sh": "resolvers.sh",
}
"""What loads the rules: path on the host, and the file's name in files/host."""
TABLE: Final = "inet guildhall"

REMARK: Final = 120
"""Bytes that nft takes for a comment, 128, less what the cut adds."""


@deploy("Firewall")
def firewall(passes: Firewall) -> None:
    """The rules are loaded, and will be at each boot before Docker; those that lock out undo themselves."""
    placed(rules(passes, host.data.private_ip, host.data.network))


def placed(text: str, seconds: int = trial.SECONDS) -> None:
    """These rules and no others, if a new connection comes in by them in so many seconds."""
    place(setting(text, seconds))


def setting(text: str, seconds: int = trial.SECONDS) -> Setting:
    """The file with these rules, and what else must be so for them to be in force."""
    return Setting(
        name="firewall: rules",
        path=FILE,
        content=text,
        unit=NAME,
        # An empty file is good syntax, too.
        check=f'grep -q \'^table {TABLE} {{\' "$new" && nft --check --file "$new"',
        apply=_applied(),
        holds=Holds(
            enabled=(f"{NAME}.service",),
            active=(RESOLVERS,),
            files={path: sha256(verbatim(name).encode()).hexdigest() for path, name in BESIDE.items()},
            rules=True,
        ),
        trial_seconds=seconds,
    )


def _applied() -> str:
    """The unit is there and has loaded the file; without a file there are no rules, as before the first."""
    written = "".join(f"cat >{path} <<'END'\n{verbatim(name)}END\n" for path, name in BESIDE.items())
    return f"""mkdir -p /run/guildhall /usr/local/lib/guildhall || return 1
{written}  systemctl daemon-reload && systemctl --quiet enable {NAME} || return 1
  systemctl restart {RESOLVERS} || return 1
  if [ -e {FILE} ]; then systemctl restart {NAME}; else nft delete table {TABLE}; fi"""


def rules(passes: Firewall, private_ip: str, network: str) -> str:
    """The table as nft reads it; it takes the place of the one before in one step."""
    by_version = {
        version: [each for each in passes.servers if ipaddress.ip_address(each).version == version]
        for version in (4, 6)
    }
    return rendered(
        "firewall.nft.j2",
        public=passes.public,
        private=passes.private,
        outlets=passes.outlets,
        users=[(user, outlet.app) for outlet in passes.outlets for user in outlet.users],
        names=[name for outlet in passes.outlets for name in outlet.bridges],
        edges=passes.edges,
        servers4=by_version[4],
        servers6=by_version[6],
        private_ip=private_ip,
        network=network,
        remark=remark,
    )


def remark(text: str) -> str:
    """A comment in quotes, which nft has no way to escape; it refuses a long one."""
    short = text.replace('"', "'").replace("\\", "/").encode()[:REMARK].decode(errors="ignore")
    return f'"{short}"'
