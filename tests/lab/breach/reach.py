"""In a container: which addresses answer; of the standard library alone."""

import concurrent.futures
import errno
import socket

WAIT = 2.0
"""Seconds: what is refused says so at once."""


def reached(targets: list[tuple[str, int, str]]) -> list[str]:
    """Of each address or name, port and protocol: `open`, or how it is not."""
    with concurrent.futures.ThreadPoolExecutor(32) as pool:
        return list(pool.map(_tried, targets))


def _tried(target: tuple[str, int, str]) -> str:
    address, port, protocol = target
    kind = socket.SOCK_DGRAM if protocol == "udp" else socket.SOCK_STREAM
    try:
        family, *_, place = socket.getaddrinfo(address, port, type=kind)[0]
        with socket.socket(family, kind) as made:
            made.settimeout(WAIT)
            made.connect(place)
            if protocol == "udp":
                made.send(b"anybody?")
                made.recv(100)
            return "open"
    except socket.gaierror:
        return "no such name"
    except TimeoutError:
        return "silent"
    except OSError as error:
        return errno.errorcode.get(error.errno or 0, str(error))
