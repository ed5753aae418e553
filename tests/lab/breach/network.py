"""In a container: what it may do on its networks. Each way says what it got, or nothing."""

import re
import socket
import struct
from contextlib import suppress
from pathlib import Path

from tests.lab.breach.kernel import LIBC, REFUSED
from tests.lab.breach.surroundings import connects, first

PORTS = (22, 80, 443, 3000, 5432, 6379, 8080, 8082, 8099, 8443, 9000, 9100)


def raw_sockets() -> str:
    for family, kind, protocol in (
        (socket.AF_PACKET, socket.SOCK_RAW, 0x0003),
        (socket.AF_PACKET, socket.SOCK_DGRAM, 0x0003),
        (socket.AF_INET, socket.SOCK_RAW, socket.IPPROTO_ICMP),
        (socket.AF_INET, socket.SOCK_RAW, socket.IPPROTO_RAW),
        (socket.AF_INET6, socket.SOCK_RAW, socket.IPPROTO_ICMPV6),
        (socket.AF_VSOCK, socket.SOCK_STREAM, 0),
    ):
        with suppress(OSError), socket.socket(family, kind, protocol):
            return f"opens a socket of family {family}, kind {kind}"
    return ""


def arp_spoofing() -> str:
    """What it says there decides to whom neighbours send what is for an address; here it says nothing."""
    everybody, arp = b"\xff" * 6, 0x0806
    for interface in (name for _, name in socket.if_nameindex() if name != "lo"):
        with suppress(OSError), socket.socket(socket.AF_PACKET, socket.SOCK_DGRAM) as made:
            made.sendto(bytes(28), (interface, arp, 0, 0, everybody))
            return f"speaks ARP on {interface}"
    return ""


def spoofed_address() -> str:
    """Takes an address that is a neighbour's, or sends from it."""
    return _takes_address() or _sends_from("192.0.2.1")


def _takes_address() -> str:
    """As a second one of the loopback, and gives it back."""
    address = struct.pack("16sH2x4s8x", b"lo:breach", socket.AF_INET, socket.inet_aton("192.0.2.1"))
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as made:
        if LIBC.ioctl(made.fileno(), 0x8916, address):
            return ""
        LIBC.ioctl(made.fileno(), 0x8914, struct.pack("16sH22x", b"lo:breach", 0))
        return "takes an address"


def _sends_from(address: str) -> str:
    freebind, transparent = 15, 19
    for option in (freebind, transparent):
        with suppress(OSError), socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as made:
            made.setsockopt(socket.IPPROTO_IP, option, 1)
            made.bind((address, 0))
            made.sendto(b"", ("127.0.0.1", 9))
            return f"sends from {address}"
    return ""


def network_settings() -> str:
    """Routes and interfaces: a message of the kernel's that asks for a new one."""
    message = struct.pack("=IHHII", 32, 16, 0x0605, 1, 0) + struct.pack("=BxHiII", 0, 0, 0, 0, 0)
    with socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, socket.NETLINK_ROUTE) as made:
        made.sendto(message, (0, 0))
        (error,) = struct.unpack_from("=i", made.recv(4096), 16)
    return "" if -error in REFUSED else "changes its network"


def neighbours_by_link_local() -> str:
    """By the addresses that interfaces give themselves, of their hardware's, whatever networks have."""
    neighbours = [line.split() for line in Path("/proc/net/arp").read_text().splitlines()[1:]]
    places = (
        (_link_local(words[3]), port, 0, socket.if_nametoindex(words[5]))
        for words in neighbours
        for port in PORTS
    )
    return first(f"reaches {place[0]} at {place[1]}" for place in places if _answers(place))


def _link_local(hardware: str) -> str:
    """RFC 4291, appendix A."""
    parts = [int(part, 16) for part in hardware.split(":")]
    whole = [parts[0] ^ 2, *parts[1:3], 0xFF, 0xFE, *parts[3:]]
    return "fe80::" + ":".join(
        f"{high:02x}{low:02x}" for high, low in zip(whole[::2], whole[1::2], strict=True)
    )


def _answers(place: tuple[str, int, int, int]) -> bool:
    with suppress(OSError), socket.socket(socket.AF_INET6) as made:
        made.settimeout(0.5)
        made.connect(place)
        return True
    return False


def abstract_sockets() -> str:
    """They belong to a network, not to files: whoever is on the host's network sees all of the host's."""
    lines = Path("/proc/net/unix").read_text().splitlines()
    names = {words[7] for words in map(str.split, lines) if len(words) > 7 and words[7].startswith("@")}
    # The kernel's own choice for one who only sends: nobody listens there.
    names = {name for name in names if not re.fullmatch("@[0-9a-f]{5}", name)}
    return ", ".join(name for name in sorted(names) if connects(f"\0{name[1:]}"))
