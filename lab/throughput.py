"""What the packet filter costs who comes through an edge: requests with its table and without, in turn."""

import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from statistics import median
from typing import Final

from catalogue import APPS, views
from lab import engine, layout
from lab.errors import LabError

REQUESTS: Final = 3000
"""Over one connection, each answered by the edge itself: nothing else takes less time."""
REPEATS: Final = 9
TABLE: Final = ("inet", "guildhall")
UNIT: Final = "guildhall-firewall"
DOMAINS: Final = {"public": layout.PUBLIC_DOMAIN, "ops": layout.OPS_DOMAIN}


@dataclass(frozen=True)
class Throughput:
    """Medians, in seconds for all requests; the ratio is that of each pair."""

    with_rules: float
    without: float
    ratio: float


def measure() -> Throughput:
    """Alternates with the rules and without; LabError if the edge does not answer."""
    pairs = []
    for _ in range(REPEATS):
        with _without_rules():
            without = _seconds()
        pairs.append((_seconds(), without))
    ratios = [ruled / free for ruled, free in pairs]
    return Throughput(median(ruled for ruled, _ in pairs), median(free for _, free in pairs), median(ratios))


@contextmanager
def _without_rules() -> Iterator[None]:
    outer, (host, _) = engine.connect(), _page()
    outer.docker("exec", host.name, "nft", "delete", "table", *TABLE)
    try:
        yield
    finally:
        outer.docker("exec", host.name, "systemctl", "restart", UNIT)


def _page() -> tuple[layout.Host, str]:
    """A host, and an address there that its edge keeps closed."""
    route = next(route for app in views.present(APPS) for route in app.routes if route.closed_paths)
    name = views.full_name(route, DOMAINS)
    host = next(each for each in layout.HOSTS if each.address == layout.DOMAINS[DOMAINS[route.domain]])
    return host, f"https://{name}{route.closed_paths[0]}"


def _seconds() -> float:
    host, page = _page()
    to = f"::{layout.LOOPBACK}:{host.https}"
    argv = ["curl", "-sk", "--http1.1", "--max-time", "120", "--connect-to", to, "-w", "%{num_connects} "]
    began = time.monotonic()
    done = subprocess.run(
        [*argv, "-o", "/dev/null", f"{page}?[1-{REQUESTS}]"], capture_output=True, text=True, check=False
    )
    seconds = time.monotonic() - began
    if done.returncode or done.stdout.split().count("0") != REQUESTS - 1:
        raise LabError(f"{page} is not answered over one connection: {done.stderr or done.stdout[:60]}")
    return seconds
