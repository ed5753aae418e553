"""The host's packet filter: one table of our own, from what the catalogue says of who reaches whom."""

import ipaddress

from catalogue.views import Firewall
from tasks.host.config_file import rendered

REMARK = 120
"""Bytes that nft takes for a comment, 128, less what the cut adds."""


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
