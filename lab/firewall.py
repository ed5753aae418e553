"""The rules that let the lab's network out of the machine, for an own engine, which makes none itself."""

from pathlib import Path
from typing import Final

from lab import layout, shell

BEFORE: Final = layout.DIR / "ip_forward-before"
FORWARD: Final = Path("/proc/sys/net/ipv4/ip_forward")
RULES: Final = (
    ("filter", "FORWARD", "-i", layout.BRIDGE, "-j", "ACCEPT"),
    ("filter", "FORWARD", "-o", layout.BRIDGE, "-j", "ACCEPT"),
    ("nat", "POSTROUTING", "-s", layout.SUBNET, "!", "-o", layout.BRIDGE, "-j", "MASQUERADE"),
)


def open_up() -> None:
    """Forward and translate what leaves the lab's network; a note that is there is older, so it stays."""
    if not BEFORE.exists():
        BEFORE.write_text(FORWARD.read_text())
    for table, chain, *rule in RULES:
        shell.run(["iptables", "-t", table, "-I", chain, *rule])
    FORWARD.write_text("1")


def restore() -> None:
    """Remove the rules and put forwarding back as it was."""
    if not BEFORE.exists():
        return
    for table, chain, *rule in RULES:
        shell.succeeds(["iptables", "-t", table, "-D", chain, *rule])
    FORWARD.write_text(BEFORE.read_text())
    BEFORE.unlink()
