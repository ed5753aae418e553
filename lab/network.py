"""The lab's private network, and the bridge under it, which carries the name of the checkout that owns it."""

from pathlib import Path
from typing import Final

from lab import layout, shell
from lab.engine import Engine
from lab.errors import LabError

BRIDGE: Final = Path("/sys/class/net") / layout.BRIDGE
OWNER_FORMAT: Final = f'{{{{index .Labels "{layout.LABEL}"}}}}'


def ensure(engine: Engine) -> None:
    """Make the network unless it is there; LabError if it belongs to another checkout."""
    check_owner(engine)
    if not engine.ok("network", "inspect", layout.NETWORK):
        engine.docker(
            *("network", "create", "--subnet", layout.SUBNET, "--gateway", layout.GATEWAY),
            *("--opt", f"com.docker.network.bridge.name={layout.BRIDGE}"),
            *("--label", f"{layout.LABEL}={layout.ROOT}", layout.NETWORK),
        )
    if BRIDGE.exists():  # not where the engine runs in a virtual machine of its own
        shell.succeeds(["ip", "link", "set", layout.BRIDGE, "alias", str(layout.ROOT)])


def check_owner(engine: Engine) -> None:
    """LabError if another checkout's lab runs in this engine."""
    owner = engine.answer("network", "inspect", "--format", OWNER_FORMAT, layout.NETWORK)
    if owner and owner != str(layout.ROOT):
        raise LabError(
            f"the lab of {owner} is up on this machine: take it down there with `python -m lab down`"
        )


def remove(engine: Engine) -> None:
    """Remove the network, if it is there."""
    engine.answer("network", "rm", layout.NETWORK)
