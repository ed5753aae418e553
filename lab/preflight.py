"""Whether this machine can host the lab; every refusal is one line that says what is in the way."""

import json
import os
import re
import shutil
import socket
from ipaddress import ip_network
from pathlib import Path
from typing import Final

from lab import cleanup, layout, shell
from lab.engine import Engine
from lab.errors import LabError

LONGEST_SOCKET: Final = (
    "exec/containerd/containerd-debug.sock"  # of those the own engine makes under .lab/run
)
OWNER_FORMAT: Final = f'{{{{index .Labels "{layout.LABEL}"}}}}'
RESOLVER: Final = Path("/etc/resolv.conf")
SOCKET_PATH_LIMIT: Final = 107  # bytes; the kernel's sun_path less the closing zero


def check_machine() -> None:
    """LabError if the lab cannot start an engine of its own here."""
    if os.geteuid():
        raise LabError(
            "no container engine answers, and starting one needs root: be root, or get `docker info` to work"
        )
    _check_path_length()
    _check_overlay()


def check_owner(engine: Engine | None = None) -> None:
    """LabError if another checkout's lab runs here: on an engine of its own, or on the given one."""
    owner = str(cleanup.foreign_lab() or "")
    if engine:
        owner = engine.answer("network", "inspect", "--format", OWNER_FORMAT, layout.NETWORK)
    if owner and owner != str(layout.ROOT):
        hint = "take it down there with `guildhall lab down`"
        raise LabError(f"the lab of {owner} is up on this machine: {hint}")


def check_network(bridge: str = layout.BRIDGE, subnet: str = layout.SUBNET) -> None:
    """LabError if another interface, or the machine's name server, has an address of that network."""
    if not shutil.which("ip"):
        return
    taken = addresses(shell.run(["ip", "-json", "-4", "address"]))
    servers = re.findall(r"^nameserver (\d+(?:\.\d+){3})$", RESOLVER.read_text(), re.MULTILINE)
    for user, network in [*taken, *(("the machine's name server", server) for server in servers)]:
        if user != bridge and ip_network(network).overlaps(ip_network(subnet)):
            raise LabError(f"{user} already uses {network}: the lab needs {subnet} for itself")


def check_ports(engine: Engine) -> None:
    """LabError if a port on 127.0.0.1 is taken by something else than the lab's running machines."""
    ours = engine.answer("ps", "--filter", f"label={layout.LABEL}={layout.ROOT}", "--format", "{{.Ports}}")
    taken = [port for port in layout.LOCAL_PORTS if f":{port}->" not in ours and _is_taken(port)]
    if taken:
        raise LabError(f"port {taken[0]} on {layout.LOOPBACK} is taken{_by_whom(taken[0])}: the lab needs it")


def addresses(ip_json: str) -> list[tuple[str, str]]:
    """Interface and network in CIDR form for each address in the output of `ip -json address`."""
    return [
        (link["ifname"], str(ip_network(f"{info['local']}/{info['prefixlen']}", strict=False)))
        for link in json.loads(ip_json)
        if link  # `ip` prints an empty object for a link without addresses of the family
        for info in link["addr_info"]
    ]


def _check_path_length() -> None:
    length = len(bytes(layout.RUN / LONGEST_SOCKET))
    if length > SOCKET_PATH_LIMIT:
        over = length - SOCKET_PATH_LIMIT
        raise LabError(
            f"{layout.ROOT} is {over} bytes too long a path for the engine's sockets: move the checkout"
        )


def _check_overlay() -> None:
    shell.succeeds(["modprobe", "overlay"])
    if "overlay" not in Path("/proc/filesystems").read_text().split():
        raise LabError("this kernel has no overlay filesystem: the lab's container engine needs it")


def _is_taken(port: int) -> bool:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((layout.LOOPBACK, port))
        except OSError:
            return True
    return False


def _by_whom(port: int) -> str:
    if not shutil.which("ss"):
        return ""
    users = shell.run(["ss", "-Hltnp", f"sport = :{port}"]).partition('users:(("')[2]
    name, _, rest = users.partition('"')
    pid = rest.partition("pid=")[2].partition(",")[0]
    return f" by {name} (process {pid})" if name else ""
